//! Names for files that every system takes.

use crate::base::{store::beginning, transcript::Date};

/// Most bytes of a name; an extension still fits behind it on all file systems.
const BYTES_MAX: usize = 180;

/// `text` without what some system forbids in a name; never empty.
pub(super) fn name(text: &str) -> String {
    let plain = |c: char| match c {
        '/' | '\\' | '|' => '-',
        ':' | '*' | '?' | '"' | '<' | '>' => ' ',
        c if c.is_control() => ' ',
        c => c,
    };
    let text: String = text.chars().map(plain).collect();
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    // A dot at either end hides a file, or is lost.
    let text = beginning(&text, BYTES_MAX).trim_matches(['.', ' ']);
    if text.is_empty() { "sans titre".to_owned() } else { text.to_owned() }
}

/// The name of an episode: its day, and its title.
pub(super) fn of_episode(date: Option<Date>, title: &str) -> String {
    match date {
        Some(date) => name(&format!("{} {title}", date.iso())),
        None => name(title),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_title_becomes_a_name_that_every_system_takes() {
        assert_eq!(name("Qui paie ? « Le 1/3 »"), "Qui paie « Le 1-3 »");
        assert_eq!(name("..caché\n"), "caché");
        assert_eq!(name(" ?? "), "sans titre");
        let long = name(&"é".repeat(300));
        assert!(long.len() <= BYTES_MAX && long.chars().all(|c| c == 'é'));
        let date = Date::parse_iso("2019-10-01");
        assert_eq!(of_episode(date, "Épisode 7"), "2019-10-01 Épisode 7");
    }
}
