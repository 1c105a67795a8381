//! Relative paths from one file to another, as files name each other.

use std::{
    fs, io,
    path::{Component, Path, PathBuf},
};

/// `sound` as files in the folder `to` name it, where those in `from` called it so; `None` is
/// the folder of the process. Addresses and whole paths stay. `to` is made where it is not.
///
/// The sound itself need not be there: a transcript may travel before it.
///
/// # Errors
/// Any error of making `to`, or of looking where the two lie.
pub fn relative_path(from: Option<&Path>, to: &Path, sound: &str) -> io::Result<String> {
    let is_address = sound.contains("://") || sound.starts_with("data:");
    if sound.is_empty() || is_address || Path::new(sound).is_absolute() {
        return Ok(sound.to_owned());
    }
    let folder = |path: &Path| {
        fs::canonicalize(if path.as_os_str().is_empty() { Path::new(".") } else { path })
    };
    if !to.as_os_str().is_empty() {
        fs::create_dir_all(to)?;
    }
    let (from, to) = (folder(from.unwrap_or(Path::new("")))?, folder(to)?);
    if from == to {
        return Ok(sound.to_owned());
    }
    let mut place = PathBuf::new();
    for part in from.join(sound).components() {
        match part {
            Component::ParentDir => drop(place.pop()),
            Component::CurDir => (),
            part => place.push(part),
        }
    }
    Ok(between(&to, &place))
}

/// The relative path from the folder `from` to `to`, with `/`; both are whole and without `..`.
pub(super) fn between(from: &Path, to: &Path) -> String {
    let shared = from.components().zip(to.components()).take_while(|(one, other)| one == other);
    let n_shared = shared.count();
    let up = from.components().skip(n_shared).map(|_| "..".into());
    let down = to.components().skip(n_shared).map(|part| part.as_os_str().to_string_lossy());
    up.chain(down).collect::<Vec<_>>().join("/")
}
