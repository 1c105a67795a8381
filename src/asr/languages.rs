//! The languages of Whisper, by whatever name people give them.

/// Codes and English names of the languages that Whisper knows, as openai-whisper lists them.
#[rustfmt::skip]
const LANGUAGES: [(&str, &str); 100] = [
    ("en", "english"), ("zh", "chinese"), ("de", "german"), ("es", "spanish"), ("ru", "russian"),
    ("ko", "korean"), ("fr", "french"), ("ja", "japanese"), ("pt", "portuguese"), ("tr", "turkish"),
    ("pl", "polish"), ("ca", "catalan"), ("nl", "dutch"), ("ar", "arabic"), ("sv", "swedish"),
    ("it", "italian"), ("id", "indonesian"), ("hi", "hindi"), ("fi", "finnish"), ("vi", "vietnamese"),
    ("he", "hebrew"), ("uk", "ukrainian"), ("el", "greek"), ("ms", "malay"), ("cs", "czech"),
    ("ro", "romanian"), ("da", "danish"), ("hu", "hungarian"), ("ta", "tamil"), ("no", "norwegian"),
    ("th", "thai"), ("ur", "urdu"), ("hr", "croatian"), ("bg", "bulgarian"), ("lt", "lithuanian"),
    ("la", "latin"), ("mi", "maori"), ("ml", "malayalam"), ("cy", "welsh"), ("sk", "slovak"),
    ("te", "telugu"), ("fa", "persian"), ("lv", "latvian"), ("bn", "bengali"), ("sr", "serbian"),
    ("az", "azerbaijani"), ("sl", "slovenian"), ("kn", "kannada"), ("et", "estonian"), ("mk", "macedonian"),
    ("br", "breton"), ("eu", "basque"), ("is", "icelandic"), ("hy", "armenian"), ("ne", "nepali"),
    ("mn", "mongolian"), ("bs", "bosnian"), ("kk", "kazakh"), ("sq", "albanian"), ("sw", "swahili"),
    ("gl", "galician"), ("mr", "marathi"), ("pa", "punjabi"), ("si", "sinhala"), ("km", "khmer"),
    ("sn", "shona"), ("yo", "yoruba"), ("so", "somali"), ("af", "afrikaans"), ("oc", "occitan"),
    ("ka", "georgian"), ("be", "belarusian"), ("tg", "tajik"), ("sd", "sindhi"), ("gu", "gujarati"),
    ("am", "amharic"), ("yi", "yiddish"), ("lo", "lao"), ("uz", "uzbek"), ("fo", "faroese"),
    ("ht", "haitian creole"), ("ps", "pashto"), ("tk", "turkmen"), ("nn", "nynorsk"), ("mt", "maltese"),
    ("sa", "sanskrit"), ("lb", "luxembourgish"), ("my", "myanmar"), ("bo", "tibetan"), ("tl", "tagalog"),
    ("mg", "malagasy"), ("as", "assamese"), ("tt", "tatar"), ("haw", "hawaiian"), ("ln", "lingala"),
    ("ha", "hausa"), ("ba", "bashkir"), ("jw", "javanese"), ("su", "sundanese"), ("yue", "cantonese"),
];

/// What French is called where it is spoken.
const FRENCH: [&str; 2] = ["français", "francais"];

/// The code of the language that `name` names: by its code (`fr`), by that followed by a
/// country (`fr-FR`, `fr_CA`), or by its English name (`French`); capitals do not count.
///
/// ```
/// use voixoff::asr::language;
///
/// assert_eq!(language("fr-CA"), Some("fr"));
/// assert_eq!(language("Français"), Some("fr"));
/// assert_eq!(language("volapük"), None);
/// ```
pub fn language(name: &str) -> Option<&'static str> {
    let name = name.trim().to_lowercase();
    let name = if FRENCH.contains(&name.as_str()) { "french" } else { &name };
    let code = name.split_once(['-', '_']).map_or(name, |(code, country)| {
        let is_country = (2..=4).contains(&country.len()) && country.is_ascii();
        if is_country { code } else { name }
    });
    let known = LANGUAGES.iter().find(|(known, full)| *known == code || *full == name);
    known.map(|(code, _)| *code)
}

/// The place of a language among those of Whisper, from 0, by its code: that of its token after
/// `sot`.
#[cfg(any(test, feature = "int8"))]
pub(super) fn language_index(code: &str) -> Option<usize> {
    LANGUAGES.iter().position(|(known, _)| *known == code)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn languages_stand_in_the_order_of_their_tokens() {
        let index = ["en", "fr", "haw", "su", "yue"].map(language_index);
        assert_eq!(index, [Some(0), Some(6), Some(93), Some(98), Some(99)]);
        assert_eq!(language_index("xx"), None);
    }

    #[test]
    fn a_language_has_one_code_however_it_is_spelt() {
        for name in ["fr", "FR", "fr-FR", "fr_CA", "fr-419", "French", " french ", "Français"] {
            assert_eq!(language(name), Some("fr"), "{name}");
        }
        assert_eq!(language("Haitian Creole"), Some("ht"));
        assert_eq!(language("yue"), Some("yue"));
    }

    #[test]
    fn what_is_no_language_has_no_code() {
        for name in ["", "auto", "xx", "fr-", "fr-français", "frenchy", "-fr"] {
            assert_eq!(language(name), None, "{name}");
        }
    }
}
