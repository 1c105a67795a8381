//! Keys and values of attention: those of the tokens so far, and those of a window's sound.

use super::{
    linear::Linear,
    matrix::{Kernels, QuantizedRows, retain_rows},
    simd::{dispatch_simd, dot, softmax},
};

/// The width of an attention head, in every Whisper.
pub(super) const HEAD_WIDTH: usize = 64;

/// Attention scores are dot products times 1 / √[`HEAD_WIDTH`].
pub(super) const ATTENTION_SCALE: f32 = 0.125;

/// Rows that are added to a cache before dead ones are looked for: doing so at each step would
/// cost more than it saves.
pub(super) const SPARE_ROWS: usize = 128;

/// Rows that are alive at the end of a window, as a rule.
pub(super) const N_ROWS_USUAL: usize = 160;

/// The least number of rows by which a cache grows.
const ROWS_RESERVED: usize = 64;

/// Keys and values of the tokens that the decoder has seen, of all hypotheses of a window.
///
/// Rows are appended as tokens are decoded, whatever hypothesis they belong to. A hypothesis
/// knows its rows by their indices, so beams share the prefix they have in common.
#[derive(Default)]
pub(super) struct KvCache {
    layers: Vec<LayerKv>,
    pub(super) n_rows: usize,
}

/// Keys and values of one layer, of shape `(n_rows, width)` each.
#[derive(Debug, Default, PartialEq)]
pub(super) struct LayerKv {
    keys: Vec<f32>,
    values: Vec<f32>,
}

impl KvCache {
    /// The keys and values of layer `layer_idx`; empty at first.
    pub(super) fn layer(&mut self, layer_idx: usize) -> &mut LayerKv {
        if self.layers.len() <= layer_idx {
            self.layers.resize_with(layer_idx + 1, LayerKv::default);
        }
        &mut self.layers[layer_idx]
    }

    /// Drops all rows but those of `is_live`, and gives the new index of each of these.
    pub(super) fn retain(&mut self, is_live: &[bool], width: usize) -> Vec<u32> {
        for LayerKv { keys, values } in &mut self.layers {
            retain_rows(keys, width, |row_idx| is_live[row_idx]);
            retain_rows(values, width, |row_idx| is_live[row_idx]);
        }
        self.n_rows = 0;
        let new_index = |is_live: &bool| {
            let index = self.n_rows as u32;
            self.n_rows += usize::from(*is_live);
            index
        };
        is_live.iter().map(new_index).collect()
    }
}

impl LayerKv {
    /// Appends the keys and values of rows that are queries, keys and values side by side.
    pub(super) fn append(&mut self, qkv_rows: &[&[f32]], width: usize) {
        let n_needed = qkv_rows.len() * width;
        for stored in [&mut self.keys, &mut self.values] {
            if stored.capacity() - stored.len() < n_needed {
                // Not doubled, as a `Vec` grows by itself: there are many of these.
                stored.reserve_exact(n_needed.max(ROWS_RESERVED * width));
            }
        }
        for qkv in qkv_rows {
            self.keys.extend_from_slice(&qkv[width..2 * width]);
            self.values.extend_from_slice(&qkv[2 * width..]);
        }
    }

    /// Adds to `output` what each head of `query` attends to in the rows `cache_rows`.
    ///
    /// `scores` is scratch space, given so that it is allocated once.
    pub(super) fn attend(
        &self,
        query: &[f32],
        cache_rows: &[u32],
        scores: &mut Vec<f32>,
        output: &mut [f32],
    ) {
        let width = query.len();
        scores.resize(cache_rows.len(), 0.0);
        for first_column in (0..width).step_by(HEAD_WIDTH) {
            let head = first_column..first_column + HEAD_WIDTH;
            let start_of = |row_idx: &u32| *row_idx as usize * width + first_column;
            let query = &query[head.clone()];
            dispatch_simd(
                #[inline(always)]
                || {
                    for (row_idx, score) in cache_rows.iter().zip(scores.iter_mut()) {
                        let key = &self.keys[start_of(row_idx)..][..HEAD_WIDTH];
                        *score = dot(query, key) * ATTENTION_SCALE;
                    }
                },
            );
            softmax(scores, cache_rows.len());
            let output = &mut output[head];
            dispatch_simd(
                #[inline(always)]
                || {
                    for (row_idx, weight) in cache_rows.iter().zip(scores.iter()) {
                        let value = &self.values[start_of(row_idx)..][..HEAD_WIDTH];
                        let columns = output.iter_mut().zip(value);
                        columns.for_each(|(sum, value)| *sum += weight * value);
                    }
                },
            );
        }
    }
}

/// Keys and values of the encoder's output for cross-attention: computed once for a window, used
/// at each decoding step.
pub(super) struct CrossKv {
    /// Rows of the encoder's output: encoder frames, but for the silence, which is subsampled.
    pub(super) n_rows: usize,
    /// Of each head of the first layer, then of the second, and so on.
    pub(super) heads: Vec<HeadKv>,
}

/// Keys and values of one head over the encoder's rows, in 8 bits.
pub(super) struct HeadKv {
    /// Queries in, attention scores out. `log_counts` are its bias: a row that stands for `n`
    /// frames gets `n` times the attention of one.
    pub(super) keys: Linear,
    /// Attention weights in, weighted sums of values out.
    pub(super) values: Linear,
}

impl HeadKv {
    /// Of `rows` of `width`, in which the head's keys begin at the first of `first_columns` and
    /// its values at the second.
    pub(super) fn new(
        kernels: &Kernels,
        rows: &[f32],
        width: usize,
        first_columns: [usize; 2],
        log_counts: &[f32],
    ) -> HeadKv {
        let [keys, values] = first_columns.map(|first| first..first + HEAD_WIDTH);
        let mut quantized = QuantizedRows::with_capacity(log_counts.len(), HEAD_WIDTH);
        quantized.extend(rows, width, keys, kernels.weight_max);
        HeadKv {
            keys: Linear::new(kernels, quantized, log_counts.to_vec()),
            values: Linear::of_columns(kernels, rows, width, values),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_that_are_kept_move_up_and_their_new_indices_are_given() {
        let keys = vec![0.0, 0.1, 1.0, 1.1, 2.0, 2.1, 3.0, 3.1];
        let values: Vec<f32> = keys.iter().map(|x| x + 10.0).collect();
        let mut cache = KvCache { layers: vec![LayerKv { keys, values }], n_rows: 4 };
        let new_indices = cache.retain(&[true, false, false, true], 2);
        assert_eq!((cache.n_rows, new_indices[0], new_indices[3]), (2, 0, 1));
        let keys = vec![0.0, 0.1, 3.0, 3.1];
        let values = vec![10.0, 10.1, 13.0, 13.1];
        assert_eq!(cache.layers, [LayerKv { keys, values }]);
    }
}
