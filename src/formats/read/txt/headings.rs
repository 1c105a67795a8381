//! Titles of chapters on a page of text: which blocks are no talk, though they stand in it.
//!
//! A title that is read as talk is words that nobody said; talk that is read as a title is
//! words lost. So a title is what is marked as one, and else only what nothing but a title
//! looks like.

use super::Block;
use crate::{
    base::transcript::{TO_COMPLETE, is_event},
    formats::read::names::label,
};
use std::collections::HashMap;

/// What may stand behind the mark that ends a sentence.
const CLOSING: [char; 6] = ['»', '"', ')', ' ', '\u{a0}', '\u{202f}'];

/// Most words of a title that nothing marks.
const WORDS_MAX: usize = 15;

/// Finds the titles among `blocks`.
pub(super) fn mark(blocks: &mut [Block<'_>]) {
    let marked: Vec<bool> = blocks.iter().map(|block| marked(block).is_some()).collect();
    let is_said = |(block, is_title): (&Block<'_>, &bool)| block.is_talk() && !is_title;
    let begins = blocks.iter().zip(&marked).position(is_said).unwrap_or(blocks.len());
    let n_ended = blocks[begins..].iter().filter(|block| is_ended(block)).count();
    let is_punctuated = n_ended * 2 > blocks.len() - begins;
    // How many blocks seem to begin with each name.
    let mut n_named: HashMap<&str, usize> = HashMap::new();
    for (name, _) in blocks.iter().filter_map(|block| block.label) {
        *n_named.entry(name).or_default() += 1;
    }
    let mut found = Vec::new();
    for at in 0..blocks.len() {
        let (block, next) = (&blocks[at], blocks.get(at + 1));
        let is_title = match marked[at] {
            true => true,
            // `Chapitre 1 : le libre` has the look of a name, but nobody of that name talks.
            false if at > 0 && stands_apart(block) && is_alone(block, &n_named) => true,
            // The first block is the title of the page, and what goes before talk its lead.
            false if at == 0 || block.lines.len() > 1 || block.is_talk() => false,
            // As our own pages have it.
            false if stands_apart(block) && next.is_some() => true,
            // « Conclusion : rien » is what somebody says.
            false if label(block.lines[0]).is_some() => false,
            // Nothing is said in the last chapter.
            false if next.is_none() && block.empty.0 > 1 => looks_like_one(block.lines[0]),
            false => {
                let above = &blocks[at - 1];
                let goes_on = next.is_some_and(|next| next.is_labelled());
                at > begins
                    && goes_on
                    && is_punctuated
                    && is_ended(above)
                    && looks_like_one(block.lines[0])
            }
        };
        found.push(is_title);
    }
    for (block, _) in blocks.iter_mut().zip(found).filter(|(_, is_title)| *is_title) {
        block.heading = marked_or_whole(block);
    }
}

/// Farther from what is above than from what follows.
fn stands_apart(block: &Block<'_>) -> bool {
    block.empty.1 > 0 && block.empty.0 > block.empty.1
}

/// Whether `block` is one line in the shape of a title, and the name that it seems to begin
/// with is that of no other.
fn is_alone(block: &Block<'_>, n_named: &HashMap<&str, usize>) -> bool {
    block.lines.len() == 1
        && block.time.is_none()
        && looks_like_one(block.lines[0])
        && block.label.is_some_and(|(name, _)| n_named.get(name) == Some(&1))
}

fn marked_or_whole<'a>(block: &Block<'a>) -> Option<&'a str> {
    Some(without_time(marked(block).unwrap_or(block.lines[0])))
}

/// A title in the marks of Markdown, MediaWiki or SPIP.
fn marked<'a>(block: &Block<'a>) -> Option<&'a str> {
    let [line] = block.lines[..] else { return None };
    let between = |open: &str, close: &str| line.strip_prefix(open)?.strip_suffix(close);
    let markdown = line.trim_start_matches('#');
    let title = match line.len() - markdown.len() {
        2..=6 => markdown.strip_prefix(' '),
        _ => between("==", "==").or_else(|| between("{{{", "}}}")),
    };
    title.map(|title| title.trim_matches(['=', ' '])).filter(|title| !title.is_empty())
}

/// April's working copies have the time behind a title: `Le logiciel 21’55`.
pub(in crate::formats::read) fn without_time(title: &str) -> &str {
    let Some((rest, last)) = title.rsplit_once(' ') else { return title };
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    let is_time = last.split_once(['’', '\'']).is_some_and(|(minutes, seconds)| {
        is_number(minutes) && is_number(seconds) && seconds.len() == 2
    });
    if is_time { rest.trim_end() } else { title }
}

/// Whether the last line of `block` ends as sentences do, or it is an event.
fn is_ended(block: &Block<'_>) -> bool {
    let last = block.lines[block.lines.len() - 1];
    let bare = last.trim_end_matches(CLOSING);
    bare.ends_with(['.', '!', '?', '…', ':', ']']) || is_event(last)
}

/// Short, with a capital, and without a mark at its end: talk of such a page has one, or lacks
/// its words.
fn looks_like_one(line: &str) -> bool {
    let begins = line.trim_start_matches(['«', '\u{a0}', ' ']).chars().next();
    let has_capital = begins.is_some_and(|first| first.is_uppercase() || first.is_ascii_digit());
    let bare = line.trim_end_matches(CLOSING);
    let is_open = bare.ends_with([',', ';', ':', '.', '!', '?', '…', '-', '–', '—']);
    let is_talk = line.contains(TO_COMPLETE);
    has_capital && !is_open && !is_talk && line.split_whitespace().count() <= WORDS_MAX
}

#[cfg(test)]
mod tests {
    use crate::formats::read::txt::read;

    #[test]
    fn a_title_is_what_stands_farther_from_what_is_above() {
        check(
            "Le titre\n\n\nL’ouverture\n\nLéa : Bonjour.\n\n\nPourquoi ?\n\nLéa : Parce que.\n",
            &["0 L’ouverture", "1 Pourquoi ?"],
            "Bonjour. Parce que.",
        );
    }

    #[test]
    fn a_title_with_a_colon_is_nobody() {
        let page = "Léa : Oui.\n\n\nPartie 2 : le libre\n\nTom : Non.\n";
        check(page, &["1 Partie 2 : le libre"], "Oui. Non.");
        check(&page.replace("Partie 2 : le libre", "Ana : Oui."), &[], "Oui. Oui. Non.");
    }

    #[test]
    fn a_title_in_the_marks_of_a_site_is_one() {
        for title in ["## Le libre", "==Le libre 21’55==", "{{{Le libre}}}"] {
            let page = format!("Léa : Bonjour.\n\n{title}\n\nLéa : Bien.\n");
            check(&page, &["1 Le libre"], "Bonjour. Bien.");
        }
    }

    #[test]
    fn a_title_that_nothing_marks_looks_like_no_talk() {
        check("Léa : Oui.\n\nLe libre\n\nTom : Non.\n", &["1 Le libre"], "Oui. Non.");
        check(
            "Léa : Oui.\n\n[Jingle]\n\nLe libre\n\nTom : Non.\n",
            &["2 Le libre"],
            "Oui. [Jingle] Non.",
        );
    }

    #[test]
    fn talk_is_never_a_title() {
        for talk in [
            "C’est terrible !",
            "Elle dit « Ah\u{a0}!\u{a0}»",
            "Résultat : rien",
            "le libre",
            "Un début,",
            "Le libre\nou pas",
        ] {
            let page = format!("Léa : Oui.\n\n{talk}\n\nTom : Non.\n");
            check(&page, &[], &format!("Oui. {} Non.", talk.replace('\n', " ")));
        }
        check("Léa : Oui.\n\nLe libre\n\nUn autre.\n", &[], "Oui. Le libre Un autre.");
        // Nobody set marks here.
        check("Léa : oui\n\nAlors\n\nTom : non\n", &[], "oui Alors non");
        check("Léa : Un.\n\n\nDeux.\n\n\nTrois.\n", &[], "Un. Deux. Trois.");
    }

    #[test]
    fn a_title_has_no_time_and_takes_that_of_what_follows() {
        let page = "[00:00:04] Léa : Oui.\n\n\nLe libre\n\n[00:00:09] Léa : Non.\n";
        let (transcript, _) = read(page).unwrap();
        assert!(transcript.is_timed);
        assert_eq!(transcript.about.chapters[0].start.as_millis(), 9_000);
    }

    /// `chapters`: the number of the segment before which each stands, and its title.
    #[track_caller]
    fn check(page: &str, chapters: &[&str], said: &str) {
        let (transcript, _) = read(page).unwrap();
        let shown = transcript.chapters().into_iter();
        let shown: Vec<String> = shown.map(|(at, it)| format!("{at} {}", it.title)).collect();
        assert_eq!(shown, chapters, "{page}");
        let texts: Vec<String> = transcript.segments.iter().map(|s| s.text()).collect();
        assert_eq!(texts.join(" "), said);
    }
}
