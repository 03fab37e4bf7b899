-- Whether the device ever stored a post-quantum prekey: only then it is told that few are left. What
-- was stored before this step is seen by its rows.
ALTER TABLE devices ADD COLUMN pq_stored BOOLEAN NOT NULL DEFAULT FALSE;

-- What clients keep for their users; the server does nothing with it.
ALTER TABLE user_settings ADD COLUMN notification_sound TEXT NOT NULL DEFAULT 'default';
ALTER TABLE user_settings ADD COLUMN notification_vibrate BOOLEAN NOT NULL DEFAULT TRUE;
ALTER TABLE user_settings ADD COLUMN enter_to_send BOOLEAN NOT NULL DEFAULT TRUE;
ALTER TABLE user_settings ADD COLUMN media_auto_download_wifi BOOLEAN NOT NULL DEFAULT TRUE;
ALTER TABLE user_settings ADD COLUMN media_auto_download_mobile BOOLEAN NOT NULL DEFAULT FALSE;
-- When they were last changed; NULL if that was before this step.
ALTER TABLE user_settings ADD COLUMN updated_at BIGINT;

-- Control messages: ciphertext for some devices, with a revision and without a sequence number. The
-- revision itself is a row of conversation_changes. bodies_kept: whether some device may still read its
-- body. A row outlives its bodies, so that a late retry repeats nothing.
CREATE TABLE control_messages (
    conversation_id UUID NOT NULL,
    revision BIGINT NOT NULL,
    id UUID NOT NULL,
    sender_id UUID NOT NULL,
    sender_device_id UUID NOT NULL,
    client_message_id TEXT,
    request_hash BYTES NOT NULL,
    bodies_kept BOOLEAN NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (conversation_id, revision)
);
CREATE UNIQUE INDEX control_messages_client_message_id
    ON control_messages (conversation_id, sender_device_id, client_message_id)
    WHERE client_message_id IS NOT NULL;
CREATE INDEX control_messages_sender_id ON control_messages (sender_id);
CREATE INDEX control_messages_kept ON control_messages (conversation_id, revision)
    WHERE bodies_kept;

-- One row per named device; device before revision, so that a device's catch-up is one range.
CREATE TABLE control_ciphertexts (
    conversation_id UUID NOT NULL,
    device_id UUID NOT NULL,
    revision BIGINT NOT NULL,
    ciphertext BYTES NOT NULL,
    header TEXT,
    PRIMARY KEY (conversation_id, device_id, revision)
);
CREATE INDEX control_ciphertexts_revision ON control_ciphertexts (conversation_id, revision);
CREATE INDEX control_ciphertexts_device_id ON control_ciphertexts (device_id);
