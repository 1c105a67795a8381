//! A page that searches a whole archive, on a disk or on a server that only gives out files.
//!
//! The words of 1 000 hours are some 60 MB of text, too much for a page. So the page has the
//! list of episodes; a file beside it says which words are in which of them, and a file each
//! holds their passages, fetched when a search finds something in them. They are scripts,
//! because a page from a disk may load nothing else.

use super::{
    address,
    episodes::transcript,
    passages::{passages, words},
};
use crate::{
    base::{
        digest::digest,
        store::write_atomic,
        time::Time,
        transcript::{Date, SpeakerName, Transcript},
    },
    episode::outputs::{Outputs, Unread, VERSION},
    formats::{Format, escaped},
};
use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    fmt::Write as _,
    fs, io,
    path::{Path, PathBuf},
};

const STYLE: &str = include_str!("page.css");

const SCRIPT: &str = include_str!("page.js");

/// Folder of what a search fetches.
const DATA: &str = "index.data";

/// What tells our page from that of somebody else.
const MARK: &str = "<meta name=\"generator\" content=\"voixoff ";

/// What can be searched.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Indexed {
    /// The page.
    pub path: PathBuf,
    /// Episodes in it.
    pub n_episodes: usize,
    /// Different words in it.
    pub n_words: usize,
    /// Episodes with a transcript that cannot be read, and why; what they say may be known from
    /// another of their files.
    pub unread: Vec<Unread>,
}

/// Why there is no page.
#[derive(Debug, thiserror::Error)]
pub enum IndexError {
    /// There is a page of that name, and somebody else wrote it.
    #[error("`{}` was not written by this program", path.display())]
    Foreign {
        /// The page.
        path: PathBuf,
    },
    /// A file cannot be written.
    #[error("`{}`: {source}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
}

/// Writes `index.html` of `episodes` into their `archive`, under this `title`, and what it fetches; the
/// page last.
///
/// An episode is read from its JSON, else from the first of its other files that has words.
///
/// # Errors
/// A page that somebody else wrote; any error of writing. A page that was there is unchanged.
pub fn write_index(
    archive: &Path,
    episodes: &[Outputs],
    title: &str,
) -> Result<Indexed, IndexError> {
    let path = archive.join("index.html");
    if fs::read_to_string(&path).is_ok_and(|page| !page.contains(MARK)) {
        return Err(IndexError::Foreign { path });
    }
    let data = archive.join(DATA);
    let of_file = |path: &Path| {
        let path = path.to_owned();
        move |source| IndexError::File { path, source }
    };
    fs::create_dir_all(&data).map_err(of_file(&data))?;
    let mut index = Index { archive, episodes: Vec::new(), words: HashMap::new() };
    let mut unread = Vec::new();
    let mut names = BTreeSet::new();
    for outputs in episodes {
        let (transcript, problem) = transcript(outputs);
        if let Some(transcript) = transcript {
            let file = index.take(outputs, &transcript);
            names.insert(keep(&data, file).map_err(of_file(&data))?);
        }
        unread.extend(problem.map(|reason| (outputs.clone(), reason)));
    }
    let dictionary = index.dictionary();
    let dictionary = format!("voixoff.words({});\n", json(&dictionary));
    let name = File { name: format!("mots-{}", short(&dictionary)), text: dictionary };
    let dictionary = keep(&data, name).map_err(of_file(&data))?;
    write_atomic(&path, index.page(&dictionary, title).as_bytes()).map_err(of_file(&path))?;
    names.insert(dictionary);
    remove_others(&data, &names);
    let (n_episodes, n_words) = (index.episodes.len(), index.words.len());
    Ok(Indexed { path, n_episodes, n_words, unread })
}

/// A file that the page fetches.
struct File {
    /// Without extension. The name says what is in it, so that no browser shows an old one.
    name: String,
    text: String,
}

/// Writes `file` into `folder` if it is not there; its name.
fn keep(folder: &Path, file: File) -> io::Result<String> {
    let path = folder.join(format!("{}.js", file.name));
    if !path.exists() {
        write_atomic(&path, file.text.as_bytes())?;
    }
    Ok(file.name)
}

/// Removes what an earlier page fetched.
fn remove_others(folder: &Path, names: &BTreeSet<String>) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        if name.strip_suffix(".js").is_some_and(|name| !names.contains(name)) {
            // What stays takes room and does no harm.
            let _ = fs::remove_file(entry.path());
        }
    }
}

fn short(text: &str) -> String {
    digest(text.as_bytes())[..16].to_owned()
}

fn json(value: &impl serde::Serialize) -> String {
    serde_json::to_string(value).expect("texts and numbers are JSON")
}

/// All that the page knows.
struct Index<'a> {
    archive: &'a Path,
    episodes: Vec<Entry>,
    /// In which episodes each word is.
    words: HashMap<String, Vec<usize>>,
}

/// An episode of the page.
struct Entry {
    show: String,
    title: String,
    date: Option<Date>,
    duration: Time,
    people: Vec<String>,
    /// Addresses; empty where there is nothing to read or to hear.
    page: String,
    sound: String,
    file: String,
}

impl Index<'_> {
    /// Takes an episode; the file of its passages.
    fn take(&mut self, outputs: &Outputs, transcript: &Transcript) -> File {
        let passages = passages(transcript);
        let number = self.episodes.len();
        for word in passages.iter().flat_map(|passage| words(&passage.text)) {
            let episodes = self.words.entry(word).or_default();
            if episodes.last() != Some(&number) {
                episodes.push(number);
            }
        }
        let mut people: Vec<&str> = Vec::new();
        let mut lines = Vec::new();
        for passage in &passages {
            let speaker = passage.speaker.map(|name| {
                let known = people.iter().position(|other| *other == name);
                known.unwrap_or_else(|| {
                    people.push(name);
                    people.len() - 1
                })
            });
            // When each sentence begins, and after how many characters as scripts count them.
            let (mut sentences, mut n_before, mut last) = (Vec::new(), 0, 0);
            for (at, start) in &passage.sentences {
                n_before += passage.text[last..*start].encode_utf16().count();
                last = *start;
                let at = transcript.is_timed.then(|| at.as_millis() / 1_000);
                sentences.push((at, n_before));
            }
            lines.push((sentences, speaker, &passage.text));
        }
        let content = format!("{},{}", json(&people), json(&lines));
        let name = short(&content);
        let text = format!("voixoff.episode(\"{name}\",{content});\n");
        let people = people.into_iter().map(str::to_owned).collect();
        self.episodes.push(self.entry(outputs, transcript, people, name.clone()));
        File { name, text }
    }

    fn entry(
        &self,
        outputs: &Outputs,
        transcript: &Transcript,
        people: Vec<String>,
        file: String,
    ) -> Entry {
        let about = &transcript.about;
        let folder = outputs.folder().strip_prefix(self.archive).unwrap_or(outputs.folder());
        let or = |text: &str, other: String| if text.is_empty() { other } else { text.to_owned() };
        let texts = [Format::Html, Format::Txt, Format::Vtt].map(|format| outputs.path(format));
        let page = texts.into_iter().find(|path| path.exists());
        let from_here = |path: &Path| address(path.strip_prefix(self.archive).unwrap_or(path));
        let is_web = about.sound.starts_with("https://") || about.sound.starts_with("http://");
        let sound = match about.sound.as_str() {
            "" => String::new(),
            address if is_web => address.to_owned(),
            file => address(&folder.join(file)),
        };
        Entry {
            show: or(&about.show, folder.display().to_string()),
            title: or(&about.title, outputs.name()),
            date: about.date,
            duration: transcript.duration,
            people,
            page: page.map(|page| from_here(&page)).unwrap_or_default(),
            sound,
            file,
        }
    }

    /// A line for each word, sorted: the word, and the episodes that have it, each as the
    /// distance from the one before, to the base 36.
    fn dictionary(&self) -> String {
        let mut dictionary = String::new();
        for (word, episodes) in self.words.iter().collect::<BTreeMap<_, _>>() {
            dictionary.push_str(word);
            let mut last = 0;
            for episode in episodes {
                dictionary.push(' ');
                dictionary.push_str(&base_36(episode - last));
                last = *episode;
            }
            dictionary.push('\n');
        }
        dictionary
    }

    fn page(&self, dictionary: &str, title: &str) -> String {
        let title = escaped(title);
        let mut shows: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
        for (number, entry) in self.episodes.iter().enumerate() {
            shows.entry(&entry.show).or_default().push(number);
        }
        let mut list = String::new();
        let mut headings = Vec::new();
        for (show, numbers) in &mut shows {
            let place = |number: &usize| (self.episodes[*number].date, *number);
            numbers.sort_by_key(|number| std::cmp::Reverse(place(number)));
            let heading = if show.is_empty() { "Sans émission" } else { show };
            let heading = escaped(heading);
            let _ = writeln!(list, "<section data-show=\"{heading}\">\n<h2>{heading}</h2>\n<ol>");
            let items = numbers.iter().map(|number| self.episodes[*number].item(*number));
            list.extend(items);
            list.push_str("</ol>\n</section>\n");
            headings.push(heading);
        }
        let names = self.episodes.iter().flat_map(|entry| &entry.people);
        let names: BTreeSet<&String> = names.filter(|name| is_person(name)).collect();
        let names = names.iter().map(|name| format!("<option value=\"{}\">", escaped(name)));
        let names: String = names.collect();
        let years =
            self.episodes.iter().filter_map(|entry| Some(entry.date?.iso()[..4].to_owned()));
        let years: BTreeSet<String> = years.collect();
        let years: Vec<String> = years.into_iter().rev().collect();
        let (shows, years) =
            (choice("Émission", "show", &headings), choice("Année", "year", &years));
        let seconds: f64 = self.episodes.iter().map(|entry| entry.duration.as_secs_f64()).sum();
        let length = match seconds {
            short if short < 3_600.0 => format!("{:.0}\u{a0}min", (short / 60.0).ceil()),
            long => format!("{:.0}\u{a0}h", long / 3_600.0),
        };
        let n = self.episodes.len();
        let plural = if n == 1 { "" } else { "s" };
        let one = if n < 2 { " hidden" } else { "" };
        format!(
            "<!DOCTYPE html>\n<html lang=\"fr\">\n<head>\n<meta charset=\"utf-8\">\n\
             <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
             {MARK}{VERSION}\">\n<title>{title}</title>\n<style>\n{STYLE}</style>\n</head>\n\
             <body data-words=\"{dictionary}\">\n<main>\n<h1>{title}</h1>\n\
             <p class=\"quiet\">{n} épisode{plural}, {length}</p>\n\
             <noscript><p>La recherche a besoin de JavaScript ; la liste des épisodes, non.</p></noscript>\n\
             <form role=\"search\" hidden>\n\
             <label class=\"wide\">Mots <input type=\"search\" name=\"words\" autocomplete=\"off\" \
             placeholder=\"logiciel libre, ou « logiciel libre »\"></label>\n\
             <label>Qui parle <input name=\"who\" list=\"people\" autocomplete=\"off\"></label>\n\
             {shows}{years}<label{one}>Ordre <select name=\"order\"><option value=\"\">du plus récent au plus ancien</option>\
             <option value=\"anciens\">du plus ancien au plus récent</option></select></label>\n\
             <datalist id=\"people\">{names}</datalist>\n</form>\n\
             <p class=\"quiet\" id=\"status\" role=\"status\"></p>\n<div id=\"found\"></div>\n\
             <p><button type=\"button\" id=\"more\" hidden>Montrer la suite</button></p>\n\
             <div id=\"list\">\n{list}</div>\n</main>\n<script>\n{SCRIPT}</script>\n</body>\n</html>\n"
        )
    }
}

impl Entry {
    /// The episode in the list.
    fn item(&self, number: usize) -> String {
        let title = escaped(&self.title);
        let link = match self.page.as_str() {
            "" => title,
            page => format!("<a href=\"{page}\">{title}</a>"),
        };
        let minutes = (self.duration.as_secs_f64() / 60.0).round() as u64;
        let people = self.people.iter().filter(|name| is_person(name)).cloned();
        let people = people.collect::<Vec<_>>().join(", ");
        let facts = [
            self.date.map(|date| date.to_string()),
            (minutes > 0).then(|| format!("{minutes}\u{a0}min")),
            Some(people).filter(|people| !people.is_empty()),
        ];
        let facts = facts.into_iter().flatten().collect::<Vec<_>>().join(" · ");
        format!(
            "<li data-number=\"{number}\" data-file=\"{}\" data-sound=\"{}\" data-date=\"{}\" \
             data-people=\"{}\">{link}\n<span class=\"quiet\">{}</span></li>\n",
            self.file,
            escaped(&self.sound),
            self.date.map(Date::iso).unwrap_or_default(),
            escaped(&self.people.join("|")),
            escaped(&facts),
        )
    }
}

/// Whether `name` is that of a person, and not what stands for one.
fn is_person(name: &str) -> bool {
    SpeakerName::read(name).person().is_some()
}

/// A field of the search; where there is nothing to choose, nobody sees it.
fn choice(label: &str, name: &str, choices: &[String]) -> String {
    let hidden = if choices.len() < 2 { " hidden" } else { "" };
    let options: String = choices.iter().map(|it| format!("<option>{it}</option>")).collect();
    format!(
        "<label{hidden}>{label} <select name=\"{name}\"><option value=\"\">toutes</option>{options}</select></label>\n"
    )
}

fn base_36(mut number: usize) -> String {
    let mut digits = Vec::new();
    loop {
        digits.push(char::from(b"0123456789abcdefghijklmnopqrstuvwxyz"[number % 36]));
        number /= 36;
        if number == 0 {
            return digits.iter().rev().collect();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_those_that_the_script_reads() {
        for (number, expected) in [(0, "0"), (35, "z"), (36, "10"), (123_456, "2n9c")] {
            assert_eq!(base_36(number), expected);
            assert_eq!(usize::from_str_radix(expected, 36), Ok(number));
        }
    }
}
