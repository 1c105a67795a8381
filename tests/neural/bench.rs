//! Listening for the tests, loaded once, and the baseline they are held to.

use std::{
    collections::HashMap,
    env, fs,
    num::NonZeroUsize,
    path::{Path, PathBuf},
    sync::{Arc, LazyLock, Mutex, OnceLock},
};
use voixoff::{
    asr::{TranscribeError, Transcriber, int8::Int8, whisper::Whisper},
    base::{
        progress::{Cancel, Silent},
        transcript::{About, ModelUsed, Provenance, Transcript},
    },
    episode::pipeline::{self, Artifacts, EpisodeError, EpisodeSettings, Listening, Work, Workers},
    models::{ModelFolder, find},
    speakers::diarize::{
        embedding::Embedder, neural::NeuralDiarizer, segmentation::SegmentationSettings,
        segmenter::Segmenter, vad::VadSettings,
    },
    text::{PolishSettings, Verbatim},
};

pub(crate) struct Bench {
    int8: &'static dyn Transcriber,
    whisper_cpp: &'static dyn Transcriber,
    diarizer: NeuralDiarizer,
}

static BENCH: LazyLock<Bench> = LazyLock::new(|| Bench {
    int8: leak(Int8::load(&model("base"), "fr", heads("base"))),
    whisper_cpp: leak(Whisper::load(&model("base"), "fr", heads("base"))),
    diarizer: NeuralDiarizer {
        segmenter: Segmenter::load(&model("segmentation")).expect("it is a network"),
        embedder: Some(Embedder::load(&model("embedding")).expect("it is a network")),
        segmentation: SegmentationSettings::PODCAST,
        vad: VadSettings::PODCAST,
        threads: NonZeroUsize::MIN,
    },
});

/// Whisper, in one of two ways.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Engine {
    /// The one that is taken where nobody asks for one.
    Int8,
    WhisperCpp,
}

fn leak<T: Transcriber + 'static>(loaded: Result<T, TranscribeError>) -> &'static dyn Transcriber {
    Box::leak(Box::new(loaded.expect("base is a Whisper model")))
}

/// Path of a model that is there and good.
pub(crate) fn model(name: &str) -> PathBuf {
    let chosen = env::var_os("VOIXOFF_MODELS").map(PathBuf::from);
    let data = env::var_os("XDG_DATA_HOME").filter(|path| !path.is_empty()).map(PathBuf::from);
    let home = || PathBuf::from(env::var_os("HOME").expect("a home folder")).join(".local/share");
    let folder = chosen.unwrap_or_else(|| data.unwrap_or_else(home).join("voixoff/models"));
    let model = find(name).expect("in the manifest");
    ModelFolder::new(folder)
        .ready(model, &mut |_, _| ())
        .unwrap_or_else(|error| panic!("{error}: run scripts/test, which brings the models"))
}

/// The published alignment heads of a model.
pub(crate) fn heads(name: &str) -> Option<&'static [[usize; 2]]> {
    find(name).expect("in the manifest").alignment_heads.as_deref()
}

/// The transcript of `path` by the real engines, as the program would make it.
pub(crate) fn transcribe(path: &Path) -> Transcript {
    transcribe_by(Engine::Int8, path, 1)
}

pub(crate) fn transcribe_by(engine: Engine, path: &Path, threads: usize) -> Transcript {
    type Known = Mutex<HashMap<(Engine, PathBuf, usize), Arc<OnceLock<Transcript>>>>;
    // Several tests ask about the same recording.
    static KNOWN: LazyLock<Known> = LazyLock::new(Known::default);
    let question = (engine, path.to_owned(), threads);
    let answer =
        Arc::clone(KNOWN.lock().expect("no test panics here").entry(question).or_default());
    answer.get_or_init(|| heard_by(engine, path, threads)).clone()
}

fn heard_by(engine: Engine, path: &Path, threads: usize) -> Transcript {
    with_work(engine, threads, |work, provenance| {
        let scratch = &work.listening.settings.scratch;
        let artifacts = Artifacts { analysis: scratch.join("heard"), words: scratch.join("words") };
        pipeline::transcribe(
            &|| Ok::<_, EpisodeError>(path.to_owned()),
            &artifacts,
            About::default(),
            provenance,
            work,
        )
        .unwrap_or_else(|error| panic!("{}: {error}", path.display()))
    })
}

/// Who speaks when in `path`, by the real networks.
pub(crate) fn diarize(path: &Path) -> Transcript {
    with_work(Engine::Int8, 1, |work, provenance| {
        let heard = pipeline::diarize(path, provenance, &work.listening);
        heard.unwrap_or_else(|error| panic!("{}: {error}", path.display())).0
    })
}

fn with_work<T>(
    engine: Engine,
    threads: usize,
    answer: impl FnOnce(&Work<'_>, Provenance) -> T,
) -> T {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let threads = NonZeroUsize::new(threads).expect("at least one");
    let settings = EpisodeSettings {
        // Scores are of what was said, not of what a page shows of it.
        polish: PolishSettings { verbatim: Verbatim::Full, ..PolishSettings::PAGE },
        ..EpisodeSettings::podcast(folder.path().to_owned())
    };
    let (recogniser, transcriber) = match engine {
        Engine::Int8 => ("base-int8", BENCH.int8),
        Engine::WhisperCpp => ("base", BENCH.whisper_cpp),
    };
    let used = |name: &str| ModelUsed { name: name.to_owned(), sha256: String::new() };
    let provenance = Provenance {
        language: "fr".to_owned(),
        audio: String::new(),
        recogniser: Some(used(recogniser)),
        segmentation: Some(used("segmentation")),
        embedding: Some(used("embedding")),
        reviewed: false,
        reviewer: String::new(),
        corrected: false,
    };
    let work = Work {
        listening: Listening {
            diarizer: &BENCH.diarizer,
            settings: &settings,
            observer: &Silent,
            cancel: &Cancel::default(),
        },
        transcriber,
        workers: &Workers::new(threads),
    };
    answer(&work, provenance)
}

/// A file of `tests/data`.
pub(crate) fn sample(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data").join(name)
}

/// Real recordings, which lie beside the project and never in it.
pub(crate) fn real(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/data").join(name)
}

/// Holds `value` to the entry `name` of the baseline: fails when it is worse by more
/// than the tolerance, asks to move the number when it is better by as much.
#[track_caller]
pub(crate) fn hold(name: &str, value: f64) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/baseline.toml");
    let text = fs::read_to_string(path).expect("tests/baseline.toml");
    let table: toml::Table = toml::from_str(&text).expect("TOML");
    let entry = table.get(name).unwrap_or_else(|| panic!("`{name}` is not in the baseline"));
    let number = |key: &str| entry.get(key).and_then(toml::Value::as_float).expect("a number");
    let (bar, tolerance) = (number("value"), number("tolerance"));
    println!("{name}: {value:.4}, baseline {bar:.4} ± {tolerance:.4}");
    assert!(value <= bar + tolerance, "{name}: {value:.4} is worse than {bar:.4}");
    if value < bar - tolerance {
        println!("{name}: better than the baseline: move it to {value:.4}");
    }
}
