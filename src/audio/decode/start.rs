//! Where the sound of a track starts, and where it should end.

use super::{
    codec::Voice,
    units::{frames, ns_of, time_of_ns},
};
use crate::{audio::mp4, base::time::Time};
use std::{fs::File, ops::Range, path::Path};
use symphonia::core::{formats::Track, units::Duration};

/// Where the sound of a track starts, and where it should end.
#[derive(Debug, Default)]
pub(super) struct Start {
    /// Decoded frames to drop.
    pub(super) head: u64,
    /// Decoded frames to drop after the sound, as for [`Timeline::new`].
    pub(super) padding: Option<Range<u64>>,
    /// The container's clock where the sound starts; `None`: at its first packet.
    pub(super) origin_ns: Option<i128>,
    pub(super) promised: Option<Time>,
}

impl Start {
    pub(super) fn of_opus(voice: &Voice) -> Start {
        Start { head: voice.pre_skip.into(), ..Start::default() }
    }

    /// As the encoder's tag in the first MP3 frame says. Without it, the length
    /// is a guess from the bit rate, and no promise.
    pub(super) fn of_mpeg(track: &Track, rate_hz: u32) -> Start {
        let Some((delay, n_frames)) = track.delay.zip(track.num_frames) else {
            return Start::default();
        };
        let head = u64::from(delay);
        let end = head.saturating_add(n_frames);
        let padding = end..end.saturating_add(track.padding.unwrap_or(0).into());
        let promised = Some(Time::from_frames(n_frames, rate_hz));
        Start { head, padding: Some(padding), origin_ns: None, promised }
    }

    /// As the edit list of an MP4 says; without one, `priming` frames come before the sound.
    pub(super) fn of_film(
        track: &Track,
        path: Option<&Path>,
        voice: &Voice,
        priming: u64,
    ) -> Start {
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
            // The clock of fragments is that of their player, which plays all of them.
            None if total_ns > 0 && priming > 0 => {
                let rate = i128::from(voice.rate_hz().max(1));
                (i128::from(priming) * 1_000_000_000 / rate, 0, priming)
            }
            None => (0, 0, u64::from(voice.pre_skip)),
        };
        // A film in fragments has no length in its header.
        let promised = (total_ns > 0).then(|| time_of_ns(total_ns - start_ns + delay_ns));
        Start { head, padding: None, origin_ns: Some(start_ns - delay_ns), promised }
    }
}
