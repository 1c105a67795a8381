//! A part of an episode: what alone is listened to and recognised, at the times of the whole.

use crate::{
    audio::Pcm,
    base::{
        samples::Samples,
        time::{Span, Time},
    },
    speakers::diarize::{SpeechAnalysis, Subsegment},
};
use std::io;

/// From when to when.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Part {
    /// Where it begins.
    pub start: Time,
    /// Where it ends; `None`: with the episode.
    pub end: Option<Time>,
}

impl Part {
    /// The part of an episode of `length`; `None` where there is nothing in it.
    pub(super) fn of(self, length: Time) -> Option<Span> {
        Span::new(self.start, self.end.map_or(length, |end| end.min(length)))
    }
}

/// The sound of a part, counted from its start.
pub(super) struct Excerpt<'a> {
    pub(super) pcm: &'a Pcm,
    pub(super) span: Span,
}

impl Samples for Excerpt<'_> {
    fn length(&self) -> Time {
        Time::from_samples(self.span.samples())
    }

    fn read(&self, span: Span) -> io::Result<Vec<f32>> {
        self.pcm.read(span.later(self.span.start()))
    }
}

impl Excerpt<'_> {
    /// `analysis` of this sound, at the times of the episode.
    pub(super) fn in_episode(&self, analysis: SpeechAnalysis) -> SpeechAnalysis {
        // Margins of regions may reach beyond it.
        let placed = |span: Span| span.later(self.span.start()).overlap(self.span);
        let all = |spans: Vec<Span>| spans.into_iter().filter_map(placed).collect();
        let SpeechAnalysis { mut speech, subsegments } = analysis;
        (speech.regions, speech.doubtful) = (all(speech.regions), all(speech.doubtful));
        let subsegment = |it: Subsegment| Some(Subsegment { span: placed(it.span)?, ..it });
        let subsegments = subsegments.into_iter().filter_map(subsegment).collect();
        SpeechAnalysis { speech, subsegments }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::speakers::diarize::Speech;

    fn span(start: u64, end: u64) -> Span {
        Span::new(Time::from_samples(start), Time::from_samples(end)).unwrap()
    }

    #[test]
    fn a_part_is_heard_by_itself_and_told_at_the_times_of_the_whole() {
        let part = Part { start: Time::from_samples(3), end: Some(Time::from_samples(99)) };
        let pcm = Pcm::from_samples(&[0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6]).unwrap();
        let excerpt = Excerpt { pcm: &pcm, span: part.of(pcm.length()).unwrap() };
        assert_eq!(excerpt.length(), Time::from_samples(4));
        assert_eq!(excerpt.read(span(1, 3)).unwrap(), pcm.read(span(4, 6)).unwrap());
        let analysis = SpeechAnalysis {
            speech: Speech { regions: vec![span(0, 2), span(3, 9)], doubtful: vec![span(8, 9)] },
            subsegments: vec![Subsegment { track: 1, span: span(1, 2), embedding: None }],
        };
        let placed = excerpt.in_episode(analysis);
        assert_eq!(placed.speech.regions, [span(3, 5), span(6, 7)]);
        assert_eq!(placed.speech.doubtful, []);
        assert_eq!(placed.subsegments[0].span, span(4, 5));
    }

    #[test]
    fn a_part_behind_the_end_is_none() {
        let at = Time::from_samples;
        assert_eq!(Part { start: at(7), end: None }.of(at(7)), None);
        assert_eq!(Part { start: at(5), end: Some(at(5)) }.of(at(7)), None);
        assert_eq!(Part { start: at(5), end: None }.of(at(7)), Some(span(5, 7)));
    }
}
