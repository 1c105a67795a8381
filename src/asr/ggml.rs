//! The header of a ggml file of Whisper: which model it is. Both engines read these files.

use std::io::{self, Read};

/// How a ggml file begins: "ggml" read backwards, as a little-endian number.
const MAGIC: i32 = 0x6767_6d6c;

/// Whisper's hyperparameters.
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
    /// The first 48 bytes of a file: the magic number, and eleven others.
    ///
    /// # Errors
    /// `InvalidData` if it does not begin as a ggml file; errors of reading.
    pub fn read(input: &mut impl Read) -> io::Result<Shape> {
        let mut head = [0; 48];
        input.read_exact(&mut head)?;
        let numbers = head.as_chunks().0.iter().map(|four| i32::from_le_bytes(*four));
        let numbers: Vec<i32> = numbers.collect();
        let whole = |index: usize| usize::try_from(numbers[index]).ok();
        let shape = || {
            Some(Shape {
                n_vocabulary: whole(1)?,
                n_audio_heads: whole(4)?,
                n_audio_layers: whole(5)?,
                n_text_heads: whole(8)?,
                n_text_layers: whole(9)?,
                n_mels: whole(10)?,
            })
        };
        let shape = (numbers[0] == MAGIC).then(shape).flatten();
        let reason = "it is no Whisper model in ggml format";
        shape.ok_or_else(|| io::Error::new(io::ErrorKind::InvalidData, reason))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
