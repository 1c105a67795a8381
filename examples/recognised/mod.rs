//! Recordings recognised as the program does it, for the examples that models are fitted with.

use anyhow::{Context, bail};
use std::{fs, num::NonZeroUsize, path::Path};
use voixoff::{
    asr::{Transcriber, int8::Int8, whisper::Whisper},
    base::{
        progress::{Cancel, Silent},
        transcript::{About, Provenance, Rule, Transcript},
    },
    episode::pipeline::{self, Artifacts, EpisodeError, EpisodeSettings, Listening, Work, Workers},
    formats::read,
    models::{ModelFolder, find},
    speakers::diarize::{
        embedding::Embedder, neural::NeuralDiarizer, segmentation::SegmentationSettings,
        segmenter::Segmenter, vad::VadSettings,
    },
};

/// What recognises, and tells voices apart.
pub(crate) struct Networks {
    transcriber: Box<dyn Transcriber>,
    diarizer: NeuralDiarizer,
}

impl Networks {
    /// Those in the folder `models`, with `base` in it; `engine` is `int8` or `whisper-cpp`.
    pub(crate) fn load(engine: &str, models: &str) -> anyhow::Result<Networks> {
        let folder = ModelFolder::new(models);
        let path =
            |name: &str| -> anyhow::Result<_> { Ok(folder.ready(find(name)?, &mut |_, _| ())?) };
        let heads = find("base")?.alignment_heads.as_deref();
        let transcriber: Box<dyn Transcriber> = match engine {
            "int8" => Box::new(Int8::load(&path("base")?, "fr", heads)?),
            "whisper-cpp" => Box::new(Whisper::load(&path("base")?, "fr", heads)?),
            _ => bail!("`{engine}` is no engine: int8, whisper-cpp"),
        };
        let diarizer = NeuralDiarizer {
            segmenter: Segmenter::load(&path("segmentation")?)?,
            embedder: Some(Embedder::load(&path("embedding")?)?),
            segmentation: SegmentationSettings::PODCAST,
            vad: VadSettings::PODCAST,
            threads: NonZeroUsize::MIN,
        };
        Ok(Networks { transcriber, diarizer })
    }

    /// Each sound of `pairs` of paths, a sound and its reference: its name, the reference, and what was heard.
    pub(crate) fn each(
        &self,
        pairs: &[String],
        mut told: impl FnMut(&str, &Transcript, Transcript),
    ) -> anyhow::Result<()> {
        for pair in pairs.chunks(2) {
            let [sound, reference] = pair else { bail!("`{}` has no reference", pair[0]) };
            let heard = self.transcribed(Path::new(sound)).with_context(|| sound.clone())?;
            let bytes = fs::read(reference).with_context(|| reference.clone())?;
            let name = Path::new(sound).file_stem().context("a sound has a name")?;
            told(&name.to_string_lossy(), &read(&bytes, reference)?, heard);
        }
        Ok(())
    }

    /// The transcript of `sound`, as it was heard.
    fn transcribed(&self, sound: &Path) -> anyhow::Result<Transcript> {
        let scratch = tempfile::tempdir()?;
        let artifacts = Artifacts {
            analysis: scratch.path().join("heard"),
            words: scratch.path().join("words"),
        };
        let mut settings = EpisodeSettings::podcast(scratch.path().to_owned());
        // The marks are the recogniser's, and what the second reading says of them is not spent.
        settings.polish.plain_marks = Rule::OF_MARKS.to_vec();
        let provenance = Provenance { language: "fr".to_owned(), ..Provenance::default() };
        let work = Work {
            listening: Listening {
                diarizer: &self.diarizer,
                settings: &settings,
                observer: &Silent,
                cancel: &Cancel::default(),
            },
            transcriber: &*self.transcriber,
            workers: &Workers::new(NonZeroUsize::MIN),
        };
        let sound = || Ok::<_, EpisodeError>(sound.to_owned());
        Ok(pipeline::transcribe(&sound, &artifacts, About::default(), provenance, &work)?)
    }
}
