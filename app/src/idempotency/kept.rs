//! The form in which a long answer is kept: without what its request says as well.
//!
//! Long answers are long because they repeat what was sent: a backup, keys, ids. Whoever asks again
//! sends the same request, or it would be a conflict; so of an answer it suffices to keep where it
//! repeats which text of the request. A text that is left out is marked by U+0001, the text's number
//! in the request and `;`, or `b;` if the answer has it as standard base64 and the request in another
//! form. U+0001 stands nowhere in JSON, so no answer is mistaken for one with marks.

use std::borrow::Cow;
use std::collections::HashMap;

use sentinal_protocol::Base64;
use serde_json::Value;

/// An answer of so many bytes is kept as it is.
pub(crate) const WHOLE_BYTES_MAX: usize = 4 * 1024;
/// Shorter texts are not worth a mark.
const TEXT_BYTES_MIN: usize = 24;
const MARK: char = '\u{1}';

/// The longer texts of a request, in an order that equal requests share.
fn texts(request: &[u8]) -> Vec<String> {
    fn visit(value: Value, texts: &mut Vec<String>) {
        match value {
            Value::String(text) if text.len() >= TEXT_BYTES_MIN => texts.push(text),
            Value::Array(values) => values.into_iter().for_each(|value| visit(value, texts)),
            // Fields are sorted by name.
            Value::Object(fields) => fields
                .into_iter()
                .for_each(|(_, value)| visit(value, texts)),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
        }
    }
    let mut found = Vec::new();
    if let Ok(request) = serde_json::from_slice(request) {
        visit(request, &mut found);
    }
    found
}

/// A text as standard base64, if it is base64.
fn standard(text: &str) -> Option<String> {
    let bytes = Base64::decode(text)?;
    let mut standard = String::new();
    Base64::encode_into(&bytes.0, &mut standard);
    Some(standard)
}

/// What is kept of an answer to a request.
pub(crate) fn shorten<'a>(answer: &'a str, request: &[u8]) -> Cow<'a, str> {
    if answer.len() <= WHOLE_BYTES_MAX {
        return Cow::Borrowed(answer);
    }
    let mut marks: HashMap<String, String> = HashMap::new();
    for (number, text) in texts(request).into_iter().enumerate() {
        if let Some(standard) = standard(&text).filter(|standard| *standard != text) {
            let mark = format!("{MARK}{number}b;");
            marks.entry(standard).or_insert(mark);
        }
        marks.entry(text).or_insert(format!("{MARK}{number};"));
    }
    // Texts are compared as they are written: a mark gives back the same bytes.
    let mut kept = String::with_capacity(WHOLE_BYTES_MAX);
    let mut rest = answer;
    while let Some((before, text, after)) = next_text(rest) {
        kept.push_str(before);
        kept.push('"');
        kept.push_str(marks.get(text).map_or(text, String::as_str));
        kept.push('"');
        rest = after;
    }
    kept.push_str(rest);
    Cow::Owned(kept)
}

/// The first text of some JSON, as it is written, with what is before and after its quotes.
fn next_text(json: &str) -> Option<(&str, &str, &str)> {
    let (before, from) = json.split_once('"')?;
    let mut escaped = false;
    let end = from.find(|sign| {
        let ends = sign == '"' && !escaped;
        escaped = sign == '\\' && !escaped;
        ends
    })?;
    let (text, after) = from.split_at_checked(end)?;
    Some((before, text, after.strip_prefix('"')?))
}

/// The answer to a request, from what was kept of it.
pub(crate) fn restore(kept: String, request: &[u8]) -> String {
    if !kept.contains(MARK) {
        return kept;
    }
    let texts = texts(request);
    let mut parts = kept.split(MARK);
    let mut answer = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let Some((mark, after)) = part.split_once(';') else {
            continue;
        };
        let (number, is_other_form) = match mark.strip_suffix('b') {
            Some(number) => (number, true),
            None => (mark, false),
        };
        let text = number.parse().ok().and_then(|at: usize| texts.get(at));
        let text = text.map(String::as_str).unwrap_or_default();
        if is_other_form {
            answer.push_str(&standard(text).unwrap_or_default());
        } else {
            answer.push_str(text);
        }
        answer.push_str(after);
    }
    answer
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    #[test]
    fn a_long_answer_is_kept_without_what_was_sent() {
        let blob = vec![0xfb_u8; 100_000];
        let sent = standard_of(&blob).replace('+', "-").replace('/', "_");
        let request = json!({"backup_data": sent.trim_end_matches('='), "nonce": "x".repeat(30)});
        let answer = json!({"success": true, "data": {"backup_data": standard_of(&blob),
            "nonce": "x".repeat(30), "updated_at": "2027-01-15T00:00:00.000Z"}});
        let (request, answer) = (request.to_string(), answer.to_string());
        let kept = shorten(&answer, request.as_bytes());
        assert!(kept.len() < 200, "{kept}");
        // White space and order do not matter, as for the hash.
        let again: Value = serde_json::from_str(&request).unwrap();
        let again = serde_json::to_string_pretty(&again).unwrap();
        assert_eq!(restore(kept.into_owned(), again.as_bytes()), answer);
    }

    #[test]
    fn a_short_answer_is_kept_as_it_is() {
        let answer = r#"{"a":"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"}"#;
        assert_eq!(shorten(answer, answer.as_bytes()), answer);
        assert_eq!(restore(answer.to_owned(), b""), answer);
    }

    fn standard_of(bytes: &[u8]) -> String {
        let mut text = String::new();
        Base64::encode_into(bytes, &mut text);
        text
    }

    proptest! {
        /// Whatever is in an answer and a request, with quotes, escapes and control characters.
        #[test]
        fn what_was_kept_gives_the_same_answer_again(
            texts in proptest::collection::vec("[a-zA-Z0-9\"\\\\\u{1};{}ä+/_=-]{0,80}", 1..20),
            repeated in proptest::collection::vec(0_usize..20, 0..200),
        ) {
            let request = json!({"texts": texts}).to_string();
            let of = |at: &usize| texts[at % texts.len()].clone();
            let parts: Vec<String> = repeated.iter().map(of).collect();
            let answer = json!({"parts": parts, "own": "y".repeat(WHOLE_BYTES_MAX)}).to_string();
            let kept = shorten(&answer, request.as_bytes());
            prop_assert!(kept.len() <= answer.len());
            prop_assert_eq!(restore(kept.into_owned(), request.as_bytes()), answer);
        }
    }
}
