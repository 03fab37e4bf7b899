//! Who is counted, and with whom they are counted together where there are too many to know each.

use std::collections::hash_map::RandomState;
use std::hash::BuildHasher as _;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use sentinal_protocol::text::phone_digits;
use sentinal_protocol::{ConversationId, DeviceId, LoginSessionId, UploadId, UserId};
use uuid::Uuid;

/// Buckets among which those are spread for whom even the widest networks are too many: the last
/// resort, in which 1 of so many bystanders is met.
const SHARES: u64 = 1_024;

/// Who is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Key {
    pub(super) who: Who,
    /// Where it comes from, if that is how it is known when there are too many.
    pub(super) from: Option<IpAddr>,
}

/// How much of an address is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Width {
    /// An IPv4 address, an IPv6 /64.
    Narrow,
    /// A /24, a /48.
    Middle,
    /// A /16, a /32.
    Wide,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Who {
    Network(IpAddr, Width),
    User(Uuid),
    LoginSession(Uuid),
    Device(Uuid),
    File(Uuid),
    Member(Uuid, Uuid),
    /// An identity that somebody claims, or an account: what was tried there.
    Subject(Subject),
    /// The same from one network.
    Guess(Subject, IpAddr),
    /// One of [`SHARES`].
    Share(u64),
}

impl Who {
    pub(super) fn class(self) -> Class {
        match self {
            Self::User(_)
            | Self::LoginSession(_)
            | Self::Device(_)
            | Self::File(_)
            | Self::Member(..) => Class::Proved,
            Self::Network(_, Width::Narrow) | Self::Subject(_) | Self::Guess(..) => Class::Claimed,
            Self::Network(_, Width::Middle) => Class::Middle,
            Self::Network(_, Width::Wide) => Class::Wide,
            Self::Share(_) => Class::Share,
        }
    }
}

/// How a table of keys is filled: each class has room of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Class {
    /// Accounts, devices, login sessions, members and files, whose number is that of those that are there: they
    /// are always counted each by itself. Never claimed, always proved before they are counted.
    Proved,
    /// What a stranger may make up, or has many of.
    Claimed,
    /// [`Width::Middle`].
    Middle,
    /// [`Width::Wide`].
    Wide,
    /// [`Who::Share`].
    Share,
}

/// What password guesses are counted by: an account, or an identity that nobody has. Only a keyed
/// hash is kept: no log or dump can tell who tried what.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Subject(u64);

/// The keys of the hashes of subjects.
#[derive(Default)]
pub(super) struct Subjects(RandomState);

impl Subjects {
    /// An identity as it is claimed: without case, and a phone number without what is typed between
    /// its digits.
    pub(super) fn of_identity(&self, identity: &str) -> Subject {
        let identity = identity.trim().to_lowercase();
        Subject(match phone_digits(&identity) {
            Some(digits) => self.0.hash_one(("identity", digits)),
            None => self.0.hash_one(("identity", identity)),
        })
    }

    pub(super) fn of_account(&self, user_id: UserId) -> Subject {
        Subject(self.0.hash_one(("account", user_id)))
    }
}

impl From<IpAddr> for Key {
    /// An IPv4 address, or the /64 of an IPv6 address: whoever has one has all of it.
    fn from(address: IpAddr) -> Self {
        let network = network(address);
        Self {
            who: Who::Network(network, Width::Narrow),
            from: Some(network),
        }
    }
}

impl From<UserId> for Key {
    fn from(user: UserId) -> Self {
        Self::proved(Who::User(user.0))
    }
}

impl From<LoginSessionId> for Key {
    fn from(session: LoginSessionId) -> Self {
        Self::proved(Who::LoginSession(session.0))
    }
}

impl From<DeviceId> for Key {
    fn from(device: DeviceId) -> Self {
        Self::proved(Who::Device(device.0))
    }
}

impl From<(UserId, ConversationId)> for Key {
    /// A user in one conversation.
    fn from((user, conversation): (UserId, ConversationId)) -> Self {
        Self::proved(Who::Member(user.0, conversation.0))
    }
}

impl From<UploadId> for Key {
    /// A file that is there.
    fn from(file: UploadId) -> Self {
        Self::proved(Who::File(file.0))
    }
}

impl Key {
    const fn proved(who: Who) -> Self {
        Self { who, from: None }
    }

    /// What is tried at a subject from anywhere.
    pub(super) fn subject(subject: Subject, from: IpAddr) -> Self {
        Self {
            who: Who::Subject(subject),
            from: Some(network(from)),
        }
    }

    /// What is tried at a subject from one network.
    pub(super) fn guess(subject: Subject, from: IpAddr) -> Self {
        let network = network(from);
        Self {
            who: Who::Guess(subject, network),
            from: Some(network),
        }
    }

    /// What it is counted under where its own class is full: the network around it. `hash` spreads
    /// what has no wider one.
    pub(super) fn coarser(self, hash: impl FnOnce(Who) -> u64) -> Self {
        let who = match (self.who, self.from) {
            (Who::Network(_, Width::Middle), Some(from)) => {
                Who::Network(masked(from, 16, 32), Width::Wide)
            }
            (who @ (Who::Network(_, Width::Wide) | Who::Share(_)), _) | (who, None) => {
                Who::Share(hash(who) % SHARES)
            }
            (_, Some(from)) => Who::Network(masked(from, 24, 48), Width::Middle),
        };
        Self { who, ..self }
    }
}

/// What an address is counted under: an IPv4 address itself, of IPv6 its /64, which whoever has one
/// address has all of.
pub fn network(address: IpAddr) -> IpAddr {
    masked(address, 32, 64)
}

/// The first bits of an address, the others zero.
fn masked(address: IpAddr, v4_bits: u32, v6_bits: u32) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V4(address) => {
            let mask = u32::MAX.checked_shl(32 - v4_bits).unwrap_or(0);
            Ipv4Addr::from_bits(address.to_bits() & mask).into()
        }
        IpAddr::V6(address) => {
            let mask = u128::MAX.checked_shl(128 - v6_bits).unwrap_or(0);
            Ipv6Addr::from_bits(address.to_bits() & mask).into()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(text: &str) -> Key {
        Key::from(text.parse::<IpAddr>().unwrap())
    }

    fn coarser(key: Key) -> Key {
        key.coarser(|_| 7)
    }

    #[test]
    fn whoever_has_an_ipv6_network_has_one_bucket() {
        assert_eq!(key("2001:db8::1"), key("2001:db8::ffff:2"));
        assert_ne!(key("2001:db8::1"), key("2001:db8:0:1::1"));
        assert_ne!(key("10.0.0.1"), key("10.0.0.2"));
        assert_eq!(key("10.0.0.1"), key("::ffff:10.0.0.1"));
    }

    #[test]
    fn networks_widen_step_by_step() {
        let (one, near, far) = (key("10.1.2.3"), key("10.1.2.4"), key("10.1.9.9"));
        assert_eq!(coarser(one).who, coarser(near).who);
        assert_ne!(coarser(one).who, coarser(far).who);
        assert_eq!(coarser(coarser(one)).who, coarser(coarser(far)).who);
        let (one, near) = (key("2001:db8:1:2::1"), key("2001:db8:1:3::1"));
        let far = key("2001:db8:9::1");
        assert_eq!(coarser(one).who, coarser(near).who);
        assert_ne!(coarser(one).who, coarser(far).who);
        assert_eq!(coarser(coarser(one)).who, coarser(coarser(far)).who);
        assert_eq!(coarser(coarser(coarser(one))).who, Who::Share(7));
    }

    #[test]
    fn a_subject_is_the_same_however_it_is_written() {
        let subjects = Subjects::default();
        let of = |identity: &str| subjects.of_identity(identity);
        assert_eq!(of("alice"), of(" ALICE"));
        assert_eq!(of("+49 1555 0123"), of("4915550123"));
        assert_ne!(of("alice"), of("bob"));
    }
}
