//! Keys as version 0.1.0 made them, so that its archives are known again.
//!
//! They were digests of the text that `Debug` gave the settings of that day. The types here stand
//! for those: names, fields and order are what they were, and nothing else may be in them. A
//! show with a lexicon is not known again: its texts are written anew, from the words kept.

use super::keys::{self, ModelSet};
use crate::{
    base::{
        digest::digest,
        show::{self, Person, SpeakerCount, Term},
        speech::Embedding,
        time, transcript,
    },
    episode::{outputs::StageKeys, pipeline::EpisodeSettings},
    formats::{Gender, Timecodes, subtitles::Preset},
    speakers::voices,
    text::{self, lexicon::Lexicon, paragraphs, typography::Profile},
};

/// Keys of the stages of `settings` as 0.1.0 had them.
pub(super) fn stages(
    models: &ModelSet,
    settings: &EpisodeSettings,
    writing: &keys::Writing,
) -> StageKeys {
    let listening = listening(models);
    let EpisodeSettings { initial_prompt, decoding, windows, speakers, merge, .. } = settings;
    let recogniser = ModelUsed::of(&models.recogniser);
    let search = Search { beams: decoding.beam_size, temperature: decoding.temperature };
    let windows = WindowSettings {
        longest: Time::of(windows.longest),
        margin: Time::of(windows.margin),
        pause: Time::of(windows.pause),
    };
    let language = &models.language;
    let words = of(&format!(
        "{listening} 10 {language:?} {initial_prompt:?} {recogniser:?} {search:?} {windows:?}"
    ));
    let speakers = SpeakerSettings {
        threshold: speakers.threshold,
        training: speakers.min_seed_s,
        // Three that it had other values of, or alone had: its texts stand, whoever would speak.
        same: 0.60,
        shortest: speakers.min_speaker_s,
        margin: 0.10,
        near: 0.36,
        pause: Time::of(speakers.pause),
        count: speakers.count,
    };
    let merge = MergeSettings {
        after_sentence: merge.after_sentence,
        after_clause: merge.after_clause,
        within: merge.within,
        short_pause: Time::of(merge.short_pause),
        long_pause: Time::of(merge.long_pause),
        reach: Time::of(merge.reach),
    };
    let segments = SegmentSettings {
        pause: Time::of(settings.segments.pause),
        longest: Time::of(settings.segments.longest),
    };
    let EpisodeSettings { show, gallery, polish, .. } = settings;
    let polish = PolishSettings::of(polish);
    let gallery = gallery.as_ref().map(Gallery::of);
    let show = Show::of(show);
    let is_inclusive = writing.gender == Gender::Inclusive;
    let writing = Writing::of(writing);
    let text = match is_inclusive {
        true => of(&format!(
            "{words} {speakers:?} {merge:?} {segments:?} {show:?} {gallery:?} {polish:?} {writing:?}"
        )),
        // It had none of these.
        false => String::new(),
    };
    StageKeys { listening, words, text }
}

/// The key of listening as 0.1.0 had it.
pub(super) fn listening(models: &ModelSet) -> String {
    let segmentation = models.segmentation.as_ref().map(ModelUsed::of);
    let embedding = models.embedding.as_ref().map(ModelUsed::of);
    of(&format!("9 {segmentation:?} {embedding:?}"))
}

fn of(text: &str) -> String {
    digest(text.as_bytes())
}

#[derive(Debug)]
#[expect(dead_code, reason = "what `Debug` prints of them is what they are for")]
struct Time {
    samples: u64,
}

impl Time {
    fn of(time: time::Time) -> Time {
        Time { samples: time.samples() }
    }
}

#[derive(Debug)]
#[expect(dead_code, reason = "see `Time`")]
struct Show<'a> {
    title: &'a str,
    speakers: Option<SpeakerCount>,
    boilerplate: &'a [String],
    lexicon: &'a [Term],
    people: &'a [Person],
}

impl Show<'_> {
    fn of(show: &show::Show) -> Show<'_> {
        let show::Show { title, speakers, boilerplate, lexicon, people, .. } = show;
        Show { title, speakers: *speakers, boilerplate, lexicon, people }
    }
}

#[derive(Debug)]
#[expect(dead_code, reason = "see `Time`")]
struct Gallery<'a> {
    model: &'a str,
    people: Vec<Known<'a>>,
}

#[derive(Debug)]
#[expect(dead_code, reason = "see `Time`")]
struct Known<'a> {
    name: &'a str,
    embedding: &'a Embedding,
    heard: Time,
    from: &'a [String],
}

impl Gallery<'_> {
    fn of(gallery: &voices::Gallery) -> Gallery<'_> {
        Gallery { model: &gallery.model, people: gallery.people.iter().map(Known::of).collect() }
    }
}

impl Known<'_> {
    fn of(known: &voices::Known) -> Known<'_> {
        Known {
            name: &known.name,
            embedding: &known.embedding,
            heard: Time::of(known.speech),
            from: &known.from,
        }
    }
}

#[derive(Debug)]
#[expect(dead_code, reason = "see `Time`")]
struct PolishSettings<'a> {
    verbatim: text::Verbatim,
    typography: Profile,
    lexicon: &'a Lexicon,
    keep_backchannels: bool,
    full_hours: bool,
    small_numbers: bool,
    paragraphs: ParagraphSettings,
}

impl PolishSettings<'_> {
    fn of(polish: &text::PolishSettings) -> PolishSettings<'_> {
        PolishSettings {
            verbatim: polish.verbatim,
            typography: polish.typography,
            lexicon: &polish.lexicon,
            keep_backchannels: polish.keep_backchannels,
            full_hours: polish.full_hours,
            // There was no choice that a page made by itself.
            small_numbers: polish.adds_small_numbers(),
            paragraphs: ParagraphSettings::of(&polish.paragraphs),
        }
    }
}

#[derive(Debug)]
#[expect(dead_code, reason = "see `Time`")]
struct ParagraphSettings {
    pause_weight: f32,
    pause: Time,
    cue_weight: f32,
    question_weight: f32,
    question_words: usize,
    cohesion_weight: f32,
    cohesion_sentences: usize,
    line_min_words: usize,
    line_usual_words: usize,
    line_max_words: usize,
    line_longest_words: usize,
    line_score: f32,
    block_min_words: usize,
    block_max_words: usize,
    block_score: f32,
    aside_words: usize,
    aside_pause: Time,
}

impl ParagraphSettings {
    fn of(paragraphs: &paragraphs::ParagraphSettings) -> ParagraphSettings {
        ParagraphSettings {
            pause_weight: paragraphs.pause_weight,
            // Pauses were long by themselves, whoever made them.
            pause: Time::of(time::Time::from_millis(1_200)),
            cue_weight: paragraphs.cue_weight,
            question_weight: paragraphs.question_weight,
            question_words: paragraphs.question_words,
            cohesion_weight: paragraphs.cohesion_weight,
            cohesion_sentences: paragraphs.cohesion_sentences,
            line_min_words: paragraphs.line_min_words,
            line_usual_words: paragraphs.line_usual_words,
            line_max_words: paragraphs.line_max_words,
            line_longest_words: paragraphs.line_longest_words,
            line_score: paragraphs.line_score,
            block_min_words: paragraphs.block_min_words,
            block_max_words: paragraphs.block_max_words,
            block_score: paragraphs.block_score,
            aside_words: paragraphs.aside_words,
            aside_pause: Time::of(time::Time::from_millis(800)),
        }
    }
}

#[derive(Debug)]
#[expect(dead_code, reason = "see `Time`")]
struct Writing {
    timecodes: Option<Timecodes>,
    subtitles: Preset,
}

impl Writing {
    fn of(writing: &keys::Writing) -> Writing {
        Writing { timecodes: writing.timecodes, subtitles: writing.subtitles }
    }
}

#[derive(Debug)]
#[expect(dead_code, reason = "see `Time`")]
struct ModelUsed<'a> {
    name: &'a str,
    sha256: &'a str,
}

impl ModelUsed<'_> {
    fn of(model: &transcript::ModelUsed) -> ModelUsed<'_> {
        ModelUsed { name: &model.name, sha256: &model.sha256 }
    }
}

#[derive(Debug)]
#[expect(dead_code, reason = "see `Time`")]
struct Search {
    beams: u8,
    temperature: f32,
}

#[derive(Debug)]
#[expect(dead_code, reason = "see `Time`")]
struct WindowSettings {
    longest: Time,
    margin: Time,
    pause: Time,
}

#[derive(Debug)]
#[expect(dead_code, reason = "see `Time`")]
struct SpeakerSettings {
    threshold: f32,
    training: f64,
    same: f32,
    shortest: f64,
    margin: f32,
    near: f32,
    pause: Time,
    count: Option<(u16, u16)>,
}

#[derive(Debug)]
#[expect(dead_code, reason = "see `Time`")]
struct MergeSettings {
    after_sentence: f32,
    after_clause: f32,
    within: f32,
    short_pause: Time,
    long_pause: Time,
    reach: Time,
}

#[derive(Debug)]
#[expect(dead_code, reason = "see `Time`")]
struct SegmentSettings {
    pause: Time,
    longest: Time,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn how_texts_are_written_is_printed_as_it_was() {
        let writing =
            keys::Writing { timecodes: None, subtitles: Preset::Web, gender: Gender::Inclusive };
        let expected = "Writing { timecodes: None, subtitles: Web }";
        assert_eq!(format!("{:?}", Writing::of(&writing)), expected);
    }

    #[test]
    fn known_voices_are_printed_as_they_were() {
        let voice = Embedding::new(vec![1.0, 0.0]).expect("a vector");
        let mut gallery = voices::Gallery::new("5eed");
        gallery.enroll("Aïcha Le Goff", voice, time::Time::from_millis(60_000), "a0");
        let expected = "Some(Gallery { model: \"5eed\", people: [Known { name: \"Aïcha Le Goff\", \
                        embedding: Embedding { values: [1.0, 0.0] }, heard: Time { samples: 960000 }, \
                        from: [\"a0\"] }] })";
        assert_eq!(format!("{:?}", Some(Gallery::of(&gallery))), expected);
    }
}
