//! `voixoff transcribe`: one episode after the other, and an account of them.
//!
//! Everything that can be wrong with the command or the machine is found before
//! the first minute of work: models, output folder, two files for one name.

use crate::{
    DONE, FAILED, INTERRUPTED, args,
    engines::{self, Loaded},
    report::{self, advise},
    screen::Screen,
    settings::{knowing, polish, render, settings},
};
use anyhow::Context;
use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    sync::Arc,
};
use voixoff::{
    audio,
    digest::Digest,
    outputs::Outputs,
    pipeline::{self, Engines, EpisodeError, EpisodeSettings, Work},
    progress::Cancel,
    show::Show,
    transcript::{Damage, Provenance, Transcript},
};

/// Raised whenever the same sound and models may give other words than before.
const REVISION: u32 = 3;

/// What became of an episode.
enum Outcome {
    Transcribed,
    UpToDate,
    Failed,
    Stopped,
}

/// Transcribes all files of `options`.
pub(crate) fn run(options: &args::Transcribe, model_folder: Option<&Path>) -> anyhow::Result<u8> {
    let outputs = planned(options)?;
    let mut settings = settings(&options.listening)?;
    settings.polish = polish(&options.writing, &settings.show)?;
    let prompt = prompt(options, &settings.show);
    let loaded = engines::load(options, &prompt, model_folder, settings.threads)?;
    let settings = knowing(settings, options.listening.voices.as_deref(), loaded.ears.model())?;
    let cancel = stop_on_ctrl_c()?;
    let mut counts = [0_usize; 3];
    for (file, outputs) in options.files.iter().zip(&outputs) {
        let episode = Episode { file, outputs, options, loaded: &loaded, settings: &settings };
        match episode.transcribe(&cancel) {
            Outcome::Transcribed => counts[0] += 1,
            Outcome::UpToDate => counts[1] += 1,
            Outcome::Failed => counts[2] += 1,
            Outcome::Stopped => {
                summary(options.files.len(), counts);
                return Ok(INTERRUPTED);
            }
        }
    }
    summary(options.files.len(), counts);
    Ok(if counts[2] > 0 { FAILED } else { DONE })
}

/// Says in one line what was done; nothing to say of a single episode.
fn summary(n_episodes: usize, [transcribed, up_to_date, failed]: [usize; 3]) {
    if n_episodes > 1 {
        eprintln!(
            "{n_episodes} episodes: {transcribed} transcribed, {up_to_date} up to date, {failed} failed"
        );
    }
}

/// Where each file's outputs will lie.
fn planned(options: &args::Transcribe) -> anyhow::Result<Vec<Outputs>> {
    if let Some(folder) = &options.out {
        std::fs::create_dir_all(folder)
            .with_context(|| format!("the output folder `{}` cannot be made", folder.display()))?;
        tempfile::tempfile_in(folder).map_err(|error| {
            let message =
                format!("the output folder `{}` cannot be written to: {error}", folder.display());
            advise(message, "choose another one with `--out DIR`")
        })?;
    }
    let mut taken: BTreeMap<PathBuf, &Path> = BTreeMap::new();
    let mut planned = Vec::new();
    for file in &options.files {
        let outputs = Outputs::of(file, options.out.as_deref());
        let path = outputs.path(options.format[0]);
        if let Some(other) = taken.insert(path.clone(), file) {
            return Err(advise(
                format!(
                    "`{}` and `{}` would both be written to `{}`",
                    other.display(),
                    file.display(),
                    path.display()
                ),
                "run them apart, with an `--out` folder each",
            ));
        }
        planned.push(outputs);
    }
    Ok(planned)
}

/// First a clean stop, then a quick one: safe at any instant.
pub(crate) fn stop_on_ctrl_c() -> anyhow::Result<Arc<Cancel>> {
    let cancel = Arc::new(Cancel::default());
    let heard = Arc::clone(&cancel);
    ctrlc::set_handler(move || {
        if heard.is_requested() {
            #[expect(clippy::exit, reason = "the second Ctrl-C ends at once")]
            std::process::exit(INTERRUPTED.into());
        }
        heard.request();
        eprintln!("\nstopping: the windows under way are finished and kept; again to end at once");
    })
    .context("Ctrl-C cannot be listened to")?;
    Ok(cancel)
}

/// One episode and all that is needed for it.
struct Episode<'a> {
    file: &'a Path,
    outputs: &'a Outputs,
    options: &'a args::Transcribe,
    loaded: &'a Loaded,
    settings: &'a EpisodeSettings,
}

impl Episode<'_> {
    fn transcribe(&self, cancel: &Cancel) -> Outcome {
        let shown = self.file.display();
        let provenance = match audio::digest(self.file, cancel) {
            Ok(digest) => self.provenance(digest),
            Err(error) => return failed(&error.into()),
        };
        let listening = self.listening_key(&provenance);
        let key = self.result_key(&listening);
        let formats = &self.options.format;
        if self.outputs.are_current(&key, formats) {
            eprintln!("{shown}: up to date");
            return Outcome::UpToDate;
        }
        if let Some(path) = self.outputs.foreign(formats).filter(|_| !self.options.force) {
            report::error(&report::foreign(&path));
            return Outcome::Failed;
        }
        match self.work(&key, &listening, provenance, cancel) {
            Ok(()) => Outcome::Transcribed,
            Err(error) => failed(&error),
        }
    }

    fn work(
        &self,
        key: &str,
        listening: &str,
        provenance: Provenance,
        cancel: &Cancel,
    ) -> Result<(), EpisodeError> {
        let unkept = |source| EpisodeError::Journal { path: self.outputs.folder().into(), source };
        let journal = self.outputs.journal(listening).map_err(unkept)?;
        let name = self.file.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let screen = Screen::new(self.options.listening.hearing.progress, name);
        let work = Work {
            engines: Engines {
                diarizer: &*self.loaded.ears.diarizer,
                transcriber: &*self.loaded.transcriber,
            },
            settings: self.settings,
            observer: &screen,
            cancel,
        };
        let mut transcript = pipeline::transcribe(self.file, &journal, provenance, &work)?;
        transcript.about.sound = self.outputs.way_to(self.file).map_err(unkept)?;
        self.warn(&transcript);
        let formats = self.options.format.iter();
        let stem = self.file.file_stem().unwrap_or_default().to_string_lossy();
        let settings = render(&self.options.writing, &stem);
        let files: Vec<_> =
            formats.map(|&format| (format, format.render(&transcript, &settings))).collect();
        self.outputs.write(key, &journal, &files).map_err(unkept)?;
        for (format, _) in &files {
            println!("{}", self.outputs.path(*format).display());
        }
        Ok(())
    }

    fn warn(&self, transcript: &Transcript) {
        let shown = self.file.display();
        let Damage { corrupt_packets, cut } = transcript.damage;
        if corrupt_packets > 0 {
            report::warning(&format!(
                "`{shown}`: {corrupt_packets} damaged packets are silent in the transcript"
            ));
        }
        if let Some((at, promised)) = cut {
            let of = promised.map(|promised| format!(" of {promised}")).unwrap_or_default();
            report::warning(&format!("`{shown}`: the stream is cut at {at}{of}"));
        }
        if transcript.segments.is_empty() {
            report::warning(&format!("`{shown}`: nobody speaks in its {}", transcript.duration));
        }
        let n_doubtful =
            transcript.segments.iter().filter(|segment| segment.doubt.is_some()).count();
        if n_doubtful > 0 {
            report::warning(&format!("`{shown}`: {n_doubtful} segments are marked to be checked"));
        }
    }

    fn provenance(&self, audio: String) -> Provenance {
        Provenance {
            language: self.options.language.clone(),
            audio,
            recogniser: Some(self.loaded.recogniser.clone()),
            segmentation: self.loaded.ears.segmentation.clone(),
            embedding: self.loaded.ears.embedding.clone(),
            reviewed: false,
        }
    }

    /// Of everything that listening depends on, and of nothing else.
    fn listening_key(&self, provenance: &Provenance) -> String {
        let windows = &self.settings.windows;
        let prompt = prompt(self.options, &self.settings.show);
        key(&format!("{REVISION} {provenance:?} {windows:?} {prompt:?}"))
    }

    /// Of everything that the transcript depends on.
    fn result_key(&self, listening_key: &str) -> String {
        let EpisodeSettings { speakers, merge, segments, show, gallery, polish, .. } =
            self.settings;
        let render = render(&self.options.writing, "");
        key(&format!(
            "{listening_key} {speakers:?} {merge:?} {segments:?} {show:?} {gallery:?} {polish:?} {render:?}"
        ))
    }
}

/// What the recogniser is told beforehand: what the user says, then what the show does.
fn prompt(options: &args::Transcribe, show: &Show) -> String {
    let parts = [options.prompt.clone(), show.prompt()];
    parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(", ")
}

fn key(depends_on: &str) -> String {
    let mut digest = Digest::new();
    digest.update(depends_on.as_bytes());
    digest.finish()
}

fn failed(error: &EpisodeError) -> Outcome {
    report::episode(error);
    if error.is_stop() { Outcome::Stopped } else { Outcome::Failed }
}
