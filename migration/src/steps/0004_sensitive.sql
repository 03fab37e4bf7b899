-- When the password was last given in a login session. Unknown for older rows: when they were made.
ALTER TABLE login_sessions ADD COLUMN authenticated_at BIGINT;
-- The newest refresh token of which an access token was used, and when that was for the first time.
-- Of the newest one it says since when its predecessor is running out.
ALTER TABLE login_sessions ADD COLUMN access_generation BIGINT;
ALTER TABLE login_sessions ADD COLUMN access_used_at BIGINT;
-- When and from where a refresh token was last presented.
ALTER TABLE login_sessions ADD COLUMN presented_at BIGINT;
ALTER TABLE login_sessions ADD COLUMN presented_from TEXT;

-- The address that was proved last, as it was written: the present one is proved if it is the same. So
-- one that is changed by a program that knows nothing of this is not.
ALTER TABLE users ADD COLUMN proved_email TEXT;
-- An address that takes effect once it is proved.
ALTER TABLE users ADD COLUMN pending_email TEXT;
-- The mailed code, of the address that waits or else of the present one: a keyed hash of account, address
-- and code.
ALTER TABLE users ADD COLUMN email_code_hash BYTES;
ALTER TABLE users ADD COLUMN email_code_expires_at BIGINT;
ALTER TABLE users ADD COLUMN email_code_tries BIGINT;

-- Changes of proved addresses that can be undone: to this address and this password. mail_due_at: when
-- the owner of the address is to be told (again).
CREATE TABLE email_undos (
    id UUID PRIMARY KEY,
    user_id UUID NOT NULL,
    email TEXT NOT NULL,
    email_key TEXT NOT NULL,
    password_hash TEXT NOT NULL,
    token_hash BYTES UNIQUE,
    mail_due_at BIGINT,
    created_at BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);
CREATE INDEX email_undos_user_id ON email_undos (user_id);
CREATE INDEX email_undos_email_key ON email_undos (email_key);
CREATE INDEX email_undos_expires_at ON email_undos (expires_at);
CREATE INDEX email_undos_mail_due_at ON email_undos (mail_due_at) WHERE mail_due_at IS NOT NULL;
