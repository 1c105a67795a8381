//! `voixoff models recommend`: what each Whisper costs on this machine, and which one to take.
//!
//! What was measured is kept in the folder of the models. A run with `base` says once, from there or
//! by how much there is to compute, what a better model would cost.

use crate::{
    DONE, args,
    language::{self, told},
    report::advise,
    terminal,
    terminal::bars::Bar,
};
use serde::{Deserialize, Serialize};
use std::{
    fs::{self, File},
    io,
    num::NonZeroUsize,
    path::PathBuf,
    thread,
};
use voixoff::{
    asr::int8::{Speed, billions_of_products, memory_bytes},
    base::{ggml::Shape, store::write_atomic},
    models::{DEFAULT_WHISPER, Model, ModelFolder, Published, SOURCES, find, recommendable},
};

/// A night, in hours, in which all cores are at work.
const NIGHT: f64 = 10.0;

/// What a night must do where nobody says it: a model that is slower than sound plays is a burden.
pub(crate) const HOURS: f64 = 10.0;

/// What the search for who speaks takes, in parts of what `base` takes: 0.5 on `dialogue`, 0.4 on
/// `table_ronde`.
const WHO_SPEAKS: f64 = 0.5;

/// What the rest of the program takes in memory: the networks of who speaks above all.
const REST_BYTES: u64 = 150_000_000;

/// No model can have its name.
const FILE: &str = ".machine.json";

/// What is known of the machine.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default)]
struct Machine {
    speed: Option<Speed>,
    /// Whether a run with `base` has said what a better model would cost.
    is_told: bool,
}

impl Machine {
    fn path(folder: &ModelFolder) -> PathBuf {
        folder.root().join(FILE)
    }

    /// What was noted; nothing where that cannot be read: it is measured anew then.
    fn noted(folder: &ModelFolder) -> Machine {
        let json = fs::read(Machine::path(folder)).ok();
        json.and_then(|json| serde_json::from_slice(&json).ok()).unwrap_or_default()
    }

    fn note(&self, folder: &ModelFolder) -> io::Result<()> {
        fs::create_dir_all(folder.root())?;
        write_atomic(&Machine::path(folder), &serde_json::to_vec(self)?)
    }
}

/// What a model costs here.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Cost {
    /// Hours of sound that are done in a night.
    hours: f64,
    memory_bytes: u64,
}

/// `None` for a width that is none of Whisper's.
fn cost(speed: &Speed, shape: Shape) -> Option<Cost> {
    let base = find(DEFAULT_WHISPER).ok()?.published()?.shape;
    let an_hour = speed.of_an_hour(shape)? + WHO_SPEAKS * speed.of_an_hour(base)?;
    Some(Cost {
        hours: NIGHT * 3_600.0 * speed.threads.get() as f64 / an_hour,
        memory_bytes: memory_bytes(shape, speed.threads) + REST_BYTES,
    })
}

/// Measures the machine, says what each model costs on it, and which one to take.
pub(super) fn run(
    folder: &ModelFolder,
    hours: f64,
    threads: Option<NonZeroUsize>,
) -> anyhow::Result<u8> {
    let speed = measured(folder, threads)?;
    let row = |name: &str, read: &str, long: &str, hours: &str, memory: &str, download: &str| {
        terminal::line(&format!(
            "{name:<22} {read:>5} {long:>5} {hours:>13} {memory:>9} {download:>9}"
        ));
    };
    let percent = |figure: Option<f64>| figure.map_or("-".to_owned(), |x| format!("{x:.1}"));
    let number = |shown: &str| language::number(shown).into_owned();
    let listed = |model: &Model, published: Option<&Published>, shape: Shape| {
        let cost = cost(&speed, shape);
        let [read, long] = [published.and_then(|p| p.read), published.and_then(|p| p.long)];
        row(
            &model.name,
            &number(&percent(read)),
            &number(&percent(long)),
            &number(&cost.map_or("-".to_owned(), |cost| amount(cost.hours))),
            &told(&cost.map_or("-".to_owned(), |cost| gigabytes(cost.memory_bytes))),
            &told(&format!("{:.0} MB", model.bytes as f64 / 1e6)),
        );
    };
    let [name, read, long, hours_a_night, memory, download] =
        ["name", "read", "long", "hours a night", "memory", "download"].map(told);
    row(&name, &read, &long, &hours_a_night, &memory, &download);
    for (model, published) in recommendable() {
        listed(model, Some(published), published.shape);
    }
    for model in folder.added() {
        if let Ok(shape) =
            File::open(folder.path(&model)).and_then(|mut file| Shape::read(&mut file))
        {
            listed(&model, None, shape);
        }
    }
    terminal::say("");
    terminal::say(
        "read, long: words wrong of a hundred in French, as published, of sentences that are read \
         (FLEURS) and of long sound",
    );
    terminal::say(&format!("published: {SOURCES}"));
    let cores = crate::report::counted(speed.threads.get(), "core");
    terminal::say(&format!(
        "hours a night: of speech, with `-int8` and five hypotheses, in {NIGHT} hours on {cores}; a \
         form in fewer bits takes as long and as much memory"
    ));
    let needed = format!("{} of sound a night", hours_of(hours));
    match best(hours, &|shape| cost(&speed, shape), memory_there()) {
        Some(model) => terminal::say(&format!(
            "recommended: {}, which gets the fewest words wrong of those that do {needed} and fit \
             into memory; half a word in a hundred is no difference",
            model.name
        )),
        None => terminal::say(&format!("recommended: none does {needed} here")),
    }
    Ok(DONE)
}

/// The model to take here, by what was measured; it is measured if it was not.
pub(super) fn recommended(folder: &ModelFolder) -> anyhow::Result<&'static Model> {
    let speed = match Machine::noted(folder).speed {
        Some(speed) => speed,
        None => measured(folder, None)?,
    };
    best(HOURS, &|shape| cost(&speed, shape), memory_there()).ok_or_else(|| {
        advise(
            format!("no model does {} of sound a night here", hours_of(HOURS)),
            "see `voixoff models recommend`, and fetch one by its name",
        )
    })
}

/// Measures the machine, and notes what was measured.
fn measured(folder: &ModelFolder, threads: Option<NonZeroUsize>) -> anyhow::Result<Speed> {
    let cores = || thread::available_parallelism().unwrap_or(NonZeroUsize::MIN);
    let bar = Bar::of_steps(&told("measuring this machine"));
    let speed =
        Speed::measure(threads.unwrap_or_else(cores), &mut |done, total| bar.set(done, total))?;
    drop(bar);
    let machine = Machine { speed: Some(speed.clone()), ..Machine::noted(folder) };
    if let Err(error) = machine.note(folder) {
        crate::report::warning(&format!(
            "what was measured is not kept: `{}`: {error}",
            Machine::path(folder).display()
        ));
    }
    Ok(speed)
}

/// The model with the fewest words wrong of those that do so many `hours` a night by `cost`, and
/// fit into `memory`, where that is known.
fn best(
    hours: f64,
    cost: &dyn Fn(Shape) -> Option<Cost>,
    memory: Option<u64>,
) -> Option<&'static Model> {
    let does = |published: &Published| {
        cost(published.shape).is_some_and(|cost| {
            cost.hours >= hours && memory.is_none_or(|memory| cost.memory_bytes <= memory)
        })
    };
    let able = recommendable().filter(|(_, published)| does(published));
    let better = able.reduce(|best, next| if next.1.is_better_than(best.1) { next } else { best });
    better.map(|(model, _)| model)
}

/// Bytes of memory that programs can have, where the system says it.
fn memory_there() -> Option<u64> {
    let told = fs::read_to_string("/proc/meminfo").ok()?;
    let line = told.lines().find_map(|line| line.strip_prefix("MemTotal:"))?;
    let kilobytes: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    // The rest is the system's.
    Some(kilobytes * 1024 / 4 * 3)
}

/// Says once for a folder of models what one better than `base` would cost here, and what can be
/// done about it.
pub(crate) fn tell_once(folder: &ModelFolder, model: &str, options: &args::Hearing) {
    let is_quiet = matches!(options.progress, Some(args::Progress::None | args::Progress::Json));
    if !is_quiet && model == DEFAULT_WHISPER {
        untold(folder).iter().for_each(|line| terminal::remark(line));
    }
}

/// What is to be told of `folder`, which from then on counts as told.
fn untold(folder: &ModelFolder) -> Option<String> {
    let machine = Machine::noted(folder);
    let line = offer(machine.speed.as_ref(), memory_there()).filter(|_| !machine.is_told)?;
    // Where it cannot be noted it would be said by each run.
    Machine { is_told: true, ..machine }.note(folder).ok()?;
    Some(line)
}

/// What a better model than `base` would cost, by the measured `speed` or by how much there is to
/// compute; `None` where there is none for this machine.
fn offer(speed: Option<&Speed>, memory: Option<u64>) -> Option<String> {
    let published = |model: &'static Model| model.published();
    let base = published(find(DEFAULT_WHISPER).ok()?)?;
    let (better, times, advice) = match speed {
        Some(speed) => {
            let better = best(HOURS, &|shape| cost(speed, shape), memory)?;
            let found = published(better)?;
            let [of_base, of_better] = [base.shape, found.shape].map(|shape| cost(speed, shape));
            let times = of_base?.hours / of_better?.hours;
            (found, times, "`voixoff models fetch --recommended` brings it")
        }
        None => {
            let small = published(find("small").ok()?)?;
            let [of_base, of_small] = [base.shape, small.shape].map(billions_of_products);
            let advice = "`voixoff models recommend` measures what this machine can do";
            (small, of_small / of_base, advice)
        }
    };
    if !better.is_better_than(base) {
        return None;
    }
    let fewer = match (base.long, better.long) {
        (Some(base), Some(better)) => {
            format!("{better:.0} of a hundred words wrong in the place of {base:.0}")
        }
        _ => "far fewer words wrong".to_owned(),
    };
    Some(format!(
        "`{}` would get {fewer} for about {} times the time; {advice}",
        better.name,
        amount(times),
    ))
}

fn hours_of(hours: f64) -> String {
    format!("{} hours", amount(hours))
}

/// Two digits that count, no more.
fn amount(number: f64) -> String {
    match number {
        ..10.0 => format!("{number:.1}").trim_end_matches(".0").to_owned(),
        _ => format!("{number:.0}"),
    }
}

fn gigabytes(bytes: u64) -> String {
    format!("{:.1} GB", bytes as f64 / 1e9)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A machine on which a layer of the largest models takes so many milliseconds.
    fn speed(milliseconds: f64) -> Speed {
        let size = |n_heads: u32| {
            let layer = milliseconds / 1e3 * f64::from(n_heads * n_heads) / 400.0;
            serde_json::json!({
                "n_heads": n_heads, "encoder_layer": layer, "decoder_layer": layer / 4.0,
                "decoder_layer_step": layer / 100.0, "rest": layer, "rest_step": layer / 20.0,
            })
        };
        let sizes = [6, 8, 12, 16, 20].map(size);
        serde_json::from_value(serde_json::json!({ "threads": 4, "sizes": sizes })).unwrap()
    }

    fn name(milliseconds: f64, hours: f64, memory: Option<u64>) -> Option<&'static str> {
        let speed = speed(milliseconds);
        best(hours, &|shape| cost(&speed, shape), memory).map(|model| model.name.as_str())
    }

    #[test]
    fn the_best_that_the_night_allows_is_recommended() {
        assert_eq!(name(100.0, 10.0, None), Some("large-v3-turbo"), "large-v3 is hardly better");
        assert_eq!(name(3_000.0, 10.0, None), Some("small"));
        assert_eq!(name(100_000.0, 10.0, None), None);
        assert_eq!(name(100_000.0, 0.01, None), Some("large-v3-turbo"));
        assert_eq!(name(100.0, 10.0, Some(1_700_000_000)), Some("base"), "that fits into memory");
    }

    #[test]
    fn a_better_model_is_offered_once_for_a_folder() {
        let root = tempfile::tempdir().unwrap();
        let folder = ModelFolder::new(root.path().join("models"));
        let line = untold(&folder).unwrap();
        assert!(line.starts_with("`small` would get 13 of a hundred words wrong"), "{line}");
        assert!(line.contains("in the place of 19 for about 3"), "{line}");
        assert_eq!(untold(&folder), None);
    }

    #[test]
    fn what_was_measured_says_which_one_is_offered() {
        let line = offer(Some(&speed(100.0)), None).unwrap();
        assert!(line.starts_with("`large-v3-turbo` would get far fewer words wrong"), "{line}");
        assert!(line.ends_with("`voixoff models fetch --recommended` brings it"), "{line}");
        assert_eq!(offer(Some(&speed(6_000.0)), None), None, "nothing better is quick enough");
        let root = tempfile::tempdir().unwrap();
        let folder = ModelFolder::new(root.path());
        let machine = Machine { speed: Some(speed(100.0)), is_told: false };
        machine.note(&folder).unwrap();
        assert_eq!(untold(&folder).as_ref(), Some(&line));
        assert!(Machine::noted(&folder).speed.is_some(), "what was measured is kept");
        assert!(folder.added().is_empty(), "the note is no model");
    }
}
