//! A detector that answers what it was told, for tests of everything above.

use super::{SpeechDetector, error::DetectError, regions::Speech};
use crate::{
    progress::{Cancel, Event, Observer, Stage},
    samples::Samples,
    time::Span,
};

/// A speech detector whose answer is given beforehand.
#[derive(Debug, Clone, Default)]
pub struct ScriptedDetector {
    /// What it answers, as far as the episode goes.
    pub speech: Speech,
}

impl ScriptedDetector {
    /// A detector that hears speech in `regions` and doubts nothing.
    pub fn new(regions: Vec<Span>) -> ScriptedDetector {
        ScriptedDetector { speech: Speech { regions, doubtful: Vec::new() } }
    }
}

impl SpeechDetector for ScriptedDetector {
    fn detect(
        &self,
        samples: &dyn Samples,
        observer: &dyn Observer,
        cancel: &Cancel,
    ) -> Result<Speech, DetectError> {
        let (stage, length) = (Stage::Regions, samples.length());
        observer.on(Event::Started { stage, total: Some(length) });
        if cancel.is_requested() {
            return Err(DetectError::Cancelled);
        }
        observer.on(Event::Advanced { stage, done: length });
        observer.on(Event::Finished { stage });
        let inside = |spans: &[Span]| {
            spans
                .iter()
                .filter_map(|span| Span::new(span.start(), span.end().min(length)))
                .collect()
        };
        let Speech { regions, doubtful } = &self.speech;
        Ok(Speech { regions: inside(regions), doubtful: inside(doubtful) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{progress::Silent, time::Time};

    #[test]
    fn the_answer_is_the_script_as_far_as_the_episode_goes() {
        let span = |start, end| {
            Span::new(Time::from_samples(start), Time::from_samples(end)).expect("not empty")
        };
        let detector = ScriptedDetector::new(vec![span(3, 5), span(7, 13), span(17, 19)]);
        let speech = detector.detect(&vec![0.0; 11], &Silent, &Cancel::default()).unwrap();
        assert_eq!(speech.regions, [span(3, 5), span(7, 11)]);
    }

    #[test]
    fn a_stop_leaves_no_answer() {
        let cancel = Cancel::default();
        cancel.request();
        let answer = ScriptedDetector::default().detect(&vec![0.0; 11], &Silent, &cancel);
        assert!(matches!(answer, Err(DetectError::Cancelled)));
    }
}
