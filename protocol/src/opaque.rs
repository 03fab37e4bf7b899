//! JSON that is handed on without being looked into: headers, metadata, what devices in a call tell
//! each other.
//!
//! It comes back out of the database, is compared with what was sent before under the same key, and
//! is read by other people's clients. So it must be JSON that every reader takes: RFC 8259 lets
//! readers limit depth (§9), numbers (§6), and says that lone surrogates are unpredictable (§8.2).

use serde_json::value::RawValue;

/// How deep arrays and objects may be nested.
pub const OPAQUE_DEPTH_MAX: usize = 32;

/// What is wrong with opaque JSON, if anything is: a sentence about the field that holds it.
pub fn check_opaque(json: &RawValue) -> Result<(), &'static str> {
    let text = json.get().as_bytes();
    let (mut at, mut depth) = (0, 0_usize);
    while let Some(byte) = text.get(at) {
        at = match byte {
            b'"' => end_of_string(text, at + 1).ok_or("must not hold lone surrogates")?,
            b'-' | b'0'..=b'9' => end_of_number(text, at).ok_or("must hold finite numbers only")?,
            b'{' | b'[' => {
                depth += 1;
                if depth > OPAQUE_DEPTH_MAX {
                    return Err("must not be nested deeper than 32");
                }
                at + 1
            }
            b'}' | b']' => {
                depth = depth.saturating_sub(1);
                at + 1
            }
            _ => at + 1,
        };
    }
    Ok(())
}

/// The text of opaque JSON without white space between its tokens, otherwise as it came.
pub fn compact(json: &RawValue) -> String {
    let mut is_string = false;
    let mut is_escaped = false;
    let keep = |byte: &char| {
        if is_string {
            is_string = is_escaped || *byte != '"';
            is_escaped = !is_escaped && *byte == '\\';
            return true;
        }
        is_string = *byte == '"';
        !matches!(byte, ' ' | '\t' | '\n' | '\r')
    };
    json.get().chars().filter(keep).collect()
}

/// Where a string ends whose first byte is at `at`; `None` if it holds a lone surrogate. The text is
/// known to be JSON.
fn end_of_string(text: &[u8], mut at: usize) -> Option<usize> {
    loop {
        match *text.get(at)? {
            b'"' => return Some(at + 1),
            b'\\' if text.get(at + 1) == Some(&b'u') => match unit(text, at)? {
                0xD800..=0xDBFF => {
                    let low = unit(text, at + 6)?;
                    if !(0xDC00..=0xDFFF).contains(&low) {
                        return None;
                    }
                    at += 12;
                }
                0xDC00..=0xDFFF => return None,
                _ => at += 6,
            },
            b'\\' => at += 2,
            _ => at += 1,
        }
    }
}

/// The UTF-16 unit of the escape `\uXXXX` at `at`, if there is one.
fn unit(text: &[u8], at: usize) -> Option<u16> {
    let digits = text.get(at..at + 6)?.strip_prefix(b"\\u")?;
    u16::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()
}

/// Where the number at `at` ends; `None` if no double holds it.
fn end_of_number(text: &[u8], at: usize) -> Option<usize> {
    let rest = text.get(at..)?;
    let is_part = |byte: &u8| byte.is_ascii_digit() || b"+-.eE".contains(byte);
    let length = rest.iter().take_while(|byte| is_part(byte)).count();
    let number = std::str::from_utf8(rest.get(..length)?).ok()?;
    let value: f64 = number.parse().ok()?;
    value.is_finite().then_some(at + length)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::Value;

    use super::*;

    fn check(text: &str) -> Result<(), &'static str> {
        let json: Box<RawValue> = serde_json::from_str(text).unwrap();
        check_opaque(&json)
    }

    fn nested(depth: usize) -> String {
        format!("{}{}", "[".repeat(depth), "]".repeat(depth))
    }

    #[test]
    fn what_not_every_reader_takes_is_refused() {
        assert!(check(&nested(OPAQUE_DEPTH_MAX)).is_ok());
        assert!(check(&nested(OPAQUE_DEPTH_MAX + 1)).is_err());
        // Side by side is not deep.
        let many = format!("[{}]", vec!["[[]]"; 1_000].join(","));
        assert!(check(&many).is_ok());
        for finite in [
            "0",
            "-1.5e-300",
            "1e308",
            "[1,2.25]",
            "12345678901234567890123",
        ] {
            assert!(check(finite).is_ok(), "{finite}");
        }
        for infinite in ["1e309", "[-1e999]", r#"{"a":1e400}"#] {
            assert!(check(infinite).is_err(), "{infinite}");
        }
        for whole in [r#""\ud83d\ude00""#, r#""\\ud800""#, r#"{"\u0041":"\"[[["}"#] {
            assert!(check(whole).is_ok(), "{whole}");
        }
        for lone in [
            r#""\ud800""#,
            r#""\udc00\ud800""#,
            r#"{"\ud83dx":1}"#,
            r#""\ud83d\u0041""#,
        ] {
            assert!(check(lone).is_err(), "{lone}");
        }
    }

    #[test]
    fn white_space_goes_but_not_that_of_strings() {
        let text = "{\"a b\":\r\n [1,\t2.50], \"\\\" \\\\\" : \"\\n \"}";
        let json: Box<RawValue> = serde_json::from_str(text).unwrap();
        let compact = compact(&json);
        assert_eq!(compact, "{\"a b\":[1,2.50],\"\\\" \\\\\":\"\\n \"}");
        let read = |text: &str| serde_json::from_str::<Value>(text).unwrap();
        assert_eq!(read(&compact), read(text));
    }

    fn json() -> impl Strategy<Value = String> {
        let leaf = prop_oneof![
            any::<f64>().prop_map(|number| format!("{number:e}")),
            Just("1e400".to_owned()),
            any::<String>().prop_map(|text| serde_json::to_string(&text).unwrap()),
            Just(r#""\ud800""#.to_owned()),
            Just("null".to_owned()),
        ];
        leaf.prop_recursive(40, 60, 2, |inner| {
            prop::collection::vec(inner, 0..3).prop_map(|items| format!("[{}]", items.join(",")))
        })
    }

    proptest! {
        /// What is let in can be read as a value, which is what requests are compared by.
        #[test]
        fn what_passes_is_read_by_everybody(text in json()) {
            if let Ok(json) = serde_json::from_str::<Box<RawValue>>(&text)
                && check_opaque(&json).is_ok()
            {
                prop_assert!(serde_json::from_str::<Value>(&compact(&json)).is_ok());
            }
        }
    }
}
