//! `voixoff diarize`: who speaks when, on stdout.

use crate::{
    DONE, FAILED, INTERRUPTED, args,
    engines::{self, Ears},
    known, report,
    screen::Screen,
    transcribe::{stop_on_ctrl_c, threads},
};
use std::{
    num::NonZeroUsize,
    path::{Path, PathBuf},
};
use voixoff::{
    asr::scripted::Scripted,
    audio,
    diarize::speakers::SpeakerSettings,
    formats::{Format, RenderSettings},
    merge::MergeSettings,
    pipeline::{self, Engines, EpisodeError, EpisodeSettings, Work},
    progress::Cancel,
    segments::SegmentSettings,
    show::Show,
    speech::Voice,
    transcript::{Provenance, Transcript},
    windows::WindowSettings,
};

/// Says of each file of `options` who speaks when.
pub(crate) fn run(options: &args::Diarize, model_folder: Option<&Path>) -> anyhow::Result<u8> {
    let show = known::show(options.show.as_deref())?;
    let mut settings = settings(options.threads);
    settings.speakers.count =
        options.speakers.or(show.speakers.map(|count| (count.min, count.max)));
    settings.show = show;
    let ears = engines::ears(options.scripted.as_deref(), model_folder, settings.threads)?;
    if let Some(path) = &options.voices {
        settings.gallery = Some(known::gallery(path, ears.model())?);
    }
    each(&options.files, &ears, &settings, options.progress, |file, transcript, _| {
        let name = file.file_stem().unwrap_or_default().to_string_lossy();
        let format = if options.json { Format::Json } else { Format::Rttm };
        let bytes = format.render(transcript, &RenderSettings { name: &name, timecodes: None });
        print!("{}", String::from_utf8_lossy(&bytes));
    })
}

/// Settings of listening without a recogniser.
pub(crate) fn settings(wanted: Option<NonZeroUsize>) -> EpisodeSettings {
    EpisodeSettings {
        scratch: std::env::temp_dir(),
        threads: threads(wanted),
        windows: WindowSettings::WHISPER,
        speakers: SpeakerSettings::PODCAST,
        merge: MergeSettings::PODCAST,
        segments: SegmentSettings::SENTENCES,
        show: Show::default(),
        gallery: None,
    }
}

/// Listens to each file and tells `told` what was heard; an exit code.
pub(crate) fn each(
    files: &[PathBuf],
    ears: &Ears,
    settings: &EpisodeSettings,
    progress: Option<args::Progress>,
    mut told: impl FnMut(&Path, &Transcript, &[Voice]),
) -> anyhow::Result<u8> {
    let cancel = stop_on_ctrl_c()?;
    let mut n_failed = 0;
    for file in files {
        match heard(file, ears, settings, progress, &cancel) {
            Ok((transcript, voices)) => told(file, &transcript, &voices),
            Err(error) => {
                report::episode(&error);
                if error.is_stop() {
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
    ears: &Ears,
    settings: &EpisodeSettings,
    progress: Option<args::Progress>,
    cancel: &Cancel,
) -> Result<(Transcript, Vec<Voice>), EpisodeError> {
    let provenance = Provenance {
        audio: audio::digest(file, cancel)?,
        segmentation: ears.segmentation.clone(),
        embedding: ears.embedding.clone(),
        ..Provenance::default()
    };
    let name = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let work = Work {
        // The recogniser is never asked.
        engines: Engines { diarizer: &*ears.diarizer, transcriber: &Scripted::default() },
        settings,
        observer: &Screen::new(progress, name),
        cancel,
    };
    pipeline::diarize(file, provenance, &work)
}
