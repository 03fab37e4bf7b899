//! Judges a WebSocket frame by its header, before its payload is waited for.
//!
//! The codec checks a size only once the whole frame is there, so a declared gigabyte would be
//! buffered. The guard reads the 2 to 14 bytes of the header (RFC 6455 §5.2) and refuses what is
//! too large, malformed, unmasked, or one fragment too many. Free of I/O.

use std::time::Duration;

use sentinal_protocol::CloseCode;
use sentinal_protocol::limits::{
    FRAGMENTS_MAX, FRAME_BYTES_HARD_MAX, FRAME_BYTES_PER_SECOND_MIN,
    FRAME_BYTES_UNAUTHENTICATED_MAX, FRAME_SECONDS_MAX,
};

/// Payload of a control frame, bytes (RFC 6455 §5.5).
const CONTROL_BYTES_MAX: u64 = 125;

/// What a frame is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Opcode {
    /// The next part of a fragmented message.
    Continuation,
    /// A text frame.
    Text,
    /// A binary frame, which nothing here understands.
    Binary,
    /// The closing handshake.
    Close,
    /// A ping.
    Ping,
    /// A pong.
    Pong,
}

/// A frame's header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FrameHeader {
    /// Whether the message ends with it.
    pub is_final: bool,
    /// What it is.
    pub opcode: Opcode,
    /// Length of the payload, bytes.
    pub length: usize,
    /// Length of the header, bytes.
    pub header_length: usize,
}

/// Follows one connection from frame to frame.
#[derive(Debug, Default)]
pub struct Guard {
    /// A fragmented message that is not yet whole.
    fragments: Option<Fragments>,
    /// Whether larger frames are allowed.
    authenticated: bool,
}

#[derive(Debug)]
struct Fragments {
    count: usize,
    bytes: usize,
}

impl Guard {
    /// Allows frames of full size from now on.
    pub fn authenticated(&mut self) {
        self.authenticated = true;
    }

    /// Whether the fragments of a message have come, but not all.
    pub fn is_within_message(&self) -> bool {
        self.fragments.is_some()
    }

    /// How long a message may take whose next frame declares so many bytes.
    pub fn allowance(&self, declared: usize) -> Duration {
        let before = self
            .fragments
            .as_ref()
            .map_or(0, |fragments| fragments.bytes);
        let bytes = before.saturating_add(declared);
        let more = bytes / FRAME_BYTES_PER_SECOND_MIN;
        Duration::from_secs(FRAME_SECONDS_MAX.saturating_add(more as u64))
    }

    /// Judges the header at the start of `bytes`; `None` while it is incomplete.
    pub fn header(&mut self, bytes: &[u8]) -> Result<Option<FrameHeader>, CloseCode> {
        let [first, second, rest @ ..] = bytes else {
            return Ok(None);
        };
        let is_final = first & 0x80 != 0;
        // Extensions are never offered, so the reserved bits are not allowed; clients must mask.
        if first & 0x70 != 0 || second & 0x80 == 0 {
            return Err(CloseCode::Protocol);
        }
        let opcode = match first & 0x0f {
            0 => Opcode::Continuation,
            1 => Opcode::Text,
            2 => Opcode::Binary,
            8 => Opcode::Close,
            9 => Opcode::Ping,
            10 => Opcode::Pong,
            _ => return Err(CloseCode::Protocol),
        };
        let (length, extended) = match (second & 0x7f, rest) {
            (126, rest) => match rest.first_chunk() {
                Some(bytes) => (u64::from(u16::from_be_bytes(*bytes)), 2),
                None => return Ok(None),
            },
            (127, rest) => match rest.first_chunk() {
                Some(bytes) => (u64::from_be_bytes(*bytes), 8),
                None => return Ok(None),
            },
            (short, _) => (u64::from(short), 0),
        };
        let is_control = matches!(opcode, Opcode::Close | Opcode::Ping | Opcode::Pong);
        if is_control && (!is_final || length > CONTROL_BYTES_MAX) {
            return Err(CloseCode::Protocol);
        }
        let bytes_max = if self.authenticated {
            FRAME_BYTES_HARD_MAX
        } else {
            FRAME_BYTES_UNAUTHENTICATED_MAX
        };
        let length = usize::try_from(length).map_err(|_| CloseCode::FrameTooBig)?;
        let before = self
            .fragments
            .as_ref()
            .map_or(0, |fragments| fragments.bytes);
        if !is_control && length.saturating_add(before) > bytes_max {
            return Err(CloseCode::FrameTooBig);
        }
        match (opcode, &self.fragments) {
            (Opcode::Continuation, None) | (Opcode::Text | Opcode::Binary, Some(_)) => {
                return Err(CloseCode::Protocol);
            }
            (Opcode::Continuation, Some(fragments)) if fragments.count >= FRAGMENTS_MAX => {
                return Err(CloseCode::FrameTooBig);
            }
            _ => {}
        }
        let header_length = 2 + extended + 4;
        Ok(Some(FrameHeader {
            is_final,
            opcode,
            length,
            header_length,
        }))
    }

    /// Takes note of a frame that is whole.
    pub fn accept(&mut self, header: FrameHeader) {
        match header.opcode {
            Opcode::Close | Opcode::Ping | Opcode::Pong => {}
            _ if header.is_final => self.fragments = None,
            _ => {
                let fragments = self
                    .fragments
                    .get_or_insert(Fragments { count: 0, bytes: 0 });
                fragments.count += 1;
                fragments.bytes += header.length;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judge(bytes: &[u8]) -> Result<Option<FrameHeader>, CloseCode> {
        let mut guard = Guard::default();
        guard.authenticated();
        guard.header(bytes)
    }

    #[test]
    fn a_declared_gigabyte_is_refused_by_its_header() {
        let mut frame = vec![0x81, 0xff];
        frame.extend_from_slice(&(1_u64 << 30).to_be_bytes());
        assert_eq!(judge(&frame), Err(CloseCode::FrameTooBig));
    }

    #[test]
    fn an_incomplete_header_waits() {
        for bytes in [
            &[][..],
            &[0x81],
            &[0x81, 0xfe, 1],
            &[0x81, 0xff, 0, 0, 0, 0, 0],
        ] {
            assert_eq!(judge(bytes), Ok(None));
        }
    }

    #[test]
    fn what_rfc_6455_forbids_is_a_protocol_error() {
        // Unmasked; reserved bit; unknown opcode; fragmented ping; long ping; stray continuation.
        for bytes in [
            &[0x81, 0x01][..],
            &[0xc1, 0x81],
            &[0x83, 0x80],
            &[0x09, 0x80],
            &[0x89, 0xfe, 0, 126],
            &[0x80, 0x80],
        ] {
            assert_eq!(judge(bytes), Err(CloseCode::Protocol), "{bytes:x?}");
        }
    }

    #[test]
    fn fragments_are_counted_and_summed() {
        let mut guard = Guard::default();
        guard.authenticated();
        for index in 0..=FRAGMENTS_MAX {
            let first = u8::from(index == 0);
            match guard.header(&[first, 0x80]) {
                Ok(Some(header)) => guard.accept(header),
                other => {
                    assert_eq!((index, other), (FRAGMENTS_MAX, Err(CloseCode::FrameTooBig)));
                    return;
                }
            }
        }
        panic!("a million empty fragments would do");
    }

    #[test]
    fn a_message_has_ten_seconds_and_one_for_each_sixteen_kibibytes() {
        let mut guard = Guard::default();
        guard.authenticated();
        assert_eq!(guard.allowance(100), Duration::from_secs(10));
        assert_eq!(guard.allowance(1024 * 1024), Duration::from_secs(74));
        // 32 KiB in a first fragment.
        let header = guard.header(&[0x01, 0xff, 0, 0, 0, 0, 0, 0, 0x80, 0]);
        guard.accept(header.unwrap().unwrap());
        assert!(guard.is_within_message());
        assert_eq!(guard.allowance(16 * 1024), Duration::from_secs(13));
    }

    #[test]
    fn before_authentication_eight_kibibytes_are_enough() {
        let mut guard = Guard::default();
        assert_eq!(
            guard.header(&[0x81, 0xfe, 0x20, 0x01]),
            Err(CloseCode::FrameTooBig)
        );
    }
}
