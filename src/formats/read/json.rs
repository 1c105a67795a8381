//! The structs of the file as a transcript, where they can be one.

use super::{error::ReadFormatError, import::time};
use crate::{
    base::{
        damage::Damage,
        speech::{Doubt, SpeakerId, Turn, Word},
        time::{Span, Time},
        transcript::{
            About, AlignedParagraph, Change, Chapter, Credit, LeftOut, ModelUsed, NameEvidence,
            Opening, Provenance, SaidName, Segment, SegmentLanguage, Speaker, SpeakerName,
            Suggestion, Transcript,
        },
    },
    formats::json::{
        SCHEMA,
        file::{
            Aligned, Edit, File, Harm, Heading, Model, Named, Naming, Opens, Person, Piece, Placed,
            Said, Section, Stretch, Suggested, Talk, Timed, Unheard,
        },
    },
};
use serde::Deserialize;

/// What must be known before the rest is looked at.
#[derive(Deserialize)]
struct Version {
    schema: u32,
}

/// The transcript that `text` was written from; its times to the millisecond.
///
/// # Errors
/// Text that is not such a file; another schema; a segment without words; times that are
/// negative, not sorted, or end before they begin; people who are not listed.
pub(in crate::formats) fn read(text: &str) -> Result<Transcript, ReadFormatError> {
    let Version { schema } = serde_json::from_str(text)?;
    if schema != SCHEMA {
        return wrong("schema", format!("{schema} is not known, only {SCHEMA}"));
    }
    let file: File = serde_json::from_str(text)?;
    let n_speakers = file.speakers.len();
    let model = |model: Model| ModelUsed { name: model.name, sha256: model.sha256 };
    let left_out = all("left_out", file.left_out, |place, one| left_out(place, one, n_speakers))?;
    sorted("left_out", left_out.iter().map(|one| one.span.start()))?;
    let changes = all("changes", file.changes, edit)?;
    sorted("changes", changes.iter().map(|change| change.at))?;
    let suggestions = all("suggestions", file.suggestions, suggestion)?;
    sorted("suggestions", suggestions.iter().map(|one| one.span.start()))?;
    let segments =
        all("segments", file.segments, |place, p| piece(place, p, n_speakers, &file.language))?;
    sorted("segments", segments.iter().map(|segment| segment.span.start()))?;
    let turns = all("turns", file.turns, |place, talk| turn(place, talk, n_speakers))?;
    sorted("turns", turns.iter().map(|turn| turn.span.start()))?;
    Ok(Transcript {
        about: about(file.about)?,
        duration: instant("duration", file.duration)?,
        is_timed: file.timed,
        speakers: all("speakers", file.speakers.into_iter().enumerate(), speaker)?,
        name_evidence: all("name_evidence", file.name_evidence, |place, one| {
            naming(place, one, n_speakers)
        })?,
        turns,
        segments,
        left_out,
        damage: damage(file.damage)?,
        changes,
        suggestions,
        alignment: all("alignment", file.alignment, |place, one| aligned(place, one, n_speakers))?,
        provenance: Provenance {
            language: file.language,
            audio: file.provenance.audio,
            recogniser: file.provenance.recogniser.map(model),
            segmentation: file.provenance.segmentation.map(model),
            embedding: file.provenance.embedding.map(model),
            reviewed: file.reviewed,
            reviewer: file.reviewer,
            corrected: file.corrected,
        },
    })
}

fn wrong<T>(place: &str, problem: impl Into<String>) -> Result<T, ReadFormatError> {
    Err(ReadFormatError::Wrong { place: place.to_owned(), problem: problem.into() })
}

/// Each of `items` read by `one`, which is told its place: `turns[3]`.
fn all<T, U>(
    list: &str,
    items: impl IntoIterator<Item = T>,
    one: impl Fn(&str, T) -> Result<U, ReadFormatError>,
) -> Result<Vec<U>, ReadFormatError> {
    let items = items.into_iter().enumerate();
    items.map(|(index, item)| one(&format!("{list}[{index}]"), item)).collect()
}

fn sorted(list: &str, starts: impl Iterator<Item = Time>) -> Result<(), ReadFormatError> {
    let mut latest = Time::default();
    for (index, start) in starts.enumerate() {
        if start < latest {
            return wrong(&format!("{list}[{index}]"), "it begins before the one before it");
        }
        latest = start;
    }
    Ok(())
}

fn about(heading: Heading) -> Result<About, ReadFormatError> {
    let Heading { title, show, date, lead, sound, page, chapters, people, notes } = heading;
    let section = |place: &str, section: Section| {
        Ok((instant(&format!("about.{place}"), section.start)?, section.title))
    };
    // A person may have added some, in any order.
    let chapters = Chapter::list(all("chapters", chapters, section)?);
    let credit = |Named { name, role }| Credit { name, role };
    let people = people.into_iter().map(credit).collect();
    Ok(About { title, show, date, lead, sound, page, chapters, people, notes })
}

fn instant(place: &str, seconds: f64) -> Result<Time, ReadFormatError> {
    let problem = || format!("{seconds:?} is not a time of an episode");
    time(seconds).map_or_else(|| wrong(place, problem()), Ok)
}

/// At least a millisecond: shorter words are of no length in the file.
fn span(place: &str, start: f64, end: f64) -> Result<Span, ReadFormatError> {
    let (start, end) = (instant(place, start)?, instant(place, end)?);
    if end < start {
        return wrong(place, "it ends before it begins");
    }
    let end = end.max(start.plus(Time::from_millis(1)));
    Ok(Span::new(start, end).expect("it lasts a millisecond at least"))
}

fn speaker(place: &str, (index, person): (usize, Person)) -> Result<Speaker, ReadFormatError> {
    let Person { id, name, role, confidence, voice: _ } = person;
    if usize::from(id) != index {
        return wrong(place, format!("its id is {id}; the ids are 0, 1, 2… in the order listed"));
    }
    let confidence = confidence.map(|value| value as f32);
    Ok(Speaker { id: SpeakerId(id), name: SpeakerName::read(&name), role, confidence })
}

fn known(place: &str, id: u16, n_speakers: usize) -> Result<SpeakerId, ReadFormatError> {
    if usize::from(id) >= n_speakers {
        return wrong(place, format!("nobody in `speakers` has the id {id}"));
    }
    Ok(SpeakerId(id))
}

fn turn(place: &str, talk: Talk, n_speakers: usize) -> Result<Turn, ReadFormatError> {
    let speaker = known(place, talk.speaker, n_speakers)?;
    let confidence = talk.confidence.map(|value| (100.0 * value.clamp(0.0, 1.0)).round() as u8);
    Ok(Turn { speaker, span: span(place, talk.start, talk.end)?, confidence })
}

fn naming(place: &str, naming: Naming, n_speakers: usize) -> Result<NameEvidence, ReadFormatError> {
    let said = |place: &str, Said { at, text, weight }: Said| {
        Ok(SaidName { at: instant(place, at)?, text, weight: weight as f32 })
    };
    Ok(NameEvidence {
        speaker: known(place, naming.speaker, n_speakers)?,
        name: naming.name,
        is_first_name: naming.first_name,
        probability: naming.probability as f32,
        said: all(&format!("{place}.said"), naming.said, said)?,
    })
}

fn left_out(place: &str, one: Unheard, n_speakers: usize) -> Result<LeftOut, ReadFormatError> {
    let Unheard { start, end, spoken, speaker } = one;
    let speaker = speaker.map(|id| known(place, id, n_speakers)).transpose()?;
    Ok(LeftOut { span: span(place, start, end)?, is_spoken: spoken, speaker })
}

fn suggestion(place: &str, one: Suggested) -> Result<Suggestion, ReadFormatError> {
    let Suggested { kind, start, end } = one;
    Ok(Suggestion { kind, span: span(place, start, end)? })
}

fn piece(
    place: &str,
    piece: Piece,
    n_speakers: usize,
    language: &str,
) -> Result<Segment, ReadFormatError> {
    let list = format!("{place}.words");
    let words = all(&list, piece.words, word)?;
    sorted(&list, words.iter().map(|word| word.span.start()))?;
    let Some(last) = words.iter().map(|word| word.span.end()).max() else {
        return wrong(place, "it has no words");
    };
    let whole = span(place, piece.start, piece.end)?;
    if words[0].span.start() < whole.start() {
        return wrong(place, "its words begin before it");
    }
    // A last word that was given its millisecond may reach over the end.
    let reach = whole.end().plus(Time::from_millis(1));
    if last > reach {
        return wrong(place, "its words end behind it");
    }
    let speaker = piece.speaker.map(|id| known(place, id, n_speakers)).transpose()?;
    let guess = piece.guess.map(|id| known(place, id, n_speakers)).transpose()?;
    let span = Span::new(whole.start(), whole.end().max(last));
    Ok(Segment {
        speaker,
        // Who says who speaks leaves nothing to guess.
        guess: guess.filter(|_| speaker.is_none()),
        span: span.expect("a span that grows is not empty"),
        words,
        doubt: piece.doubt.map(|name| doubt(place, &name)).transpose()?,
        language: segment_language(place, piece.lang, language)?,
        opens: match piece.opens {
            None => Opening::Nothing,
            Some(Opens::Line) => Opening::Line,
            Some(Opens::Block) => Opening::Block,
        },
    })
}

/// What is not marked has been looked at: who takes a mark away says that it was wrong.
fn segment_language(
    place: &str,
    lang: Option<String>,
    own: &str,
) -> Result<SegmentLanguage, ReadFormatError> {
    let Some(lang) = lang.filter(|lang| lang != own) else { return Ok(SegmentLanguage::Own) };
    let is_tag = lang.split('-').all(|part| {
        (1..=8).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_alphanumeric())
    });
    match is_tag {
        true => Ok(SegmentLanguage::Foreign(lang)),
        false => wrong(place, format!("`{lang}` is no language")),
    }
}

fn doubt(place: &str, name: &str) -> Result<Doubt, ReadFormatError> {
    let known = [
        Doubt::Improbable,
        Doubt::Skipped,
        Doubt::Unfinished,
        Doubt::Repetition,
        Doubt::NoSpeech,
        Doubt::Hallucination,
        Doubt::Unsaid,
    ];
    let found = known.into_iter().find(|doubt| doubt.name() == name);
    found.map_or_else(|| wrong(place, format!("`{name}` is no doubt that is known")), Ok)
}

fn word(place: &str, word: Timed) -> Result<Word, ReadFormatError> {
    let Timed { start, end, timed, align, text, probability, error, gap, dropped } = word;
    let span = span(place, start, end)?;
    let probability = probability.map(|value| value as f32);
    let error = error.map(|value| value as f32);
    let is_forced = align == Some(Placed::Forced);
    let word = Word::new(text, span, probability);
    Ok(Word { is_timed: timed, is_forced, error, gap, dropped, ..word })
}

fn aligned(
    place: &str,
    one: Aligned,
    n_speakers: usize,
) -> Result<AlignedParagraph, ReadFormatError> {
    let Aligned { opening, speaker, span: when, words: n_words, heard: n_heard, voice, moved } =
        one;
    Ok(AlignedParagraph {
        opening,
        speaker: speaker.map(|id| known(place, id, n_speakers)).transpose()?,
        span: when.map(|Stretch { start, end }| span(place, start, end)).transpose()?,
        n_words,
        n_heard,
        voice: voice.map(|value| value as f32),
        is_moved: moved,
    })
}

fn edit(place: &str, edit: Edit) -> Result<Change, ReadFormatError> {
    let Edit { at, rule, before, after } = edit;
    Ok(Change { rule, at: instant(place, at)?, before, after })
}

fn damage(harm: Option<Harm>) -> Result<Damage, ReadFormatError> {
    let Some(harm) = harm else { return Ok(Damage::default()) };
    let at = harm.cut_at.map(|at| instant("damage.cut_at", at)).transpose()?;
    let promised = harm.promised.map(|at| instant("damage.promised", at)).transpose()?;
    let lost = all("damage.lost", harm.lost, |place, s| span(place, s.start, s.end))?;
    sorted("damage.lost", lost.iter().map(|span| span.start()))?;
    Ok(Damage {
        corrupt_packets: harm.corrupt_packets,
        cut: at.map(|at| (at, promised)),
        lost,
        uncertain_from: harm
            .uncertain_from
            .map(|at| instant("damage.uncertain_from", at))
            .transpose()?,
        claimed: harm.claimed.map(|at| instant("damage.claimed", at)).transpose()?,
    })
}
