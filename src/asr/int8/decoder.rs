//! Whisper's text decoder: from the tokens so far and the encoder's output to the next token.
//!
//! A batch is made of rows, one a token: the tokens of a prompt one after another, the last tokens
//! of the hypotheses of one window, those of several windows. All rows share each pass over the
//! weights, which is most of the work.

use super::{
    encoder::{EncoderOutput, Mlp, SelfAttention},
    kv_cache::{ATTENTION_SCALE, CrossKv, HEAD_WIDTH, HeadKv, KvCache, N_ROWS_USUAL, SPARE_ROWS},
    linear::Linear,
    matrix::{Kernels, LayerNorm, QuantizedRows, put_columns, take_columns},
    simd::{scale_rows, softmax_unnormalised},
};

/// Encoder frames of 30 s.
const N_ENCODER_FRAMES: usize = 1_500;

/// The weights of cross-attention.
pub(super) struct CrossAttention {
    pub(super) norm: LayerNorm,
    pub(super) query: Linear,
    /// Keys and values side by side, of the encoder's output.
    pub(super) key_value: Linear,
    pub(super) out: Linear,
}

pub(super) struct DecoderBlock {
    pub(super) self_attn: SelfAttention,
    pub(super) cross_attn: CrossAttention,
    pub(super) mlp: Mlp,
}

pub(super) struct Decoder {
    pub(super) token_embedding: QuantizedRows,
    /// The same weights, as the layer that gives the logits.
    pub(super) logits: Linear,
    /// Shape `(448, width)`.
    pub(super) positional_embedding: Vec<f32>,
    pub(super) blocks: Vec<DecoderBlock>,
    pub(super) norm: LayerNorm,
    pub(super) width: usize,
}

/// A token to be decoded, and its context.
pub(super) struct TokenRow<'a> {
    pub(super) token: usize,
    /// Rows of the [`KvCache`] that it attends to, from the first token of its context to itself:
    /// the last one is the row that it is about to get.
    pub(super) cache_rows: &'a [u32],
}

/// The rows of one window in a batch.
pub(super) struct WindowBatch<'a> {
    pub(super) cross_kv: &'a CrossKv,
    pub(super) kv_cache: &'a mut KvCache,
    pub(super) rows: Vec<TokenRow<'a>>,
}

/// Collects the cross-attention of some heads, for the alignment of tokens with the sound.
pub(super) struct AttentionCapture<'a> {
    /// `[layer, head]`, sorted.
    pub(super) heads: &'a [[usize; 2]],
    /// For each head, the scores of each row over the encoder's rows, before the softmax.
    pub(super) scores: Vec<Vec<f32>>,
}

/// [`Decoder::window_bytes`] for so many layers of a width.
pub(super) fn window_bytes(n_layers: usize, width: usize, n_beams: usize) -> usize {
    let n_spare = if n_beams > 1 { SPARE_ROWS } else { 0 };
    let n_cache_bytes = size_of::<f32>() * (N_ROWS_USUAL + n_spare);
    n_layers * width * 2 * (N_ENCODER_FRAMES + n_cache_bytes)
}

impl Decoder {
    /// Bytes that the keys and values of a full window take while it is decoded with `n_beams`.
    pub(super) fn window_bytes(&self, n_beams: usize) -> usize {
        window_bytes(self.blocks.len(), self.width, n_beams)
    }

    /// The keys and values of `encoded` for all layers.
    pub(super) fn cross_kv(&self, kernels: &Kernels, encoded: &EncoderOutput) -> CrossKv {
        let width = self.width;
        let mut heads = Vec::new();
        let mut key_value = vec![0.0; 2 * encoded.rows.len()];
        for block in &self.blocks {
            block.cross_attn.key_value.forward_into(kernels, &encoded.rows, &mut key_value);
            let head = |first_column| {
                let kv_columns = [first_column, width + first_column];
                HeadKv::new(kernels, &key_value, 2 * width, kv_columns, &encoded.log_counts)
            };
            heads.extend((0..width).step_by(HEAD_WIDTH).map(head));
        }
        CrossKv { n_rows: encoded.log_counts.len(), heads }
    }

    /// The last layer's output for each row, window by window. The caches grow by these rows.
    pub(super) fn forward(
        &self,
        kernels: &Kernels,
        windows: &mut [WindowBatch<'_>],
        mut capture: Option<&mut AttentionCapture<'_>>,
    ) -> Vec<f32> {
        let width = self.width;
        let mut rows = self.embed(windows);
        for (layer_idx, DecoderBlock { self_attn, cross_attn, mlp }) in
            self.blocks.iter().enumerate()
        {
            let qkv = self_attn.qkv.forward(kernels, &self_attn.norm.forward(&rows));
            let attended = self_attention(windows, layer_idx, &qkv, width);
            self_attn.out.add_to(kernels, &attended, &mut rows);
            let queries = cross_attn.query.forward(kernels, &cross_attn.norm.forward(&rows));
            let attended =
                self.cross_attention(kernels, windows, layer_idx, &queries, capture.as_deref_mut());
            cross_attn.out.add_to(kernels, &attended, &mut rows);
            mlp.add_to(kernels, &mut rows);
        }
        for window in windows {
            window.kv_cache.n_rows += window.rows.len();
        }
        rows
    }

    /// The embeddings of the tokens and of their positions.
    fn embed(&self, windows: &[WindowBatch<'_>]) -> Vec<f32> {
        let width = self.width;
        let mut rows = Vec::new();
        for row in windows.iter().flat_map(|window| &window.rows) {
            let position = row.cache_rows.len() - 1;
            let start = rows.len();
            rows.extend_from_slice(&self.positional_embedding[position * width..][..width]);
            self.token_embedding.add_row_to(row.token, &mut rows[start..]);
        }
        rows
    }

    /// Fills `logits` with those of the token that follows each of `rows`, the output of
    /// [`Decoder::forward`].
    pub(super) fn logits(&self, kernels: &Kernels, rows: &[f32], logits: &mut Vec<f32>) {
        logits.resize(rows.len() / self.width * self.logits.n_columns(), 0.0);
        self.logits.forward_into(kernels, &self.norm.forward(rows), logits);
    }

    /// What each row attends to in the sound of its window.
    fn cross_attention(
        &self,
        kernels: &Kernels,
        windows: &[WindowBatch<'_>],
        layer_idx: usize,
        queries: &[f32],
        mut capture: Option<&mut AttentionCapture<'_>>,
    ) -> Vec<f32> {
        let width = self.width;
        let n_heads = width / HEAD_WIDTH;
        let mut attended = vec![0.0; queries.len()];
        let (mut head_queries, mut scores, mut sums) = (Vec::new(), Vec::new(), Vec::new());
        let mut first_row = 0;
        for window in windows {
            let n_rows = window.rows.len();
            let queries = &queries[first_row * width..][..n_rows * width];
            let attended = &mut attended[first_row * width..][..n_rows * width];
            for head_idx in 0..n_heads {
                let HeadKv { keys, values } =
                    &window.cross_kv.heads[layer_idx * n_heads + head_idx];
                let columns = head_idx * HEAD_WIDTH..(head_idx + 1) * HEAD_WIDTH;
                take_columns(queries, width, columns.clone(), ATTENTION_SCALE, &mut head_queries);
                scores.resize(n_rows * window.cross_kv.n_rows, 0.0);
                keys.forward_two_pass(kernels, &head_queries, &mut scores);
                if let Some(capture) = capture.as_deref_mut()
                    && capture.heads.contains(&[layer_idx, head_idx])
                {
                    capture.scores.push(scores.clone());
                }
                let scales = softmax_unnormalised(&mut scores, window.cross_kv.n_rows);
                sums.resize(head_queries.len(), 0.0);
                values.forward_two_pass(kernels, &scores, &mut sums);
                scale_rows(&mut sums, HEAD_WIDTH, &scales);
                put_columns(attended, width, columns, &sums);
            }
            first_row += n_rows;
        }
        attended
    }
}

/// What each row attends to among the tokens before it and itself; their keys and values go into
/// the caches first.
fn self_attention(
    windows: &mut [WindowBatch<'_>],
    layer_idx: usize,
    qkv: &[f32],
    width: usize,
) -> Vec<f32> {
    let mut attended = vec![0.0; qkv.len() / 3];
    let mut qkv_rows = qkv.chunks_exact(3 * width);
    let mut outputs = attended.chunks_exact_mut(width);
    let mut scores = Vec::new();
    for window in windows {
        let window_qkv: Vec<&[f32]> = qkv_rows.by_ref().take(window.rows.len()).collect();
        let layer_kv = window.kv_cache.layer(layer_idx);
        layer_kv.append(&window_qkv, width);
        for ((row, qkv), output) in window.rows.iter().zip(window_qkv).zip(outputs.by_ref()) {
            layer_kv.attend(&qkv[..width], row.cache_rows, &mut scores, output);
        }
    }
    attended
}
