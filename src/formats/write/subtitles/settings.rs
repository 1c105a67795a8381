//! What a screen of subtitles may hold, and for how long.

use super::MILLISECOND;
use crate::{base::time::Time, formats::write::labelled};

/// How cues are cut and shown. Characters are counted with spaces and marks.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SubtitleSettings {
    /// Lines of a cue: 1 or 2.
    pub lines: usize,
    /// Characters of a line.
    pub line: usize,
    /// Shortest a cue is shown, if the next one does not need the screen.
    pub shortest: Time,
    /// Longest a cue is shown.
    pub longest: Time,
    /// Empty screen between two cues, so that the change is seen.
    pub gap: Time,
    /// Silences shorter than this are filled, up to the gap: a screen that is empty for
    /// a blink disturbs.
    pub chain: Time,
    /// Longest a cue stays when its words have been said.
    pub hang: Time,
    /// How many characters are read at ease in how many milliseconds; between the points
    /// and behind the last one in proportion.
    pub pace: &'static [(usize, u64)],
    /// By how much faster people can read than at ease, of 1.
    pub tolerance: f64,
    /// How the file says who speaks.
    pub naming: Naming,
}

/// What stands before the words of somebody who begins to talk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Naming {
    /// Nothing: the format says it in another way.
    Nothing,
    /// The name and a colon.
    Names,
    /// A dash, as in French television.
    Dashes,
}

impl Naming {
    /// What stands before the words of the person called `name`.
    pub(super) fn label(self, name: &str) -> Option<String> {
        match self {
            Naming::Nothing => None,
            Naming::Names => {
                let label = labelled(name);
                (!name.is_empty()).then(|| label.trim_end_matches(' ').to_owned())
            }
            Naming::Dashes => Some("-".to_owned()),
        }
    }
}

/// For whom subtitles are cut.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Preset {
    /// Pages and players on the web.
    #[default]
    Web,
    /// French television.
    Arcom,
    /// Podcast players.
    Podcast,
}

impl Preset {
    /// How SRT is cut; TTML too, which has the same room.
    pub fn srt(self) -> &'static SubtitleSettings {
        match self {
            Preset::Web => &SubtitleSettings::WEB,
            Preset::Arcom => &SubtitleSettings::ARCOM,
            Preset::Podcast => &SubtitleSettings::PODCAST_SRT,
        }
    }

    /// How WebVTT is cut.
    pub fn vtt(self) -> &'static SubtitleSettings {
        match self {
            Preset::Podcast => &SubtitleSettings::PODCAST_VTT,
            Preset::Web | Preset::Arcom => self.srt(),
        }
    }
}

impl SubtitleSettings {
    /// For pages and players: Netflix's guide for French, 42 characters, 15 to 17 a second.
    pub(crate) const WEB: SubtitleSettings = SubtitleSettings {
        lines: 2,
        line: 42,
        shortest: Time::from_millis(833),
        longest: Time::from_millis(7_000),
        gap: Time::from_millis(80),
        chain: Time::from_millis(500),
        hang: Time::from_millis(1_500),
        pace: &[(15, 1_000)],
        tolerance: 2.0 / 15.0,
        naming: Naming::Names,
    };

    /// For French television: "Charte relative à la qualité du sous-titrage", CSA, 2011,
    /// with its table of reading times. Its dash says that somebody else speaks.
    pub(crate) const ARCOM: SubtitleSettings = SubtitleSettings {
        line: 36,
        shortest: Time::from_millis(1_000),
        pace: &[(12, 1_000), (20, 2_000), (36, 3_000), (60, 4_000)],
        tolerance: 0.2,
        naming: Naming::Dashes,
        ..SubtitleSettings::WEB
    };

    /// For podcast players, SRT: Podcasting 2.0, two lines of 32 characters.
    pub(crate) const PODCAST_SRT: SubtitleSettings = SubtitleSettings {
        line: 32,
        gap: Time::from_millis(0),
        chain: Time::from_millis(0),
        ..SubtitleSettings::WEB
    };

    /// For podcast players, WebVTT: one line of 65 characters.
    pub(crate) const PODCAST_VTT: SubtitleSettings =
        SubtitleSettings { lines: 1, line: 65, ..SubtitleSettings::PODCAST_SRT };

    /// How long it takes to read `n_characters` at ease.
    pub(super) fn read_in(&self, n_characters: usize) -> Time {
        let (mut from, mut slope) = ((0, 0), (1, 0));
        for &(characters, millis) in self.pace {
            if from.0 < n_characters {
                slope = (characters - from.0, millis - from.1);
            }
            if n_characters <= characters {
                break;
            }
            from = (characters, millis);
        }
        // Behind the last point the line to it goes on.
        let rest = (n_characters - from.0) as u64;
        Time::from_millis(from.1 + rest * slope.1 / slope.0 as u64)
    }

    /// How long it takes at least.
    pub(super) fn read_in_haste(&self, n_characters: usize) -> Time {
        let at_ease = self.read_in(n_characters).as_millis();
        Time::from_millis((at_ease as f64 / (1.0 + self.tolerance)) as u64)
    }

    /// How long a cue is shown whose words are said from `start` to `end`, if the next one
    /// begins at `next`. It is later than `start`.
    pub(super) fn shown_until(
        &self,
        start: Time,
        end: Time,
        n_characters: usize,
        next: Option<Time>,
    ) -> Time {
        let latest = end.plus(self.hang);
        let wanted = start.plus(self.shortest.max(self.read_in(n_characters)));
        let wanted = wanted.min(start.plus(self.longest));
        let mut until = end.max(wanted.min(latest));
        if let Some(next) = next {
            let before_gap = next.minus(self.gap);
            let fills = next.minus(until) < self.chain && before_gap <= latest;
            until = if fills { before_gap } else { until.min(before_gap) };
            // Where the next one comes at once, a gap would leave nothing.
            until = if until <= start { next } else { until };
        }
        until.max(start.plus(MILLISECOND))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reading_times_are_those_of_the_table() {
        for (n_characters, millis) in [(6, 500), (12, 1_000), (28, 2_500), (60, 4_000), (84, 5_000)]
        {
            let found = SubtitleSettings::ARCOM.read_in(n_characters).as_millis();
            assert_eq!(found, millis, "{n_characters}");
        }
        assert_eq!(SubtitleSettings::WEB.read_in(30).as_millis(), 2_000);
        assert_eq!(SubtitleSettings::WEB.read_in_haste(34).as_millis(), 1_999);
    }

    #[test]
    fn a_screen_stays_for_reading_as_long_as_the_next_one_lets_it() {
        check(30, None, 2_000);
        check(60, None, 2_500);
        check(30, Some(1_900), 1_820);
        check(15, Some(1_300), 1_220);
        check(15, Some(3_000), 1_000);
        check(15, Some(1), 1);
        check(15, Some(0), 1);
    }

    /// Said in the first second of the episode.
    fn check(n_characters: usize, next: Option<u64>, expected: u64) {
        let (start, end) = (Time::default(), Time::from_millis(1_000));
        let next = next.map(Time::from_millis);
        let found = SubtitleSettings::WEB.shown_until(start, end, n_characters, next);
        assert_eq!(found.as_millis(), expected, "{n_characters} {next:?}");
    }
}
