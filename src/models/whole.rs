//! Whether a ggml file of Whisper is whole.
//!
//! A published model is known by its digest; a file that somebody gives by its path is known by
//! nothing. whisper.cpp takes one that ends before its tensors for an empty model, to which
//! nobody ever speaks. So each tensor is counted, and measured against the file, before an
//! engine is given it.

use super::ggml::MAGIC;
use std::io::{self, BufReader, Read, Seek};

/// Bytes and numbers of a block of each form that ggml stores weights in.
const FORMS: &[(i32, u64, u64)] = &[
    (0, 4, 1),      // f32
    (1, 2, 1),      // f16
    (2, 18, 32),    // q4_0
    (3, 20, 32),    // q4_1
    (6, 22, 32),    // q5_0
    (7, 24, 32),    // q5_1
    (8, 34, 32),    // q8_0
    (10, 84, 256),  // q2_K
    (11, 110, 256), // q3_K
    (12, 144, 256), // q4_K
    (13, 176, 256), // q5_K
    (14, 210, 256), // q6_K
    (30, 2, 1),     // bf16
];

/// Tensors of a Whisper: those outside of the layers, those of a layer of the encoder, and of
/// one of the decoder, which also listens to the encoder.
const OUTSIDE: u64 = 11;
const OF_AUDIO_LAYER: u64 = 15;
const OF_TEXT_LAYER: u64 = 24;

/// No name of a tensor is longer.
const NAME_MAX: u64 = 256;

/// Why the file in `input` is no whole Whisper model; `None` where it is one.
///
/// # Errors
/// Any error of reading.
pub(super) fn damage(input: &mut (impl Read + Seek)) -> io::Result<Option<String>> {
    let length = input.seek(io::SeekFrom::End(0))?;
    input.rewind()?;
    let mut walk = Walk { input: BufReader::new(input), at: 0, length };
    match walk.all() {
        Ok(()) => Ok(None),
        Err(Stop::Damage(reason)) => Ok(Some(reason)),
        Err(Stop::Failure(error)) => Err(error),
    }
}

/// A file that is walked through from its start.
struct Walk<'a, R> {
    input: BufReader<&'a mut R>,
    at: u64,
    length: u64,
}

/// What ends a walk before its time.
enum Stop {
    Damage(String),
    Failure(io::Error),
}

impl<R: Read + Seek> Walk<'_, R> {
    fn all(&mut self) -> Result<(), Stop> {
        let head = self.numbers::<12>("its head")?;
        if head[0] != MAGIC {
            return Err(Stop::Damage("it does not begin as a ggml file".to_owned()));
        }
        let [n_mels, n_frequencies] = self.numbers("its filters")?;
        let n_filters = self.count(n_mels)?.checked_mul(self.count(n_frequencies)?);
        self.skip(n_filters.and_then(|n| n.checked_mul(4)), "its filters")?;
        let [n_tokens] = self.numbers("its tokens")?;
        for _ in 0..self.count(n_tokens)? {
            let [n_bytes] = self.numbers("its tokens")?;
            self.skip(Some(self.count(n_bytes)?), "its tokens")?;
        }
        let layers = [(head[5], OF_AUDIO_LAYER), (head[9], OF_TEXT_LAYER)];
        let mut n_promised = OUTSIDE;
        for (n, each) in layers {
            n_promised += self.count(n)? * each;
        }
        let mut n_tensors = 0;
        while self.at < self.length {
            self.tensor()?;
            n_tensors += 1;
        }
        if n_tensors == n_promised {
            return Ok(());
        }
        Err(Stop::Damage(format!("it has {n_tensors} of its {n_promised} tensors")))
    }

    fn tensor(&mut self) -> Result<(), Stop> {
        let start = self.at;
        let none = || Stop::Damage(format!("no tensor begins at its byte {start}"));
        let [n_dimensions, name_length, form] = self.numbers("a tensor")?;
        let name_length = self.count(name_length)?;
        if !(1..=4).contains(&n_dimensions) || !(1..=NAME_MAX).contains(&name_length) {
            return Err(none());
        }
        let mut n_numbers = 1_u64;
        for _ in 0..n_dimensions {
            let [n] = self.numbers("a tensor")?;
            n_numbers = n_numbers.checked_mul(self.count(n)?).ok_or_else(none)?;
        }
        let mut name = vec![0; usize::try_from(name_length).unwrap_or_default()];
        self.read(&mut name, "a tensor")?;
        let name = format!("its tensor `{}`", String::from_utf8_lossy(&name).escape_debug());
        let form = FORMS.iter().find(|(number, ..)| *number == form).ok_or_else(none)?;
        let (_, bytes, block) = form;
        if !n_numbers.is_multiple_of(*block) {
            return Err(none());
        }
        self.skip((n_numbers / block).checked_mul(*bytes), &name)
    }

    /// The next numbers, which are of `part`.
    fn numbers<const N: usize>(&mut self, part: &str) -> Result<[i32; N], Stop> {
        let mut numbers = [0; N];
        for number in &mut numbers {
            let mut bytes = [0; 4];
            self.read(&mut bytes, part)?;
            *number = i32::from_le_bytes(bytes);
        }
        Ok(numbers)
    }

    fn count(&self, number: i32) -> Result<u64, Stop> {
        let none = || Stop::Damage(format!("a length is negative before its byte {}", self.at));
        u64::try_from(number).map_err(|_| none())
    }

    fn read(&mut self, bytes: &mut [u8], part: &str) -> Result<(), Stop> {
        self.has(bytes.len() as u64, part)?;
        self.input.read_exact(bytes).map_err(Stop::Failure)
    }

    fn skip(&mut self, n_bytes: Option<u64>, part: &str) -> Result<(), Stop> {
        // What overflows is behind any end.
        let n_bytes = n_bytes.unwrap_or(u64::MAX);
        self.has(n_bytes, part)?;
        let n_bytes = i64::try_from(n_bytes).unwrap_or(i64::MAX);
        self.input.seek_relative(n_bytes).map_err(Stop::Failure)
    }

    /// Goes on by `n_bytes`, if there are so many.
    fn has(&mut self, n_bytes: u64, part: &str) -> Result<(), Stop> {
        let end = self.at.checked_add(n_bytes).filter(|end| *end <= self.length);
        let cut = || Stop::Damage(format!("it ends at its byte {}, within {part}", self.length));
        self.at = end.ok_or_else(cut)?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::{super::ggml::by_hand, *};
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
