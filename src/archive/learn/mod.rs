//! What an archive teaches of its show: the texts that people wrote or corrected, beside what the
//! recogniser heard in their place.
//!
//! Everything is made anew from what lies there, so what is taken away is forgotten.

mod ledger;

pub use ledger::{Ledger, TaughtVoice, VoiceChanges};

use crate::archive::sources::names::name;
use crate::base::{
    common_words,
    edit_distance::of_letters,
    speech::{Role, ends_sentence, letters},
    time::Time,
    transcript::{Change, NameKind, Rule, Transcript},
};
use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
};

/// So often a misspelling has to be met, or it has to be near its form and with a capital.
const MET_MIN: usize = 2;

/// Percent of letters that a misspelling met once has in common with its form.
const NEAR_MIN: usize = 60;

/// In so many episodes the announcer has to say a sentence.
const BOILERPLATE_MIN: usize = 2;

/// What was learned, and of how much.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Learned {
    /// Names and terms that the recogniser misspells.
    pub terms: Vec<LearnedTerm>,
    /// Who speaks, the longest first.
    pub people: Vec<LearnedPerson>,
    /// Sentences of the announcer, and the episodes in which they are said.
    pub boilerplate: Vec<(String, BTreeSet<String>)>,
}

/// A name or a term of pages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LearnedTerm {
    /// As pages have it.
    pub form: String,
    /// As it was heard, and how often, most often first.
    pub variants: Vec<(String, usize)>,
    /// Episodes in which it was.
    pub episodes: BTreeSet<String>,
}

/// Somebody whom pages name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LearnedPerson {
    /// As pages have it.
    pub name: String,
    /// What they do most often; `None` where nothing tells.
    pub role: Option<Role>,
    /// How long they speak.
    pub speech: Time,
    /// Episodes in which they do.
    pub episodes: BTreeSet<String>,
}

/// What `episodes`, by name, teach: those whose text is a person's.
pub fn learn<'a>(episodes: impl IntoIterator<Item = (&'a str, &'a Transcript)>) -> Learned {
    let mut lesson = Lesson::default();
    episodes.into_iter().for_each(|(name, transcript)| lesson.take(name, transcript));
    lesson.learned()
}

/// Where the description of each show lies, as seen from the archive: in the folder that all its episodes
/// are in, if no other show is there. `episodes` are their shows and their folders, seen from there too.
pub fn descriptions<'a>(
    episodes: impl IntoIterator<Item = (&'a str, &'a Path)>,
) -> BTreeMap<&'a str, PathBuf> {
    let mut folders: BTreeMap<&str, PathBuf> = BTreeMap::new();
    for (show, folder) in episodes {
        let common = folders.entry(show).or_insert_with(|| folder.to_owned());
        let both = common.components().zip(folder.components());
        *common = both.take_while(|(one, other)| one == other).map(|(one, _)| one).collect();
    }
    if folders.len() == 1 {
        return folders.into_keys().map(|show| (show, SHOW.into())).collect();
    }
    let is_alone = |show: &str, folder: &Path| {
        folders.iter().all(|(other, place)| *other == show || !place.starts_with(folder))
    };
    let place = |(show, folder): (&&'a str, &PathBuf)| {
        let name = match is_alone(show, folder) || show.is_empty() {
            true => SHOW.to_owned(),
            false => format!("{}.{SHOW}", name(show)),
        };
        (*show, folder.join(name))
    };
    folders.iter().map(place).collect()
}

/// The name of a description.
const SHOW: &str = "show.toml";

/// What is counted while episodes are read.
#[derive(Default)]
struct Lesson {
    /// How often each form was heard as what, and where.
    respelt: BTreeMap<String, BTreeMap<String, usize>>,
    episodes_of: BTreeMap<String, BTreeSet<String>>,
    /// Words that pages write with a capital inside a sentence.
    capitals: BTreeSet<String>,
    people: BTreeMap<String, LearnedPerson>,
    roles: BTreeMap<String, BTreeMap<Role, usize>>,
    /// Sentences of announcers, by their letters.
    announced: BTreeMap<String, (String, BTreeSet<String>)>,
}

impl Lesson {
    fn take(&mut self, name: &str, transcript: &Transcript) {
        self.take_capitals(transcript);
        let changes = transcript.changes.iter();
        for change in changes.filter(|change| change.rule == Rule::Page) {
            self.take_change(name, change);
        }
        for segment in transcript.segments.iter().filter(|segment| !segment.is_unsaid()) {
            let Some(speaker) = transcript.speaker_of(segment) else { continue };
            if speaker.role == Some(Role::VoixOff) || speaker.name.kind() == NameKind::VoixOff {
                let announced = self.announced.entry(letters(&segment.text()));
                let (_, episodes) = announced.or_insert_with(|| (segment.text(), BTreeSet::new()));
                episodes.insert(name.to_owned());
                continue;
            }
            let Some(person) = speaker.name.person() else { continue };
            let known = self.people.entry(person.to_owned()).or_insert_with(|| LearnedPerson {
                name: person.to_owned(),
                role: None,
                speech: Time::default(),
                episodes: BTreeSet::new(),
            });
            known.speech = known.speech.plus(Time::from_samples(segment.span.samples()));
            if known.episodes.insert(name.to_owned())
                && let Some(role) = speaker.role
            {
                *self.roles.entry(person.to_owned()).or_default().entry(role).or_default() += 1;
            }
        }
    }

    /// Notes the words with a capital that no sentence asks for.
    fn take_capitals(&mut self, transcript: &Transcript) {
        for segment in &transcript.segments {
            let mut begins = true;
            for word in &segment.words {
                let text = trimmed(&word.text);
                if !begins && text.starts_with(char::is_uppercase) {
                    self.capitals.insert(text.to_owned());
                }
                begins = ends_sentence(&word.text) || word.text.ends_with([':', '«']);
            }
        }
    }

    fn take_change(&mut self, episode: &str, change: &Change) {
        let (before, after) = (words(&change.before), words(&change.after));
        let (before, after) = without_common_ends(&before, &after);
        let after = without_links(after);
        let (form, variant) = (after.join(" "), before.join(" "));
        let is_name = |word: &&str| self.capitals.contains(*word) || n_capitals(word) > 1;
        let is_linked = |word: &&str| LINKS.contains(word);
        let is_form =
            after.iter().any(&is_name) && after.iter().all(|word| is_name(word) || is_linked(word));
        // A misspelling that is plain French would spoil what is right elsewhere.
        let is_plain = before.iter().all(|word| common_words::is_common(&word.to_lowercase()));
        if form.is_empty() || !is_form || is_plain || letters(&form) == letters(&variant) {
            return;
        }
        *self.respelt.entry(form.clone()).or_default().entry(variant).or_default() += 1;
        self.episodes_of.entry(form).or_default().insert(episode.to_owned());
    }

    fn learned(self) -> Learned {
        let Lesson { respelt, mut episodes_of, people, mut roles, announced, .. } = self;
        let term = |(form, heard): (String, BTreeMap<String, usize>)| {
            // Small letters may be a word that no list here has.
            let is_sure = |(variant, n_times): &(String, usize)| {
                let is_near = common_percent(&form, variant) >= NEAR_MIN;
                *n_times >= MET_MIN || (is_near && n_capitals(variant) > 0)
            };
            let mut variants: Vec<(String, usize)> = heard.into_iter().filter(is_sure).collect();
            variants.sort_by(|one, other| (other.1, &one.0).cmp(&(one.1, &other.0)));
            let episodes = episodes_of.remove(&form).unwrap_or_default();
            (!variants.is_empty()).then_some(LearnedTerm { form, variants, episodes })
        };
        let terms = respelt.into_iter().filter_map(term).collect();
        let person = |(name, person): (String, LearnedPerson)| {
            let counts = roles.remove(&name).unwrap_or_default();
            let role = counts.into_iter().max_by_key(|(_, n_times)| *n_times).map(|(role, _)| role);
            LearnedPerson { role, ..person }
        };
        let mut people: Vec<LearnedPerson> = people.into_iter().map(person).collect();
        people.sort_by(|one, other| (other.speech, &one.name).cmp(&(one.speech, &other.name)));
        let is_said = |episodes: &BTreeSet<String>| episodes.len() >= BOILERPLATE_MIN;
        let boilerplate =
            announced.into_values().filter(|(_, episodes)| is_said(episodes)).collect();
        Learned { terms, people, boilerplate }
    }
}

/// Small words inside names.
const LINKS: [&str; 9] = ["de", "du", "des", "la", "le", "les", "et", "d’", "l’"];

/// The words of `text` without marks at their ends.
fn words(text: &str) -> Vec<&str> {
    text.split_whitespace().map(trimmed).filter(|word| !word.is_empty()).collect()
}

fn trimmed(word: &str) -> &str {
    let word = word.trim_matches(|c: char| !c.is_alphanumeric());
    // « d’April » is about « April ».
    word.split_once(['’', '\'']).map_or(word, |(link, rest)| {
        if link.chars().count() <= 2 && !rest.is_empty() { rest } else { word }
    })
}

/// Both without the words that they have in common at their beginnings and ends.
fn without_common_ends<'a>(
    before: &'a [&'a str],
    after: &'a [&'a str],
) -> (&'a [&'a str], &'a [&'a str]) {
    let is_same = |(one, other): &(&&str, &&str)| letters(one) == letters(other);
    let n_first = before.iter().zip(after).take_while(is_same).count();
    let (before, after) = (&before[n_first..], &after[n_first..]);
    let n_last = before.iter().rev().zip(after.iter().rev()).take_while(is_same).count();
    (&before[..before.len() - n_last], &after[..after.len() - n_last])
}

/// `words` without small words at their ends: « la CNIL » is about the CNIL.
fn without_links<'a>(mut words: &'a [&'a str]) -> &'a [&'a str] {
    while let [first, rest @ ..] = words
        && LINKS.contains(first)
    {
        words = rest;
    }
    while let [rest @ .., last] = words
        && LINKS.contains(last)
    {
        words = rest;
    }
    words
}

fn n_capitals(word: &str) -> usize {
    word.chars().filter(|c| c.is_uppercase()).count()
}

/// Percent of letters that two spellings have in common.
fn common_percent(one: &str, other: &str) -> usize {
    let (one, other) = (letters(one), letters(other));
    let longest = one.chars().count().max(other.chars().count()).max(1);
    100 - of_letters(&one, &other).min(longest) * 100 / longest
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::{
        speech::{SpeakerId, Word},
        time::Span,
        transcript::{Opening, Segment, Speaker},
    };

    #[test]
    fn each_show_of_an_archive_has_its_own_description() {
        let places = |episodes: &[(&'static str, &'static str)]| {
            let episodes = episodes.iter().map(|(show, folder)| (*show, Path::new(*folder)));
            let places = descriptions(episodes).into_iter();
            places.map(|(show, path)| format!("{show}: {}", path.display())).collect::<Vec<_>>()
        };
        assert_eq!(places(&[("A", "a/1"), ("A", "a/2")]), ["A: show.toml"]);
        let both = places(&[("A", "a/1"), ("B", "b"), ("A", "a/2")]);
        assert_eq!(both, ["A: a/show.toml", "B: b/show.toml"]);
        let mixed = places(&[("A", ""), ("B : b", ""), ("", "")]);
        assert_eq!(mixed, [": show.toml", "A: A.show.toml", "B : b: B b.show.toml"]);
    }

    #[test]
    fn a_name_that_is_misheard_twice_or_nearly_right_is_learned() {
        let one = episode(
            "Nous recevons Alain Garnier d’April.",
            &[("Garamier", "Garnier"), ("avril", "d’April.")],
        );
        let two = episode("Voici Alain Garnier.", &[("cahier", "Garnier.")]);
        let learned = learn([("un", &one), ("deux", &two)]);
        let shown: Vec<_> =
            learned.terms.iter().map(|it| (it.form.as_str(), it.variants.clone())).collect();
        // « avril » is plain French, and « cahier » was heard once.
        assert_eq!(shown, [("Garnier", vec![("Garamier".to_owned(), 1)])]);
        let again = learn([("un", &one), ("deux", &two), ("trois", &two)]);
        assert_eq!(again.terms[0].variants.len(), 2);
    }

    #[test]
    fn what_is_no_name_is_not_learned() {
        let one =
            episode("Il mange la pomme. Paume de main.", &[("paume", "pomme"), ("pome", "Paume")]);
        assert_eq!(learn([("un", &one), ("deux", &one)]).terms, []);
    }

    #[test]
    fn a_sentence_that_the_announcer_says_each_time_is_boilerplate() {
        let mut one = episode("Vous écoutez les voix.", &[]);
        one.speakers[0] = Speaker::named(SpeakerId(0), "Voix off");
        let learned = learn([("un", &one), ("deux", &one)]);
        let both = BTreeSet::from(["un".to_owned(), "deux".to_owned()]);
        assert_eq!(learned.boilerplate, [("Vous écoutez les voix.".to_owned(), both)]);
        assert_eq!((learned.people, learn([("un", &one)]).boilerplate), (vec![], vec![]));
    }

    fn episode(text: &str, changes: &[(&str, &str)]) -> Transcript {
        let span =
            |n: u64| Span::from_start(Time::from_millis(300)).later(Time::from_millis(n * 300));
        let words: Vec<Word> =
            text.split(' ').zip(0..).map(|(text, n)| Word::new(text, span(n), None)).collect();
        let end = words[words.len() - 1].span.end();
        let changes = changes.iter().map(|(before, after)| Change {
            rule: Rule::Page,
            at: Time::default(),
            before: (*before).to_owned(),
            after: (*after).to_owned(),
        });
        Transcript {
            speakers: vec![Speaker::named(SpeakerId(0), "Alain Garnier")],
            segments: vec![Segment {
                speaker: Some(SpeakerId(0)),
                guess: None,
                span: Span::new(Time::default(), end).unwrap(),
                words,
                doubt: None,
                opens: Opening::Block,
                language: Default::default(),
            }],
            changes: changes.collect(),
            is_timed: true,
            ..Transcript::default()
        }
    }
}
