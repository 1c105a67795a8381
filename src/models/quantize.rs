//! Smaller Whisper models out of those in 16 bits.
//!
//! The form is `q8_0` of ggml: blocks of 32 numbers of eight bits that share a scale.
//! Rounding is that of the published files, so that the result can be compared with their
//! digests, and is kept only if it has one of these. The published files of five bits were
//! rounded in a way that is not known here: they are only fetched.

use super::{Model, ModelError, ModelFolder, find};
use crate::base::{
    digest::Digesting,
    ggml::{DataType, GgmlError, Reader, TensorHeader, Writer, f32s, widened},
    store::Draft,
};
use half::f16;
use std::{
    fs::File,
    io::{self, BufRead, BufReader, BufWriter, Read, Write},
    path::PathBuf,
};

/// Numbers of a block.
const BLOCK: usize = DataType::Q8_0.block_length as usize;

/// Matrices that the published files leave as they are.
const LEFT: [&[u8]; 4] = [
    b"encoder.conv1.bias",
    b"encoder.conv2.bias",
    b"encoder.positional_embedding",
    b"decoder.positional_embedding",
];

/// Version of the blocks, as the head of a file has it: in thousands beside the type.
const BLOCKS_VERSION: i32 = 2;

/// Number of the form in the head of a file.
const FILE_TYPE: i32 = 7;

/// End of the names of such models.
const ENDING: &str = "-q8_0";

/// Writes a block: its scale, and each number in steps of it.
fn write_block(block: &[f32], out: &mut Vec<u8>) {
    let scale = block.iter().fold(0.0_f32, |most, x| most.max(x.abs())) / 127.0;
    let inverse = if scale == 0.0 { 0.0 } else { 1.0 / scale };
    out.extend(f16::from_f32(scale).to_le_bytes());
    out.extend(block.iter().map(|x| (x * inverse).round() as i8 as u8));
}

/// Makes the quantised `model` in `folder` out of the one in 16 bits that is there.
///
/// # Errors
/// [`ModelError::NotMade`] if `model` is not of that form, those of
/// [`ModelFolder::ready`] for the one in 16 bits, [`ModelError::Unknown`] if the result is
/// not the published file, and errors of writing. Nothing is then kept.
pub fn quantize(model: &'static Model, folder: &ModelFolder) -> Result<PathBuf, ModelError> {
    let Some(whole) = model.name.strip_suffix(ENDING) else {
        let (name, smaller) = (model.name.clone(), format!("{}{ENDING}", model.name));
        let smaller = find(&smaller).is_ok().then_some(smaller);
        return Err(ModelError::NotMade { name, smaller });
    };
    let source = folder.ready(find(whole)?, &mut |_, _| ())?;
    let path = folder.path(model);
    let of_file = |error| ModelError::of_file(&path, model.bytes, error);
    let of_source = |error| ModelError::of_file(&source, 0, error);
    let input = BufReader::new(File::open(&source).map_err(of_source)?);
    let mut output =
        BufWriter::with_capacity(1 << 20, Digesting::new(Draft::create(&path).map_err(of_file)?));
    let mut quantizer = Quantizer { reader: Reader::new(input), writer: Writer::new(&mut output) };
    quantizer.all().map_err(|error| of_file(error.into()))?;
    let (draft, found, _) =
        output.into_inner().map_err(|error| of_file(error.into_error()))?.finish();
    if found != model.sha256 {
        return Err(ModelError::Unknown { what: source.display().to_string(), found });
    }
    draft.commit().map_err(of_file)?;
    folder.note_checked(model);
    Ok(path)
}

struct Quantizer<R, W> {
    reader: Reader<R>,
    writer: Writer<W>,
}

impl<R: BufRead, W: Write> Quantizer<R, W> {
    fn all(&mut self) -> Result<(), GgmlError> {
        let mut header = self.reader.header()?;
        header.file_type = BLOCKS_VERSION * 1_000 + FILE_TYPE;
        self.writer.header(&header)?;
        self.writer.filters(&self.reader.filters()?)?;
        self.writer.tokens(&self.reader.tokens()?)?;
        while let Some(header) = self.reader.tensor_header()? {
            self.tensor(header)?;
        }
        Ok(())
    }

    /// Takes over the tensor that `header` announces.
    fn tensor(&mut self, mut header: TensorHeader) -> io::Result<()> {
        let n_values = header.n_values();
        let is_half = header.data_type != DataType::F32.id;
        let is_left = header.shape.len() != 2
            || LEFT.contains(&header.name.as_slice())
            || !n_values.is_multiple_of(BLOCK);
        if is_left {
            self.writer.tensor_header(&header)?;
            return self.copy(n_values as u64 * if is_half { 2 } else { 4 });
        }
        header.data_type = DataType::Q8_0.id;
        self.writer.tensor_header(&header)?;
        self.blocks(n_values / BLOCK, is_half)
    }

    fn blocks(&mut self, n_blocks: usize, is_half: bool) -> io::Result<()> {
        let mut bytes = vec![0; BLOCK * if is_half { 2 } else { 4 }];
        let (mut values, mut out) = (Vec::with_capacity(BLOCK), Vec::new());
        for _ in 0..n_blocks {
            self.reader.read_exact(&mut bytes)?;
            values.clear();
            if is_half {
                values.extend(widened(&bytes));
            } else {
                values.extend(f32s(&bytes));
            }
            out.clear();
            write_block(&values, &mut out);
            self.writer.write_all(&out)?;
        }
        Ok(())
    }

    fn copy(&mut self, n_bytes: u64) -> io::Result<()> {
        let copied = io::copy(&mut (&mut self.reader).take(n_bytes), &mut self.writer)?;
        if copied == n_bytes { Ok(()) } else { Err(io::ErrorKind::UnexpectedEof.into()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Each number comes back within half a step of its block's scale.
    #[test]
    fn blocks_keep_their_numbers_to_half_a_step() {
        let block: Vec<f32> = (0..32).map(|n| (n as f32 * 0.37).sin() * 3.0 - 0.5).collect();
        let mut out = Vec::new();
        write_block(&block, &mut out);
        let scale = f16::from_le_bytes([out[0], out[1]]).to_f32();
        assert_eq!(out.len(), 34);
        for (x, byte) in block.iter().zip(&out[2..]) {
            assert!((f32::from(*byte as i8) * scale - x).abs() <= scale * 0.51, "{x}");
        }
    }
}
