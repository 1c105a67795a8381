//! From a spectrogram to what the decoder listens to.

use super::{
    loops::{add, gelu, proportions, scale},
    matrix::{Kernels, Linear, Norm, ROWS, columns, put_columns},
};
use rten_gemm::PackedBMatrix;

/// The width of an attention head, in every Whisper.
pub(super) const HEAD: usize = 64;

/// What the products of queries and keys are worth: one over the root of [`HEAD`].
pub(super) const SCALE: f32 = 0.125;

/// A convolution over three frames.
pub(super) struct Convolution {
    /// Three frames one behind the other in, one out.
    pub(super) weight: PackedBMatrix<f32>,
    pub(super) bias: Vec<f32>,
}

pub(super) struct Block {
    pub(super) norm: Norm,
    /// Queries, keys, values.
    pub(super) asked: Linear,
    pub(super) out: Linear,
    pub(super) mlp_norm: Norm,
    pub(super) wide: Linear,
    pub(super) narrow: Linear,
}

impl Block {
    pub(super) fn mlp(&self, kernels: &Kernels, rows: &mut [f32]) {
        let mut wide = self.wide.of(kernels, &self.mlp_norm.of(rows));
        gelu(&mut wide);
        add(rows, &self.narrow.of(kernels, &wide));
    }
}

pub(super) struct Encoder {
    pub(super) convolutions: [Convolution; 2],
    /// Shape `(1500, width)`.
    pub(super) positions: Vec<f32>,
    pub(super) blocks: Vec<Block>,
    pub(super) norm: Norm,
    pub(super) width: usize,
}

impl Encoder {
    /// Shape `(n_frames / 2, width)`; `spectrogram` has shape `(n_frames, bands)`.
    pub(super) fn of(&self, kernels: &Kernels, spectrogram: &[f32], n_bands: usize) -> Vec<f32> {
        let [first, second] = &self.convolutions;
        let mut rows = first.of(kernels, spectrogram, n_bands, 1);
        gelu(&mut rows);
        let mut rows = second.of(kernels, &rows, self.width, 2);
        gelu(&mut rows);
        add(&mut rows, &self.positions);
        let width = self.width;
        let (mut asked, mut heard) = (vec![0.0; 3 * rows.len()], vec![0.0; rows.len()]);
        for block in &self.blocks {
            let asks = asked.chunks_mut(ROWS * 3 * width);
            for (rows, asked) in rows.chunks(ROWS * width).zip(asks) {
                asked.copy_from_slice(&block.asked.of(kernels, &block.norm.of(rows)));
            }
            self.attention(kernels, &asked, &mut heard);
            for (rows, heard) in rows.chunks_mut(ROWS * width).zip(heard.chunks(ROWS * width)) {
                add(rows, &block.out.of(kernels, heard));
                block.mlp(kernels, rows);
            }
        }
        self.norm.of(&rows)
    }

    /// What each step hears of all steps, into `heard`; `asked` are queries, keys and values.
    fn attention(&self, kernels: &Kernels, asked: &[f32], heard: &mut [f32]) {
        let width = self.width;
        let n_steps = asked.len() / (3 * width);
        let mut scores = vec![0.0; ROWS.min(n_steps) * n_steps];
        let mut parts = vec![0.0; ROWS.min(n_steps) * HEAD];
        for at in (0..width).step_by(HEAD) {
            let head = at..at + HEAD;
            let part = |which: usize| {
                let first = which * width + at;
                columns(asked, 3 * width, first..first + HEAD)
            };
            let mut queries = part(0);
            queries.iter_mut().for_each(|query| *query *= SCALE);
            let keys = kernels.pack_transposed(&part(1), HEAD);
            let values = kernels.pack(&part(2), HEAD);
            let rows = queries.chunks(ROWS * HEAD).zip(heard.chunks_mut(ROWS * width));
            for (queries, heard) in rows {
                let n_rows = queries.len() / HEAD;
                let scores = &mut scores[..n_rows * n_steps];
                kernels.product(queries, HEAD, &keys, None, scores);
                let scales = proportions(scores, n_steps);
                let parts = &mut parts[..n_rows * HEAD];
                kernels.product(scores, n_steps, &values, None, parts);
                scale(parts, HEAD, &scales);
                put_columns(heard, width, head.clone(), parts);
            }
        }
    }
}

impl Convolution {
    /// One row for each `stride` rows of `rows`, of itself and its neighbours; silence around.
    fn of(&self, kernels: &Kernels, rows: &[f32], width: usize, stride: usize) -> Vec<f32> {
        let n_rows = rows.len() / width;
        let mut output = vec![0.0; n_rows.div_ceil(stride) * self.bias.len()];
        let mut padded = vec![0.0; width];
        padded.extend_from_slice(rows);
        padded.resize(padded.len() + width, 0.0);
        let outputs = output.chunks_mut(ROWS * self.bias.len()).enumerate();
        for (block, output) in outputs {
            let n_rows = output.len() / self.bias.len();
            let first = block * ROWS;
            let mut three = Vec::with_capacity(n_rows * 3 * width);
            for row in first..first + n_rows {
                three.extend_from_slice(&padded[row * stride * width..][..3 * width]);
            }
            kernels.product(&three, 3 * width, &self.weight, Some(&self.bias), output);
        }
        output
    }
}
