//! A hypothesis compared with its reference, token by token: each difference with its class.

use super::{
    align::{Edit, align},
    tokenized::TokenizedTranscript,
    words::WordErrors,
};
use crate::base::time::Span;
use std::{
    collections::BTreeMap,
    ops::{AddAssign, Range},
};

/// How closely a reference follows the speech.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum ReferenceStyle {
    /// An editor left out hesitations and repetitions, and wrote « ne » where nobody spoke it.
    #[default]
    Clean,
    /// Every word.
    Verbatim,
}

impl ReferenceStyle {
    /// Its name in every report.
    pub fn name(self) -> &'static str {
        match self {
            ReferenceStyle::Clean => "clean",
            ReferenceStyle::Verbatim => "verbatim",
        }
    }
}

/// Of what kind a difference is, from the least to the most severe. The first two are no word
/// errors: the normalisation forgives them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum ErrorClass {
    /// The same word with other punctuation after it, or with and without a capital.
    PunctuationAndCase,
    /// The same number, written in another way.
    NumberForm,
    /// Spoken, and left out by the editor of the reference; or written by the editor alone.
    EditorialStyle,
    /// A name of the reference that the hypothesis does not have.
    ProperNoun,
    /// Any other: a genuine error.
    Genuine,
}

impl ErrorClass {
    /// All of them, in order.
    pub const ALL: [ErrorClass; 5] = [
        ErrorClass::PunctuationAndCase,
        ErrorClass::NumberForm,
        ErrorClass::EditorialStyle,
        ErrorClass::ProperNoun,
        ErrorClass::Genuine,
    ];

    /// Its name in every report.
    pub fn name(self) -> &'static str {
        match self {
            ErrorClass::PunctuationAndCase => "punctuation_and_case",
            ErrorClass::NumberForm => "number_form",
            ErrorClass::EditorialStyle => "removed_by_editor",
            ErrorClass::ProperNoun => "proper_noun",
            ErrorClass::Genuine => "real",
        }
    }
}

/// How many differences there are of each class; classes without any have no entry.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ErrorClassCounts(BTreeMap<ErrorClass, u64>);

impl ErrorClassCounts {
    /// How many of `class`.
    pub fn count(&self, class: ErrorClass) -> u64 {
        self.0.get(&class).copied().unwrap_or(0)
    }
}

impl AddAssign<&ErrorClassCounts> for ErrorClassCounts {
    fn add_assign(&mut self, other: &ErrorClassCounts) {
        other.0.iter().for_each(|(class, count)| *self.0.entry(*class).or_default() += count);
    }
}

/// An edit and the tokens that it is about, by their indices on each side.
#[derive(Debug, Clone, Copy)]
pub struct AlignedPair {
    /// What it does.
    pub edit: Edit,
    /// `None` of an insertion.
    pub reference: Option<usize>,
    /// `None` of a deletion.
    pub hypothesis: Option<usize>,
    /// `None` where nothing differs.
    pub class: Option<ErrorClass>,
}

/// Both sides, aligned.
pub struct Comparison<'a> {
    /// The reference.
    pub reference: TokenizedTranscript<'a>,
    /// The hypothesis.
    pub hypothesis: TokenizedTranscript<'a>,
    /// From start to end.
    pub pairs: Vec<AlignedPair>,
}

impl<'a> Comparison<'a> {
    /// Aligns both by `fr-eval-v1`. `names` are tokens that count as proper nouns wherever
    /// they stand.
    pub fn new(
        reference: TokenizedTranscript<'a>,
        hypothesis: TokenizedTranscript<'a>,
        style: ReferenceStyle,
        names: &[String],
    ) -> Comparison<'a> {
        let mut reference_idx = 0;
        let mut hypothesis_idx = 0;
        let mut pairs = Vec::new();
        for edit in align(&reference.texts(), &hypothesis.texts()) {
            let class = match edit {
                Edit::Match => {
                    forgiven_class(&reference, reference_idx, &hypothesis, hypothesis_idx)
                }
                Edit::Insertion
                    if style == ReferenceStyle::Clean
                        && is_disfluency(&hypothesis, hypothesis_idx) =>
                {
                    Some(ErrorClass::EditorialStyle)
                }
                Edit::Deletion
                    if style == ReferenceStyle::Clean
                        && is_editors_addition(&reference, reference_idx) =>
                {
                    Some(ErrorClass::EditorialStyle)
                }
                Edit::Substitution | Edit::Deletion if reference.is_name(reference_idx, names) => {
                    Some(ErrorClass::ProperNoun)
                }
                _ => Some(ErrorClass::Genuine),
            };
            pairs.push(AlignedPair {
                edit,
                reference: (edit != Edit::Insertion).then_some(reference_idx),
                hypothesis: (edit != Edit::Deletion).then_some(hypothesis_idx),
                class,
            });
            reference_idx += usize::from(edit != Edit::Insertion);
            hypothesis_idx += usize::from(edit != Edit::Deletion);
        }
        Comparison { reference, hypothesis, pairs }
    }

    /// Errors of all words.
    pub fn errors(&self) -> WordErrors {
        self.pairs.iter().map(|pair| pair.edit).collect()
    }

    /// Differences by class.
    pub fn classes(&self) -> ErrorClassCounts {
        let mut classes = ErrorClassCounts::default();
        for class in self.pairs.iter().filter_map(|pair| pair.class) {
            *classes.0.entry(class).or_default() += 1;
        }
        classes
    }

    /// The errors of each turn of the reference: of what one person says without another
    /// between, or of a segment where no speakers are known. An insertion counts where the
    /// token before it stands.
    pub(crate) fn errors_of_turns(&self) -> Vec<WordErrors> {
        let mut turns: Vec<WordErrors> = Vec::new();
        let mut last = None;
        for pair in &self.pairs {
            if let Some(token_idx) = pair.reference {
                let word = self.reference.word_of(token_idx);
                let turn = word.speaker.map_or((None, word.segment), |speaker| (Some(speaker), 0));
                // Insertions before the first word belong to its turn.
                if last.is_some_and(|last| last != turn) {
                    turns.push(WordErrors::default());
                }
                last = Some(turn);
            }
            if turns.is_empty() {
                turns.push(WordErrors::default());
            }
            let errors: WordErrors = [pair.edit].into_iter().collect();
            let turn = turns.last_mut().expect("there is one");
            *turn = *turn + errors;
        }
        turns
    }

    /// What each segment of the reference became, in order: all of both sides.
    pub fn passages(&self) -> Vec<Passage> {
        let words = self.mark_words();
        let starts = segment_starts(&self.reference);
        let mut passages: Vec<Passage> = Vec::new();
        let mut hypothesis_end = 0;
        for (index, errors) in words.errors.iter().enumerate() {
            let start = starts.get(index).copied().unwrap_or(0);
            let end = starts.get(index + 1).copied().unwrap_or(words.reference.len());
            let hypothesis_start = hypothesis_end;
            let mut rest = words.hypothesis[hypothesis_start..].iter();
            hypothesis_end += rest
                .position(|(_, passage)| passage.is_some_and(|passage| passage > index))
                .unwrap_or(words.hypothesis.len() - hypothesis_start);
            let hypothesis_words = hypothesis_start..hypothesis_end;
            passages.push(self.passage(&words, *errors, start..end, hypothesis_words));
        }
        passages
    }

    /// The class of each word, and where it and the errors belong.
    fn mark_words(&self) -> MarkedWords {
        let starts = segment_starts(&self.reference);
        let passage_of = |word: usize| starts.partition_point(|start| *start <= word) - 1;
        let mut marked = MarkedWords {
            reference: vec![None; self.reference.words.len()],
            hypothesis: vec![(None, None); self.hypothesis.words.len()],
            errors: vec![0; starts.len().max(1)],
        };
        let mut passage = 0;
        for pair in &self.pairs {
            if let Some(token_idx) = pair.reference {
                let words = self.reference.tokens[token_idx].words.clone();
                passage = passage_of(words.start);
                for class in &mut marked.reference[words] {
                    *class = pair.class.max(*class);
                }
            }
            if let Some(token_idx) = pair.hypothesis {
                let words = self.hypothesis.tokens[token_idx].words.clone();
                for (class, its_passage) in &mut marked.hypothesis[words] {
                    *class = pair.class.max(*class);
                    *its_passage = its_passage.or(Some(passage));
                }
            }
            marked.errors[passage] += u64::from(pair.edit != Edit::Match);
        }
        marked
    }

    /// The passage of some words of each side.
    fn passage(
        &self,
        marked: &MarkedWords,
        errors: u64,
        reference_words: Range<usize>,
        hypothesis_words: Range<usize>,
    ) -> Passage {
        let span = |side: &TokenizedTranscript<'_>, words: &Range<usize>| {
            let first =
                side.words.get(words.start).filter(|_| side.is_timed && !words.is_empty())?;
            Span::new(first.word.span.start(), side.words[words.end - 1].word.span.end())
        };
        let written = |side: &TokenizedTranscript<'_>, word_idx: usize, class| PassageWord {
            text: side.words[word_idx].word.text.clone(),
            before: side.words[word_idx].word.gap.as_str(),
            class,
        };
        Passage {
            span: span(&self.reference, &reference_words)
                .or(span(&self.hypothesis, &hypothesis_words)),
            errors,
            reference: reference_words
                .map(|word| written(&self.reference, word, marked.reference[word]))
                .collect(),
            hypothesis: hypothesis_words
                .map(|word| written(&self.hypothesis, word, marked.hypothesis[word].0))
                .collect(),
        }
    }
}

/// What [`Comparison::passages`] knows of each word.
struct MarkedWords {
    /// The worst class of each word of the reference.
    reference: Vec<Option<ErrorClass>>,
    /// The same of the hypothesis, and the passage that the word is in; `None` for a word
    /// without tokens.
    hypothesis: Vec<(Option<ErrorClass>, Option<usize>)>,
    /// Word errors of each passage.
    errors: Vec<u64>,
}

/// What one segment of the reference became.
#[derive(Debug, Clone)]
pub struct Passage {
    /// When it is spoken; from the hypothesis where only that has times.
    pub span: Option<Span>,
    /// Word errors in it.
    pub errors: u64,
    /// Written words of the reference.
    pub reference: Vec<PassageWord>,
    /// Written words of the hypothesis.
    pub hypothesis: Vec<PassageWord>,
}

/// A written word and its difference, if any.
#[derive(Debug, Clone)]
pub struct PassageWord {
    /// As it is written.
    pub text: String,
    /// What stands before it, but for the first of a passage.
    pub before: &'static str,
    /// The worst class of its tokens.
    pub class: Option<ErrorClass>,
}

/// The first word of each segment that has some.
fn segment_starts(side: &TokenizedTranscript<'_>) -> Vec<usize> {
    let segment = |word_idx: usize| side.words[word_idx].segment;
    (0..side.words.len())
        .filter(|&word_idx| word_idx == 0 || segment(word_idx) != segment(word_idx - 1))
        .collect()
}

/// In which way equal tokens are written differently, if they are.
fn forgiven_class(
    reference: &TokenizedTranscript<'_>,
    reference_idx: usize,
    hypothesis: &TokenizedTranscript<'_>,
    hypothesis_idx: usize,
) -> Option<ErrorClass> {
    let token = &reference.tokens[reference_idx];
    let counterpart = &hypothesis.tokens[hypothesis_idx];
    let written = |side: &TokenizedTranscript<'_>, words: &Range<usize>| -> String {
        let letters = side.words[words.clone()].iter().flat_map(|word| word.word.text.chars());
        let kept = letters.filter(|letter| letter.is_alphanumeric() || *letter == '%');
        kept.flat_map(char::to_lowercase).collect()
    };
    let is_number = token.text.starts_with(|first: char| first.is_ascii_digit() || first == '%')
        && reference.begins_word(reference_idx);
    if is_number && written(reference, &token.words) != written(hypothesis, &counterpart.words) {
        return Some(ErrorClass::NumberForm);
    }
    let differs = token.is_capital != counterpart.is_capital
        || reference.punctuation_after(reference_idx)
            != hypothesis.punctuation_after(hypothesis_idx);
    differs.then_some(ErrorClass::PunctuationAndCase)
}

/// What an editor of clean text leaves out, beside hesitations, which never count. Wider than what
/// our own pages hide (`text::verbatim`): it explains what editors did, and hides nothing.
pub(super) const FILLERS: &[&str] =
    &["ah", "oh", "eh", "hé", "bah", "ben", "hein", "bon", "voilà", "donc", "alors", "quoi"];

/// The same in two words.
pub(super) const FILLER_PAIRS: &[[&str; 2]] = &[["du", "coup"], ["en", "fait"]];

/// Whether an editor would leave out token `token_idx`: a filler, or a word twice in a row.
fn is_disfluency(hypothesis: &TokenizedTranscript<'_>, token_idx: usize) -> bool {
    let text = |idx: usize| hypothesis.tokens.get(idx).map(|token| token.text.as_str());
    let this = text(token_idx).unwrap_or_default();
    let previous = token_idx.checked_sub(1).and_then(text);
    let next = text(token_idx + 1);
    let is_pair = FILLER_PAIRS.iter().any(|[first, second]| {
        (this == *first && next == Some(second)) || (this == *second && previous == Some(first))
    });
    is_pair || FILLERS.contains(&this) || previous == Some(this) || next == Some(this)
}

/// Whether an editor writes token `token_idx` where nobody speaks it: « ne », the « il » of
/// « il y a ».
fn is_editors_addition(reference: &TokenizedTranscript<'_>, token_idx: usize) -> bool {
    let text = |idx: usize| reference.tokens.get(idx).map(|token| token.text.as_str());
    matches!(text(token_idx), Some("ne" | "n"))
        || (text(token_idx) == Some("il") && text(token_idx + 1) == Some("y"))
}
