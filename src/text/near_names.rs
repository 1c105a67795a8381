//! Names that are nearly right: a known one, in letters that sound the same.
//!
//! The trap of such repairs is that they are right less often than they look: a name is only taken
//! for another where nothing else can be meant. The one that is known has to be written right
//! elsewhere in the episode, or above its text; the other one has a capital inside a sentence, or
//! was not sure, and is said no more often. It sounds the same, or all but a letter are the same;
//! and no second name is as near. In edited texts it is written right, and listed; in others it is
//! for `lint`.

use super::{lexicon::Lexicon, word};
use crate::base::{
    common_words::is_common,
    edit_distance::of_letters,
    speech::Word,
    time::Time,
    transcript::{Change, Rule, Transcript},
};
use std::collections::{BTreeMap, BTreeSet};

/// Letters of the shortest name that is mended: short ones are all near to each other.
const LETTERS_MIN: usize = 5;

/// Letters from which a name may also sound a little different.
const LONG: usize = 7;

/// Most letters that may differ where it sounds the same.
const DIFFERENT_MAX: usize = 3;

/// Below this probability the first word of a sentence may be a name that is not right.
const UNSURE: f32 = 0.5;

/// A name that is nearly right.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct NearName {
    pub(super) at: Time,
    /// As it is written.
    pub(super) found: String,
    /// The name that is meant.
    pub(super) name: String,
}

/// Writes the names that are meant in the place of those that are nearly right.
pub(super) fn mend(transcript: &mut Transcript, lexicon: &Lexicon) {
    // A name that was mended may confirm the next one.
    loop {
        let found = near_names(transcript, lexicon);
        if found.is_empty() {
            return;
        }
        for near in found {
            let mut words = transcript.segments.iter_mut().flat_map(|segment| &mut segment.words);
            let Some(word) = words.find(|word| {
                word.span.start() == near.at && word::parts(&word.text).core == near.found
            }) else {
                continue;
            };
            let before = word.text.clone();
            let word::Parts { before: marks, elided, after, .. } = word::parts(&word.text);
            word.text = format!("{marks}{elided}{}{after}", near.name);
            let after = word.text.clone();
            transcript.changes.push(Change { rule: Rule::Name, at: near.at, before, after });
        }
    }
}

/// All of `transcript`, in the order of time.
pub(super) fn near_names(transcript: &Transcript, lexicon: &Lexicon) -> Vec<NearName> {
    let names = known(transcript, lexicon);
    if names.is_empty() {
        return Vec::new();
    }
    let mut times: BTreeMap<&str, usize> = BTreeMap::new();
    for word in shown(transcript) {
        *times.entry(word::parts(&word.text).core).or_default() += 1;
    }
    let n_times = |word: &str| times.get(word).copied().unwrap_or_default();
    let above = above(transcript);
    let mut by_sound: BTreeMap<char, Vec<&str>> = BTreeMap::new();
    for name in &names {
        let is_confirmed = n_times(name) > 0 || above.contains(name.as_str());
        if let Some(sound) = sound(name).chars().next().filter(|_| is_confirmed) {
            by_sound.entry(sound).or_default().push(name);
        }
    }
    let mut found = Vec::new();
    for (segment, word, begins) in word::in_sentences(transcript) {
        let parts = word::parts(&word.text);
        let is_first = begins && parts.elided.is_empty();
        let core = parts.core;
        let is_unsure = word.probability.is_some_and(|probability| probability < UNSURE);
        if segment.foreign().is_some()
            || is_first && !is_unsure
            || !may_be_a_name(core)
            || names.contains(core)
            || lexicon.has(core)
        {
            continue;
        }
        let alike = sound(core).chars().next().and_then(|sound| by_sound.get(&sound));
        let mut near = alike.into_iter().flatten().filter(|name| is_near(core, name));
        if let (Some(name), None) = (near.next(), near.next())
            && n_times(core) <= n_times(name).max(1)
        {
            let (at, found_here) = (word.span.start(), core.to_owned());
            found.push(NearName { at, found: found_here, name: (*name).to_owned() });
        }
    }
    found
}

fn shown(transcript: &Transcript) -> impl Iterator<Item = &Word> {
    let words = transcript.segments.iter().flat_map(|segment| &segment.words);
    words.filter(|word| word.dropped.is_none())
}

/// The words of known names that may be mistaken.
fn known(transcript: &Transcript, lexicon: &Lexicon) -> BTreeSet<String> {
    let names = people(transcript).flat_map(words_of).chain(lexicon.words_of_forms());
    names.filter(|word| may_be_a_name(word)).map(str::to_owned).collect()
}

/// The words that stand above the text: of the title, and of people.
fn above(transcript: &Transcript) -> BTreeSet<&str> {
    let about = &transcript.about;
    let texts = people(transcript).chain([about.title.as_str(), about.show.as_str()]);
    texts.flat_map(words_of).collect()
}

/// Who speaks, and whom the feed names.
fn people(transcript: &Transcript) -> impl Iterator<Item = &str> {
    let speakers = transcript.speakers.iter().map(|speaker| speaker.name.as_str());
    speakers.chain(transcript.about.people.iter().map(|credit| credit.name.as_str()))
}

fn words_of(text: &str) -> impl Iterator<Item = &str> {
    text.split_whitespace().map(|word| word::parts(word).core)
}

fn may_be_a_name(word: &str) -> bool {
    word.chars().count() >= LETTERS_MIN
        && word::has_capital(word)
        && word.chars().all(|c| c.is_alphabetic() || c == '-' || c == '\'' || c == '’')
        && !is_common(&word.to_lowercase())
}

/// Whether `found` may be `name`, and is no other word of the same family.
fn is_near(found: &str, name: &str) -> bool {
    let (sound_found, sound_name) = (sound(found), sound(name));
    let (found, name) = (plain(found), plain(name));
    if found == name || stem(&found) == stem(&name) {
        return false;
    }
    let n_different = of_letters(&found, &name);
    let is_long = found.chars().count().min(name.chars().count()) >= LONG;
    let is_all_but_the_same = n_different == 1 && of_letters(&sound_found, &sound_name) <= 1;
    sound_found == sound_name && n_different <= DIFFERENT_MAX || is_long && is_all_but_the_same
}

/// Without what makes a feminine or a plural of it: Michel and Michèle are two people.
fn stem(word: &str) -> String {
    let mut stem = String::new();
    for c in word.trim_end_matches(['e', 's', 'x', 't']).chars() {
        if !stem.ends_with(c) {
            stem.push(c);
        }
    }
    stem
}

/// In small letters without accents.
fn plain(word: &str) -> String {
    let plain = |c: char| match c {
        'à' | 'â' | 'ä' | 'á' => 'a',
        'é' | 'è' | 'ê' | 'ë' => 'e',
        'î' | 'ï' | 'í' => 'i',
        'ô' | 'ö' | 'ó' => 'o',
        'ù' | 'û' | 'ü' | 'ú' => 'u',
        'ç' => 'c',
        'ÿ' => 'y',
        c => c,
    };
    word.to_lowercase().chars().filter(|c| c.is_alphabetic()).map(plain).collect()
}

/// How a word is pronounced, roughly: letters that French reads alike are one.
fn sound(word: &str) -> String {
    const ALIKE: [(&str, &str); 28] = [
        ("eaux", "o"),
        ("eau", "o"),
        ("aux", "o"),
        ("au", "o"),
        ("ph", "f"),
        ("th", "t"),
        ("sch", "ch"),
        ("qu", "k"),
        ("ck", "k"),
        ("gu", "g"),
        ("ain", "1"),
        ("ein", "1"),
        ("aim", "1"),
        ("yn", "1"),
        ("in", "1"),
        ("en", "2"),
        ("an", "2"),
        ("em", "2"),
        ("am", "2"),
        ("on", "3"),
        ("om", "3"),
        ("ai", "e"),
        ("ei", "e"),
        ("ez", "e"),
        ("er", "e"),
        ("ou", "4"),
        ("w", "v"),
        ("y", "i"),
    ];
    let lower = word.to_lowercase();
    // Only its accent says that it is heard at the end.
    let plain = lower.strip_suffix('é').map_or_else(|| plain(&lower), |word| plain(word) + "er");
    let mut sound = String::new();
    let mut rest = plain.as_str();
    while let Some(first) = rest.chars().next() {
        let alike = ALIKE.iter().find(|(letters, _)| {
            rest.strip_prefix(letters).is_some_and(|after| {
                // A vowel behind it takes the nasal away, and « er » is only « é » at the end.
                let is_open = after.starts_with(|c| "aeiouynm".contains(c));
                match *letters {
                    "er" | "ez" => after.is_empty(),
                    "gu" => after.starts_with(['e', 'i']),
                    letters if letters.ends_with(['n', 'm']) => !is_open,
                    _ => true,
                }
            })
        });
        let (spelt, heard) = match alike {
            Some((letters, heard)) => (letters.len(), *heard),
            None => {
                let after = rest[first.len_utf8()..].chars().next();
                let heard = match first {
                    'c' if after.is_some_and(|c| "eiy".contains(c)) => "s",
                    'c' if after != Some('h') => "k",
                    'g' if after.is_some_and(|c| "eiy".contains(c)) => "j",
                    'z' => "s",
                    'h' => "",
                    // Silent at the end.
                    'e' | 's' | 't' | 'd' | 'x' | 'p' if after.is_none() => "",
                    _ => &rest[..first.len_utf8()],
                };
                (first.len_utf8(), heard)
            }
        };
        if !sound.ends_with(heard) || heard.is_empty() {
            sound.push_str(heard);
        }
        rest = &rest[spelt..];
    }
    sound
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        base::show::Term,
        text::word::tests::{changes, shown, transcript},
    };

    #[track_caller]
    fn check(known: &[&str], text: &str, expected: &str) {
        let terms: Vec<Term> = known.iter().map(|&name| Term::new(name)).collect();
        let lexicon = Lexicon::new(&terms).unwrap();
        let mut transcript = transcript(&[&format!("0 {text}")]);
        mend(&mut transcript, &lexicon);
        assert_eq!(shown(&transcript), expected);
    }

    #[test]
    fn a_name_that_sounds_the_same_is_mended_and_listed() {
        let lexicon = Lexicon::new(&[Term::new("Alain Garnier")]).unwrap();
        let mut transcript = transcript(&["0 bonjour Alain Garnier, merci d’Alain Garnié."]);
        mend(&mut transcript, &lexicon);
        assert_eq!(shown(&transcript), "bonjour Alain Garnier, merci d’Alain Garnier.");
        assert_eq!(changes(&transcript), ["Garnié. → Garnier."]);
    }

    #[test]
    fn a_name_that_nobody_says_right_is_left() {
        check(&["Garnier"], "bonjour Garnié", "bonjour Garnié");
    }

    #[test]
    fn other_people_things_and_common_words_are_left() {
        for (known, text) in [
            ("Michel", "ici Michel et Michèle"),
            ("Martin", "ici Martin et Martine"),
            ("Chatons", "les Chatons et le Chaton"),
            ("Garnier", "ici Garnier et un grenier"),
            ("Garnier", "ici Garnier et Grenier"),
            ("Marchais", "ici Marchais et Marche"),
            ("Laure", "ici Laure et Lors"),
        ] {
            check(&[known], text, text);
        }
    }

    #[test]
    fn of_two_names_that_are_near_none_is_taken() {
        let text = "ici Garnier, Garniez et Garnié";
        check(&["Garnier", "Garniez"], text, text);
        check(&["Garnier"], text, "ici Garnier, Garnier et Garnier");
    }

    #[test]
    fn what_is_said_more_often_than_the_name_is_somebody_else() {
        let text = "ici Kerdavec, là Kerdavek et encore Kerdavek";
        check(&["Kerdavec"], text, text);
    }

    #[test]
    fn the_first_word_of_a_sentence_is_left_where_it_is_sure() {
        check(&["Garnier"], "ici Garnier. Garnié dit", "ici Garnier. Garnié dit");
    }

    #[test]
    fn words_that_french_reads_alike_sound_the_same() {
        for (one, other) in [
            ("Garnier", "Garnié"),
            ("Kervadec", "Kervadek"),
            ("Philippot", "Filipo"),
            ("Roquebrune", "Rokebrune"),
            ("Benaïssa", "Bénaissa"),
        ] {
            assert_eq!(sound(one), sound(other));
        }
        assert_ne!(sound("Garnier"), sound("Grenier"));
    }
}
