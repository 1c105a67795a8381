//! SHA-256, the one digest of voixoff.
//!
//! Publishers give it for their models, so it serves for everything else too: one
//! kind of digest cannot be mistaken for another.

use sha2::{Digest as _, Sha256};
use std::{
    fmt::Write as _,
    io::{self, Read, Write},
};

/// A digest that is being taken, piece by piece.
#[derive(Debug, Clone, Default)]
pub struct Digest(Sha256);

impl Digest {
    /// The digest of nothing yet.
    pub fn new() -> Digest {
        Digest::default()
    }

    /// Takes in the next piece.
    pub(crate) fn update(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    /// The digest of all pieces: 64 lower-case hexadecimal digits.
    pub fn finish(self) -> String {
        self.0.finalize().iter().fold(String::with_capacity(64), |mut text, byte| {
            // Writing to a string cannot go wrong.
            let _ = write!(text, "{byte:02x}");
            text
        })
    }
}

/// The digest of `bytes`.
///
/// ```
/// use voixoff::base::digest::digest;
///
/// assert!(digest(b"").starts_with("e3b0c44298fc1c14"));
/// ```
pub fn digest(bytes: &[u8]) -> String {
    let mut digest = Digest::new();
    digest.update(bytes);
    digest.finish()
}

/// Takes the digest of what goes through on its way to `W`.
#[derive(Debug)]
pub struct Digesting<W> {
    inner: W,
    digest: Digest,
    bytes: u64,
}

impl<W: Write> Digesting<W> {
    /// Nothing has gone through yet.
    pub fn new(inner: W) -> Digesting<W> {
        Digesting { inner, digest: Digest::new(), bytes: 0 }
    }

    /// The writer, the digest and the number of the bytes that it was given.
    pub fn finish(self) -> (W, String, u64) {
        (self.inner, self.digest.finish(), self.bytes)
    }
}

impl<W: Write> Write for Digesting<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let n_written = self.inner.write(bytes)?;
        self.digest.update(&bytes[..n_written]);
        self.bytes += n_written as u64;
        Ok(n_written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}

/// The digest of all that `reader` gives. `progress` is told the bytes so far.
///
/// # Errors
/// Any error of reading.
pub(crate) fn digest_of(
    mut reader: impl Read,
    progress: &mut dyn FnMut(u64),
) -> io::Result<String> {
    let mut digest = Digest::new();
    let mut buffer = vec![0; 1 << 20];
    let mut done = 0;
    loop {
        let n_read = match reader.read(&mut buffer) {
            Ok(0) => return Ok(digest.finish()),
            Ok(n_read) => n_read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
        };
        digest.update(&buffer[..n_read]);
        done += n_read as u64;
        progress(done);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// FIPS 180-2, appendix B.1.
    const OF_ABC: &str = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

    #[test]
    fn pieces_make_no_difference() {
        let mut digest = Digest::new();
        digest.update(b"a");
        digest.update(b"bc");
        assert_eq!(digest.finish(), OF_ABC);
        assert_eq!(digest_of(&b"abc"[..], &mut |_| {}).unwrap(), OF_ABC);
    }

    #[test]
    fn what_goes_through_is_counted_and_arrives() {
        let mut writer = Digesting::new(Vec::new());
        writer.write_all(b"abc").unwrap();
        assert_eq!(writer.finish(), (b"abc".to_vec(), OF_ABC.to_owned(), 3));
    }
}
