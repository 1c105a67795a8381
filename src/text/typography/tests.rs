//! What typography promises: the table of facts, and properties of any text.

use super::*;

/// Facts: a name, a text, how `april` sets it, how `imprimerie` does. `⍽` is a no-break space,
/// `⎵` a narrow one.
const FACTS: &str = include_str!("../../../tests/data/french/typography.tsv");

#[test]
fn every_fact_holds() {
    for fact in FACTS.lines().skip(1) {
        let [name, text, april, imprimerie] = fact.split('\t').collect::<Vec<_>>()[..] else {
            panic!("`{fact}` has four fields")
        };
        for (profile, expected) in [(Profile::April, april), (Profile::Imprimerie, imprimerie)] {
            assert_eq!(seen(&set(&hidden(text), profile)), expected, "{name}");
        }
    }
}

fn seen(text: &str) -> String {
    text.replace('\u{a0}', "⍽").replace('\u{202f}', "⎵")
}

fn hidden(text: &str) -> String {
    text.replace('⍽', "\u{a0}").replace('⎵', "\u{202f}")
}
