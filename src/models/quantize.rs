//! Smaller Whisper models out of those in 16 bits.
//!
//! The form is `q8_0` of ggml: blocks of 32 numbers of eight bits that share a scale.
//! Rounding is that of the published files, so that the result can be compared with their
//! digests, and is kept only if it has one of these. The published files of five bits were
//! rounded in a way that is not known here: they are only fetched.

use super::{Model, ModelError, ModelFolder, find, ggml::MAGIC};
use crate::base::{digest::Digesting, store::Draft};
use half::f16;
use std::{
    fs::File,
    io::{self, BufReader, BufWriter, Read, Write},
    path::PathBuf,
};

/// Numbers of a block.
const BLOCK: usize = 32;

/// Matrices that the published files leave as they are.
const LEFT: [&[u8]; 4] = [
    b"encoder.conv1.bias",
    b"encoder.conv2.bias",
    b"encoder.positional_embedding",
    b"decoder.positional_embedding",
];

/// Version of the blocks, as the head of a file has it: in thousands beside the type.
const BLOCKS_VERSION: i32 = 2;

/// Number of the form in the head of a file, and at a tensor.
const FORM: (i32, i32) = (7, 8);

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
    Quantizer { input, output: &mut output }.all().map_err(of_file)?;
    let (draft, found, _) =
        output.into_inner().map_err(|error| of_file(error.into_error()))?.finish();
    if found != model.sha256 {
        return Err(ModelError::Unknown { what: source.display().to_string(), found });
    }
    draft.commit().map_err(of_file)?;
    folder.note_checked(model);
    Ok(path)
}

struct Quantizer<'a, R, W> {
    input: R,
    output: &'a mut W,
}

impl<R: Read, W: Write> Quantizer<'_, R, W> {
    fn all(&mut self) -> io::Result<()> {
        let mut head = self.numbers(12)?;
        if head[0] != MAGIC {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "it is no ggml file"));
        }
        head[11] = BLOCKS_VERSION * 1_000 + FORM.0;
        self.write(&head)?;
        let filters = self.numbers(2)?;
        self.write(&filters)?;
        self.copy(4 * count(filters[0]) * count(filters[1]))?;
        let n_tokens = self.numbers(1)?;
        self.write(&n_tokens)?;
        for _ in 0..count(n_tokens[0]) {
            let length = self.numbers(1)?;
            self.write(&length)?;
            self.copy(count(length[0]))?;
        }
        while self.tensor()? {}
        Ok(())
    }

    /// Takes a tensor over; whether there was one.
    fn tensor(&mut self) -> io::Result<bool> {
        let mut first = [0; 4];
        match self.input.read(&mut first[..1])? {
            0 => return Ok(false),
            _ => self.input.read_exact(&mut first[1..])?,
        }
        let (n_dims, rest) = (i32::from_le_bytes(first), self.numbers(2)?);
        let dims = self.numbers(count(n_dims))?;
        let mut name = vec![0; count(rest[0])];
        self.input.read_exact(&mut name)?;
        let n_values: usize = dims.iter().map(|n| count(*n)).product();
        let is_half = rest[1] != 0;
        let is_left =
            n_dims != 2 || LEFT.contains(&name.as_slice()) || !n_values.is_multiple_of(BLOCK);
        let form = if is_left { rest[1] } else { FORM.1 };
        self.write(&[n_dims, rest[0], form])?;
        self.write(&dims)?;
        self.output.write_all(&name)?;
        if is_left {
            self.copy(n_values * if is_half { 2 } else { 4 })?;
        } else {
            self.blocks(n_values / BLOCK, is_half)?;
        }
        Ok(true)
    }

    fn blocks(&mut self, n_blocks: usize, is_half: bool) -> io::Result<()> {
        let mut bytes = vec![0; BLOCK * if is_half { 2 } else { 4 }];
        let (mut values, mut out) = (Vec::with_capacity(BLOCK), Vec::new());
        for _ in 0..n_blocks {
            self.input.read_exact(&mut bytes)?;
            values.clear();
            if is_half {
                let halves =
                    bytes.chunks_exact(2).map(|pair| f16::from_le_bytes([pair[0], pair[1]]));
                values.extend(halves.map(f16::to_f32));
            } else {
                let quads = bytes.chunks_exact(4);
                values.extend(quads.map(|q| f32::from_le_bytes([q[0], q[1], q[2], q[3]])));
            }
            out.clear();
            write_block(&values, &mut out);
            self.output.write_all(&out)?;
        }
        Ok(())
    }

    fn numbers(&mut self, n: usize) -> io::Result<Vec<i32>> {
        let mut bytes = vec![0; 4 * n];
        self.input.read_exact(&mut bytes)?;
        Ok(bytes.chunks_exact(4).map(|q| i32::from_le_bytes([q[0], q[1], q[2], q[3]])).collect())
    }

    fn write(&mut self, numbers: &[i32]) -> io::Result<()> {
        numbers.iter().try_for_each(|number| self.output.write_all(&number.to_le_bytes()))
    }

    fn copy(&mut self, n_bytes: usize) -> io::Result<()> {
        let copied = io::copy(&mut (&mut self.input).take(n_bytes as u64), self.output)?;
        if copied == n_bytes as u64 { Ok(()) } else { Err(io::ErrorKind::UnexpectedEof.into()) }
    }
}

/// A count in a file; the digest was right, so it is one.
fn count(number: i32) -> usize {
    usize::try_from(number).unwrap_or_default()
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
