//! French typography: spaces, marks, and the spelling that goes with them.
//!
//! A text is read as tokens, and the space between each two of them is looked up in one
//! table. Rules that rewrite a string one behind the other depend on their order, and need two
//! passes for « Oui;non ». Here setting a text that is set changes nothing: the tests try a
//! million texts.
//!
//! Rules and their guards are those of the pages of Libre à lire and of the Lexique of the
//! Imprimerie nationale. What a person has to decide is left, and listed by [`lints`].

mod bonds;
mod letters;
mod lints;
mod lists;
mod pairs;
mod protected;
mod spacing;
mod spelling;
mod tokens;
mod words;

use crate::base::speech::Gap;
use letters::Letter;
pub use lints::{Lint, LintKind, lints};
use spacing::Space;
use tokens::Token;
pub use words::set_words;

/// How wide the spaces of typography are.
#[derive(
    Debug,
    Clone,
    Copy,
    Default,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    serde::Serialize,
    serde::Deserialize,
)]
#[serde(rename_all = "lowercase")]
pub enum Profile {
    /// No-break spaces of full width, as on the pages of Libre à lire and as SPIP makes them.
    #[default]
    April,
    /// Narrow ones before `;`, `!`, `?` and between groups of figures, as the Imprimerie
    /// nationale prescribes. Not for SPIP, which does not know them and adds its own.
    Imprimerie,
    /// Source of a MediaWiki page: plain where MediaWiki itself keeps the line together.
    Wiki,
    /// Plain spaces only.
    Ascii,
}

impl Profile {
    /// All of them, the usual one first.
    pub const ALL: [Profile; 4] =
        [Profile::April, Profile::Imprimerie, Profile::Wiki, Profile::Ascii];

    /// Its name on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Profile::April => "april",
            Profile::Imprimerie => "imprimerie",
            Profile::Wiki => "wiki",
            Profile::Ascii => "ascii",
        }
    }

    /// The profile of that name.
    pub fn from_name(name: &str) -> Option<Profile> {
        Profile::ALL.into_iter().find(|profile| profile.name() == name)
    }

    fn gap(self, space: Space) -> Gap {
        match (space, self) {
            (Space::Nothing, _) => Gap::Nothing,
            (Space::Plain, _) | (_, Profile::Ascii) => Gap::Space,
            // MediaWiki writes its notes and the space before them by itself.
            (Space::Note, Profile::Wiki) => Gap::Nothing,
            (Space::High | Space::Colon | Space::Guillemet | Space::Percent, Profile::Wiki) => {
                Gap::Space
            }
            (Space::High | Space::Group, Profile::Imprimerie) => Gap::Narrow,
            _ => Gap::NoBreak,
        }
    }
}

/// `text` in French typography; setting it again changes nothing.
///
/// A line feed ends a paragraph, within which quotes and dashes are paired. Whatever spaces
/// stood there only count as a space; lines lose those at their ends.
///
/// ```
/// use voixoff::text::typography::{Profile, set};
///
/// assert_eq!(set("Il a dit: \"Ah bon!\"", Profile::April), "Il a dit\u{a0}: «\u{a0}Ah bon\u{a0}!\u{a0}»");
/// ```
pub fn set(text: &str, profile: Profile) -> String {
    let tokens = compose(&letters::clean([(0, text)]));
    let mut set = String::with_capacity(text.len());
    for (token, space) in tokens.iter().zip(spacing::spaces(&tokens)) {
        set.push_str(profile.gap(space).as_str());
        set.push_str(&token.text);
    }
    set
}

/// The tokens of `letters`, in the shapes they will have.
fn compose(letters: &[Letter]) -> Vec<Token> {
    let mut tokens = tokens::read(letters);
    pairs::settle(&mut tokens);
    spelling::settle(&mut tokens);
    bonds::tie(&mut tokens);
    tokens
}

#[cfg(test)]
mod tests;
