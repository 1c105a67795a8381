//! What can be searched: the episodes of an archive, and what is said in each.

use crate::{
    base::{store, transcript::Transcript},
    episode::outputs::Outputs,
    formats::{self, Format},
};
use std::{collections::BTreeSet, fs, path::Path};

/// The formats that have words, those that know most about them first.
const FORMATS: [Format; 17] = [
    Format::Json,
    Format::TextGrid,
    Format::Html,
    Format::Vtt,
    Format::Ttml,
    Format::Srt,
    Format::PodcastJson,
    Format::Eaf,
    Format::Trs,
    Format::Stm,
    Format::PodcastHtml,
    Format::Markdown,
    Format::Txt,
    Format::Ctm,
    Format::Docx,
    Format::MediaWiki,
    Format::Spip,
];

/// Those of them whose files may be anything: pages, and data of other programs.
const ANYTHING: [Format; 6] =
    [Format::Json, Format::Html, Format::Markdown, Format::Docx, Format::MediaWiki, Format::Spip];

/// The episodes of `archive` or below it that have a receipt, by name; where none has, those
/// that have a file which is a transcript by its name.
pub fn episodes(archive: &Path) -> Vec<Outputs> {
    let episodes = Outputs::all_below(archive);
    if !episodes.is_empty() {
        return episodes;
    }
    let (mut open, mut found) = (vec![archive.to_owned()], BTreeSet::new());
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(&folder).into_iter().flatten().flatten() {
            let name = entry.file_name().to_string_lossy().into_owned();
            match entry.file_type() {
                Ok(kind) if kind.is_dir() && !name.starts_with('.') => open.push(entry.path()),
                Ok(kind) if kind.is_file() => {
                    found.extend(stem(&name).map(|stem| (folder.clone(), stem.to_owned())));
                }
                _ => (),
            }
        }
    }
    found.into_iter().map(|(folder, stem)| Outputs::named(folder, stem)).collect()
}

fn stem(name: &str) -> Option<&str> {
    let ending = |format: &Format| name.strip_suffix(&format!(".{}", format.extension()));
    let mut sure = FORMATS.iter().filter(|format| !ANYTHING.contains(format));
    let stem = sure.find_map(ending).filter(|stem| !stem.is_empty())?;
    // A pass that lies beside a corrected text.
    (!stem.ends_with(".new")).then_some(stem)
}

/// What is said in an episode, as the first of its files that can be read has it; and, of those
/// before it, why the first cannot. Neither where none of its files has words.
pub(super) fn transcript(outputs: &Outputs) -> (Option<Transcript>, Option<String>) {
    let mut problem = None;
    for path in FORMATS.map(|format| outputs.path(format)) {
        if !path.exists() {
            continue;
        }
        match read(&path) {
            Ok(transcript) => return (Some(transcript), problem),
            Err(error) => problem = problem.or(Some(format!("`{}`: {error}", path.display()))),
        }
    }
    (None, problem)
}

fn read(path: &Path) -> Result<Transcript, String> {
    // One more than is accepted: a file that goes on is refused, not cut.
    let bytes = store::read_at_most(path, formats::BYTES_MAX + 1);
    let bytes = bytes.map_err(|error| error.to_string())?;
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    formats::read(&bytes, &name).map_err(|error| error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_that_of_a_transcript_or_is_none() {
        assert_eq!(stem("é 1.2.srt"), Some("é 1.2"));
        assert_eq!(stem("é.podcast.json"), Some("é"));
        assert_eq!(stem("é.TextGrid"), Some("é"));
        for name in ["é.new.txt", "README.md", "x.json", ".txt"] {
            assert_eq!(stem(name), None, "{name}");
        }
    }
}
