//! The ciphertexts of a load test: they say when they were to be sent, by whom and as which message,
//! and whoever they are for can tell that not a bit of them has changed.
//!
//! The checksum is keyed with the device (or the conversation) that the ciphertext is for, as a real
//! ciphertext is bound to its session: one that is delivered to the wrong device cannot be read.

use sentinal_protocol::Base64;

/// Bytes of the fields in front of the filling.
const HEAD_BYTES: usize = 40;
/// FNV-1a, 64 bits.
const FNV_START: u64 = 0xcbf2_9ce4_8422_2325;
/// Its prime.
const FNV_PRIME: u64 = 0x0100_0000_01b3;

/// What a ciphertext says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stamp {
    /// The run.
    pub run: u64,
    /// When it was to be sent, microseconds since 1970.
    pub intended_us: u64,
    /// The sender's number among the people.
    pub sender: u64,
    /// The message's number among those of its sender.
    pub number: u64,
}

impl Stamp {
    /// A ciphertext for whoever `key` names, of so many bytes or as many as the stamp needs.
    pub fn seal(self, key: &[u8], bytes: usize) -> Base64 {
        let mut text = vec![0; 8];
        for field in [self.run, self.intended_us, self.sender, self.number] {
            text.extend_from_slice(&field.to_le_bytes());
        }
        // A filling that no run-length coding shortens.
        let mut filling = self.number ^ self.sender;
        while text.len() < bytes {
            filling = filling
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1);
            text.push(filling.to_le_bytes()[7]);
        }
        let (sum, rest) = text.split_at_mut(8);
        sum.copy_from_slice(&checksum(key, rest).to_le_bytes());
        Base64(text)
    }

    /// Reads a ciphertext; `None` if it was changed, or is for somebody else.
    pub fn open(text: &Base64, key: &[u8]) -> Option<Self> {
        if text.0.len() < HEAD_BYTES {
            return None;
        }
        let (sum, rest) = text.0.split_first_chunk::<8>()?;
        if u64::from_le_bytes(*sum) != checksum(key, rest) {
            return None;
        }
        let mut fields = rest
            .as_chunks::<8>()
            .0
            .iter()
            .copied()
            .map(u64::from_le_bytes);
        Some(Self {
            run: fields.next()?,
            intended_us: fields.next()?,
            sender: fields.next()?,
            number: fields.next()?,
        })
    }
}

fn checksum(key: &[u8], text: &[u8]) -> u64 {
    key.iter().chain(text).fold(FNV_START, |sum, byte| {
        (sum ^ u64::from(*byte)).wrapping_mul(FNV_PRIME)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const STAMP: Stamp = Stamp {
        run: 1,
        intended_us: 1_800_000_000_000_000,
        sender: 7,
        number: 3,
    };

    #[test]
    fn whoever_it_is_for_reads_it() {
        for bytes in [0, 40, 41, 256, 4_096] {
            let sealed = STAMP.seal(b"phone", bytes);
            assert_eq!(sealed.len(), bytes.max(HEAD_BYTES));
            assert_eq!(Stamp::open(&sealed, b"phone"), Some(STAMP));
            assert_eq!(Stamp::open(&sealed, b"laptop"), None);
        }
    }

    #[test]
    fn one_changed_bit_makes_it_unreadable() {
        let sealed = STAMP.seal(b"phone", 64);
        for place in 0..sealed.len() {
            let mut changed = sealed.clone();
            changed.0[place] ^= 1;
            assert_eq!(Stamp::open(&changed, b"phone"), None, "byte {place}");
        }
        assert_eq!(Stamp::open(&Base64(vec![0; 8]), b"phone"), None);
    }
}
