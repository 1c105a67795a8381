//! How much of anything a feed may have. What goes beyond is no feed of a podcast, and would
//! cost more memory than an episode does.

/// Deepest nesting of elements; feeds have about six.
const DEPTH_MAX: usize = 100;

/// Most episodes; a daily show has as many after a century.
const ENTRIES_MAX: usize = 50_000;

/// Most people of one episode, or of the show.
const PEOPLE_HERE_MAX: usize = 200;

/// Most people of all episodes, one who comes again counted again.
const PEOPLE_MAX: usize = 200_000;

/// Most chapters of an episode: one a minute for a whole day.
pub(super) const CHAPTERS_MAX: usize = 1_500;

/// Most attributes of an element.
const ATTRIBUTES_MAX: usize = 1_000;

/// Most prefixes that are bound at once.
const NAMESPACES_MAX: usize = 200;

/// Most bytes of a text that is kept: a title, a name, an address.
const TEXT_MAX: usize = 100_000;

/// What a feed has had so far.
#[derive(Debug, Default)]
pub(super) struct Limits {
    n_entries: usize,
    n_people: usize,
}

impl Limits {
    pub(super) fn depth(&self, n_open: usize) -> Result<(), String> {
        within(n_open, DEPTH_MAX, || format!("its elements lie more than {DEPTH_MAX} deep"))
    }

    /// Counts an episode.
    pub(super) fn entry(&mut self) -> Result<(), String> {
        let before = self.n_entries;
        self.n_entries += 1;
        within(before, ENTRIES_MAX, || format!("it has more than {ENTRIES_MAX} episodes"))
    }

    /// Counts a person, beside `n_here` others in the same place.
    pub(super) fn person(&mut self, n_here: usize) -> Result<(), String> {
        let before = self.n_people;
        self.n_people += 1;
        within(n_here, PEOPLE_HERE_MAX, || {
            format!("an episode names more than {PEOPLE_HERE_MAX} people")
        })?;
        within(before, PEOPLE_MAX, || format!("it names more than {PEOPLE_MAX} people"))
    }
}

pub(super) fn chapters(n_before: usize) -> Result<(), String> {
    within(n_before, CHAPTERS_MAX, || format!("an episode has more than {CHAPTERS_MAX} chapters"))
}

pub(super) fn attributes(n_before: usize) -> Result<(), String> {
    within(n_before, ATTRIBUTES_MAX, || {
        format!("an element has more than {ATTRIBUTES_MAX} attributes")
    })
}

pub(super) fn namespaces(n_before: usize) -> Result<(), String> {
    within(n_before, NAMESPACES_MAX, || {
        format!("it declares more than {NAMESPACES_MAX} namespaces")
    })
}

pub(super) fn text(n_bytes: usize) -> Result<(), String> {
    within(n_bytes, TEXT_MAX, || format!("a title or a name in it has more than {TEXT_MAX} bytes"))
}

fn within(n: usize, most: usize, otherwise: impl FnOnce() -> String) -> Result<(), String> {
    if n < most { Ok(()) } else { Err(otherwise()) }
}
