-- Who may not take part in a group until the ban is lifted.
CREATE TABLE conversation_bans (
    conversation_id UUID NOT NULL,
    user_id UUID NOT NULL,
    created_at BIGINT NOT NULL,
    PRIMARY KEY (conversation_id, user_id)
) ROWLESS;
CREATE INDEX conversation_bans_user_id ON conversation_bans (user_id);

-- How far others are shown the cursors: where they stood when the user began to read unseen, or to
-- receive unseen by the other side of a DM. NULL: as far as they go.
ALTER TABLE participants ADD COLUMN read_shown_up_to BIGINT;
ALTER TABLE participants ADD COLUMN delivered_shown_up_to BIGINT;

-- Whether a call in a muted conversation wakes devices that are not connected.
ALTER TABLE user_settings ADD COLUMN calls_ring_muted BOOLEAN NOT NULL DEFAULT FALSE;
