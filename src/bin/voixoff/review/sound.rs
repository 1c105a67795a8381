//! The wave of a sound: made once, by decoding it, and kept.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::Mutex,
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
    Known(Vec<u8>),
    /// The sound cannot be decoded.
    None,
}

impl Wave {
    pub(super) fn new(path: PathBuf) -> Wave {
        Wave { path, state: Mutex::new(State::Unknown) }
    }
}

/// What is known of the wave of a sound: its peaks; `None` for a while at first, then for ever
/// where there are none.
pub(super) fn wave<D: Send + Sync + 'static>(
    desk: &std::sync::Arc<D>,
    of: impl Fn(&D) -> &Wave + Send + 'static,
    sound: &Path,
) -> Option<Vec<u8>> {
    let wave = of(desk);
    let mut state = wave.state.lock().ok()?;
    match &*state {
        State::Known(peaks) => return Some(peaks.clone()),
        State::None => return Some(Vec::new()),
        State::Coming => return None,
        State::Unknown => (),
    }
    let is_newer = |path: &Path| fs::metadata(path).and_then(|it| it.modified()).ok();
    if is_newer(&wave.path) > is_newer(sound)
        && let Ok(peaks) = fs::read(&wave.path)
    {
        *state = State::Known(peaks.clone());
        return Some(peaks);
    }
    *state = State::Coming;
    drop(state);
    let (desk, sound) = (std::sync::Arc::clone(desk), sound.to_owned());
    thread::spawn(move || {
        let wave = of(&desk);
        let made = made(&sound);
        if let Some(peaks) = &made {
            // A folder that may not be written to costs the next start some seconds.
            let _ = fs::create_dir_all(wave.path.parent().unwrap_or(Path::new("")));
            let _ = store::write_atomic(&wave.path, peaks);
        }
        if let Ok(mut state) = wave.state.lock() {
            *state = made.map_or(State::None, State::Known);
        }
    });
    None
}

fn made(sound: &Path) -> Option<Vec<u8>> {
    let settings = DecodeSettings { scratch: std::env::temp_dir() };
    let decoded = decode(sound, &settings, &Silent, &Cancel::default()).ok()?;
    peaks(&decoded.pcm).ok()
}
