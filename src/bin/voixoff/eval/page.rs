//! The report as one page: both texts in colour, who speaks when, and the sound.

use super::{
    Episode, Report,
    figures::{self, Figure},
    table::{size, style},
};
use crate::language::{self, told};
use anyhow::Context;
use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};
use voixoff::{
    base::{
        speech::{SpeakerId, Turn},
        time::{Span, Time},
        transcript::Transcript,
    },
    episode::outputs::Outputs,
    eval::{
        comparison::{ErrorClass, Passage, PassageWord},
        french, optimal_mapping,
    },
    formats::encoded_name,
};

const STYLE: &str = include_str!("page.css");
const SCRIPT: &str = include_str!("page.js");

/// The page that will lie at `path`; `sound` is a file, or a folder with files of the
/// episodes' names.
pub(crate) fn render(report: &Report, path: &Path, sound: Option<&Path>) -> anyhow::Result<String> {
    let legend = ErrorClass::ALL.map(|class| {
        let shown = class.name().replace('_', " ");
        format!("<span class=\"{}\">{}</span>", class.name(), told(&shown))
    });
    let mut html = format!(
        "<!doctype html>\n<html lang=\"{}\">\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width\">\n<title>voixoff eval</title>\n\
         <style>\n{STYLE}</style>\n<main>\n<h1>{}</h1>\n<p>{} · {} · {}</p>\n{}",
        language::code(),
        size(report),
        french::NAME,
        style(report),
        legend.join(" · "),
        table(report)
    );
    for episode in &report.episodes {
        html += &section(episode, path, sound)?;
    }
    Ok(html + &format!("</main>\n<script>\n{SCRIPT}</script>\n</html>\n"))
}

/// All figures: a row each, a column for each episode and for the sum.
fn table(report: &Report) -> String {
    let cells = |cell: &str, texts: Vec<String>| -> String {
        texts.iter().map(|text| format!("<{cell}>{}</{cell}>", escaped(text))).collect()
    };
    let names: Vec<String> = report.episodes.iter().map(|episode| episode.name.clone()).collect();
    let mut html = format!(
        "<div class=\"wide\" role=\"region\" tabindex=\"0\" aria-label=\"{}\">\n\
         <table class=\"figures\">\n<tr><td></td><th>{}</th>{}</tr>\n",
        told("figures"),
        told("all"),
        cells("th", names)
    );
    let columns: Vec<_> = report.episodes.iter().map(|one| figures::of(&one.scores)).collect();
    for (row, figure) in figures::of(&report.total).into_iter().enumerate() {
        let shown = |figure: &Figure| told(&figure.shown()).into_owned();
        let values = columns.iter().map(|column| shown(&column[row])).collect();
        html += &format!(
            "<tr><th scope=\"row\">{}</th><td><b>{}</b></td>{}</tr>\n",
            told(in_words(figure.name)),
            shown(&figure),
            cells("td", values)
        );
    }
    html + "</table>\n</div>\n"
}

/// What the figure called `name` says.
fn in_words(name: &str) -> &str {
    match name {
        "wer" => "words wrong (WER)",
        "cer" => "characters wrong (CER)",
        "wer_oral" => "words wrong, as spoken",
        "wer_without_accents" => "words wrong, without accents",
        "wer_whisper_basic" => "words wrong, by Whisper’s rules",
        "der" => "speech given wrongly (DER)",
        "jer" => "the same, each person alike (JER)",
        "cpwer" => "words wrong or of somebody else (cpWER)",
        "tcpwer" => "the same, at their time (tcpWER)",
        "word_start_median_s" => "words begin off by",
        "names" => "names right",
        "numbers" => "numbers right",
        "punctuation_f1" => "punctuation right (F1)",
        "capitals" => "capitals right",
        "typography" => "no-break spaces right",
        other => other,
    }
}

fn section(episode: &Episode, page: &Path, sound: Option<&Path>) -> anyhow::Result<String> {
    let mut html = format!("<section>\n<h2>{}</h2>\n", escaped(&episode.name));
    if let Some(sound) = sound_of(episode, sound)? {
        let outputs = Outputs::of(page, None);
        let way = outputs
            .path_to(&sound)
            .with_context(|| format!("`{}` has no address", sound.display()))?;
        html +=
            &format!("<audio controls preload=\"metadata\" src=\"{}\"></audio>\n", address(&way));
    }
    html += &timeline(&episode.reference, &episode.hypothesis);
    if !episode.passages.is_empty() {
        html += &format!(
            "<table class=\"texts\">\n<tr><td></td><th>{}</th><th>{}</th></tr>\n",
            told("reference"),
            told("hypothesis")
        );
        html.extend(episode.passages.iter().map(row));
        html += "</table>\n";
    }
    Ok(html + "</section>\n")
}

/// The sound of `episode`: the file or the file in the folder that was given, else what the
/// hypothesis or the reference names, if it is there.
fn sound_of(episode: &Episode, given: Option<&Path>) -> anyhow::Result<Option<PathBuf>> {
    if let Some(folder) = given.filter(|given| given.is_dir()) {
        let unread = || format!("`{}` cannot be read", folder.display());
        for entry in fs::read_dir(folder).with_context(unread)? {
            let path = entry.with_context(unread)?.path();
            let is_text = path.extension().is_some_and(|extension| {
                ["json", "trs", "vtt", "srt", "txt", "rttm", "html"]
                    .iter()
                    .any(|text| extension == *text)
            });
            if path.is_file()
                && !is_text
                && path.file_stem().is_some_and(|stem| *stem == *episode.name)
            {
                return Ok(Some(path));
            }
        }
        return Ok(None);
    }
    if let Some(file) = given {
        return Ok(Some(file.to_owned()));
    }
    let sides = [
        (&episode.hypothesis_path, &episode.hypothesis),
        (&episode.reference_path, &episode.reference),
    ];
    let beside = |(path, transcript): (&PathBuf, &Transcript)| {
        let sound = &transcript.about.sound;
        let file = path.parent()?.join(sound);
        (!sound.is_empty() && file.is_file()).then_some(file)
    };
    Ok(sides.into_iter().find_map(beside))
}

fn row(passage: &Passage) -> String {
    let time = passage.span.map_or(String::new(), |span| {
        let start = span.start();
        format!("<button data-at=\"{:.3}\">{start}</button>", start.as_secs_f64())
    });
    format!(
        "<tr><td>{time}</td><td data-side=\"{}\">{}</td><td data-side=\"{}\">{}</td></tr>\n",
        told("reference"),
        coloured(&passage.reference),
        told("hypothesis"),
        coloured(&passage.hypothesis)
    )
}

fn coloured(words: &[PassageWord]) -> String {
    let word = |(at, word): (usize, &PassageWord)| {
        let before = if at == 0 { "" } else { word.before };
        let text = escaped(&word.text);
        match word.class {
            Some(class) => format!("{before}<span class=\"{}\">{text}</span>", class.name()),
            None => format!("{before}{text}"),
        }
    };
    words.iter().enumerate().map(word).collect()
}

/// Height of the turns of one side in the lane of a speaker, and of the lane.
const BAR: usize = 12;
const LANE: usize = 2 * BAR + 20;

/// Colours that are told apart without red and green.
const COLOURS: [&str; 6] = ["#0072b2", "#e69f00", "#009e73", "#cc79a7", "#56b4e9", "#d55e00"];

/// Turns by speaker: the reference above, the hypothesis below it.
fn timeline(reference: &Transcript, hypothesis: &Transcript) -> String {
    let turns = reference.turns.iter().chain(&hypothesis.turns);
    let Some(end) = turns.map(|turn| turn.span.end()).max() else { return String::new() };
    let whom = optimal_mapping(&reference.turns, &hypothesis.turns);
    let mut lanes: BTreeMap<(bool, SpeakerId), usize> = BTreeMap::new();
    for turn in &reference.turns {
        lanes.insert((false, turn.speaker), 0);
    }
    for turn in hypothesis.turns.iter().filter(|turn| !whom.contains_key(&turn.speaker)) {
        lanes.insert((true, turn.speaker), 0);
    }
    lanes.values_mut().enumerate().for_each(|(at, lane)| *lane = at);
    // Some pixels a second; short episodes fill the page.
    let width = (end.as_secs_f64() * 4.0).max(1_000.0);
    let scale = width / end.as_secs_f64();
    let bar = |turn: &Turn, lane: usize, is_heard: bool| {
        let (class, below) = if is_heard { ("hypothesis", BAR) } else { ("reference", 0) };
        rect(turn.span, scale, lane * LANE + 16 + below, COLOURS[lane % COLOURS.len()], class)
    };
    let label = told("who speaks when");
    let mut svg = format!(
        "<div class=\"wide\" role=\"region\" tabindex=\"0\" aria-label=\"{label}\">\
         <svg width=\"{width:.0}\" height=\"{}\" role=\"img\" aria-label=\"{label}\">\n",
        lanes.len() * LANE,
    );
    for (&(is_heard, speaker), lane) in &lanes {
        let side = if is_heard { hypothesis } else { reference };
        let name =
            side.speaker(speaker).map_or(format!("{}", speaker.0), |known| known.name.to_string());
        let kind = if is_heard { told(" (hypothesis only)") } else { "".into() };
        svg +=
            &format!("<text x=\"4\" y=\"{}\">{}{kind}</text>\n", lane * LANE + 12, escaped(&name));
    }
    for turn in &reference.turns {
        svg += &bar(turn, lanes[&(false, turn.speaker)], false);
    }
    for turn in &hypothesis.turns {
        let lane = whom.get(&turn.speaker).map_or((true, turn.speaker), |who| (false, *who));
        svg += &bar(turn, lanes[&lane], true);
    }
    svg + "</svg></div>\n"
}

fn rect(span: Span, scale: f64, top: usize, colour: &str, class: &str) -> String {
    let seconds = |time: Time| time.as_secs_f64();
    let (start, end) = (seconds(span.start()), seconds(span.end()));
    format!(
        "<rect class=\"{class}\" data-at=\"{start:.3}\" x=\"{:.2}\" y=\"{top}\" width=\"{:.2}\" height=\"{BAR}\" \
         fill=\"{colour}\"><title>{} {} – {}</title></rect>\n",
        start * scale,
        (end - start) * scale,
        told(class),
        span.start(),
        span.end()
    )
}

/// `way` as an address.
fn address(way: &str) -> String {
    way.split('/').map(encoded_name).collect::<Vec<_>>().join("/")
}

/// `text` where mark-up is read.
pub(crate) fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            // XML has no way to write these.
            other if other.is_control() && !matches!(other, '\n' | '\t') => safe.push('\u{fffd}'),
            other => safe.push(other),
        }
    }
    safe
}
