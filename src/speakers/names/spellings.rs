//! Which spellings are one name to French ears.

use crate::base::edit_distance::of_letters;

/// A name, or a part of one, folded, and how it sounds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Spelling {
    /// As tokens are folded, without hyphens.
    key: String,
    sound: String,
}

impl Spelling {
    pub(super) fn of(key: &str) -> Spelling {
        let key = key.replace('-', "");
        let sound = sound(&key);
        Spelling { key, sound }
    }

    /// Whether the two are one name, misspelt: they sound alike, or differ in a letter or two.
    /// `generous` where one of them is known to be a person's.
    pub(super) fn is_like(&self, other: &Spelling, generous: bool) -> bool {
        if self.key == other.key {
            return true;
        }
        if self.sounds_like(other) {
            return self.key.len().min(other.key.len()) > 2;
        }
        let most = match self.sound.len().min(other.sound.len()) {
            0..=3 => 0,
            4..=6 => 1,
            _ if generous => 2,
            _ => 1,
        };
        most > 0
            && self.sound.len().abs_diff(other.sound.len()) <= 4 * most
            && of_letters(&self.sound, &other.sound) <= most
    }

    /// Whether nobody hears which of the two is said.
    pub(super) fn sounds_like(&self, other: &Spelling) -> bool {
        !self.sound.is_empty() && self.sound == other.sound
    }

    /// Whether both begin with the same sound.
    pub(super) fn begins_like(&self, other: &Spelling) -> bool {
        self.sound.chars().next() == other.sound.chars().next()
    }
}

/// What a French ear makes of a key: letters that sound alike are one, silent ones are none.
fn sound(key: &str) -> String {
    let mut text = key.to_owned();
    let same = [
        ("eaux", "o"),
        ("eau", "o"),
        ("aux", "o"),
        ("au", "o"),
        ("ph", "f"),
        ("sch", "x"),
        ("sh", "x"),
        ("ch", "x"),
        ("th", "t"),
        ("qu", "k"),
        ("ck", "k"),
        ("ce", "se"),
        ("ci", "si"),
        ("cy", "si"),
        ("sz", "s"),
        ("c", "k"),
        ("q", "k"),
        ("ge", "je"),
        ("gi", "ji"),
        ("y", "i"),
        ("ain", "in"),
        ("ein", "in"),
        ("aim", "in"),
        ("im", "in"),
        ("em", "en"),
        ("en", "an"),
        ("am", "an"),
        ("ai", "e"),
        ("ei", "e"),
        ("er", "e"),
        ("z", "s"),
        ("w", "v"),
        ("h", ""),
        ("oe", "e"),
    ];
    for (from, to) in same {
        text = text.replace(from, to);
    }
    let mut letters: Vec<char> = text.chars().collect();
    letters.dedup();
    while letters.len() > 2 && letters.last().is_some_and(|last| "edtsxp".contains(*last)) {
        letters.pop();
    }
    letters.into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::{super::talk::folded, *};

    fn alike(one: &str, other: &str, generous: bool) -> bool {
        Spelling::of(one).is_like(&Spelling::of(other), generous)
    }

    #[test]
    fn misspellings_of_a_name_are_one_and_other_names_are_not() {
        let same = [
            ("szymanski", "simanski"),
            ("szymanski", "chimanski"),
            ("keraudren", "kerodren"),
            ("garnier", "garnié"),
            ("le-goff", "legof"),
        ];
        for (one, other) in same {
            assert!(alike(&folded(one), &folded(other), true), "{one} {other}");
        }
        for (one, other) in
            [("martin", "morin"), ("roy", "rey"), ("garnier", "bernier"), ("paul", "pauline")]
        {
            assert!(!alike(one, other, false), "{one} {other}");
        }
    }
}
