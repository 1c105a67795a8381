//! What somebody who speaks is called: a person's name, or what stands for one.

use std::fmt;

/// What a speaker is called, as readers see it; what it is, a person's name or not, is decided once,
/// here.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SpeakerName {
    text: String,
    kind: NameKind,
}

/// What a name is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum NameKind {
    /// That of the announcer: `Voix off`.
    VoixOff,
    /// A number, from 1, of somebody whose name is not known: `Intervenant 2`.
    Numbered(u16),
    /// That of whoever speaks where it is unsure who does: `Voix inconnue`.
    Unknown,
    /// A person's.
    Known,
}

/// What readers see in the place of a name, where it is unsure who speaks.
pub(crate) const UNKNOWN_VOICE: &str = "Voix inconnue";

impl SpeakerName {
    /// The announcer.
    pub(crate) fn voix_off() -> SpeakerName {
        SpeakerName::read("Voix off")
    }

    /// Somebody whose name is not known, the `number`th by first appearance.
    pub(crate) fn numbered(number: u16) -> SpeakerName {
        SpeakerName::read(&format!("Intervenant {number}"))
    }

    /// The name that is written as `text`, and stays so.
    ///
    /// ```
    /// use voixoff::base::transcript::SpeakerName;
    ///
    /// assert_eq!(SpeakerName::read("Alain Garnier").person(), Some("Alain Garnier"));
    /// assert_eq!(SpeakerName::read("Intervenant 2").person(), None);
    /// ```
    pub fn read(text: &str) -> SpeakerName {
        // A person may have written « Intervenante »; the program does not guess it.
        let number = text.strip_prefix("Intervenant ").or(text.strip_prefix("Intervenante "));
        let kind = match number.map(str::parse) {
            Some(Ok(number)) => NameKind::Numbered(number),
            _ if text == "Voix off" => NameKind::VoixOff,
            _ if text == UNKNOWN_VOICE => NameKind::Unknown,
            _ => NameKind::Known,
        };
        SpeakerName { text: text.to_owned(), kind }
    }

    /// As readers see it.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// What it is.
    pub fn kind(&self) -> NameKind {
        self.kind
    }

    /// The name of a person; `None` for what only stands for one.
    pub fn person(&self) -> Option<&str> {
        (self.kind == NameKind::Known).then_some(&*self.text)
    }
}

impl fmt::Display for SpeakerName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_person_is_told_from_what_stands_for_one() {
        let kind = |text| SpeakerName::read(text).kind();
        assert_eq!(kind("Voix off"), NameKind::VoixOff);
        assert_eq!(kind("Intervenant 1"), NameKind::Numbered(1));
        assert_eq!(kind("Intervenante 12"), NameKind::Numbered(12));
        let people =
            ["Alain Garnier", "Intervenant Martin", "Intervenant", "Intervenant 1 bis", "Voix Off"];
        for text in people {
            assert_eq!(SpeakerName::read(text).person(), Some(text));
        }
        assert_eq!(SpeakerName::read("Voix inconnue").person(), None);
        assert_eq!(SpeakerName::numbered(3).as_str(), "Intervenant 3");
        assert_eq!(SpeakerName::voix_off().kind(), NameKind::VoixOff);
    }
}
