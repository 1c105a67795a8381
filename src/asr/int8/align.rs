//! When each token was said, by what the decoder listened to while it wrote it.
//!
//! As OpenAI's `find_alignment`: the attention of some heads, evened out, and the cheapest way
//! through it (dynamic time warping).

use super::loops::softmax;

/// Width of the filter that smooths attention along the sound.
const MEDIAN: usize = 7;

/// Medians that are found at once.
const LANES: usize = 16;

/// The step of the sound at which each of `n_tokens` begins. `scores` are those of some heads:
/// rows of `n_steps`, of which the sound has `n_heard`; the rows from `first` on are the tokens'.
pub(super) fn starts(
    scores: &[Vec<f32>],
    n_steps: usize,
    n_heard: usize,
    first: usize,
    n_tokens: usize,
) -> Vec<usize> {
    let mut weights = vec![0.0; n_tokens * n_heard];
    for scores in scores {
        let rows = scores.chunks_exact(n_steps).flat_map(|row| &row[..n_heard]);
        let mut head: Vec<f32> = rows.copied().collect();
        softmax(&mut head, n_heard);
        even_out(&mut head, n_heard);
        let rows = head[first * n_heard..].chunks_exact(n_heard);
        for (row, sums) in rows.zip(weights.chunks_exact_mut(n_heard)) {
            sums.iter_mut().zip(smooth(row)).for_each(|(sum, weight)| *sum += weight);
        }
    }
    cheapest_way(&weights, n_heard)
}

/// Brings each column to mean 0 and variance 1.
fn even_out(rows: &mut [f32], width: usize) {
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

/// The median of each value and its neighbours; the ends are mirrored.
fn smooth(row: &[f32]) -> Vec<f32> {
    const HALF: usize = MEDIAN / 2;
    if row.len() <= HALF {
        return row.to_vec();
    }
    let last = row.len() - 1;
    let mut mirrored: Vec<f32> = row[1..=HALF].iter().rev().copied().collect();
    mirrored.extend_from_slice(row);
    mirrored.extend(row[last - HALF..last].iter().rev());
    let mut medians = vec![0.0; row.len()];
    for (block, medians) in medians.chunks_mut(LANES).enumerate() {
        let near = |offset: usize| &mirrored[block * LANES + offset..][..medians.len()];
        let middle = middle(std::array::from_fn(near));
        medians.copy_from_slice(&middle[..medians.len()]);
    }
    medians
}

/// The middle one of the first values, of the second ones, and so on. Lanes side by side, so
/// that the compiler finds its vectors.
fn middle(of: [&[f32]; MEDIAN]) -> [f32; LANES] {
    let mut lanes = [[0.0; LANES]; MEDIAN];
    lanes.iter_mut().zip(of).for_each(|(lanes, of)| lanes[..of.len()].copy_from_slice(of));
    // The greater half goes to the end; the greatest of what is left is the middle one.
    for end in (MEDIAN / 2..MEDIAN).rev() {
        for at in 0..end {
            let [one, other] = [lanes[at], lanes[at + 1]];
            let less = |lane: usize| one[lane] < other[lane];
            lanes[at] = std::array::from_fn(|n| if less(n) { one[n] } else { other[n] });
            lanes[at + 1] = std::array::from_fn(|n| if less(n) { other[n] } else { one[n] });
        }
    }
    lanes[MEDIAN / 2]
}

/// The first column of each row on the way from the first corner to the last that gathers the
/// greatest weights.
fn cheapest_way(weights: &[f32], width: usize) -> Vec<usize> {
    #[derive(Clone, Copy)]
    enum From {
        Corner,
        Above,
        Left,
    }
    let n_rows = weights.len() / width;
    let mut ways = vec![From::Left; n_rows * width];
    let mut above = vec![f32::INFINITY; width + 1];
    above[0] = 0.0;
    for (weights, ways) in weights.chunks_exact(width).zip(ways.chunks_exact_mut(width)) {
        let mut costs = vec![f32::INFINITY; width + 1];
        for column in 0..width {
            let (corner, up, left) = (above[column], above[column + 1], costs[column]);
            let (cost, way) = if corner < up && corner < left {
                (corner, From::Corner)
            } else if up < corner && up < left {
                (up, From::Above)
            } else {
                (left, From::Left)
            };
            costs[column + 1] = cost - weights[column];
            ways[column] = way;
        }
        above = costs;
    }
    let mut starts = vec![0; n_rows];
    let (mut row, mut column) = (n_rows - 1, width - 1);
    loop {
        starts[row] = column;
        match ways[row * width + column] {
            _ if row == 0 => break,
            _ if column == 0 => row -= 1,
            From::Corner => (row, column) = (row - 1, column - 1),
            From::Above => row -= 1,
            From::Left => column -= 1,
        }
    }
    starts[0] = 0;
    starts
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Scores of one head: a row a token, a column a step; `#` is where it listens.
    fn scores(drawing: &[&str]) -> Vec<Vec<f32>> {
        let score = |mark: u8| if mark == b'#' { 8.0 } else { 0.0 };
        vec![drawing.iter().flat_map(|row| row.bytes().map(score)).collect()]
    }

    #[test]
    fn a_token_begins_where_its_row_begins_to_listen() {
        let scores = scores(&[
            "############........", // what is read before the tokens
            "######..............",
            "......#####.........",
            "...........#####....",
        ]);
        assert_eq!(starts(&scores, 20, 16, 1, 3), [0, 6, 11]);
    }

    #[test]
    fn a_blink_elsewhere_is_smoothed_away() {
        let scores =
            scores(&["....................", "########.......#....", "..#.....############"]);
        assert_eq!(starts(&scores, 20, 20, 1, 2), [0, 8]);
    }

    #[test]
    fn sound_of_one_step_holds_any_number_of_tokens() {
        assert_eq!(starts(&scores(&["#", "#", "#"]), 1, 1, 1, 2), [0, 0]);
    }

    #[test]
    fn the_median_mirrors_the_ends() {
        assert_eq!(smooth(&[9.0, 0.0, 0.0, 0.0, 0.0]), [0.0; 5]);
        assert_eq!(smooth(&[1.0, 2.0]), [1.0, 2.0]);
        assert_eq!(smooth(&[3.0, 1.0, 4.0, 2.0]), [2.0, 3.0, 2.0, 3.0]);
    }
}
