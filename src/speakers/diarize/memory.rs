//! What the networks have answered about an episode so far.
//!
//! Listening to ten hours takes minutes of every core: a kill must not lose them. So
//! each answer is kept when it is there, and nobody is asked the same thing twice.

use crate::base::speech::Embedding;
use serde::{Deserialize, Serialize};
use std::io;

/// What a network is asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Question {
    /// Who talks in the windows of a batch, by its number.
    Windows(usize),
    /// Whose voice a piece has, by its number among those that are embedded.
    Voice(usize),
}

/// What it answers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Answer {
    /// To [`Question::Windows`]: all of them, in order.
    Windows(Vec<HeardWindow>),
    /// To [`Question::Voice`]; `None` for a sound without a direction.
    Voice(Option<Embedding>),
}

/// What the network hears in one window; of digital silence, nothing.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct HeardWindow {
    /// The most probable powerset class of each frame.
    pub classes: Vec<u8>,
    /// Probability that anybody talks, of each frame.
    pub speech: Vec<f32>,
}

/// Answers of the networks about one episode.
///
/// Asked from several threads. What it forgets is only asked again: the result is the same.
pub trait Memory: Sync {
    /// The answer, if it is known. It is not asked for a second time.
    fn recall(&self, question: Question) -> Option<Answer>;

    /// Keeps a new answer; on the disk when this returns, if it is ever to be.
    ///
    /// # Errors
    /// Any error of writing.
    fn keep(&self, question: Question, answer: &Answer) -> io::Result<()>;
}

/// Knows nothing and keeps nothing.
pub struct Forgetful;

impl Memory for Forgetful {
    fn recall(&self, _: Question) -> Option<Answer> {
        None
    }

    fn keep(&self, _: Question, _: &Answer) -> io::Result<()> {
        Ok(())
    }
}
