//! Where a turn of talk is cut into screens, and a screen into lines.
//!
//! Every way to cut is weighed at once (dynamic programming over the words), so that a good
//! place for one screen does not leave a bad one for the next. All bounds are weights and
//! none is a wall: a word longer than a line must be shown all the same.

use super::{SubtitleSettings, french, french::FORBIDDEN};
use crate::base::{speech::SpeakerId, time::Time};
use std::ops::Range;

/// Weight of a screen: of two good ways, the one with fewer.
const SCREEN: u64 = 60;
/// Weight of a place between screens, and between lines: times its cost in French.
const BETWEEN_SCREENS: u64 = 30;
const BETWEEN_LINES: u64 = 10;
/// Weight of each character that does not fit, and of each second that is too long.
const TOO_MUCH: u64 = 10_000;
/// Shares of a millisecond's weight, for screens too short to be read, and for silences
/// inside a screen: what comes behind them is shown before it is said.
const MILLIS_IN_HASTE: u64 = 10;
const MILLIS_OF_SILENCE: u64 = 15;
/// Silences that nobody notices.
const BREATH: Time = Time::from_millis(300);
/// The weight of what is never done.
const NEVER: u64 = 1 << 40;

/// Words that no line may part, or a label before some.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Atom {
    /// In one line, never empty.
    pub(super) text: String,
    /// Where it begins to be said; a label, where the word behind it does.
    pub(super) start: Time,
    /// Where it has been said.
    pub(super) end: Time,
    /// Whether it belongs to the words behind it and is not said.
    pub(super) is_label: bool,
    /// In which language it is said, where that is not the episode's.
    pub(super) language: Option<String>,
}

impl Atom {
    /// A label before words that begin at `start`.
    pub(super) fn label(text: String, start: Time) -> Atom {
        Atom { text, start, end: start, is_label: true, language: None }
    }

    /// Grows by `text`, said until `end`.
    pub(super) fn extend(&mut self, text: &str, end: Time) {
        self.text.push_str(text);
        self.end = self.end.max(end);
    }

    fn n_characters(&self) -> usize {
        self.text.chars().count()
    }
}

/// One screen.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::formats) struct Cue {
    pub(in crate::formats) start: Time,
    /// Later than `start`, once it is known what comes next.
    pub(in crate::formats) end: Time,
    pub(in crate::formats) speaker: Option<SpeakerId>,
    /// Never empty.
    pub(super) atoms: Vec<Atom>,
}

impl Cue {
    /// Its lines, none of them empty.
    pub(in crate::formats) fn lines(&self, settings: &SubtitleSettings) -> Vec<String> {
        let whole = 0..self.atoms.len();
        let (_, at) = Measures::of(&self.atoms).layout(whole, settings);
        let text = |atoms: &[Atom]| {
            atoms.iter().map(|atom| atom.text.as_str()).collect::<Vec<_>>().join(" ")
        };
        let (top, bottom) = self.atoms.split_at(at);
        [top, bottom].into_iter().filter(|line| !line.is_empty()).map(text).collect()
    }

    /// The language of all its words, where that is not the episode's.
    pub(in crate::formats) fn language(&self) -> Option<&str> {
        let mut said = self.atoms.iter().filter(|atom| !atom.is_label);
        let first = said.next()?.language.as_deref()?;
        said.all(|atom| atom.language.as_deref() == Some(first)).then_some(first)
    }

    pub(super) fn n_characters(&self) -> usize {
        Measures::of(&self.atoms).length(0..self.atoms.len())
    }

    /// By how many milliseconds it is shorter than people need.
    pub(super) fn excess(&self, settings: &SubtitleSettings) -> u64 {
        let needed = settings.read_in_haste(self.n_characters());
        needed.minus(self.end.minus(self.start)).as_millis()
    }
}

/// `atoms` of one turn, cut into screens; `next` is where the next turn begins.
pub(super) fn cut(
    atoms: Vec<Atom>,
    next: Option<Time>,
    settings: &SubtitleSettings,
) -> Vec<Vec<Atom>> {
    let capacity = settings.lines * settings.line;
    let measures = Measures::of(&atoms);
    // The least weight of what is before each atom, and where its last screen begins.
    let mut least = vec![(0_u64, 0_usize)];
    for until in 1..=atoms.len() {
        let mut best = (u64::MAX, until - 1);
        let between = measures.between(until);
        let behind = atoms.get(until).map(|atom| atom.start).or(next);
        for from in (0..until).rev() {
            let part = from..until;
            let n_words = measures.words[until] - measures.words[from];
            if n_words > 1 && measures.length(part.clone()) > capacity {
                break;
            }
            let weight = least[from].0 + measures.screen(part, behind, settings) + between;
            if weight < best.0 {
                best = (weight, from);
            }
        }
        least.push(best);
    }
    let mut cues = Vec::new();
    let mut rest = atoms;
    while !rest.is_empty() {
        cues.push(rest.split_off(least[rest.len()].1));
    }
    cues.reverse();
    cues
}

/// What is asked of each atom again and again, counted once: every way to cut asks it.
struct Measures<'a> {
    atoms: &'a [Atom],
    /// Characters before each atom, with a space behind every one; so are the others counted.
    characters: Vec<usize>,
    /// Atoms that are said.
    words: Vec<usize>,
    /// Milliseconds of silence that are noticed, between each atom and the one before it.
    silences: Vec<u64>,
    /// What a break before each atom costs in French; not where a label is before it.
    costs: Vec<u64>,
}

impl<'a> Measures<'a> {
    fn of(atoms: &'a [Atom]) -> Measures<'a> {
        let (mut characters, mut words, mut silences) = (vec![0], vec![0], vec![0]);
        let mut costs = Vec::with_capacity(atoms.len());
        for (index, atom) in atoms.iter().enumerate() {
            let before = index.checked_sub(1).map(|before| &atoms[before]);
            let silence =
                before.map_or(Time::default(), |one| atom.start.minus(one.end).minus(BREATH));
            characters.push(characters[index] + atom.n_characters() + 1);
            words.push(words[index] + usize::from(!atom.is_label));
            silences.push(silences[index] + silence.as_millis());
            let cost = before.filter(|one| !one.is_label);
            costs.push(cost.map_or(0, |one| french::cost(&one.text, &atom.text)));
        }
        Measures { atoms, characters, words, silences, costs }
    }

    /// Characters of a part in one line.
    fn length(&self, part: Range<usize>) -> usize {
        (self.characters[part.end] - self.characters[part.start]).saturating_sub(1)
    }

    /// Weight of a screen that ends before atom `at`.
    fn between(&self, at: usize) -> u64 {
        match self.costs.get(at) {
            None => 0,
            Some(_) if self.atoms[at - 1].is_label => NEVER,
            Some(cost) => BETWEEN_SCREENS * cost,
        }
    }

    /// Weight of one screen, by itself.
    fn screen(&self, part: Range<usize>, next: Option<Time>, settings: &SubtitleSettings) -> u64 {
        let (start, end) = (self.atoms[part.start].start, self.atoms[part.end - 1].end);
        let n_characters = self.length(part.clone());
        let shown = settings.shown_until(start, end, n_characters, next).minus(start);
        let needed = settings.shortest.max(settings.read_in_haste(n_characters));
        let haste = needed.minus(shown).as_millis() / MILLIS_IN_HASTE;
        let too_long = shown.minus(settings.longest).as_millis() * TOO_MUCH / 1_000;
        let silence = self.silences[part.end] - self.silences[part.start + 1];
        let weight = SCREEN + haste + too_long + silence / MILLIS_OF_SILENCE;
        weight + self.layout(part, settings).0
    }

    /// The weight of the best lines of a part, and where in it the second one begins: at the
    /// end where there is none.
    fn layout(&self, part: Range<usize>, settings: &SubtitleSettings) -> (u64, usize) {
        let excess = |n: usize| n.saturating_sub(settings.line) as u64 * TOO_MUCH;
        let whole = self.length(part.clone());
        let one_line = (excess(whole), part.len());
        if settings.lines < 2 || whole <= settings.line {
            return one_line;
        }
        let two_lines = |at: usize| {
            let (top, bottom) = (self.length(part.start..at), self.length(at..part.end));
            let is_label = self.atoms[at - 1].is_label;
            let place = if is_label { FORBIDDEN } else { self.costs[at] };
            // A pyramid: the second line is the longer one.
            let shape = top.abs_diff(bottom) as u64 + if top > bottom { 6 } else { 0 };
            (BETWEEN_LINES * place + shape + excess(top) + excess(bottom), at - part.start)
        };
        (part.start + 1..part.end).map(two_lines).chain([one_line]).min().unwrap_or(one_line)
    }
}
