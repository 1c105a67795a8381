//! What a run would do: the episodes, and where each stands. No sound is read, and no engine
//! is loaded.

use super::{
    place::Place,
    which::{self, Nothing},
};
use crate::{
    args,
    engines::Models,
    known,
    report::advise,
    settings::{knowing, polish, settings, threads, writing},
};
use std::{num::NonZeroUsize, path::PathBuf};
use voixoff::{
    archive::{
        batch::{Batch, BatchSettings, ModelSet, Moved, Standing},
        mirror::{Mirror, MirrorError},
        sources::{FindSettings, Item, Pages, Problem, find},
    },
    asr,
    base::progress::Cancel,
    episode::{
        outputs::Changed,
        pipeline::{EpisodeSettings, Part},
    },
    net::{bucket::Address, feed::FeedSettings},
};

/// What a run works by.
pub(crate) struct Setup {
    pub(crate) batch: BatchSettings,
    pub(crate) episode: EpisodeSettings,
    pub(crate) models: ModelSet,
    pub(crate) threads: NonZeroUsize,
    pub(crate) place: Place,
}

/// The episodes of a run, and where they stand.
pub(crate) struct Plan {
    pub(crate) items: Vec<Item>,
    /// That of each.
    pub(crate) standings: Vec<Standing>,
    pub(crate) problems: Vec<Problem>,
    /// Why there is none.
    pub(crate) nothing: Option<Nothing>,
}

impl Setup {
    /// What `options` ask for, by `chosen` models.
    pub(crate) fn new(
        options: &args::Transcribe,
        place: Place,
        chosen: &Models,
    ) -> anyhow::Result<Setup> {
        let mut episode = settings(&options.listening)?;
        episode.show.hotwords.extend(known::hotwords(options.recognition.hotwords.as_deref())?);
        episode.polish = polish(&options.writing, &episode.show)?;
        episode.first_names = options.recognition.first_names;
        episode.unsure = options.recognition.unsure.into();
        episode.decoding.beam_size = options.recognition.beam_size;
        episode.finds_language = options.recognition.language == asr::AUTO;
        episode.part = part(options)?;
        let threads = threads(&options.listening.hearing);
        let models = ModelSet {
            language: options.recognition.language.clone(),
            prompt: options.recognition.prompt.clone(),
            hotword_strength: options.recognition.hotword_strength,
            prefers_hotwords: chosen.prefer_hotwords(),
            recogniser: chosen.recogniser.clone(),
            segmentation: chosen.segmentation.clone(),
            embedding: chosen.embedding.clone(),
        };
        episode.initial_prompt = models.initial_prompt(&episode.show, &[]);
        episode.hotwords = models.hotwords(&episode.show, &[]);
        let episode =
            knowing(episode, options.listening.voices.as_deref(), chosen.embedding_model())?;
        let jobs = || NonZeroUsize::new(threads.get().div_ceil(8).max(2).min(threads.get()));
        let batch = BatchSettings {
            formats: options.format.clone(),
            writing: writing(&options.writing),
            force: options.force,
            retry_failed: options.which.retry_failed,
            keep_audio: options.keep_audio,
            jobs: options.which.jobs.or_else(jobs).unwrap_or(NonZeroUsize::MIN),
            limit: options.which.limit,
            time: options.which.time,
            token: String::new(),
            crashed: None,
            out: place.folder.clone(),
        };
        Ok(Setup { batch, episode, models, threads, place })
    }

    /// What stands for the archive, where that is in a bucket.
    pub(crate) fn mirror(&self) -> Result<Option<Mirror<'_>>, MirrorError> {
        let Place { buckets, archive, folder } = &self.place;
        let open = |(archive, folder): (&Address, &PathBuf)| {
            Mirror::open(buckets, archive.clone(), folder)
        };
        archive.as_ref().zip(folder.as_ref()).map(open).transpose()
    }

    /// What works by it.
    pub(crate) fn batch<'a>(
        &'a self,
        mirror: Option<&'a Mirror<'a>>,
        cancel: &'a Cancel,
    ) -> Batch<'a> {
        Batch {
            settings: &self.batch,
            episode: &self.episode,
            models: &self.models,
            buckets: &self.place.buckets,
            mirror,
            cancel,
            moved: Moved::default(),
        }
    }
}

/// What of each episode `options` ask for.
fn part(options: &args::Transcribe) -> anyhow::Result<Option<Part>> {
    let (start, end) = (options.start.unwrap_or_default(), options.end);
    if end.is_some_and(|end| end <= start) {
        return Err(advise("`--end` is not behind `--start`", "times are those of the episode"));
    }
    Ok((options.start.is_some() || end.is_some()).then_some(Part { start, end }))
}

impl Plan {
    /// The episodes that `options` name, of those that have one of `pages` if any are given, and
    /// where they stand; feeds are asked if `online`.
    pub(crate) fn of(
        options: &args::Transcribe,
        pages: Option<&Pages>,
        place: &Place,
        batch: &Batch<'_>,
        online: bool,
    ) -> Plan {
        let settings = FindSettings {
            out: place.folder.clone(),
            feed: online.then_some(FeedSettings::PODCAST),
            buckets: &place.buckets,
            formats: &options.format,
            name: options.name.as_deref(),
            archive: place.archive.clone(),
        };
        let mut found = find(&options.sources, &settings);
        let mut nothing = which::choose(&mut found.items, options);
        if let Some(pages) = pages {
            let n_without = pages.attach(&mut found.items);
            nothing = nothing.or_else(|| Nothing::without_pages(found.items.len(), n_without));
        }
        // What stood in the way says it better.
        let nothing = nothing.filter(|_| found.problems.is_empty());
        let stands = |item: &mut Item| {
            let standing = batch.standing(item);
            if matches!(standing, Standing::Open(_)) {
                batch.measure(item);
            }
            standing
        };
        let standings: Vec<_> = found.items.iter_mut().map(stands).collect();
        Plan { items: found.items, standings, problems: found.problems, nothing }
    }

    /// Whether the sound of any episode is where it was looked for.
    pub(crate) fn has_sound(&self) -> bool {
        self.items.iter().any(|item| item.source().is_some())
    }

    /// Files that are up to date and yet not as a pass left them.
    pub(crate) fn changed(&self) -> impl Iterator<Item = &Changed> {
        self.standings.iter().flat_map(|standing| match standing {
            Standing::Done { changed } => changed.as_slice(),
            Standing::Failed(_) | Standing::Open(_) => &[],
        })
    }

    /// Each episode, and where it stands.
    pub(crate) fn all(&self) -> impl Iterator<Item = (&Item, &Standing)> {
        self.items.iter().zip(&self.standings)
    }

    /// Episodes that are to be worked on.
    pub(crate) fn open(&self) -> Vec<&Item> {
        let is_open = |(_, standing): &(&Item, &Standing)| matches!(standing, Standing::Open(_));
        self.all().filter(is_open).map(|(item, _)| item).collect()
    }
}
