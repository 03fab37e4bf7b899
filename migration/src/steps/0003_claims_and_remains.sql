-- The process that holds a claim; of an answer, the one that gave it. Unknown for older rows.
ALTER TABLE idempotency_keys ADD COLUMN node_id UUID;

-- What was encrypted for a device until it was taken away or became dormant, up to this message, is
-- still to be deleted.
CREATE TABLE device_remains (
    device_id UUID NOT NULL,
    conversation_id UUID NOT NULL,
    up_to BIGINT NOT NULL,
    PRIMARY KEY (device_id, conversation_id)
) ROWLESS;
