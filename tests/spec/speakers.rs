//! Who speaks, from subsegments to speakers: voices on a circle, so that distance is an angle.
//!
//! One column is 500 ms; a letter is a voice, its angle in the table of `angle`. Rows are
//! tracks, as the segmentation network follows them; `turns` has a digit for each person.

use voixoff::{
    base::{
        speech::{Embedding, SpeakerId, Turn},
        time::{Span, Time},
    },
    speakers::diarize::{
        Subsegment,
        assignment::{SpeakerSettings, assign_speakers},
    },
};

#[test]
fn the_same_voice_in_two_tracks_is_one_person() {
    check(
        r"
        track aaaa........
        track ....bbbb....
        track ........aaaa
        turns 000011110000
        ",
    );
}

#[test]
fn a_subsegment_in_another_voice_leaves_its_track() {
    check(
        r"
        track aaaaaaaa
        track ........bbbbbbbb
        track ................aaaabbaa
        turns 000000001111111100001100
        ",
    );
}

#[test]
fn two_voices_that_are_one_track_all_along_are_two_people() {
    check(
        r"
        track aaaaaabbbbbbaaaaaa
        turns 000000111111000000
        ",
    );
}

#[test]
fn a_short_sound_goes_with_its_track() {
    check(
        r"
        track aaaa.?..aaaa
        track ............bbbbbb
        turns 0000.0..0000111111
        ",
    );
}

#[test]
fn an_announcer_of_two_sentences_is_a_person_of_her_own() {
    check(
        r"
        track cccc....aaaaaaaaaaaaaaaa
        track ........................bbbbbbbb
        turns 0000....111111111111111122222222
        ",
    );
}

#[test]
fn a_sound_of_one_second_is_nobody_new() {
    check(
        r"
        track aaaaaaaaaaaa..cc......
        track ......................bbbbbbbb
        turns 000000000000..00......11111111
        ",
    );
}

#[test]
fn a_subsegment_goes_to_the_nearer_voice_by_however_little() {
    check(
        r"
        track aaaaaaaaaaaaaaaafff.......
        track ...................bbbbbbbb
        turns 000000000000000011111111111
        ",
    );
}

#[test]
fn little_speech_of_a_voice_may_look_farther_away_than_much_of_it() {
    // The same two voices: two seconds of each are no evidence
    // of two people, fifty are.
    let few = SpeakerSettings { threshold: 0.5, ..SpeakerSettings::PODCAST };
    check_with(
        &few,
        r"
        track aaaa....
        track ....gggg
        turns 00000000
        ",
    );
    let long = |voice: &str| voice.repeat(100);
    check_with(
        &few,
        &format!(
            "
            track {}{}
            track {}{}
            turns {}{}
            ",
            long("a"),
            long("."),
            long("."),
            long("g"),
            long("0"),
            long("1"),
        ),
    );
}

#[test]
fn a_number_of_people_that_was_given_is_kept() {
    let settings = SpeakerSettings { count: Some((1, 1)), ..SpeakerSettings::PODCAST };
    check_with(
        &settings,
        r"
        track aaaaaaaa........
        track ........bbbbbbbb
        turns 0000000000000000
        ",
    );
    let settings = SpeakerSettings { count: Some((3, 5)), ..SpeakerSettings::PODCAST };
    check_with(
        &settings,
        r"
        track aaaaaaaa........dddddddd
        track ........bbbbbbbb
        turns 000000001111111122222222
        ",
    );
}

#[test]
fn what_is_like_nobody_goes_with_whoever_talks_nearest_to_it() {
    check(
        r"
        track aaaa........
        track ....bbbb....
        track ........e...
        turns 000011111...
        ",
    );
}

#[test]
fn what_is_like_nobody_asks_its_neighbours_before_its_track() {
    check(
        r"
        track aaaa....e...aaaa
        track ....bbbb........
        turns 000011111...0000
        ",
    );
}

#[test]
fn nobody_is_told_apart_where_nothing_was_embedded() {
    let subsegment = |second: u64| Subsegment {
        track: 0,
        span: Span::from_start(Time::from_millis(400)).later(Time::from_millis(second * 1_000)),
        embedding: None,
    };
    let found = assign_speakers(&[subsegment(0), subsegment(1)], &SpeakerSettings::PODCAST);
    assert_eq!((found.turns, found.voices), (Vec::new(), Vec::new()));
}

#[track_caller]
fn check(drawing: &str) {
    check_with(&SpeakerSettings::PODCAST, drawing);
}

#[track_caller]
fn check_with(settings: &SpeakerSettings, drawing: &str) {
    let rows = |label| drawing.lines().filter_map(move |row| row.trim().strip_prefix(label));
    let mut subsegments: Vec<Subsegment> = Vec::new();
    for (track, row) in (0..).zip(rows("track")) {
        for (voice, span) in runs(row.trim()).filter(|(voice, _)| *voice != '.') {
            subsegments.push(Subsegment { track, span, embedding: embedding(voice) });
        }
    }
    subsegments.sort_by_key(|subsegment| (subsegment.span, subsegment.track));
    let found = assign_speakers(&subsegments, settings);
    let expected = rows("turns").next().expect("a row of turns").trim();
    assert_eq!(drawn(&found.turns, expected.len()), expected, "{drawing}\n{found:?}");
    let n_people = expected.bytes().filter(u8::is_ascii_digit).max().map_or(0, |d| d - b'0' + 1);
    assert_eq!(found.voices.len(), usize::from(n_people));
}

fn embedding(voice: char) -> Option<Embedding> {
    let degrees: f32 = match voice {
        'a' => 0.0,
        'b' => 90.0,
        'c' => 180.0,
        // Like `a`, but not the same: nearer than the threshold.
        'd' => 25.0,
        // A little more like `b` than like `a`.
        'f' => 50.0,
        // Like `a` at a cosine of 0.67.
        'g' => 48.0,
        // Like nobody; still less like `b` than like `a`.
        'e' => 260.0,
        _ => return None,
    };
    let (sin, cos) = degrees.to_radians().sin_cos();
    Embedding::new(vec![sin, cos])
}

fn runs(row: &str) -> impl Iterator<Item = (char, Span)> {
    let mut column = 0;
    row.as_bytes().chunk_by(|a, b| a == b).map(move |run| {
        let start = Time::from_millis(column * 500);
        column += run.len() as u64;
        let span = Span::new(start, Time::from_millis(column * 500)).expect("a run is not empty");
        (char::from(run[0]), span)
    })
}

fn drawn(turns: &[Turn], n_columns: usize) -> String {
    let mut row = vec![b'.'; n_columns];
    for Turn { speaker: SpeakerId(id), span, .. } in turns {
        let column = |time: Time| (time.as_millis() / 500) as usize;
        row[column(span.start())..column(span.end())].fill(b'0' + *id as u8);
    }
    String::from_utf8_lossy(&row).into_owned()
}
