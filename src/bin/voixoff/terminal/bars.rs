//! Moving bars, on stderr where that is a terminal. What is printed stands above them.

use super::{has_bars, is_without_colour, safe};
use console::Term;
use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle, TermLike};
use std::{
    io,
    sync::{
        LazyLock,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

/// How often a bar moves although nothing is new.
const TICK: Duration = Duration::from_millis(250);

/// Most drawings a second.
const HERTZ: u8 = 20;

/// All bars: each has a line of its own.
static ALL: LazyLock<MultiProgress> = LazyLock::new(|| {
    if is_without_colour() {
        console::set_colors_enabled_stderr(false);
    }
    MultiProgress::with_draw_target(match has_bars() {
        true => ProgressDrawTarget::term_like_with_hz(
            Box::new(Fleeting::new(Term::buffered_stderr())),
            HERTZ,
        ),
        false => ProgressDrawTarget::hidden(),
    })
});

/// What `print` gives; there is no bar on the screen meanwhile.
pub(super) fn around<R>(print: impl FnOnce() -> R) -> R {
    ALL.suspend(print)
}

/// A bar, until it is dropped.
pub(crate) struct Bar(ProgressBar);

impl Bar {
    /// A bar of the bytes of what `label` names.
    pub(crate) fn of_bytes(label: &str) -> Bar {
        let template = "{prefix} {wide_bar:.cyan/dim} {bytes}/{total_bytes} {bytes_per_sec} {eta}";
        let bar = Bar::new(template, ALL.add(ProgressBar::new(0)));
        bar.name(label);
        bar
    }

    /// A bar of the steps of what `label` names.
    #[cfg(feature = "int8")]
    pub(crate) fn of_steps(label: &str) -> Bar {
        let bar =
            Bar::new("{prefix} {wide_bar:.cyan/dim} {percent:>3} %", ALL.add(ProgressBar::new(0)));
        bar.name(label);
        bar
    }

    /// A bar of an episode, above that of all.
    pub(crate) fn of_episode(label: &str, length: u64) -> Bar {
        let template = "{prefix} {wide_bar:.cyan/dim} {percent:>3} % {msg:>9}";
        let bar = Bar::new(template, ALL.insert(0, ProgressBar::new(length)));
        bar.name(label);
        bar.0.enable_steady_tick(TICK);
        bar
    }

    /// The bar of all episodes together.
    pub(crate) fn of_all() -> Bar {
        let template = "{prefix} {wide_bar:.green/dim} {percent:>3} % {msg:>9}";
        let bar = Bar::new(template, ALL.add(ProgressBar::new(1)));
        bar.0.enable_steady_tick(TICK);
        bar
    }

    fn new(template: &str, bar: ProgressBar) -> Bar {
        let style = ProgressStyle::with_template(template);
        bar.set_style(style.unwrap_or(ProgressStyle::default_bar()));
        Bar(bar)
    }

    /// Says what it is a bar of.
    pub(crate) fn name(&self, label: &str) {
        self.0.set_prefix(safe(label).replace('\n', " "));
    }

    /// Shows that `done` of `length` are done.
    pub(crate) fn set(&self, done: u64, length: u64) {
        self.0.set_length(length);
        self.0.set_position(done);
    }

    /// Shows `text` behind the bar.
    pub(crate) fn tell(&self, text: String) {
        self.0.set_message(text);
    }
}

impl Drop for Bar {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}

/// A terminal that may go away. indicatif panics where a drawing fails; here it is let go, and
/// nothing is drawn any more.
#[derive(Debug)]
struct Fleeting<T> {
    terminal: T,
    is_gone: AtomicBool,
}

impl<T> Fleeting<T> {
    fn new(terminal: T) -> Fleeting<T> {
        Fleeting { terminal, is_gone: AtomicBool::new(false) }
    }

    fn attempt(&self, draw: impl FnOnce(&T) -> io::Result<()>) -> io::Result<()> {
        if !self.is_gone.load(Ordering::Relaxed) && draw(&self.terminal).is_err() {
            self.is_gone.store(true, Ordering::Relaxed);
        }
        Ok(())
    }
}

impl<T: TermLike> TermLike for Fleeting<T> {
    fn width(&self) -> u16 {
        self.terminal.width()
    }

    fn height(&self) -> u16 {
        self.terminal.height()
    }

    fn move_cursor_up(&self, n: usize) -> io::Result<()> {
        self.attempt(|terminal| terminal.move_cursor_up(n))
    }

    fn move_cursor_down(&self, n: usize) -> io::Result<()> {
        self.attempt(|terminal| terminal.move_cursor_down(n))
    }

    fn move_cursor_right(&self, n: usize) -> io::Result<()> {
        self.attempt(|terminal| terminal.move_cursor_right(n))
    }

    fn move_cursor_left(&self, n: usize) -> io::Result<()> {
        self.attempt(|terminal| terminal.move_cursor_left(n))
    }

    fn write_line(&self, text: &str) -> io::Result<()> {
        self.attempt(|terminal| terminal.write_line(text))
    }

    fn write_str(&self, text: &str) -> io::Result<()> {
        self.attempt(|terminal| terminal.write_str(text))
    }

    fn clear_line(&self) -> io::Result<()> {
        self.attempt(TermLike::clear_line)
    }

    fn flush(&self) -> io::Result<()> {
        self.attempt(TermLike::flush)
    }
}

#[cfg(test)]
mod tests {
    use super::Fleeting;
    use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, TermLike};
    use std::io;

    #[derive(Debug)]
    struct Gone;

    fn gone() -> io::Result<()> {
        Err(io::ErrorKind::BrokenPipe.into())
    }

    impl TermLike for Gone {
        fn width(&self) -> u16 {
            80
        }
        fn move_cursor_up(&self, _: usize) -> io::Result<()> {
            gone()
        }
        fn move_cursor_down(&self, _: usize) -> io::Result<()> {
            gone()
        }
        fn move_cursor_right(&self, _: usize) -> io::Result<()> {
            gone()
        }
        fn move_cursor_left(&self, _: usize) -> io::Result<()> {
            gone()
        }
        fn write_line(&self, _: &str) -> io::Result<()> {
            gone()
        }
        fn write_str(&self, _: &str) -> io::Result<()> {
            gone()
        }
        fn clear_line(&self) -> io::Result<()> {
            gone()
        }
        fn flush(&self) -> io::Result<()> {
            gone()
        }
    }

    #[test]
    fn a_terminal_that_went_away_ends_no_work() {
        let target = ProgressDrawTarget::term_like(Box::new(Fleeting::new(Gone)));
        let bars = MultiProgress::with_draw_target(target);
        let bar = bars.add(ProgressBar::new(10));
        bar.set_position(5);
        assert_eq!(bars.suspend(|| "printed"), "printed");
        bar.finish_and_clear();
    }
}
