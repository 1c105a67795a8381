//! `voixoff lint`: what an editor should look at, worst first.

use crate::{DONE, args, convert, known, language::told, terminal};
use voixoff::{
    base::transcript::Rule,
    text::{self, Reliability},
};

/// Lists what is doubtful in the transcript of `options`.
pub(crate) fn run(options: &args::Lint) -> anyhow::Result<u8> {
    let lexicon = known::lexicon(&known::show(options.show.as_deref())?)?;
    let transcript = convert::read(&options.file)?;
    if let Some(found) = Reliability::of(&transcript) {
        let Reliability { n_words, n_doubtful, .. } = found;
        let percent = (found.rate * 100.0).round();
        let minutes = (found.listening.as_secs_f64() / 6.0).ceil() / 10.0;
        terminal::line(&told(&format!(
            "about {percent} % of the words are wrong; {n_doubtful} of {n_words} are doubtful, {minutes} min to listen to",
        )));
    }
    let n_words = |rule: Rule| transcript.changes.iter().filter(|one| one.rule == rule).count();
    let by_rule = Rule::OF_MARKS.map(n_words);
    if by_rule.iter().sum::<usize>() > 0 {
        let [quotations, commas, colons, exclamations, capitals] = by_rule;
        terminal::line(&told(&format!(
            "words whose marks rules set: quotation {quotations}, comma {commas}, colon {colons}, exclamation {exclamations}, capital {capitals}",
        )));
    }
    for lint in text::lints(&transcript, &lexicon) {
        terminal::line(&format!("{} {}", lint.at, told(&lint.text)));
    }
    Ok(DONE)
}
