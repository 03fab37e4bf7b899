-- What `sentinal-chat restored` does to a database that was put back from a backup.

-- One row per run. reached_conversation, reached_user: what the run is done with, in the order of
-- ids. Until finished_at is set nobody may be served.
CREATE TABLE restores (
    id UUID PRIMARY KEY,
    margin BIGINT NOT NULL,
    started_at BIGINT NOT NULL,
    reached_conversation UUID NOT NULL,
    reached_user UUID NOT NULL,
    finished_at BIGINT
);

-- Message numbers that were skipped because messages after the backup may have had them. No message
-- of this database has one.
CREATE TABLE skipped_sequences (
    conversation_id UUID NOT NULL,
    first_sequence BIGINT NOT NULL,
    last_sequence BIGINT NOT NULL,
    PRIMARY KEY (conversation_id, first_sequence)
) ROWLESS;
