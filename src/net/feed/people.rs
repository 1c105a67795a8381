//! Who is heard in a show, as its feed tells.

use super::elements::{Channel, Tag};
use crate::base::{show::Person, speech::Role, transcript::Credit};
use std::collections::BTreeMap;

/// A guest of so many episodes belongs to the show.
const REGULAR: usize = 3;

/// Words that are in the names of stations and publishers, not of people; in lower case.
const NOT_A_PERSON: &[&str] = &[
    "arte",
    "association",
    "audio",
    "bleu",
    "collectif",
    "culture",
    "éditions",
    "europe",
    "fm",
    "france",
    "groupe",
    "info",
    "inter",
    "journal",
    "magazine",
    "media",
    "média",
    "médias",
    "musique",
    "network",
    "news",
    "originals",
    "podcast",
    "podcasts",
    "press",
    "presse",
    "prod",
    "production",
    "productions",
    "radio",
    "rédaction",
    "rfi",
    "rtl",
    "rts",
    "société",
    "sonore",
    "stories",
    "studio",
    "studios",
    "télévision",
    "théâtre",
    "tv",
    "université",
];

/// Small words inside the names of people.
const PARTICLES: &[&str] =
    &["ben", "bin", "da", "de", "del", "della", "der", "di", "du", "el", "la", "le", "van", "von"];

/// `text` with single spaces between its words and none around.
pub(super) fn tidy(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The people of the person tags, first those of the channel, in the order of the feed.
/// `None` without such tags.
///
/// Who has several roles gets the one that says most about their voice: host, then
/// announcer, then guest. A guest is listed if regular: in the channel itself, or in
/// three episodes.
pub(super) fn tagged(channel: &Channel) -> Option<Vec<Person>> {
    let mut found = Found::default();
    let mut any = found.note(&channel.people, REGULAR);
    for entry in &channel.entries {
        any |= found.note(&entry.people, 1);
    }
    let is_listed = |one: &Tagged| one.role != Role::Guest || one.n_episodes >= REGULAR;
    let listed = found.people.into_iter().filter(is_listed);
    any.then(|| listed.map(|one| Person { name: one.name, role: Some(one.role) }).collect())
}

/// The people of the person tags of one entry.
pub(super) fn of_entry(tags: &[Tag]) -> Vec<Person> {
    let mut found = Found::default();
    found.note(tags, 1);
    found.people.into_iter().map(|one| Person { name: one.name, role: Some(one.role) }).collect()
}

/// The people of the cast of one entry, else of the `channel`, each once, with the roles that
/// the feed gives.
pub(super) fn credits(entry: &[Tag], channel: &[Tag]) -> Vec<Credit> {
    let of = |tags: &[Tag]| {
        let mut credits: Vec<Credit> = Vec::new();
        for tag in tags {
            let text = |attribute: &Option<String>| tidy(attribute.as_deref().unwrap_or_default());
            let group = text(&tag.group).to_lowercase();
            let (name, role) = (tidy(&tag.name), text(&tag.role));
            let is_known = |credit: &Credit| credit.name.to_lowercase() == name.to_lowercase();
            let is_cast = group.is_empty() || group == "cast";
            if is_cast && !name.is_empty() && !credits.iter().any(is_known) {
                credits.push(Credit { name, role });
            }
        }
        credits
    };
    let own = of(entry);
    if own.is_empty() { of(channel) } else { own }
}

/// The author as host, if the name looks like that of one person and is not the title.
///
/// A guess: `France Culture` has the shape of a name, too.
pub(super) fn author(channel: &Channel, title: &str) -> Option<Person> {
    of_names(&channel.authors, title)
        .into_iter()
        .next()
        .map(|name| Person { name, role: Some(Role::Host) })
}

/// Names of the people whom the person tags of the channel itself name; without such tags
/// that of the author. They do not change with the episodes.
pub(super) fn regulars(channel: &Channel, title: &str) -> Vec<String> {
    let mut found = Found::default();
    if found.note(&channel.people, REGULAR) {
        return found.people.into_iter().map(|one| one.name).collect();
    }
    of_names(&channel.authors, title)
}

/// Those of `names` that look like the name of one person, and are not the title.
fn of_names(names: &[String], title: &str) -> Vec<String> {
    let is_one =
        |name: &String| is_name_of_one(name) && name.to_lowercase() != title.to_lowercase();
    names.iter().map(|name| tidy(name)).filter(is_one).collect()
}

/// Somebody of the person tags so far.
struct Tagged {
    name: String,
    role: Role,
    n_episodes: usize,
}

/// Everybody so far, in the order of the feed.
#[derive(Default)]
struct Found {
    people: Vec<Tagged>,
    /// Where each is, by the name in lower case.
    places: BTreeMap<String, usize>,
}

impl Found {
    /// Notes the people of one channel or entry, which counts as `n_episodes`; whether
    /// there was any tag.
    fn note(&mut self, tags: &[Tag], n_episodes: usize) -> bool {
        // In one episode somebody may be named for several things, and is there once.
        let mut here: BTreeMap<String, (String, Role)> = BTreeMap::new();
        let mut order = Vec::new();
        for tag in tags {
            let name = tidy(&tag.name);
            let Some(role) = role(tag).filter(|_| !name.is_empty()) else { continue };
            let key = name.to_lowercase();
            let entry = here.entry(key.clone()).or_insert_with(|| {
                order.push(key);
                (name, role)
            });
            entry.1 = stronger(entry.1, role);
        }
        for key in order {
            let Some((name, role)) = here.remove(&key) else { continue };
            let place = *self.places.entry(key).or_insert(self.people.len());
            match self.people.get_mut(place) {
                Some(one) => {
                    one.n_episodes += n_episodes;
                    one.role = stronger(one.role, role);
                }
                None => self.people.push(Tagged { name, role, n_episodes }),
            }
        }
        !tags.is_empty()
    }
}

/// The role of a person tag; `None` for those who are not heard, or not as themselves.
///
/// Without a role, the namespace says host, and without a group, cast.
fn role(tag: &Tag) -> Option<Role> {
    let text = |attribute: &Option<String>| attribute.as_ref().map(|it| tidy(it).to_lowercase());
    let group = text(&tag.group).filter(|group| !group.is_empty());
    match text(&tag.role).as_deref() {
        None | Some("") => group.is_none_or(|group| group == "cast").then_some(Role::Host),
        Some("host" | "co-host" | "cohost") => Some(Role::Host),
        // Leads through one episode.
        Some("guest" | "guest host") => Some(Role::Guest),
        Some("announcer" | "narrator" | "voice over" | "voice-over" | "voiceover" | "voix off") => {
            Some(Role::VoixOff)
        }
        Some(_) => None,
    }
}

fn stronger(one: Role, other: Role) -> Role {
    let strength = |role| match role {
        Role::Host => 2,
        Role::VoixOff => 1,
        Role::Guest => 0,
    };
    if strength(other) > strength(one) { other } else { one }
}

/// Two to four words with capitals, without a sign or a word that people's names lack.
fn is_name_of_one(name: &str) -> bool {
    let words: Vec<&str> = name.split(' ').collect();
    let is_capital = |word: &str| word.starts_with(char::is_uppercase);
    let is_spelt = |word: &str| word.chars().all(|c| c.is_alphabetic() || "-'’.".contains(c));
    let lower = |word: &str| word.to_lowercase();
    let is_word = |word: &&str| {
        is_spelt(word)
            && (is_capital(word) || PARTICLES.contains(word))
            && !NOT_A_PERSON.contains(&lower(word).as_str())
    };
    let is_article = |word: &str| {
        ["le", "la", "les", "un", "une", "the"].contains(&lower(word).as_str())
            || ["l'", "l’"].iter().any(|article| lower(word).starts_with(article))
    };
    let (Some(first), Some(last)) = (words.first(), words.last()) else { return false };
    (2..=4).contains(&words.len())
        && words.iter().all(is_word)
        && is_capital(first)
        && is_capital(last)
        && !is_article(first)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn people_are_told_from_stations_and_teams() {
        for name in ["Aïcha Le Goff", "Jean-Noël de la Tour", "Édith M. N'Guyen"] {
            assert!(is_name_of_one(name), "{name}");
        }
        for name in [
            "",
            "Aïcha",
            "Radio France",
            "France Culture",
            "Les Échos",
            "L'Équipe",
            "Studio Un",
            "Aïcha & Bertrand",
            "Aïcha et Bertrand",
            "Aïcha Le Goff, Bertrand",
            "le bureau",
            "RTL 2",
        ] {
            assert!(!is_name_of_one(name), "{name}");
        }
    }
}
