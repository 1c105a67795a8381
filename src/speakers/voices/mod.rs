//! The gallery: voices that were given a name, to be known again in other episodes.
//!
//! It lies as `voices.toml` in the folder of the show, and only there. A name on the
//! wrong voice is worse than none: a voice gets one only where the gallery and the
//! episode both leave no doubt, see [`Gallery::matches`].

mod file;
mod learning;
mod matching;

pub use learning::learned;
pub use matching::{Match, MatchSettings};

use crate::base::{
    guidance::{Guidance, Guided},
    speech::Embedding,
    tables::ReadError,
    time::Time,
};

/// Known voices, all heard by one network.
#[derive(Debug, Clone, PartialEq)]
pub struct Gallery {
    /// SHA-256 of the embedding network, in lower-case hexadecimal.
    pub model: String,
    /// In the order they were enrolled, each name once, all embeddings of one length.
    pub people: Vec<Known>,
}

/// A person whose voice is known.
#[derive(Debug, Clone, PartialEq)]
pub struct Known {
    /// As readers should see it.
    pub name: String,
    /// Mean over all speech they were enrolled from.
    pub embedding: Embedding,
    /// How much that was.
    pub speech: Time,
    /// Digests of the sound files it came from, sorted, each once.
    pub from: Vec<String>,
}

/// What became of an enrolment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Enrolment {
    /// The name is new in the gallery.
    New,
    /// The speech enrolled before counts on, by its time.
    Averaged,
    /// The person was enrolled from this file already; nothing has changed.
    KnownSource,
}

/// Why a gallery cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum GalleryError {
    /// The text is not a gallery.
    #[error(transparent)]
    Malformed(#[from] ReadError),
    /// It has a form that this program does not know.
    #[error("the file is of a newer voixoff (form {found})")]
    Newer {
        /// Its form.
        found: u32,
    },
    /// One person's numbers are not as many as the others'.
    #[error("the voice of `{name}` has {found} values, the ones before it have {expected}")]
    Uneven {
        /// Whose.
        name: String,
        /// Values of the first voice.
        expected: usize,
        /// Values of this one.
        found: usize,
    },
    /// A name is there twice.
    #[error("`{name}` is in the gallery twice")]
    Twice {
        /// The name.
        name: String,
    },
    /// The voices were embedded by another network: their numbers mean nothing here.
    #[error("the voices were made by another model: sha256 {found}, now it is {expected}")]
    OtherModel {
        /// SHA-256 of the network in use.
        expected: String,
        /// SHA-256 written in the gallery.
        found: String,
    },
}

impl Guided for GalleryError {
    fn guidance(&self) -> Option<Guidance> {
        Some(match self {
            GalleryError::Malformed(_)
            | GalleryError::Uneven { .. }
            | GalleryError::Twice { .. } => Guidance::MendVoices,
            GalleryError::Newer { .. } => Guidance::NewerVersion,
            GalleryError::OtherModel { .. } => Guidance::EnrolAgain,
        })
    }
}

impl Gallery {
    /// A gallery of nobody, for the network whose SHA-256 is `model`.
    ///
    /// ```
    /// use voixoff::{
    ///     base::{speech::Embedding, time::Time},
    ///     speakers::voices::{Enrolment, Gallery},
    /// };
    ///
    /// let mut gallery = Gallery::new("digest of the network");
    /// let voice = Embedding::new(vec![1.0, 0.0]).unwrap();
    /// let minute = Time::from_millis(60_000);
    /// assert_eq!(gallery.enroll("Alain Garnier", voice, minute, "digest of the file"), Enrolment::New);
    /// assert!(gallery.forget("Alain Garnier"));
    /// ```
    pub fn new(model: impl Into<String>) -> Gallery {
        Gallery { model: model.into(), people: Vec::new() }
    }

    /// Whether voices made by the network of SHA-256 `model` can be compared with these.
    ///
    /// # Errors
    /// [`GalleryError::OtherModel`].
    pub fn check_model(&self, model: &str) -> Result<(), GalleryError> {
        if self.model == model {
            return Ok(());
        }
        Err(GalleryError::OtherModel { expected: model.to_owned(), found: self.model.clone() })
    }

    /// Adds the voice of `name`, of `speech` in the sound file of digest `from`.
    ///
    /// Who is enrolled already gets the mean of both voices, weighted by their
    /// speech, and the sum of it. The same person from the same file twice
    /// would count one speech double, so the second time changes nothing.
    pub fn enroll(
        &mut self,
        name: &str,
        embedding: Embedding,
        speech: Time,
        from: &str,
    ) -> Enrolment {
        let Some(known) = self.people.iter_mut().find(|known| known.name == name) else {
            let (name, from) = (name.to_owned(), vec![from.to_owned()]);
            self.people.push(Known { name, embedding, speech, from });
            return Enrolment::New;
        };
        let Err(place) = known.from.binary_search_by(|digest| digest.as_str().cmp(from)) else {
            return Enrolment::KnownSource;
        };
        let weight = |time: Time| time.samples() as f64;
        let parts = [(&known.embedding, weight(known.speech)), (&embedding, weight(speech))];
        // Opposite voices have no mean; then there is no reason to leave the first.
        if let Some(mean) = Embedding::mean(parts) {
            known.embedding = mean;
        }
        known.speech = known.speech.plus(speech);
        known.from.insert(place, from.to_owned());
        Enrolment::Averaged
    }

    /// Removes the person called `name`; `false` if there is none.
    pub fn forget(&mut self, name: &str) -> bool {
        let n_before = self.people.len();
        self.people.retain(|known| known.name != name);
        self.people.len() < n_before
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTE: Time = Time::from_millis(60_000);

    fn direction(values: [f32; 3]) -> Embedding {
        Embedding::new(values.to_vec()).unwrap()
    }

    /// All heard for a minute in the file `a0`.
    fn gallery(people: &[(&str, [f32; 3])]) -> Gallery {
        let mut gallery = Gallery::new("5eed");
        for (name, values) in people {
            gallery.enroll(name, direction(*values), MINUTE, "a0");
        }
        gallery
    }

    #[test]
    fn a_second_enrolment_counts_by_the_time_heard() {
        let mut gallery = gallery(&[("Aïcha", [1.0, 0.0, 0.0])]);
        let thrice = Time::from_millis(180_000);
        let second = gallery.enroll("Aïcha", direction([0.0, 1.0, 0.0]), thrice, "b1");
        assert_eq!(second, Enrolment::Averaged);
        let known = &gallery.people[0];
        assert!(known.embedding.cosine(&direction([1.0, 3.0, 0.0])) > 0.999_999);
        assert_eq!((known.speech, known.from.len()), (Time::from_millis(240_000), 2));
    }

    #[test]
    fn the_same_file_twice_changes_nothing() {
        let mut gallery = gallery(&[("Aïcha", [1.0, 0.0, 0.0])]);
        let before = gallery.clone();
        let again = gallery.enroll("Aïcha", direction([0.0, 1.0, 0.0]), MINUTE, "a0");
        assert_eq!((again, gallery), (Enrolment::KnownSource, before));
    }

    #[test]
    fn the_forgotten_leave_nothing_behind() {
        let mut gallery = gallery(&[("Aïcha", [1.0, 0.0, 0.0]), ("Bertrand", [0.0, 1.0, 0.0])]);
        assert!(gallery.forget("Aïcha"));
        assert!(!gallery.forget("Aïcha"));
        assert!(!gallery.render().contains("Aïcha"));
        assert_eq!(gallery.people.len(), 1);
    }

    #[test]
    fn a_gallery_of_another_model_is_refused() {
        assert_eq!(Gallery::new("5eed").check_model("5eed"), Ok(()));
        let error = Gallery::new("5eed").check_model("c0de").unwrap_err();
        let message = "the voices were made by another model: sha256 5eed, now it is c0de";
        assert_eq!(error.to_string(), message);
    }
}
