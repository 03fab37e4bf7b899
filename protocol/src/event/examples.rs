//! One example of each event, for documents.

use super::{
    AccountChanged, AuthExpiring, AuthOk, CallAccepted, CallAnswer, CallAnsweredElsewhere,
    CallDeclined, CallEnded, CallIce, CallIncoming, CallOffer, CallParticipantChanged, CallSignal,
    ChangedConversation, ContactUpdated, ControlSender, ConversationCreated, ConversationDeleted,
    ConversationRead, ConversationUpdated, CreatedConversation, DeletedConversation, DeviceAdded,
    DeviceRemoved, Durable, ErrorAnswer, Hello, IdentityChanged, LogPlace, MessageControl,
    MessageDeleted, MessageDelivered, MessageEdit, MessageExpired, MessageNew, MessagePinned,
    MessageReaction, MessageRead, MessageUpdated, OkAnswer, ParticipantAdded, ParticipantRemoved,
    ParticipantRole, PollUpdated, Pong, PrekeysLow, PresenceOffline, PresenceOnline,
    PresentParticipant, ReactionAction, Revision, RosterDevice, ServerDraining, SessionNew,
    SignalType, SyncComplete, TypingStarted, TypingStopped, UploadCompleted,
};
use crate::api::accounts::{Contact, ContactProfile};
use crate::api::auth::LoginSession;
use crate::api::calls::{Call, CallParticipant};
use crate::api::conversations::{DirectParticipant, Permissions};
use crate::api::messages::SentMessage;
use crate::api::uploads::Upload;
use crate::example::{
    ALICE, AT, BOB, CALL, CHAT, Example, LATER, MESSAGE, PHONE, PHOTO, SESSION, TABLET, example,
    raw, uuid,
};
use crate::frame::FrameId;
use crate::limits::{HEARTBEAT_SECONDS, PREKEYS_LOW};
use crate::{
    Availability, Base64, CallDecline, CallEndReason, CallParticipantStatus, CallStatus, CallType,
    ConversationType, DeviceId, ErrorCode, MessageType, PresenceStatus, Role, UploadStatus, UserId,
};

impl<E: Example> Example for Durable<E> {
    fn example() -> Self {
        let place = LogPlace {
            user_id: Some(ALICE),
            conversation_id: CHAT,
            revision: 12,
        };
        let entry = E::example();
        Self { place, entry }
    }
}

fn participant() -> PresentParticipant {
    PresentParticipant {
        user_id: BOB,
        role: Role::Member,
        joined_at: AT,
    }
}

fn side(user_id: UserId, name: &str) -> DirectParticipant {
    DirectParticipant {
        user_id,
        username: Some(name.to_owned()),
        display_name: Some(name.to_owned()),
        avatar_url: None,
        role: Role::Member,
    }
}

fn device() -> RosterDevice {
    RosterDevice {
        id: DeviceId(uuid(8)),
        device_id: PHONE.to_owned(),
        user_id: ALICE,
    }
}

fn callee(status: CallParticipantStatus) -> CallParticipant {
    let joined = status == CallParticipantStatus::Joined;
    CallParticipant {
        call_id: CALL,
        user_id: BOB,
        username: Some("bob".to_owned()),
        display_name: Some("Bob".to_owned()),
        status,
        device_id: joined.then(|| TABLET.to_owned()),
        device_uuid: joined.then_some(DeviceId(uuid(9))),
        audio_muted: false,
        video_muted: false,
        invited_at: AT,
        joined_at: joined.then_some(LATER),
        left_at: None,
    }
}

fn call(status: CallStatus, callee: CallParticipant) -> Call {
    let ended = status == CallStatus::Ended;
    Call {
        id: CALL,
        conversation_id: CHAT,
        kind: CallType::Video,
        status,
        initiator_id: Some(ALICE),
        created_at: AT,
        started_at: None,
        ended_at: ended.then_some(LATER),
        duration: 0,
        reason: ended.then_some(CallEndReason::Missed),
        ended_by: ended.then_some(ALICE),
        participants: vec![callee],
    }
}

fn ringing() -> Call {
    call(CallStatus::Ringing, callee(CallParticipantStatus::Ringing))
}

fn signal(signal_type: SignalType) -> CallSignal {
    CallSignal {
        user_id: ALICE,
        conversation_id: CHAT,
        call_id: CALL,
        from_id: ALICE,
        from_device_id: PHONE.to_owned(),
        from_device_uuid: DeviceId(uuid(8)),
        to_id: BOB,
        signal_type,
        data: raw(&"v=0"),
    }
}

example!(MessageNew {
    message_id: MESSAGE,
    sender_id: ALICE,
    sender_device_id: Some(PHONE.to_owned()),
    sender_device_uuid: DeviceId(uuid(8)),
    sequence_number: 7,
    message_type: MessageType::Text,
    client_message_id: Some("6a1f".to_owned()),
    reply_to_message_id: None,
    mentions: vec![BOB],
    attachments: vec![PHOTO],
    metadata: None,
    created_at: AT,
    edited_at: None,
    deleted_at: None,
    expires_at: Some(LATER),
    content: Some(Base64(b"hello".to_vec())),
    header: Some(raw(&["ratchet"])),
    recipient_device_id: Some(TABLET.to_owned()),
    device_ciphertext: None,
    device_header: None,
});

example!(MessageControl {
    sender: ControlSender {
        message_id: MESSAGE,
        sender_id: ALICE,
        sender_device_id: Some(PHONE.to_owned()),
        sender_device_uuid: DeviceId(uuid(8)),
        client_message_id: Some("6a20".to_owned()),
        created_at: AT,
    },
    content: Base64(b"resend 7".to_vec()),
    header: Some(raw(&["control"])),
    recipient_device_id: TABLET.to_owned(),
});

example!(MessageUpdated {
    edit: MessageEdit {
        message_id: MESSAGE,
        sender_id: Some(ALICE),
        sequence_number: 7,
        edited_at: LATER,
    },
    content: Some(Base64(b"hello again".to_vec())),
    header: None,
    recipient_device_id: None,
    device_ciphertext: Some(Base64(b"sender key".to_vec())),
    device_header: Some(raw(&["sender key"])),
});

example!(MessageDeleted {
    message_id: MESSAGE,
    sequence_number: 7,
    deleted_at: LATER,
    hard: false,
});

example!(MessageReaction {
    message_id: MESSAGE,
    sequence_number: 7,
    reaction: "+1".to_owned(),
    action: ReactionAction::Added,
});

example!(MessagePinned {
    message_id: MESSAGE,
    sequence_number: 7,
    pinned: true,
});

example!(PollUpdated {
    message_id: MESSAGE,
    sequence_number: 7,
    options: vec![0, 2],
});

example!(ConversationCreated {
    conversation: CreatedConversation {
        id: CHAT,
        kind: ConversationType::Dm,
        subject: None,
        description: None,
        avatar_url: None,
        creator_id: Some(ALICE),
        participant_count: 2,
        participants: Some(vec![side(ALICE, "alice"), side(BOB, "bob")]),
        created_at: AT,
    },
});

example!(ConversationUpdated {
    conversation: ChangedConversation {
        id: CHAT,
        kind: ConversationType::Group,
        subject: Some("Team".to_owned()),
        description: None,
        avatar_url: None,
        creator_id: Some(ALICE),
        permissions: Permissions::default(),
        message_expiry_seconds: Some(86_400),
        participant_count: 3,
        created_at: AT,
    },
});

example!(ConversationDeleted {
    conversation: DeletedConversation {
        id: CHAT,
        kind: ConversationType::Group,
    },
});

example!(ParticipantAdded {
    participant: participant(),
    from_revision: Some(12),
});

example!(ParticipantRemoved {
    participant: participant(),
    erased: true,
});

example!(ParticipantRole {
    participant: participant(),
});

example!(DeviceAdded {
    device: device(),
    roster_version: 3,
});

example!(DeviceRemoved {
    device: device(),
    roster_version: 4,
});

example!(IdentityChanged {
    device: device(),
    roster_version: 5,
});

example!(Revision {
    from: Some(3),
    compacted: true,
    reserved_sequence: None,
});

example!(MessageRead {
    user_id: BOB,
    conversation_id: CHAT,
    message_id: MESSAGE,
    reader_id: BOB,
    sequence_number: 7,
});

example!(MessageDelivered {
    user_id: BOB,
    conversation_id: CHAT,
    message_id: MESSAGE,
    recipient_id: BOB,
    sequence_number: 7,
});

example!(MessageExpired {
    conversation_id: CHAT,
    message_id: MESSAGE,
    sequence_number: 7,
});

example!(ConversationRead {
    user_id: BOB,
    conversation_id: CHAT,
    last_read_sequence: 7,
    unread_count: 0,
    account_revision: None,
});

example!(AccountChanged {
    account_revision: 9,
});

example!(ContactUpdated {
    user_id: ALICE,
    contact_user_id: BOB,
    contact: Some(Contact {
        id: BOB,
        contact_user_id: BOB,
        username: "bob".to_owned(),
        display_name: "Bob".to_owned(),
        avatar_url: None,
        status: None,
        nickname: Some("Bobby".to_owned()),
        is_blocked: false,
        created_at: AT,
        contact: ContactProfile {
            id: BOB,
            username: "bob".to_owned(),
            display_name: "Bob".to_owned(),
            avatar_url: None,
            status: None,
            created_at: AT,
        },
    }),
});

example!(SessionNew {
    user_id: ALICE,
    session: LoginSession {
        id: SESSION,
        device_id: PHONE.to_owned(),
        device_name: Some("Phone".to_owned()),
        device_type: None,
        ip_address: Some("192.0.2.7".to_owned()),
        last_active: AT,
        presented_at: None,
        presented_from: None,
        created_at: AT,
        is_current: false,
    },
});

example!(PrekeysLow {
    device_id: PHONE.to_owned(),
    count: PREKEYS_LOW - 1,
    pq_count: 0,
    threshold: PREKEYS_LOW,
});

example!(UploadCompleted {
    user_id: ALICE,
    upload: Upload {
        id: PHOTO,
        file_name: "photo.bin".to_owned(),
        file_size: 4096,
        content_type: "application/octet-stream".to_owned(),
        uploader_id: ALICE,
        status: UploadStatus::Completed,
        uploaded_bytes: 4096,
        progress_bytes: 4096,
        upload_url: format!("https://chat.example.com/v1/uploads/{PHOTO}/data"),
        file_url: Some(format!("https://chat.example.com/v1/files/{PHOTO}?cap=x")),
        created_at: AT,
        updated_at: LATER,
        completed_at: Some(LATER),
    },
});

example!(CallIncoming {
    user_id: ALICE,
    username: Some("alice".to_owned()),
    display_name: Some("Alice".to_owned()),
    conversation_id: CHAT,
    call_id: CALL,
    call: ringing(),
});

example!(CallAccepted {
    user_id: BOB,
    conversation_id: CHAT,
    call_id: CALL,
    participant: callee(CallParticipantStatus::Joined),
    call: call(CallStatus::Ringing, callee(CallParticipantStatus::Joined)),
});

example!(CallAnsweredElsewhere {
    user_id: BOB,
    conversation_id: CHAT,
    call_id: CALL,
    status: CallParticipantStatus::Joined,
    call: call(CallStatus::Ringing, callee(CallParticipantStatus::Joined)),
});

example!(CallDeclined {
    user_id: BOB,
    conversation_id: CHAT,
    call_id: CALL,
    reason: CallDecline::Busy,
    participant: callee(CallParticipantStatus::Busy),
    call: call(CallStatus::Ringing, callee(CallParticipantStatus::Busy)),
});

example!(CallParticipantChanged {
    user_id: BOB,
    conversation_id: CHAT,
    call_id: CALL,
    participant: callee(CallParticipantStatus::Ringing),
    call: ringing(),
});

example!(CallEnded {
    user_id: Some(ALICE),
    conversation_id: CHAT,
    call_id: CALL,
    ended_by: Some(ALICE),
    reason: CallEndReason::Missed,
    duration_seconds: 0,
    call: call(CallStatus::Ended, callee(CallParticipantStatus::Missed)),
});

example!(CallOffer(signal(SignalType::Offer)));

example!(CallAnswer(signal(SignalType::Answer)));

example!(CallIce(signal(SignalType::Ice)));

example!(TypingStarted {
    user_id: ALICE,
    conversation_id: CHAT,
    display_name: "Alice".to_owned(),
    is_typing: true,
});

example!(TypingStopped {
    user_id: ALICE,
    conversation_id: CHAT,
    display_name: "Alice".to_owned(),
    is_typing: false,
});

example!(PresenceOnline {
    user_id: ALICE,
    is_online: true,
    status: Availability::Busy,
});

example!(PresenceOffline {
    user_id: ALICE,
    is_online: false,
    status: PresenceStatus::Offline,
    last_seen_at: Some(AT),
});

example!(Hello {
    connection_id: "0-41".to_owned(),
    user_id: ALICE,
    device_id: PHONE.to_owned(),
    device_uuid: DeviceId(uuid(8)),
    session_id: SESSION,
    server_time: AT,
    heartbeat_seconds: HEARTBEAT_SECONDS,
    account_revision: 9,
    behind: 1,
});

example!(OkAnswer {
    id: FrameId::Number(1.into()),
    duplicate: true,
    data: Some(raw(&SentMessage {
        id: MESSAGE,
        conversation_id: CHAT,
        sender_id: ALICE,
        client_message_id: Some("6a1f".to_owned()),
        sequence_number: 7,
        revision: 12,
        created_at: AT,
    })),
});

example!(ErrorAnswer {
    id: Some(FrameId::Text("a".to_owned())),
    code: ErrorCode::RateLimitExceeded.as_str().to_owned(),
    error: "Too many of these.".to_owned(),
    details: None,
    retry_after_ms: Some(60_000),
});

example!(Pong {
    id: Some(FrameId::Number(2.into())),
    server_time: AT,
});

example!(AuthOk {
    id: Some(FrameId::Number(3.into())),
    expires_at: LATER,
});

example!(AuthExpiring { expires_at: LATER });

example!(SyncComplete {});

example!(ServerDraining {
    reconnect_after_ms: 1_500,
});
