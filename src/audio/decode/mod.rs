//! A file of any known format, packet by packet, as mono samples at its own rate.
//!
//! Only this folder names symphonia. It opens by content, not by name; takes
//! the first audio track; mixes its channels; and leaves to [`Timeline`] what is
//! sound. All trimming is done there and none in the decoders, because symphonia
//! trims an MP3 at the length its header claims: in an episode glued from several
//! files, that is the length of the first one, and the rest would be silently lost.

mod codec;
mod identity;

use super::{
    DecodeError, mp4,
    source::Watched,
    timeline::{NO_PADDING, Timeline},
};
use crate::time::{SAMPLE_RATE, Time};
use codec::Voice;
use std::{
    fs::File,
    io,
    ops::Range,
    panic::{self, AssertUnwindSafe},
    path::Path,
};
use symphonia::core::{
    codecs::CodecParameters,
    common::Limit,
    errors::Error,
    formats::{
        FormatId, FormatOptions, FormatReader, Track, TrackType,
        probe::Hint,
        well_known::{
            FORMAT_ID_ADTS, FORMAT_ID_ISOMP4, FORMAT_ID_MKV, FORMAT_ID_MP1, FORMAT_ID_MP2,
            FORMAT_ID_MP3, FORMAT_ID_OGG,
        },
    },
    io::{MediaSource, MediaSourceStream},
    meta::MetadataOptions,
    packet::Packet,
    units::{Duration, TimeBase, Timestamp},
};

/// Errors of the container in a row after which the rest is given up. Each one
/// moves on by a few bytes at least in the formats that can go on at all.
const MOST_ERRORS: u32 = 1000;

/// Longest silence that stands for one undecodable packet, in seconds.
const LONGEST_PACKET: i64 = 2;

impl MediaSource for Watched<'_> {
    fn is_seekable(&self) -> bool {
        Watched::is_seekable(self)
    }

    fn byte_len(&self) -> Option<u64> {
        // Elements that reach beyond a known end are refused.
        Watched::is_seekable(self).then(|| self.length())
    }
}

/// An open episode.
pub(super) struct Stream<'a> {
    format: Box<dyn FormatReader + 'a>,
    container: FormatId,
    track: u32,
    voice: Voice,
    timeline: Timeline,
    /// What the container's clock shows where the timeline is at 0, in nanoseconds;
    /// `None` until the first packet.
    origin_ns: Option<i128>,
    /// How far the packets of any track reach, in nanoseconds.
    reached_ns: i128,
    promised: Option<Time>,
    errors_in_a_row: u32,
    /// Packets that could not be decoded.
    pub(super) corrupt_packets: u64,
    /// Whether anything was decoded.
    pub(super) has_sound: bool,
    ended_by_error: bool,
}

impl<'a> Stream<'a> {
    /// Opens `file`, which was opened from `path`.
    pub(super) fn open(path: &Path, file: Watched<'a>) -> Result<Stream<'a>, DecodeError> {
        let mut hint = Hint::new();
        if let Some(extension) = path.extension().and_then(|extension| extension.to_str()) {
            hint.with_extension(extension);
        }
        // A cover of several megabytes is nothing to us.
        let metadata = MetadataOptions::default().limit_visual_bytes(Limit::Maximum(0));
        let stream = MediaSourceStream::new(Box::new(file), Default::default());
        let probe = || {
            let options = FormatOptions::default();
            symphonia::default::get_probe().probe(&hint, stream, options, metadata)
        };
        let format = guarded(probe)
            .unwrap_or(Err(Error::DecodeError("it makes no sense")))
            .map_err(|error| unopened(path, error))?;
        let track = first_audio(format.as_ref())
            .ok_or_else(|| DecodeError::NoAudioTrack { path: path.into() })?;
        let voice = guarded(|| voice_of(track))
            .unwrap_or_else(|| Err("unknown".into()))
            .map_err(|codec| DecodeError::Codec { path: path.into(), codec })?;
        let mut stream = Stream {
            container: format.format_info().format,
            track: track.id,
            timeline: Timeline::new(0, NO_PADDING),
            origin_ns: None,
            reached_ns: 0,
            promised: None,
            errors_in_a_row: 0,
            corrupt_packets: 0,
            has_sound: false,
            ended_by_error: false,
            voice,
            format,
        };
        stream.begin(Some(path));
        Ok(stream)
    }

    /// Name of the codec, rate in hertz and number of channels.
    pub(super) fn facts(&self) -> (&'static str, u32, u16) {
        (self.voice.name(), self.voice.rate_hz(), self.voice.channels())
    }

    /// How much sound the container promises, where it says so. What is only
    /// estimated from the size of the file is no promise.
    pub(super) fn promised(&self) -> Option<Time> {
        self.promised
    }

    /// Appends the sound of the next packet to `out` and gives its rate in hertz;
    /// `None` when there is no more.
    pub(super) fn next(&mut self, out: &mut Vec<f32>) -> Option<u32> {
        let Some(packet) = guarded(|| self.format.next_packet()) else {
            self.ended_by_error = true;
            return None;
        };
        match packet {
            Ok(Some(packet)) => {
                self.errors_in_a_row = 0;
                self.hear(packet, out);
            }
            Ok(None) => return None,
            Err(Error::ResetRequired) => self.restart()?,
            Err(Error::DecodeError(_) | Error::LimitError(_) | Error::Unsupported(_))
                if self.errors_in_a_row < MOST_ERRORS =>
            {
                self.errors_in_a_row += 1;
                self.ended_by_error = true;
            }
            Err(_) => {
                self.ended_by_error = true;
                return None;
            }
        }
        Some(self.voice.rate_hz())
    }

    /// Whether the file stops before what it promised, `length` having been
    /// decoded.
    pub(super) fn is_cut(&self, length: Time) -> bool {
        // Less than half a second is how lengths are rounded, not a cut.
        let slack = Time::from_millis(500);
        match self.promised {
            // The promise of a Matroska file is that of its longest track.
            Some(promised) if self.container == FORMAT_ID_MKV => {
                time_of_ns(self.reached_ns).max(length) < promised.minus(slack)
            }
            Some(promised) => length < promised.minus(slack),
            // symphonia knows the length of an Ogg stream from the page marked as the
            // last one; a file without it was cut.
            None if self.container == FORMAT_ID_OGG => self.ended_by_error || !self.has_length(),
            None => self.ended_by_error,
        }
    }

    fn audio_track(&self) -> Option<&Track> {
        self.format.tracks().iter().find(|track| track.id == self.track)
    }

    fn has_length(&self) -> bool {
        self.audio_track().is_some_and(|track| track.num_frames.is_some())
    }

    /// Sets the timeline up for the current track. The file at `path` is read for
    /// what symphonia leaves out.
    fn begin(&mut self, path: Option<&Path>) {
        let Some(track) = self.audio_track() else { return };
        let rate = self.voice.rate_hz();
        let start = match self.container {
            FORMAT_ID_MP3 | FORMAT_ID_MP2 | FORMAT_ID_MP1 => Start::of_mpeg(track, rate),
            FORMAT_ID_ISOMP4 => Start::of_film(track, path, &self.voice),
            FORMAT_ID_MKV => {
                let media = self.format.media_info();
                let promised = media.time_base.zip(media.duration);
                let promised = promised.map(|(clock, ticks)| time_of_ns(ns_of(clock, ticks)));
                Start { promised, ..Start::of_opus(&self.voice) }
            }
            // An Ogg stream knows its length only from its own end.
            FORMAT_ID_OGG => Start::of_opus(&self.voice),
            FORMAT_ID_ADTS => Start::default(),
            _ => {
                let promised = track.num_frames.map(|frames| time_of(frames, rate));
                Start { promised, ..Start::default() }
            }
        };
        self.promised = start.promised.filter(|promised| *promised > Time::default());
        self.origin_ns = start.origin_ns;
        self.timeline = Timeline::new(start.head, start.padding.unwrap_or(NO_PADDING));
    }

    /// Goes on with the next link of a chained stream.
    fn restart(&mut self) -> Option<()> {
        let track = first_audio(self.format.as_ref())?;
        let id = track.id;
        self.voice = guarded(|| voice_of(track))?.ok()?;
        self.track = id;
        self.begin(None);
        Some(())
    }

    /// Decodes `packet`, if it is one of ours, onto the timeline.
    fn hear(&mut self, mut packet: Packet, out: &mut Vec<f32>) {
        let ours = packet.track_id == self.track;
        let mut tracks = self.format.tracks().iter();
        let track = tracks.find(|track| track.id == packet.track_id);
        let clock = track.and_then(|track| track.time_base);
        let at_ns = clock.map_or(0, |clock| ns(clock, packet.pts));
        self.reached_ns = self.reached_ns.max(at_ns);
        // A recording may begin at any hour of its clock, with any of its tracks.
        let origin_ns = *self.origin_ns.get_or_insert(at_ns.max(0));
        if !ours {
            return;
        }
        // Only Ogg tells per packet what is no sound; see the head of this file.
        let is_ogg = self.container == FORMAT_ID_OGG;
        let trim = if is_ogg { (packet.trim_start.get(), packet.trim_end.get()) } else { (0, 0) };
        (packet.trim_start, packet.trim_end) = (Duration::ZERO, Duration::ZERO);

        let old_rate = self.voice.rate_hz();
        let silence = clock.map_or(0, |clock| frames(ns_of(clock, packet.dur), old_rate));
        let silence = silence.clamp(0, i64::from(old_rate) * LONGEST_PACKET) as usize;
        // A decoder that panics is built anew; the packet is lost.
        let is_sound = guarded(|| self.voice.decode(&packet, silence))
            .unwrap_or_else(|| self.voice.lose(silence));
        self.has_sound |= is_sound;
        self.corrupt_packets += u64::from(!is_sound);

        let rate = self.voice.rate_hz();
        if rate != old_rate {
            self.timeline.change_rate(old_rate, rate);
        }
        let is_first = self.timeline.decoded() == 0;
        if is_first && self.container == FORMAT_ID_MKV && at_ns < 0 && self.voice.pre_skip == 0 {
            // The codec's delay is already off the clock, rounded to 1 ms. For Opus its
            // own header is exact.
            self.timeline = Timeline::new(frames(-at_ns, rate).unsigned_abs(), NO_PADDING);
        }
        if !self.is_counted() {
            let skipped = if is_ogg { i64::from(self.voice.pre_skip) } else { 0 };
            let position = frames(at_ns - origin_ns, rate).saturating_sub(skipped);
            let end = self.promised.map(|end| frames_of(end, rate));
            self.timeline.bridge(position, end, rate, out);
        }
        let samples = self.voice.samples();
        // Silence already comes without what would have been trimmed.
        let (start, end) = if is_sound { trim } else { (0, 0) };
        let place = |frames: u64| usize::try_from(frames).unwrap_or(usize::MAX).min(samples.len());
        let from = place(start);
        self.timeline.lay(&samples[from..(samples.len() - place(end)).max(from)], out);
    }

    /// Whether the packets' times are only counted, not written in the file.
    fn is_counted(&self) -> bool {
        matches!(self.container, FORMAT_ID_MP3 | FORMAT_ID_MP2 | FORMAT_ID_MP1 | FORMAT_ID_ADTS)
    }
}

/// Where the sound of a track starts, and where it should end.
#[derive(Debug, Default)]
struct Start {
    /// Decoded frames to drop.
    head: u64,
    /// Decoded frames to drop after the sound, as for [`Timeline::new`].
    padding: Option<Range<u64>>,
    /// The container's clock where the sound starts; `None`: at its first packet.
    origin_ns: Option<i128>,
    promised: Option<Time>,
}

impl Start {
    fn of_opus(voice: &Voice) -> Start {
        Start { head: voice.pre_skip.into(), ..Start::default() }
    }

    /// As the encoder's tag in the first MP3 frame says. Without it, the length
    /// is a guess from the bit rate, and no promise.
    fn of_mpeg(track: &Track, rate_hz: u32) -> Start {
        let Some((delay, n_frames)) = track.delay.zip(track.num_frames) else {
            return Start::default();
        };
        let head = u64::from(delay);
        let end = head.saturating_add(n_frames);
        let padding = end..end.saturating_add(track.padding.unwrap_or(0).into());
        let promised = Some(time_of(n_frames, rate_hz));
        Start { head, padding: Some(padding), origin_ns: None, promised }
    }

    /// As the edit list of an MP4 says.
    fn of_film(track: &Track, path: Option<&Path>, voice: &Voice) -> Start {
        let Some(clock) = track.time_base else { return Start::of_opus(voice) };
        let total_ns = track.duration.map_or(0, |ticks| ns_of(clock, ticks));
        let file = path.and_then(|path| File::open(path).ok());
        let edit = file.and_then(|file| mp4::first_edit(file, track.id));
        let (start_ns, delay_ns, head) = match edit {
            Some(edit) => {
                let start_ns = ns_of(clock, Duration::from(edit.media_start));
                let head = frames(start_ns, voice.rate_hz()).unsigned_abs();
                (start_ns, i128::from(edit.delay_ns), head)
            }
            None => (0, 0, u64::from(voice.pre_skip)),
        };
        // A film in fragments has no length in its header.
        let promised = (total_ns > 0).then(|| time_of_ns(total_ns - start_ns + delay_ns));
        Start { head, padding: None, origin_ns: Some(start_ns - delay_ns), promised }
    }
}

/// What `work` gives, or `None` if it panics.
///
/// symphonia adds and shifts numbers of the file without care for their size: a
/// damaged file may end in a panic, which must not take other episodes down.
fn guarded<T>(work: impl FnOnce() -> T) -> Option<T> {
    panic::catch_unwind(AssertUnwindSafe(work)).ok()
}

fn first_audio(format: &dyn FormatReader) -> Option<&Track> {
    format.first_track(TrackType::Audio)
}

fn voice_of(track: &Track) -> Result<Voice, String> {
    match &track.codec_params {
        Some(CodecParameters::Audio(parameters)) => Voice::new(parameters),
        _ => Err("unknown".into()),
    }
}

/// Why symphonia could not open `path`.
fn unopened(path: &Path, error: Error) -> DecodeError {
    let path = path.into();
    match error {
        Error::Unsupported(reason) if reason.starts_with("core (probe)") => {
            DecodeError::NotAudio { path }
        }
        Error::Unsupported("isomp4: missing moov atom") => DecodeError::Damaged {
            path,
            reason: "it ends before its index (`moov`), so the download stopped early".into(),
        },
        Error::IoError(error) if error.kind() == io::ErrorKind::UnexpectedEof => {
            DecodeError::Damaged { path, reason: "it ends inside of it".into() }
        }
        Error::IoError(source) => DecodeError::Unreadable { path, source },
        other => DecodeError::Damaged { path, reason: other.to_string() },
    }
}

/// Nanoseconds in `ticks` of `clock`.
fn ns(clock: TimeBase, ticks: Timestamp) -> i128 {
    let ticks = i128::from(ticks.get()) * i128::from(clock.numer.get());
    ticks * 1_000_000_000 / i128::from(clock.denom.get())
}

/// Nanoseconds in `ticks` of `clock`.
fn ns_of(clock: TimeBase, ticks: Duration) -> i128 {
    ns(clock, Timestamp::new(i64::try_from(ticks.get()).unwrap_or(i64::MAX)))
}

/// Frames in `ns` nanoseconds, rounded.
fn frames(ns: i128, rate_hz: u32) -> i64 {
    let frames = ns.saturating_mul(i128::from(rate_hz)).saturating_add(500_000_000);
    i64::try_from(frames.div_euclid(1_000_000_000)).unwrap_or(i64::MAX)
}

fn frames_of(time: Time, rate_hz: u32) -> u64 {
    let frames = u128::from(time.samples()) * u128::from(rate_hz) / u128::from(SAMPLE_RATE);
    u64::try_from(frames).unwrap_or(u64::MAX)
}

fn time_of(frames: u64, rate_hz: u32) -> Time {
    let samples = u128::from(frames) * u128::from(SAMPLE_RATE) / u128::from(rate_hz.max(1));
    Time::from_samples(u64::try_from(samples).unwrap_or(u64::MAX))
}

fn time_of_ns(ns: i128) -> Time {
    Time::from_samples(u64::try_from(frames(ns, SAMPLE_RATE)).unwrap_or(0))
}
