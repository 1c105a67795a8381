//! Whisper in the format of CTranslate2, of which faster-whisper's files are.
//!
//! ```text
//! u32 version | text "WhisperSpec" | u32 revision
//! u32 count, each:  text name | u8 rank | u32 lengths… | u8 type | u32 bytes | data
//! u32 count, each:  text alias | text name
//! ```
//!
//! Little-endian; a text is a u16 length, that counts a final NUL, and the bytes.
//! Opening reads the names and skips the data: the largest model has three gigabytes.
//!
//! CTranslate2 joins the query, key and value projections of a layer into one; to us they are
//! rows of it.

use super::{
    conversion::Convertible,
    weights::{NumberType, Place, Weights, invalid},
};
use crate::base::ggml::{DataType, Header};
use std::{
    collections::HashMap,
    fs::File,
    io::{self, BufReader, Read, Seek, SeekFrom},
};

/// Version of the container that all published conversions have.
const VERSION: u32 = 6;
const SPECIFICATION: &str = "WhisperSpec";

/// Each variable's header takes some bytes; more than this is not a model.
const RANK_MAX: u8 = 4;

/// Type of the numbers of a variable.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Ct2Number {
    F32,
    I8,
    I16,
    I32,
    F16,
    Bf16,
}

/// One variable: its shape, outermost dimension first, and where its data lies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Variable {
    pub(super) shape: Vec<usize>,
    number_type: Ct2Number,
    offset: u64,
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
            Ct2Number::I8 => i8::from_le_bytes(array(&mut self.input)?).into(),
            Ct2Number::I16 => i16::from_le_bytes(array(&mut self.input)?).into(),
            Ct2Number::I32 => i32::from_le_bytes(array(&mut self.input)?),
            _ => return Err(invalid(format!("`{name}` is not a whole number"))),
        })
    }

    fn shape<const N: usize>(&self, name: &str) -> io::Result<[i32; N]> {
        let shape = &self.variable(name)?.shape;
        let shape: Option<Vec<i32>> = shape.iter().map(|&n| i32::try_from(n).ok()).collect();
        let shape = shape.and_then(|shape| shape.try_into().ok());
        shape.ok_or_else(|| invalid(format!("`{name}` has another shape than Whisper's")))
    }

    fn header(&mut self) -> io::Result<Header> {
        let [n_vocabulary, n_text_state] = self.shape("decoder/embeddings/weight")?;
        let [n_audio_context, n_audio_state] =
            self.shape("encoder/position_encodings/encodings")?;
        let [n_text_context, _] = self.shape("decoder/position_encodings/encodings")?;
        let [_, n_mels, _] = self.shape("encoder/conv1/weight")?;
        Ok(Header {
            n_vocabulary,
            n_audio_context,
            n_audio_state,
            n_audio_heads: self.whole_number("encoder/num_heads")?,
            n_audio_layers: self.n_layers("encoder") as i32,
            n_text_context,
            n_text_state,
            n_text_heads: self.whole_number("decoder/num_heads")?,
            n_text_layers: self.n_layers("decoder") as i32,
            n_mels,
            file_type: DataType::F16.id,
        })
    }
}

impl Ct2Model<File> {
    /// The model with its `tokens` of text, ready to be written.
    ///
    /// # Errors
    /// `InvalidData` if it is not a Whisper model in floats; errors of reading.
    pub(super) fn convertible(mut self, tokens: Vec<Vec<u8>>) -> io::Result<Convertible> {
        let header = self.header()?;
        if let Some(flaw) = header.flaw() {
            return Err(invalid(flaw));
        }
        let mut weights = Weights::default();
        let file_idx = weights.add_file(self.input.into_inner());
        let mut renaming = Renaming { variables: &self.variables, weights, file_idx };
        for tensor in header.tensors() {
            renaming.add(&tensor.name)?;
        }
        renaming.check_output()?;
        let weights = renaming.weights;
        Ok(Convertible { weights, header, tokens, alignment_heads: None })
    }
}

/// Gives variables the names of OpenAI's tensors.
struct Renaming<'a> {
    variables: &'a HashMap<String, Variable>,
    weights: Weights,
    file_idx: usize,
}

impl Renaming<'_> {
    /// Whisper's output layer is its embedding of tokens, without a bias.
    fn check_output(&mut self) -> io::Result<()> {
        const OUTPUT: &str = "decoder/projection/weight";
        const BIAS: &str = "decoder/projection/bias";
        let embedding = Source::of("decoder.token_embedding.weight").variable;
        let (output, tied) = (self.variables.get(OUTPUT), self.variables.get(&embedding));
        if output.is_some() && output != tied {
            let places = (self.place(OUTPUT, (0, 1))?, self.place(&embedding, (0, 1))?);
            if !self.weights.is_same(&places.0, &places.1)? {
                return Err(invalid("its output is not its embedding of tokens, as Whisper's is"));
            }
        }
        if self.variables.contains_key(BIAS) {
            let bias = self.place(BIAS, (0, 1))?;
            if !self.weights.is_zero(&bias)? {
                return Err(invalid("its output has a bias, Whisper's has none"));
            }
        }
        Ok(())
    }

    /// Adds the tensor that OpenAI calls `name`.
    fn add(&mut self, name: &str) -> io::Result<()> {
        let source = Source::of(name);
        let place = self.place(&source.variable, source.part)?;
        if name.ends_with(".key.weight") {
            // Whisper's keys have no bias; CTranslate2 writes zeros for it.
            let bias = source.variable.replace("/weight", "/bias");
            let bias = self.place(&bias, source.part)?;
            if !self.weights.is_zero(&bias)? {
                let layer = name.trim_end_matches(".weight");
                return Err(invalid(format!("`{layer}` has a bias, Whisper's has none")));
            }
        }
        self.weights.add(name.to_owned(), place)
    }

    fn place(&self, name: &str, (idx, n_parts): (usize, usize)) -> io::Result<Place> {
        let variable = self.variables.get(name);
        let variable = variable.ok_or_else(|| invalid(format!("it has no `{name}`")))?;
        let number_type = match variable.number_type {
            Ct2Number::F32 => NumberType::F32,
            Ct2Number::F16 => NumberType::F16,
            Ct2Number::Bf16 => NumberType::Bf16,
            _ => {
                return Err(invalid(format!(
                    "`{name}` is in whole numbers; it is read in floats of 16 or 32 bits"
                )));
            }
        };
        let (file_idx, offset) = (self.file_idx, variable.offset);
        let whole = Place { file_idx, offset, shape: variable.shape.clone(), number_type };
        let part = whole.part(idx, n_parts);
        part.ok_or_else(|| invalid(format!("`{name}` has not {n_parts} parts")))
    }
}

/// Which rows of which variable a tensor is.
struct Source {
    variable: String,
    /// Index, and how many there are.
    part: (usize, usize),
}

impl Source {
    /// Where the tensor is that OpenAI calls `name`.
    fn of(name: &str) -> Source {
        let whole = |variable: String| Source { variable, part: (0, 1) };
        let (side, rest) = name.split_once('.').unwrap_or((name, ""));
        let (layer, rest) = match rest.strip_prefix("blocks.").and_then(|rest| rest.split_once('.'))
        {
            Some((layer, rest)) => (format!("{side}/layer_{layer}"), rest),
            None => (side.to_owned(), rest),
        };
        let (part, kind) = rest.rsplit_once('.').unwrap_or((rest, ""));
        let norm = if kind == "weight" { "gamma" } else { "beta" };
        let (joined, own, idx) = match part {
            "positional_embedding" => {
                return whole(format!("{side}/position_encodings/encodings"));
            }
            "token_embedding" => return whole(format!("{side}/embeddings/weight")),
            "ln" | "ln_post" => return whole(format!("{side}/layer_norm/{norm}")),
            "mlp_ln" => return whole(format!("{layer}/ffn/layer_norm/{norm}")),
            "attn_ln" => return whole(format!("{layer}/self_attention/layer_norm/{norm}")),
            "cross_attn_ln" => return whole(format!("{layer}/attention/layer_norm/{norm}")),
            "mlp.0" => ("ffn/linear_0", 1, 0),
            "mlp.2" => ("ffn/linear_1", 1, 0),
            "attn.query" => ("self_attention/linear_0", 3, 0),
            "attn.key" => ("self_attention/linear_0", 3, 1),
            "attn.value" => ("self_attention/linear_0", 3, 2),
            "attn.out" => ("self_attention/linear_1", 1, 0),
            "cross_attn.query" => ("attention/linear_0", 1, 0),
            "cross_attn.key" => ("attention/linear_1", 2, 0),
            "cross_attn.value" => ("attention/linear_1", 2, 1),
            "cross_attn.out" => ("attention/linear_2", 1, 0),
            convolution => (convolution, 1, 0),
        };
        Source { variable: format!("{layer}/{joined}/{kind}"), part: (idx, own) }
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
        [0] => (Ct2Number::F32, 4),
        [1] => (Ct2Number::I8, 1),
        [2] => (Ct2Number::I16, 2),
        [3] => (Ct2Number::I32, 4),
        [4] => (Ct2Number::F16, 2),
        [5] => (Ct2Number::Bf16, 2),
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
    Ok(Variable { shape, number_type, offset })
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
    fn variables_and_numbers_are_found_by_name() {
        let mut model = Ct2Model::open(Cursor::new(sample())).unwrap();
        assert_eq!(model.variable("weight").unwrap().shape, [3, 1]);
        assert_eq!(model.variable("alias").unwrap(), model.variable("weight").unwrap());
        let data = model.variable("weight").unwrap().offset as usize;
        assert_eq!(sample()[data..][..6], [1, 2, 3, 4, 5, 6]);
        assert_eq!(model.whole_number("heads").unwrap(), 8);
        assert!(model.variable("bias").is_err());
    }

    #[test]
    fn a_beginning_is_known_from_its_first_bytes() {
        assert!(is_beginning(&sample()[..24]));
        assert!(!is_beginning(b"PK\x03\x04"));
    }

    proptest! {
        #[test]
        fn variables_of_a_damaged_model_lie_within_it(file in damaged(sample())) {
            let Ok(mut model) = Ct2Model::open(Cursor::new(&file)) else { return Ok(()) };
            prop_assert!(model.variables.len() <= file.len());
            let names: Vec<String> = model.variables.keys().cloned().collect();
            for name in names {
                let variable = &model.variables[&name];
                // Numbers take a byte at least.
                let n_numbers: usize = variable.shape.iter().product();
                prop_assert!(variable.offset as usize + n_numbers <= file.len(), "{name}");
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
                    let _ = model.whole_number("heads");
                }
            }
        }
    }
}
