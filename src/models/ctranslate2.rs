//! Whisper in the format of CTranslate2, of which faster-whisper's files are.
//!
//! ```text
//! u32 version | text "WhisperSpec" | u32 revision
//! u32 count, each:  text name | u8 rank | u32 lengths… | u8 type | u32 bytes | data
//! u32 count, each:  text alias | text name
//! ```
//!
//! Little-endian; a text is a u16 length, that counts a final NUL, and the bytes.
//! Opening reads the names and skips the data, that is read when it is asked for:
//! the largest model has three gigabytes.

use std::{
    collections::HashMap,
    io::{self, BufReader, Read, Seek, SeekFrom},
};

/// Version of the container that all published conversions have.
const VERSION: u32 = 6;
const SPECIFICATION: &str = "WhisperSpec";

/// Each variable's header takes some bytes; more than this is not a model.
const RANK_MAX: u8 = 4;

/// Type of the numbers of a variable.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum NumberType {
    F32,
    I8,
    I16,
    I32,
    F16,
}

/// One variable: its shape, outermost dimension first, and where its data lies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Variable {
    pub(super) shape: Vec<usize>,
    number_type: NumberType,
    offset: u64,
    bytes: u64,
}

/// An open model.
#[derive(Debug)]
pub(super) struct Ct2Model<R> {
    input: BufReader<R>,
    variables: HashMap<String, Variable>,
}

/// Whether a file that begins with `start` is the beginning of a model.
pub(super) fn is_beginning(start: &[u8]) -> bool {
    let rest = start.strip_prefix(&VERSION.to_le_bytes());
    rest.and_then(|rest| rest.get(2..))
        .is_some_and(|name| name.starts_with(SPECIFICATION.as_bytes()))
}

impl<R: Read + Seek> Ct2Model<R> {
    /// Reads the list of variables of the model in `reader`.
    ///
    /// # Errors
    /// `InvalidData` or `UnexpectedEof` if it is not a whole model.
    pub(super) fn open(mut reader: R) -> io::Result<Ct2Model<R>> {
        let length = reader.seek(SeekFrom::End(0))?;
        reader.rewind()?;
        let mut input = BufReader::with_capacity(1 << 16, reader);
        let (version, specification) = (u32::from_le_bytes(array(&mut input)?), text(&mut input)?);
        if (version, specification.as_str()) != (VERSION, SPECIFICATION) {
            return Err(invalid("it is not a Whisper model of CTranslate2's version 6"));
        }
        let _revision: [u8; 4] = array(&mut input)?;
        let mut variables = HashMap::new();
        for _ in 0..u32::from_le_bytes(array(&mut input)?) {
            let name = text(&mut input)?;
            let variable = header(&mut input, length)?;
            variables.insert(name, variable);
        }
        for _ in 0..u32::from_le_bytes(array(&mut input)?) {
            let (alias, target) = (text(&mut input)?, text(&mut input)?);
            let Some(variable) = variables.get(&target).cloned() else {
                return Err(invalid("an alias stands for nothing"));
            };
            variables.insert(alias, variable);
        }
        if input.stream_position()? != length {
            return Err(invalid("something follows its end"));
        }
        Ok(Ct2Model { input, variables })
    }

    /// The variable called `name`.
    ///
    /// # Errors
    /// `InvalidData` if there is none.
    pub(super) fn variable(&self, name: &str) -> io::Result<&Variable> {
        self.variables.get(name).ok_or_else(|| invalid(format!("it has no `{name}`")))
    }

    /// How many layers `side` ("encoder" or "decoder") has.
    pub(super) fn n_layers(&self, side: &str) -> usize {
        let is_there = |layer: &usize| {
            let first = format!("{side}/layer_{layer}/ffn/layer_norm/gamma");
            self.variables.contains_key(&first)
        };
        (0..).take_while(is_there).count()
    }

    /// The whole number called `name`.
    ///
    /// # Errors
    /// `InvalidData` if there is none, and errors of reading.
    pub(super) fn whole_number(&mut self, name: &str) -> io::Result<i32> {
        let variable = self.variable(name)?.clone();
        self.input.seek(SeekFrom::Start(variable.offset))?;
        Ok(match variable.number_type {
            NumberType::I8 => i8::from_le_bytes(array(&mut self.input)?).into(),
            NumberType::I16 => i16::from_le_bytes(array(&mut self.input)?).into(),
            NumberType::I32 => i32::from_le_bytes(array(&mut self.input)?),
            _ => return Err(invalid(format!("`{name}` is not a whole number"))),
        })
    }

    /// The 16-bit floats of rows `first..last` of the variable called `name`.
    ///
    /// # Errors
    /// `InvalidData` if it has no such rows or other numbers, and errors of reading.
    pub(super) fn half_floats(
        &mut self,
        name: &str,
        first: usize,
        last: usize,
    ) -> io::Result<Vec<u8>> {
        let variable = self.variable(name)?.clone();
        if variable.number_type != NumberType::F16 {
            return Err(invalid(format!("`{name}` is not in 16-bit floats")));
        }
        let n_rows = variable.shape.first().copied().unwrap_or(1);
        if first > last || last > n_rows {
            return Err(invalid(format!("`{name}` has only {n_rows} rows")));
        }
        let row_bytes = variable.bytes / n_rows.max(1) as u64;
        self.input.seek(SeekFrom::Start(variable.offset + first as u64 * row_bytes))?;
        let mut content = Vec::new();
        let bytes = (last - first) as u64 * row_bytes;
        self.input.by_ref().take(bytes).read_to_end(&mut content)?;
        if content.len() as u64 == bytes { Ok(content) } else { Err(invalid("it ends too early")) }
    }
}

/// The description of a variable; its data is skipped.
fn header<R: Read + Seek>(input: &mut BufReader<R>, length: u64) -> io::Result<Variable> {
    let [rank] = array(input)?;
    if rank > RANK_MAX {
        return Err(invalid("a variable has too many dimensions"));
    }
    let mut shape = Vec::new();
    for _ in 0..rank {
        shape.push(u32::from_le_bytes(array(input)?) as usize);
    }
    let (number_type, size) = match array(input)? {
        [0] => (NumberType::F32, 4),
        [1] => (NumberType::I8, 1),
        [2] => (NumberType::I16, 2),
        [3] => (NumberType::I32, 4),
        [4] => (NumberType::F16, 2),
        [other] => return Err(invalid(format!("type {other} of numbers is not known"))),
    };
    let bytes = u64::from(u32::from_le_bytes(array(input)?));
    let offset = input.stream_position()?;
    let expected = shape.iter().try_fold(size, |bytes: u64, &n| bytes.checked_mul(n as u64));
    if offset + bytes > length {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    if expected != Some(bytes) {
        return Err(invalid("a variable has not the length that its shape asks for"));
    }
    // Relative, so that short variables stay in the buffer. It fits: u32.
    input.seek_relative(bytes as i64)?;
    Ok(Variable { shape, number_type, offset, bytes })
}

fn array<const N: usize>(input: &mut impl Read) -> io::Result<[u8; N]> {
    let mut bytes = [0; N];
    input.read_exact(&mut bytes)?;
    Ok(bytes)
}

fn text(input: &mut impl Read) -> io::Result<String> {
    let mut bytes = vec![0; u16::from_le_bytes(array(input)?).into()];
    input.read_exact(&mut bytes)?;
    while bytes.pop_if(|byte| *byte == 0).is_some() {}
    String::from_utf8(bytes).map_err(|_| invalid("a name is not UTF-8"))
}

pub(super) fn invalid(reason: impl Into<String>) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, reason.into())
}

/// A model written by hand, for tests.
#[cfg(test)]
pub(super) mod by_hand {
    fn text(text: &str) -> Vec<u8> {
        [&(text.len() as u16 + 1).to_le_bytes(), text.as_bytes(), b"\0"].concat()
    }

    /// Variables: name, shape, type, data.
    pub(in super::super) fn model(variables: &[(String, Vec<u32>, u8, Vec<u8>)]) -> Vec<u8> {
        let mut blob = 6_u32.to_le_bytes().to_vec();
        blob.extend(text("WhisperSpec"));
        blob.extend(3_u32.to_le_bytes());
        blob.extend((variables.len() as u32).to_le_bytes());
        for (name, shape, number_type, data) in variables {
            blob.extend(text(name));
            blob.push(shape.len() as u8);
            shape.iter().for_each(|length| blob.extend(length.to_le_bytes()));
            blob.push(*number_type);
            blob.extend((data.len() as u32).to_le_bytes());
            blob.extend(data);
        }
        blob.extend(1_u32.to_le_bytes());
        blob.extend(text("alias"));
        blob.extend(text(&variables[0].0));
        blob
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::damaged_bytes::damaged;
    use proptest::prelude::*;
    use std::io::Cursor;

    fn sample() -> Vec<u8> {
        by_hand::model(&[
            ("weight".into(), vec![3, 1], 4, vec![1, 2, 3, 4, 5, 6]),
            ("heads".into(), vec![], 2, vec![8, 0]),
        ])
    }

    #[test]
    fn rows_and_numbers_are_found_by_name() {
        let mut model = Ct2Model::open(Cursor::new(sample())).unwrap();
        assert_eq!(model.half_floats("weight", 1, 3).unwrap(), [3, 4, 5, 6]);
        assert_eq!(model.half_floats("alias", 0, 1).unwrap(), [1, 2]);
        assert_eq!(model.whole_number("heads").unwrap(), 8);
        assert!(model.half_floats("weight", 1, 4).is_err());
        assert!(model.half_floats("heads", 0, 1).is_err());
        assert!(model.variable("bias").is_err());
    }

    #[test]
    fn a_beginning_is_known_from_its_first_bytes() {
        assert!(is_beginning(&sample()[..24]));
        assert!(!is_beginning(b"PK\x03\x04"));
    }

    proptest! {
        #[test]
        fn a_damaged_model_gives_no_more_bytes_than_it_has(file in damaged(sample())) {
            let Ok(mut model) = Ct2Model::open(Cursor::new(&file)) else { return Ok(()) };
            prop_assert!(model.variables.len() <= file.len());
            let names: Vec<String> = model.variables.keys().cloned().collect();
            for name in names {
                let n_rows = model.variables[&name].shape.first().copied().unwrap_or(1);
                let rows = model.half_floats(&name, 0, n_rows).unwrap_or_default();
                prop_assert!(rows.len() <= file.len());
                let _ = model.whole_number(&name);
            }
        }
    }

    #[test]
    fn a_model_cut_or_changed_anywhere_is_no_panic() {
        let whole = sample();
        for position in 0..whole.len() {
            assert!(Ct2Model::open(Cursor::new(&whole[..position])).is_err(), "{position}");
            for value in 0..=255 {
                let mut changed = whole.clone();
                changed[position] = value;
                if let Ok(mut model) = Ct2Model::open(Cursor::new(changed)) {
                    let _ = model.half_floats("weight", 0, 3);
                    let _ = model.whole_number("heads");
                }
            }
        }
    }
}
