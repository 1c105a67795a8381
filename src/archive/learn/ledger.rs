//! What was learned and written into files that people edit, and from which episodes: so that it is
//! taken out again when nothing teaches it any more, and what people took out stays out.

use super::Learned;
use crate::{
    base::{
        show::{Person, Show, Term},
        speech::Voice,
        tables::{self, ReadError},
    },
    speakers::voices::{Enrolment, Gallery},
};
use serde::Deserialize;
use std::collections::BTreeSet;

/// What learning has written: the file `learned.toml` of an archive.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Ledger {
    /// People of whom nothing is to be learned.
    pub forgotten: BTreeSet<String>,
    #[serde(rename = "learned")]
    entries: Vec<Entry>,
    #[serde(rename = "voice")]
    voices: Vec<VoiceEntry>,
}

/// Something that was added to the description of a show.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
struct Entry {
    /// The description, as seen from the archive.
    file: String,
    #[serde(flatten)]
    item: Item,
    from: BTreeSet<String>,
}

/// What can be added to it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Item {
    /// A form, and a variant of it.
    Term {
        form: String,
        variant: String,
        /// Whether the form was added, too.
        new: bool,
    },
    Person(String),
    Sentence(String),
}

impl Item {
    /// Whether both are the same, whatever was there before them.
    fn is(&self, other: &Item) -> bool {
        match (self, other) {
            (
                Item::Term { form, variant, .. },
                Item::Term { form: other_form, variant: other, .. },
            ) => form == other_form && variant == other,
            _ => self == other,
        }
    }

    fn is_in(&self, show: &Show) -> bool {
        match self {
            Item::Term { form, variant, .. } => {
                let mut terms = show.lexicon.iter().filter(|term| term.form == *form);
                terms.any(|term| term.variants.contains(variant))
            }
            Item::Person(name) => show.people.iter().any(|person| person.name == *name),
            Item::Sentence(sentence) => show.boilerplate.contains(sentence),
        }
    }

    fn remove_from(&self, show: &mut Show) {
        match self {
            Item::Term { form, variant, new } => {
                let own = |term: &&mut Term| term.form == *form;
                show.lexicon
                    .iter_mut()
                    .filter(own)
                    .for_each(|term| term.variants.retain(|it| it != variant));
                let is_left =
                    |term: &Term| !term.variants.is_empty() || !term.insert.is_empty() || !new;
                show.lexicon.retain(|term| term.form != *form || is_left(term));
            }
            Item::Person(name) => show.people.retain(|person| person.name != *name),
            Item::Sentence(sentence) => show.boilerplate.retain(|it| it != sentence),
        }
    }

    /// As people are told.
    fn shown(&self) -> &str {
        match self {
            Item::Term { variant, .. } => variant,
            Item::Person(name) => name,
            Item::Sentence(sentence) => sentence,
        }
    }
}

/// A voice that was added to the known ones.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(deny_unknown_fields)]
struct VoiceEntry {
    name: String,
    /// Digest of the sound.
    sound: String,
    episode: String,
}

/// A voice that an episode teaches.
#[derive(Debug, Clone, PartialEq)]
pub struct TaughtVoice {
    /// Whose.
    pub name: String,
    /// What it sounds like.
    pub voice: Voice,
    /// Digest of the sound.
    pub sound: String,
    /// The episode.
    pub episode: String,
}

/// What became of known voices.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct VoiceChanges {
    /// Those that were added.
    pub added: Vec<TaughtVoice>,
    /// Whose voice is known by less than before, or no more.
    pub taken: Vec<String>,
    /// Whose voice should be known by less, and was made known otherwise, too: both are one by now.
    pub mixed: Vec<String>,
}

impl Ledger {
    /// The ledger that `text` describes; TOML.
    ///
    /// # Errors
    /// [`ReadError`] where it describes none.
    pub fn parse(text: &str) -> Result<Ledger, ReadError> {
        tables::read(text)
    }

    /// The text of `learned.toml`.
    pub fn render(&self) -> String {
        let list = |texts: &BTreeSet<String>| {
            let texts: Vec<String> = texts.iter().map(|text| tables::quoted(text)).collect();
            format!("[{}]", texts.join(", "))
        };
        let mut text = format!(
            "# What `voixoff learn` has added to the files beside this one, and by which episodes it was\n\
             # learned: when none of them teaches it any more, it is taken out when you learn again.\n\
             # What you take out of those files stays out.\n\n\
             # People of whom nothing is learned.\n\
             forgotten = {}\n",
            list(&self.forgotten)
        );
        let quoted = tables::quoted;
        for Entry { file, item, from } in &self.entries {
            let item = match item {
                Item::Term { form, variant, new } => format!(
                    "term = {{ form = {}, variant = {}, new = {new} }}",
                    quoted(form),
                    quoted(variant)
                ),
                Item::Person(name) => format!("person = {}", quoted(name)),
                Item::Sentence(sentence) => format!("sentence = {}", quoted(sentence)),
            };
            let (file, from) = (quoted(file), list(from));
            text.push_str(&format!("\n[[learned]]\nfile = {file}\n{item}\nfrom = {from}\n"));
        }
        for VoiceEntry { name, sound, episode } in &self.voices {
            let [name, sound, episode] = [name, sound, episode].map(|text| quoted(text));
            text.push_str(&format!(
                "\n[[voice]]\nname = {name}\nsound = {sound}\nepisode = {episode}\n"
            ));
        }
        text
    }

    /// The descriptions that something was added to.
    pub fn files(&self) -> BTreeSet<String> {
        self.entries.iter().map(|entry| entry.file.clone()).collect()
    }

    /// `learned` without those who are forgotten.
    pub fn allowed(&self, mut learned: Learned) -> Learned {
        let is_name = |form: &str| {
            let is_of = |name: &String| {
                let words: Vec<&str> = name.split_whitespace().collect();
                form.split_whitespace().all(|word| words.contains(&word))
            };
            self.forgotten.iter().any(is_of)
        };
        learned.people.retain(|person| !self.forgotten.contains(&person.name));
        learned.terms.retain(|term| !is_name(&term.form));
        learned
    }

    /// The description `show` that lies at `file`, if there is one, with what was `found` in the place of
    /// what was found before; and what was taken out. All of it is noted.
    pub fn apply(
        &mut self,
        file: &str,
        show: Option<Show>,
        found: &Learned,
    ) -> (Show, Vec<String>) {
        let (mut before, others): (Vec<Entry>, Vec<Entry>) =
            self.entries.drain(..).partition(|entry| entry.file == file);
        self.entries = others;
        if show.is_none() {
            before.clear();
        }
        let mut show = show.unwrap_or_default();
        let is_own = |form: &str| {
            let is_own = |item: &Item| matches!(item, Item::Term { form: own, new: true, .. } if own == form);
            before.iter().any(|entry| is_own(&entry.item))
        };
        let is_new = |form: &str, show: &Show| show.lexicon.iter().all(|term| term.form != form);
        let new: BTreeSet<String> = found
            .terms
            .iter()
            .map(|term| term.form.clone())
            .filter(|form| is_own(form) || is_new(form, &show))
            .collect();
        let taught = items(found);
        let mut taken = Vec::new();
        for entry in &before {
            let is_taught = taught.iter().any(|(item, _)| item.is(&entry.item));
            if !is_taught && entry.item.is_in(&show) {
                entry.item.remove_from(&mut show);
                taken.push(entry.item.shown().to_owned());
            }
        }
        for (item, from) in taught {
            let file = file.to_owned();
            if let Some(known) = before.iter().find(|entry| entry.item.is(&item)) {
                self.entries.push(Entry { file, item: known.item.clone(), from });
            } else if !item.is_in(&show) {
                let item = added(item, &mut show, found, &new);
                self.entries.push(Entry { file, item, from });
            }
        }
        (show, taken)
    }

    /// Brings `gallery` to what is `taught`, as far as it came from what was taught before.
    /// `is_new` is a gallery that was not there: nobody took anything out of it.
    pub fn apply_voices(
        &mut self,
        gallery: &mut Gallery,
        is_new: bool,
        taught: Vec<TaughtVoice>,
    ) -> VoiceChanges {
        let before = if is_new { Vec::new() } else { std::mem::take(&mut self.voices) };
        self.voices.clear();
        let mut changes = VoiceChanges::default();
        let entry = |it: &TaughtVoice| VoiceEntry {
            name: it.name.clone(),
            sound: it.sound.clone(),
            episode: it.episode.clone(),
        };
        let taught: Vec<TaughtVoice> =
            taught.into_iter().filter(|it| !self.forgotten.contains(&it.name)).collect();
        let is_same =
            |one: &VoiceEntry, it: &TaughtVoice| one.name == it.name && one.sound == it.sound;
        let stale = before.iter().filter(|one| !taught.iter().any(|it| is_same(one, it)));
        let stale: BTreeSet<&str> = stale.map(|one| one.name.as_str()).collect();
        for name in stale {
            let own: Vec<&VoiceEntry> = before.iter().filter(|one| one.name == name).collect();
            let Some(known) = gallery.people.iter().find(|known| known.name == name) else {
                continue;
            };
            let is_ours = |sound: &String| own.iter().any(|one| one.sound == *sound);
            if !known.from.iter().all(is_ours) {
                changes.mixed.push(name.to_owned());
                self.voices.extend(own.into_iter().cloned());
                continue;
            }
            // Means cannot be taken apart: it is made anew from what is left.
            let kept = known.from.clone();
            gallery.forget(name);
            for it in taught.iter().filter(|it| it.name == name && kept.contains(&it.sound)) {
                gallery.enroll(name, it.voice.embedding.clone(), it.voice.speech, &it.sound);
            }
            changes.taken.push(name.to_owned());
        }
        for it in taught {
            if before.iter().any(|one| is_same(one, &it)) {
                self.voices.push(entry(&it));
                continue;
            }
            let (embedding, speech) = (it.voice.embedding.clone(), it.voice.speech);
            if gallery.enroll(&it.name, embedding, speech, &it.sound) != Enrolment::KnownSource {
                self.voices.push(entry(&it));
                changes.added.push(it);
            }
        }
        self.voices.sort();
        self.voices.dedup();
        changes
    }
}

/// All that was `found`, and where.
fn items(found: &Learned) -> Vec<(Item, BTreeSet<String>)> {
    let mut items = Vec::new();
    for term in &found.terms {
        for (variant, _) in &term.variants {
            let (form, variant) = (term.form.clone(), variant.clone());
            items.push((Item::Term { form, variant, new: false }, term.episodes.clone()));
        }
    }
    for person in &found.people {
        items.push((Item::Person(person.name.clone()), person.episodes.clone()));
    }
    for (sentence, episodes) in &found.boilerplate {
        items.push((Item::Sentence(sentence.clone()), episodes.clone()));
    }
    items
}

/// `item` after it was added to `show`, where the forms `new` are not a person's.
fn added(item: Item, show: &mut Show, found: &Learned, new: &BTreeSet<String>) -> Item {
    match item {
        Item::Term { form, variant, .. } => {
            let known = show.lexicon.iter().position(|term| term.form == form);
            let at = known.unwrap_or_else(|| {
                show.lexicon.push(Term::new(form.clone()));
                show.lexicon.len() - 1
            });
            show.lexicon[at].variants.push(variant.clone());
            let new = new.contains(&form);
            Item::Term { form, variant, new }
        }
        Item::Person(name) => {
            let role = found.people.iter().find(|person| person.name == name);
            let role = role.and_then(|person| person.role);
            show.people.push(Person { name: name.clone(), role });
            Item::Person(name)
        }
        Item::Sentence(sentence) => {
            show.boilerplate.push(sentence.clone());
            Item::Sentence(sentence)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        archive::learn::{LearnedPerson, LearnedTerm},
        base::{
            speech::{Embedding, SpeakerId},
            time::Time,
        },
    };

    fn learned(terms: &[(&str, &[&str])], people: &[&str], sentences: &[&str]) -> Learned {
        let episodes = BTreeSet::from(["un".to_owned()]);
        let term = |(form, variants): &(&str, &[&str])| LearnedTerm {
            form: (*form).to_owned(),
            variants: variants.iter().map(|variant| ((*variant).to_owned(), 2)).collect(),
            episodes: episodes.clone(),
        };
        let person = |name: &&str| LearnedPerson {
            name: (*name).to_owned(),
            role: None,
            speech: Time::default(),
            episodes: episodes.clone(),
        };
        Learned {
            terms: terms.iter().map(term).collect(),
            people: people.iter().map(person).collect(),
            boilerplate: sentences
                .iter()
                .map(|sentence| ((*sentence).to_owned(), episodes.clone()))
                .collect(),
        }
    }

    fn show(text: &str) -> Show {
        Show::parse(text).unwrap()
    }

    #[test]
    fn what_nothing_teaches_any_more_is_taken_out_and_what_a_person_wrote_stays() {
        let own = show("lexicon = [\"CNIL\", { form = \"Garnier\", variants = [\"grenier\"] }]");
        let both = learned(
            &[("Garnier", &["Garamier", "grenier"]), ("CNIL", &["Cénil"]), ("ESUP", &["Ésupe"])],
            &["Alain Garnier"],
            &["Vous écoutez les voix."],
        );
        let mut ledger = Ledger::default();
        let (with, taken) = ledger.apply("show.toml", Some(own.clone()), &both);
        assert_eq!((with.lexicon.len(), with.people.len(), with.boilerplate.len()), (3, 1, 1));
        assert!(taken.is_empty());
        let mut again = Ledger::parse(&ledger.render()).unwrap();
        assert_eq!(again, ledger);
        let (without, mut taken) = again.apply("show.toml", Some(with), &learned(&[], &[], &[]));
        assert_eq!(without, own);
        taken.sort();
        assert_eq!(
            taken,
            ["Alain Garnier", "Cénil", "Garamier", "Vous écoutez les voix.", "Ésupe"]
        );
        assert_eq!(again, Ledger::default());
    }

    #[test]
    fn what_a_person_took_out_stays_out_until_the_file_is_gone() {
        let found = learned(&[("ESUP", &["Ésupe"])], &["Alain Garnier", "Léa"], &[]);
        let mut ledger = Ledger::default();
        let (mut with, _) = ledger.apply("show.toml", None, &found);
        with.people.remove(0);
        with.lexicon.clear();
        let (again, taken) = ledger.apply("show.toml", Some(with), &found);
        assert_eq!((again.people.len(), again.lexicon.len(), taken.len()), (1, 0, 0));
        let (anew, _) = ledger.apply("show.toml", None, &found);
        assert_eq!((anew.people.len(), anew.lexicon.len()), (2, 1));
    }

    #[test]
    fn shows_have_ledgers_of_their_own() {
        let mut ledger = Ledger::default();
        ledger.apply("un/show.toml", None, &learned(&[], &["Léa"], &[]));
        ledger.apply("deux/show.toml", None, &learned(&[], &["Paul"], &[]));
        let (show, taken) = ledger.apply(
            "un/show.toml",
            Some(show("[[person]]\nname = \"Léa\"\n")),
            &learned(&[], &[], &[]),
        );
        assert_eq!((show.people.len(), taken), (0, vec!["Léa".to_owned()]));
        assert!(ledger.render().contains("Paul") && !ledger.render().contains("Léa"));
    }

    #[test]
    fn of_who_is_forgotten_nothing_is_learned() {
        let found = learned(
            &[("Garnier", &["Garamier"]), ("ESUP", &["Ésupe"])],
            &["Alain Garnier", "Léa"],
            &[],
        );
        let mut ledger =
            Ledger { forgotten: ["Alain Garnier".to_owned()].into(), ..Ledger::default() };
        let left = ledger.allowed(found);
        assert_eq!((left.people.len(), left.terms.len()), (1, 1));
        let mut gallery = Gallery::new("5eed");
        let changes =
            ledger.apply_voices(&mut gallery, true, vec![voice("Alain Garnier", "a0", [1.0, 0.0])]);
        assert_eq!((gallery.people.len(), changes), (0, VoiceChanges::default()));
    }

    #[test]
    fn a_voice_is_made_anew_without_the_episode_that_is_gone() {
        let mut gallery = Gallery::new("5eed");
        let mut ledger = Ledger::default();
        let [one, two] = [voice("Léa", "a0", [1.0, 0.0]), voice("Léa", "b0", [0.0, 1.0])];
        let changes = ledger.apply_voices(&mut gallery, true, vec![one.clone(), two]);
        assert_eq!((changes.added.len(), gallery.people[0].from.len()), (2, 2));
        let changes = ledger.apply_voices(&mut gallery, false, vec![one.clone()]);
        assert_eq!(changes.taken, ["Léa"]);
        assert_eq!(gallery.people[0].from, ["a0"]);
        assert!(gallery.people[0].embedding.cosine(&one.voice.embedding) > 0.999);
        let changes = ledger.apply_voices(&mut gallery, false, Vec::new());
        assert_eq!((changes.taken.len(), gallery.people.len()), (1, 0));
        assert_eq!(ledger, Ledger::default());
    }

    #[test]
    fn a_voice_that_a_person_took_out_or_made_known_is_left_alone() {
        let mut gallery = Gallery::new("5eed");
        let mut ledger = Ledger::default();
        let one = voice("Léa", "a0", [1.0, 0.0]);
        ledger.apply_voices(&mut gallery, true, vec![one.clone()]);
        gallery.forget("Léa");
        let changes = ledger.apply_voices(&mut gallery, false, vec![one.clone()]);
        assert_eq!((gallery.people.len(), changes), (0, VoiceChanges::default()));
        let mut gallery = Gallery::new("5eed");
        gallery.enroll("Léa", one.voice.embedding.clone(), one.voice.speech, "c0");
        let mut ledger = Ledger::default();
        ledger.apply_voices(&mut gallery, false, vec![one]);
        let changes = ledger.apply_voices(&mut gallery, false, Vec::new());
        assert_eq!((changes.mixed, gallery.people[0].from.len()), (vec!["Léa".to_owned()], 2));
    }

    fn voice(name: &str, sound: &str, values: [f32; 2]) -> TaughtVoice {
        let embedding = Embedding::new(values.to_vec()).unwrap();
        TaughtVoice {
            name: name.to_owned(),
            voice: Voice { speaker: SpeakerId(0), embedding, speech: Time::from_millis(60_000) },
            sound: sound.to_owned(),
            episode: "un".to_owned(),
        }
    }
}
