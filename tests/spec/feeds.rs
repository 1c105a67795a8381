//! Feeds and their sound, from a server that misbehaves.

use crate::{
    desk::{self, growing, noise, put, stderr, stdout},
    server::{Reply, Request, Server},
};
use assert_cmd::assert::Assert;
use std::{
    fs,
    path::PathBuf,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
};
use tempfile::TempDir;

#[test]
fn a_feed_gives_episodes_with_their_titles_days_and_people() {
    let desk = Desk::new();
    let run = desk.transcribe(&["--format", "json,txt,html"]).code(1);
    let told = stderr(&run);
    for line in [
        "absent.wav` is not given out: the server answers 404",
        "malade.wav` is not given out: the server answers 500",
        "page.wav` is no sound: the server sends a web page (HTML)",
        "boucle.wav` cannot be reached",
        "8 episodes: 4 transcribed, 0 up to date, 4 failed",
    ] {
        assert!(told.contains(line), "{line}\n{told}");
    }
    assert_eq!(
        desk.files("out/La série"),
        [
            "2019-10-01 Premier",
            "2019-10-08 Deuxième - le 1-2",
            "2019-10-15 Coupé, puis entier",
            "2019-10-22 Ailleurs",
        ]
    );
    let json = desk.read("out/La série/2019-10-01 Premier.json");
    let json: serde_json::Value = serde_json::from_str(&json).expect("JSON");
    assert_eq!(json["about"]["title"], "Premier");
    assert_eq!(json["about"]["show"], "La série");
    assert_eq!(json["about"]["date"], "2019-10-01");
    assert_eq!(json["about"]["sound"], format!("{}/un.wav", desk.server.address));
    let page = desk.read("out/La série/2019-10-01 Premier.html");
    assert!(page.contains("1er octobre 2019") && page.contains("<h1>Premier</h1>"), "{page:.2000}");
    let published = desk.voixoff(&["archive", "feed", "out", "--base", "https://exemple.fr"]);
    let told = published.success();
    let told = String::from_utf8_lossy(&told.get_output().stdout).into_owned();
    assert_eq!(told, "out/La série/feed.xml: 4 of 9 episodes have transcripts\n");
    // The sound is gone, and asked for no more.
    assert!(!desk.own().iter().any(|name| name.starts_with("sound-")), "{:?}", desk.own());
    let n_asked = desk.server.n_asked("/un.wav");
    desk.transcribe(&["--format", "json,txt,html"]).code(1);
    assert_eq!(desk.server.n_asked("/un.wav"), n_asked);
}

#[test]
fn a_cut_download_goes_on_where_it_was() {
    let desk = Desk::new();
    desk.transcribe(&["--only", "coupé"]).success();
    let asked = desk.server.asked();
    let is_rest = |it: &&Request| it.path == "/coupe.wav" && !it.header("range").is_empty();
    assert_eq!(asked.iter().filter(is_rest).count(), 1, "{asked:?}");
}

#[test]
fn an_unchanged_feed_is_not_sent_again_and_one_out_of_reach_is_known_still() {
    let desk = Desk::new();
    desk.transcribe(&["--only", "premier"]).success();
    desk.transcribe(&["--only", "premier"]).success();
    let asked = desk.server.asked();
    assert!(asked.iter().any(|it| it.header("if-none-match") == "\"v1\""), "{asked:?}");
    let status = desk.voixoff(&["archive", "status", "out"]).success();
    let status = String::from_utf8_lossy(&status.get_output().stdout).into_owned();
    assert!(status.contains("done            1 episode "), "{status}");
    desk.is_away.store(true, Ordering::SeqCst);
    let run = desk.transcribe(&["--only", "premier"]).code(1);
    assert!(stderr(&run).contains("the server answers 503"), "{}", stderr(&run));
    assert!(stderr(&run).contains("1 up to date"), "{}", stderr(&run));
}

#[test]
fn kept_sound_lies_beside_its_transcript_unless_it_is_broken() {
    let desk = Desk::new();
    desk.transcribe(&["--only", "premier", "--keep-audio"]).success();
    assert!(desk.folder.path().join("out/La série/2019-10-01 Premier.wav").is_file());
    let json = desk.read("out/La série/2019-10-01 Premier.json");
    assert!(json.contains("\"sound\": \"2019-10-01 Premier.wav\""), "{json:.600}");
    desk.replace(b"RIFF and no more".to_vec());
    desk.transcribe(&["--only", "ailleurs", "--keep-audio"]).code(1);
    assert!(!desk.folder.path().join("out/La série/2019-10-22 Ailleurs.wav").exists());
}

#[test]
fn the_recogniser_is_told_the_names_of_a_feed_and_hears_nothing_twice_for_a_new_one() {
    let desk = Desk::new();
    put(desk.folder.path(), "script.json", r#"{"regions_ms": [[0, 9000]], "says_told": true}"#);
    put(desk.folder.path(), "show.toml", "lexicon = [\"SecNumCloud\"]");
    let feed = |host: &str, guests: &[&str]| {
        let item = |(n, guest): (usize, &&str)| {
            format!(
                "<item><title>É{n}</title><guid>{n}</guid><podcast:person role=\"guest\">{guest}\
                 </podcast:person><enclosure url=\"{}/un.wav\" length=\"1\" type=\"audio/x-wav\"/></item>",
                desk.server.address
            )
        };
        let items: String = guests.iter().enumerate().map(item).collect();
        let xml = format!(
            "<rss xmlns:podcast=\"https://podcastindex.org/namespace/1.0\"><channel><title>La série\
             </title><podcast:person>{host}</podcast:person>{items}</channel></rss>"
        );
        put(desk.folder.path(), "noms.xml", xml);
    };
    let run = |options: &[&str]| {
        let words = ["transcribe", "noms.xml", "--out", "out", "--show", "show.toml"];
        desk.voixoff(&[words.as_slice(), &["--prompt", "Framasoft"], &OPTIONS, options].concat())
            .success()
    };
    let words = |n: usize| desk.read(&format!("out/La série/É{n}.txt"));
    feed("Aïcha Le Goff", &["Bertrand N'Guyen"]);
    run(&[]);
    assert!(
        words(0).contains("Framasoft, Bertrand N’Guyen, Aïcha Le Goff, SecNumCloud"),
        "{}",
        words(0)
    );
    // Another host, another episode: what is known stays, what is new is told both.
    feed("Léa Martin", &["Bertrand N'Guyen", "Zoé Durand"]);
    let told = stderr(&run(&[]));
    assert!(told.contains("1 transcribed, 1 up to date"), "{told}");
    assert!(words(0).contains("Aïcha Le Goff") && words(1).contains("Zoé Durand, Léa Martin"));
    // What is recognised again is told the names of today.
    run(&["--prompt", "April"]);
    assert!(words(0).contains("April, Bertrand N’Guyen, Léa Martin"), "{}", words(0));
}

#[test]
fn sound_that_was_replaced_under_its_address_is_heard_again_where_somebody_asks() {
    let desk = Desk::new();
    for kept in [&[][..], &["--keep-audio"]] {
        let run = |options: &[&str]| {
            desk.transcribe(&[&["--only", "premier"], kept, options].concat()).success();
        };
        run(&[]);
        let words = || desk.read("out/La série/2019-10-01 Premier.txt");
        let before = words();
        run(&["--check-sound"]);
        assert_eq!(words(), before, "it is the same");
        desk.replace(growing(if kept.is_empty() { 4 } else { 5 }));
        run(&[]);
        assert_eq!(words(), before, "nobody has asked");
        run(&["--check-sound"]);
        assert!(words() != before, "{before}");
        let n_asked = desk.server.n_asked("/un.wav");
        run(&[]);
        assert_eq!(desk.server.n_asked("/un.wav"), n_asked);
    }
}

#[test]
fn a_broken_feed_stops_nothing_else() {
    let desk = Desk::new();
    put(desk.folder.path(), "flux.xml", "<rss><channel><title>Cassé</title><item>");
    noise(&desk.folder.path().join("un.wav"), 2);
    let run = desk.voixoff(
        &[&["transcribe", "flux.xml", "un.wav", "--out", "out"], OPTIONS.as_slice()].concat(),
    );
    assert!(stderr(&run.code(1)).contains("`flux.xml` is no podcast feed"));
    assert!(desk.folder.path().join("out/un.txt").is_file());
}

#[test]
fn an_atom_feed_is_read_too() {
    let desk = Desk::new();
    let feed = format!(
        "<?xml version=\"1.0\"?><feed xmlns=\"http://www.w3.org/2005/Atom\"><title>L'atome</title>\
         <id>a</id><updated>2020-02-03T08:00:00Z</updated><entry><title>Un</title><id>e1</id>\
         <updated>2020-02-03T08:00:00Z</updated>\
         <link rel=\"enclosure\" type=\"audio/x-wav\" href=\"{}/un.wav\"/></entry></feed>",
        desk.server.address
    );
    put(desk.folder.path(), "atome.xml", feed);
    let all = [&["transcribe", "atome.xml", "--out", "out"], OPTIONS.as_slice()].concat();
    desk.voixoff(&all).success();
    assert_eq!(desk.files("out/L'atome"), ["2020-02-03 Un"]);
    // It is given as a file, and published like one that has an address.
    let run = desk.voixoff(&["archive", "feed", "out", "--base", "https://exemple.fr"]).success();
    assert_eq!(stdout(&run), "out/L'atome/feed.xml: 1 of 1 episode has transcripts\n");
    let written = desk.read("out/L'atome/feed.xml");
    let transcripts = written.matches("<podcast:transcript url=\"https://exemple.fr/L%27atome/");
    assert_eq!(transcripts.count(), 3, "{written}");
    let feed = atom_syndication::Feed::read_from(written.as_bytes()).expect("it is Atom still");
    assert_eq!(feed.entries()[0].id(), "e1");
}

#[test]
fn a_new_page_has_the_description_of_its_episode_and_keeps_it() {
    let desk = Desk::new();
    let feed = |description: &str| {
        let xml = format!(
            "<rss><channel><title>La série</title><item><title>Un</title><guid>1</guid>\
             <description><![CDATA[{description}]]></description>\
             <enclosure url=\"{}/un.wav\" length=\"1\" type=\"audio/x-wav\"/></item></channel></rss>",
            desk.server.address
        );
        put(desk.folder.path(), "flux.xml", xml);
    };
    let run = || {
        let words = ["transcribe", "flux.xml", "--out", "out", "--format", "txt,json"];
        stderr(&desk.voixoff(&[words.as_slice(), &OPTIONS].concat()).success())
    };
    feed("<p>Avec Zoé&nbsp;: l'<b>été</b>.</p><p>Et l'hiver.</p>");
    run();
    let page = desk.read("out/La série/Un.txt");
    let lead = "\n\nAvec Zoé : l'été.\nEt l'hiver. (texte de l’émission)\n\n";
    assert!(page.starts_with("La série - Un\n\n") && page.contains(lead), "{page}");
    feed("<p>Autre chose.</p>");
    let told = run();
    assert!(told.contains("up to date"), "{told}");
    assert!(desk.read("out/La série/Un.txt").contains(lead), "a page that is there stays");
}

pub(crate) const OPTIONS: [&str; 6] =
    ["--scripted", "script.json", "--threads", "1", "--progress", "none"];

pub(crate) struct Desk {
    pub(crate) folder: TempDir,
    pub(crate) server: Server,
    /// What all addresses of sound give.
    sound: Arc<Mutex<Vec<u8>>>,
    is_away: Arc<AtomicBool>,
}

impl Desk {
    pub(crate) fn new() -> Desk {
        let folder = tempfile::tempdir().expect("a temporary folder");
        put(folder.path(), "script.json", r#"{"regions_ms": [[0, 9000]]}"#);
        let (sound, is_away) = (Arc::new(Mutex::new(growing(3))), Arc::<AtomicBool>::default());
        let (given, away) = (Arc::clone(&sound), Arc::clone(&is_away));
        let server = Server::start(move |request, address| match away.load(Ordering::SeqCst) {
            true => Reply::new("503 Away", ""),
            false => answer(request, address, &given.lock().expect("no panic")),
        });
        Desk { folder, server, sound, is_away }
    }

    /// Puts other sound under the same addresses.
    fn replace(&self, sound: Vec<u8>) {
        *self.sound.lock().expect("no panic") = sound;
    }

    pub(crate) fn voixoff(&self, arguments: &[&str]) -> Assert {
        desk::voixoff(self.folder.path(), arguments)
    }

    fn transcribe(&self, options: &[&str]) -> Assert {
        let feed = format!("{}/flux.xml", self.server.address);
        let all = [&["transcribe", &feed, "--out", "out"], OPTIONS.as_slice(), options].concat();
        self.voixoff(&all)
    }

    pub(crate) fn read(&self, name: &str) -> String {
        fs::read_to_string(self.folder.path().join(name)).expect(name)
    }

    fn names(&self, folder: PathBuf) -> Vec<String> {
        let entries = fs::read_dir(folder).expect("readable").flatten();
        let names = entries.map(|entry| entry.file_name().to_string_lossy().into_owned());
        let mut names: Vec<String> = names.collect();
        names.sort();
        names
    }

    /// Texts of a folder, without their extension.
    fn files(&self, folder: &str) -> Vec<String> {
        let names = self.names(self.folder.path().join(folder)).into_iter();
        names.filter_map(|name| name.strip_suffix(".txt").map(str::to_owned)).collect()
    }

    fn own(&self) -> Vec<String> {
        self.names(self.folder.path().join("out/La série/.voixoff"))
    }
}

/// What the server of a feed and of sound says: all that can go wrong.
fn answer(request: &Request, address: &str, sound: &[u8]) -> Reply {
    let n = sound.len();
    let is_head = request.method == "HEAD";
    let range = request.header("range").strip_prefix("bytes=").filter(|_| !is_head);
    match (request.path.as_str(), range) {
        ("/flux.xml", _) if request.header("if-none-match") == "\"v1\"" => {
            Reply::new("304 Same", "")
        }
        ("/flux.xml", _) => Reply::ok(feed(address)).with("ETag", "\"v1\""),
        ("/chapitres.json", _) => Reply::ok(CHAPTERS),
        ("/absent.wav", _) => Reply::new("404 Gone", ""),
        ("/malade.wav", _) => Reply::new("500 Ill", ""),
        ("/page.wav", _) => Reply::ok("<html>").with("Content-Type", "text/html; charset=utf-8"),
        ("/boucle.wav", _) => Reply::new("302 Found", "").with("Location", "/boucle.wav"),
        ("/ailleurs.wav", _) => Reply::new("302 Found", "").with("Location", "/un.wav"),
        ("/coupe.wav", Some(range)) => {
            let from: usize = range.trim_end_matches('-').parse().expect("a number");
            let range = format!("bytes {from}-{}/{n}", n - 1);
            Reply::new("206 Rest", &sound[from..]).with("Content-Range", range)
        }
        (path, _) => {
            let whole = Reply::ok(sound).with("Content-Type", "audio/x-wav");
            let whole = whole.with("ETag", format!("\"s{n}\"")).with("Content-Length", n);
            if path == "/coupe.wav" { whole.cut_at(n / 2) } else { whole }
        }
    }
}

const CHAPTERS: &str =
    r#"{"version":"1.2.0","chapters":[{"startTime":0,"title":"Un autre titre"}]}"#;

/// Eight episodes, of which four can be had.
fn feed(address: &str) -> String {
    let item = |title: &str, day: &str, file: &str| {
        format!(
            "<item><title>{title}</title><guid>{file}</guid><pubDate>{day} Oct 2019 08:00:00 +0200\
             </pubDate><itunes:duration>00:00:03</itunes:duration>\
             <podcast:person role=\"guest\">Alain Garnier</podcast:person>\
             <enclosure url=\"{address}/{file}\" length=\"1\" type=\"audio/x-wav\"/></item>"
        )
    };
    let items = [
        item("Premier", "Tue, 01", "un.wav"),
        item("Deuxième / le 1/2 ?", "Tue, 08", "deux.wav"),
        item("Coupé, puis entier", "Tue, 15", "coupe.wav"),
        item("Ailleurs", "Tue, 22", "ailleurs.wav"),
        item("Absent", "Tue, 29", "absent.wav"),
        item("Malade", "Wed, 30", "malade.wav"),
        item("Page", "Wed, 30", "page.wav"),
        item("Boucle", "Wed, 30", "boucle.wav"),
        "<item><title>Sans son</title><guid>texte</guid></item>".to_owned(),
    ];
    format!(
        "<?xml version=\"1.0\"?><rss version=\"2.0\" \
         xmlns:itunes=\"http://www.itunes.com/dtds/podcast-1.0.dtd\" \
         xmlns:podcast=\"https://podcastindex.org/namespace/1.0\"><channel>\
         <title>La série</title>{}</channel></rss>",
        items.concat()
    )
}
