//! What is left out of a corrected text.

use crate::base::{
    time::{Span, Time},
    transcript::LeftOut,
};

/// What is left out where `words`, in the order of the text, are those of a person, and `heard`
/// what was left out before: it stays where the text still says so, each of `marks` behind so
/// many words. What words stand in now is left out no more; what a person wrote nothing for and
/// took the mark away from is known, and texts do not say it.
pub(super) fn left_out(
    marks: &[(usize, LeftOut)],
    words: &[Span],
    heard: &[LeftOut],
) -> Vec<LeftOut> {
    let mut heard = heard.to_vec();
    let mut left_out = Vec::with_capacity(heard.len());
    for (at, mark) in marks {
        let from = at.checked_sub(1).map_or(Time::default(), |last| words[last].end());
        let to = words.get(*at).map(|next| next.start());
        let is_here = |one: &LeftOut| {
            let middle = one.span.middle();
            one.is_spoken && from <= middle && to.is_none_or(|to| middle < to)
        };
        let known = heard.iter().position(is_here).map(|at| heard.remove(at).span);
        // A mark that a person set.
        let between = to.and_then(|to| Span::new(from, to));
        let span = known.or(between).unwrap_or(Span::from_start(MILLISECOND).later(from));
        left_out.push(LeftOut { span, ..*mark });
    }
    let mut words = words.to_vec();
    words.sort();
    let is_empty = |one: &LeftOut| {
        let next = words.partition_point(|word| word.middle() < one.span.start());
        words.get(next).is_none_or(|word| word.middle() >= one.span.end())
    };
    let rest = heard.into_iter().filter(|one| !one.is_spoken || is_empty(one));
    // Its number means somebody else in the text.
    left_out.extend(rest.map(|one| LeftOut { is_spoken: false, speaker: None, ..one }));
    left_out.sort_by_key(|one| one.span);
    left_out
}

const MILLISECOND: Time = Time::from_millis(1);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::speech::SpeakerId;

    #[test]
    fn a_mark_that_stayed_has_its_time_and_the_person_of_the_text() {
        check(&[(1, 7)], &[(0, 2), (6, 8)], &[(3, 5)], &[(3, 5, Some(7))]);
    }

    #[test]
    fn where_words_were_added_nothing_is_left_out() {
        check(&[], &[(0, 2), (2, 6), (6, 8)], &[(3, 5)], &[]);
    }

    #[test]
    fn a_mark_that_was_taken_away_is_known_and_not_shown() {
        check(&[], &[(0, 2), (6, 8)], &[(3, 5)], &[(3, 5, None)]);
    }

    #[test]
    fn a_mark_that_a_person_set_stands_between_its_words() {
        check(&[(1, 7)], &[(0, 2), (6, 8)], &[], &[(2, 6, Some(7))]);
        check(&[(0, 7)], &[], &[], &[(0, 1, Some(7))]);
    }

    /// Marks behind so many words, of a person; words, what was left out, and what is then with
    /// whom, all in milliseconds.
    #[track_caller]
    fn check(
        marks: &[(usize, u16)],
        words: &[(u64, u64)],
        heard: &[(u64, u64)],
        expected: &[(u64, u64, Option<u16>)],
    ) {
        let span = |(start, end): (u64, u64)| {
            Span::new(Time::from_millis(start), Time::from_millis(end)).unwrap()
        };
        let one = |span, speaker: Option<u16>| LeftOut {
            span,
            is_spoken: speaker.is_some(),
            speaker: speaker.map(SpeakerId),
        };
        let marks: Vec<_> =
            marks.iter().map(|&(at, who)| (at, one(span((900, 901)), Some(who)))).collect();
        let words: Vec<Span> = words.iter().copied().map(span).collect();
        let heard: Vec<LeftOut> = heard.iter().map(|&times| one(span(times), Some(0))).collect();
        let expected = expected.iter().map(|&(start, end, who)| one(span((start, end)), who));
        assert_eq!(left_out(&marks, &words, &heard), expected.collect::<Vec<_>>());
    }
}
