//! The tensors of a PyTorch checkpoint.
//!
//! A checkpoint is a zip archive with one pickle, that describes the tensors, and
//! one file of bare numbers for each storage. Several tensors may be views of one
//! storage: pyannote's LSTM keeps all its weights in one.

use super::{ModelError, package::Archive, pickle, weights::NumberType};
use std::{
    collections::{HashMap, hash_map::Entry as Slot},
    io::{self, Read, Seek, SeekFrom},
    rc::Rc,
};

/// Longer descriptions are not read; the longest in use has 130 kB.
const PICKLE_MAX_BYTES: u64 = 1 << 20;

/// Numbers and their arrangement, outermost dimension first.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Tensor {
    pub(super) shape: Vec<usize>,
    pub(super) numbers: Vec<f32>,
}

/// The 32-bit float tensors of a checkpoint, by name.
#[derive(Debug, Default)]
pub(super) struct Tensors {
    by_name: HashMap<Rc<str>, Tensor>,
}

impl Tensors {
    /// The tensor called `name`.
    pub(super) fn get(&self, name: &str) -> Result<&Tensor, String> {
        self.by_name.get(name).ok_or_else(|| format!("the checkpoint has no tensor `{name}`"))
    }

    /// Reads the checkpoint in `reader`, called `what` in messages.
    ///
    /// Its storages and its tensors have each no more numbers than the file has room for, as they
    /// have where none lie in each other.
    pub(super) fn read(mut reader: impl Read + Seek, what: &str) -> Result<Tensors, ModelError> {
        let unreadable = |error: io::Error| ModelError::malformed(what, error.to_string());
        let file_bytes = reader.seek(SeekFrom::End(0)).map_err(unreadable)?;
        let mut archive = Archive::open(reader, what)?;
        let entries = archive.entries();
        let malformed = |reason: &str| ModelError::malformed(what, reason);
        let description = entries.iter().find(|entry| entry.file_name() == "data.pkl");
        let description = description.ok_or_else(|| malformed("it has no data.pkl"))?;
        let root = description.name.strip_suffix("data.pkl").unwrap_or_default();
        let pickle = archive.read(description, PICKLE_MAX_BYTES)?;
        let described = pickle::described(&pickle).map_err(|reason| malformed(&reason))?;

        let (mut storage_bytes, mut tensor_bytes) = (file_bytes, file_bytes);
        let mut storages: HashMap<Rc<str>, Vec<f32>> = HashMap::new();
        let mut by_name = HashMap::new();
        let is_used = |stored: &pickle::Stored| stored.number_type == NumberType::F32;
        for (name, stored) in described.tensors.into_iter().filter(|(_, stored)| is_used(stored)) {
            let storage = match storages.entry(Rc::clone(&stored.key)) {
                Slot::Occupied(known) => known.into_mut(),
                Slot::Vacant(new) => {
                    let path = format!("{root}data/{}", stored.key);
                    let entry = entries.iter().find(|entry| entry.name == path);
                    let entry = entry.ok_or_else(|| malformed(&format!("it has no {path}")))?;
                    // PyTorch never packs them, and packed zeros could be endless.
                    if !archive.is_stored(entry) {
                        return Err(malformed(&format!("{path} is compressed")));
                    }
                    storage_bytes = storage_bytes
                        .checked_sub(entry.bytes)
                        .ok_or_else(|| malformed("its storages are longer than itself"))?;
                    new.insert(floats(&archive.read(entry, entry.bytes)?))
                }
            };
            let (shape, numbers) = view(storage, &stored)
                .ok_or_else(|| malformed(&format!("tensor `{name}` does not fit its storage")))?;
            tensor_bytes = tensor_bytes
                .checked_sub(size_of_val(numbers) as u64)
                .ok_or_else(|| malformed("its tensors are longer than itself"))?;
            let tensor = Tensor { shape, numbers: numbers.to_vec() };
            by_name.insert(name, tensor);
        }
        Ok(Tensors { by_name })
    }
}

fn floats(bytes: &[u8]) -> Vec<f32> {
    let (numbers, _) = bytes.as_chunks();
    numbers.iter().map(|&number| f32::from_le_bytes(number)).collect()
}

/// The part of `storage` that is the tensor; `None` unless it lies there in one
/// piece, row after row, as it does in every published checkpoint.
fn view<'a>(storage: &'a [f32], stored: &pickle::Stored) -> Option<(Vec<usize>, &'a [f32])> {
    let shape = stored.shape_in_order()?;
    let start = usize::try_from(stored.offset).ok()?;
    let end = start.checked_add(shape.iter().product())?;
    let fits = stored.count == storage.len() as u64;
    fits.then(|| Some((shape, storage.get(start..end)?)))?
}

#[cfg(test)]
impl Tensors {
    /// Tensors made by hand: name, shape, numbers.
    pub(super) fn of(tensors: &[(&str, &[usize], &[f32])]) -> Tensors {
        let tensor = |&(name, shape, numbers): &(&str, &[usize], &[f32])| {
            (name.into(), Tensor { shape: shape.to_vec(), numbers: numbers.to_vec() })
        };
        Tensors { by_name: tensors.iter().map(tensor).collect() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::damaged_bytes::damaged;
    use crate::models::pickle::tests::{repeated, sample};
    use proptest::prelude::*;
    use std::io::{Cursor, Write};
    use zip::{CompressionMethod, ZipWriter, write::SimpleFileOptions};

    fn stored(offset: u64, shape: &[u64], strides: &[u64]) -> pickle::Stored {
        let (shape, strides) = (shape.to_vec(), strides.to_vec());
        let (key, number_type) = ("0".into(), NumberType::F32);
        pickle::Stored { key, number_type, count: 7, offset, shape, strides }
    }

    #[test]
    fn a_tensor_may_be_a_part_of_its_storage() {
        let storage = [0., 1., 2., 3., 4., 5., 6.];
        let (shape, numbers) = view(&storage, &stored(1, &[2, 3], &[3, 1])).unwrap();
        assert_eq!((shape, numbers), (vec![2, 3], &[1., 2., 3., 4., 5., 6.][..]));
    }

    #[test]
    fn a_tensor_must_lie_inside_its_storage_and_in_order() {
        let storage = [0.; 7];
        assert_eq!(view(&storage, &stored(2, &[2, 3], &[3, 1])), None);
        assert_eq!(view(&storage, &stored(0, &[2, 3], &[1, 2])), None);
        assert_eq!(view(&storage, &stored(u64::MAX, &[2, 3], &[3, 1])), None);
        assert_eq!(view(&storage, &stored(0, &[1 << 40, 1 << 40], &[1 << 40, 1])), None);
    }
    #[test]
    fn tensors_that_are_the_same_storage_again_and_again_are_refused() {
        let file = |n_times| Cursor::new(checkpoint(&repeated(n_times), 200));
        let read = |n_times| Tensors::read(file(n_times), "a.ckpt");
        assert_eq!(read(1).unwrap().get("a").unwrap().numbers, [0.; 200]);
        let error = read(255).unwrap_err().to_string();
        assert!(error.contains("its tensors are longer than itself"), "{error}");
    }

    proptest! {
        #[test]
        fn a_damaged_checkpoint_has_no_more_numbers_than_bytes(
            file in damaged(checkpoint(&sample(), 7)),
        ) {
            if let Ok(tensors) = Tensors::read(Cursor::new(&file), "a.ckpt") {
                let numbers = tensors.by_name.values().map(|tensor| tensor.numbers.len());
                prop_assert!(numbers.sum::<usize>() * 4 <= file.len());
            }
        }
    }

    /// A checkpoint with this description, and a storage of so many zeros.
    fn checkpoint(pickle: &[u8], n_numbers: usize) -> Vec<u8> {
        let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
        let stored = SimpleFileOptions::default().compression_method(CompressionMethod::Stored);
        let zeros = vec![0; 4 * n_numbers];
        for (name, content) in [("a/data.pkl", pickle), ("a/data/0", zeros.as_slice())] {
            zip.start_file(name, stored).unwrap();
            zip.write_all(content).unwrap();
        }
        zip.finish().unwrap().into_inner()
    }
}
