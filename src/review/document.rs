//! A transcript under the hands of a person: the words of the recogniser, which stay as they are, and
//! the sentences that stand for them.

use super::edit::{Edit, Heading, Refused, SentencePut, SpeakerPut, Splice};
use crate::{
    base::{
        speech::{Doubt, SpeakerId, Word, shown},
        time::{Span, Time},
        transcript::{
            Change, Chapter, LeftOut, NameEvidence, Opening, Rule, Segment, SegmentLanguage,
            Speaker, SpeakerName, Transcript,
        },
    },
    episode::align::{Retimed, retimed},
    eval::align::{Edit as Step, align},
    formats::{turns_of, untimed_words},
};
use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    ops::Range,
};

/// Most bytes of the text of a sentence, of a name, of a line above the text.
const TEXT_BYTES_MAX: usize = 20_000;

/// Most sentences of a document, and most people.
const SENTENCES_MAX: usize = 200_000;
const PEOPLE_MAX: usize = 1_000;

/// Most words of either side of a change that is listed: longer ones are no misspelling.
const LISTED_WORDS_MAX: usize = 12;

/// A sentence of the document.
#[derive(Debug, Clone, PartialEq)]
pub struct Sentence {
    /// Its number, which no other one has.
    pub id: u64,
    /// Who says it.
    pub speaker: Option<SpeakerId>,
    /// Who most likely says it, where that is too unsure for a name and nobody has said it since.
    pub guess: Option<SpeakerId>,
    /// What the page begins with it.
    pub opens: Opening,
    /// Its words, hidden ones among them; empty where it is taken out.
    pub words: Vec<Word>,
    /// Whether a person has heard it and found it right.
    pub checked: bool,
    /// Why it should be looked at, as the recogniser has it.
    pub doubt: Option<Doubt>,
    /// Whether a person has changed its words.
    pub is_edited: bool,
    language: SegmentLanguage,
    /// Words of the recogniser that it stands for.
    heard: Range<usize>,
}

impl Sentence {
    /// The words of the recogniser that it stands for, counted over the whole transcript.
    pub fn heard(&self) -> Range<usize> {
        self.heard.clone()
    }

    /// As readers see it.
    pub fn text(&self) -> String {
        shown(&self.words)
    }

    /// As an edit that changes nothing of it has it.
    fn put(&self) -> SentencePut {
        SentencePut {
            id: self.id,
            text: self.text(),
            speaker: self.speaker,
            opens: self.opens,
            checked: self.checked,
            heard: Some((self.heard.start, self.heard.end)),
        }
    }

    /// Whether anybody has to look at it no more: a person has changed it, or found it right.
    pub fn is_settled(&self) -> bool {
        self.checked || self.is_edited
    }
}

/// A transcript that a person corrects.
#[derive(Debug, Clone)]
pub struct Document {
    machine: Transcript,
    /// All words of `machine`, and with which of them each of its segments begins.
    heard: Vec<Word>,
    starts: Vec<usize>,
    sentences: Vec<Sentence>,
    speakers: Vec<Speaker>,
    heading: Heading,
    reviewed: bool,
    reviewer: String,
    /// How many edits it has taken.
    revision: u64,
    /// At which revision a sentence was last touched, whether it is still there or not.
    touched: HashMap<u64, u64>,
    names_touched: HashMap<SpeakerId, u64>,
    heading_touched: u64,
}

impl Document {
    /// `machine`, as it was recognised.
    pub fn new(machine: Transcript) -> Document {
        let (mut heard, mut starts) = (Vec::new(), Vec::new());
        let sentence = |(n, segment): (usize, &Segment)| {
            let first = heard.len();
            starts.push(first);
            heard.extend_from_slice(&segment.words);
            Sentence {
                id: n as u64,
                speaker: segment.speaker,
                guess: segment.guess,
                opens: segment.opens,
                words: segment.words.clone(),
                checked: false,
                doubt: segment.doubt,
                is_edited: false,
                language: segment.language.clone(),
                heard: first..heard.len(),
            }
        };
        let sentences = machine.segments.iter().enumerate().map(sentence).collect();
        let about = &machine.about;
        let heading = Heading {
            title: about.title.clone(),
            lead: about.lead.clone(),
            chapters: about.chapters.clone(),
            notes: about.notes.clone(),
        };
        Document {
            heard,
            starts,
            sentences,
            speakers: machine.speakers.clone(),
            heading,
            reviewed: machine.provenance.reviewed,
            reviewer: machine.provenance.reviewer.clone(),
            revision: 0,
            touched: HashMap::new(),
            names_touched: HashMap::new(),
            heading_touched: 0,
            machine,
        }
    }

    /// How many edits it has taken.
    pub fn revision(&self) -> u64 {
        self.revision
    }

    /// As it was recognised.
    pub fn machine(&self) -> &Transcript {
        &self.machine
    }

    /// Its sentences, in order; those that are taken out have no words.
    pub fn sentences(&self) -> &[Sentence] {
        &self.sentences
    }

    /// Who speaks.
    pub fn speakers(&self) -> &[Speaker] {
        &self.speakers
    }

    /// What stands above the text.
    pub fn heading(&self) -> &Heading {
        &self.heading
    }

    /// Whether all of it was read against the sound.
    pub fn is_reviewed(&self) -> bool {
        self.reviewed
    }

    /// What the recogniser wrote where `sentence` stands.
    pub fn original(&self, sentence: &Sentence) -> String {
        shown(&self.heard[sentence.heard.clone()])
    }

    /// Who signs that; empty where nobody does.
    pub fn reviewer(&self) -> &str {
        &self.reviewer
    }

    /// The sentences of these numbers that are there.
    pub fn with_ids<'a>(&'a self, ids: &'a BTreeSet<u64>) -> impl Iterator<Item = &'a Sentence> {
        self.sentences.iter().filter(|sentence| ids.contains(&sentence.id))
    }

    /// Applies `edit`, which was made from the document as it was at revision `since`.
    ///
    /// The numbers of the sentences that are others from here on.
    ///
    /// # Errors
    /// [`Refused`], and nothing is changed.
    pub fn apply(&mut self, edit: &Edit, since: u64) -> Result<BTreeSet<u64>, Refused> {
        let places = self.places(edit, since)?;
        self.check(edit, since)?;
        let revision = self.revision + 1;
        let mut ids = BTreeSet::new();
        // The last first: places of those before stay.
        for (place, splice) in places {
            ids.extend(splice.with.iter().map(|put| put.id));
            let touched = splice.at.iter().chain(splice.with.iter().map(|put| &put.id));
            self.touched.extend(touched.map(|id| (*id, revision)));
            let new = self.made(place.clone(), &splice.with);
            self.sentences.splice(place, new);
        }
        self.sort_unsaid(&mut ids);
        for put in &edit.names {
            self.names_touched.insert(put.speaker, revision);
            self.name(put.speaker, &put.name);
        }
        if let Some(heading) = &edit.heading {
            self.heading_touched = revision;
            self.heading = heading.clone();
            let chapters = heading.chapters.iter().map(|it| (it.start, it.title.clone()));
            self.heading.chapters = Chapter::list(chapters);
        }
        self.reviewed = edit.reviewed.unwrap_or(self.reviewed);
        if let Some(reviewer) = &edit.reviewer {
            reviewer.trim().clone_into(&mut self.reviewer);
        }
        self.revision = revision;
        Ok(ids)
    }

    /// What takes `edit` back, which was not applied yet.
    pub(super) fn back_of(&self, edit: &Edit) -> Edit {
        let own: BTreeSet<u64> = edit.splices.iter().flat_map(|it| it.at.iter().copied()).collect();
        let own: HashMap<u64, &Sentence> = self.with_ids(&own).map(|it| (it.id, it)).collect();
        let back = |splice: &Splice| Splice {
            at: splice.with.iter().map(|put| put.id).collect(),
            with: splice.at.iter().filter_map(|id| own.get(id)).map(|it| it.put()).collect(),
        };
        let name = |put: &SpeakerPut| {
            let known = self.speakers.iter().find(|it| it.id == put.speaker);
            let name = known.map(|it| it.name.as_str().to_owned()).unwrap_or_default();
            SpeakerPut { speaker: put.speaker, name }
        };
        Edit {
            splices: edit.splices.iter().map(back).collect(),
            names: edit.names.iter().map(name).collect(),
            heading: edit.heading.as_ref().map(|_| self.heading.clone()),
            reviewed: edit.reviewed.map(|_| self.reviewed),
            reviewer: edit.reviewer.as_ref().map(|_| self.reviewer.clone()),
            published: false,
        }
    }

    /// Sentences that begin with words that nobody heard begin no later than those behind them, and no
    /// earlier than those before: files are in the order of time, and are to read as the page does.
    fn sort_unsaid(&mut self, ids: &mut BTreeSet<u64>) {
        let mut limit = self.machine.duration;
        for sentence in self.sentences.iter_mut().rev().filter(|it| !it.words.is_empty()) {
            if moved(&mut sentence.words, |start| start.min(limit)) {
                ids.insert(sentence.id);
            }
            limit = sentence.words[0].span.start();
        }
        let mut limit = Time::default();
        for sentence in self.sentences.iter_mut().filter(|it| !it.words.is_empty()) {
            if moved(&mut sentence.words, |start| start.max(limit)) {
                ids.insert(sentence.id);
            }
            limit = sentence.words[0].span.start();
        }
    }

    /// Where the splices of `edit` are, the last first.
    fn places<'a>(
        &self,
        edit: &'a Edit,
        since: u64,
    ) -> Result<Vec<(Range<usize>, &'a Splice)>, Refused> {
        if since > self.revision {
            return Err(Refused::Senseless("it was made from a revision that is not there yet"));
        }
        let changed: Vec<u64> = edit.splices.iter().flat_map(|splice| splice.at.clone()).collect();
        let is_stale = |id: &u64| self.touched.get(id).is_some_and(|at| *at > since);
        let stale: Vec<u64> = changed.iter().copied().filter(is_stale).collect();
        if !stale.is_empty() {
            return Err(Refused::Stale { since, sentences: stale });
        }
        let known: HashMap<u64, usize> =
            self.sentences.iter().enumerate().map(|(at, sentence)| (sentence.id, at)).collect();
        let mut places = Vec::with_capacity(edit.splices.len());
        let mut used = BTreeSet::new();
        for splice in &edit.splices {
            let Some(first) = splice.at.first() else {
                return Err(Refused::Senseless("a splice is at no sentence"));
            };
            let Some(&start) = known.get(first) else {
                return Err(Refused::Senseless("there is no sentence of this number"));
            };
            let place = start..start + splice.at.len();
            let is_run = self.sentences.get(place.clone()).is_some_and(|run| {
                run.iter().map(|sentence| sentence.id).eq(splice.at.iter().copied())
            });
            if !is_run || splice.with.is_empty() {
                return Err(Refused::Senseless("a splice is of sentences in a row, by others"));
            }
            let own: BTreeSet<u64> = splice.at.iter().copied().collect();
            for put in &splice.with {
                let is_free = own.contains(&put.id) || !known.contains_key(&put.id);
                if !is_free || !used.insert(put.id) {
                    return Err(Refused::Senseless("two sentences have one number"));
                }
            }
            places.push((place, splice));
        }
        places.sort_by_key(|(place, _)| std::cmp::Reverse(place.start));
        if places.windows(2).any(|two| two[1].0.end > two[0].0.start) {
            return Err(Refused::Senseless("a sentence is in two splices"));
        }
        Ok(places)
    }

    /// Refuses what `edit` has besides its splices, and texts that are none.
    fn check(&self, edit: &Edit, since: u64) -> Result<(), Refused> {
        let is_name_stale =
            |it: &SpeakerId| self.names_touched.get(it).is_some_and(|at| *at > since);
        if edit.names.iter().any(|put| is_name_stale(&put.speaker))
            || edit.heading.is_some() && self.heading_touched > since
        {
            return Err(Refused::Stale { since, sentences: Vec::new() });
        }
        let puts = || edit.splices.iter().flat_map(|splice| &splice.with);
        let heading = edit.heading.iter();
        let lines = heading.flat_map(|it| {
            let titles = it.chapters.iter().map(|chapter| &chapter.title);
            std::iter::once(&it.title).chain(&it.lead).chain(titles).chain(&it.notes)
        });
        let texts = puts().map(|put| &put.text);
        let texts = texts.chain(edit.names.iter().map(|put| &put.name)).chain(lines);
        let texts = texts.chain(&edit.reviewer);
        for text in texts {
            if text.len() > TEXT_BYTES_MAX || text.contains(char::is_control) {
                return Err(Refused::Senseless("a text is too long, or is no line"));
            }
        }
        let is_known = |id: &SpeakerId| {
            self.speakers.iter().any(|speaker| speaker.id == *id)
                || edit.names.iter().any(|put| put.speaker == *id)
        };
        if puts().filter_map(|put| put.speaker).any(|id| !is_known(&id)) {
            return Err(Refused::Senseless("there is nobody of this number"));
        }
        let n_sentences = self.sentences.len() + puts().count();
        let n_people = self.speakers.len() + edit.names.len();
        if n_sentences > SENTENCES_MAX || n_people > PEOPLE_MAX {
            return Err(Refused::Senseless("there are too many sentences, or people"));
        }
        Ok(())
    }

    /// The sentences that stand at `place` from here on.
    fn made(&self, place: Range<usize>, puts: &[SentencePut]) -> Vec<Sentence> {
        let old = &self.sentences[place.clone()];
        let heard = old[0].heard.start..old[old.len() - 1].heard.end;
        let texts: Vec<String> = old.iter().map(Sentence::text).collect();
        let parts: Vec<Retimed> = if puts.iter().map(|put| &put.text).eq(&texts) {
            let same = |it: &Sentence| Retimed { words: it.words.clone(), heard: it.heard.clone() };
            old.iter().map(same).collect()
        } else {
            self.laid(place, puts, heard)
        };
        let sentence = |(put, part): (&SentencePut, Retimed)| {
            let is_edited = shown(&part.words) != shown(&self.heard[part.heard.clone()]);
            let segment = self.segment_of(&part.heard);
            Sentence {
                id: put.id,
                speaker: put.speaker,
                guess: segment.and_then(|it| it.guess).filter(|_| put.speaker.is_none()),
                opens: put.opens,
                words: part.words,
                checked: put.checked,
                doubt: segment.and_then(|segment| segment.doubt),
                is_edited,
                language: segment.map(|it| it.language.clone()).unwrap_or_default(),
                heard: part.heard,
            }
        };
        puts.iter().zip(parts).map(sentence).collect()
    }

    /// The texts of `puts`, in the place of the sentences at `place`, with the times of the words
    /// `heard` there.
    fn laid(&self, place: Range<usize>, puts: &[SentencePut], heard: Range<usize>) -> Vec<Retimed> {
        let before = self.sentences[..place.start].iter().rev().find_map(|it| it.words.last());
        let behind = self.sentences[place.end..].iter().find_map(|it| it.words.first());
        let mut free = (
            before.map(|word| word.span.end()).unwrap_or_default(),
            behind.map_or(self.machine.duration, |word| word.span.start()),
        );
        let texts = puts.iter().map(|put| untimed_words(&put.text));
        let left_out = &self.machine.left_out;
        let retimed = |texts: Vec<Vec<Word>>, heard: Range<usize>, free: (Time, Time)| {
            let parts = retimed(texts, &self.heard[heard.clone()], free, left_out).into_iter();
            parts.map(move |part| Retimed { heard: offset(part.heard, heard.start), ..part })
        };
        let Some(ranges) = partition(puts, &heard) else {
            return retimed(texts.collect(), heard, free).collect();
        };
        let mut laid = Vec::with_capacity(puts.len());
        for (n, (text, range)) in texts.zip(&ranges).enumerate() {
            let next = ranges[n + 1..].iter().find_map(|it| self.heard[it.clone()].first());
            let until = next.map_or(free.1, |word| word.span.start());
            let parts = retimed(vec![text], range.clone(), (free.0, until.max(free.0)));
            laid.extend(parts);
            let last = laid.last().and_then(|it: &Retimed| it.words.last());
            free.0 = last.map_or(free.0, |word| word.span.end());
        }
        laid
    }

    /// Whether a person has changed `sentence` in any way.
    pub(super) fn is_changed(&self, sentence: &Sentence) -> bool {
        sentence.is_edited
            || self.segment_of(&sentence.heard).is_none_or(|own| {
                (own.speaker, own.opens) != (sentence.speaker, sentence.opens)
                    || own.words.len() != sentence.heard.len()
            })
    }

    /// From when to when the recogniser heard what `sentence` stands for.
    pub(super) fn time_of(&self, sentence: &Sentence) -> Option<(Time, Time)> {
        let heard = &self.heard[sentence.heard.clone()];
        let words = if heard.is_empty() { &sentence.words[..] } else { heard };
        Some((words.first()?.span.start(), words.last()?.span.end()))
    }

    /// The segment of the recogniser that most words of `heard` are in.
    fn segment_of(&self, heard: &Range<usize>) -> Option<&Segment> {
        let middle = (heard.start + heard.end) / 2;
        let at = self.starts.partition_point(|start| *start <= middle).checked_sub(1)?;
        self.machine.segments.get(at).filter(|_| !heard.is_empty())
    }

    /// Calls `speaker` so; without a name, as the recogniser does.
    fn name(&mut self, speaker: SpeakerId, name: &str) {
        let known = self.machine.speaker(speaker);
        let numbered = || SpeakerName::numbered(speaker.0.saturating_add(1));
        let name = match name.trim() {
            "" => known.map_or_else(numbered, |known| known.name.clone()),
            name => SpeakerName::read(name),
        };
        match self.speakers.iter_mut().find(|it| it.id == speaker) {
            Some(it) => it.name = name,
            None => {
                let new = Speaker::named(speaker, name.as_str());
                let at = self.speakers.partition_point(|it| it.id < speaker);
                self.speakers.insert(at, new);
            }
        }
    }

    /// What people are given: the text as it stands, with its times.
    pub fn transcript(&self) -> Transcript {
        let machine = &self.machine;
        if self.revision == 0 {
            return machine.clone();
        }
        let shown: Vec<&Sentence> =
            self.sentences.iter().filter(|it| !it.words.is_empty()).collect();
        let (numbers, speakers) = self.numbered(&shown);
        let number = |speaker: Option<SpeakerId>| numbers.get(&speaker?).copied();
        let segment = |sentence: &&Sentence| {
            let words = sentence.words.clone();
            let end = words.iter().map(|word| word.span.end()).max().unwrap_or_default();
            let start = words[0].span.start();
            Segment {
                speaker: number(sentence.speaker),
                guess: number(sentence.guess),
                span: Span::new(start, end).unwrap_or(words[0].span),
                words,
                doubt: sentence.doubt.filter(|_| !sentence.is_settled() && !self.reviewed),
                opens: sentence.opens,
                language: sentence.language.clone(),
            }
        };
        let mut segments: Vec<Segment> = shown.iter().map(segment).collect();
        segments.sort_by_key(|segment| segment.span.start());
        let is_edited = self.is_edited(&shown);
        let left_out: Vec<LeftOut> = machine
            .left_out
            .iter()
            .filter(|one| !shown.iter().any(|it| it.is_edited && fills(it, one.span)))
            .map(|one| LeftOut { speaker: number(one.speaker), ..*one })
            .collect();
        // A sentence that somebody wrote has the marks that they want.
        let is_open = |span: Span| {
            !shown.iter().any(|it| {
                it.is_edited && it.words.iter().any(|word| word.span.overlap(span).is_some())
            })
        };
        let suggestions = machine.suggestions.iter().filter(|one| is_open(one.span));
        let turns = turns_of(&segments, &left_out);
        let evidence = |one: &NameEvidence| {
            Some(NameEvidence { speaker: number(Some(one.speaker))?, ..one.clone() })
        };
        let mut about = machine.about.clone();
        about.title.clone_from(&self.heading.title);
        about.lead.clone_from(&self.heading.lead);
        about.chapters.clone_from(&self.heading.chapters);
        about.notes.clone_from(&self.heading.notes);
        let mut provenance = machine.provenance.clone();
        provenance.corrected |= is_edited;
        provenance.reviewed = self.reviewed;
        provenance.reviewer = if self.reviewed { self.reviewer.clone() } else { String::new() };
        Transcript {
            about,
            duration: machine.duration,
            is_timed: machine.is_timed,
            speakers,
            name_evidence: machine.name_evidence.iter().filter_map(evidence).collect(),
            turns,
            changes: self.changes(&shown),
            suggestions: suggestions.copied().collect(),
            segments,
            left_out,
            damage: machine.damage.clone(),
            alignment: Vec::new(),
            provenance,
        }
    }

    /// Whether `shown` says anything else, or by somebody else, than the recogniser has it.
    fn is_edited(&self, shown: &[&Sentence]) -> bool {
        let is_other = |it: &&Sentence| {
            it.is_edited || self.segment_of(&it.heard).is_none_or(|own| own.speaker != it.speaker)
        };
        let n_words = shown.iter().map(|it| it.heard.len()).sum::<usize>();
        shown.iter().any(is_other)
            || n_words != self.heard.len()
            || self.speakers != self.machine.speakers
    }

    /// The people who say something in `shown`, by first appearance, and their numbers there.
    fn numbered(&self, shown: &[&Sentence]) -> (BTreeMap<SpeakerId, SpeakerId>, Vec<Speaker>) {
        let mut numbers = BTreeMap::new();
        let mut speakers = Vec::new();
        for speaker in shown.iter().filter_map(|it| it.speaker.or(it.guess)) {
            let known = self.speakers.iter().find(|it| it.id == speaker);
            if let Some(known) = known.filter(|_| !numbers.contains_key(&speaker)) {
                let id = SpeakerId(speakers.len() as u16);
                numbers.insert(speaker, id);
                speakers.push(Speaker { id, ..known.clone() });
            }
        }
        (numbers, speakers)
    }

    /// What rules changed where nobody edited, and what people did.
    fn changes(&self, shown: &[&Sentence]) -> Vec<Change> {
        let edited: Vec<&&Sentence> = shown.iter().filter(|it| it.is_edited).collect();
        let is_kept = |change: &&Change| !edited.iter().any(|it| spans(it, change.at));
        let mut changes: Vec<Change> =
            self.machine.changes.iter().filter(is_kept).cloned().collect();
        for sentence in edited {
            let before = &self.heard[sentence.heard.clone()];
            changes.extend(replaced(before, &sentence.words));
        }
        changes.sort_by_key(|change| (change.at, change.rule));
        changes
    }
}

/// Has the words that nobody heard at the beginning of `words` begin when `to` says; whether any moves.
fn moved(words: &mut [Word], to: impl Fn(Time) -> Time) -> bool {
    let n = words.iter().take_while(|word| !word.is_timed).count();
    let behind = words.get(n).map(|word| word.span.start());
    let mut has_moved = false;
    for word in &mut words[..n] {
        let start = to(word.span.start());
        let start = behind.map_or(start, |behind| start.min(behind));
        if start != word.span.start() {
            let length = word.span.end().minus(word.span.start());
            let end = word.span.end().min(start.plus(length)).max(start.plus(Time::from_millis(1)));
            word.span = Span::new(start, end).unwrap_or(word.span);
            has_moved = true;
        }
    }
    has_moved
}

/// Whether `sentence` is said while `at`.
fn spans(sentence: &Sentence, at: Time) -> bool {
    let (first, last) = (sentence.words.first(), sentence.words.last());
    first.zip(last).is_some_and(|(first, last)| first.span.start() <= at && at < last.span.end())
}

/// Whether a word of `sentence` is said in `span`.
fn fills(sentence: &Sentence, span: Span) -> bool {
    sentence.words.iter().any(|word| word.span.overlap(span).is_some())
}

/// The runs of words of `before` that others of `after` stand for, those that are short.
fn replaced(before: &[Word], after: &[Word]) -> Vec<Change> {
    let is_shown = |word: &&Word| word.dropped.is_none();
    let before: Vec<&Word> = before.iter().filter(is_shown).collect();
    let after: Vec<&Word> = after.iter().filter(is_shown).collect();
    let texts = |words: &[&Word]| words.iter().map(|word| word.text.clone()).collect::<Vec<_>>();
    let steps = align(&texts(&before), &texts(&after));
    let (mut rest, mut new) = (&before[..], &after[..]);
    let mut changes = Vec::new();
    for run in steps.chunk_by(|one, other| is_match(one) == is_match(other)) {
        let n_before = run.iter().filter(|step| **step != Step::Insertion).count();
        let n_after = run.iter().filter(|step| **step != Step::Deletion).count();
        let (old, words);
        (old, rest) = rest.split_at(n_before);
        (words, new) = new.split_at(n_after);
        let is_short = n_before <= LISTED_WORDS_MAX && n_after <= LISTED_WORDS_MAX;
        if let Some(first) =
            words.first().or(old.first()).filter(|_| is_short && !is_match(&run[0]))
        {
            let at = first.span.start();
            changes.push(Change {
                rule: Rule::Page,
                at,
                before: shown(old.iter().copied()),
                after: shown(words.iter().copied()),
            });
        }
    }
    changes
}

fn is_match(step: &Step) -> bool {
    *step == Step::Match
}

/// Which part of `heard` each of `puts` stands for, where they say it and have all of it in order.
fn partition(puts: &[SentencePut], heard: &Range<usize>) -> Option<Vec<Range<usize>>> {
    let ranges: Option<Vec<Range<usize>>> =
        puts.iter().map(|put| put.heard.map(|(from, until)| from..until)).collect();
    let mut at = heard.start;
    let follows = |range: &Range<usize>| {
        let follows = range.start == at && range.end >= at;
        at = range.end;
        follows
    };
    let ranges = ranges.filter(|ranges| ranges.iter().all(follows))?;
    (at == heard.end).then_some(ranges)
}

/// `range`, counted from `by` on.
fn offset(range: Range<usize>, by: usize) -> Range<usize> {
    range.start + by..range.end + by
}
