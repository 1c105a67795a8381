//! Subtitles: SubRip and WebVTT.
//!
//! SubRip has no standard; the form below is what players agree on. WebVTT: W3C, "WebVTT:
//! The Web Video Text Tracks Format". Where cues and lines end: `breaks` and `french`.

mod breaks;
mod french;
mod settings;

pub use settings::{Naming, Preset, SubtitleSettings};

use super::{
    header::full_title,
    layout::{Talk, is_marked, talk},
    left_out::marked,
    safe::one_line,
};
use crate::{
    base::{
        speech::{SpeakerId, Word},
        time::Time,
        transcript::{Segment, Transcript},
    },
    formats::TO_CHECK,
};
use breaks::Atom;
pub(super) use breaks::Cue;

const MILLISECOND: Time = Time::from_millis(1);

/// The transcript as a SubRip file: a name or a dash where somebody else begins. Empty
/// where nothing is said.
///
/// ```
/// use voixoff::formats::{read, subtitles::{Preset, srt}};
///
/// let vtt = "WEBVTT\n\n00:01.000 --> 00:02.500\nBonjour à tous.\n";
/// let transcript = read(vtt.as_bytes(), "episode.vtt")?;
/// let subtitles = srt(&transcript, Preset::Web.srt());
/// assert!(subtitles.starts_with("1\n00:00:01,000 --> 00:00:02,500\nBonjour à tous."));
/// # Ok::<(), voixoff::formats::ReadFormatError>(())
/// ```
pub fn srt(transcript: &Transcript, settings: &SubtitleSettings) -> String {
    let cues = cues(transcript, settings, for_srt);
    let cue = |(index, cue): (usize, &Cue)| {
        format!(
            "{}\n{} --> {}\n{}\n\n",
            index + 1,
            stamp(cue.start, ','),
            stamp(cue.end, ','),
            cue.lines(settings).join("\n")
        )
    };
    cues.iter().enumerate().map(cue).collect()
}

/// The transcript as a WebVTT file, each cue in its speaker's voice span, so that a player
/// that begins in the middle knows who speaks.
pub fn vtt(transcript: &Transcript, settings: &SubtitleSettings) -> String {
    let settings = SubtitleSettings { naming: Naming::Nothing, ..*settings };
    let cue = |cue: &Cue| {
        let known = cue.speaker.and_then(|id| transcript.speaker(id));
        let voice =
            known.map(|known| format!("<v {}>", escaped(&in_one_line(known.name.as_str()))));
        let text = escaped(&cue.lines(&settings).join("\n"));
        let text = match cue.language() {
            Some(language) => format!("<lang {}>{text}</lang>", escaped(language)),
            None => text,
        };
        format!(
            "\n{} --> {}\n{}{text}\n",
            stamp(cue.start, '.'),
            stamp(cue.end, '.'),
            voice.unwrap_or_default(),
        )
    };
    let cues: String = cues(transcript, &settings, in_one_line).iter().map(cue).collect();
    format!("WEBVTT\n\n{}\n{cues}", note(transcript))
}

/// The share of the subtitles that go by faster than people read, of 1; 0 without any.
///
/// Spoken French often is faster than that, and no word is left out for it.
pub fn reading_speed_share(transcript: &Transcript, settings: &SubtitleSettings) -> f64 {
    let cues = cues(&marked(transcript), settings, for_srt);
    let n_fast = cues.iter().filter(|cue| cue.excess(settings) > 0).count();
    n_fast as f64 / cues.len().max(1) as f64
}

/// Where the text comes from, and whether anybody read it; below, the show and the episode.
fn note(transcript: &Transcript) -> String {
    let provenance = &transcript.provenance;
    let mut note = concat!("NOTE voixoff ", env!("CARGO_PKG_VERSION")).to_owned();
    if let Some(model) = &provenance.recogniser {
        note += &format!(", modèle {}", for_srt(&model.name));
    }
    match (provenance.reviewed, provenance.corrected, &provenance.recogniser) {
        (true, ..) => note += ", relu",
        (false, true, _) => note += ", corrigé",
        (false, false, Some(_)) => note += ", non relu",
        // Who made the text is not known, nor whether they read it.
        (false, false, None) => (),
    }
    let title = for_srt(&full_title(&transcript.about.show, &transcript.about.title));
    if !title.is_empty() {
        note += &format!("\n{title}");
    }
    note
}

/// An empty line would end a cue.
pub(in crate::formats) fn in_one_line(text: &str) -> String {
    one_line(text).trim().to_owned()
}

/// SubRip cannot escape what players take for mark-up: signs that look like it stand in.
fn for_srt(text: &str) -> String {
    let shown = text.replace("-->", "→").replace('<', "‹").replace('>', "›");
    in_one_line(&shown.replace("{\\", "{"))
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

/// `00:41:07,250`, with `mark` before the milliseconds.
pub(super) fn stamp(time: Time, mark: char) -> String {
    let millis = time.as_millis();
    let (seconds, rest) = (millis / 1_000, millis % 1_000);
    format!("{:02}:{:02}:{:02}{mark}{rest:03}", seconds / 3_600, seconds / 60 % 60, seconds % 60)
}

/// The screens of `transcript`, sorted by start. `clean` is what the format can show of a
/// text.
pub(in crate::formats) fn cues(
    transcript: &Transcript,
    settings: &SubtitleSettings,
    clean: fn(&str) -> String,
) -> Vec<Cue> {
    let talks = talk(transcript);
    let texts: Vec<Vec<Atom>> = talks.iter().map(|talk| atoms(talk, settings, clean)).collect();
    let starts = texts.iter().map(|atoms| atoms.first().map(|atom| atom.start));
    let nexts: Vec<Option<Time>> = starts.skip(1).chain([None]).collect();
    let mut cues = Vec::new();
    for ((talk, atoms), next) in talks.iter().zip(texts).zip(nexts) {
        let speaker = talk.speaker.map(|speaker| speaker.id);
        cues.extend(breaks::cut(atoms, next, settings).into_iter().map(|atoms| Cue {
            start: atoms[0].start,
            end: atoms[atoms.len() - 1].end,
            speaker,
            atoms,
        }));
    }
    // Where two people talk at once, the screens of one stand among those of the other.
    cues.sort_by_key(|cue| cue.start);
    let starts: Vec<Time> = cues.iter().map(|cue| cue.start).collect();
    let mut before = None;
    for (index, cue) in cues.iter_mut().enumerate() {
        let next = starts.get(index + 1).copied();
        cue.end = settings.shown_until(cue.start, cue.end, cue.n_characters(), next);
        let is_other = cue.speaker.is_some() && cue.speaker != before;
        before = cue.speaker;
        if is_other && !cue.atoms[0].is_label {
            let label = label(transcript, cue.speaker, settings, clean);
            cue.atoms.splice(0..0, label.map(|text| Atom::label(text, cue.start)));
        }
    }
    cues
}

/// What stands before the words of somebody who begins to talk.
fn label(
    transcript: &Transcript,
    speaker: Option<SpeakerId>,
    settings: &SubtitleSettings,
    clean: fn(&str) -> String,
) -> Option<String> {
    let known = transcript.speaker(speaker?)?;
    settings.naming.label(&clean(known.name.as_str()))
}

fn atoms(talk: &Talk<'_>, settings: &SubtitleSettings, clean: fn(&str) -> String) -> Vec<Atom> {
    let mut atoms: Vec<Atom> = Vec::new();
    for segment in talk.blocks.iter().flatten().flat_map(|line| &line.segments) {
        let start = in_millis(segment.span.start());
        let n_before = atoms.len();
        if atoms.is_empty() {
            let label = talk.name().and_then(|name| settings.naming.label(&clean(name)));
            atoms.extend(label.map(|text| Atom::label(text, start)));
        }
        if is_marked(segment) {
            atoms.push(Atom::label(TO_CHECK.to_owned(), start));
        }
        let n_labelled = atoms.len();
        add_words(&mut atoms, segment, clean);
        // The format can show none of the words: then there is nothing to label.
        if atoms.len() == n_labelled {
            atoms.truncate(n_before);
        }
    }
    atoms
}

/// Adds the words that are shown; those that no line may part are one.
fn add_words(atoms: &mut Vec<Atom>, segment: &Segment, clean: fn(&str) -> String) {
    let mut is_first = true;
    for word in segment.words.iter().filter(|word| word.dropped.is_none()) {
        let text = clean(&word.text);
        if text.is_empty() {
            continue;
        }
        let (start, end) = (in_millis(word.span.start()), in_millis(word.span.end()));
        let glue = |last: &&mut Atom| !is_first && !word.gap.is_space() && !last.is_label;
        match atoms.last_mut().filter(glue) {
            Some(last) => last.extend(&word_behind(word, &text), end),
            None => {
                let language = segment.foreign().map(str::to_owned);
                atoms.push(Atom { text, start, end, is_label: false, language });
            }
        }
        is_first = false;
    }
}

fn word_behind(word: &Word, text: &str) -> String {
    format!("{}{text}", word.gap.as_str())
}

/// Players know milliseconds only.
fn in_millis(time: Time) -> Time {
    Time::from_millis(time.as_millis())
}

#[cfg(test)]
mod tests;
