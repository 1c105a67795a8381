//! The weights of a Whisper in files of others, by the names that OpenAI gave its tensors.
//!
//! A reader of each format says where in which file the numbers of each tensor lie. Nothing is
//! read before it is written out again, a megabyte at a time: the largest model has six gigabytes.

use crate::base::{
    digest::Digest,
    ggml::{f32s, widened},
};
use half::{bf16, f16};
use std::{
    collections::HashMap,
    fs::File,
    io::{self, Read, Seek, SeekFrom, Write},
};

/// Bytes that are read at a time, a multiple of those of any number.
const CHUNK_BYTES: u64 = 1 << 20;

/// How numbers are stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum NumberType {
    F32,
    F16,
    Bf16,
}

impl NumberType {
    /// Bytes of a number.
    pub(super) fn bytes(self) -> u64 {
        match self {
            NumberType::F32 => 4,
            NumberType::F16 | NumberType::Bf16 => 2,
        }
    }

    fn floats(self, bytes: &[u8]) -> Vec<f32> {
        match self {
            NumberType::F32 => f32s(bytes).collect(),
            NumberType::F16 => widened(bytes).collect(),
            NumberType::Bf16 => {
                bytes.as_chunks().0.iter().map(|two| bf16::from_le_bytes(*two).to_f32()).collect()
            }
        }
    }
}

/// Where the numbers of a tensor lie, row after row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Place {
    /// Which of the files.
    pub(super) file_idx: usize,
    /// First byte.
    pub(super) offset: u64,
    /// Outermost dimension first.
    pub(super) shape: Vec<usize>,
    pub(super) number_type: NumberType,
}

impl Place {
    /// How many bytes it takes; `None` where no file is so long.
    pub(super) fn n_bytes(&self) -> Option<u64> {
        let n_values =
            self.shape.iter().try_fold(1_u64, |n, &dimension| n.checked_mul(dimension as u64))?;
        n_values.checked_mul(self.number_type.bytes())
    }

    /// Part `idx` of `n_parts` of its rows; `None` where it has no such parts.
    pub(super) fn part(mut self, idx: usize, n_parts: usize) -> Option<Place> {
        let n_rows = self.shape.first().copied().filter(|n_rows| n_rows % n_parts == 0)?;
        self.shape[0] = n_rows / n_parts;
        self.offset += self.n_bytes()? * idx as u64;
        Some(self)
    }
}

/// The tensors of a checkpoint.
#[derive(Debug, Default)]
pub(super) struct Weights {
    files: Vec<File>,
    places: HashMap<String, Place>,
}

impl Weights {
    /// Adds `file`, whose number is given back.
    pub(super) fn add_file(&mut self, file: File) -> usize {
        self.files.push(file);
        self.files.len() - 1
    }

    /// Adds the tensor called `name`.
    ///
    /// # Errors
    /// `InvalidData` if it does not lie in its file as a whole, or is there already.
    pub(super) fn add(&mut self, name: String, place: Place) -> io::Result<()> {
        let length = self.files[place.file_idx].metadata()?.len();
        let end = place.n_bytes().and_then(|n_bytes| place.offset.checked_add(n_bytes));
        if end.is_none_or(|end| end > length) {
            return Err(invalid(format!("its tensor `{name}` goes beyond the end of the file")));
        }
        match self.places.insert(name.clone(), place) {
            None => Ok(()),
            Some(_) => Err(invalid(format!("its tensor `{name}` is there twice"))),
        }
    }

    /// Where the tensor called `name` lies.
    ///
    /// # Errors
    /// `InvalidData` if there is none.
    pub(super) fn place(&self, name: &str) -> io::Result<&Place> {
        self.places.get(name).ok_or_else(|| invalid(format!("it has no tensor `{name}`")))
    }

    /// The names of all tensors, in any order.
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.places.keys().map(String::as_str)
    }

    /// The tensor called `name`, out of the list.
    pub(super) fn remove(&mut self, name: &str) -> Option<Place> {
        self.places.remove(name)
    }

    /// Whether all numbers at `place` are zero.
    ///
    /// # Errors
    /// Any error of reading.
    pub(super) fn is_zero(&mut self, place: &Place) -> io::Result<bool> {
        let mut is_zero = true;
        self.read(place, |bytes| {
            is_zero &= place.number_type.floats(bytes).iter().all(|number| *number == 0.0);
            Ok(())
        })?;
        Ok(is_zero)
    }

    /// Whether the numbers at `left` and `right` are equal.
    ///
    /// # Errors
    /// Any error of reading.
    pub(super) fn is_same(&mut self, left: &Place, right: &Place) -> io::Result<bool> {
        if left.shape != right.shape || left.number_type != right.number_type {
            return Ok(false);
        }
        let mut digests = [String::new(), String::new()];
        for (place, found) in [left, right].into_iter().zip(&mut digests) {
            let mut digest = Digest::new();
            self.read(place, |bytes| {
                digest.update(bytes);
                Ok(())
            })?;
            *found = digest.finish();
        }
        Ok(digests[0] == digests[1])
    }

    /// Writes the tensor called `name` to `output`, in 16 bits where `is_half` and else in 32.
    /// Numbers of 16 bits stay as they are in either.
    ///
    /// # Errors
    /// `InvalidData` if there is none, or if a number of it is none or is beyond 16 bits; errors
    /// of reading and writing.
    pub(super) fn write(
        &mut self,
        name: &str,
        is_half: bool,
        output: &mut impl Write,
    ) -> io::Result<()> {
        let place = self.place(name)?.clone();
        self.read(&place, |bytes| {
            let numbers = place.number_type.floats(bytes);
            let halves = || numbers.iter().map(|number| f16::from_f32(*number));
            let is_good = match is_half {
                true => halves().all(f16::is_finite),
                false => numbers.iter().all(|number| number.is_finite()),
            };
            if !is_good {
                return Err(invalid(format!("its tensor `{name}` has a number that is none")));
            }
            let bytes: Vec<u8> = match is_half {
                true => halves().flat_map(f16::to_le_bytes).collect(),
                false => numbers.iter().flat_map(|number| number.to_le_bytes()).collect(),
            };
            output.write_all(&bytes)
        })
    }

    /// Gives the bytes at `place` to `take`, a chunk of whole numbers at a time.
    fn read(
        &mut self,
        place: &Place,
        mut take: impl FnMut(&[u8]) -> io::Result<()>,
    ) -> io::Result<()> {
        let mut left = place.n_bytes().ok_or_else(|| invalid("a tensor is too long"))?;
        let file = &mut self.files[place.file_idx];
        file.seek(SeekFrom::Start(place.offset))?;
        let mut chunk = Vec::new();
        while left > 0 {
            chunk.resize(left.min(CHUNK_BYTES) as usize, 0);
            file.read_exact(&mut chunk)?;
            take(&chunk)?;
            left -= chunk.len() as u64;
        }
        Ok(())
    }
}

pub(super) fn invalid(reason: impl Into<String>) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, reason.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(bytes: &[u8]) -> File {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(bytes).unwrap();
        file
    }

    fn written(bytes: &[u8], number_type: NumberType, is_half: bool) -> io::Result<Vec<u8>> {
        let mut weights = Weights::default();
        let file_idx = weights.add_file(file(bytes));
        let n_values = bytes.len() / number_type.bytes() as usize;
        let place = Place { file_idx, offset: 0, shape: vec![n_values], number_type };
        weights.add("w".to_owned(), place)?;
        let mut output = Vec::new();
        weights.write("w", is_half, &mut output)?;
        Ok(output)
    }

    #[test]
    fn numbers_are_brought_to_their_form() {
        let one = 1.0_f32.to_le_bytes();
        assert_eq!(written(&one, NumberType::F32, true).unwrap(), [0x00, 0x3c]);
        assert_eq!(written(&[0x80, 0x3f], NumberType::Bf16, true).unwrap(), [0x00, 0x3c]);
        assert_eq!(written(&[0x00, 0x3c], NumberType::F16, false).unwrap(), one);
        // Halfway between 1.0 and the next number of 16 bits: to the even one.
        let halfway = (1.0 + 2.0_f32.powi(-11)).to_le_bytes();
        assert_eq!(written(&halfway, NumberType::F32, true).unwrap(), [0x00, 0x3c]);
    }

    #[test]
    fn a_number_that_is_none_or_too_large_is_an_error() {
        for number in [f32::NAN, f32::INFINITY, 70_000.0] {
            let error = written(&number.to_le_bytes(), NumberType::F32, true).unwrap_err();
            assert_eq!(error.to_string(), "its tensor `w` has a number that is none");
        }
        assert!(written(&70_000.0_f32.to_le_bytes(), NumberType::F32, false).is_ok());
    }

    #[test]
    fn a_part_is_some_of_the_rows() {
        let whole = |n_rows| Place {
            file_idx: 0,
            offset: 7,
            shape: vec![n_rows, 2],
            number_type: NumberType::F16,
        };
        let last = whole(6).part(2, 3).unwrap();
        assert_eq!((last.offset, last.shape), (7 + 16, vec![2, 2]));
        assert_eq!(whole(7).part(0, 3), None);
    }

    #[test]
    fn a_tensor_beyond_its_file_is_known_before_it_is_read() {
        let mut weights = Weights::default();
        let file_idx = weights.add_file(file(&[0; 8]));
        let mut add = |offset, shape: &[usize]| {
            let number_type = NumberType::F32;
            let place = Place { file_idx, offset, shape: shape.to_vec(), number_type };
            weights.add("w".to_owned(), place)
        };
        for (offset, shape) in
            [(4, &[2][..]), (u64::MAX, &[1]), (0, &[1 << 40, 1 << 40]), (0, &[3])]
        {
            assert!(add(offset, shape).is_err(), "{offset} {shape:?}");
        }
        add(0, &[2]).unwrap();
        assert!(add(0, &[2]).unwrap_err().to_string().contains("twice"));
    }
}
