-- The schema, first edition. UUID, BYTES, FOLDED and ROWLESS are replaced per database (see
-- step.rs).
-- Times are milliseconds since 1970 UTC (BIGINT): SQLite and PostgreSQL cut finer times differently.
-- Texts that compare without case have a *_key column beside them, folded by the program; where
-- beginnings are searched for it is FOLDED, which sorts by bytes whatever the database's language.
-- Tables of the log carry conversation_id first in their keys, so that they can be partitioned by it.

CREATE TABLE users (
    id UUID PRIMARY KEY,
    email TEXT NOT NULL,
    email_key TEXT NOT NULL UNIQUE,
    username TEXT NOT NULL,
    username_key FOLDED NOT NULL UNIQUE,
    phone_number TEXT,
    phone_key TEXT UNIQUE,
    password_hash TEXT NOT NULL,
    display_name TEXT NOT NULL,
    display_name_key FOLDED NOT NULL,
    avatar_url TEXT,
    bio TEXT,
    status TEXT,
    account_revision BIGINT NOT NULL DEFAULT 0,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    deleted_at BIGINT
);
CREATE INDEX users_display_name_key ON users (display_name_key);

CREATE TABLE user_settings (
    user_id UUID PRIMARY KEY,
    notifications_enabled BOOLEAN NOT NULL DEFAULT TRUE,
    theme TEXT NOT NULL DEFAULT 'system',
    language TEXT NOT NULL DEFAULT 'en',
    read_receipts BOOLEAN NOT NULL DEFAULT TRUE,
    privacy_last_seen TEXT NOT NULL DEFAULT 'everyone',
    privacy_profile_photo TEXT NOT NULL DEFAULT 'everyone',
    privacy_about TEXT NOT NULL DEFAULT 'everyone',
    privacy_groups TEXT NOT NULL DEFAULT 'everyone',
    privacy_discoverable TEXT NOT NULL DEFAULT 'nobody'
);

-- keyed: has an active identity key and an active signed prekey. dormant: unseen for 90 days.
-- A device is in the rosters of its user's conversations while it is keyed, not dormant, not removed.
CREATE TABLE devices (
    id UUID PRIMARY KEY,
    user_id UUID NOT NULL,
    device_id TEXT NOT NULL,
    name TEXT,
    device_type TEXT,
    keyed BOOLEAN NOT NULL DEFAULT FALSE,
    dormant BOOLEAN NOT NULL DEFAULT FALSE,
    created_at BIGINT NOT NULL,
    last_seen_at BIGINT NOT NULL,
    removed_at BIGINT,
    UNIQUE (user_id, device_id)
);
CREATE INDEX devices_last_seen_at ON devices (last_seen_at) WHERE removed_at IS NULL AND NOT dormant;

-- generation counts the rotations of the refresh token; tokens are an HMAC of (id, generation).
-- used_at: when the newest token was first used, that is when its predecessor began to expire.
CREATE TABLE login_sessions (
    id UUID PRIMARY KEY,
    user_id UUID NOT NULL,
    device_id UUID NOT NULL,
    generation BIGINT NOT NULL,
    used_at BIGINT,
    ip_address TEXT,
    created_at BIGINT NOT NULL,
    last_active_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    revoked_at BIGINT
);
CREATE INDEX login_sessions_user_id ON login_sessions (user_id);
CREATE INDEX login_sessions_device_id ON login_sessions (device_id);
CREATE INDEX login_sessions_expires_at ON login_sessions (expires_at);

CREATE TABLE password_reset_tokens (
    token_hash BYTES PRIMARY KEY,
    user_id UUID NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX password_reset_tokens_user_id ON password_reset_tokens (user_id);

CREATE TABLE ws_tickets (
    ticket_hash BYTES PRIMARY KEY,
    login_session_id UUID NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX ws_tickets_expires_at ON ws_tickets (expires_at);

CREATE TABLE push_tokens (
    id UUID PRIMARY KEY,
    user_id UUID NOT NULL,
    device_id UUID NOT NULL,
    platform TEXT NOT NULL,
    token TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    UNIQUE (device_id, platform)
);
CREATE INDEX push_tokens_user_id ON push_tokens (user_id);
CREATE INDEX push_tokens_token ON push_tokens (token);

CREATE TABLE contacts (
    user_id UUID NOT NULL,
    contact_user_id UUID NOT NULL,
    nickname TEXT,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (user_id, contact_user_id)
) ROWLESS;
CREATE INDEX contacts_contact_user_id ON contacts (contact_user_id);

-- read_sequence, delivered_sequence: the user's cursors in the pair's DM when the block began, at
-- which they stand still for the blocked one.
CREATE TABLE blocks (
    user_id UUID NOT NULL,
    blocked_user_id UUID NOT NULL,
    created_at BIGINT NOT NULL,
    read_sequence BIGINT NOT NULL DEFAULT 0,
    delivered_sequence BIGINT NOT NULL DEFAULT 0,
    PRIMARY KEY (user_id, blocked_user_id)
) ROWLESS;
CREATE INDEX blocks_blocked_user_id ON blocks (blocked_user_id);

-- dm_key: both user ids in order; at most one DM per pair.
CREATE TABLE conversations (
    id UUID PRIMARY KEY,
    type TEXT NOT NULL,
    dm_key BYTES UNIQUE,
    subject TEXT,
    subject_key TEXT,
    description TEXT,
    avatar_url TEXT,
    creator_id UUID,
    invite_code TEXT UNIQUE,
    permission_send TEXT NOT NULL DEFAULT 'everyone',
    permission_edit_info TEXT NOT NULL DEFAULT 'admins',
    permission_add_members TEXT NOT NULL DEFAULT 'admins',
    permission_invite TEXT NOT NULL DEFAULT 'admins',
    permission_start_call TEXT NOT NULL DEFAULT 'everyone',
    message_expiry_seconds BIGINT,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    deleted_at BIGINT
);
CREATE INDEX conversations_deleted_at ON conversations (deleted_at, id) WHERE deleted_at IS NOT NULL;

-- The counters of a conversation, alone in a narrow row because every change updates it.
-- No index but the key, so that PostgreSQL's updates stay heap-only.
CREATE TABLE conversation_heads (
    conversation_id UUID PRIMARY KEY,
    last_sequence BIGINT NOT NULL DEFAULT 0,
    revision BIGINT NOT NULL DEFAULT 0,
    roster_version BIGINT NOT NULL DEFAULT 0,
    access_version BIGINT NOT NULL DEFAULT 0,
    receipt_version BIGINT NOT NULL DEFAULT 0,
    last_message_at BIGINT
);

-- One row per user who takes part or took part; the present interval is in the row.
CREATE TABLE participants (
    conversation_id UUID NOT NULL,
    user_id UUID NOT NULL,
    role TEXT NOT NULL,
    joined_at BIGINT NOT NULL,
    joined_revision BIGINT NOT NULL,
    joined_sequence BIGINT NOT NULL,
    left_revision BIGINT,
    left_sequence BIGINT,
    left_at BIGINT,
    last_read_sequence BIGINT NOT NULL DEFAULT 0,
    last_delivered_sequence BIGINT NOT NULL DEFAULT 0,
    cleared_sequence BIGINT NOT NULL DEFAULT 0,
    hidden BOOLEAN NOT NULL DEFAULT FALSE,
    muted_until BIGINT,
    pinned_at BIGINT,
    archived_at BIGINT,
    PRIMARY KEY (conversation_id, user_id)
) ROWLESS;
CREATE INDEX participants_user_id ON participants (user_id, conversation_id);

-- Earlier intervals of users who left and came back; both ends inclusive.
CREATE TABLE participant_intervals (
    conversation_id UUID NOT NULL,
    user_id UUID NOT NULL,
    joined_revision BIGINT NOT NULL,
    joined_sequence BIGINT NOT NULL,
    left_revision BIGINT NOT NULL,
    left_sequence BIGINT NOT NULL,
    PRIMARY KEY (conversation_id, user_id, joined_revision)
) ROWLESS;
CREATE INDEX participant_intervals_user_id ON participant_intervals (user_id);

-- edit_hidden_from: whose devices kept the content from before the last edit, which went past their
-- block. erased_at: when what had expired was erased.
CREATE TABLE messages (
    conversation_id UUID NOT NULL,
    sequence_number BIGINT NOT NULL,
    revision BIGINT NOT NULL,
    id UUID NOT NULL,
    sender_id UUID NOT NULL,
    sender_device_id UUID NOT NULL,
    message_type TEXT NOT NULL,
    client_message_id TEXT,
    request_hash BYTES,
    reply_to_message_id UUID,
    mentions TEXT,
    attachments TEXT,
    metadata TEXT,
    shared_ciphertext BYTES,
    shared_header TEXT,
    roster_version BIGINT NOT NULL,
    hidden_from UUID,
    created_at BIGINT NOT NULL,
    updated_at BIGINT,
    edited_at BIGINT,
    edit_hidden_from UUID,
    deleted_at BIGINT,
    deleted_by UUID,
    hard_deleted BOOLEAN NOT NULL DEFAULT FALSE,
    expires_at BIGINT,
    erased_at BIGINT,
    PRIMARY KEY (conversation_id, sequence_number)
);
CREATE UNIQUE INDEX messages_id ON messages (id);
CREATE UNIQUE INDEX messages_revision ON messages (conversation_id, revision);
CREATE UNIQUE INDEX messages_client_message_id
    ON messages (conversation_id, sender_device_id, client_message_id)
    WHERE client_message_id IS NOT NULL;
CREATE INDEX messages_sender_id ON messages (sender_id, conversation_id, sequence_number);
CREATE INDEX messages_apart ON messages (conversation_id, sequence_number)
    WHERE deleted_at IS NOT NULL OR hard_deleted OR hidden_from IS NOT NULL;
CREATE INDEX messages_expires_at ON messages (expires_at)
    WHERE expires_at IS NOT NULL AND erased_at IS NULL;

-- One row per device that got a body of its own; device before sequence, so that a device's
-- catch-up is one range.
CREATE TABLE message_ciphertexts (
    conversation_id UUID NOT NULL,
    device_id UUID NOT NULL,
    sequence_number BIGINT NOT NULL,
    ciphertext BYTES NOT NULL,
    header TEXT,
    PRIMARY KEY (conversation_id, device_id, sequence_number)
);

-- Every change that is not a message: kind is the event's type, payload its own fields.
CREATE TABLE conversation_changes (
    conversation_id UUID NOT NULL,
    revision BIGINT NOT NULL,
    kind TEXT NOT NULL,
    subject UUID,
    actor UUID,
    payload TEXT NOT NULL,
    hidden_from UUID,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (conversation_id, revision)
);

-- Message numbers that no message has: reserved ones.
CREATE TABLE reserved_sequences (
    conversation_id UUID NOT NULL,
    sequence_number BIGINT NOT NULL,
    PRIMARY KEY (conversation_id, sequence_number)
) ROWLESS;

-- How far a device has everything. No row means: from the first revision of the user's present
-- membership on. Registering a device writes rows that start at the present.
CREATE TABLE device_cursors (
    device_id UUID NOT NULL,
    conversation_id UUID NOT NULL,
    start_revision BIGINT NOT NULL,
    acked_revision BIGINT NOT NULL,
    receipt_version BIGINT NOT NULL DEFAULT 0,
    PRIMARY KEY (device_id, conversation_id)
) ROWLESS;
CREATE INDEX device_cursors_conversation_id ON device_cursors (conversation_id);

-- Answers to requests with an idempotency key, for 24 h. Status 0: claimed, still at work.
CREATE TABLE idempotency_keys (
    user_id UUID NOT NULL,
    idempotency_key TEXT NOT NULL,
    request_hash BYTES NOT NULL,
    status BIGINT NOT NULL,
    answer TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (user_id, idempotency_key)
) ROWLESS;
CREATE INDEX idempotency_keys_created_at ON idempotency_keys (created_at);

CREATE TABLE hidden_messages (
    user_id UUID NOT NULL,
    conversation_id UUID NOT NULL,
    sequence_number BIGINT NOT NULL,
    PRIMARY KEY (user_id, conversation_id, sequence_number)
) ROWLESS;

-- hidden_from, here and below: who must not see it, because it was done past their block.
CREATE TABLE reactions (
    conversation_id UUID NOT NULL,
    sequence_number BIGINT NOT NULL,
    user_id UUID NOT NULL,
    reaction TEXT NOT NULL,
    hidden_from UUID,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (conversation_id, sequence_number, user_id, reaction)
) ROWLESS;
CREATE INDEX reactions_user_id ON reactions (user_id);

CREATE TABLE polls (
    conversation_id UUID NOT NULL,
    sequence_number BIGINT NOT NULL,
    options BIGINT NOT NULL,
    multiple BOOLEAN NOT NULL,
    closes_at BIGINT,
    PRIMARY KEY (conversation_id, sequence_number)
) ROWLESS;

CREATE TABLE poll_votes (
    conversation_id UUID NOT NULL,
    sequence_number BIGINT NOT NULL,
    user_id UUID NOT NULL,
    option_index BIGINT NOT NULL,
    hidden_from UUID,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (conversation_id, sequence_number, user_id, option_index)
) ROWLESS;
CREATE INDEX poll_votes_user_id ON poll_votes (user_id);

CREATE TABLE stars (
    user_id UUID NOT NULL,
    conversation_id UUID NOT NULL,
    sequence_number BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (user_id, conversation_id, sequence_number)
) ROWLESS;

CREATE TABLE pins (
    conversation_id UUID NOT NULL,
    sequence_number BIGINT NOT NULL,
    user_id UUID NOT NULL,
    hidden_from UUID,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (conversation_id, sequence_number)
) ROWLESS;
CREATE INDEX pins_user_id ON pins (user_id);

-- canonical_key: the 32 bytes without a type byte, by which identities are compared.
-- deleted_at: nobody sees the key any more, but its successor is still told from it.
CREATE TABLE identity_keys (
    id UUID PRIMARY KEY,
    device_id UUID NOT NULL,
    public_key BYTES NOT NULL,
    canonical_key BYTES NOT NULL,
    is_active BOOLEAN NOT NULL,
    created_at BIGINT NOT NULL,
    deleted_at BIGINT
);
CREATE INDEX identity_keys_device_id ON identity_keys (device_id);
CREATE UNIQUE INDEX identity_keys_active ON identity_keys (device_id) WHERE is_active;

CREATE TABLE signed_prekeys (
    id UUID PRIMARY KEY,
    device_id UUID NOT NULL,
    key_id BIGINT NOT NULL,
    public_key BYTES NOT NULL,
    signature BYTES NOT NULL,
    is_active BOOLEAN NOT NULL,
    created_at BIGINT NOT NULL,
    replaced_at BIGINT,
    UNIQUE (device_id, key_id)
);
CREATE UNIQUE INDEX signed_prekeys_active ON signed_prekeys (device_id) WHERE is_active;
CREATE INDEX signed_prekeys_replaced_at ON signed_prekeys (replaced_at) WHERE replaced_at IS NOT NULL;

-- position is the order in which they are handed out.
CREATE TABLE one_time_prekeys (
    device_id UUID NOT NULL,
    position BIGINT NOT NULL,
    key_id BIGINT NOT NULL,
    public_key BYTES NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (device_id, position),
    UNIQUE (device_id, key_id)
);

-- One-time prekeys that were handed out (canonical 32 bytes; of post-quantum ones the
-- fingerprint): none of them is ever stored again, so
-- that an upload repeated after its answer was lost cannot bring one back.
CREATE TABLE taken_prekeys (
    device_id UUID NOT NULL,
    public_key BYTES NOT NULL,
    taken_at BIGINT NOT NULL,
    PRIMARY KEY (device_id, public_key)
) ROWLESS;

-- fingerprint: SHA-256 of the key without a type byte.
CREATE TABLE pq_prekeys (
    device_id UUID NOT NULL,
    position BIGINT NOT NULL,
    key_id BIGINT NOT NULL,
    public_key BYTES NOT NULL,
    fingerprint BYTES NOT NULL,
    signature BYTES NOT NULL,
    last_resort BOOLEAN NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (device_id, position),
    UNIQUE (device_id, key_id)
);
CREATE UNIQUE INDEX pq_prekeys_last_resort ON pq_prekeys (device_id) WHERE last_resort;

-- GCRA state of (taking user, target device): the theoretical arrival time in milliseconds.
CREATE TABLE prekey_takes (
    user_id UUID NOT NULL,
    device_id UUID NOT NULL,
    arrival_at BIGINT NOT NULL,
    PRIMARY KEY (user_id, device_id)
) ROWLESS;
CREATE INDEX prekey_takes_arrival_at ON prekey_takes (arrival_at);
CREATE INDEX prekey_takes_device_id ON prekey_takes (device_id);

CREATE TABLE key_backups (
    user_id UUID PRIMARY KEY,
    device_id UUID NOT NULL,
    backup_data BYTES NOT NULL,
    nonce BYTES NOT NULL,
    salt BYTES NOT NULL,
    updated_at BIGINT NOT NULL
);

CREATE TABLE calls (
    id UUID PRIMARY KEY,
    conversation_id UUID NOT NULL,
    type TEXT NOT NULL,
    status TEXT NOT NULL,
    initiator_id UUID,
    -- The process that keeps its time. It ends with it.
    node_id UUID,
    -- Whom a block hides it from.
    hidden_from UUID,
    reason TEXT,
    ended_by UUID,
    -- Counts its steps: a step is written over the one that it was made from, or not at all.
    version BIGINT NOT NULL DEFAULT 0,
    created_at BIGINT NOT NULL,
    started_at BIGINT,
    ended_at BIGINT
);
CREATE INDEX calls_conversation_id ON calls (conversation_id, created_at);
CREATE UNIQUE INDEX calls_live ON calls (conversation_id) WHERE ended_at IS NULL;
CREATE INDEX calls_ended_at ON calls (ended_at) WHERE ended_at IS NOT NULL;

CREATE TABLE call_participants (
    call_id UUID NOT NULL,
    user_id UUID NOT NULL,
    status TEXT NOT NULL,
    device_id UUID,
    audio_muted BOOLEAN NOT NULL DEFAULT FALSE,
    video_muted BOOLEAN NOT NULL DEFAULT FALSE,
    invited_at BIGINT NOT NULL,
    joined_at BIGINT,
    left_at BIGINT,
    PRIMARY KEY (call_id, user_id)
) ROWLESS;
CREATE INDEX call_participants_user_id ON call_participants (user_id, invited_at);
CREATE INDEX call_participants_missed ON call_participants (user_id, invited_at)
    WHERE status = 'MISSED';

-- Processes of the server that are alive, or were a moment ago.
CREATE TABLE nodes (
    id UUID PRIMARY KEY,
    seen_at BIGINT NOT NULL
);

CREATE TABLE call_quality (
    id UUID PRIMARY KEY,
    call_id UUID NOT NULL,
    user_id UUID NOT NULL,
    measured_at BIGINT NOT NULL,
    packet_loss DOUBLE PRECISION,
    jitter DOUBLE PRECISION,
    latency DOUBLE PRECISION,
    bitrate DOUBLE PRECISION,
    frame_rate DOUBLE PRECISION,
    resolution TEXT,
    audio_level DOUBLE PRECISION
);
CREATE INDEX call_quality_call_id ON call_quality (call_id, measured_at);
CREATE INDEX call_quality_user_id ON call_quality (user_id, measured_at);

CREATE TABLE uploads (
    id UUID PRIMARY KEY,
    uploader_id UUID NOT NULL,
    file_name TEXT NOT NULL,
    file_size BIGINT NOT NULL,
    content_type TEXT NOT NULL,
    status TEXT NOT NULL,
    uploaded_bytes BIGINT NOT NULL DEFAULT 0,
    progress_bytes BIGINT NOT NULL DEFAULT 0,
    attempt BIGINT NOT NULL DEFAULT 0,
    capability TEXT NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    completed_at BIGINT
);
CREATE INDEX uploads_uploader_id ON uploads (uploader_id, created_at);
CREATE INDEX uploads_usage ON uploads (uploader_id, status, file_size);
CREATE INDEX uploads_status ON uploads (status, updated_at);

-- Accounts that are gone, while something of theirs is still to erase. Their rows of users and
-- devices are gone already; as long as the row is here, their messages are shown as tombstones.
-- swept: nothing was left when it was looked; it is looked once more a while after the account went.
CREATE TABLE erasures (
    user_id UUID PRIMARY KEY,
    erased_at BIGINT NOT NULL,
    swept BOOLEAN NOT NULL DEFAULT FALSE
);

-- The devices that such an account had: what was encrypted for them is still to erase.
CREATE TABLE erased_devices (
    user_id UUID NOT NULL,
    device_id UUID NOT NULL,
    PRIMARY KEY (user_id, device_id)
) ROWLESS;

-- The conversations of such an account: up to which message its own ones are erased, and up to which
-- revision nothing else names it.
CREATE TABLE erased_conversations (
    user_id UUID NOT NULL,
    conversation_id UUID NOT NULL,
    cleaned_sequence BIGINT NOT NULL DEFAULT 0,
    cleaned_revision BIGINT NOT NULL DEFAULT 0,
    PRIMARY KEY (user_id, conversation_id)
) ROWLESS;

CREATE TABLE upload_blocks (
    upload_id UUID NOT NULL,
    block BIGINT NOT NULL,
    attempt BIGINT NOT NULL,
    PRIMARY KEY (upload_id, block)
) ROWLESS;

CREATE TABLE broadcasts (
    id UUID PRIMARY KEY,
    owner_id UUID NOT NULL,
    name TEXT NOT NULL,
    name_key TEXT NOT NULL,
    description TEXT,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL
);
CREATE INDEX broadcasts_owner_id ON broadcasts (owner_id, created_at);

CREATE TABLE broadcast_recipients (
    broadcast_id UUID NOT NULL,
    user_id UUID NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (broadcast_id, user_id)
) ROWLESS;
CREATE INDEX broadcast_recipients_user_id ON broadcast_recipients (user_id);
