//! Whether a secret looks as if chance had made it.
//!
//! No test proves that it did. What is found is what people write instead: too few different
//! characters, a word over and over, a walk along the alphabet.

use std::collections::BTreeMap;

/// What a secret must be that has a pattern.
pub(super) const MADE_BY_CHANCE: &str =
    "made by chance in release mode; take the output of `openssl rand -hex 32`";
/// Bits that a secret must have at least by the frequencies of its characters. 32 random hexadecimal
/// digits have 117 as a rule; the least of 400,000 draws had 84.
const BITS_MIN: f64 = 80.0;

/// Whether a secret has a pattern that a guesser would try.
pub(super) fn has_pattern(secret: &str) -> bool {
    let bytes = secret.as_bytes();
    is_repetition(bytes) || is_walk(bytes)
}

/// Whether the characters of a secret are too much alike to have been drawn.
pub(super) fn is_poor(secret: &str) -> bool {
    has_pattern(secret) || bits(secret.as_bytes()) < BITS_MIN
}

/// Whether it is a shorter text again and again: its second half says nothing new.
fn is_repetition(bytes: &[u8]) -> bool {
    (1..=bytes.len() / 2).any(|period| {
        bytes
            .iter()
            .zip(bytes.iter().skip(period))
            .all(|(before, after)| before == after)
    })
}

/// Whether two thirds of the characters are the same as the one before, or its neighbour.
fn is_walk(bytes: &[u8]) -> bool {
    let steps = bytes.len().saturating_sub(1);
    let close = bytes
        .iter()
        .zip(bytes.iter().skip(1))
        .filter(|(before, after)| before.abs_diff(**after) <= 1)
        .count();
    steps > 0 && close * 3 > steps * 2
}

/// Shannon's entropy by the frequencies of single characters, over the whole length.
fn bits(bytes: &[u8]) -> f64 {
    let mut counts = BTreeMap::<u8, u32>::new();
    for byte in bytes {
        *counts.entry(*byte).or_default() += 1;
    }
    let total: u32 = counts.values().sum();
    counts
        .values()
        .map(|count| {
            let count = f64::from(*count);
            count * (f64::from(total) / count).log2()
        })
        .sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_people_write_is_poor() {
        for poor in [
            "00000000000000000000000000000000",
            "0123456789abcdef0123456789abcdef",
            "abcdefghijklmnopqrstuvwxyz012345",
            "secretsecretsecretsecretsecretse",
            "aaaaaaaaaaaaaaaabbbbbbbbbbbbbbbb",
            "11112222333344445555666677778888",
            "hahahahahahahohohohohohohihihihi",
        ] {
            assert!(is_poor(poor), "{poor}");
        }
    }

    #[test]
    fn what_chance_makes_is_not() {
        for _ in 0..100 {
            let hex = format!("{:032x}", rand::random::<u128>());
            assert!(!is_poor(&hex), "{hex}");
        }
    }
}
