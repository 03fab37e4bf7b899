//! docs/protocol.md tells of every event, error code and close code as they are.

use std::collections::BTreeSet;

use sentinal_protocol::event::{Class, EventKind};
use sentinal_protocol::{CloseCode, ErrorCode};

const DOCUMENT: &str = include_str!("../../docs/protocol.md");

/// Fails unless a line of the document starts with `expected`.
fn assert_has_row(expected: &str) {
    let found = DOCUMENT.lines().any(|line| line.starts_with(expected));
    assert!(found, "docs/protocol.md lacks: {expected}");
}

#[test]
fn the_document_has_the_table_of_events() {
    for kind in EventKind::ALL {
        let head = format!(
            "| `{}` | {} | {} |",
            kind.as_str(),
            format!("{:?}", kind.class()).to_lowercase(),
            format!("{:?}", kind.audience()).to_lowercase(),
        );
        let row = DOCUMENT.lines().find_map(|line| line.strip_prefix(&head));
        let row = row.unwrap_or_else(|| panic!("docs/protocol.md lacks: {head}"));
        let told: BTreeSet<String> = row
            .trim_matches([' ', '|'])
            .split(", ")
            .map(|field| field.trim_matches('`').to_owned())
            .filter(|field| !field.is_empty())
            .collect();
        let shape = kind.shape();
        let mut fields: BTreeSet<String> = shape
            .properties
            .keys()
            .map(|name| {
                let is_optional = !shape.required.contains(name);
                format!("{name}{}", if is_optional { "?" } else { "" })
            })
            .collect();
        if kind.class() == Class::Durable {
            fields.insert("replay?".to_owned());
        }
        assert_eq!(told, fields, "{head}");
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
