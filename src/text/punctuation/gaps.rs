//! What stands between each two words: nothing, a comma or a full stop.
//!
//! The recogniser's own mark, what its second reading expects, the pause and the words around go
//! into a logistic model with fitted weights. Another mark than the recogniser's is set only where
//! the model is surer of it by a margin. `docs/BENCHMARKS.md` says how well it does on pages that it
//! was not fitted on.

use super::MarkedWord;
use crate::{
    base::{common_words::is_common, marks::Mark},
    text::word,
};

/// What the model looks at in a gap.
const N_FEATURES: usize = 9;

/// The names of the features, in their order.
pub const FEATURES: [&str; N_FEATURES] =
    ["comma", "stop", "has stop", "pause", "capital", "and", "clause", "adverbial", "since"];

/// What stands in a gap.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Boundary {
    Nothing,
    Comma,
    Stop,
}

const BOUNDARIES: [Boundary; 3] = [Boundary::Nothing, Boundary::Comma, Boundary::Stop];

/// The log-odds of a boundary against nothing are `bias` and the weighted sum of the features.
struct LogOdds {
    bias: f64,
    weights: [f64; N_FEATURES],
}

/// `scripts/punctuate` fits both, on passages of the genre that were written and spoken for it, and on
/// recordings of people whose text has its marks.
const COMMA: LogOdds =
    LogOdds { bias: 4.84, weights: [0.80, 0.06, -0.63, 0.94, 0.91, -1.25, -1.06, 0.95, 0.01] };
const STOP: LogOdds =
    LogOdds { bias: 5.72, weights: [0.33, 0.64, 2.34, 1.08, -0.85, -1.71, -0.26, 0.74, -0.80] };

/// By how much another boundary has to be more probable than the one that is there.
const MARGIN: f64 = 0.2;

/// Log-odds of the second reading beyond which nothing is learnt.
const ODDS_MAX: f64 = 12.0;

/// Longest pause that counts, and what is added to each before its logarithm; seconds.
const PAUSE_MAX: f64 = 1.5;
const PAUSE_MIN: f64 = 0.03;

/// Words since the mark before that count at most.
const REACH: usize = 12;

/// What joins words or clauses, before which commas are rare.
const AND: &[&str] = &["et", "ou", "ni"];

/// What begins a clause that leans on the one before.
const CLAUSES: &[&str] =
    &["qui", "que", "qu", "dont", "où", "quand", "comme", "lorsque", "si", "pour"];

/// What stands between commas as a rule, in the talk that pages write down.
const ADVERBIALS: &[&str] = &[
    "absolument",
    "ah",
    "ailleurs",
    "alors",
    "apparemment",
    "après tout",
    "attention",
    "aujourd'hui",
    "automatiquement",
    "autre point",
    "bah",
    "ben",
    "bien entendu",
    "bien sûr",
    "bon",
    "bonjour",
    "bonsoir",
    "bravo",
    "bref",
    "cependant",
    "clairement",
    "comme ça",
    "comme on dit",
    "d'ailleurs",
    "d'un coup",
    "d'un côté",
    "d'une certaine manière",
    "dans tout ça",
    "de l'autre",
    "de toute façon",
    "demain",
    "deuxièmement",
    "donc",
    "du coup",
    "du moins",
    "effectivement",
    "eh",
    "eh bien",
    "en conclusion",
    "en effet",
    "en fait",
    "en général",
    "en gros",
    "en l'occurrence",
    "en particulier",
    "en plus",
    "en revanche",
    "en réalité",
    "en tout cas",
    "en vrai",
    "encore une fois",
    "enfin",
    "ensuite",
    "exactement",
    "finalement",
    "forcément",
    "franchement",
    "hier",
    "honnêtement",
    "ici",
    "il faut dire",
    "justement",
    "là",
    "là aussi",
    "maintenant",
    "malheureusement",
    "heureusement",
    "merci",
    "non",
    "non plus",
    "normalement",
    "notamment",
    "néanmoins",
    "oh",
    "oui",
    "par ailleurs",
    "par contre",
    "par exemple",
    "par là",
    "pareil",
    "parfois",
    "pour l'instant",
    "pourtant",
    "premièrement",
    "si",
    "simplement",
    "sincèrement",
    "sur ce",
    "surtout",
    "tout d'un coup",
    "tout de suite",
    "tout simplement",
    "toutefois",
    "troisièmement",
    "un beau jour",
    "une fois",
    "voilà",
    "vraiment",
    "à la fin",
    "à mon avis",
    "à un moment",
    "à un moment donné",
    "au contraire",
    "au début",
    "au départ",
    "au fond",
    "également",
    "évidemment",
];

/// Words of an adverbial, at most.
const ADVERBIAL_MAX: usize = 4;

/// What a comma has to score to be set where the recogniser wrote nothing, before the model looks on.
const SURE_COMMA_MIN: f32 = -1.0;

/// Sets the commas of a turn that the second reading expects, where there is no mark at all: the model
/// takes them for the recogniser's.
pub(super) fn set_sure_commas(turn: &mut [MarkedWord]) {
    for at in 1..turn.len() {
        let is_bare = turn[at - 1].after.is_empty() && turn[at].before.is_empty();
        if is_bare && turn[at - 1].score(Mark::Comma) >= SURE_COMMA_MIN {
            turn[at - 1].after = ",".to_owned();
        }
    }
}

/// Sets the boundaries of a turn.
pub(super) fn set(turn: &mut [MarkedWord]) {
    let changes: Vec<(usize, Boundary)> = features(turn)
        .iter()
        .enumerate()
        .filter_map(|(at, features)| Some((at, better(turn, at, features.as_ref()?)?)))
        .collect();
    for (at, boundary) in changes {
        let was_stop = boundary_behind(&turn[at]) == Boundary::Stop;
        turn[at].after = match boundary {
            Boundary::Nothing => String::new(),
            Boundary::Comma => ",".to_owned(),
            Boundary::Stop => ".".to_owned(),
        };
        let next = &mut turn[at + 1];
        if boundary == Boundary::Stop {
            next.letters = word::capitalised(&next.letters);
        } else if was_stop && is_common(&next.core()) {
            next.letters = word::uncapitalised(&next.letters);
        }
    }
}

/// The boundary behind the word at `at` that is surely better than the one that is there.
fn better(turn: &[MarkedWord], at: usize, features: &[f64; N_FEATURES]) -> Option<Boundary> {
    let (word, next) = (&turn[at], &turn[at + 1]);
    let standing = match word.after.as_str() {
        "" => Boundary::Nothing,
        "," => Boundary::Comma,
        "." => Boundary::Stop,
        _ => return None,
    };
    if !next.before.is_empty() {
        return None;
    }
    let odds = [1.0, COMMA.odds(features), STOP.odds(features)];
    let total: f64 = odds.iter().sum();
    let of_standing = odds[standing as usize];
    let (best, odds) =
        BOUNDARIES.into_iter().zip(odds).max_by(|one, other| one.1.total_cmp(&other.1))?;
    ((odds - of_standing) / total >= MARGIN).then_some(best).filter(|best| *best != standing)
}

impl LogOdds {
    fn odds(&self, features: &[f64; N_FEATURES]) -> f64 {
        let pairs = self.weights.iter().zip(features);
        let log_odds = self.bias + pairs.map(|(weight, value)| weight * value).sum::<f64>();
        log_odds.min(50.0).exp()
    }
}

fn boundary_behind(word: &MarkedWord) -> Boundary {
    if word.ends_sentence() {
        Boundary::Stop
    } else if word.after.contains([',', ';', ':']) {
        Boundary::Comma
    } else {
        Boundary::Nothing
    }
}

/// What the model looks at behind each word of a turn; `None` of the last one, and where nobody asked.
///
/// What the second reading expects, as log-odds against nothing: a comma, an end of a sentence; whether
/// there is one; the pause; whether the next word has a capital, joins, begins a clause or an adverbial;
/// how many words there are since the last mark.
pub(super) fn features(turn: &[MarkedWord]) -> Vec<Option<[f64; N_FEATURES]>> {
    let bare: Vec<String> = turn.iter().map(MarkedWord::bare).collect();
    let standing: Vec<Boundary> = turn.iter().map(boundary_behind).collect();
    let is_marked = |at: usize| standing[at] != Boundary::Nothing;
    let of_gap = |at: usize| {
        let (word, next) = (&turn[at], turn.get(at + 1)?);
        word.scores?;
        let score = |mark: Mark| f64::from(word.score(mark));
        let against_nothing =
            |value: f64| (value - score(Mark::Nothing)).clamp(-ODDS_MAX, ODDS_MAX);
        let ends = [Mark::FullStop, Mark::Question, Mark::Exclamation];
        let stop = ends.map(|mark| score(mark).exp()).iter().sum::<f64>().ln();
        let pause = next.start.minus(word.end).as_secs_f64().min(PAUSE_MAX);
        let head = bare[at + 1].split('\'').next().unwrap_or_default();
        let since = 1 + (0..at).rev().take(REACH - 1).take_while(|at| !is_marked(*at)).count();
        let flag = |is_so: bool| f64::from(u8::from(is_so));
        let is_one_of = |list: &[&str], word: &str| flag(list.contains(&word));
        Some([
            against_nothing(score(Mark::Comma)),
            against_nothing(stop),
            flag(standing[at] == Boundary::Stop),
            (PAUSE_MIN + pause).ln(),
            flag(word::has_capital(&next.letters)),
            is_one_of(AND, &bare[at + 1]),
            is_one_of(CLAUSES, head),
            flag((1..=ADVERBIAL_MAX).any(|n| is_adverbial(&bare, at + 1, n))),
            (since as f64).ln(),
        ])
    };
    (0..turn.len()).map(of_gap).collect()
}

fn is_adverbial(bare: &[String], first: usize, n_words: usize) -> bool {
    let words = bare.get(first..first + n_words);
    words.is_some_and(|words| ADVERBIALS.contains(&words.join(" ").as_str()))
}
