//! What makes a name in the talk evidence: the words around it, and whom they point to.

use super::{
    around::Around,
    mentions::{Mention, Part},
    phrases::{
        ANNOUNCED, ANOTHER_DAY, CREDITS, FLOOR, FOR_COMING, GREETED, OWN, RECEIVED, RECEIVED_AFTER,
        THANKED,
    },
    talk::Block,
};

/// A way to say who somebody is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Cue {
    /// « je suis X », « moi c'est X », « ici X »: the one who speaks.
    Own,
    /// « X, Berlin, pour Radio Sud »: the one who has spoken.
    Signature,
    /// « nous recevons X », « notre invité, X », « on en parle avec X »: a voice that is new.
    Received,
    /// « la chronique du numérique, avec X », « présenté par X »: who speaks next; at the end, who
    /// has spoken.
    Announced,
    /// « la parole est à X », « on retrouve X », « le reportage de X »: who speaks next.
    Floor,
    /// « X, vous dirigez… ? », « …, X ? »: who answers.
    Addressed,
    /// « bonjour X »: who answers.
    Greeted,
    /// « Bonjour Antoine » of somebody who answers: who has spoken.
    Answered,
    /// « merci X »: who has spoken.
    Thanked,
    /// « merci X d'être venue », « merci à X pour cet échange »: who has spoken.
    ThankedFor,
    /// A name that is a sentence: who has spoken, or speaks next.
    Alone,
}

impl Cue {
    /// How often it was right, of how many times, in the scenes that rules are made on
    /// (`tests/data/names/rules.txt`); a test counts them anew.
    pub(super) const MEASURED: [(Cue, u32, u32); 11] = [
        (Cue::Own, 8, 8),
        (Cue::Signature, 7, 7),
        (Cue::Received, 6, 6),
        (Cue::Announced, 11, 11),
        (Cue::Floor, 9, 9),
        (Cue::Addressed, 16, 16),
        (Cue::Greeted, 6, 6),
        (Cue::Answered, 4, 4),
        (Cue::Thanked, 10, 12),
        (Cue::ThankedFor, 6, 6),
        (Cue::Alone, 6, 6),
    ];

    /// The natural logarithm of the odds that it is right, with half a case added on each side.
    pub(super) fn weight(self) -> f32 {
        let (_, right, of) =
            Cue::MEASURED.into_iter().find(|row| row.0 == self).unwrap_or((self, 0, 0));
        ((right as f32 + 0.5) / ((of - right) as f32 + 0.5)).ln()
    }
}

/// Whom a cue points to, seen from the block in which it is said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Target {
    /// Its voice.
    Own,
    /// The next voice.
    Next,
    /// The next voice that was not heard before.
    NextNew,
    /// The next voice if it is new, else nobody.
    NextIfNew,
    /// The voice before.
    Previous,
}

/// What is said of a mention: the cue and whom it points to. `mentions` are all of the block.
pub(super) fn cue(block: &Block, mention: &Mention, mentions: &[Mention]) -> Option<(Cue, Target)> {
    let around = Around::of(block, mention, mentions);
    if around.before(OWN) {
        return around.is_own_words().then_some((Cue::Own, Target::Own));
    }
    if around.is_signature() {
        return Some((Cue::Signature, Target::Own));
    }
    if around.has(CREDITS) || around.is_told() {
        return None;
    }
    if around.before(THANKED) || around.is_thanked_behind() {
        if around.has(&["hier"]) {
            return None;
        }
        let cue = if around.after(FOR_COMING) { Cue::ThankedFor } else { Cue::Thanked };
        return Some((cue, Target::Previous));
    }
    if around.before(GREETED) || around.after("bonjour | bonsoir") {
        return Some(called(&around, Cue::Greeted));
    }
    if around.is_addressed() {
        return Some(called(&around, Cue::Addressed));
    }
    if mention.part == Part::Full && around.is_alone() && around.mark() == Some('?') {
        return Some((Cue::Addressed, Target::Next));
    }
    if mention.part == Part::Full && around.is_alone() {
        return match around.is_at_edge() {
            (true, false) => Some((Cue::Alone, Target::Previous)),
            (false, true) => Some((Cue::Alone, Target::Next)),
            _ => None,
        };
    }
    if around.has(ANOTHER_DAY) {
        return None;
    }
    if around.within(RECEIVED, 7) || around.after(RECEIVED_AFTER) || around.is_guest_called() {
        return Some((Cue::Received, Target::NextNew));
    }
    if around.within(FLOOR, 3) && around.ends_or_is_explained() {
        return Some((Cue::Floor, Target::Next));
    }
    if around.before(ANNOUNCED) && around.is_announcement() {
        let target = if around.is_closing() { Target::Previous } else { Target::NextIfNew };
        return Some((Cue::Announced, target));
    }
    None
}

/// A call, and whom it is for: who answers by a first name has been spoken to.
fn called(around: &Around<'_>, cue: Cue) -> (Cue, Target) {
    match around.mention.part == Part::First && around.start <= 6 {
        true => (Cue::Answered, Target::Previous),
        false => (cue, Target::Next),
    }
}
