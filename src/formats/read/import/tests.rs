//! Words, marks and times out of other texts.

use super::*;

#[test]
fn a_mark_stays_with_its_word_and_keeps_its_space() {
    check("vraiment\u{a0}? Oui", "vraiment\u{a0}?| Oui");
    check("Vraiment ? Oui !", "Vraiment ?| Oui !");
    check("dit «\u{a0}Non\u{a0}»\u{a0}; puis", "dit| «\u{a0}Non\u{a0}»\u{a0};| puis");
    check("57\u{a0}% des", "57\u{a0}%| des");
}

#[test]
fn a_no_break_space_between_words_is_a_gap() {
    check("15\u{a0}heures et 3\u{202f}000", "15|\u{a0}heures| et| 3|\u{202f}000");
    check("un\u{a0} \t deux\n\ntrois", "un| deux| trois");
}

#[test]
fn what_stands_behind_the_mark_of_doubt_is_doubtful() {
    let mut import = Import::default();
    let text = tokens("Bonjour. [à vérifier] Oui ?");
    import.push(None, text, (Time::default(), Time::from_millis(90)), Opening::Block);
    let found = import.finish(true).segments;
    let shown: Vec<_> = found.iter().map(|s| (s.text(), s.doubt, s.opens)).collect();
    assert_eq!(
        shown,
        [
            ("Bonjour.".to_owned(), None, Opening::Block),
            ("Oui ?".to_owned(), Some(Doubt::Improbable), Opening::Nothing)
        ]
    );
}

#[test]
fn a_mark_of_missing_words_is_no_word_and_keeps_its_place() {
    let mut import = Import::default();
    let who = import.speaker("Léa").unwrap();
    let said = "Un [à compléter] deux. [à vérifier] [à compléter] Oui.";
    import.push(Some(who), tokens(said), at(0, 90), Opening::Block);
    import.push(Some(who), tokens("[à compléter]"), at(400, 500), Opening::Block);
    let found = import.finish(true);
    let shown: Vec<_> = found.segments.iter().map(|s| (s.text(), s.doubt)).collect();
    let doubt = Some(Doubt::Improbable);
    assert_eq!(shown, [("Un deux.".to_owned(), None), ("Oui.".to_owned(), doubt)]);
    let missing: Vec<_> = found.left_out.iter().map(|one| one.span.start()).collect();
    let un = found.segments[0].words[0].span.end();
    let deux = found.segments[0].words[1].span.end();
    assert_eq!(missing, [un, deux, Time::from_millis(400)]);
    assert_eq!(found.turns.last().unwrap().span.end(), Time::from_millis(500));
}

fn at(start: u64, end: u64) -> (Time, Time) {
    (Time::from_millis(start), Time::from_millis(end))
}

#[test]
fn words_without_times_share_what_their_neighbours_leave() {
    let mut words = tokens("a bbb c");
    words[0].span = Some((Time::from_millis(5), Time::from_millis(10)));
    let found = timed(words, (Time::default(), Time::from_millis(70)));
    let starts: Vec<u64> = found.iter().map(|word| word.span.start().as_millis()).collect();
    assert_eq!(starts, [5, 10, 50]);
    assert_eq!(found[2].span.end(), Time::from_millis(70));
}

#[test]
fn times_that_go_backwards_are_put_in_order() {
    let mut words = tokens("un deux");
    words[0].span = Some((Time::from_millis(50), Time::from_millis(40)));
    words[1].span = Some((Time::from_millis(10), Time::from_millis(20)));
    let found = timed(words, (Time::default(), Time::from_millis(70)));
    let ends: Vec<u64> = found.iter().map(|word| word.span.end().as_millis()).collect();
    assert_eq!(ends, [51, 52]);
}

/// `expected` parts words by bars and shows each behind its gap, but the first.
fn check(text: &str, expected: &str) {
    let words = with_marks(tokens(text));
    let shown = |(index, token): (usize, &Token)| match index {
        0 => token.text.clone(),
        _ => format!("|{}{}", token.gap.as_str(), token.text),
    };
    assert_eq!(words.iter().enumerate().map(shown).collect::<String>(), expected);
}
