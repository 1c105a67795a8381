//! How the library tells what it is doing, and how it is told to stop.
//!
//! Bars, lines and colours belong to the binary; the library only says which
//! stretch of *audio* is done, so that the remaining time is honest.

use crate::base::time::Time;
use std::sync::atomic::{AtomicBool, Ordering};

/// One of the slow steps of an episode, in their order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Stage {
    /// Reading the file into 16 kHz mono samples.
    Decode,
    /// Finding where anybody talks.
    Regions,
    /// Hearing the voices in which they talk.
    Voices,
    /// Recognising the words.
    Transcribe,
}

/// Something that happened to the episode at work.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Event {
    /// A stage begins; `total` is the audio it will go through, where known.
    Started {
        /// Which one.
        stage: Stage,
        /// Audio to go through.
        total: Option<Time>,
    },
    /// A stage has gone through `done` of its audio in all. Never decreases.
    Advanced {
        /// Which one.
        stage: Stage,
        /// Audio gone through since the stage began.
        done: Time,
    },
    /// A stage has its answer.
    Finished {
        /// Which one.
        stage: Stage,
    },
}

/// Listens to events. Several threads may call it at once.
pub trait Observer: Sync {
    /// Takes note of `event`.
    fn on(&self, event: Event);
}

/// An observer that listens to nothing.
#[derive(Debug, Clone, Copy)]
pub struct Silent;

impl Observer for Silent {
    fn on(&self, _: Event) {}
}

/// A request to stop, seen by every thread between two windows.
#[derive(Debug, Default)]
pub struct Cancel(AtomicBool);

impl Cancel {
    /// Asks for a stop. Cannot be taken back.
    pub fn request(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    /// Whether a stop was asked for.
    pub fn is_requested(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}
