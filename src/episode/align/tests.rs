//! Of words that keep their times.

use super::*;
use crate::base::speech::Role;
use crate::base::transcript::{ModelUsed, Opening, Provenance, SpeakerName};

#[test]
fn words_that_are_the_same_keep_their_own_times() {
    check(
        &["0 Le logis ciel libre,", "1 Merci !"],
        &["0 Le logiciel libre.", "1 Merci bien !"],
        "Le 0-200 (logiciel 300-800) libre. 900-1100 Merci 1200-1400 (bien 1500-1642) ! 1642-1700",
    );
}

#[test]
fn a_word_keeps_its_time_in_other_marks_and_another_case() {
    check(
        &["0 bonjour, l' été vraiment ?"],
        &["0 Bonjour. L’été : vraiment"],
        "Bonjour. 0-200 L’été 300-800 : 800-900 vraiment 900-1100",
    );
}

#[test]
fn a_part_of_a_word_has_no_time_of_its_own() {
    check(
        &["0 un porte-monnaie vert"],
        &["0 un porte vert"],
        "un 0-200 (porte 300-500) vert 600-800",
    );
}

#[test]
fn words_that_were_added_lie_between_their_neighbours() {
    check(&["0 un deux"], &["0 un et deux"], "un 0-200 (et 200-300) deux 300-500");
    check(&["0 un deux trois"], &["0 un trois"], "un 0-200 trois 600-800");
}

#[test]
fn a_text_of_another_sound_takes_no_times() {
    let heard = transcript(&["0 Bonjour à toutes et à tous."]);
    let other = align(transcript(&["0 Rien de tout cela ici."]), &heard).unwrap_err();
    assert_eq!(other, OtherSound { n_words: 5, n_found: 1 });
    assert!(align(transcript(&[]), &heard).is_err());
}

#[test]
fn numbers_are_the_same_however_they_are_written() {
    check(
        &["0 cinquante sept pour cent des gens"],
        &["0 57\u{a0}% des gens"],
        "57\u{a0}% 0-1100 des 1200-1400 gens 1500-1700",
    );
    check(
        &["0 il y en a 57 en tout"],
        &["0 Il y en a cinquante-sept en tout."],
        "Il 0-200 y 300-500 en 600-800 a 900-1100 cinquante-sept 1200-1400 en 1500-1700 tout. 1800-2000",
    );
}

#[test]
fn what_an_editor_leaves_out_moves_nothing() {
    check(
        &["0 c' est c' est pas euh le le chat qui qui miaule"],
        &["0 Ce n’est pas le chat qui miaule."],
        "Ce 600-800 n’est 900-1100 pas 1200-1400 le 2100-2300 chat 2400-2600 qui 3000-3200 miaule. 3300-3500",
    );
}

#[test]
fn a_name_that_was_misheard_has_its_time() {
    check(
        &["0 voici alan garamier qui parle"],
        &["0 Voici Alain Garnier qui parle."],
        "Voici 0-200 Alain 300-500 Garnier 600-800 qui 900-1100 parle. 1200-1400",
    );
}

const TALK: [&str; 4] = [
    "0 bonjour à toutes et à tous nous parlons ce soir des communs numériques et de leur histoire",
    "1 merci de votre invitation je suis bien content de venir en parler devant vous",
    "0 alors première question depuis combien de temps existe cette association de bénévoles",
    "1 elle est née voilà vingt ans dans une petite ville au bord de la mer du nord",
];

/// Where a segment is said, by the number of the first word heard.
fn place(segment: &Segment) -> u64 {
    segment.span.start().as_millis() / 300
}

#[test]
fn a_paragraph_that_nobody_says_is_marked_and_moves_nothing() {
    let note = "0 [1] Cette page présente les notes ajoutées après coup par celle qui transcrit.";
    let mut page = transcript(&[TALK[0], TALK[1], note, TALK[2], TALK[3]]);
    page.segments.iter_mut().for_each(|segment| segment.opens = Opening::Block);
    let found = align(page, &transcript(&TALK)).unwrap().transcript;
    let said: Vec<bool> = found.segments.iter().map(|it| !it.is_unsaid()).collect();
    assert_eq!(said, [true, true, false, true, true]);
    let places: Vec<u64> = found.segments.iter().map(place).collect();
    assert_eq!((places[3], places[4]), (31, 43));
    assert_eq!(found.alignment.iter().filter(|it| it.span.is_none()).count(), 1);
    assert_eq!(found.left_out, []);
}

#[test]
fn sound_that_nobody_wrote_is_listed() {
    let page = [TALK[0], TALK[3]];
    let found = align(transcript(&page), &transcript(&TALK)).unwrap().transcript;
    let spans: Vec<(u64, u64)> = found
        .left_out
        .iter()
        .map(|one| (one.span.start().as_millis() / 300, one.span.end().as_millis() / 300))
        .collect();
    assert_eq!(spans, [(17, 42)]);
    assert_eq!(found.segments.iter().map(place).collect::<Vec<_>>(), [0, 43]);
}

#[test]
fn a_paragraph_out_of_order_stands_where_it_is_said() {
    let mut page = transcript(&[TALK[1], TALK[0], TALK[2]]);
    page.segments.iter_mut().for_each(|segment| segment.opens = Opening::Block);
    let found = align(page, &transcript(&TALK)).unwrap().transcript;
    assert_eq!(found.segments.iter().map(place).collect::<Vec<_>>(), [0, 17, 31]);
    let moved: Vec<bool> = found.alignment.iter().map(|paragraph| paragraph.is_moved).collect();
    assert_eq!(moved, [false, true, false]);
}

#[test]
fn each_paragraph_says_how_sure_it_is() {
    let mut heard = transcript(&TALK);
    // The voices of the last two are mixed up.
    (heard.segments[2].speaker, heard.segments[3].speaker) =
        (heard.segments[3].speaker, heard.segments[2].speaker);
    heard.segments[1].words.truncate(10);
    let found = align(transcript(&TALK), &heard).unwrap().transcript;
    let sure: Vec<_> =
        found.alignment.iter().map(|it| (it.n_heard, it.n_words, it.voice)).collect();
    assert_eq!((sure[1].0, sure[1].1), (10, 14));
    assert_eq!([sure[0].2, sure[2].2], [Some(1.0), Some(0.0)]);
}

#[test]
fn who_was_given_a_name_keeps_the_role() {
    let mut heard = transcript(&["0 Bonjour à tous.", "1 Merci beaucoup."]);
    heard.speakers[1].role = Some(Role::Guest);
    let mut text = transcript(&["0 Bonjour à tous.", "1 Merci beaucoup."]);
    text.speakers[1].name = SpeakerName::read("Marie");
    let found = align(text, &heard).unwrap().transcript;
    assert_eq!((found.names()[1].as_str(), found.speakers[1].role), ("Marie", Some(Role::Guest)));
    assert!(found.provenance.corrected, "somebody gave the name");
}

#[test]
fn a_text_that_nobody_touched_is_not_corrected() {
    let recogniser = Some(ModelUsed { name: "base".to_owned(), sha256: String::new() });
    let mut heard = transcript(&["0 Bonjour à tous.", "0 Merci."]);
    heard.provenance = Provenance { recogniser, ..Provenance::default() };
    let found = align(transcript(&["0 Bonjour à tous. Merci."]), &heard).unwrap().transcript;
    assert_eq!(found.provenance, heard.provenance);
    assert!(words(&found).all(|word| word.is_timed && word.probability == Some(0.9)));
}

/// What is heard of one paragraph, and its page, which has two words more.
const HEARD: &str = "0 Nous recevons cette semaine une invitée qui parlera de logiciel";
const LONGER: &str =
    "0 Nous recevons cette belle et grande semaine une invitée qui parlera de logiciel";

/// The words of the window of [`LONGER`] at `times`, in ms from its start.
fn forced(laying: &Laying<'_>, at: impl Fn(usize) -> u64, log_probability: f32) -> Vec<Forced> {
    let [window] = laying.windows() else { panic!("one window: {:?}", laying.windows()) };
    let span = |n| Span::from_start(Time::from_millis(20)).later(Time::from_millis(at(n)));
    (0..window.words.len()).map(|n| Forced { span: span(n), log_probability }).collect()
}

#[test]
fn words_that_were_not_heard_are_where_they_are_forced_to_be() {
    let heard = transcript(&[HEARD]);
    let laying = Laying::new(transcript(&[LONGER]), &heard).unwrap();
    let [window] = laying.windows() else { panic!("{:?}", laying.windows()) };
    let texts: Vec<&str> = window.words.iter().map(|word| word.text.as_str()).collect();
    assert_eq!(
        texts.join(" "),
        "Nous recevons cette belle et grande semaine une invitée qui parlera de"
    );
    // Three known words, three that fit in the 100 ms between, the others where they are.
    let at = |n: usize| match n {
        0..3 => n as u64 * 300,
        3..6 => 800 + (n as u64 - 3) * 30,
        _ => (n as u64 - 3) * 300,
    };
    let start = window.span.start().as_millis();
    assert_eq!(start, 0);
    let answer = forced(&laying, at, -1.0);
    let found = laying.finish(&[Some(answer)]).transcript;
    let shown: Vec<(u64, bool)> = words(&found)
        .skip(2)
        .take(5)
        .map(|word| (word.span.start().as_millis(), word.is_forced))
        .collect();
    assert_eq!(shown, [(600, false), (800, true), (830, true), (860, true), (900, false)]);
    assert!(words(&found).all(|word| word.is_timed));
}

#[test]
fn what_was_forced_is_not_believed_where_known_words_are_elsewhere_or_it_is_improbable() {
    let heard = transcript(&[HEARD]);
    let is_believed = |shift: u64, log_probability| {
        let laying = Laying::new(transcript(&[LONGER]), &heard).unwrap();
        let at =
            |n: usize| shift + if n < 3 { n as u64 * 300 } else { 800.max((n as u64 - 3) * 300) };
        let answer = forced(&laying, at, log_probability);
        let found = laying.finish(&[Some(answer)]).transcript;
        words(&found).any(|word| word.is_forced)
    };
    assert!(is_believed(0, -1.0));
    assert!(!is_believed(500, -1.0));
    assert!(!is_believed(0, -9.0));
}

#[test]
fn what_is_heard_and_not_written_may_take_time_before_the_next_word() {
    let heard =
        transcript(&["0 Nous recevons donc cette semaine une invitée qui parlera de choses"]);
    let laying = Laying::new(
        transcript(&[
            "0 Nous recevons cette belle semaine une invitée qui parlera de logiciels libres",
        ]),
        &heard,
    )
    .unwrap();
    let others: Vec<&str> = laying.windows()[0]
        .words
        .iter()
        .filter(|word| word.follows_others)
        .map(|word| word.text.as_str())
        .collect();
    assert_eq!(others, ["cette"]);
}

#[test]
fn a_text_that_was_heard_as_it_is_asks_for_nothing() {
    let heard = transcript(&TALK);
    assert!(Laying::new(transcript(&TALK), &heard).unwrap().windows().is_empty());
}

/// Segments with a speaker's number, words of 200 ms, 100 ms apart.
fn transcript(lines: &[&str]) -> Transcript {
    let mut now = 0;
    let mut segments = Vec::new();
    for line in lines {
        let (number, text) = line.split_once(' ').unwrap();
        let mut words = Vec::new();
        for text in text.split(' ') {
            let span = Span::from_start(Time::from_millis(200)).later(Time::from_millis(now));
            words.push(Word::new(text, span, Some(0.9)));
            now += 300;
        }
        let (first, last): (&Word, &Word) = (&words[0], &words[words.len() - 1]);
        segments.push(Segment {
            speaker: number.parse().ok().map(SpeakerId),
            guess: None,
            span: Span::new(first.span.start(), last.span.end()).unwrap(),
            words,
            doubt: None,
            opens: Opening::Nothing,
            language: Default::default(),
        });
    }
    let speakers = ["Intervenant 1", "Intervenant 2"].into_iter().zip(0..);
    Transcript {
        speakers: speakers.map(|(name, id)| Speaker::named(SpeakerId(id), name)).collect(),
        duration: Time::from_millis(now),
        segments,
        is_timed: true,
        ..Transcript::default()
    }
}

/// Words with start and end in ms; in brackets those whose time is a share.
#[track_caller]
fn check(heard: &[&str], text: &[&str], expected: &str) {
    let found = align(transcript(text), &transcript(heard)).unwrap().transcript;
    let shown: Vec<String> = words(&found)
        .map(|word| {
            let (start, end) = (word.span.start().as_millis(), word.span.end().as_millis());
            match word.is_timed || !word.text.contains(char::is_alphanumeric) {
                true => format!("{} {start}-{end}", word.text),
                false => format!("({} {start}-{end})", word.text),
            }
        })
        .collect();
    assert_eq!(shown.join(" "), expected);
}
