//! Marks of which a person has to say what they are.

use super::{Lint, LintKind, quoted};
use crate::{
    base::transcript::Transcript,
    text::typography::{self, LintKind as MarkKind},
};

pub(super) fn lints(transcript: &Transcript) -> Vec<Lint> {
    let mut found = Vec::new();
    for segment in &transcript.segments {
        let text = segment.text();
        for lint in typography::lints(&text) {
            let (kind, what) = match lint.kind {
                MarkKind::StraightQuote => (LintKind::DoubtfulMark, "straight quote"),
                MarkKind::SpacedHyphen => (LintKind::DoubtfulMark, "hyphen between spaces"),
                MarkKind::ManyDots => (LintKind::DoubtfulMark, "more than three points"),
                MarkKind::DoubtfulNumber => {
                    (LintKind::NumberForm, "thousands in English, or decimals")
                }
            };
            let around = text.chars().skip(lint.at.saturating_sub(12));
            let around: String = around.take(48).collect();
            found.push(kind.at(segment.span.start(), format!("{what}: {}", quoted(&around))));
        }
    }
    found
}
