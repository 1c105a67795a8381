//! The name that somebody may have meant.

/// The one of `names` that is nearest to `typed`, if it is near.
pub(crate) fn nearest<'a>(
    typed: &str,
    names: impl IntoIterator<Item = &'a str>,
) -> Option<&'a str> {
    let distances = names.into_iter().map(|name| (distance(typed, name), name));
    // A third of the letters, as compilers have it.
    let near = |(distance, name): &(usize, &str)| {
        *distance <= typed.chars().count().max(name.chars().count()).div_ceil(3)
    };
    distances.filter(near).min().map(|(_, name)| name)
}

/// Letters to insert, remove, replace or swap with the next one (optimal string alignment).
fn distance(one: &str, other: &str) -> usize {
    let (one, other): (Vec<char>, Vec<char>) = (one.chars().collect(), other.chars().collect());
    let mut rows: Vec<Vec<usize>> = vec![(0..=other.len()).collect()];
    for (i, a) in one.iter().enumerate() {
        let mut row = vec![i + 1];
        for (j, b) in other.iter().enumerate() {
            let replaced = rows[i][j] + usize::from(a != b);
            let mut least = replaced.min(rows[i][j + 1] + 1).min(row[j] + 1);
            if i > 0 && j > 0 && *a == other[j - 1] && one[i - 1] == *b {
                least = least.min(rows[i - 1][j - 1] + 1);
            }
            row.push(least);
        }
        rows.push(row);
    }
    rows[one.len()][other.len()]
}

#[cfg(test)]
mod tests {
    use super::nearest;

    #[test]
    fn a_slip_finds_its_name_and_another_word_finds_none() {
        let names = ["transcribe", "convert", "models"];
        assert_eq!(nearest("trnascribe", names), Some("transcribe"));
        assert_eq!(nearest("model", names), Some("models"));
        assert_eq!(nearest("bonjour", names), None);
    }
}
