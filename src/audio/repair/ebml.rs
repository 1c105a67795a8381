//! Elements of EBML (RFC 8794), of which Matroska and WebM consist.

use super::Window;

/// One element.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Element {
    pub(super) id: u32,
    /// Where its content begins.
    pub(super) content: u64,
    /// Where it ends; `None` where it says that it does not know.
    pub(super) end: Option<u64>,
}

impl Element {
    /// The element at `place`.
    pub(super) fn read(window: &mut Window<'_>, place: u64) -> Option<Element> {
        let bytes = window.at(place, 12);
        let id_length = bytes.first()?.leading_zeros() as usize + 1;
        let id = bytes.get(..id_length).filter(|id| id.len() <= 4)?;
        let id = id.iter().fold(0, |id, byte| id << 8 | u32::from(*byte));
        let first = *bytes.get(id_length)?;
        let length = first.leading_zeros() as usize + 1;
        let size = bytes.get(id_length..id_length + length).filter(|size| size.len() <= 8)?;
        let mask = (1_u64 << (7 * length)) - 1;
        let size = size.iter().fold(0, |size, byte| size << 8 | u64::from(*byte)) & mask;
        let content = place + (id_length + length) as u64;
        let end = if size == mask { None } else { Some(content.checked_add(size)?) };
        Some(Element { id, content, end })
    }
}
