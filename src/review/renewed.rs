//! A later pass under what people did to an earlier one.
//!
//! Both are of one sound, so what people touched has its place by time: the words of the later pass
//! that are said there make way for theirs. All else is as the later pass has it.

use super::{Document, Edit, Sentence, SentencePut, SpeakerPut, Splice};
use crate::base::{
    speech::{SpeakerId, Word, shown},
    time::Time,
    transcript::{Opening, Segment, Transcript},
};
use std::collections::{BTreeMap, BTreeSet};

/// Sentences in a row that people touched, and from when to when they are said.
struct Touched<'a> {
    start: Time,
    end: Time,
    sentences: Vec<&'a Sentence>,
}

impl Document {
    /// What makes the text of this document of `machine`, a later pass over the same sound.
    pub(super) fn edit_of(&self, machine: &Transcript) -> Edit {
        let people = self.people_in(machine);
        let splices = self.splices(machine, &people.numbers);
        let mut edit = Edit { splices, names: people.names, ..Edit::default() };
        let about = &self.machine().about;
        let heading = self.heading();
        let is_own = heading.title != about.title
            || heading.lead != about.lead
            || heading.notes != about.notes
            || heading.chapters != about.chapters;
        edit.heading = is_own.then(|| heading.clone());
        edit.reviewed = self.is_reviewed().then_some(true);
        edit.reviewer = Some(self.reviewer().to_owned()).filter(|name| !name.is_empty());
        edit
    }

    /// Whether people touched `sentence`: changed it, found it right, or gave it to another.
    fn is_touched(&self, sentence: &Sentence) -> bool {
        self.is_changed(sentence) || sentence.checked
    }

    /// The runs that people touched, in order.
    fn touched_runs(&self) -> Vec<Touched<'_>> {
        let mut runs: Vec<Touched<'_>> = Vec::new();
        let mut is_open = false;
        for sentence in self.sentences() {
            let is_touched = self.is_touched(sentence);
            if let Some((start, end)) = self.time_of(sentence).filter(|_| is_touched) {
                match runs.last_mut().filter(|_| is_open) {
                    Some(run) => {
                        run.end = run.end.max(end);
                        run.start = run.start.min(start);
                        run.sentences.push(sentence);
                    }
                    None => runs.push(Touched { start, end, sentences: vec![sentence] }),
                }
            }
            is_open = is_touched;
        }
        runs
    }

    fn splices(
        &self,
        machine: &Transcript,
        people: &BTreeMap<SpeakerId, SpeakerId>,
    ) -> Vec<Splice> {
        let runs = self.touched_runs();
        // Runs that touch the same segments of the later pass are one splice.
        let mut splices: Vec<(usize, usize, Vec<&Touched<'_>>)> = Vec::new();
        for run in &runs {
            let middle = |segment: &Segment| segment.span.start() < run.end;
            let first = machine.segments.partition_point(|it| it.span.end() <= run.start);
            let end = machine.segments.partition_point(middle).max(first + 1);
            let (first, end) = (first.min(machine.segments.len()), end.min(machine.segments.len()));
            // Behind its last words: with the last segment.
            let first = first.min(end.saturating_sub(1));
            match splices.last_mut().filter(|last| first < last.1) {
                Some(last) => {
                    last.1 = last.1.max(end);
                    last.2.push(run);
                }
                None => splices.push((first, end, vec![run])),
            }
        }
        let mut free = machine.segments.len() as u64;
        let mut splice = |(first, end, runs): (usize, usize, Vec<&Touched<'_>>)| {
            let segments = &machine.segments[first..end];
            if segments.is_empty() {
                return None;
            }
            let mut with = parts(segments, first as u64, &runs, people);
            let mut used = BTreeSet::new();
            for put in &mut with {
                let is_own = (first as u64..end as u64).contains(&put.id);
                if !is_own || !used.insert(put.id) {
                    put.id = free;
                    free += 1;
                }
            }
            let at = (first as u64..end as u64).collect();
            Some(Splice { at, with })
        };
        splices.drain(..).filter_map(&mut splice).collect()
    }

    /// Who the people of this document are in `machine`: those who talk at the same time most.
    fn people_in(&self, machine: &Transcript) -> People {
        let mut shared: BTreeMap<(SpeakerId, SpeakerId), u64> = BTreeMap::new();
        let mut later = machine.segments.iter().peekable();
        let own = self.machine().segments.iter();
        let own: Vec<&Segment> = own.filter(|it| it.speaker.is_some()).collect();
        for one in own {
            while later.next_if(|it| it.span.end() <= one.span.start()).is_some() {}
            let near = later.clone().take_while(|it| it.span.start() < one.span.end());
            for other in near {
                let overlap = one.span.overlap(other.span).map_or(0, |span| span.samples());
                if let Some(pair) = one.speaker.zip(other.speaker) {
                    *shared.entry(pair).or_default() += overlap;
                }
            }
        }
        let mut free = machine.speakers.iter().map(|it| it.id.0 + 1).max().unwrap_or_default();
        let mut people = People { numbers: BTreeMap::new(), names: Vec::new() };
        let used: BTreeSet<SpeakerId> =
            self.sentences().iter().filter_map(|it| it.speaker).collect();
        for speaker in self.speakers().iter().filter(|it| used.contains(&it.id)) {
            let pairs = shared.iter().filter(|((own, _), _)| *own == speaker.id);
            let most = pairs.max_by_key(|(_, overlap)| **overlap).map(|((_, other), _)| *other);
            // Two of ours that the later pass takes for one stay two.
            let most = most.filter(|other| !people.numbers.values().any(|it| it == other));
            let number = most.unwrap_or(SpeakerId(free));
            free += u16::from(most.is_none());
            people.numbers.insert(speaker.id, number);
            let known = self.machine().speaker(speaker.id);
            if most.is_none() || known.is_none_or(|known| known.name != speaker.name) {
                let name = speaker.name.to_string();
                people.names.push(SpeakerPut { speaker: number, name });
            }
        }
        people
    }
}

/// The people of a document in a later pass.
struct People {
    numbers: BTreeMap<SpeakerId, SpeakerId>,
    /// What persons called them.
    names: Vec<SpeakerPut>,
}

/// `segments`, numbered from `first` on, with the sentences of `runs` in the place of the words that
/// are said at their time.
fn parts(
    segments: &[Segment],
    first: u64,
    runs: &[&Touched<'_>],
    people: &BTreeMap<SpeakerId, SpeakerId>,
) -> Vec<SentencePut> {
    let mut parts = Vec::new();
    let mut waiting = runs.iter().peekable();
    let put_run = |parts: &mut Vec<SentencePut>, run: &Touched<'_>, id: u64| {
        for sentence in &run.sentences {
            parts.push(SentencePut {
                id,
                text: sentence.text(),
                speaker: sentence.speaker.and_then(|it| people.get(&it).copied()),
                opens: sentence.opens,
                checked: sentence.checked,
                heard: None,
            });
        }
    };
    for (id, segment) in (first..).zip(segments) {
        let run_at = |word: &Word| {
            let at = word.span.middle();
            runs.iter().position(|run| run.start <= at && at < run.end)
        };
        let mut opens = segment.opens;
        let chunks = segment.words.chunk_by(|one, next| run_at(one) == run_at(next));
        for words in chunks {
            let at = words[0].span.middle();
            while let Some(run) = waiting.next_if(|run| run.start <= at) {
                put_run(&mut parts, run, id);
                opens = Opening::Nothing;
            }
            if run_at(&words[0]).is_none() {
                let (text, speaker) = (shown(words), segment.speaker);
                let (checked, heard) = (false, None);
                parts.push(SentencePut { id, text, speaker, opens, checked, heard });
                opens = Opening::Nothing;
            }
        }
    }
    for run in waiting {
        put_run(&mut parts, run, first);
    }
    parts
}
