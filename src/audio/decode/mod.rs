//! A file of any known format, packet by packet, as mono samples at its own rate.
//!
//! Only this folder names symphonia. It opens by content, not by name; takes
//! the first audio track; mixes its channels; and leaves to [`Timeline`] what is
//! sound. All trimming is done there and none in the decoders, because symphonia
//! trims an MP3 at the length its header claims: in an episode glued from several
//! files, that is the length of the first one, and the rest would be silently lost.

mod codec;
mod identity;
mod length;
mod start;
mod units;

use super::{
    DecodeError,
    repair::{Link, Repaired, is_filler},
    source::Watched,
    timeline::{NO_PADDING, Timeline},
};
use crate::base::time::Time;
use codec::Voice;
use start::Start;
use std::{
    collections::VecDeque,
    io,
    ops::Range,
    panic::{self, AssertUnwindSafe},
    path::Path,
    sync::{Arc, atomic::AtomicU64},
};
use symphonia::core::{
    codecs::CodecParameters,
    common::Limit,
    errors::Error,
    formats::{
        FormatId, FormatOptions, FormatReader, Track, TrackType,
        probe::Hint,
        well_known::{
            FORMAT_ID_ADTS, FORMAT_ID_FLAC, FORMAT_ID_ISOMP4, FORMAT_ID_MKV, FORMAT_ID_MP1,
            FORMAT_ID_MP2, FORMAT_ID_MP3, FORMAT_ID_OGG,
        },
    },
    io::{MediaSource, MediaSourceStream},
    meta::MetadataOptions,
    packet::Packet,
    units::Duration,
};
use units::{frames, ns, ns_of, time_of_ns};

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

/// Undecodable packets in a row after which what can be decoded is noise by chance, until
/// so many packets in a row can be.
const MOST_LOST: u32 = 3;
const TRUSTED_AGAIN: u32 = 3;

/// Packets in a row that begin behind a hole, after which it is the clock that is damaged.
const MOST_HOLES: u32 = 20;

/// What became of a packet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Outcome {
    Sound,
    /// It was decoded, and is silent: what it says is not to be believed.
    Hushed,
    /// Silence stands for it.
    Lost,
}

/// Bytes from which on a packet of nothing but zeros was overwritten.
const SHORTEST_EMPTY: usize = 8;

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
    holes_in_a_row: u32,
    /// Packets that could not be decoded.
    pub(super) corrupt_packets: u64,
    /// Packets that are sound.
    pub(super) good_packets: u64,
    /// Undecodable packets since the last decodable one.
    lost_in_a_row: u32,
    /// Decodable packets to come before they are believed.
    distrust: u32,
    /// Where in the samples of the last packet silence stands for lost sound.
    pub(super) lost: Vec<Range<usize>>,
    ended_by_error: bool,
    /// What is known of the file's damage.
    repaired: Repaired,
    links: VecDeque<Link>,
    /// How far the file was read, of how many bytes.
    read: Arc<AtomicU64>,
    n_bytes: u64,
}

impl<'a> Stream<'a> {
    /// Opens `file`, which was opened from `path` and is to be read as `repaired` says.
    pub(super) fn open(
        path: &Path,
        file: Watched<'a>,
        repaired: Repaired,
    ) -> Result<Stream<'a>, DecodeError> {
        let mut hint = Hint::new();
        if let Some(extension) = path.extension().and_then(|extension| extension.to_str()) {
            hint.with_extension(extension);
        }
        // A cover of several megabytes is nothing to us.
        let metadata = MetadataOptions::default().limit_visual_bytes(Limit::Maximum(0));
        let (read, n_bytes) = (file.reached(), file.length());
        let stream = MediaSourceStream::new(Box::new(file), Default::default());
        let probe = || {
            let options = FormatOptions::default();
            symphonia::default::get_probe().probe(&hint, stream, options, metadata)
        };
        let format = guarded(probe)
            .unwrap_or(Err(Error::DecodeError("it makes no sense")))
            .map_err(|error| unopened(path, error))?;
        let container = format.format_info().format;
        if is_counted(container) && repaired.has_frames == Some(false) {
            return Err(DecodeError::NotAudio { path: path.into() });
        }
        let track = first_audio(format.as_ref())
            .ok_or_else(|| DecodeError::NoAudioTrack { path: path.into() })?;
        let voice = guarded(|| voice_of(track))
            .unwrap_or_else(|| Err("unknown".into()))
            .map_err(|codec| DecodeError::Codec { path: path.into(), codec })?;
        let mut stream = Stream {
            container,
            track: track.id,
            timeline: Timeline::new(0, NO_PADDING),
            origin_ns: None,
            reached_ns: 0,
            promised: None,
            errors_in_a_row: 0,
            holes_in_a_row: 0,
            corrupt_packets: 0,
            good_packets: 0,
            lost_in_a_row: 0,
            distrust: 0,
            lost: Vec::new(),
            ended_by_error: false,
            links: repaired.links.iter().copied().collect(),
            repaired,
            read,
            n_bytes,
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

    /// What is known of the file's damage.
    pub(super) fn repaired(&self) -> &Repaired {
        &self.repaired
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

    fn audio_track(&self) -> Option<&Track> {
        self.format.tracks().iter().find(|track| track.id == self.track)
    }

    /// Sets the timeline up for the current track. The file at `path` is read for
    /// what symphonia leaves out.
    fn begin(&mut self, path: Option<&Path>) {
        let priming = self.priming();
        let Some(track) = self.audio_track() else { return };
        let rate = self.voice.rate_hz();
        let start = match self.container {
            FORMAT_ID_MP3 | FORMAT_ID_MP2 | FORMAT_ID_MP1 => Start::of_mpeg(track, rate),
            FORMAT_ID_ISOMP4 => Start::of_film(track, path, &self.voice, priming),
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
                let promised = track.num_frames.map(|frames| Time::from_frames(frames, rate));
                // A FLAC whose length is known begins at 0, whatever frame comes first.
                let is_numbered = self.container == FORMAT_ID_FLAC && promised.is_some();
                Start { promised, origin_ns: is_numbered.then_some(0), ..Start::default() }
            }
        };
        let promised = self.repaired.promised.or(start.promised);
        self.promised = promised.filter(|promised| *promised > Time::default());
        self.origin_ns = start.origin_ns.or(self.repaired.starts_late.then_some(0));
        self.timeline = Timeline::new(start.head, start.padding.unwrap_or(NO_PADDING));
    }

    /// Goes on with the next link of a chained stream.
    fn restart(&mut self) -> Option<()> {
        let track = first_audio(self.format.as_ref())?;
        let id = track.id;
        self.voice = guarded(|| voice_of(track))?.ok()?;
        self.track = id;
        match self.links.pop_front() {
            Some(Link::Torn) => self.voice.begin_anew(),
            _ => self.begin(None),
        }
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
        let skipped = if is_ogg { i64::from(self.voice.pre_skip) } else { 0 };
        let position = |rate| frames(at_ns - origin_ns, rate).saturating_sub(skipped);
        let is_hole = || self.timeline.hole(position(old_rate), self.reach(old_rate), old_rate) > 0;
        let is_first = self.timeline.decoded() == 0;
        let has_clock = !is_counted(self.container) && self.holes_in_a_row < MOST_HOLES;
        if self.voice.is_opus() && has_clock && !is_first && is_hole() {
            // What Opus remembers of the sound before the hole spoils the sound behind it. In a
            // file that is whole, a hole is a pause in which nothing was sent (DTX).
            if self.repaired.is_damaged {
                self.voice.begin_anew();
            } else {
                self.voice.renew();
            }
        }
        let outcome = self.decode(&packet, silence);

        let rate = self.voice.rate_hz();
        if rate != old_rate {
            self.timeline.change_rate(old_rate, rate);
        }
        if is_first && self.container == FORMAT_ID_MKV && at_ns < 0 && self.voice.pre_skip == 0 {
            // The codec's delay is already off the clock, rounded to 1 ms. For Opus its
            // own header is exact.
            self.timeline = Timeline::new(frames(-at_ns, rate).unsigned_abs(), NO_PADDING);
        }
        if has_clock {
            let (position, from) = (position(rate), out.len());
            self.timeline.bridge(position, self.reach(rate), rate, out);
            let n_missing = out.len() - from;
            let is_jump = n_missing > self.voice.longest_pause();
            self.holes_in_a_row = if is_jump { self.holes_in_a_row + 1 } else { 0 };
            if is_first && self.repaired.starts_late && n_missing > 0 {
                self.timeline.lose_head();
            }
            // Sound may begin behind the pictures, and pauses need not be sent: no loss either.
            let is_inside =
                !is_first || self.repaired.starts_late || self.container == FORMAT_ID_FLAC;
            if is_inside && (is_jump || self.repaired.is_damaged) {
                self.lose(from..out.len());
            }
        }
        let samples = self.voice.samples();
        // Silence already comes without what would have been trimmed.
        let (start, end) = if outcome == Outcome::Lost { (0, 0) } else { trim };
        let place = |frames: u64| usize::try_from(frames).unwrap_or(usize::MAX).min(samples.len());
        let (first, from) = (place(start), out.len());
        self.timeline.lay(&samples[first..(samples.len() - place(end)).max(first)], out);
        if outcome != Outcome::Sound {
            self.lose(from..out.len());
        }
    }

    /// Decodes `packet`; one that is lost becomes `silence` frames of silence.
    fn decode(&mut self, packet: &Packet, silence: usize) -> Outcome {
        if is_counted(self.container) && is_filler(&packet.data) {
            self.voice.lose(silence);
            return Outcome::Lost;
        }
        // What was overwritten with zeros is noise or silence to some decoders. The shortest
        // packets of silence are of zeros, too.
        let is_empty = packet.data.len() >= SHORTEST_EMPTY
            && self.voice.is_packed()
            && packet.data.iter().all(|byte| *byte == 0);
        // A decoder that panics is built anew; the packet is lost.
        let is_sound = !is_empty && guarded(|| self.voice.decode(packet, silence)).unwrap_or(false);
        if !is_sound {
            self.corrupt_packets += 1;
            self.lost_in_a_row += 1;
            if self.lost_in_a_row >= MOST_LOST {
                self.distrust = TRUSTED_AGAIN;
            }
            self.voice.lose(silence);
            return Outcome::Lost;
        }
        self.lost_in_a_row = 0;
        self.distrust = self.distrust.saturating_sub(1);
        if self.voice.is_spoilt(&packet.data) || self.distrust > 0 {
            self.corrupt_packets += 1;
            self.voice.hush();
            return Outcome::Hushed;
        }
        self.good_packets += 1;
        Outcome::Sound
    }

    fn lose(&mut self, range: Range<usize>) {
        if !range.is_empty() {
            self.lost.push(range);
        }
    }
}

/// Whether the packets' times are only counted, not written in the file.
fn is_counted(container: FormatId) -> bool {
    matches!(container, FORMAT_ID_MP3 | FORMAT_ID_MP2 | FORMAT_ID_MP1 | FORMAT_ID_ADTS)
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
