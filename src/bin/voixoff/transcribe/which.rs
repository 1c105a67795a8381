//! Which of the episodes that were found are asked for; and what is said where none is.

use crate::{args, report};
use std::{ffi::OsString, fs};
use voixoff::{
    archive::sources::{Item, Origin, SOUND},
    base::digest::digest,
    base::transcript::Date,
};

/// Sources that a message names at most.
const NAMED: usize = 3;

/// Why there is nothing to do.
pub(crate) struct Nothing {
    pub(crate) reason: String,
    pub(crate) hint: String,
    /// A part of few episodes may well be empty; all else is a slip.
    pub(crate) is_failure: bool,
}

impl Nothing {
    /// Why no text is laid on sound, where `n_items` have a page and `n_without` have none.
    pub(super) fn without_pages(n_items: usize, n_without: usize) -> Option<Nothing> {
        let without = report::counted(n_without, "episode");
        let (reason, hint) = match (n_items, n_without) {
            (_, 0) => return None,
            (0, _) => (
                format!("no page was found of {without}"),
                "a page is called as its sound, beside it or in the folder of `--pages DIR`; \
                 or name both: `voixoff align PAGE SOUND`",
            ),
            _ => (format!("{without} without a page: left alone"), ""),
        };
        Some(Nothing { reason, hint: hint.to_owned(), is_failure: n_items == 0 })
    }
}

/// Leaves those of `items` that `options` ask for. Why that is none, if it is.
pub(super) fn choose(items: &mut Vec<Item>, options: &args::Transcribe) -> Option<Nothing> {
    let filters = filters(&options.which);
    let is_asked_for = |item: &Item| filters.iter().all(|(_, takes)| takes(item));
    let places = places(&options.sources);
    if items.is_empty() {
        return Some(Nothing {
            reason: format!("no episode was found in {places}"),
            hint: format!(
                "in folders, files are looked for that end in {}; one of another name can be given by itself",
                SOUND.join(", ")
            ),
            is_failure: true,
        });
    }
    if items.iter().any(is_asked_for) {
        items.retain(is_asked_for);
        return None;
    }
    let leaves = |(name, takes): &(String, Filter<'_>)| {
        format!("`{name}` leaves {}", items.iter().filter(|item| takes(item)).count())
    };
    let leaves: Vec<String> = filters.iter().map(leaves).collect();
    let (n, example) = (items.len(), items[0].name());
    let newest = items.iter().filter_map(day).max().map(Date::iso);
    let newest = newest.map(|day| format!("; the newest is of {day}")).unwrap_or_default();
    items.clear();
    Some(Nothing {
        reason: format!(
            "no episode is asked for of the {n} found in {places}: {}",
            leaves.join(", ")
        ),
        hint: format!("one of them is called `{example}`{newest}"),
        is_failure: options.which.only.is_some()
            || !options.which.exclude.is_empty()
            || options.which.since.is_some(),
    })
}

type Filter<'a> = Box<dyn Fn(&Item) -> bool + 'a>;

/// What narrows the choice, each as it was typed.
fn filters(which: &args::Which) -> Vec<(String, Filter<'_>)> {
    let mut filters: Vec<(String, Filter<'_>)> = Vec::new();
    if let Some(part) = &which.only {
        let small = part.to_lowercase();
        let takes = move |item: &Item| item.name().to_lowercase().contains(&small);
        filters.push((format!("--only {part}"), Box::new(takes)));
    }
    for part in &which.exclude {
        let small = part.to_lowercase();
        let takes = move |item: &Item| !item.name().to_lowercase().contains(&small);
        filters.push((format!("--exclude {part}"), Box::new(takes)));
    }
    if let Some(since) = which.since {
        let takes = move |item: &Item| day(item).is_none_or(|day| day >= since);
        filters.push((format!("--since {}", since.iso()), Box::new(takes)));
    }
    if let Some((part, n_parts)) = which.shard {
        let takes = move |item: &Item| number(item) % n_parts == part;
        filters.push((format!("--shard {part}/{n_parts}"), Box::new(takes)));
    }
    filters
}

/// A number of an episode that is the same on every machine.
fn number(item: &Item) -> u64 {
    let id = match &item.origin {
        Origin::Enclosure { guid, .. } => guid.clone(),
        Origin::File(_) | Origin::Object { .. } => item.place(),
    };
    u64::from_str_radix(&digest(id.as_bytes())[..15], 16).unwrap_or_default()
}

/// When an episode was published, or its file last changed.
fn day(item: &Item) -> Option<Date> {
    let modified = match &item.origin {
        Origin::Enclosure { .. } => return item.about.date,
        Origin::File(path) => fs::metadata(path).ok()?.modified().ok()?,
        Origin::Object { modified, .. } => *modified,
    };
    Date::parse_iso(&super::log::utc(modified).format("%Y-%m-%d").to_string())
}

fn places(sources: &[OsString]) -> String {
    let named = sources.iter().take(NAMED).map(|source| format!("`{}`", source.to_string_lossy()));
    let named = named.collect::<Vec<_>>().join(", ");
    match sources.len().saturating_sub(NAMED) {
        0 => named,
        n => format!("{named} and {n} more"),
    }
}
