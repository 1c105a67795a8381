//! The one place that prints: data to stdout, everything else to stderr.
//!
//! What is printed may come from strangers (the address of an enclosure, the name of a file,
//! words of a transcript), so nothing leaves here that a terminal would obey. And nobody may be
//! there to read it, so printing never fails: a reader who has left (`| head -1`) wants no more,
//! a stderr that is gone hears nothing, and stdout that takes no more for another reason is told
//! of at the end, by `ended`. Work goes on in each case.

pub(crate) mod bars;
mod safe;

pub(crate) use safe::safe;

use crate::{
    DONE, FAILED,
    args::{Colour, Telling},
    language::told,
};
use chrono::{DateTime, Utc};
use std::{
    fs::{File, OpenOptions},
    io::{self, IsTerminal, Stderr, Write},
    path::Path,
    sync::{Mutex, OnceLock, PoisonError},
    time::SystemTime,
};

/// What stands before the second line of a message, so that a text with line ends in it begins
/// no line that looks like one of ours.
const INDENT: &str = "\n      ";

/// What begins and ends the parts of a painted text that stand out.
pub(crate) const BOLD: &str = "\x1b[1m";
const UNDERLINED: &str = "\x1b[4m";
pub(crate) const RED: &str = "\x1b[31m";
pub(crate) const PLAIN: &str = "\x1b[0m";

/// What has become of stdout.
enum Stdout {
    Open,
    /// Its reader has left, as `head` does.
    Left,
    /// It took no more, of a full disk for example.
    Lost(io::Error),
}

static STDOUT: Mutex<Stdout> = Mutex::new(Stdout::Open);

/// How much is told, until somebody says so as little as is usual.
static TELLING: OnceLock<Telling> = OnceLock::new();

/// The file that is told all that stderr is.
static LOG: OnceLock<File> = OnceLock::new();

/// The colours of texts.
static COLOUR: OnceLock<Colour> = OnceLock::new();

/// Tells from here on as `telling` has it.
///
/// # Errors
/// Where its log cannot be opened.
pub(crate) fn tell(telling: &Telling) -> io::Result<()> {
    if let Some(path) = &telling.log {
        let _ = LOG.set(OpenOptions::new().create(true).append(true).open(path)?);
    }
    let _ = TELLING.set(telling.clone());
    Ok(())
}

/// Gives texts these colours.
pub(crate) fn paint(colour: Colour) {
    let _ = COLOUR.set(colour);
}

/// Whether only warnings and errors are told.
pub(crate) fn is_quiet() -> bool {
    TELLING.get().is_some_and(|telling| telling.quiet)
}

/// Prints a line of data for people.
pub(crate) fn line(text: &str) {
    out(one_line(text).as_bytes());
}

/// Prints the way to a file: to a program as it is, whatever bytes it has.
pub(crate) fn path(path: &Path) {
    if is_stdout_a_terminal() {
        return line(&path.display().to_string());
    }
    let mut bytes = path.as_os_str().as_encoded_bytes().to_vec();
    bytes.push(b'\n');
    out(&bytes);
}

/// Prints a text of a format of ours: to a program as it is.
pub(crate) fn document(bytes: &[u8]) {
    match is_stdout_a_terminal() {
        true => out(safe(&String::from_utf8_lossy(bytes)).as_bytes()),
        false => out(bytes),
    }
}

/// Prints JSON and a line end; what a terminal would obey in it is escaped as JSON has it.
pub(crate) fn json(text: &str) {
    out(safe(&format!("{text}\n")).as_bytes());
}

/// Prints a text in which some parts stand out. What strangers wrote of it is `safe` already:
/// the looks are all that is let through.
pub(crate) fn painted(text: &str) {
    let mut shown = safe(text).into_owned();
    for look in [BOLD, UNDERLINED, RED, PLAIN] {
        shown = shown.replace(&*safe(look), look);
    }
    out(shown.as_bytes());
}

/// Prints a message on stdout, in the language of this process.
pub(crate) fn say(text: &str) {
    line(&told(text));
}

/// Prints a message on stderr, in the language of this process.
pub(crate) fn note(text: &str) {
    record(&told(text));
}

/// Prints a line on stderr as it is: what programs read has one language.
pub(crate) fn record(text: &str) {
    let line = one_line(text);
    log(&line);
    // Where this fails, nobody is left to be told.
    let _ = bars::around(|| stderr().lock().write_all(line.as_bytes()));
}

/// Prints a line on stderr that a quiet run has not: no warning and no error.
pub(crate) fn remark(text: &str) {
    if is_quiet() { log(&one_line(&told(text))) } else { note(text) }
}

/// Prints a line on stderr where so much is asked for: 1 what is chosen and what it takes, 2 each
/// step. A log has the first always.
pub(crate) fn detail(level: u8, text: impl FnOnce() -> String) {
    let asked = TELLING.get().map_or(0, |telling| telling.verbose);
    match () {
        () if level <= asked => note(&text()),
        () if level <= 1 && LOG.get().is_some() => log(&one_line(&told(&text()))),
        () => (),
    }
}

/// Writes `line` to the log, where there is one, with the time.
fn log(line: &str) {
    let Some(mut file) = LOG.get().filter(|_| !line.trim().is_empty()) else { return };
    let now: DateTime<Utc> = SystemTime::now().into();
    let time = now.format("%Y-%m-%dT%H:%M:%S%.3fZ");
    // In one piece, since another process of this run writes there too; and no work stops for it.
    let _ = file.write_all(format!("{time} {line}").as_bytes());
}

/// Asks whoever sits at the terminal, and gives the answer; `None` where nobody does.
pub(crate) fn ask(question: &str) -> Option<String> {
    if !io::stdin().is_terminal() || !is_stderr_a_terminal() || is_quiet() {
        return None;
    }
    let question = told(question);
    let shown = safe(&question).into_owned() + " ";
    log(&(shown.clone() + "\n"));
    bars::around(|| stderr().lock().write_all(shown.as_bytes())).ok()?;
    let mut answer = String::new();
    let n_read = io::stdin().read_line(&mut answer).ok()?;
    (n_read > 0).then(|| answer.trim().to_owned())
}

/// The exit code of a command that ends with `code`; says so where stdout was lost.
pub(crate) fn ended(code: u8) -> u8 {
    let stdout = STDOUT.lock().unwrap_or_else(PoisonError::into_inner);
    let Stdout::Lost(error) = &*stdout else { return code };
    note(&format!("error: stdout cannot be written to: {error}"));
    if code == DONE { FAILED } else { code }
}

/// Whether what goes to stdout may have colours; they never stand alone.
pub(crate) fn has_colour() -> bool {
    match COLOUR.get().copied().unwrap_or_default() {
        Colour::Always => true,
        Colour::Never => false,
        Colour::Auto => {
            is_stdout_a_terminal() && std::env::var_os("NO_COLOR").is_none_or(|no| no.is_empty())
        }
    }
}

/// Whether no text is to have colours, whatever it is printed on.
fn is_without_colour() -> bool {
    COLOUR.get() == Some(&Colour::Never)
}

/// Whether bars are seen.
fn has_bars() -> bool {
    is_stderr_a_terminal() && !is_quiet()
}

fn is_stdout_a_terminal() -> bool {
    stdout().is_terminal()
}

pub(crate) fn is_stderr_a_terminal() -> bool {
    stderr().is_terminal()
}

fn out(bytes: &[u8]) {
    let mut state = STDOUT.lock().unwrap_or_else(PoisonError::into_inner);
    if !matches!(*state, Stdout::Open) {
        return;
    }
    let written = bars::around(|| {
        let mut stdout = stdout().lock();
        stdout.write_all(bytes).and_then(|()| stdout.flush())
    });
    match written {
        Ok(()) => (),
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => *state = Stdout::Left,
        Err(error) => *state = Stdout::Lost(error),
    }
}

/// `text` as a line that is told from those before and behind it.
fn one_line(text: &str) -> String {
    let lines: Vec<&str> = text.trim_end_matches('\n').split('\n').collect();
    safe(&lines.join(INDENT)).into_owned() + "\n"
}

#[expect(clippy::disallowed_methods, reason = "this is the one place that prints")]
fn stdout() -> io::Stdout {
    io::stdout()
}

#[expect(clippy::disallowed_methods, reason = "this is the one place that prints")]
fn stderr() -> Stderr {
    io::stderr()
}

#[cfg(test)]
mod tests {
    use super::one_line;

    #[test]
    fn a_name_with_a_line_end_forges_no_message() {
        let told = one_line("error: `un\nerror: deux\u{1b}[2K` is empty");
        assert_eq!(told, "error: `un\n      error: deux\\u001b[2K` is empty\n");
    }

    #[test]
    fn an_empty_line_is_a_line() {
        assert_eq!(one_line(""), "\n");
    }
}
