//! Subtitles for broadcasters: TTML, in the text profile of IMSC 1.1.
//!
//! W3C, "TTML Profiles for Internet Media Subtitles and Captions 1.1". Times are clock
//! times with milliseconds, so that no frame rate has to be agreed on. White space inside
//! `p` would be shown: there is none but that of the text.

use super::{
    header::full_title,
    subtitles::{Cue, SubtitleSettings, cues, in_one_line, stamp},
    xml::escaped,
};
use crate::base::transcript::{Speaker, Transcript};

/// The transcript as a TTML file: a name where somebody else begins, and everywhere the
/// agent whose words they are.
pub(in crate::formats) fn render(transcript: &Transcript, settings: &SubtitleSettings) -> String {
    let about = &transcript.about;
    let title = full_title(&about.show, &about.title);
    let title = Some(title)
        .filter(|title| !title.is_empty())
        .map(|title| format!("<ttm:title>{}</ttm:title>\n", escaped(&title)));
    let agent = |speaker: &Speaker| {
        let (id, name) = (agent(speaker), escaped(speaker.name.as_str()));
        format!(
            "<ttm:agent xml:id=\"{id}\" type=\"person\"><ttm:name type=\"full\">{name}</ttm:name></ttm:agent>\n"
        )
    };
    let agents: String = transcript.speakers.iter().map(agent).collect();
    let paragraph = |cue: &Cue| {
        let speaker = cue.speaker.and_then(|id| transcript.speaker(id));
        paragraph(cue, speaker, settings)
    };
    let paragraphs: String =
        cues(transcript, settings, in_one_line).iter().map(paragraph).collect();
    let language = match transcript.provenance.language.as_str() {
        "" => "fr".to_owned(),
        language => escaped(language),
    };
    format!(
        "{HEAD} xml:lang=\"{language}\">\n<head>\n<metadata>\n{}{agents}</metadata>\n{LAYOUT}</head>\n\
         <body region=\"bas\" style=\"texte\"><div>\n{paragraphs}</div></body>\n</tt>\n",
        title.unwrap_or_default()
    )
}

const HEAD: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<tt xmlns="http://www.w3.org/ns/ttml" xmlns:ttm="http://www.w3.org/ns/ttml#metadata" xmlns:ttp="http://www.w3.org/ns/ttml#parameter" xmlns:tts="http://www.w3.org/ns/ttml#styling" ttp:contentProfiles="http://www.w3.org/ns/ttml/profile/imsc1.1/text" ttp:timeBase="media""#;

/// One region at the bottom, inside what every screen shows.
const LAYOUT: &str = r##"<styling><style xml:id="texte" tts:color="#ffffff" tts:backgroundColor="#000000c0" tts:fontFamily="proportionalSansSerif" tts:fontSize="100%" tts:lineHeight="125%" tts:textAlign="center"/></styling>
<layout><region xml:id="bas" tts:origin="10% 70%" tts:extent="80% 22%" tts:displayAlign="after"/></layout>
"##;

fn paragraph(cue: &Cue, speaker: Option<&Speaker>, settings: &SubtitleSettings) -> String {
    let lines: Vec<String> = cue.lines(settings).iter().map(|line| escaped(line)).collect();
    let agent = speaker.map(|speaker| format!(" ttm:agent=\"{}\"", agent(speaker)));
    let language = cue.language().map(|lang| format!(" xml:lang=\"{}\"", escaped(lang)));
    format!(
        "<p begin=\"{}\" end=\"{}\"{}{}>{}</p>\n",
        stamp(cue.start, '.'),
        stamp(cue.end, '.'),
        agent.unwrap_or_default(),
        language.unwrap_or_default(),
        lines.join("<br/>"),
    )
}

fn agent(speaker: &Speaker) -> String {
    format!("s{}", speaker.id.0)
}
