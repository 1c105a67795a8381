//! What is known of a show beforehand: its people and the words it says each time.
//!
//! A person writes it, or `voixoff show init` begins it; the program reads it and
//! never changes it. Nothing in it is needed; everything in it makes names surer.
//!
//! ```
//! let show = voixoff::base::show::Show::parse(r#"
//!     title = "Le bureau des idées"
//!     speakers = { min = 2, max = 5 }
//!     boilerplate = ["Vous écoutez le bureau des idées."]
//!     lexicon = ["logiciel libre", { form = "SecNumCloud", variants = ["sec num cloud"] }]
//!
//!     [[person]]
//!     name = "Aïcha Le Goff"
//!     role = "host"
//!
//!     [[person]]
//!     name = "Bertrand N'Guyen"
//! "#)?;
//! assert_eq!(show.people.len(), 2);
//! # Ok::<(), voixoff::base::show::ShowError>(())
//! ```

use crate::base::{
    speech::Role,
    tables::{self, ReadError},
};
use serde::{
    Deserialize, Deserializer, Serialize,
    de::{Error, MapAccess, Visitor, value::MapAccessDeserializer},
};
use std::fmt;

/// A show, as `show.toml` describes it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Show {
    /// Its title.
    pub title: String,
    /// Fewest and most people who speak in an episode.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub speakers: Option<SpeakerCount>,
    /// Sentences of the announcer, said in every episode.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub boilerplate: Vec<String>,
    /// Names and terms, spelt as they should be; given to the recogniser, and written in
    /// the place of its misspellings.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub lexicon: Vec<Term>,
    /// More names and terms that the recogniser is to prefer where they may have been said; those
    /// of the lexicon and of the people are preferred anyway.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub hotwords: Vec<String>,
    /// Who is heard in it, as a rule.
    #[serde(skip_serializing_if = "Vec::is_empty", rename = "person")]
    pub people: Vec<Person>,
}

/// How many people may speak in an episode.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Bounds")]
pub struct SpeakerCount {
    /// Fewest; at least 1.
    pub min: u16,
    /// Most; not below `min`.
    pub max: u16,
}

/// A name or a term, and how the recogniser misspells it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Term {
    /// As it should be spelt.
    pub form: String,
    /// As it should not.
    pub variants: Vec<String>,
    /// What an editor adds behind it where it is said first, in brackets: `[Przyluski]`.
    /// Empty for nothing.
    pub insert: String,
}

impl Term {
    /// A term without variants.
    pub fn new(form: impl Into<String>) -> Term {
        Term { form: form.into(), variants: Vec::new(), insert: String::new() }
    }

    /// Its line in `show.toml`.
    fn render(&self) -> String {
        let form = tables::quoted(&self.form);
        if self.variants.is_empty() && self.insert.is_empty() {
            return form;
        }
        let variants: Vec<String> = self.variants.iter().map(|text| tables::quoted(text)).collect();
        let variants = match variants.as_slice() {
            [] => String::new(),
            variants => format!(", variants = [{}]", variants.join(", ")),
        };
        let insert = match self.insert.as_str() {
            "" => String::new(),
            insert => format!(", insert = {}", tables::quoted(insert)),
        };
        format!("{{ form = {form}{variants}{insert} }}")
    }
}

/// Somebody of a show.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Person {
    /// As readers should see it; never blank.
    #[serde(deserialize_with = "not_blank")]
    pub name: String,
    /// What they do in it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role: Option<Role>,
}

/// Most characters of what the recogniser is told.
const PROMPT_MAX: usize = 600;

/// Why a text does not describe a show.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ShowError {
    /// It cannot be read, or says something that cannot be.
    #[error(transparent)]
    Malformed(#[from] ReadError),
}

impl Show {
    /// The show that `text` describes; TOML.
    ///
    /// # Errors
    /// [`ShowError::Malformed`] with the line, if `text` is not TOML, has a field that
    /// a show has not, counts speakers in a way that cannot be, or leaves a name blank.
    pub fn parse(text: &str) -> Result<Show, ShowError> {
        Ok(tables::read(text)?)
    }

    /// What the recogniser is told beforehand: names of people, of `others` who may be heard,
    /// then the lexicon.
    ///
    /// At most 600 characters, in whole items: it remembers some 150 words, and the latest
    /// count most. Empty where nothing is known.
    pub fn prompt(&self, others: &[String]) -> String {
        let names = self.people.iter().map(|person| person.name.trim());
        let names = names.chain(others.iter().map(|name| name.trim()));
        let items = names.chain(self.lexicon.iter().map(|term| term.form.trim()));
        let mut said: Vec<&str> = Vec::new();
        let mut n_characters = 0;
        for item in items.filter(|item| !item.is_empty()) {
            if said.contains(&item) {
                continue;
            }
            n_characters += item.chars().count() + if said.is_empty() { 0 } else { 2 };
            if n_characters > PROMPT_MAX {
                break;
            }
            said.push(item);
        }
        said.join(", ")
    }

    /// The text of `show.toml`: [`Show::parse`] gives the same show again.
    ///
    /// Each field has a comment, also one that is not set: who edits the file sees
    /// what could be there.
    pub fn render(&self) -> String {
        self.render_remarking(|_| None)
    }

    /// [`Show::render`], with a remark above each person that `remark` has one for.
    ///
    /// A remark is one line, for the person who will edit the file.
    pub fn render_remarking(&self, remark: impl Fn(&Person) -> Option<&'static str>) -> String {
        let speakers = match self.speakers {
            Some(SpeakerCount { min, max }) => format!("speakers = {{ min = {min}, max = {max} }}"),
            None => "# speakers = { min = 2, max = 5 }".to_owned(),
        };
        let mut text = format!(
            "# What is known of the show beforehand. Any of it may be changed or left out.\n\n\
             # Title of the show.\n\
             title = {}\n\n\
             # Fewest and most people who speak in an episode, the announcer included.\n\
             {speakers}\n\n\
             # Sentences of the announcer, said in every episode.\n\
             boilerplate = {}\n\n\
             # Names and terms, spelt as they should be; given to the recogniser. With variants,\n\
             # also written in their place: {{ form = \"SecNumCloud\", variants = [\"sec num cloud\"] }}\n\
             # With `insert`, what nobody said, once: {{ form = \"Valentin\", insert = \"[Przyluski]\" }}\n\
             lexicon = {}\n\n\
             # More names and terms that may be said, also a thousand; the recogniser prefers them to\n\
             # what sounds alike, as it does those above and below.\n\
             hotwords = {}\n\n\
             # Who is heard as a rule, a `[[person]]` for each. `name`: as readers should see it.\n\
             # `role`: \"host\", \"guest\" or \"voix-off\" (announces, talks with nobody); may be left out.\n",
            tables::quoted(&self.title),
            tables::quoted_list(&self.boilerplate),
            tables::list(self.lexicon.iter().map(Term::render)),
            tables::quoted_list(&self.hotwords),
        );
        if self.people.is_empty() {
            text.push_str("# [[person]]\n# name = \"\"\n# role = \"host\"\n");
        }
        for (idx, person) in self.people.iter().enumerate() {
            // The first stands right below the comment that explains it.
            text.push_str(if idx == 0 { "" } else { "\n" });
            text.push_str(&remark(person).map(|line| format!("# {line}\n")).unwrap_or_default());
            text.push_str(&format!("[[person]]\nname = {}\n", tables::quoted(&person.name)));
            let role = person.role.map(|role| format!("role = {}\n", tables::quoted(role.name())));
            text.push_str(&role.unwrap_or_default());
        }
        text
    }
}

/// A term as written: a text alone, or a table.
struct TermVisitor;

impl<'de> Visitor<'de> for TermVisitor {
    type Value = Term;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a text, or { form = \"…\", variants = [\"…\"], insert = \"[…]\" }")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Term, E> {
        Ok(Term::new(text))
    }

    fn visit_map<M: MapAccess<'de>>(self, map: M) -> Result<Term, M::Error> {
        /// Its fields, so that a wrong one is named.
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Table {
            form: String,
            #[serde(default)]
            variants: Vec<String>,
            #[serde(default)]
            insert: String,
        }
        let table = Table::deserialize(MapAccessDeserializer::new(map))?;
        Ok(Term { form: table.form, variants: table.variants, insert: table.insert })
    }
}

impl<'de> Deserialize<'de> for Term {
    fn deserialize<D: Deserializer<'de>>(source: D) -> Result<Term, D::Error> {
        source.deserialize_any(TermVisitor)
    }
}

/// A count of speakers as written, which may be none.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Bounds {
    min: u16,
    max: u16,
}

impl TryFrom<Bounds> for SpeakerCount {
    type Error = String;

    fn try_from(Bounds { min, max }: Bounds) -> Result<SpeakerCount, String> {
        match min {
            0 => Err("`min` is 0: somebody speaks in every episode".to_owned()),
            _ if min > max => Err(format!("`min` is {min}, which is more than `max`, {max}")),
            _ => Ok(SpeakerCount { min, max }),
        }
    }
}

fn not_blank<'de, D: Deserializer<'de>>(text: D) -> Result<String, D::Error> {
    let name = String::deserialize(text)?;
    if name.trim().is_empty() {
        return Err(D::Error::custom("a person's `name` is blank"));
    }
    Ok(name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::{collection::vec, option, prelude::*};

    fn refused(text: &str) -> String {
        Show::parse(text).unwrap_err().to_string()
    }

    fn role() -> impl Strategy<Value = Role> {
        prop_oneof![Just(Role::VoixOff), Just(Role::Host), Just(Role::Guest)]
    }

    prop_compose! {
        fn person()(name in any::<String>(), role in option::of(role())) -> Person {
            Person { name: format!("N{name}"), role }
        }
    }

    prop_compose! {
        fn term()(
            form in any::<String>(),
            variants in vec(any::<String>(), 0..3),
            insert in any::<String>(),
        ) -> Term {
            Term { form, variants, insert }
        }
    }

    prop_compose! {
        fn show()(
            title in any::<String>(),
            speakers in option::of((1_u16.., any::<u16>())),
            boilerplate in vec(any::<String>(), 0..3),
            lexicon in vec(term(), 0..3),
            hotwords in vec(any::<String>(), 0..3),
            people in vec(person(), 0..3),
        ) -> Show {
            let speakers = speakers.map(|(min, max)| SpeakerCount { min, max: max.max(min) });
            Show { title, speakers, boilerplate, lexicon, hotwords, people }
        }
    }

    proptest! {
        #[test]
        fn what_is_rendered_is_read_back(show in show()) {
            let text = show.render();
            prop_assert_eq!(Show::parse(&text).unwrap(), show, "{}", text);
        }
    }

    #[test]
    fn nothing_is_needed() {
        assert_eq!(Show::parse("").unwrap(), Show::default());
        assert_eq!(Show::parse(&Show::default().render()).unwrap(), Show::default());
    }

    #[test]
    fn a_term_may_be_a_text_or_a_table() {
        let text =
            "lexicon = [\"April\", { form = \"SecNumCloud\", variants = [\"sec num cloud\"] }]";
        let variants = vec!["sec num cloud".to_owned()];
        let expected = [Term::new("April"), Term { variants, ..Term::new("SecNumCloud") }];
        assert_eq!(Show::parse(text).unwrap().lexicon, expected);
        assert!(
            refused("lexicon = [\n  { forme = \"A\" },\n]")
                .starts_with("line 2: unknown field `forme`")
        );
        assert!(refused("lexicon = [\n  3,\n]").starts_with("line 2: invalid type"));
    }

    #[test]
    fn a_prompt_names_people_first_and_nothing_twice() {
        let person = |name: &str| Person { name: name.into(), role: None };
        let show = Show {
            people: vec![person("Aïcha"), person("Bertrand")],
            lexicon: vec![Term::new("April"), Term::new("Aïcha"), Term::new(" ")],
            ..Show::default()
        };
        assert_eq!(show.prompt(&[]), "Aïcha, Bertrand, April");
        assert_eq!(Show::default().prompt(&[]), "");
    }

    #[test]
    fn a_prompt_ends_with_a_whole_item_that_fits() {
        let lexicon = ["é", "à", "ô"].map(|letter| Term::new(letter.repeat(298)));
        let show = Show { lexicon: lexicon.to_vec(), ..Show::default() };
        assert_eq!(show.prompt(&[]), format!("{}, {}", "é".repeat(298), "à".repeat(298)));
    }

    #[test]
    fn a_remark_stands_above_its_person_and_is_not_read() {
        let person = |name: &str| Person { name: name.into(), role: None };
        let show = Show { people: vec![person("Aïcha"), person("Bertrand")], ..Show::default() };
        let text = show.render_remarking(|one| (one.name == "Bertrand").then_some("to be checked"));
        assert!(text.ends_with(
            "[[person]]\nname = \"Aïcha\"\n\n# to be checked\n[[person]]\nname = \"Bertrand\"\n"
        ));
        assert_eq!(Show::parse(&text).unwrap(), show);
    }

    #[test]
    fn a_count_of_speakers_that_cannot_be_is_refused() {
        assert_eq!(
            refused("title = 'T'\n\nspeakers = { min = 5, max = 2 }\n"),
            "line 3: `min` is 5, which is more than `max`, 2"
        );
        assert_eq!(
            refused("speakers = { min = 0, max = 2 }\n"),
            "line 1: `min` is 0: somebody speaks in every episode"
        );
    }

    #[test]
    fn a_mistake_is_named_with_its_line() {
        assert!(
            refused("title = 'T'\nlexicom = []\n").starts_with("line 2: unknown field `lexicom`")
        );
        assert!(
            refused("title = 'T'\n[[person]]\nrole = 'chef'\n")
                .starts_with("line 3: unknown variant")
        );
        assert!(
            refused("title = 'T'\n[[person]]\nrole = 'host'\n").contains("missing field `name`")
        );
        assert_eq!(refused("[[person]]\nname = ' '\n"), "line 2: a person's `name` is blank");
        assert!(refused("title = 'T'\nlexicon = [\n").starts_with("line "));
    }
}
