//! Whether publishers have put other sound in the place of what was transcribed: asked, noted, and
//! known again when the episode is worked on.

use super::{Batch, Standing, episode::EpisodeJob};
use crate::{
    archive::sources::{Item, Origin},
    episode::outputs::Outputs,
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
            if !matches!(standing, Standing::Done { .. }) || self.cancel.is_requested() {
                continue;
            }
            let Item { origin: Origin::Enclosure { sound, validator, .. }, outputs, .. } = item
            else {
                continue;
            };
            // Without one of before there is nothing to compare.
            let Some(known) = known(outputs) else { continue };
            let now = download::validator(&sound.address, DownloadSettings::EPISODE);
            if let Some(now) = now.filter(|now| *now != known) {
                *validator = Some(now.into());
                *standing = self.standing(item);
            }
        }
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
        !is_fresh && known(&self.item.outputs).is_some_and(|known| *known != **now)
    }
}

/// What its publisher knew the sound by when it was downloaded.
fn known(outputs: &Outputs) -> Option<String> {
    outputs.receipt().ok()??.made?.source.validator
}
