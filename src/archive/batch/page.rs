//! Text that a person wrote, in the place of what is recognised: laid on the sound, when the words
//! of the sound are known.

use super::{Batch, error::JobError};
use crate::{
    archive::sources::Item,
    base::{
        digest::digest,
        store,
        time::Time,
        transcript::{AlignedParagraph, Rule, Transcript},
    },
    episode::{
        align::{Aligned, Laying},
        outputs::{BuildRecord, StageKeys},
        pipeline::{EpisodeSettings, Work},
    },
    formats::{self, Format},
    text::{PolishSettings, Verbatim},
};
use std::{
    borrow::Cow,
    fs,
    path::{Path, PathBuf},
};

/// Raised when texts are laid on their sound otherwise.
const ALIGNMENT: u32 = 2;

/// Of a paragraph that is said, this share of words at least is heard, or it is told.
const HEARD_MIN: f64 = 0.5;

/// Of the words of a paragraph, this share at least is in the voice of its speaker, or it is told.
const VOICE_MIN: f32 = 0.5;

/// Words of a paragraph whose voice means something.
const VOICE_WORDS_MIN: usize = 5;

/// How long sound is that nobody wrote, and that is told.
const UNWRITTEN_MIN: Time = Time::from_millis(3_000);

/// Places of a kind that are told one by one.
const TOLD_MAX: usize = 5;

impl Batch<'_> {
    /// The formats that are written of `item`, if it was `made` so far: those asked for, but for one
    /// whose file is the page itself.
    pub(super) fn formats(&self, item: &Item, made: Option<&BuildRecord>) -> Vec<Format> {
        let page = page_of(item, made).and_then(|page| page.canonicalize().ok());
        let is_page = |format: &&Format| {
            page.is_some() && item.outputs.path(**format).canonicalize().ok() == page
        };
        self.settings.formats.iter().filter(|format| !is_page(format)).copied().collect()
    }
}

/// Where the text is that a person wrote of `item`: the one that is given, or was before.
fn page_of(item: &Item, made: Option<&BuildRecord>) -> Option<PathBuf> {
    let before = || Some(item.outputs.folder().join(made?.page.as_ref()?));
    item.page.clone().or_else(before)
}

/// The text that a person wrote of an episode, in the place of what is recognised.
#[derive(Debug, Clone)]
pub(super) struct Page {
    pub(super) path: PathBuf,
    content: Content,
}

/// What the text of an episode depends on.
#[derive(Debug, Clone)]
enum Content {
    /// The page with this digest; empty of one that cannot be read, which is an error when its turn
    /// comes.
    Digest(String),
    /// A page that is not here, as that of an archive which came from another machine: it is as it
    /// was when the text got this key.
    AsBefore(String),
}

impl Page {
    /// That of `item`, if it was `made` so far; `None` where its text is what is recognised.
    pub(super) fn of(item: &Item, made: Option<&BuildRecord>) -> Option<Page> {
        let path = page_of(item, made)?;
        let before = made.filter(|made| made.page.is_some());
        let content = match (fs::read(&path), before) {
            (Err(_), Some(made)) => Content::AsBefore(made.stages.text.clone()),
            (bytes, _) => Content::Digest(bytes.map(|bytes| digest(&bytes)).unwrap_or_default()),
        };
        Some(Page { path, content })
    }

    /// `settings` and what `stages` depend on with it: words are wanted as they are heard, and the
    /// text depends on the page, too.
    pub(super) fn laid<'a>(
        &self,
        settings: Cow<'a, EpisodeSettings>,
        stages: StageKeys,
    ) -> (Cow<'a, EpisodeSettings>, StageKeys) {
        let mut settings = settings.into_owned();
        settings.polish = PolishSettings {
            verbatim: Verbatim::Full,
            keep_backchannels: true,
            small_numbers: false,
            plain_marks: Rule::OF_MARKS.to_vec(),
            ..PolishSettings::PAGE
        };
        let text = match &self.content {
            Content::AsBefore(key) => key.clone(),
            Content::Digest(content) => {
                digest(format!("alignment {ALIGNMENT} {} {content}", stages.text).as_bytes())
            }
        };
        (Cow::Owned(settings), StageKeys { text, ..stages })
    }
}

/// The page at `path`.
pub(super) fn read(path: &Path) -> Result<Transcript, JobError> {
    let unopened = |source| JobError::PageFile { path: path.to_owned(), source };
    // One more than is accepted: a file that goes on is refused, not cut.
    let bytes = store::read_at_most(path, formats::BYTES_MAX + 1).map_err(unopened)?;
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let unread = |source| JobError::Page { path: path.to_owned(), source };
    formats::read(&bytes, &name).map_err(unread)
}

/// `page`, which lies at `path`, laid on what was `heard`. What was not heard is looked for in `sound`, if
/// that is here and the recogniser of `work` can.
pub(super) fn aligned(
    page: Transcript,
    path: &Path,
    heard: &Transcript,
    sound: Option<&Path>,
    work: &Work<'_>,
) -> Result<Aligned, JobError> {
    // What a program wrote and nobody touched has not been read by being laid on its sound.
    let is_read = page.provenance.recogniser.is_none() || page.provenance.reviewed;
    let laying = Laying::new(page, heard)
        .map_err(|source| JobError::OtherSound { path: path.to_owned(), source })?;
    let forced = match sound.filter(|_| !laying.windows().is_empty()) {
        Some(sound) => work.force(sound, laying.windows(), &heard.provenance.language)?,
        None => Vec::new(),
    };
    let mut aligned = laying.finish(&forced);
    aligned.transcript.provenance.reviewed = is_read;
    Ok(aligned)
}

/// What should be known of where the paragraphs of `aligned` stand, as lines for people.
pub(super) fn warnings(aligned: &Aligned) -> Vec<String> {
    let of = |is: &dyn Fn(&AlignedParagraph) -> bool| {
        let paragraphs = aligned.transcript.alignment.iter();
        paragraphs.filter(|it| it.n_words > 0 && is(it)).map(shown).collect::<Vec<String>>()
    };
    let share = |it: &AlignedParagraph| it.n_heard as f64 / it.n_words as f64;
    let is_other = |it: &AlignedParagraph| {
        it.n_heard >= VOICE_WORDS_MIN && it.voice.is_some_and(|voice| voice < VOICE_MIN)
    };
    let long = aligned.unwritten.iter();
    let long = long.filter(|span| span.end().minus(span.start()) >= UNWRITTEN_MIN);
    let long = long.map(|span| format!("{}–{}", span.start(), span.end())).collect();
    let is_short = |it: &AlignedParagraph| it.span.is_some() && share(it) < HEARD_MIN;
    let kinds = [
        listed(of(&|it| it.span.is_none())).map(|all| format!("nobody is heard saying {all}")),
        listed(of(&|it| it.is_moved)).map(|all| format!("said before what stands above it: {all}")),
        listed(of(&is_short)).map(|all| format!("few words are heard of {all}")),
        listed(of(&is_other))
            .map(|all| format!("in another voice than the rest of its speaker: {all}")),
        listed(long).map(|all| format!("the page has nothing for {all}")),
    ];
    kinds.into_iter().flatten().collect()
}

/// The first of `places`, and how many more there are; `None` without one.
fn listed(places: Vec<String>) -> Option<String> {
    let told = places.iter().take(TOLD_MAX).cloned().collect::<Vec<_>>().join(", ");
    match places.len().saturating_sub(TOLD_MAX) {
        _ if places.is_empty() => None,
        0 => Some(told),
        n => Some(format!("{told}, and {n} more")),
    }
}

/// Where a paragraph is, and how it begins.
fn shown(paragraph: &AlignedParagraph) -> String {
    let at = paragraph.span.map(|span| format!("{} ", span.start())).unwrap_or_default();
    format!("{at}« {} »", beginning(&paragraph.opening))
}

/// The first words of a sentence.
fn beginning(text: &str) -> String {
    const WORDS: usize = 6;
    let mut words = text.split(' ');
    let first: Vec<&str> = words.by_ref().take(WORDS).collect();
    let more = if words.next().is_some() { "…" } else { "" };
    format!("{}{more}", first.join(" "))
}
