//! What the command line asks, as the settings of the library.

use crate::{args, known};
use std::{num::NonZeroUsize, path::Path, thread};
use voixoff::{
    archive::batch::Writing,
    base::{show::Show, transcript::Rule},
    episode::pipeline::EpisodeSettings,
    formats::{Gender, Timecodes, subtitles::Preset},
    speakers::unsure::Unsure,
    text::{PolishSettings, Verbatim},
};

/// How episodes are heard where nothing is known of them.
pub(crate) fn plain() -> EpisodeSettings {
    EpisodeSettings::podcast(std::env::temp_dir())
}

/// Windows side by side: as `hearing` asks, else one a core.
pub(crate) fn threads(hearing: &args::Hearing) -> NonZeroUsize {
    let cores = || thread::available_parallelism().unwrap_or(NonZeroUsize::MIN);
    hearing.threads.unwrap_or_else(cores)
}

/// How words become a page, as `writing` asks, with the lexicon of `show`.
pub(crate) fn polish(writing: &args::Writing, show: &Show) -> anyhow::Result<PolishSettings> {
    let mut polish = PolishSettings {
        verbatim: writing.verbatim(),
        typography: writing.typography,
        lexicon: known::lexicon(show)?,
        keep_backchannels: writing.keep_backchannels,
        plain_marks: writing.plain_marks(),
        ..PolishSettings::PAGE
    };
    let is_page = polish.are_counts_in_words() && !writing.plain_numbers;
    polish.small_numbers = writing.small_numbers || is_page;
    Ok(polish)
}

/// What formats are asked for by `writing`, whatever the episode is called.
pub(crate) fn writing(writing: &args::Writing) -> Writing {
    Writing {
        timecodes: writing.timecodes(),
        subtitles: writing.subtitles(),
        gender: match writing.inclusive {
            args::YesNo::Yes => Gender::Inclusive,
            args::YesNo::No => Gender::Masculine,
        },
    }
}

/// Each value of an option, and the setting that it is; both ways.
macro_rules! same {
    ($option:ident, $setting:ident: $($name:ident)*) => {
        impl From<args::$option> for $setting {
            fn from(option: args::$option) -> $setting {
                match option { $(args::$option::$name => $setting::$name),* }
            }
        }

        impl From<$setting> for args::$option {
            fn from(setting: $setting) -> args::$option {
                match setting { $($setting::$name => args::$option::$name),* }
            }
        }
    };
}

same!(Unsure, Unsure: Mark Guess);
same!(Verbatim, Verbatim: Full Clean Edited);
same!(Timecodes, Timecodes: None Headings Turns Paragraphs);
same!(Subtitles, Preset: Web Arcom Podcast);

impl args::Writing {
    pub(crate) fn verbatim(&self) -> Verbatim {
        self.verbatim.into()
    }

    /// The rules that set no marks.
    pub(crate) fn plain_marks(&self) -> Vec<Rule> {
        if self.plain_marks.contains(&args::PlainMark::All) {
            return Rule::OF_MARKS.to_vec();
        }
        let named = |mark: &args::PlainMark| match mark {
            args::PlainMark::Rule(rule) => Some(*rule),
            args::PlainMark::All => None,
        };
        self.plain_marks.iter().filter_map(named).collect()
    }

    pub(crate) fn timecodes(&self) -> Option<Timecodes> {
        self.timecodes.map(Into::into)
    }

    pub(crate) fn subtitles(&self) -> Preset {
        self.subtitles.into()
    }
}

/// How episodes are worked on, as `listening` asks; without the known voices, which
/// depend on the network that is loaded.
pub(crate) fn settings(listening: &args::Listening) -> anyhow::Result<EpisodeSettings> {
    let mut settings = plain();
    settings.show = known::show(listening.show.as_deref())?;
    let in_show = settings.show.speakers.map(|count| (count.min, count.max));
    settings.speakers.count = listening.speakers.or(in_show);
    Ok(settings)
}

/// `settings` with the known voices at `voices`, for the network whose digest is `model`.
pub(crate) fn knowing(
    settings: EpisodeSettings,
    voices: Option<&Path>,
    model: &str,
) -> anyhow::Result<EpisodeSettings> {
    let gallery = voices.map(|path| known::gallery(path, model)).transpose()?;
    Ok(EpisodeSettings { gallery, ..settings })
}
