//! Asking a bucket: the one place that knows the library for it, and the runtime that it wants.
//!
//! The runtime has the thread of whoever asks and no other; callers wait, as for a disk.

use super::{Address, BucketError, Object, Take};
use crate::{
    base::{progress::Cancel, store::Draft},
    net::web,
};
use object_store::{
    ClientOptions, Error, GetOptions, GetRange, ObjectStore, ObjectStoreExt, RetryConfig,
    aws::{AmazonS3, AmazonS3Builder},
    list::{PaginatedListOptions, PaginatedListStore},
    path::Path as Key,
};
use reqwest::header::HeaderValue;
use std::{
    collections::BTreeMap,
    error::Error as _,
    io::Write,
    path::Path,
    sync::{Arc, Mutex},
    time::Duration,
};
use tokio::{
    runtime::{Builder, Runtime},
    task::JoinSet,
};

/// Small objects that are asked for at once.
const AT_ONCE: usize = 16;

/// A piece of sound; the connection may be slow, and a stop is looked for behind each.
const PIECE_BYTES: u64 = 4 << 20;

/// Time for one answer, and for the server to take the call.
const TIMEOUT: Duration = Duration::from_secs(120);
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// A server that stumbles is asked again, for so long at most.
const TRIES: usize = 5;
const TRIES_TIME: Duration = Duration::from_secs(60);

/// The buckets of one server.
pub struct Buckets {
    /// `AWS_ENDPOINT_URL` and its like.
    settings: Vec<(String, String)>,
    open: Mutex<BTreeMap<String, Arc<AmazonS3>>>,
    runtime: Mutex<Option<Arc<Runtime>>>,
}

impl std::fmt::Debug for Buckets {
    // The settings hold keys.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Buckets")
    }
}

impl Buckets {
    /// Those that `settings` lead to: names and values as in the environment, `AWS_REGION`.
    /// Nothing is asked yet.
    pub fn new(settings: Vec<(String, String)>) -> Buckets {
        Buckets { settings, open: Mutex::default(), runtime: Mutex::default() }
    }

    /// Where they are; empty for the usual place.
    pub fn endpoint(&self) -> &str {
        let named = |name: &str| self.settings.iter().find(|(other, _)| other == name);
        let found = ["AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL", "AWS_ENDPOINT"].into_iter();
        found.filter_map(named).next().map_or("", |(_, value)| value)
    }

    /// All objects of the bucket of `place` whose keys begin with `beginning`, sorted by key.
    ///
    /// # Errors
    /// Any [`BucketError`] of asking.
    pub fn list(&self, place: &Address, beginning: &str) -> Result<Vec<Object>, BucketError> {
        let (store, runtime) = self.open(&place.bucket)?;
        let prefix = (!beginning.is_empty()).then_some(beginning);
        let mut objects = Vec::new();
        let mut page_token = None;
        loop {
            let options = PaginatedListOptions { page_token, ..PaginatedListOptions::default() };
            let page = runtime.block_on(store.list_paginated(prefix, options));
            let page = page.map_err(|error| failure(place, error))?;
            objects.extend(page.result.objects.into_iter().map(|object| Object {
                key: object.location.into(),
                bytes: object.size,
                etag: object.e_tag.unwrap_or_default(),
                modified: object.last_modified.into(),
            }));
            page_token = page.page_token;
            if page_token.is_none() {
                break;
            }
        }
        objects.sort_by(|one, other| one.key.cmp(&other.key));
        Ok(objects)
    }

    /// Reads the objects that are called `names` below `place`, several at a time, and gives
    /// each to `take`. One that is gone is left out.
    ///
    /// # Errors
    /// Any [`BucketError`] of asking, and what `take` answers.
    pub(crate) fn read_all(
        &self,
        place: &Address,
        names: Vec<String>,
        take: Take<'_>,
    ) -> Result<(), BucketError> {
        let (store, runtime) = self.open(&place.bucket)?;
        let mut names = names.into_iter();
        runtime.block_on(async {
            let mut under_way = JoinSet::new();
            loop {
                while under_way.len() < AT_ONCE
                    && let Some(name) = names.next()
                {
                    let (store, key) = (Arc::clone(&store), key(place, &place.key(&name))?);
                    under_way.spawn(async move { (name, read(&store, &key).await) });
                }
                let Some(read) = under_way.join_next().await else { return Ok(()) };
                let (name, read) = read.map_err(|error| BucketError::Refused {
                    address: place.to_string(),
                    reason: error.to_string(),
                })?;
                match read {
                    Ok((bytes, etag)) => take(&name, bytes, etag).map_err(|source| {
                        BucketError::File { path: name.clone().into(), source }
                    })?,
                    Err(Error::NotFound { .. }) => (),
                    Err(error) => return Err(failure(place, error)),
                }
            }
        })
    }

    /// Downloads the object at `place` to `target`, whose folder must exist, if it has this `etag`
    /// still.
    ///
    /// # Errors
    /// Any [`BucketError`]; there is then nothing at `target` that was not there before.
    pub fn download(
        &self,
        place: &Address,
        etag: &str,
        target: &Path,
        cancel: &Cancel,
    ) -> Result<(), BucketError> {
        let (store, runtime) = self.open(&place.bucket)?;
        let key = key(place, &place.prefix)?;
        let of_file = |source| BucketError::File { path: target.to_owned(), source };
        let mut draft = Draft::create(target).map_err(of_file)?;
        let mut done = 0;
        loop {
            if cancel.is_requested() {
                return Err(BucketError::Cancelled { address: place.to_string() });
            }
            let options = GetOptions {
                // Pieces of two contents would make a third.
                if_match: (!etag.is_empty()).then(|| etag.to_owned()),
                range: Some(GetRange::Bounded(done..done + PIECE_BYTES)),
                ..GetOptions::default()
            };
            let piece = runtime.block_on(async {
                let answer = store.get_opts(&key, options).await?;
                let length = answer.meta.size;
                Ok((answer.bytes().await?, length))
            });
            let (bytes, length) = piece.map_err(|error| failure(place, error))?;
            draft.write_all(&bytes).map_err(of_file)?;
            done += bytes.len() as u64;
            if done >= length || bytes.is_empty() {
                return draft.commit().map_err(of_file);
            }
        }
    }

    /// Gives the object at `place` this content, whole; its etag then.
    ///
    /// # Errors
    /// Any [`BucketError`] of asking; the object is then the old or the new one.
    pub fn put(&self, place: &Address, bytes: Vec<u8>) -> Result<String, BucketError> {
        let (store, runtime) = self.open(&place.bucket)?;
        let key = key(place, &place.prefix)?;
        let put = runtime.block_on(store.put(&key, bytes.into()));
        Ok(put.map_err(|error| failure(place, error))?.e_tag.unwrap_or_default())
    }

    /// Removes the object at `place`, if it is there.
    ///
    /// # Errors
    /// Any [`BucketError`] of asking.
    pub fn remove(&self, place: &Address) -> Result<(), BucketError> {
        let (store, runtime) = self.open(&place.bucket)?;
        match runtime.block_on(store.delete(&key(place, &place.prefix)?)) {
            Err(Error::NotFound { .. }) => Ok(()),
            other => other.map_err(|error| failure(place, error)),
        }
    }

    fn open(&self, bucket: &str) -> Result<(Arc<AmazonS3>, Arc<Runtime>), BucketError> {
        let settings = |reason: String| BucketError::Settings { reason };
        let poisoned = || settings("another thread failed with them".to_owned());
        let mut open = self.open.lock().map_err(|_| poisoned())?;
        let mut runtime = self.runtime.lock().map_err(|_| poisoned())?;
        let runtime = match &*runtime {
            Some(runtime) => Arc::clone(runtime),
            None => {
                // One that is there already is as good.
                let _ = rustls::crypto::ring::default_provider().install_default();
                let built = Builder::new_current_thread().enable_all().build();
                let built = built.map_err(|error| settings(error.to_string()))?;
                Arc::clone(runtime.insert(Arc::new(built)))
            }
        };
        if let Some(store) = open.get(bucket) {
            return Ok((Arc::clone(store), runtime));
        }
        let options = ClientOptions::new()
            .with_timeout(TIMEOUT)
            .with_connect_timeout(CONNECT_TIMEOUT)
            .with_user_agent(user_agent()?);
        let retries =
            RetryConfig { max_retries: TRIES, retry_timeout: TRIES_TIME, ..RetryConfig::default() };
        let mut builder = AmazonS3Builder::new().with_client_options(options).with_retry(retries);
        for (name, value) in &self.settings {
            // Other programs have variables of this kind that mean nothing here.
            if let Ok(name) = name.to_ascii_lowercase().parse() {
                builder = builder.with_config(name, value);
            }
        }
        let store = builder.with_bucket_name(bucket).build();
        let store = Arc::new(store.map_err(|error| settings(error.to_string()))?);
        open.insert(bucket.to_owned(), Arc::clone(&store));
        Ok((store, runtime))
    }
}

/// Who asks, as everywhere on the web.
fn user_agent() -> Result<HeaderValue, BucketError> {
    let named = HeaderValue::from_str(&web::user_agent());
    named.map_err(|error| BucketError::Settings { reason: error.to_string() })
}

async fn read(store: &AmazonS3, key: &Key) -> Result<(Vec<u8>, String), Error> {
    let answer = store.get(key).await?;
    let etag = answer.meta.e_tag.clone().unwrap_or_default();
    Ok((answer.bytes().await?.to_vec(), etag))
}

/// `Key::from` would escape letters, and miss the object.
fn key(place: &Address, key: &str) -> Result<Key, BucketError> {
    Key::parse(key).map_err(|error| BucketError::Refused {
        address: place.to_string(),
        reason: error.to_string(),
    })
}

/// What an error is for people: the library's own texts are pages of XML.
fn failure(place: &Address, error: Error) -> BucketError {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(inner) = cause {
        text = format!("{text}: {inner}");
        cause = inner.source();
    }
    let address = place.to_string();
    let code = between(&text, "<Code>", "</Code>");
    if code == Some("NoSuchBucket") {
        return BucketError::NoBucket { bucket: place.bucket.clone() };
    }
    // Without keys, those of a machine in the cloud are asked for, at this address.
    if text.contains("169.254.169.254") {
        return BucketError::NoKeys { address };
    }
    let told = between(&text, "<Message>", "</Message>");
    let status = between(&text, "status code: ", ": ").and_then(|it| it.split(' ').next());
    let parts = [status, code].into_iter().flatten().collect::<Vec<_>>().join(" ");
    let reason = told.map_or_else(|| parts.clone(), |told| format!("{parts}: {told}"));
    match error {
        Error::Precondition { .. } => BucketError::Changed { address },
        Error::NotFound { .. } if code == Some("NoSuchKey") => BucketError::Changed { address },
        _ if matches!(status, Some("401" | "403")) => BucketError::Denied { address, reason },
        _ if !reason.is_empty() => BucketError::Refused { address, reason },
        _ => {
            let deepest = text.rsplit(": ").next().unwrap_or_default().to_owned();
            BucketError::Unreachable { address, reason: deepest }
        }
    }
}

fn between<'a>(text: &'a str, start: &str, end: &str) -> Option<&'a str> {
    let (_, rest) = text.split_once(start)?;
    Some(rest.split_once(end)?.0)
}
