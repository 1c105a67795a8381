//! Why an episode has no transcript, kept beside where it would lie.

use super::{SCHEMA, VERSION, receipt::Source};
use crate::base::{
    guidance::{Guidance, Guided, Kind, reasons},
    notes::empty_if_none,
};
use serde::{Deserialize, Deserializer, Serialize};

/// A failure that is on record until the episode succeeds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// Form of the file; see `SCHEMA`.
    #[serde(default)]
    pub schema: u32,
    /// What failed.
    pub source: Source,
    /// Why, and the causes of that, each once.
    pub reasons: Vec<String>,
    /// What can be done about it; what a newer program says is not known here.
    #[serde(default, deserialize_with = "known")]
    pub guidance: Option<Guidance>,
    /// The same in the words of version 0.1.0, where that noted it.
    #[serde(default, with = "empty_if_none", skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
    /// Whether another try on the same file would fail again. Such a file is left alone
    /// until it changes, until `--retry-failed`, or until somebody else tries.
    pub is_lasting: bool,
    /// Version of the program that failed. Another one may do better.
    #[serde(default)]
    pub version: String,
    /// Digest of the models and settings that it failed with, where they may be the cause: the
    /// program failed in itself. `None` where the sound alone is.
    #[serde(default, with = "empty_if_none")]
    pub maker: Option<String>,
}

impl Failure {
    /// That of an episode of `source` which ended in `error`.
    pub fn of(source: Source, error: &impl Guided) -> Failure {
        Failure {
            schema: SCHEMA,
            source,
            reasons: reasons(error),
            guidance: error.guidance(),
            hint: None,
            is_lasting: error.kind() == Kind::Lasting,
            version: VERSION.to_owned(),
            maker: None,
        }
    }

    /// Whether another try on `source`, by this version and by `maker`, would fail again.
    pub(crate) fn is_certain(&self, source: &Source, maker: impl FnOnce() -> String) -> bool {
        self.is_lasting
            && self.version == VERSION
            && source.is_unchanged(&self.source)
            && self.maker.as_ref().is_none_or(|known| *known == maker())
    }
}

fn known<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Guidance>, D::Error> {
    let value = serde_json::Value::deserialize(deserializer)?;
    Ok(serde_json::from_value(value).ok())
}

/// A try that has begun and not ended.
///
/// It stays where the process died. Whether it died of the episode is known by the process
/// that watches over it; see `Attempts`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attempt {
    /// Form of the file; see `SCHEMA`.
    #[serde(default)]
    pub schema: u32,
    /// The process that tries; a token of its own.
    pub by: String,
    /// How often a process has crashed with this episode at work before.
    pub crashes: u32,
    /// Digest of the models and settings that it tries with: a crash is of these, too.
    #[serde(default)]
    pub maker: String,
}
