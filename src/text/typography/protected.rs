//! What no rule may touch: addresses, domains, hours, code, tags.

use super::{
    letters::is_word_like,
    lists::{DOMAINS, SCHEMES},
};

/// Longest name of a domain; no longer run of characters is looked at for one.
const LONGEST_DOMAIN: usize = 253;

/// Length of what is protected at the head of `rest`, if it is.
pub(super) fn length(rest: &[char]) -> Option<usize> {
    match rest.first()? {
        '`' => code(rest),
        '#' | '@' => tag(rest),
        shape if shape.is_alphanumeric() => {
            address(rest).or_else(|| mail(rest)).or_else(|| domain(rest)).or_else(|| hour(rest))
        }
        _ => None,
    }
}

/// Between grave accents, spaces and all.
fn code(rest: &[char]) -> Option<usize> {
    let line = rest[1..].iter().take_while(|shape| **shape != '\n');
    Some(line.into_iter().position(|shape| *shape == '`')? + 2)
}

/// `#libreavous`, `@april`.
fn tag(rest: &[char]) -> Option<usize> {
    let n_letters = count(&rest[1..], |shape| is_word_like(shape) || "_-".contains(shape));
    rest.get(1).filter(|shape| is_word_like(**shape)).map(|_| n_letters + 1)
}

fn address(rest: &[char]) -> Option<usize> {
    let begins = |scheme: &&&str| rest.iter().copied().take(scheme.len()).eq(scheme.chars());
    let head = SCHEMES.iter().find(begins)?.len();
    let tail = rest.get(head).filter(|shape| **shape == ':').map(|_| &rest[head + 1..])?;
    let length = path(tail);
    (length > 0).then_some(head + 1 + length)
}

/// Length of an address up to a space, a quote or the call of a note, but for the marks of
/// the sentence around it.
fn path(rest: &[char]) -> usize {
    let ends = |at: usize| {
        let n_figures = count(&rest[at + 1..], |shape| shape.is_ascii_digit());
        // Also with a space before its end: the space will go.
        let mut behind =
            rest[at + 1 + n_figures..].iter().skip_while(|shape| shape.is_whitespace());
        let is_note = rest[at] == '[' && n_figures > 0 && behind.next() == Some(&']');
        is_note || rest[at].is_whitespace() || "«»\"“”<>`".contains(rest[at])
    };
    let length = (0..rest.len()).find(|at| ends(*at)).unwrap_or(rest.len());
    let is_last = |shape: &char| !".,;:!?…)]".contains(*shape);
    rest[..length].iter().rposition(is_last).map_or(0, |last| last + 1)
}

fn mail(rest: &[char]) -> Option<usize> {
    let near = &rest[..rest.len().min(LONGEST_DOMAIN)];
    let name = count(near, |shape| is_word_like(shape) || "._+-".contains(shape));
    let place = rest.get(name).filter(|shape| **shape == '@').map(|_| &rest[name + 1..])?;
    let length = labels(place)?;
    Some(name + 1 + length)
}

fn domain(rest: &[char]) -> Option<usize> {
    let length = labels(rest)?;
    let last = rest[..length].rsplit(|shape| *shape == '.').next()?;
    let is_known = DOMAINS.iter().any(|known| last.iter().copied().eq(known.chars()));
    let tail = &rest[length..];
    let path = if tail.first() == Some(&'/') { path(tail) } else { 0 };
    is_known.then_some(length + path)
}

/// Length of at least two labels joined by points.
fn labels(rest: &[char]) -> Option<usize> {
    let near = &rest[..rest.len().min(LONGEST_DOMAIN)];
    let run = count(near, |shape| is_word_like(shape) || ".-".contains(shape));
    let length = near[..run].iter().rposition(|shape| !".-".contains(*shape))? + 1;
    let mut labels = near[..length].split(|shape| *shape == '.');
    (labels.clone().count() > 1 && labels.all(|label| !label.is_empty())).then_some(length)
}

/// `15:30`, `00:12:03.500`, `1:2`; `5'30"`.
fn hour(rest: &[char]) -> Option<usize> {
    let is_free = |at: usize| !rest.get(at).is_some_and(|shape| is_word_like(*shape));
    let first = count(rest, |shape| shape.is_ascii_digit());
    let minutes = first + more(&rest[first..], "'’′");
    if first > 0 && minutes > first {
        let seconds = rest.get(minutes).is_some_and(|shape| "\"″".contains(*shape));
        return Some(minutes + usize::from(seconds));
    }
    let mut whole = first;
    while more(&rest[whole..], ":") > 0 {
        whole += more(&rest[whole..], ":");
    }
    let exact = whole + more(&rest[whole..], ".,");
    // « 12:30,2e »: a comma of the sentence will get its space.
    let length = if is_free(exact) { exact } else { whole };
    (first > 0 && whole > first && is_free(length)).then_some(length)
}

/// Length of one of `separators` and the figures behind it, if both are there.
fn more(rest: &[char], separators: &str) -> usize {
    let is_there = rest.first().is_some_and(|shape| separators.contains(*shape));
    let n_figures = count(rest.get(1..).unwrap_or_default(), |shape| shape.is_ascii_digit());
    if is_there && n_figures > 0 { n_figures + 1 } else { 0 }
}

fn count(shapes: &[char], is_in: impl Fn(char) -> bool) -> usize {
    shapes.iter().take_while(|shape| is_in(**shape)).count()
}
