//! Feeds and addresses that nobody wrote: whatever comes, nothing ends the program.

use crate::strangers::USUAL;
use proptest::{collection::vec, prelude::*, sample::Index};
use voixoff::net::{feed::Feed, web};

/// What a damage puts in the place of some bytes.
pub(crate) const PIECES: &[&str] = &[
    "",
    "<",
    ">",
    "</",
    "/>",
    "<item>",
    "</item>",
    "<item/>",
    "<![CDATA[",
    "]]>",
    "<!--",
    "-->",
    "<?xml version='1.0' encoding='UTF-16'?>",
    "&",
    "&#0;",
    "&#x110000;",
    "&amp",
    "xmlns:a='b'",
    "xml:base='//'",
    "<podcast:person>",
    "<psc:chapters><psc:chapter start='1e308' title='a'/>",
    "url='http://[::1'",
    "\u{feff}",
    "\0",
    "é",
    "=\"",
    "'",
    "<!DOCTYPE a [<!ENTITY b 'c'>]>",
    "&b;",
    "http://a:b@c?token=d",
    "://",
    "%",
    "<enclosure url='?'/>",
    "99999999999999999999",
];

proptest! {
    /// `PROPTEST_CASES=1000000` for a long run.
    #[test]
    fn no_damage_of_a_feed_ends_the_program(
        damages in vec((any::<Index>(), 0_usize..40, any::<Index>(), 1_usize..60), 0..8),
        cut in any::<Option<Index>>(),
    ) {
        let mut xml = USUAL.as_bytes().to_vec();
        for (place, length, piece, n_times) in damages {
            let at = place.index(xml.len() + 1);
            let end = (at + length).min(xml.len());
            let piece = piece.get(PIECES).repeat(n_times);
            xml.splice(at..end, piece.bytes());
        }
        if let Some(cut) = cut {
            xml.truncate(cut.index(xml.len() + 1));
        }
        if let Ok(feed) = Feed::parse(&xml, "https://exemple.fr/a/flux.xml") {
            let n_sounds = feed.episodes.iter().filter(|it| it.sound.is_some()).count();
            prop_assert!(n_sounds <= xml.len() / 12);
            for sound in feed.episodes.iter().filter_map(|it| it.sound.as_ref()) {
                prop_assert!(web::is_http(&sound.address), "{}", sound.address);
            }
        }
        let shown = web::without_secrets(&xml).unwrap_or(xml);
        prop_assert_eq!(web::without_secrets(&shown), None);
    }

    #[test]
    fn what_is_public_of_an_address_stays_so(
        parts in vec(prop::sample::select(vec![
            "http://", "https://", "feed:", "//", "/", "?", "#", "&", "=", "@", ":", "a", "b.fr",
            "token", "key", "private", "0123456789abcdef", "eyJhbGciOiJIUzI1NiJ9", "%41", "é", "..",
        ]), 0..14),
    ) {
        let address = parts.concat();
        let shown = web::public(&address).into_owned();
        prop_assert_eq!(web::public(&shown), shown.as_str(), "{}", address);
        let _ = (web::host(&address), web::file_name(&address), web::typed(&address));
        if let Some(address) = web::resolved("http://a.fr/b/c?d#e", &address) {
            prop_assert!(web::is_http(&address), "{}", address);
        }
    }
}
