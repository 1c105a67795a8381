//! `voixoff diarize`: who speaks when, on stdout.

use crate::{
    DONE, FAILED, INTERRUPTED, args,
    engines::{self, DiarizationEngine},
    report,
    screen::{self, Screen},
    settings::{knowing, settings, threads},
    terminal,
    transcribe::stop_on_ctrl_c,
};
use std::path::{Path, PathBuf};
use voixoff::{
    audio,
    base::{
        guidance::{Guided, Kind},
        progress::Cancel,
        speech::Voice,
        transcript::{Provenance, Transcript},
    },
    episode::pipeline::{self, EpisodeError, EpisodeSettings, Listening},
    formats::{Format, RenderSettings},
};

/// Says of each file of `options` who speaks when.
pub(crate) fn run(options: &args::Diarize, model_folder: Option<&Path>) -> anyhow::Result<u8> {
    let listening = &options.listening;
    let settings = settings(listening)?;
    let engine =
        engines::diarization_engine(&listening.hearing, model_folder, threads(&listening.hearing))?;
    let settings = knowing(settings, listening.voices.as_deref(), engine.model())?;
    each(&options.files, &engine, &settings, listening.hearing.progress, |file, transcript, _| {
        let name = file.file_stem().unwrap_or_default().to_string_lossy();
        let format = if options.json { Format::Json } else { Format::Rttm };
        let settings = RenderSettings { name: &name, ..RenderSettings::default() };
        terminal::document(&format.render(transcript, &settings));
    })
}

/// Listens to each file and tells `told` what was heard; an exit code.
pub(crate) fn each(
    files: &[PathBuf],
    engine: &DiarizationEngine,
    settings: &EpisodeSettings,
    progress: Option<args::Progress>,
    mut told: impl FnMut(&Path, &Transcript, &[Voice]),
) -> anyhow::Result<u8> {
    let cancel = stop_on_ctrl_c()?;
    let mut n_failed = 0;
    for file in files {
        match heard(file, engine, settings, progress, &cancel) {
            Ok((transcript, voices)) => told(file, &transcript, &voices),
            Err(error) => {
                report::episode(&error);
                if error.kind() == Kind::Stopped {
                    return Ok(INTERRUPTED);
                }
                n_failed += 1;
            }
        }
    }
    Ok(if n_failed > 0 { FAILED } else { DONE })
}

fn heard(
    file: &Path,
    engine: &DiarizationEngine,
    settings: &EpisodeSettings,
    progress: Option<args::Progress>,
    cancel: &Cancel,
) -> Result<(Transcript, Vec<Voice>), EpisodeError> {
    let provenance = Provenance {
        audio: audio::identify(file, cancel)?.digest,
        segmentation: engine.segmentation.clone(),
        embedding: engine.embedding.clone(),
        ..Provenance::default()
    };
    let name = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let listening = Listening {
        diarizer: &*engine.diarizer,
        settings,
        observer: &Screen::new(screen::kind(progress), name),
        cancel,
    };
    pipeline::diarize(file, provenance, &listening)
}
