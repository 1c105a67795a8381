//! Which heard voice belongs to whom, once a person has confirmed who says what.

use crate::base::{
    speech::{Diarization, Role, SpeakerId, Voice},
    time::{Span, Time},
    transcript::{Speaker, Transcript},
};

/// Least speech of a voice that is learned: as for one that is enrolled.
const SHORTEST: Time = Time::from_millis(5_000);

/// Of what a voice says in the transcript, the least share that is one person's.
const OWN_SHARE: f64 = 0.9;

/// Of what a person says in the transcript, the least share that is one voice.
const VOICE_SHARE: f64 = 0.5;

/// The people named in `confirmed`, by first appearance, each with their voice among
/// those of `diarization`, of the same episode; `None` where no voice is surely theirs.
///
/// A voice is somebody's if nearly all of what it says is in their segments and they have
/// no other voice of that weight. The voix off and people without a name are not people
/// to know again.
pub fn learned<'a>(
    confirmed: &'a Transcript,
    diarization: &'a Diarization,
) -> Vec<(&'a str, Option<&'a Voice>)> {
    let is_person =
        |speaker: &&Speaker| speaker.role != Some(Role::VoixOff) && speaker.name.person().is_some();
    let people = confirmed.speakers.iter().filter(is_person);
    let voice = |speaker: &'a Speaker| {
        let whole = samples(spans(confirmed, Some(speaker.id)));
        let is_theirs = |voice: &&Voice| {
            let turns = turns(diarization, voice.speaker);
            let own = shared(&turns, spans(confirmed, Some(speaker.id)));
            let all = shared(&turns, spans(confirmed, None));
            voice.speech >= SHORTEST
                && own as f64 >= OWN_SHARE * all as f64
                && own as f64 >= VOICE_SHARE * whole as f64
        };
        (speaker.name.as_str(), diarization.voices.iter().find(is_theirs))
    };
    people.map(voice).collect()
}

/// When `speaker` speaks, or anybody.
fn spans(transcript: &Transcript, speaker: Option<SpeakerId>) -> impl Iterator<Item = Span> {
    let segments = transcript.segments.iter();
    segments
        .filter(move |segment| speaker.is_none() || segment.likely_speaker() == speaker)
        .map(|segment| segment.span)
}

fn turns(diarization: &Diarization, speaker: SpeakerId) -> Vec<Span> {
    let own = diarization.turns.iter().filter(|turn| turn.speaker == speaker);
    own.map(|turn| turn.span).collect()
}

fn samples(spans: impl Iterator<Item = Span>) -> u64 {
    spans.map(Span::samples).sum()
}

/// Samples that `spans` share with `turns`, which are sorted and disjoint.
fn shared(turns: &[Span], spans: impl Iterator<Item = Span>) -> u64 {
    let with = |span: Span| {
        let first = turns.partition_point(|turn| turn.end() <= span.start());
        let near = turns[first..].iter().take_while(move |turn| turn.start() < span.end());
        near.filter_map(move |turn| turn.overlap(span)).map(Span::samples).sum::<u64>()
    };
    spans.map(with).sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::{
        speech::{Embedding, Turn, Word},
        transcript::{Opening, Segment},
    };

    #[test]
    fn a_voice_goes_to_the_person_whose_words_it_says() {
        check("AAAAAAAAAA..BBBBBBBB", "aaaaaaaaaa..bbbbbbbb", "A=a B=b");
        check("AAAAAAAAAABBBBBBBB", ".bbbbbbbb..aaaaaaa", "A=b B=a");
    }

    #[test]
    fn a_voice_that_two_people_share_is_nobodys() {
        check("AAAAAAAABBBBBBBB", "aaaaaaaaaaaaaaaa", "A=? B=?");
    }

    #[test]
    fn who_is_heard_too_little_is_not_learned() {
        check("AAAA......BBBBBB", "aaaa......bbbbbb", "A=? B=b");
    }

    #[test]
    fn the_voix_off_and_the_nameless_are_not_learned() {
        check("OOOOOOOOIIIIIIIIAAAAAA", "aaaaaaaabbbbbbbbcccccc", "A=c");
    }

    /// One column is a second: who is confirmed to speak, whose voice is heard.
    fn check(confirmed: &str, diarized: &str, expected: &str) {
        let id = |letter: char, first: char| SpeakerId((letter as u16) - (first as u16));
        let names = ['A', 'B', 'I', 'O'];
        let speakers = names.into_iter().filter(|name| confirmed.contains(*name));
        let speaker = |letter: char| {
            let name = match letter {
                'O' => "Voix off".to_owned(),
                'I' => "Intervenant 1".to_owned(),
                other => other.to_string(),
            };
            Speaker::named(id(letter, 'A'), name)
        };
        let segment = |(letter, span): (char, Span)| Segment {
            speaker: Some(id(letter, 'A')),
            guess: None,
            span,
            words: vec![Word::new("mot", span, None)],
            doubt: None,
            opens: Opening::Nothing,
            language: Default::default(),
        };
        let transcript = Transcript {
            speakers: speakers.map(speaker).collect(),
            segments: seconds(confirmed).map(segment).collect(),
            ..Transcript::default()
        };
        let turns: Vec<Turn> =
            seconds(diarized).map(|(letter, span)| Turn::new(id(letter, 'a'), span)).collect();
        let voice = |n: u16| {
            let seconds = turns.iter().filter(|turn| turn.speaker.0 == n).count() as u64;
            let embedding = Embedding::new(vec![1.0]).unwrap();
            Voice { speaker: SpeakerId(n), embedding, speech: Time::from_millis(seconds * 1_000) }
        };
        let diarization =
            Diarization { voices: (0..3).map(voice).collect(), turns, parts: Vec::new() };
        let shown = |(name, voice): (&str, Option<&Voice>)| match voice {
            Some(voice) => format!("{name}={}", char::from(b'a' + voice.speaker.0 as u8)),
            None => format!("{name}=?"),
        };
        let found = learned(&transcript, &diarization).into_iter().map(shown).collect::<Vec<_>>();
        assert_eq!(found.join(" "), expected);
    }

    fn seconds(drawing: &str) -> impl Iterator<Item = (char, Span)> {
        let second = Span::from_start(Time::from_millis(1_000));
        let at = move |n: usize| second.later(Time::from_millis(n as u64 * 1_000));
        drawing.chars().enumerate().filter(|(_, c)| *c != '.').map(move |(n, c)| (c, at(n)))
    }
}
