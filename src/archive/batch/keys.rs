//! What the transcripts of a run depend on, stage by stage.

use super::legacy;
use crate::{
    archive::last_run::PlainMarks,
    base::{
        digest::digest,
        show::{Show, Term},
        speech::Embedding,
        time::Time,
        transcript::{ModelUsed, Provenance},
    },
    episode::{
        hotwords::{self, Hotwords},
        outputs::StageKeys,
        pipeline::{EpisodeSettings, Part},
    },
    formats::{Gender, RenderSettings, Timecodes, subtitles::Preset},
    speakers::{unsure::Unsure, voices::Known},
    text::{Verbatim, typography::Profile},
};
use serde::Serialize;

/// Raised when voices of common sound are told apart otherwise by the same models.
const LISTENING: u32 = 9;

/// Raised when common sound gets other words, or other times of words.
const WORDS: u32 = 10;

/// Raised when hotwords make other words of common sound.
const HOTWORDS: u32 = 2;

/// Raised whenever texts that are there should be written again: a page that was corrected
/// then gets a `NAME.new.txt` beside it, so not for a small improvement.
const TEXT: u32 = 2;

/// Who makes the transcripts, apart from the settings of an episode.
#[derive(Debug, Clone, PartialEq)]
pub struct ModelSet {
    /// Language of the speech, a code of ISO 639-1.
    pub language: String,
    /// What the user tells the recogniser beforehand; empty for nothing.
    pub prompt: String,
    /// What hotwords are worth; see `Hotwords`.
    pub hotword_strength: f32,
    /// Whether the recogniser knows hotwords. One that does not is told some of them beforehand.
    pub prefers_hotwords: bool,
    /// The recogniser.
    pub recogniser: ModelUsed,
    /// The network that finds regions of speech.
    pub segmentation: Option<ModelUsed>,
    /// The network that tells voices apart.
    pub embedding: Option<ModelUsed>,
}

impl ModelSet {
    /// Where a transcript of `sound`, the digest of the coded sound, comes from.
    pub fn provenance(&self, sound: &str) -> Provenance {
        Provenance {
            language: self.language.clone(),
            audio: sound.to_owned(),
            recogniser: Some(self.recogniser.clone()),
            segmentation: self.segmentation.clone(),
            embedding: self.embedding.clone(),
            ..Provenance::default()
        }
    }

    /// What the recogniser is told beforehand: what the user says, then the names and words of
    /// `show`, and of `others` who may be heard.
    pub fn initial_prompt(&self, show: &Show, others: &[String]) -> String {
        let in_show = if self.prefers_hotwords || show.hotwords.is_empty() {
            show.prompt(others)
        } else {
            let hotwords = show.hotwords.iter().map(Term::new);
            let lexicon = show.lexicon.iter().cloned().chain(hotwords).collect();
            Show { lexicon, ..show.clone() }.prompt(others)
        };
        let parts = [self.prompt.clone(), in_show];
        parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(", ")
    }

    /// What the recogniser is to prefer: names and words of `show`, and of `others` who may be
    /// heard or are spoken of.
    pub fn hotwords(&self, show: &Show, others: &[String]) -> Hotwords {
        if !self.prefers_hotwords {
            return Hotwords::default();
        }
        Hotwords::new(hotwords::phrases(show, others), self.hotword_strength)
    }

    /// What it was to prefer before that was known of a show by itself: what somebody asked for.
    pub(super) fn hotwords_asked_for(&self, show: &Show) -> Hotwords {
        let asked = Show { hotwords: show.hotwords.clone(), ..Show::default() };
        self.hotwords(&asked, &[])
    }

    /// Keys of how episodes, or a `part` of each, are listened to: as they are made now, and as
    /// version 0.1.0 made them, which knew no parts.
    pub fn listening(&self, part: Option<Part>) -> [String; 2] {
        let key = self.listening_key(part);
        let before = if part.is_none() { legacy::listening(self) } else { key.clone() };
        [key, before]
    }

    fn listening_key(&self, part: Option<Part>) -> String {
        key(&ListeningKey {
            stage: "listening",
            revision: LISTENING,
            segmentation: self.segmentation.as_ref().map(ModelKey::of),
            embedding: self.embedding.as_ref().map(ModelKey::of),
            part: part.map(|it| (it.start.samples(), it.end.map(Time::samples))),
        })
    }

    /// Keys of what each stage depends on, the sound apart.
    pub fn stages(&self, settings: &EpisodeSettings, writing: &Writing) -> StageKeys {
        let listening = self.listening_key(settings.part);
        let words = key(&WordsKey {
            stage: "words",
            revision: WORDS,
            listening: &listening,
            language: &self.language,
            initial_prompt: &settings.initial_prompt,
            recogniser: ModelKey::of(&self.recogniser),
            beam_size: settings.decoding.beam_size,
            temperature: settings.decoding.temperature,
            windows: WindowsKey {
                longest: settings.windows.longest.samples(),
                margin: settings.windows.margin.samples(),
                pause: settings.windows.pause.samples(),
            },
            hotwords: HotwordsKey::of(&settings.hotwords),
        });
        let text = key(&TextKey::of(settings, writing, &words));
        StageKeys { listening, words, text }
    }
}

/// What listening depends on. Field names and order of all keys are for ever: what is renamed
/// here is listened to, recognised or written again in every archive.
#[derive(Serialize)]
struct ListeningKey<'a> {
    stage: &'static str,
    revision: u32,
    segmentation: Option<ModelKey<'a>>,
    embedding: Option<ModelKey<'a>>,
    /// First sample, and that behind the last.
    #[serde(skip_serializing_if = "Option::is_none")]
    part: Option<(u64, Option<u64>)>,
}

#[derive(Serialize)]
struct ModelKey<'a> {
    name: &'a str,
    sha256: &'a str,
}

impl ModelKey<'_> {
    fn of(model: &ModelUsed) -> ModelKey<'_> {
        ModelKey { name: &model.name, sha256: &model.sha256 }
    }
}

/// What the words depend on. Lengths are in samples.
#[derive(Serialize)]
struct WordsKey<'a> {
    stage: &'static str,
    revision: u32,
    listening: &'a str,
    language: &'a str,
    initial_prompt: &'a str,
    recogniser: ModelKey<'a>,
    beam_size: u8,
    temperature: f32,
    windows: WindowsKey,
    #[serde(skip_serializing_if = "Option::is_none")]
    hotwords: Option<HotwordsKey<'a>>,
}

#[derive(Serialize)]
struct HotwordsKey<'a> {
    revision: u32,
    phrases: &'a [String],
    strength: f32,
}

impl HotwordsKey<'_> {
    fn of(hotwords: &Hotwords) -> Option<HotwordsKey<'_>> {
        let (phrases, strength) = (hotwords.phrases(), hotwords.strength());
        (!hotwords.is_empty()).then_some(HotwordsKey { revision: HOTWORDS, phrases, strength })
    }
}

#[derive(Serialize)]
struct WindowsKey {
    longest: u64,
    margin: u64,
    pause: u64,
}

/// What the text depends on: all that costs nothing. The lexicon is that of the show.
#[derive(Serialize)]
struct TextKey<'a> {
    stage: &'static str,
    revision: u32,
    words: &'a str,
    speakers: SpeakersKey,
    merge: MergeKey,
    segments: SegmentsKey,
    /// As `show.toml` has it.
    show: &'a Show,
    gallery: Option<GalleryKey<'a>>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    first_names: bool,
    /// Absent where everybody is named, as in texts from before there was a choice.
    #[serde(skip_serializing_if = "Option::is_none")]
    unsure: Option<&'static str>,
    polish: PolishKey,
    timecodes: Option<&'static str>,
    subtitles: &'static str,
    /// Absent where it is inclusive, as in texts from before there was a choice.
    #[serde(skip_serializing_if = "Option::is_none")]
    gender: Option<&'static str>,
}

#[derive(Serialize)]
struct SpeakersKey {
    threshold: f32,
    min_seed_s: f64,
    same: f32,
    shortest_s: f64,
    near: f32,
    pause: u64,
    count: Option<(u16, u16)>,
}

#[derive(Serialize)]
struct MergeKey {
    after_sentence: f32,
    after_clause: f32,
    within: f32,
    short_pause: u64,
    long_pause: u64,
    reach: u64,
}

#[derive(Serialize)]
struct SegmentsKey {
    pause: u64,
    longest: u64,
}

#[derive(Serialize)]
struct GalleryKey<'a> {
    model: &'a str,
    people: Vec<VoiceKey<'a>>,
}

#[derive(Serialize)]
struct VoiceKey<'a> {
    name: &'a str,
    embedding: &'a Embedding,
}

#[derive(Serialize)]
struct PolishKey {
    verbatim: &'static str,
    typography: &'static str,
    keep_backchannels: bool,
    full_hours: bool,
    /// Whether counts are in words where a page has them in figures.
    small_numbers: bool,
    /// The reverse; absent where they are as on a page, as of texts from before there was a choice.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    plain_numbers: bool,
    /// Absent where all rules set some, as of texts from before there was a choice.
    #[serde(skip_serializing_if = "PlainMarks::are_none")]
    plain_marks: PlainMarks,
    /// Raised with the settings of paragraphs, which nobody sets.
    paragraphs: u32,
}

impl<'a> TextKey<'a> {
    fn of(settings: &'a EpisodeSettings, writing: &Writing, words: &'a str) -> TextKey<'a> {
        let EpisodeSettings {
            speakers,
            merge,
            segments,
            unsure,
            show,
            gallery,
            first_names,
            polish,
            ..
        } = settings;
        TextKey {
            stage: "text",
            revision: TEXT,
            words,
            speakers: SpeakersKey {
                threshold: speakers.threshold,
                min_seed_s: speakers.min_seed_s,
                same: speakers.merge_cosine,
                shortest_s: speakers.min_speaker_s,
                near: speakers.outlier_cosine,
                pause: speakers.pause.samples(),
                count: speakers.count,
            },
            merge: MergeKey {
                after_sentence: merge.after_sentence,
                after_clause: merge.after_clause,
                within: merge.within,
                short_pause: merge.short_pause.samples(),
                long_pause: merge.long_pause.samples(),
                reach: merge.reach.samples(),
            },
            segments: SegmentsKey {
                pause: segments.pause.samples(),
                longest: segments.longest.samples(),
            },
            show,
            gallery: gallery.as_ref().map(|gallery| GalleryKey {
                model: &gallery.model,
                people: gallery.people.iter().map(VoiceKey::of).collect(),
            }),
            first_names: *first_names,
            unsure: match unsure {
                Unsure::Mark => Some("mark"),
                Unsure::Guess => None,
            },
            polish: PolishKey {
                verbatim: match polish.verbatim {
                    Verbatim::Full => "full",
                    Verbatim::Clean => "clean",
                    Verbatim::Edited => "edited",
                },
                typography: match polish.typography {
                    Profile::April => "april",
                    Profile::Imprimerie => "imprimerie",
                    Profile::Wiki => "wiki",
                    Profile::Ascii => "ascii",
                },
                keep_backchannels: polish.keep_backchannels,
                full_hours: polish.full_hours,
                small_numbers: polish.adds_small_numbers(),
                plain_numbers: !polish.small_numbers && polish.are_counts_in_words(),
                plain_marks: PlainMarks::of(&polish.plain_marks),
                paragraphs: 1,
            },
            timecodes: writing.timecodes.map(|timecodes| match timecodes {
                Timecodes::None => "none",
                Timecodes::Headings => "headings",
                Timecodes::Turns => "turns",
                Timecodes::Paragraphs => "paragraphs",
            }),
            subtitles: match writing.subtitles {
                Preset::Web => "web",
                Preset::Arcom => "arcom",
                Preset::Podcast => "podcast",
            },
            gender: match writing.gender {
                Gender::Inclusive => None,
                Gender::Masculine => Some("masculine"),
            },
        }
    }
}

impl VoiceKey<'_> {
    fn of(known: &Known) -> VoiceKey<'_> {
        VoiceKey { name: &known.name, embedding: &known.embedding }
    }
}

/// SHA-256 of `depends_on` as JSON, whose numbers are the shortest that read back the same.
fn key(depends_on: &impl Serialize) -> String {
    digest(&serde_json::to_vec(depends_on).expect("keys have texts and finite numbers"))
}

/// What formats are asked for, whatever the episode is called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Writing {
    /// See `RenderSettings::timecodes`.
    pub timecodes: Option<Timecodes>,
    /// For whom subtitles are cut.
    pub subtitles: Preset,
    /// See `RenderSettings::gender`.
    pub gender: Gender,
}

impl Writing {
    /// For the episode called `name`.
    pub fn of<'a>(&self, name: &'a str) -> RenderSettings<'a> {
        RenderSettings {
            name,
            timecodes: self.timecodes,
            subtitles: self.subtitles,
            gender: self.gender,
            ..RenderSettings::default()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::show::Person;

    fn model(name: &str) -> ModelUsed {
        ModelUsed { name: name.to_owned(), sha256: "5eed".to_owned() }
    }

    #[test]
    fn keys_are_the_same_for_ever() {
        let models = ModelSet {
            language: "fr".to_owned(),
            prompt: String::new(),
            hotword_strength: 4.0,
            prefers_hotwords: true,
            recogniser: model("base-int8"),
            segmentation: Some(model("segmentation-3.0")),
            embedding: Some(model("campplus")),
        };
        let mut settings = EpisodeSettings::podcast("scratch".into());
        settings.show.title = "Le bureau des idées".to_owned();
        settings.show.people = vec![Person { name: "Aïcha Le Goff".to_owned(), role: None }];
        settings.initial_prompt = "Aïcha Le Goff".to_owned();
        let mut gallery = crate::speakers::voices::Gallery::new("5eed");
        let voice = Embedding::new(vec![0.6, -0.8]).unwrap();
        gallery.enroll("Aïcha Le Goff", voice, Time::from_millis(60_000), "a0");
        settings.gallery = Some(gallery);
        let mut writing = Writing {
            timecodes: Some(Timecodes::Turns),
            subtitles: Preset::Web,
            gender: Gender::Inclusive,
        };
        let keys = models.stages(&settings, &writing);
        // Another digest here means that every archive there is will be listened to, recognised
        // or written again. Where that is meant, raise the revision; where not, undo it.
        let pinned = StageKeys {
            listening: "5d0071d312e3b2df6cb56fcaea019759d461ae7a2d73c8db3350ec5f38f4a641"
                .to_owned(),
            words: "2d05acbc5610eede3bb026de39dfed9598955a2def5171ec5a32b8c7b3f8cb40".to_owned(),
            text: "a0fe3c995ef2d2bba88c0bab70ccdf51f587fc1d05130069d96263da64acdd67".to_owned(),
        };
        assert_eq!(keys, pinned);
        writing.gender = Gender::Masculine;
        let masculine = models.stages(&settings, &writing);
        assert!(masculine.words == keys.words && masculine.text != keys.text);
        writing.gender = Gender::Inclusive;
        settings.part = Some(Part { start: Time::from_millis(1), end: None });
        let part = models.stages(&settings, &writing);
        settings.part = Some(Part { start: Time::default(), end: Some(Time::from_millis(1)) });
        let other = models.stages(&settings, &writing);
        for [one, two] in [[&keys, &part], [&keys, &other], [&part, &other]] {
            assert!(one.listening != two.listening && one.words != two.words);
        }
    }
}
