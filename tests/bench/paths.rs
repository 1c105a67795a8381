//! What our own hot paths take: everything but the networks.
//!
//! Each has two sizes, so that what does not grow in step with its input is seen. Sounds,
//! voices and words are made up from a seed.
//!
//! ```sh
//! cargo bench --no-default-features
//! ```

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use std::hint::black_box;
use voixoff::{
    asr::windows::{WindowSettings, pack},
    audio::{self, DecodeSettings},
    base::{
        progress::{Cancel, Silent},
        speech::{Embedding, SpeakerId, Turn, Word},
        time::{Span, Time},
    },
    eval::align::align,
    speakers::{
        diarize::{
            Subsegment,
            assignment::{SpeakerSettings, assign_speakers},
            fbank::Fbank,
        },
        merge::{MergeSettings, speakers_of},
    },
    text::typography::{Profile, set},
};

/// Numbers without a pattern (Vigna's splitmix64), the same each time.
struct Dice(u64);

impl Dice {
    fn throw(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// In `-1.0..1.0`.
    fn number(&mut self) -> f32 {
        (self.throw() >> 40) as f32 / (1 << 23) as f32 - 1.0
    }
}

fn span(start_ms: u64, length_ms: u64) -> Span {
    let start = Time::from_millis(start_ms);
    Span::new(start, start.plus(Time::from_millis(length_ms))).expect("no length is zero")
}

/// A subsegment of 2 s each 2.5 s, of one of five voices.
fn subsegments(count: u64) -> Vec<Subsegment> {
    let mut dice = Dice(7);
    let people: Vec<Vec<f32>> = (0..5).map(|_| (0..192).map(|_| dice.number()).collect()).collect();
    let voice = |index: u64| {
        let person = &people[(index / 4 % 5) as usize];
        let near = person.iter().map(|value| value + 0.4 * dice.number()).collect();
        Subsegment {
            track: (index / 4) as u32,
            span: span(2_500 * index, 2_000),
            embedding: Embedding::new(near),
        }
    };
    (0..count).map(voice).collect()
}

/// Words of 300 ms, three a second.
fn words(count: u64) -> Vec<Word> {
    let mut dice = Dice(3);
    let word = |index: u64| {
        let text = format!("mot{}", dice.throw() % 2_000);
        Word::new(text, span(333 * index, 300), Some(0.9))
    };
    (0..count).map(word).collect()
}

fn sound(c: &mut Criterion) {
    let episode = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/episode.mp3");
    let folder = tempfile::tempdir().expect("a temporary folder");
    let settings = DecodeSettings { scratch: folder.path().to_owned() };
    c.bench_function("decode and resample, 79 s of MP3", |b| {
        let decode = || audio::decode(episode.as_ref(), &settings, &Silent, &Cancel::default());
        b.iter(|| decode().expect("the sample is sound"));
    });
    let mut group = c.benchmark_group("features for embeddings");
    for seconds in [3, 30] {
        let mut dice = Dice(1);
        let noise: Vec<f32> = (0..16_000 * seconds).map(|_| dice.number()).collect();
        let fbank = Fbank::new();
        group.throughput(Throughput::Elements(seconds));
        group.bench_with_input(BenchmarkId::from_parameter(seconds), &noise, |b, noise| {
            b.iter(|| fbank.features(black_box(noise)));
        });
    }
    group.finish();
}

fn who_speaks(c: &mut Criterion) {
    let mut group = c.benchmark_group("people of pieces");
    group.sample_size(10);
    for count in [1_440, 14_400] {
        let subsegments = subsegments(count);
        group.throughput(Throughput::Elements(count));
        group.bench_with_input(
            BenchmarkId::from_parameter(count),
            &subsegments,
            |b, subsegments| {
                b.iter(|| assign_speakers(black_box(subsegments), &SpeakerSettings::PODCAST));
            },
        );
    }
    group.finish();
    let mut group = c.benchmark_group("words to speakers");
    for count in [10_000, 100_000] {
        let words = words(count);
        let turn =
            |index: u64| Turn::new(SpeakerId((index % 5) as u16), span(10_000 * index, 9_900));
        let turns: Vec<Turn> = (0..count / 30 + 1).map(turn).collect();
        group.throughput(Throughput::Elements(count));
        group.bench_with_input(BenchmarkId::from_parameter(count), &words, |b, words| {
            b.iter(|| speakers_of(black_box(words), &turns, &MergeSettings::PODCAST));
        });
    }
    group.finish();
}

fn windows(c: &mut Criterion) {
    let mut group = c.benchmark_group("windows of regions");
    for count in [1_000, 10_000] {
        let regions: Vec<Span> = (0..count).map(|index| span(4_000 * index, 3_500)).collect();
        let episode = Time::from_millis(4_000 * count);
        group.throughput(Throughput::Elements(count));
        group.bench_with_input(BenchmarkId::from_parameter(count), &regions, |b, regions| {
            let quietest = |span: Span| span.start();
            b.iter(|| pack(black_box(regions), episode, WindowSettings::WHISPER, &quietest));
        });
    }
    group.finish();
}

fn text(c: &mut Criterion) {
    let sentence = "Bonjour \"à toutes\" : 57% des gens, l'an dernier ; est-ce vrai ? Oui ! ";
    let mut group = c.benchmark_group("typography");
    for count in [100, 1_000] {
        let page = sentence.repeat(count);
        group.throughput(Throughput::Bytes(page.len() as u64));
        group.bench_with_input(BenchmarkId::from_parameter(count), &page, |b, page| {
            b.iter(|| set(black_box(page), Profile::April));
        });
    }
    group.finish();
    let mut group = c.benchmark_group("alignment of words, one of ten another");
    group.sample_size(10);
    for count in [10_000, 100_000] {
        let mut dice = Dice(5);
        let reference: Vec<u64> = (0..count).map(|_| dice.throw() % 5_000).collect();
        let other = |word: &u64| if dice.throw().is_multiple_of(10) { 5_000 } else { *word };
        let hypothesis: Vec<u64> = reference.iter().map(other).collect();
        group.throughput(Throughput::Elements(count));
        group.bench_with_input(BenchmarkId::from_parameter(count), &reference, |b, reference| {
            b.iter(|| align(black_box(reference), &hypothesis));
        });
    }
    group.finish();
}

criterion_group!(paths, sound, who_speaks, windows, text);
criterion_main!(paths);
