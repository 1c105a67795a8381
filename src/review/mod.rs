//! A transcript that a person corrects against its sound.
//!
//! What the recogniser wrote stays as it is. What a person does to it is a list of [`Edit`]s, kept in a
//! [`Review`]: a file beside the transcripts, to which lines are added and of which none is
//! changed. The text as it stands follows from both, and so do its times: words that nobody touched
//! keep theirs, others are laid on what was heard in their place.

mod document;
mod edit;
mod journal;
mod levels;
mod renewed;
#[cfg(test)]
mod tests;

pub use document::{Document, Sentence};
pub use edit::{Edit, Heading, Refused, SentencePut, SpeakerPut, Splice};
pub use journal::{Deed, Progress, Review, ReviewError};
pub use levels::{PEAKS_PER_SECOND, peaks};
