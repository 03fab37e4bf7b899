//! Offers, answers and candidates on their way from device to device. Their content is never looked
//! at and never logged.

use std::collections::{HashMap, VecDeque};

use bytes::Bytes;
use sentinal_protocol::api::conversations::DeviceName;
use sentinal_protocol::event::SignalType;
use sentinal_protocol::{DeviceId, UserId};
use serde_json::value::RawValue;

/// Bytes of one sender that are kept for one user who is asked: an offer of full size and its
/// candidates.
const KEPT_BYTES_MAX: usize = 80 * 1024;
/// Signals of one sender that are kept for one user who is asked.
const KEPT_MAX: usize = 32;

/// A signal.
pub struct Signal {
    /// Offer, answer or candidate.
    pub kind: SignalType,
    /// Who sends it.
    pub from: UserId,
    /// From which device.
    pub device: DeviceName,
    /// For whom.
    pub to: UserId,
    /// For which device of theirs, while none has answered.
    pub to_device: ToDevice,
    /// Its content.
    pub data: Box<RawValue>,
}

/// For which device a signal is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ToDevice {
    /// All of them.
    Any,
    /// The one that is called so.
    Named(String),
    /// This one.
    Only(DeviceId),
}

impl ToDevice {
    /// Whether it is for this device.
    pub fn includes(&self, device: DeviceId) -> bool {
        match self {
            Self::Any => true,
            Self::Named(_) => false,
            Self::Only(only) => *only == device,
        }
    }
}

/// A signal that waits for devices that are not there yet.
struct Kept {
    kind: SignalType,
    from: UserId,
    to_device: ToDevice,
    frame: Bytes,
}

/// Signals for those who are asked, so that a phone woken by a push can still answer.
#[derive(Default)]
pub struct KeptSignals(HashMap<UserId, VecDeque<Kept>>);

impl KeptSignals {
    /// Keeps a signal for somebody who is asked. A new offer replaces what its sender sent before,
    /// and comes before their candidates. What goes past the bound is only sent live.
    pub fn keep(&mut self, signal: &Signal, frame: Bytes) {
        let kept = self.0.entry(signal.to).or_default();
        if signal.kind == SignalType::Offer {
            let is_same =
                |other: &ToDevice| signal.to_device == ToDevice::Any || *other == signal.to_device;
            kept.retain(|it| it.from != signal.from || !is_same(&it.to_device));
        }
        let has_room = |kept: &VecDeque<Kept>| {
            let own = kept.iter().filter(|it| it.from == signal.from);
            let bytes: usize = own.clone().map(|it| it.frame.len()).sum();
            own.count() < KEPT_MAX && bytes + frame.len() <= KEPT_BYTES_MAX
        };
        if signal.kind == SignalType::Offer && !has_room(kept) {
            kept.retain(|it| it.from != signal.from || it.kind != SignalType::Ice);
        }
        if has_room(kept) {
            kept.push_back(Kept {
                kind: signal.kind,
                from: signal.from,
                to_device: signal.to_device.clone(),
                frame,
            });
        }
    }

    /// What waits for a device, in order.
    pub fn of(&self, user: UserId, device: DeviceId) -> impl Iterator<Item = &Bytes> {
        let kept = self.0.get(&user).into_iter().flatten();
        let for_it = kept.filter(move |it| it.to_device.includes(device));
        for_it.map(|it| &it.frame)
    }

    /// What somebody has sent means nothing any more: they have left.
    pub fn forget_from(&mut self, sender: UserId) {
        for kept in self.0.values_mut() {
            kept.retain(|it| it.from != sender);
        }
    }

    /// They have it, or need it no more.
    pub fn forget(&mut self, user: UserId) {
        self.0.remove(&user);
    }
}

#[cfg(test)]
mod tests {
    use sentinal_protocol::Timestamp;

    use super::*;

    fn signal(kind: SignalType, from: UserId, to: UserId) -> Signal {
        Signal {
            kind,
            from,
            device: DeviceName {
                id: DeviceId::new(Timestamp(1)),
                device_id: "phone".to_owned(),
            },
            to,
            to_device: ToDevice::Any,
            data: RawValue::from_string("\"x\"".to_owned()).unwrap(),
        }
    }

    #[test]
    fn what_is_kept_is_bounded_and_a_new_offer_starts_over() {
        let (alice, bob) = (UserId::new(Timestamp(1)), UserId::new(Timestamp(2)));
        let phone = DeviceId::new(Timestamp(3));
        let mut kept = KeptSignals::default();
        for _ in 0..1_000 {
            kept.keep(&signal(SignalType::Ice, alice, bob), vec![0; 100].into());
        }
        assert_eq!(kept.of(bob, phone).count(), KEPT_MAX);
        kept.keep(&signal(SignalType::Offer, alice, bob), vec![0; 100].into());
        assert_eq!(kept.of(bob, phone).count(), 1);
        for _ in 0..10 {
            let large = vec![0; 64 * 1024].into();
            kept.keep(&signal(SignalType::Ice, alice, bob), large);
        }
        let bytes: usize = kept.of(bob, phone).map(Bytes::len).sum();
        assert!(bytes <= KEPT_BYTES_MAX);
        // What one sends takes no room from another.
        let carol = UserId::new(Timestamp(4));
        kept.keep(&signal(SignalType::Offer, carol, bob), vec![1].into());
        kept.forget_from(alice);
        assert_eq!(kept.of(bob, phone).collect::<Vec<_>>(), [&vec![1]]);
        kept.forget(bob);
        assert_eq!(kept.of(bob, phone).count(), 0);
    }
}
