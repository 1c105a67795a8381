//! Whisper's audio encoder: from a mel spectrogram to the rows that the decoder attends to.

use super::{
    kv_cache::{ATTENTION_SCALE, HEAD_WIDTH, HeadKv},
    linear::Linear,
    matrix::{Kernels, LayerNorm, ROWS_PER_BLOCK, put_columns, take_columns},
    simd::{add_assign, gelu, scale_rows, softmax_unnormalised},
};
use rten_gemm::PackedBMatrix;

/// Encoder frames (20 ms) of the padding after a window that are kept one by one: 1 s.
const SILENCE_KEPT: usize = 50;

/// After them, one frame in so many is kept and counts as all of them: they are nearly alike.
/// Without any padding 673 to 675 words of 3 889 are wrong, with all of it 632, with every fourth
/// frame of it 640.
const SILENCE_STRIDE: usize = 4;

/// What the encoder makes of a window.
pub(super) struct EncoderOutput {
    /// Shape `(n_rows, width)`.
    pub(super) rows: Vec<f32>,
    /// For each row, the logarithm of the number of encoder frames that it stands for.
    pub(super) log_counts: Vec<f32>,
}

/// A convolution over three frames.
pub(super) struct Convolution {
    /// Three input frames, concatenated, to one output frame.
    pub(super) weight: PackedBMatrix<f32>,
    pub(super) bias: Vec<f32>,
}

/// The weights of self-attention.
pub(super) struct SelfAttention {
    pub(super) norm: LayerNorm,
    /// Queries, keys and values side by side.
    pub(super) qkv: Linear,
    pub(super) out: Linear,
}

/// The feed-forward layers of a block.
pub(super) struct Mlp {
    pub(super) norm: LayerNorm,
    /// To four times the width.
    pub(super) up: Linear,
    pub(super) down: Linear,
}

impl Mlp {
    /// Adds the output to `rows`: the residual connection.
    pub(super) fn add_to(&self, kernels: &Kernels, rows: &mut [f32]) {
        let mut normalised = vec![0.0; rows.len()];
        let mut hidden = vec![0.0; 4 * rows.len()];
        self.add_through(kernels, rows, &mut normalised, &mut hidden);
    }

    /// [`Mlp::add_to`] by way of room for normalised rows, and for four times as many numbers.
    fn add_through(
        &self,
        kernels: &Kernels,
        rows: &mut [f32],
        normalised: &mut [f32],
        hidden: &mut [f32],
    ) {
        self.norm.forward_into(rows, normalised);
        self.up.forward_into(kernels, normalised, hidden);
        gelu(hidden);
        self.down.add_to(kernels, hidden, rows);
    }
}

pub(super) struct EncoderBlock {
    pub(super) self_attn: SelfAttention,
    pub(super) mlp: Mlp,
}

pub(super) struct Encoder {
    pub(super) convolutions: [Convolution; 2],
    /// Shape `(1500, width)`: one for each encoder frame.
    pub(super) positional_embedding: Vec<f32>,
    pub(super) blocks: Vec<EncoderBlock>,
    pub(super) norm: LayerNorm,
    pub(super) width: usize,
}

impl Encoder {
    /// `spectrogram` has shape `(n_mel_frames, n_mels)`; encoder frames from `n_frames` on are
    /// padding.
    pub(super) fn forward(
        &self,
        kernels: &Kernels,
        spectrogram: &[f32],
        n_mels: usize,
        n_frames: usize,
    ) -> EncoderOutput {
        let width = self.width;
        let mut rows = self.convolve(kernels, spectrogram, n_mels);
        add_assign(&mut rows, &self.positional_embedding);
        let log_counts = subsample_silence(&mut rows, width, n_frames + SILENCE_KEPT);
        let mut qkv = vec![0.0; 3 * rows.len()];
        let mut attended = vec![0.0; rows.len()];
        let mut normalised = vec![0.0; ROWS_PER_BLOCK * width];
        let mut hidden = vec![0.0; 4 * ROWS_PER_BLOCK * width];
        for block in &self.blocks {
            let qkv_blocks = qkv.chunks_mut(ROWS_PER_BLOCK * 3 * width);
            for (rows, qkv) in rows.chunks(ROWS_PER_BLOCK * width).zip(qkv_blocks) {
                let normalised = &mut normalised[..rows.len()];
                block.self_attn.norm.forward_into(rows, normalised);
                block.self_attn.qkv.forward_into(kernels, normalised, qkv);
            }
            self_attention(kernels, &qkv, width, &log_counts, &mut attended);
            let attended_blocks = attended.chunks(ROWS_PER_BLOCK * width);
            for (rows, attended) in rows.chunks_mut(ROWS_PER_BLOCK * width).zip(attended_blocks) {
                block.self_attn.out.add_to(kernels, attended, rows);
                let (normalised, hidden) =
                    (&mut normalised[..rows.len()], &mut hidden[..4 * rows.len()]);
                block.mlp.add_through(kernels, rows, normalised, hidden);
            }
        }
        EncoderOutput { rows: self.norm.forward(&rows), log_counts }
    }

    /// The two convolutions: from mel frames to encoder frames, half as many.
    fn convolve(&self, kernels: &Kernels, spectrogram: &[f32], n_mels: usize) -> Vec<f32> {
        let [first, second] = &self.convolutions;
        let mut rows = first.forward(kernels, spectrogram, n_mels, 1);
        gelu(&mut rows);
        let mut rows = second.forward(kernels, &rows, self.width, 2);
        gelu(&mut rows);
        rows
    }
}

/// What each row attends to among all rows, head by head, into `attended`.
fn self_attention(
    kernels: &Kernels,
    qkv: &[f32],
    width: usize,
    log_counts: &[f32],
    attended: &mut [f32],
) {
    let mut queries = Vec::new();
    let mut weights = vec![0.0; ROWS_PER_BLOCK * log_counts.len()];
    let mut sums = [0.0; ROWS_PER_BLOCK * HEAD_WIDTH];
    for first_column in (0..width).step_by(HEAD_WIDTH) {
        let head = first_column..first_column + HEAD_WIDTH;
        let kv_columns = [width + first_column, 2 * width + first_column];
        let HeadKv { keys, values } = HeadKv::new(kernels, qkv, 3 * width, kv_columns, log_counts);
        let qkv_blocks = qkv.chunks(ROWS_PER_BLOCK * 3 * width);
        for (qkv, attended) in qkv_blocks.zip(attended.chunks_mut(ROWS_PER_BLOCK * width)) {
            take_columns(qkv, 3 * width, head.clone(), ATTENTION_SCALE, &mut queries);
            let n_rows = queries.len() / HEAD_WIDTH;
            let weights = &mut weights[..n_rows * log_counts.len()];
            let sums = &mut sums[..queries.len()];
            keys.forward_into(kernels, &queries, weights);
            let scales = softmax_unnormalised(weights, log_counts.len());
            values.forward_probabilities(kernels, weights, sums);
            scale_rows(sums, HEAD_WIDTH, &scales);
            put_columns(attended, width, head.clone(), sums);
        }
    }
}

/// Keeps the first `n_kept` of `rows`, and after them one for each [`SILENCE_STRIDE`]. The answer
/// is the logarithm of the number of rows that each remaining one stands for.
fn subsample_silence(rows: &mut Vec<f32>, width: usize, n_kept: usize) -> Vec<f32> {
    let n_rows = rows.len() / width;
    let n_kept = n_kept.min(n_rows);
    let mut log_counts = vec![0.0; n_kept];
    for first in (n_kept..n_rows).step_by(SILENCE_STRIDE) {
        let count = SILENCE_STRIDE.min(n_rows - first);
        let middle = (first + count / 2) * width;
        rows.copy_within(middle..middle + width, log_counts.len() * width);
        log_counts.push((count as f32).ln());
    }
    rows.truncate(log_counts.len() * width);
    log_counts
}

impl Convolution {
    /// One output row for each `stride` of `rows`, from itself and its two neighbours; zeros
    /// before the first and after the last.
    fn forward(&self, kernels: &Kernels, rows: &[f32], width: usize, stride: usize) -> Vec<f32> {
        let n_rows = rows.len() / width;
        let n_columns = self.bias.len();
        let mut output = vec![0.0; n_rows.div_ceil(stride) * n_columns];
        let mut padded = vec![0.0; width];
        padded.extend_from_slice(rows);
        padded.resize(padded.len() + width, 0.0);
        for (block_idx, output) in output.chunks_mut(ROWS_PER_BLOCK * n_columns).enumerate() {
            let n_rows = output.len() / n_columns;
            let first_row = block_idx * ROWS_PER_BLOCK;
            let mut triples = Vec::with_capacity(n_rows * 3 * width);
            for row_idx in first_row..first_row + n_rows {
                triples.extend_from_slice(&padded[row_idx * stride * width..][..3 * width]);
            }
            kernels.gemm_f32(&triples, 3 * width, &self.weight, &self.bias, output);
        }
        output
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn silence_is_subsampled_and_counts_as_much() {
        let mut rows: Vec<f32> = (0..22_u8).map(f32::from).collect();
        let log_counts = subsample_silence(&mut rows, 2, 5);
        assert_eq!(
            rows,
            [0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0, 14.0, 15.0, 20.0, 21.0]
        );
        let counts: Vec<f32> = log_counts.iter().map(|log| log.exp().round()).collect();
        assert_eq!(counts, [1.0, 1.0, 1.0, 1.0, 1.0, 4.0, 2.0]);
    }

    #[test]
    fn a_window_without_padding_keeps_all_its_rows() {
        let mut rows = vec![1.0; 12];
        assert_eq!(subsample_silence(&mut rows, 4, 3), [0.0; 3]);
        assert_eq!(rows.len(), 12);
    }
}
