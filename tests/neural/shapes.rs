//! The engines at the shapes of other Whispers: the same words, at the same times, as from the
//! model that was widened to them. Decoders of fewer layers than that of `base` cannot be made so:
//! some of its layers alone say nothing.

use crate::{
    bench::{Engine, heads, model, sample},
    widen::{Widening, random, widen},
};
use std::{
    fs,
    io::Write,
    num::NonZeroUsize,
    ops::Range,
    path::Path,
    sync::atomic::{AtomicUsize, Ordering},
    time::Instant,
};
use voixoff::{
    asr::{
        Context, DecodingOptions, TranscribeError, Transcriber,
        fallback::{SpeechWindow, transcribe_with_fallback},
        int8::{Int8, memory_bytes},
        whisper::Whisper,
    },
    audio::{DecodeSettings, decode},
    base::{
        ggml::Header,
        progress::{Cancel, Silent},
        samples::Samples,
        speech::{Utterance, Word},
        time::{Span, Time},
    },
    models::{ModelFolder, find, quantize},
};

/// Layers of `base` on each side.
const N_LAYERS: usize = 6;

/// How far the time of a word may be off: two frames of the encoder.
const OFF_MAX: Time = Time::from_millis(40);

/// The same of heads that were found and not published.
const FOUND_OFF_MAX: Time = Time::from_millis(100);

/// A shape.
struct Shape {
    name: &'static str,
    times: usize,
    n_encoder_layers: usize,
    n_decoder_layers: usize,
    is_v3: bool,
}

/// Those of the models that people use, the quickest first. Their widths are multiples of that of
/// `base`.
const SHAPES: [Shape; 4] = [
    Shape { name: "dec16", times: 2, n_encoder_layers: 32, n_decoder_layers: 16, is_v3: true },
    Shape { name: "medium", times: 2, n_encoder_layers: 24, n_decoder_layers: 24, is_v3: false },
    Shape {
        name: "wider than large-v3",
        times: 3,
        n_encoder_layers: 8,
        n_decoder_layers: 8,
        is_v3: true,
    },
    Shape { name: "large-v3", times: 2, n_encoder_layers: 32, n_decoder_layers: 32, is_v3: true },
];

#[test]
#[ignore = "takes minutes; run by scripts/test"]
fn a_wider_and_deeper_model_says_the_same_at_the_same_times() {
    same_in_both_engines(&Shape {
        name: "of 128 mels",
        times: 2,
        n_encoder_layers: 8,
        n_decoder_layers: 8,
        is_v3: true,
    });
}

#[test]
#[ignore = "takes minutes and 3 GB of disk; run by scripts/shapes"]
fn every_shape_says_the_same_at_the_same_times() {
    for shape in &SHAPES {
        same_in_both_engines(shape);
    }
}

#[test]
#[ignore = "takes a minute; run by scripts/test"]
fn heads_that_follow_nothing_are_noticed_and_the_words_are_kept() {
    let scratch = tempfile::tempdir().expect("a temporary folder");
    let path = scratch.path().join("deeper.bin");
    let layers = || Widening::layers(0..N_LAYERS, 2 * N_LAYERS);
    let widening =
        Widening { times: 1, encoder: Widening::layers(0..6, 6), decoder: layers(), is_v3: false };
    widen(&model("base"), &path, &widening);
    // Those of a layer that computes nothing, behind the first one.
    let wrong: Vec<[usize; 2]> = (0..8).map(|head| [1, head]).collect();
    let window = clip(11..24);
    for engine in [Engine::Int8, Engine::WhisperCpp] {
        let right = load(engine, &path, &widening.heads(heads("base").expect("published")));
        let expected = words(&answer(&*right, &window.samples));
        let wrong = load(engine, &path, &wrong);
        println!("{engine:?}: {}", drawn(&answer(&*wrong, &window.samples)));
        let counting = Counting { inner: wrong, n_asked: AtomicUsize::new(0) };
        let SpeechWindow { samples, speech } = &window;
        let windows = [SpeechWindow { samples: samples.clone(), speech: speech.clone() }];
        let answers = transcribe_with_fallback(
            &counting,
            Context::default(),
            DecodingOptions::GREEDY,
            &windows,
        );
        let answers = answers.expect("an answer").remove(0);
        println!("{engine:?}: {}", drawn(&answers[0]));
        assert_eq!((answers.len(), counting.n_asked.into_inner()), (1, 1), "{engine:?}");
        assert_eq!((words(&answers[0]), answers[0].doubt), (expected, None), "{engine:?}");
        assert!(answers[0].words.iter().all(|word| !word.is_timed), "{engine:?}");
    }
}

#[test]
#[ignore = "takes a minute; run by scripts/test"]
fn a_model_in_eight_bits_says_what_the_whole_one_says() {
    let scratch = tempfile::tempdir().expect("a temporary folder");
    let whole = model("base");
    let name = whole.file_name().expect("a file");
    fs::copy(&whole, scratch.path().join(name)).expect("copied");
    let smaller = find("base-q8_0").expect("in the manifest");
    let smaller = quantize(smaller, &ModelFolder::new(scratch.path())).expect("made");
    let samples = clip(11..36).samples;
    let known = heads("base").expect("published");
    let [expected, found] =
        [&whole, &smaller].map(|path| answer(&*load(Engine::Int8, path, known), &samples));
    let (n_same, n_words) = same_words(&expected, &found);
    println!("{n_same} of {n_words} words are the same");
    assert!(n_words > 30 && 100 * n_same >= 94 * n_words, "{} / {}", expected.text(), found.text());
}

#[test]
#[ignore = "takes minutes and 3 GB of disk; run by scripts/shapes"]
fn random_weights_of_all_sizes_load_and_run_within_memory() {
    let scratch = tempfile::tempdir().expect("a temporary folder");
    let window = clip(11..24).samples;
    // Heads of a layer, layers of the encoder and of the decoder. Nothing of the width of `tiny` or
    // `small` says what `base` says.
    let sizes = [
        ("tiny", 6, 4, 4),
        ("small", 12, 12, 12),
        ("distil", 20, 32, 2),
        ("turbo", 20, 32, 4),
        ("large-v3", 20, 32, 32),
    ];
    for (name, n_heads, n_audio_layers, n_text_layers) in sizes {
        let is_v3 = n_heads == 20;
        let header = Header {
            n_vocabulary: if is_v3 { 51_866 } else { 51_865 },
            n_audio_context: 1_500,
            n_audio_state: 64 * n_heads,
            n_audio_heads: n_heads,
            n_audio_layers,
            n_text_context: 448,
            n_text_state: 64 * n_heads,
            n_text_heads: n_heads,
            n_text_layers,
            n_mels: if is_v3 { 128 } else { 80 },
            file_type: 1,
        };
        let path = scratch.path().join("random.bin");
        random(&model("base"), &path, &header);
        let file = fs::metadata(&path).expect("written").len();
        let most = memory_bytes(header.shape().expect("one"), NonZeroUsize::MIN);
        let before = memory("VmRSS");
        forget_peak();
        let begun = Instant::now();
        let engine = load(Engine::Int8, &path, &[]);
        let [loading, loaded] = ["VmHWM", "VmRSS"].map(|what| memory(what) - before);
        forget_peak();
        // Nobody says anything by such weights; how it ends does not matter.
        answer(&*engine, &window);
        let running = memory("VmHWM") - before;
        let seconds = begun.elapsed().as_secs();
        let [most, loading, loaded, running, file] =
            [most, loading, loaded, running, file].map(|bytes| bytes / 1_000_000);
        println!(
            "{name}: {loading} MB while loading, {loaded} then, {running} at work, of {most}; file \
             {file}; {seconds} s"
        );
        assert!(running <= most, "{name}: {running} MB of {most}");
        assert!(loading <= file + most, "{name}: {loading} MB while loading");
    }
}

/// What the system says of this process' memory, in bytes.
fn memory(what: &str) -> u64 {
    let status = fs::read_to_string("/proc/self/status").expect("a system that tells");
    let line = status.lines().find_map(|line| line.strip_prefix(what)?.strip_prefix(':'));
    let kilobytes = line.and_then(|line| line.trim().strip_suffix(" kB")).expect("in kB");
    1024 * kilobytes.parse::<u64>().expect("a number")
}

/// The greatest memory counts from here on.
fn forget_peak() {
    let mut file = fs::OpenOptions::new().write(true).open("/proc/self/clear_refs").expect("there");
    file.write_all(b"5").expect("allowed for one's own process");
}

#[test]
#[ignore = "takes a minute; run by scripts/test"]
fn alignment_heads_are_found_by_listening() {
    let scratch = tempfile::tempdir().expect("a temporary folder");
    let path = scratch.path().join("deeper.bin");
    let widening = Widening {
        times: 1,
        encoder: Widening::layers(0..N_LAYERS, N_LAYERS),
        decoder: Widening::layers(0..N_LAYERS, N_LAYERS + 2),
        is_v3: false,
    };
    widen(&model("base"), &path, &widening);
    let known = widening.heads(heads("base").expect("published"));
    let windows = [11..24, 24..38, 38..52, 52..66, 66..79].map(|seconds| clip(seconds).samples);
    let engine = Int8::load(&path, "fr", None).expect("it loads");
    let found = engine.find_heads(&windows, &mut |_, _| ()).expect("an answer").expect("pauses");
    println!("{found:?}; published: {known:?}");
    assert!(found.is_better && found.heads.len() > 1);
    let (known, found) =
        (load(Engine::Int8, &path, &known), load(Engine::Int8, &path, &found.heads));
    let (mut n_near, mut n_words) = (0, 0);
    for window in &windows {
        let [expected, found] = [&known, &found].map(|engine| answer(&**engine, window));
        n_words += same_words(&expected, &found).0;
        n_near += same_times(&expected, &found, FOUND_OFF_MAX);
    }
    println!("{n_near} of {n_words} words begin and end where published heads have them");
    // Found heads are others than the published ones: one word in nine is put elsewhere.
    assert!(n_words > 100 && 100 * n_near >= 85 * n_words);
}

/// An engine that counts how often it is asked.
struct Counting {
    inner: Box<dyn Transcriber>,
    n_asked: AtomicUsize,
}

impl Transcriber for Counting {
    fn transcribe(
        &self,
        samples: &[f32],
        context: Context<'_>,
        options: DecodingOptions,
    ) -> Result<Utterance, TranscribeError> {
        self.n_asked.fetch_add(1, Ordering::Relaxed);
        self.inner.transcribe(samples, context, options)
    }
}

/// Both engines say the same at `shape` as in the narrow model.
fn same_in_both_engines(shape: &Shape) {
    let scratch = tempfile::tempdir().expect("a temporary folder");
    let (narrow, wide) = (model("base"), scratch.path().join("wide.bin"));
    let layers = |n| Widening::layers(0..N_LAYERS, n);
    let widening = Widening {
        times: shape.times,
        encoder: layers(shape.n_encoder_layers),
        decoder: layers(shape.n_decoder_layers),
        is_v3: shape.is_v3,
    };
    widen(&narrow, &wide, &widening);
    let known = heads("base").expect("published");
    let samples = clip(11..24).samples;
    for engine in [Engine::Int8, Engine::WhisperCpp] {
        let expected = answer(&*load(engine, &narrow, known), &samples);
        let begun = Instant::now();
        let found = answer(&*load(engine, &wide, &widening.heads(known)), &samples);
        let (n_same, n_words) = same_words(&expected, &found);
        let n_timed = same_times(&expected, &found, OFF_MAX);
        let name = shape.name;
        let seconds = begun.elapsed().as_secs();
        println!("{name}, {engine:?}: {n_same} of {n_words} words, {n_timed} times, {seconds} s");
        assert!(
            n_words > 0 && 100 * n_same >= 99 * n_words,
            "{name}, {engine:?}: {}",
            found.text()
        );
        assert!(
            100 * n_timed >= 99 * n_same,
            "{name}, {engine:?}: {} / {}",
            drawn(&expected),
            drawn(&found)
        );
    }
}

fn load(engine: Engine, path: &Path, heads: &[[usize; 2]]) -> Box<dyn Transcriber> {
    match engine {
        Engine::Int8 => Box::new(Int8::load(path, "fr", Some(heads)).expect("it loads")),
        Engine::WhisperCpp => Box::new(Whisper::load(path, "fr", Some(heads)).expect("it loads")),
    }
}

fn answer(transcriber: &dyn Transcriber, samples: &[f32]) -> Utterance {
    transcriber.transcribe(samples, Context::default(), DecodingOptions::GREEDY).expect("an answer")
}

fn drawn(answer: &Utterance) -> String {
    let word = |word: &Word| {
        format!("{} {}-{}", word.text, word.span.start().as_millis(), word.span.end().as_millis())
    };
    answer.words.iter().map(word).collect::<Vec<_>>().join(" | ")
}

/// Seconds of the sample episode, all of which is speech.
fn clip(seconds: Range<usize>) -> SpeechWindow {
    let settings = DecodeSettings { scratch: std::env::temp_dir() };
    let decoded = decode(&sample("episode.mp3"), &settings, &Silent, &Cancel::default());
    let pcm = decoded.expect("it can be decoded").pcm;
    let all = Span::from_start(Time::from_samples((seconds.len() * 16_000) as u64));
    let span = all.later(Time::from_samples((seconds.start * 16_000) as u64));
    SpeechWindow { samples: pcm.read(span).expect("readable"), speech: vec![all] }
}

fn words(answer: &Utterance) -> Vec<String> {
    answer.words.iter().map(|word| word.text.clone()).collect()
}

/// How many words, one after another, are the same in both, and how many the longer one has.
fn same_words(expected: &Utterance, found: &Utterance) -> (usize, usize) {
    let pairs = expected.words.iter().zip(&found.words);
    let n_same = pairs.filter(|(one, other)| one.text == other.text).count();
    (n_same, expected.words.len().max(found.words.len()))
}

/// How many of the same words begin and end at the same time.
fn same_times(expected: &Utterance, found: &Utterance, off_max: Time) -> usize {
    let is_near =
        |one: Time, other: Time| one.samples().abs_diff(other.samples()) <= off_max.samples();
    let pairs = expected.words.iter().zip(&found.words).filter(|(one, other)| {
        one.text == other.text
            && is_near(one.span.start(), other.span.start())
            && is_near(one.span.end(), other.span.end())
    });
    pairs.count()
}
