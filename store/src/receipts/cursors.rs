//! A participant's cursors, and the steps by which they move.

use super::ReceiptKind;

/// How far a participant has read, and has everything.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Cursors {
    pub(super) read: u64,
    pub(super) delivered: u64,
}

/// A step before it is known whose messages it is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Stride {
    pub(super) kind: ReceiptKind,
    pub(super) from: u64,
    pub(super) to: u64,
    pub(super) also_delivered: bool,
    /// Whether others are told.
    pub(super) told: bool,
}

impl Stride {
    pub(super) fn is_read(&self) -> bool {
        self.kind == ReceiptKind::Read
    }

    /// The same, of which others are not told.
    pub(super) fn untold(self) -> Self {
        Self {
            told: false,
            ..self
        }
    }
}

impl Cursors {
    /// The cursors after marks up to `wanted`, and the steps by which they get there. What is read is
    /// delivered: a delivered mark that goes no further than a read one is no step of its own.
    pub(super) fn advance(self, wanted: Self) -> (Self, Vec<Stride>) {
        let reads = wanted.read > self.read;
        let read = self.read.max(wanted.read);
        let read_through = if reads { read } else { 0 };
        let delivered = self.delivered.max(wanted.delivered).max(read_through);
        let mut strides = Vec::with_capacity(2);
        let delivers = delivered > self.delivered && delivered > read_through;
        if delivers {
            strides.push(Stride {
                kind: ReceiptKind::Delivered,
                from: self.delivered,
                to: delivered,
                also_delivered: false,
                told: true,
            });
        }
        if reads {
            strides.push(Stride {
                kind: ReceiptKind::Read,
                from: self.read,
                to: read,
                also_delivered: !delivers && self.delivered < read,
                told: true,
            });
        }
        (Self { read, delivered }, strides)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn advance(
        before: [u64; 2],
        wanted: [u64; 2],
    ) -> (Cursors, Vec<(ReceiptKind, u64, u64, bool)>) {
        let cursors = |[read, delivered]: [u64; 2]| Cursors { read, delivered };
        let (after, strides) = cursors(before).advance(cursors(wanted));
        let strides = strides
            .into_iter()
            .map(|it| (it.kind, it.from, it.to, it.also_delivered));
        (after, strides.collect())
    }

    #[test]
    fn cursors_never_go_back_and_what_is_read_is_delivered() {
        use ReceiptKind::{Delivered, Read};
        let cursors = |read, delivered| Cursors { read, delivered };
        assert_eq!(advance([5, 7], [5, 7]), (cursors(5, 7), vec![]));
        assert_eq!(advance([5, 7], [3, 2]), (cursors(5, 7), vec![]));
        let delivered = vec![(Delivered, 7, 9, false)];
        assert_eq!(advance([5, 7], [0, 9]), (cursors(5, 9), delivered));
        let read = vec![(Read, 5, 6, false)];
        assert_eq!(advance([5, 7], [6, 0]), (cursors(6, 7), read));
        // Further than delivered, with and without a mark of that.
        for delivered in [0, 8, 9] {
            let both = vec![(Read, 5, 9, true)];
            assert_eq!(advance([5, 7], [9, delivered]), (cursors(9, 9), both));
        }
        let both = vec![(Delivered, 7, 9, false), (Read, 5, 8, false)];
        assert_eq!(advance([5, 7], [8, 9]), (cursors(8, 9), both));
    }
}
