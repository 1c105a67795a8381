//! What is wrong with the sound of an episode.

use crate::base::time::{Span, Time};
use serde::{Deserialize, Serialize};

/// Two losses with less between them are one: nobody understands what is left.
const BETWEEN_LOSSES: Time = Time::from_millis(250);

/// What was wrong with the sound; nothing, as a rule.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Damage {
    /// Packets that could not be decoded and are silent in the transcript's clock.
    pub corrupt_packets: u64,
    /// Where the sound stops before its end, and where it should have stopped if the file
    /// says so.
    pub cut: Option<(Time, Option<Time>)>,
    /// Where sound is lost and silence stands for it: sorted by start, apart from one
    /// another.
    #[serde(default)]
    pub lost: Vec<Span>,
    /// From when on times may be off: sound is lost there, and the file does not say how
    /// much.
    #[serde(default)]
    pub uncertain_from: Option<Time>,
    /// The length that the header gives, where the sound goes on behind it.
    #[serde(default)]
    pub claimed: Option<Time>,
}

impl Damage {
    /// Notes that silence stands for `span`, which begins no earlier than those noted before.
    pub fn lose(&mut self, span: Span) {
        match self.lost.last_mut() {
            Some(last) if span.start() < last.end().plus(BETWEEN_LOSSES) => {
                let end = last.end().max(span.end());
                *last = Span::new(last.start(), end).unwrap_or(*last);
            }
            _ => self.lost.push(span),
        }
    }

    /// What people should know of it, a line each.
    pub fn warnings(&self) -> Vec<String> {
        let mut warnings = Vec::new();
        if let Some(lost) = self.told_losses() {
            warnings.push(lost);
        } else if self.corrupt_packets > 0 {
            let n = self.corrupt_packets;
            warnings.push(format!("damaged packets are silent in the transcript: {n}"));
        }
        if let Some(from) = self.uncertain_from {
            warnings.push(format!(
                "times after {from} may be off: the file does not say how much sound is lost there"
            ));
        }
        if let Some((at, promised)) = self.cut {
            let of = promised.map(|promised| format!(" of {promised}")).unwrap_or_default();
            warnings.push(format!("the stream is cut at {at}{of}"));
        }
        if let Some(claimed) = self.claimed {
            warnings.push(format!(
                "the header gives a length of {claimed}; what lies behind is read as well"
            ));
        }
        warnings
    }

    /// The places of the first losses, and how much is lost in all.
    fn told_losses(&self) -> Option<String> {
        const MOST_PLACES: usize = 5;
        let seconds: f64 = self.lost.iter().map(|span| span.length().as_secs_f64()).sum();
        let places = self.lost.iter().take(MOST_PLACES).map(|span| span.start().to_string());
        let places = places.collect::<Vec<_>>().join(", ");
        let more = match self.lost.len().saturating_sub(MOST_PLACES) {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        (!self.lost.is_empty()).then(|| {
            format!(
                "{seconds:.1} s of damaged sound are silent in the transcript: at {places}{more}"
            )
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn span(start_ms: u64, end_ms: u64) -> Span {
        Span::new(Time::from_millis(start_ms), Time::from_millis(end_ms)).unwrap()
    }

    fn lost(spans: &[(u64, u64)]) -> Damage {
        let mut damage = Damage::default();
        spans.iter().for_each(|&(start, end)| damage.lose(span(start, end)));
        damage
    }

    #[test]
    fn losses_that_nearly_touch_are_one() {
        assert_eq!(lost(&[(0, 20), (20, 40), (100, 120)]).lost, [span(0, 120)]);
        assert_eq!(lost(&[(0, 20), (270, 300)]).lost, [span(0, 20), span(270, 300)]);
    }

    #[test]
    fn a_loss_inside_of_another_does_not_shorten_it() {
        assert_eq!(lost(&[(0, 900), (100, 120)]).lost, [span(0, 900)]);
    }

    #[test]
    fn losses_are_told_with_their_places() {
        assert_eq!(
            lost(&[(61_000, 63_000), (90_000, 91_500)]).warnings(),
            ["3.5 s of damaged sound are silent in the transcript: at 00:01:01, 00:01:30"]
        );
    }

    #[test]
    fn sound_without_damage_has_no_warning() {
        assert_eq!(Damage::default().warnings(), [""; 0]);
    }

    #[test]
    fn damage_written_before_places_were_known_is_read() {
        let old = r#"{"corrupt_packets":3,"cut":null}"#;
        let damage: Damage = serde_json::from_str(old).unwrap();
        assert_eq!(damage, Damage { corrupt_packets: 3, ..Damage::default() });
    }
}
