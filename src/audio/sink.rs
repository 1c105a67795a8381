//! Where the sound of an episode goes: to 16 kHz, and into the scratch file.

use super::{DecodeError, LONGEST, Pcm, pcm::Scratch, resample::Resampler};
use crate::base::{
    damage::Damage,
    time::{Span, Time},
};
use std::{
    io,
    ops::Range,
    path::{Path, PathBuf},
};

/// The scratch file, which has an end.
pub(super) struct Sink<'a> {
    scratch: Scratch,
    path: &'a Path,
    folder: PathBuf,
    resampler: Option<Resampler>,
    /// Where the sound at the present rate begins.
    base: Time,
    ready: Vec<f32>,
    /// Where sound is lost.
    damage: Damage,
}

impl<'a> Sink<'a> {
    /// For the sound of the file at `path`, with a scratch file in `folder`.
    pub(super) fn new(path: &'a Path, folder: &Path) -> Result<Sink<'a>, DecodeError> {
        let scratch = Scratch::create(folder).map_err(|source| unwritten(path, folder, source))?;
        Ok(Sink {
            scratch,
            path,
            folder: folder.into(),
            resampler: None,
            base: Time::default(),
            ready: Vec::new(),
            damage: Damage::default(),
        })
    }

    /// How much was written.
    pub(super) fn length(&self) -> Time {
        self.scratch.length()
    }

    /// Takes `sound` at `rate_hz`; at the places `lost` in it silence stands for what is lost.
    pub(super) fn take(
        &mut self,
        rate_hz: u32,
        sound: &[f32],
        lost: &[Range<usize>],
    ) -> Result<(), DecodeError> {
        // The rate may change on the way: what was taken so far is then finished.
        if self.resampler.as_ref().is_none_or(|resampler| resampler.rate_hz() != rate_hz) {
            if let Some(before) = self.resampler.take() {
                before.finish(&mut self.ready);
            }
            self.base = self.length().plus(Time::from_samples(self.ready.len() as u64));
        }
        let resampler = match &mut self.resampler {
            Some(resampler) => resampler,
            none => none.insert(
                Resampler::new(rate_hz)
                    .ok_or_else(|| DecodeError::Rate { path: self.path.into(), rate_hz })?,
            ),
        };
        for range in lost {
            let time = |place: usize| {
                let frames = resampler.taken() + place as u64;
                self.base.plus(Time::from_frames(frames, rate_hz))
            };
            if let Some(span) = Span::new(time(range.start), time(range.end)) {
                self.damage.lose(span);
            }
        }
        resampler.push(sound, &mut self.ready);
        self.write()
    }

    /// The sound, and where there is none of it.
    pub(super) fn finish(mut self) -> Result<(Pcm, Damage), DecodeError> {
        if let Some(resampler) = self.resampler.take() {
            resampler.finish(&mut self.ready);
        }
        self.write()?;
        let pcm = self.scratch.finish();
        let pcm = pcm.map_err(|source| unwritten(self.path, &self.folder, source))?;
        Ok((pcm, self.damage))
    }

    fn write(&mut self) -> Result<(), DecodeError> {
        if self.length().plus(Time::from_samples(self.ready.len() as u64)) > LONGEST {
            return Err(DecodeError::TooLong { path: self.path.into(), longest: LONGEST });
        }
        let written = self.scratch.write(&self.ready);
        self.ready.clear();
        written.map_err(|source| unwritten(self.path, &self.folder, source))
    }
}

fn unwritten(path: &Path, folder: &Path, source: io::Error) -> DecodeError {
    DecodeError::Scratch { path: path.into(), folder: folder.into(), source }
}
