//! Reads a ggml file part by part, in the order of the file.

use super::{Header, MAGIC, f32s};
use std::io::{self, BufRead, Read};

/// No part of a Whisper's file has more bytes: a damaged length asks for no memory beyond it.
const PART_BYTES_MAX: usize = 1 << 30;

/// No tensor has more dimensions.
const RANK_MAX: i32 = 4;

/// No name of a tensor is longer, in bytes.
const NAME_LENGTH_MAX: usize = 256;

/// Why a part of a ggml file cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum GgmlError {
    /// It does not begin as a ggml file.
    #[error("it is no Whisper model in ggml format")]
    NoGgml,
    /// A length is below zero; the reader stands behind it.
    #[error("a length is negative")]
    NegativeLength,
    /// No part is as long as this one.
    #[error("a tensor is too long")]
    TooLong,
    /// What stands where a tensor should is none.
    #[error("{0}")]
    NoTensor(&'static str),
    /// Any error of reading; `UnexpectedEof` where the file ends within the part.
    #[error(transparent)]
    Io(#[from] io::Error),
}

impl From<GgmlError> for io::Error {
    fn from(error: GgmlError) -> io::Error {
        match error {
            GgmlError::Io(error) => error,
            _ => io::Error::new(io::ErrorKind::InvalidData, error.to_string()),
        }
    }
}

/// The mel filters: `weights` has shape `(n_mels, n_bins)`.
#[derive(Debug, Clone, PartialEq)]
pub struct MelFilters {
    /// Mel bands.
    pub n_mels: usize,
    /// Frequency bins.
    pub n_bins: usize,
    /// One filter after another.
    pub weights: Vec<f32>,
}

/// What a tensor's data is preceded by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TensorHeader {
    /// UTF-8, unless the file is damaged.
    pub name: Vec<u8>,
    /// Outermost dimension first.
    pub shape: Vec<usize>,
    /// Number of its [`DataType`](super::DataType).
    pub data_type: i32,
}

impl TensorHeader {
    /// How many numbers the tensor has.
    pub fn n_values(&self) -> usize {
        // The reader has refused products that overflow.
        self.shape.iter().product()
    }
}

/// A ggml file that is read from its start. What follows next is read from it as from any file:
/// a tensor's data, above all.
#[derive(Debug)]
pub struct Reader<R> {
    input: R,
    position: u64,
}

impl<R: Read> Reader<R> {
    /// A reader of `input`, which stands at its start.
    pub fn new(input: R) -> Reader<R> {
        Reader { input, position: 0 }
    }

    /// How many bytes were read or skipped.
    pub fn position(&self) -> u64 {
        self.position
    }

    /// The magic number and the hyperparameters.
    ///
    /// # Errors
    /// [`GgmlError::NoGgml`], and errors of reading.
    pub fn header(&mut self) -> Result<Header, GgmlError> {
        let [magic, numbers @ ..]: [i32; 12] = self.numbers()?;
        if magic == MAGIC { Ok(Header::from_numbers(numbers)) } else { Err(GgmlError::NoGgml) }
    }

    /// Shape of the mel filters, `(n_mels, n_bins)`; so many floats of 32 bits follow.
    ///
    /// # Errors
    /// [`GgmlError::NegativeLength`], and errors of reading.
    pub(crate) fn filters_shape(&mut self) -> Result<[usize; 2], GgmlError> {
        let [n_mels, n_bins] = self.numbers()?;
        Ok([checked(n_mels)?, checked(n_bins)?])
    }

    /// The mel filters.
    ///
    /// # Errors
    /// As `Reader::filters_shape`, and `GgmlError::TooLong`.
    pub fn filters(&mut self) -> Result<MelFilters, GgmlError> {
        let [n_mels, n_bins] = self.filters_shape()?;
        let weights = f32s(&self.data(n_mels.saturating_mul(n_bins), 4)?).collect();
        Ok(MelFilters { n_mels, n_bins, weights })
    }

    /// The next length: how many text tokens follow, or how many bytes the next one has.
    ///
    /// # Errors
    /// [`GgmlError::NegativeLength`], and errors of reading.
    pub fn length(&mut self) -> Result<usize, GgmlError> {
        let [number] = self.numbers()?;
        checked(number)
    }

    /// The text tokens in the order of their ids, as bytes.
    ///
    /// # Errors
    /// As [`Reader::length`], and [`GgmlError::TooLong`].
    pub fn tokens(&mut self) -> Result<Vec<Vec<u8>>, GgmlError> {
        // A length that is not true asks for no memory: no capacity is reserved.
        let mut tokens = Vec::new();
        for _ in 0..self.length()? {
            let n_bytes = self.length()?;
            tokens.push(self.data(n_bytes, 1)?);
        }
        Ok(tokens)
    }

    /// The bytes of the next `n_values` numbers, of `value_bytes` each.
    ///
    /// # Errors
    /// [`GgmlError::TooLong`], and errors of reading.
    pub fn data(&mut self, n_values: usize, value_bytes: usize) -> Result<Vec<u8>, GgmlError> {
        let n_bytes = n_values.saturating_mul(value_bytes);
        if n_bytes > PART_BYTES_MAX {
            return Err(GgmlError::TooLong);
        }
        let mut bytes = Vec::new();
        self.take(n_bytes as u64).read_to_end(&mut bytes)?;
        if bytes.len() < n_bytes {
            return Err(io::Error::from(io::ErrorKind::UnexpectedEof).into());
        }
        Ok(bytes)
    }

    fn numbers<const N: usize>(&mut self) -> io::Result<[i32; N]> {
        let mut numbers = [0; N];
        for number in &mut numbers {
            let mut bytes = [0; 4];
            self.read_exact(&mut bytes)?;
            *number = i32::from_le_bytes(bytes);
        }
        Ok(numbers)
    }
}

impl<R: BufRead> Reader<R> {
    /// The header of the next tensor; `None` at the end of the file. Its data follows.
    ///
    /// # Errors
    /// [`GgmlError::NoTensor`], [`GgmlError::NegativeLength`], and errors of reading.
    pub fn tensor_header(&mut self) -> Result<Option<TensorHeader>, GgmlError> {
        if self.input.fill_buf()?.is_empty() {
            return Ok(None);
        }
        let [rank, name_length, data_type] = self.numbers()?;
        let name_length = checked(name_length)?;
        match rank {
            ..0 => return Err(GgmlError::NoTensor("a length is negative")),
            0 => return Err(GgmlError::NoTensor("a tensor has no dimensions")),
            1..=RANK_MAX => {}
            _ => return Err(GgmlError::NoTensor("a tensor has too many dimensions")),
        }
        if !(1..=NAME_LENGTH_MAX).contains(&name_length) {
            return Err(GgmlError::NoTensor("a tensor has no name, or too long a one"));
        }
        let mut shape = Vec::new();
        let mut n_values = 1_usize;
        for _ in 0..rank {
            let dimension = self.length()?;
            n_values = n_values
                .checked_mul(dimension)
                .ok_or(GgmlError::NoTensor("a tensor is too long"))?;
            shape.push(dimension);
        }
        shape.reverse();
        let mut name = vec![0; name_length];
        self.read_exact(&mut name)?;
        Ok(Some(TensorHeader { name, shape, data_type }))
    }
}

impl<R: io::Seek> Reader<R> {
    /// Goes on by `n_bytes`, be they there or not.
    ///
    /// # Errors
    /// Any error of seeking.
    pub fn skip(&mut self, n_bytes: u64) -> io::Result<()> {
        self.input.seek_relative(i64::try_from(n_bytes).unwrap_or(i64::MAX))?;
        self.position = self.position.saturating_add(n_bytes);
        Ok(())
    }
}

impl<R: Read> Read for Reader<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let n_bytes = self.input.read(buffer)?;
        self.position += n_bytes as u64;
        Ok(n_bytes)
    }
}

fn checked(length: i32) -> Result<usize, GgmlError> {
    usize::try_from(length).map_err(|_| GgmlError::NegativeLength)
}

#[cfg(test)]
mod tests {
    use super::{
        super::{DataType, Writer},
        *,
    };
    use crate::base::damaged_bytes::damaged;
    use proptest::prelude::*;
    use std::io::Write;

    fn bytes(numbers: &[i32]) -> Vec<u8> {
        numbers.iter().flat_map(|number| number.to_le_bytes()).collect()
    }

    fn reader(content: &[u8]) -> Reader<&[u8]> {
        Reader::new(content)
    }

    #[test]
    fn a_length_that_is_not_true_asks_for_no_memory() {
        let filters = |numbers: &[i32]| reader(&bytes(numbers)).filters().unwrap_err().to_string();
        assert_eq!(filters(&[i32::MAX, i32::MAX]), "a tensor is too long");
        assert_eq!(filters(&[1 << 14, 1 << 14]), "unexpected end of file");
        assert_eq!(filters(&[80, -201]), "a length is negative");
        let tokens = |numbers: &[i32]| reader(&bytes(numbers)).tokens().unwrap_err().to_string();
        assert_eq!(tokens(&[i32::MAX, 0, 0]), "failed to fill whole buffer");
        assert_eq!(tokens(&[1, i32::MAX]), "a tensor is too long");
    }

    #[test]
    fn what_is_no_tensor_is_an_error() {
        let tensor = |numbers: &[i32]| {
            let error = reader(&bytes(numbers)).tensor_header().unwrap_err();
            (matches!(error, GgmlError::NoTensor(_)), error.to_string())
        };
        assert_eq!(tensor(&[-1, 1, 0]), (true, "a length is negative".into()));
        assert_eq!(tensor(&[5, 1, 0]), (true, "a tensor has too many dimensions".into()));
        assert_eq!(tensor(&[1, -1, 0]), (false, "a length is negative".into()));
        assert!(tensor(&[0, 1, 0]).0);
        assert!(tensor(&[1, 0, 0]).0);
        assert!(tensor(&[1, 257, 0]).0);
        let sides = [i32::MAX; 4];
        assert_eq!(tensor(&[&[4, 1, 0], &sides[..]].concat()).1, "a tensor is too long");
        assert!(reader(b"").tensor_header().unwrap().is_none());
    }

    proptest! {
        #[test]
        fn a_damaged_file_gives_no_more_bytes_than_it_has(file in damaged(sample())) {
            let mut n_bytes = 0;
            let _ = read_all(&file, &mut n_bytes);
            prop_assert!(n_bytes <= file.len());
        }
    }

    /// Reads the parts of `file` as far as they can be read; adds up their bytes.
    fn read_all(file: &[u8], n_bytes: &mut usize) -> Result<(), GgmlError> {
        let mut reader = reader(file);
        let _ = reader.header()?.shape();
        *n_bytes += 4 * reader.filters()?.weights.len();
        for token in reader.tokens()? {
            // Its length stands before it.
            *n_bytes += 4 + token.len();
        }
        while let Some(tensor) = reader.tensor_header()? {
            *n_bytes += tensor.name.len();
            let Some(data_type) = DataType::find(tensor.data_type) else { break };
            let n_blocks = tensor.n_values() / data_type.block_length as usize;
            *n_bytes += reader.data(n_blocks, data_type.block_bytes as usize)?.len();
        }
        Ok(())
    }

    fn sample() -> Vec<u8> {
        let mut file = Vec::new();
        let mut writer = Writer::new(&mut file);
        writer.header(&Header::from_numbers([2, 5, 2, 1, 1, 4, 2, 1, 1, 2, 1])).unwrap();
        let weights = vec![0.5; 6];
        writer.filters(&MelFilters { n_mels: 2, n_bins: 3, weights }).unwrap();
        writer.tokens(&[b"oui".to_vec(), b"non".to_vec()]).unwrap();
        for (name, data_type, shape) in
            [("un", DataType::F16, vec![2, 3]), ("deux", DataType::F32, vec![3])]
        {
            let n_bytes = shape.iter().product::<usize>() * data_type.block_bytes as usize;
            let name = name.as_bytes().to_vec();
            writer.tensor_header(&TensorHeader { name, shape, data_type: data_type.id }).unwrap();
            writer.write_all(&vec![7; n_bytes]).unwrap();
        }
        file
    }
}
