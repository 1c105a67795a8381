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

    /// Numbers of 5 bits, 32 of which share a scale of 16 bits.
    pub(crate) const Q5_0: DataType = DataType::new(6, 22, 32);

    /// Numbers of 5 bits, 32 of which share a scale and a least value of 16 bits each.
    pub(crate) const Q5_1: DataType = DataType::new(7, 24, 32);

    /// Numbers of 8 bits, 32 of which share a scale of 16 bits.
    pub(crate) const Q8_0: DataType = DataType::new(8, 34, 32);

    /// Those that Whisper's weights come in.
    const ALL: [DataType; 13] = [
        DataType::F32,
        DataType::F16,
        DataType::new(2, 18, 32), // q4_0
        DataType::new(3, 20, 32), // q4_1
        DataType::Q5_0,
        DataType::Q5_1,
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

    /// How many bytes `n_values` numbers take; `None` where they fill no whole blocks, or where no
    /// file is so long.
    pub fn n_bytes(self, n_values: u64) -> Option<u64> {
        let is_whole = n_values.is_multiple_of(self.block_length);
        is_whole.then(|| (n_values / self.block_length).checked_mul(self.block_bytes))?
    }

    /// The numbers in `bytes`, whole blocks of this type, in 32 bits; `None` for a type that is
    /// only known by its length. An incomplete block at the end is left out.
    ///
    /// Blocks are those of ggml's `block_q5_0`, `block_q5_1` and `block_q8_0`.
    pub fn floats(self, bytes: &[u8]) -> Option<Vec<f32>> {
        Some(match self {
            DataType::F32 => f32s(bytes).collect(),
            DataType::F16 => widened(bytes).collect(),
            DataType::Q5_0 => blocks(bytes, |&[s0, s1, ref five_bits @ ..]: &[u8; 22]| {
                let scale = half([s0, s1]);
                five_bit_numbers(five_bits).map(|number| (f32::from(number) - 16.0) * scale)
            }),
            DataType::Q5_1 => blocks(bytes, |&[s0, s1, l0, l1, ref five_bits @ ..]: &[u8; 24]| {
                let (scale, least) = (half([s0, s1]), half([l0, l1]));
                five_bit_numbers(five_bits).map(|number| f32::from(number) * scale + least)
            }),
            DataType::Q8_0 => blocks(bytes, |&[s0, s1, ref eight_bits @ ..]: &[u8; 34]| {
                let scale = half([s0, s1]);
                eight_bits.map(|number| f32::from(number as i8) * scale)
            }),
            _ => return None,
        })
    }
}

/// The numbers of all blocks in `bytes`, of which `numbers` gives those of one.
fn blocks<const N: usize>(bytes: &[u8], numbers: impl Fn(&[u8; N]) -> [f32; 32]) -> Vec<f32> {
    bytes.as_chunks().0.iter().flat_map(numbers).collect()
}

/// The numbers of a block of five bits: four bytes with the highest bit of each, then sixteen with
/// the other four, which hold the first sixteen numbers in their lower halves and the others above.
fn five_bit_numbers(block: &[u8; 20]) -> [u8; 32] {
    let [h0, h1, h2, h3, low @ ..] = *block;
    let high = u32::from_le_bytes([h0, h1, h2, h3]);
    std::array::from_fn(|n| {
        let low = if n < 16 { low[n] & 0x0f } else { low[n - 16] >> 4 };
        low | ((high >> n & 1) as u8) << 4
    })
}

fn half(bytes: [u8; 2]) -> f32 {
    f16::from_le_bytes(bytes).to_f32()
}

/// The floats of 32 bits in `bytes`, little-endian.
pub fn f32s(bytes: &[u8]) -> impl Iterator<Item = f32> {
    bytes.as_chunks().0.iter().map(|four| f32::from_le_bytes(*four))
}

/// The floats of 16 bits in `bytes`, little-endian, in 32 bits. Exact.
///
/// By the exponent: without a branch, so that loops over it are vectorised.
pub fn widened(bytes: &[u8]) -> impl Iterator<Item = f32> {
    /// 2 to the 112th: by so much the exponents of both formats differ.
    const REBIAS: f32 = f32::from_bits((112 + 127) << 23);
    let number = |two: &[u8; 2]| {
        let half = u32::from(u16::from_le_bytes(*two));
        let finite = f32::from_bits((half & 0x7fff) << 13) * REBIAS;
        let is_finite = half & 0x7c00 != 0x7c00;
        let bits = if is_finite { finite.to_bits() } else { 0x7f80_0000 | (half & 0x3ff) << 13 };
        f32::from_bits(bits | (half & 0x8000) << 16)
    };
    bytes.as_chunks().0.iter().map(number)
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

    /// Scale 0.5 (0x3800) and least value −2.0 (0xc000). The numbers are 0, 1, 2, … 31: of the
    /// sixteen bytes each holds n and, of 16 + n, the lower four bits, which are n again.
    #[test]
    fn a_block_of_five_bits_has_its_highest_bits_apart() {
        let halves: Vec<u8> = (0..16).map(|n| n << 4 | n).collect();
        let high = [0x00, 0x00, 0xff, 0xff];
        let q5_0 = [&[0x00, 0x38], &high[..], &halves].concat();
        let expected: Vec<f32> = (0..32_u8).map(|n| (f32::from(n) - 16.0) * 0.5).collect();
        assert_eq!(DataType::Q5_0.floats(&q5_0).unwrap(), expected);
        let q5_1 = [&[0x00, 0x38, 0x00, 0xc0], &high[..], &halves].concat();
        let expected: Vec<f32> = (0..32_u8).map(|n| f32::from(n) * 0.5 - 2.0).collect();
        assert_eq!(DataType::Q5_1.floats(&q5_1).unwrap(), expected);
    }

    #[test]
    fn a_block_of_eight_bits_has_signed_numbers() {
        let numbers: [i8; 32] = std::array::from_fn(|n| (n as i16 * 8 - 127) as i8);
        let two = [0x00, 0x40];
        let block = [&two[..], &numbers.map(|number| number as u8)].concat();
        let floats = DataType::Q8_0.floats(&[&block[..], &block, &[7]].concat()).unwrap();
        assert_eq!(floats[..3], [-254.0, -238.0, -222.0]);
        assert_eq!((floats.len(), floats[63]), (64, 242.0));
    }

    #[test]
    fn blocks_that_are_not_whole_have_no_length() {
        assert_eq!(DataType::Q5_1.n_bytes(64), Some(48));
        assert_eq!(DataType::Q5_1.n_bytes(63), None);
        assert_eq!(DataType::F32.n_bytes(u64::MAX), None);
        assert_eq!(DataType::find(12).unwrap().floats(&[0; 144]), None, "q4_K is only measured");
    }

    #[test]
    fn data_types_are_found_by_their_numbers() {
        assert_eq!(DataType::find(8), Some(DataType::Q8_0));
        assert_eq!(DataType::find(4), None, "q4_2 is no longer");
    }
}
