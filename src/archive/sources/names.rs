//! Names for files that every system takes.

use crate::base::{store::beginning, transcript::Date};

/// Most bytes of a name; an extension still fits behind it on all file systems.
const BYTES_MAX: usize = 180;

/// `text` without what some system forbids in a name; never empty.
pub(in crate::archive) fn name(text: &str) -> String {
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

/// What may stand in a pattern of names, for what it is replaced by.
pub const PLACEHOLDERS: [&str; 4] = ["{date}", "{year}", "{title}", "{show}"];

/// The name of an episode by `pattern`, in which `{date}`, `{year}`, `{title}` and `{show}` stand for
/// what they say; of an episode without a day these are nothing.
pub(super) fn by(pattern: &str, date: Option<Date>, title: &str, show: &str) -> String {
    let day = date.map(Date::iso).unwrap_or_default();
    let year = day.get(..4).unwrap_or_default();
    let [a, b, c, d] = PLACEHOLDERS;
    // One after the other, so that a title with braces in it says nothing.
    let mut text = String::new();
    let mut rest = pattern;
    while let Some(at) = rest.find('{') {
        text.push_str(&rest[..at]);
        rest = &rest[at..];
        let known = [(a, day.as_str()), (b, year), (c, title), (d, show)];
        let found = known.into_iter().find(|(placeholder, _)| rest.starts_with(placeholder));
        let (length, value) =
            found.map_or((1, "{"), |(placeholder, value)| (placeholder.len(), value));
        text.push_str(value);
        rest = &rest[length..];
    }
    text.push_str(rest);
    name(&text)
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
        let by = |pattern| by(pattern, date, "{date} ?", "La série");
        assert_eq!(by("{show} - {title}"), "La série - {date}");
        assert_eq!(by("{year}/{date} {x}"), "2019-2019-10-01 {x}");
    }
}
