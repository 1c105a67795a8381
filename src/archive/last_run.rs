//! The settings of an archive's last run, kept where its transcripts lie: from them is told what
//! the next run would do. Beside it stand earlier runs with the sources that it did not have.
//!
//! They are settings and no command line: no option of the terminal is named in the file, so none
//! that gets another name costs an archive its state.

use crate::{
    base::{
        notes::{self, NoteError},
        store::write_private,
        time::Time,
        transcript::{Date, Rule},
    },
    episode::outputs::OWN,
    formats::{Format, Timecodes, subtitles::Preset},
    net::{bucket::Address, feed::Feed},
    speakers::unsure::Unsure,
    text::{Verbatim, typography::Profile},
};
use serde::{Deserialize, Serialize};
use std::{
    ffi::{OsStr, OsString},
    fs, io,
    path::{Path, PathBuf},
};

/// The file, in the folder of what the program keeps for itself.
const LAST_RUN: &str = "last-run.json";

/// Earlier runs that are known, at most.
const EARLIER_MAX: usize = 64;

/// Form of the file that is written now; 0, that of version 0.1.0, is a command line.
const SCHEMA: u32 = 1;

/// What a run was asked for, as far as the next one would do the same. Field names are for ever.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LastRun {
    /// Where it was started: all names of files are seen from there.
    pub folder: OsText,
    /// Its sources: files, folders, lists (`@…`), addresses of feeds and buckets.
    pub sources: Vec<OsText>,
    /// Folder or address of the transcripts; `None`: beside each file.
    pub out: Option<OsText>,
    /// Folder that stands for an archive in a bucket, where one was chosen.
    pub mirror: Option<OsText>,
    /// Folder of the models, where one was chosen.
    pub models: Option<OsText>,
    /// The recogniser's model as it was asked for, by name or path; `None`: the strongest one.
    pub model: Option<String>,
    /// The models that it had then.
    pub used: Option<ModelsUsed>,
    /// Script that stands for the models in tests.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub script: Option<OsText>,
    /// Formats that it wrote.
    #[serde(with = "format_names")]
    pub formats: Vec<Format>,
    /// Language of the speech, a code of ISO 639-1.
    pub language: String,
    /// What the recogniser was told beforehand; empty for nothing.
    pub prompt: String,
    /// Names and terms to prefer, or the file of them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hotwords: Option<OsText>,
    /// What they are worth; `None`: what they are worth where nobody says it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hotword_strength: Option<f32>,
    /// Hypotheses followed side by side.
    pub beam_size: u8,
    /// Where the part of each episode that it took begins, in samples.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub start: Option<Time>,
    /// Where that ends.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub end: Option<Time>,
    /// How many people speak, least and most.
    pub speakers: Option<(u16, u16)>,
    /// Description of the show.
    pub show: Option<OsText>,
    /// File of the known voices.
    pub voices: Option<OsText>,
    /// How near texts stay to what was said.
    pub verbatim: Verbatim,
    /// Spaces of French typography.
    pub typography: Profile,
    /// Where texts show the time; `None`: as each format does.
    pub timecodes: Option<Timecodes>,
    /// For whom subtitles are cut.
    pub subtitles: Preset,
    /// Whether words of assent are shown.
    pub keep_backchannels: bool,
    /// Whether small numbers are written in words whatever the typography.
    pub small_numbers: bool,
    /// Whether they stay figures.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub plain_numbers: bool,
    /// Which marks of the recogniser were kept.
    #[serde(default)]
    pub plain_marks: PlainMarks,
    /// Whether pages said « invité·e »; there was no choice once.
    #[serde(default = "inclusive", skip_serializing_if = "Clone::clone")]
    pub inclusive: bool,
    /// Whether first names that are said were shown.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub first_names: bool,
    /// What became of words whose speaker was unsure: there was no choice once.
    #[serde(default = "guess")]
    pub unsure: Unsure,
    /// Whether files of others were replaced.
    pub force: bool,
    /// Whether sound of feeds was kept.
    pub keep_audio: bool,
    /// Whether what failed for good was tried again.
    pub retry_failed: bool,
    /// What the names of its episodes had in them.
    pub only: Option<String>,
    /// What they had not.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub exclude: Vec<String>,
    /// What its new episodes of feeds were called; `None`: by their day and title.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The first day of its episodes.
    pub since: Option<Date>,
    /// Which part of the episodes it took, from 0, and of how many.
    pub shard: Option<(u64, u64)>,
}

fn inclusive() -> bool {
    true
}

fn guess() -> Unsure {
    Unsure::Guess
}

/// The models of a run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ModelsUsed {
    /// The recogniser.
    pub recogniser: NamedModel,
    /// The network that finds regions of speech.
    pub segmentation: Option<NamedModel>,
    /// The network that tells voices apart.
    pub embedding: Option<NamedModel>,
}

/// A model, by its name and its content.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NamedModel {
    /// Name in the manifest, or the name of the file.
    pub name: String,
    /// SHA-256 of its file.
    pub sha256: String,
}

/// A name that the system gives: text, but for the few that are none.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum OsText {
    /// Unicode.
    Text(String),
    /// Anything else.
    Other(OsString),
}

/// What is noted of an archive's last run.
#[derive(Debug, PartialEq)]
pub enum Noted {
    /// Its settings.
    Settings(Box<LastRun>),
    /// The command line that version 0.1.0 noted.
    Command(Command),
}

/// A command line, and where it was typed.
#[derive(Debug, PartialEq, Eq, Deserialize)]
pub struct Command {
    /// Where it was typed.
    pub folder: PathBuf,
    /// Without the name of the program.
    pub arguments: Vec<String>,
}

impl LastRun {
    /// Notes it in the archive in `folder`, before what is noted there of other sources.
    ///
    /// # Errors
    /// Any error of writing; what was noted is then there still.
    pub fn note(&self, folder: &Path) -> io::Result<()> {
        #[derive(Serialize)]
        struct File<'a> {
            schema: u32,
            #[serde(flatten)]
            run: &'a LastRun,
            #[serde(skip_serializing_if = "Vec::is_empty")]
            earlier: Vec<LastRun>,
        }
        let earlier = self.earlier_with_others(folder);
        let file = File { schema: SCHEMA, run: self, earlier };
        let text = serde_json::to_string_pretty(&file).map_err(io::Error::from)? + "\n";
        fs::create_dir_all(folder.join(OWN))?;
        // An address may open something.
        write_private(&folder.join(OWN).join(LAST_RUN), text.as_bytes())
    }

    /// What is noted of the archive in `folder`; `None` where nothing is.
    ///
    /// # Errors
    /// Any [`NoteError`].
    pub fn noted(folder: &Path) -> Result<Option<Noted>, NoteError> {
        let path = folder.join(OWN).join(LAST_RUN);
        let Some(file) = notes::read::<serde_json::Value>(&path, SCHEMA)? else { return Ok(None) };
        let noted = match file.get("schema") {
            Some(_) => serde_json::from_value(file).map(|run| Noted::Settings(Box::new(run))),
            None => serde_json::from_value(file).map(Noted::Command),
        };
        noted.map(Some).map_err(|error| NoteError::Damaged { path, reason: error.to_string() })
    }

    /// The runs before the last one in the archive in `folder`, the latest first, each with the sources
    /// that no later one had. None where the note cannot be read: the last run says why.
    pub fn earlier(folder: &Path) -> Vec<LastRun> {
        #[derive(Default, Deserialize)]
        struct Earlier {
            #[serde(default)]
            earlier: Vec<LastRun>,
        }
        let path = folder.join(OWN).join(LAST_RUN);
        let noted = notes::read::<Earlier>(&path, SCHEMA);
        noted.ok().flatten().unwrap_or_default().earlier
    }

    /// What is noted in `folder` so far, without the sources of this run.
    fn earlier_with_others(&self, folder: &Path) -> Vec<LastRun> {
        let last = match LastRun::noted(folder) {
            Ok(Some(Noted::Settings(last))) => Some(*last),
            _ => None,
        };
        let here = PathBuf::from(self.folder.clone());
        let place = |source: &OsText, folder: &Path| PathBuf::from(moved_source(source, folder));
        let own: Vec<PathBuf> = self.sources.iter().map(|source| place(source, &here)).collect();
        let before = last.into_iter().chain(LastRun::earlier(folder));
        let others = before.filter_map(|mut run| {
            let there = PathBuf::from(run.folder.clone());
            run.sources.retain(|source| !own.contains(&place(source, &there)));
            (!run.sources.is_empty()).then_some(run)
        });
        others.take(EARLIER_MAX).collect()
    }

    /// The same with all files named from `here`.
    #[must_use]
    pub fn seen_from(mut self, here: &Path) -> LastRun {
        let folder = PathBuf::from(self.folder.clone());
        if folder == here {
            return self;
        }
        for source in &mut self.sources {
            *source = moved_source(source, &folder);
        }
        let LastRun { out, mirror, models, script, show, voices, .. } = &mut self;
        for name in [out, mirror, models, script, show, voices].into_iter().flatten() {
            *name = moved(name, &folder);
        }
        if let Some(hotwords) = &mut self.hotwords {
            let file = folder.join(PathBuf::from(hotwords.clone()));
            if file.is_file() {
                *hotwords = file.as_os_str().into();
            }
        }
        self.folder = here.as_os_str().into();
        self
    }
}

/// `source`, of a file or a list as it was seen from `folder` or an address, from anywhere.
fn moved_source(source: &OsText, folder: &Path) -> OsText {
    match source {
        OsText::Text(text) if Feed::is_address(text) => source.clone(),
        OsText::Text(text) if text.starts_with('@') => {
            let mut list = OsString::from("@");
            list.push(folder.join(&text[1..]));
            list.as_os_str().into()
        }
        _ => moved(source, folder),
    }
}

/// `name`, of a file as it was seen from `folder` or an address of a bucket, from anywhere.
fn moved(name: &OsText, folder: &Path) -> OsText {
    match name {
        OsText::Text(text) if Address::is_address(text) => name.clone(),
        _ => folder.join(PathBuf::from(name.clone())).as_os_str().into(),
    }
}

impl From<&OsStr> for OsText {
    fn from(name: &OsStr) -> OsText {
        name.to_str().map_or_else(|| OsText::Other(name.into()), |text| OsText::Text(text.into()))
    }
}

impl From<&Path> for OsText {
    fn from(path: &Path) -> OsText {
        path.as_os_str().into()
    }
}

impl From<OsText> for OsString {
    fn from(name: OsText) -> OsString {
        match name {
            OsText::Text(text) => text.into(),
            OsText::Other(other) => other,
        }
    }
}

impl From<OsText> for PathBuf {
    fn from(name: OsText) -> PathBuf {
        OsString::from(name).into()
    }
}

/// Formats by their names.
mod format_names {
    use crate::formats::Format;
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    pub(super) fn serialize<S: Serializer>(
        formats: &[Format],
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(formats.iter().map(|format| format.name()))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Vec<Format>, D::Error> {
        let known = |name: String| {
            let format = Format::ALL.into_iter().find(|format| format.name() == name);
            format.ok_or_else(|| D::Error::custom(format!("`{name}` is no format")))
        };
        Vec::<String>::deserialize(deserializer)?.into_iter().map(known).collect()
    }
}

/// Which marks of the recogniser are kept: all of them or none, or those of some rules.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum PlainMarks {
    /// Whether no rule sets any.
    All(bool),
    /// These set none.
    Of(Vec<Rule>),
}

impl PlainMarks {
    /// Those that `rules`, of [`Rule::OF_MARKS`], would have set.
    pub fn of(rules: &[Rule]) -> PlainMarks {
        let is_off = |rule: &Rule| rules.contains(rule);
        match Rule::OF_MARKS.iter().filter(|rule| is_off(rule)).count() {
            0 => PlainMarks::All(false),
            n if n == Rule::OF_MARKS.len() => PlainMarks::All(true),
            _ => PlainMarks::Of(Rule::OF_MARKS.into_iter().filter(is_off).collect()),
        }
    }

    /// The rules that set none.
    pub fn rules(&self) -> &[Rule] {
        match self {
            PlainMarks::All(false) => &[],
            PlainMarks::All(true) => &Rule::OF_MARKS,
            PlainMarks::Of(rules) => rules,
        }
    }

    pub(super) fn are_none(&self) -> bool {
        self.rules().is_empty()
    }
}

impl Default for PlainMarks {
    fn default() -> PlainMarks {
        PlainMarks::All(false)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn model(name: &str) -> NamedModel {
        NamedModel { name: name.to_owned(), sha256: "5eed".to_owned() }
    }

    fn run() -> LastRun {
        let name = |text: &str| OsText::Text(text.to_owned());
        LastRun {
            folder: name("/archives"),
            sources: ["son", "@liste.txt", "https://a.example/flux", "s3://seau/son"]
                .map(name)
                .into(),
            out: Some(name("archive")),
            mirror: None,
            models: None,
            model: Some("base-int8".to_owned()),
            used: Some(ModelsUsed {
                recogniser: model("base-int8"),
                segmentation: Some(model("segmentation")),
                embedding: Some(model("embedding")),
            }),
            script: None,
            formats: vec![Format::ALL[0], Format::ALL[1]],
            language: "fr".to_owned(),
            prompt: String::new(),
            hotwords: None,
            hotword_strength: None,
            beam_size: 5,
            start: None,
            end: None,
            speakers: Some((2, 4)),
            show: Some(name("show.toml")),
            voices: None,
            verbatim: Verbatim::Clean,
            typography: Profile::April,
            timecodes: Some(Timecodes::Turns),
            subtitles: Preset::Web,
            keep_backchannels: false,
            small_numbers: false,
            plain_numbers: false,
            plain_marks: PlainMarks::of(&[]),
            inclusive: true,
            first_names: false,
            unsure: Unsure::Mark,
            force: false,
            keep_audio: false,
            retry_failed: false,
            only: None,
            exclude: Vec::new(),
            name: None,
            since: None,
            shard: Some((0, 4)),
        }
    }

    #[test]
    fn the_names_in_the_file_are_the_same_for_ever() {
        let folder = tempfile::tempdir().unwrap();
        run().note(folder.path()).unwrap();
        let text = fs::read_to_string(folder.path().join(OWN).join(LAST_RUN)).unwrap();
        let found: serde_json::Value = serde_json::from_str(&text).unwrap();
        // What is renamed here is not known any more of any archive there is.
        let pinned = serde_json::json!({
            "schema": 1, "folder": "/archives", "sources": ["son", "@liste.txt", "https://a.example/flux", "s3://seau/son"],
            "out": "archive", "mirror": null, "models": null, "model": "base-int8",
            "used": {
                "recogniser": { "name": "base-int8", "sha256": "5eed" },
                "segmentation": { "name": "segmentation", "sha256": "5eed" },
                "embedding": { "name": "embedding", "sha256": "5eed" },
            },
            "formats": [Format::ALL[0].name(), Format::ALL[1].name()],
            "language": "fr", "prompt": "", "beam_size": 5, "speakers": [2, 4], "show": "show.toml", "voices": null,
            "verbatim": "clean", "typography": "april", "timecodes": "turns", "subtitles": "web",
            "keep_backchannels": false, "small_numbers": false,
            "plain_marks": false, "unsure": "mark", "force": false, "keep_audio": false,
            "retry_failed": false, "only": null, "since": null, "shard": [0, 4],
        });
        assert_eq!(found, pinned);
        let noted = LastRun::noted(folder.path()).unwrap();
        assert_eq!(noted, Some(Noted::Settings(Box::new(run()))));
    }

    #[test]
    fn marks_that_stay_plain_are_all_or_those_of_some_rules() {
        let noted = |rules: &[Rule]| serde_json::to_string(&PlainMarks::of(rules)).unwrap();
        assert_eq!(noted(&[]), "false");
        assert_eq!(noted(&Rule::OF_MARKS), "true");
        assert_eq!(noted(&[Rule::Colon, Rule::Quotation]), r#"["quotation","colon"]"#);
        let read: PlainMarks = serde_json::from_str(r#"["quotation"]"#).unwrap();
        assert_eq!(read.rules(), [Rule::Quotation]);
    }

    #[test]
    fn sources_of_earlier_runs_are_known_until_a_later_one_has_them() {
        let folder = tempfile::tempdir().unwrap();
        let of = |here: &str, sources: &[&str]| LastRun {
            folder: OsText::Text(here.to_owned()),
            sources: sources.iter().map(|name| OsText::Text((*name).to_owned())).collect(),
            ..run()
        };
        let known = || -> Vec<Vec<OsText>> {
            LastRun::earlier(folder.path()).into_iter().map(|run| run.sources).collect()
        };
        let names = |all: &[&str]| -> Vec<OsText> { of("", all).sources };
        of("/a", &["un", "https://s.fr/flux"]).note(folder.path()).unwrap();
        assert!(known().is_empty());
        of("/a", &["deux"]).note(folder.path()).unwrap();
        assert_eq!(known(), [names(&["un", "https://s.fr/flux"])]);
        // From another folder, by another way, with a mark of a folder behind it.
        of("/", &["a/./un/"]).note(folder.path()).unwrap();
        assert_eq!(known(), [names(&["deux"]), names(&["https://s.fr/flux"])]);
        of("/b", &["https://s.fr/flux", "deux"]).note(folder.path()).unwrap();
        assert_eq!(known(), [names(&["a/./un/"]), names(&["deux"])]);
        let last = LastRun::noted(folder.path()).unwrap();
        let wanted = of("/b", &["https://s.fr/flux", "deux"]);
        assert_eq!(last, Some(Noted::Settings(Box::new(wanted))));
    }

    #[test]
    fn files_are_named_from_wherever_they_are_looked_at_and_addresses_stay() {
        assert_eq!(run().seen_from(Path::new("/archives")), run());
        let moved = run().seen_from(Path::new("/ailleurs"));
        let names = ["/archives/son", "@/archives/liste.txt"].map(|name| OsText::Text(name.into()));
        assert_eq!(moved.sources[..2], names);
        assert_eq!(moved.sources[2..], run().sources[2..]);
        assert_eq!(moved.show, Some(OsText::Text("/archives/show.toml".to_owned())));
    }

    #[cfg(unix)]
    #[test]
    fn a_name_that_is_no_text_comes_back_as_it_is() {
        use std::os::unix::ffi::OsStrExt;
        let name = OsText::from(OsStr::from_bytes(b"caf\xe9.mp3"));
        let text = serde_json::to_string(&name).unwrap();
        assert_eq!(serde_json::from_str::<OsText>(&text).unwrap(), name);
    }

    #[test]
    fn a_command_line_is_known_as_one_and_a_newer_form_is_not_guessed_at() {
        let folder = tempfile::tempdir().unwrap();
        let put = |text: &str| {
            fs::create_dir_all(folder.path().join(OWN)).unwrap();
            write_private(&folder.path().join(OWN).join(LAST_RUN), text.as_bytes()).unwrap();
            LastRun::noted(folder.path())
        };
        assert!(LastRun::noted(folder.path()).unwrap().is_none());
        let noted = put(r#"{"folder": "/archives", "arguments": ["transcribe", "son"]}"#).unwrap();
        let arguments = ["transcribe", "son"].map(str::to_owned).into();
        let command = Command { folder: "/archives".into(), arguments };
        assert_eq!(noted, Some(Noted::Command(command)));
        assert!(matches!(put(r#"{"schema": 99}"#), Err(NoteError::Newer { found: 99, .. })));
        assert!(matches!(put(r#"{"schema": 1}"#), Err(NoteError::Damaged { .. })));
        assert!(matches!(put("{"), Err(NoteError::Damaged { .. })));
    }
}
