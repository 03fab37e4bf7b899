//! Close frames (RFC 6455 §5.5.1, §7.4).

use sentinal_protocol::CloseCode;
use sentinal_tests::{TestServer, Wire, frame_header};

#[tokio::test]
async fn close_frames_that_are_forbidden_are_protocol_errors() {
    let server = TestServer::spawn().await;
    let alice = server.user("alice").await;
    let protocol = CloseCode::Protocol.number();
    let with = |code: u16, reason: &[u8]| [&code.to_be_bytes(), reason].concat();
    let cases = [
        (with(1000, b"bye"), 1000),
        (with(1001, b""), 1001),
        (with(3000, b""), 3000),
        (with(4999, b""), 4999),
        (vec![3], protocol),
        (with(0, b""), protocol),
        (with(999, b""), protocol),
        (with(1004, b""), protocol),
        (with(1005, b""), protocol),
        (with(1006, b""), protocol),
        (with(1015, b""), protocol),
        (with(1016, b""), protocol),
        (with(2999, b""), protocol),
        (with(5000, b""), protocol),
        (with(1000, &[0xff, 0xfe]), protocol),
    ];
    for (payload, expected) in cases {
        let mut wire = Wire::upgrade(&server, &alice).await;
        let mut frame = frame_header(true, 8, payload.len() as u64);
        frame.extend(&payload);
        wire.write(&frame).await.unwrap();
        assert_eq!(wire.close_code().await, expected, "{payload:?}");
    }
}
