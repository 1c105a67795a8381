//! From what was heard and said so far to what comes next.
//!
//! Rows are places in texts: of one text one behind the other, of several texts side by side,
//! of several windows. All share each pass over the weights, which is most of the work.

use super::{
    encoder::{Block, HEAD, Head, Heard, SCALE},
    loops::{add, dot, proportions, scale, softmax, wide},
    matrix::{Kernels, Linear, Norm, Rows, columns, keep_rows, put_columns},
};

pub(super) struct DecoderBlock {
    pub(super) own: Block,
    pub(super) cross_norm: Norm,
    pub(super) query: Linear,
    /// Keys, values.
    pub(super) memory: Linear,
    pub(super) cross_out: Linear,
}

pub(super) struct Decoder {
    /// Of each token.
    pub(super) embeddings: Rows,
    /// The same, to find the next token by.
    pub(super) logits: Linear,
    /// Shape `(448, width)`.
    pub(super) positions: Vec<f32>,
    pub(super) blocks: Vec<DecoderBlock>,
    pub(super) norm: Norm,
    pub(super) width: usize,
}

/// What one window is to the decoder: keys and values of its sound.
pub(super) struct Sound {
    /// Rows of the encoder: steps of 20 ms, but in the silence at the end.
    pub(super) n_rows: usize,
    /// For each layer and head.
    heads: Vec<Head>,
}

/// Rows that there is made room for at once.
const ROWS_AT_ONCE: usize = 64;

/// Keys and values of rows that were said, for each layer.
#[derive(Default)]
pub(super) struct Said {
    layers: Vec<(Vec<f32>, Vec<f32>)>,
    pub(super) n_rows: usize,
}

impl Said {
    /// Forgets all rows but those of `is_live`, and says where each of these is now.
    pub(super) fn keep(&mut self, is_live: &[bool], width: usize) -> Vec<u32> {
        for numbers in self.layers.iter_mut().flat_map(|(keys, values)| [keys, values]) {
            keep_rows(numbers, width, |row| is_live[row]);
        }
        self.n_rows = 0;
        let place = |is_live: &bool| {
            let place = self.n_rows as u32;
            self.n_rows += usize::from(*is_live);
            place
        };
        is_live.iter().map(place).collect()
    }
}

/// A place in a text.
pub(super) struct Row<'a> {
    pub(super) token: usize,
    /// The rows of [`Said`] that come before it, and itself: it is the next one that is said.
    pub(super) path: &'a [u32],
}

/// Rows of one window.
pub(super) struct WindowRows<'a> {
    pub(super) sound: &'a Sound,
    pub(super) said: &'a mut Said,
    pub(super) rows: Vec<Row<'a>>,
}

/// Where to look at what the rows hear.
pub(super) struct Watch<'a> {
    /// Layers and heads, sorted.
    pub(super) heads: &'a [[usize; 2]],
    /// For each head the scores of each row over the steps of the sound.
    pub(super) scores: Vec<Vec<f32>>,
}

impl Decoder {
    pub(super) fn sound(&self, kernels: &Kernels, heard: &Heard) -> Sound {
        let width = self.width;
        let mut heads = Vec::new();
        for block in &self.blocks {
            let memory = block.memory.of(kernels, &heard.rows);
            let head =
                |at| Head::new(kernels, &memory, 2 * width, [at, width + at], &heard.log_counts);
            heads.extend((0..width).step_by(HEAD).map(head));
        }
        Sound { n_rows: heard.log_counts.len(), heads }
    }

    /// What each row has become behind the last layer, window by window.
    pub(super) fn of(
        &self,
        kernels: &Kernels,
        windows: &mut [WindowRows<'_>],
        mut watch: Option<&mut Watch<'_>>,
    ) -> Vec<f32> {
        let width = self.width;
        let mut rows = Vec::new();
        for row in windows.iter().flat_map(|window| &window.rows) {
            let place = row.path.len() - 1;
            let start = rows.len();
            rows.extend_from_slice(&self.positions[place * width..][..width]);
            self.embeddings.add_to(row.token, &mut rows[start..]);
        }
        for (layer, block) in self.blocks.iter().enumerate() {
            let asked = block.own.asked.of(kernels, &block.own.norm.of(&rows));
            let recalled = recalled(windows, layer, &asked, width);
            add(&mut rows, &block.own.out.of(kernels, &recalled));
            let queries = block.query.of(kernels, &block.cross_norm.of(&rows));
            let heard = self.heard(kernels, windows, layer, &queries, watch.as_deref_mut());
            add(&mut rows, &block.cross_out.of(kernels, &heard));
            block.own.mlp(kernels, &mut rows);
        }
        for window in windows {
            window.said.n_rows += window.rows.len();
        }
        rows
    }

    /// How probable each token is behind each of `rows`, before it is made a probability.
    pub(super) fn logits(&self, kernels: &Kernels, rows: &[f32]) -> Vec<f32> {
        self.logits.of(kernels, &self.norm.of(rows))
    }

    /// What the rows hear of their sound.
    fn heard(
        &self,
        kernels: &Kernels,
        windows: &[WindowRows<'_>],
        layer: usize,
        queries: &[f32],
        mut watch: Option<&mut Watch<'_>>,
    ) -> Vec<f32> {
        let width = self.width;
        let n_heads = width / HEAD;
        let mut heard = vec![0.0; queries.len()];
        let mut first = 0;
        for window in windows {
            let n_rows = window.rows.len();
            let queries = &queries[first * width..][..n_rows * width];
            let heard = &mut heard[first * width..][..n_rows * width];
            for head in 0..n_heads {
                let Head { keys, values } = &window.sound.heads[layer * n_heads + head];
                let range = head * HEAD..(head + 1) * HEAD;
                let mut queries = columns(queries, width, range.clone());
                queries.iter_mut().for_each(|query| *query *= SCALE);
                let mut scores = keys.of_finely(kernels, &queries);
                if let Some(watch) = watch.as_deref_mut()
                    && watch.heads.contains(&[layer, head])
                {
                    watch.scores.push(scores.clone());
                }
                let scales = proportions(&mut scores, window.sound.n_rows);
                let mut part = values.of_finely(kernels, &scores);
                scale(&mut part, HEAD, &scales);
                put_columns(heard, width, range, &part);
            }
            first += n_rows;
        }
        heard
    }
}

/// What the rows recall of what was said before them; `asked` are queries, keys and values.
fn recalled(windows: &mut [WindowRows<'_>], layer: usize, asked: &[f32], width: usize) -> Vec<f32> {
    let mut recalled = vec![0.0; asked.len() / 3];
    let mut asked = asked.chunks_exact(3 * width);
    let mut outputs = recalled.chunks_exact_mut(width);
    let mut scores = Vec::new();
    for window in windows {
        if window.said.layers.len() <= layer {
            window.said.layers.resize_with(layer + 1, Default::default);
        }
        let (keys, values) = &mut window.said.layers[layer];
        let mine: Vec<&[f32]> = asked.by_ref().take(window.rows.len()).collect();
        for numbers in [&mut *keys, &mut *values] {
            let needed = mine.len() * width;
            if numbers.capacity() - numbers.len() < needed {
                // Not twice as much each time: there are many of these.
                numbers.reserve_exact(needed.max(ROWS_AT_ONCE * width));
            }
        }
        for row in &mine {
            keys.extend_from_slice(&row[width..2 * width]);
            values.extend_from_slice(&row[2 * width..]);
        }
        for ((row, asked), output) in window.rows.iter().zip(mine).zip(outputs.by_ref()) {
            scores.resize(row.path.len(), 0.0);
            for at in (0..width).step_by(HEAD) {
                let place = |said: &u32| *said as usize * width + at;
                let query = &asked[at..at + HEAD];
                wide(
                    #[inline(always)]
                    || {
                        for (said, score) in row.path.iter().zip(&mut scores) {
                            *score = dot(query, &keys[place(said)..][..HEAD]) * SCALE;
                        }
                    },
                );
                softmax(&mut scores, row.path.len());
                let output = &mut output[at..at + HEAD];
                wide(
                    #[inline(always)]
                    || {
                        for (said, weight) in row.path.iter().zip(&scores) {
                            let value = &values[place(said)..][..HEAD];
                            let pairs = output.iter_mut().zip(value);
                            pairs.for_each(|(sum, value)| *sum += weight * value);
                        }
                    },
                );
            }
        }
    }
    recalled
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_that_are_kept_move_up_and_keep_their_numbers() {
        let keys = vec![0.0, 0.1, 1.0, 1.1, 2.0, 2.1, 3.0, 3.1];
        let values: Vec<f32> = keys.iter().map(|x| x + 10.0).collect();
        let mut said = Said { layers: vec![(keys, values)], n_rows: 4 };
        let places = said.keep(&[true, false, false, true], 2);
        assert_eq!((said.n_rows, places[0], places[3]), (2, 0, 1));
        let expected = (vec![0.0, 0.1, 3.0, 3.1], vec![10.0, 10.1, 13.0, 13.1]);
        assert_eq!(said.layers, [expected]);
    }
}
