//! Who is the voix off, who leads, who is a guest; and what readers call them.
//!
//! A wrong name is worse than none. So each role needs several signs together, and
//! who shows too few of them stays `Intervenant N`. What is known beforehand (a show's
//! profile, voices that were enrolled) counts more than any sign.

mod host;
mod voix_off;

use crate::base::{
    show::Show,
    speech::{Diarization, Role, SpeakerId},
    transcript::{Segment, Speaker, SpeakerName},
};

/// What roles are made of.
#[derive(Debug, Clone, Copy)]
pub struct Evidence<'a> {
    /// Who says what.
    pub segments: &'a [Segment],
    /// Who speaks when.
    pub diarization: &'a Diarization,
    /// Level of each 100 ms, in decibels below full scale, as
    /// `attenuations_db` gives it.
    pub levels_db: &'a [u8],
    /// What is known of the show.
    pub show: &'a Show,
    /// People recognised by their voices: a name and how sure, for each speaker.
    pub known: &'a [Option<(String, f32)>],
}

/// The speakers of an episode, by number.
pub fn roles(evidence: &Evidence<'_>) -> Vec<Speaker> {
    let n_speakers = evidence.diarization.voices.len();
    let mut roles: Vec<Option<(Role, f32)>> = vec![None; n_speakers];
    let mut names: Vec<Option<String>> = vec![None; n_speakers];
    for (row, known) in evidence.known.iter().enumerate().take(n_speakers) {
        let Some((name, confidence)) = known else { continue };
        names[row] = Some(name.clone());
        let person = evidence.show.people.iter().find(|person| person.name == *name);
        roles[row] = person.and_then(|person| person.role).map(|role| (role, *confidence));
    }
    let taken = |roles: &[Option<(Role, f32)>], role| roles.iter().flatten().any(|r| r.0 == role);
    if !taken(&roles, Role::VoixOff)
        && let Some((row, confidence)) = voix_off::find(evidence, &names)
    {
        roles[row] = Some((Role::VoixOff, confidence));
    }
    if !taken(&roles, Role::Host)
        && let Some((row, confidence)) = host::find(evidence, &roles)
    {
        roles[row] = Some((Role::Host, confidence));
        names[row] = names[row].take().or_else(|| only_host(evidence, confidence));
    }
    let host = roles.iter().flatten().find(|role| role.0 == Role::Host).map(|role| role.1);
    if let Some(confidence) = host {
        for role in roles.iter_mut().filter(|role| role.is_none()) {
            *role = Some((Role::Guest, confidence));
        }
    }
    named(&roles, names, evidence.known)
}

/// The name of the show's host where it has one and the host was told surely.
fn only_host(evidence: &Evidence<'_>, confidence: f32) -> Option<String> {
    let mut hosts = evidence.show.people.iter().filter(|person| person.role == Some(Role::Host));
    let (first, second) = (hosts.next()?, hosts.next());
    let elsewhere = evidence.known.iter().flatten().any(|(name, _)| *name == first.name);
    (second.is_none() && !elsewhere && confidence >= SURE).then(|| first.name.clone())
}

/// From here on a role gives the name that goes with it.
const SURE: f32 = 0.7;

fn named(
    roles: &[Option<(Role, f32)>],
    names: Vec<Option<String>>,
    known: &[Option<(String, f32)>],
) -> Vec<Speaker> {
    let mut n_unnamed = 0;
    let mut speakers = Vec::with_capacity(roles.len());
    for (row, (role, name)) in roles.iter().zip(names).enumerate() {
        let by_voice = known.get(row).and_then(Option::as_ref).map(|known| known.1);
        let name = match (name, role) {
            (Some(name), _) => SpeakerName::read(&name),
            (None, Some((Role::VoixOff, _))) => SpeakerName::voix_off(),
            (None, _) => {
                n_unnamed += 1;
                SpeakerName::numbered(n_unnamed)
            }
        };
        let confidence = by_voice.or(role.map(|role| role.1));
        speakers.push(Speaker { id: id(row), name, role: role.map(|role| role.0), confidence });
    }
    speakers
}

/// Lower case, letters and digits only, single spaces.
fn folded(text: &str) -> String {
    let mark = |c: char| if c.is_alphanumeric() { c } else { ' ' };
    let text: String = text.to_lowercase().chars().map(mark).collect();
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The speaker of a row: rows are speakers by number.
fn id(row: usize) -> SpeakerId {
    SpeakerId(u16::try_from(row).unwrap_or(u16::MAX))
}
