//! Names and terms of a show, spelt as their owners spell them.
//!
//! It is what most improves a page: « sec num cloud » becomes SecNumCloud. It must not
//! touch what is only similar: whole words are compared, never parts of them, and a
//! misspelling that is common French is refused.

mod pattern;

use super::{insertions, word};
use crate::base::{
    common_words::is_common,
    show::Term,
    speech::Word,
    transcript::{Change, Rule, Transcript, is_event},
};
use pattern::{Case, Pattern, is_safe_in_any_case};
use std::collections::{BTreeMap, HashMap};

/// The spellings of a show, ready to be looked for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Lexicon {
    /// By their first word, in lower case; those of more words first.
    patterns: BTreeMap<String, Vec<Pattern>>,
    /// Words of forms, and what is added behind them where they are said first.
    pub(super) inserts: Vec<(Vec<String>, String)>,
}

/// Why entries make no lexicon.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LexiconError {
    /// It would change what people say every day.
    #[error(
        "lexicon entry `{form}`: its variant `{variant}` is common French: it would be changed where it is meant, too"
    )]
    Common {
        /// Spelling of the entry.
        form: String,
        /// The variant.
        variant: String,
    },
    /// There is nothing to look for.
    #[error("lexicon entry `{form}`: its variant `{variant}` has no letter")]
    Blank {
        /// Spelling of the entry.
        form: String,
        /// The variant.
        variant: String,
    },
    /// Readers would take it for what was said.
    #[error("lexicon entry `{form}`: its insert `{insert}` is not in brackets, like `[texte]`")]
    Insert {
        /// Spelling of the entry.
        form: String,
        /// What would be added.
        insert: String,
    },
    /// Two entries would turn each other's words into theirs.
    #[error("lexicon entry `{form}`: its variant `{variant}` is an entry itself")]
    Entry {
        /// Spelling of the entry.
        form: String,
        /// The variant.
        variant: String,
    },
}

impl Lexicon {
    /// The lexicon of nobody: it changes nothing.
    pub(crate) const EMPTY: Lexicon = Lexicon { patterns: BTreeMap::new(), inserts: Vec::new() };

    /// The lexicon of `terms`.
    ///
    /// An entry also means its own form in another case, if it is not all lower case and
    /// could be nothing else: « secnumcloud » is SecNumCloud, but « orange » is not Orange.
    /// A variant means itself in any case, because recognisers write capitals at random; one
    /// word that is given with a capital only means words that have one, and one of two letters
    /// only what is given.
    ///
    /// ```
    /// use voixoff::{base::show::Term, text::lexicon::Lexicon};
    ///
    /// let term = Term { variants: vec!["sec num cloud".into()], ..Term::new("SecNumCloud") };
    /// assert!(Lexicon::new(&[term]).is_ok());
    /// let common = Term { variants: vec!["bonjour".into()], ..Term::new("Bonnard") };
    /// assert!(Lexicon::new(&[common]).is_err());
    /// ```
    ///
    /// # Errors
    /// [`LexiconError`] for a variant that is one common word or several (letters that are spelt
    /// out apart), that has no
    /// letter, or that is another entry, in whatever case.
    pub fn new(terms: &[Term]) -> Result<Lexicon, LexiconError> {
        let mut lexicon = Lexicon::EMPTY;
        let lower = |words: &[String]| words.join(" ").to_lowercase();
        let forms: Vec<(String, Vec<String>)> =
            terms.iter().map(|term| (term.form.trim().to_owned(), words(&term.form))).collect();
        // How many entries are the same in whatever case.
        let mut n_entries: HashMap<String, usize> = HashMap::new();
        for (_, words) in &forms {
            *n_entries.entry(lower(words)).or_default() += 1;
        }
        for (term, (form, form_words)) in terms.iter().zip(&forms) {
            if form_words.is_empty() {
                continue;
            }
            let is_alone = |words: &[String]| n_entries.get(&lower(words)) == Some(&1);
            // What begins or ends with its variant must be known before that is, or it grows.
            let contains = |variant: &String| {
                let found = words(variant);
                !found.is_empty()
                    && form_words.windows(found.len()).any(|part| lower(part) == lower(&found))
            };
            let is_any = is_safe_in_any_case(form_words) || term.variants.iter().any(contains);
            let case = if is_any && is_alone(form_words) { Case::Any } else { Case::Given };
            lexicon.insert(form_words.clone(), form_words, case);
            let added = term.insert.split_whitespace().collect::<Vec<_>>().join(" ");
            if !added.is_empty() {
                if !is_event(&added) {
                    let (form, insert) = (form.clone(), added);
                    return Err(LexiconError::Insert { form, insert });
                }
                lexicon.inserts.push((form_words.clone(), added));
            }
            for variant in &term.variants {
                let found = words(variant);
                let (form, variant) = (form.clone(), variant.clone());
                if found.is_empty() {
                    return Err(LexiconError::Blank { form, variant });
                }
                let is_spelt_out =
                    found.len() > 2 && found.iter().all(|word| word.chars().count() == 1);
                if !is_spelt_out && found.iter().all(|word| is_common(&word.to_lowercase())) {
                    return Err(LexiconError::Common { form, variant });
                }
                let is_own = lower(&found) == lower(form_words);
                if !is_own && n_entries.contains_key(&lower(&found)) {
                    return Err(LexiconError::Entry { form, variant });
                }
                let case = Case::of_variant(&found);
                lexicon.insert(found, form_words, case);
            }
        }
        Ok(lexicon)
    }

    fn insert(&mut self, words: Vec<String>, form: &[String], case: Case) {
        let patterns = self.patterns.entry(words[0].to_lowercase()).or_default();
        patterns.push(Pattern { words, form: form.to_vec(), case });
        patterns.sort_by_key(|pattern| std::cmp::Reverse(pattern.words.len()));
    }

    /// Whether `word`, without marks, is part of an entry's form.
    pub(super) fn has(&self, word: &str) -> bool {
        let forms = self.patterns.values().flatten().map(|pattern| &pattern.form);
        forms.flatten().any(|known| known == word)
    }

    /// The words of all forms.
    pub(super) fn words_of_forms(&self) -> impl Iterator<Item = &str> {
        let forms = self.patterns.values().flatten().flat_map(|pattern| &pattern.form);
        forms.map(String::as_str)
    }

    /// Writes the entries of the lexicon where its variants are shown in `transcript`.
    pub(super) fn apply(&self, transcript: &mut Transcript) {
        if self.patterns.is_empty() {
            return;
        }
        let Transcript { segments, changes, .. } = transcript;
        for segment in segments {
            let mut at = 0;
            while at < segment.words.len() {
                let Some((n_words, respelt)) = self.find(&segment.words, at) else {
                    at += 1;
                    continue;
                };
                let n_respelt = respelt.len();
                let old: Vec<Word> =
                    segment.words.splice(at..at + n_words, respelt.iter().cloned()).collect();
                let (before, after) = (word::joined(&old), word::joined(&respelt));
                if before != after {
                    let at = old[0].span.start();
                    changes.push(Change { rule: Rule::Lexicon, at, before, after });
                }
                at += n_respelt;
            }
        }
        insertions::add(transcript, &self.inserts);
    }

    /// The longest entry that begins with the word at `at`: how many words it takes, and
    /// what they become.
    fn find(&self, words: &[Word], at: usize) -> Option<(usize, Vec<Word>)> {
        let parts = word::parts(&words[at].text);
        let whole = format!("{}{}", parts.elided, parts.core);
        // An entry may begin with what looks elided: « L'Humanité ».
        let starts = [(parts.elided, parts.core.to_owned()), ("", whole)];
        let starts = &starts[usize::from(parts.elided.is_empty())..];
        for (elided, first) in starts {
            for pattern in self.patterns.get(&first.to_lowercase()).into_iter().flatten() {
                let end = at + pattern.words.len();
                let Some(found) = words.get(at..end) else { continue };
                let Some(is_raised) = pattern.matches(&words[..at], found, first) else {
                    continue;
                };
                let texts = pattern.written(found, elided, is_raised);
                return Some((found.len(), word::respelt(found, &texts)?));
            }
        }
        None
    }
}

/// The words of a spelling, without marks around them.
fn words(text: &str) -> Vec<String> {
    let whole = |word| {
        let word::Parts { elided, core, .. } = word::parts(word);
        format!("{elided}{core}")
    };
    text.split_whitespace().map(whole).filter(|word| !word.is_empty()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::word::tests::{changes, shown, transcript};

    #[test]
    fn several_words_become_one_with_their_whole_time() {
        let mut transcript = transcript(&["0 le sec num cloud, oui"]);
        lexicon().apply(&mut transcript);
        assert_eq!(shown(&transcript), "le SecNumCloud, oui");
        assert_eq!(changes(&transcript), ["sec num cloud, → SecNumCloud,"]);
        let span = transcript.segments[0].words[1].span;
        assert_eq!((span.start().as_millis(), span.end().as_millis()), (300, 1_100));
    }

    #[test]
    fn one_word_may_become_several() {
        check("au Healthdatahub.", "au Health Data Hub.");
    }

    #[test]
    fn what_is_elided_and_the_marks_around_stay() {
        check("de l'enci et d’enci,", "de l'ANSSI et d’ANSSI,");
        check("«\u{a0}Secnumcloud\u{a0}» !", "«\u{a0}SecNumCloud\u{a0}» !");
    }

    #[test]
    fn a_form_means_itself_in_another_case_where_it_can_be_nothing_else() {
        check("secnumcloud et SECNUMCLOUD", "SecNumCloud et SecNumCloud");
        check("health data hub", "Health Data Hub");
        check("une orange", "une orange");
    }

    #[test]
    fn a_plural_a_part_and_other_words_are_not_touched() {
        check("des secnumclouds", "des secnumclouds");
        check("le sec num, cloud", "le sec num, cloud");
        check("pré-secnumcloud", "pré-secnumcloud");
    }

    #[test]
    fn a_capital_of_a_sentence_stays() {
        check("Logicielle libre et logicielle libre", "Logiciel libre et logiciel libre");
        check("Sec num cloud", "SecNumCloud");
        check(
            "Oui. Logicielle libre. Du Logicielle libre",
            "Oui. Logiciel libre. Du logiciel libre",
        );
        check("Logiciel libre, le Logiciel libre", "Logiciel libre, le Logiciel libre");
    }

    #[test]
    fn a_variant_is_meant_in_any_case() {
        let terms = [
            term("ELSE Data Hub", &["else data hub"]),
            term("Aurange", &["Orange"]),
            term("ONF", &["AF"]),
        ];
        let lexicon = Lexicon::new(&terms).unwrap();
        for (text, expected) in [
            ("le ELSE data hub, le else Data Hub", "le ELSE Data Hub, le ELSE Data Hub"),
            ("Else Data hub", "ELSE Data Hub"),
            ("chez Orange, ORANGE et une orange", "chez Aurange, Aurange et une orange"),
            ("AF, af", "ONF, af"),
        ] {
            let mut transcript = transcript(&[&format!("0 {text}")]);
            lexicon.apply(&mut transcript);
            assert_eq!(shown(&transcript), expected);
        }
    }

    #[test]
    fn a_form_that_contains_its_variant_does_not_grow() {
        check("le Data Hub, le Health Data Hub", "le Health Data Hub, le Health Data Hub");
        check("le health DATA hub, le data HUB", "le Health Data Hub, le Health Data Hub");
        check("au Labo Libre du Son, ce Labo Libre", "au labo libre du son, ce labo libre du son");
    }

    #[test]
    fn a_variant_that_is_common_blank_or_an_entry_is_refused() {
        let refused = |form: &str, variant: &str| {
            let terms = [term(form, &[variant]), term("Autrui", &[])];
            Lexicon::new(&terms).unwrap_err().to_string()
        };
        assert_eq!(
            refused("Laporte", "la porte"),
            "lexicon entry `Laporte`: its variant `la porte` is common French: it would be changed where it is meant, too"
        );
        assert_eq!(refused("A", " ?"), "lexicon entry `A`: its variant ` ?` has no letter");
        for variant in ["Autrui", "autrui"] {
            assert_eq!(
                refused("A", variant),
                format!("lexicon entry `A`: its variant `{variant}` is an entry itself")
            );
        }
    }

    fn term(form: &str, variants: &[&str]) -> Term {
        let variants = variants.iter().map(|&variant| variant.to_owned()).collect();
        Term { variants, ..Term::new(form) }
    }

    fn lexicon() -> Lexicon {
        let terms = [
            term("SecNumCloud", &["sec num cloud", "Secnumcloud"]),
            term("Health Data Hub", &["Healthdatahub", "Data Hub"]),
            term("ANSSI", &["enci"]),
            term("logiciel libre", &["logicielle libre"]),
            term("labo libre du son", &["labo Libre"]),
            term("Orange", &[]),
        ];
        Lexicon::new(&terms).unwrap()
    }

    #[track_caller]
    fn check(text: &str, expected: &str) {
        let mut transcript = transcript(&[&format!("0 {text}")]);
        lexicon().apply(&mut transcript);
        assert_eq!(shown(&transcript), expected);
        let once = transcript.clone();
        lexicon().apply(&mut transcript);
        assert_eq!(transcript, once);
    }
}
