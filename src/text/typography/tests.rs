//! What typography promises: the table of facts, and properties of any text.
//!
//! The properties are tried on 256 texts each, or on as many as `$PROPTEST_CASES` says.

use super::*;
use crate::base::{
    speech::{Dropped, Word},
    time::{Span, Time},
    transcript::Rule,
};
use proptest::{collection::vec, prelude::*, sample::select};

/// A name, a text, how `april` sets it, how `imprimerie` does. `⍽` is a no-break space, `⎵` a
/// narrow one.
const FACTS: &str = include_str!("../../../tests/data/french/typography.tsv");

#[test]
fn every_fact_of_the_table_holds() {
    for fact in FACTS.lines().skip(1) {
        let [_, text, april, imprimerie] = fact.split('\t').collect::<Vec<_>>()[..] else {
            panic!("`{fact}` has four fields")
        };
        check(Profile::April, text, april);
        check(Profile::Imprimerie, text, imprimerie);
    }
}

#[test]
fn a_wiki_gets_plain_spaces_where_it_keeps_lines_together_itself() {
    check(Profile::Wiki, "«Vraiment?» : 57% ; non !", "« Vraiment ? » : 57 % ; non !");
    check(Profile::Wiki, "25°C, 10 000 €, 15 heures", "25⍽°C, 10⍽000⍽€, 15⍽heures");
    check(Profile::Wiki, "la santé [1].", "la santé[1].");
}

#[test]
fn ascii_has_no_space_but_the_plain_one() {
    check(Profile::Ascii, "«Vraiment?» : 57% [1]", "« Vraiment ? » : 57 % [1]");
    check(Profile::Ascii, "M.⍽Dupont, 10⎵000€", "M. Dupont, 10 000 €");
}

#[test]
fn lines_are_paragraphs_and_lose_the_spaces_at_their_ends() {
    check(Profile::April, " Oui. \n \n\"Non\" \n\"Si", "Oui.\n\n«⍽Non⍽»\n\"Si");
}

#[test]
fn a_mark_that_is_a_word_keeps_its_time() {
    let mut words = words(&["Vraiment", "?", "Oui"], &[]);
    let before = words.clone();
    set_words(&mut words.iter_mut().collect::<Vec<_>>(), |_| false, Profile::Imprimerie);
    let gaps: Vec<Gap> = words.iter().map(|word| word.gap).collect();
    assert_eq!(gaps, [Gap::Space, Gap::Narrow, Gap::Space]);
    assert!(words.iter().zip(before).all(|(word, before)| word.span == before.span));
}

#[test]
fn a_space_within_a_word_is_part_of_its_text() {
    let mut words = words(&["Merci!Au", "10 000", "euros"], &[]);
    set_words(&mut words.iter_mut().collect::<Vec<_>>(), |_| false, Profile::April);
    let texts: Vec<&str> = words.iter().map(|word| word.text.as_str()).collect();
    assert_eq!(texts, ["Merci\u{a0}! Au", "10\u{a0}000", "euros"]);
    assert_eq!(words[2].gap, Gap::NoBreak);
}

#[test]
fn an_elided_word_is_joined_over_one_that_is_not_shown() {
    let mut words = words(&["l'", "euh", "oeuvre"], &["euh"]);
    let changes = set_words(&mut words.iter_mut().collect::<Vec<_>>(), |_| false, Profile::April);
    assert_eq!(crate::base::speech::shown(&words), "l’œuvre");
    assert_eq!(words[1].text, "euh");
    assert_eq!(changes.len(), 1);
    assert_eq!((changes[0].before.as_str(), changes[0].after.as_str()), ("l’ oeuvre", "l’œuvre"));
    assert_eq!((changes[0].rule, changes[0].at), (Rule::Spelling, words[0].span.start()));
}

#[test]
fn only_changes_of_letters_are_listed() {
    let mut words = words(&["L'Etat", "dit:\"la", "2ème\"", "fois,", "etc..."], &[]);
    let changes = set_words(&mut words.iter_mut().collect::<Vec<_>>(), |_| false, Profile::April);
    let listed: Vec<_> = changes.iter().map(|c| format!("{} → {}", c.before, c.after)).collect();
    assert_eq!(listed, ["L’Etat → L’État", "2ème → 2e", "etc... → etc."]);
}

#[test]
fn a_line_of_words_begins_where_it_is_said_to() {
    let mut words = words(&["\"Oui", "euh", "\"Non\""], &["euh"]);
    set_words(&mut words.iter_mut().collect::<Vec<_>>(), |n| n == 1, Profile::April);
    assert_eq!(crate::base::speech::shown(&words), "\"Oui «\u{a0}Non\u{a0}»");
}

#[test]
fn an_address_before_the_call_of_a_note_ends_there_each_time() {
    for text in ["https://[0 ].", "https://april.org/a[12\u{a0}]", "https://april.org[1]"] {
        for profile in Profile::ALL {
            let once = set(text, profile);
            assert_eq!(set(&once, profile), once, "{text}");
        }
    }
}

proptest! {
    #[test]
    fn setting_a_text_again_changes_nothing(text in texts(&[PLAIN, SPELT])) {
        for profile in Profile::ALL {
            let once = set(&text, profile);
            prop_assert_eq!(set(&once, profile), once, "{:?}", profile);
        }
    }

    #[test]
    fn profiles_differ_in_spaces_only(text in texts(&[PLAIN, SPELT])) {
        let bare = |profile| without_spaces(&set(&text, profile));
        for profile in Profile::ALL {
            prop_assert_eq!(bare(profile), bare(Profile::April));
        }
    }

    #[test]
    fn no_letter_figure_or_mark_is_lost(text in texts(&[PLAIN])) {
        let cleaned: String =
            letters::clean([(0, text.as_str())]).iter().map(|letter| letter.shape).collect();
        prop_assert_eq!(shapeless(&set(&text, Profile::April)), shapeless(&cleaned));
    }

    #[test]
    fn words_are_set_as_their_text_is(
        text in texts(&[PLAIN, SPELT]),
        cuts in vec(any::<bool>(), 0..40),
        fillers in vec(any::<bool>(), 0..40),
    ) {
        let (before, begins_line) = cut(&text, &cuts, &fillers);
        for profile in Profile::ALL {
            let mut words = before.clone();
            set_words(&mut words.iter_mut().collect::<Vec<_>>(), |n| begins_line[n], profile);
            prop_assert_eq!(
                joined(&words, &begins_line),
                set(&joined(&before, &begins_line), profile)
            );
            for (word, before) in words.iter().zip(&before) {
                prop_assert!(!word.text.is_empty());
                prop_assert_eq!(word.span, before.span);
                prop_assert!(word.dropped.is_none() || word == before);
            }
        }
    }
}

/// What texts are made of, but for words that are spelt otherwise afterwards.
const PLAIN: &str = "a b mot été oui Dupont l' l’ d' qu' M MM Me Mme Yahoo deux cent ans h min \
    euros km n° 0 5 15 300 000 2020 3,5 2.0 12:30 5'30\" https:// https: april.org / a@b.fr # @ \
    _ + . . .. ... .... … , , ; : : :: ! ? ! ? ( ) [ ] [1] « » « » \" \" \" “ ” „ ' ’ ´ ` ‘ ′ ʼ \
    – — – — - % ‰ € °F ° & < ♪";

/// Those words.
const SPELT: &str = "A la Ca Etat boeuf OEUVRE 2ème 1ère XXème °C s etc curriculum vitae ex aequo";

/// What stands between words, or is not seen.
const SPACES: &[&str] = &[
    " ", "  ", "\u{a0}", "\u{202f}", "\u{2009}", "\t", "\u{3000}", "\u{2028}", "\n", "\r\n",
    "\u{301}", "\u{327}", "\u{200b}", "\u{ad}",
];

fn texts(parts: &[&'static str]) -> impl Strategy<Value = String> + use<> {
    let parts: Vec<&str> = parts.iter().flat_map(|part| part.split_whitespace()).collect();
    let strange = any::<char>().prop_filter("letters of words", |c| !c.is_ascii_alphabetic());
    let part = prop_oneof![
        30 => select(parts).prop_map(str::to_owned),
        5 => Just(" ".to_owned()),
        5 => select(SPACES).prop_map(str::to_owned),
        1 => strange.prop_map(String::from),
    ];
    vec(part, 0..24).prop_map(|parts| parts.concat())
}

fn check(profile: Profile, text: &str, expected: &str) {
    let unseen = [("\\u{ad}", "\u{ad}"), ("\\u{200b}", "\u{200b}"), ("\\u{301}", "\u{301}")];
    let spaces = [("⍽", "\u{a0}"), ("⎵", "\u{202f}")];
    let real = |text: &str| {
        let all = unseen.iter().chain(&spaces);
        all.fold(text.to_owned(), |text, (drawn, real)| text.replace(drawn, real))
    };
    let set = set(&real(text), profile);
    let drawn = spaces.iter().fold(set, |set, (drawn, real)| set.replace(real, drawn));
    assert_eq!(drawn, expected, "{text}");
}

fn without_spaces(text: &str) -> String {
    text.chars().filter(|shape| !shape.is_whitespace()).collect()
}

/// `text` without spaces, with one shape for all quotes, apostrophes and dashes.
fn shapeless(text: &str) -> String {
    let shape = |shape: char| match shape {
        '«' | '»' | '“' | '”' | '"' => '"',
        '\'' | '’' | '´' | '`' | '‘' | '′' | 'ʼ' => '\'',
        '–' | '—' => '-',
        other => other,
    };
    without_spaces(&text.replace('…', "...")).chars().map(shape).collect()
}

/// Words, one behind the other; those of `dropped` are not shown.
fn words(texts: &[&str], dropped: &[&str]) -> Vec<Word> {
    let word = |(n, text): (u64, &&str)| {
        let span = Span::from_start(Time::from_millis(90)).later(Time::from_millis(n * 100));
        let dropped = dropped.contains(text).then_some(Dropped::Filler);
        Word { dropped, ..Word::new(*text, span, None) }
    };
    (0..).zip(texts).map(word).collect()
}

/// The words of `text` and which of them begin a line.
///
/// Words are cut before marks and behind apostrophes where `cuts` says so, and words that are
/// not shown put between them where `fillers` does.
fn cut(text: &str, cuts: &[bool], fillers: &[bool]) -> (Vec<Word>, Vec<bool>) {
    let mut texts: Vec<String> = Vec::new();
    let mut glued: Vec<bool> = Vec::new();
    let mut begins_line: Vec<bool> = Vec::new();
    let mut cuts = cuts.iter().copied().chain(std::iter::repeat(false));
    let mut fillers = fillers.iter().copied().chain(std::iter::repeat(false));
    for line in text.split('\n') {
        let mut is_first = true;
        for word in line.split_whitespace().filter(|word| letters::is_seen(word)) {
            if fillers.next() == Some(true) {
                texts.push("DROPPED".to_owned());
                glued.push(false);
                begins_line.push(std::mem::take(&mut is_first));
            }
            let mut piece = String::new();
            let mut is_glued = false;
            for shape in word.chars() {
                let is_edge = piece.ends_with(['\'', '’']) && shape.is_alphanumeric()
                    || "!?;:»,)\"".contains(shape) && letters::is_seen(&piece);
                if is_edge && cuts.next() == Some(true) {
                    texts.push(std::mem::take(&mut piece));
                    glued.push(std::mem::replace(&mut is_glued, true));
                    begins_line.push(std::mem::take(&mut is_first));
                }
                piece.push(shape);
            }
            texts.push(piece);
            glued.push(is_glued);
            begins_line.push(std::mem::take(&mut is_first));
        }
    }
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    let mut words = words(&texts, &["DROPPED"]);
    for (word, is_glued) in words.iter_mut().zip(glued) {
        word.gap = if is_glued { Gap::Nothing } else { Gap::Space };
    }
    (words, begins_line)
}

/// The shown `words` as lines of text.
fn joined(words: &[Word], begins_line: &[bool]) -> String {
    let mut text = String::new();
    let mut is_new = false;
    for (word, begins) in words.iter().zip(begins_line) {
        is_new |= begins;
        if word.dropped.is_none() {
            let gap = if is_new { "\n" } else { word.gap.as_str() };
            text.push_str(if text.is_empty() { "" } else { gap });
            text.push_str(&word.text);
            is_new = false;
        }
    }
    text
}
