//! What people are told in French, where their system speaks it; programs are told the same in any
//! language.

use crate::desk::{noise, program, put, stderr, stdout};
use assert_cmd::assert::Assert;
use std::{fs, path::Path};

/// Words of the English help that are no words of French.
const ENGLISH: [&str; 23] = [
    "and",
    "are",
    "default",
    "each",
    "file",
    "folder",
    "for",
    "from",
    "in",
    "is",
    "no",
    "of",
    "possible values",
    "print",
    "the",
    "their",
    "this",
    "to",
    "usage:",
    "what",
    "where",
    "which",
    "with",
];

fn francais(folder: &Path, arguments: &[&str]) -> Assert {
    let mut command = program();
    command.current_dir(folder).env_remove("VOIXOFF_LANG").env("LC_ALL", "fr_FR.UTF-8");
    command.args(arguments).assert()
}

/// What was told, with plain spaces.
fn told(run: &Assert) -> String {
    (stdout(run) + &stderr(run)).replace(['\u{a0}', '\u{202f}'], " ")
}

/// A script of what is said in `sound`.
fn script(folder: &Path) {
    put(folder, "script.json", r#"{ "regions_ms": [], "texts": [] }"#);
}

#[test]
fn the_help_of_each_command_is_french() {
    let folder = tempfile::tempdir().unwrap();
    let mut open: Vec<Vec<String>> = vec![Vec::new()];
    let mut n_commands = 0;
    while let Some(command) = open.pop() {
        n_commands += 1;
        for flag in ["--help", "-h"] {
            let words: Vec<&str> = command.iter().map(String::as_str).chain([flag]).collect();
            let help = told(&francais(folder.path(), &words).success());
            assert!(help.contains("Usage : voixoff"), "{words:?}: {help}");
            let (_, of_all) =
                help.split_once("Toutes les commandes :\n").expect("they have options");
            assert!(of_all.contains("--lang") && !of_all.contains("\n\n      --force"), "{help}");
            assert!(!help.contains("[env:"), "{help}");
            // What is in backticks is typed, and names of options and of what they take are.
            let plain: String = help.split('`').step_by(2).collect::<Vec<_>>().join(" ");
            let plain = plain.to_lowercase();
            let typed = |word: &&str| !word.starts_with('-') && !word.contains("voixoff");
            let plain: Vec<&str> = plain.split_whitespace().filter(typed).collect();
            let plain = format!(" {} ", plain.join(" "));
            for english in ENGLISH {
                assert!(!plain.contains(&format!(" {english} ")), "{words:?}: `{english}`: {help}");
            }
            if flag == "--help" {
                let listed = help.split("Commandes :\n").nth(1).unwrap_or_default();
                let names = listed.lines().take_while(|line| !line.is_empty());
                let names = names.filter(|line| line.starts_with("  ") && !line.starts_with("   "));
                for name in names.filter_map(|line| line.split_whitespace().next()) {
                    if name != "help" {
                        open.push([&command[..], &[name.to_owned()]].concat());
                    }
                }
            }
        }
    }
    assert!(n_commands > 25, "{n_commands} commands");
}

#[test]
fn pages_of_the_manual_are_french() {
    let folder = tempfile::tempdir().unwrap();
    francais(folder.path(), &["man", "--out", "man"]).success();
    let page = |name: &str| fs::read_to_string(folder.path().join("man").join(name)).unwrap();
    let whole = page("voixoff.1");
    assert!(whole.contains(".SH NOM\n") && whole.contains(".SH COMMANDES\n"), "{whole}");
    assert!(whole.contains("[OPTIONS] <FICHIER>...") && whole.contains("<COMMANDE>"), "{whole}");
    for english in ["<FILE>", "<COMMAND>", ".SH NAME", "SUBCOMMANDS"] {
        assert!(!whole.contains(english), "{whole}");
    }
    assert!(page("voixoff-archive-feed.1").contains("Écrire des copies des flux"));
}

#[test]
fn an_error_is_told_with_its_cause_and_what_can_be_done() {
    let folder = tempfile::tempdir().unwrap();
    let run = francais(folder.path(), &["convert", "absent.json", "--to", "txt"]).code(2);
    assert_eq!(
        told(&run),
        "erreur : `absent.json` ne peut pas être lu\n  cause : il n’existe pas (erreur système 2)\n\n\
         conseil : vérifiez son nom : les chemins partent du dossier où vous êtes\n\n"
    );
}

#[test]
fn an_error_of_the_library_is_told_with_its_reason() {
    let folder = tempfile::tempdir().unwrap();
    put(folder.path(), "faux.json", r#"{ "schema": "voixoff/9" }"#);
    put(folder.path(), "texte.mp3", "ceci n'est pas du son\n".repeat(100));
    put(folder.path(), "vide.mp3", "");
    script(folder.path());
    let typed = ["transcribe", "texte.mp3", "vide.mp3", "absent.mp3", "--scripted", "script.json"];
    let run = francais(folder.path(), &typed).code(1);
    for sentence in [
        "erreur : `texte.mp3` n’est dans aucun format audio connu",
        "erreur : `vide.mp3` est vide\n\nconseil : téléchargez-le à nouveau",
        "erreur : `absent.mp3` : ce fichier ou ce dossier n’existe pas",
        "3 épisodes : 0 transcrit, 0 à jour, 3 échecs",
    ] {
        assert!(told(&run).contains(sentence), "{sentence}: {}", told(&run));
    }
    // Failures that were kept by whoever spoke English are told in French.
    let typed = ["archive", "status", "."];
    let status = told(&francais(folder.path(), &typed).success());
    assert!(status.contains("  `vide.mp3` est vide\n  conseil : téléchargez-le"), "{status}");
}

#[test]
fn an_unknown_option_is_told_with_what_was_meant() {
    let folder = tempfile::tempdir().unwrap();
    let run = francais(folder.path(), &["transcribe", "un.mp3", "--langage", "fr"]).code(2);
    let told = told(&run);
    let begins = "erreur : l’option ou l’argument « --langage » n’est pas attendu ici\n\n  conseil : il existe « --language »";
    assert!(told.starts_with(begins), "{told}");
    assert!(told.contains("\nUsage : voixoff transcribe"), "{told}");
    assert!(told.trim_end().ends_with("Pour en savoir plus, tapez « --help »."), "{told}");
    let run = francais(folder.path(), &["transcribe"]).code(2);
    assert!(self::told(&run).starts_with("erreur : il manque ces arguments :\n  <SOURCE>..."));
}

#[test]
fn nought_and_one_are_singular_and_two_are_not() {
    let folder = tempfile::tempdir().unwrap();
    script(folder.path());
    for (name, seconds) in [("un.wav", 1), ("deux.wav", 2)] {
        noise(&folder.path().join(name), seconds);
    }
    put(folder.path(), "vide.mp3", "");
    let typed = ["transcribe", "un.wav", "vide.mp3", "--scripted", "script.json"];
    let run = francais(folder.path(), &typed).code(1);
    assert!(told(&run).contains("2 épisodes : 1 transcrit, 0 à jour, 1 échec\n"), "{}", told(&run));
    let typed = ["transcribe", "un.wav", "deux.wav", "--scripted", "script.json", "--out", "out"];
    let run = francais(folder.path(), &typed).success();
    assert!(
        told(&run).contains("2 épisodes : 2 transcrits, 0 à jour, 0 échec\n"),
        "{}",
        told(&run)
    );
}

#[test]
fn the_option_is_stronger_than_the_variable_and_that_than_the_system() {
    let folder = tempfile::tempdir().unwrap();
    let run = |lang: Option<&str>, variable: &str| {
        let mut command = program();
        command.current_dir(&folder).env("LC_ALL", "fr_FR").env("VOIXOFF_LANG", variable);
        command
            .args(["lint", "absent.txt"])
            .args(lang.map(|lang| ["--lang", lang]).iter().flatten());
        let told = stderr(&command.assert().code(2));
        told.starts_with("erreur")
    };
    assert!(!run(None, "en"));
    assert!(run(None, "fr"));
    assert!(run(None, ""), "the system's");
    assert!(run(Some("fr"), "en"));
    assert!(!run(Some("en"), "fr"));
}

#[test]
fn programs_are_told_the_same_in_any_language() {
    let folder = tempfile::tempdir().unwrap();
    put(folder.path(), "vide.mp3", "");
    script(folder.path());
    let typed = [
        "transcribe",
        "vide.mp3",
        "--out",
        "out",
        "--progress",
        "json",
        "--scripted",
        "script.json",
    ];
    francais(folder.path(), &typed).code(1);
    let typed = ["archive", "status", "out", "--json"];
    let french = stdout(&francais(folder.path(), &typed).success());
    assert_eq!(french, stdout(&crate::desk::voixoff(folder.path(), &typed).success()));
    assert!(french.contains("\"`vide.mp3` is empty\""), "{french}");
    assert!(french.contains("\"hint\": \"download it again\""), "{french}");
}

#[test]
fn what_an_editor_should_look_at_is_told_in_french() {
    let folder = tempfile::tempdir().unwrap();
    put(
        folder.path(),
        "un.txt",
        "Ana\u{a0}: Il vaut 10,000 - ou \"plus.\n\nBob\u{a0}: Oui oui et et alors.\n",
    );
    let lints = told(&francais(folder.path(), &["lint", "un.txt"]).success());
    assert!(lints.contains("00:00:00 milliers à l’anglaise, ou décimales : « "), "{lints}");
    assert!(lints.contains("deux fois le même mot : « et et"), "{lints}");
    assert!(lints.contains("guillemet droit : « "), "{lints}");
}

#[test]
fn scores_are_told_in_french_on_the_terminal_and_on_the_page() {
    let folder = tempfile::tempdir().unwrap();
    put(folder.path(), "juste.txt", "Ana\u{a0}: Il y a trois sortes de logiciels libres ici.\n");
    put(folder.path(), "entendu.txt", "Ana\u{a0}: Il y a trois sorte de logiciels libres.\n");
    let run = francais(folder.path(), &["eval", "juste.txt", "entendu.txt", "--html", "page.html"]);
    let table = told(&run.success());
    for text in [
        "1 épisode, 9 mots · fr-eval-v1 · références soignées · tolérance 0 ms",
        "22,2 %",
        "pires passages",
        "erreurs",
    ] {
        assert!(table.contains(text), "{text}: {table}");
    }
    let page = fs::read_to_string(folder.path().join("page.html")).expect("written");
    let page = page.replace('\u{a0}', " ");
    for text in [
        "<html lang=\"fr\">",
        "<h1>1 épisode, 9 mots</h1>",
        "<th scope=\"row\">mots faux (WER)</th>",
        "<th>référence</th><th>hypothèse</th>",
    ] {
        assert!(page.contains(text), "{text}: {page}");
    }
}
