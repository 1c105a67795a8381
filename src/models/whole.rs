//! Whether a ggml file of Whisper is whole.
//!
//! A published model is known by its digest; a file that somebody gives by its path is known by
//! nothing. whisper.cpp takes one that ends before its tensors for an empty model, to which
//! nobody ever speaks, and ends the process over others. So each tensor is held to what the
//! header promises, and measured against the file, before an engine is given it. No memory is
//! taken for what the file only says that it has.

use crate::base::ggml::{DataType, GgmlError, N_BINS, Reader, is_same_shape};
use std::{
    collections::HashMap,
    io::{self, BufReader, Read, Seek},
};

/// Why the file in `input` is no whole Whisper model; `None` where it is one.
///
/// # Errors
/// Any error of reading.
pub(super) fn damage(input: &mut (impl Read + Seek)) -> io::Result<Option<String>> {
    let length = input.seek(io::SeekFrom::End(0))?;
    input.rewind()?;
    let mut walk = Walk { reader: Reader::new(BufReader::new(input)), length };
    match walk.all() {
        Ok(()) => Ok(None),
        Err(Stop::Damage(reason)) => Ok(Some(reason)),
        Err(Stop::Failure(error)) => Err(error),
    }
}

/// A file that is walked through from its start.
struct Walk<'a, R> {
    reader: Reader<BufReader<&'a mut R>>,
    length: u64,
}

/// What ends a walk before its time.
enum Stop {
    Damage(String),
    Failure(io::Error),
}

impl<R: Read + Seek> Walk<'_, R> {
    fn all(&mut self) -> Result<(), Stop> {
        let header = self.reader.header();
        let header = self.of_part("its head", header)?;
        if let Some(flaw) = header.flaw() {
            return Err(Stop::Damage(flaw));
        }
        let filters_shape = self.reader.filters_shape();
        let filters_shape = self.of_part("its filters", filters_shape)?;
        if filters_shape != [header.n_mels as usize, N_BINS] {
            return Err(Stop::Damage("its filters are not those of its mel bands".to_owned()));
        }
        self.skip(filters_shape.iter().product::<usize>() as u64 * 4, "its filters")?;
        let n_tokens = self.token_length()?;
        if n_tokens > header.n_vocabulary as u64 {
            return Err(Stop::Damage(format!("it has {n_tokens} tokens of text, too many")));
        }
        for _ in 0..n_tokens {
            let n_bytes = self.token_length()?;
            self.skip(n_bytes, "its tokens")?;
        }
        let promised = header.tensors().into_iter();
        let mut promised: HashMap<Vec<u8>, Vec<usize>> =
            promised.map(|tensor| (tensor.name.into_bytes(), tensor.shape)).collect();
        let n_promised = promised.len();
        while self.tensor(&mut promised)? {}
        if promised.is_empty() {
            return Ok(());
        }
        let n_tensors = n_promised - promised.len();
        Err(Stop::Damage(format!("it has {n_tensors} of its {n_promised} tensors")))
    }

    /// How many tokens there are, or how many bytes the next one has.
    fn token_length(&mut self) -> Result<u64, Stop> {
        let length = self.reader.length();
        Ok(self.of_part("its tokens", length)? as u64)
    }

    /// Goes on behind the next tensor, which is then no longer `promised`; whether there was one.
    fn tensor(&mut self, promised: &mut HashMap<Vec<u8>, Vec<usize>>) -> Result<bool, Stop> {
        let start = self.reader.position();
        let none = || Stop::Damage(format!("no tensor begins at its byte {start}"));
        let header = match self.reader.tensor_header() {
            Err(GgmlError::NoTensor(_)) => return Err(none()),
            header => self.of_part("a tensor", header)?,
        };
        let Some(header) = header else { return Ok(false) };
        let name = format!("its tensor `{}`", String::from_utf8_lossy(&header.name).escape_debug());
        let Some(shape) = promised.remove(&header.name) else {
            return Err(Stop::Damage(format!("{name} is none of Whisper's, or there twice")));
        };
        if !is_same_shape(&header.shape, &shape) {
            let found = header.shape;
            return Err(Stop::Damage(format!("{name} has the shape {found:?}, not {shape:?}")));
        }
        let data_type = DataType::find(header.data_type).ok_or_else(none)?;
        let n_bytes = data_type.n_bytes(header.n_values() as u64);
        self.skip(n_bytes.ok_or_else(none)?, &name)?;
        Ok(true)
    }

    /// What was `read` of `part`, or what is wrong with it.
    fn of_part<T>(&self, part: &str, read: Result<T, GgmlError>) -> Result<T, Stop> {
        read.map_err(|error| match error {
            GgmlError::NoGgml => Stop::Damage("it does not begin as a ggml file".to_owned()),
            GgmlError::NegativeLength => self.negative_length(),
            GgmlError::TooLong | GgmlError::NoTensor(_) => Stop::Damage(error.to_string()),
            GgmlError::Io(error) if error.kind() == io::ErrorKind::UnexpectedEof => self.cut(part),
            GgmlError::Io(error) => Stop::Failure(error),
        })
    }

    fn skip(&mut self, n_bytes: u64, part: &str) -> Result<(), Stop> {
        let end = self.reader.position().checked_add(n_bytes);
        if end.is_none_or(|end| end > self.length) {
            return Err(self.cut(part));
        }
        self.reader.skip(n_bytes).map_err(Stop::Failure)
    }

    fn negative_length(&self) -> Stop {
        let position = self.reader.position();
        Stop::Damage(format!("a length is negative before its byte {position}"))
    }

    fn cut(&self, part: &str) -> Stop {
        Stop::Damage(format!("it ends at its byte {}, within {part}", self.length))
    }
}

#[cfg(test)]
mod tests {
    use super::{super::conversion::by_hand, *};
    use std::io::Cursor;

    #[test]
    fn a_model_cut_anywhere_is_no_whole_one() {
        let whole = by_hand::model();
        assert_eq!(check(&whole), None);
        // The filters are 64 kB of it.
        let is_tried = |end: &usize| *end < 99 || *end > 64_000 || end.is_multiple_of(997);
        for end in (0..whole.len()).filter(is_tried) {
            let told = check(&whole[..end]).expect("damage");
            let is_told =
                told.contains(&format!("byte {end}, within")) || told.contains("of its 50");
            assert!(is_told, "{end}: {told}");
        }
    }

    #[test]
    fn what_is_missing_is_named() {
        let whole = by_hand::model();
        let told = check(&whole[..whole.len() - 1]).expect("damage");
        let expected = format!(
            "it ends at its byte {}, within its tensor `encoder.ln_post.bias`",
            whole.len() - 1
        );
        assert_eq!(told, expected);
        let longer = [&whole[..], b"and more of it"].concat();
        assert_eq!(
            check(&longer).expect("damage"),
            format!("no tensor begins at its byte {}", whole.len())
        );
    }

    #[test]
    fn a_changed_byte_is_no_panic() {
        let whole = by_hand::model();
        for position in (0..99).chain(64_000..whole.len()) {
            for value in [0, 1, 127, 128, 255] {
                let mut changed = whole.clone();
                changed[position] = value;
                check(&changed);
            }
        }
    }

    fn check(bytes: &[u8]) -> Option<String> {
        damage(&mut Cursor::new(bytes)).unwrap()
    }
}
