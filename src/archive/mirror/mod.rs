//! An archive in a bucket, and the folder on this machine that stands for it.
//!
//! The rest of the program works on the folder and knows nothing of buckets. What the bucket
//! says is true: at the start of a run its receipts and failures come down, where they are not
//! here as they are there; before an episode is worked on, and once more before its files are
//! written, its files come down, so that a correction made there is seen. What a run makes goes
//! up when an episode has ended: the files, and the receipt last, as on a disk. So a kill at
//! any instant leaves a whole archive in the bucket, and what was here and had not gone up is
//! made again from the words that are kept here: in milliseconds.
//!
//! Two things stay on this machine: what voices sound like (`heard-…`), which is biometric data,
//! and copies of feeds whose addresses open something (`private-…`). A bucket is somebody else's
//! disk, and often open to everybody.

mod error;
mod index;
mod names;

pub use error::MirrorError;

use crate::{
    base::{
        digest::digest,
        notes,
        store::{open_alone, write_atomic},
    },
    episode::outputs::{BuildRecord, FEEDS, OWN, Outputs, RUNS, Receipt},
    net::bucket::{Address, BucketError, Buckets, Object},
};
use index::{Index, LocalFile};
use names::{holds_only, is_private, is_state, open_name};
use std::{
    collections::BTreeMap,
    fs::{self, File},
    io,
    path::{Path, PathBuf},
    sync::{Mutex, MutexGuard, PoisonError},
};

/// What is known of the folder, in its own place.
const INDEX: &str = "mirror.json";
const LOCK: &str = "mirror.lock";

/// The folder that stands for an archive in a bucket.
#[derive(Debug)]
pub struct Mirror<'a> {
    buckets: &'a Buckets,
    address: Address,
    folder: PathBuf,
    state: Mutex<State>,
    /// The system drops it with the process.
    _lock: File,
}

/// What is where. Files are named by their way from the folder, with `/`, which is also their
/// key below the address.
#[derive(Debug, Default)]
struct State {
    /// What lies in the bucket.
    remote: BTreeMap<String, RemoteFile>,
    /// What of it is here as it was there.
    local: BTreeMap<String, LocalFile>,
}

/// A file of the bucket.
#[derive(Debug, Clone, PartialEq, Eq)]
struct RemoteFile {
    /// What the bucket knows its content by.
    etag: String,
    bytes: u64,
}

impl State {
    /// Whether the file at `path`, called `name`, is as the bucket has it.
    fn is_same(&self, name: &str, path: &Path) -> bool {
        let both = self.remote.get(name).zip(self.local.get(name));
        both.is_some_and(|(remote, local)| remote.etag == local.etag && local.is_of(path))
    }

    /// The names in the bucket that begin so.
    fn beginning(&self, beginning: &str) -> Vec<String> {
        let names = self.remote.range(beginning.to_owned()..).map(|(name, _)| name);
        names.take_while(|name| name.starts_with(beginning)).cloned().collect()
    }
}

impl<'a> Mirror<'a> {
    /// The `folder` that stands for the archive at `address`, for this process alone; made if
    /// need be. The bucket is not asked yet.
    ///
    /// # Errors
    /// Any [`MirrorError`].
    pub fn open(
        buckets: &'a Buckets,
        address: Address,
        folder: &Path,
    ) -> Result<Mirror<'a>, MirrorError> {
        let of_folder = |source| MirrorError::Folder { folder: folder.to_owned(), source };
        let own = folder.join(OWN);
        let index = notes::read::<Index>(&own.join(INDEX), index::SCHEMA)
            .map_err(|error| of_folder(error.into()))?;
        let is_new = || holds_only(folder, OWN) && holds_only(&own, "mirror.");
        let (endpoint, place) = (buckets.endpoint(), address.to_string());
        let is_ours = |index: &Index| index.endpoint == endpoint && index.address == place;
        if !index.as_ref().map_or_else(is_new, is_ours) {
            return Err(MirrorError::Foreign { folder: folder.to_owned(), address: place });
        }
        fs::create_dir_all(&own).map_err(of_folder)?;
        let lock = open_alone(&own.join(LOCK)).map_err(|source| match source.kind() {
            io::ErrorKind::ResourceBusy => MirrorError::Busy { folder: folder.to_owned() },
            _ => of_folder(source),
        })?;
        let local = index.unwrap_or_default().files;
        let state = Mutex::new(State { remote: BTreeMap::new(), local });
        let mirror = Mirror { buckets, address, folder: folder.to_owned(), state, _lock: lock };
        mirror.save().map_err(of_folder)?;
        Ok(mirror)
    }

    /// Pulls what tells how the archive stands: receipts, failures, copies of feeds. Of
    /// what is not there, nothing stays here.
    ///
    /// # Errors
    /// Any [`BucketError`].
    pub fn refresh(&self) -> Result<(), BucketError> {
        let remote = self.list("")?;
        self.state().remote = remote;
        let wanted: Vec<String> = {
            let state = self.state();
            let noted = state.remote.keys().filter(|name| is_state(name));
            noted.filter(|name| !state.is_same(name, &self.path(name))).cloned().collect()
        };
        self.fetch(wanted)?;
        for outputs in Outputs::noted_below(&self.folder) {
            for path in [outputs.receipt_path(), outputs.failure_path()] {
                if path.exists() && !self.has(&path) {
                    fs::remove_file(&path).map_err(|source| BucketError::File { path, source })?;
                }
            }
        }
        self.save().map_err(|source| BucketError::File { path: self.folder.clone(), source })
    }

    /// Whether the bucket has the file for which `path` stands.
    pub fn has(&self, path: &Path) -> bool {
        self.name(path).is_some_and(|name| self.state().remote.contains_key(&name))
    }

    /// Makes the files of an episode here those that are in the bucket now. What the bucket has
    /// noted of the episode.
    ///
    /// # Errors
    /// Any [`BucketError`].
    pub(crate) fn pull(&self, outputs: &Outputs) -> Result<Option<Receipt>, BucketError> {
        let beginnings = self.beginnings(outputs);
        for beginning in &beginnings {
            let remote = self.list(beginning)?;
            let mut state = self.state();
            for name in state.beginning(beginning) {
                state.remote.remove(&name);
            }
            state.remote.extend(remote);
        }
        let mut wanted = Vec::new();
        for beginning in &beginnings {
            for path in self.local_files(beginning) {
                // What was not in the bucket came from a run that was killed.
                if outputs.owns(&path) && !self.has(&path) {
                    remove(&path)?;
                }
            }
            let state = self.state();
            let own = state.beginning(beginning).into_iter();
            let own = own.filter(|name| outputs.owns(Path::new(name)));
            wanted.extend(own.filter(|name| !state.is_same(name, &self.path(name))));
        }
        self.fetch(wanted)?;
        noted(outputs)
    }

    /// Pulls those of `artifacts` that go further in the bucket than here: they are never
    /// corrected, so of two the longer one does. What voices sound like is not taken from there.
    ///
    /// # Errors
    /// Any [`BucketError`].
    pub(crate) fn pull_artifacts(&self, artifacts: &[PathBuf]) -> Result<(), BucketError> {
        let is_further = |path: &&PathBuf| {
            let length = fs::metadata(path).map_or(0, |metadata| metadata.len());
            let remote = self.name(path).and_then(|name| self.state().remote.get(&name).cloned());
            remote.is_some_and(|remote| remote.bytes > length)
        };
        let shared = artifacts.iter().filter(|path| !is_private(path));
        let wanted = shared.filter(is_further).filter_map(|path| self.name(path));
        self.fetch(wanted.collect())
    }

    /// Pushes the files of an episode, which the bucket had noted as `before`, into the bucket:
    /// those that changed, the receipt last. What is not here any more is removed there.
    ///
    /// # Errors
    /// Any [`BucketError`]; what is in the bucket is then whole, and the next run goes on.
    pub fn push(
        &self,
        outputs: &Outputs,
        before: Option<&Receipt>,
        artifacts: &[PathBuf],
    ) -> Result<(), BucketError> {
        let kept = outputs.kept_paths();
        let shared = artifacts.iter().filter(|path| !is_private(path));
        kept.iter().chain(shared).try_for_each(|path| self.push_file(path))?;
        let receipt = noted(outputs)?.unwrap_or_default();
        let files: Vec<PathBuf> =
            receipt.files.keys().map(|name| outputs.folder().join(name)).collect();
        let changed: Vec<&PathBuf> = files.iter().filter(|path| self.is_changed(path)).collect();
        if !changed.is_empty() {
            // A kill between a file and the receipt must not make a stranger of the file.
            let mut noted = before.cloned().unwrap_or_default();
            for path in &changed {
                if let Ok(bytes) = fs::read(path) {
                    let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
                    noted.intended.insert(name, digest(&bytes));
                }
            }
            let text = serde_json::to_vec_pretty(&noted).map_err(|error| BucketError::File {
                path: outputs.receipt_path(),
                source: error.into(),
            })?;
            self.push_bytes(&outputs.receipt_path(), text, None)?;
            changed.iter().try_for_each(|path| self.push_file(path))?;
        }
        self.push_file(&outputs.receipt_path())?;
        self.push_file(&outputs.failure_path())?;
        // Those that are of use may never have come here.
        let used = |made: &Option<BuildRecord>| {
            made.iter().flat_map(|made| outputs.artifacts_of(made)).collect::<Vec<_>>()
        };
        let (used_before, used) =
            (used(&before.and_then(|it| it.made.clone())), used(&receipt.made));
        // Earlier versions put voices there.
        let private = used_before.iter().chain(&used).chain(artifacts);
        private.filter(|path| is_private(path)).try_for_each(|path| self.remove(path))?;
        let stale = used_before.into_iter().filter(|path| !used.contains(path));
        let gone = stale.chain(kept).chain([outputs.failure_path()]);
        gone.filter(|path| !path.exists()).try_for_each(|path| self.remove(&path))
    }

    /// Removes from the bucket an episode that has another name now, with those of its
    /// `artifacts` that lie elsewhere now.
    ///
    /// # Errors
    /// Any [`BucketError`].
    pub fn forget(
        &self,
        outputs: &Outputs,
        receipt: &Receipt,
        artifacts: &[PathBuf],
    ) -> Result<(), BucketError> {
        let files = receipt.files.keys().map(|name| outputs.folder().join(name));
        let files = files.chain(outputs.kept_paths()).chain(artifacts.iter().cloned());
        // The receipt last: while it is there, the rest is ours.
        let all = files.chain([outputs.receipt_path()]);
        all.filter(|path| !path.exists()).try_for_each(|path| self.remove(&path))
    }

    /// Pushes what belongs to no episode into the bucket: copies of feeds, reports of runs.
    ///
    /// # Errors
    /// Any [`BucketError`].
    pub fn push_own(&self) -> Result<(), BucketError> {
        for folder in [FEEDS, RUNS] {
            for path in self.local_files(&format!("{OWN}/{folder}/")) {
                match open_name(&path) {
                    // Earlier versions put it there under that.
                    Some(open) => self.remove(&open)?,
                    None => self.push_file(&path)?,
                }
            }
        }
        self.save().map_err(|source| BucketError::File { path: self.folder.clone(), source })
    }

    /// What the names of an episode's files begin with.
    fn beginnings(&self, outputs: &Outputs) -> [String; 2] {
        let name = |path: PathBuf| self.name(&path).unwrap_or_default() + ".";
        let (folder, stem) = (outputs.folder(), outputs.name());
        [name(folder.join(&stem)), name(outputs.own().join(&stem))]
    }

    /// Files of the folder whose names begin so.
    fn local_files(&self, beginning: &str) -> Vec<PathBuf> {
        let folder = beginning.rsplit_once('/').map_or("", |(folder, _)| folder);
        let entries = fs::read_dir(self.path(folder)).into_iter().flatten().flatten();
        let is_meant = |path: &PathBuf| {
            let name = self.name(path).unwrap_or_default();
            name.starts_with(beginning) && path.is_file()
        };
        entries.map(|entry| entry.path()).filter(is_meant).collect()
    }

    fn fetch(&self, names: Vec<String>) -> Result<(), BucketError> {
        self.buckets.read_all(&self.address, names, &mut |name, bytes, etag| {
            let path = self.path(name);
            fs::create_dir_all(path.parent().unwrap_or(&self.folder))?;
            write_atomic(&path, &bytes)?;
            self.note(name, &path, etag, bytes.len() as u64);
            Ok(())
        })
    }

    fn push_file(&self, path: &Path) -> Result<(), BucketError> {
        if !self.is_changed(path) {
            return Ok(());
        }
        // Looked at before it is read: what is written meanwhile is another change.
        let local = LocalFile::of(path, String::new());
        let bytes =
            fs::read(path).map_err(|source| BucketError::File { path: path.to_owned(), source })?;
        self.push_bytes(path, bytes, local)
    }

    /// Pushes `bytes` to where the file at `path` belongs; `local` is that file, if it has them.
    fn push_bytes(
        &self,
        path: &Path,
        bytes: Vec<u8>,
        local: Option<LocalFile>,
    ) -> Result<(), BucketError> {
        let Some(name) = self.name(path) else { return Ok(()) };
        let length = bytes.len() as u64;
        let etag = self.buckets.put(&self.object(&name), bytes)?;
        let mut state = self.state();
        let bytes = length;
        state.remote.insert(name.clone(), RemoteFile { etag: etag.clone(), bytes });
        state.local.remove(&name);
        if let Some(local) = local {
            state.local.insert(name, LocalFile { etag, ..local });
        }
        Ok(())
    }

    fn remove(&self, path: &Path) -> Result<(), BucketError> {
        let Some(name) = self.name(path).filter(|_| self.has(path)) else { return Ok(()) };
        self.buckets.remove(&self.object(&name))?;
        let mut state = self.state();
        state.local.remove(&name);
        state.remote.remove(&name);
        Ok(())
    }

    /// Whether the file at `path` is there and not as the bucket has it.
    fn is_changed(&self, path: &Path) -> bool {
        let name = self.name(path);
        name.is_some_and(|name| path.exists() && !self.state().is_same(&name, path))
    }

    /// What the bucket has now whose names begin so.
    fn list(&self, beginning: &str) -> Result<BTreeMap<String, RemoteFile>, BucketError> {
        let objects = self.buckets.list(&self.address, &self.address.key(beginning))?;
        let named = |object: Object| {
            let name = self.address.name(&object.key)?.to_owned();
            Some((name, RemoteFile { etag: object.etag, bytes: object.bytes }))
        };
        Ok(objects.into_iter().filter_map(named).collect())
    }

    fn note(&self, name: &str, path: &Path, etag: String, bytes: u64) {
        let local = LocalFile::of(path, etag.clone());
        let mut state = self.state();
        state.remote.insert(name.to_owned(), RemoteFile { etag, bytes });
        state.local.extend(local.map(|local| (name.to_owned(), local)));
    }

    /// Keeps the index, so that the next run pulls only what has changed.
    fn save(&self) -> io::Result<()> {
        let text = {
            let State { remote, local } = &mut *self.state();
            // Before the bucket was asked, nothing is known of it.
            if !remote.is_empty() {
                local.retain(|name, _| remote.contains_key(name));
            }
            serde_json::to_vec(&Index {
                schema: index::SCHEMA,
                endpoint: self.buckets.endpoint().to_owned(),
                address: self.address.to_string(),
                files: local.clone(),
            })?
        };
        write_atomic(&self.folder.join(OWN).join(INDEX), &text)
    }

    fn object(&self, name: &str) -> Address {
        Address { bucket: self.address.bucket.clone(), prefix: self.address.key(name) }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    fn name(&self, path: &Path) -> Option<String> {
        let below = path.strip_prefix(&self.folder).ok()?;
        let parts = below.components().map(|part| part.as_os_str().to_string_lossy());
        Some(parts.collect::<Vec<_>>().join("/"))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn remove(path: &Path) -> Result<(), BucketError> {
    fs::remove_file(path).map_err(|source| BucketError::File { path: path.to_owned(), source })
}

/// What is noted of an episode here.
fn noted(outputs: &Outputs) -> Result<Option<Receipt>, BucketError> {
    let path = outputs.receipt_path();
    outputs.receipt().map_err(|error| BucketError::File { path, source: error.into() })
}
