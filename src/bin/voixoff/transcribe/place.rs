//! Where the transcripts of a run go: a folder, or a bucket and the folder that stands for it.

use crate::{args, models::user_folder, report::advise};
use std::{env, path::PathBuf};
use voixoff::{
    base::digest::digest,
    net::bucket::{self, Address, BucketError, Buckets},
};

/// Where the transcripts of a run go.
pub(crate) struct Place {
    /// Where buckets are.
    pub(crate) buckets: Buckets,
    /// The archive, where it is in a bucket.
    pub(crate) archive: Option<Address>,
    /// The folder to work in; `None`: beside each file.
    pub(crate) folder: Option<PathBuf>,
}

impl Place {
    /// As `options` say; no bucket is asked.
    pub(crate) fn of(options: &args::Transcribe) -> anyhow::Result<Place> {
        let settings = env::vars_os().filter_map(|(name, value)| {
            let name = name.into_string().ok().filter(|name| name.starts_with("AWS_"))?;
            Some((name, value.into_string().ok()?))
        });
        let buckets = Buckets::new(settings.collect());
        let out = options.out.as_ref().and_then(|out| out.to_str());
        let out = out.filter(|out| Address::is_address(out));
        let mut named = options.sources.iter().filter_map(|source| source.to_str()).chain(out);
        if !bucket::IS_BUILT && named.any(Address::is_address) {
            return Err(BucketError::NotBuilt.into());
        }
        let Some(out) = out else {
            return Ok(Place { buckets, archive: None, folder: options.out.clone() });
        };
        if options.keep_audio {
            let hint = "leave out `--keep-audio`, or name a folder with `--out DIR`";
            return Err(advise("the sound of feeds is not kept in a bucket", hint));
        }
        let archive = Address::parse(out)?;
        let folder = match &options.mirror {
            Some(folder) => folder.clone(),
            None => mirror_of(&archive, buckets.endpoint())?,
        };
        Ok(Place { buckets, archive: Some(archive), folder: Some(folder) })
    }
}

/// The folder that stands for `archive`: one of its own in the user's cache.
fn mirror_of(archive: &Address, endpoint: &str) -> anyhow::Result<PathBuf> {
    let cache = user_folder("XDG_CACHE_HOME", ".cache");
    let no_home = "there is no home folder to work in";
    let cache = cache.ok_or_else(|| advise(no_home, "name a folder with `--mirror DIR`"))?;
    let id = digest(format!("{endpoint} {archive}").as_bytes());
    Ok(cache.join("voixoff/archives").join(format!("{}-{}", archive.bucket, &id[..12])))
}
