//! What names, addresses and numbers may be.

use proptest::prelude::*;

use super::*;

fn name_of(text: &str) -> Result<String, String> {
    let canonical = canonical_name(text);
    check_name(&canonical, 8).map_err(|error| error.message().to_owned())?;
    Ok(canonical)
}

#[test]
fn a_name_is_composed_and_has_no_space_around_it() {
    assert_eq!(name_of("  Zoe\u{308} \u{a0}").as_deref(), Ok("Zo\u{eb}"));
    assert_eq!(name_of("a b").as_deref(), Ok("a b"));
}

#[test]
fn a_name_can_be_seen() {
    for blank in [
        "",
        "   ",
        "\u{200B}",
        "\u{200D}\u{200C}",
        "\u{3164}",
        "\u{2800}",
        "\u{301}",
        "\u{FE0F}",
        "\u{E0041}",
        "\u{AD}",
    ] {
        assert!(name_of(blank).is_err(), "{blank:?}");
    }
}

#[test]
fn a_name_neither_controls_nor_turns_around() {
    for c in [
        '\0', '\n', '\t', '\u{7F}', '\u{85}', '\u{61C}', '\u{200E}', '\u{200F}', '\u{2028}',
        '\u{202A}', '\u{202E}', '\u{2066}', '\u{2069}', '\u{FEFF}',
    ] {
        assert!(name_of(&format!("a{c}b")).is_err(), "{c:?}");
    }
    // Persian needs the one joiner, a family of emoji the other.
    assert!(name_of("\u{645}\u{6CC}\u{200C}\u{62E}").is_ok());
    assert!(name_of("\u{1F468}\u{200D}\u{1F469}\u{200D}\u{1F467}").is_ok());
    assert!(name_of("\u{5D0}\u{5D1}").is_ok());
}

#[test]
fn a_name_is_as_long_as_people_count() {
    let family = "\u{1F468}\u{200D}\u{1F469}\u{200D}\u{1F467}\u{200D}\u{1F466}";
    assert!(name_of(&family.repeat(8)).is_ok());
    assert!(name_of(&family.repeat(9)).is_err());
    assert!(name_of(&"x".repeat(8)).is_ok());
    assert!(name_of(&"x".repeat(9)).is_err());
    // One character to the eye, and a tower of marks.
    assert!(name_of(&format!("x{}", "\u{323}".repeat(63))).is_ok());
    assert!(name_of(&format!("x{}", "\u{323}".repeat(64))).is_err());
}

#[test]
fn pictures_are_fetched_over_tls_or_from_here() {
    for good in [
        "https://example.org/a.png",
        "HTTPS://example.org",
        "https://example.org:8443/a?b=c#d",
        "/v1/files/0190?cap=x",
    ] {
        assert!(check_picture_url(good).is_ok(), "{good}");
    }
    for wrong in [
        "",
        "http://example.org/a.png",
        "javascript:alert(1)",
        "data:image/png;base64,AAAA",
        "//example.org/a",
        "https://",
        "https:///a",
        "https://me@example.org/",
        "https://exa mple.org/",
        "/v1/users/me",
        "/v1/files/",
        "/v1/files/../users/me",
        "/v1/files/a\\b",
    ] {
        assert!(check_picture_url(wrong).is_err(), "{wrong}");
    }
    assert!(check_picture_url(&format!("https://x/{}", "y".repeat(2_048))).is_err());
    let local = picture_path("http://127.0.0.1:8080/v1/files/0190?cap=x".to_owned());
    assert_eq!(local, "/v1/files/0190?cap=x");
}

#[test]
fn a_phone_number_is_its_digits() {
    for typed in [
        "+4915550123",
        "4915550123",
        " +49 (1555) 01-23 ",
        "49.1555.0123",
        "+49\u{a0}1555\u{2011}0123",
    ] {
        assert_eq!(canonical_phone(typed), "+4915550123", "{typed}");
        assert!(check_phone(&canonical_phone(typed)).is_ok());
    }
    for wrong in [
        "0800-CALL",
        "12",
        "+0491234567",
        "+1234567890123456",
        "",
        "++491234567",
    ] {
        assert!(check_phone(&canonical_phone(wrong)).is_err(), "{wrong}");
    }
}

proptest! {
    /// What is stored does not change when it is sent back.
    #[test]
    fn the_canonical_form_of_a_canonical_form_is_itself(text in "\\PC{0,20}") {
        let once = canonical_name(&text);
        prop_assert_eq!(canonical_name(&once), once.clone());
        let phone = canonical_phone(&text);
        prop_assert_eq!(canonical_phone(&phone), phone);
    }
}
