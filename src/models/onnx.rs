//! Filling the weights into an ONNX graph that has none.
//!
//! ONNX files are protocol buffers, and of those a few rules are enough: a message
//! is a list of fields; a field is a number, a kind and a value; a value may be a
//! message. Whatever is not a weight is handed on as the bytes that it was, so
//! nothing has to be known about it and nothing can be lost.

/// Fields of `ModelProto`, `GraphProto` and `TensorProto` (onnx.proto, IR version 7).
const MODEL_GRAPH: u64 = 7;
const GRAPH_INITIALIZER: u64 = 5;
const TENSOR_DIMS: u64 = 1;
const TENSOR_TYPE: u64 = 2;
const TENSOR_NAME: u64 = 8;
const TENSOR_DATA: u64 = 9;
const TENSOR_DOC: u64 = 12;

/// `TensorProto.DataType.FLOAT`.
const FLOAT: u64 = 1;

/// A weight of a structure: an initializer with a recipe and without data.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Weight {
    /// Lengths of its dimensions, outermost first.
    pub(super) shape: Vec<u64>,
    /// How its numbers are made.
    pub(super) recipe: String,
}

/// The model `structure` with all weights filled in, each by `numbers`.
pub(super) fn fill(
    structure: &[u8],
    mut numbers: impl FnMut(&Weight) -> Result<Vec<f32>, String>,
) -> Result<Vec<u8>, String> {
    rewrite(structure, MODEL_GRAPH, &mut |graph| {
        rewrite(graph, GRAPH_INITIALIZER, &mut |tensor| match weight(tensor)? {
            None => Ok(tensor.to_vec()),
            Some(weight) => {
                let numbers = numbers(&weight)?;
                with_data(tensor, &numbers)
            }
        })
    })
}

/// One field of a message.
struct Field<'a> {
    number: u64,
    /// As it stands in the message, with its key.
    whole: &'a [u8],
    value: Value<'a>,
}

enum Value<'a> {
    Varint(u64),
    Bytes(&'a [u8]),
    /// 4 or 8 bytes, that nothing here looks into.
    Fixed,
}

/// The fields of a message, in their order.
struct Fields<'a>(&'a [u8]);

impl<'a> Iterator for Fields<'a> {
    type Item = Result<Field<'a>, String>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.0.is_empty() {
            return None;
        }
        let field = self.field().ok_or_else(|| "the graph ends too early".to_owned());
        if field.is_err() {
            self.0 = &[];
        }
        Some(field)
    }
}

impl<'a> Fields<'a> {
    fn field(&mut self) -> Option<Field<'a>> {
        let start = self.0;
        let key = self.varint()?;
        let value = match key & 7 {
            0 => Value::Varint(self.varint()?),
            1 => self.take(8).map(|_| Value::Fixed)?,
            2 => {
                let length = self.varint()?;
                Value::Bytes(self.take(usize::try_from(length).ok()?)?)
            }
            5 => self.take(4).map(|_| Value::Fixed)?,
            _ => return None,
        };
        let whole = &start[..start.len() - self.0.len()];
        Some(Field { number: key >> 3, whole, value })
    }

    fn take(&mut self, length: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        Some(taken)
    }

    /// Seven bits a byte, the lowest first; all but the last have their top bit set.
    fn varint(&mut self) -> Option<u64> {
        let mut number = 0;
        for shift in (0..64).step_by(7) {
            let (&byte, rest) = self.0.split_first()?;
            self.0 = rest;
            number |= u64::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                return Some(number);
            }
        }
        None
    }
}

fn put_varint(output: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        output.push((number & 0x7f) as u8 | 0x80);
        number >>= 7;
    }
    output.push(number as u8);
}

fn put_bytes(output: &mut Vec<u8>, number: u64, bytes: &[u8]) {
    put_varint(output, number << 3 | 2);
    put_varint(output, bytes.len() as u64);
    output.extend(bytes);
}

/// What becomes of a message.
type Change<'a> = &'a mut dyn FnMut(&[u8]) -> Result<Vec<u8>, String>;

/// The message with the messages in its field `number` replaced by what `change`
/// makes of them.
fn rewrite(message: &[u8], number: u64, change: Change<'_>) -> Result<Vec<u8>, String> {
    let mut output = Vec::with_capacity(message.len());
    for field in Fields(message) {
        let field = field?;
        match field.value {
            Value::Bytes(inner) if field.number == number => {
                put_bytes(&mut output, number, &change(inner)?);
            }
            _ => output.extend(field.whole),
        }
    }
    Ok(output)
}

/// What a tensor says of its weight; `None` if it has its data already.
fn weight(tensor: &[u8]) -> Result<Option<Weight>, String> {
    let (mut shape, mut recipe, mut is_float, mut has_data) = (Vec::new(), None, false, false);
    for field in Fields(tensor) {
        let field = field?;
        match (field.number, field.value) {
            (TENSOR_DIMS, Value::Varint(length)) => shape.push(length),
            // Several numbers in one field: "packed".
            (TENSOR_DIMS, Value::Bytes(lengths)) => {
                let mut lengths = Fields(lengths);
                while !lengths.0.is_empty() {
                    shape.push(lengths.varint().ok_or("a shape ends too early")?);
                }
            }
            (TENSOR_TYPE, Value::Varint(kind)) => is_float = kind == FLOAT,
            (TENSOR_DOC, Value::Bytes(text)) => {
                recipe = Some(String::from_utf8_lossy(text).into_owned());
            }
            (TENSOR_DIMS..=TENSOR_TYPE | TENSOR_NAME, _) => {}
            _ => has_data = true,
        }
    }
    let weight = recipe.filter(|_| !has_data).map(|recipe| Weight { shape, recipe });
    match weight {
        Some(weight) if !is_float => Err(format!("`{}` is not for floats", weight.recipe)),
        weight => Ok(weight),
    }
}

/// The tensor with `numbers` as its data, once, before the recipe, that stays.
fn with_data(tensor: &[u8], numbers: &[f32]) -> Result<Vec<u8>, String> {
    let data: Vec<u8> = numbers.iter().flat_map(|number| number.to_le_bytes()).collect();
    let mut output = Vec::with_capacity(tensor.len() + data.len() + 16);
    let mut data = Some(data);
    for field in Fields(tensor) {
        let field = field?;
        if field.number == TENSOR_DOC
            && let Some(data) = data.take()
        {
            put_bytes(&mut output, TENSOR_DATA, &data);
        }
        output.extend(field.whole);
    }
    Ok(output)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::damaged_bytes::damaged;
    use proptest::prelude::*;

    /// A model with one weight of two numbers, one constant, and an unknown field.
    fn sample() -> Vec<u8> {
        let constant = b"\x08\x01\x10\x01\x42\x01k\x4a\x04\0\0\0\0".as_slice();
        let weight = b"\x08\x02\x10\x01\x42\x01w\x62\x06copy a".as_slice();
        let mut graph = b"\x12\x01g".to_vec();
        put_bytes(&mut graph, GRAPH_INITIALIZER, constant);
        put_bytes(&mut graph, GRAPH_INITIALIZER, weight);
        let mut model = b"\x08\x07".to_vec();
        put_bytes(&mut model, MODEL_GRAPH, &graph);
        model.extend(b"\xfd\x07abcd");
        model
    }

    #[test]
    fn a_weight_gets_its_numbers_and_keeps_its_recipe() {
        let filled = fill(&sample(), |weight| {
            let recipe = "copy a".to_owned();
            assert_eq!(*weight, Weight { shape: vec![2], recipe });
            Ok(vec![1.0, -2.0])
        });
        let data = b"\x42\x01w\x4a\x08\0\0\x80\x3f\0\0\0\xc0\x62\x06copy a";
        assert!(filled.unwrap().windows(data.len()).any(|window| window == data));
    }

    #[test]
    fn a_structure_read_and_written_is_the_same_bytes() {
        for structure in [
            include_bytes!("../../models/segmentation-3.0.structure.onnx").as_slice(),
            include_bytes!("../../models/campplus.structure.onnx"),
            &sample(),
        ] {
            let same = rewrite(structure, MODEL_GRAPH, &mut |graph| {
                rewrite(graph, GRAPH_INITIALIZER, &mut |tensor| Ok(tensor.to_vec()))
            });
            assert_eq!(same.as_deref(), Ok(structure));
        }
    }

    #[test]
    fn a_weight_with_two_recipes_gets_its_numbers_once() {
        let weight = b"\x08\x02\x10\x01\x42\x01w\x62\x01a\x62\x01b";
        let filled = with_data(weight, &[1.0; 8]).unwrap();
        assert_eq!(filled.len(), weight.len() + 2 + 32);
    }

    proptest! {
        #[test]
        fn a_damaged_graph_grows_by_its_numbers_only(graph in damaged(sample())) {
            let mut n_weights = 0;
            let filled = fill(&graph, |_| {
                n_weights += 1;
                Ok(vec![0.5; 3])
            });
            // The key and the length of the data; longer lengths of what holds it.
            let most = graph.len() + n_weights * (3 * 4 + 3 + 2 * 10);
            prop_assert!(filled.map_or(0, |filled| filled.len()) <= most);
        }
    }

    #[test]
    fn a_graph_cut_or_changed_anywhere_is_no_panic() {
        let whole = sample();
        for position in 0..whole.len() {
            let _ = fill(&whole[..position], |_| Ok(Vec::new()));
            for value in 0..=255 {
                let mut changed = whole.clone();
                changed[position] = value;
                let _ = fill(&changed, |_| Ok(Vec::new()));
            }
        }
    }
}
