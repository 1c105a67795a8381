//! The report for a terminal: figures, then the worst passages side by side.

use super::{Report, figures};
use crate::{
    language::told,
    report::counted,
    terminal::{self, BOLD, PLAIN, RED, safe},
};
use voixoff::eval::{
    bootstrap::confidence_interval_95,
    comparison::{ErrorClass, Passage, PassageWord},
    french,
    marks::MarkCounts,
    names::{NameCounts, SpeakerNaming},
    paragraphs::ParagraphCounts,
    scores::Scores,
    secondary::{F1, Share},
    words::WordErrors,
};

/// How the report looks.
#[derive(Clone, Copy)]
pub(crate) struct Look {
    pub(crate) has_colour: bool,
    /// Columns of the terminal.
    pub(crate) width: usize,
}

impl Look {
    /// What suits stdout.
    pub(crate) fn of_stdout() -> Look {
        let columns = std::env::var("COLUMNS").ok().and_then(|columns| columns.parse().ok());
        Look { has_colour: terminal::has_colour(), width: columns.unwrap_or(100).clamp(60, 200) }
    }

    fn bold(self, text: &str) -> String {
        if self.has_colour { format!("{BOLD}{text}{PLAIN}") } else { text.to_owned() }
    }

    fn red(self, text: &str) -> String {
        if self.has_colour { format!("{RED}{text}{PLAIN}") } else { text.to_owned() }
    }
}

/// What an editor would have to mend.
pub(crate) fn edits(report: &Report, look: Look) -> String {
    const ROWS: &[&str] = &[
        "WER",
        "marks to mend",
        "",
        "places to touch",
        "paragraphs",
        "capitals",
        "no-break spaces",
    ];
    head(report, look) + &figures(&report.total, look, |name| ROWS.contains(&name))
}

/// The report, `most` passages at most.
pub(crate) fn render(report: &Report, most: usize, look: Look) -> String {
    let n = report.episodes.len();
    let mut text = head(report, look) + &figures(&report.total, look, |_| true);
    text += &classes(&report.total);
    text += &names(&report.total, most);
    if n > 1 {
        text += &episodes(report);
    }
    let worst = report.worst(most);
    if !worst.is_empty() {
        text += &format!("\n{}\n", look.bold(&told("worst passages, [errors] in brackets")));
    }
    for (episode, passage) in worst {
        let at = passage.span.map_or(String::new(), |span| format!("{} ", span.start()));
        let name = if n > 1 { format!("{} · ", safe(&episode.name)) } else { String::new() };
        let errors = counted(passage.errors as usize, "error");
        text += &format!("\n{at}{name}{}\n", told(&errors));
        text += &side_by_side(passage, look);
    }
    text
}

/// How much is scored, and by which rules.
fn head(report: &Report, look: Look) -> String {
    let collar = report.settings.collar.as_millis();
    let rules = [french::NAME.into(), style(report), told(&format!("collar {collar} ms")).into()];
    format!("{} · {}\n", look.bold(&size(report)), rules.join(" · "))
}

/// How much is scored.
pub(super) fn size(report: &Report) -> String {
    let words = format!("{} words", report.total.words.reference_words);
    format!("{}, {}", told(&counted(report.episodes.len(), "episode")), told(&words))
}

/// What kind of references it is scored by.
pub(super) fn style(report: &Report) -> String {
    told(&format!("{} references", report.settings.style.name())).into_owned()
}

/// The figures whose names are `chosen`.
fn figures(scores: &Scores, look: Look, chosen: impl Fn(&str) -> bool) -> String {
    let mut text = String::new();
    let mut row = |group: &str, name: &str, value: String, more: String| {
        if !chosen(name) {
            return;
        }
        let value = format!("{:>8}", told(&value));
        let value = if name == "WER" { look.bold(&value) } else { value };
        let [group, name, more] = [group, name, &more].map(told);
        text += format!("  {group:<9}{name:<18}{value}   {more}").trim_end();
        text.push('\n');
    };
    let all = figures::of(scores);
    let shown = |name: &str| {
        all.iter().find(|figure| figure.name == name).map_or(String::new(), |one| one.shown())
    };
    let interval = confidence_interval_95(&scores.turns).map_or(String::new(), |(low, high)| {
        let interval = format!("95 % between {:.1} and {:.1} %", low * 100.0, high * 100.0);
        format!("{}   ", told(&interval))
    });
    row("words", "WER", shown("wer"), interval + &counts(scores.words));
    row("", "CER", shown("cer"), counts(scores.characters));
    row("", "as spoken", shown("wer_oral"), "WER without « ne », fillers, repetitions".into());
    row("", "without accents", shown("wer_without_accents"), "WER".into());
    row("", "Whisper’s rules", shown("wer_whisper_basic"), "WER by its basic normalisation".into());
    let who = scores.diarization;
    let part = |samples: u64| match who.reference {
        0 => String::new(),
        all => format!("{:.1} %", 100.0 * samples as f64 / all as f64),
    };
    let parts = format!(
        "missed {}, false {}, confused {}",
        part(who.missed),
        part(who.false_alarm),
        part(who.confusion)
    );
    row("who", "DER", shown("der"), if who.reference > 0 { parts } else { String::new() });
    row("", "JER", shown("jer"), String::new());
    row("", "cpWER", shown("cpwer"), counts(scores.cpwer));
    row("", "tcpWER", shown("tcpwer"), counts(scores.tcpwer));
    let SpeakerNaming { right, wrong, unnamed } = scores.naming;
    let all_named = right + wrong + unnamed;
    let share = |samples: u64| format!("{:.1} %", 100.0 * samples as f64 / all_named as f64);
    if all_named > 0 {
        let others = format!("by a wrong name {}, by none {}", share(wrong), share(unnamed));
        row("", "called by name", share(right), others);
    }
    let times = &scores.times;
    let within = |bound| 100 * times.within_ms(bound) / times.words().max(1);
    let near = format!(
        "median of word starts; within 50, 100, 200 ms: {}, {}, {} %",
        within(50),
        within(100),
        within(200)
    );
    let near = if times.words() > 0 { near } else { String::new() };
    row("when", "off by", shown("word_start_median_s"), near);
    let of = |share: Share| format!("{} of {}", share.correct, share.total);
    row("page", "names", shown("names"), of(scores.names));
    let NameCounts { right, wrong, missed, invented } = scores.by_name.total();
    if right + wrong + missed + invented > 0 {
        let kinds = format!("right; {wrong} wrong, {missed} missed, {invented} invented");
        row("", "one by one", right.to_string(), kinds);
    }
    row("", "numbers", shown("numbers"), of(scores.numbers));
    row("", "punctuation F1", shown("punctuation_f1"), String::new());
    if scores.marks.by_kind().next().is_some() {
        let kind = |(kind, F1 { both, reference, hypothesis }): (char, F1)| match hypothesis - both
        {
            0 => told(&format!("{kind}  {both} of {reference}")).into_owned(),
            wrong => told(&format!("{kind}  {both} of {reference} and {wrong} wrong")).into_owned(),
        };
        let kinds: Vec<String> = scores.marks.by_kind().map(kind).collect();
        let mut lines = kinds.chunks(3).map(|kinds| kinds.join("   "));
        row(
            "",
            "marks to mend",
            scores.marks.edits().to_string(),
            lines.next().unwrap_or_default(),
        );
        lines.for_each(|line| row("", "", String::new(), line));
        let MarkCounts { places, .. } = scores.marks;
        let rates = scores.marks.a_minute(places).zip(scores.marks.a_minute(scores.marks.edits()));
        let rates = rates.map(|(places, marks)| format!("{places:.1} a minute, marks {marks:.1}"));
        row("", "places to touch", places.to_string(), rates.unwrap_or_default());
    }
    let ParagraphCounts { both, same_kind, reference, hypothesis } = scores.paragraphs;
    if reference + hypothesis > 0 {
        let wrong = hypothesis - both;
        let of = format!("in place, of {reference}; {wrong} wrong, {same_kind} of the same kind");
        row("", "paragraphs", both.to_string(), of);
    }
    row("", "capitals", shown("capitals"), of(scores.capitals));
    row("", "no-break spaces", shown("typography"), of(scores.typography));
    text
}

/// Which errors there are.
fn classes(scores: &Scores) -> String {
    let class = |class| scores.classes.count(class);
    let errors = format!(
        "  of the word errors, {} real, {} names, {} removed by the editor",
        class(ErrorClass::Genuine),
        class(ErrorClass::ProperNoun),
        class(ErrorClass::EditorialStyle),
    );
    let others = format!(
        "  not counted: {} numbers in another form, {} in punctuation and case",
        class(ErrorClass::NumberForm),
        class(ErrorClass::PunctuationAndCase),
    );
    format!("{}\n{}\n", told(&errors), told(&others))
}

/// The names that are not always right, `most` at most: those with the most errors first.
fn names(scores: &Scores, most: usize) -> String {
    let errors = |counts: &NameCounts| counts.wrong + counts.missed + counts.invented;
    let mut names: Vec<_> = scores.by_name.by_name().filter(|(_, one)| errors(one) > 0).collect();
    names.sort_by_key(|(_, counts)| std::cmp::Reverse(errors(counts)));
    names.truncate(most);
    let width = names.iter().map(|(name, _)| safe(name).chars().count()).max().unwrap_or(0).max(4);
    let mut text = String::new();
    if !names.is_empty() {
        let [name, right, wrong, missed, invented] =
            ["name", "right", "wrong", "missed", "invented"].map(told);
        text = format!("\n  {name:<width$}{right:>7}{wrong:>7}{missed:>8}{invented:>10}\n");
    }
    for (name, NameCounts { right, wrong, missed, invented }) in names {
        text += &format!("  {:<width$}{right:>7}{wrong:>7}{missed:>8}{invented:>10}\n", safe(name));
    }
    text
}

fn counts(errors: WordErrors) -> String {
    let WordErrors { substitutions, deletions, insertions, reference_words } = errors;
    if reference_words + insertions == 0 {
        return String::new();
    }
    let counts = format!("{substitutions} S, {deletions} D, {insertions} I of {reference_words}");
    told(&counts).into_owned()
}

/// A line for each episode, the worst first.
fn episodes(report: &Report) -> String {
    let width = report.episodes.iter().map(|episode| safe(&episode.name).chars().count()).max();
    let width = width.unwrap_or(0).max(7);
    let mut text = format!(
        "\n  {:<width$}{:>9}{:>9}{:>9}{:>9}{:>9}\n",
        told("episode"),
        told("words"),
        "WER",
        "CER",
        "DER",
        "cpWER"
    );
    let mut episodes: Vec<_> = report.episodes.iter().collect();
    let rate = |scores: &Scores| scores.words.rate().unwrap_or(-1.0);
    episodes.sort_by(|one, other| rate(&other.scores).total_cmp(&rate(&one.scores)));
    for episode in episodes {
        let figures = figures::of(&episode.scores);
        let (name, n_words) = (safe(&episode.name), episode.scores.words.reference_words);
        text += &format!("  {name:<width$}{n_words:>9}");
        for name in ["wer", "cer", "der", "cpwer"] {
            let shown = figures.iter().find(|figure| figure.name == name).map(|one| one.shown());
            text += &format!("{:>9}", told(&shown.unwrap_or_default()));
        }
        text.push('\n');
    }
    text
}

/// Reference on the left, hypothesis on the right.
fn side_by_side(passage: &Passage, look: Look) -> String {
    let width = (look.width - 5) / 2;
    let said = lines(&passage.reference, width, look);
    let heard = lines(&passage.hypothesis, width, look);
    let mut text = String::new();
    let none = (String::new(), 0);
    for at in 0..said.len().max(heard.len()) {
        let (left, length) = said.get(at).unwrap_or(&none);
        let (right, _) = heard.get(at).unwrap_or(&none);
        text += format!("  {left}{} │ {right}", " ".repeat(width - length)).trim_end();
        text.push('\n');
    }
    text
}

/// Words in lines of at most `width` columns, each line with its length on the screen. Those
/// in error are in brackets, a run of them in one pair.
fn lines(words: &[PassageWord], width: usize, look: Look) -> Vec<(String, usize)> {
    let is_error = |word: &PassageWord| word.class >= Some(ErrorClass::EditorialStyle);
    let mut lines: Vec<(String, usize)> = Vec::new();
    for (at, word) in words.iter().enumerate() {
        let opens = is_error(word) && !at.checked_sub(1).is_some_and(|at| is_error(&words[at]));
        let closes = is_error(word) && !words.get(at + 1).is_some_and(is_error);
        let shown = format!(
            "{}{}{}",
            if opens { "[" } else { "" },
            safe(&word.text).replace(['\u{a0}', '\u{202f}'], " "),
            if closes { "]" } else { "" }
        );
        let length = shown.chars().count();
        let space = usize::from(!word.before.is_empty());
        let shown = if is_error(word) { look.red(&shown) } else { shown };
        match lines.last_mut().filter(|(_, used)| used + space + length <= width) {
            Some((line, used)) => {
                line.push_str(&" ".repeat(space));
                line.push_str(&shown);
                *used += space + length;
            }
            // A word longer than the column sticks out; its line is taken for full.
            None => lines.push((shown, length.min(width))),
        }
    }
    lines
}
