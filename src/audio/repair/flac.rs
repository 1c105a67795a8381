//! FLAC whose notes (cue sheets, pictures, seek tables) are damaged, or odd.
//!
//! symphonia 0.6.1 refuses a file for any of them. Only its first block is needed to play
//! it; whatever lies between that one and the first frame is passed over in the search for
//! a frame.

use super::{Layout, Window};
use std::ops::Range;

/// Bytes of the marker, the header of the first block and that block.
const HEAD: u64 = 4 + 4 + 34;

/// Most bytes of comments that are kept.
const MOST_COMMENTS: u64 = 1 << 20;

/// The stream at `start` with its comments as its only notes, and without any.
pub(super) fn without_notes(window: &mut Window<'_>, start: u64) -> Vec<Layout> {
    let Some(head) = window.array::<{ HEAD as usize }>(start) else { return Vec::new() };
    // Block 0 is what the stream is; a last block has the highest bit set.
    if head[4] & 0x7f != 0 || head[5..8] != [0, 0, 34] {
        return Vec::new();
    }
    let length_of_file = window.length();
    let layout = |comments: Option<Range<u64>>| {
        let mut head = head;
        head[4] = if comments.is_some() { 0 } else { 0x80 };
        let mut layout = Layout::default();
        layout.make(head.to_vec(), 1);
        if let Some(comments) = comments {
            let length = (comments.end - comments.start) as u32;
            let [_, a, b, c] = length.to_be_bytes();
            layout.make(vec![0x84, a, b, c], 1);
            layout.take(comments);
        }
        layout.take(start + HEAD..length_of_file);
        layout
    };
    let comments = comments(window, start);
    comments.map(|range| layout(Some(range))).into_iter().chain([layout(None)]).collect()
}

/// Where the comments lie, if the blocks up to them can be followed.
fn comments(window: &mut Window<'_>, start: u64) -> Option<Range<u64>> {
    const COMMENTS: u8 = 4;
    let mut place = start + 4;
    loop {
        let [kind, a, b, c] = window.array(place)?;
        let content = place + 4;
        let length = u64::from(u32::from_be_bytes([0, a, b, c]));
        place = content + length;
        if kind & 0x7f == COMMENTS && length <= MOST_COMMENTS && place <= window.length() {
            return Some(content..place);
        }
        if kind & 0x80 != 0 {
            return None;
        }
    }
}
