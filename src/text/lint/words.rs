//! Where the words may not be those that were said.

use super::{
    Lint, LintKind, quoted,
    reliability::{is_doubtful, risk},
};
use crate::{
    base::{
        speech::{Word, shown},
        time::Time,
        transcript::{Segment, Transcript},
    },
    text::word,
};

/// Who speaks less than this in all may be another speaker's voice.
const SPEAKER_MIN: Time = Time::from_millis(3_000);

/// What people say twice on purpose.
const ON_PURPOSE: &[&str] = &[
    "ah", "bien", "chut", "fois", "ha", "jamais", "merci", "moins", "non", "nous", "oh", "oui",
    "plus", "si", "toujours", "tout", "très", "trop", "un", "vous", "vraiment",
];

pub(super) fn lints(transcript: &Transcript) -> Vec<Lint> {
    let mut lints = Vec::new();
    for segment in &transcript.segments {
        doubt(segment, &mut lints);
        low_confidence(segment, &mut lints);
        doubled(segment, &mut lints);
    }
    unsure_speakers(transcript, &mut lints);
    left_out(transcript, &mut lints);
    short_speakers(transcript, &mut lints);
    lints
}

fn left_out(transcript: &Transcript, lints: &mut Vec<Lint>) {
    for one in transcript.left_out.iter().filter(|one| one.is_spoken) {
        let text = format!("speech without words, for {:.1} s", one.span.length().as_secs_f64());
        lints.push(LintKind::LeftOut.at(one.span.start(), text));
    }
}

fn doubt(segment: &Segment, lints: &mut Vec<Lint>) {
    let Some(doubt) = segment.doubt else { return };
    let text = format!("doubtful ({}): {}", doubt.name(), quoted(&segment.text()));
    lints.push(LintKind::Doubt.at(segment.span.start(), text));
}

/// One lint for doubtful words side by side: people listen to them together. Where nobody estimated
/// errors, the recogniser's own probability has to do.
fn low_confidence(segment: &Segment, lints: &mut Vec<Lint>) {
    let words: Vec<&Word> = segment.words.iter().filter(|word| word.dropped.is_none()).collect();
    for run in words.chunk_by(|one, other| is_doubtful(one) == is_doubtful(other)) {
        if !is_doubtful(run[0]) {
            continue;
        }
        let quote = quoted(&shown(run.iter().copied()));
        let risk = run.iter().map(|word| risk(word)).max().unwrap_or_default();
        let text = if run.iter().any(|word| word.error.is_some()) {
            format!("perhaps wrong ({risk} %): {quote}")
        } else {
            let percent = 100 - risk;
            format!("unsure: {quote} ({percent} %)")
        };
        let lint = LintKind::LowConfidence.at(run[0].span.start(), text);
        lints.push(Lint { risk, ..lint });
    }
}

/// One lint for sentences side by side that are likely the same person's.
fn unsure_speakers(transcript: &Transcript, lints: &mut Vec<Lint>) {
    for run in transcript.segments.chunk_by(|one, other| one.guess == other.guess) {
        let Some(likely) = run[0].guess.and_then(|id| transcript.speaker(id)) else { continue };
        let text = shown(run.iter().flat_map(|segment| &segment.words));
        let (name, text) = (&likely.name, quoted(&text));
        let text = format!("unsure who says this, perhaps `{name}`: {text}");
        lints.push(LintKind::UnsureSpeaker.at(run[0].span.start(), text));
    }
}

fn doubled(segment: &Segment, lints: &mut Vec<Lint>) {
    let words: Vec<&Word> = segment.words.iter().filter(|word| word.dropped.is_none()).collect();
    for pair in words.windows(2) {
        let bare = word::bare(&pair[0].text);
        let is_apart = !word::parts(&pair[0].text).after.is_empty();
        let is_word = bare.contains(char::is_alphabetic) && !ON_PURPOSE.contains(&bare.as_str());
        if is_word && !is_apart && bare == word::bare(&pair[1].text) {
            let twice = word::joined(pair.iter().copied());
            let text =
                format!("the same word twice: {}", quoted(twice.trim_end_matches(['.', ','])));
            lints.push(LintKind::DoubledWord.at(pair[0].span.start(), text));
        }
    }
}

fn short_speakers(transcript: &Transcript, lints: &mut Vec<Lint>) {
    for speaker in &transcript.speakers {
        let own = || transcript.turns.iter().filter(|turn| turn.speaker == speaker.id);
        let Some(first) = own().next() else { continue };
        let samples: u64 = own().map(|turn| turn.span.samples()).sum();
        let heard = Time::from_samples(samples);
        if heard < SPEAKER_MIN {
            let seconds = heard.as_secs_f64();
            let name = &speaker.name;
            let text =
                format!("`{name}` says {seconds:.1} s in all: perhaps somebody else's voice");
            lints.push(LintKind::ShortSpeaker.at(first.span.start(), text));
        }
    }
}
