//! Where the episodes of an archive stand, by the settings of its last run.

use super::no_archive;
use crate::{
    engines,
    report::advise,
    transcribe::{
        last::Asked,
        place::Place,
        plan::{Plan, Setup},
    },
};
use std::{ffi::OsString, path::Path};
use voixoff::{
    archive::{
        mirror::MirrorError,
        survey::{Ledger, Outside, Survey, WantedStages},
    },
    base::progress::Cancel,
    models::ModelError,
};

/// What there is in the archive in `folder`, by the settings of its last run with `more` options; and why it
/// is not known what that would do.
pub(super) fn survey(
    folder: &Path,
    more: &[OsString],
    model_folder: Option<&Path>,
) -> anyhow::Result<(Survey, Option<anyhow::Error>)> {
    let mut ledger = Ledger::below(folder);
    let mut survey = Survey::default();
    let listening = match Asked::of(folder, more, model_folder) {
        Ok(None) if ledger.is_empty() => return Err(no_archive(folder)),
        Ok(None) => Err(advise(
            format!("no run of `voixoff transcribe` is noted in `{}`", folder.display()),
            "name the folder that it was given: as a source, or as `--out`",
        )),
        Ok(Some(asked)) => plan(&mut survey, asked, &mut ledger),
        Err(error) => Err(error),
    };
    if listening.is_ok() {
        let (recogniser, n_problems) = (survey.recogniser.clone(), survey.problems.len());
        for asked in Asked::earlier(folder, more, model_folder) {
            // What cannot be looked at so long after is known by what was written of it.
            let _ = plan(&mut survey, asked, &mut ledger);
            survey.problems.truncate(n_problems);
        }
        survey.recogniser = recogniser;
    }
    let (wanted, unknown) = match listening {
        // Without options, another command may have asked another recogniser for these.
        Ok(listening) => (Some(WantedStages { listening, by_recogniser: !more.is_empty() }), None),
        Err(error) => (None, Some(error)),
    };
    survey.add_recorded(ledger, folder, wanted.as_ref());
    Ok((survey, unknown))
}

/// Adds to the `survey` what a run that is `asked` for would look at; the keys of its listening.
fn plan(survey: &mut Survey, asked: Asked, ledger: &mut Ledger) -> anyhow::Result<[String; 2]> {
    let Asked { options, model_folder, model, used } = asked;
    let place = Place::of(&options)?;
    let models = match (engines::choose(&options, model_folder.as_deref()), used) {
        (Ok(chosen), _) => chosen.models,
        // What is not on this machine, or not any more, was there at the last run.
        (Err(error), Some(used)) if error.is::<ModelError>() => used,
        (Err(error), _) => return Err(error),
    };
    let mut setup = Setup::new(&options, place, &models)?;
    if let Some(model) =
        model.filter(|_| options.recognition.model.as_ref() == Some(&setup.models.recogniser.name))
    {
        setup.models.recogniser.name = model;
    }
    let cancel = Cancel::default();
    let mirror = match setup.mirror() {
        // What that run has brought and made so far is here.
        Err(MirrorError::Busy { .. }) => None,
        mirror => mirror?,
    };
    if let Some(mirror) = &mirror {
        mirror.refresh()?;
    }
    let batch = setup.batch(mirror.as_ref(), &cancel);
    let plan = Plan::of(&options, None, &setup.place, &batch, false);
    let outside = if setup.place.folder.is_none() { Outside::Skip } else { Outside::Keep };
    survey.add_planned(plan.items.into_iter().zip(plan.standings), outside, ledger);
    survey.problems.extend(plan.problems);
    survey.recogniser = Some(setup.models.recogniser.name.clone());
    Ok(setup.models.listening(setup.episode.part))
}
