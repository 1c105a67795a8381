//! Lists in JSON that nobody has looked at: an entry of two bytes may take a hundred in memory.
//!
//! So entries are counted as they are read, and a list ends in an error where it is longer than
//! any episode's.

use crate::formats::read::WORDS_MAX;
use serde::{
    Deserialize, Deserializer,
    de::{Error, SeqAccess, Visitor},
};
use std::{fmt, marker::PhantomData};

/// What errors about it begin with.
const TOO_LONG: &str = "a list is too long";

/// What stands in lists.
pub(in crate::formats) trait Entry {
    /// How many words it holds, or may count for; what is 0 is not kept.
    fn n_words(&self) -> usize {
        1
    }
}

impl Entry for String {}

/// The entries of a list; of nothing, none.
pub(in crate::formats) fn counted<'de, D, T>(deserializer: D) -> Result<Vec<T>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de> + Entry,
{
    struct Entries<T>(PhantomData<T>);
    impl<'de, T: Deserialize<'de> + Entry> Visitor<'de> for Entries<T> {
        type Value = Vec<T>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a sequence")
        }

        fn visit_unit<E: Error>(self) -> Result<Vec<T>, E> {
            Ok(Vec::new())
        }

        fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Vec<T>, A::Error> {
            let (mut entries, mut n_words) = (Vec::new(), 0);
            while let Some(entry) = list.next_element::<T>()? {
                n_words += entry.n_words();
                if n_words > WORDS_MAX {
                    return Err(A::Error::custom(TOO_LONG));
                }
                if entry.n_words() > 0 {
                    entries.push(entry);
                }
            }
            Ok(entries)
        }
    }
    deserializer.deserialize_any(Entries(PhantomData))
}

/// Whether `error` is that of [`counted`].
pub(in crate::formats) fn is_too_long(error: &serde_json::Error) -> bool {
    error.is_data() && error.to_string().starts_with(TOO_LONG)
}
