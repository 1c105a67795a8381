//! `voices.toml`: a gallery as people read it, and can take somebody out of it.

use super::{Gallery, GalleryError, Known};
use crate::base::{speech::Embedding, tables, time::Time};
use serde::Deserialize;
use std::collections::BTreeSet;

/// Form of the file that is written now.
const SCHEMA: u32 = 1;

impl Gallery {
    /// The gallery that `text` describes; TOML, as [`Gallery::render`] writes it.
    ///
    /// # Errors
    /// [`GalleryError::Malformed`] with the line, [`GalleryError::Newer`],
    /// [`GalleryError::Uneven`] or [`GalleryError::Twice`].
    pub fn parse(text: &str) -> Result<Gallery, GalleryError> {
        /// The number alone: what else is in a newer form cannot be known.
        #[derive(Deserialize)]
        struct Form {
            schema: Option<u32>,
        }
        let found = tables::read::<Form>(text)?.schema.unwrap_or(SCHEMA);
        if found > SCHEMA {
            return Err(GalleryError::Newer { found });
        }
        let file: GalleryFile = tables::read(text)?;
        let people: Vec<Known> = file.person.into_iter().map(Known::from).collect();
        let mut names = BTreeSet::new();
        let n_values = |known: &Known| known.embedding.values().len();
        for known in &people {
            let name = known.name.clone();
            let (expected, found) = (n_values(&people[0]), n_values(known));
            if expected != found {
                return Err(GalleryError::Uneven { name, expected, found });
            }
            if !names.insert(&known.name) {
                return Err(GalleryError::Twice { name });
            }
        }
        Ok(Gallery { model: file.model, people })
    }

    /// The text of `voices.toml`.
    ///
    /// Embeddings are rounded to four decimals, times to milliseconds: reading it
    /// again gives the same people, with voices whose cosine to these is 1 but for
    /// some millionths.
    pub fn render(&self) -> String {
        let mut text = format!(
            "# Voices of people, as numbers by which they can be known again.\n\
             # These are biometric data: have their consent, and keep this file to yourself.\n\
             # It stays on this machine; voixoff sends it nowhere.\n\
             # To forget a person, delete their `[[person]]` block; to forget all, this file.\n\n\
             schema = {SCHEMA}\n\
             # SHA-256 of the network that heard them: the numbers mean nothing to another one.\n\
             model = {}\n",
            tables::quoted(&self.model)
        );
        for known in &self.people {
            let values: Vec<String> =
                known.embedding.values().iter().map(|value| decimal(*value)).collect();
            text.push_str(&format!(
                "\n[[person]]\nname = {}\nheard_ms = {}\nfrom = {}\nembedding = [{}]\n",
                tables::quoted(&known.name),
                known.speech.as_millis(),
                tables::quoted_list(&known.from),
                values.join(", "),
            ));
        }
        text
    }
}

/// With four decimals; zero has no sign.
fn decimal(value: f32) -> String {
    let text = format!("{value:.4}");
    if text == "-0.0000" { "0.0000".to_owned() } else { text }
}

/// The file as it is written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct GalleryFile {
    /// Form of the file; where it is missing, 1.
    #[expect(dead_code, reason = "read before the rest; here so that it is no unknown field")]
    schema: Option<u32>,
    model: String,
    #[serde(default)]
    person: Vec<KnownFile>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct KnownFile {
    name: String,
    heard_ms: u32,
    from: Vec<String>,
    embedding: Decimals,
}

/// An embedding as people can look at it: numbers between -1 and 1.
#[derive(Deserialize)]
#[serde(try_from = "Vec<f32>")]
struct Decimals(Embedding);

impl TryFrom<Vec<f32>> for Decimals {
    type Error = &'static str;

    fn try_from(values: Vec<f32>) -> Result<Decimals, &'static str> {
        Embedding::new(values).map(Decimals).ok_or("an embedding has a direction")
    }
}

impl From<KnownFile> for Known {
    fn from(file: KnownFile) -> Known {
        let KnownFile { name, heard_ms, mut from, embedding: Decimals(embedding) } = file;
        from.sort();
        from.dedup();
        Known { name, embedding, speech: Time::from_millis(heard_ms.into()), from }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::{array::uniform3, collection::vec, prelude::*};

    const MINUTE: Time = Time::from_millis(60_000);

    fn direction(values: [f32; 3]) -> Embedding {
        Embedding::new(values.to_vec()).unwrap()
    }

    fn gallery(people: &[(&str, [f32; 3])]) -> Gallery {
        let mut gallery = Gallery::new("5eed");
        for (name, values) in people {
            gallery.enroll(name, direction(*values), MINUTE, "a0");
        }
        gallery
    }

    #[test]
    fn a_gallery_reads_like_a_table_of_people() {
        let text = gallery(&[("Aïcha", [3.0, 0.0, -4.0])]).render();
        let person = "\n[[person]]\nname = \"Aïcha\"\nheard_ms = 60000\nfrom = [\n    \"a0\",\n]\n\
                      embedding = [0.6000, 0.0000, -0.8000]\n";
        assert!(text.ends_with(person), "{text}");
    }

    #[test]
    fn a_gallery_of_a_newer_program_is_refused() {
        let refused = Gallery::parse("schema = 2\nvoix = []\n").unwrap_err().to_string();
        assert!(refused.contains("newer voixoff"), "{refused}");
        assert!(Gallery::parse("model = '5eed'\n").is_ok());
    }

    #[test]
    fn a_damaged_gallery_is_refused() {
        let refused = |text: &str| Gallery::parse(text).unwrap_err().to_string();
        let person = |name: &str, values: &str| {
            format!("[[person]]\nname = '{name}'\nheard_ms = 1\nfrom = []\nembedding = {values}\n")
        };
        let file = |people: [String; 2]| format!("model = '5eed'\n{}", people.concat());
        let none = refused(&file([person("A", "[1.0]"), person("B", "[0.0, 0.0]")]));
        assert_eq!(none, "line 11: an embedding has a direction");
        let uneven = refused(&file([person("A", "[1.0]"), person("B", "[1, 0.5]")]));
        assert_eq!(uneven, "the voice of `B` has 2 values, the ones before it have 1");
        let twice = refused(&file([person("A", "[1.0]"), person("A", "[1.0]")]));
        assert_eq!(twice, "`A` is in the gallery twice");
    }

    prop_compose! {
        fn values()(values in uniform3(-1.0_f32..1.0)) -> [f32; 3] {
            // Never without a direction.
            [values[0] + 1.01, values[1], values[2]]
        }
    }

    proptest! {
        #[test]
        fn what_is_rendered_is_read_back(people in vec(values(), 0..4)) {
            let names = ["A", "B \"é\"", "C", "D"];
            let gallery = gallery(&names.into_iter().zip(people).collect::<Vec<_>>());
            let read = Gallery::parse(&gallery.render()).unwrap();
            prop_assert_eq!(read.people.len(), gallery.people.len());
            for (read, known) in read.people.iter().zip(&gallery.people) {
                prop_assert!(read.embedding.cosine(&known.embedding) > 0.999_9);
                let with_voice = Known { embedding: known.embedding.clone(), ..read.clone() };
                prop_assert_eq!(&with_voice, known);
            }
        }
    }
}
