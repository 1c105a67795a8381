//! What is said where nothing that reads buckets was built in.

use super::{Address, BucketError, Object, Take};
use crate::base::progress::Cancel;
use std::path::Path;

/// No buckets at all.
#[derive(Debug)]
pub struct Buckets;

impl Buckets {
    /// None, whatever the settings are.
    pub fn new(_: Vec<(String, String)>) -> Buckets {
        Buckets
    }

    /// Where they would be.
    pub fn endpoint(&self) -> &str {
        ""
    }

    /// Lists nothing.
    ///
    /// # Errors
    /// [`BucketError::NotBuilt`].
    pub fn list(&self, _: &Address, _: &str) -> Result<Vec<Object>, BucketError> {
        Err(BucketError::NotBuilt)
    }

    /// Reads nothing.
    ///
    /// # Errors
    /// [`BucketError::NotBuilt`].
    pub(crate) fn read_all(
        &self,
        _: &Address,
        _: Vec<String>,
        _: Take<'_>,
    ) -> Result<(), BucketError> {
        Err(BucketError::NotBuilt)
    }

    /// Downloads nothing.
    ///
    /// # Errors
    /// [`BucketError::NotBuilt`].
    pub fn download(&self, _: &Address, _: &str, _: &Path, _: &Cancel) -> Result<(), BucketError> {
        Err(BucketError::NotBuilt)
    }

    /// Puts nothing.
    ///
    /// # Errors
    /// [`BucketError::NotBuilt`].
    pub fn put(&self, _: &Address, _: Vec<u8>) -> Result<String, BucketError> {
        Err(BucketError::NotBuilt)
    }

    /// Removes nothing.
    ///
    /// # Errors
    /// [`BucketError::NotBuilt`].
    pub fn remove(&self, _: &Address) -> Result<(), BucketError> {
        Err(BucketError::NotBuilt)
    }
}
