//! Is this answer believable? Hallucinations, loops, and words left out.
//!
//! Whisper always answers something. Where nobody speaks it hallucinates
//! sentences of its training data, and where decoding derails it repeats itself.
//! Thresholds are those of OpenAI's decoder
//! (`logprob_threshold`, `compression_ratio_threshold`, `no_speech_threshold`)
//! where it has one, and marked where they are ours.

use crate::base::{
    speech::{Doubt, Utterance, Word},
    time::{Span, Time},
};
use flate2::{Compression, write::ZlibEncoder};
use std::{io::Write, time::Duration};

/// Mean log probability under which an answer is not believed. Radford et al.,
/// "Robust Speech Recognition via Large-Scale Weak Supervision", 2022, §4.5.
pub(super) const MEAN_LOG_PROBABILITY_MIN: f32 = -1.0;

/// Compression ratio above which an answer is a repetition (same source).
const COMPRESSION_RATIO_MAX: f64 = 2.4;

/// No-speech probability above which an improbable answer is not believed (same source).
const NO_SPEECH_PROBABILITY_MAX: f32 = 0.6;

/// Words a second that nobody says; ours. Fast French speech has some 7.
const WORDS_A_SECOND_MAX: f64 = 10.0;

/// Speech without a word that counts as skipped; ours.
const SKIPPED_MIN: Duration = Duration::from_secs(4);

/// A phrase that is followed by so many copies of itself is a loop; ours.
const REPEATS_MIN: usize = 4;

/// What Whisper hallucinates over music and silence in French, from its training
/// on subtitles. In lower case, letters and digits only: answers are folded the
/// same way, so that accents and punctuation do not matter.
const HALLUCINATIONS: &[&str] = &[
    "sous titres realises par la communaute d amara org",
    "sous titres realises para la communaute d amara org",
    "sous titres faits par la communaute d amara org",
    "sous titrage st 501",
    "sous titrage st 501 sous titrage st 501",
    "sous titrage societe radio canada",
    "sous titrage fr",
    "sous titres par",
    "sous titrage",
    "merci d avoir regarde cette video",
    "merci d avoir regarde la video",
    "merci d avoir regarde",
    "abonnez vous a la chaine",
    "n oubliez pas de vous abonner",
    "n hesitez pas a vous abonner",
    "a la prochaine video",
    "transcription par",
    "amara org",
];

/// Hallucinations that nobody says: they are one wherever they stand in an answer.
const UNMISTAKABLE: &[&str] =
    &["amara org", "sous titrage st 501", "sous titrage societe radio canada"];

/// Why `utterance` is not believable, the most severe reason first; `None` if it is.
///
/// `speech` are the regions of its window where somebody talks, in its own times.
pub(crate) fn doubt(utterance: &Utterance, speech: &[Span]) -> Option<Doubt> {
    let words = &utterance.words;
    let is_improbable = utterance.mean_log_probability < MEAN_LOG_PROBABILITY_MIN;
    if is_hallucination(words) {
        Some(Doubt::Hallucination)
    } else if !words.is_empty()
        && is_improbable
        && utterance.no_speech_probability > NO_SPEECH_PROBABILITY_MAX
    {
        Some(Doubt::NoSpeech)
    } else if is_repetitive(words) || is_too_dense(words, utterance.span) {
        Some(Doubt::Repetition)
    } else if skips_speech(words, speech) {
        Some(Doubt::Skipped)
    } else if is_improbable {
        Some(Doubt::Improbable)
    } else {
        None
    }
}

fn folded(words: &[Word]) -> Vec<String> {
    let fold = |c: char| match c {
        'à' | 'â' | 'ä' => 'a',
        'é' | 'è' | 'ê' | 'ë' => 'e',
        'î' | 'ï' => 'i',
        'ô' | 'ö' => 'o',
        'ù' | 'û' | 'ü' => 'u',
        'ç' => 'c',
        c if c.is_alphanumeric() => c,
        _ => ' ',
    };
    let text = words.iter().map(|word| word.text.as_str()).collect::<Vec<_>>().join(" ");
    let text: String = text.to_lowercase().chars().map(fold).collect();
    text.split_whitespace().map(str::to_owned).collect()
}

fn is_hallucination(words: &[Word]) -> bool {
    let text = folded(words).join(" ");
    // The answer is little more than the sentence: a person who says it says more around it.
    let is_all = |known: &str| text.starts_with(known) && text.len() <= known.len() + 24;
    HALLUCINATIONS.iter().any(|known| is_all(known))
        || UNMISTAKABLE.iter().any(|part| text.contains(part))
}

fn is_repetitive(words: &[Word]) -> bool {
    let words = folded(words);
    (1..=12).any(|length| longest_echo(&words, length) >= length * REPEATS_MIN)
        || compression_ratio(&words.join(" ")) > COMPRESSION_RATIO_MAX
}

/// The longest run of words each equal to the word `distance` before it.
fn longest_echo(words: &[String], distance: usize) -> usize {
    let mut run = 0;
    let pairs = words.iter().zip(words.iter().skip(distance));
    let runs = pairs.map(|(word, echo)| {
        run = if word == echo { run + 1 } else { 0 };
        run
    });
    runs.max().unwrap_or(0)
}

/// How many times smaller zlib makes `text`, in bytes, as OpenAI's decoder asks; 0.0 for no text.
pub(crate) fn compression_ratio(text: &str) -> f64 {
    if text.is_empty() {
        return 0.0;
    }
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::default());
    // Writing to a `Vec` cannot fail.
    match encoder.write_all(text.as_bytes()).and_then(|()| encoder.finish()) {
        Ok(packed) => text.len() as f64 / packed.len() as f64,
        Err(_) => 0.0,
    }
}

fn is_too_dense(words: &[Word], span: Span) -> bool {
    let seconds = span.length().as_secs_f64();
    words.len() > 10 && words.len() as f64 / seconds > WORDS_A_SECOND_MAX
}

/// Whether words were left out: a long stretch of speech without any.
fn skips_speech(words: &[Word], speech: &[Span]) -> bool {
    skipped(words, speech).next().is_some()
}

/// Where speech goes on for seconds without a word: from the word before it, or the beginning of
/// the window, to the word after it, or the end of time.
pub(super) fn skipped<'a>(
    words: &'a [Word],
    speech: &'a [Span],
) -> impl Iterator<Item = Span> + 'a {
    let starts = std::iter::once(Time::default()).chain(words.iter().map(|word| word.span.end()));
    let far = Time::from_samples(u64::MAX);
    let ends = words.iter().map(|word| word.span.start()).chain(std::iter::once(far));
    let gaps = starts.zip(ends).filter_map(|(start, end)| Span::new(start, end));
    gaps.filter(|gap| {
        let mut spoken = speech.iter().filter_map(|region| region.overlap(*gap));
        spoken.any(|part| part.length() >= SKIPPED_MIN)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sentence_of_subtitlers_is_a_hallucination_however_it_is_spelt() {
        let text = "Sous-titres réalisés par la communauté d’Amara.org";
        assert_eq!(doubt_of(text), Some(Doubt::Hallucination));
        assert_eq!(doubt_of("Sous-titrage ST' 501"), Some(Doubt::Hallucination));
        assert_eq!(doubt_of("Merci d'avoir regardé cette vidéo !"), Some(Doubt::Hallucination));
    }

    #[test]
    fn a_speaker_may_thank_her_viewers_within_a_longer_talk() {
        let text = "merci d'avoir regardé cette vidéo avec nous ce soir et bravo à toute l'équipe";
        assert_eq!(doubt_of(text), None);
    }

    #[test]
    fn a_loop_of_one_word_or_of_a_phrase_is_a_repetition() {
        assert_eq!(doubt_of("et et et et et et et"), Some(Doubt::Repetition));
        let text = "on va voir on va voir on va voir on va voir on va voir";
        assert_eq!(doubt_of(text), Some(Doubt::Repetition));
    }

    #[test]
    fn a_hesitation_is_not_a_repetition() {
        assert_eq!(doubt_of("oui, oui, oui, c'est c'est exactement ça"), None);
    }

    #[test]
    fn four_seconds_of_speech_without_a_word_are_skipped() {
        let mut answer = utterance("bonjour à tous");
        answer.words.retain(|word| word.span.end() < Time::from_millis(1_000));
        let region = |end_ms| Span::new(Time::default(), Time::from_millis(end_ms)).into_iter();
        assert_eq!(doubt(&answer, &region(5_000).collect::<Vec<_>>()), Some(Doubt::Skipped));
        assert_eq!(doubt(&answer, &region(4_900).collect::<Vec<_>>()), None);
    }

    #[test]
    fn improbable_words_where_nobody_speaks_are_a_doubt_of_their_own() {
        let mut answer = utterance("bonjour");
        answer.mean_log_probability = -1.2;
        assert_eq!(doubt(&answer, &[]), Some(Doubt::Improbable));
        answer.no_speech_probability = 0.9;
        assert_eq!(doubt(&answer, &[]), Some(Doubt::NoSpeech));
    }

    fn doubt_of(text: &str) -> Option<Doubt> {
        doubt(&utterance(text), &[])
    }

    /// Three words a second.
    fn utterance(text: &str) -> Utterance {
        let at = |n: usize| Time::from_millis(n as u64 * 333);
        let span = |n| Span::new(at(n), at(n + 1)).unwrap();
        let texts: Vec<&str> = text.split(' ').collect();
        Utterance {
            span: Span::new(at(0), at(texts.len())).unwrap(),
            words: texts
                .iter()
                .enumerate()
                .map(|(n, text)| Word::new(*text, span(n), Some(0.9)))
                .collect(),
            mean_log_probability: -0.3,
            no_speech_probability: 0.01,
            doubt: None,
        }
    }
}
