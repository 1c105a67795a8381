//! When each token was spoken, from what the decoder attended to when it was decoded.
//!
//! As OpenAI's `find_alignment`: the cross-attention of the alignment heads, standardised and
//! median-filtered, and dynamic time warping (DTW) over it.

use super::simd::{add_assign, softmax};
use std::ops::Range;

/// Width of the median filter along the encoder's frames.
const MEDIAN_WIDTH: usize = 7;

/// Medians that are computed side by side.
const LANES: usize = 16;

/// The encoder frame at which each token of the rows `text_rows` begins.
///
/// `scores` are the attention scores of each alignment head, before the softmax: rows of
/// `n_columns`, of which the first `n_frames` are encoder frames of the sound, the rest padding.
pub(super) fn token_starts(
    scores: &[Vec<f32>],
    n_columns: usize,
    n_frames: usize,
    text_rows: Range<usize>,
) -> Vec<usize> {
    let mut weights = vec![0.0; text_rows.len() * n_frames];
    for scores in scores {
        add_assign(&mut weights, &head_weights(scores, n_columns, n_frames, text_rows.clone()));
    }
    dtw(&weights, n_frames)
}

/// What one head says of the tokens of `text_rows`: a row of `n_frames` for each, in which its
/// attention is standardised and filtered. `scores` are as in [`token_starts`].
pub(super) fn head_weights(
    scores: &[f32],
    n_columns: usize,
    n_frames: usize,
    text_rows: Range<usize>,
) -> Vec<f32> {
    let rows = scores.chunks_exact(n_columns).flat_map(|row| &row[..n_frames]);
    let mut attention: Vec<f32> = rows.copied().collect();
    softmax(&mut attention, n_frames);
    standardise(&mut attention, n_frames);
    let rows = attention.chunks_exact(n_frames).skip(text_rows.start).take(text_rows.len());
    rows.flat_map(median_filter).collect()
}

/// Brings each column to mean 0 and variance 1; one without variance to 0.
fn standardise(rows: &mut [f32], width: usize) {
    let n_rows = (rows.len() / width) as f32;
    let mut means = vec![0.0; width];
    for row in rows.chunks_exact(width) {
        means.iter_mut().zip(row).for_each(|(mean, x)| *mean += x / n_rows);
    }
    let mut variances = vec![0.0; width];
    for row in rows.chunks_exact(width) {
        let columns = variances.iter_mut().zip(row.iter().zip(&means));
        columns.for_each(|(variance, (x, mean))| *variance += (x - mean).powi(2) / n_rows);
    }
    for row in rows.chunks_exact_mut(width) {
        for (x, (mean, variance)) in row.iter_mut().zip(means.iter().zip(&variances)) {
            *x = if *variance > 0.0 { (*x - mean) / variance.sqrt() } else { 0.0 };
        }
    }
}

/// The median of each value and its neighbours; the ends are mirrored. Rows too short to be
/// mirrored stay as they are.
fn median_filter(row: &[f32]) -> Vec<f32> {
    const HALF: usize = MEDIAN_WIDTH / 2;
    if row.len() <= HALF {
        return row.to_vec();
    }
    let last = row.len() - 1;
    let mut mirrored: Vec<f32> = row[1..=HALF].iter().rev().copied().collect();
    mirrored.extend_from_slice(row);
    mirrored.extend(row[last - HALF..last].iter().rev());
    let mut filtered = vec![0.0; row.len()];
    for (block_idx, block) in filtered.chunks_mut(LANES).enumerate() {
        let shifted = |offset: usize| &mirrored[block_idx * LANES + offset..][..block.len()];
        let medians = medians(std::array::from_fn(shifted));
        block.copy_from_slice(&medians[..block.len()]);
    }
    filtered
}

/// The median of the first values of `series`, of their second ones, and so on; 0 where they have
/// none. In lanes, so that the compiler vectorises it.
fn medians(series: [&[f32]; MEDIAN_WIDTH]) -> [f32; LANES] {
    let mut lanes = [[0.0; LANES]; MEDIAN_WIDTH];
    for (lanes, values) in lanes.iter_mut().zip(series) {
        lanes[..values.len()].copy_from_slice(values);
    }
    // Half a bubble sort: the greater half goes to the end, the greatest of the rest is the median.
    for end in (MEDIAN_WIDTH / 2..MEDIAN_WIDTH).rev() {
        for at in 0..end {
            let [left, right] = [lanes[at], lanes[at + 1]];
            let is_sorted = |lane: usize| left[lane] < right[lane];
            lanes[at] = std::array::from_fn(|n| if is_sorted(n) { left[n] } else { right[n] });
            lanes[at + 1] = std::array::from_fn(|n| if is_sorted(n) { right[n] } else { left[n] });
        }
    }
    lanes[MEDIAN_WIDTH / 2]
}

/// Dynamic time warping: the monotonic path from the first corner of `weights` to the last that
/// gathers the greatest sum. The answer is its first column in each row.
pub(super) fn dtw(weights: &[f32], width: usize) -> Vec<usize> {
    let n_rows = weights.len() / width;
    let moves = dtw_moves(weights, width);
    let mut starts = vec![0; n_rows];
    let mut row = n_rows - 1;
    let mut column = width - 1;
    loop {
        starts[row] = column;
        match moves[row * width + column] {
            _ if row == 0 => break,
            _ if column == 0 => row -= 1,
            DtwMove::Diagonal => {
                row -= 1;
                column -= 1;
            }
            DtwMove::Down => row -= 1,
            DtwMove::Right => column -= 1,
        }
    }
    starts[0] = 0;
    starts
}

/// What the path of [`dtw`] gathers.
pub(super) fn path_sum(weights: &[f32], width: usize) -> f32 {
    let starts = dtw(weights, width);
    let ends = starts.iter().skip(1).copied().chain([width - 1]);
    let rows = weights.chunks_exact(width).zip(starts.iter().zip(ends));
    rows.map(|(row, (start, end))| row[*start..=end].iter().sum::<f32>()).sum()
}

/// The move by which a DTW path reaches a cell.
#[derive(Clone, Copy)]
enum DtwMove {
    Diagonal,
    Down,
    Right,
}

/// For each cell of `weights`, the last move of the cheapest path to it.
fn dtw_moves(weights: &[f32], width: usize) -> Vec<DtwMove> {
    let mut moves = vec![DtwMove::Right; weights.len() / width * width];
    // Costs have a column before the first one, as a border.
    let mut costs_above = vec![f32::INFINITY; width + 1];
    costs_above[0] = 0.0;
    for (weights, moves) in weights.chunks_exact(width).zip(moves.chunks_exact_mut(width)) {
        let mut costs = vec![f32::INFINITY; width + 1];
        for column in 0..width {
            let diagonal = costs_above[column];
            let above = costs_above[column + 1];
            let left = costs[column];
            let (cost, last_move) = if diagonal < above && diagonal < left {
                (diagonal, DtwMove::Diagonal)
            } else if above < diagonal && above < left {
                (above, DtwMove::Down)
            } else {
                (left, DtwMove::Right)
            };
            costs[column + 1] = cost - weights[column];
            moves[column] = last_move;
        }
        costs_above = costs;
    }
    moves
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Scores of one head: a row a token, a column a frame; `#` is where it attends.
    fn scores(drawing: &[&str]) -> Vec<Vec<f32>> {
        let score = |mark: u8| if mark == b'#' { 8.0 } else { 0.0 };
        vec![drawing.iter().flat_map(|row| row.bytes().map(score)).collect()]
    }

    #[test]
    fn a_token_begins_where_its_attention_begins() {
        let scores = scores(&[
            "############........", // the prompt
            "######..............",
            "......#####.........",
            "...........#####....",
        ]);
        assert_eq!(token_starts(&scores, 20, 16, 1..4), [0, 6, 11]);
    }

    #[test]
    fn a_spike_elsewhere_is_filtered_out() {
        let scores =
            scores(&["....................", "########.......#....", "..#.....############"]);
        assert_eq!(token_starts(&scores, 20, 20, 1..3), [0, 8]);
    }

    #[test]
    fn sound_of_one_frame_holds_any_number_of_tokens() {
        assert_eq!(token_starts(&scores(&["#", "#", "#"]), 1, 1, 1..3), [0, 0]);
    }

    #[test]
    fn the_median_mirrors_the_ends() {
        assert_eq!(median_filter(&[9.0, 0.0, 0.0, 0.0, 0.0]), [0.0; 5]);
        assert_eq!(median_filter(&[1.0, 2.0]), [1.0, 2.0]);
        assert_eq!(median_filter(&[3.0, 1.0, 4.0, 2.0]), [2.0, 3.0, 2.0, 3.0]);
    }
}
