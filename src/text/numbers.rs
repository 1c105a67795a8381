//! Percentages, hours and dates, as people write them.
//!
//! Only figures are touched. Numbers in words stay words: « cent pour cent » is no amount,
//! and « un truc » is not « 1 truc ».

use super::word;
use crate::base::{
    french::{DAYS, MONTHS},
    speech::{Gap, Word},
    transcript::{Change, Rule, Transcript},
};

/// The space inside an hour. Typography makes it the one of its profile.
const SPACE: char = '\u{a0}';

/// Writes numbers; `15h` as « 15 heures » with `full_hours`.
pub(super) fn write(transcript: &mut Transcript, full_hours: bool) {
    let Transcript { segments, changes, .. } = transcript;
    for segment in segments.iter_mut().filter(|segment| segment.foreign().is_none()) {
        percent(&mut segment.words, changes);
        for idx in 0..segment.words.len() {
            let words = &segment.words;
            if words[idx].dropped.is_some() {
                continue;
            }
            let next = words[idx + 1..].iter().find(|word| word.dropped.is_none());
            let previous = words[..idx].iter().rfind(|word| word.dropped.is_none());
            let text = &words[idx].text;
            let after = hour(text, next, full_hours).or_else(|| day_of(text, previous));
            let Some(after) = after else { continue };
            let before = std::mem::replace(&mut segment.words[idx].text, after.clone());
            let at = segment.words[idx].span.start();
            changes.push(Change { rule: Rule::Number, at, before, after });
        }
    }
}

/// « 57 pour cent » becomes « 57 % ».
fn percent(words: &mut Vec<Word>, changes: &mut Vec<Change>) {
    let mut idx = 0;
    while idx + 2 < words.len() {
        idx += 1;
        let Some([number, word, hundred]) = words.get(idx - 1..idx + 2) else { break };
        let parts = word::parts(&hundred.text);
        let is_percent = is_figure(&number.text)
            && word.text == "pour"
            && matches!(parts.core, "cent" | "cents")
            && parts.before.is_empty()
            && [number, word, hundred].iter().all(|word| word.dropped.is_none());
        if !is_percent {
            continue;
        }
        let sign = format!("%{}", parts.after);
        let old = &words[idx - 1..idx + 2];
        let Some(mut respelt) = word::respelt(&old[1..], std::slice::from_ref(&sign)) else {
            continue;
        };
        respelt[0].gap = Gap::NoBreak;
        changes.push(Change {
            rule: Rule::Number,
            at: old[0].span.start(),
            before: word::joined(old),
            after: format!("{} {sign}", old[0].text),
        });
        words.splice(idx..idx + 2, respelt);
    }
}

/// Figures, perhaps with a decimal, perhaps behind marks; no mark behind them.
fn is_figure(text: &str) -> bool {
    let parts = word::parts(text);
    let is_number = |part: &str| !part.is_empty() && part.chars().all(|c| c.is_ascii_digit());
    let (whole, decimals) = parts.core.split_once([',', '.']).unwrap_or((parts.core, "0"));
    is_number(whole) && is_number(decimals) && parts.elided.is_empty() && parts.after.is_empty()
}

/// `15h30` as « 15 h 30 », `15h` as « 15 heures ». `15:30` may be a ratio, and stays.
fn hour(text: &str, next: Option<&Word>, full_hours: bool) -> Option<String> {
    let word::Parts { before, elided, core, after } = word::parts(text);
    let (hours, minutes) = core.split_once(['h', 'H'])?;
    let number = |text: &str| -> Option<u8> {
        let is_figures = matches!(text.len(), 1 | 2) && text.chars().all(|c| c.is_ascii_digit());
        if is_figures { text.parse().ok() } else { None }
    };
    let n_hours = number(hours).filter(|hours| *hours <= 24)?;
    let written = if minutes.is_empty() {
        // « 15h 30 » was cut in two: which of its parts is what is for people to say.
        let is_cut = after.is_empty()
            && next.is_some_and(|next| next.text.starts_with(|c: char| c.is_ascii_digit()));
        let unit = match (full_hours, n_hours) {
            (false, _) => "h",
            (true, 0 | 1) => "heure",
            (true, _) => "heures",
        };
        (!is_cut).then(|| format!("{hours}{SPACE}{unit}"))?
    } else {
        number(minutes).filter(|n| *n < 60 && minutes.len() == 2)?;
        format!("{hours}{SPACE}h{SPACE}{minutes}")
    };
    Some(format!("{before}{elided}{written}{after}"))
}

/// « Février » in lower case, behind the number of a day.
fn day_of(text: &str, previous: Option<&Word>) -> Option<String> {
    let core = word::parts(text).core;
    let previous = previous.map(|word| word::parts(&word.text))?;
    let day = previous.core.strip_suffix("er").filter(|day| *day == "1").unwrap_or(previous.core);
    let is_day = day.parse::<u8>().is_ok_and(|day| (1..=31).contains(&day));
    let lower = core.to_lowercase();
    let is_named = MONTHS.contains(&lower.as_str()) || DAYS.contains(&lower.as_str());
    let is_date = is_day && previous.after.is_empty() && is_named;
    (is_date && word::capitalised(&lower) == core).then(|| text.replacen(core, &lower, 1))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::word::tests::{shown, transcript};

    #[test]
    fn a_percentage_has_its_sign() {
        check("de 57 pour cent, ou 3,5 pour cents.", "de 57\u{a0}%, ou 3,5\u{a0}%.");
        check("cent pour cent", "cent pour cent");
        check("57, pour cent", "57, pour cent");
        check("57 pour centrale", "57 pour centrale");
    }

    #[test]
    fn an_hour_is_written_out() {
        check("à 15h, puis 1h.", "à 15\u{a0}heures, puis 1\u{a0}heure.");
        check("(15h30) ou 9H05", "(15\u{a0}h\u{a0}30) ou 9\u{a0}h\u{a0}05");
        for stays in ["15:30", "25h", "15h 30", "15h75", "15h5", "le h", "x15h"] {
            check(stays, stays);
        }
    }

    #[test]
    fn an_hour_may_be_short() {
        assert_eq!(hour("15h", None, false), Some("15\u{a0}h".to_owned()));
    }

    #[test]
    fn a_month_behind_a_day_is_in_lower_case() {
        check("le 26 Février 2019", "le 26 février 2019");
        check("le 1er Octobre, le 3 Mai.", "le 1er octobre, le 3 mai.");
        for stays in ["en Mars", "le 1 octobre", "2019 Mars", "le 3, Mai", "40 Mars"] {
            check(stays, stays);
        }
    }

    #[test]
    fn a_sign_has_the_time_of_both_its_words() {
        let mut transcript = transcript(&["0 57 pour cent"]);
        write(&mut transcript, true);
        let sign = &transcript.segments[0].words[1];
        assert_eq!((sign.span.start().as_millis(), sign.span.end().as_millis()), (300, 800));
    }

    #[track_caller]
    fn check(text: &str, expected: &str) {
        let mut transcript = transcript(&[&format!("0 {text}")]);
        write(&mut transcript, true);
        assert_eq!(shown(&transcript), expected);
        let once = transcript.clone();
        write(&mut transcript, true);
        assert_eq!(transcript, once);
    }
}
