//! Closed lists of words that typography knows. A word that is not here is not touched.

/// Last parts of domain names that are heard in French podcasts.
pub(super) const DOMAINS: &[&str] = &[
    "ai", "app", "be", "ca", "ch", "com", "coop", "dev", "eu", "fm", "fr", "gouv", "info", "io",
    "net", "org", "re", "social", "tv",
];

/// What an address begins with, before its colon.
pub(super) const SCHEMES: &[&str] =
    &["https", "http", "ftps", "ftp", "mailto", "magnet", "ipfs", "gemini", "irc"];

/// Names that end in a mark of their own.
pub(super) const MARKED_NAMES: &[&str] = &["Yahoo"];

/// What stands behind figures, and behind a number in words.
pub(super) const COUNTED: &[&str] = &[
    "an",
    "ans",
    "dollar",
    "dollars",
    "euro",
    "euros",
    "heure",
    "heures",
    "jour",
    "jours",
    "milliard",
    "milliards",
    "million",
    "millions",
    "minute",
    "minutes",
    "mois",
    "seconde",
    "secondes",
    "semaine",
    "semaines",
];

/// Other last parts of numbers in words than those of [`UP_TO_SIXTEEN`] and [`TENS`].
///
/// [`UP_TO_SIXTEEN`]: crate::base::french::UP_TO_SIXTEEN
/// [`TENS`]: crate::base::french::TENS
pub(super) const HUNDREDS: &[&str] = &["vingts", "cent", "cents", "mille"];

/// Titles that stand on the line of the name behind them.
pub(super) const TITLES: &[&str] = &["Dr", "Mgr", "Mlle", "Mlles", "Mme", "Mmes", "Pr"];

/// Titles that end in a point.
pub(super) const POINTED_TITLES: &[&str] = &["M", "MM"];

/// Letters before which a word is elided.
pub(super) const VOWELS: &str = "aàâæeéèêëhiîïoôœuùûüy";

/// Beginnings of words in which `oe` is one letter. One by one, because it is two
/// in « coefficient », « moelle », « poème », « Noël », « coexister ».
pub(super) const LIGATURES: &[&str] = &[
    "boeuf",
    "choeur",
    "coela",
    "coeli",
    "coeur",
    "désoeuvr",
    "foet",
    "manoeuvr",
    "moeurs",
    "noeud",
    "oecumén",
    "oedipe",
    "oedème",
    "oeil",
    "oeill",
    "oeno",
    "oesoph",
    "oestro",
    "oeuf",
    "oeuvr",
    "rancoeur",
    "soeur",
    "voeu",
    "écoeur",
];

/// Latin words with `ae` as one letter, behind the word that makes them Latin.
pub(super) const LATIN: &[(&str, &str, &str)] =
    &[("curriculum", "vitae", "vitæ"), ("ex", "aequo", "æquo")];

/// Capitals that lost their accent. Whole words, because « Cas » is one; no names of people,
/// because Eric and Éric are both right.
pub(super) const CAPITALS: &[(&str, &str)] = &[
    ("Ca", "Ça"),
    ("Ecole", "École"),
    ("Ecoles", "Écoles"),
    ("Economie", "Économie"),
    ("Economies", "Économies"),
    ("Education", "Éducation"),
    ("Egalement", "Également"),
    ("Eglise", "Église"),
    ("Eglises", "Églises"),
    ("Egypte", "Égypte"),
    ("Elysée", "Élysée"),
    ("Energie", "Énergie"),
    ("Energies", "Énergies"),
    ("Etat", "État"),
    ("Etats", "États"),
    ("Etude", "Étude"),
    ("Etudes", "Études"),
    ("Evidemment", "Évidemment"),
];

/// What follows « À » at the head of a sentence, and never the verb « a ».
pub(super) const AFTER_A: &[&str] = &[
    "bientôt", "ce", "ces", "cet", "cette", "côté", "demain", "force", "l", "la", "les", "ma",
    "moins", "mon", "part", "partir", "peine", "propos", "quoi", "qui", "savoir", "suivre",
    "terme", "titre", "tous", "tout", "toute", "toutes", "travers", "vous", "vrai",
];
