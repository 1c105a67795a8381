//! Whatever is spoken is in a word, or it is said that it is not.

use crate::desk::noise;
use proptest::{collection::vec, prelude::*};
use std::num::NonZeroUsize;
use voixoff::{
    asr::{Context, DecodingOptions, TranscribeError, Transcriber},
    base::{
        progress::{Cancel, Silent},
        speech::{Doubt, Embedding, Utterance, Word},
        time::{Span, Time, without},
        transcript::{About, Provenance, Transcript},
    },
    episode::pipeline::{self, Artifacts, EpisodeError, EpisodeSettings, Listening, Work, Workers},
    formats::{Format, RenderSettings, read},
    speakers::diarize::{Subsegment, scripted::ScriptedDiarizer},
};

/// What is said in half a second of talk is missed by a reader; less is a drawn-out vowel.
const HALF: Time = Time::from_millis(500);

proptest! {
    // Each one decodes, packs, recognises and merges: a tenth of a second.
    #![proptest_config(ProptestConfig::with_cases(ProptestConfig::default().cases.min(32)))]

    #[test]
    fn every_half_second_of_speech_has_a_word_or_is_left_out(
        talk in vec((0..2_u8, 200..6_000_u64, 0..2_500_u64), 1..7),
        holes in vec((0..28_000_u64, 0..9_000_u64), 0..6),
        doubt in prop::option::of(0..3_usize),
    ) {
        let doubt = doubt.map(|n| [Doubt::Skipped, Doubt::Improbable, Doubt::Repetition][n]);
        let desk = Desk::new(&talk);
        let found = desk.transcribe(&Forgetful { holes: spans(&holes), doubt, shortest: Time::default() });
        let words = found.segments.iter().flat_map(|segment| &segment.words);
        let mut known: Vec<Span> = words.map(|word| word.span).collect();
        known.extend(found.left_out.iter().map(|one| one.span));
        known.sort();
        let talk: Vec<Span> = found.turns.iter().map(|turn| turn.span).collect();
        let unlisted = without(&united(talk), &united(known));
        prop_assert!(unlisted.iter().all(|span| span.samples() < HALF.samples()), "{unlisted:?}");
    }
}

#[test]
fn what_stops_early_is_marked_where_it_stops_and_nothing_else_is() {
    let desk = Desk::new(&[(0, 4_000, 1_200), (1, 11_000, 0)]);
    // What it stops before, it does not find in a window of its own either.
    let stopping = Forgetful {
        holes: spans(&[(4_700, 12_000)]),
        doubt: Some(Doubt::Skipped),
        shortest: Time::from_millis(14_000),
    };
    let found = desk.transcribe(&stopping);
    let text = |transcript: &Transcript, format: Format| {
        let bytes = format.render(transcript, &RenderSettings::default());
        String::from_utf8(bytes).expect("UTF-8")
    };
    let page = text(&found, Format::Txt);
    let mut lines: Vec<&str> = page.lines().filter(|line| !line.is_empty()).collect();
    assert!(lines.remove(0).starts_with("La mention [à compléter] tient la place"), "{page}");
    assert!(lines[0].starts_with("[00:00:00] Intervenant 1\u{a0}: "), "{page}");
    assert!(!lines[0].contains("[à "), "{page}");
    assert_eq!(lines[1], "[00:00:06] Intervenant 2\u{a0}: [à compléter]", "{page}");
    assert_eq!(lines.len(), 2, "{page}");
    // What is written is read back, and then written as it was.
    let again = read(text(&found, Format::Json).as_bytes(), "épisode.json").expect("it is ours");
    assert_eq!(text(&again, Format::Txt), page);
    let subtitles = text(&again, Format::Srt);
    assert!(subtitles.contains("00:00:06,200 --> 00:00:17,200\nIntervenant 2"), "{subtitles}");
    // A text without its marks says less; one with them says no more words.
    assert!(!text(&found, Format::Ctm).contains("compléter"));
    let page = read(page.as_bytes(), "épisode.txt").expect("a page");
    assert_eq!(text(&page, Format::Ctm).lines().count(), text(&found, Format::Ctm).lines().count());
}

/// Says a word each third of a second, but not where it forgets.
struct Forgetful {
    /// In the times of each window, sorted.
    holes: Vec<Span>,
    /// What it says of itself.
    doubt: Option<Doubt>,
    /// It says nothing in a shorter window.
    shortest: Time,
}

impl Transcriber for Forgetful {
    fn transcribe(
        &self,
        samples: &[f32],
        _: Context<'_>,
        _: DecodingOptions,
    ) -> Result<Utterance, TranscribeError> {
        let length = Time::from_samples(samples.len().max(1) as u64);
        let third = Time::from_millis(333);
        let at = |n: u64| Span::from_start(third).later(Time::from_samples(n * third.samples()));
        let length_spoken = if length < self.shortest { 0 } else { length.samples() };
        let spans = (0..length_spoken / third.samples()).map(at);
        let is_known = |span: &Span| self.holes.iter().all(|hole| hole.overlap(*span).is_none());
        // Not one word again and again: that would be another doubt.
        let text = |span: Span| {
            let number = (span.start().samples() as u32).wrapping_mul(2_654_435_761);
            let letter = |n: u32| char::from(b'a' + (number >> (4 * n) & 15) as u8);
            (0..7).map(letter).collect::<String>()
        };
        let words = spans.filter(is_known).map(|span| Word::new(text(span), span, Some(0.9)));
        Ok(Utterance {
            span: Span::from_start(length),
            words: words.collect(),
            mean_log_probability: -0.1,
            no_speech_probability: 0.01,
            doubt: self.doubt,
        })
    }
}

/// An episode in which people talk.
struct Desk {
    folder: tempfile::TempDir,
    diarizer: ScriptedDiarizer,
}

impl Desk {
    /// Who talks, for how long, and how long nobody does behind it, in milliseconds.
    fn new(talk: &[(u8, u64, u64)]) -> Desk {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let mut now = 1_000;
        let mut subsegments = Vec::new();
        for &(voice, length, pause) in talk {
            let values = (0..16).map(|n| f32::from(u8::from(n == voice))).collect();
            let (track, span) = (u32::from(voice), spans(&[(now, length)])[0]);
            subsegments.push(Subsegment { track, span, embedding: Embedding::new(values) });
            now += length + pause;
        }
        noise(&folder.path().join("épisode.wav"), now as i64 / 1_000 + 2);
        // As the network makes them: margins, and pauses of a second bridged.
        let margin = Time::from_millis(250);
        let wide = |subsegment: &Subsegment| {
            Span::new(subsegment.span.start().minus(margin), subsegment.span.end().plus(margin))
        };
        let regions = voixoff::base::time::fill_pauses(
            &subsegments.iter().filter_map(wide).collect::<Vec<_>>(),
            Time::from_millis(500),
        );
        Desk { folder, diarizer: ScriptedDiarizer::new(regions, subsegments) }
    }

    fn transcribe(&self, transcriber: &dyn Transcriber) -> Transcript {
        let path = |name: &str| self.folder.path().join(name);
        let artifacts = Artifacts { analysis: path("heard"), words: path("words") };
        let work = Work {
            listening: Listening {
                diarizer: &self.diarizer,
                settings: &EpisodeSettings::podcast(self.folder.path().to_owned()),
                observer: &Silent,
                cancel: &Cancel::default(),
            },
            transcriber,
            workers: &Workers::new(NonZeroUsize::MIN),
        };
        let sound = || Ok::<_, EpisodeError>(path("épisode.wav"));
        let (about, provenance) = (About::default(), Provenance::default());
        pipeline::transcribe(&sound, &artifacts, about, provenance, &work).expect("transcribed")
    }
}

/// Starts and lengths, in milliseconds.
fn spans(times: &[(u64, u64)]) -> Vec<Span> {
    let span = |&(start, length): &(u64, u64)| {
        let start = Time::from_millis(start);
        Span::new(start, start.plus(Time::from_millis(length.max(1)))).expect("it lasts")
    };
    times.iter().map(span).collect()
}

/// Sorted and disjoint.
fn united(mut spans: Vec<Span>) -> Vec<Span> {
    spans.sort();
    voixoff::base::time::fill_pauses(&spans, Time::default())
}
