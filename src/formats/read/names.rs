//! Names before what people say, as pages and subtitles write them: `Alain Garnier : `.

/// Most words and characters of a name.
const WORDS_MAX: usize = 5;
const CHARACTERS_MAX: usize = 40;

/// Small words inside names, which have no capital. Wider than in the names of a feed's people
/// (`net::feed::people`): « Voix off » and « Léa et Tom » head turns, too.
const PARTICLES: &[&str] = &[
    "d", "da", "de", "den", "der", "des", "di", "du", "el", "et", "l", "la", "le", "les", "off",
    "van", "von", "y",
];

/// The name that `text` begins with, and what its person says: a colon with a space on both
/// sides, behind at most five words that begin with a capital.
pub(super) fn label(text: &str) -> Option<(&str, &str)> {
    let (name, said) = text.split_once(':')?;
    let is_apart = name.ends_with(char::is_whitespace) && said.starts_with(char::is_whitespace);
    let name = name.trim();
    let is_short =
        name.split_whitespace().count() <= WORDS_MAX && name.chars().count() <= CHARACTERS_MAX;
    let is_plain = !name.contains(['«', '»', ',', ';', '?', '!', '[', '<', '\n']);
    let begins = name.chars().next().is_some_and(char::is_uppercase);
    (is_apart && is_short && is_plain && begins).then_some((name, said.trim_start()))
}

/// As [`label`], where sentences stand close by that could be taken for one (« Il a dit : »):
/// all words of the name have a capital, but for particles.
pub(super) fn strict_label(text: &str) -> Option<(&str, &str)> {
    label(text).filter(|(name, _)| {
        name.split(|c: char| !c.is_alphanumeric())
            .filter(|word| !word.is_empty())
            .all(|word| PARTICLES.contains(&word) || !word.starts_with(char::is_lowercase))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_short_begins_with_a_capital_and_stands_apart() {
        check("Voix off\u{a0}: Bonjour", Some(("Voix off", "Bonjour")));
        check("Étienne Gonnu : Salut Fred.", Some(("Étienne Gonnu", "Salut Fred.")));
        check("et puis : rien", None);
        check("Alain: non", None);
        check("À 15:30 : non", None);
        check("Une phrase qui est bien trop longue : oui", None);
    }

    #[test]
    fn a_sentence_before_a_quote_is_no_name() {
        assert_eq!(label("Il a dit : «\u{a0}Non").map(|found| found.0), Some("Il a dit"));
        assert_eq!(strict_label("Il a dit : «\u{a0}Non"), None);
        assert_eq!(
            strict_label("Jean de L’Isle : Non").map(|found| found.0),
            Some("Jean de L’Isle")
        );
        assert_eq!(strict_label("Voix off : Non").map(|found| found.0), Some("Voix off"));
    }

    fn check(text: &str, expected: Option<(&str, &str)>) {
        assert_eq!(label(text), expected, "{text}");
    }
}
