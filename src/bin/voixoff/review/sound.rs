//! The wave of a sound: made once, by decoding it, and kept.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
    thread,
};
use voixoff::{
    audio::{DecodeSettings, decode},
    base::{
        progress::{Cancel, Silent},
        store,
    },
    review::peaks,
};

/// The peaks of an episode's sound.
pub(super) struct Wave {
    path: PathBuf,
    state: Mutex<State>,
}

enum State {
    Unknown,
    /// It is being made.
    Coming,
    /// Empty of a sound that cannot be decoded.
    Known(Vec<u8>),
}

impl Wave {
    pub(super) fn new(path: PathBuf) -> Wave {
        Wave { path, state: Mutex::new(State::Unknown) }
    }

    /// The peaks of `sound`, none where it cannot be decoded; `None` while they are being made.
    pub(super) fn peaks(self: &Arc<Wave>, sound: &Path) -> Option<Vec<u8>> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        match &*state {
            State::Known(peaks) => return Some(peaks.clone()),
            State::Coming => return None,
            State::Unknown => (),
        }
        let modified = |path: &Path| fs::metadata(path).and_then(|it| it.modified()).ok();
        if modified(&self.path) > modified(sound)
            && let Ok(peaks) = fs::read(&self.path)
        {
            *state = State::Known(peaks.clone());
            return Some(peaks);
        }
        *state = State::Coming;
        drop(state);
        let (wave, sound) = (Arc::clone(self), sound.to_owned());
        thread::spawn(move || wave.make(&sound));
        None
    }

    fn make(&self, sound: &Path) {
        let made = made(sound);
        if let Some(peaks) = &made {
            // A folder that may not be written to costs the next start some seconds.
            let _ = fs::create_dir_all(self.path.parent().unwrap_or(Path::new("")));
            let _ = store::write_atomic(&self.path, peaks);
        }
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        *state = State::Known(made.unwrap_or_default());
    }
}

fn made(sound: &Path) -> Option<Vec<u8>> {
    let settings = DecodeSettings { scratch: std::env::temp_dir() };
    let decoded = decode(sound, &settings, &Silent, &Cancel::default()).ok()?;
    peaks(&decoded.pcm).ok()
}
