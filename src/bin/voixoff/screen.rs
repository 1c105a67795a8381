//! Progress as people see it: bars, lines or JSON, on stderr.
//!
//! The remaining time of a stage is what it has left at the speed it has had in
//! *this* run: windows taken from an earlier run count as done, not as fast.

use crate::{
    args::Progress,
    language::{labelled, told},
    terminal::{self, bars::Bar},
};
use std::{
    sync::Mutex,
    time::{Duration, Instant},
};
use voixoff::base::{
    progress::{Event, Observer, Stage},
    time::Time,
};

/// Without a terminal, a line at most this often.
pub(crate) const LINE_EVERY: Duration = Duration::from_secs(10);

/// Shows the progress of one episode.
pub(crate) struct Screen {
    kind: Progress,
    episode: String,
    state: Mutex<State>,
}

struct State {
    bar: Option<Bar>,
    total: Option<Time>,
    /// When the stage began, and what was done by then.
    from: Option<(Instant, Time)>,
    began: Instant,
    told: Instant,
}

impl Screen {
    /// A screen for `episode`.
    pub(crate) fn new(kind: Progress, episode: String) -> Screen {
        let now = Instant::now();
        let state = State { bar: None, total: None, from: None, began: now, told: now };
        Screen { kind, episode, state: Mutex::new(state) }
    }

    fn show(&self, state: &mut State, stage: Stage, done: Time, is_last: bool) {
        let remaining = state.remaining(done);
        match self.kind {
            Progress::Bars => {
                if let Some(bar) = &state.bar {
                    bar.set(done.as_millis(), state.total.unwrap_or_default().as_millis());
                    bar.tell(remaining.map(clock).unwrap_or_default());
                }
            }
            Progress::Lines if is_last || state.told.elapsed() >= LINE_EVERY => {
                state.told = Instant::now();
                let of = state.total.map(|total| format!(" of {total}")).unwrap_or_default();
                let left =
                    remaining.filter(|_| !is_last).map(|left| format!(", {} left", clock(left)));
                let took = is_last.then(|| format!(" in {}", clock(state.began.elapsed())));
                let rest = left.or(took).unwrap_or_default();
                let what = format!("{} {done}{}{}", told(verb(stage)), told(&of), told(&rest));
                terminal::record(&labelled(&self.episode, &what));
            }
            Progress::Json => {
                let line = serde_json::json!({
                    "episode": self.episode,
                    "stage": name(stage),
                    "done": done.as_millis() as f64 / 1_000.0,
                    "total": state.total.map(|total| total.as_millis() as f64 / 1_000.0),
                    "remaining": remaining.map(|left| left.as_secs()),
                });
                terminal::record(&line.to_string());
            }
            Progress::Lines | Progress::None => (),
        }
    }
}

impl State {
    fn start(&mut self, total: Option<Time>) {
        let now = Instant::now();
        (self.total, self.from, self.began, self.told) = (total, None, now, now);
    }

    /// Time left for this stage; `None` until its speed is known.
    fn remaining(&mut self, done: Time) -> Option<Duration> {
        let (since, before) = *self.from.get_or_insert((Instant::now(), done));
        let heard = done.minus(before).as_secs_f64();
        let left = self.total?.minus(done).as_secs_f64();
        (heard > 0.0).then(|| since.elapsed().mul_f64(left / heard))
    }
}

impl Observer for Screen {
    fn on(&self, event: Event) {
        let Ok(mut state) = self.state.lock() else { return };
        match event {
            Event::Started { stage, total } => {
                state.start(total);
                if self.kind == Progress::Bars {
                    state.bar = Some(self.bar(stage, total));
                }
                self.show(&mut state, stage, Time::default(), false);
            }
            Event::Advanced { stage, done } => {
                self.show(&mut state, stage, done, false);
                terminal::detail(2, || format!("{}: {} {done}", self.episode, verb(stage)));
            }
            Event::Finished { stage } => {
                drop(state.bar.take());
                let done = state.total.unwrap_or_default();
                // Lines say the same.
                if self.kind != Progress::Lines {
                    let took = state.began.elapsed().as_secs_f64();
                    terminal::detail(1, || {
                        format!("{}: {} {done} took {took:.1} s", self.episode, verb(stage))
                    });
                }
                self.show(&mut state, stage, done, true);
            }
        }
    }
}

impl Screen {
    fn bar(&self, stage: Stage, total: Option<Time>) -> Bar {
        let label = labelled(&shortened(&self.episode), &told(verb(stage)));
        Bar::of_episode(&label, total.unwrap_or_default().as_millis())
    }
}

/// What was asked for, else what suits stderr.
pub(crate) fn kind(asked: Option<Progress>) -> Progress {
    let fitting = || match () {
        () if terminal::is_quiet() => Progress::None,
        () if terminal::is_stderr_a_terminal() => Progress::Bars,
        () => Progress::Lines,
    };
    asked.unwrap_or_else(fitting)
}

/// Shows how many seconds of sound are done.
pub(crate) fn show_overall(bar: &Bar, done: f64, total: f64, left: Option<Duration>) {
    bar.set(done as u64, total as u64);
    bar.name(&told(&format!("{} of {} of sound", sound(done), sound(total))));
    bar.tell(left.map(clock).unwrap_or_default());
}

/// A name that leaves room for the bar.
fn shortened(name: &str) -> String {
    const LONGEST: usize = 32;
    if name.chars().count() <= LONGEST {
        return name.to_owned();
    }
    name.chars().take(LONGEST - 1).chain(['…']).collect()
}

/// So many seconds of sound, for people: `45 s`, `2 min 45 s`, `14 min` or `2.5 h`.
pub(crate) fn sound(seconds: f64) -> String {
    let whole = seconds.max(0.0).round() as u64;
    match (whole / 60, whole % 60) {
        (0, seconds) => format!("{seconds} s"),
        (minutes @ 1..10, 0) => format!("{minutes} min"),
        (minutes @ 1..10, seconds) => format!("{minutes} min {seconds:02} s"),
        (10..60, _) => format!("{} min", (whole + 30) / 60),
        _ => format!("{:.1} h", seconds / 3_600.0),
    }
}

/// `1:02:07` or `2:07`.
pub(crate) fn clock(time: Duration) -> String {
    let seconds = time.as_secs();
    let (hours, minutes, seconds) = (seconds / 3_600, seconds / 60 % 60, seconds % 60);
    match hours {
        0 => format!("{minutes}:{seconds:02}"),
        _ => format!("{hours}:{minutes:02}:{seconds:02}"),
    }
}

fn verb(stage: Stage) -> &'static str {
    match stage {
        Stage::Decode => "decoding",
        Stage::Regions => "finding speech",
        Stage::Voices => "telling voices apart",
        Stage::Transcribe => "transcribing",
    }
}

fn name(stage: Stage) -> &'static str {
    match stage {
        Stage::Decode => "decode",
        Stage::Regions => "regions",
        Stage::Voices => "voices",
        Stage::Transcribe => "transcribe",
    }
}

#[cfg(test)]
mod tests {
    use super::sound;

    #[test]
    fn a_length_is_told_as_exactly_as_people_need_it() {
        let shown = [0.0, 59.6, 165.0, 599.0, 600.0, 3_569.0, 3_600.0, 9_000.0].map(sound);
        let expected =
            ["0 s", "1 min", "2 min 45 s", "9 min 59 s", "10 min", "59 min", "1.0 h", "2.5 h"];
        assert_eq!(shown, expected);
    }
}
