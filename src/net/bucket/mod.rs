//! Buckets of S3 and everything that speaks like it: sound that lies in them, and archives.
//!
//! Only `client` knows how to ask for anything; it is there where the feature `s3` is. Keys are
//! taken as they are: « ép 1 100%.mp3 » is the key of that name, nothing is escaped.

#[cfg(not(feature = "s3"))]
mod absent;
#[cfg(feature = "s3")]
mod client;

#[cfg(not(feature = "s3"))]
pub use absent::Buckets;
#[cfg(feature = "s3")]
pub use client::Buckets;

use crate::base::guidance::{Guidance, Guided, Kind, of_writing};
use std::{fmt, io, path::PathBuf, time::SystemTime};

/// Whether this build reads buckets.
pub const IS_BUILT: bool = cfg!(feature = "s3");

const SCHEME: &str = "s3://";

/// A place in a bucket: `s3://BUCKET/PREFIX`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Address {
    /// Name of the bucket.
    pub bucket: String,
    /// What keys begin with, without a slash at either end; may be empty.
    pub prefix: String,
}

impl Address {
    /// Whether `source` is the address of a bucket, and not the path of a file.
    pub fn is_address(source: &str) -> bool {
        source.get(..SCHEME.len()).is_some_and(|start| start.eq_ignore_ascii_case(SCHEME))
    }

    /// The address that `text` is.
    ///
    /// # Errors
    /// [`BucketError::Malformed`] of anything else.
    pub fn parse(text: &str) -> Result<Address, BucketError> {
        let malformed = || BucketError::Malformed { address: text.to_owned() };
        let place = Address::is_address(text).then(|| &text[SCHEME.len()..]);
        let place = place.ok_or_else(malformed)?;
        let (bucket, prefix) = place.split_once('/').unwrap_or((place, ""));
        let prefix = prefix.trim_matches('/');
        let is_odd = |part: &str| matches!(part, "" | "." | "..");
        if bucket.is_empty() || (!prefix.is_empty() && prefix.split('/').any(is_odd)) {
            return Err(malformed());
        }
        Ok(Address { bucket: bucket.to_owned(), prefix: prefix.to_owned() })
    }

    /// The key of what is called `name` here.
    pub fn key(&self, name: &str) -> String {
        let Address { prefix, .. } = self;
        if prefix.is_empty() { name.to_owned() } else { format!("{prefix}/{name}") }
    }

    /// What the object with this `key` is called here; `None` where it lies elsewhere.
    pub fn name<'a>(&self, key: &'a str) -> Option<&'a str> {
        if self.prefix.is_empty() {
            return Some(key);
        }
        key.strip_prefix(self.prefix.as_str())?.strip_prefix('/')
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{SCHEME}{}", self.bucket)?;
        if self.prefix.is_empty() { Ok(()) } else { write!(f, "/{}", self.prefix) }
    }
}

/// Something that lies in a bucket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Object {
    /// Its key, as it is.
    pub key: String,
    /// Its length in bytes.
    pub bytes: u64,
    /// What its content is known by: another one after each change.
    pub etag: String,
    /// When it was put there.
    pub modified: SystemTime,
}

/// Takes name, content and etag of an object that was read.
pub type Take<'a> = &'a mut dyn FnMut(&str, Vec<u8>, String) -> io::Result<()>;

/// Why a bucket does not do what is asked.
#[derive(Debug, thiserror::Error)]
pub enum BucketError {
    /// This program was built without what reads buckets.
    #[error("this build reads and writes no buckets")]
    NotBuilt,
    /// Not an address.
    #[error("`{address}` is not the address of a bucket")]
    Malformed {
        /// What was given.
        address: String,
    },
    /// The settings contradict each other, or say nothing.
    #[error("the settings of S3 cannot be used: {reason}")]
    Settings {
        /// As told by who reads them.
        reason: String,
    },
    /// The server cannot be reached.
    #[error("`{address}` cannot be reached: {reason}")]
    Unreachable {
        /// Bucket or object.
        address: String,
        /// As told by the network.
        reason: String,
    },
    /// There is no such bucket.
    #[error("there is no bucket `{bucket}`")]
    NoBucket {
        /// Its name.
        bucket: String,
    },
    /// The keys are wrong, or do not open this.
    #[error("`{address}` is not given out: the server answers {reason}")]
    Denied {
        /// Bucket or object.
        address: String,
        /// As told by the server.
        reason: String,
    },
    /// Nothing says who asks.
    #[error("`{address}` is not given out: there are no keys to ask with")]
    NoKeys {
        /// Bucket or object.
        address: String,
    },
    /// The object is not there any more, or is another one.
    #[error("`{address}` was removed or replaced meanwhile")]
    Changed {
        /// The object.
        address: String,
    },
    /// The server answers something else.
    #[error("`{address}`: the server answers {reason}")]
    Refused {
        /// Bucket or object.
        address: String,
        /// As told by the server.
        reason: String,
    },
    /// A file on this side cannot be read or written.
    #[error("`{}` cannot be read or written", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// A stop was asked for.
    #[error("stopped while downloading `{address}`")]
    Cancelled {
        /// The object.
        address: String,
    },
}

impl Guided for BucketError {
    fn kind(&self) -> Kind {
        match self {
            BucketError::Cancelled { .. } => Kind::Stopped,
            _ => Kind::Passing,
        }
    }

    fn guidance(&self) -> Option<Guidance> {
        Some(match self {
            BucketError::NotBuilt => Guidance::BuildBuckets,
            BucketError::Malformed { .. } => Guidance::BucketAddress,
            BucketError::Settings { .. } => Guidance::BucketSettings,
            BucketError::Unreachable { .. } => Guidance::BucketNetwork,
            BucketError::NoBucket { .. } => Guidance::BucketName,
            BucketError::Denied { .. } => Guidance::BucketRights,
            BucketError::NoKeys { .. } => Guidance::BucketKeys,
            BucketError::Changed { .. } | BucketError::Cancelled { .. } => Guidance::Again,
            BucketError::Refused { .. } => Guidance::LaterFromHere,
            BucketError::File { source, .. } => of_writing(source),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_taken_as_it_is_typed() {
        let place = |text: &str| {
            let Address { bucket, prefix } = Address::parse(text).ok()?;
            Some((bucket, prefix))
        };
        let some = |bucket: &str, prefix: &str| Some((bucket.to_owned(), prefix.to_owned()));
        assert_eq!(place("s3://son"), some("son", ""));
        assert_eq!(place("S3://son/"), some("son", ""));
        assert_eq!(place("s3://son/été 100%/a/"), some("son", "été 100%/a"));
        for wrong in ["s3:/son", "son", "s3://", "s3:///a", "s3://son/a//b", "s3://son/../b"] {
            assert_eq!(place(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn keys_below_an_address_are_those_behind_its_slash() {
        let address = Address::parse("s3://son/a").unwrap();
        assert_eq!(address.name("a/b/c"), Some("b/c"));
        assert_eq!(address.name("ab/c"), None);
        assert_eq!(address.key("b/c"), "a/b/c");
        assert_eq!(Address::parse("s3://son").unwrap().name("a/b"), Some("a/b"));
    }
}
