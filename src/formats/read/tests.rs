//! What all readers owe: what was written is read as it was, as far as the format holds it;
//! no file, however spoilt, ends the program.

use super::{detect, textgrid::SILENCES};
use crate::{
    base::{
        speech::{Doubt, Dropped, Gap, SpeakerId, Turn, Word},
        time::{Span, Time},
        transcript::{
            About, Chapter, Date, Opening, Segment, SegmentLanguage, Speaker, Transcript,
        },
    },
    formats::{
        Format, RenderSettings,
        subtitles::{self, Preset},
        write::layout::{Line, Part, parts},
    },
};
use proptest::prelude::*;
use std::io::{Cursor, Write};
use zip::{ZipWriter, write::SimpleFileOptions};

/// The page of `transcript`: title, lead, chapters, then who says what. Lines are parted by
/// strokes, blocks by two.
pub(super) fn shown(transcript: &Transcript) -> String {
    let about = &transcript.about;
    let mut lines = Vec::new();
    lines.extend((!about.title.is_empty()).then(|| format!("# {}", about.title)));
    lines.extend(about.lead.iter().map(|lead| format!("> {lead}")));
    for part in parts(transcript) {
        lines.push(match part {
            Part::Heading(chapter) => format!("== {}", chapter.title),
            Part::Said(talk) => {
                let block = |lines: &Vec<Line<'_>>| {
                    lines.iter().map(|line| line.text()).collect::<Vec<_>>().join(" / ")
                };
                let blocks: Vec<String> = talk.blocks.iter().map(block).collect();
                format!("{}: {}", talk.name().unwrap_or("-"), blocks.join(" // "))
            }
        });
    }
    lines.extend((1..).zip(&about.notes).map(|(number, note)| format!("[{number}] {note}")));
    lines.join("\n")
}

/// Start, end, name and text of each segment.
pub(super) fn timed(transcript: &Transcript) -> Vec<String> {
    let shown = |segment: &Segment| {
        let name = transcript.speaker_of(segment).map_or("-", |speaker| speaker.name.as_str());
        let (start, end) = (segment.span.start().as_millis(), segment.span.end().as_millis());
        format!("{start} {end} {name}: {}", segment.text())
    };
    transcript.segments.iter().map(shown).collect()
}

/// An archive of `files`.
pub(super) fn zipped<T: AsRef<[u8]>>(files: &[(&str, T)]) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, content) in files {
        zip.start_file(*name, SimpleFileOptions::default()).unwrap();
        zip.write_all(content.as_ref()).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

const NAME: &str = "épisode 1";

/// `transcript` in `format`, read.
fn read(format: Format, transcript: &Transcript) -> Transcript {
    let name = format!("{NAME}.{}", format.extension());
    let bytes = written(format, transcript);
    let text = String::from_utf8_lossy(&bytes);
    detect::read(&bytes, &name).unwrap_or_else(|error| panic!("{format:?}: {error} in\n{text}"))
}

fn written(format: Format, transcript: &Transcript) -> Vec<u8> {
    format.render(transcript, &RenderSettings { name: NAME, ..RenderSettings::default() })
}

/// Formats that hold all they show: what is read gives the same file again.
const WHOLE: &[Format] = &[
    Format::Ctm,
    Format::Dote,
    Format::Eaf,
    Format::Html,
    Format::Markdown,
    Format::PodcastHtml,
    Format::PodcastJson,
    Format::Podlove,
    Format::Rttm,
    Format::Stm,
    Format::TextGrid,
    Format::Tsv,
];

proptest! {
    #[test]
    fn what_is_read_gives_the_same_file_again(transcript in transcripts()) {
        for &format in WHOLE {
            let once = written(format, &transcript);
            let again = written(format, &read(format, &transcript));
            // What is not scored has no words, and is not read.
            let is_kept = |line: &&str| !line.ends_with("IGNORE_TIME_SEGMENT_IN_SCORING");
            let text = |bytes: &[u8]| {
                let text = String::from_utf8_lossy(bytes).into_owned();
                text.lines().filter(is_kept).map(|line| format!("{line}\n")).collect::<String>()
            };
            prop_assert_eq!(text(&again), text(&once), "{:?}", format);
        }
    }

    #[test]
    fn pages_without_times_give_the_same_page(transcript in transcripts()) {
        let found = read(Format::Docx, &transcript);
        prop_assert_eq!(shown(&found), shown(&transcript));
        for format in [Format::Spip, Format::MediaWiki] {
            // Sites set some spaces by themselves.
            let plain = |page: &Transcript| shown(page).replace(['\u{a0}', '\u{202f}'], " ");
            let found = read(format, &transcript);
            prop_assert_eq!(plain(&found), plain(&transcript), "{:?}", format);
            prop_assert_eq!(found.about.date, transcript.about.date);
            prop_assert!(!found.is_timed);
        }
    }

    #[test]
    fn words_of_praat_have_the_times_that_they_had(transcript in transcripts()) {
        let words = |transcript: &Transcript| {
            let all = transcript.segments.iter().flat_map(|segment| {
                let speaker = transcript.speaker_of(segment).map(|speaker| speaker.name.clone());
                let doubt = segment.doubt.is_some();
                let shown = segment.words.iter().filter(|word| word.dropped.is_none());
                shown.map(move |word| (word.span, word.text.clone(), speaker.clone(), doubt))
            });
            let mut all: Vec<_> = all.collect();
            all.sort_by_key(|word| word.0);
            all
        };
        prop_assert_eq!(words(&read(Format::TextGrid, &transcript)), words(&transcript));
    }

    #[test]
    fn subtitles_of_broadcasters_have_the_screens_that_were_written(transcript in transcripts()) {
        let found = read(Format::Ttml, &transcript);
        let settings = Preset::default().srt();
        let cues = subtitles::cues(&transcript, settings, subtitles::in_one_line);
        let name = |id: Option<SpeakerId>, of: &Transcript| {
            id.and_then(|id| of.speaker(id)).map(|known| known.name.clone())
        };
        let mut expected = Vec::new();
        for cue in &cues {
            let text = cue.lines(settings).join(" ");
            let name = name(cue.speaker, &transcript);
            let label = name.as_ref().map(|name| format!("{name}\u{a0}: ")).unwrap_or_default();
            let text = text.strip_prefix(&label).unwrap_or(&text).replace("[à vérifier] ", "");
            expected.extend(text.split(' ').map(|word| (name.clone(), word.to_owned())));
        }
        let mut said = Vec::new();
        for segment in &found.segments {
            let name = name(segment.speaker, &found);
            let text = segment.text();
            said.extend(text.split(' ').map(|word| (name.clone(), word.to_owned())));
        }
        prop_assert_eq!(said, expected);
        let starts: Vec<Time> = found.segments.iter().map(|one| one.span.start()).collect();
        prop_assert!(cues.iter().all(|cue| starts.contains(&cue.start)), "{:?}", starts);
    }

    #[test]
    fn no_spoilt_file_ends_the_program(
        transcript in transcripts(),
        format in prop::sample::select(&Format::ALL[..]),
        edits in prop::collection::vec((any::<prop::sample::Index>(), 0..6, piece()), 1..6),
        is_called in any::<bool>(),
    ) {
        let mut bytes = written(format, &transcript);
        for (at, kind, piece) in edits {
            let at = at.index(bytes.len() + 1);
            let until = (at + piece.len()).min(bytes.len());
            match kind {
                0 => bytes.truncate(at),
                1 => drop(bytes.drain(at..until)),
                2 => drop(bytes.splice(at..until, piece)),
                3 => drop(bytes.splice(at..at, piece)),
                4 => bytes.extend_from_within(at..),
                _ => bytes.iter_mut().skip(at).take(1).for_each(|byte| *byte ^= 0x41),
            }
        }
        let name = if is_called { format!("x.{}", format.extension()) } else { String::new() };
        let _ = detect::read(&bytes, &name);
    }
}

/// What readers stumble over, more often than chance would have it.
fn piece() -> impl Strategy<Value = Vec<u8>> {
    let nasty = prop::sample::select(
        &[
            "1e300",
            "-1",
            "NaN",
            "99999999999999999999",
            "[",
            "]]",
            "{{",
            "}}",
            "<",
            ">",
            "</",
            "&",
            "&#x110000;",
            "\"",
            "!",
            "<br>",
            "<nowiki>",
            "'''",
            "**",
            "`",
            "\n\n",
            "\r",
            "\0",
            "\u{a0}",
            "<!--",
            "<![CDATA[",
            "seq",
            "00:00:00",
            " --> ",
            "| a |",
            ">>>>",
            "1. ",
            "\u{feff}",
            "size = 4",
        ][..],
    );
    prop_oneof![
        nasty.prop_map(|text| text.as_bytes().to_vec()),
        prop::collection::vec(any::<u8>(), 0..8),
        "\\PC{0,6}".prop_map(String::into_bytes),
    ]
}

/// Transcripts as this program makes them: who speaks is known, but for events; whole
/// milliseconds, one word behind the other.
fn transcripts() -> impl Strategy<Value = Transcript> {
    let text = "[a-zA-Zéœ’*_#&<>|~`=:+\\-\"'/]{0,5}[a-zé0-9][,.!?…]?";
    // A word that is spelt as aligners write silence cannot be told from it.
    let text = text.prop_filter("no silence", |text| !SILENCES.contains(&text.as_str()));
    let word = (text, 1..900_u64, 0..4_usize, 0..101_u8);
    let words = prop::collection::vec(word, 1..8);
    let segment = (words, 0..4_usize, 0..5_usize, 0..3_usize, 0..600_u64);
    let name = "[A-ZÉ][a-zé&<*’]{1,6}( [A-Z][a-z]{1,5})?";
    let line = "[A-ZÉ][a-zé*_&<#]{0,6}( [a-z*_&<#0-9]{1,5}){0,2}[#.]?";
    let names = prop::collection::vec(name, 3);
    let head = (line, prop::collection::vec(line, 0..3), 1..29_u8);
    (prop::collection::vec(segment, 1..9), names, head, prop::option::of((0..9_usize, line)))
        .prop_map(|(segments, names, (title, lead, day), chapter)| {
            let mut made = Made::default();
            let segments: Vec<Segment> = segments
                .into_iter()
                .enumerate()
                .map(|(n, segment)| made.segment(n, segment))
                .collect();
            let name = |(id, name): (u16, &usize)| {
                Speaker::named(SpeakerId(id), format!("{}{name}", names[*name]))
            };
            let chapter = chapter.map(|(index, title)| {
                (segments[index.min(segments.len() - 1)].span.start(), title)
            });
            Transcript {
                about: About {
                    title,
                    lead,
                    notes: (1..=day % 3).map(|note| format!("Voir https://a.fr/{note}.")).collect(),
                    date: Date::new(2019, 2, day),
                    sound: "sons/épisode n° 1 #2.wav".to_owned(),
                    chapters: Chapter::list(chapter),
                    ..About::default()
                },
                // Pages write whole seconds.
                duration: Time::from_millis((made.at / 1_000 + 1) * 1_000),
                is_timed: true,
                turns: segments
                    .iter()
                    .filter_map(|one| Some(Turn::new(one.speaker?, one.span)))
                    .collect(),
                segments,
                speakers: (0..).zip(&made.people).map(name).collect(),
                ..Transcript::default()
            }
        })
}

#[derive(Default)]
struct Made {
    /// ms.
    at: u64,
    /// Who has spoken, in the order of their numbers.
    people: Vec<usize>,
}

type Raw = (Vec<(String, u64, usize, u8)>, usize, usize, usize, u64);

impl Made {
    fn segment(&mut self, number: usize, (words, who, doubt, opens, pause): Raw) -> Segment {
        self.at += pause;
        // Nobody says an event; the first segment is somebody's.
        let is_event = who == 3 && number > 0;
        let speaker = (!is_event).then(|| {
            let who = who.min(2);
            let known = self.people.iter().position(|known| *known == who);
            SpeakerId(known.unwrap_or_else(|| {
                self.people.push(who);
                self.people.len() - 1
            }) as u16)
        });
        let n_words = if is_event { 1 } else { words.len() };
        let mut made = Vec::new();
        for (index, (text, length, gap, sure)) in words.into_iter().take(n_words).enumerate() {
            let start = Time::from_millis(self.at);
            self.at += length;
            let span = Span::new(start, Time::from_millis(self.at)).unwrap();
            let text = if is_event { "[Jingle]".to_owned() } else { text };
            let gaps = [Gap::Space, Gap::NoBreak, Gap::Narrow, Gap::Nothing];
            let gap = if index == 0 { Gap::Space } else { gaps[gap] };
            let is_inside = index > 0 && index + 1 < n_words;
            let dropped = (is_inside && sure == 0).then_some(Dropped::Filler);
            let sure = (!is_event).then_some(f32::from(sure) / 100.0);
            made.push(Word { gap, dropped, ..Word::new(text, span, sure) });
        }
        Segment {
            speaker,
            guess: None,
            span: Span::new(made[0].span.start(), made[made.len() - 1].span.end()).unwrap(),
            words: made,
            doubt: (doubt == 0 && !is_event).then_some(Doubt::Improbable),
            opens: [Opening::Nothing, Opening::Line, Opening::Block][opens],
            language: SegmentLanguage::Unknown,
        }
    }
}
