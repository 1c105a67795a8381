//! Who said which word, specified by drawings: one column is 100 ms.
//!
//! ```text
//! words .----.------.   a run of dashes is a word; one that ends in `!` ends a sentence
//! turns AAAAA........   a letter is a speaker talking; one row per voice
//! turns .....BBBBBBBB
//! said  .AAAA.BBBBBB.   the word, painted with its speaker; `?` is nobody
//! ```

use proptest::prelude::*;
use voixoff::{
    base::{
        speech::{SpeakerId, Turn, Word},
        time::{Span, Time},
    },
    speakers::merge::{MergeSettings, speakers_of},
};

#[test]
fn a_word_belongs_to_the_speaker_who_fills_most_of_it() {
    check(
        r"
        words .---!.------.
        turns AAAAA........
        turns .....BBBBBBBB
        said  .AAAA.BBBBBB.
        ",
    );
}

#[test]
fn an_interjection_does_not_steal_the_word_it_covers() {
    check(
        r"
        words .---.--------.---.
        turns AAAAAAAAAAAAAAAAAA
        turns ......BBBBB.......
        said  .AAA.AAAAAAAA.AAA.
        ",
    );
}

#[test]
fn an_interjection_in_a_pause_keeps_its_word() {
    check(
        r"
        words .--------!..--!..------.
        turns AAAAAAAAAAA.....AAAAAAAA
        turns ...........BBBBB........
        said  .AAAAAAAAA..BBB..AAAAAA.
        ",
    );
}

#[test]
fn a_change_moves_to_the_end_of_the_sentence() {
    check(
        r"
        words .---.-----.--!-----.----.
        turns AAAAAAAAAA...............
        turns ..........BBBBBBBBBBBBBBB
        said  .AAA.AAAAA.AAABBBBB.BBBB.
        ",
    );
}

#[test]
fn a_change_moves_to_the_nearest_pause() {
    check(
        r"
        words .---.-----.--...-----.----.
        turns AAAAAAAAAAA...............
        turns ...........BBBBBBBBBBBBBBB
        said  .AAA.AAAAA.AA...BBBBB.BBBB.
        ",
    );
}

#[test]
fn a_blink_of_another_voice_inside_a_phrase_changes_nothing() {
    check(
        r"
        words .----.--.------.---.
        turns AAAAA....AAAAAAAAAAA
        turns .....BBBB...........
        said  .AAAA.AA.AAAAAA.AAA.
        ",
    );
}

#[test]
fn a_word_far_from_every_turn_is_nobodys() {
    check(
        r"
        words .--......................--..
        turns AAAA.........................
        said  .AA......................??..
        ",
    );
}

#[test]
fn a_word_beside_a_turn_goes_with_it() {
    check(
        r"
        words .---....---.
        turns AAAA........
        turns ............
        said  .AAA....AAA.
        ",
    );
}

#[test]
fn where_nobody_is_known_nobody_said_it() {
    assert_eq!(speakers_of(&[], &[], &MergeSettings::PODCAST), []);
    let word = word(('-', Span::from_start(Time::from_millis(500))), "mot");
    assert_eq!(speakers_of(&[word], &[], &MergeSettings::PODCAST), [None]);
}

proptest! {
    #[test]
    fn one_speaker_has_every_word_near_her(lengths in prop::collection::vec(1_u64..900, 1..50)) {
        let mut at = 0;
        let words: Vec<Word> = lengths.iter().map(|length| {
            let span = Span::new(Time::from_millis(at), Time::from_millis(at + length));
            at += length + length % 7 * 30;
            word(('-', span.expect("not empty")), "mot")
        }).collect();
        let turn = Turn::new(SpeakerId(0), Span::from_start(Time::from_millis(at)));
        let said = speakers_of(&words, &[turn], &MergeSettings::PODCAST);
        prop_assert!(said.iter().all(|speaker| *speaker == Some(SpeakerId(0))));
    }
}

#[track_caller]
fn check(drawing: &str) {
    let rows = |label| drawing.lines().filter_map(move |row| row.trim().strip_prefix(label));
    let row = |label| rows(label).next().expect("the drawing has this row").trim();

    // A sentence's end is part of its word.
    let plain = row("words").replace('!', "-");
    let ends: Vec<usize> = row("words").match_indices('!').map(|(column, _)| column + 1).collect();
    let mut words: Vec<Word> = Vec::new();
    for (mark, span) in runs(&plain).filter(|(mark, _)| *mark == '-') {
        let mut start = span.start();
        let cuts = ends.iter().map(|&column| Time::from_millis(column as u64 * 100));
        for cut in cuts.filter(|cut| span.start() < *cut && *cut <= span.end()) {
            words.push(word((mark, Span::new(start, cut).expect("not empty")), "fin."));
            start = cut;
        }
        words.extend(Span::new(start, span.end()).map(|rest| word((mark, rest), "mot")));
    }
    let mut turns: Vec<Turn> =
        rows("turns").flat_map(|row| runs(row.trim())).filter_map(turn).collect();
    turns.sort_by_key(|turn| turn.span);

    let mut said: Vec<u8> = vec![b'.'; row("words").len()];
    for (word, speaker) in words.iter().zip(speakers_of(&words, &turns, &MergeSettings::PODCAST)) {
        said[columns(word.span)].fill(speaker.map_or(b'?', |SpeakerId(id)| b'A' + id as u8));
    }
    assert_eq!(row("said"), String::from_utf8_lossy(&said), "{drawing}");
}

/// The runs of one row, each with its mark and the time it covers.
fn runs(row: &str) -> impl Iterator<Item = (char, Span)> {
    let mut column = 0;
    row.as_bytes().chunk_by(|a, b| a == b).map(move |run| {
        let start = Time::from_millis(column * 100);
        column += run.len() as u64;
        let span = Span::new(start, Time::from_millis(column * 100)).expect("a run is not empty");
        (char::from(run[0]), span)
    })
}

fn word((_, span): (char, Span), text: &str) -> Word {
    Word::new(text, span, Some(1.0))
}

fn turn((mark, span): (char, Span)) -> Option<Turn> {
    (mark != '.').then(|| Turn::new(SpeakerId(mark as u16 - u16::from(b'A')), span))
}

fn columns(span: Span) -> std::ops::Range<usize> {
    let column = |time: Time| time.samples() as usize / 1600;
    column(span.start())..column(span.end())
}
