//! Text that people wrote, laid on its sound.

use crate::desk::{growing, noise, put, stderr, stdout, voixoff};
use assert_cmd::assert::Assert;
use serde_json::Value;
use std::{fs, path::Path};
use tempfile::TempDir;

/// Two windows, as a recogniser hears them.
const SCRIPT: &str = r#"{"regions_ms": [[0, 16000], [20000, 36000]], "texts": [
    "bonjour à toutes et à tous nous recevons alan garamier qui va parler de logiciels libres",
    "merci euh merci de votre invitation c'est pas la première fois que je viens"]}"#;

const PAGE: &str = "Un titre\n\n\
    Voix off : Bonjour à toutes et à tous. Nous recevons Alain Garnier, qui va parler de logiciels libres [1].\n\n\
    Alain Garnier : Merci de votre invitation. Ce n’est pas la première fois que je viens.\n\n";

/// What its editor added.
const NOTE: &str = "Alain Garnier : Les notes de cette page ont été ajoutées par celle qui a transcrit la vidéo.\n";

#[test]
fn each_word_of_a_page_has_its_time_and_not_a_letter_changes() {
    let desk = Desk::new();
    desk.put("page.txt", PAGE);
    desk.align(&["page.txt", "un.wav"]).success();
    let json = desk.json("un.json");
    let texts: Vec<&str> = segments(&json).iter().filter_map(|it| it["text"].as_str()).collect();
    let page: String = PAGE.chars().filter(|c| c.is_alphanumeric()).collect();
    let said: String = texts.concat().chars().filter(|c| c.is_alphanumeric()).collect();
    assert!(
        page.replace("UntitreVoixoff", "").replacen("AlainGarnierMerci", "Merci", 1) == said,
        "{said}"
    );
    let first = segments(&json).iter().find(|it| it["text"] == "Merci de votre invitation.");
    assert!(first.expect("in the second window")["start"].as_f64() >= Some(20.0));
    assert_eq!((&json["reviewed"], &json["about"]["title"]), (&true.into(), &"Un titre".into()));
    assert_eq!(desk.read("page.txt"), PAGE);
    for name in ["un.html", "un.srt", "un.vtt"] {
        assert!(desk.read(name).contains("Alain"), "{name}");
    }
    assert!(desk.read("un.html").contains("Texte écrit par une personne, aligné sur le son"));
    let paragraphs = json["alignment"].as_array().expect("of each");
    let sure: Vec<_> = paragraphs.iter().map(|it| (&it["words"], &it["heard"])).collect();
    assert_eq!(sure, [(&16.into(), &16.into()), (&13.into(), &13.into())]);
}

#[test]
fn what_nobody_says_is_told_and_in_no_subtitle() {
    let desk = Desk::new();
    desk.put("page.txt", format!("{PAGE}{NOTE}"));
    let run = desk.align(&["page.txt", "un.wav"]).code(3);
    let told = stderr(&run);
    assert!(told.contains("nobody is heard saying « Les notes de cette page ont… »"), "{told}");
    assert!(!desk.read("un.srt").contains("Les notes"));
    assert!(desk.read("un.html").contains("Les notes"));
    let json = desk.json("un.json");
    assert_eq!(segments(&json).last().expect("the note")["doubt"], "unsaid");
}

#[test]
fn sound_that_the_page_leaves_out_is_told() {
    let desk = Desk::new();
    desk.put("page.txt", PAGE.split_inclusive("[1].\n\n").next().unwrap_or_default());
    let told = stderr(&desk.align(&["page.txt", "un.wav"]).code(3));
    assert!(told.contains("the page has nothing for 00:00:20–00:00:3"), "{told}");
}

#[test]
fn a_page_of_another_sound_is_refused_and_the_others_go_on() {
    let desk = Desk::new();
    desk.put("page.txt", PAGE);
    desk.put(
        "autre.txt",
        "Léa : Une recette de crêpes, avec du beurre fondu et trois œufs frais.\n",
    );
    fs::copy(desk.path().join("un.wav"), desk.path().join("deux.wav")).expect("copied");
    let run = desk.align(&["autre.txt", "deux.wav", "page.txt", "un.wav"]).code(1);
    let told = stderr(&run);
    assert!(told.contains("the page `autre.txt` cannot be laid on this sound"), "{told}");
    assert!(told.contains("it is no text of this sound: of its words are heard 0 of 12"), "{told}");
    assert!(!desk.path().join("deux.json").exists() && desk.path().join("un.json").exists());
}

#[test]
fn a_page_that_changes_is_laid_anew_and_nothing_is_heard_again() {
    let desk = Desk::new();
    desk.put("page.txt", PAGE);
    desk.align(&["page.txt", "un.wav"]).success();
    // Nothing is left to be heard.
    desk.put("script.json", r#"{"regions_ms": [[0, 9000]], "texts": ["autre chose"]}"#);
    let again = desk.align(&["page.txt", "un.wav"]).success();
    assert_eq!(stdout(&again), "");
    desk.put("page.txt", PAGE.replace("Merci de", "Grand merci de"));
    desk.align(&["page.txt", "un.wav"]).success();
    assert!(desk.read("un.vtt").contains("Grand merci"));
}

#[test]
fn a_later_pass_over_the_archive_keeps_the_page() {
    let desk = Desk::new();
    desk.put("page.txt", PAGE);
    desk.align(&["page.txt", "un.wav"]).success();
    let before = desk.read("un.json");
    desk.run("transcribe", &["un.wav", "--format", "json,vtt"]).success();
    assert_eq!(desk.read("un.json"), before);
    // Also where it is not here any more, as on another machine.
    fs::rename(desk.path().join("page.txt"), desk.path().join("ailleurs.txt")).expect("moved");
    desk.run("transcribe", &["un.wav", "--format", "json,vtt"]).success();
    let told = stderr(&desk.run("transcribe", &["un.wav", "--format", "txt"]).code(1));
    assert!(told.contains("page.txt` cannot be opened"), "{told}");
    assert_eq!(desk.read("un.json"), before);
    fs::rename(desk.path().join("ailleurs.txt"), desk.path().join("page.txt")).expect("moved");
    let text = desk.run("transcribe", &["un.wav", "--format", "txt,json"]).success();
    assert!(stdout(&text).contains("un.txt") && desk.read("un.txt").contains("Alain Garnier"));
}

#[test]
fn pages_are_found_by_name_by_title_and_by_a_list() {
    let desk = Desk::new();
    desk.put("un.txt", PAGE);
    noise(&desk.path().join("sans page.wav"), 5);
    let run = desk.align(&["."]).success();
    assert!(stderr(&run).contains("1 episode without a page: left alone"), "{}", stderr(&run));
    assert!(desk.path().join("un.json").exists() && !desk.path().join("sans page.json").exists());
    let desk = Desk::new();
    desk.put("textes/un.md", PAGE);
    desk.align(&["un.wav", "--pages", "textes"]).success();
    let desk = Desk::new();
    desk.put("listes/pairs.toml", "[pages]\n\"../un.wav\" = \"texte.txt\"\n");
    desk.put("listes/texte.txt", PAGE);
    desk.align(&["listes/pairs.toml"]).success();
    assert!(desk.path().join("un.json").exists());
}

#[test]
fn a_page_is_never_written_over() {
    let desk = Desk::new();
    desk.put("un.txt", PAGE);
    desk.align(&["un.txt", "un.wav", "--format", "txt,json", "--force"]).success();
    assert_eq!(desk.read("un.txt"), PAGE);
    let again = desk.align(&["un.txt", "un.wav", "--format", "txt,json"]).success();
    assert_eq!(stdout(&again), "");
}

#[test]
fn what_cannot_be_a_pair_is_said_before_anything_is_heard() {
    let desk = Desk::new();
    desk.put("page.txt", PAGE);
    let alone = stderr(&desk.align(&["page.txt"]).code(2));
    assert!(alone.contains("`page.txt` has no sound behind it"), "{alone}");
    let none = stderr(&desk.align(&["un.wav"]).code(1));
    assert!(none.contains("no page was found of 1 episode"), "{none}");
    desk.put("pairs.toml", "[page]\n");
    let list = stderr(&desk.align(&["pairs.toml"]).code(2));
    assert!(list.contains("the pairs of `pairs.toml` cannot be read"), "{list}");
}

#[test]
fn an_archive_teaches_names_and_people_and_shows_them_before_it_writes() {
    let desk = Desk::new();
    desk.put("page.txt", PAGE.replace("Alain Garnier, qui", "notre ami Alain Garnier, qui"));
    desk.put("script.json", SCRIPT.replace("alan garamier", "notre ami Alan Garamier"));
    desk.align(&["page.txt", "un.wav"]).success();
    let shown = stdout(&voixoff(desk.path(), &["learn"]).success());
    assert!(shown.contains("Alain Garnier\tAlan Garamier (1)\t1 episode"), "{shown}");
    assert!(!desk.path().join("show.toml").exists());
    voixoff(desk.path(), &["learn", ".", "--write"]).success();
    let show = desk.read("show.toml");
    assert!(show.contains(r#"{ form = "Alain Garnier", variants = ["Alan Garamier"] }"#), "{show}");
    assert!(show.contains("name = \"Alain Garnier\""), "{show}");
    // Once more there is nothing new, and what a person wrote there stays.
    assert_eq!(stdout(&voixoff(desk.path(), &["learn", "--write"]).success()), shown);
    // What a person takes out is not put in again, and a file of one's own is left alone.
    desk.put("show.toml", "# à moi\ntitle = \"L’émission\"\n");
    voixoff(desk.path(), &["learn", "--write"]).success();
    assert!(!desk.path().join("show.new.toml").exists());
    fs::remove_file(desk.path().join("learned.toml")).expect("it was written");
    voixoff(desk.path(), &["learn", "--write"]).success();
    assert_eq!(desk.read("show.toml"), "# à moi\ntitle = \"L’émission\"\n");
    assert!(desk.read("show.new.toml").contains("title = \"L’émission\""));
}

#[test]
fn each_show_of_an_archive_is_learned_by_itself() {
    let desk = Desk::new();
    for show in ["Une", "Deux"] {
        put(&desk.path().join(show), "un.wav", growing(37));
        desk.put(&format!("{show}.toml"), format!("title = \"{show}\"\n"));
    }
    let page = PAGE.replace("Alain Garnier, qui", "notre ami Alain Garnier, qui");
    desk.put("Une/un.txt", &page);
    desk.put("script.json", SCRIPT.replace("alan garamier", "notre ami Alan Garamier"));
    desk.align(&["Une", "--show", "Une.toml"]).success();
    desk.put("Deux/un.txt", page.replace("Alain Garnier", "Léa Martin"));
    desk.put("script.json", SCRIPT.replace("alan garamier", "notre ami Léa Marttin"));
    desk.align(&["Deux", "--show", "Deux.toml"]).success();
    let shown = stdout(&voixoff(desk.path(), &["learn", "--write"]).success());
    assert!(shown.contains("show `Deux`") && shown.contains("show `Une`"), "{shown}");
    let [one, two] = [desk.read("Une/show.toml"), desk.read("Deux/show.toml")];
    assert!(one.contains("title = \"Une\"") && one.contains("Alan Garamier"), "{one}");
    assert!(two.contains("title = \"Deux\"") && two.contains("Marttin"), "{two}");
    assert!(!one.contains("Léa Martin") && !two.contains("Garnier"), "{one}{two}");
}

#[test]
fn what_a_page_taught_goes_with_it_and_who_is_forgotten_stays_so() {
    let desk = Desk::new();
    noise(&desk.path().join("deux.wav"), 38);
    let page = PAGE.replace("Alain Garnier, qui", "notre ami Alain Garnier, qui");
    desk.put("un.txt", &page);
    desk.put("script.json", SCRIPT.replace("alan garamier", "notre ami Alan Garamier"));
    desk.align(&["un.wav"]).success();
    desk.put("deux.txt", page.replace("Alain Garnier", "Léa Martin"));
    desk.put("script.json", SCRIPT.replace("alan garamier", "notre ami Léa Marttin"));
    desk.align(&["deux.wav"]).success();
    voixoff(desk.path(), &["learn", "--write"]).success();
    let both = desk.read("show.toml");
    assert!(both.contains("Alan Garamier") && both.contains("Marttin"), "{both}");
    assert!(desk.read("learned.toml").contains("from = [\"un\"]"));
    // The first page and its transcript are gone.
    for name in ["un.txt", "un.json", "un.html", "un.srt", "un.vtt"] {
        fs::remove_file(desk.path().join(name)).expect(name);
    }
    let shown = stdout(&voixoff(desk.path(), &["learn"]).success());
    assert!(shown.contains("taken out, since no text teaches it any more"), "{shown}");
    assert_eq!(desk.read("show.toml"), both);
    voixoff(desk.path(), &["learn", "--write"]).success();
    let one = desk.read("show.toml");
    assert!(
        !one.contains("Garnier") && !one.contains("Garamier") && one.contains("Marttin"),
        "{one}"
    );
    voixoff(desk.path(), &["learn", "--write", "--forget", "Léa Martin"]).success();
    voixoff(desk.path(), &["learn", "--write"]).success();
    let none = desk.read("show.toml");
    assert!(!none.contains("name = \"Léa Martin\"") && !none.contains("Marttin"), "{none}");
    assert!(desk.read("learned.toml").contains("forgotten = [\"Léa Martin\"]"));
}

#[test]
fn an_archive_makes_a_suite_that_a_build_may_run() {
    let desk = Desk::new();
    desk.put("page.txt", PAGE);
    desk.align(&["page.txt", "un.wav"]).success();
    let made = ["check", "--from", ".", "--out", "suite", "--minutes", "1"];
    voixoff(desk.path(), &made).success();
    let suite = desk.read("suite/suite.toml");
    assert!(suite.contains("sound = \"001.wav\"\nreference = \"001.txt\""), "{suite}");
    assert!(desk.read("suite/001.txt").starts_with("Alain Garnier\u{a0}: Merci de votre"));
    let options = "options = [\"--scripted\", \"script.json\", \"--threads\", \"1\"]\n";
    desk.put("suite/suite.toml", format!("{options}{suite}"));
    let scored = stdout(&voixoff(desk.path(), &["check", "suite/suite.toml"]).success());
    assert!(scored.contains("1 episode, 14 words"), "{scored}");
    fs::remove_file(desk.path().join("un.wav")).expect("removed");
    let told = stderr(&voixoff(desk.path(), &made).code(2));
    assert!(told.contains("the sound of `un` is not where it was"), "{told}");
}

#[test]
fn an_archive_without_a_person_s_text_teaches_nothing() {
    let desk = Desk::new();
    desk.run("transcribe", &["un.wav", "--format", "json"]).success();
    let told = stderr(&voixoff(desk.path(), &["learn", "."]).code(2));
    assert!(told.contains("no text in `.` is a person's"), "{told}");
}

fn segments(json: &Value) -> &[Value] {
    json["segments"].as_array().expect("a list")
}

struct Desk(TempDir);

impl Desk {
    fn new() -> Desk {
        let desk = Desk(tempfile::tempdir().expect("a temporary folder"));
        noise(&desk.path().join("un.wav"), 37);
        desk.put("script.json", SCRIPT);
        desk
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    fn put(&self, name: &str, content: impl AsRef<[u8]>) {
        put(self.path(), name, content);
    }

    fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path().join(name)).expect(name)
    }

    fn json(&self, name: &str) -> Value {
        serde_json::from_str(&self.read(name)).expect("JSON")
    }

    fn align(&self, arguments: &[&str]) -> Assert {
        self.run("align", arguments)
    }

    fn run(&self, command: &str, arguments: &[&str]) -> Assert {
        let options = ["--scripted", "script.json", "--threads", "1", "--progress", "none"];
        voixoff(self.path(), &[&[command], arguments, &options].concat())
    }
}
