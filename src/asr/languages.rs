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

/// Their names in French, in the same order.
#[rustfmt::skip]
const IN_FRENCH: [&str; LANGUAGES.len()] = [
    "anglais", "chinois", "allemand", "espagnol", "russe", "coréen", "français", "japonais", "portugais", "turc",
    "polonais", "catalan", "néerlandais", "arabe", "suédois", "italien", "indonésien", "hindi", "finnois", "vietnamien",
    "hébreu", "ukrainien", "grec", "malais", "tchèque", "roumain", "danois", "hongrois", "tamoul", "norvégien",
    "thaï", "ourdou", "croate", "bulgare", "lituanien", "latin", "maori", "malayalam", "gallois", "slovaque",
    "télougou", "persan", "letton", "bengali", "serbe", "azerbaïdjanais", "slovène", "kannada", "estonien", "macédonien",
    "breton", "basque", "islandais", "arménien", "népalais", "mongol", "bosnien", "kazakh", "albanais", "swahili",
    "galicien", "marathi", "pendjabi", "cingalais", "khmer", "shona", "yoruba", "somali", "afrikaans", "occitan",
    "géorgien", "biélorusse", "tadjik", "sindhi", "gujarati", "amharique", "yiddish", "lao", "ouzbek", "féroïen",
    "créole haïtien", "pachto", "turkmène", "nynorsk", "maltais", "sanskrit", "luxembourgeois", "birman", "tibétain", "tagalog",
    "malgache", "assamais", "tatar", "hawaïen", "lingala", "haoussa", "bachkir", "javanais", "soundanais", "cantonais",
];

/// The code of the language that `name` names: by its code (`fr`), by that followed by a
/// country (`fr-FR`, `fr_CA`), or by its name in English or French (`French`, `anglais`); capitals
/// and accents do not count.
///
/// ```
/// use voixoff::asr::language;
///
/// assert_eq!(language("fr-CA"), Some("fr"));
/// assert_eq!(language("Français"), Some("fr"));
/// assert_eq!(language("volapük"), None);
/// ```
pub fn language(name: &str) -> Option<&'static str> {
    let name = without_accents(&name.trim().to_lowercase());
    let name = name.as_str();
    let code = name.split_once(['-', '_']).map_or(name, |(code, country)| {
        let is_country = (2..=4).contains(&country.len()) && country.is_ascii();
        if is_country { code } else { name }
    });
    let mut known = LANGUAGES.iter().zip(IN_FRENCH);
    let is_it = |((known, full), french): &(&(&str, &str), &str)| {
        *known == code || *full == name || without_accents(french) == *name
    };
    known.find(is_it).map(|((code, _), _)| *code)
}

/// `name`, in small letters, without the accents that French has.
fn without_accents(name: &str) -> String {
    let plain = |letter| match letter {
        'é' | 'è' | 'ê' => 'e',
        'ç' => 'c',
        'ï' | 'î' => 'i',
        'à' => 'a',
        other => other,
    };
    name.chars().map(plain).collect()
}

/// The place of a language among those of Whisper, from 0, by its code: that of its token after
/// `sot`.
#[cfg(any(test, feature = "int8"))]
pub(super) fn language_index(code: &str) -> Option<usize> {
    LANGUAGES.iter().position(|(known, _)| *known == code)
}

/// Codes of the first `n` languages of Whisper, in the order of their tokens.
#[cfg(any(test, feature = "int8"))]
pub(super) fn first_languages(n: usize) -> impl Iterator<Item = &'static str> {
    LANGUAGES.iter().take(n).map(|(code, _)| *code)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn languages_stand_in_the_order_of_their_tokens() {
        let index = ["en", "fr", "haw", "su", "yue"].map(language_index);
        assert_eq!(index, [Some(0), Some(6), Some(93), Some(98), Some(99)]);
        assert_eq!(language_index("xx"), None);
        assert_eq!(first_languages(2).collect::<Vec<_>>(), ["en", "zh"]);
    }

    #[test]
    fn a_language_has_one_code_however_it_is_spelt() {
        for name in
            ["fr", "FR", "fr-FR", "fr_CA", "fr-419", "French", " french ", "Français", "francais"]
        {
            assert_eq!(language(name), Some("fr"), "{name}");
        }
        assert_eq!(language("Haitian Creole"), Some("ht"));
        assert_eq!(language("yue"), Some("yue"));
        assert_eq!(language("Allemand"), Some("de"));
        assert_eq!(language("Néerlandais"), Some("nl"));
        assert_eq!(language("creole haitien"), Some("ht"));
    }

    #[test]
    fn what_is_no_language_has_no_code() {
        for name in ["", "auto", "xx", "fr-", "fr-français", "frenchy", "-fr", "franc"] {
            assert_eq!(language(name), None, "{name}");
        }
    }
}
