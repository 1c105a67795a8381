//! Pieces of an archive to score a recogniser by: sound whose words are surely those of a text that
//! a person wrote.

use crate::base::{
    time::{Span, Time},
    transcript::{AlignedParagraph, Segment, Transcript},
};
use std::collections::BTreeMap;

/// Of the words of a paragraph, this share was heard as it is written: so it is said there, and
/// whole.
const HEARD_MIN: f64 = 0.8;

/// Of those, this share is in the voice of its speaker.
const VOICE_MIN: f32 = 0.8;

/// Shorter ones say little, longer ones are of one voice for too long.
const SHORTEST: Time = Time::from_millis(4_000);
const LONGEST: Time = Time::from_millis(60_000);

/// Sound before the first word and behind the last, as far as nobody else talks in it.
const MARGIN: Time = Time::from_millis(200);

/// A piece of an episode in which one person speaks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Excerpt {
    /// Index of the episode.
    pub episode: usize,
    /// When.
    pub span: Span,
    /// Who speaks, as the text has it.
    pub speaker: String,
    /// What is said.
    pub text: String,
}

/// Excerpts of `episodes`, `total` long or as long as there are any: each time of whom there is the
/// least, out of the episode of which there is the least.
pub fn excerpts(episodes: &[&Transcript], total: Time) -> Vec<Excerpt> {
    let mut left: BTreeMap<String, Vec<Excerpt>> = BTreeMap::new();
    for (number, episode) in episodes.iter().enumerate() {
        for excerpt in candidates(number, episode) {
            left.entry(excerpt.speaker.clone()).or_default().push(excerpt);
        }
    }
    let mut chosen: Vec<Excerpt> = Vec::new();
    let length = |excerpts: &[Excerpt], is: &dyn Fn(&Excerpt) -> bool| {
        let samples = excerpts.iter().filter(|it| is(it)).map(|it| it.span.samples());
        Time::from_samples(samples.sum())
    };
    while length(&chosen, &|_| true) < total {
        let of = |speaker: &str| length(&chosen, &|it| it.speaker == speaker);
        let Some(speaker) = left.keys().min_by_key(|speaker| of(speaker)).cloned() else { break };
        let of =
            |episode: usize| length(&chosen, &|it| it.speaker == speaker && it.episode == episode);
        let all = left.get_mut(&speaker).expect("it is a key");
        let next = (0..all.len()).min_by_key(|at| of(all[*at].episode)).expect("none is empty");
        chosen.push(all.remove(next));
        if all.is_empty() {
            left.remove(&speaker);
        }
    }
    chosen.sort_by_key(|it| (it.episode, it.span));
    chosen
}

/// The paragraphs of an episode that are surely said as they are written.
fn candidates(number: usize, episode: &Transcript) -> Vec<Excerpt> {
    let is_sure = |it: &&AlignedParagraph| {
        let share = it.n_heard as f64 / it.n_words.max(1) as f64;
        share >= HEARD_MIN && it.voice.is_none_or(|voice| voice >= VOICE_MIN) && !it.is_moved
    };
    let said: Vec<&Segment> = episode.segments.iter().filter(|it| !it.is_unsaid()).collect();
    let excerpt = |paragraph: &AlignedParagraph| {
        let span = paragraph.span?;
        let speaker = episode.speaker(paragraph.speaker?)?.name.person()?;
        let is_in =
            |it: &&&Segment| it.speaker == paragraph.speaker && span.overlap(it.span).is_some();
        let texts: Vec<String> = said.iter().filter(is_in).map(|it| it.text()).collect();
        let others = || said.iter().filter(|it| !is_in(it)).map(|it| it.span);
        let before = others().map(Span::end).filter(|end| *end <= span.start()).max();
        let behind = others().map(Span::start).filter(|start| *start >= span.end()).min();
        let start = span.start().minus(MARGIN).max(before.unwrap_or_default());
        let end = span.end().plus(MARGIN).min(behind.unwrap_or(episode.duration));
        let whole = Span::new(start, end.max(span.end()).min(episode.duration))?;
        let length = Time::from_samples(whole.samples());
        let is_alone = others().all(|other| whole.overlap(other).is_none());
        let is_fit = is_alone && (SHORTEST..=LONGEST).contains(&length);
        let (speaker, text) = (speaker.to_owned(), texts.join(" "));
        is_fit.then_some(Excerpt { episode: number, span: whole, speaker, text })
    };
    episode.alignment.iter().filter(is_sure).filter_map(excerpt).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::{
        speech::{SpeakerId, Word},
        transcript::{Opening, Speaker},
    };

    #[test]
    fn people_and_episodes_have_their_turn() {
        let one = episode(&[("A", 0, 10, 10), ("A", 11, 21, 10), ("B", 22, 32, 10)]);
        let two = episode(&[("A", 0, 10, 10), ("B", 11, 21, 10)]);
        let chosen = |seconds: u64| {
            let excerpts = excerpts(&[&one, &two], Time::from_millis(seconds * 1_000));
            let shown = excerpts.iter().map(|it| {
                format!("{}{}@{}", it.episode, it.speaker, it.span.start().as_millis() / 1_000)
            });
            shown.collect::<Vec<_>>().join(" ")
        };
        assert_eq!(chosen(10), "0Anne A@0");
        assert_eq!(chosen(20), "0Anne A@0 0Bruno B@21");
        assert_eq!(chosen(40), "0Anne A@0 0Bruno B@21 1Anne A@0 1Bruno B@10");
        assert_eq!(chosen(1_000).split(' ').count(), 10);
    }

    #[test]
    fn what_is_not_sure_is_left_out() {
        let long = episode(&[("A", 0, 90, 10)]);
        let misheard = episode(&[("A", 0, 10, 5)]);
        let mut other_voice = episode(&[("A", 0, 10, 10)]);
        other_voice.alignment[0].voice = Some(0.3);
        for episode in [long, misheard, other_voice] {
            assert_eq!(excerpts(&[&episode], Time::from_millis(60_000)), []);
        }
    }

    /// Paragraphs of a person, from and to so many seconds, so many of ten words heard.
    fn episode(paragraphs: &[(&str, u64, u64, usize)]) -> Transcript {
        let span = |start: u64, end: u64| {
            Span::new(Time::from_millis(start * 1_000), Time::from_millis(end * 1_000)).unwrap()
        };
        let id = |name: &str| SpeakerId(u16::from(name == "B"));
        let segment = |&(name, start, end, _): &(&str, u64, u64, usize)| Segment {
            speaker: Some(id(name)),
            guess: None,
            span: span(start, end),
            words: vec![Word::new("Bonjour.", span(start, end), None)],
            doubt: None,
            opens: Opening::Block,
            language: Default::default(),
        };
        let paragraph = |&(name, start, end, n_heard): &(&str, u64, u64, usize)| AlignedParagraph {
            opening: "Bonjour.".to_owned(),
            speaker: Some(id(name)),
            span: Some(span(start, end)),
            n_words: 10,
            n_heard,
            voice: Some(1.0),
            is_moved: false,
        };
        Transcript {
            duration: Time::from_millis(100_000),
            is_timed: true,
            speakers: ["Anne A", "Bruno B"]
                .into_iter()
                .zip(0..)
                .map(|(name, id)| Speaker::named(SpeakerId(id), name))
                .collect(),
            segments: paragraphs.iter().map(segment).collect(),
            alignment: paragraphs.iter().map(paragraph).collect(),
            ..Transcript::default()
        }
    }
}
