//! What a document is made of: blocks, tables, headings, links.

use std::collections::BTreeSet;

/// What both languages have in common.
#[derive(Debug)]
pub(super) struct Shape {
    /// Of blocks of the shell, and calls of the program in other blocks.
    pub(super) commands: Vec<String>,
    /// Blocks of other languages, without what is said in them.
    pub(super) fences: Vec<String>,
    /// Levels.
    pub(super) headings: Vec<usize>,
    /// Of each row, its cells and the first word of each piece of code in the first one.
    pub(super) tables: Vec<(usize, Vec<String>)>,
    pub(super) options: BTreeSet<String>,
}

impl Shape {
    pub(super) fn of(text: &str) -> Shape {
        let mut shape = Shape {
            commands: Vec::new(),
            fences: Vec::new(),
            headings: Vec::new(),
            tables: Vec::new(),
            options: options(text),
        };
        let mut language = None;
        for line in text.lines() {
            match (line.strip_prefix("```"), language) {
                (Some(name), None) => language = Some(name),
                (Some(_), Some(_)) => language = None,
                (None, Some("text")) => (),
                (None, Some(name)) => {
                    let code = line.split(" #").next().unwrap_or_default().trim_end();
                    let code = if code.starts_with('#') { "" } else { code };
                    let command = code.trim_start().trim_start_matches("- ");
                    let command = command.trim_start_matches("run: ");
                    if !command.is_empty() && (name == "sh" || command.starts_with("voixoff ")) {
                        shape.commands.push(command.to_owned());
                    } else if !code.is_empty() {
                        shape.fences.push(code.to_owned());
                    }
                }
                (None, None) if line.starts_with('#') => {
                    shape.headings.push(line.bytes().take_while(|byte| *byte == b'#').count());
                }
                (None, None) if line.starts_with('|') => {
                    let first = line.split('|').nth(1).unwrap_or_default();
                    let codes = first.split('`').skip(1).step_by(2);
                    let codes = codes.filter_map(|code| code.split(' ').next()).map(str::to_owned);
                    shape.tables.push((line.split('|').count(), codes.collect()));
                }
                (None, None) => (),
            }
        }
        shape
    }
}

/// Lines outside blocks, with their numbers, without pieces of code.
pub(super) fn prose(text: &str) -> Vec<(usize, String)> {
    let mut is_code = false;
    let mut lines = Vec::new();
    for (at, line) in text.lines().enumerate() {
        if line.starts_with("```") {
            is_code = !is_code;
        } else if !is_code {
            let outside: Vec<&str> = line.split('`').step_by(2).collect();
            lines.push((at + 1, outside.join("`")));
        }
    }
    lines
}

/// Where the links and pictures of a document go.
pub(super) fn links(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    for (_, line) in prose(text) {
        let ends = line.split("](").skip(1).filter_map(|rest| rest.split(')').next());
        found.extend(ends.map(str::to_owned));
    }
    found
}

/// What a link can name in a document: its headings, as forges spell them.
pub(super) fn anchors(text: &str) -> BTreeSet<String> {
    let mut is_code = false;
    let mut found = BTreeSet::new();
    for line in text.lines() {
        is_code ^= line.starts_with("```");
        if is_code || !line.starts_with('#') {
            continue;
        }
        let title = line.trim_start_matches('#').trim().to_lowercase().replace(' ', "-");
        found.insert(title.chars().filter(|c| c.is_alphanumeric() || "-_".contains(*c)).collect());
    }
    found
}

/// Long options that a text names.
pub(super) fn options(text: &str) -> BTreeSet<String> {
    let is_name = |c: char| c.is_ascii_lowercase() || c == '-';
    let starts = text.match_indices("--").map(|(at, _)| at);
    let names = starts.filter(|&at| !text[..at].ends_with(['-', '|', ':'])).map(|at| {
        let name = &text[at..];
        name[..name.find(|c| !is_name(c)).unwrap_or(name.len())].trim_end_matches('-').to_owned()
    });
    names.filter(|name| name.len() > 2).collect()
}
