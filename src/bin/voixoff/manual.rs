//! `voixoff completions` and `voixoff man`: the command line as shells and `man` know it, for packages
//! and for whoever has the program alone.

use crate::{
    DONE,
    args::{self, Arguments},
    language::help,
    report, terminal,
};
use anyhow::Context;
use clap::CommandFactory;
use clap_complete::generate;
use clap_mangen::Man;
use std::{fs, path::Path};
use voixoff::base::store::write_atomic;

/// Prints what makes the shell of `options` complete our words.
pub(crate) fn completions(options: &args::Completions) -> u8 {
    let mut script = Vec::new();
    generate(options.shell, &mut help::of(Arguments::command()), "voixoff", &mut script);
    terminal::document(&script);
    DONE
}

/// Prints the page of the program, or writes those of all commands to the folder of `options`.
pub(crate) fn man(options: &args::Man) -> anyhow::Result<u8> {
    let mut command = help::of(Arguments::command());
    command.build();
    let Some(folder) = &options.out else {
        terminal::document(&page(&command)?);
        return Ok(DONE);
    };
    fs::create_dir_all(folder)
        .with_context(|| format!("the folder `{}` cannot be made", folder.display()))?;
    write(&command, "voixoff", folder)?;
    Ok(DONE)
}

/// Writes the page of `command`, which is called `name`, and those of all commands below it.
fn write(command: &clap::Command, name: &str, folder: &Path) -> anyhow::Result<()> {
    let path = folder.join(format!("{name}.1"));
    write_atomic(&path, &page(command)?).with_context(|| report::unwritten(&path))?;
    terminal::path(&path);
    let shown = |below: &&clap::Command| !below.is_hide_set() && below.get_name() != "help";
    for below in command.get_subcommands().filter(shown) {
        write(below, &format!("{name}-{}", below.get_name()), folder)?;
    }
    Ok(())
}

fn page(command: &clap::Command) -> anyhow::Result<Vec<u8>> {
    let mut page = Vec::new();
    Man::new(command.clone()).render(&mut page).context("the page cannot be made")?;
    let page = String::from_utf8(page).context("the page cannot be made")?;
    Ok(help::page(page).into_bytes())
}
