//! `voixoff lint`: what an editor should look at, worst first.

use crate::{DONE, args, convert, known};
use anyhow::Context;
use voixoff::text::{self, lexicon::Lexicon};

/// Lists what is doubtful in the transcript of `options`.
pub(crate) fn run(options: &args::Lint) -> anyhow::Result<u8> {
    let show = options.show.as_deref().map(known::show).transpose()?.unwrap_or_default();
    let lexicon = Lexicon::new(&show.lexicon).context("the show's lexicon cannot be used")?;
    let transcript = convert::read(&options.file)?;
    for lint in text::lints(&transcript, &lexicon) {
        println!("{lint}");
    }
    Ok(DONE)
}
