//! Documents under random edits, held to lists of plain lines.

use super::*;
use crate::base::{
    speech::{SpeakerId, Word},
    time::{Span, Time},
    transcript::{Opening, Rule, Segment, SegmentLanguage, Speaker, Transcript},
};
use proptest::prelude::*;
use std::{fs, path::Path};

const LINES: [(&str, u16); 5] = [
    ("Bonjour à tous et bienvenue.", 0),
    ("Vous écoutez le journal du libre.", 0),
    ("Merci de me recevoir, euh, ce matin.", 1),
    ("On parle de logis ciel libre.", 1),
    ("C’est la fin.", 0),
];

/// A transcript of `LINES`; each word lasts 300 ms, a second is between lines.
fn machine(lines: &[(&str, u16)]) -> Transcript {
    let mut now = 0;
    let mut segments = Vec::new();
    for (line, speaker) in lines {
        let word = |text: &str| {
            now += 300;
            let span = Span::new(Time::from_millis(now - 300), Time::from_millis(now)).unwrap();
            Word::new(text, span, Some(0.9))
        };
        let words: Vec<Word> = line.split(' ').map(word).collect();
        let span = Span::new(words[0].span.start(), words[words.len() - 1].span.end()).unwrap();
        segments.push(Segment {
            speaker: Some(SpeakerId(*speaker)),
            guess: None,
            span,
            words,
            doubt: None,
            opens: Opening::Nothing,
            language: SegmentLanguage::Unknown,
        });
        now += 1_000;
    }
    Transcript {
        duration: Time::from_millis(now),
        is_timed: true,
        speakers: ["Intervenant 1", "Intervenant 2"]
            .iter()
            .enumerate()
            .map(|(n, name)| Speaker::named(SpeakerId(n as u16), name))
            .collect(),
        segments,
        ..Transcript::default()
    }
}

fn document() -> Document {
    Document::new(machine(&LINES))
}

fn put(id: u64, text: &str, speaker: u16) -> SentencePut {
    SentencePut {
        id,
        text: text.to_owned(),
        speaker: Some(SpeakerId(speaker)),
        opens: Opening::Nothing,
        checked: false,
        heard: None,
    }
}

fn splice(at: &[u64], with: Vec<SentencePut>) -> Edit {
    Edit { splices: vec![Splice { at: at.to_vec(), with }], ..Edit::default() }
}

fn texts(document: &Document) -> Vec<String> {
    document.sentences().iter().map(Sentence::text).collect()
}

#[test]
fn each_run_of_words_that_are_others_is_listed() {
    let mut document = document();
    let text = "Merci de nous recevoir, euh, ce midi.";
    document.apply(&splice(&[2], vec![put(2, text, 1)]), 0).unwrap();
    let changes = document.transcript().changes;
    let changes: Vec<_> = changes.iter().map(|it| (&*it.before, &*it.after)).collect();
    assert_eq!(changes, [("me", "nous"), ("matin.", "midi.")]);
}

#[test]
fn a_guess_stays_one_until_a_person_says_who_speaks() {
    let mut machine = machine(&LINES);
    let unsure = &mut machine.segments[4];
    unsure.guess = unsure.speaker.take();
    let mut document = Document::new(machine);
    let said = |document: &Document| {
        let segment = document.transcript().segments[4].clone();
        (segment.speaker, segment.guess)
    };
    let nobody = SentencePut { speaker: None, ..put(4, "C’était la fin.", 0) };
    document.apply(&splice(&[4], vec![nobody]), 0).unwrap();
    assert_eq!(said(&document), (None, Some(SpeakerId(0))));
    document.apply(&splice(&[4], vec![put(4, "C’était la fin.", 1)]), 1).unwrap();
    assert_eq!(said(&document), (Some(SpeakerId(1)), None));
}

#[test]
fn how_far_a_review_is_can_be_told_while_somebody_has_it_open() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("un.review.jsonl");
    let progress = || Review::progress(&path).unwrap();
    assert_eq!(progress(), None);
    let machine = || Ok::<_, ReviewError>(machine(&LINES));
    let mut review = Review::open(&path, machine).unwrap();
    let name = Some("Léa".to_owned());
    let states = [
        (splice(&[4], vec![put(4, "C’était la fin.", 0)]), (false, "", true)),
        (Edit { reviewed: Some(true), reviewer: name, ..Edit::default() }, (true, "Léa", true)),
        (Edit { published: true, ..Edit::default() }, (true, "Léa", false)),
        (Edit { reviewed: Some(false), ..Edit::default() }, (false, "Léa", true)),
    ];
    for (n, (edit, (is_reviewed, reviewer, is_unpublished))) in states.into_iter().enumerate() {
        review.apply(edit, n as u64).unwrap();
        let reviewer = reviewer.to_owned();
        let expected = Progress { is_reviewed, reviewer, is_unpublished };
        assert_eq!(progress(), Some(expected), "edit {n}");
    }
    // Under another pass the files are written again.
    review.renew(machine().unwrap()).unwrap();
    let known = progress().unwrap();
    assert_eq!((known.is_reviewed, known.is_unpublished), (false, false));
}

#[test]
fn what_was_done_can_be_taken_back_after_the_review_was_closed() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("un.review.jsonl");
    let opened = || Review::open(&path, || Ok::<_, ReviewError>(machine(&LINES))).unwrap();
    let typed = |text: &str| splice(&[4], vec![put(4, text, 0)]);
    let mut review = opened();
    let before = texts(review.document());
    let name = SpeakerPut { speaker: SpeakerId(1), name: "Léa".to_owned() };
    review.apply(Edit { names: vec![name], ..Edit::default() }, 0).unwrap();
    // A sentence typed in two pieces, taken back at once, and typed again.
    let back = review.document().back_of(&typed("C’est"));
    review.apply(typed("C’était"), 1).unwrap();
    review.apply(typed("C’était la fin."), 2).unwrap();
    assert_eq!(review.deeds().len(), 2);
    review.apply(back, 3).unwrap();
    assert_eq!(review.deeds().len(), 1);
    review.apply(typed("C’était fini."), 4).unwrap();
    review.apply(Edit { published: true, ..Edit::default() }, 5).unwrap();
    let deeds = review.deeds().to_vec();
    drop(review);

    let mut review = opened();
    assert_eq!(review.deeds(), deeds);
    for deed in deeds.into_iter().rev() {
        let since = review.document().revision();
        review.apply(deed.back, since).unwrap();
    }
    assert_eq!(texts(review.document()), before);
    assert_eq!(review.document().speakers()[1].name.as_str(), "Intervenant 2");
    assert_eq!(review.deeds(), []);
    // What a later pass is put under is no deed of a person.
    review.apply(typed("Fin."), review.document().revision()).unwrap();
    review.renew(machine(&LINES)).unwrap();
    assert_eq!(review.deeds(), []);
    drop(review);
    assert_eq!(opened().deeds(), []);
}

#[test]
fn an_edit_whose_answer_was_lost_is_not_applied_again() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("un.review.jsonl");
    let mut review = Review::open(&path, || Ok::<_, ReviewError>(machine(&LINES))).unwrap();
    let edit = splice(&[4], vec![put(4, "C’était la fin.", 0)]);
    assert_eq!(review.apply(edit.clone(), 0).unwrap(), [4].into());
    assert_eq!(review.apply(edit.clone(), 0).unwrap(), [4].into());
    assert_eq!(review.document().revision(), 1);
    // Another one from there comes too late.
    let other = splice(&[4], vec![put(4, "Fin.", 0)]);
    assert!(matches!(review.apply(other, 0), Err(ReviewError::Refused(Refused::Stale { .. }))));
}

#[test]
fn words_that_nobody_touched_keep_their_times_to_the_bit() {
    let mut document = document();
    let before = document.sentences()[3].words.clone();
    document.apply(&splice(&[3], vec![put(3, "On parle de logiciel libre.", 1)]), 0).unwrap();
    let after = &document.sentences()[3].words;
    assert_eq!(after[..3], before[..3]);
    assert_eq!(after[4], before[5]);
    // Heard as two words, it takes the time of both.
    assert_eq!(after[3].text, "logiciel");
    assert_eq!(after[3].span.start(), before[3].span.start());
    assert_eq!(after[3].span.end(), before[4].span.end());
    let transcript = document.transcript();
    assert!(transcript.provenance.corrected);
    let [change] = &transcript.changes[..] else { panic!("{:?}", transcript.changes) };
    assert_eq!(
        (change.rule, &*change.before, &*change.after),
        (Rule::Page, "logis ciel", "logiciel")
    );
}

#[test]
fn a_word_between_two_without_a_pause_gets_time_and_moves_no_other_start() {
    let mut document = document();
    let before: Vec<Time> =
        document.sentences()[0].words.iter().map(|word| word.span.start()).collect();
    document
        .apply(&splice(&[0], vec![put(0, "Bonjour à vraiment tous et bienvenue.", 0)]), 0)
        .unwrap();
    let words = &document.sentences()[0].words;
    let mut starts: Vec<Time> = words.iter().map(|word| word.span.start()).collect();
    let inserted = starts.remove(2);
    assert_eq!(starts, before);
    assert!(before[1] < inserted && inserted < before[2]);
    assert!(words.windows(2).all(|two| two[0].span.end() <= two[1].span.start()));
}

#[test]
fn words_between_two_that_overlap_begin_in_their_order() {
    let mut machine = machine(&[("Un deux.", 0)]);
    let words = &mut machine.segments[0].words;
    words[0].span = Span::new(words[0].span.start(), Time::from_millis(340)).unwrap();
    let mut document = Document::new(machine);
    let text = format!("Un {} deux.", ["et"; 20].join(" "));
    document.apply(&splice(&[0], vec![put(0, &text, 0)]), 0).unwrap();
    let words = &document.sentences()[0].words;
    assert!(words.windows(2).all(|two| two[0].span.start() <= two[1].span.start()), "{words:?}");
}

#[test]
fn a_space_that_becomes_one_that_does_not_break_is_kept() {
    let mut document = Document::new(machine(&[("Combien de temps a-t-il fallu ?", 0)]));
    let before = document.sentences()[0].words.clone();
    let text = "Combien de temps a-t-il fallu\u{a0}?";
    document.apply(&splice(&[0], vec![put(0, text, 0)]), 0).unwrap();
    assert_eq!(texts(&document), [text]);
    let spans = |words: &[Word]| words.iter().map(|word| word.span).collect::<Vec<_>>();
    assert_eq!(spans(&document.sentences()[0].words), spans(&before));
}

#[test]
fn a_split_and_its_undoing_leave_no_trace() {
    let mut document = document();
    let whole = document.clone();
    let edit = splice(&[2], vec![put(2, "Merci de me recevoir,", 1), put(77, "euh, ce matin.", 0)]);
    let back = document.back_of(&edit);
    document.apply(&edit, 0).unwrap();
    let [_, _, first, second, ..] = document.sentences() else { panic!() };
    assert_eq!(first.words.last().unwrap().text, "recevoir,");
    assert_eq!(second.words[..], whole.sentences()[2].words[4..]);
    assert_eq!(document.transcript().segments[3].speaker, Some(SpeakerId(0)));
    document.apply(&back, 1).unwrap();
    assert_eq!(document.sentences(), whole.sentences());
}

#[test]
fn what_was_changed_meanwhile_is_not_written_over() {
    let mut document = document();
    document.apply(&splice(&[1], vec![put(1, "Vous écoutez la radio.", 0)]), 0).unwrap();
    let late = splice(&[1], vec![put(1, "Vous écoutez le poste.", 0)]);
    let refused = document.apply(&late, 0).unwrap_err();
    assert_eq!(refused, Refused::Stale { since: 0, sentences: vec![1] });
    assert_eq!(texts(&document)[1], "Vous écoutez la radio.");
    // What is elsewhere goes on.
    document.apply(&splice(&[4], vec![put(4, "C’est fini.", 0)]), 0).unwrap();
    assert_eq!(document.revision(), 2);
}

#[test]
fn an_edit_that_makes_no_sense_changes_nothing() {
    let document = document();
    let mut nobody = put(0, "x", 0);
    nobody.speaker = Some(SpeakerId(9));
    let edits = [
        splice(&[], vec![put(0, "x", 0)]),
        splice(&[0], Vec::new()),
        splice(&[0, 2], vec![put(0, "x", 0)]),
        splice(&[99], vec![put(99, "x", 0)]),
        splice(&[0], vec![put(1, "x", 0)]),
        splice(&[0], vec![put(0, "x", 0), put(0, "y", 0)]),
        splice(&[0], vec![put(0, "x\ny", 0)]),
        splice(&[0], vec![nobody]),
        Edit {
            splices: [&[0, 1], &[1, 2]]
                .map(|at| Splice { at: at.to_vec(), with: vec![put(at[0], "x", 0)] })
                .to_vec(),
            ..Edit::default()
        },
    ];
    for edit in edits {
        let mut tried = document.clone();
        assert!(matches!(tried.apply(&edit, 0), Err(Refused::Senseless(_))), "{edit:?}");
        assert_eq!(tried.sentences(), document.sentences());
        assert_eq!(tried.revision(), 0);
    }
}

#[test]
fn what_is_kept_is_read_back_and_a_cut_line_is_the_only_loss() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("é.review.jsonl");
    let open = || Review::open::<ReviewError>(&path, || Ok(machine(&LINES))).unwrap();
    let mut review = open();
    assert!(!path.exists(), "looking at it makes no file");
    review.apply(splice(&[0], vec![put(0, "Bonjour à toutes.", 0)]), 0).unwrap();
    let named = Edit {
        names: vec![SpeakerPut { speaker: SpeakerId(1), name: "Léa Petit".into() }],
        ..Edit::default()
    };
    review.apply(named, 1).unwrap();
    let kept = review.document().transcript();
    assert_eq!(kept.speakers[1].name.as_str(), "Léa Petit");
    let busy = Review::open::<ReviewError>(&path, || Ok(machine(&LINES))).unwrap_err();
    assert!(is_busy(&busy), "one writer: {busy}");
    drop(review);
    assert_eq!(open().document().transcript().segments, read_back(kept));

    let bytes = fs::read(&path).unwrap();
    cut(&path, bytes.len() as u64 - 4);
    let review = open();
    assert_eq!(review.document().revision(), 1);
    assert_eq!(texts(review.document())[0], "Bonjour à toutes.");
}

/// In a file, the language that nobody has looked at is that of the episode.
fn read_back(kept: Transcript) -> Vec<Segment> {
    let language = SegmentLanguage::Own;
    kept.segments.into_iter().map(|it| Segment { language: language.clone(), ..it }).collect()
}

fn is_busy(error: &ReviewError) -> bool {
    crate::base::guidance::Guided::kind(error) == crate::base::guidance::Kind::Busy
}

fn cut(path: &Path, length: u64) {
    fs::OpenOptions::new().write(true).open(path).unwrap().set_len(length).unwrap();
}

#[test]
fn a_later_pass_comes_under_what_people_did() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("é.review.jsonl");
    let mut review = Review::open::<ReviewError>(&path, || Ok(machine(&LINES))).unwrap();
    review.apply(splice(&[3], vec![put(3, "On parle de logiciels libres.", 1)]), 0).unwrap();
    let named = Edit {
        names: vec![SpeakerPut { speaker: SpeakerId(1), name: "Léa Petit".into() }],
        ..Edit::default()
    };
    review.apply(named, 1).unwrap();
    // A better model, which numbers the voices otherwise.
    let later = [
        ("Bonjour à toutes et bienvenue.", 1),
        ("Vous écoutez le journal du Libre.", 1),
        ("Merci de me recevoir, euh, ce matin.", 0),
        ("On parle de logiciel libre là.", 0),
        ("C’est la fin.", 1),
    ];
    review.renew(machine(&later)).unwrap();
    let text = |review: &Review| {
        let transcript = review.document().transcript();
        let line =
            |it: &Segment| format!("{} : {}", transcript.speaker_of(it).unwrap().name, it.text());
        transcript.segments.iter().map(line).collect::<Vec<_>>()
    };
    let expected = [
        "Intervenant 2 : Bonjour à toutes et bienvenue.",
        "Intervenant 2 : Vous écoutez le journal du Libre.",
        "Léa Petit : Merci de me recevoir, euh, ce matin.",
        "Léa Petit : On parle de logiciels libres.",
        "Intervenant 2 : C’est la fin.",
    ];
    assert_eq!(text(&review), expected);
    drop(review);
    let again = Review::begun(&path).unwrap().unwrap();
    assert_eq!(text(&again), expected);
}

/// What a person does next: where, what, and with which words.
fn deeds() -> impl Strategy<Value = Vec<(usize, u8, String)>> {
    prop::collection::vec((0..40_usize, 0..6_u8, "[a-zé’ ]{0,12}"), 1..25)
}

proptest! {
    #[test]
    fn any_edits_give_the_text_of_plain_lines_and_can_be_taken_back(deeds in deeds()) {
        let mut document = document();
        let mut lines: Vec<(u64, String)> = document.sentences().iter()
            .map(|it| (it.id, it.text())).collect();
        let mut undo = Vec::new();
        for (n, (at, deed, words)) in deeds.into_iter().enumerate() {
            let at = at % lines.len();
            let (id, text) = lines[at].clone();
            let new = 1_000 + n as u64;
            let line = |text: &str| text.split(' ').filter(|it| !it.is_empty())
                .collect::<Vec<_>>().join(" ");
            let (place, with) = match deed {
                0 => (at..at + 1, vec![(id, line(&words))]),
                1 => (at..at + 1, vec![(id, line(&format!("{text} {words}")))]),
                2 => {
                    let half = text.split(' ').count() / 2;
                    let words: Vec<&str> = text.split(' ').collect();
                    (at..at + 1, vec![(id, words[..half].join(" ")), (new, words[half..].join(" "))])
                }
                3 if at + 1 < lines.len() => {
                    (at..at + 2, vec![(id, line(&format!("{text} {}", lines[at + 1].1)))])
                }
                4 => (at..at + 1, vec![(id, String::new())]),
                _ => (at..at + 1, vec![(id, text.clone()), (new, line(&words))]),
            };
            let ids: Vec<u64> = lines[place.clone()].iter().map(|line| line.0).collect();
            let edit = splice(&ids, with.iter().map(|(id, text)| put(*id, text, 0)).collect());
            undo.push(document.back_of(&edit));
            document.apply(&edit, document.revision()).unwrap();
            lines.splice(place, with);

            let expected: Vec<String> = lines.iter().map(|line| line.1.clone()).collect();
            prop_assert_eq!(texts(&document), expected);
            // In the files, too, which are in the order of time.
            let written = document.transcript();
            let written: Vec<String> = written.segments.iter().map(Segment::text).collect();
            let said: Vec<String> = texts(&document).into_iter().filter(|it| !it.is_empty()).collect();
            prop_assert_eq!(written, said);
            let all: Vec<&Word> = document.sentences().iter().flat_map(|it| &it.words).collect();
            prop_assert!(all.iter().all(|word| word.span.end() <= Time::from_millis(60_000)));
            for sentence in document.sentences() {
                let sorted = sentence.words.windows(2)
                    .all(|two| two[0].span.start() <= two[1].span.start());
                prop_assert!(sorted, "{:?}", sentence.words);
            }
            let json = crate::formats::Format::Json
                .render(&document.transcript(), &crate::formats::RenderSettings::default());
            crate::formats::read(&json, "x.json").unwrap();
        }
        for edit in undo.iter().rev() {
            document.apply(edit, document.revision()).unwrap();
        }
        prop_assert_eq!(texts(&document), texts(&self::document()));
        let untouched = self::document();
        prop_assert_eq!(document.sentences(), untouched.sentences());
    }
}
