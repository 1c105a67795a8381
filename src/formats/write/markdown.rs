//! Markdown, as CommonMark defines it, for sites that are written with it.

use super::{
    RenderSettings, Timecodes,
    header::{Header, address, fragment, notes},
    layout::{Block, written},
    xml::begins_reference,
};
use crate::base::transcript::Transcript;

/// A heading, what is known of the episode, then blocks under the titles of chapters; two
/// spaces end a line inside one.
pub(in crate::formats) fn render(transcript: &Transcript, settings: &RenderSettings<'_>) -> String {
    let header = Header::of(transcript, settings);
    let timecodes = settings.timecodes(transcript, Timecodes::Paragraphs);
    let title = header.full_title();
    let field = |(label, text): &(&str, String)| format!("**{label}\u{a0}:** {}", escaped(text));
    let link = |(label, to): &(&str, String)| format!("[{label}](<{to}>)");
    let fields: Vec<String> = header.fields.iter().map(field).collect();
    let links: Vec<String> = header.links.iter().map(link).collect();
    let head = [
        if title.is_empty() { title } else { heading("#", &title) },
        fields.join(NEW_LINE),
        links.join(NEW_LINE),
        header.note.map(|note| format!("*{}*", escaped(&note))).unwrap_or_default(),
    ];
    let lead = header.lead.iter().map(|paragraph| line(paragraph));
    let sound = &transcript.about.sound;
    let talk = written(
        transcript,
        timecodes,
        |title| heading("##", title),
        |block| paragraph(block, sound),
    );
    let notes = notes(&transcript.about).map(|note| line(&note));
    let paragraphs = head.into_iter().chain(lead).chain(talk).chain(notes);
    paragraphs.filter(|text| !text.is_empty()).collect::<Vec<_>>().join("\n\n") + "\n"
}

const NEW_LINE: &str = "  \n";

/// `title` behind the sharps of its `level`. One at its end would be taken for the end of the
/// heading.
fn heading(level: &str, title: &str) -> String {
    match escaped(title).strip_suffix('#') {
        Some(title) => format!("{level} {title}\\#"),
        None => format!("{level} {}", escaped(title)),
    }
}

fn paragraph(block: &Block<'_>, sound: &str) -> String {
    let time = block.time.map(|time| match sound {
        "" => format!("\\[{time}\\] "),
        _ => format!("[{time}](<{}{}>) ", address(sound), fragment(time)),
    });
    let name = block.name.map(|name| format!("**{}\u{a0}:** ", escaped(name)));
    time.unwrap_or_default() + &name.unwrap_or_default() + &block.text(line, NEW_LINE)
}

/// `text` where a line may begin with it: what would open a list, a heading, a quotation
/// or a rule there is escaped too.
fn line(text: &str) -> String {
    let text = escaped(text);
    let n_digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let mark = match text[n_digits..].chars().next() {
        Some('.' | ')') if n_digits > 0 => n_digits,
        Some('#' | '+' | '-' | '=' | '>') if n_digits == 0 => 0,
        _ => return text,
    };
    format!("{}\\{}", &text[..mark], &text[mark..])
}

fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for (at, character) in text.char_indices() {
        let is_markup = "\\`*_[]<~|".contains(character) || begins_reference(&text[at..]);
        escaped.extend(is_markup.then_some('\\'));
        escaped.push(character);
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_was_said_is_markup() {
        check("un *grand* _oui_ [Jingle] <b>", r"un \*grand\* \_oui\_ \[Jingle\] \<b>");
        check("R&D, &eacute; et C:\\", r"R&D, \&eacute; et C:\\");
    }

    #[test]
    fn a_line_opens_no_list_and_no_heading() {
        check("- Ah !", r"\- Ah !");
        check("# moi", r"\# moi");
        check("2024. Une année", r"2024\. Une année");
        check("2024 est une année - non ?", "2024 est une année - non ?");
    }

    #[track_caller]
    fn check(text: &str, expected: &str) {
        assert_eq!(line(text), expected);
    }
}
