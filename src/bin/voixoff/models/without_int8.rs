//! What stands for `recommend` in a build without the engine that it measures.

use crate::{args, report::advise};
use std::num::NonZeroUsize;
use voixoff::models::{Model, ModelFolder};

pub(crate) const HOURS: f64 = 10.0;

pub(super) fn run(_: &ModelFolder, _: f64, _: Option<NonZeroUsize>) -> anyhow::Result<u8> {
    Err(absent())
}

pub(super) fn recommended(_: &ModelFolder) -> anyhow::Result<&'static Model> {
    Err(absent())
}

pub(crate) fn tell_once(_: &ModelFolder, _: &str, _: &args::Hearing) {}

fn absent() -> anyhow::Error {
    advise(
        "this build has no engine of 8 bits, which is what is measured",
        "build it with the feature `int8`, which is on by default",
    )
}
