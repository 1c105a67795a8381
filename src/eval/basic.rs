//! Whisper's normalisation of languages without one of their own, for comparison with the
//! literature: published word error rates of French are mostly by it.

use unicode_normalization::UnicodeNormalization;

/// Name of these rules, for every report.
pub const NAME: &str = "whisper-basic";

/// The tokens of `text`, in order.
///
/// Lower case; what is in square, angle or round brackets is gone, whatever it is; all marks
/// and signs are spaces, « % » too; figures are not words.
///
/// Radford et al., "Robust Speech Recognition via Large-Scale Weak Supervision", 2022,
/// `BasicTextNormalizer` of its code, without removal of accents.
///
/// ```
/// assert_eq!(voixoff::eval::basic::tokens("C'est 20 % (rires)."), ["c", "est", "20"]);
/// ```
pub fn tokens(text: &str) -> Vec<String> {
    let text = without(&without(&text.to_lowercase(), ['[', '<'], [']', '>']), ['('; 2], [')'; 2]);
    let plain = |character: char| {
        let is_kept = character.is_alphanumeric() || character.is_whitespace();
        if is_kept { character } else { ' ' }
    };
    let plain: String = text.nfkc().map(plain).collect();
    plain.split_whitespace().map(str::to_owned).collect()
}

/// `text` without what stands between one of `open` and the next one of `close`.
fn without(text: &str, open: [char; 2], close: [char; 2]) -> String {
    let mut kept = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find(open) {
        // One that is never closed closes nothing, nor does any after it.
        let Some(length) = rest[start..].find(close) else { break };
        kept.push_str(&rest[..start]);
        let end = start + length;
        rest = &rest[end + rest[end..].chars().next().map_or(0, char::len_utf8)..];
    }
    kept + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_published_rules_do_is_done() {
        check("L’État, 57 % (rires) !", "l état 57");
        check("[Jingle] C'est <b>ça</b>…", "c est ça");
        check("Cœur ½ [ouvert", "cœur 1 2 ouvert");
        check("a (b) c) d (e", "a c d e");
    }

    #[track_caller]
    fn check(text: &str, expected: &str) {
        assert_eq!(tokens(text).join(" "), expected);
    }
}
