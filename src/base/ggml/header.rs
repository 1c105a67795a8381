//! The header of a ggml file of Whisper: which model it is.

use super::{GgmlError, Reader};
use std::io::{self, Read};

/// Whisper's hyperparameters, in the order of the file and as they stand there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Header {
    /// Tokens, the special ones included.
    pub n_vocabulary: i32,
    /// Frames of the encoder's output.
    pub n_audio_context: i32,
    /// Width of the encoder.
    pub n_audio_state: i32,
    /// Attention heads of an encoder's layer.
    pub n_audio_heads: i32,
    /// Layers of the encoder.
    pub n_audio_layers: i32,
    /// Tokens that the decoder looks at.
    pub n_text_context: i32,
    /// Width of the decoder.
    pub n_text_state: i32,
    /// Attention heads of a decoder's layer.
    pub n_text_heads: i32,
    /// Layers of the decoder.
    pub n_text_layers: i32,
    /// Mel bands of the encoder's input.
    pub n_mels: i32,
    /// How most weights are stored: 1 for 16 bits; thousands are the version of the blocks.
    pub file_type: i32,
}

impl Header {
    /// What an engine must know of it; `None` if a number is negative.
    pub fn shape(&self) -> Option<Shape> {
        let length = |number: i32| usize::try_from(number).ok();
        Some(Shape {
            n_vocabulary: length(self.n_vocabulary)?,
            n_audio_heads: length(self.n_audio_heads)?,
            n_audio_layers: length(self.n_audio_layers)?,
            n_text_heads: length(self.n_text_heads)?,
            n_text_layers: length(self.n_text_layers)?,
            n_mels: length(self.n_mels)?,
        })
    }

    pub(super) fn from_numbers(numbers: [i32; 11]) -> Header {
        Header {
            n_vocabulary: numbers[0],
            n_audio_context: numbers[1],
            n_audio_state: numbers[2],
            n_audio_heads: numbers[3],
            n_audio_layers: numbers[4],
            n_text_context: numbers[5],
            n_text_state: numbers[6],
            n_text_heads: numbers[7],
            n_text_layers: numbers[8],
            n_mels: numbers[9],
            file_type: numbers[10],
        }
    }

    pub(super) fn to_numbers(self) -> [i32; 11] {
        [
            self.n_vocabulary,
            self.n_audio_context,
            self.n_audio_state,
            self.n_audio_heads,
            self.n_audio_layers,
            self.n_text_context,
            self.n_text_state,
            self.n_text_heads,
            self.n_text_layers,
            self.n_mels,
            self.file_type,
        ]
    }
}

/// What an engine must know of a model before it loads it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shape {
    /// Tokens, the special ones included.
    pub n_vocabulary: usize,
    /// Attention heads of an encoder's layer.
    pub n_audio_heads: usize,
    /// Layers of the encoder.
    pub n_audio_layers: usize,
    /// Attention heads of a decoder's layer.
    pub n_text_heads: usize,
    /// Layers of the decoder.
    pub n_text_layers: usize,
    /// Mel bands of the encoder's input.
    pub n_mels: usize,
}

impl Shape {
    /// Whether its decoder has the attention head `[layer, head]`.
    pub(crate) fn has_text_head(&self, [layer, head]: [usize; 2]) -> bool {
        layer < self.n_text_layers && head < self.n_text_heads
    }

    /// Reads the header with which `input` begins.
    ///
    /// # Errors
    /// `InvalidData` if it does not begin as a ggml file; errors of reading.
    pub fn read(input: &mut impl Read) -> io::Result<Shape> {
        let header = Reader::new(input).header()?;
        Ok(header.shape().ok_or(GgmlError::NoGgml)?)
    }
}

#[cfg(test)]
mod tests {
    use super::{super::MAGIC, *};

    fn head(numbers: [i32; 12]) -> io::Result<Shape> {
        Shape::read(&mut numbers.map(i32::to_le_bytes).as_flattened())
    }

    #[test]
    fn the_numbers_of_base_are_where_they_are_published() {
        let base = head([MAGIC, 51_865, 1_500, 512, 8, 6, 448, 512, 8, 6, 80, 1]).unwrap();
        let heads_and_layers =
            [base.n_audio_heads, base.n_audio_layers, base.n_text_heads, base.n_text_layers];
        assert_eq!(heads_and_layers, [8, 6, 8, 6]);
        assert_eq!([base.n_vocabulary, base.n_mels], [51_865, 80]);
    }

    #[test]
    fn another_file_is_an_error() {
        assert!(head([7, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1]).is_err());
        assert!(head([MAGIC, -1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1]).is_err());
        assert!(Shape::read(&mut b"lmgg".as_slice()).is_err());
    }
}
