-- Conversations whose rosters do not yet say what has become of a device. Whether the device is in the
-- roster as it is told there, and whether it has had another identity key since.
CREATE TABLE roster_pending (
    conversation_id UUID NOT NULL,
    device_id UUID NOT NULL,
    user_id UUID NOT NULL,
    in_roster BOOLEAN NOT NULL,
    identity_changed BOOLEAN NOT NULL,
    PRIMARY KEY (conversation_id, device_id)
) ROWLESS;
CREATE INDEX roster_pending_user ON roster_pending (user_id, conversation_id, device_id);
