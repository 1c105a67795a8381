//! The stages of one episode, in their order, and nothing else.
//!
//! ```text
//! decode → listen → windows → recognise → speakers → merge → segments → roles → polish → calibrate
//! ```

mod error;
mod forcing;
mod inference_journal;
mod left_out;
mod part;
mod work;

pub use error::EpisodeError;
pub use part::Part;
pub use work::{Listening, Work, Workers};

use crate::{
    asr::windows::{Window, WindowSettings},
    asr::{DecodingOptions, Transcriber, calibration, hotwords::Hotwords},
    base::{
        damage::Damage,
        journal::Journal,
        notes,
        show::Show,
        speech::{Diarization, Utterance, Voice, Word},
        store::write_private,
        time::{Span, Time},
        transcript::{About, Provenance, Transcript},
    },
    speakers::{
        diarize::{
            Diarizer, SpeechAnalysis,
            assignment::{SpeakerSettings, assign_speakers},
            cache::NoCache,
            split::split_voice,
        },
        merge::{MergeSettings, speakers_of},
        roles::{Evidence, Roles, roles},
        segments::{SegmentSettings, segments},
        unsure::{Unsure, mark_unsure},
        voices::{Gallery, Match, MatchSettings},
    },
    text::{self, PolishSettings},
};
use inference_journal::InferenceJournal;
use serde::{Deserialize, Serialize};
use std::{
    fs, io,
    path::{Path, PathBuf},
};

/// What works on an episode.
pub struct Engines<'a> {
    /// Hears where anybody talks, and in which voices.
    pub diarizer: &'a dyn Diarizer,
    /// Turns windows into words.
    pub transcriber: &'a dyn Transcriber,
}

/// How an episode is worked on.
#[derive(Debug, Clone)]
pub struct EpisodeSettings {
    /// Folder of the scratch sound: 115 MB an hour, gone with the episode.
    pub scratch: PathBuf,
    /// What the recogniser is told beforehand: words that may be said, names above all.
    pub initial_prompt: String,
    /// What it is to prefer where that may have been said; whisper.cpp does not know how.
    pub hotwords: Hotwords,
    /// Whether the language of the speech is found by its sound; else it is the one that the
    /// recogniser was loaded for.
    pub finds_language: bool,
    /// What of the episode is worked on; `None`: all of it.
    pub part: Option<Part>,
    /// How the words of a window are looked for first.
    pub decoding: DecodingOptions,
    /// How windows are packed.
    pub windows: WindowSettings,
    /// How people are told apart.
    pub speakers: SpeakerSettings,
    /// How words are given to people.
    pub merge: MergeSettings,
    /// When a segment ends.
    pub segments: SegmentSettings,
    /// What becomes of words whose speaker is unsure.
    pub unsure: Unsure,
    /// What is known of the show beforehand.
    pub show: Show,
    /// People who may be heard, as the feed has them.
    pub names: Vec<String>,
    /// Voices that are known, where somebody asked to know them.
    pub gallery: Option<Gallery>,
    /// Whether a first name that is said names somebody of whom nothing more is known.
    pub first_names: bool,
    /// How words become a page.
    pub polish: PolishSettings,
}

impl EpisodeSettings {
    /// What suits a podcast of which nothing is known.
    pub fn podcast(scratch: PathBuf) -> EpisodeSettings {
        EpisodeSettings {
            scratch,
            initial_prompt: String::new(),
            hotwords: Hotwords::default(),
            finds_language: false,
            part: None,
            decoding: DecodingOptions::BEAM_SEARCH,
            windows: WindowSettings::WHISPER,
            speakers: SpeakerSettings::PODCAST,
            merge: MergeSettings::PODCAST,
            segments: SegmentSettings::SENTENCES,
            unsure: Unsure::Guess,
            show: Show::default(),
            names: Vec::new(),
            gallery: None,
            first_names: false,
            polish: PolishSettings::PAGE,
        }
    }
}

/// Form of the file of [`Listened`] that is written now.
const LISTENED_SCHEMA: u32 = 1;

/// All that was heard in an episode, before any word of it.
#[derive(Debug, Serialize, Deserialize)]
struct Listened {
    /// Form of the file; 0 is that of version 0.1.0, which is the same.
    #[serde(default)]
    schema: u32,
    duration: Time,
    damage: Damage,
    #[serde(rename = "heard")]
    analysis: SpeechAnalysis,
    levels_db: Vec<u8>,
}

/// The windows of an episode, at the head of its words.
#[derive(Debug, Serialize, Deserialize)]
#[serde(untagged)]
enum Head {
    /// In the language that somebody said.
    Asked(Vec<Window>),
    /// In the one that was found by the sound.
    Found {
        /// A code of ISO 639-1.
        language: String,
        windows: Vec<Window>,
    },
}

impl Head {
    fn windows(&self) -> &[Window] {
        match self {
            Head::Asked(windows) | Head::Found { windows, .. } => windows,
        }
    }

    fn language(&self) -> Option<&str> {
        match self {
            Head::Asked(_) => None,
            Head::Found { language, .. } => Some(language),
        }
    }
}

/// Where the slow answers of an episode are kept. Each is named by all it depends on.
#[derive(Debug, Clone)]
pub struct Artifacts {
    /// What was heard: where anybody talks, and in which voices.
    pub analysis: PathBuf,
    /// The words of its windows, as they come: a `Journal`.
    pub words: PathBuf,
}

/// Where the sound of an episode is: asked only when it has to be heard.
pub type Sound<'a, E> = &'a dyn Fn() -> Result<PathBuf, E>;

/// The transcript of the episode whose sound is at `sound`, and of which `about` is known.
///
/// Slow answers are kept in `artifacts`, and taken from there where an earlier run was
/// stopped or finished; the result is the same, byte for byte.
///
/// # Errors
/// Any [`EpisodeError`], or what `sound` says; finished windows are then in the journal.
pub fn transcribe<E: From<EpisodeError>>(
    sound: Sound<'_, E>,
    artifacts: &Artifacts,
    about: About,
    mut provenance: Provenance,
    work: &Work<'_>,
) -> Result<Transcript, E> {
    let Artifacts { analysis, words } = artifacts;
    let unkept_words = |source| unkept(words, source);
    let (mut file, known) = Journal::open::<Head, Vec<Utterance>>(words).map_err(unkept_words)?;
    let mut pcm = None;
    let listened = match listened(analysis) {
        Some(listened) => listened,
        None => {
            let unkept = |source| unkept(analysis, source);
            let journal = InferenceJournal::open(analysis).map_err(unkept)?;
            let (decoded, listened) = work.listening.listened(&sound()?, &journal)?;
            let bytes = serde_json::to_vec(&listened).map_err(io::Error::from).map_err(unkept)?;
            // Listening takes minutes, in which somebody may have emptied the archive.
            let folder = analysis.parent().unwrap_or(Path::new(""));
            let unmade = |source| EpisodeError::Folder { path: folder.to_owned(), source };
            fs::create_dir_all(folder).map_err(unmade)?;
            // Voices are as good as fingerprints.
            write_private(analysis, &bytes).map_err(unkept)?;
            pcm = Some(decoded.pcm);
            listened
        }
    };
    inference_journal::remove(analysis);
    let (head, answers) = match known.head {
        Some(head) if head.windows().len() == known.windows.len() => (head, known.windows),
        head => {
            let pcm = match pcm {
                Some(pcm) => pcm,
                None => work.listening.decode(&sound()?)?.pcm,
            };
            let head = match head {
                Some(head) => head,
                None => {
                    let head = work.head(&pcm, &listened)?;
                    file.note_head(&head).map_err(unkept_words)?;
                    head
                }
            };
            let answers = work.recognise(&pcm, &head, &listened, known.windows, |at, answer| {
                file.note(at, answer).map_err(unkept_words)
            })?;
            (head, answers)
        }
    };
    if let Some(language) = head.language() {
        language.clone_into(&mut provenance.language);
    }
    let utterances: Vec<Utterance> = answers.into_values().flatten().collect();
    // As they were heard: what rules of writing join reaches over what is missing between.
    let spans = utterances.iter().flat_map(|answer| &answer.words).map(|word| word.span).collect();
    let settings = work.listening.settings;
    let diarization = assign_speakers(&listened.analysis.subsegments, &settings.speakers);
    let mut transcript = finished(&listened, diarization, utterances, about, provenance, settings);
    transcript.left_out = left_out::left_out(&listened.analysis.speech, &transcript.turns, spans);
    Ok(transcript)
}

/// Who speaks when in an episode that was listened to, as the file `analysis` of its artifacts has
/// it; `None` where there is none that can be read.
pub fn diarization(analysis: &Path, settings: &SpeakerSettings) -> Option<Diarization> {
    let listened = listened(analysis)?;
    Some(assign_speakers(&listened.analysis.subsegments, settings))
}

/// Which of `spans`, all of one voice of an episode that was listened to, are of a second person:
/// [`split_voice`], over what the file `analysis` of its artifacts has.
pub fn second_voice(
    analysis: &Path,
    spans: &[Span],
    settings: &SpeakerSettings,
) -> Option<Vec<bool>> {
    split_voice(&listened(analysis)?.analysis.subsegments, spans, settings)
}

/// What an earlier run heard. A file that cannot be read, or of a newer form, counts as none: it is
/// ours, nobody else's work is in it, and it costs a listening to make.
fn listened(path: &Path) -> Option<Listened> {
    notes::read(path, LISTENED_SCHEMA).ok().flatten()
}

fn unkept(artifact: &Path, source: io::Error) -> EpisodeError {
    match source.kind() {
        io::ErrorKind::ResourceBusy => EpisodeError::Busy,
        _ => EpisodeError::Unkept { path: artifact.to_owned(), source },
    }
}

/// Who speaks when in the episode at `path`: a transcript without words, and what each
/// speaker sounds like.
///
/// The recogniser is not asked; nothing is kept.
///
/// # Errors
/// Any [`EpisodeError`] of decoding and listening.
pub fn diarize(
    path: &Path,
    provenance: Provenance,
    listening: &Listening<'_>,
) -> Result<(Transcript, Vec<Voice>), EpisodeError> {
    let settings = listening.settings;
    let (_, listened) = listening.listened(path, &NoCache)?;
    let diarization = assign_speakers(&listened.analysis.subsegments, &settings.speakers);
    let voices = diarization.voices.clone();
    let about = About { show: settings.show.title.clone(), ..About::default() };
    Ok((finished(&listened, diarization, Vec::new(), about, provenance, settings), voices))
}

/// What takes no time: from all that was heard to the transcript.
fn finished(
    listened: &Listened,
    diarization: Diarization,
    mut utterances: Vec<Utterance>,
    about: About,
    provenance: Provenance,
    settings: &EpisodeSettings,
) -> Transcript {
    let words: Vec<Word> = utterances.iter().flat_map(|u| u.words.iter().cloned()).collect();
    let said_by = speakers_of(&words, &diarization.turns, &settings.merge);
    let changes = text::join_windows(&mut utterances, &said_by);
    let mut segments = segments(utterances, &said_by, settings.segments);
    let known = known(&diarization.voices, settings.gallery.as_ref());
    let gallery = settings.gallery.iter().flat_map(|gallery| &gallery.people);
    let Roles { speakers, name_evidence } = roles(&Evidence {
        segments: &segments,
        diarization: &diarization,
        levels_db: &listened.levels_db,
        show: &settings.show,
        known: &known,
        about: &about,
        names: &settings.names,
        gallery: &gallery.map(|known| known.name.clone()).collect::<Vec<_>>(),
        first_names: settings.first_names,
    });
    // Roles and names go by all that is known; only then are words left without a name.
    if settings.unsure == Unsure::Mark {
        mark_unsure(&mut segments, &diarization.parts);
    }
    let transcript = Transcript {
        about,
        is_timed: true,
        duration: listened.duration,
        speakers,
        name_evidence,
        turns: diarization.turns,
        segments,
        left_out: left_out::doubtful(&listened.analysis.speech),
        damage: listened.damage.clone(),
        changes,
        suggestions: Vec::new(),
        alignment: Vec::new(),
        provenance,
    };
    let mut transcript = text::polish(transcript, &settings.polish);
    calibration::estimate(&mut transcript);
    transcript
}

/// The names of the voices that are in the gallery, and how near they are.
fn known(voices: &[Voice], gallery: Option<&Gallery>) -> Vec<Option<(String, f32)>> {
    let Some(gallery) = gallery else { return Vec::new() };
    let name = |found: Match| (gallery.people[found.person_idx].name.clone(), found.cosine);
    let matches = gallery.matches(voices, MatchSettings::PODCAST);
    matches.into_iter().map(|found| found.map(name)).collect()
}
