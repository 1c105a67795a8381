//! When words are said, as it was measured: taken over where it is known, and never lost
//! unasked.

use crate::{
    convert,
    report::{self, advise},
};
use std::path::Path;
use voixoff::{
    base::{speech::Word, transcript::Transcript},
    episode::{align::align, outputs::Outputs},
    formats::{Format, Reading},
};

/// What the page at `file` says, with the times of its words where the JSON beside it has
/// some; other files as they are. How many words have none is said.
pub(crate) fn with_times_beside(file: &Path, reading: Reading) -> Transcript {
    let Reading { transcript, is_page, .. } = reading;
    if !is_page {
        return transcript;
    }
    let path = Outputs::of(file, None).path(Format::Json);
    let heard = convert::opened(&path).ok().map(|reading| reading.transcript);
    let Some(heard) = heard.filter(|heard| heard.is_timed) else {
        if transcript.is_timed {
            report::warning(&format!(
                "`{}`: each word has a share of the time of its paragraph, none its own",
                file.display()
            ));
        }
        return transcript;
    };
    let Ok(aligned) = align(transcript.clone(), &heard) else {
        report::warning(&format!(
            "`{}` says other words than `{}`: its times are not taken from there",
            file.display(),
            path.display()
        ));
        return transcript;
    };
    let aligned = aligned.transcript;
    let (n_words, n_timed) = aligned.n_words_and_timed();
    if n_timed < n_words {
        let (have, share) = match n_words - n_timed {
            1 => ("1 has no time of its own".to_owned(), "a share of the time around it"),
            n_others => {
                (format!("{n_others} have no times of their own"), "shares of the time around them")
            }
        };
        report::warning(&format!(
            "`{}`: of {n_words} words, {have} in `{}`, but {share}",
            file.display(),
            path.display()
        ));
    }
    aligned
}

/// Whether it was measured when most words of `transcript` are said.
pub(crate) fn is_timed(transcript: &Transcript) -> bool {
    let (n_words, n_timed) = transcript.n_words_and_timed();
    n_timed * 2 >= n_words && n_timed > 0
}

/// Refuses to replace what was measured by `transcript` of `file`, which knows less of it;
/// with `force`, says what is lost.
pub(crate) fn keep(
    file: &Path,
    transcript: &Transcript,
    format: Format,
    path: &Path,
    force: bool,
) -> anyhow::Result<()> {
    let lost = match format {
        Format::Json => lost_of_json(transcript, path),
        _ => lost_of_times(transcript, format, path),
    };
    match lost {
        None => Ok(()),
        Some(lost) if force => {
            report::warning(&format!("`{}` is replaced; lost with it: {lost}", path.display()));
            Ok(())
        }
        Some(lost) => Err(advise(
            format!("`{}` has what `{}` has not: {lost}", path.display(), file.display()),
            "keep it by choosing another `--out`, or give it up with `--force`",
        )),
    }
}

/// What a file of times at `path` would lose. Whether it has some that were measured, only our
/// own note of it says.
fn lost_of_times(transcript: &Transcript, format: Format, path: &Path) -> Option<String> {
    let outputs = Outputs::of(path, None);
    let has_them = outputs.path(format).file_name() == path.file_name() && outputs.is_timed(format);
    match format {
        // Its times are those of paragraphs.
        Format::Markdown | Format::Txt if transcript.is_timed => return None,
        Format::Docx | Format::MediaWiki | Format::Spip => return None,
        _ => (),
    }
    (has_them && !is_timed(transcript)).then(|| "times that were measured".to_owned())
}

/// What the JSON at `path`, if it is ours, would lose.
fn lost_of_json(transcript: &Transcript, path: &Path) -> Option<String> {
    let old = convert::opened(path).ok()?.transcript;
    let new = transcript;
    let n_less = |count: fn(&Transcript) -> usize| count(&old).saturating_sub(count(new));
    let n_lost = n_less(n_timed);
    if n_lost == 0 {
        return None;
    }
    let some = |count: usize, what: &str| (count > 0).then(|| format!("{count} {what}"));
    let is_gone = |old: bool, new: bool, what: &str| (old && !new).then(|| what.to_owned());
    let (before, after) = (&old.provenance, &new.provenance);
    let lost = [
        Some(format!("the measured times of {n_lost} of {} words", n_timed(&old))),
        some(n_less(n_hidden), "words that texts do not show"),
        some(n_less(n_probable), "probabilities"),
        some(n_less(n_roles), "roles"),
        some(n_less(|transcript| transcript.changes.len()), "changes that are listed"),
        is_gone(before.recogniser.is_some(), after.recogniser.is_some(), "the model"),
        is_gone(!before.language.is_empty(), !after.language.is_empty(), "the language"),
    ];
    Some(lost.into_iter().flatten().collect::<Vec<_>>().join(", "))
}

fn words(transcript: &Transcript) -> impl Iterator<Item = &Word> {
    transcript.segments.iter().flat_map(|segment| &segment.words)
}

fn n_timed(transcript: &Transcript) -> usize {
    words(transcript).filter(|word| transcript.is_timed && word.is_timed).count()
}

fn n_hidden(transcript: &Transcript) -> usize {
    words(transcript).filter(|word| word.dropped.is_some()).count()
}

fn n_probable(transcript: &Transcript) -> usize {
    words(transcript).filter(|word| word.probability.is_some()).count()
}

fn n_roles(transcript: &Transcript) -> usize {
    transcript.speakers.iter().filter(|speaker| speaker.role.is_some()).count()
}
