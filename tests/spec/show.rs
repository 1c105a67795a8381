//! `voixoff show init` as users meet it: feeds on disk and from a server, folders.

use crate::desk::{put, stderr, stdout};
use assert_cmd::assert::Assert;
use std::{
    fs,
    io::{BufRead, BufReader, Write},
    net::TcpListener,
    thread,
};
use tempfile::TempDir;
use voixoff::{
    base::{
        show::{Person, Show, Term},
        speech::Role,
    },
    net::feed::{Feed, FeedError, FeedSettings},
};

/// A feed of the usual shape. `channel` stands after its title.
fn feed(title: &str, channel: &str, items: &[&str]) -> String {
    let items: String = items.iter().map(|item| format!("<item>{item}</item>\n")).collect();
    format!(
        r#"<?xml version="1.0" encoding="UTF-8"?>
<rss version="2.0" xmlns:itunes="http://www.itunes.com/dtds/podcast-1.0.dtd"
     xmlns:podcast="https://podcastindex.org/namespace/1.0">
<channel>
<title>{title}</title>
{channel}
{items}</channel>
</rss>
"#
    )
}

#[test]
fn a_feed_gives_title_people_and_lexicon() {
    let desk = Desk::new();
    let host = "<podcast:person>Aïcha Le Goff</podcast:person>
        <podcast:person role='Announcer' group='voice'>Édith N&apos;Guyen</podcast:person>
        <podcast:person role='producer' group='administration'>Paul Production</podcast:person>";
    let guest = "<title>Un</title><podcast:person role='guest'>Bertrand Œuf</podcast:person>";
    let once = "<podcast:person role='guest'><![CDATA[ Une <Fois> ]]></podcast:person>";
    let title = "Le bureau &amp; les <![CDATA[idées « à part »]]>";
    desk.put("flux.xml", &feed(title, host, &[guest, guest, once, guest]));
    let run = desk.init("flux.xml", &[]).success();
    assert_eq!(stdout(&run), "show.toml\n");
    insta::assert_snapshot!(desk.read("show.toml"));
    assert_eq!(desk.show().title, "Le bureau & les idées « à part »");
}

#[test]
fn a_guest_belongs_to_the_show_from_the_third_episode_on() {
    let guest = "<podcast:person role='guest'>Bertrand Œuf</podcast:person>";
    let twice_in_one = [guest, guest].concat();
    assert_eq!(people(&feed("T", "", &[guest, &twice_in_one])), []);
    assert_eq!(people(&feed("T", "", &[guest, guest, guest])), [("Bertrand Œuf", Role::Guest)]);
}

#[test]
fn a_host_of_one_episode_who_is_a_guest_elsewhere_is_a_host() {
    let guest = "<podcast:person role='guest'>Bertrand Œuf</podcast:person>";
    let host = "<podcast:person role='host' group='cast'>bertrand  œuf</podcast:person>";
    assert_eq!(people(&feed("T", "", &[guest, host])), [("Bertrand Œuf", Role::Host)]);
}

#[test]
fn every_name_of_an_announcer_is_understood() {
    for role in ["announcer", "Narrator", "voice over", "Voice Over"] {
        let tag = format!("<podcast:person role='{role}'>Édith</podcast:person>");
        assert_eq!(people(&feed("T", &tag, &[])), [("Édith", Role::VoixOff)], "{role}");
    }
}

#[test]
fn the_podcast_namespace_may_have_any_prefix() {
    let xml = feed("T", "<pc:person>Aïcha</pc:person>", &[]).replace("xmlns:podcast", "xmlns:pc");
    assert_eq!(people(&xml), [("Aïcha", Role::Host)]);
}

#[test]
fn an_author_who_may_be_a_person_is_a_host_to_be_checked() {
    let desk = Desk::new();
    desk.put("flux.xml", &feed("T", "<itunes:author>Aïcha Le Goff</itunes:author>", &[]));
    desk.init("flux.xml", &[]).success();
    let text = desk.read("show.toml");
    let person = "# from the feed's author: check\n[[person]]\nname = \"Aïcha Le Goff\"\n";
    assert!(text.contains(person), "{text}");
    assert_eq!(desk.show().lexicon, ["Aïcha Le Goff", "T"].map(Term::new));
}

#[test]
fn an_author_is_nobody_beside_a_station_or_a_person_tag() {
    let station = "<itunes:author>Radio Exemple</itunes:author>";
    assert_eq!(people(&feed("T", station, &[])), []);
    let producer = "<itunes:author>Aïcha Le Goff</itunes:author>
        <podcast:person role='producer' group='administration'>Paul</podcast:person>";
    assert_eq!(people(&feed("T", producer, &[])), []);
}

#[test]
fn sentences_of_the_notes_are_not_taken_for_those_of_the_announcer() {
    let note = "<description>Abonnez-vous à la lettre du bureau.</description>";
    let show = parse(&feed("T", "", &[note, note, note])).expect("a feed").show;
    assert_eq!(show.boilerplate, [""; 0]);
}

#[test]
fn a_feed_of_another_encoding_keeps_its_accents() {
    let xml = feed("L'été", "", &[]).replace("UTF-8", "ISO-8859-1");
    let latin: Vec<u8> = xml.chars().map(|c| u8::try_from(u32::from(c)).expect("Latin")).collect();
    assert_eq!(Feed::parse(&latin, "flux.xml").expect("a feed").show.title, "L'été");
}

#[test]
fn what_is_no_feed_is_named_and_nothing_is_written() {
    let desk = Desk::new();
    let whole = feed("Titre", "", &["<title>Un</title>"]);
    desk.put("cassé.xml", &whole.replace("</title>", "</titre>"));
    desk.put("coupé.xml", &whole[..whole.len() - 30]);
    desk.put("page.xml", "<!DOCTYPE html><html><body>Écoutez-nous</body></html>");
    desk.put("vide.xml", "");
    desk.put("sans titre.xml", &feed("", "", &[]));
    let names = ["cassé.xml", "coupé.xml", "page.xml", "vide.xml", "sans titre.xml", "absent.xml"];
    let errors: String = names.iter().map(|name| stderr(&desk.init(name, &[]).code(2))).collect();
    insta::assert_snapshot!(errors);
    assert!(!desk.folder.path().join("show.toml").exists());
}

#[test]
fn a_feed_of_nothing_but_opening_tags_is_refused() {
    let error = parse(&feed("T", &"<podcast:a>".repeat(100_000), &[])).expect_err("too deep");
    let message = "`flux.xml` is no podcast feed: its elements lie more than 100 deep";
    assert_eq!(error.to_string(), message);
}

#[test]
fn an_existing_description_is_replaced_only_by_force() {
    let desk = Desk::new();
    desk.put("flux.xml", &feed("Titre", "", &[]));
    desk.put("show.toml", "title = 'à la main'\n");
    let refused = desk.init("flux.xml", &[]).code(2);
    assert_eq!(
        stderr(&refused),
        "error: `show.toml` exists already\n\n\
         hint: keep it by choosing another file with `--out`, or replace it with `--force`\n\n"
    );
    assert_eq!(desk.read("show.toml"), "title = 'à la main'\n");
    assert_eq!(stdout(&desk.init("flux.xml", &["--out", "autre.toml"]).success()), "autre.toml\n");
    desk.init("flux.xml", &["--force"]).success();
    assert_eq!(desk.show().title, "Titre");
}

#[test]
fn a_folder_gives_its_name() {
    let desk = Desk::new();
    desk.put("L'été à part/un.mp3", "");
    desk.init("L'été à part", &[]).success();
    assert_eq!(desk.show(), Show { title: "L'été à part".into(), ..Show::default() });
    insta::assert_snapshot!(desk.read("show.toml"));
}

#[test]
fn a_feed_is_read_from_its_address() {
    let body = feed("Un titre", "<podcast:person>Aïcha</podcast:person>", &[]);
    let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", body.len());
    let address = serve(format!("{head}{body}"));
    let desk = Desk::new();
    desk.init(&address, &[]).success();
    assert_eq!(desk.show().title, "Un titre");
}

#[test]
fn a_server_without_the_feed_is_told_from_one_out_of_reach() {
    let settings = FeedSettings::PODCAST;
    let address = serve("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n".into());
    let error = Feed::fetch(&address, settings).expect_err("refused");
    assert_eq!(error.to_string(), format!("`{address}` is not given out: the server answers 404"));
    let address = serve("HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n<rss>".into());
    let error = Feed::fetch(&address, settings).expect_err("cut");
    assert!(matches!(error, FeedError::Unreachable { .. }), "{error}");
}

#[test]
fn a_feed_without_end_is_given_up() {
    let settings = FeedSettings { bytes_max: 2_000_000, ..FeedSettings::PODCAST };
    let address = serve(format!("HTTP/1.1 200 OK\r\n\r\n<rss>{}", " ".repeat(3_000_000)));
    let error = Feed::fetch(&address, settings).expect_err("too long");
    assert_eq!(error.to_string(), format!("`{address}` is no podcast feed: it has more than 2 MB"));
}

fn parse(xml: &str) -> Result<Feed, FeedError> {
    Feed::parse(xml.as_bytes(), "flux.xml")
}

/// Name and role of the people of a feed.
fn people(xml: &str) -> Vec<(&'static str, Role)> {
    let people = parse(xml).expect("a feed").show.people;
    let pair = |person: Person| (&*person.name.leak(), person.role.expect("a feed tells roles"));
    people.into_iter().map(pair).collect()
}

/// Address of a server on the loopback device that gives one answer, to anybody.
fn serve(answer: String) -> String {
    let door = TcpListener::bind("127.0.0.1:0").expect("the loopback device is there");
    let address = format!("http://{}/flux.xml", door.local_addr().expect("it is bound"));
    thread::spawn(move || {
        let (mut line, _) = door.accept().expect("somebody asks");
        let mut reader = BufReader::new(line.try_clone().expect("a line has two ends"));
        let mut request = String::new();
        while !request.ends_with("\r\n\r\n") && reader.read_line(&mut request).is_ok_and(|n| n > 0)
        {
        }
        // Who has read enough hangs up.
        let _ = line.write_all(answer.as_bytes());
    });
    address
}

/// A folder to begin a show in.
struct Desk {
    folder: TempDir,
}

impl Desk {
    fn new() -> Desk {
        Desk { folder: tempfile::tempdir().expect("a temporary folder") }
    }

    fn put(&self, name: &str, text: &str) {
        put(self.folder.path(), name, text);
    }

    fn init(&self, source: &str, options: &[&str]) -> Assert {
        let mut command = crate::desk::program();
        for proxy in ["http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"] {
            command.env_remove(proxy);
        }
        let command = command.current_dir(self.folder.path()).args(["show", "init", source]);
        command.args(options).assert()
    }

    fn read(&self, name: &str) -> String {
        fs::read_to_string(self.folder.path().join(name)).expect(name)
    }

    fn show(&self) -> Show {
        Show::parse(&self.read("show.toml")).expect("what was written can be read")
    }
}
