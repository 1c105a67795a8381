//! Why an episode has no transcript, kept beside where it would lie.

use super::receipt::Source;
use serde::{Deserialize, Serialize};

/// A failure that is on record until the episode succeeds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// What failed.
    pub source: Source,
    /// Why, and the causes of that, each once.
    pub reasons: Vec<String>,
    /// What can be done about it; may be empty.
    pub hint: String,
    /// Whether another try on the same file would fail again. Such a file is left alone
    /// until it changes, or until `--retry-failed`.
    pub is_lasting: bool,
}

/// A try that has begun and not ended.
///
/// It stays where the process died. Whether it died of the episode is known by the process
/// that watches over it; see `Attempts`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attempt {
    /// The process that tries; a token of its own.
    pub by: String,
    /// How often a process has crashed with this episode at work before.
    pub crashes: u32,
}
