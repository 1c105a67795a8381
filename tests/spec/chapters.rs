//! Chapters and people of a feed, from the feed to the page.

use crate::{
    desk::{put, stderr},
    feeds::{Desk, OPTIONS},
};

#[test]
fn chapters_and_people_of_a_feed_stand_on_the_page_and_cost_no_hearing() {
    let desk = Desk::new();
    let run = |chapters: &str| {
        put(desk.folder.path(), "flux.xml", chaptered(&desk.server.address, chapters));
        let run = ["transcribe", "flux.xml", "--out", "out", "--format", "txt,md"];
        stderr(&desk.voixoff(&[&run, OPTIONS.as_slice()].concat()).success())
    };
    run("<psc:chapters><psc:chapter start=\"0\" title=\"L’ouverture\"/></psc:chapters>");
    let page = desk.read("out/La série/2019-10-01 Premier.md");
    assert!(page.contains("\n\n## L’ouverture\n\n"), "{page}");
    assert!(
        page.contains("**Intervenant·e·s\u{a0}:** Léa Martin (animation) - Tom (chronique)"),
        "{page}"
    );
    let n_asked = desk.server.n_asked("/un.wav");
    // Others, in a file of their own that is asked for once.
    let named =
        "<podcast:chapters type=\"application/json+chapters\" url=\"ADDRESS/chapitres.json\"/>";
    let named = named.replace("ADDRESS", &desk.server.address);
    run(&named);
    let page = desk.read("out/La série/2019-10-01 Premier.txt");
    let page = crate::desk::without_note(&page);
    assert!(page.contains("Premier\n\n\nUn autre titre\n\n[00:00:0"), "{page}");
    assert!(run(&named).contains("up to date"));
    assert_eq!(desk.server.n_asked("/chapitres.json"), 1);
    // One that is not given out is no loss, and asked for no more.
    let absent = named.replace("chapitres.json", "absent.wav");
    assert!(run(&absent).contains("the server answers 404"));
    assert!(run(&absent).contains("up to date"));
    assert_eq!(desk.server.n_asked("/un.wav"), n_asked);
}

/// One episode with people and `chapters`.
fn chaptered(address: &str, chapters: &str) -> String {
    format!(
        "<?xml version=\"1.0\"?><rss version=\"2.0\" \
         xmlns:psc=\"http://podlove.org/simple-chapters\" \
         xmlns:podcast=\"https://podcastindex.org/namespace/1.0\"><channel>\
         <title>La série</title><item><title>Premier</title><guid>1</guid>\
         <pubDate>Tue, 01 Oct 2019 08:00:00 +0200</pubDate>\
         <podcast:person role=\"host\">Léa Martin</podcast:person>\
         <podcast:person role=\"chronique\">Tom</podcast:person>\
         <podcast:person group=\"visuals\" role=\"Cover Art Designer\">Zoé</podcast:person>\
         {chapters}<enclosure url=\"{address}/un.wav\" length=\"1\" type=\"audio/x-wav\"/>\
         </item></channel></rss>"
    )
}
