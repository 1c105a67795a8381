//! A diarizer that answers what it was told, for tests of everything above.

use super::{Diarizer, Heard, Memory, Piece, error::DetectError, regions::Speech};
use crate::base::{
    progress::{Cancel, Event, Observer, Stage},
    samples::Samples,
    time::Span,
};

/// A diarizer whose answer is given beforehand.
#[derive(Debug, Clone, Default)]
pub struct ScriptedDiarizer {
    /// What it answers, as far as the episode goes.
    pub heard: Heard,
}

impl ScriptedDiarizer {
    /// A diarizer that hears speech in `regions`, doubts nothing, and cuts it into `pieces`.
    pub fn new(regions: Vec<Span>, pieces: Vec<Piece>) -> ScriptedDiarizer {
        let speech = Speech { regions, doubtful: Vec::new() };
        ScriptedDiarizer { heard: Heard { speech, pieces } }
    }
}

impl Diarizer for ScriptedDiarizer {
    fn listen(
        &self,
        samples: &dyn Samples,
        _: &dyn Memory,
        observer: &dyn Observer,
        cancel: &Cancel,
    ) -> Result<Heard, DetectError> {
        let (stage, length) = (Stage::Regions, samples.length());
        observer.on(Event::Started { stage, total: Some(length) });
        if cancel.is_requested() {
            return Err(DetectError::Cancelled);
        }
        observer.on(Event::Advanced { stage, done: length });
        observer.on(Event::Finished { stage });
        let inside = |span: Span| Span::new(span.start(), span.end().min(length));
        let all = |spans: &[Span]| spans.iter().copied().filter_map(inside).collect();
        let Heard { speech: Speech { regions, doubtful }, pieces } = &self.heard;
        let piece = |piece: &Piece| Some(Piece { span: inside(piece.span)?, ..piece.clone() });
        Ok(Heard {
            speech: Speech { regions: all(regions), doubtful: all(doubtful) },
            pieces: pieces.iter().filter_map(piece).collect(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        base::{progress::Silent, time::Time},
        speakers::diarize::memory::Forgetful,
    };

    #[test]
    fn the_answer_is_the_script_as_far_as_the_episode_goes() {
        let span = |start, end| {
            Span::new(Time::from_samples(start), Time::from_samples(end)).expect("not empty")
        };
        let diarizer =
            ScriptedDiarizer::new(vec![span(3, 5), span(7, 13), span(17, 19)], Vec::new());
        let heard =
            diarizer.listen(&vec![0.0; 11], &Forgetful, &Silent, &Cancel::default()).unwrap();
        assert_eq!(heard.speech.regions, [span(3, 5), span(7, 11)]);
    }

    #[test]
    fn a_stop_leaves_no_answer() {
        let cancel = Cancel::default();
        cancel.request();
        let answer =
            ScriptedDiarizer::default().listen(&vec![0.0; 11], &Forgetful, &Silent, &cancel);
        assert!(matches!(answer, Err(DetectError::Cancelled)));
    }
}
