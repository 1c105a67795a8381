//! The list of tensors in a file of the safetensors format.
//!
//! ```text
//! u64 length, little-endian | that many bytes of JSON | numbers
//! {"NAME": {"dtype": "F16", "shape": [2, 3], "data_offsets": [0, 12]}, "__metadata__": …}
//! ```
//!
//! Offsets count from the end of the JSON. Numbers lie side by side, without holes and without two
//! tensors on one byte: a file that says otherwise is damaged.

use super::weights::NumberType;
use serde::Deserialize;
use std::{
    collections::BTreeMap,
    io::{self, Read},
};

/// The format's own bound on the length of its JSON.
const LIST_BYTES_MAX: u64 = 100_000_000;

/// A tensor in a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Listed {
    pub(super) name: String,
    /// Outermost dimension first.
    pub(super) shape: Vec<usize>,
    /// `None` for numbers of which no Whisper is made.
    pub(super) number_type: Option<NumberType>,
    /// First byte in the file.
    pub(super) offset: u64,
}

#[derive(Deserialize)]
struct Entry {
    dtype: String,
    shape: Vec<usize>,
    data_offsets: [u64; 2],
}

/// The tensors in `input`, a file of `length` bytes that is read from its start.
///
/// # Errors
/// A sentence saying why it is no such file, or not a whole one.
pub(super) fn list(input: &mut impl Read, length: u64) -> Result<Vec<Listed>, String> {
    let mut start = [0; 8];
    input.read_exact(&mut start).map_err(|_| TOO_SHORT)?;
    let n_bytes = u64::from_le_bytes(start);
    let first = n_bytes.checked_add(8).filter(|first| *first <= length && n_bytes > 1);
    let first = first.filter(|_| n_bytes <= LIST_BYTES_MAX).ok_or(TOO_SHORT)?;
    let mut json = Vec::new();
    read(input, n_bytes, &mut json).map_err(|error| error.to_string())?;
    let text = |error: serde_json::Error| format!("its list of tensors is none: {error}");
    let mut entries: BTreeMap<String, serde_json::Value> =
        serde_json::from_slice(&json).map_err(text)?;
    entries.remove("__metadata__");
    let mut listed = Vec::new();
    for (name, entry) in entries {
        let Entry { dtype, shape, data_offsets: [start, end] } =
            serde_json::from_value(entry).map_err(text)?;
        let number_type = match dtype.as_str() {
            "F32" => Some(NumberType::F32),
            "F16" => Some(NumberType::F16),
            "BF16" => Some(NumberType::Bf16),
            _ => None,
        };
        let fits = number_type.is_none_or(|number_type| {
            let n_values = shape.iter().try_fold(1_u64, |n, &d| n.checked_mul(d as u64));
            let n_bytes = n_values.and_then(|n| n.checked_mul(number_type.bytes()));
            n_bytes.is_some() && n_bytes == end.checked_sub(start)
        });
        if !fits {
            return Err(format!("its tensor `{name}` has not the length of its shape"));
        }
        listed.push((start, end, Listed { name, shape, number_type, offset: 0 }));
    }
    listed.sort_by_key(|(start, end, _)| (*start, *end));
    let mut free_from = 0;
    for (start, end, tensor) in &mut listed {
        if *start != free_from || *end < *start {
            return Err(format!("its tensor `{}` does not follow the one before", tensor.name));
        }
        free_from = *end;
        tensor.offset = first.saturating_add(*start);
    }
    if first.checked_add(free_from) != Some(length) {
        let promised = first.saturating_add(free_from);
        return Err(format!("its tensors end at byte {promised}, and the file at {length}"));
    }
    Ok(listed.into_iter().map(|(_, _, tensor)| tensor).collect())
}

const TOO_SHORT: &str = "it does not begin as a safetensors file";

fn read(input: &mut impl Read, n_bytes: u64, bytes: &mut Vec<u8>) -> io::Result<()> {
    input.take(n_bytes).read_to_end(bytes)?;
    if bytes.len() as u64 == n_bytes { Ok(()) } else { Err(io::ErrorKind::UnexpectedEof.into()) }
}

/// A file written by hand, for tests: name, `dtype`, shape, numbers.
#[cfg(test)]
pub(super) fn by_hand(tensors: &[(String, &str, Vec<usize>, Vec<u8>)]) -> Vec<u8> {
    let mut entries = serde_json::Map::new();
    let mut data = Vec::new();
    for (name, dtype, shape, numbers) in tensors {
        let start = data.len();
        data.extend(numbers);
        let entry = serde_json::json!({"dtype": dtype, "shape": shape, "data_offsets": [start, data.len()]});
        entries.insert(name.clone(), entry);
    }
    entries.insert("__metadata__".to_owned(), serde_json::json!({"format": "pt"}));
    let json = serde_json::to_vec(&entries).unwrap();
    [&(json.len() as u64).to_le_bytes(), &json[..], &data].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(file: &[u8]) -> Result<Vec<Listed>, String> {
        list(&mut &*file, file.len() as u64)
    }

    fn sample() -> Vec<u8> {
        by_hand(&[
            ("b".to_owned(), "F16", vec![1, 2], vec![1, 2, 3, 4]),
            ("a".to_owned(), "F32", vec![1], vec![5, 6, 7, 8]),
            ("c".to_owned(), "I64", vec![], vec![0; 8]),
        ])
    }

    #[test]
    fn tensors_are_where_the_list_says() {
        let file = sample();
        let listed = check(&file).unwrap();
        let names: Vec<&str> = listed.iter().map(|tensor| tensor.name.as_str()).collect();
        assert_eq!(names, ["b", "a", "c"]);
        assert_eq!(file[listed[1].offset as usize..][..4], [5, 6, 7, 8]);
        assert_eq!(
            (listed[0].number_type, listed[0].shape.as_slice()),
            (Some(NumberType::F16), &[1, 2][..])
        );
        assert_eq!(listed[2].number_type, None);
    }

    #[test]
    fn a_file_cut_or_changed_anywhere_is_no_panic_and_cut_is_an_error() {
        let whole = sample();
        for position in 0..whole.len() {
            assert!(check(&whole[..position]).is_err(), "{position}");
            for value in [0, 1, b'"', b'9', b'-', 127, 255] {
                let mut changed = whole.clone();
                changed[position] = value;
                let _ = check(&changed);
            }
        }
    }

    #[test]
    fn a_list_that_lies_is_an_error() {
        let lying = |entry: &str| {
            let json = format!(r#"{{"a":{entry}}}"#);
            check(&[&(json.len() as u64).to_le_bytes(), json.as_bytes(), &[0; 8]].concat())
                .unwrap_err()
        };
        let told = lying(r#"{"dtype":"F32","shape":[4294967296,4294967296],"data_offsets":[0,8]}"#);
        assert_eq!(told, "its tensor `a` has not the length of its shape");
        let told = lying(r#"{"dtype":"F32","shape":[1],"data_offsets":[0,4]}"#);
        assert!(told.starts_with("its tensors end at byte "), "{told}");
        let told = lying(r#"{"dtype":"F32","shape":[1],"data_offsets":[4,8]}"#);
        assert_eq!(told, "its tensor `a` does not follow the one before");
        assert!(lying(r#"{"dtype":"F32","shape":[-1],"data_offsets":[0,8]}"#).contains("is none"));
        assert_eq!(check(&u64::MAX.to_le_bytes()).unwrap_err(), TOO_SHORT);
    }
}
