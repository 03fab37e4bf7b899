//! docs/protocol.md tells of every event, error code and close code as they are.

use sentinal_protocol::event::TABLE;
use sentinal_protocol::{CloseCode, ErrorCode};

const DOCUMENT: &str = include_str!("../../docs/protocol.md");

/// Fails unless a line of the document starts with `expected`.
fn assert_has_row(expected: &str) {
    let found = DOCUMENT.lines().any(|line| line.starts_with(expected));
    assert!(found, "docs/protocol.md lacks: {expected}");
}

#[test]
fn the_document_has_the_table_of_events() {
    for row in TABLE {
        let fields: Vec<String> = row
            .fields
            .iter()
            .map(|field| format!("`{field}`"))
            .collect();
        assert_has_row(&format!(
            "| `{}` | {} | {} | {} |",
            row.kind.as_str(),
            format!("{:?}", row.class).to_lowercase(),
            format!("{:?}", row.audience).to_lowercase(),
            fields.join(", ")
        ));
    }
}

#[test]
fn the_document_has_every_error_code_with_its_status() {
    for code in ErrorCode::ALL {
        assert_has_row(&format!("| {} | `{}` | ", code.status(), code.as_str()));
    }
}

#[test]
fn the_document_has_every_close_code() {
    for code in CloseCode::ALL {
        assert_has_row(&format!("| {} | {} | ", code.number(), code.reason()));
    }
}
