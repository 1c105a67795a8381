//! A name and the words around it.

use super::{
    mentions::{Mention, Part, TITLES},
    phrases::{Phrases, SAYING, SECOND_PERSON, TELLING, words},
    talk::{Block, Token},
};
use std::ops::Range;

/// A mention and the words around it.
pub(super) struct Around<'a> {
    block: &'a Block,
    pub(super) mention: &'a Mention,
    /// Where it begins, with the title before it.
    pub(super) start: usize,
    sentence: Range<usize>,
    /// Where the mention before it ends, in the same sentence.
    floor: usize,
}

impl<'a> Around<'a> {
    pub(super) fn of(block: &'a Block, mention: &'a Mention, mentions: &[Mention]) -> Around<'a> {
        let at = mention.tokens.start;
        let sentence = block.sentence(at);
        let mut start = at;
        let is_title = |idx: usize| {
            let key = &*block.tokens[idx].key;
            TITLES.contains(&key) || (matches!(key, "le" | "la" | "l") && idx + 1 < at)
        };
        while start > sentence.start && is_title(start - 1) {
            start -= 1;
        }
        let ends = mentions.iter().map(|other| other.tokens.end).filter(|end| *end <= start);
        let floor = ends.max().unwrap_or(0).max(sentence.start);
        Around { block, mention, start, sentence, floor }
    }

    /// Whether the sentence has one of `keys`.
    pub(super) fn has(&self, keys: &[&str]) -> bool {
        let sentence = &self.block.tokens[self.sentence.clone()];
        sentence.iter().any(|token| keys.contains(&&*token.key))
    }

    /// What stands before the name in its sentence.
    fn lead(&self) -> &[Token] {
        &self.block.tokens[self.sentence.start..self.start]
    }

    /// What stands behind it.
    fn rest(&self) -> &[Token] {
        &self.block.tokens[self.end()..self.sentence.end]
    }

    fn end(&self) -> usize {
        self.mention.tokens.end
    }

    /// The mark right behind the name.
    pub(super) fn mark(&self) -> Option<char> {
        self.block.tokens[self.end() - 1].mark
    }

    /// Whether one of `phrases` stands right before it.
    pub(super) fn before(&self, phrases: Phrases) -> bool {
        self.within(phrases, 0)
    }

    /// Whether one of `phrases` stands before it, at most `reach` words and no name between.
    pub(super) fn within(&self, phrases: Phrases, reach: usize) -> bool {
        let nearest = self.start.saturating_sub(reach).max(self.floor);
        words(phrases).any(|words| {
            (nearest..=self.start).any(|at| {
                at >= self.sentence.start + words.len() && self.block.has_before(at, &words)
            })
        })
    }

    /// Whether one of `phrases` stands right behind it.
    pub(super) fn after(&self, phrases: Phrases) -> bool {
        self.end() < self.sentence.end
            && words(phrases).any(|words| self.block.has_at(self.end(), &words))
    }

    /// Whether « je suis » is said for oneself: nobody's words are told.
    pub(super) fn is_own_words(&self) -> bool {
        let before = &self.block.tokens[self.floor..self.start];
        let is_told = before.iter().any(|token| {
            is_saying(token) || matches!(&*token.key, "ecrit" | "crie" | "chante" | "qui")
        });
        let is_word =
            before.last().is_some_and(|last| last.key == "ici") && self.mention.part != Part::Full;
        !is_told && !is_word
    }

    /// Whether the name is in words that somebody is told to have said: « il m'a dit merci X ».
    pub(super) fn is_told(&self) -> bool {
        let lead = self.lead();
        let near = &lead[lead.len().saturating_sub(3)..];
        near.iter().any(is_saying)
    }

    /// Whether the sentence ends behind the name, or goes on with who that is.
    pub(super) fn ends_or_is_explained(&self) -> bool {
        let goes_on = ["pour", "qui", "notre", "a", "en", "depuis", "directeur", "directrice"];
        let next = self.block.tokens.get(self.end()).filter(|_| self.end() < self.sentence.end);
        self.mark().is_some() || next.is_none_or(|next| goes_on.contains(&&*next.key))
    }

    /// « …, X, Berlin, pour Radio Sud. » as the last words; « Bonjour, X, pour Ouest Info » as the
    /// first.
    pub(super) fn is_signature(&self) -> bool {
        if self.mention.part == Part::Full
            && self.start <= 3
            && self.start > 0
            && self.block.tokens[self.start - 1].mark == Some(',')
            && self.before("bonjour | bonsoir")
            && self.after("pour | de | du | d | journaliste")
            && self.mark() == Some(',')
        {
            return true;
        }
        let rest = &self.block.tokens[self.end()..];
        let is_last = self.sentence.end == self.block.tokens.len();
        let stands = self.start == self.sentence.start
            || self.block.tokens[self.start - 1].mark == Some(',');
        self.mention.part == Part::Full
            && is_last
            && stands
            && self.start >= 12
            && rest.len() <= 9
            && rest.iter().any(|token| token.key == "pour")
            && !rest.iter().any(|token| SECOND_PERSON.contains(&&*token.key))
    }

    /// « X, merci ».
    pub(super) fn is_thanked_behind(&self) -> bool {
        self.mark() == Some(',') && self.after("merci | je vous remercie")
    }

    /// Whether the name calls somebody: alone between marks, beside words to a listener.
    pub(super) fn is_addressed(&self) -> bool {
        let lead = self.lead();
        let is_lead = |token: &Token| {
            ["alors", "et", "mais", "donc", "bien", "eh", "oui", "non", "ecoutez", "d", "abord"]
                .contains(&&*token.key)
        };
        let begins = lead.iter().all(is_lead)
            || lead.last().is_some_and(|last| matches!(last.mark, Some(',' | ':')));
        let rest = self.rest();
        let asks = self.block.tokens[self.sentence.end - 1].mark == Some('?');
        let near = &rest[..rest.len().min(10)];
        let is_to_them = |token: &Token| SECOND_PERSON.contains(&&*token.key);
        let third = ["il", "elle", "ils", "elles", "on", "lui", "c"];
        let next = rest.first().map_or("", |next| &*next.key);
        let follows = match self.mark() {
            Some(',') => !third.contains(&next) && (asks || near.iter().any(is_to_them)),
            None => matches!(next, "vous" | "tu"),
            _ => false,
        };
        let is_set_off = lead.last().is_some_and(|last| last.mark == Some(','));
        let closes = self.end() == self.sentence.end && is_set_off;
        let said_to = lead
            .iter()
            .any(|token| is_to_them(token) || token.key.len() > 4 && token.key.ends_with("ez"));
        let is_between = is_set_off && self.mark() == Some(',') && lead.iter().any(is_to_them);
        (begins && follows) || is_between || (closes && (asks || said_to))
    }

    /// Whether the sentence is the name.
    pub(super) fn is_alone(&self) -> bool {
        self.start == self.sentence.start && self.end() == self.sentence.end
    }

    /// Whether its sentence is the first of the block, and whether it is the last.
    pub(super) fn is_at_edge(&self) -> (bool, bool) {
        (self.sentence.start == 0, self.sentence.end == self.block.tokens.len())
    }

    /// Whether the sentence says that something is over.
    pub(super) fn is_closing(&self) -> bool {
        let mut openings = words("c etait | vous avez ecoute | vous ecoutiez");
        openings.any(|words| self.block.has_at(self.sentence.start, &words))
    }

    /// « Notre invitée est…, elle s'appelle X ».
    pub(super) fn is_guest_called(&self) -> bool {
        let from = self.start.saturating_sub(30);
        let is_guest = |token: &Token| token.key.starts_with("invite");
        self.before("elle s appelle | il s appelle")
            && self.block.tokens[from..self.start].iter().any(is_guest)
    }

    /// Whether « avec X » announces: nobody tells what they did with X.
    pub(super) fn is_announcement(&self) -> bool {
        let lead = self.lead();
        let tells = |token: &Token| TELLING.contains(&&*token.key);
        let is_closing = self.block.has_at(self.sentence.start, &["c", "etait"]);
        let is_hour = self.block.has_at(self.sentence.start, &["il", "est"]);
        let lead = if is_closing || is_hour { &lead[2..] } else { lead };
        let is_apart = self.mark() == Some(',') && lead.len() > 2;
        let ends = self.end() == self.sentence.end || is_apart;
        ends && !lead.iter().any(tells)
    }
}

/// Whether `token` says that somebody's words follow.
fn is_saying(token: &Token) -> bool {
    token.mark == Some(':') || SAYING.contains(&&*token.key)
}
