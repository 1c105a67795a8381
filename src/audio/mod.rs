//! From a file of any format to the sound that everything else works on: 16 kHz,
//! mono, 16-bit, on disk.
//!
//! The episode flows through in packets (decode → mix → resample → write), so
//! memory does not grow with its length. Times are those of a player: what an
//! encoder adds at the ends is cut, and what is lost in the middle is silence.
//! Damage is told, not fatal: half an episode is worth a transcript.

mod decode;
mod error;
mod mp4;
mod pcm;
mod resample;
mod source;
mod timeline;

pub use error::DecodeError;
pub use pcm::{LONGEST, Pcm};

use crate::{
    damage::Damage,
    digest::Digest,
    progress::{Cancel, Event, Observer, Stage},
    samples::Samples,
    time::Time,
};
use decode::Stream;
use pcm::Scratch;
use resample::Resampler;
use source::Watched;
use std::{
    fs::File,
    io,
    path::{Path, PathBuf},
};

/// How to decode an episode.
#[derive(Debug, Clone)]
pub struct DecodeSettings {
    /// Folder of the scratch file: 115 MB an hour, gone with the [`Pcm`].
    pub scratch: PathBuf,
}

/// A decoded episode.
#[derive(Debug)]
pub struct Decoded {
    /// Its sound.
    pub pcm: Pcm,
    /// What is known of the file it comes from.
    pub source: Source,
}

/// What a file is, whatever its name: its sound, and what it says of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// SHA-256 of the coded sound, in lower-case hexadecimal digits. Tags, pictures and
    /// other tracks are left out: a file that is tagged anew is the same episode.
    pub digest: String,
    /// What a file of its container is called at the end: `mp3`, `m4a`, `opus`, …
    pub extension: &'static str,
    /// How long its packets say they last; 0 where they say nothing.
    pub length: Time,
    /// What is written in it.
    pub tags: Tags,
}

/// What is written in a file, as listeners see it. An empty field is not there.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tags {
    /// Title of the recording.
    pub title: String,
    /// What it belongs to: podcasts put the show there.
    pub album: String,
    /// Who made it.
    pub artist: String,
    /// Who is heard in it, where it says so; who made it may be a station.
    pub performers: Vec<String>,
    /// When it was recorded or published: a year, or a day of ISO 8601.
    pub date: String,
    /// Where its chapters begin, and what they are called; in the order of the file.
    pub chapters: Vec<(Time, String)>,
}

/// What decoding has learnt of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    /// Short name of the codec: `mp3`, `aac`, `opus`, `pcm_s16le`, …
    pub codec: String,
    /// Samples a second and channel, in hertz, as decoded at the start.
    pub sample_rate: u32,
    /// Number of channels, as decoded at the start.
    pub channels: u16,
    /// What is wrong with it.
    pub damage: Damage,
}

/// Decodes the first audio track of the file at `path`, whatever its format.
///
/// Tells `observer` about every second of sound, and looks at `cancel` before
/// every packet.
///
/// # Errors
/// Any [`DecodeError`]; there is then no scratch file. A damaged or cut file is
/// not an error as long as one packet can be decoded: see [`Source`].
pub fn decode(
    path: &Path,
    settings: &DecodeSettings,
    observer: &dyn Observer,
    cancel: &Cancel,
) -> Result<Decoded, DecodeError> {
    let mut stream = opened(path, cancel)?;
    let unwritten = |source| DecodeError::Scratch {
        path: path.into(),
        folder: settings.scratch.clone(),
        source,
    };
    observer.on(Event::Started { stage: Stage::Decode, total: stream.promised() });
    let mut sink = Sink { scratch: Scratch::create(&settings.scratch).map_err(unwritten)?, path };
    let mut facts = None;
    let mut resampler: Option<Resampler> = None;
    let (mut sound, mut ready) = (Vec::new(), Vec::new());
    let mut told = Time::default();
    while let Some(rate_hz) = stream.next(&mut sound) {
        if cancel.is_requested() {
            return Err(cancelled(path));
        }
        if sound.is_empty() {
            continue;
        }
        facts.get_or_insert_with(|| stream.facts());
        // The rate may change on the way: what was taken so far is then finished.
        if let Some(before) = resampler.take_if(|resampler| resampler.rate_hz() != rate_hz) {
            before.finish(&mut ready);
        }
        let resampler = match &mut resampler {
            Some(resampler) => resampler,
            none => none.insert(
                Resampler::new(rate_hz)
                    .ok_or_else(|| DecodeError::Rate { path: path.into(), rate_hz })?,
            ),
        };
        resampler.push(&sound, &mut ready);
        sound.clear();
        sink.take(&mut ready).map_err(unwritten)??;
        let done = sink.scratch.length();
        if done.minus(told) >= Time::from_millis(1000) {
            told = done;
            observer.on(Event::Advanced { stage: Stage::Decode, done });
        }
    }
    if cancel.is_requested() {
        return Err(cancelled(path));
    }
    if let Some(resampler) = resampler {
        resampler.finish(&mut ready);
    }
    sink.take(&mut ready).map_err(unwritten)??;
    let pcm = sink.scratch.finish().map_err(unwritten)?;
    let (codec, sample_rate, channels) = facts
        .filter(|_| stream.has_sound && pcm.length() > Time::default())
        .ok_or_else(|| DecodeError::NoSample { path: path.into() })?;
    observer.on(Event::Finished { stage: Stage::Decode });
    let at = pcm.length();
    let damage = Damage {
        corrupt_packets: stream.corrupt_packets,
        cut: stream.is_cut(at).then(|| (at, stream.promised())),
        ..Damage::default()
    };
    let codec = codec.to_owned();
    Ok(Decoded { pcm, source: Source { codec, sample_rate, channels, damage } })
}

/// What the file at `path` is. It is read once and not decoded.
///
/// # Errors
/// Any [`DecodeError`] of opening it, and [`DecodeError::Cancelled`].
pub fn identify(path: &Path, cancel: &Cancel) -> Result<Identity, DecodeError> {
    let mut stream = opened(path, cancel)?;
    let mut digest = Digest::new();
    let length = stream.take_packets(&mut digest);
    let mut tags = stream.tags();
    if tags.chapters.is_empty() {
        tags.chapters = File::open(path).map(mp4::chapters).unwrap_or_default();
    }
    if cancel.is_requested() {
        return Err(cancelled(path));
    }
    let extension = stream.extension(path);
    Ok(Identity { digest: digest.finish(), extension, length, tags })
}

/// What a file of the container that lies at `path` is called at the end, whatever it is called
/// there. Reads its beginning alone.
///
/// # Errors
/// Any [`DecodeError`] of opening it, and [`DecodeError::Cancelled`].
pub fn extension(path: &Path, cancel: &Cancel) -> Result<&'static str, DecodeError> {
    Ok(opened(path, cancel)?.extension(path))
}

/// How much sound the file at `path` promises; `None` where it says nothing, or cannot be
/// read. Reads its beginning alone.
pub fn promised(path: &Path, cancel: &Cancel) -> Option<Time> {
    opened(path, cancel).ok()?.promised()
}

/// The sound of the file at `path`, read in the way that its damage allows.
fn opened<'a>(path: &Path, cancel: &'a Cancel) -> Result<Stream<'a>, DecodeError> {
    let watched = || -> Result<Watched<'a>, DecodeError> {
        let (file, length) = source::open(path)?;
        Ok(Watched::new(file, length, cancel))
    };
    let stream = match Stream::open(path, watched()?) {
        // Matroska names its index at the front; where the cut took it, reading on helps.
        Err(DecodeError::Damaged { .. }) => Stream::open(path, watched()?.one_way()),
        stream => stream,
    };
    stream.map_err(|error| if cancel.is_requested() { cancelled(path) } else { error })
}

/// The scratch file, which has an end.
struct Sink<'a> {
    scratch: Scratch,
    path: &'a Path,
}

impl Sink<'_> {
    /// Writes `ready` and empties it.
    fn take(&mut self, ready: &mut Vec<f32>) -> io::Result<Result<(), DecodeError>> {
        let length = self.scratch.length().plus(Time::from_samples(ready.len() as u64));
        if length > LONGEST {
            return Ok(Err(DecodeError::TooLong { path: self.path.into(), longest: LONGEST }));
        }
        self.scratch.write(ready)?;
        ready.clear();
        Ok(Ok(()))
    }
}

fn cancelled(path: &Path) -> DecodeError {
    DecodeError::Cancelled { path: path.into() }
}
