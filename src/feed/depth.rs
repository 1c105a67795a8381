//! How deep the elements of a document lie in each other.
//!
//! The reader of feeds calls itself for an element within another, so a document of
//! nothing but opening tags ends the process. Feeds come from strangers: this is
//! looked at first.

/// Deepest nesting of elements in `xml`, which need not be well-formed.
pub(super) fn depth(xml: &[u8]) -> usize {
    let (mut depth, mut deepest) = (0_usize, 0);
    let mut rest = xml;
    while let Some(start) = rest.iter().position(|byte| *byte == b'<') {
        rest = &rest[start..];
        let length = match rest {
            [b'<', b'!', b'-', b'-', ..] => through(rest, 4, b"-->"),
            [b'<', b'!', b'[', ..] => through(rest, 3, b"]]>"),
            [b'<', b'!' | b'?', ..] => through(rest, 2, b">"),
            [b'<', b'/', ..] => {
                depth = depth.saturating_sub(1);
                through(rest, 2, b">")
            }
            _ => {
                let length = tag(rest);
                if !rest[..length].ends_with(b"/>") {
                    depth += 1;
                    deepest = deepest.max(depth);
                }
                length
            }
        };
        rest = &rest[length..];
    }
    deepest
}

/// Bytes of `rest` up to the end of `mark`, looked for from byte `from` on.
fn through(rest: &[u8], from: usize, mark: &[u8]) -> usize {
    let place = rest[from..].windows(mark.len()).position(|bytes| bytes == mark);
    place.map_or(rest.len(), |place| from + place + mark.len())
}

/// Bytes of the tag that `rest` begins with; a `>` within quotes does not end it.
fn tag(rest: &[u8]) -> usize {
    let mut quote = None;
    for (idx, &byte) in rest.iter().enumerate() {
        match (quote, byte) {
            (None, b'>') => return idx + 1,
            (None, b'"' | b'\'') => quote = Some(byte),
            (Some(open), _) if open == byte => quote = None,
            _ => (),
        }
    }
    rest.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_elements_that_are_open_at_once_count() {
        assert_eq!(depth(b"text"), 0);
        assert_eq!(depth(b"<?xml version='1.0'?><!DOCTYPE rss><a/><a></a>"), 1);
        assert_eq!(depth(b"<a><b>1 > 0</b><c x='>' y=\"/>\"><d/></c></a>"), 2);
        assert_eq!(depth(b"<a><!-- <b><b> --><![CDATA[<b><b>]]></a>"), 1);
        assert_eq!(depth(b"<a><a><a"), 3);
    }
}
