//! The work on one recording, by models that are loaded once: a recogniser knows one language, and
//! makes room for one of another.

use super::{
    form::{Asked, Sound},
    queue::Job,
    reply::Reply,
    trouble::Trouble,
};
use crate::{
    args,
    engines::{self, Chosen, DiarizationEngine, Loaded},
    transcribe::{place::Place, plan::Setup},
};
use axum::http::StatusCode;
use std::{
    panic::{self, AssertUnwindSafe},
    path::Path,
    time::{Duration, Instant},
};
use voixoff::{
    archive::batch::ModelSet,
    asr::{self, Transcriber},
    base::{
        guidance::{Guided, Kind, reasons},
        progress::{Event, Observer},
        transcript::{About, Transcript},
    },
    episode::pipeline::{self, Artifacts, EpisodeError, Listening, Work, Workers},
};

/// What recordings are worked on by.
pub(super) struct Engine {
    options: args::Transcribe,
    chosen: Chosen,
    setup: Setup,
    diarization: DiarizationEngine,
    /// For the language that `options` say.
    recogniser: Box<dyn Transcriber>,
    /// Language of recordings of which nobody says another.
    language: String,
    workers: Workers,
    time: Duration,
}

impl Engine {
    /// Loads what `options` ask for; each recording is worked on for `time` at most.
    pub(super) fn load(
        options: args::Transcribe,
        model_folder: Option<&Path>,
        time: Duration,
    ) -> anyhow::Result<Engine> {
        let place = Place::of(&options)?;
        let chosen = engines::choose(&options, model_folder)?;
        chosen.models.tell();
        let setup = Setup::new(&options, place, &chosen.models)?;
        let Loaded { diarization, transcriber } = chosen.load(&options, setup.threads)?;
        let (language, recogniser) = (options.recognition.language.clone(), transcriber);
        let workers = Workers::new(setup.threads);
        Ok(Engine { options, chosen, setup, diarization, recogniser, language, workers, time })
    }

    /// What the recogniser is called.
    pub(super) fn model(&self) -> &str {
        &self.chosen.models.recogniser.name
    }

    /// Whether `job` is in the language that the recogniser is loaded for.
    pub(super) fn knows(&self, job: &Job) -> bool {
        self.language_of(job) == self.options.recognition.language
    }

    fn language_of<'a>(&'a self, job: &Job) -> &'a str {
        job.asked.language.unwrap_or(&self.language)
    }

    /// Loads the recogniser for the language of `job`, in the place of the one there is.
    pub(super) fn turn_to(&mut self, job: &Job) -> anyhow::Result<()> {
        let language = self.language_of(job).to_owned();
        let asked = args::Recognition { language, ..self.options.recognition.clone() };
        self.recogniser = self.chosen.recogniser(&asked)?;
        self.options.recognition = asked;
        Ok(())
    }

    /// The answer to `job`.
    pub(super) fn transcribe(&self, job: &Job) -> Result<Reply, Trouble> {
        // It was given up as it was taken from the queue.
        let sound = job.sound().ok_or_else(Trouble::canceled)?;
        let work = AssertUnwindSafe(|| self.transcript(job, &sound));
        let tried = panic::catch_unwind(work);
        let transcript = match tried {
            Ok(result) => result.map_err(|error| refused(&error, &sound))?,
            Err(_) => return Err(Trouble::own("the program failed in itself")),
        };
        let transcript = transcript.ok_or_else(|| {
            let message = "the work on the recording takes too long";
            Trouble::new(StatusCode::GATEWAY_TIMEOUT, Some("time_limit"), message)
        })?;
        let name = Path::new(&sound.name).file_stem().unwrap_or_default().to_string_lossy();
        Ok(Reply::new(&job.asked, &transcript, &self.setup.batch.writing.of(&name)))
    }

    /// What is said in `sound`; `None` where that takes too long.
    fn transcript(&self, job: &Job, sound: &Sound) -> Result<Option<Transcript>, EpisodeError> {
        let Asked { prompt, temperature, .. } = &job.asked;
        let setup = &self.setup;
        let prompt = if prompt.is_empty() { &setup.models.prompt } else { prompt };
        let models = ModelSet {
            language: self.options.recognition.language.clone(),
            prompt: prompt.clone(),
            ..setup.models.clone()
        };
        let mut settings = setup.episode.clone();
        settings.initial_prompt = models.initial_prompt(&settings.show, &[]);
        settings.scratch = sound.folder().to_owned();
        settings.finds_language = models.language == asr::AUTO;
        if *temperature > 0.0 {
            (settings.decoding.beam_size, settings.decoding.temperature) = (1, *temperature);
        }
        let [analysis, words] = ["heard", "words"].map(|name| sound.folder().join(name));
        let watch = Watch { job, end: Instant::now() + self.time };
        let work = Work {
            listening: Listening {
                diarizer: &*self.diarization.diarizer,
                settings: &settings,
                observer: &watch,
                cancel: &job.cancel,
            },
            transcriber: &*self.recogniser,
            workers: &self.workers,
        };
        let about = About { show: settings.show.title.clone(), ..About::default() };
        let (path, provenance) = (|| Ok(sound.path()), models.provenance(""));
        let artifacts = Artifacts { analysis, words };
        let result: Result<_, EpisodeError> =
            pipeline::transcribe(&path, &artifacts, about, provenance, &work);
        match result {
            Err(error) if error.kind() == Kind::Stopped && watch.is_late() => Ok(None),
            result => result.map(Some),
        }
    }
}

/// Why the recording `sound` has no transcript, under the name that its sender gave it.
fn refused(error: &EpisodeError, sound: &Sound) -> Trouble {
    let path = sound.path().display().to_string();
    let message = reasons(error).join(": ").replace(&path, &sound.name);
    match error.kind() {
        Kind::Stopped => Trouble::canceled(),
        Kind::Lasting => Trouble::of_field("file", message),
        Kind::Passing | Kind::Busy => Trouble::own(message),
    }
}

/// Tells a job how far it is, and stops it where that takes too long.
struct Watch<'a> {
    job: &'a Job,
    end: Instant,
}

impl Watch<'_> {
    fn is_late(&self) -> bool {
        Instant::now() >= self.end
    }
}

impl Observer for Watch<'_> {
    fn on(&self, event: Event) {
        if self.is_late() {
            self.job.cancel.request();
        }
        self.job.on(event);
    }
}
