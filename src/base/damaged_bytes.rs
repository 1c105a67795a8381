//! Damage for the tests of parsers: bytes of a good file with some of them changed.

use proptest::{collection::vec, prelude::*, sample::Index};

/// `whole` with one to four places damaged, most of which still look like what was there: bytes
/// and lengths with other values, bytes missing, twice or too many; and perhaps cut.
pub(crate) fn damaged(whole: Vec<u8>) -> impl Strategy<Value = Vec<u8>> {
    let number = prop_oneof![
        Just(vec![0xff; 4]),
        Just(vec![0xff, 0xff, 0xff, 0x7f]),
        Just(vec![0x7f, 0xff, 0xff, 0xff]),
        Just(vec![0; 4]),
        vec(any::<u8>(), 1..9),
    ];
    let place = (any::<Index>(), 0_u8..4, number);
    let cut = prop::option::weighted(0.2, any::<Index>());
    (vec(place, 1..5), cut).prop_map(move |(places, cut)| {
        let mut bytes = whole.clone();
        for (at, kind, number) in places {
            let at = at.index(bytes.len() + 1);
            let end = (at + number.len()).min(bytes.len());
            match kind {
                0 => drop(bytes.splice(at..end, number)),
                1 => drop(bytes.splice(at..at, number)),
                2 => drop(bytes.drain(at..end)),
                _ => drop(bytes.splice(at..at, bytes[at..end].to_vec())),
            }
        }
        if let Some(cut) = cut {
            bytes.truncate(cut.index(bytes.len() + 1));
        }
        bytes
    })
}
