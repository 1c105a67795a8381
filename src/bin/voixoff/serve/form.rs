//! The form of a request: a recording, which goes to a file, and what is asked of it.

use super::{reply::ReplyFormat, trouble::Trouble};
use axum::{
    extract::{
        Multipart,
        multipart::{Field, MultipartError},
    },
    http::StatusCode,
};
use std::path::{Path, PathBuf};
use tempfile::TempDir;
use tokio::{fs::File, io::AsyncWriteExt};
use voixoff::asr;

/// Most bytes of a field that is no recording.
const TEXT_BYTES_MAX: usize = 65_536;

/// Most fields of a form.
const FIELDS_MAX: usize = 64;

/// Most characters of the name of a recording.
const NAME_CHARS_MAX: usize = 200;

/// A recording, and what is asked of it.
pub(super) struct Form {
    pub(super) sound: Sound,
    pub(super) asked: Asked,
}

/// A recording on the disk; gone with the value.
pub(super) struct Sound {
    folder: TempDir,
    /// What its sender calls it.
    pub(super) name: String,
    pub(super) n_bytes: u64,
}

/// What is asked of a recording.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Asked {
    /// A code; `None`: that of the server.
    pub(super) language: Option<&'static str>,
    /// Empty: that of the server.
    pub(super) prompt: String,
    pub(super) temperature: f32,
    pub(super) format: ReplyFormat,
    /// Whether words are listed, beside segments or alone; `None` where nobody says.
    pub(super) granularities: Option<Granularities>,
}

/// What has its times in an answer.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct Granularities {
    pub(super) words: bool,
    pub(super) segments: bool,
}

impl Sound {
    /// The folder that it alone is in.
    pub(super) fn folder(&self) -> &Path {
        self.folder.path()
    }

    pub(super) fn path(&self) -> PathBuf {
        self.folder().join("sound")
    }
}

/// Reads `parts`, whose recording goes to a folder in `place`, for one of `models`.
pub(super) async fn read(
    mut parts: Multipart,
    place: &Path,
    models: &[String],
) -> Result<Form, Trouble> {
    let (mut sound, mut asked) = (None, Asked::default());
    let mut n_fields = 0;
    while let Some(field) = parts.next_field().await.map_err(cut)? {
        n_fields += 1;
        if n_fields > FIELDS_MAX {
            return Err(Trouble::invalid("the form has too many fields"));
        }
        let name = field.name().unwrap_or_default().to_owned();
        if name == "file" {
            if sound.is_some() {
                return Err(Trouble::of_field("file", "the form has more than one `file`"));
            }
            sound = Some(kept(field, place).await?);
            continue;
        }
        let value = text(field).await?;
        asked.take(&name, value.trim(), models)?;
    }
    let sound = sound.ok_or_else(|| Trouble::of_field("file", "the form has no `file`"))?;
    if sound.n_bytes == 0 {
        return Err(Trouble::of_field("file", format!("`{}` is empty", sound.name)));
    }
    if asked.granularities.is_some() && asked.format != ReplyFormat::Verbose {
        return Err(Trouble::of_field(
            "timestamp_granularities",
            "`timestamp_granularities[]` needs `response_format=verbose_json`",
        ));
    }
    Ok(Form { sound, asked })
}

impl Asked {
    /// Takes note of the field `name`; of those that are of no use here, none.
    fn take(&mut self, name: &str, value: &str, models: &[String]) -> Result<(), Trouble> {
        match name {
            "model" if !value.is_empty() && !models.iter().any(|model| model == value) => {
                let message = format!("there is no model `{value}`, but {}", models.join(", "));
                return Err(Trouble::of_field("model", message));
            }
            "language" if value.is_empty() => (),
            "language" if value.eq_ignore_ascii_case(asr::AUTO) => self.language = Some(asr::AUTO),
            "language" => {
                let code = asr::language(value);
                let unknown = || {
                    let message = format!("`{value}` is no language of Whisper");
                    Trouble::of_field("language", message)
                };
                self.language = Some(code.ok_or_else(unknown)?);
            }
            "prompt" => value.clone_into(&mut self.prompt),
            "temperature" => {
                let number = value.parse().ok().filter(|it| (0.0..=1.0).contains(it));
                let wrong = || {
                    let message = format!("`{value}` is not a number from 0 to 1");
                    Trouble::of_field("temperature", message)
                };
                self.temperature = number.ok_or_else(wrong)?;
            }
            "response_format" => {
                let unknown = || {
                    let known = ReplyFormat::names().join(", ");
                    let message = format!("`{value}` is not one of {known}");
                    Trouble::of_field("response_format", message)
                };
                self.format = ReplyFormat::from_name(value).ok_or_else(unknown)?;
            }
            "timestamp_granularities[]" | "timestamp_granularities" => {
                let set = self.granularities.get_or_insert_default();
                match value {
                    "word" => set.words = true,
                    "segment" => set.segments = true,
                    _ => {
                        let message = format!("`{value}` is neither `word` nor `segment`");
                        return Err(Trouble::of_field("timestamp_granularities", message));
                    }
                }
            }
            _ => (),
        }
        Ok(())
    }
}

/// Writes a recording to a folder of its own in `place`.
async fn kept(mut field: Field<'_>, place: &Path) -> Result<Sound, Trouble> {
    let name = field.file_name().unwrap_or_default().rsplit(['/', '\\']).next();
    let name = name.filter(|name| !name.is_empty()).unwrap_or("sound");
    let name = name.chars().take(NAME_CHARS_MAX).collect();
    let folder = tempfile::tempdir_in(place).map_err(|error| full(&error))?;
    let mut sound = Sound { folder, name, n_bytes: 0 };
    let mut file = File::create(sound.path()).await.map_err(|error| full(&error))?;
    while let Some(bytes) = field.chunk().await.map_err(cut)? {
        file.write_all(&bytes).await.map_err(|error| full(&error))?;
        sound.n_bytes += bytes.len() as u64;
    }
    file.flush().await.map_err(|error| full(&error))?;
    Ok(sound)
}

async fn text(mut field: Field<'_>) -> Result<String, Trouble> {
    let mut bytes = Vec::new();
    while let Some(more) = field.chunk().await.map_err(cut)? {
        if bytes.len() + more.len() > TEXT_BYTES_MAX {
            return Err(Trouble::invalid("a field of the form is too long"));
        }
        bytes.extend_from_slice(&more);
    }
    String::from_utf8(bytes).map_err(|_| Trouble::invalid("a field of the form is not in UTF-8"))
}

fn cut(_: MultipartError) -> Trouble {
    Trouble::invalid("the form is not whole")
}

fn full(error: &std::io::Error) -> Trouble {
    Trouble::new(
        StatusCode::INSUFFICIENT_STORAGE,
        Some("no_room"),
        format!("the recording cannot be kept in the folder of temporary files: {error}"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn taken(fields: &[(&str, &str)]) -> Result<Asked, Trouble> {
        let mut asked = Asked::default();
        let models = ["base-int8", "whisper-1"].map(str::to_owned);
        fields.iter().try_for_each(|(name, value)| asked.take(name, value, &models))?;
        Ok(asked)
    }

    #[test]
    fn fields_of_openai_are_understood_and_others_left() {
        let asked = taken(&[
            ("model", "whisper-1"),
            ("language", "French"),
            ("prompt", "April"),
            ("temperature", "0.2"),
            ("response_format", "verbose_json"),
            ("timestamp_granularities[]", "word"),
            ("stream", "false"),
        ]);
        let granularities = Some(Granularities { words: true, segments: false });
        let wanted = Asked {
            language: Some("fr"),
            prompt: "April".to_owned(),
            temperature: 0.2,
            format: ReplyFormat::Verbose,
            granularities,
        };
        assert_eq!(asked.unwrap(), wanted);
    }

    #[test]
    fn a_field_that_is_wrong_is_named() {
        for (name, value) in [
            ("model", "gpt-9"),
            ("language", "klingon"),
            ("temperature", "hot"),
            ("temperature", "2"),
            ("temperature", "NaN"),
            ("response_format", "pdf"),
            ("timestamp_granularities[]", "letter"),
        ] {
            let trouble = taken(&[(name, value)]).unwrap_err().json();
            let param = trouble["param"].as_str().unwrap();
            assert!(name.starts_with(param), "{name}: {trouble}");
        }
    }
}
