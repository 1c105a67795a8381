//! Feeds and sound of strangers: what they are called, what they hold, what they say.

use crate::{
    desk::{self, growing, noise, put, stderr},
    feeds::OPTIONS,
    server::{Reply, Request, Server},
};
use assert_cmd::assert::Assert;
use std::{fs, path::PathBuf};
use tempfile::TempDir;
use voixoff::net::feed::Feed;

#[test]
fn kept_sound_is_called_by_what_it_is_whatever_its_address_says() {
    let files = ["page.php", "a.html", "b.svg", "c.exe", "d.json", "e.txt", "f.srt", "g.mp3"];
    let desk = Desk::of(move |request, address| match request.path.as_str() {
        "/flux.xml" => Reply::ok(feed(address, &files)),
        _ => sound(3),
    });
    desk.transcribe(&["--keep-audio"]).success();
    let expected: Vec<String> = files
        .iter()
        .flat_map(|file| {
            ["html", "json", "srt", "txt", "vtt", "wav"].map(|kind| format!("{file}.{kind}"))
        })
        .collect();
    let mut expected = expected;
    expected.sort();
    assert_eq!(desk.names("out/La série"), expected);
    assert!(desk.read("out/La série/d.json.json").contains("\"sound\": \"d.json.wav\""));
    // Again, nothing is asked for.
    let n_asked = desk.server.n_asked("/d.json");
    let told = stderr(&desk.transcribe(&["--keep-audio"]).success());
    assert!(told.contains("8 up to date"), "{told}");
    assert_eq!(desk.server.n_asked("/d.json"), n_asked);
}

#[test]
fn not_even_force_replaces_sound() {
    let desk = Desk::of(|_, _| Reply::new("404 Gone", ""));
    noise(&desk.path("un.wav"), 2);
    noise(&desk.path("autre.wav"), 2);
    fs::create_dir(desk.path("out")).expect("made");
    fs::rename(desk.path("autre.wav"), desk.path("out/un.json")).expect("renamed");
    let before = fs::read(desk.path("out/un.json")).expect("readable");
    let run = desk.run(&["un.wav", "--out", "out", "--force"]).code(1);
    let told = stderr(&run);
    assert!(told.contains("`out/un.json` is sound, and lies where a transcript would"), "{told}");
    assert!(told.contains("not even `--force` replaces sound"), "{told}");
    assert_eq!(fs::read(desk.path("out/un.json")).expect("readable"), before);
}

#[test]
fn sound_of_somebody_else_stays_where_sound_is_kept() {
    let desk = Desk::of(|request, address| match request.path.as_str() {
        "/flux.xml" => Reply::ok(feed(address, &["un.wav"])),
        _ => sound(3),
    });
    put(desk.folder.path(), "out/La série/un.wav.wav", "à moi");
    for options in [["--keep-audio", "--jobs=1"], ["--keep-audio", "--force"]] {
        desk.transcribe(&options).success();
        assert_eq!(desk.read("out/La série/un.wav.wav"), "à moi");
        assert!(desk.path("out/La série/un.wav.new.wav").is_file());
    }
}

#[test]
fn a_page_that_is_served_as_sound_is_called_a_page() {
    let desk = Desk::of(|request, address| match request.path.as_str() {
        "/flux.xml" => Reply::ok(feed(address, &["un.mp3"])),
        _ => Reply::ok("\n<!DOCTYPE html><html>Connectez-vous").with("Content-Type", "audio/mpeg"),
    });
    let told = stderr(&desk.transcribe(&["--keep-audio"]).code(1));
    let expected =
        "un.mp3` is no sound: the server sends a web page (HTML) and calls it audio/mpeg";
    assert!(told.contains(expected), "{told}");
    assert_eq!(desk.names("out/La série"), [""; 0]);
    assert_eq!(desk.names("out/La série/.voixoff"), ["un.mp3.failure.json"]);
}

#[test]
fn sound_that_a_server_calls_text_is_sound() {
    let desk = Desk::of(|request, address| match request.path.as_str() {
        "/flux.xml" => Reply::ok(feed(address, &["un.wav"])),
        _ => Reply::ok(growing(2)).with("Content-Type", "text/plain"),
    });
    desk.transcribe(&[]).success();
}

#[test]
fn relative_addresses_are_seen_from_where_they_stand() {
    let desk = Desk::of(|request, _| match request.path.as_str() {
        "/a/flux.xml" => Reply::ok(
            "<rss><channel><title>La série</title>\
             <item><title>un</title><enclosure url='sons/un.wav' type=''/></item>\
             <item xml:base='/b/'><title>deux</title><enclosure url='deux.wav' type=''/></item>\
             <item><title>trois</title><enclosure url='/trois.wav' type=''/></item>\
             </channel></rss>",
        ),
        "/a/sons/un.wav" | "/b/deux.wav" | "/trois.wav" => sound(2),
        "/ailleurs.xml" => Reply::new("302 Found", "").with("Location", "/a/flux.xml"),
        _ => Reply::new("404 Gone", ""),
    });
    for (feed, out) in [("a/flux.xml", "un"), ("ailleurs.xml", "deux")] {
        let address = format!("{}/{feed}", desk.server.address);
        desk.run(&[&address, "--out", out]).success();
        assert_eq!(desk.texts(&format!("{out}/La série")), ["deux", "trois", "un"]);
    }
    // The copy on the disk tells the same.
    fs::remove_dir_all(desk.path("deux/La série")).expect("removed");
    let address = format!("{}/ailleurs.xml", desk.server.address);
    desk.run(&[&address, "--out", "deux"]).success();
    assert_eq!(desk.texts("deux/La série").len(), 3);
}

#[test]
fn sound_can_be_given_by_its_address() {
    let desk = Desk::of(|request, _| match request.path.as_str() {
        "/%C3%A9t%C3%A9.wav" | "/ecoute?id=1" => sound(2),
        _ => Reply::new("404 Gone", ""),
    });
    for (place, name) in [("/%C3%A9t%C3%A9.wav", "été"), ("/ecoute?id=1", "ecoute")] {
        let address = format!("{}{place}", desk.server.address);
        desk.run(&[&address, "--out", "out"]).success();
        assert!(desk.texts("out").contains(&name.to_owned()), "{:?}", desk.texts("out"));
        let told = stderr(&desk.run(&[&address, "--out", "out"]).success());
        assert!(told.contains("up to date"), "{told}");
        let json: serde_json::Value =
            serde_json::from_str(&desk.read(&format!("out/{name}.json"))).expect("JSON");
        assert_eq!(json["about"]["sound"], address);
    }
    let told = stderr(&desk.run(&[&format!("{}/non.wav", desk.server.address)]).code(1));
    assert!(told.contains("non.wav` is not given out: the server answers 404"), "{told}");
}

#[test]
fn addresses_with_accents_and_spaces_are_asked_for_as_the_web_has_them() {
    let desk = Desk::of(|request, here| match request.path.as_str() {
        "/flux%20d%E2%80%99%C3%A9t%C3%A9.xml" => {
            let chapters = format!("<podcast:chapters url=\"{here}/chapitres n° 1.json\"/></item>");
            let feed = feed(here, &["été à Nice.wav", "100 %.wav", "saut.wav"]);
            Reply::ok(feed.replacen("</item>", &chapters, 1))
        }
        "/chapitres%20n%C2%B0%201.json" => {
            Reply::ok(r#"{"version":"1.2.0","chapters":[{"startTime":0,"title":"À Nice"}]}"#)
        }
        "/saut.wav" => Reply::new("302 Found", "").with("Location", "/là bas/déjà%20là.wav?q=é"),
        "/%C3%A9t%C3%A9%20%C3%A0%20Nice.wav"
        | "/100%20%25.wav"
        | "/l%C3%A0%20bas/d%C3%A9j%C3%A0%20l%C3%A0.wav?q=%C3%A9" => sound(2),
        _ => Reply::new("404 Gone", ""),
    });
    let here = &desk.server.address;
    desk.run(&[&format!("{here}/flux d’été.xml"), "--out", "out"]).success();
    assert_eq!(desk.texts("out/La série"), ["100 %.wav", "saut.wav", "été à Nice.wav"]);
    assert!(desk.read("out/La série/été à Nice.wav.json").contains("\"À Nice\""));
    desk.run(&[&format!("{here}/été à Nice.wav"), "--out", "out"]).success();
    assert_eq!(desk.texts("out"), ["été à Nice"]);
    // Known again: nothing is asked for twice.
    let n_asked = desk.server.n_asked("/saut.wav");
    desk.run(&[&format!("{here}/flux d’été.xml"), "--out", "out"]).success();
    assert_eq!(desk.server.n_asked("/saut.wav"), n_asked);
}

#[test]
fn a_server_whose_name_has_accents_is_told_as_that() {
    let desk = Desk::of(|_, _| Reply::new("302 Found", "").with("Location", "http://été.exemple/"));
    let hint = "hint: check how it is spelt; a server with accents is written `xn--…`";
    for place in ["flux.xml", "un.wav"] {
        let address = format!("https://radio-été.exemple/{place}");
        let told = stderr(&desk.run(&[&address, "--out", "out"]).code(1));
        let reason = format!(
            "`{address}` cannot be asked for: the name of its server, `radio-été.exemple`, is not \
             written in ASCII"
        );
        assert!(told.contains(&reason) && told.contains(hint), "{told}");
    }
    let address = format!("{}/un.wav", desk.server.address);
    let told = stderr(&desk.run(&[&address, "--out", "out"]).code(1));
    assert!(told.contains("it leads to `http://"), "{told}");
    assert!(told.contains("the name of its server, `été.exemple`, is not written"), "{told}");
}

#[test]
fn a_feed_needs_no_folder_and_may_be_called_as_buttons_call_it() {
    let desk = Desk::of(|request, address| match request.path.as_str() {
        "/flux.xml" => Reply::ok(feed(address, &["un.wav"])),
        _ => sound(2),
    });
    desk.run(&[&format!("feed:{}/flux.xml", desk.server.address)]).success();
    assert_eq!(desk.texts("La série"), ["un.wav"]);
    put(desk.folder.path(), "flux/flux.xml", feed(&desk.server.address, &["un.wav"]));
    desk.run(&["flux/flux.xml"]).success();
    assert_eq!(desk.texts("flux/La série"), ["un.wav"]);
}

#[test]
fn an_address_without_its_scheme_is_asked_back_for() {
    let desk = Desk::of(|_, _| Reply::new("404 Gone", ""));
    for text in ["exemple.fr/flux.xml", "www.exemple.fr"] {
        let told = stderr(&desk.run(&[text]).code(1));
        assert!(told.contains(&format!("`{text}`: there is no such file")), "{told}");
        assert!(told.contains("write `https://` before it"), "{told}");
    }
}

#[test]
fn episodes_of_one_guid_are_told_apart_by_their_sound() {
    let desk = Desk::of(|request, address| match request.path.as_str() {
        "/flux.xml" => {
            let files = ["un.wav", "deux.wav", "un.wav"];
            let feed = feed(address, &files);
            Reply::ok(files.iter().fold(feed, |feed, file| {
                feed.replace(&format!("<guid>{file}</guid>"), "<guid>toujours le même</guid>")
            }))
        }
        "/un.wav" => sound(2),
        _ => sound(3),
    });
    let told = stderr(&desk.transcribe(&[]).success());
    assert!(told.contains("2 episodes: 2 transcribed"), "{told}");
    assert_eq!(desk.texts("out/La série"), ["deux.wav", "un.wav"]);
    let told = stderr(&desk.transcribe(&[]).success());
    assert!(told.contains("2 up to date"), "{told}");
    let run = desk.voixoff(&["archive", "feed", "out", "--base", "https://exemple.fr"]).success();
    assert!(desk::stdout(&run).contains("3 of 3 episodes have transcripts"));
}

#[test]
fn two_episodes_never_write_the_same_file() {
    let desk = Desk::of(|_, _| Reply::new("404 Gone", ""));
    noise(&desk.path("son/a.wav"), 2);
    noise(&desk.path("son/a.podcast.wav"), 3);
    let both = ["son", "--out", "out", "--format", "json,podcast-json"];
    let told = stderr(&desk.run(&both).code(1));
    assert!(
        told.contains("`son/a.podcast.wav`: its transcripts would have names of those of `a`"),
        "{told}"
    );
    assert!(told.contains("1 transcribed"), "{told}");
    desk.run(&["son", "--out", "autre", "--format", "json"]).success();
    assert_eq!(desk.names("autre"), ["a.json", "a.podcast.json"]);
}

#[test]
fn a_name_that_is_too_long_is_cut_and_stays_its_own() {
    let desk = Desk::of(|_, _| Reply::new("404 Gone", ""));
    let long = |end: &str| format!("{}{end}", "é".repeat(119));
    for (name, seconds) in
        [(long("aaaaaaaaaaa"), 2), (long("aaaaaaaaaab"), 3), ("x".repeat(220), 4)]
    {
        noise(&desk.path(&format!("son/{name}.wav")), seconds);
    }
    let options = ["son", "--out", "out", "--format", "podcast-json,txt"];
    desk.run(&options).success();
    let texts = desk.texts("out");
    assert_eq!(texts.len(), 3);
    assert!(texts.iter().all(|name| name.len() <= 220), "{texts:?}");
    assert!(texts.contains(&"x".repeat(220)));
    let told = stderr(&desk.run(&options).success());
    assert!(told.contains("3 up to date"), "{told}");
}

#[test]
fn a_feed_that_asks_for_more_than_a_podcast_has_is_refused() {
    let head = "<rss><channel><title>T</title>";
    let people = "<podcast:person>a</podcast:person>".repeat(300);
    let chapters = "<psc:chapter start='1' title='a'/>".repeat(2_000);
    let nested: String = (0..300).map(|n| format!("<a xmlns:a{n}='b'>")).collect();
    let bound: String = (0..300).map(|n| format!(" xmlns:a{n}='b'")).collect();
    for (xml, reason) in [
        (format!("{head}{}", "<item/>".repeat(7_000_000)), "it has more than 50000 episodes"),
        (
            format!("{head}<item{}/>", " a=''".repeat(5_000_000)),
            "an element has more than 1000 attributes",
        ),
        (format!("{head}<item>{people}"), "an episode names more than 200 people"),
        (format!("{head}<item><psc:chapters>{chapters}"), "an episode has more than 1500 chapters"),
        (format!("{head}<item{bound}/>"), "it declares more than 200 namespaces"),
        (format!("{head}{nested}"), "its elements lie more than 100 deep"),
        (
            format!("{head}<item><title>{}", "a".repeat(200_000)),
            "a title or a name in it has more than 100000 bytes",
        ),
    ] {
        let error = Feed::parse(xml.as_bytes(), "flux.xml").expect_err(reason).to_string();
        assert_eq!(error, format!("`flux.xml` is no podcast feed: {reason}"));
    }
    // What is never used costs nothing.
    let rest = "<itunes:keywords a='b'>c</itunes:keywords>".repeat(1_000_000);
    let xml = format!("{head}<item><title>Un</title>{rest}</item></channel></rss>");
    assert_eq!(Feed::parse(xml.as_bytes(), "flux.xml").expect("a feed").episodes.len(), 1);
}

#[cfg(target_os = "linux")]
#[test]
fn a_hostile_feed_takes_no_memory_and_stops_nothing() {
    let desk = Desk::of(|_, _| Reply::new("404 Gone", ""));
    let items = "<item/>".repeat(7_000_000);
    put(desk.folder.path(), "flux.xml", format!("<rss><channel><title>T</title>{items}"));
    noise(&desk.path("un.wav"), 2);
    // 49 MB of it asked for 8.7 GB.
    let line = "ulimit -v 1500000; exec \"$0\" transcribe flux.xml un.wav --out out \"$@\"";
    let program = assert_cmd::cargo::cargo_bin("voixoff");
    let mut shell = assert_cmd::Command::new("sh");
    shell.env("VOIXOFF_LANG", "en");
    let run = shell.current_dir(desk.folder.path()).args(["-c", line]).arg(program).args(OPTIONS);
    let told = stderr(&run.assert().code(1));
    assert!(told.contains("`flux.xml` is no podcast feed: it has more than 50000"), "{told}");
    assert!(desk.path("out/un.txt").is_file());
}

#[test]
fn chapters_without_end_are_refused_and_the_episode_is_not() {
    let desk = Desk::of(|request, address| match request.path.as_str() {
        "/flux.xml" => {
            let chapters = format!("<podcast:chapters url=\"{address}/chapitres.json\"/></item>");
            Reply::ok(feed(address, &["un.wav"]).replace("</item>", &chapters))
        }
        "/chapitres.json" => {
            let all = "{\"startTime\":0,\"title\":\"a\"},".repeat(50_000);
            Reply::ok(format!("{{\"chapters\":[{all}{{\"startTime\":1}}]}}"))
        }
        _ => sound(2),
    });
    let told = stderr(&desk.transcribe(&["--format", "html,json"]).success());
    assert!(told.contains("an episode has more than 1500 chapters"), "{told}");
    assert!(fs::metadata(desk.path("out/La série/un.wav.html")).expect("there").len() < 100_000);
}

#[test]
fn what_is_read_of_a_feed_is_what_others_read() {
    let ours = Feed::parse(USUAL.as_bytes(), "https://exemple.fr/flux.xml").expect("a feed");
    let theirs = rss::Channel::read_from(USUAL.as_bytes()).expect("a feed");
    assert_eq!(ours.show.title, theirs.title());
    assert_eq!(ours.episodes.len(), theirs.items().len());
    for (ours, theirs) in ours.episodes.iter().zip(theirs.items()) {
        assert_eq!(ours.title, theirs.title().unwrap_or_default());
        assert_eq!(Some(ours.guid.as_str()), theirs.guid().map(|guid| guid.value()));
        let sound = ours.sound.as_ref().map(|sound| sound.address.as_str());
        assert_eq!(sound, theirs.enclosure().map(|sound| sound.url()));
        assert_eq!(ours.page, theirs.link().unwrap_or_default());
        assert_eq!(
            ours.duration.is_some(),
            theirs.itunes_ext().and_then(|it| it.duration()).is_some()
        );
        assert_eq!(ours.date.is_some(), theirs.pub_date().is_some());
    }
}

/// With what feeds have: entities, pieces of text, elements of the same name elsewhere.
pub(crate) const USUAL: &str = r#"<?xml version="1.0" encoding="UTF-8"?><!-- <item/> -->
<rss version="2.0" xmlns:itunes="http://www.itunes.com/dtds/podcast-1.0.dtd"
     xmlns:atom="http://www.w3.org/2005/Atom" xmlns:media="http://search.yahoo.com/mrss/">
<channel><atom:link href="https://exemple.fr/f.xml" rel="self"/><image><title>Image</title></image>
<title>L&#39;&#xe9;t&#233; &amp; <![CDATA[« a » & b]]></title><media:title>Non</media:title>
<item><title>Un &lt;b&gt; <![CDATA[deux]]></title><media:title>Non</media:title>
<guid isPermaLink="false">a&amp;b</guid><link>https://exemple.fr/1?a=1&amp;b=2</link>
<pubDate>Tue, 01 Oct 2019 00:30:00 +0200</pubDate><itunes:duration>1:02:03</itunes:duration>
<enclosure url="https://exemple.fr/1.mp3?a=1&amp;b=2" length="7" type="audio/mpeg"/>
<media:group><media:content url="https://exemple.fr/non.mp3"/></media:group></item>
<item><title/><guid>c</guid><description><![CDATA[<title>Non</title></item>]]></description></item>
</channel></rss>"#;

/// A folder, and a server that answers as a test wants it to.
pub(crate) struct Desk {
    pub(crate) folder: TempDir,
    pub(crate) server: Server,
}

impl Desk {
    pub(crate) fn of(answer: impl Fn(&Request, &str) -> Reply + Send + Sync + 'static) -> Desk {
        let folder = tempfile::tempdir().expect("a temporary folder");
        put(folder.path(), "script.json", r#"{"regions_ms": [[0, 9000]]}"#);
        fs::create_dir(folder.path().join("son")).expect("made");
        Desk { folder, server: Server::start(answer) }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).expect(name)
    }

    pub(crate) fn voixoff(&self, arguments: &[&str]) -> Assert {
        desk::voixoff(self.folder.path(), arguments)
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> Assert {
        self.voixoff(&[&["transcribe"], OPTIONS.as_slice(), arguments].concat())
    }

    /// Transcribes the feed of the server.
    pub(crate) fn transcribe(&self, options: &[&str]) -> Assert {
        let feed = format!("{}/flux.xml", self.server.address);
        self.run(&[&[feed.as_str(), "--out", "out"], options].concat())
    }

    /// Files of a folder that are not hidden.
    pub(crate) fn names(&self, folder: &str) -> Vec<String> {
        let entries = fs::read_dir(self.path(folder)).expect(folder).flatten();
        let names = entries.map(|entry| entry.file_name().to_string_lossy().into_owned());
        let mut names: Vec<String> = names.filter(|name| !name.starts_with('.')).collect();
        names.sort();
        names
    }

    fn texts(&self, folder: &str) -> Vec<String> {
        let names = self.names(folder).into_iter();
        names.filter_map(|name| name.strip_suffix(".txt").map(str::to_owned)).collect()
    }
}

/// Sound of so many seconds.
pub(crate) fn sound(seconds: i64) -> Reply {
    Reply::ok(growing(seconds)).with("Content-Type", "audio/x-wav")
}

/// A feed of these files, each called so.
pub(crate) fn feed(address: &str, files: &[&str]) -> String {
    let item = |file: &&str| {
        format!(
            "<item><title>{file}</title><guid>{file}</guid>\
             <enclosure url=\"{address}/{file}\" length=\"1\" type=\"audio/x-wav\"/></item>"
        )
    };
    let items: String = files.iter().map(item).collect();
    format!(
        "<?xml version=\"1.0\"?><rss version=\"2.0\" \
         xmlns:podcast=\"https://podcastindex.org/namespace/1.0\"><channel>\
         <title>La série</title>{items}</channel></rss>"
    )
}
