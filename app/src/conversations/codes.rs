//! Invite codes: making them, and finding them in links.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

/// A code that nobody can guess.
pub(super) fn new_code() -> String {
    URL_SAFE_NO_PAD.encode(rand::random::<[u8; 16]>())
}

/// The code of a link, which may be the code itself. Links of another address will do: what counts
/// is the code.
pub(super) fn code_of(link: &str) -> &str {
    let path = link.split(['?', '#']).next().unwrap_or(link);
    let path = path.trim().trim_end_matches('/');
    path.rsplit('/').next().unwrap_or(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_found_in_whatever_people_paste() {
        for link in [
            "abc_12-3",
            "https://chat.example/invite/abc_12-3",
            " https://chat.example/app/invite/abc_12-3/?from=mail#top ",
        ] {
            assert_eq!(code_of(link), "abc_12-3", "{link}");
        }
        assert_eq!(code_of(""), "");
    }
}
