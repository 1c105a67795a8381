//! The report for programs. Rates are fractions, times are seconds; a rate that could not be
//! scored is null, and its counts are zero. Fields may be added, none changes its meaning.

use super::{Episode, Report, figures, gate::Verdict};
use serde::Serialize;
use std::collections::BTreeMap;
use voixoff::{
    base::time::Time,
    eval::{
        basic,
        bootstrap::confidence_interval_95,
        comparison::{ErrorClass, Passage, PassageWord},
        french,
        names::NameCounts,
        scores::Scores,
        secondary::{F1, Share},
        words::WordErrors,
    },
};

#[derive(Serialize)]
struct File<'a> {
    /// Program and version.
    generator: &'static str,
    /// Rules of all figures but `wer_whisper_basic`.
    normalisation: &'static str,
    /// Rules of `wer_whisper_basic`.
    comparison_normalisation: &'static str,
    /// `clean` or `verbatim`.
    reference_style: &'static str,
    /// Half-width of the unscored zone of `der` and `jer`, s.
    collar: f64,
    /// How far from its time a word counts in `tcpwer`, s.
    word_collar: f64,
    /// SHA-256 of the models that made the hypotheses.
    models: &'a BTreeMap<String, String>,
    /// Over all episodes: rates of summed counts.
    total: Figures,
    episodes: Vec<OneEpisode<'a>>,
    /// What the baseline says of each figure it holds.
    gate: Vec<Gate<'a>>,
}

#[derive(Serialize)]
struct OneEpisode<'a> {
    name: &'a str,
    reference: String,
    hypothesis: String,
    #[serde(flatten)]
    figures: Figures,
    /// Passages with the most errors, worst first.
    worst: Vec<OnePassage>,
}

/// Figures and their counts.
#[derive(Serialize)]
struct Figures {
    /// `wer`, `cer`, … : a fraction or null each; `word_start_median_s` in seconds.
    #[serde(flatten)]
    rates: BTreeMap<&'static str, Option<f64>>,
    /// Where `wer` lies in 95 of 100 draws of turns.
    wer_interval_95: Option<(f64, f64)>,
    counts: Counts,
    /// What became of each name, in alphabetical order.
    by_name: Vec<OneName>,
}

#[derive(Serialize)]
struct OneName {
    name: String,
    #[serde(flatten)]
    counts: NameKinds,
}

/// How often names are what.
#[derive(Serialize)]
struct NameKinds {
    right: u64,
    /// Something else is written.
    wrong: u64,
    /// Nothing is.
    missed: u64,
    /// Written where nobody says them; of listed names alone.
    invented: u64,
}

/// Seconds in which people with names talk, by what they are called.
#[derive(Serialize)]
struct SpeakersNamed {
    right: f64,
    wrong: f64,
    unnamed: f64,
}

#[derive(Serialize)]
struct Counts {
    words: Errors,
    characters: Errors,
    words_oral: Errors,
    words_without_accents: Errors,
    words_whisper_basic: Errors,
    words_by_speaker: Errors,
    words_by_speaker_in_time: Errors,
    diarization: Diarization,
    jaccard: Jaccard,
    word_starts: WordStarts,
    /// Word errors by kind, and what the normalisation forgives.
    classes: BTreeMap<&'static str, u64>,
    names: Found,
    names_by_kind: NameKinds,
    speakers_named: SpeakersNamed,
    numbers: Found,
    capitals: Found,
    typography: Found,
    punctuation: Marks,
    /// Marks by kind.
    marks: BTreeMap<String, Marks>,
    /// Stretches in which a word, a capital or a mark has to be mended.
    places: u64,
    /// Paragraphs behind the first one, and those in their place that are of the same kind.
    paragraphs: Marks,
    paragraphs_of_the_same_kind: u64,
}

#[derive(Serialize)]
struct Errors {
    substitutions: u64,
    deletions: u64,
    insertions: u64,
    /// Length of the reference.
    reference: u64,
}

/// Seconds of speech; an instant counts once for each person who talks in it.
#[derive(Serialize)]
struct Diarization {
    missed: f64,
    false_alarm: f64,
    confusion: f64,
    reference: f64,
}

/// Sum of the errors of all speakers, and how many there are.
#[derive(Serialize)]
struct Jaccard {
    errors: f64,
    speakers: u64,
}

#[derive(Serialize)]
struct WordStarts {
    words: u64,
    within_50_ms: u64,
    within_100_ms: u64,
    within_200_ms: u64,
}

#[derive(Serialize)]
struct Found {
    right: u64,
    of: u64,
}

#[derive(Serialize)]
struct Marks {
    both: u64,
    reference: u64,
    hypothesis: u64,
}

#[derive(Serialize)]
struct OnePassage {
    /// Null where neither side has times.
    start: Option<f64>,
    end: Option<f64>,
    errors: u64,
    reference: String,
    hypothesis: String,
}

#[derive(Serialize)]
struct Gate<'a> {
    figure: &'a str,
    ok: bool,
    remark: &'a str,
}

/// The report, with `worst` passages of each episode at most.
pub(crate) fn render(report: &Report, verdicts: &[Verdict], worst: usize) -> String {
    let file = File {
        generator: concat!("voixoff ", env!("CARGO_PKG_VERSION")),
        normalisation: french::NAME,
        comparison_normalisation: basic::NAME,
        reference_style: report.settings.style.name(),
        collar: report.settings.collar.as_secs_f64(),
        word_collar: report.settings.word_collar.as_secs_f64(),
        models: &report.models,
        total: Figures::of(&report.total),
        episodes: report.episodes.iter().map(|episode| one_episode(episode, worst)).collect(),
        gate: verdicts
            .iter()
            .map(|Verdict { name, is_worse, remark }| Gate { figure: name, ok: !is_worse, remark })
            .collect(),
    };
    serde_json::to_string_pretty(&file).expect("plain numbers and texts are JSON")
}

fn one_episode(episode: &Episode, worst: usize) -> OneEpisode<'_> {
    let mut passages: Vec<&Passage> =
        episode.passages.iter().filter(|one| one.errors > 0).collect();
    passages.sort_by_key(|passage| std::cmp::Reverse(passage.errors));
    let text = |words: &[PassageWord]| -> String {
        let word = |(at, word): (usize, &PassageWord)| match at {
            0 => word.text.clone(),
            _ => format!("{}{}", word.before, word.text),
        };
        words.iter().enumerate().map(word).collect()
    };
    let passage = |passage: &&Passage| OnePassage {
        start: passage.span.map(|span| span.start().as_secs_f64()),
        end: passage.span.map(|span| span.end().as_secs_f64()),
        errors: passage.errors,
        reference: text(&passage.reference),
        hypothesis: text(&passage.hypothesis),
    };
    OneEpisode {
        name: &episode.name,
        reference: episode.reference_path.display().to_string(),
        hypothesis: episode.hypothesis_path.display().to_string(),
        figures: Figures::of(&episode.scores),
        worst: passages.iter().take(worst).map(passage).collect(),
    }
}

impl Figures {
    fn of(scores: &Scores) -> Figures {
        let figures = figures::of(scores).into_iter();
        Figures {
            rates: figures.map(|figure| (figure.name, figure.value)).collect(),
            wer_interval_95: confidence_interval_95(&scores.turns),
            counts: Counts::of(scores),
            by_name: scores.by_name.by_name().map(OneName::of).collect(),
        }
    }
}

impl OneName {
    fn of((name, counts): (&str, NameCounts)) -> OneName {
        OneName { name: name.to_owned(), counts: NameKinds::of(counts) }
    }
}

impl NameKinds {
    fn of(counts: NameCounts) -> NameKinds {
        let NameCounts { right, wrong, missed, invented } = counts;
        NameKinds { right, wrong, missed, invented }
    }
}

impl Counts {
    fn of(scores: &Scores) -> Counts {
        let errors = |errors: WordErrors| Errors {
            substitutions: errors.substitutions,
            deletions: errors.deletions,
            insertions: errors.insertions,
            reference: errors.reference_words,
        };
        let found = |share: Share| Found { right: share.correct, of: share.total };
        let seconds = |samples| Time::from_samples(samples).as_secs_f64();
        let (who, times) = (scores.diarization, &scores.times);
        let F1 { both, reference, hypothesis } = scores.punctuation;
        let class = |class: ErrorClass| (class.name(), scores.classes.count(class));
        Counts {
            words: errors(scores.words),
            characters: errors(scores.characters),
            words_oral: errors(scores.oral),
            words_without_accents: errors(scores.without_accents),
            words_whisper_basic: errors(scores.basic),
            words_by_speaker: errors(scores.cpwer),
            words_by_speaker_in_time: errors(scores.tcpwer),
            diarization: Diarization {
                missed: seconds(who.missed),
                false_alarm: seconds(who.false_alarm),
                confusion: seconds(who.confusion),
                reference: seconds(who.reference),
            },
            jaccard: Jaccard { errors: scores.jaccard.errors, speakers: scores.jaccard.speakers },
            word_starts: WordStarts {
                words: times.words(),
                within_50_ms: times.within_ms(50),
                within_100_ms: times.within_ms(100),
                within_200_ms: times.within_ms(200),
            },
            classes: ErrorClass::ALL.into_iter().map(class).collect(),
            names: found(scores.names),
            names_by_kind: NameKinds::of(scores.by_name.total()),
            speakers_named: SpeakersNamed {
                right: seconds(scores.naming.right),
                wrong: seconds(scores.naming.wrong),
                unnamed: seconds(scores.naming.unnamed),
            },
            numbers: found(scores.numbers),
            capitals: found(scores.capitals),
            typography: found(scores.typography),
            punctuation: Marks { both, reference, hypothesis },
            marks: scores
                .marks
                .by_kind()
                .map(|(kind, F1 { both, reference, hypothesis })| {
                    (kind.to_string(), Marks { both, reference, hypothesis })
                })
                .collect(),
            places: scores.marks.places,
            paragraphs: Marks {
                both: scores.paragraphs.both,
                reference: scores.paragraphs.reference,
                hypothesis: scores.paragraphs.hypothesis,
            },
            paragraphs_of_the_same_kind: scores.paragraphs.same_kind,
        }
    }
}
