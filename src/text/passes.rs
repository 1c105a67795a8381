//! The passes of [`polish`](super::polish), in their order.

use super::{
    PolishSettings, Verbatim, artefacts, backchannels, foreign, near_names, numbers, paragraphs,
    punctuation, set, small_numbers, verbatim,
};
use crate::base::transcript::{Rule, Transcript};

/// One pass over a transcript.
pub(super) struct Pass {
    name: PassName,
    /// Whether it goes by rules of French.
    pub(super) is_french: bool,
    /// Passes that must have run before it.
    after: &'static [PassName],
    /// The rules under which it lists changes of words.
    lists: &'static [Rule],
    pub(super) is_on: fn(&PolishSettings) -> bool,
    run: fn(&mut Transcript, &PolishSettings),
}

impl Pass {
    pub(super) fn apply(&self, transcript: &mut Transcript, settings: &PolishSettings) {
        let n_known = transcript.changes.len();
        (self.run)(transcript, settings);
        let mut new = transcript.changes.iter().skip(n_known);
        debug_assert!(new.all(|change| self.lists.contains(&change.rule)), "{:?}", self.name);
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum PassName {
    MarkForeign,
    CleanArtefacts,
    ApplyLexicon,
    MendNames,
    ShowBackchannels,
    HideBackchannels,
    ShowDisfluencies,
    HideDisfluencies,
    SetMarks,
    WriteNumbers,
    WriteSmallNumbers,
    SpaceForeign,
    SetTypography,
    OpenParagraphs,
}

use PassName::{
    ApplyLexicon, CleanArtefacts, HideBackchannels, HideDisfluencies, MarkForeign, MendNames,
    OpenParagraphs, SetMarks, SetTypography, ShowBackchannels, ShowDisfluencies, SpaceForeign,
    WriteNumbers, WriteSmallNumbers,
};

/// All of them. What an earlier polish hid is shown again where it is asked for.
pub(super) const PASSES: [Pass; 14] = [
    // No rule of French touches what is not French.
    Pass {
        name: MarkForeign,
        is_french: false,
        after: &[],
        lists: &[],
        is_on: |_| true,
        run: |transcript, _| foreign::mark(transcript),
    },
    Pass {
        name: CleanArtefacts,
        is_french: false,
        after: &[],
        lists: &[Rule::Artefact],
        is_on: |_| true,
        run: |transcript, _| artefacts::clean(transcript),
    },
    // The dash of a dialogue is no part of a name; and an event may be no misspelt one.
    Pass {
        name: ApplyLexicon,
        is_french: false,
        after: &[CleanArtefacts],
        lists: &[Rule::Lexicon],
        is_on: |_| true,
        run: |transcript, settings| settings.lexicon.apply(transcript),
    },
    // A misspelling that somebody knows is none that has to be guessed. What is said, which `clean`
    // texts are held to, is for a person to judge.
    Pass {
        name: MendNames,
        is_french: true,
        after: &[MarkForeign, ApplyLexicon],
        lists: &[Rule::Name],
        is_on: |settings| settings.verbatim == Verbatim::Edited,
        run: |transcript, settings| near_names::mend(transcript, &settings.lexicon),
    },
    Pass {
        name: ShowBackchannels,
        is_french: false,
        after: &[],
        lists: &[],
        is_on: |settings| settings.keep_backchannels,
        run: |transcript, _| backchannels::show(transcript),
    },
    // An event is nobody's assent. Counts words as they are before any of them is hidden.
    Pass {
        name: HideBackchannels,
        is_french: true,
        after: &[CleanArtefacts],
        lists: &[Rule::Backchannel],
        is_on: |settings| !settings.keep_backchannels,
        run: |transcript, _| backchannels::hide(transcript),
    },
    Pass {
        name: ShowDisfluencies,
        is_french: false,
        after: &[],
        lists: &[],
        is_on: |settings| settings.verbatim == Verbatim::Full,
        run: |transcript, _| verbatim::show(transcript),
    },
    // Whose turn it is, is seen once backchannels are hidden.
    Pass {
        name: HideDisfluencies,
        is_french: true,
        after: &[MarkForeign, ShowBackchannels, HideBackchannels],
        lists: &[Rule::Filler, Rule::Repeat, Rule::Spoken],
        is_on: |settings| settings.verbatim != Verbatim::Full,
        run: |transcript, settings| verbatim::hide(transcript, settings.verbatim),
    },
    // A turn is what is shown of it, in the words of the lexicon.
    Pass {
        name: SetMarks,
        is_french: true,
        after: &[MarkForeign, ApplyLexicon, ShowDisfluencies, HideDisfluencies],
        lists: &Rule::OF_MARKS,
        is_on: |settings| {
            let is_off = |rule: &Rule| settings.plain_marks.contains(rule);
            settings.verbatim != Verbatim::Full && !Rule::OF_MARKS.iter().all(is_off)
        },
        run: |transcript, settings| punctuation::set(transcript, &settings.plain_marks),
    },
    // Numbers are read among the words that are shown.
    Pass {
        name: WriteNumbers,
        is_french: true,
        after: &[MarkForeign, ApplyLexicon, MendNames, ShowDisfluencies, HideDisfluencies],
        lists: &[Rule::Number],
        is_on: |_| true,
        run: |transcript, settings| numbers::write(transcript, settings.full_hours),
    },
    // `15h` is an hour before it could be a count.
    Pass {
        name: WriteSmallNumbers,
        is_french: true,
        after: &[WriteNumbers],
        lists: &[Rule::Number],
        is_on: |settings| settings.small_numbers,
        run: |transcript, _| small_numbers::write(transcript),
    },
    Pass {
        name: SpaceForeign,
        is_french: false,
        after: &[MarkForeign],
        lists: &[],
        is_on: |_| true,
        run: |transcript, _| foreign::space(transcript),
    },
    // Spaces are set between the words that there are in the end.
    Pass {
        name: SetTypography,
        is_french: true,
        after: &[ApplyLexicon, HideDisfluencies, WriteNumbers, WriteSmallNumbers],
        lists: &[Rule::Spelling],
        is_on: |_| true,
        run: |transcript, settings| set(transcript, settings.typography),
    },
    Pass {
        name: OpenParagraphs,
        is_french: false,
        after: &[SetTypography],
        lists: &[],
        is_on: |_| true,
        run: |transcript, settings| paragraphs::open(transcript, &settings.paragraphs),
    },
];

const _: () = assert!(is_in_order(&PASSES), "a pass stands before one that it needs");

/// Whether each pass stands behind all those it needs.
const fn is_in_order(passes: &[Pass]) -> bool {
    let mut place = 0;
    while place < passes.len() {
        let after = passes[place].after;
        let mut needed = 0;
        while needed < after.len() {
            if !stands_in(after[needed], passes.split_at(place).0) {
                return false;
            }
            needed += 1;
        }
        place += 1;
    }
    true
}

const fn stands_in(name: PassName, passes: &[Pass]) -> bool {
    let mut place = 0;
    while place < passes.len() {
        if passes[place].name as u8 == name as u8 {
            return true;
        }
        place += 1;
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::tests::{any_settings, heard};
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_pass_changes_words_only_under_rules_that_it_lists(
            heard in heard(),
            settings in any_settings(),
        ) {
            let mut transcript = heard;
            for pass in PASSES.iter().filter(|pass| (pass.is_on)(&settings)) {
                let (n_known, before) = (transcript.changes.len(), letters(&transcript));
                pass.apply(&mut transcript, &settings);
                let is_listed = transcript.changes.len() > n_known;
                prop_assert!(is_listed || letters(&transcript) == before, "{:?}", pass.name);
            }
        }
    }

    /// Letters and figures of the words, shown or not.
    fn letters(transcript: &Transcript) -> Vec<String> {
        let words = transcript.segments.iter().flat_map(|segment| &segment.words);
        words.map(|word| word.text.chars().filter(|c| c.is_alphanumeric()).collect()).collect()
    }
}
