//! The list of tensors in a PyTorch checkpoint, which is written as a pickle.
//!
//! A pickle is a program for a small machine that may call anything in Python. This
//! machine has only the instructions that state dictionaries need, calls nothing,
//! and stops at every name that is not on its list. Values live in one growing
//! list and refer to one another by number, and texts are shared, so that no pickle, however
//! knotted, makes them larger than itself.

use super::weights::NumberType;
use std::{collections::HashMap, rc::Rc};

/// Where the numbers of one tensor lie in its checkpoint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Stored {
    /// Name of the file with the numbers, under `data/`.
    pub(super) key: Rc<str>,
    /// How they are stored.
    pub(super) number_type: NumberType,
    /// Numbers in that file.
    pub(super) count: u64,
    /// Index of the tensor's first number.
    pub(super) offset: u64,
    /// Lengths of the dimensions, outermost first.
    pub(super) shape: Vec<u64>,
    /// Numbers from one index to the next, for each dimension.
    pub(super) strides: Vec<u64>,
}

impl Stored {
    /// Its shape, outermost dimension first; `None` unless its numbers lie in one piece, row after
    /// row, as they do in every published checkpoint, and there are no more than can be counted.
    pub(super) fn shape_in_order(&self) -> Option<Vec<usize>> {
        let mut count: u64 = 1;
        for (&length, &stride) in self.shape.iter().zip(&self.strides).rev() {
            if stride != count && length != 1 {
                return None;
            }
            count = count.checked_mul(length)?;
        }
        usize::try_from(count).ok().filter(|_| self.shape.len() == self.strides.len())?;
        self.shape.iter().map(|&length| usize::try_from(length).ok()).collect()
    }
}

/// What a pickled checkpoint holds that is of use here.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Described {
    /// The tensors of floats of its state dictionary, or of the one under `state_dict` or
    /// `model_state_dict`, by name. Tensors of other types are left out.
    pub(super) tensors: Vec<(Rc<str>, Stored)>,
    /// The numbers under `dims`, by name: what OpenAI's checkpoints of Whisper say of its sizes.
    pub(super) dims: HashMap<String, i64>,
}

/// What `pickle` describes.
pub(super) fn described(pickle: &[u8]) -> Result<Described, String> {
    let mut machine = Machine { input: pickle, ..Machine::default() };
    while machine.step()? {}
    let root = machine.pop()?;
    machine.described(root)
}

type Id = usize;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Name {
    OrderedDict,
    RebuildTensor,
    Storage(NumberType),
    OtherStorage,
    /// A class whose values are passed over.
    Inert,
}

/// All names that the published checkpoints refer to, and no others.
const NAMES: &[(&str, &str, Name)] = &[
    ("collections", "OrderedDict", Name::OrderedDict),
    ("torch._utils", "_rebuild_tensor_v2", Name::RebuildTensor),
    ("torch", "FloatStorage", Name::Storage(NumberType::F32)),
    ("torch", "HalfStorage", Name::Storage(NumberType::F16)),
    ("torch", "BFloat16Storage", Name::Storage(NumberType::Bf16)),
    ("torch", "LongStorage", Name::OtherStorage),
    ("torch.torch_version", "TorchVersion", Name::Inert),
    ("pyannote.audio.core.task", "Problem", Name::Inert),
    ("pyannote.audio.core.task", "Resolution", Name::Inert),
    ("pyannote.audio.core.task", "Specifications", Name::Inert),
];

#[derive(Debug, Clone)]
enum Value {
    Number(i64),
    Text(Rc<str>),
    Tuple(Vec<Id>),
    Dict(Vec<(Id, Id)>),
    Name(Name),
    Storage {
        key: Rc<str>,
        number_type: NumberType,
        count: u64,
    },
    Tensor(Stored),
    /// Whatever is not looked at: lists, booleans, floats, inert classes.
    Other,
}

#[derive(Debug, Default)]
struct Machine<'a> {
    input: &'a [u8],
    values: Vec<Value>,
    stack: Vec<Id>,
    marks: Vec<usize>,
    memo: HashMap<u32, Id>,
}

impl<'a> Machine<'a> {
    /// Does one instruction; `false` after the last.
    fn step(&mut self) -> Result<bool, String> {
        let [code] = self.array()?;
        match code {
            // PROTO and its version; all versions up to 5 share these instructions.
            0x80 => drop(self.array::<1>()?),
            b'.' => return Ok(false),
            b'(' => self.marks.push(self.stack.len()),
            b'}' => self.push(Value::Dict(Vec::new())),
            b')' => self.push(Value::Tuple(Vec::new())),
            b']' | b'N' | 0x88 | 0x89 => self.push(Value::Other),
            b'G' => {
                self.array::<8>()?;
                self.push(Value::Other);
            }
            b'J' => {
                let number = i32::from_le_bytes(self.array()?);
                self.push(Value::Number(number.into()));
            }
            b'K' | b'M' => {
                let number = self.unsigned(if code == b'K' { 1 } else { 2 })?;
                self.push(Value::Number(number.into()));
            }
            b'X' => {
                let length = self.unsigned(4)?;
                let text = std::str::from_utf8(self.take(length as usize)?);
                let text = text.map_err(|_| "a text is not UTF-8")?;
                self.push(Value::Text(text.into()));
            }
            b't' => {
                let items = self.since_mark()?;
                self.push(Value::Tuple(items));
            }
            0x85..=0x87 => {
                let start = self.stack.len().checked_sub(usize::from(code) - 0x84);
                let items = self.stack.split_off(start.ok_or(EMPTY)?);
                self.push(Value::Tuple(items));
            }
            b'c' => self.name()?,
            b'R' | 0x81 => self.call()?,
            // BUILD, APPEND, APPENDS change a value that is not looked at.
            b'b' | b'a' => drop(self.pop()?),
            b'e' => drop(self.since_mark()?),
            b'Q' => self.storage()?,
            b's' => {
                let value = self.pop()?;
                let key = self.pop()?;
                self.set_items(&[key, value])?;
            }
            b'u' => {
                let items = self.since_mark()?;
                self.set_items(&items)?;
            }
            b'q' => self.remember(1)?,
            b'r' => self.remember(4)?,
            b'h' => self.recall(1)?,
            b'j' => self.recall(4)?,
            other => return Err(format!("instruction {other:#04x} is not on the list")),
        }
        Ok(true)
    }

    fn take(&mut self, length: usize) -> Result<&'a [u8], String> {
        let (taken, rest) = self.input.split_at_checked(length).ok_or("it ends too early")?;
        self.input = rest;
        Ok(taken)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], String> {
        let (taken, rest) = self.input.split_first_chunk().ok_or("it ends too early")?;
        self.input = rest;
        Ok(*taken)
    }

    fn line(&mut self) -> Result<&'a str, String> {
        let end = self.input.iter().position(|&byte| byte == b'\n').ok_or("it ends too early")?;
        let line = self.take(end + 1)?;
        std::str::from_utf8(&line[..end]).map_err(|_| "a name is not UTF-8".to_owned())
    }

    fn push(&mut self, value: Value) {
        self.stack.push(self.values.len());
        self.values.push(value);
    }

    fn pop(&mut self) -> Result<Id, String> {
        self.stack.pop().ok_or_else(|| EMPTY.to_owned())
    }

    fn since_mark(&mut self) -> Result<Vec<Id>, String> {
        let mark = self.marks.pop().filter(|&mark| mark <= self.stack.len()).ok_or(EMPTY)?;
        Ok(self.stack.split_off(mark))
    }

    fn unsigned(&mut self, n_bytes: usize) -> Result<u32, String> {
        let bytes = self.take(n_bytes)?;
        Ok(bytes.iter().rev().fold(0, |number, &byte| number << 8 | u32::from(byte)))
    }

    /// Remembers the value on top, in the slot whose number comes in `n_bytes`.
    fn remember(&mut self, n_bytes: usize) -> Result<(), String> {
        let slot = self.unsigned(n_bytes)?;
        self.memo.insert(slot, *self.stack.last().ok_or(EMPTY)?);
        Ok(())
    }

    fn recall(&mut self, n_bytes: usize) -> Result<(), String> {
        let slot = self.unsigned(n_bytes)?;
        self.stack.push(*self.memo.get(&slot).ok_or("nothing was remembered there")?);
        Ok(())
    }

    fn name(&mut self) -> Result<(), String> {
        let (module, class) = (self.line()?, self.line()?);
        let known = NAMES.iter().find(|(m, c, _)| (*m, *c) == (module, class));
        let (_, _, name) = known.ok_or_else(|| format!("`{module}.{class}` is not on the list"))?;
        self.push(Value::Name(*name));
        Ok(())
    }

    /// What Python would do by calling; here a tensor is noted down and no more.
    fn call(&mut self) -> Result<(), String> {
        let (arguments, callee) = (self.pop()?, self.pop()?);
        let value = match self.values[callee] {
            Value::Name(Name::OrderedDict) => Value::Dict(Vec::new()),
            Value::Name(Name::Inert) => Value::Other,
            Value::Name(Name::RebuildTensor) => self.tensor(arguments)?,
            _ => return Err("something is called that cannot be".to_owned()),
        };
        self.push(value);
        Ok(())
    }

    fn tensor(&self, arguments: Id) -> Result<Value, String> {
        let Value::Tuple(arguments) = &self.values[arguments] else {
            return Err(NOT_A_TENSOR.to_owned());
        };
        let &[storage, offset, shape, strides, ..] = arguments.as_slice() else {
            return Err(NOT_A_TENSOR.to_owned());
        };
        Ok(match &self.values[storage] {
            Value::Storage { key, number_type, count } => Value::Tensor(Stored {
                key: Rc::clone(key),
                number_type: *number_type,
                count: *count,
                offset: self.number(offset)?,
                shape: self.numbers(shape)?,
                strides: self.numbers(strides)?,
            }),
            Value::Other => Value::Other,
            _ => return Err(NOT_A_TENSOR.to_owned()),
        })
    }

    fn number(&self, id: Id) -> Result<u64, String> {
        match self.values[id] {
            Value::Number(number) => u64::try_from(number).map_err(|_| NOT_A_TENSOR.to_owned()),
            _ => Err(NOT_A_TENSOR.to_owned()),
        }
    }

    fn numbers(&self, id: Id) -> Result<Vec<u64>, String> {
        match &self.values[id] {
            Value::Tuple(items) if items.len() <= 8 => {
                items.iter().map(|&item| self.number(item)).collect()
            }
            _ => Err(NOT_A_TENSOR.to_owned()),
        }
    }

    /// A storage is named by ("storage", its class, its key, a device, its length).
    fn storage(&mut self) -> Result<(), String> {
        let id = self.pop()?;
        let value = match &self.values[id] {
            Value::Tuple(items) => match items.as_slice() {
                &[_, class, key, _, count] => match (&self.values[class], &self.values[key]) {
                    (Value::Name(Name::Storage(number_type)), Value::Text(key)) => {
                        let (key, number_type) = (Rc::clone(key), *number_type);
                        Value::Storage { key, number_type, count: self.number(count)? }
                    }
                    (Value::Name(Name::OtherStorage), _) => Value::Other,
                    _ => return Err(NOT_A_TENSOR.to_owned()),
                },
                _ => return Err(NOT_A_TENSOR.to_owned()),
            },
            _ => return Err(NOT_A_TENSOR.to_owned()),
        };
        self.push(value);
        Ok(())
    }

    fn set_items(&mut self, items: &[Id]) -> Result<(), String> {
        let dict = *self.stack.last().ok_or(EMPTY)?;
        if let Value::Dict(entries) = &mut self.values[dict] {
            let (pairs, _) = items.as_chunks::<2>();
            entries.extend(pairs.iter().map(|&[key, value]| (key, value)));
        }
        Ok(())
    }

    fn described(&self, root: Id) -> Result<Described, String> {
        let top = self.entries(root)?;
        let find = |wanted: &[&str]| {
            let is_wanted =
                |id: Id| matches!(&self.values[id], Value::Text(key) if wanted.contains(&&**key));
            top.iter().find(|&&(key, _)| is_wanted(key)).map(|&(_, value)| value)
        };
        let state = match find(&["state_dict", "model_state_dict"]) {
            Some(inner) => self.entries(inner)?,
            None => top,
        };
        let tensor = |&(key, value): &(Id, Id)| match (&self.values[key], &self.values[value]) {
            (Value::Text(name), Value::Tensor(stored)) => Some((Rc::clone(name), stored.clone())),
            _ => None,
        };
        let tensors = state.iter().filter_map(tensor).collect();
        let number = |&(key, value): &(Id, Id)| match (&self.values[key], &self.values[value]) {
            (Value::Text(name), Value::Number(number)) => Some((name.to_string(), *number)),
            _ => None,
        };
        let dims = find(&["dims"]).map(|dims| self.entries(dims)).transpose()?;
        let dims = dims.into_iter().flatten().filter_map(number).collect();
        Ok(Described { tensors, dims })
    }

    fn entries(&self, id: Id) -> Result<&Vec<(Id, Id)>, String> {
        match &self.values[id] {
            Value::Dict(entries) => Ok(entries),
            _ => Err("it holds no dictionary".to_owned()),
        }
    }
}

const EMPTY: &str = "it takes from an empty stack";
const NOT_A_TENSOR: &str = "a tensor is described in a way that is not known";

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::base::damaged_bytes::damaged;
    use proptest::prelude::*;

    /// `{"w": <2×3 floats at 1 of the 7 in file "0">}`, with all that a call needs.
    pub(in super::super) fn sample() -> Vec<u8> {
        let mut pickle = b"\x80\x02}q\x00(X\x01\x00\x00\x00w".to_vec();
        pickle.extend(b"ctorch._utils\n_rebuild_tensor_v2\n((X\x07\x00\x00\x00storage");
        pickle.extend(b"ctorch\nFloatStorage\nX\x01\x00\x00\x000X\x03\x00\x00\x00cpuK\x07tQ");
        pickle.extend(b"K\x01K\x02K\x03\x86K\x03K\x01\x86\x89ccollections\nOrderedDict\n)RtRu.");
        pickle
    }

    /// The 200 floats in file "0", under as many names.
    pub(in super::super) fn repeated(n_names: u8) -> Vec<u8> {
        let mut pickle = b"\x80\x02}(".to_vec();
        for name in 0..n_names {
            pickle.extend([b"X\x01\x00\x00\x00".as_slice(), &[b'a' + name % 26]].concat());
            pickle.extend(b"ctorch._utils\n_rebuild_tensor_v2\n((X\x07\x00\x00\x00storage");
            pickle.extend(b"ctorch\nFloatStorage\nX\x01\x00\x00\x000X\x03\x00\x00\x00cpuK\xc8tQ");
            pickle.extend(b"K\x00K\xc8\x85K\x01\x85tR");
        }
        pickle.extend(b"u.");
        pickle
    }

    #[test]
    fn a_tensor_is_found_by_its_name() {
        let stored = Stored {
            key: "0".into(),
            number_type: NumberType::F32,
            count: 7,
            offset: 1,
            shape: vec![2, 3],
            strides: vec![3, 1],
        };
        let described = described(&sample()).unwrap();
        assert_eq!(described.tensors, [("w".into(), stored)]);
        assert!(described.dims.is_empty());
    }

    #[test]
    fn sizes_stand_beside_the_state() {
        let mut pickle = b"\x80\x02}(X\x04\x00\x00\x00dims}(X\x06\x00\x00\x00n_melsKPuX".to_vec();
        pickle.extend(b"\x10\x00\x00\x00model_state_dict");
        // The state of the sample, without its first two bytes and its last.
        let sample = sample();
        pickle.extend(&sample[2..sample.len() - 1]);
        pickle.extend(b"u.");
        let described = described(&pickle).unwrap();
        assert_eq!(described.dims["n_mels"], 80);
        assert_eq!(described.tensors.len(), 1);
    }

    #[test]
    fn a_name_that_is_not_on_the_list_stops_it() {
        let error = described(b"\x80\x02cos\nsystem\nX\x02\x00\x00\x00ls\x85R.").unwrap_err();
        assert_eq!(error, "`os.system` is not on the list");
    }

    #[test]
    fn a_pickle_cut_anywhere_is_an_error_and_no_panic() {
        let whole = sample();
        for length in 0..whole.len() {
            assert!(described(&whole[..length]).is_err(), "cut at {length}");
        }
    }

    #[test]
    fn a_long_name_that_is_said_again_and_again_is_kept_once() {
        let name = "k".repeat(200);
        let mut pickle = b"\x80\x02ctorch\nFloatStorage\nq\x01X\xc8\x00\x00\x00".to_vec();
        pickle.extend(name.as_bytes());
        pickle.extend(b"q\x02K\x00q\x00)q\x03ctorch._utils\n_rebuild_tensor_v2\nq\x04}(");
        for _ in 0..2 {
            // Its key and its name, each by number.
            pickle.extend(b"h\x02h\x04((h\x00h\x01h\x02h\x00h\x00tQh\x00h\x03h\x03tR");
        }
        pickle.extend(b"u.");
        let tensors = described(&pickle).unwrap().tensors;
        let [(one, first), (other, second)] = tensors.as_slice() else { panic!("{tensors:?}") };
        assert!(Rc::ptr_eq(one, other) && Rc::ptr_eq(&first.key, &second.key));
        assert!(Rc::ptr_eq(one, &first.key));
        assert_eq!(**one, *name);
    }

    proptest! {
        #[test]
        fn a_damaged_pickle_has_no_more_tensors_than_bytes(pickle in damaged(sample())) {
            let n_tensors = described(&pickle).map_or(0, |described| described.tensors.len());
            prop_assert!(n_tensors <= pickle.len());
        }
    }

    #[test]
    fn a_byte_changed_anywhere_is_no_panic() {
        for position in 0..sample().len() {
            for value in 0..=255 {
                let mut changed = sample();
                changed[position] = value;
                let _ = described(&changed);
            }
        }
    }
}
