//! Words of a lexicon that are looked for, and in which case.

use crate::{
    base::{
        common_words::is_common,
        speech::{Word, ends_sentence},
    },
    text::word,
};

/// Words to look for, and what is written in their place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Pattern {
    /// Words as [`word::parts`] gives them, at least one.
    pub(super) words: Vec<String>,
    /// What they become.
    pub(super) form: Vec<String>,
    /// Which spellings of the words are meant.
    pub(super) case: Case,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Case {
    /// The one that is given, and the same with a capital.
    Given,
    /// Any that begins with a capital: « Orange » and « ORANGE », but an orange is a fruit.
    Capital,
    /// Any.
    Any,
}

impl Case {
    /// In which a variant is looked for.
    pub(super) fn of_variant(words: &[String]) -> Case {
        match words {
            [only] if only.chars().count() <= 2 => Case::Given,
            [only] if word::has_capital(only) => Case::Capital,
            _ => Case::Any,
        }
    }
}

impl Pattern {
    /// Whether `found`, behind the words of `before`, are the words of this pattern, the first of
    /// them without what is elided before it; then, whether the form needs a capital there.
    pub(super) fn matches(&self, before: &[Word], found: &[Word], first: &str) -> Option<bool> {
        let last = found.len() - 1;
        let mut texts = vec![first];
        for (idx, word) in found.iter().enumerate() {
            let parts = word::parts(&word.text);
            let is_open = idx == 0 || parts.before.is_empty() && parts.elided.is_empty();
            let is_closed = idx == last || parts.after.is_empty();
            if word.dropped.is_some() || !is_open || !is_closed {
                return None;
            }
            if idx > 0 {
                texts.push(parts.core);
            }
        }
        let has_capital = word::has_capital(first);
        let is_given = |skipped: usize| {
            texts.iter().zip(&self.words).skip(skipped).all(|(text, word)| text == word)
        };
        let is_same = || {
            let mut pairs = texts.iter().zip(&self.words);
            pairs.all(|(text, word)| text.to_lowercase() == word.to_lowercase())
        };
        let is_meant = match self.case {
            Case::Given => is_given(0) || is_given(1) && word::capitalised(&self.words[0]) == first,
            Case::Capital => has_capital && is_same(),
            Case::Any => is_same(),
        };
        // A hidden word before it may have left its capital there: then it is not the
        // capital of a name.
        let is_form = self.words == self.form;
        let is_lent = has_capital && before.last().is_some_and(|word| word.dropped.is_some());
        let is_name = !is_form && self.case != Case::Any && word::has_capital(&self.words[0]);
        let shown = before.iter().rev().find(|word| word.dropped.is_none());
        let begins = shown.is_none_or(|word| ends_sentence(&word.text));
        // A form that stands somewhere with a capital keeps it: it may be a title.
        let keeps = begins || is_form && self.case == Case::Given;
        let is_raised = has_capital && !word::has_capital(&self.form[0]) && keeps;
        (is_meant && !(is_lent && is_name)).then_some(is_raised)
    }

    /// The form, in the marks of the words that it replaces.
    pub(super) fn written(&self, found: &[Word], elided: &str, is_raised: bool) -> Vec<String> {
        let mut texts = self.form.clone();
        if is_raised {
            texts[0] = word::capitalised(&texts[0]);
        }
        let before = word::parts(&found[0].text).before;
        texts[0] = format!("{before}{elided}{}", texts[0]);
        let after = word::parts(&found[found.len() - 1].text).after;
        texts.last_mut().expect("a form has a word").push_str(after);
        texts
    }
}

/// Whether words in another case can only be this form: it has capitals, and is not a name
/// that is also a word of the language.
pub(super) fn is_safe_in_any_case(form: &[String]) -> bool {
    let has_capital = form.iter().any(|word| word.chars().any(char::is_uppercase));
    let lower = |word: &String| word.to_lowercase();
    let is_common = form.iter().all(|word| is_common(&lower(word)));
    let [only] = form else { return has_capital && !is_common };
    // « Orange » is an orange too; « OS » and « IA » are short enough to be anything.
    let has_inner_capital = only.chars().skip(1).any(char::is_uppercase);
    has_inner_capital && !is_common && only.chars().count() > 2
}
