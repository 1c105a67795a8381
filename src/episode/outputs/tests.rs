//! What is replaced, what is kept, and what lies beside it.

use super::*;

#[test]
fn what_a_person_corrected_stays_and_the_new_pass_lies_beside_it() {
    let (_folder, outputs) = outputs();
    let files = [(Format::Txt, b"brut\n\nfin\n".to_vec()), (Format::Srt, b"1".to_vec())];
    outputs.write(made("a"), &files, false).unwrap();
    let corrected = "corrigé\n\nfin\n".as_bytes();
    write_atomic(&outputs.path(Format::Txt), corrected).unwrap();
    let receipt = outputs.receipt().unwrap().unwrap();
    assert!(outputs.are_there(&receipt, &[Format::Txt, Format::Srt], Path::exists));
    assert_eq!(outputs.touched(&Format::ALL), Some(outputs.path(Format::Txt)));
    assert_eq!(outputs.foreign(&Format::ALL), None, "it began as ours");
    let better = [(Format::Txt, b"mieux\n\nfin !\n".to_vec()), (Format::Srt, b"2".to_vec())];
    let put = outputs.write(made("b"), &better, false).unwrap();
    assert_eq!(put.kept, [outputs.path(Format::Txt)]);
    assert_eq!(fs::read(outputs.path(Format::Txt)).unwrap(), corrected);
    let beside = fs::read_to_string(outputs.folder().join("épisode.new.txt")).unwrap();
    assert_eq!(beside, "corrigé\n\nfin !\n");
    assert_eq!(fs::read(outputs.path(Format::Srt)).unwrap(), b"2");
}

#[test]
fn a_person_wins_where_they_touched_and_the_new_pass_elsewhere() {
    let (_folder, outputs) = outputs();
    let text = |text: &str| [(Format::Txt, text.replace('/', "\n\n").into_bytes())];
    outputs.write(made("a"), &text("Bonjour a tous./Le logis ciel./Merci./"), false).unwrap();
    let corrected = "Bonjour à tous.\n\nLe logis ciel.\n\nMerci.\n\n";
    write_atomic(&outputs.path(Format::Txt), corrected.as_bytes()).unwrap();
    outputs.write(made("b"), &text("Bonjour à toux./Le logiciel./Merci./"), false).unwrap();
    let merged = outputs.folder().join("épisode.new.txt");
    let read = |path: &Path| fs::read_to_string(path).unwrap();
    assert_eq!(read(&merged), "Bonjour à tous.\n\nLe logiciel.\n\nMerci.\n\n");
    assert_eq!(read(&outputs.path(Format::Txt)), corrected);
    // The next pass is laid on what the person corrected, not on the merged text.
    outputs.write(made("c"), &text("Bonjour à tous./Le logiciel libre./Merci./"), false).unwrap();
    assert_eq!(read(&merged), "Bonjour à tous.\n\nLe logiciel libre.\n\nMerci.\n\n");
    assert_eq!(read(&outputs.path(Format::Txt)), corrected);
}

#[test]
fn a_pass_that_says_the_same_lays_nothing_beside_a_correction() {
    let (_folder, outputs) = outputs();
    let files = [(Format::Txt, b"brut\n".to_vec())];
    outputs.write(made("a"), &files, false).unwrap();
    write_atomic(&outputs.path(Format::Txt), "corrigé\n".as_bytes()).unwrap();
    let put = outputs.write(made("b"), &files, false).unwrap();
    assert_eq!((put.paths, put.kept), (vec![outputs.path(Format::Txt)], Vec::new()));
    assert!(!outputs.folder().join("épisode.new.txt").exists());
}

#[test]
fn a_correction_of_what_lies_beside_stays_too() {
    let (_folder, outputs) = outputs();
    let pass = |text: &str| {
        let files = [(Format::Srt, text.as_bytes().to_vec())];
        outputs.write(made(text), &files, false).unwrap().paths
    };
    pass("1");
    write_atomic(&outputs.path(Format::Srt), b"main").unwrap();
    let beside = outputs.folder().join("épisode.new.srt");
    assert_eq!(pass("2"), std::slice::from_ref(&beside));
    write_atomic(&beside, b"encore la main").unwrap();
    assert_eq!(pass("3"), [outputs.folder().join("épisode.new-2.srt")]);
    assert_eq!(fs::read(&beside).unwrap(), b"encore la main");
}

#[test]
fn the_json_of_the_pass_before_is_kept_where_other_words_take_its_place() {
    let (_folder, outputs) = outputs();
    let pass = |words: &str, json: &str| {
        let stages = StageKeys { words: words.to_owned(), ..StageKeys::default() };
        let files = [(Format::Json, json.as_bytes().to_vec())];
        outputs.write(BuildRecord { stages, ..made("a") }, &files, false).unwrap();
        outputs.before().map(|before| String::from_utf8(before).unwrap())
    };
    let kept = |text: &str| Some(text.to_owned());
    assert_eq!(pass("a", "1"), None);
    assert_eq!(pass("a", "1, mieux écrit"), None, "the words are the same");
    assert_eq!(pass("b", "2"), kept("1, mieux écrit"));
    assert_eq!(pass("b", "2, mieux écrit"), kept("1, mieux écrit"));
    assert_eq!(pass("c", "3"), kept("2, mieux écrit"));
    // A run that was killed behind the JSON writes the same again.
    let stages = StageKeys { words: "b".to_owned(), ..StageKeys::default() };
    let receipt = outputs.receipt().unwrap().unwrap();
    let receipt = Receipt { made: Some(BuildRecord { stages, ..made("a") }), ..receipt };
    outputs.write_own(RECEIPT, &receipt).unwrap();
    assert_eq!(pass("c", "3"), kept("2, mieux écrit"));
    // With another sound there is nothing to compare.
    let other = BuildRecord { sound: "autre".to_owned(), ..made("a") };
    outputs.write(other, &[(Format::Json, b"4".to_vec())], false).unwrap();
    assert_eq!(outputs.before(), None);
}

#[test]
fn the_latest_json_is_the_one_written_last() {
    let (_folder, outputs) = outputs();
    let pass = |json: &str| {
        let files = [(Format::Json, json.as_bytes().to_vec())];
        outputs.write(made(json), &files, false).unwrap();
        fs::read_to_string(outputs.latest(Format::Json)).unwrap()
    };
    assert_eq!(pass("1"), "1");
    write_atomic(&outputs.path(Format::Json), b"main").unwrap();
    assert_eq!(pass("2"), "2", "it lies beside the corrected one");
    assert_eq!(fs::read(outputs.path(Format::Json)).unwrap(), b"main");
    fs::remove_file(outputs.path(Format::Json)).unwrap();
    assert_eq!(pass("3"), "3");
}

#[test]
fn a_file_added_is_ours_and_changes_nothing_of_what_was_made() {
    let (_folder, outputs) = outputs();
    outputs.add(&[(Format::Vtt, "0".into())], false).unwrap();
    assert_eq!(outputs.touched(&Format::ALL), None);
    outputs.write(made("a"), &[(Format::Txt, "1".into())], false).unwrap();
    outputs.add(&[(Format::Srt, "2".into())], true).unwrap();
    assert_eq!(outputs.touched(&Format::ALL), None);
    let receipt = outputs.receipt().unwrap().unwrap();
    assert_eq!(receipt.made, Some(made("a")));
    assert!(outputs.are_there(&receipt, &[Format::Txt, Format::Srt, Format::Vtt], Path::exists));
    assert!(!outputs.are_there(&receipt, &[Format::Json], Path::exists));
}

#[test]
fn what_was_written_by_shares_of_times_is_known() {
    let (_folder, outputs) = outputs();
    outputs.write(made("a"), &[(Format::Srt, "1".into())], false).unwrap();
    outputs.add(&[(Format::Vtt, "2".into())], false).unwrap();
    assert!(outputs.is_timed(Format::Srt));
    assert!(!outputs.is_timed(Format::Vtt) && !outputs.is_timed(Format::Json));
    outputs.add(&[(Format::Srt, "3".into())], false).unwrap();
    assert!(!outputs.is_timed(Format::Srt));
}

#[test]
fn a_renamed_episode_keeps_its_files_and_what_was_heard() {
    let (folder, outputs) = outputs();
    outputs.write(made("a"), &[(Format::Txt, b"brut".to_vec())], false).unwrap();
    let heard = &outputs.artifacts_of(&made("a"))[0];
    write_atomic(heard, b"entendu").unwrap();
    write_atomic(&outputs.own_path(BEFORE), b"avant").unwrap();
    write_atomic(&outputs.path(Format::Txt), "corrigé".as_bytes()).unwrap();
    let moved = Outputs::of(Path::new("n° 2.mp3"), Some(&folder.path().join("2019")));
    moved.take_over(&outputs).unwrap();
    assert_eq!(fs::read(moved.path(Format::Txt)).unwrap(), "corrigé".as_bytes());
    assert_eq!(moved.touched(&[Format::Txt]), Some(moved.path(Format::Txt)));
    assert_eq!(fs::read(&moved.artifacts_of(&made("a"))[0]).unwrap(), b"entendu");
    assert_eq!(moved.before().unwrap(), b"avant");
    assert_eq!(moved.base(Format::Txt).unwrap(), "brut");
    assert!(outputs.receipt().unwrap().is_none() && !outputs.path(Format::Txt).exists());
}

#[test]
fn a_receipt_names_nothing_but_files_of_its_episode() {
    let (folder, outputs) = outputs();
    outputs.write(made("a"), &[(Format::Txt, b"brut".to_vec())], false).unwrap();
    let secret = folder.path().join("secret.txt");
    write_atomic(&secret, b"secret").unwrap();
    let old = Outputs::named(folder.path().join("a/b"), "épisode");
    let mut receipt = outputs.receipt().unwrap().unwrap();
    let whole = secret.to_string_lossy().into_owned();
    for name in ["../../secret.txt", "../../épisode.txt", "c/épisode.txt", "secret.txt", &whole] {
        let written = receipt.files["épisode.txt"].clone();
        receipt.files.insert(name.to_owned(), written);
        receipt.intended.insert(name.to_owned(), digest(b"secret"));
    }
    old.write_own(RECEIPT, &receipt).unwrap();
    let known = old.receipt().unwrap().unwrap();
    assert_eq!(known.files.keys().collect::<Vec<_>>(), ["épisode.txt"]);
    assert_eq!(known.intended.len(), 0);
    Outputs::named(folder.path().join("a/c"), "épisode").take_over(&old).unwrap();
    assert_eq!(fs::read(&secret).unwrap(), b"secret");
    assert_eq!(fs::read(outputs.path(Format::Txt)).unwrap(), b"brut");
}

#[test]
fn a_name_with_dots_spaces_and_accents_keeps_them() {
    let outputs = Outputs::of(Path::new("a/émission n° 1.2 finale.mp3"), None);
    assert_eq!(outputs.path(Format::Srt), Path::new("a/émission n° 1.2 finale.srt"));
}

#[test]
fn the_sound_is_named_as_seen_from_the_transcripts() {
    let folder = tempfile::tempdir().unwrap();
    let sound = folder.path().join("épisode.mp3");
    write_atomic(&sound, b"").unwrap();
    let out = folder.path().join("textes/2019");
    fs::create_dir_all(&out).unwrap();
    assert_eq!(Outputs::of(&sound, None).path_to(&sound).unwrap(), "épisode.mp3");
    let there = Outputs::of(&sound, Some(&out));
    assert_eq!(there.path_to(&sound).unwrap(), "../../épisode.mp3");
}

fn made(recogniser: &str) -> BuildRecord {
    BuildRecord {
        version: VERSION.to_owned(),
        source: Source::default(),
        sound: "son".to_owned(),
        duration: 1.0,
        about: crate::base::transcript::About::default(),
        stages: StageKeys::default(),
        recogniser: recogniser.to_owned(),
        names: Vec::new(),
        mentioned: Vec::new(),
        cost: Cost::default(),
        chapters_at: None,
        page: None,
    }
}

fn outputs() -> (tempfile::TempDir, Outputs) {
    let folder = tempfile::tempdir().unwrap();
    let outputs = Outputs::of(Path::new("épisode.mp3"), Some(folder.path()));
    (folder, outputs)
}
