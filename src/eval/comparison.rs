//! A hypothesis beside its reference, token by token: what differs, and of what kind.

use super::{
    align::{Step, align},
    said::Said,
    words::WordErrors,
};
use crate::base::time::Span;
use std::{
    collections::BTreeMap,
    ops::{AddAssign, Range},
};

/// How near a reference stays to what was said.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Style {
    /// An editor left out hesitations and repetitions, and wrote « ne » where nobody said it.
    #[default]
    Clean,
    /// Every word.
    Verbatim,
}

impl Style {
    /// Its name in every report.
    pub fn name(self) -> &'static str {
        match self {
            Style::Clean => "clean",
            Style::Verbatim => "verbatim",
        }
    }
}

/// Of what kind a difference is, from the least to the most severe. The first two are no word
/// errors: the normalisation forgives them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Class {
    /// The same word with another mark behind it, or with and without a capital.
    PunctuationAndCase,
    /// The same number, written in another way.
    NumberForm,
    /// Said, and left out by the editor of the reference; or written by the editor alone.
    Editor,
    /// A name of the reference that the hypothesis does not have.
    ProperNoun,
    /// What is left.
    Real,
}

impl Class {
    /// All of them, in order.
    pub const ALL: [Class; 5] = [
        Class::PunctuationAndCase,
        Class::NumberForm,
        Class::Editor,
        Class::ProperNoun,
        Class::Real,
    ];

    /// Its name in every report.
    pub fn name(self) -> &'static str {
        match self {
            Class::PunctuationAndCase => "punctuation_and_case",
            Class::NumberForm => "number_form",
            Class::Editor => "removed_by_editor",
            Class::ProperNoun => "proper_noun",
            Class::Real => "real",
        }
    }
}

/// How many differences there are of each class; classes without any have no entry.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Classes(BTreeMap<Class, u64>);

impl Classes {
    /// How many of `class`.
    pub fn of(&self, class: Class) -> u64 {
        self.0.get(&class).copied().unwrap_or(0)
    }
}

impl AddAssign<&Classes> for Classes {
    fn add_assign(&mut self, other: &Classes) {
        other.0.iter().for_each(|(class, count)| *self.0.entry(*class).or_default() += count);
    }
}

/// A step and the tokens that it stands on, by their places on each side.
#[derive(Debug, Clone, Copy)]
pub struct Pair {
    /// What it does.
    pub step: Step,
    /// `None` of an insertion.
    pub reference: Option<usize>,
    /// `None` of a deletion.
    pub hypothesis: Option<usize>,
    /// `None` where nothing differs.
    pub class: Option<Class>,
}

/// Both sides, aligned.
pub struct Comparison<'a> {
    /// What was said.
    pub reference: Said<'a>,
    /// What was heard.
    pub hypothesis: Said<'a>,
    /// From start to end.
    pub pairs: Vec<Pair>,
}

impl<'a> Comparison<'a> {
    /// Aligns both by `fr-eval-v1`. `names` are tokens that count as proper nouns wherever
    /// they stand.
    pub fn new(
        reference: Said<'a>,
        hypothesis: Said<'a>,
        style: Style,
        names: &[String],
    ) -> Comparison<'a> {
        let (mut row, mut column) = (0, 0);
        let mut pairs = Vec::new();
        for step in align(&reference.texts(), &hypothesis.texts()) {
            let (at, other) = (row, column);
            row += usize::from(step != Step::Inserted);
            column += usize::from(step != Step::Deleted);
            let class = match step {
                Step::Same => forgiven(&reference, at, &hypothesis, other),
                Step::Inserted if style == Style::Clean && is_left_out(&hypothesis, other) => {
                    Some(Class::Editor)
                }
                Step::Deleted if style == Style::Clean && is_written_only(&reference, at) => {
                    Some(Class::Editor)
                }
                Step::Other | Step::Deleted if reference.is_name(at, names) => {
                    Some(Class::ProperNoun)
                }
                _ => Some(Class::Real),
            };
            let reference = (step != Step::Inserted).then_some(at);
            let hypothesis = (step != Step::Deleted).then_some(other);
            pairs.push(Pair { step, reference, hypothesis, class });
        }
        Comparison { reference, hypothesis, pairs }
    }

    /// Errors of all words.
    pub fn errors(&self) -> WordErrors {
        self.pairs.iter().map(|pair| pair.step).collect()
    }

    /// Differences by class.
    pub fn classes(&self) -> Classes {
        let mut classes = Classes::default();
        for class in self.pairs.iter().filter_map(|pair| pair.class) {
            *classes.0.entry(class).or_default() += 1;
        }
        classes
    }

    /// The errors of each turn of the reference: of what one person says without another
    /// between, or of a segment where nobody is told apart. An insertion counts where the
    /// token before it stands.
    pub fn errors_of_turns(&self) -> Vec<WordErrors> {
        let mut turns: Vec<WordErrors> = Vec::new();
        let mut last = None;
        for pair in &self.pairs {
            if let Some(at) = pair.reference {
                let word = self.reference.word_of(at);
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
            let errors: WordErrors = [pair.step].into_iter().collect();
            let turn = turns.last_mut().expect("there is one");
            *turn = *turn + errors;
        }
        turns
    }

    /// What each segment of the reference became, in order: all of both sides.
    pub fn passages(&self) -> Vec<Passage> {
        let mut passages: Vec<Passage> = Vec::new();
        // Worst class of each word of a side, and the passage it is in.
        let mut said: Vec<Option<Class>> = vec![None; self.reference.words.len()];
        let mut heard: Vec<(Option<Class>, Option<usize>)> =
            vec![(None, None); self.hypothesis.words.len()];
        let starts = segment_starts(&self.reference);
        let passage_of = |word: usize| starts.partition_point(|start| *start <= word) - 1;
        let mut errors = vec![0; starts.len().max(1)];
        let mut passage = 0;
        for pair in &self.pairs {
            if let Some(at) = pair.reference {
                let words = self.reference.tokens[at].words.clone();
                passage = passage_of(words.start);
                said[words].iter_mut().for_each(|worst| *worst = pair.class.max(*worst));
            }
            if let Some(at) = pair.hypothesis {
                for word in &mut heard[self.hypothesis.tokens[at].words.clone()] {
                    *word = (pair.class.max(word.0), word.1.or(Some(passage)));
                }
            }
            errors[passage] += u64::from(pair.step != Step::Same);
        }
        let mut at = 0;
        for (index, errors) in errors.into_iter().enumerate() {
            let start = starts.get(index).copied().unwrap_or(0);
            let end = starts.get(index + 1).copied().unwrap_or(said.len());
            let first = at;
            while at < heard.len() && heard[at].1.is_none_or(|passage| passage <= index) {
                at += 1;
            }
            passages.push(Passage { errors, ..self.passage(start..end, &said, first..at, &heard) });
        }
        passages
    }

    fn passage(
        &self,
        said: Range<usize>,
        said_classes: &[Option<Class>],
        heard: Range<usize>,
        heard_classes: &[(Option<Class>, Option<usize>)],
    ) -> Passage {
        let span = |side: &Said<'_>, words: &Range<usize>| {
            let first =
                side.words.get(words.start).filter(|_| side.is_timed && !words.is_empty())?;
            Span::new(first.word.span.start(), side.words[words.end - 1].word.span.end())
        };
        let written = |side: &Said<'_>, at: usize, class| WordShown {
            text: side.words[at].word.text.clone(),
            before: side.words[at].word.gap.as_str(),
            class,
        };
        Passage {
            span: span(&self.reference, &said).or(span(&self.hypothesis, &heard)),
            errors: 0,
            reference: said.map(|at| written(&self.reference, at, said_classes[at])).collect(),
            hypothesis: heard
                .map(|at| written(&self.hypothesis, at, heard_classes[at].0))
                .collect(),
        }
    }
}

/// What one segment of the reference became.
#[derive(Debug, Clone)]
pub struct Passage {
    /// When it is said; that of the hypothesis where only that has times.
    pub span: Option<Span>,
    /// Word errors in it.
    pub errors: u64,
    /// Written words of the reference.
    pub reference: Vec<WordShown>,
    /// Written words of the hypothesis.
    pub hypothesis: Vec<WordShown>,
}

/// A written word and what is the matter with it.
#[derive(Debug, Clone)]
pub struct WordShown {
    /// As it is written.
    pub text: String,
    /// What stands before it, but for the first of a passage.
    pub before: &'static str,
    /// The worst class of its tokens.
    pub class: Option<Class>,
}

/// The first word of each segment that has some.
fn segment_starts(said: &Said<'_>) -> Vec<usize> {
    let segment = |at: usize| said.words[at].segment;
    (0..said.words.len()).filter(|&at| at == 0 || segment(at) != segment(at - 1)).collect()
}

/// How the same token is written in another way, if it is.
fn forgiven(said: &Said<'_>, at: usize, heard: &Said<'_>, other: usize) -> Option<Class> {
    let (one, two) = (&said.tokens[at], &heard.tokens[other]);
    let written = |side: &Said<'_>, words: &Range<usize>| -> String {
        let words = side.words[words.clone()].iter().flat_map(|said| said.word.text.chars());
        let kept = words.filter(|letter| letter.is_alphanumeric() || *letter == '%');
        kept.flat_map(char::to_lowercase).collect()
    };
    let is_number = one.text.starts_with(|first: char| first.is_ascii_digit() || first == '%')
        && said.begins_word(at);
    if is_number && written(said, &one.words) != written(heard, &two.words) {
        return Some(Class::NumberForm);
    }
    let differs =
        one.is_capital != two.is_capital || said.mark_behind(at) != heard.mark_behind(other);
    differs.then_some(Class::PunctuationAndCase)
}

/// What an editor of clean text leaves out, beside hesitations, which never count.
pub(super) const FILLERS: &[&str] =
    &["ah", "oh", "eh", "hé", "bah", "ben", "hein", "bon", "voilà", "donc", "alors", "quoi"];

/// The same in two words.
pub(super) const FILLER_PAIRS: &[[&str; 2]] = &[["du", "coup"], ["en", "fait"]];

/// Whether an editor would leave token `at` out: a filler, or a word said twice in a row.
fn is_left_out(heard: &Said<'_>, at: usize) -> bool {
    let text = |at: usize| heard.tokens.get(at).map(|token| token.text.as_str());
    let this = text(at).unwrap_or_default();
    let (before, behind) = (at.checked_sub(1).and_then(text), text(at + 1));
    let is_pair = FILLER_PAIRS.iter().any(|[one, two]| {
        (this == *one && behind == Some(two)) || (this == *two && before == Some(one))
    });
    is_pair || FILLERS.contains(&this) || before == Some(this) || behind == Some(this)
}

/// Whether an editor writes token `at` where nobody says it: « ne », the « il » of « il y a ».
fn is_written_only(said: &Said<'_>, at: usize) -> bool {
    let text = |at: usize| said.tokens.get(at).map(|token| token.text.as_str());
    matches!(text(at), Some("ne" | "n")) || (text(at) == Some("il") && text(at + 1) == Some("y"))
}
