//! How long a track is, by what its file says and by what was read of it.

use super::{
    Stream, guarded, is_counted,
    units::{frames_of, ns_of, time_of_ns},
};
use crate::{audio::timeline::Reach, base::time::Time};
use std::sync::atomic::Ordering;
use symphonia::core::formats::well_known::{
    FORMAT_ID_ADTS, FORMAT_ID_FLAC, FORMAT_ID_MKV, FORMAT_ID_OGG,
};

/// Bytes of the file by which a rate is measured.
const MEASURED: u64 = 2 << 20;

impl Stream<'_> {
    /// How long the sound is by what the container says, or else by the rate of its first
    /// megabytes.
    pub(in crate::audio) fn measured(&mut self) -> Option<Time> {
        let by_end = self.audio_track().filter(|_| self.container == FORMAT_ID_OGG);
        let by_end = by_end.and_then(|track| track.num_frames);
        let by_end = by_end.map(|frames| Time::from_frames(frames, self.voice.rate_hz()));
        if let Some(length) = self.promised.or(by_end) {
            return Some(length);
        }
        let begun = self.read.load(Ordering::Relaxed);
        let (mut length_ns, mut bytes, mut is_whole) = (0_i128, 0_u64, false);
        while self.read.load(Ordering::Relaxed) < begun.saturating_add(MEASURED) && !is_whole {
            match guarded(|| self.format.next_packet()) {
                Some(Ok(Some(packet))) if packet.track_id == self.track => {
                    let clock = self.audio_track().and_then(|track| track.time_base);
                    length_ns += clock.map_or(0, |clock| ns_of(clock, packet.dur));
                    // The header of an ADTS frame is no part of the packet.
                    let header = if self.container == FORMAT_ID_ADTS { 7 } else { 0 };
                    bytes += packet.data.len() as u64 + header;
                }
                Some(Ok(Some(_))) => (),
                _ => is_whole = true,
            }
        }
        let rest = self.n_bytes.saturating_sub(begun);
        let bytes = match is_counted(self.container) {
            true => bytes,
            false => self.read.load(Ordering::Relaxed).saturating_sub(begun),
        };
        let share = |ns: i128| ns * i128::from(rest.max(bytes)) / i128::from(bytes.max(1));
        let length_ns = if is_whole { length_ns } else { share(length_ns) };
        Some(time_of_ns(length_ns)).filter(|length| *length > Time::default())
    }

    /// Whether the file stops before what it promised, `length` having been
    /// decoded.
    pub(in crate::audio) fn is_cut(&self, length: Time) -> bool {
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

    fn has_length(&self) -> bool {
        self.audio_track().is_some_and(|track| track.num_frames.is_some())
    }

    /// How far the clock of a packet may be ahead of the sound.
    pub(super) fn reach(&self, rate_hz: u32) -> Reach {
        let promised = self.promised.map(|end| frames_of(end, rate_hz));
        let by_end = self.audio_track().and_then(|track| track.num_frames);
        match self.container {
            FORMAT_ID_FLAC => promised.map_or(Reach::Unknown, Reach::Exact),
            FORMAT_ID_OGG if self.repaired.is_damaged => {
                by_end.map_or(Reach::Unknown, Reach::Exact)
            }
            _ if self.repaired.is_damaged => promised.map_or(Reach::Unknown, Reach::Sure),
            _ => promised.map_or(Reach::Unknown, Reach::Claimed),
        }
    }
}
