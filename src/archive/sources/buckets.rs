//! The sound of a bucket, listed as a folder is walked.

use super::{Finder, Origin, walk};
use crate::{
    base::guidance::Guidance,
    net::bucket::{Address, Object},
};
use std::path::Path;

impl Finder<'_> {
    /// Takes the sound of the bucket, or of the part of it, that is called `text`; also one
    /// object by itself.
    pub(super) fn look_at_bucket(&mut self, text: &str) {
        let Some(out) = self.settings.out.clone() else {
            let reason = "the transcripts of a bucket need a folder";
            return self.problem(text, reason, Some(Guidance::NameOut));
        };
        let listed = Address::parse(text).and_then(|address| {
            let objects = self.settings.buckets.list(&address, &address.prefix)?;
            Ok((address, objects))
        });
        let (address, objects) = match listed {
            Ok(listed) => listed,
            Err(error) => return self.problem_of(text, &error),
        };
        let mut is_anything_there = false;
        for object in objects {
            let Some(name) = name_of(&object, &address) else { continue };
            is_anything_there = true;
            let path = Path::new(&name);
            let is_itself = object.key == address.prefix;
            if !is_itself && (self.is_out(&object, &address) || !is_shown_sound(&name)) {
                continue;
            }
            let folder = out.join(path.parent().unwrap_or(Path::new("")));
            let outputs = self.outputs(path, &folder);
            let Object { key, bytes, etag, modified } = object;
            let address = Address { bucket: address.bucket.clone(), prefix: key };
            let (address, etag) = (Box::new(address), etag.into());
            self.take_sound(Origin::Object { address, bytes, etag, modified }, outputs);
        }
        if !is_anything_there {
            self.problem(text, "there is nothing of this name", Some(Guidance::Spelling));
        }
    }

    /// Whether `object` lies in the archive, which is below `address`.
    fn is_out(&self, object: &Object, address: &Address) -> bool {
        let archive = self.settings.archive.as_ref();
        let archive = archive.filter(|archive| archive.bucket == address.bucket);
        let archive = archive.filter(|archive| archive.prefix != address.prefix);
        archive.is_some_and(|archive| archive.name(&object.key).is_some())
    }
}

/// What `object` is called below `address`: « été-2 » does not lie below « été ».
fn name_of(object: &Object, address: &Address) -> Option<String> {
    if object.key == address.prefix {
        return object.key.rsplit('/').next().map(str::to_owned);
    }
    address.name(&object.key).map(str::to_owned)
}

fn is_shown_sound(name: &str) -> bool {
    name.split('/').all(|part| !part.starts_with('.')) && walk::is_sound(Path::new(name))
}
