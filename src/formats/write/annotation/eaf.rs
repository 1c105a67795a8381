//! EAF 3.0, for ELAN: a tier a person.

use super::tiers;
use crate::{
    base::transcript::Transcript,
    formats::write::{GENERATOR, header::address, xml::escaped},
};

/// The transcript as an EAF file.
pub(in crate::formats) fn eaf(transcript: &Transcript) -> String {
    let (mut slots, mut lines) = (String::new(), String::new());
    let mut count = 0;
    for tier in tiers(transcript) {
        let person = escaped(tier.person.unwrap_or_default());
        lines += &format!(
            "<TIER LINGUISTIC_TYPE_REF=\"default-lt\" PARTICIPANT=\"{person}\" TIER_ID=\"{}\">\n",
            escaped(&tier.name)
        );
        for note in tier.segments {
            count += 1;
            let (from, to) = (2 * count - 1, 2 * count);
            slots += &slot(from, note.start);
            slots += &slot(to, note.end);
            lines += &format!(
                "<ANNOTATION><ALIGNABLE_ANNOTATION ANNOTATION_ID=\"a{count}\" TIME_SLOT_REF1=\"ts{from}\" \
                 TIME_SLOT_REF2=\"ts{to}\"><ANNOTATION_VALUE>{}</ANNOTATION_VALUE></ALIGNABLE_ANNOTATION></ANNOTATION>\n",
                escaped(&note.text)
            );
        }
        lines += "</TIER>\n";
    }
    let media = media(&transcript.about.sound);
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
         <ANNOTATION_DOCUMENT AUTHOR=\"{GENERATOR}\" DATE=\"{DATE}\" FORMAT=\"3.0\" VERSION=\"3.0\" \
         xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\" \
         xsi:noNamespaceSchemaLocation=\"http://www.mpi.nl/tools/elan/EAFv3.0.xsd\">\n\
         <HEADER MEDIA_FILE=\"\" TIME_UNITS=\"milliseconds\">\n{media}\
         <PROPERTY NAME=\"lastUsedAnnotationId\">{count}</PROPERTY>\n</HEADER>\n\
         <TIME_ORDER>\n{slots}</TIME_ORDER>\n{lines}\
         <LINGUISTIC_TYPE GRAPHIC_REFERENCES=\"false\" LINGUISTIC_TYPE_ID=\"default-lt\" \
         TIME_ALIGNABLE=\"true\"/>\n</ANNOTATION_DOCUMENT>\n"
    )
}

/// ELAN wants the moment of writing. A transcript knows none: two runs give the same
/// bytes. So it is the moment that nobody takes for a true one.
const DATE: &str = "1970-01-01T00:00:00+00:00";

fn slot(number: u64, at: u64) -> String {
    format!("<TIME_SLOT TIME_SLOT_ID=\"ts{number}\" TIME_VALUE=\"{at}\"/>\n")
}

/// Where the sound is, as ELAN looks for it; it asks the user where nothing is said.
fn media(sound: &str) -> String {
    if sound.is_empty() {
        return String::new();
    }
    let ending = sound.rsplit_once('.').map(|(_, ending)| ending.to_lowercase());
    let kind = match ending.as_deref() {
        Some("mp3") => "audio/mpeg",
        Some("wav") => "audio/x-wav",
        Some("m4a" | "mp4" | "aac") => "audio/mp4",
        Some("ogg" | "opus" | "oga") => "audio/ogg",
        Some("flac") => "audio/flac",
        _ => "unknown",
    };
    let to = escaped(&address(sound));
    let to = if to.starts_with("http") { to } else { format!("./{to}") };
    format!(
        "<MEDIA_DESCRIPTOR MEDIA_URL=\"{to}\" MIME_TYPE=\"{kind}\" RELATIVE_MEDIA_URL=\"{to}\"/>\n"
    )
}
