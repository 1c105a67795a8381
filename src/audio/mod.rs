//! From a file of any format to the sound that everything else works on: 16 kHz,
//! mono, 16-bit, on disk.
//!
//! The episode flows through in packets (decode → mix → resample → write), so
//! memory does not grow with its length. Times are those of a player: what an
//! encoder adds at the ends is cut, and what is lost in the middle is silence.
//! Damage is told, not fatal: half an episode is worth a transcript.

mod decode;
mod error;
mod layout;
mod mp4;
mod pcm;
mod repair;
mod resample;
mod sink;
mod source;
mod timeline;

pub use error::DecodeError;
pub use pcm::{LONGEST, Pcm};

use crate::base::{
    damage::Damage,
    digest::Digest,
    progress::{Cancel, Event, Observer, Stage},
    samples::Samples,
    time::Time,
};
use decode::Stream;
use layout::Layout;
use sink::Sink;
use source::Watched;
use std::{
    fs::File,
    iter,
    path::{Path, PathBuf},
};

/// Of a hundred parts of sound, the most that may be lost: what is left of more is no episode,
/// and often no sound.
const MOST_LOST: u64 = 95;

/// Most chapters that are read; a file with more has something else in their place.
const MOST_CHAPTERS: usize = 2_000;

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
/// ```
/// use voixoff::{
///     audio::{DecodeSettings, decode},
///     base::{progress::{Cancel, Silent}, samples::Samples},
/// };
///
/// let settings = DecodeSettings { scratch: std::env::temp_dir() };
/// let decoded = decode("tests/data/episode.mp3".as_ref(), &settings, &Silent, &Cancel::default())?;
/// assert_eq!(decoded.pcm.length().samples() / 16_000, 79);
/// # Ok::<(), voixoff::audio::DecodeError>(())
/// ```
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
    observer.on(Event::Started { stage: Stage::Decode, total: stream.promised() });
    let mut sink = Sink::new(path, &settings.scratch)?;
    let (mut facts, mut sound, mut told) = (None, Vec::new(), Time::default());
    while let Some(rate_hz) = stream.next(&mut sound) {
        if cancel.is_requested() {
            return Err(cancelled(path));
        }
        if sound.is_empty() {
            continue;
        }
        facts.get_or_insert_with(|| stream.facts());
        sink.take(rate_hz, &sound, &stream.lost)?;
        sound.clear();
        stream.lost.clear();
        let done = sink.length();
        if done.minus(told) >= Time::from_millis(1000) {
            told = done;
            observer.on(Event::Advanced { stage: Stage::Decode, done });
        }
    }
    if cancel.is_requested() {
        return Err(cancelled(path));
    }
    let (pcm, damage) = sink.finish()?;
    let length = pcm.length();
    let (codec, sample_rate, channels) = facts
        .filter(|_| stream.good_packets > 0 && length > Time::default())
        .ok_or_else(|| DecodeError::NoSample { path: path.into() })?;
    let lost: u64 = damage.lost.iter().map(|span| span.samples()).sum();
    if lost > length.samples() / 100 * MOST_LOST {
        return Err(DecodeError::Garbled { path: path.into(), codec: codec.into() });
    }
    observer.on(Event::Finished { stage: Stage::Decode });
    let damage = Damage {
        corrupt_packets: stream.corrupt_packets,
        cut: stream.is_cut(length).then(|| (length, stream.promised())),
        uncertain_from: stream.repaired().uncertain_from,
        claimed: stream.repaired().claimed,
        ..damage
    };
    let codec = codec.to_owned();
    Ok(Decoded { pcm, source: Source { codec, sample_rate, channels, damage } })
}

/// What the file at `path` is. It is read once and not decoded.
///
/// ```
/// use voixoff::{audio::identify, base::progress::Cancel};
///
/// let episode = identify("tests/data/episode.mp3".as_ref(), &Cancel::default())?;
/// let again = identify("tests/data/episode.mp3".as_ref(), &Cancel::default())?;
/// assert_eq!(episode.digest, again.digest);
/// # Ok::<(), voixoff::audio::DecodeError>(())
/// ```
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
    tags.chapters.retain(|(start, _)| *start <= LONGEST);
    if tags.chapters.len() > MOST_CHAPTERS {
        tags.chapters.clear();
    }
    if cancel.is_requested() {
        return Err(cancelled(path));
    }
    let extension = stream.extension(path);
    Ok(Identity { digest: digest.finish(), extension, length, tags })
}

/// What a file of the container that lies at `path` is called at the end, whatever it is called
/// there. Follows its structure and decodes nothing.
///
/// # Errors
/// Any [`DecodeError`] of opening it, and [`DecodeError::Cancelled`].
pub fn extension(path: &Path, cancel: &Cancel) -> Result<&'static str, DecodeError> {
    Ok(opened(path, cancel)?.extension(path))
}

/// How long the file at `path` is, without reading it all; `None` where it cannot be read.
///
/// What its header says, and in streams that say nothing (MP3 without an index, AAC without a
/// container, films in fragments) the rate of their first megabytes, at which the rest is taken
/// to go on. Damage is not looked for: the length of the sound may be another one.
pub fn probe_length(path: &Path, cancel: &Cancel) -> Option<Time> {
    let (file, length) = source::open(path).ok()?;
    if repair::foreign(&file, length).is_some() {
        return None;
    }
    let repaired = repair::of_header(&file, length);
    let layout = repaired.layout.clone().unwrap_or_else(|| Layout::whole(length));
    Stream::open(path, Watched::new(file, layout, cancel), repaired).ok()?.measured()
}

/// The sound of the file at `path`, read in the way that its damage allows.
fn opened<'a>(path: &Path, cancel: &'a Cancel) -> Result<Stream<'a>, DecodeError> {
    let (file, length) = source::open(path)?;
    if let Some(format) = repair::foreign(&file, length) {
        return Err(DecodeError::Foreign { path: path.into(), format });
    }
    let known = repair::repaired(&file, length, cancel).ok_or_else(|| cancelled(path))?;
    let watched = |layout: Option<Layout>| -> Result<Watched<'a>, DecodeError> {
        let layout = layout.unwrap_or_else(|| Layout::whole(length));
        Ok(Watched::new(source::open(path)?.0, layout, cancel))
    };
    let layout = known.layout.clone();
    let mut stream = Stream::open(path, watched(layout.clone())?, known.clone());
    // Matroska names its index at the front; where the cut took it, reading on helps. FLAC
    // can be read without what is said beside its sound.
    let others =
        || repair::without_notes(&file, length).into_iter().map(|layout| (Some(layout), false));
    // Looked for only where the file as it is was refused.
    let tries = [(layout, true)].into_iter().chain(iter::once_with(others).flatten());
    for (layout, is_one_way) in tries {
        if !matches!(stream, Err(DecodeError::Damaged { .. })) {
            break;
        }
        let watched = watched(layout)?;
        let watched = if is_one_way { watched.one_way() } else { watched };
        stream = Stream::open(path, watched, known.clone());
    }
    stream.map_err(|error| if cancel.is_requested() { cancelled(path) } else { error })
}

fn cancelled(path: &Path) -> DecodeError {
    DecodeError::Cancelled { path: path.into() }
}
