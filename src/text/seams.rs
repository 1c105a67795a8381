//! Where one window of the recogniser ends and the next begins, in the middle of a sentence.
//!
//! Each window is answered as if it were all there is: it ends with a point though the
//! sentence goes on, and begins with a capital though it has begun before. A point before a
//! small letter is the window's, and so is the capital of a word that only joins others. What
//! else is written in capitals may be a name.

use super::{artefacts::lowered, word};
use crate::base::{
    speech::{SpeakerId, Utterance, Word, ends_sentence},
    time::Time,
    transcript::{Change, Rule},
};

/// From here on a pause ends a sentence, whatever the letters say.
const PAUSE: Time = Time::from_millis(1_000);

/// Takes the points and capitals of windows out of sentences that go on, and lists what it
/// changed, in the order of time. `speakers` has one for each word.
pub fn join_windows(utterances: &mut [Utterance], speakers: &[Option<SpeakerId>]) -> Vec<Change> {
    let mut changes = Vec::new();
    let mut last: Option<usize> = None;
    // Words before the utterance at hand.
    let mut n_before = 0;
    for at in 0..utterances.len() {
        let n_words = utterances[at].words.len();
        if n_words == 0 {
            continue;
        }
        let speaker = |word: usize| speakers.get(word).copied().flatten();
        if let Some(last) = last.filter(|_| speaker(n_before - 1) == speaker(n_before)) {
            let (before, behind) = utterances.split_at_mut(at);
            changes.extend(join(&mut before[last], &mut behind[0]));
        }
        last = Some(at);
        n_before += n_words;
    }
    changes
}

fn join(one: &mut Utterance, next: &mut Utterance) -> Option<Change> {
    let is_believed = one.doubt.is_none() && next.doubt.is_none();
    let (head, tail) = (one.words.last_mut()?, next.words.first_mut()?);
    if !is_believed || tail.span.start().minus(head.span.end()) >= PAUSE {
        return None;
    }
    let (head_text, tail_text) = match begins_small(tail) {
        true => (without_point(&head.text)?, tail.text.clone()),
        false if goes_on(&head.text) => (head.text.clone(), lowered(&tail.text)?),
        false => return None,
    };
    let change = Change {
        rule: Rule::Artefact,
        at: head.span.start(),
        before: word::joined([&*head, &*tail]),
        after: format!("{head_text} {tail_text}"),
    };
    (head.text, tail.text) = (head_text, tail_text);
    Some(change)
}

fn begins_small(word: &Word) -> bool {
    word.text.chars().next().is_some_and(char::is_lowercase)
}

/// `text` without the one point that it ends with; « etc. » and « M. » keep theirs.
fn without_point(text: &str) -> Option<String> {
    let rest = text.strip_suffix('.').filter(|rest| ends_sentence(text) && !rest.ends_with('.'))?;
    let is_short = rest.chars().count() < 4;
    (rest.ends_with(char::is_alphanumeric) && !is_short && !rest.contains('.'))
        .then(|| rest.to_owned())
}

/// Whether nothing behind `text` ends or divides a sentence but a comma.
fn goes_on(text: &str) -> bool {
    text.ends_with(|c: char| c.is_alphanumeric() || c == ',')
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::{speech::Doubt, time::Span};

    #[test]
    fn a_capital_of_a_window_is_none_of_the_sentence() {
        check(&["0 dans ce projet", "0 Est en train"], "dans ce projet | est en train");
        check(&["0 oui,", "0 L'idée est"], "oui, | l'idée est");
    }

    #[test]
    fn a_point_of_a_window_does_not_end_a_sentence_that_goes_on() {
        check(&["0 il est parti.", "0 et revient"], "il est parti | et revient");
    }

    #[test]
    fn a_sentence_that_ends_with_its_window_stays_as_it_is() {
        for windows in [
            ["0 c'est fini.", "0 Et voilà"],
            ["0 c'est fini !", "0 et voilà"],
            ["0 c'est fini...", "0 et voilà"],
            ["0 les chiens, etc.", "0 et voilà"],
            ["0 dans ce projet", "1 Est en train"],
            ["0 dans ce projet", "0 ~ Est en train"],
            ["0 chez", "0 Pierre et"],
            ["0 chez", "0 EST Informatique"],
            ["0 il dit :", "0 Est ce"],
        ] {
            let texts = windows.map(|window| window[2..].replace("~ ", ""));
            check(&windows, &texts.join(" | "));
        }
    }

    #[test]
    fn doubtful_words_are_left_for_who_checks_them() {
        let (mut heard, speakers) = heard(&["0 ce projet", "0 Est en train"]);
        heard[1].doubt = Some(Doubt::Improbable);
        assert_eq!(join_windows(&mut heard, &speakers), []);
    }

    /// Utterances with a speaker's number, words of 200 ms, 100 ms apart; `~` is a second more.
    fn heard(windows: &[&str]) -> (Vec<Utterance>, Vec<Option<SpeakerId>>) {
        let (mut now, mut speakers) = (0, Vec::new());
        let mut window = |drawn: &&str| {
            let (number, text) = drawn.split_once(' ').unwrap();
            let mut words = Vec::new();
            for text in text.split(' ') {
                let span = Span::from_start(Time::from_millis(200)).later(Time::from_millis(now));
                now += if text == "~" { 1_000 } else { 300 };
                if text != "~" {
                    speakers.push(number.parse().ok().map(SpeakerId));
                    words.push(Word::new(text, span, Some(0.9)));
                }
            }
            Utterance {
                span: Span::new(words[0].span.start(), words[words.len() - 1].span.end()).unwrap(),
                words,
                mean_log_probability: -0.1,
                no_speech_probability: 0.0,
                doubt: None,
            }
        };
        let windows = windows.iter().map(&mut window).collect();
        (windows, speakers)
    }

    #[track_caller]
    fn check(windows: &[&str], expected: &str) {
        let (mut heard, speakers) = heard(windows);
        let before: Vec<String> = heard.iter().map(Utterance::text).collect();
        let changes = join_windows(&mut heard, &speakers);
        let after: Vec<String> = heard.iter().map(Utterance::text).collect();
        assert_eq!(after.join(" | "), expected);
        assert_eq!(changes.is_empty(), before == after, "what changes is listed");
    }
}
