//! Long transcripts of many people, and archives of many episodes: nothing takes time for each
//! pair of anything.

use crate::batch::Desk;
use std::{
    fs::{self, File},
    process::Command,
    thread,
    time::{Duration, Instant},
};
use voixoff::{
    base::{
        speech::{SpeakerId, Turn, Word},
        time::{Span, Time},
        transcript::{Opening, Segment, SegmentLanguage, Speaker, Transcript},
    },
    formats::{self, Format, RenderSettings},
};

/// What each format may take here, written and read. It takes a hundredth of that, and where
/// each person was compared with each segment, or each screen with each line, it took more.
const AT_MOST: Duration = Duration::from_secs(60);

#[test]
fn nine_hundred_people_are_no_burden_to_any_format() {
    check(&transcript(30_000, 900, 1));
}

#[test]
fn a_turn_without_an_end_is_no_burden_to_any_format() {
    check(&transcript(30_000, 1, 12));
}

#[track_caller]
fn check(transcript: &Transcript) {
    for format in Format::ALL {
        let begun = Instant::now();
        let settings = RenderSettings { name: "long", ..RenderSettings::default() };
        let bytes = format.render(transcript, &settings);
        let name = format!("long.{}", format.extension());
        let read = formats::read(&bytes, &name).expect("what was written is read");
        assert!(
            !read.speakers.is_empty() || [Format::Ctm, Format::Tsv].contains(&format),
            "{format:?} has lost who speaks"
        );
        assert!(begun.elapsed() < AT_MOST, "{format:?} takes {:?}", begun.elapsed());
    }
}

#[test]
#[ignore = "takes a core for a minute, and its bound is that of a release build"]
fn half_a_million_words_take_seconds_in_each_format() {
    let transcript = transcript(500_000, 900, 12);
    println!("{:<14} {:>6} {:>10} {:>9}", "format", "MB", "written, s", "read, s");
    for format in Format::ALL {
        let settings = RenderSettings { name: "long", ..RenderSettings::default() };
        let (bytes, written) = timed(|| format.render(&transcript, &settings));
        let name = format!("long.{}", format.extension());
        let (read, took) = timed(|| formats::read(&bytes, &name).expect("it is read"));
        let mb = bytes.len() as f64 / 1e6;
        println!("{:<14} {mb:>6.1} {written:>10.2} {took:>9.2}", format.name());
        assert!(!read.segments.is_empty() || !read.turns.is_empty(), "{format:?}");
        assert!(written < SECONDS_MAX && took < SECONDS_MAX, "{format:?}");
    }
}

/// Seconds of a core that each format may take of half a million words, written and read.
const SECONDS_MAX: f64 = 10.0;

/// What `work` gives, and the seconds of a core that it took.
fn timed<T>(work: impl FnOnce() -> T) -> (T, f64) {
    let on_core = || {
        let spent = fs::read_to_string("/proc/thread-self/schedstat").expect("Linux");
        let spent = spent.split(' ').next().and_then(|spent| spent.parse::<f64>().ok());
        spent.expect("nanoseconds") / 1e9
    };
    let before = on_core();
    let result = work();
    (result, on_core() - before)
}

#[test]
#[ignore = "takes a core for minutes, and its bounds are those of a release build"]
fn ten_thousand_finished_episodes_cost_seconds() {
    let desk = Desk::new();
    desk.sound("son/00000.wav", 600);
    let regions: Vec<[u32; 2]> = (0..20).map(|n| [n * 30_000, n * 30_000 + 28_000]).collect();
    let sentence = "Bonjour à toutes et à tous, nous parlons du logiciel libre et des communs.";
    let script = serde_json::json!({ "regions_ms": regions, "texts": vec![sentence; 40] });
    desk.script(&script.to_string());
    desk.run(&["son"], &[]).success();
    let receipt = desk.read("out/.voixoff/00000.receipt.json");
    let own = |name: &str| format!("out/.voixoff/{name}");
    for n in 1..10_000 {
        let renamed = |name: &str| name.replacen("00000", &format!("{n:05}"), 1);
        let link = |name: &str| {
            fs::hard_link(desk.path(name), desk.path(&renamed(name))).expect("linked");
        };
        link("son/00000.wav");
        ["json", "srt", "txt", "vtt"].iter().for_each(|kind| link(&format!("out/00000.{kind}")));
        desk.put(
            &own(&renamed("00000.receipt.json")),
            receipt.replace("00000", &format!("{n:05}")),
        );
    }
    println!("{:<28} {:>6} {:>6}", "", "s", "MB");
    for (words, says) in [
        ("transcribe son --out out --scripted script.json", "10000 up to date"),
        ("archive status out", "done        10000 episodes"),
        ("archive outdated out", "nothing is outdated"),
        ("archive index out", "10000 episodes"),
        ("search out communs --show x", "0 passages in 0 episodes"),
        ("search out communs", "in 10000 episodes"),
    ] {
        let (told, seconds, peak_mb) = measured(&desk, words);
        println!("{:<28} {seconds:>6.2} {peak_mb:>6}", words.split(" --").next().unwrap_or(words));
        assert!(told.contains(says), "{words}\n{:.2000}", told);
        assert!(peak_mb < 500, "{words}: {peak_mb} MB");
    }
}

/// What the program says to `words`, the seconds of a core that it took, and its peak of memory.
fn measured(desk: &Desk, words: &str) -> (String, f64, u64) {
    let before = of_children();
    let mut command = Command::new(assert_cmd::cargo::cargo_bin("voixoff"));
    command.env("VOIXOFF_LANG", "en");
    command.current_dir(desk.folder.path()).args(words.split(' '));
    let (out, err) = (desk.path("stdout"), desk.path("stderr"));
    command.stdout(File::create(&out).expect("made")).stderr(File::create(&err).expect("made"));
    let mut child = command.spawn().expect("started");
    let mut peak_kb = 0;
    while child.try_wait().expect("known").is_none() {
        peak_kb = peak_kb.max(memory_kb(child.id()));
        thread::sleep(Duration::from_millis(5));
    }
    let told = [out, err].map(|path| fs::read_to_string(path).expect("text")).concat();
    (told, of_children() - before, peak_kb / 1_000)
}

/// Seconds of a core that ended processes of this one have taken.
fn of_children() -> f64 {
    let stat = fs::read_to_string("/proc/self/stat").expect("Linux");
    let fields: Vec<&str> =
        stat.rsplit(')').next().unwrap_or_default().split_whitespace().collect();
    // User and system, in hundredths of a second.
    [fields[13], fields[14]].iter().filter_map(|ticks| ticks.parse::<f64>().ok()).sum::<f64>()
        / 100.0
}

/// The most memory that a process and its children have had so far.
fn memory_kb(process: u32) -> u64 {
    let status = fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let peak = peak.and_then(|peak| peak.trim().trim_end_matches(" kB").parse().ok()).unwrap_or(0);
    let children = format!("/proc/{process}/task/{process}/children");
    let children = fs::read_to_string(children).unwrap_or_default();
    let children = children.split_whitespace().filter_map(|child| child.parse().ok());
    children.map(memory_kb).fold(peak, u64::max)
}

/// `n_words` of `n_people` who talk in turn, a sentence of `n_each` words at a time.
pub(crate) fn transcript(n_words: u64, n_people: u16, n_each: u64) -> Transcript {
    let word = |n: u64| {
        let start = Time::from_millis(400 * n);
        let text = if n % n_each == n_each - 1 { "mot." } else { "parole" };
        Word::new(text, Span::from_start(Time::from_millis(300)).later(start), Some(0.9))
    };
    let segment = |n: u64| {
        let words: Vec<Word> = (n * n_each..(n + 1) * n_each).map(word).collect();
        let span = Span::new(words[0].span.start(), words[words.len() - 1].span.end());
        Segment {
            speaker: u16::try_from(n % u64::from(n_people)).ok().map(SpeakerId),
            guess: None,
            span: span.expect("words last"),
            words,
            doubt: None,
            opens: Opening::Nothing,
            language: SegmentLanguage::Own,
        }
    };
    let segments: Vec<Segment> = (0..n_words / n_each).map(segment).collect();
    let turn = |segment: &Segment| Some(Turn::new(segment.speaker?, segment.span));
    let speaker = |n: u16| Speaker::named(SpeakerId(n), format!("Personne A{n}"));
    Transcript {
        duration: Time::from_millis(400 * n_words),
        is_timed: true,
        speakers: (0..n_people).map(speaker).collect(),
        turns: segments.iter().filter_map(turn).collect(),
        segments,
        ..Transcript::default()
    }
}
