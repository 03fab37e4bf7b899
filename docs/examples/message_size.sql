-- What a message costs PostgreSQL on disk: 100,000 messages in 1,000 direct conversations, interleaved as they come,
-- each with three ciphertexts of 304 bytes (two devices of the other one, one of the sender's own). In a database of
-- its own, whose schema `sentinal-chat migrate` has made:
--
--   psql --file docs/examples/message_size.sql postgres://postgres@127.0.0.1/size

CREATE TEMP TABLE chats AS
SELECT n, gen_random_uuid() AS id, gen_random_uuid() AS sender, gen_random_uuid() AS device,
    ARRAY[gen_random_uuid(), gen_random_uuid(), gen_random_uuid()] AS others
FROM generate_series(0, 999) n;

INSERT INTO messages (conversation_id, sequence_number, revision, id, sender_id, sender_device_id,
    message_type, client_message_id, request_hash, roster_version, created_at)
SELECT chats.id, g / 1000 + 1, g / 1000 + 10,
    (lpad(to_hex(1800000000000 + g * 50), 12, '0') || '7' || substr(md5(g::text), 1, 19))::uuid,
    sender, device, 'text', gen_random_uuid()::text,
    decode(md5(g::text) || md5((g + 1)::text), 'hex'), 2, 1800000000000 + g * 50
FROM generate_series(0, 99999) g JOIN chats ON n = g % 1000 ORDER BY g;

INSERT INTO message_ciphertexts (conversation_id, device_id, sequence_number, ciphertext)
SELECT chats.id, other, g / 1000 + 1,
    (SELECT decode(string_agg(md5(g::text || i::text), ''), 'hex') FROM generate_series(1, 19) i)
FROM generate_series(0, 99999) g JOIN chats ON n = g % 1000, unnest(others) other ORDER BY g;

VACUUM ANALYZE messages;
VACUUM ANALYZE message_ciphertexts;

SELECT relname, pg_table_size(oid) / 100000 AS table_bytes, pg_indexes_size(oid) / 100000 AS index_bytes
FROM pg_class WHERE relname IN ('messages', 'message_ciphertexts') ORDER BY relname;
