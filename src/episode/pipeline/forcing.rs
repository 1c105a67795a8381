//! Text that is known, given to the recogniser: it only says when the words are said.

use super::{EpisodeError, Work};
use crate::{
    asr::{Context, ForcedWord, TranscribeError, WrittenWord},
    base::samples::Samples,
    episode::align::{Forced, ForcedWindow},
};
use std::path::Path;

impl Work<'_> {
    /// The answer for each of `windows` of the sound at `path`, whose speech is in `language`; `None`
    /// where the recogniser has none. Nothing of a recogniser that never has any.
    ///
    /// # Errors
    /// Those of decoding and of the engine.
    pub fn force(
        &self,
        path: &Path,
        windows: &[ForcedWindow],
        language: &str,
    ) -> Result<Vec<Option<Vec<Forced>>>, EpisodeError> {
        if !self.transcriber.can_force() {
            return Ok(Vec::new());
        }
        let language = Some(language).filter(|_| self.listening.settings.finds_language);
        let pcm = self.listening.decode(path)?.pcm;
        let force = |window: &ForcedWindow| -> Result<_, TranscribeError> {
            let samples = Samples::read(&pcm, window.span)?;
            let words: Vec<WrittenWord<'_>> = window
                .words
                .iter()
                .map(|word| WrittenWord {
                    text: &word.text,
                    is_joined: word.is_joined,
                    follows_others: word.follows_others,
                })
                .collect();
            let context = Context { language, ..Context::default() };
            let forced = self.transcriber.force(&samples, &words, context)?;
            let word = |word: ForcedWord| Forced {
                span: word.span,
                log_probability: word.log_probability,
            };
            Ok(forced.map(|words| words.into_iter().map(word).collect()))
        };
        Ok(self.workers.try_map(windows, force)?)
    }
}
