//! Who leads through the show: opens it, speaks to the audience, asks.

use super::{Evidence, folded, id};
use crate::base::{speech::Role, transcript::Segment};

/// What is said to an audience and not to a guest; folded as [`folded`] does.
const TO_THE_AUDIENCE: &[&str] = &[
    "bonjour à toutes",
    "bonjour à tous",
    "bonsoir à toutes",
    "bonsoir à tous",
    "bienvenue dans",
    "bienvenue à toutes",
    "bienvenue à tous",
    "bienvenue sur",
    "vous écoutez",
    "nous recevons",
    "nous accueillons",
    "j ai le plaisir de recevoir",
    "nous allons parler",
    "on va parler",
    "au programme",
    "dans cette émission",
    "dans cet épisode",
    "dans ce nouvel épisode",
    "merci de nous avoir écouté",
    "merci de votre écoute",
    "à la semaine prochaine",
    "rendez vous la semaine",
    "la semaine prochaine pour",
    "on se retrouve",
    "nous nous retrouvons",
    "pour celles et ceux qui nous écoutent",
    "les personnes qui nous écoutent",
    "qui nous écoutez",
    "chers auditeurs",
    "chères auditrices",
    "restez avec nous",
];

/// What several signs together must reach.
const ENOUGH: f32 = 2.0;

/// By how much the next one must fall behind.
const LEAD: f32 = 1.0;

/// The row of the host and how sure it is; `None` where the signs are few or divided.
pub(super) fn find(evidence: &Evidence<'_>, roles: &[Option<(Role, f32)>]) -> Option<(usize, f32)> {
    let rows: Vec<usize> = (0..roles.len()).filter(|&row| roles[row].is_none()).collect();
    let believed: Vec<&Segment> = evidence
        .segments
        .iter()
        .filter(|segment| segment.doubt.is_none())
        .filter(|segment| segment.speaker.is_some_and(|id| rows.contains(&usize::from(id.0))))
        .collect();
    let is_by = |segment: &&&Segment, row: usize| segment.speaker == Some(id(row));
    let mut scores: Vec<(usize, f32)> = Vec::new();
    for &row in &rows {
        let own: Vec<&&Segment> = believed.iter().filter(|segment| is_by(segment, row)).collect();
        let addressed = own.iter().filter(|segment| is_to_the_audience(segment)).count();
        let asked = own.iter().filter(|segment| segment.text().contains('?')).count();
        let mut score = 1.5 * addressed.min(3) as f32;
        score += if own.is_empty() { 0.0 } else { asked as f32 / own.len() as f32 };
        score += if believed.first().is_some_and(|first| is_by(&first, row)) { 1.0 } else { 0.0 };
        score += if believed.last().is_some_and(|last| is_by(&last, row)) { 0.5 } else { 0.0 };
        scores.push((row, score));
    }
    scores.sort_by(|one, other| other.1.total_cmp(&one.1));
    let &(row, best) = scores.first()?;
    let next = scores.get(1).map_or(0.0, |next| next.1);
    (best >= ENOUGH && best - next >= LEAD).then(|| (row, confidence(best, best - next)))
}

/// Grows from 0.5 towards 0.95 with the signs and with the lead.
fn confidence(score: f32, lead: f32) -> f32 {
    let sure = 0.5 + 0.1 * (score - ENOUGH) + 0.1 * (lead - LEAD);
    (sure.min(0.95) * 100.0).round() / 100.0
}

fn is_to_the_audience(segment: &Segment) -> bool {
    let text = format!(" {} ", folded(&segment.text()));
    TO_THE_AUDIENCE.iter().any(|words| text.contains(&format!(" {words}")))
}
