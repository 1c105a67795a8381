//! Looking for words in all transcripts of an archive, without an index: each is read.

use super::{
    episodes::transcript,
    passages::{passages, words},
};
use crate::{
    base::{
        time::Time,
        transcript::{Date, Transcript},
    },
    episode::outputs::{Outputs, Unread},
};
use std::{sync::Mutex, thread};

/// What is looked for. The page of an archive understands it in the same way.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Query {
    /// Words that a passage has, in any order; of those that stand together, in theirs.
    terms: Vec<Term>,
    /// Words of the name of who says it.
    who: Vec<String>,
    /// Words of the title of the show.
    show: Vec<String>,
}

/// A word, or words within quotes.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Term {
    words: Vec<String>,
    /// Else longer words are found, too.
    is_exact: bool,
}

/// An episode in which something was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// Its files.
    pub outputs: Outputs,
    /// When it was published.
    pub date: Option<Date>,
    /// In order.
    pub passages: Vec<FoundPassage>,
}

/// A passage that has all that is looked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FoundPassage {
    /// When it begins; `None` where the transcript has no times.
    pub at: Option<Time>,
    /// Who speaks; empty where nobody is known.
    pub speaker: String,
    /// What is said: the sentences of the passage that have what is looked for.
    pub text: String,
}

/// Length from which a word finds longer ones.
const BEGINNING_MIN: usize = 3;

impl Query {
    /// What `text` asks for, said by `who` in `show`; these may be empty.
    ///
    /// ```
    /// use voixoff::archive::publish::Query;
    ///
    /// assert!(Query::new("", "", "Libre à vous !").is_empty());
    /// assert!(!Query::new("« logiciel libre »", "Garnier", "").is_empty());
    /// ```
    pub fn new(text: &str, who: &str, show: &str) -> Query {
        let mut terms = Vec::new();
        for (n, part) in text.split(['"', '«', '»', '“', '”']).enumerate() {
            let words = words(part);
            if n % 2 == 1 {
                let together = Some(Term { words, is_exact: true });
                terms.extend(together.filter(|term| !term.words.is_empty()));
            } else {
                terms.extend(words.into_iter().map(|word| {
                    let is_exact = word.chars().count() < BEGINNING_MIN;
                    Term { words: vec![word], is_exact }
                }));
            }
        }
        Query { terms, who: words(who), show: words(show) }
    }

    /// Whether it asks for nothing.
    pub fn is_empty(&self) -> bool {
        self.terms.is_empty() && self.who.is_empty()
    }

    fn is_said_in(&self, text: &str) -> bool {
        let said = words(text);
        self.terms.iter().all(|term| {
            said.windows(term.words.len()).any(|said| {
                said.iter().zip(&term.words).all(|(said, word)| match term.is_exact {
                    true => said == word,
                    false => said.starts_with(word.as_str()) || is_singular(said, word),
                })
            })
        })
    }
}

/// Whether `said` may be the singular of which `word` is the plural: « logiciel » of « logiciels »,
/// « journal » of « journaux ».
fn is_singular(said: &str, word: &str) -> bool {
    let of_s = word.strip_suffix(['s', 'x']).filter(|bare| bare.chars().count() >= BEGINNING_MIN);
    let stem = word.strip_suffix("aux").filter(|stem| !stem.is_empty());
    let of_al = || stem.and_then(|stem| said.strip_prefix(stem));
    of_s == Some(said) || of_al() == Some("al")
}

/// Whether each of `wanted` begins a word of `name`.
fn is_called(name: &str, wanted: &[String]) -> bool {
    let words = if wanted.is_empty() { Vec::new() } else { words(name) };
    wanted.iter().all(|wanted| words.iter().any(|word| word.starts_with(wanted.as_str())))
}

/// Those of `episodes` that answer `query`, the latest first; and of those that cannot be read,
/// why not.
pub fn search(episodes: &[Outputs], query: &Query) -> (Vec<Found>, Vec<Unread>) {
    let answers: Mutex<(Vec<Found>, Vec<_>)> = Mutex::default();
    let take = |some: &[Outputs]| {
        for outputs in some {
            let (transcript, problem) = transcript(outputs);
            let found = transcript.and_then(|transcript| look(outputs, &transcript, query));
            let Ok(mut answers) = answers.lock() else { return };
            answers.0.extend(found);
            answers.1.extend(problem.map(|reason| (outputs.clone(), reason)));
        }
    };
    let n_threads = thread::available_parallelism().map_or(1, usize::from);
    let n_each = episodes.len().div_ceil(n_threads).max(1);
    thread::scope(|scope| {
        for some in episodes.chunks(n_each) {
            let take = &take;
            scope.spawn(move || take(some));
        }
    });
    let (mut found, mut unread) = answers.into_inner().unwrap_or_default();
    found.sort_by(|one, other| (other.date, &one.outputs).cmp(&(one.date, &other.outputs)));
    unread.sort();
    (found, unread)
}

fn look(outputs: &Outputs, transcript: &Transcript, query: &Query) -> Option<Found> {
    if !is_called(&transcript.about.show, &query.show) {
        return None;
    }
    let passages = passages(transcript).into_iter();
    let passages = passages.filter(|passage| {
        is_called(passage.speaker.unwrap_or_default(), &query.who)
            && query.is_said_in(&passage.text)
    });
    let passages = passages.map(|passage| {
        // Who is looked for alone is shown with all that they say.
        let is_wanted = |text: &str| !query.terms.is_empty() && query.is_said_in(text);
        let (at, text) = passage.narrowed(is_wanted);
        FoundPassage {
            at: transcript.is_timed.then_some(at),
            speaker: passage.speaker.unwrap_or_default().to_owned(),
            text: text.to_owned(),
        }
    });
    let passages: Vec<FoundPassage> = passages.collect();
    let found = Found { outputs: outputs.clone(), date: transcript.about.date, passages };
    (!found.passages.is_empty()).then_some(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_found_without_accents_and_at_their_beginning() {
        let text = "Les logiciels libres, c’est l’été !";
        for (query, expected) in [
            ("LOGICIEL ete", true),
            ("\"logiciels libres\"", true),
            ("« libres logiciels »", false),
            ("\"logiciel libres\"", false),
            ("log", true),
            ("lo", false),
            ("étés", true),
            ("« étés »", false),
            ("étaux", false),
            ("ciels", false),
            ("logiciel hiver", false),
        ] {
            assert_eq!(Query::new(query, "", "").is_said_in(text), expected, "{query}");
        }
    }

    #[test]
    fn a_plural_finds_its_singular() {
        let text = "Le journal d’un réseau libre et un gaz.";
        for (query, expected) in
            [("journaux", true), ("réseaux libres", true), ("gazs", true), ("gars", false)]
        {
            assert_eq!(Query::new(query, "", "").is_said_in(text), expected, "{query}");
        }
    }

    #[test]
    fn a_person_is_found_by_a_part_of_the_name() {
        assert!(is_called("Étienne Gonnu", &words("gonnu")));
        assert!(is_called("", &[]) && !is_called("", &words("gonnu")));
    }
}
