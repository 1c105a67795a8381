//! STM, CTM and RTTM, read: what scorers and recognisers write, of one recording.
//!
//! After the pages `infmts` of NIST's Scoring Toolkit. `_` in a name is a space, which the
//! files cannot hold. Of alternatives the first is read; what is marked as no word
//! (`<noise>`, `%hesitation`) is not.

use super::{
    error::ReadFormatError,
    import::{Import, Token, time},
    rttm::read_rttm,
    words::push_words,
};
use crate::{
    base::{
        speech::{Gap, Turn},
        time::Time,
        transcript::{Opening, Speaker, Transcript},
    },
    formats::Format,
};
use std::collections::{BTreeMap, BTreeSet};

/// Lines that are looked at to know what a file is.
const LOOKED_AT: usize = 20;

/// What the lines of `text` are, if they are of one of these formats.
pub(super) fn format(text: &str) -> Option<Format> {
    let lines: Vec<Vec<&str>> = lines(text).take(LOOKED_AT).map(|(_, fields)| fields).collect();
    let is_time = |field: Option<&&str>| field.is_some_and(|field| field.parse::<f64>().is_ok());
    let all = |fits: &dyn Fn(&Vec<&str>) -> bool| !lines.is_empty() && lines.iter().all(fits);
    let is_rttm = |line: &Vec<&str>| {
        let first = line[0].bytes().all(|byte| byte.is_ascii_uppercase() || b"-_".contains(&byte));
        first && matches!(line.len(), 9 | 10)
    };
    let is_stm = |line: &Vec<&str>| is_time(line.get(3)) && is_time(line.get(4));
    let is_ctm = |line: &Vec<&str>| {
        let is_alternative = line.last().is_some_and(|last| last.starts_with("<ALT"));
        let is_word = is_time(line.get(2)) && is_time(line.get(3)) && (5..=8).contains(&line.len());
        is_word || is_alternative
    };
    let formats =
        [(Format::Rttm, all(&is_rttm)), (Format::Stm, all(&is_stm)), (Format::Ctm, all(&is_ctm))];
    formats.into_iter().find(|(_, fits)| *fits).map(|(format, _)| format)
}

/// The lines of `text` that are no comments, in their fields, with their numbers.
fn lines(text: &str) -> impl Iterator<Item = (usize, Vec<&str>)> {
    let fields = text.lines().map(|line| line.split_whitespace().collect::<Vec<&str>>());
    let is_comment = |fields: &[&str]| fields.first().is_none_or(|first| first.starts_with(";;"));
    (1..).zip(fields).filter(move |(_, fields)| !is_comment(fields))
}

/// Finds out whether all lines are of one recording.
#[derive(Default)]
struct Recording<'a>(Option<&'a str>);

impl<'a> Recording<'a> {
    fn check(&mut self, name: &'a str, line: usize) -> Result<(), ReadFormatError> {
        let known = *self.0.get_or_insert(name);
        match known == name {
            true => Ok(()),
            false => Err(ReadFormatError::in_line(
                line,
                format!(
                    "it is of `{name}`, those above are of `{known}`, and one recording is read at a time"
                ),
            )),
        }
    }
}

fn instant(field: &str, line: usize) -> Result<f64, ReadFormatError> {
    let seconds = field.parse().ok().filter(|seconds| time(*seconds).is_some());
    seconds.ok_or_else(|| {
        ReadFormatError::in_line(line, format!("`{field}` is not a time in seconds"))
    })
}

fn span(start: f64, end: f64, line: usize) -> Result<(Time, Time), ReadFormatError> {
    let span = time(start).zip(time(end)).map(|(start, end)| (start, end.max(start)));
    span.ok_or_else(|| ReadFormatError::in_line(line, "it is later than any episode is long"))
}

/// A name that was one field; `None` where it stands for nobody.
fn name(field: &str) -> Option<String> {
    let is_nobody =
        ["unknown", "<na>", "inter_segment_gap", "na"].contains(&field.to_lowercase().as_str());
    (!is_nobody).then(|| field.replace('_', " "))
}

/// The transcript that the STM file `text` holds: a segment a line.
///
/// # Errors
/// A line that does not have its fields; two recordings; more people than talk in an episode.
pub(in crate::formats) fn stm(text: &str) -> Result<Transcript, ReadFormatError> {
    let mut import = Import::default();
    let mut recording = Recording::default();
    for (line, fields) in lines(text) {
        let [file, _channel, who, start, end, said @ ..] = &fields[..] else {
            let problem =
                format!("a segment has 5 fields and its words, this one has {}", fields.len());
            return Err(ReadFormatError::in_line(line, problem));
        };
        recording.check(file, line)?;
        let within = span(instant(start, line)?, instant(end, line)?, line)?;
        // `<o,f0,male>`
        let is_label = |word: &&str| word.starts_with('<') && word.ends_with('>');
        let said = if said.first().is_some_and(is_label) { &said[1..] } else { said };
        if said
            .first()
            .is_some_and(|word| word.eq_ignore_ascii_case("IGNORE_TIME_SEGMENT_IN_SCORING"))
        {
            continue;
        }
        let tokens = import.tokens(&first_of_each(said).join(" "))?;
        if tokens.is_empty() {
            continue;
        }
        let speaker = name(who).map(|name| import.speaker(&name)).transpose()?;
        import.push(speaker, tokens, within, Opening::Nothing);
    }
    Ok(import.finish(true))
}

/// `words` as they were said: of `{ un / deux }` the first, of `(euh)` the word.
fn first_of_each<'a>(words: &[&'a str]) -> Vec<&'a str> {
    let mut said = Vec::new();
    // In alternatives, and in one that is not the first.
    let (mut is_in, mut is_other) = (false, false);
    for word in words {
        match *word {
            "{" => (is_in, is_other) = (true, false),
            "}" => (is_in, is_other) = (false, false),
            "/" if is_in => is_other = true,
            _ if is_other => (),
            word => said.push(
                word.strip_prefix('(').and_then(|rest| rest.strip_suffix(')')).unwrap_or(word),
            ),
        }
    }
    said.retain(|word| is_word(word));
    said
}

/// Whether `word` is one, and no mark of a noise, a hesitation or of nothing.
fn is_word(word: &str) -> bool {
    let is_class = word.strip_prefix('%').is_some_and(|rest| rest.starts_with(char::is_alphabetic));
    let is_noise = word.starts_with('<') && word.ends_with('>');
    !is_class && !is_noise && word != "@"
}

/// A line of CTM, or one of words of RTTM.
struct Heard<'a> {
    who: (Option<String>, &'a str),
    token: Token,
}

/// The transcript that the CTM file `text` holds. Two channels of a telephone are two people
/// whose names are not known.
///
/// # Errors
/// A line that does not have its fields; two recordings; more people than talk in an episode.
pub(in crate::formats) fn ctm(text: &str) -> Result<Transcript, ReadFormatError> {
    let mut import = Import::default();
    let mut recording = Recording::default();
    let mut heard = Vec::new();
    let mut is_other = false;
    for (line, fields) in lines(text) {
        match fields.last().copied().unwrap_or_default() {
            "<ALT>" => is_other = true,
            "<ALT_BEGIN>" | "<ALT_END>" => is_other = false,
            _ if is_other => (),
            _ => {
                let [file, channel, start, length, word, rest @ ..] = &fields[..] else {
                    let problem =
                        format!("a word has 5 fields or more, this one has {}", fields.len());
                    return Err(ReadFormatError::in_line(line, problem));
                };
                recording.check(file, line)?;
                let kind = rest.get(1).copied().unwrap_or("lex");
                let who = rest.get(2).copied().and_then(name);
                let sure = rest.first().copied();
                let times = (*start, *length);
                if ["lex", "fp", "frag", "un-lex", "for-lex"].contains(&kind) {
                    heard.extend(
                        word_of(&mut import, word, times, sure, line)?
                            .map(|token| Heard { who: (who, *channel), token }),
                    );
                }
            }
        }
    }
    said(heard, import)
}

fn word_of(
    import: &mut Import,
    word: &str,
    (start, length): (&str, &str),
    sure: Option<&str>,
    line: usize,
) -> Result<Option<Token>, ReadFormatError> {
    let start = instant(start, line)?;
    let end = start + instant(length, line)?;
    let span = span(start, end, line)?;
    // Marks that stand in a word are of it: it counts as one.
    import.tokens(word)?;
    let probability =
        sure.and_then(|sure| sure.parse().ok()).filter(|sure| (0.0..=1.0).contains(sure));
    let token = Token {
        gap: Gap::Space,
        text: word.to_owned(),
        span: Some(span),
        is_timed: true,
        probability,
    };
    Ok(is_word(word).then_some(token))
}

/// The transcript of the words of each person.
fn said(heard: Vec<Heard<'_>>, mut import: Import) -> Result<Transcript, ReadFormatError> {
    let channels: BTreeSet<&str> = heard.iter().map(|heard| heard.who.1).collect();
    let several = channels.len() > 1;
    let mut people: BTreeMap<Option<String>, Vec<Token>> = BTreeMap::new();
    let mut order: Vec<Option<String>> = Vec::new();
    for Heard { who: (name, channel), token } in heard {
        let name = name.or_else(|| several.then(|| format!("Canal {channel}")));
        if !people.contains_key(&name) {
            order.push(name.clone());
        }
        people.entry(name).or_default().push(token);
    }
    for name in order {
        let mut words = people.remove(&name).unwrap_or_default();
        words.sort_by_key(|word| word.span);
        let speaker = name.map(|name| import.speaker(&name)).transpose()?;
        push_words(&mut import, speaker, words);
    }
    Ok(import.finish(true))
}

/// The turns that the RTTM file `text` holds, and its words where it has any.
///
/// # Errors
/// A line that does not have its fields; two recordings; more people than talk in an episode.
pub(in crate::formats) fn rttm(text: &str) -> Result<Transcript, ReadFormatError> {
    let read = read_rttm(text)
        .map_err(|error| ReadFormatError::in_line(error.line, error.problem.to_string()))?;
    let mut import = Import::default();
    let mut recording = Recording::default();
    let mut heard = Vec::new();
    for (line, fields) in lines(text) {
        if let ["SPEAKER", file, ..] = fields[..] {
            recording.check(file, line)?;
        }
        if let ["LEXEME", file, channel, start, length, word, _, who, rest @ ..] = &fields[..] {
            recording.check(file, line)?;
            let sure = rest.first().copied();
            let token = word_of(&mut import, word, (*start, *length), sure, line)?;
            heard.extend(token.map(|token| Heard { who: (name(who), *channel), token }));
        }
    }
    let mut turns: Vec<Turn> = read.turns.into_iter().map(|(_, turn)| turn).collect();
    turns.sort_by_key(|turn| turn.span);
    let mut names = Vec::new();
    for known in &read.names {
        names.push(import.speaker(&name(known).unwrap_or_else(|| known.clone()))?);
    }
    for turn in &mut turns {
        let known = names.get(usize::from(turn.speaker.0));
        turn.speaker = known.copied().unwrap_or(turn.speaker);
    }
    let end = turns.iter().map(|turn| turn.span.end()).max().unwrap_or_default();
    let words = said(heard, import)?;
    let speakers: Vec<Speaker> = words.speakers;
    Ok(Transcript { duration: words.duration.max(end), turns, speakers, ..words })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::formats::read::tests::timed;

    #[test]
    fn a_reference_of_nist_is_read_with_comments_labels_and_alternatives() {
        let text = ";; CATEGORY \"0\" \"\" \"\"\nsw_1 A Léa_Martin 0.50 2.00 <o,f0,female> il (euh) { a / avait } dit\n\n\
            sw_1 A inter_segment_gap 2.00 3.00 <o,,>\nsw_1 B Tom 3.00 4.00 %hesitation oui <noise>\n\
            sw_1 B Tom 4 5 IGNORE_TIME_SEGMENT_IN_SCORING\n";
        assert_eq!(format(text), Some(Format::Stm));
        let found = timed(&stm(text).unwrap());
        assert_eq!(found, ["500 2000 Léa Martin: il euh a dit", "3000 4000 Tom: oui"]);
    }

    #[test]
    fn words_of_two_channels_are_of_two_people() {
        let text = ";; x\nsw A 0.1 0.2 bon 0.95\nsw B 0.2 0.2 oui NA\nsw A * * <ALT_BEGIN>\nsw A 0.4 0.2 jour. 0.5\n\
            sw A * * <ALT>\nsw A 0.4 0.2 jours 0.1\nsw A * * <ALT_END>\nsw A 5 0.2 Non 1.7\n";
        assert_eq!(format(text), Some(Format::Ctm));
        let read = ctm(text).unwrap();
        assert_eq!(
            timed(&read),
            ["100 600 Canal A: bon jour.", "200 400 Canal B: oui", "5000 5200 Canal A: Non"]
        );
        let sure = read.segments.iter().flat_map(|one| &one.words).map(|word| word.probability);
        assert_eq!(sure.collect::<Vec<_>>(), [Some(0.95), Some(0.5), None, None]);
    }

    #[test]
    fn turns_are_read_without_any_words() {
        let text = ";; x\nSPKR-INFO a 1 <NA> <NA> <NA> unknown Léa_M <NA>\nSPEAKER a 1 1.5 2 <NA> <NA> Léa_M <NA> <NA>\n";
        assert_eq!(format(text), Some(Format::Rttm));
        let read = rttm(text).unwrap();
        assert_eq!(
            (read.segments.len(), read.turns.len(), read.speakers[0].name.as_str()),
            (0, 1, "Léa M")
        );
        assert_eq!(read.duration, Time::from_millis(3_500));
    }

    #[test]
    fn what_is_wrong_is_named_by_its_line() {
        let error = |read: fn(&str) -> Result<Transcript, ReadFormatError>, text: &str| {
            read(text).unwrap_err().to_string()
        };
        assert_eq!(error(ctm, "a 1 0 1\n"), "line 1: a word has 5 fields or more, this one has 4");
        assert_eq!(error(ctm, "a 1 0 1e300 x\n"), "line 1: `1e300` is not a time in seconds");
        assert_eq!(error(stm, "\na 1 x 0 nan y"), "line 2: `nan` is not a time in seconds");
        assert_eq!(
            error(rttm, "SPEAKER a 1 0 1\n"),
            "line 1: a SPEAKER line has 10 fields, this one has 5"
        );
        assert_eq!(
            error(ctm, "a 1 0 1 x\nb 1 0 1 x\n"),
            "line 2: it is of `b`, those above are of `a`, and one recording is read at a time"
        );
    }
}
