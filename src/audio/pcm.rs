//! The decoded episode: a scratch WAV on disk, read window by window.
//!
//! An hour of 16 kHz `f32` is 230 MB; of 16-bit on disk, 115 MB that the
//! system's page cache holds only as long as there is room. The file is opened
//! without a name where the system can (on Unix always), so a killed process
//! leaves nothing behind, and it is a WAV so that it can be listened to when
//! something sounds wrong.

use crate::base::{
    samples::Samples,
    time::{SAMPLE_RATE, Span, Time},
};
use hound::{SampleFormat, WavReader, WavSpec, WavWriter};
use std::{
    fmt,
    fs::File,
    io::{self, BufWriter, Cursor, Read, Seek, SeekFrom, Write},
    path::Path,
    sync::{Mutex, PoisonError},
};

/// The most a scratch file can hold: a WAV counts its bytes in 32 bits, which
/// is 37 hours here. No podcast episode comes near; a larger format would be
/// one more thing to explain.
pub const LONGEST: Time = Time::from_samples((u32::MAX as u64 - 1024) / 2);

/// Value of a full-scale 16-bit sample; 2^15, as in ffmpeg, so that what was
/// 16-bit in the file is 16-bit here, unchanged.
const FULL_SCALE: f32 = 32_768.0;

const SPEC: WavSpec = WavSpec {
    channels: 1,
    sample_rate: SAMPLE_RATE,
    bits_per_sample: 16,
    sample_format: SampleFormat::Int,
};

/// A decoded episode: 16 kHz, mono, 16-bit, on disk until it is dropped.
pub struct Pcm {
    // One file behind a lock, not one position per thread: a window is read
    // in a millisecond and recognised in seconds, so nobody waits.
    file: Mutex<File>,
    /// Where its samples begin, in bytes.
    data_start: u64,
    length: Time,
}

impl Pcm {
    /// An episode of these samples, in `-1.0..=1.0`, for tests. The scratch file
    /// lies in the system's temporary folder.
    ///
    /// # Errors
    /// Any error of creating or writing the scratch file.
    pub fn from_samples(samples: &[f32]) -> io::Result<Pcm> {
        let mut scratch = Scratch::create(&std::env::temp_dir())?;
        scratch.write(samples)?;
        scratch.finish()
    }

    /// The WAV of the samples of `span`.
    ///
    /// # Errors
    /// Any error of reading them.
    pub fn wav(&self, span: Span) -> io::Result<Vec<u8>> {
        let mut bytes = Cursor::new(Vec::new());
        let mut writer = Writer::new(&mut bytes)?;
        writer.write(&self.read(span)?)?;
        writer.finish()?;
        Ok(bytes.into_inner())
    }
}

impl Samples for Pcm {
    fn length(&self) -> Time {
        self.length
    }

    fn read(&self, span: Span) -> io::Result<Vec<f32>> {
        if span.end() > self.length {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        let mut bytes = vec![0; 2 * span.samples() as usize];
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        file.seek(SeekFrom::Start(self.data_start + 2 * span.start().samples()))?;
        file.read_exact(&mut bytes)?;
        drop(file);
        let values = bytes.as_chunks().0.iter().map(|two| i16::from_le_bytes(*two));
        Ok(values.map(|value| f32::from(value) / FULL_SCALE).collect())
    }
}

impl fmt::Debug for Pcm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pcm").field("length", &self.length).finish_non_exhaustive()
    }
}

/// A scratch file being written.
pub(super) struct Scratch {
    writer: Writer<BufWriter<File>>,
    file: File,
}

impl Scratch {
    /// An empty scratch file in `folder`, without a name where the system can.
    pub(super) fn create(folder: &Path) -> io::Result<Scratch> {
        let file = tempfile::tempfile_in(folder)?;
        let writer = Writer::new(BufWriter::new(file.try_clone()?))?;
        Ok(Scratch { writer, file })
    }

    /// Appends `samples`; beyond `-1.0..=1.0` they are clipped, NaN is silence.
    pub(super) fn write(&mut self, samples: &[f32]) -> io::Result<()> {
        self.writer.write(samples)
    }

    /// How much was written.
    pub(super) fn length(&self) -> Time {
        Time::from_samples(self.writer.written)
    }

    /// The episode, ready to be read.
    pub(super) fn finish(self) -> io::Result<Pcm> {
        let length = self.length();
        self.writer.finish()?;
        let mut file = self.file;
        file.rewind()?;
        // Behind its header stand the samples.
        let mut file = WavReader::new(file).map_err(into_io)?.into_inner();
        let data_start = file.stream_position()?;
        Ok(Pcm { file: Mutex::new(file), data_start, length })
    }
}

/// The WAV encoder, apart from the file, so that tests can give it a full disk.
struct Writer<W: Write + Seek> {
    wav: WavWriter<W>,
    written: u64,
}

impl<W: Write + Seek> Writer<W> {
    fn new(sink: W) -> io::Result<Writer<W>> {
        Ok(Writer { wav: WavWriter::new(sink, SPEC).map_err(into_io)?, written: 0 })
    }

    fn write(&mut self, samples: &[f32]) -> io::Result<()> {
        // In pieces, because hound takes the length in 32 bits and a buffer of it.
        for piece in samples.chunks(1 << 16) {
            let mut block = self.wav.get_i16_writer(piece.len() as u32);
            for &sample in piece {
                // The cast clips to the range of `i16`; a NaN becomes 0.
                block.write_sample((sample * FULL_SCALE).round() as i16);
            }
            block.flush().map_err(into_io)?;
            self.written += piece.len() as u64;
        }
        Ok(())
    }

    fn finish(self) -> io::Result<()> {
        self.wav.finalize().map_err(into_io)
    }
}

fn into_io(error: hound::Error) -> io::Error {
    match error {
        hound::Error::IoError(error) => error,
        other => io::Error::other(other),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::{Cursor, SeekFrom};

    fn span(start: u64, end: u64) -> Span {
        Span::new(Time::from_samples(start), Time::from_samples(end)).unwrap()
    }

    #[test]
    fn a_window_holds_the_samples_of_its_span() {
        let samples: Vec<f32> = (0..1009).map(|i| i as f32 / 2048.0).collect();
        let pcm = Pcm::from_samples(&samples).unwrap();
        assert_eq!(pcm.length(), Time::from_samples(1009));
        assert_eq!(pcm.read(span(13, 17)).unwrap(), samples[13..17]);
    }

    #[test]
    fn a_span_past_the_end_is_an_error() {
        let pcm = Pcm::from_samples(&[0.5; 7]).unwrap();
        assert_eq!(pcm.read(span(5, 7)).unwrap(), [0.5, 0.5]);
        assert!(pcm.read(span(5, 8)).is_err());
        assert!(pcm.read(span(u64::MAX - 1, u64::MAX)).is_err());
    }

    #[test]
    fn samples_are_rounded_and_clipped_not_wrapped() {
        let pcm = Pcm::from_samples(&[2.0, -2.0, 0.6 / 32_768.0, f32::NAN]).unwrap();
        let read = pcm.read(span(0, 4)).unwrap();
        assert_eq!(read, [32_767.0 / 32_768.0, -1.0, 1.0 / 32_768.0, 0.0]);
    }

    #[test]
    fn windows_read_by_many_threads_are_those_read_by_one() {
        let samples: Vec<f32> = (0..20_011).map(|i| (i % 101) as f32 / 128.0).collect();
        let pcm = Pcm::from_samples(&samples).unwrap();
        std::thread::scope(|scope| {
            for thread in 0..8 {
                let (pcm, samples) = (&pcm, &samples);
                scope.spawn(move || {
                    for start in (thread * 97..19_000).step_by(1013) {
                        let read = pcm.read(span(start, start + 503)).unwrap();
                        assert_eq!(read, samples[start as usize..start as usize + 503]);
                    }
                });
            }
        });
    }

    #[test]
    fn the_scratch_folder_is_empty_while_the_episode_is_in_use() {
        let folder = tempfile::tempdir().unwrap();
        let mut scratch = Scratch::create(folder.path()).unwrap();
        scratch.write(&[0.25; 3]).unwrap();
        let pcm = scratch.finish().unwrap();
        // Elsewhere than on Unix the file has a name until it is closed.
        if cfg!(unix) {
            assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
        }
        assert_eq!(pcm.read(span(0, 3)).unwrap(), [0.25; 3]);
        drop(pcm);
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    }

    /// A disk that holds 100 bytes.
    struct Full(Cursor<Vec<u8>>);

    impl Write for Full {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            match self.0.position() + bytes.len() as u64 {
                0..=100 => self.0.write(bytes),
                _ => Err(io::ErrorKind::StorageFull.into()),
            }
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    impl Seek for Full {
        fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
            self.0.seek(to)
        }
    }

    #[test]
    fn a_full_disk_is_an_error_not_a_short_episode() {
        let mut writer = Writer::new(Full(Cursor::default())).unwrap();
        assert!(writer.write(&[0.5; 7]).is_ok());
        let error = writer.write(&[0.5; 1000]).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::StorageFull);
    }
}
