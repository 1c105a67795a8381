//! From a spectrogram to what the decoder listens to.

use super::{
    loops::{add, gelu, proportions, scale},
    matrix::{Kernels, Linear, Norm, ROWS, Rows, columns, put_columns},
};
use rten_gemm::PackedBMatrix;

/// The width of an attention head, in every Whisper.
pub(super) const HEAD: usize = 64;

/// What the products of queries and keys are worth: one over the root of [`HEAD`].
pub(super) const SCALE: f32 = 0.125;

/// Steps of the silence behind a window that are heard one by one: 1 s.
const SILENCE_WHOLE: usize = 50;

/// Behind them, so many steps are heard as one that counts as often: they are nearly alike. Without
/// them 673 to 675 words of 3 889 are wrong in the place of 632; with every fourth, 640.
const SILENCE_STRIDE: usize = 4;

/// What the encoder made of a window.
pub(super) struct Heard {
    /// Shape `(n_rows, width)`.
    pub(super) rows: Vec<f32>,
    /// Logarithm of the number of steps that each row stands for.
    pub(super) log_counts: Vec<f32>,
}

/// What one head of attention listens to.
pub(super) struct Head {
    pub(super) keys: Linear,
    pub(super) values: Linear,
}

impl Head {
    /// In `rows` of `width`, keys begin at the first of `columns`, values at the second. A score
    /// is a key's product and its row's `log_counts`.
    pub(super) fn new(
        kernels: &Kernels,
        rows: &[f32],
        width: usize,
        [keys, values]: [usize; 2],
        log_counts: &[f32],
    ) -> Head {
        let keys = columns(rows, width, keys..keys + HEAD);
        let values = columns(rows, width, values..values + HEAD);
        let turned = (0..HEAD).flat_map(|column| values[column..].iter().step_by(HEAD));
        let turned: Vec<f32> = turned.copied().collect();
        let linear = |rows: &[f32], width, bias| {
            Linear::new(kernels, &Rows::new(rows, width, kernels.largest), bias)
        };
        Head {
            keys: linear(&keys, HEAD, log_counts.to_vec()),
            values: linear(&turned, log_counts.len(), Vec::new()),
        }
    }
}

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
    /// Shape `(1500, width)`: one for each step of 20 ms.
    pub(super) positions: Vec<f32>,
    pub(super) blocks: Vec<Block>,
    pub(super) norm: Norm,
    pub(super) width: usize,
}

impl Encoder {
    /// `spectrogram` has shape `(n_frames, bands)`; behind `n_heard` frames there is silence.
    pub(super) fn of(
        &self,
        kernels: &Kernels,
        spectrogram: &[f32],
        n_bands: usize,
        n_heard: usize,
    ) -> Heard {
        let [first, second] = &self.convolutions;
        let mut rows = first.of(kernels, spectrogram, n_bands, 1);
        gelu(&mut rows);
        let mut rows = second.of(kernels, &rows, self.width, 2);
        gelu(&mut rows);
        add(&mut rows, &self.positions);
        let width = self.width;
        let log_counts = thin_out(&mut rows, width, n_heard / 2 + SILENCE_WHOLE);
        let (mut asked, mut heard) = (vec![0.0; 3 * rows.len()], vec![0.0; rows.len()]);
        for block in &self.blocks {
            let asks = asked.chunks_mut(ROWS * 3 * width);
            for (rows, asked) in rows.chunks(ROWS * width).zip(asks) {
                asked.copy_from_slice(&block.asked.of(kernels, &block.norm.of(rows)));
            }
            self.attention(kernels, &asked, &log_counts, &mut heard);
            for (rows, heard) in rows.chunks_mut(ROWS * width).zip(heard.chunks(ROWS * width)) {
                add(rows, &block.out.of(kernels, heard));
                block.mlp(kernels, rows);
            }
        }
        Heard { rows: self.norm.of(&rows), log_counts }
    }

    /// What each step hears of all steps, into `heard`; `asked` are queries, keys and values.
    fn attention(&self, kernels: &Kernels, asked: &[f32], log_counts: &[f32], heard: &mut [f32]) {
        let width = self.width;
        for at in (0..width).step_by(HEAD) {
            let range = at..at + HEAD;
            let head =
                Head::new(kernels, asked, 3 * width, [width + at, 2 * width + at], log_counts);
            let mut queries = columns(asked, 3 * width, range.clone());
            queries.iter_mut().for_each(|query| *query *= SCALE);
            let rows = queries.chunks(ROWS * HEAD).zip(heard.chunks_mut(ROWS * width));
            for (queries, heard) in rows {
                let mut scores = head.keys.of(kernels, queries);
                let scales = proportions(&mut scores, log_counts.len());
                let mut parts = head.values.of_proportions(kernels, &scores);
                scale(&mut parts, HEAD, &scales);
                put_columns(heard, width, range.clone(), &parts);
            }
        }
    }
}

/// Keeps the first `n_whole` of `rows` and behind them one for each [`SILENCE_STRIDE`]. The
/// answer is the logarithm of the number of rows that each one left stands for.
fn thin_out(rows: &mut Vec<f32>, width: usize, n_whole: usize) -> Vec<f32> {
    let n_rows = rows.len() / width;
    let n_whole = n_whole.min(n_rows);
    let mut log_counts = vec![0.0; n_whole];
    for first in (n_whole..n_rows).step_by(SILENCE_STRIDE) {
        let count = SILENCE_STRIDE.min(n_rows - first);
        let middle = (first + count / 2) * width;
        rows.copy_within(middle..middle + width, log_counts.len() * width);
        log_counts.push((count as f32).ln());
    }
    rows.truncate(log_counts.len() * width);
    log_counts
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
            kernels.product(&three, 3 * width, &self.weight, &self.bias, output);
        }
        output
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn silence_is_thinned_out_and_counts_as_much() {
        let mut rows: Vec<f32> = (0..22_u8).map(f32::from).collect();
        let log_counts = thin_out(&mut rows, 2, 5);
        assert_eq!(
            rows,
            [0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 9.0, 14.0, 15.0, 20.0, 21.0]
        );
        let counts: Vec<f32> = log_counts.iter().map(|log| log.exp().round()).collect();
        assert_eq!(counts, [1.0, 1.0, 1.0, 1.0, 1.0, 4.0, 2.0]);
    }

    #[test]
    fn a_window_without_silence_behind_it_is_heard_whole() {
        let mut rows = vec![1.0; 12];
        assert_eq!(thin_out(&mut rows, 4, 3), [0.0; 3]);
        assert_eq!(rows.len(), 12);
    }
}
