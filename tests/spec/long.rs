//! Long transcripts of many people: no format takes time for each pair of anything.

use std::time::{Duration, Instant};
use voixoff::{
    base::{
        speech::{SpeakerId, Turn, Word},
        time::{Span, Time},
        transcript::{Opening, Segment, Speaker, Tongue, Transcript},
    },
    formats::{self, Format, RenderSettings},
};

/// What each format may take here, written and read. It takes a hundredth of that, and where
/// each person was compared with each segment, or each screen with each line, it took more.
const AT_MOST: Duration = Duration::from_secs(60);

#[test]
fn nine_hundred_people_are_no_burden_to_any_format() {
    check(&transcript(30_000, 900, 1));
}

#[test]
fn a_turn_without_an_end_is_no_burden_to_any_format() {
    check(&transcript(30_000, 1, 12));
}

#[track_caller]
fn check(transcript: &Transcript) {
    for format in Format::ALL {
        let begun = Instant::now();
        let settings = RenderSettings { name: "long", ..RenderSettings::default() };
        let bytes = format.render(transcript, &settings);
        let name = format!("long.{}", format.extension());
        let read = formats::read(&bytes, &name).expect("what was written is read");
        assert!(
            !read.speakers.is_empty() || format == Format::Ctm,
            "{format:?} has lost who speaks"
        );
        assert!(begun.elapsed() < AT_MOST, "{format:?} takes {:?}", begun.elapsed());
    }
}

/// `n_words` of `n_people` who talk in turn, a sentence of `n_each` words at a time.
fn transcript(n_words: u64, n_people: u16, n_each: u64) -> Transcript {
    let word = |n: u64| {
        let start = Time::from_millis(400 * n);
        let text = if n % n_each == n_each - 1 { "mot." } else { "parole" };
        Word::new(text, Span::from_start(Time::from_millis(300)).later(start), Some(0.9))
    };
    let segment = |n: u64| {
        let words: Vec<Word> = (n * n_each..(n + 1) * n_each).map(word).collect();
        let span = Span::new(words[0].span.start(), words[words.len() - 1].span.end());
        Segment {
            speaker: u16::try_from(n % u64::from(n_people)).ok().map(SpeakerId),
            span: span.expect("words last"),
            words,
            doubt: None,
            opens: Opening::Nothing,
            tongue: Tongue::Own,
        }
    };
    let segments: Vec<Segment> = (0..n_words / n_each).map(segment).collect();
    let turn = |segment: &Segment| Some(Turn { speaker: segment.speaker?, span: segment.span });
    let speaker = |n: u16| Speaker::named(SpeakerId(n), format!("Personne A{n}"));
    Transcript {
        duration: Time::from_millis(400 * n_words),
        is_timed: true,
        speakers: (0..n_people).map(speaker).collect(),
        turns: segments.iter().filter_map(turn).collect(),
        segments,
        ..Transcript::default()
    }
}
