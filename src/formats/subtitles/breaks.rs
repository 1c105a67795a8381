//! Where a turn of talk is cut into screens, and a screen into lines.
//!
//! Every way to cut is weighed at once (dynamic programming over the words), so that a good
//! place for one screen does not leave a bad one for the next. All bounds are weights and
//! none is a wall: a word longer than a line must be shown all the same.

use super::{SubtitleSettings, french, french::FORBIDDEN};
use crate::{speech::SpeakerId, time::Time};

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
        let (_, at) = layout(&self.atoms, settings);
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
        length(&self.atoms)
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
    // The least weight of what is before each atom, and where its last screen begins.
    let mut least = vec![(0_u64, 0_usize)];
    for until in 1..=atoms.len() {
        let mut best = (u64::MAX, until - 1);
        let mut n_characters = 0;
        for from in (0..until).rev() {
            n_characters += atoms[from].n_characters() + 1;
            let n_words = atoms[from..until].iter().filter(|atom| !atom.is_label).count();
            if n_words > 1 && n_characters > capacity + 1 {
                break;
            }
            let behind = atoms.get(until).map(|atom| atom.start).or(next);
            let weight = least[from].0
                + screen(&atoms[from..until], behind, settings)
                + between(&atoms, until);
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

/// Weight of a screen that ends before atom `at`.
fn between(atoms: &[Atom], at: usize) -> u64 {
    match (&atoms[at - 1], atoms.get(at)) {
        (_, None) => 0,
        (one, _) if one.is_label => NEVER,
        (one, Some(other)) => BETWEEN_SCREENS * french::cost(&one.text, &other.text),
    }
}

/// Weight of one screen, by itself.
fn screen(atoms: &[Atom], next: Option<Time>, settings: &SubtitleSettings) -> u64 {
    let (start, end) = (atoms[0].start, atoms[atoms.len() - 1].end);
    let n_characters = length(atoms);
    let shown = settings.shown_until(start, end, n_characters, next).minus(start);
    let needed = settings.shortest.max(settings.read_in_haste(n_characters));
    let haste = needed.minus(shown).as_millis() / MILLIS_IN_HASTE;
    let too_long = shown.minus(settings.longest).as_millis() * TOO_MUCH / 1_000;
    let silences = atoms.windows(2).map(|pair| pair[1].start.minus(pair[0].end).minus(BREATH));
    let silence = silences.map(Time::as_millis).sum::<u64>() / MILLIS_OF_SILENCE;
    SCREEN + layout(atoms, settings).0 + haste + too_long + silence
}

/// The weight of the best lines, and where the second one begins: at the end where there
/// is none.
fn layout(atoms: &[Atom], settings: &SubtitleSettings) -> (u64, usize) {
    let excess = |n: usize| n.saturating_sub(settings.line) as u64 * TOO_MUCH;
    let whole = length(atoms);
    let one_line = (excess(whole), atoms.len());
    if settings.lines < 2 || whole <= settings.line {
        return one_line;
    }
    let two_lines = |at: usize| {
        let (top, bottom) = (length(&atoms[..at]), length(&atoms[at..]));
        let place = match atoms[at - 1].is_label {
            true => FORBIDDEN,
            false => french::cost(&atoms[at - 1].text, &atoms[at].text),
        };
        // A pyramid: the second line is the longer one.
        let shape = top.abs_diff(bottom) as u64 + if top > bottom { 6 } else { 0 };
        (BETWEEN_LINES * place + shape + excess(top) + excess(bottom), at)
    };
    (1..atoms.len()).map(two_lines).chain([one_line]).min().unwrap_or(one_line)
}

/// Characters of `atoms` in one line.
fn length(atoms: &[Atom]) -> usize {
    atoms.iter().map(|atom| atom.n_characters() + 1).sum::<usize>().saturating_sub(1)
}
