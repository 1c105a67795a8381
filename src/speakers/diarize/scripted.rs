//! A diarizer with a fixed result, for tests of everything above it.

use super::{Diarizer, InferenceCache, Speech, SpeechAnalysis, Subsegment, error::DetectError};
use crate::base::{
    progress::{Cancel, Event, Observer, Stage},
    samples::Samples,
    time::Span,
};

/// A diarizer that runs no network.
#[derive(Debug, Clone, Default)]
pub struct ScriptedDiarizer {
    /// Its result, of which only what lies inside the episode is given.
    pub analysis: SpeechAnalysis,
}

impl ScriptedDiarizer {
    /// A diarizer that finds speech in `regions`, nothing doubtful, and `subsegments` in it.
    pub fn new(regions: Vec<Span>, subsegments: Vec<Subsegment>) -> ScriptedDiarizer {
        let speech = Speech { regions, doubtful: Vec::new() };
        ScriptedDiarizer { analysis: SpeechAnalysis { speech, subsegments } }
    }
}

impl Diarizer for ScriptedDiarizer {
    fn analyse(
        &self,
        samples: &dyn Samples,
        _: &dyn InferenceCache,
        observer: &dyn Observer,
        cancel: &Cancel,
    ) -> Result<SpeechAnalysis, DetectError> {
        let stage = Stage::Regions;
        let length = samples.length();
        observer.on(Event::Started { stage, total: Some(length) });
        if cancel.is_requested() {
            return Err(DetectError::Cancelled);
        }
        observer.on(Event::Advanced { stage, done: length });
        observer.on(Event::Finished { stage });
        let clip = |span: Span| Span::new(span.start(), span.end().min(length));
        let clip_all = |spans: &[Span]| spans.iter().copied().filter_map(clip).collect();
        let SpeechAnalysis { speech, subsegments } = &self.analysis;
        let clip_subsegment = |subsegment: &Subsegment| {
            Some(Subsegment { span: clip(subsegment.span)?, ..subsegment.clone() })
        };
        Ok(SpeechAnalysis {
            speech: Speech {
                regions: clip_all(&speech.regions),
                doubtful: clip_all(&speech.doubtful),
            },
            subsegments: subsegments.iter().filter_map(clip_subsegment).collect(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        base::{progress::Silent, time::Time},
        speakers::diarize::cache::NoCache,
    };

    #[test]
    fn the_result_is_the_script_as_far_as_the_episode_goes() {
        let span = |start, end| {
            Span::new(Time::from_samples(start), Time::from_samples(end)).expect("not empty")
        };
        let diarizer =
            ScriptedDiarizer::new(vec![span(3, 5), span(7, 13), span(17, 19)], Vec::new());
        let analysis =
            diarizer.analyse(&vec![0.0; 11], &NoCache, &Silent, &Cancel::default()).unwrap();
        assert_eq!(analysis.speech.regions, [span(3, 5), span(7, 11)]);
    }

    #[test]
    fn a_stop_leaves_no_result() {
        let cancel = Cancel::default();
        cancel.request();
        let result =
            ScriptedDiarizer::default().analyse(&vec![0.0; 11], &NoCache, &Silent, &cancel);
        assert!(matches!(result, Err(DetectError::Cancelled)));
    }
}
