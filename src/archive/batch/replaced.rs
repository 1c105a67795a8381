//! Whether publishers have put other sound in the place of what was transcribed: asked, noted, and
//! known again when the episode is worked on.

use super::{Batch, Standing, episode::EpisodeJob};
use crate::{
    archive::sources::{Item, Origin},
    net::download::{self, DownloadSettings},
};

impl Batch<'_> {
    /// Asks the publisher of each of `episodes` that is done whether its sound is another one by
    /// now; such an episode is open then.
    pub fn ask_publishers<'i>(
        &self,
        episodes: impl IntoIterator<Item = (&'i mut Item, &'i mut Standing)>,
    ) {
        for (item, standing) in episodes {
            if !matches!(standing, Standing::Done { .. }) {
                continue;
            }
            let now = self.validator_now(item);
            let known = known(item);
            if let (Some(now), Origin::Enclosure { validator, .. }) = (now, &mut item.origin)
                && known.as_ref() != Some(&now)
            {
                *validator = Some(now.into());
                *standing = self.standing(item);
            }
        }
    }

    /// What the publisher of `item` knows its sound by now, if that can be compared.
    fn validator_now(&self, item: &Item) -> Option<String> {
        let Origin::Enclosure { sound, .. } = &item.origin else { return None };
        known(item).filter(|_| !self.cancel.is_requested())?;
        download::validator(&sound.address, DownloadSettings::EPISODE)
    }
}

impl EpisodeJob<'_, '_> {
    /// Whether the publisher has put other sound in the place of what was downloaded before this
    /// run.
    pub(super) fn is_replaced(&self) -> bool {
        let Origin::Enclosure { validator: Some(now), .. } = &self.item.origin else {
            return false;
        };
        let is_fresh = self.remote.validator.borrow().is_some();
        !is_fresh && known(self.item).is_some_and(|known| *known != **now)
    }
}

/// What the publisher of `item` knew its sound by when it was downloaded.
fn known(item: &Item) -> Option<String> {
    item.outputs.receipt().ok()??.made?.source.validator
}
