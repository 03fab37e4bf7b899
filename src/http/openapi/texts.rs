//! What the document says of all operations together: its first lines, its headers, its tags.

/// Headers of every answer: name, schema type, meaning.
pub(super) const HEADERS: [(&str, &str, &str); 6] = [
    (
        "X-Request-ID",
        "string",
        "The request's id, the client's own or a new one.",
    ),
    (
        "X-RateLimit-Limit",
        "integer",
        "Requests that a full bucket allows.",
    ),
    (
        "X-RateLimit-Remaining",
        "integer",
        "Requests that it allows now.",
    ),
    (
        "X-RateLimit-Reset",
        "integer",
        "Seconds until it is full again.",
    ),
    (
        "X-RateLimit-Bucket",
        "string",
        "The tightest bucket that the request was counted in.",
    ),
    (
        RETRY_AFTER,
        "integer",
        "Seconds to wait before trying again.",
    ),
];
/// When to try again.
pub(super) const RETRY_AFTER: &str = "Retry-After";

/// How to begin comes first: it is what the page shows on top.
pub(super) const INTRODUCTION: &str = "\
**To try requests, get a token first:** send `POST /v1/auth/register` (or `/v1/auth/login`) below, copy \
`access_token` from the answer, press *Authorize* and paste it. It is kept for this tab only and is good for \
some minutes; `/v1/auth/refresh` gives the next one.\n\n\
End-to-end-encrypted realtime chat. Every answer comes in an envelope, but for `GET /goroutines`: \
`{\"success\":true,\"data\":…}`, or `{\"success\":false,\"error\",\"code\",\"request_id\"}` with `details` \
where the code has something to tell. Words of an enumeration are read in any letter case. \
Every answer, also of a request that failed, has the headers that successes list. \
The WebSocket at `/v1/ws` has a document of its own, `/asyncapi.json`. What both promise, and how clients \
resume, is in [The protocol](/docs/protocol); what holds when parts fail in [Reliability](/docs/reliability).";

/// What operations are about, in the order in which somebody reads who begins.
pub(super) const TAGS: [(&str, &str); 12] = [
    ("auth", "Accounts and logins: where to begin."),
    (
        "users",
        "People: profiles, settings, contacts, blocks, devices.",
    ),
    (
        "encryption",
        "Public keys of devices, as X3DH and PQXDH need them.",
    ),
    (
        "conversations",
        "Conversations, and who takes part in them.",
    ),
    (
        "messages",
        "Sending and reading, and what people make of messages.",
    ),
    (
        "state",
        "What a client reads when it comes back: changes and presence.",
    ),
    (
        "ws",
        "The WebSocket; its events and frames are in `/asyncapi.json`.",
    ),
    ("uploads", "Announcing files and sending their bytes."),
    ("files", "Fetching files."),
    ("broadcasts", "One message to everybody on a list."),
    ("calls", "Calls: ringing, answering, who is in one."),
    (
        "ops",
        "The server itself: whether it lives, what it allows, its documents.",
    ),
];
