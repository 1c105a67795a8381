//! `voixoff lint`: what an editor should look at, worst first.

use crate::{DONE, args, convert, known, language::told, terminal};
use voixoff::text;

/// Lists what is doubtful in the transcript of `options`.
pub(crate) fn run(options: &args::Lint) -> anyhow::Result<u8> {
    let lexicon = known::lexicon(&known::show(options.show.as_deref())?)?;
    let transcript = convert::read(&options.file)?;
    for lint in text::lints(&transcript, &lexicon) {
        terminal::line(&format!("{} {}", lint.at, told(&lint.text)));
    }
    Ok(DONE)
}
