//! A person's corrections of a text, laid on the text of a better pass.
//!
//! What was corrected is known by the text that the person was given, which is kept for it.
//! A paragraph is a line, so merging line by line is merging paragraph by paragraph.

use super::{BEFORE, Draft, Outputs, Receipt};
use crate::formats::{Format, without_note};
use diffy::{ConflictStyle, IncompleteHunkStyle, MergeOptions};
use std::{borrow::Cow, fs, path::PathBuf};

/// Formats that people correct in an editor.
const TEXTS: [Format; 2] = [Format::Markdown, Format::Txt];

impl Outputs {
    /// What is to lie beside the file of `format`, which a person has corrected, when a pass
    /// says `bytes`. `None` where it says what the person was given, or has nothing that the
    /// file does not have.
    pub(super) fn beside_correction<'a>(
        &self,
        receipt: &Receipt,
        format: Format,
        bytes: &'a [u8],
    ) -> Option<Draft<'a>> {
        let path = self.beside(receipt, format);
        let base = self.base(format);
        // A person who was given a text without the line of where it comes from is given none now: it
        // would be all that is new.
        let is_bare = |base: &String| format == Format::Txt && without_note(base) == *base;
        let bare = base.as_ref().filter(|base| is_bare(base));
        let bytes: Cow<'a, [u8]> = match bare.and(str::from_utf8(bytes).ok()) {
            Some(new) => without_note(new).into_bytes().into(),
            None => bytes.into(),
        };
        if base.as_ref().is_some_and(|base| base.as_bytes() == &*bytes) && !path.exists() {
            return None;
        }
        let corrected = fs::read_to_string(self.path(format)).ok();
        let texts = base.zip(corrected).zip(str::from_utf8(&bytes).ok());
        let bytes: Cow<'a, [u8]> = match texts {
            Some(((base, corrected), new)) => merged(&base, &corrected, new).into_bytes().into(),
            None => bytes,
        };
        let is_known = fs::read(self.path(format))
            .is_ok_and(|file| file.trim_ascii_end() == bytes.trim_ascii_end());
        if is_known && !path.exists() {
            return None;
        }
        Some(Draft { path, bytes, base: None })
    }

    /// The text that a person was given; `None` where it was not kept.
    pub(super) fn base(&self, format: Format) -> Option<String> {
        fs::read_to_string(self.base_path(format)?).ok()
    }

    /// Where the text is kept that a person may correct.
    pub(super) fn base_path(&self, format: Format) -> Option<PathBuf> {
        let kind = format!("base.{}", format.extension());
        TEXTS.contains(&format).then(|| self.own_path(&kind))
    }

    /// Where everything is kept that is named by the episode and not by a key.
    pub(crate) fn kept_paths(&self) -> Vec<PathBuf> {
        let bases = TEXTS.into_iter().filter_map(|format| self.base_path(format));
        bases.chain([self.own_path(BEFORE)]).collect()
    }
}

/// `new` with what was `corrected` in `base`. Where both differ from it in the same place, it
/// says what the person wrote.
fn merged(base: &str, corrected: &str, new: &str) -> String {
    // An editor that ends lines as Windows does has not touched all of them.
    let has_returns = corrected.contains("\r\n");
    let corrected = corrected.replace("\r\n", "\n");
    // Longer than any line of the texts that could be taken for a mark.
    let texts = [base, &corrected, new];
    let longest = texts.iter().flat_map(|text| text.lines()).map(mark_length).max();
    let length = longest.unwrap_or(0) + 1;
    let mut options = MergeOptions::new();
    options.set_conflict_marker_length(length);
    options.set_conflict_style(ConflictStyle::Merge);
    options.set_incomplete_hunk_style(IncompleteHunkStyle::Git);
    let merged = options.merge(base, &corrected, new);
    let merged = merged.unwrap_or_else(|marked| persons_side(&marked, length));
    if has_returns { merged.replace('\n', "\r\n") } else { merged }
}

/// How long a mark of a conflict `line` could be taken for; 0 for none.
fn mark_length(line: &str) -> usize {
    let first = line.chars().next().filter(|first| "<=>".contains(*first));
    first.map_or(0, |first| line.chars().take_while(|c| *c == first).count())
}

/// A merged text without its marks: of each conflict, what the person wrote.
fn persons_side(marked: &str, length: usize) -> String {
    let mut is_persons = true;
    let mut text = String::new();
    for line in marked.split_inclusive('\n') {
        match line.chars().next() {
            Some('<') if mark_length(line) == length => is_persons = true,
            Some('=') if mark_length(line) == length => is_persons = false,
            Some('>') if mark_length(line) == length => is_persons = true,
            _ if is_persons => text.push_str(line),
            _ => (),
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_line_comes_from_who_touched_it() {
        check("un/deux/trois", "un/DEUX/trois", "un/deux/trois bis", "un/DEUX/trois bis");
        check("un/deux/trois", "un/DEUX/trois", "un/trois", "un/DEUX/trois");
        check("un/deux/trois", "un/deux", "un/deux/trois/quatre", "un/deux");
        check("un/deux", "zéro/un/deux", "un/deux/trois", "zéro/un/deux/trois");
        check("un/deux", "un/deux", "deux/un", "deux/un");
        check("un", "UN", "UN", "UN");
    }

    #[test]
    fn a_conflict_says_what_the_person_wrote_even_of_marks() {
        check("un/deux", "un/<<<<<<< a/=======", "un/2", "un/<<<<<<< a/=======");
        check("un/deux", "un/deux corrigé", "un/>>>>>>>>> b", "un/deux corrigé");
    }

    #[test]
    fn line_ends_of_an_editor_are_no_corrections() {
        let merged = merged("un\n\ndeux\n", "UN\r\n\r\ndeux\r\n", "un\n\n2\n");
        assert_eq!(merged, "UN\r\n\r\n2\r\n");
    }

    #[test]
    fn a_last_line_without_an_end_is_a_line() {
        assert_eq!(merged("un", "corrigé", "mieux"), "corrigé\n");
    }

    /// Lines, parted by `/`; between two of them an empty one, as in a text.
    #[track_caller]
    fn check(base: &str, corrected: &str, new: &str, expected: &str) {
        let text = |lines: &str| lines.replace('/', "\n\n") + "\n";
        assert_eq!(merged(&text(base), &text(corrected), &text(new)), text(expected));
    }
}
