//! The table of all steps, in order.

use crate::step::{Step, Task, Work};

/// Every step there is. Numbers are dense from 1; a row that has been released never changes.
pub const STEPS: &[Step] = &[
    Step {
        number: 1,
        name: "initial",
        oldest_program: 1,
        work: Work::Transaction(include_str!("0001_initial.sql")),
    },
    Step {
        number: 2,
        name: "restores",
        oldest_program: 1,
        work: Work::Transaction(include_str!("0002_restores.sql")),
    },
    Step {
        number: 3,
        name: "claims_and_remains",
        oldest_program: 1,
        work: Work::Transaction(include_str!("0003_claims_and_remains.sql")),
    },
    Step {
        number: 4,
        name: "sensitive",
        oldest_program: 1,
        work: Work::Transaction(include_str!("0004_sensitive.sql")),
    },
    Step {
        number: 5,
        name: "rounds",
        oldest_program: 1,
        work: Work::Transaction(include_str!("0005_rounds.sql")),
    },
    Step {
        number: 6,
        name: "rules",
        oldest_program: 1,
        work: Work::Transaction(include_str!("0006_rules.sql")),
    },
    Step {
        number: 7,
        name: "rules_indexes",
        oldest_program: 1,
        work: Work::Resumable(&[
            // What expires, to leave it out of unread counts.
            Task::Index {
                kind: "INDEX",
                name: "messages_expiring",
                on: "messages (conversation_id, sequence_number) \
                     WHERE expires_at IS NOT NULL AND deleted_at IS NULL AND NOT hard_deleted \
                     AND hidden_from IS NULL",
            },
            // Who has deleted a message for themselves.
            Task::Index {
                kind: "INDEX",
                name: "hidden_messages_sequence_number",
                on: "hidden_messages (conversation_id, sequence_number)",
            },
            // What somebody has measured in a call, to count it.
            Task::Index {
                kind: "INDEX",
                name: "call_quality_user_call",
                on: "call_quality (user_id, call_id)",
            },
            // Whose messages in a conversation are still to erase.
            Task::Index {
                kind: "INDEX",
                name: "erased_conversations_conversation_id",
                on: "erased_conversations (conversation_id)",
            },
        ]),
    },
    Step {
        number: 8,
        name: "places",
        oldest_program: 1,
        work: Work::Transaction(include_str!("0008_places.sql")),
    },
    Step {
        number: 9,
        name: "places_indexes",
        oldest_program: 1,
        work: Work::Resumable(&[
            // Who has somebody as a contact, in the order of their ids.
            Task::Index {
                kind: "INDEX",
                name: "contacts_audience",
                on: "contacts (contact_user_id, user_id)",
            },
            // What the kept answers of a user take.
            Task::Index {
                kind: "INDEX",
                name: "idempotency_keys_usage",
                on: "idempotency_keys (user_id, answer_bytes)",
            },
        ]),
    },
    Step {
        number: 10,
        name: "places_replaced",
        oldest_program: 1,
        work: Work::Transaction(include_str!("0010_places_replaced.sql")),
    },
    Step {
        number: 11,
        name: "wire",
        oldest_program: 1,
        work: Work::Transaction(include_str!("0011_wire.sql")),
    },
    Step {
        number: 12,
        name: "leases",
        oldest_program: 1,
        work: Work::Transaction(include_str!("0012_leases.sql")),
    },
];
