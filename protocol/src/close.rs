//! Close codes of the WebSocket, one per cause.
//!
//! 4000–4399 mean "come back", 4400–4499 "not as you are".

macro_rules! close_codes {
    ($($(#[$doc:meta])* $name:ident = $code:literal $text:literal),+ $(,)?) => {
        /// Why the server closed a socket.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum CloseCode { $($(#[$doc])* $name),+ }

        impl CloseCode {
            /// Every cause.
            pub const ALL: &'static [Self] = &[$(Self::$name),+];

            /// The number in the close frame.
            pub const fn number(self) -> u16 {
                match self { $(Self::$name => $code),+ }
            }

            /// The words in the close frame.
            pub const fn reason(self) -> &'static str {
                match self { $(Self::$name => $text),+ }
            }

            /// The cause behind a number.
            pub fn from_number(number: u16) -> Option<Self> {
                match number { $($code => Some(Self::$name),)+ _ => None }
            }

            /// Whether the client should connect again as it is.
            pub const fn comes_back(self) -> bool {
                self.number() < 4400
            }

            /// Whether the connect that follows counts against the limit of new sockets: not where
            /// the server itself sent the client away.
            pub const fn reconnect_is_free(self) -> bool {
                self.comes_back() && !matches!(self, Self::TooManyConnects | Self::Overloaded)
            }
        }
    };
}

close_codes!(
    /// A fault of the server.
    Internal = 4000 "internal",
    /// The node shuts down; another one, or this one later, takes over.
    Draining = 4001 "draining",
    /// Nothing was heard, or nothing was taken, for 60 s.
    Idle = 4009 "idle",
    /// Too many bytes of unfinished messages: of one network, or of all.
    Overloaded = 4013 "overloaded",
    /// Too many connects: of one user within a minute, or of all users at once.
    TooManyConnects = 4029 "too many connects",
    /// Not JSON, not an object, binary, or against RFC 6455.
    Protocol = 4400 "protocol error",
    /// The token ran out or its login session has ended.
    Unauthorized = 4401 "unauthorized",
    /// The account's e-mail address is to be proved first.
    EmailUnverified = 4403 "e-mail unverified",
    /// The device was removed.
    DeviceRemoved = 4404 "device removed",
    /// No `auth` in time.
    AuthTimeout = 4408 "no auth in time",
    /// A newer socket of the same device took this one's place.
    Replaced = 4409 "replaced",
    /// A frame or message above 1 MiB.
    FrameTooBig = 4413 "frame too big",
    /// Past a limit (sockets per user, or far above a rate limit).
    Limit = 4429 "limit",
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn coming_back_is_free_for_whom_the_server_sent_away_and_not_for_who_came_too_often() {
        let free: Vec<u16> = CloseCode::ALL
            .iter()
            .filter(|code| code.reconnect_is_free())
            .map(|code| code.number())
            .collect();
        assert_eq!(free, [4000, 4001, 4009]);
    }
}
