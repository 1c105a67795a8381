//! Who is the voix off, who leads, who is a guest; and what readers call them.
//!
//! A wrong name is worse than none. So each role needs several signs together, and
//! who shows too few of them stays `Intervenant N`. Names come from voices that were enrolled, else
//! from what is said, else from the show's profile, for its only host: in this order, each name once.

mod host;
mod voix_off;

use super::names;
use crate::base::{
    show::Show,
    speech::{Diarization, Role, SpeakerId},
    transcript::{About, NameEvidence, Segment, Speaker, SpeakerName},
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
    /// What the publisher says of the episode.
    pub about: &'a About,
    /// People who may be heard, as the feed has them.
    pub names: &'a [String],
    /// Names of all people whose voices are known.
    pub gallery: &'a [String],
    /// Whether a first name alone names somebody of whom nothing more is known.
    pub first_names: bool,
}

/// Who speaks in an episode.
#[derive(Debug, Clone, PartialEq)]
pub struct Roles {
    /// By number.
    pub speakers: Vec<Speaker>,
    /// What the talk says of their names.
    pub name_evidence: Vec<NameEvidence>,
}

/// The speakers of an episode.
pub fn roles(evidence: &Evidence<'_>) -> Roles {
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
    }
    let name_evidence = said(evidence, &roles);
    let said = names::named(&name_evidence, n_speakers, &names, evidence.first_names);
    for (name, said) in names.iter_mut().zip(&said) {
        *name = name.take().or_else(|| said.as_ref().map(|said| said.0.clone()));
    }
    let host = roles.iter().position(|role| role.is_some_and(|role| role.0 == Role::Host));
    if let Some((row, (_, confidence))) = host.and_then(|row| Some((row, roles[row]?)))
        && names[row].is_none()
    {
        names[row] = only_host(evidence, &names, confidence);
    }
    let host = roles.iter().flatten().find(|role| role.0 == Role::Host).map(|role| role.1);
    if let Some(confidence) = host {
        for role in roles.iter_mut().filter(|role| role.is_none()) {
            *role = Some((Role::Guest, confidence));
        }
    }
    Roles { speakers: named(&roles, names, evidence.known, &said), name_evidence }
}

/// What the talk says of the names of all but the voix off.
fn said(evidence: &Evidence<'_>, roles: &[Option<(Role, f32)>]) -> Vec<NameEvidence> {
    let About { title, show, lead, people, .. } = evidence.about;
    let of_show = evidence.show.people.iter().map(|person| person.name.as_str());
    let credited = people.iter().map(|credit| credit.name.as_str());
    let of_feed = evidence.names.iter().map(String::as_str);
    let expected: Vec<&str> = of_show.chain(credited).chain(of_feed).collect();
    let notes: Vec<&str> = [title, show].into_iter().chain(lead).map(String::as_str).collect();
    let known = names::Known { expected: &expected, others: evidence.gallery, notes: &notes };
    let is_voix_off = |row: usize| roles[row].is_some_and(|role| role.0 == Role::VoixOff);
    names::evidence(evidence.segments, roles.len(), &known, is_voix_off)
}

/// The name of the show's host where it has one and the host was told surely, and nobody has the
/// name.
fn only_host(evidence: &Evidence<'_>, names: &[Option<String>], confidence: f32) -> Option<String> {
    let mut hosts = evidence.show.people.iter().filter(|person| person.role == Some(Role::Host));
    let (first, second) = (hosts.next()?, hosts.next());
    let elsewhere = names.iter().flatten().any(|name| *name == first.name);
    (second.is_none() && !elsewhere && confidence >= SURE).then(|| first.name.clone())
}

/// From here on a role gives the name that goes with it.
const SURE: f32 = 0.7;

fn named(
    roles: &[Option<(Role, f32)>],
    names: Vec<Option<String>>,
    known: &[Option<(String, f32)>],
    said: &[Option<(String, f32)>],
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
        let by_talk = said[row].as_ref().map(|said| said.1);
        let of_both = |role: f32| by_talk.map_or(role, |name| name.min(role));
        let confidence = by_voice.or(role.map(|role| of_both(role.1))).or(by_talk);
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
