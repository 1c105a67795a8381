//! Files whose damage demuxers do not survive, or would not tell.
//!
//! Nothing here decodes. The structure of a file is followed from front to back: where it
//! holds, the file is shown as it is; where it breaks, a [`Layout`] leaves the broken part
//! out, and says as well as the format allows how much sound it was. Demuxers then read
//! what is left as if nothing had happened.

mod aiff;
mod caf;
mod chunks;
mod ebml;
mod flac;
mod foreign;
mod id3;
mod matroska;
mod mpeg;
mod mpeg_frame;
mod ogg;
mod wave;
mod window;

pub(super) use foreign::foreign;
pub(super) use mpeg_frame::{is_filler, side_bytes};

use super::layout::Layout;
use crate::base::{progress::Cancel, time::Time};
use chunks::Notes;
use std::fs::File;
use window::Window;

/// How a file is to be read.
#[derive(Debug, Clone, Default)]
pub(super) struct Repaired {
    /// What demuxers are shown; `None`: the file as it is.
    pub(super) layout: Option<Layout>,
    /// How much sound its header promises, where that is not known otherwise.
    pub(super) promised: Option<Time>,
    /// The length in the header, where the sound goes on behind it.
    pub(super) claimed: Option<Time>,
    /// From when on times may be off, because nothing says how much is lost.
    pub(super) uncertain_from: Option<Time>,
    /// How the links of an Ogg stream begin, behind the first.
    pub(super) links: Vec<Link>,
    /// Whether frames of MPEG audio follow one another in it, where nothing else was found.
    pub(super) has_frames: Option<bool>,
    /// Whether anything in it is damaged; a header alone is not.
    pub(super) is_damaged: bool,
    /// Whether the first sound of the stream is lost.
    pub(super) starts_late: bool,
}

/// How a link of an Ogg stream begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Link {
    /// Another recording follows.
    Next,
    /// The same one goes on behind a damaged place.
    Torn,
}

/// How `file`, which is `length` bytes long, is to be read; `None` after a stop was asked for.
pub(super) fn repaired(file: &File, length: u64, cancel: &Cancel) -> Option<Repaired> {
    let mut window = Window::new(file, length);
    let start = end_of_id3(&mut window, 0);
    let repaired = match window.at(start, 4) {
        b"OggS" => ogg::repaired(&mut window, start, cancel),
        b"RIFF" | b"RF64" | b"BW64" | b"riff" | b"FORM" | b"caff" => {
            in_chunks(&mut window, start, Notes::Kept)
        }
        [0x1a, 0x45, 0xdf, 0xa3] => matroska::repaired(&mut window, start, cancel),
        b"fLaC" => None,
        _ => mpeg::repaired(&mut window, start, cancel),
    };
    let repaired = id3::bounded(&mut window, repaired.unwrap_or_default());
    (!cancel.is_requested()).then_some(repaired)
}

/// The sound that lies in a chunk at `start`, behind a true header.
fn in_chunks(window: &mut Window<'_>, start: u64, notes: Notes) -> Option<Repaired> {
    match window.at(start, 4) {
        b"FORM" => aiff::repaired(window, start, notes),
        b"caff" => caf::repaired(window, start, notes),
        _ => wave::repaired(window, start, notes),
    }
}

/// The same, as far as its header tells.
pub(super) fn of_header(file: &File, length: u64) -> Repaired {
    let mut window = Window::new(file, length);
    let start = end_of_id3(&mut window, 0);
    let repaired = in_chunks(&mut window, start, Notes::Kept);
    id3::bounded(&mut window, repaired.unwrap_or_default())
}

/// The file without what its header says beside the sound, for a demuxer that refuses it:
/// the more bearable try first.
pub(super) fn without_notes(file: &File, length: u64) -> Vec<Layout> {
    let mut window = Window::new(file, length);
    let start = end_of_id3(&mut window, 0);
    match window.at(start, 4) {
        b"fLaC" => flac::without_notes(&mut window, start),
        _ => {
            let repaired = in_chunks(&mut window, start, Notes::LeftOut);
            repaired.and_then(|repaired| repaired.layout).into_iter().collect()
        }
    }
}

/// Where the sound begins behind the tags at `place`.
fn end_of_id3(window: &mut Window<'_>, mut place: u64) -> u64 {
    while let Some(end) = id3::end_of_tag(window, place) {
        place = end;
    }
    place
}
