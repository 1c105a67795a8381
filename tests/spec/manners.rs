//! How servers are asked: politely, with an end, and without telling others what they are told.

use crate::{
    desk::{all_below, growing, put, stderr, stdout},
    server::{Reply, Server},
    strangers::{Desk, feed, sound},
};
use std::{
    fs,
    path::{Path, PathBuf},
    time::Duration,
};
use voixoff::{
    base::progress::Cancel,
    net::{
        download::{DownloadError, DownloadSettings, download},
        web,
    },
};

#[test]
fn a_rest_of_another_version_is_not_put_behind_the_first() {
    let desk = Desk::of(|request, address| {
        let (old, new) = (growing(4), growing(5));
        match request.path.as_str() {
            "/flux.xml" => Reply::ok(feed(address, &["un.wav"])),
            _ if request.n_before == 0 => {
                Reply::ok(old.clone()).with("ETag", "\"1\"").cut_at(old.len() / 2)
            }
            // It looks at `Range` and not at `If-Range`.
            _ if request.header("range").starts_with("bytes=") => {
                let from = request.header("range")["bytes=".len()..].trim_end_matches('-');
                let from: usize = from.parse().expect("a number");
                let range = format!("bytes {from}-{}/{}", new.len() - 1, new.len());
                let rest = Reply::new("206 Partial Content", &new[from..]);
                rest.with("Content-Range", range).with("ETag", "\"2\"")
            }
            _ => Reply::ok(new).with("ETag", "\"2\""),
        }
    });
    desk.transcribe(&["--keep-audio"]).success();
    assert_eq!(fs::read(desk.path("out/La série/un.wav.wav")).expect("kept"), growing(5));
    let ranges: Vec<String> =
        desk.server.asked().iter().map(|it| it.header("range").to_owned()).collect();
    assert_eq!(ranges.iter().filter(|range| !range.is_empty()).count(), 1, "{ranges:?}");
}

#[test]
fn a_rest_that_is_not_there_any_more_is_asked_for_from_the_beginning() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let target = folder.path().join("son");
    for answer in ["416 Range Not Satisfiable", "206 Partial Content"] {
        let server = Server::start(move |request, _| match request.n_before {
            0 => Reply::ok(vec![7; 2_000]).with("ETag", "\"1\"").cut_at(1_000),
            // Another part than was asked for is no rest.
            1 => Reply::new(answer, vec![8; 1_000]).with("Content-Range", "bytes 0-999/2000"),
            _ => Reply::ok(vec![9; 500]).with("ETag", "\"2\""),
        });
        let address = format!("{}/un.wav", server.address);
        download(&address, &target, SETTINGS, &Cancel::default()).expect("it comes");
        assert_eq!(fs::read(&target).expect("there"), [9; 500], "{answer}");
        assert_eq!(fs::read_dir(folder.path()).expect("readable").count(), 1);
    }
}

#[test]
fn a_trickle_is_given_up_and_what_came_is_kept() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let target = folder.path().join("son");
    let server = Server::start(|_, _| Reply::ok(vec![7; 1_000_000]).trickling());
    let address = format!("{}/un.wav", server.address);
    let error = download(&address, &target, SETTINGS, &Cancel::default()).expect_err("too slow");
    assert!(matches!(error, DownloadError::Slow { done: 1.., .. }), "{error}");
    assert!(error.to_string().contains("less than 1 kB a second"), "{error}");
    assert_eq!(server.asked().len(), 1);
    assert!(folder.path().join("son.partial").is_file());
}

#[test]
fn what_is_too_long_leaves_nothing_behind() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let target = folder.path().join("son");
    // One says so, one does not.
    for is_told in [true, false] {
        let server = Server::start(move |_, _| match is_told {
            true => Reply::ok("").with("Content-Length", 9_000_000_000_u64),
            false => Reply::ok(vec![7; 1_000_000]).with("Transfer-Encoding", "none"),
        });
        let settings = DownloadSettings { bytes_max: 500_000, ..SETTINGS };
        let address = format!("{}/un.wav", server.address);
        let error = download(&address, &target, settings, &Cancel::default());
        assert!(matches!(error, Err(DownloadError::TooLong { .. })), "{error:?}");
        assert_eq!(fs::read_dir(folder.path()).expect("readable").count(), 0);
    }
}

const SETTINGS: DownloadSettings = DownloadSettings {
    connect_timeout: Duration::from_secs(20),
    stall_timeout: Duration::from_millis(500),
    bytes_max: 8_000_000_000,
};

#[test]
fn a_server_that_wants_to_be_left_alone_lets_the_run_go_on_with_others() {
    let other = Server::start(|_, _| sound(3));
    let address = other.address.clone();
    let desk = Desk::of(move |request, here| match request.path.as_str() {
        "/flux.xml" => {
            let own = feed(here, &["un.wav", "deux.wav", "trois.wav"]);
            let item = feed(&address, &["ailleurs.wav"]);
            let item =
                item.split("</title><item>").nth(1).and_then(|it| it.split("</item>").next());
            let item = format!("<item>{}</item></channel>", item.expect("an item"));
            Reply::ok(own.replace("</channel>", &item))
        }
        "/un.wav" if request.n_before == 0 => {
            Reply::new("429 Too Many Requests", "").with("Retry-After", 1)
        }
        path => sound(if path == "/un.wav" { 4 } else { 2 + path.len() as i64 }),
    });
    let told = stderr(&desk.transcribe(&["--jobs", "1", "--limit", "9"]).success());
    assert!(told.contains("4 episodes: 4 transcribed"), "{told}");
    assert_eq!(desk.server.n_asked("/un.wav"), 2);
    assert!(told.contains("asks to be left alone for 00:00:01: it answers 429"), "{told}");
}

#[test]
fn a_long_wait_is_asked_for_once_and_told() {
    let desk = Desk::of(|request, address| match request.path.as_str() {
        "/flux.xml" => Reply::ok(feed(address, &["un.wav", "deux.wav", "trois.wav"])),
        _ => Reply::new("503 Service Unavailable", "").with("Retry-After", 7200),
    });
    let told = stderr(&desk.transcribe(&["--jobs", "1"]).code(1));
    assert_eq!(desk.server.asked().len(), 2, "the feed, and one episode");
    assert!(told.contains("asks to be left alone for 02:00:00: it answers 503"), "{told}");
    assert!(told.contains("hint: run the same command again when that time is over"), "{told}");
    assert!(told.contains("3 failed"), "{told}");
}

#[test]
fn who_asks_says_so() {
    let desk = Desk::of(|request, address| match request.path.as_str() {
        "/flux.xml" => {
            let chapters = format!("<podcast:chapters url=\"{address}/c.json\"/></item>");
            Reply::ok(feed(address, &["un.wav"]).replace("</item>", &chapters))
        }
        "/c.json" => Reply::ok("{\"chapters\": []}"),
        _ => sound(2).with("ETag", "\"1\""),
    });
    desk.transcribe(&[]).success();
    desk.transcribe(&["--check-sound"]).success();
    let asked = desk.server.asked();
    assert!(asked.iter().any(|it| it.method == "HEAD") && asked.len() >= 4, "{asked:?}");
    let expected = web::user_agent();
    assert!(expected.starts_with("voixoff/"), "{expected}");
    assert!(asked.iter().all(|it| it.header("user-agent") == expected), "{asked:?}");
}

#[cfg(unix)]
#[test]
fn what_opens_a_private_feed_is_written_nowhere_but_for_its_owner() {
    const SECRETS: [&str; 3] = ["motdepasse", "JETON", "amVhbjptb3RkZXBhc3Nl"];
    let desk = Desk::of(|request, address| match request.path.split('?').next() {
        _ if request.header("authorization") != "Basic amVhbjptb3RkZXBhc3Nl" => {
            Reply::new("401 Unauthorized", "")
        }
        Some("/flux.xml") => {
            let address = address.replace("http://", "http://jean:motdepasse@");
            // Without a `guid`, the address serves.
            let item = |title: &str, rest: &str, file: &str| {
                format!(
                    "<item><title>{title}</title>{rest}<link>{address}/{title}?key=JETON</link>\
                     <enclosure url=\"{address}/{file}&amp;token=JETON\" type=\"\"/></item>"
                )
            };
            let items = [item("un", "", "un.wav?x=1"), item("deux", "<guid>2</guid>", "non.wav?")];
            let head = "<rss><channel><title>La série</title>";
            Reply::ok(format!("{head}{}</channel></rss>", items.concat())).with("ETag", "\"1\"")
        }
        Some("/un.wav") => sound(2),
        _ => Reply::new("404 Gone", ""),
    });
    let private = desk.server.address.replace("http://", "http://jean:motdepasse@");
    let private = format!("{private}/flux.xml?token=JETON");
    let mut told = String::new();
    for options in [&[][..], &["--keep-audio"], &["--retry-failed", "--format", "html,json"]] {
        let all = [&[private.as_str(), "--out", "out"], options].concat();
        told += &stderr(&desk.run(&all).code(1));
    }
    let run = desk.voixoff(&["archive", "feed", "out", "--base", "https://exemple.fr"]).success();
    told += &(stdout(&run) + &stderr(&run));
    told += &stdout(&desk.voixoff(&["archive", "status", "out"]).success());
    assert!(told.contains("1 of 2 episodes have transcripts"), "{told}");
    assert!(told.contains("what does was taken out"), "{told}");
    for secret in SECRETS {
        assert!(!told.contains(secret), "{secret}\n{told}");
    }
    let mut n_private = 0;
    for path in all_below(desk.folder.path()) {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let text = String::from_utf8_lossy(&fs::read(&path).expect("readable")).into_owned();
        if SECRETS.iter().any(|secret| text.contains(secret)) {
            let is_expected = name.starts_with("private-") || name == "last-run.json";
            assert!(is_expected, "{}\n{text}", path.display());
            assert_eq!(mode(&path), 0o600, "{}", path.display());
            n_private += 1;
        }
    }
    assert!(n_private >= 2, "the copy of the feed, and the command");
}

#[cfg(unix)]
#[test]
fn what_voices_sound_like_is_its_owners_alone() {
    use std::os::unix::fs::PermissionsExt;
    let desk = Desk::of(|_, _| Reply::new("404 Gone", ""));
    put(desk.folder.path(), "son/un.wav", growing(2));
    desk.run(&["son", "--out", "out"]).success();
    let heard: Vec<PathBuf> = all_below(&desk.path("out/.voixoff"))
        .into_iter()
        .filter(|path| path.to_string_lossy().contains("/heard-"))
        .collect();
    assert_eq!((heard.len(), mode(&heard[0])), (1, 0o600));
    // Those of earlier versions become so.
    fs::set_permissions(&heard[0], fs::Permissions::from_mode(0o644)).expect("set");
    desk.run(&["son", "--out", "out"]).success();
    assert_eq!(mode(&heard[0]), 0o600);
}

#[cfg(unix)]
#[test]
fn temporary_files_of_a_killed_run_go_with_the_next() {
    let desk = Desk::of(|_, _| Reply::new("404 Gone", ""));
    put(desk.folder.path(), "son/un.wav", growing(2));
    put(desk.folder.path(), "tmp/voixoff-mort", ".");
    put(desk.folder.path(), "tmp/autre", ".");
    let dead = fs::File::open(desk.path("tmp/voixoff-mort")).expect("there");
    dead.set_modified(std::time::SystemTime::UNIX_EPOCH).expect("set");
    let mut command = crate::desk::program();
    let options = crate::feeds::OPTIONS;
    command.current_dir(desk.folder.path()).env("TMPDIR", desk.path("tmp"));
    command.args(["transcribe", "son", "--out", "out"]).args(options).assert().success();
    assert_eq!(desk.names("tmp"), ["autre"]);
}

#[cfg(unix)]
fn mode(path: &Path) -> u32 {
    use std::os::unix::fs::PermissionsExt;
    fs::metadata(path).expect("there").permissions().mode() & 0o777
}
