//! Texts that people read and type: names, addresses of pictures, phone numbers.
//!
//! One rule for each kind, used by every request that has such a field. A field is brought into its
//! canonical form while it is parsed (`deserialize_with`), so that the rule, the database and the
//! answer see the same text; what the form cannot mend is refused as a broken rule.

#![allow(
    clippy::option_option,
    reason = "in a merge patch (RFC 7396) absent and `null` differ"
)]

use serde::{Deserialize, Deserializer};
use unicode_normalization::char::is_combining_mark;
use unicode_normalization::{UnicodeNormalization as _, is_nfc};
use unicode_segmentation::UnicodeSegmentation as _;

/// Code points that a name may have for each character that people count: enough for the longest emoji
/// sequences, and an end to stacks of combining marks.
const CODE_POINTS_PER_CHARACTER: usize = 8;
/// The address of a picture, bytes.
const PICTURE_URL_BYTES_MAX: usize = 2_048;
/// Where this server's own files are, as a path.
const OWN_FILES: &str = "/v1/files/";
/// Digits of an international phone number (ITU-T E.164), and those of the shortest in use.
const PHONE_DIGITS: std::ops::RangeInclusive<usize> = 5..=15;

/// The composed form of a text (Unicode's NFC): what looks the same and means the same is the same.
pub fn nfc(text: &str) -> String {
    text.nfc().collect()
}

/// A name in its canonical form: NFC, without white space around it.
pub fn canonical_name(text: &str) -> String {
    // Most are composed already, and composing copies.
    if is_nfc(text) {
        text.trim().to_owned()
    } else {
        nfc(text).trim().to_owned()
    }
}

/// Reads a name, or another text that is canonical in the form of one.
pub(crate) fn name<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    String::deserialize(deserializer).map(|text| canonical_name(&text))
}

/// [`name`] of a field that may be absent.
pub(crate) fn optional_name<'de, D>(deserializer: D) -> Result<Option<String>, D::Error>
where
    D: Deserializer<'de>,
{
    let text = Option::<String>::deserialize(deserializer)?;
    Ok(text.map(|text| canonical_name(&text)))
}

/// [`name`] of a field in which absent and `null` differ, as [`crate::api::merge`] reads it.
pub(crate) fn merged_name<'de, D>(deserializer: D) -> Result<Option<Option<String>>, D::Error>
where
    D: Deserializer<'de>,
{
    optional_name(deserializer).map(Some)
}

/// The rule of names: `characters` of them at most as people count them (grapheme clusters, UAX #29),
/// and at least one that can be seen.
pub(crate) fn check_name(text: &str, characters: usize) -> garde::Result {
    check_line(text, characters)?;
    if text.chars().any(is_visible) {
        Ok(())
    } else {
        Err(garde::Error::new(
            "must have at least one visible character",
        ))
    }
}

/// The rule of a line of text that may be empty: as [`check_name`] otherwise.
pub(crate) fn check_line(text: &str, characters: usize) -> garde::Result {
    if text.chars().any(deceives) {
        return Err(garde::Error::new(
            "must not contain control characters or such that change the direction of writing",
        ));
    }
    check_length(text, characters)
}

/// The rule of longer texts, which may have several lines: their length alone.
pub(crate) fn check_length(text: &str, characters: usize) -> garde::Result {
    let code_points = text.chars().count();
    let fits = code_points <= characters
        || code_points <= characters.saturating_mul(CODE_POINTS_PER_CHARACTER)
            && text.graphemes(true).count() <= characters;
    if fits {
        Ok(())
    } else {
        Err(garde::Error::new(format!(
            "must not be longer than {characters} characters"
        )))
    }
}

/// Whether a character has no place in a single line: it ends the line, controls a terminal, or shows
/// what comes after it in another order than it is written (the explicit controls of UAX #9). The
/// joiners U+200C and U+200D stay: Persian, Indic scripts and emoji need them.
fn deceives(c: char) -> bool {
    c.is_control()
        || matches!(
            c,
            '\u{061C}'
                | '\u{200E}'
                | '\u{200F}'
                | '\u{2028}'..='\u{202E}'
                | '\u{2066}'..='\u{206F}'
                | '\u{FEFF}'
                | '\u{FFF9}'..='\u{FFFB}'
        )
}

/// Whether a character leaves a mark by itself: it is neither space nor ignorable (Unicode's
/// `Default_Ignorable_Code_Point`, and the blank of Braille), nor is it put on the one before it.
fn is_visible(c: char) -> bool {
    let blank = c.is_whitespace()
        || c.is_control()
        || is_combining_mark(c)
        || matches!(
            c,
            '\u{00AD}'
                | '\u{034F}'
                | '\u{061C}'
                | '\u{115F}'
                | '\u{1160}'
                | '\u{17B4}'
                | '\u{17B5}'
                | '\u{180B}'..='\u{180F}'
                | '\u{200B}'..='\u{200F}'
                | '\u{202A}'..='\u{202E}'
                | '\u{2060}'..='\u{206F}'
                | '\u{2800}'
                | '\u{3164}'
                | '\u{FE00}'..='\u{FE0F}'
                | '\u{FEFF}'
                | '\u{FFA0}'
                | '\u{FFF0}'..='\u{FFFB}'
                | '\u{1BCA0}'..='\u{1BCA3}'
                | '\u{1D173}'..='\u{1D17A}'
                | '\u{E0000}'..='\u{E0FFF}'
        );
    !blank
}

/// The rule of addresses of pictures: `https:`, or a file of this server by its path. Other schemes
/// would have every viewer's client fetch without protection, or run what it is given.
pub(crate) fn check_picture_url(text: &str) -> garde::Result {
    if text.len() > PICTURE_URL_BYTES_MAX {
        return Err(garde::Error::new("must not be longer than 2048 bytes"));
    }
    let printable = text.chars().all(|c| !c.is_whitespace() && !deceives(c));
    let has_scheme = |scheme: &str| {
        text.get(..scheme.len())
            .is_some_and(|start| start.eq_ignore_ascii_case(scheme))
    };
    let host = |rest: &str| {
        let authority = rest.split(['/', '?', '#', '\\']).next();
        // A name before an `@` is there to be taken for the host.
        authority.is_some_and(|host| !host.is_empty() && !host.contains('@'))
    };
    let elsewhere = has_scheme("https://") && text.get(8..).is_some_and(host);
    let own = text
        .strip_prefix(OWN_FILES)
        .is_some_and(|rest| !rest.is_empty() && !rest.contains(['\\', '/']));
    if printable && (elsewhere || own) {
        Ok(())
    } else {
        Err(garde::Error::new(
            "must be an https:// URL or the path of a file of this server",
        ))
    }
}

/// Reads the address of a picture. One of this server's own files that begins with `http://` becomes
/// its path: an address that a client was given while the server knows no public one of its own.
fn picture_path(text: String) -> String {
    let path = text.strip_prefix("http://").and_then(|rest| {
        let (_, path) = rest.split_once('/')?;
        path.strip_prefix("v1/files/")
    });
    match path {
        Some(file) => format!("{OWN_FILES}{file}"),
        None => text,
    }
}

/// Reads the address of a picture that may be absent.
pub(crate) fn optional_picture<'de, D>(deserializer: D) -> Result<Option<String>, D::Error>
where
    D: Deserializer<'de>,
{
    Ok(Option::<String>::deserialize(deserializer)?.map(picture_path))
}

/// The same where absent and `null` differ.
pub(crate) fn merged_picture<'de, D>(deserializer: D) -> Result<Option<Option<String>>, D::Error>
where
    D: Deserializer<'de>,
{
    optional_picture(deserializer).map(Some)
}

/// A phone number as it is stored: `+` and its digits, without what people type between them. What is
/// no phone number stays as it is, for the rule to refuse.
pub fn canonical_phone(text: &str) -> String {
    match phone_digits(text) {
        Some(digits) => format!("+{digits}"),
        None => text.to_owned(),
    }
}

/// The digits of what may be a phone number: an optional `+`, then digits, with spaces, dots, dashes
/// and parentheses between them. `None` for anything else.
pub fn phone_digits(text: &str) -> Option<String> {
    let text = text.trim();
    let mut digits = String::with_capacity(text.len());
    for c in text.strip_prefix('+').unwrap_or(text).chars() {
        match c {
            '0'..='9' => digits.push(c),
            ' ' | '.' | '-' | '(' | ')' | '\u{00A0}' | '\u{202F}' | '\u{2010}'..='\u{2013}' => {}
            _ => return None,
        }
    }
    (!digits.is_empty()).then_some(digits)
}

/// Reads a phone number that may be absent.
pub(crate) fn optional_phone<'de, D>(deserializer: D) -> Result<Option<String>, D::Error>
where
    D: Deserializer<'de>,
{
    let text = Option::<String>::deserialize(deserializer)?;
    Ok(text.map(|text| canonical_phone(&text)))
}

/// The same where absent and `null` differ.
pub(crate) fn merged_phone<'de, D>(deserializer: D) -> Result<Option<Option<String>>, D::Error>
where
    D: Deserializer<'de>,
{
    optional_phone(deserializer).map(Some)
}

/// The rule of phone numbers, in canonical form: E.164, whose country codes never begin with a zero.
pub(crate) fn check_phone(text: &str) -> garde::Result {
    let digits = text.strip_prefix('+').unwrap_or_default();
    let well_formed = PHONE_DIGITS.contains(&digits.len())
        && !digits.starts_with('0')
        && digits.bytes().all(|byte| byte.is_ascii_digit());
    if well_formed {
        Ok(())
    } else {
        Err(garde::Error::new(
            "must be an international number: '+', a country code and 5 to 15 digits in all",
        ))
    }
}

#[cfg(test)]
mod tests;
