-- Bytes that the answer takes, for the user's storage. Unknown for older rows, which go within a day.
ALTER TABLE idempotency_keys ADD COLUMN answer_bytes BIGINT NOT NULL DEFAULT 0;
