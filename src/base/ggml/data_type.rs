//! How a tensor's numbers are stored.

use half::f16;

/// A data type of ggml: numbers in blocks, each block of a fixed length in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DataType {
    /// Its number in a file.
    pub id: i32,
    /// Bytes of a block.
    pub block_bytes: u64,
    /// Numbers of a block.
    pub block_length: u64,
}

impl DataType {
    /// Floats of 32 bits, one by one.
    pub const F32: DataType = DataType::new(0, 4, 1);

    /// Floats of 16 bits, one by one.
    pub const F16: DataType = DataType::new(1, 2, 1);

    /// Numbers of 8 bits, 32 of which share a scale of 16 bits.
    pub const Q8_0: DataType = DataType::new(8, 34, 32);

    /// Those that Whisper's weights come in.
    const ALL: [DataType; 13] = [
        DataType::F32,
        DataType::F16,
        DataType::new(2, 18, 32), // q4_0
        DataType::new(3, 20, 32), // q4_1
        DataType::new(6, 22, 32), // q5_0
        DataType::new(7, 24, 32), // q5_1
        DataType::Q8_0,
        DataType::new(10, 84, 256),  // q2_K
        DataType::new(11, 110, 256), // q3_K
        DataType::new(12, 144, 256), // q4_K
        DataType::new(13, 176, 256), // q5_K
        DataType::new(14, 210, 256), // q6_K
        DataType::new(30, 2, 1),     // bf16
    ];

    const fn new(id: i32, block_bytes: u64, block_length: u64) -> DataType {
        DataType { id, block_bytes, block_length }
    }

    /// The data type with the number `id` in a file.
    pub fn find(id: i32) -> Option<DataType> {
        DataType::ALL.into_iter().find(|data_type| data_type.id == id)
    }
}

/// The floats of 32 bits in `bytes`, little-endian.
pub fn f32s(bytes: &[u8]) -> impl Iterator<Item = f32> {
    bytes.as_chunks().0.iter().map(|four| f32::from_le_bytes(*four))
}

/// The floats of 16 bits in `bytes`, little-endian, in 32 bits. Exact.
pub fn widened(bytes: &[u8]) -> impl Iterator<Item = f32> {
    bytes.as_chunks().0.iter().map(|two| f16::from_le_bytes(*two).to_f32())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn widening_is_exact() {
        let widened = |half: u16| widened(&half.to_le_bytes()).next().expect("one number");
        let cases = [(0x3c00, 1.0), (0xc000, -2.0), (0x7bff, 65504.0), (0x0001, 2.0_f32.powi(-24))];
        for (half, number) in cases {
            assert_eq!(widened(half), number);
        }
        assert!(widened(0x7e00).is_nan());
        assert!(widened(0x8000).is_sign_negative());
    }

    #[test]
    fn data_types_are_found_by_their_numbers() {
        assert_eq!(DataType::find(8), Some(DataType::Q8_0));
        assert_eq!(DataType::find(4), None, "q4_2 is no longer");
    }
}
