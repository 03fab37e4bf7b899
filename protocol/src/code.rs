//! Error codes and the HTTP status each one comes with.

use serde::{Serialize, Serializer};

macro_rules! error_codes {
    ($($(#[$doc:meta])* $name:ident = $status:literal $text:literal),+ $(,)?) => {
        /// What went wrong, as a client tells cases apart.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum ErrorCode { $($(#[$doc])* $name),+ }

        impl ErrorCode {
            /// Every code.
            pub const ALL: &'static [Self] = &[$(Self::$name),+];

            /// The word on the wire.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$name => $text),+ }
            }

            /// The HTTP status.
            pub const fn status(self) -> u16 {
                match self { $(Self::$name => $status),+ }
            }

            /// The code behind a word.
            pub fn parse(text: &str) -> Option<Self> {
                match text { $($text => Some(Self::$name),)+ _ => None }
            }
        }
    };
}

error_codes!(
    /// The request cannot be parsed.
    BadRequest = 400 "BAD_REQUEST",
    /// The password-reset token is unknown, used or too old.
    ResetTokenInvalid = 400 "RESET_TOKEN_INVALID",
    /// The code for an e-mail address is wrong, used up or too old.
    EmailCodeInvalid = 400 "EMAIL_CODE_INVALID",
    /// The token that undoes a change of an e-mail address is unknown, used or too old.
    EmailUndoInvalid = 400 "EMAIL_UNDO_INVALID",
    /// A frame of a type that the server does not know.
    UnknownType = 400 "UNKNOWN_TYPE",
    /// No token, or one that cannot be used: sign in again.
    Unauthorized = 401 "UNAUTHORIZED",
    /// Unknown identity or wrong password.
    InvalidCredentials = 401 "INVALID_CREDENTIALS",
    /// An old refresh token came back: the login session is revoked.
    RefreshReused = 401 "REFRESH_REUSED",
    /// The caller may know of it but not do this.
    Forbidden = 403 "FORBIDDEN",
    /// The caller has blocked the other side.
    Blocked = 403 "BLOCKED",
    /// The current password is wrong.
    WrongPassword = 403 "WRONG_PASSWORD",
    /// Needs the password again, or a login within the last 10 minutes.
    ReauthenticationRequired = 403 "REAUTHENTICATION_REQUIRED",
    /// The account's e-mail address is to be proved first.
    EmailUnverified = 403 "EMAIL_UNVERIFIED",
    /// The page's origin is not allowed to connect.
    OriginNotAllowed = 403 "ORIGIN_NOT_ALLOWED",
    /// There is no such thing, or the caller may not know of it.
    NotFound = 404 "NOT_FOUND",
    /// The target device has no one-time prekey left.
    NoPrekeys = 404 "NO_PREKEYS",
    /// The route exists, with other methods.
    MethodNotAllowed = 405 "METHOD_NOT_ALLOWED",
    /// The request did not arrive in time.
    RequestTimeout = 408 "REQUEST_TIMEOUT",
    /// It contradicts what is there.
    Conflict = 409 "CONFLICT",
    /// The e-mail address belongs to another account.
    EmailTaken = 409 "EMAIL_TAKEN",
    /// The username belongs to another account.
    UsernameTaken = 409 "USERNAME_TAKEN",
    /// The phone number belongs to another account.
    PhoneTaken = 409 "PHONE_TAKEN",
    /// The user has as many active devices as are allowed.
    TooManyDevices = 409 "TOO_MANY_DEVICES",
    /// The ciphertexts do not match the devices that must get one.
    DeviceMismatch = 409 "DEVICE_MISMATCH",
    /// The roster a shared ciphertext was made for is not the present one.
    RosterChanged = 409 "ROSTER_CHANGED",
    /// The same idempotency key with another request.
    IdempotencyConflict = 409 "IDEMPOTENCY_CONFLICT",
    /// The account of the other side of the DM was deleted.
    AccountDeleted = 409 "ACCOUNT_DELETED",
    /// A DM's participants are fixed.
    DmImmutable = 409 "DM_IMMUTABLE",
    /// The group is full.
    GroupFull = 409 "GROUP_FULL",
    /// A prekey id is already taken by another key.
    KeyIdConflict = 409 "KEY_ID_CONFLICT",
    /// The device needs an identity key first.
    NoIdentityKey = 409 "NO_IDENTITY_KEY",
    /// The conversation has a live call; `details` names it.
    CallInProgress = 409 "CALL_IN_PROGRESS",
    /// Another device of the user has answered or declined the call.
    AlreadyAnswered = 409 "ALREADY_ANSWERED",
    /// The call is over.
    CallEnded = 409 "CALL_ENDED",
    /// As many people are in the call as may be.
    CallFull = 409 "CALL_FULL",
    /// Bytes of the file are missing; `details` says how many have come.
    UploadIncomplete = 409 "UPLOAD_INCOMPLETE",
    /// The file goes on at another offset; `details` says where.
    OffsetMismatch = 409 "OFFSET_MISMATCH",
    /// The protocol version of a resumable upload is not spoken here.
    PreconditionFailed = 412 "PRECONDITION_FAILED",
    /// The body is larger than allowed.
    PayloadTooLarge = 413 "PAYLOAD_TOO_LARGE",
    /// The file is larger than allowed.
    FileTooLarge = 413 "FILE_TOO_LARGE",
    /// The URL is longer than allowed.
    UriTooLong = 414 "URI_TOO_LONG",
    /// The body is not of a type that this route reads.
    UnsupportedMediaType = 415 "UNSUPPORTED_MEDIA_TYPE",
    /// The file ends before the range that was asked for.
    RangeNotSatisfiable = 416 "RANGE_NOT_SATISFIABLE",
    /// It parses and a rule fails; `details` names the fields.
    Validation = 422 "VALIDATION_ERROR",
    /// A device string fits two participants; name `recipient_user_id`.
    AmbiguousDevice = 422 "AMBIGUOUS_DEVICE",
    /// An edit for several devices needs `ciphertexts`.
    CiphertextsRequired = 422 "CIPHERTEXTS_REQUIRED",
    /// The signature does not verify.
    InvalidSignature = 422 "INVALID_SIGNATURE",
    /// The server cannot search what it cannot read.
    E2eeNoSearch = 422 "E2EE_NO_SEARCH",
    /// This address speaks WebSocket only.
    UpgradeRequired = 426 "UPGRADE_REQUIRED",
    /// Too many requests; wait `Retry-After`.
    RateLimitExceeded = 429 "RATE_LIMIT_EXCEEDED",
    /// As many sockets as are allowed.
    TooManyConnections = 429 "TOO_MANY_CONNECTIONS",
    /// A fault of the server.
    Internal = 500 "INTERNAL_ERROR",
    /// The service cannot work now.
    Unhealthy = 503 "UNHEALTHY",
    /// Too much at once; try again.
    Overloaded = 503 "OVERLOADED",
    /// No way to send mail is configured.
    MailNotConfigured = 503 "MAIL_NOT_CONFIGURED",
    /// The outcome is not known yet: ask again with the same key.
    Unsettled = 503 "UNSETTLED",
    /// The user's files would take more room than allowed.
    QuotaExceeded = 507 "QUOTA_EXCEEDED",
);

impl Serialize for ErrorCode {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}
