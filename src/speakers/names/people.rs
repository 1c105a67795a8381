//! Who is named: the people whom mentions are of.
//!
//! A name said in several misspellings is one person, spelt as the feed or the profile has it, else
//! as it is written most often.

use super::{
    first_names::is_first_name,
    mentions::{Mention, PARTICLES, Part, capitals, is_persons},
    spellings::Spelling,
    talk::{Block, Token, folded},
};

/// Somebody who is named.
#[derive(Debug)]
pub(super) struct Person {
    /// As readers see it.
    pub(super) name: String,
    /// Whether the feed, the profile or the gallery has the name.
    pub(super) is_known: bool,
    /// Whether they are heard in the show as a rule, or in the episode by its publisher's word.
    pub(super) is_expected: bool,
    /// Whether the first name is one of the list.
    is_listed: bool,
    first: Spelling,
    last: Spelling,
    /// How often each spelling is said.
    spellings: Vec<(String, usize)>,
}

impl Person {
    /// Somebody whose name is spelt so.
    pub(super) fn known(name: &str, is_expected: bool) -> Option<Person> {
        let keys: Vec<String> = parts(name).map(folded).filter(|key| !key.is_empty()).collect();
        let is_person = (2..=6).contains(&keys.len());
        is_person.then(|| Person {
            name: name.trim().to_owned(),
            is_known: true,
            is_expected,
            is_listed: is_first_name(&keys[0]),
            first: Spelling::of(&keys[0]),
            last: Spelling::of(&keys[1..].concat()),
            spellings: Vec::new(),
        })
    }

    /// How many tokens from `at` on are this name, perhaps misspelt; `None` where they are not.
    pub(super) fn said_at(&self, tokens: &[Token], at: usize) -> Option<usize> {
        let first = &tokens[at];
        if !first.spelling.begins_like(&self.first)
            || first.mark.is_some_and(|mark| mark != '\'')
            || !self.may_be_first(&first.spelling, is_first_name(&first.key))
        {
            return None;
        }
        (2..=5).find(|&n| {
            let Some(said) = tokens.get(at + 1..at + n) else { return false };
            let ends = said[..n - 2].iter().all(|token| matches!(token.mark, None | Some('\'')));
            let keys: Vec<String> = said.iter().map(|token| token.key.clone()).collect();
            ends && self.has_surname(&keys.concat())
        })
    }

    /// Whether `first`, which is a listed one or not, is their first name, perhaps misspelt. Clara
    /// is not Claire, whatever is near in letters.
    fn is_first(&self, first: &Spelling, is_listed: bool) -> bool {
        first.is_like(&self.first, self.is_known)
            && (*first == self.first
                || first.sounds_like(&self.first)
                || !(is_listed && self.is_listed))
    }

    /// The same beside their surname: of somebody who is expected, « Alan » is Alain.
    fn may_be_first(&self, first: &Spelling, is_listed: bool) -> bool {
        self.is_first(first, is_listed && !self.is_expected)
    }

    /// Whether this person's first name is `first`.
    pub(super) fn has_first_name(&self, first: &str) -> bool {
        self.is_first(&Spelling::of(first), is_first_name(first))
    }

    /// Whether this person's surname is `last`.
    pub(super) fn has_surname(&self, last: &str) -> bool {
        Spelling::of(last).is_like(&self.last, self.is_known)
    }
}

/// The parts of a name: words, and what stands behind an apostrophe.
fn parts(name: &str) -> impl Iterator<Item = &str> {
    name.split([' ', '\u{a0}', '\'', '’', '_'])
}

/// Adds what `mention` says of `block` to `people`: the person it names, by place in the list; of a
/// part of a name none is added.
pub(super) fn add(people: &mut Vec<Person>, block: &Block, mention: &Mention) -> Option<usize> {
    if mention.part != Part::Full {
        return None;
    }
    let tokens = &block.tokens[mention.tokens.clone()];
    let keys: Vec<String> = tokens.iter().map(|token| token.key.clone()).collect();
    let is_listed = is_first_name(&keys[0]);
    let (first, last) = (Spelling::of(&keys[0]), Spelling::of(&keys[1..].concat()));
    let spelling = spelling(tokens);
    let found = people.iter().position(|person| {
        person.may_be_first(&first, is_listed) && last.is_like(&person.last, person.is_known)
    });
    let found = found.unwrap_or_else(|| {
        let name = spelling.clone();
        people.push(Person {
            name,
            is_known: false,
            is_expected: false,
            is_listed,
            first,
            last,
            spellings: Vec::new(),
        });
        people.len() - 1
    });
    let person = &mut people[found];
    match person.spellings.iter_mut().find(|(text, _)| *text == spelling) {
        Some((_, n)) => *n += 1,
        None => person.spellings.push((spelling, 1)),
    }
    if !person.is_known {
        // The first of those that are as frequent.
        let most = person.spellings.iter().rev().max_by_key(|(_, n)| *n);
        person.name = most.map_or_else(String::new, |(text, _)| text.clone());
    }
    Some(found)
}

/// A name as its tokens are spelt, with capitals.
fn spelling(tokens: &[Token]) -> String {
    let mut text = String::new();
    for (idx, token) in tokens.iter().enumerate() {
        let leans = text.is_empty() || text.ends_with('’');
        text.push_str(if leans { "" } else { " " });
        let is_particle = idx > 0 && PARTICLES.contains(&&*token.key);
        text.push_str(&if is_particle { token.text.clone() } else { with_capitals(&token.text) });
        if token.mark == Some('\'') {
            text.push('’');
        }
    }
    text
}

/// « jean-michel » with the capitals of a name.
pub(super) fn with_capitals(text: &str) -> String {
    let mut capital = true;
    let letter = |letter: char| {
        let is_first = std::mem::replace(&mut capital, letter == '-');
        if is_first { letter.to_uppercase().collect::<String>() } else { letter.to_string() }
    };
    text.chars().map(letter).collect()
}

/// The names that a title or a note has: first names that are known, with what follows them.
pub(super) fn written_in(text: &str) -> Vec<String> {
    let words: Vec<&str> = text.split_whitespace().collect();
    let token = |(idx, word): (usize, &&str)| {
        let bare = word.trim_matches(|c: char| !c.is_alphanumeric());
        let next = words.get(idx + 1).and_then(|next| next.chars().next());
        let is_mark = |c: &char| !c.is_alphanumeric();
        let mark = word.chars().last().filter(is_mark).or(next.filter(is_mark));
        let key = folded(bare);
        Token {
            text: bare.to_owned(),
            spelling: Spelling::of(&key),
            key,
            at: Default::default(),
            opens: false,
            mark,
            is_quoted: false,
        }
    };
    let tokens: Vec<Token> = words.iter().enumerate().map(token).collect();
    let mut names = Vec::new();
    let mut at = 0;
    while at < tokens.len() {
        let n = if tokens[at].is_capital() && is_first_name(&tokens[at].key) {
            capitals(&tokens, at)
        } else {
            1
        };
        if n > 1 && is_persons(&tokens[at..at + n]) {
            names.push(spelling(&tokens[at..at + n]));
        }
        at += n;
    }
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_first_name_that_is_another_is_another_person() {
        let person = Person::known("Claire Le Goff", true).unwrap();
        assert!(person.has_first_name("clere") && person.has_surname("legof"));
        assert!(!person.has_first_name("clara"));
        assert!(Person::known("Claire", true).is_none());
    }

    #[test]
    fn a_title_gives_its_people_and_not_its_houses() {
        assert_eq!(written_in("Avec Hugo Petit Paris, sur France Info"), ["Hugo Petit"]);
        let text = "Microsoft et les données, avec Alain Garnier et Jean-Michel de La Borde (France Culture)";
        assert_eq!(written_in(text), ["Alain Garnier", "Jean-Michel de La Borde"]);
        assert!(written_in("La place de la Concorde, à Paris").is_empty());
    }
}
