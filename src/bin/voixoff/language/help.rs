//! The help, and what is wrong with a command line, in the language of this process.
//!
//! Texts of commands and options are messages like all others. What the reader of the command line
//! adds by itself (headings, defaults, values there are) is taken from it and said here.

use super::{is_french, told};
use clap::{Arg, Command, builder::StyledStr};

/// Words of the reader of the command line around our own.
const WORDS: [(&str, &str); 11] = [
    ("Usage:", "Usage\u{a0}:"),
    ("Commands:", "Commandes\u{a0}:"),
    ("Arguments:", "Arguments\u{a0}:"),
    ("Options:", "Options\u{a0}:"),
    ("<COMMAND>", "<COMMANDE>"),
    ("[COMMAND]", "[COMMANDE]"),
    ("<FILE>...", "<FICHIER>..."),
    ("[env: ", "[variable\u{a0}: "),
    // What follows the first line of the usage stands below it.
    ("\n       voixoff [", "\n        voixoff ["),
    (".SH NAME\n", ".SH NOM\n"),
    (".SH SUBCOMMANDS\n", ".SH COMMANDES\n"),
];

/// `command` with its texts in the language of this process.
pub(crate) fn of(command: Command) -> Command {
    if !is_french() {
        return command;
    }
    let mut command = command;
    // Help, version and what is global are added here, in each command.
    command.build();
    in_french(command)
}

/// `text`, which the reader of the command line made of such a command: help, or a page of `man`.
pub(crate) fn page(text: String) -> String {
    if !is_french() {
        return text;
    }
    WORDS.iter().fold(text, |text, (english, french)| text.replace(english, french))
}

fn in_french(command: Command) -> Command {
    let about = command.get_about().map(french);
    let command = match about {
        Some(about) => command.about(about),
        None => command,
    };
    command.mut_args(option).mut_subcommands(in_french)
}

fn option(argument: Arg) -> Arg {
    let mut short = argument.get_help().map(french).unwrap_or_default();
    let values = argument.get_possible_values();
    let values: Vec<_> = values.iter().filter(|value| !value.is_hide_set()).collect();
    let takes_value = argument.get_action().takes_values();
    let is_explained = values.iter().any(|value| value.get_help().is_some());
    let mut long = short.clone();
    if takes_value && !values.is_empty() {
        let names: Vec<&str> = values.iter().map(|value| value.get_name()).collect();
        short += &format!(" [valeurs\u{a0}possibles\u{a0}: {}]", names.join(", "));
        long += "\n\nValeurs possibles\u{a0}:";
        for value in &values {
            let help = value.get_help().map(french).unwrap_or_default();
            long += &format!("\n- {}\u{a0}: {help}", value.get_name());
        }
    }
    if takes_value && !argument.is_hide_default_value_set() {
        let defaults = argument.get_default_values().iter().map(|value| value.to_string_lossy());
        let defaults = defaults.collect::<Vec<_>>().join(" ");
        if !defaults.is_empty() {
            let default = format!("[par\u{a0}défaut\u{a0}: {defaults}]");
            short = format!("{short} {default}");
            long = format!("{long}\n\n{default}");
        }
    }
    let heading = argument.get_help_heading().map(|heading| format!("{}\u{a0}", told(heading)));
    let names = argument.get_value_names().unwrap_or_default();
    let names: Vec<String> = names.iter().map(|name| told(name).into_owned()).collect();
    let mut argument = argument.help(short.trim_start().to_owned());
    argument = argument.hide_default_value(true).hide_possible_values(true);
    if takes_value && is_explained {
        argument = argument.long_help(long);
    } else if let Some(text) = argument.get_long_help().map(french) {
        argument = argument.long_help(text);
    }
    if let Some(heading) = heading {
        argument = argument.help_heading(heading);
    }
    if takes_value && !names.is_empty() { argument.value_names(names) } else { argument }
}

fn french(text: &StyledStr) -> String {
    told(&text.to_string()).into_owned()
}
