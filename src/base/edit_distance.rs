//! How far two short sequences are apart: `eval::align` has one for whole days of speech.

/// The fewest items to be put in, taken out or replaced that make `right` of `left` (Levenshtein,
/// "Binary Codes Capable of Correcting Deletions, Insertions, and Reversals", 1966).
pub(crate) fn edit_distance<T: PartialEq>(left: impl IntoIterator<Item = T>, right: &[T]) -> usize {
    let mut distances: Vec<usize> = (0..=right.len()).collect();
    for (n, item) in left.into_iter().enumerate() {
        let mut diagonal = distances[0];
        distances[0] = n + 1;
        for (idx, other) in right.iter().enumerate() {
            let substituted = diagonal + usize::from(item != *other);
            diagonal = distances[idx + 1];
            distances[idx + 1] = substituted.min(diagonal + 1).min(distances[idx] + 1);
        }
    }
    distances[right.len()]
}

/// That of the letters of two words.
pub(crate) fn of_letters(left: &str, right: &str) -> usize {
    edit_distance(left.chars(), &right.chars().collect::<Vec<char>>())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_are_put_in_taken_out_or_replaced() {
        for (left, right, expected) in [
            ("", "", 0),
            ("", "été", 3),
            ("été", "", 3),
            ("chien", "niche", 4),
            ("mère", "mare", 1),
        ] {
            assert_eq!(of_letters(left, right), expected, "{left} {right}");
            assert_eq!(of_letters(right, left), expected, "{right} {left}");
        }
        assert_eq!(edit_distance(["un", "deux"], &["deux"]), 1);
    }
}
