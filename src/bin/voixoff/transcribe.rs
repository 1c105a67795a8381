//! `voixoff transcribe`: one episode after the other, and an account of them.
//!
//! Everything that can be wrong with the command or the machine is found before
//! the first minute of work: models, output folder, two files for one name.

use crate::{
    DONE, FAILED, INTERRUPTED, args,
    report::{self, advise},
    screen::Screen,
};
use anyhow::Context;
use std::{
    collections::BTreeMap,
    num::NonZeroUsize,
    path::{Path, PathBuf},
    sync::Arc,
    thread,
};
use voixoff::{
    asr::Transcriber,
    audio,
    diarize::SpeechDetector,
    digest::Digest,
    outputs::Outputs,
    pipeline::{self, Engines, EpisodeError, EpisodeSettings, Work},
    progress::Cancel,
    segments::SegmentSettings,
    time::Time,
    transcript::{Damage, ModelUsed, Provenance, Transcript},
    windows::WindowSettings,
};

/// Raised whenever the same sound and models may give other words than before.
const REVISION: u32 = 1;

/// Every default of the program that is not a default of its command line.
fn settings(options: &args::Transcribe) -> EpisodeSettings {
    let cores = || thread::available_parallelism().unwrap_or(NonZeroUsize::MIN);
    EpisodeSettings {
        scratch: std::env::temp_dir(),
        threads: options.threads.unwrap_or_else(cores),
        windows: WindowSettings::WHISPER,
        segments: SegmentSettings::SENTENCES,
    }
}

/// What a run needs, loaded once.
struct Loaded {
    detector: Box<dyn SpeechDetector>,
    transcriber: Box<dyn Transcriber>,
    recogniser: ModelUsed,
    segmentation: Option<ModelUsed>,
}

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
    let settings = settings(options);
    let loaded = load(options, model_folder, settings.threads)?;
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
fn stop_on_ctrl_c() -> anyhow::Result<Arc<Cancel>> {
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
        let key = self.key(&provenance);
        let formats = &self.options.format;
        if self.outputs.are_current(&key, formats) {
            eprintln!("{shown}: up to date");
            return Outcome::UpToDate;
        }
        if let Some(path) = self.outputs.foreign(formats).filter(|_| !self.options.force) {
            report::error(&advise(
                format!(
                    "`{}` was not written by this program, or was changed since",
                    path.display()
                ),
                "keep it by choosing another `--out`, or replace it with `--force`",
            ));
            return Outcome::Failed;
        }
        match self.work(&key, provenance, cancel) {
            Ok(()) => Outcome::Transcribed,
            Err(error) => failed(&error),
        }
    }

    fn work(&self, key: &str, provenance: Provenance, cancel: &Cancel) -> Result<(), EpisodeError> {
        let unkept = |source| EpisodeError::Journal { path: self.outputs.folder().into(), source };
        let journal = self.outputs.journal(key).map_err(unkept)?;
        let name = self.file.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let screen = Screen::new(self.options.progress, name);
        let work = Work {
            engines: Engines {
                detector: &*self.loaded.detector,
                transcriber: &*self.loaded.transcriber,
            },
            settings: self.settings,
            observer: &screen,
            cancel,
        };
        let transcript = pipeline::transcribe(self.file, &journal, provenance, &work)?;
        self.warn(&transcript);
        let formats = self.options.format.iter();
        let files: Vec<_> = formats.map(|&format| (format, format.render(&transcript))).collect();
        self.outputs.write(key, &files).map_err(unkept)?;
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
            recogniser: self.loaded.recogniser.clone(),
            segmentation: self.loaded.segmentation.clone(),
        }
    }

    /// Of everything the words depend on, and of nothing else.
    fn key(&self, provenance: &Provenance) -> String {
        let windows = &self.settings.windows;
        let prompt = &self.options.prompt;
        let mut digest = Digest::new();
        digest.update(format!("{REVISION} {provenance:?} {windows:?} {prompt:?}").as_bytes());
        digest.finish()
    }
}

fn failed(error: &EpisodeError) -> Outcome {
    report::episode(error);
    if error.is_stop() { Outcome::Stopped } else { Outcome::Failed }
}

fn load(
    options: &args::Transcribe,
    model_folder: Option<&Path>,
    threads: NonZeroUsize,
) -> anyhow::Result<Loaded> {
    if let Some(script) = &options.scripted {
        return scripted(script);
    }
    neural(options, model_folder, threads)
}

#[cfg(feature = "neural")]
fn neural(
    options: &args::Transcribe,
    model_folder: Option<&Path>,
    threads: NonZeroUsize,
) -> anyhow::Result<Loaded> {
    use crate::models;
    use voixoff::{
        asr::whisper::{Whisper, WhisperSettings},
        diarize::{
            regions::RegionSettings,
            segmentation::SegmentationSettings,
            segmenter::{NeuralDetector, Segmenter},
        },
        models::find,
    };
    let folder = models::folder(model_folder)?;
    let bar = models::byte_bar("checking the model");
    let mut progress = |done, total| {
        bar.set_length(total);
        bar.set_position(done);
    };
    let chosen = folder.whisper(options.model.as_deref(), &mut progress)?;
    let segmentation = find("segmentation")?;
    let network = folder.ready(segmentation, &mut progress)?;
    bar.finish_and_clear();
    let whisper =
        WhisperSettings { language: options.language.clone(), prompt: options.prompt.clone() };
    let detector = NeuralDetector {
        segmenter: Segmenter::load(&network)?,
        segmentation: SegmentationSettings::REGIONS_ONLY,
        regions: RegionSettings::PODCAST,
        threads,
    };
    Ok(Loaded {
        detector: Box::new(detector),
        transcriber: Box::new(Whisper::load(&chosen.path, &whisper)?),
        recogniser: ModelUsed { name: chosen.name, sha256: chosen.sha256 },
        segmentation: Some(ModelUsed {
            name: segmentation.name.clone(),
            sha256: segmentation.sha256.clone(),
        }),
    })
}

#[cfg(not(feature = "neural"))]
fn neural(_: &args::Transcribe, _: Option<&Path>, _: NonZeroUsize) -> anyhow::Result<Loaded> {
    Err(advise(
        "this build has no recogniser",
        "build it with the feature `neural`, which is on by default",
    ))
}

/// What a test says beforehand: regions in milliseconds, and a text a window.
#[derive(serde::Deserialize)]
struct Script {
    regions_ms: Vec<(u64, u64)>,
    texts: Vec<String>,
}

fn scripted(path: &Path) -> anyhow::Result<Loaded> {
    use voixoff::{asr::scripted::Scripted, diarize::scripted::ScriptedDetector, time::Span};
    let text =
        std::fs::read(path).with_context(|| format!("`{}` cannot be read", path.display()))?;
    let script: Script = serde_json::from_slice(&text)?;
    let span =
        |&(start, end): &(u64, u64)| Span::new(Time::from_millis(start), Time::from_millis(end));
    Ok(Loaded {
        detector: Box::new(ScriptedDetector::new(
            script.regions_ms.iter().filter_map(span).collect(),
        )),
        transcriber: Box::new(Scripted::saying(script.texts)),
        recogniser: ModelUsed { name: "scripted".into(), sha256: String::new() },
        segmentation: None,
    })
}
