//! A transcript as the structs of the file.

use super::seconds;
use crate::{
    base::{
        damage::Damage,
        speech::{Turn, Word},
        time::Span,
        transcript::{
            About, AlignedParagraph, Change, Chapter, Credit, LeftOut, ModelUsed, NameEvidence,
            Opening, SaidName, Segment, Speaker, Suggestion, Transcript,
        },
    },
    formats::json::{
        SCHEMA,
        file::{
            Aligned, Edit, File, Harm, Heading, Model, Named, Naming, Opens, Origins, Person,
            Piece, Placed, Said, Section, Stretch, Suggested, Talk, Timed, Unheard,
        },
    },
};

/// The file of `transcript`.
pub(in crate::formats) fn render(transcript: &Transcript) -> String {
    let provenance = &transcript.provenance;
    let file = File {
        schema: SCHEMA,
        generator: concat!("voixoff ", env!("CARGO_PKG_VERSION")).to_owned(),
        language: provenance.language.clone(),
        duration: seconds(transcript.duration),
        model: provenance.recogniser.as_ref().map(|model| model.name.clone()),
        provenance: Origins {
            audio: provenance.audio.clone(),
            recogniser: provenance.recogniser.as_ref().map(model),
            segmentation: provenance.segmentation.as_ref().map(model),
            embedding: provenance.embedding.as_ref().map(model),
        },
        timed: transcript.is_timed,
        reviewed: provenance.reviewed,
        reviewer: provenance.reviewer.clone(),
        corrected: provenance.corrected,
        about: heading(&transcript.about),
        speakers: transcript.speakers.iter().map(|one| person(one, &transcript.turns)).collect(),
        name_evidence: transcript.name_evidence.iter().map(naming).collect(),
        segments: transcript
            .segments
            .iter()
            .map(|segment| piece(segment, !transcript.alignment.is_empty()))
            .collect(),
        turns: transcript.turns.iter().map(talk).collect(),
        left_out: transcript.left_out.iter().map(unheard).collect(),
        changes: transcript.changes.iter().map(edit).collect(),
        suggestions: transcript.suggestions.iter().map(suggested).collect(),
        alignment: transcript.alignment.iter().map(aligned).collect(),
        damage: harm(&transcript.damage),
    };
    // Strings and finite numbers always have a JSON form.
    serde_json::to_string_pretty(&file).unwrap_or_default() + "\n"
}

fn stretch(span: Span) -> Stretch {
    Stretch { start: seconds(span.start()), end: seconds(span.end()) }
}

fn unheard(left_out: &LeftOut) -> Unheard {
    let Stretch { start, end } = stretch(left_out.span);
    let speaker = left_out.speaker.map(|speaker| speaker.0);
    Unheard { start, end, spoken: left_out.is_spoken, speaker }
}

fn suggested(suggestion: &Suggestion) -> Suggested {
    let Stretch { start, end } = stretch(suggestion.span);
    Suggested { kind: suggestion.kind, start, end }
}

fn model(model: &ModelUsed) -> Model {
    Model { name: model.name.clone(), sha256: model.sha256.clone() }
}

fn heading(about: &About) -> Heading {
    let About { title, show, date, lead, sound, page, chapters, people, notes } = about.clone();
    let section = |Chapter { start, title }| Section { start: seconds(start), title };
    let chapters = chapters.into_iter().map(section).collect();
    let named = |Credit { name, role }| Named { name, role };
    let people = people.into_iter().map(named).collect();
    Heading { title, show, date, lead, sound, page, chapters, people, notes }
}

fn person(speaker: &Speaker, turns: &[Turn]) -> Person {
    let own = turns.iter().filter(|turn| turn.speaker == speaker.id);
    let (mut samples, mut sum) = (0, 0);
    for (span, percent) in own.filter_map(|turn| Some((turn.span, turn.confidence?))) {
        samples += span.samples();
        sum += span.samples() * u64::from(percent);
    }
    Person {
        voice: (samples > 0).then(|| ((sum + samples / 2) / samples) as f64 / 100.0),
        id: speaker.id.0,
        name: speaker.name.to_string(),
        role: speaker.role,
        confidence: speaker.confidence.map(thousandths),
    }
}

fn naming(evidence: &NameEvidence) -> Naming {
    let said = |SaidName { at, text, weight }: &SaidName| Said {
        at: seconds(*at),
        text: text.clone(),
        weight: thousandths(*weight),
    };
    Naming {
        speaker: evidence.speaker.0,
        name: evidence.name.clone(),
        first_name: evidence.is_first_name,
        probability: thousandths(evidence.probability),
        said: evidence.said.iter().map(said).collect(),
    }
}

fn talk(turn: &Turn) -> Talk {
    let Stretch { start, end } = stretch(turn.span);
    let confidence = turn.confidence.map(|percent| f64::from(percent) / 100.0);
    Talk { start, end, speaker: turn.speaker.0, confidence }
}

fn thousandths(value: f32) -> f64 {
    (f64::from(value) * 1_000.0).round() / 1_000.0
}

fn piece(segment: &Segment, is_laid: bool) -> Piece {
    let is_laid = is_laid && !segment.is_unsaid();
    let Stretch { start, end } = stretch(segment.span);
    Piece {
        start,
        end,
        speaker: segment.speaker.map(|speaker| speaker.0),
        guess: segment.guess.map(|speaker| speaker.0),
        opens: match segment.opens {
            Opening::Nothing => None,
            Opening::Line => Some(Opens::Line),
            Opening::Block => Some(Opens::Block),
        },
        lang: segment.foreign().map(str::to_owned),
        text: segment.text(),
        doubt: segment.doubt.map(|doubt| doubt.name().to_owned()),
        words: segment.words.iter().map(|word| timed(word, is_laid)).collect(),
    }
}

/// `word`, of a text that was laid on its sound or not.
fn timed(word: &Word, is_laid: bool) -> Timed {
    let Stretch { start, end } = stretch(word.span);
    let align = match (word.is_forced, word.is_timed) {
        (true, _) => Some(Placed::Forced),
        (false, false) if is_laid => Some(Placed::Spread),
        _ => None,
    };
    Timed {
        start,
        end,
        timed: word.is_timed,
        align,
        text: word.text.clone(),
        probability: word.probability.map(thousandths),
        error: word.error.map(thousandths),
        gap: word.gap,
        dropped: word.dropped,
    }
}

fn edit(change: &Change) -> Edit {
    let Change { rule, at, before, after } = change.clone();
    Edit { at: seconds(at), rule, before, after }
}

fn aligned(paragraph: &AlignedParagraph) -> Aligned {
    Aligned {
        opening: paragraph.opening.clone(),
        speaker: paragraph.speaker.map(|speaker| speaker.0),
        span: paragraph.span.map(stretch),
        words: paragraph.n_words,
        heard: paragraph.n_heard,
        voice: paragraph.voice.map(thousandths),
        moved: paragraph.is_moved,
    }
}

fn harm(damage: &Damage) -> Option<Harm> {
    (*damage != Damage::default()).then(|| Harm {
        corrupt_packets: damage.corrupt_packets,
        cut_at: damage.cut.map(|(at, _)| seconds(at)),
        promised: damage.cut.and_then(|(_, promised)| promised).map(seconds),
        lost: damage.lost.iter().copied().map(stretch).collect(),
        uncertain_from: damage.uncertain_from.map(seconds),
        claimed: damage.claimed.map(seconds),
    })
}
