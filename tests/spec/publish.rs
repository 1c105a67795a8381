//! An archive for others: feeds that name its transcripts, a page that searches it.

use crate::desk::{self, put, stderr, stdout};
use assert_cmd::assert::Assert;
use std::fs;
use tempfile::TempDir;
use voixoff::{
    base::transcript::{About, Date},
    episode::outputs::{BuildRecord, Cost, Outputs, Source, StageKeys, VERSION},
    formats::{self, Format, RenderSettings},
};

const FEED: &str = r#"<?xml version='1.0' encoding="UTF-8"?>
<!-- <item></item> -->
<rss version="2.0"
     xmlns:itunes='http://www.itunes.com/dtds/podcast-1.0.dtd' >
  <channel>
    <title>La série</title> <description><![CDATA[</item> & <b>]]></description>
    <item>
      <title>L&#39;été &amp; après</title>   <guid isPermaLink="false"> ép 1&amp;2 </guid>
      <enclosure url="http://s.fr/1.mp3" length="1" type="audio/mpeg"/>

    </item><item><title>Deux</title><enclosure url='http://s.fr/2.mp3?a=1&amp;b=2' length="1" type='audio/mpeg' /></item>
    <item><title>Trois</title><guid>3</guid><enclosure url="http://s.fr/3.mp3" length="1" type="audio/mpeg"/></item>
  </channel>
</rss>
"#;

const BASE: &str = "https://exemple.fr/textes?à=b&c";

#[test]
fn a_feed_names_the_transcripts_that_are_there() {
    let desk = Desk::new();
    let run = desk.voixoff(&["archive", "feed", "out", "--base", BASE]).success();
    assert_eq!(stdout(&run), "out/La série/feed.xml: 2 of 3 episodes have transcripts\n");
    let channel = rss::Channel::read_from(desk.read("out/La série/feed.xml").as_bytes());
    let channel = channel.expect("a feed");
    let named = |item: &rss::Item| -> Vec<[String; 3]> {
        let podcast = item.extensions().get("podcast");
        let entries = podcast.and_then(|all| all.get("transcript")).into_iter().flatten();
        let attribute = |entry: &rss::extension::Extension, name| entry.attrs()[name].clone();
        entries
            .map(|entry| ["url", "type", "language"].map(|name| attribute(entry, name)))
            .collect()
    };
    let expected = |stem: &str, kinds: &[(&str, &str)]| -> Vec<[String; 3]> {
        let entry = |(ending, kind): &(&str, &str)| {
            [format!("{BASE}/La%20s%C3%A9rie/{stem}.{ending}"), (*kind).into(), "fr".into()]
        };
        kinds.iter().map(entry).collect()
    };
    let all = [
        ("vtt", "text/vtt"),
        ("srt", "application/x-subrip"),
        ("podcast.json", "application/json"),
    ];
    let all = [all.as_slice(), &[("html", "text/html")]].concat();
    assert_eq!(named(&channel.items()[0]), expected("2019-10-01%20L%27%C3%A9t%C3%A9", &all));
    assert_eq!(named(&channel.items()[1]), expected("deux", &[("vtt", "text/vtt")]));
    assert_eq!(named(&channel.items()[2]), Vec::<[String; 3]>::new());
}

#[test]
fn all_else_of_a_feed_stays_byte_for_byte() {
    let desk = Desk::new();
    desk.voixoff(&["archive", "feed", "out", "--base", BASE]).success();
    let written = desk.read("out/La série/feed.xml");
    let declared = " xmlns:podcast=\"https://podcastindex.org/namespace/1.0\"";
    let mut rest = written.replacen(declared, "", 1);
    while let Some(start) = rest.find("<podcast:transcript ") {
        let end = start + rest[start..].find("/>").expect("it is closed") + 2;
        // An entry on a line of its own has its line break.
        let line = rest[..start].trim_end_matches(' ');
        let start = if line.ends_with('\n') { line.len() - 1 } else { start };
        rest.replace_range(start..end, "");
    }
    assert_eq!(rest, FEED);
    // What a publisher took from us is written anew, and not twice.
    desk.put("out/.voixoff/feeds/0.xml", &written);
    desk.voixoff(&["archive", "feed", "out", "--base", &format!("{BASE}/")]).success();
    assert_eq!(desk.read("out/La série/feed.xml"), written);
}

#[test]
fn what_is_no_address_or_no_archive_is_refused() {
    let desk = Desk::new();
    let run = desk.voixoff(&["archive", "feed", "out", "--base", "exemple.fr"]).code(2);
    assert!(stderr(&run).starts_with("error: `exemple.fr` is not an http(s) address"));
    for command in [["archive", "feed"], ["archive", "index"], ["archive", "diff"]] {
        let base = if command[1] == "feed" { ["--base", BASE].as_slice() } else { &[] };
        let run = desk.voixoff(&[&command, ["vide"].as_slice(), base].concat()).code(2);
        assert!(stderr(&run).starts_with("error: `vide` is no archive"), "{}", stderr(&run));
    }
}

#[test]
fn a_page_lists_the_archive_and_knows_its_words() {
    let desk = Desk::new();
    let run = desk.voixoff(&["archive", "index", "out"]).success();
    assert!(stdout(&run).starts_with("out/index.html: 2 episodes, 8 different words"));
    assert!(desk.read("out/index.html").contains("<h1>Archives</h1>"));
    desk.voixoff(&["archive", "index", "out", "--title", "Libre <& à vous>"]).success();
    assert!(desk.read("out/index.html").contains("<h1>Libre &lt;&amp; à vous&gt;</h1>"));
    let page = desk.read("out/index.html");
    let title = "<a href=\"La%20s%C3%A9rie/2019-10-01%20L%27%C3%A9t%C3%A9.html\">L&#39;été</a>";
    let title = title.replace("&#39;", "'");
    assert!(page.contains(&title), "{page}");
    assert!(page.contains("<h2>La série</h2>") && page.contains("1er octobre 2019"));
    assert!(!page.contains("http://") && !page.contains("https://www"), "nothing is asked for");
    let scripts = desk.scripts();
    let dictionary = scripts.iter().find(|(name, _)| name.starts_with("mots-")).expect("words");
    let lines = dictionary.1.trim_start_matches("voixoff.words(").trim_end_matches(");\n");
    let lines: String = serde_json::from_str(lines).expect("a text");
    let of = |word: &str| lines.lines().find(|line| line.split(' ').next() == Some(word));
    assert_eq!(of("ete"), Some("ete 0"), "without accents");
    assert_eq!(of("bonjour"), Some("bonjour 0 1"), "in both");
    let text = scripts.iter().find(|(_, text)| text.contains("œuvre")).expect("passages");
    assert!(
        text.1.ends_with(",[\"Léa\"],[[[[1,0]],0,\"Bonjour, l’été est une œuvre.\"]]);\n"),
        "{}",
        text.1
    );
    // Again, nothing changes; and what is no longer shown goes.
    let before = scripts.clone();
    desk.voixoff(&["archive", "index", "out"]).success();
    assert_eq!(desk.scripts(), before);
    desk.episode("deux", "http://s.fr/2.mp3?a=1&b=2", "Bonsoir.", &[Format::Json]);
    desk.voixoff(&["archive", "index", "out"]).success();
    assert_eq!(desk.scripts().len(), before.len());
    assert!(!desk.scripts().iter().any(|(_, text)| text.contains("Bonjour à tous")));
}

#[test]
fn words_are_found_in_the_terminal_where_they_are_said() {
    let desk = Desk::new();
    let search = |options: &[&str], code: i32| {
        stdout(&desk.voixoff(&[&["search", "out"], options].concat()).code(code))
    };
    let first = "La série/2019-10-01 L'été\n  00:00:01 Léa\u{a0}: Bonjour, l’été est une œuvre.\n";
    let second = "La série/deux\n  00:00:01 Léa\u{a0}: Bonjour à tous.\n";
    assert_eq!(search(&["ETE", "oeuv"], 0), first);
    assert_eq!(search(&["bonjour", "--who", "lea"], 0), format!("{first}{second}"));
    assert_eq!(search(&["\"bonjour a\"", "--show", "serie"], 0), second);
    assert_eq!(search(&["bonjour", "--who", "alain"], 1), "");
    let json: serde_json::Value =
        serde_json::from_str(&search(&["tous", "--json"], 0)).expect("JSON");
    assert_eq!(json["episodes"][0]["passages"][0]["at"], 1.0);
    desk.voixoff(&["search", "out", "..."]).code(2);
}

#[test]
fn an_archive_is_searched_in_whatever_formats_it_has() {
    for format in [Format::Srt, Format::Txt, Format::Markdown, Format::TextGrid, Format::Docx] {
        let desk = Desk::new();
        fs::remove_dir_all(desk.folder.path().join("out/La série")).expect("removed");
        desk.episode("trois", "3", "Léa : Un lexique.", &[format]);
        let found = stdout(&desk.voixoff(&["search", "out", "lexique"]).success());
        assert!(found.contains("Léa\u{a0}: Un lexique."), "{format:?}: {found}");
        desk.voixoff(&["archive", "index", "out"]).success();
        assert!(desk.scripts().iter().any(|(_, text)| text.contains("Un lexique.")), "{format:?}");
    }
}

#[test]
fn texts_that_lost_their_receipts_are_searched() {
    let desk = Desk::new();
    fs::remove_dir_all(desk.folder.path().join("out")).expect("removed");
    desk.put("out/un/a 1.5.srt", "1\n00:00:01,000 --> 00:00:02,000\nLéa : Un lexique.\n");
    desk.put("out/README.md", "Un lexique.");
    let found = stdout(&desk.voixoff(&["search", "out", "lexique"]).success());
    assert_eq!(found, "un/a 1.5\n  00:00:01 Léa\u{a0}: Un lexique.\n");
}

#[test]
fn a_transcript_that_is_spoilt_is_named_and_another_file_is_searched() {
    let desk = Desk::new();
    desk.put("out/La série/deux.json", "{\"schema\": 1");
    let run = desk.voixoff(&["search", "out", "tous"]).success();
    assert!(stdout(&run).contains("Bonjour à tous"), "{}", stdout(&run));
    assert!(stderr(&run).contains("deux.json`: its JSON cannot be read"), "{}", stderr(&run));
}

#[test]
fn somebody_elses_page_is_left_alone() {
    let desk = Desk::new();
    desk.put("out/index.html", "<html>Bienvenue</html>");
    let run = desk.voixoff(&["archive", "index", "out"]).code(2);
    assert!(stderr(&run).contains("`out/index.html` was not written by this program"));
    assert_eq!(desk.read("out/index.html"), "<html>Bienvenue</html>");
}

/// An archive of two episodes, and the copy of their feed.
struct Desk {
    folder: TempDir,
}

impl Desk {
    fn new() -> Desk {
        let desk = Desk { folder: tempfile::tempdir().expect("a temporary folder") };
        desk.put("out/.voixoff/feeds/0.xml", FEED);
        let all = [Format::Json, Format::Vtt, Format::Srt, Format::PodcastJson, Format::Html];
        let said = "Léa : Bonjour, l’été est une œuvre.";
        desk.episode("2019-10-01 L'été", "ép 1&2", said, &all);
        let address = "http://s.fr/2.mp3?a=1&b=2";
        desk.episode("deux", address, "Léa : Bonjour à tous.", &[Format::Json, Format::Vtt]);
        desk
    }

    fn episode(&self, stem: &str, guid: &str, said: &str, formats: &[Format]) {
        let subtitles = format!("1\n00:00:01,000 --> 00:00:05,000\n{said}\n");
        let mut transcript = formats::read(subtitles.as_bytes(), "x.srt").expect("subtitles");
        transcript.about = About {
            title: stem.split(' ').next_back().unwrap_or_default().to_owned(),
            show: "La série".to_owned(),
            date: Date::parse_iso(stem),
            ..About::default()
        };
        let settings = RenderSettings { name: stem, ..RenderSettings::default() };
        let render = |format: &Format| (*format, format.render(&transcript, &settings));
        let files: Vec<_> = formats.iter().map(render).collect();
        let made = BuildRecord {
            version: VERSION.to_owned(),
            source: Source { guid: Some(guid.to_owned()), ..Source::default() },
            sound: guid.to_owned(),
            duration: 5.0,
            about: transcript.about.clone(),
            stages: StageKeys::default(),
            recogniser: String::new(),
            names: Vec::new(),
            mentioned: Vec::new(),
            cost: Cost::default(),
            chapters_at: None,
            page: None,
        };
        let outputs = Outputs::named(self.folder.path().join("out/La série"), stem);
        outputs.write(made, &files, false).expect("written");
    }

    fn put(&self, name: &str, content: &str) {
        put(self.folder.path(), name, content);
    }

    fn read(&self, name: &str) -> String {
        fs::read_to_string(self.folder.path().join(name)).expect(name)
    }

    /// What the page fetches, by name.
    fn scripts(&self) -> Vec<(String, String)> {
        let folder = fs::read_dir(self.folder.path().join("out/index.data")).expect("a folder");
        let script = |entry: fs::DirEntry| {
            let name = entry.file_name().to_string_lossy().into_owned();
            let text = fs::read_to_string(entry.path()).expect("text");
            (name, text)
        };
        let mut scripts: Vec<_> = folder.flatten().map(script).collect();
        scripts.sort();
        scripts
    }

    fn voixoff(&self, arguments: &[&str]) -> Assert {
        desk::voixoff(self.folder.path(), arguments)
    }
}
