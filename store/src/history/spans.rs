//! Arithmetic of message numbers: what may be seen, what is missing. No I/O.

use sentinal_protocol::api::messages::Gap;

/// A stretch of message numbers, both ends inclusive. Empty if they cross.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Span {
    pub(super) first: u64,
    pub(super) last: u64,
}

impl Span {
    /// Every number.
    pub(super) const ALL: Self = Self {
        first: 1,
        last: u64::MAX,
    };

    /// The numbers below `seq`.
    pub(super) fn below(seq: u64) -> Self {
        Self {
            first: 1,
            last: seq.saturating_sub(1),
        }
    }

    /// The numbers above `seq`.
    pub(super) fn above(seq: u64) -> Self {
        Self {
            first: seq.saturating_add(1),
            last: u64::MAX,
        }
    }

    fn is_empty(self) -> bool {
        self.first > self.last
    }

    fn intersect(self, other: Self) -> Self {
        Self {
            first: self.first.max(other.first),
            last: self.last.min(other.last),
        }
    }
}

/// What someone may see, from their intervals `(joined after, left at)` in order and the number
/// up to which they cleared the conversation. Ascending; neighbours are joined.
pub(super) fn visible_spans(intervals: &[(u64, u64)], cleared: u64) -> Vec<Span> {
    let mut spans: Vec<Span> = Vec::with_capacity(intervals.len());
    for &(after, last) in intervals {
        let span = Span {
            first: after.max(cleared).saturating_add(1),
            last,
        };
        if span.is_empty() {
            continue;
        }
        match spans.last_mut() {
            Some(before) if before.last.saturating_add(1) >= span.first => {
                before.last = before.last.max(span.last);
            }
            Some(_) | None => spans.push(span),
        }
    }
    spans
}

/// The parts of `spans` within a window.
pub(super) fn clip(spans: &[Span], window: Span) -> Vec<Span> {
    let clipped = spans.iter().map(|span| span.intersect(window));
    clipped.filter(|span| !span.is_empty()).collect()
}

/// What of `spans` is not in `shown`, which is ascending.
pub(super) fn holes(spans: &[Span], shown: &[u64]) -> Vec<Span> {
    let mut holes = Vec::new();
    let mut shown = shown.iter().copied().peekable();
    for span in spans {
        let mut next = span.first;
        while let Some(seq) = shown.next_if(|seq| *seq <= span.last) {
            let hole = Span {
                first: next,
                last: seq.saturating_sub(1),
            };
            if !hole.is_empty() {
                holes.push(hole);
            }
            next = seq.saturating_add(1);
        }
        let rest = Span {
            first: next,
            last: span.last,
        };
        if !rest.is_empty() {
            holes.push(rest);
        }
    }
    holes
}

/// Names each part of each hole: `reserved` where a number was given away, `deleted` elsewhere
/// (also what the viewer alone may not see: the wire has no third word, and they can do nothing
/// else about it).
pub(super) fn gaps(holes: &[Span], reserved: &[Span]) -> Vec<Gap> {
    let mut gaps = Vec::new();
    for hole in holes {
        let mut next = hole.first;
        for part in clip(reserved, *hole) {
            if part.first > next {
                gaps.push((next, part.first - 1, "deleted".to_owned()));
            }
            gaps.push((part.first, part.last, "reserved".to_owned()));
            next = part.last.saturating_add(1);
        }
        if next <= hole.last {
            gaps.push((next, hole.last, "deleted".to_owned()));
        }
    }
    gaps
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    fn span(first: u64, last: u64) -> Span {
        Span { first, last }
    }

    #[test]
    fn intervals_join_where_nothing_was_said_between_them() {
        let spans = visible_spans(&[(0, 4), (4, 4), (4, 9), (12, 20)], 0);
        assert_eq!(spans, [span(1, 9), span(13, 20)]);
        assert_eq!(visible_spans(&[(0, 4), (6, 9)], 7), [span(8, 9)]);
        assert_eq!(visible_spans(&[(0, 0)], 0), []);
    }

    #[test]
    fn a_hole_names_its_reserved_and_its_deleted_parts() {
        let named = gaps(&[span(2, 8), span(10, 10)], &[span(4, 5), span(10, 12)]);
        let named: Vec<_> = named.iter().map(|(a, b, why)| (*a, *b, &**why)).collect();
        let expected = [
            (2, 3, "deleted"),
            (4, 5, "reserved"),
            (6, 8, "deleted"),
            (10, 10, "reserved"),
        ];
        assert_eq!(named, expected);
    }

    fn runs(numbers: &BTreeSet<u64>) -> Vec<Span> {
        let mut runs: Vec<Span> = Vec::new();
        for &n in numbers {
            match runs.last_mut() {
                Some(run) if run.last + 1 == n => run.last = n,
                _ => runs.push(span(n, n)),
            }
        }
        runs
    }

    proptest! {
        /// Whatever is seen, shown and reserved: each visible number of the window is shown or in
        /// exactly one gap, and no other number is.
        #[test]
        fn every_visible_number_is_shown_or_in_a_gap(
            lengths in prop::collection::vec((0_u64..6, 0_u64..6), 1..5),
            cleared in 0_u64..20,
            window in (0_u64..40, 0_u64..40),
            shown in prop::collection::btree_set(1_u64..40, 0..20),
            reserved in prop::collection::btree_set(1_u64..40, 0..20),
        ) {
            let mut at = 0;
            let mut intervals = Vec::new();
            for (away, present) in lengths {
                intervals.push((at + away, at + away + present));
                at += away + present;
            }
            let window = span(window.0, window.1);
            let seen = |n: u64| {
                n > cleared
                    && (window.first..=window.last).contains(&n)
                    && intervals.iter().any(|(after, last)| n > *after && n <= *last)
            };
            let shown: Vec<u64> = shown.into_iter().filter(|n| seen(*n)).collect();
            let visible = clip(&visible_spans(&intervals, cleared), window);
            let named = gaps(&holes(&visible, &shown), &runs(&reserved));
            for n in 0..60 {
                let inside: Vec<_> =
                    named.iter().filter(|(first, last, _)| (*first..=*last).contains(&n)).collect();
                let expected = usize::from(seen(n) && !shown.contains(&n));
                prop_assert_eq!(inside.len(), expected, "{}", n);
                for (_, _, why) in inside {
                    prop_assert_eq!(why == "reserved", reserved.contains(&n));
                }
            }
        }
    }
}
