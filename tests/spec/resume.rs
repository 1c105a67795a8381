//! A stop at any instant loses at most the windows under way, and the result is
//! the same, byte for byte, as that of an unbroken run on any number of threads.

use crate::desk::noise;
use std::{
    num::NonZeroUsize,
    path::PathBuf,
    sync::atomic::{AtomicUsize, Ordering},
};
use tempfile::TempDir;
use voixoff::{
    asr::windows::WindowSettings,
    asr::{Context, DecodingOptions, TranscribeError, Transcriber, scripted},
    base::{
        guidance::{Guided, Kind},
        progress::{Cancel, Event, Observer, Stage},
        speech::Utterance,
        time::{Span, Time},
        transcript::{About, ModelUsed, Provenance},
    },
    episode::pipeline::{self, Artifacts, EpisodeError, EpisodeSettings, Listening, Work, Workers},
    formats::{Format, RenderSettings},
    speakers::{diarize::scripted::ScriptedDiarizer, segments::SegmentSettings},
};

#[test]
fn a_stopped_episode_goes_on_where_it_was() {
    let desk = Desk::new();
    let unbroken = desk.transcribe("unbroken", 1, &Parrot::new()).expect("done");

    let stopping = Parrot { stop_after: Some(3), ..Parrot::new() };
    let stopped = desk.transcribe("stopped", 1, &stopping).expect_err("stopped");
    assert_eq!(stopped.to_string(), "stopped after 00:00:22 of 00:01:30 of speech");
    assert_eq!(stopped.kind(), Kind::Stopped);

    let rest = Parrot::new();
    assert_eq!(desk.transcribe("stopped", 1, &rest).expect("done"), unbroken);
    assert_eq!(stopping.n_heard() + rest.n_heard(), N_WINDOWS, "each window exactly once");
}

#[test]
fn a_finished_episode_is_not_heard_again() {
    let desk = Desk::new();
    let first = desk.transcribe("journal", 1, &Parrot::new()).expect("done");
    std::fs::remove_file(&desk.episode).expect("removed");
    let parrot = Parrot::new();
    assert_eq!(desk.transcribe("journal", 1, &parrot).expect("done"), first);
    assert_eq!(parrot.n_heard(), 0);
}

#[test]
fn the_number_of_threads_changes_no_byte() {
    let desk = Desk::new();
    let alone = desk.transcribe("alone", 1, &Parrot::new()).expect("done");
    for threads in [2, 3, 8] {
        let together = desk.transcribe(&format!("{threads}"), threads, &Parrot::new());
        assert_eq!(together.expect("done"), alone, "{threads} threads");
    }
}

#[test]
fn a_folder_that_is_removed_again_and_again_costs_no_word() {
    let desk = Desk::new();
    let unbroken = desk.transcribe("unbroken", 1, &Parrot::new()).expect("done");
    let robbed = Parrot { robbed: Some(desk.own()), ..Parrot::new() };
    assert_eq!(desk.transcribe("robbed", 1, &robbed).expect("done"), unbroken);
    let again = Parrot::new();
    assert_eq!(desk.transcribe("robbed", 1, &again).expect("done"), unbroken);
    assert_eq!((robbed.n_heard(), again.n_heard()), (N_WINDOWS, 0));
}

#[test]
fn a_failing_window_keeps_the_finished_ones() {
    let desk = Desk::new();
    let failing = Parrot { fail_after: Some(4), ..Parrot::new() };
    let error = desk.transcribe("failing", 1, &failing).expect_err("failed");
    assert_eq!(error.to_string(), "the recogniser gave up: out of seeds");
    let rest = Parrot::new();
    desk.transcribe("failing", 1, &rest).expect("done");
    assert_eq!(rest.n_heard(), N_WINDOWS - 4);
}

/// Twelve regions of 8 s in windows of at most 8 s, pauses of half a second.
const N_WINDOWS: usize = 12;

/// Says something that depends on what it hears, and on nothing else.
struct Parrot {
    cancel: Cancel,
    heard: AtomicUsize,
    stop_after: Option<usize>,
    fail_after: Option<usize>,
    /// A folder that is removed as each stage begins and ends.
    robbed: Option<PathBuf>,
}

impl Parrot {
    fn new() -> Parrot {
        Parrot {
            cancel: Cancel::default(),
            heard: AtomicUsize::new(0),
            stop_after: None,
            fail_after: None,
            robbed: None,
        }
    }

    fn n_heard(&self) -> usize {
        self.heard.load(Ordering::SeqCst)
    }
}

impl Transcriber for Parrot {
    fn transcribe(
        &self,
        samples: &[f32],
        told: Context<'_>,
        options: DecodingOptions,
    ) -> Result<Utterance, TranscribeError> {
        if self.fail_after == Some(self.n_heard()) {
            return Err(TranscribeError::Engine { reason: "out of seeds".to_owned() });
        }
        let n_heard = self.heard.fetch_add(1, Ordering::SeqCst) + 1;
        if self.stop_after == Some(n_heard) {
            self.cancel.request();
        }
        scripted::Parrot.transcribe(samples, told, options)
    }
}

impl Observer for Parrot {
    fn on(&self, event: Event) {
        let is_edge =
            !matches!(event, Event::Advanced { .. } | Event::Finished { stage: Stage::Transcribe });
        if let Some(folder) = self.robbed.as_ref().filter(|folder| is_edge && folder.exists()) {
            std::fs::remove_dir_all(folder).expect("removed");
        }
    }
}

struct Desk {
    folder: TempDir,
    episode: PathBuf,
}

impl Desk {
    fn new() -> Desk {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let episode = folder.path().join("épisode.wav");
        noise(&episode, 102);
        Desk { folder, episode }
    }

    fn own(&self) -> PathBuf {
        self.folder.path().join(".voixoff")
    }

    fn transcribe(
        &self,
        journal: &str,
        threads: usize,
        parrot: &Parrot,
    ) -> Result<String, EpisodeError> {
        let region = |n: u64| {
            let start = Time::from_millis(n * 8_500);
            Span::new(start, start.plus(Time::from_millis(7_500))).expect("not empty")
        };
        let regions = (0..N_WINDOWS as u64).map(region).collect();
        let diarizer = ScriptedDiarizer::new(regions, Vec::new());
        let threads = NonZeroUsize::new(threads).expect("at least one");
        let settings = EpisodeSettings {
            windows: WindowSettings {
                longest: Time::from_millis(8_000),
                margin: Time::default(),
                pause: Time::from_millis(500),
            },
            segments: SegmentSettings {
                pause: Time::from_millis(900),
                longest: Time::from_millis(20_000),
            },
            ..EpisodeSettings::podcast(self.folder.path().to_owned())
        };
        let model = ModelUsed { name: "parrot".to_owned(), sha256: String::new() };
        let provenance = Provenance {
            language: "fr".to_owned(),
            audio: "0".to_owned(),
            recogniser: Some(model),
            ..Provenance::default()
        };
        let work = Work {
            listening: Listening {
                diarizer: &diarizer,
                settings: &settings,
                observer: parrot,
                cancel: &parrot.cancel,
            },
            transcriber: parrot,
            workers: &Workers::new(threads),
        };
        let path = |kind: &str| self.own().join(format!("{kind}-{journal}"));
        let artifacts = Artifacts { analysis: path("heard"), words: path("words") };
        let sound = || Ok::<_, EpisodeError>(self.episode.clone());
        let transcript =
            pipeline::transcribe(&sound, &artifacts, About::default(), provenance, &work)?;
        let settings = RenderSettings { name: "épisode", ..RenderSettings::default() };
        let json = Format::Json.render(&transcript, &settings);
        Ok(String::from_utf8(json).expect("JSON is UTF-8"))
    }
}
