// Made by `npm run generate` from the server's documents; changes here are lost.

export type paths = Record<string, never>;
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        /**
         * @description What a client says of the one who uses it; later values win over earlier ones.
         * @enum {string}
         */
        readonly Availability: "away" | "busy" | "online";
        /**
         * @description Opaque bytes (ciphertext, keys); base64 on the wire. Its `Debug` shows the length only, so that
         *     no log line can leak it.
         * @example aGVsbG8=
         */
        readonly Base64: string;
        /** @description A call. */
        readonly Call: {
            /** @description Where it is. */
            readonly conversation_id: components["schemas"]["ConversationId"];
            /** @description When it was made. */
            readonly created_at: components["schemas"]["Timestamp"];
            /**
             * Format: int64
             * @description Seconds that it was connected, until now if it still is.
             */
            readonly duration: number;
            readonly ended_at?: components["schemas"]["Timestamp"] | null;
            readonly ended_by?: components["schemas"]["UserId"] | null;
            /** @description The call. */
            readonly id: components["schemas"]["CallId"];
            readonly initiator_id?: components["schemas"]["UserId"] | null;
            /** @description Who is or was in it, in the order in which they were asked. */
            readonly participants: readonly components["schemas"]["CallParticipant"][];
            readonly reason?: components["schemas"]["CallEndReason"] | null;
            readonly started_at?: components["schemas"]["Timestamp"] | null;
            /** @description How far it has come. */
            readonly status: components["schemas"]["CallStatus"];
            /** @description With sound or with picture. */
            readonly type: components["schemas"]["CallType"];
        };
        /**
         * @description Why somebody does not take a call.
         * @enum {string}
         */
        readonly CallDecline: "DECLINED" | "BUSY";
        /**
         * @description Why a call is over. `call:ended` says it in lower case.
         * @enum {string}
         */
        readonly CallEndReason: "COMPLETED" | "MISSED" | "DECLINED" | "FAILED" | "TIMEOUT" | "NETWORK_ERROR";
        /**
         * Format: uuid
         * @description A call.
         * @example 01941f29-7c07-7b1a-9d5e-3f6c0a8b2e41
         */
        readonly CallId: string;
        /** @description Somebody in a call. */
        readonly CallParticipant: {
            /** @description Whether they are not heard. */
            readonly audio_muted: boolean;
            /** @description The call. */
            readonly call_id: components["schemas"]["CallId"];
            /** @description The client's string of the device with which they joined or declined. */
            readonly device_id?: string | null;
            readonly device_uuid?: components["schemas"]["DeviceId"] | null;
            /** @description What others see; `null` once their account is gone. */
            readonly display_name?: string | null;
            /** @description When they were asked. */
            readonly invited_at: components["schemas"]["Timestamp"];
            readonly joined_at?: components["schemas"]["Timestamp"] | null;
            readonly left_at?: components["schemas"]["Timestamp"] | null;
            /** @description What the call is to them. */
            readonly status: components["schemas"]["CallParticipantStatus"];
            /** @description The participant. */
            readonly user_id: components["schemas"]["UserId"];
            /** @description Their username; `null` once their account is gone. */
            readonly username?: string | null;
            /** @description Whether they are not seen. */
            readonly video_muted: boolean;
        };
        /**
         * @description What a call is to one of those in it.
         * @enum {string}
         */
        readonly CallParticipantStatus: "INVITED" | "RINGING" | "JOINED" | "DECLINED" | "BUSY" | "MISSED" | "LEFT";
        /**
         * @description How far a call has come; it only moves forward.
         * @enum {string}
         */
        readonly CallStatus: "INITIATED" | "RINGING" | "CONNECTED" | "ENDED";
        /**
         * @description What a call begins with.
         * @enum {string}
         */
        readonly CallType: "AUDIO" | "VIDEO";
        /** @description A conversation as it is after a change. */
        readonly ChangedConversation: {
            /** @description A picture. */
            readonly avatar_url: string | null;
            /** @description When it was made. */
            readonly created_at: components["schemas"]["Timestamp"];
            readonly creator_id: components["schemas"]["UserId"] | null;
            /** @description What it is about. */
            readonly description: string | null;
            /** @description The conversation. */
            readonly id: components["schemas"]["ConversationId"];
            /**
             * Format: int64
             * @description Seconds after which messages go by themselves, unless they say otherwise.
             */
            readonly message_expiry_seconds: number | null;
            /**
             * Format: int64
             * @description How many take part.
             */
            readonly participant_count: number;
            /** @description Who may do what. */
            readonly permissions: components["schemas"]["Permissions"];
            /** @description A group's name. */
            readonly subject: string | null;
            /** @description `DM` or `GROUP`. */
            readonly type: components["schemas"]["ConversationType"];
        };
        /** @description What one device gets. */
        readonly Ciphertext: {
            /** @description 1 byte to 96 KiB. */
            readonly ciphertext: components["schemas"]["Base64"];
            /** @description Any JSON of at most 4 KiB, handed on as it is. */
            readonly header?: unknown;
            /** @description The device: its owner's string for it, or the server's id. */
            readonly recipient_device_id: string;
            readonly recipient_user_id?: components["schemas"]["UserId"] | null;
        };
        /** @description A contact of the caller. */
        readonly Contact: {
            /** @description A picture. */
            readonly avatar_url?: string | null;
            /** @description The same profile once more, apart from what the caller makes of it. */
            readonly contact: components["schemas"]["ContactProfile"];
            /** @description The same again, under its telling name. */
            readonly contact_user_id: components["schemas"]["UserId"];
            /** @description When the contact's account was made. */
            readonly created_at: components["schemas"]["Timestamp"];
            /** @description The contact's display name. */
            readonly display_name: string;
            /** @description The contact's user id. */
            readonly id: components["schemas"]["UserId"];
            /** @description Whether the caller has blocked them. */
            readonly is_blocked: boolean;
            /** @description The caller's own name for them. */
            readonly nickname?: string | null;
            /** @description A line of text. */
            readonly status?: string | null;
            /** @description The contact's username. */
            readonly username: string;
        };
        /** @description A contact's own part of a [`Contact`]. */
        readonly ContactProfile: {
            /** @description A picture, if their `privacy_profile_photo` allows. */
            readonly avatar_url?: string | null;
            /** @description When the account was made. */
            readonly created_at: components["schemas"]["Timestamp"];
            /** @description What they call themselves. */
            readonly display_name: string;
            /** @description The account. */
            readonly id: components["schemas"]["UserId"];
            /** @description A line of text, if their `privacy_about` allows. */
            readonly status?: string | null;
            /** @description Their username. */
            readonly username: string;
        };
        /**
         * Format: uuid
         * @description A stored conversation.
         * @example 01941f29-7c07-7b1a-9d5e-3f6c0a8b2e41
         */
        readonly ConversationId: string;
        /**
         * @description What a conversation is.
         * @enum {string}
         */
        readonly ConversationType: "DM" | "GROUP";
        /** @description A conversation as it was made. */
        readonly CreatedConversation: {
            /** @description A picture. */
            readonly avatar_url: string | null;
            /** @description When it was made. */
            readonly created_at: components["schemas"]["Timestamp"];
            readonly creator_id: components["schemas"]["UserId"] | null;
            /** @description What it is about. */
            readonly description: string | null;
            /** @description The conversation. */
            readonly id: components["schemas"]["ConversationId"];
            /**
             * Format: int64
             * @description How many take part.
             */
            readonly participant_count: number;
            /** @description Both sides of a DM. */
            readonly participants?: readonly components["schemas"]["DirectParticipant"][] | null;
            /** @description A group's name. */
            readonly subject: string | null;
            /** @description `DM` or `GROUP`. */
            readonly type: components["schemas"]["ConversationType"];
        };
        /** @description A conversation that is no more. */
        readonly DeletedConversation: {
            /** @description The conversation. */
            readonly id: components["schemas"]["ConversationId"];
            /** @description `DM` or `GROUP`. */
            readonly type: components["schemas"]["ConversationType"];
        };
        /**
         * Format: uuid
         * @description One installation of a client, as the server names it. What the client calls itself is the
         *     string `device_id` on the wire (unique per user only).
         * @example 01941f29-7c07-7b1a-9d5e-3f6c0a8b2e41
         */
        readonly DeviceId: string;
        /** @description One of the two in a DM, as the reader may see them. */
        readonly DirectParticipant: {
            /** @description A picture, if their `privacy_profile_photo` allows. */
            readonly avatar_url: string | null;
            /** @description What others see; `null` once their account is gone. */
            readonly display_name: string | null;
            /** @description Their rank. */
            readonly role: components["schemas"]["Role"];
            /** @description The participant. */
            readonly user_id: components["schemas"]["UserId"];
            /** @description Their username; `null` once their account is gone. */
            readonly username: string | null;
        };
        /** @description A client's own id for a frame. */
        readonly FrameId: string | number;
        /** @description One entry of `GET /v1/auth/sessions`. */
        readonly LoginSession: {
            /** @description When it signed in. */
            readonly created_at: components["schemas"]["Timestamp"];
            /** @description The client's own string for the device. */
            readonly device_id: string;
            /** @description For people. */
            readonly device_name?: string | null;
            /** @description As at registration. */
            readonly device_type?: string | null;
            /** @description The session. */
            readonly id: components["schemas"]["LoginSessionId"];
            /** @description Where it was last used from. */
            readonly ip_address?: string | null;
            /** @description Whether it is the one that asks. */
            readonly is_current: boolean;
            /** @description When it was last used. */
            readonly last_active: components["schemas"]["Timestamp"];
            readonly presented_at?: components["schemas"]["Timestamp"] | null;
            /** @description From which address that was. */
            readonly presented_from?: string | null;
        };
        /**
         * Format: uuid
         * @description A signed-in login of a device, carrier of its refresh token.
         * @example 01941f29-7c07-7b1a-9d5e-3f6c0a8b2e41
         */
        readonly LoginSessionId: string;
        /**
         * Format: uuid
         * @description A message.
         * @example 01941f29-7c07-7b1a-9d5e-3f6c0a8b2e41
         */
        readonly MessageId: string;
        /**
         * @description What kind of content a message announces (its content stays encrypted).
         * @enum {string}
         */
        readonly MessageType: "text" | "image" | "video" | "audio" | "file" | "location" | "contact" | "poll";
        /** @description `poll` of `POST /v1/messages`. */
        readonly NewPoll: {
            readonly closes_at?: components["schemas"]["Timestamp"] | null;
            /** @description Whether one may vote for several. */
            readonly multiple?: boolean;
            /**
             * Format: int64
             * @description How many options there are, from 2 to 64; they are named by their place from 0.
             */
            readonly options: number;
        };
        /**
         * @description Who may do something in a group.
         * @enum {string}
         */
        readonly Permission: "everyone" | "admins";
        /** @description Who may do what in a group. In a DM both sides may do everything. */
        readonly Permissions: {
            /** @description Who may add members. */
            readonly add_members: components["schemas"]["Permission"];
            /** @description Who may change subject, description, picture and expiry. */
            readonly edit_info: components["schemas"]["Permission"];
            /** @description Who may see and renew the invite link. */
            readonly invite: components["schemas"]["Permission"];
            /** @description Who may send messages. */
            readonly send: components["schemas"]["Permission"];
            /** @description Who may start calls. */
            readonly start_call: components["schemas"]["Permission"];
        };
        /**
         * @description What others see of a user.
         * @enum {string}
         */
        readonly PresenceStatus: "online" | "away" | "busy" | "offline";
        /** @description One who takes part, or took part until now. */
        readonly PresentParticipant: {
            /** @description Since when, this time. */
            readonly joined_at: components["schemas"]["Timestamp"];
            /** @description Their rank. */
            readonly role: components["schemas"]["Role"];
            /** @description The user. */
            readonly user_id: components["schemas"]["UserId"];
        };
        /**
         * @description What was done with a reaction.
         * @enum {string}
         */
        readonly ReactionAction: "added" | "removed";
        /**
         * @description A participant's rank; later values outrank earlier ones.
         * @enum {string}
         */
        readonly Role: "member" | "admin" | "owner";
        /** @description A device of somebody who takes part. */
        readonly RosterDevice: {
            /** @description The client's own string for it. */
            readonly device_id: string;
            /** @description The server's name for it. */
            readonly id: components["schemas"]["DeviceId"];
            /** @description Whose it is. */
            readonly user_id: components["schemas"]["UserId"];
        };
        /**
         * @description Which of the three signals.
         * @enum {string}
         */
        readonly SignalType: "offer" | "answer" | "ice";
        /**
         * Format: date-time
         * @description A UTC instant in whole milliseconds since 1970, written as RFC 3339 with three decimals and `Z`.
         *
         *     Milliseconds because SQLite and PostgreSQL cut finer times differently.
         * @example 2025-01-01T12:00:00.007Z
         */
        readonly Timestamp: string;
        /** @description A file on its way in, or stored. */
        readonly Upload: {
            readonly completed_at?: components["schemas"]["Timestamp"] | null;
            /** @description As announced. */
            readonly content_type: string;
            /** @description When it was announced. */
            readonly created_at: components["schemas"]["Timestamp"];
            /** @description As announced. */
            readonly file_name: string;
            /**
             * Format: int64
             * @description As announced, bytes.
             */
            readonly file_size: number;
            /** @description Where it can be fetched by anybody who knows this address; `null` until it is complete. */
            readonly file_url?: string | null;
            /** @description The upload. */
            readonly id: components["schemas"]["UploadId"];
            /**
             * Format: int64
             * @description The client's own hint of how far it is.
             */
            readonly progress_bytes: number;
            /** @description How far it has come. */
            readonly status: components["schemas"]["UploadStatus"];
            /** @description When the last byte came or its status changed. */
            readonly updated_at: components["schemas"]["Timestamp"];
            /** @description Where its bytes go: `PUT` for all of it, tus 1.0 for a part. */
            readonly upload_url: string;
            /**
             * Format: int64
             * @description Bytes that are stored for good, as measured by the server.
             */
            readonly uploaded_bytes: number;
            /** @description Whose it is. */
            readonly uploader_id: components["schemas"]["UserId"];
        };
        /**
         * Format: uuid
         * @description A file on its way in, or stored.
         * @example 01941f29-7c07-7b1a-9d5e-3f6c0a8b2e41
         */
        readonly UploadId: string;
        /**
         * @description How far an upload has come.
         * @enum {string}
         */
        readonly UploadStatus: "PENDING" | "IN_PROGRESS" | "COMPLETED" | "FAILED" | "CANCELLED";
        /**
         * Format: uuid
         * @description An account.
         * @example 01941f29-7c07-7b1a-9d5e-3f6c0a8b2e41
         */
        readonly UserId: string;
        /** @description Something of the account changed: read `GET /v1/sync` or what concerns you. */
        readonly EventAccountChanged: {
            /**
             * Format: int64
             * @description How far the account has come.
             */
            readonly account_revision: number;
            /**
             * Format: date-time
             * @description When it was said; replayed: when it happened.
             */
            readonly timestamp: string;
            /** @constant */
            readonly type: "account:changed";
        };
        /** @description The token ends soon: send `auth` with a new one. */
        readonly EventAuthExpiring: {
            /** @description When it ends. */
            readonly expires_at: components["schemas"]["Timestamp"];
            /**
             * Format: date-time
             * @description When it was said; replayed: when it happened.
             */
            readonly timestamp: string;
            /** @constant */
            readonly type: "auth:expiring";
        };
        /** @description The token was renewed. */
        readonly EventAuthOk: {
            /** @description When the new token ends. */
            readonly expires_at: components["schemas"]["Timestamp"];
            /** @description The client's id for the request. */
            readonly id?: components["schemas"]["FrameId"];
            /**
             * Format: date-time
             * @description When it was said; replayed: when it happened.
             */
            readonly timestamp: string;
            /** @constant */
            readonly type: "auth:ok";
        };
        /** @description Somebody has joined a call, on one of their devices. */
        readonly EventCallAccepted: {
            /** @description How the call is now. */
            readonly call: components["schemas"]["Call"];
            /** @description The call. */
            readonly call_id: components["schemas"]["CallId"];
            /** @description The call's conversation. */
            readonly conversation_id: components["schemas"]["ConversationId"];
            /** @description The same, with the device that they joined with. */
            readonly participant: components["schemas"]["CallParticipant"];
            /**
             * Format: date-time
             * @description When it was said; replayed: when it happened.
             */
            readonly timestamp: string;
            /** @constant */
            readonly type: "call:accepted";
            /** @description Who joined. */
            readonly user_id: components["schemas"]["UserId"];
        };
        /** @description The answer to an offer, relayed untouched. */
        readonly EventCallAnswer: {
            /** @description The call. */
            readonly call_id: components["schemas"]["CallId"];
            /** @description The call's conversation. */
            readonly conversation_id: components["schemas"]["ConversationId"];
            /** @description As sent. */
            readonly data: unknown;
            /** @description The client's string of the device that sent it. */
            readonly from_device_id: string;
            /** @description The server's name for the same device. */
            readonly from_device_uuid: components["schemas"]["DeviceId"];
            /** @description The same under its telling name. */
            readonly from_id: components["schemas"]["UserId"];
            /** @description Which of the three. */
            readonly signal_type: components["schemas"]["SignalType"];
            /**
             * Format: date-time
             * @description When it was said; replayed: when it happened.
             */
            readonly timestamp: string;
            /** @description The user whom it is for. */
            readonly to_id: components["schemas"]["UserId"];
            /** @constant */
            readonly type: "call:answer";
            /** @description Who sent it. */
            readonly user_id: components["schemas"]["UserId"];
        };
        /** @description Another own device has joined the call (`status` is `JOINED`) or declined it: stop ringing. */
        readonly EventCallAnsweredElsewhere: {
            /** @description How the call is now. */
            readonly call: components["schemas"]["Call"];
            /** @description The call. */
            readonly call_id: components["schemas"]["CallId"];
            /** @description The call's conversation. */
            readonly conversation_id: components["schemas"]["ConversationId"];
            /** @description What the call is to oneself now. */
            readonly status: components["schemas"]["CallParticipantStatus"];
            /**
             * Format: date-time
             * @description When it was said; replayed: when it happened.
             */
            readonly timestamp: string;
            /** @constant */
            readonly type: "call:answered_elsewhere";
            /** @description The user who is told. */
            readonly user_id: components["schemas"]["UserId"];
        };
        /** @description Somebody does not take the call; `reason` is `DECLINED` or `BUSY`. */
        readonly EventCallDeclined: {
            /** @description How the call is now. */
            readonly call: components["schemas"]["Call"];
            /** @description The call. */
            readonly call_id: components["schemas"]["CallId"];
            /** @description The call's conversation. */
            readonly conversation_id: components["schemas"]["ConversationId"];
            /** @description The same, as they are now. */
            readonly participant: components["schemas"]["CallParticipant"];
            /** @description Why they did. */
            readonly reason: components["schemas"]["CallDecline"];
            /**
             * Format: date-time
             * @description When it was said; replayed: when it happened.
             */
            readonly timestamp: string;
            /** @constant */
            readonly type: "call:declined";
            /** @description Who declined. */
            readonly user_id: components["schemas"]["UserId"];
        };
        /** @description A call is over. `reason` is in lower case; who ended it is `null` if nobody did. */
        readonly EventCallEnded: {
            /** @description How it is now. */
            readonly call: components["schemas"]["Call"];
            /** @description The call. */
            readonly call_id: components["schemas"]["CallId"];
            /** @description The call's conversation. */
            readonly conversation_id: components["schemas"]["ConversationId"];
            /**
             * Format: int64
             * @description Seconds that it was connected.
             */
            readonly duration_seconds: number;
            readonly ended_by: components["schemas"]["UserId"] | null;
            /** @description Why, in lower case. */
            readonly reason: string;
            /**
             * Format: date-time
             * @description When it was said; replayed: when it happened.
             */
            readonly timestamp: string;
            /** @constant */
            readonly type: "call:ended";
            readonly user_id: components["schemas"]["UserId"] | null;
        };
        /** @description A way to connect, relayed untouched. */
        readonly EventCallIce: {
            /** @description The call. */
            readonly call_id: components["schemas"]["CallId"];
            /** @description The call's conversation. */
            readonly conversation_id: components["schemas"]["ConversationId"];
            /** @description As sent. */
            readonly data: unknown;
            /** @description The client's string of the device that sent it. */
            readonly from_device_id: string;
            /** @description The server's name for the same device. */
            readonly from_device_uuid: components["schemas"]["DeviceId"];
            /** @description The same under its telling name. */
            readonly from_id: components["schemas"]["UserId"];
            /** @description Which of the three. */
            readonly signal_type: components["schemas"]["SignalType"];
            /**
             * Format: date-time
             * @description When it was said; replayed: when it happened.
             */
            readonly timestamp: string;
            /** @description The user whom it is for. */
            readonly to_id: components["schemas"]["UserId"];
            /** @constant */
            readonly type: "call:ice";
            /** @description Who sent it. */
            readonly user_id: components["schemas"]["UserId"];
        };
        /** @description Somebody calls. Every device of the one who is asked rings, until one of the following. */
        readonly EventCallIncoming: {
            /** @description How it is now. */
            readonly call: components["schemas"]["Call"];
            /** @description The call. */
            readonly call_id: components["schemas"]["CallId"];
            /** @description The call's conversation. */
            readonly conversation_id: components["schemas"]["ConversationId"];
            /** @description What they call themselves; `null` once their account is gone. */
            readonly display_name: string | null;
            /**
             * Format: date-time
             * @description When it was said; replayed: when it happened.
             */
            readonly timestamp: string;
            /** @constant */
            readonly type: "call:incoming";
            /** @description Who asks. */
            readonly user_id: components["schemas"]["UserId"];
            /** @description Their username; `null` once their account is gone. */
            readonly username: string | null;
        };
        /** @description An offer of a connection, relayed untouched. */
        readonly EventCallOffer: {
            /** @description The call. */
            readonly call_id: components["schemas"]["CallId"];
            /** @description The call's conversation. */
            readonly conversation_id: components["schemas"]["ConversationId"];
            /** @description As sent. */
            readonly data: unknown;
            /** @description The client's string of the device that sent it. */
            readonly from_device_id: string;
            /** @description The server's name for the same device. */
            readonly from_device_uuid: components["schemas"]["DeviceId"];
            /** @description The same under its telling name. */
            readonly from_id: components["schemas"]["UserId"];
            /** @description Which of the three. */
            readonly signal_type: components["schemas"]["SignalType"];
            /**
             * Format: date-time
             * @description When it was said; replayed: when it happened.
             */
            readonly timestamp: string;
            /** @description The user whom it is for. */
            readonly to_id: components["schemas"]["UserId"];
            /** @constant */
            readonly type: "call:offer";
            /** @description Who sent it. */
            readonly user_id: components["schemas"]["UserId"];
        };
        /** @description Somebody was asked, is being reached, has left, is muted, or the call is connected: how they and the call are now. */
        readonly EventCallParticipant: {
            /** @description How the call is now. */
            readonly call: components["schemas"]["Call"];
            /** @description The call. */
            readonly call_id: components["schemas"]["CallId"];
            /** @description The call's conversation. */
            readonly conversation_id: components["schemas"]["ConversationId"];
            /** @description The same, as they are now. */
            readonly participant: components["schemas"]["CallParticipant"];
            /**
             * Format: date-time
             * @description When it was said; replayed: when it happened.
             */
            readonly timestamp: string;
            /** @constant */
            readonly type: "call:participant";
            /** @description Whose part in the call has changed. */
            readonly user_id: components["schemas"]["UserId"];
        };
        /** @description An own contact or block changed; `contact` is `null` once it is no contact any more. */
        readonly EventContactUpdated: {
            readonly contact: components["schemas"]["Contact"] | null;
            /** @description The other one. */
            readonly contact_user_id: components["schemas"]["UserId"];
            /**
             * Format: date-time
             * @description When it was said; replayed: when it happened.
             */
            readonly timestamp: string;
            /** @constant */
            readonly type: "contact:updated";
            /** @description The user who is told. */
            readonly user_id: components["schemas"]["UserId"];
        };
        /** @description A conversation was made. */
        readonly EventConversationCreated: {
            /** @description The conversation. */
            readonly conversation: components["schemas"]["CreatedConversation"];
            /** @description The conversation. */
            readonly conversation_id: components["schemas"]["ConversationId"];
            /** @description Read from the log instead of told live. */
            readonly replay?: boolean;
            /**
             * Format: int64
             * @description Its number among the changes of the conversation.
             */
            readonly revision: number;
            /**
             * Format: date-time
             * @description When it was said; replayed: when it happened.
             */
            readonly timestamp: string;
            /** @constant */
            readonly type: "conversation:created";
            /** @description Who did it; left out where nobody did, and once their account is gone. */
            readonly user_id?: components["schemas"]["UserId"];
        };
        /** @description A group was deleted. The last event of the conversation. */
        readonly EventConversationDeleted: {
            /** @description The conversation. */
            readonly conversation: components["schemas"]["DeletedConversation"];
            /** @description The conversation. */
            readonly conversation_id: components["schemas"]["ConversationId"];
            /** @description Read from the log instead of told live. */
            readonly replay?: boolean;
            /**
             * Format: int64
             * @description Its number among the changes of the conversation.
             */
            readonly revision: number;
            /**
             * Format: date-time
             * @description When it was said; replayed: when it happened.
             */
            readonly timestamp: string;
            /** @constant */
            readonly type: "conversation:deleted";
            /** @description Who did it; left out where nobody did, and once their account is gone. */
            readonly user_id?: components["schemas"]["UserId"];
        };
        /** @description The own read cursor moved, on this or another device, or what is unread changed by itself. Where nobody else hears of reading it counts as a change of the account, up to `account_revision`. */
        readonly EventConversationRead: {
            /**
             * Format: int64
             * @description The change of the account that it made, where nobody else hears of it.
             */
            readonly account_revision?: number;
            /** @description The conversation whose cursor it is. */
            readonly conversation_id: components["schemas"]["ConversationId"];
            /**
             * Format: int64
             * @description The read cursor.
             */
            readonly last_read_sequence: number;
            /**
             * Format: date-time
             * @description When it was said; replayed: when it happened.
             */
            readonly timestamp: string;
            /** @constant */
            readonly type: "conversation:read";
            /**
             * Format: int64
             * @description Messages after it that count.
             */
            readonly unread_count: number;
            /** @description The user who is told. */
            readonly user_id: components["schemas"]["UserId"];
        };
        /** @description Its subject, description, picture, invite link, permissions or expiry changed. */
        readonly EventConversationUpdated: {
            /** @description The conversation. */
            readonly conversation: components["schemas"]["ChangedConversation"];
            /** @description The conversation. */
            readonly conversation_id: components["schemas"]["ConversationId"];
            /** @description Read from the log instead of told live. */
            readonly replay?: boolean;
            /**
             * Format: int64
             * @description Its number among the changes of the conversation.
             */
            readonly revision: number;
            /**
             * Format: date-time
             * @description When it was said; replayed: when it happened.
             */
            readonly timestamp: string;
            /** @constant */
            readonly type: "conversation:updated";
            /** @description Who did it; left out where nobody did, and once their account is gone. */
            readonly user_id?: components["schemas"]["UserId"];
        };
        /** @description A device must be encrypted to from now on. */
        readonly EventDeviceAdded: {
            /** @description The conversation. */
            readonly conversation_id: components["schemas"]["ConversationId"];
            /** @description The device. */
            readonly device: components["schemas"]["RosterDevice"];
            /** @description Read from the log instead of told live. */
            readonly replay?: boolean;
            /**
             * Format: int64
             * @description Its number among the changes of the conversation.
             */
            readonly revision: number;
            /**
             * Format: int64
             * @description The roster version from here on.
             */
            readonly roster_version: number;
            /**
             * Format: date-time
             * @description When it was said; replayed: when it happened.
             */
            readonly timestamp: string;
            /** @constant */
            readonly type: "device:added";
            /** @description Who did it; left out where nobody did, and once their account is gone. */
            readonly user_id?: components["schemas"]["UserId"];
        };
        /** @description A device must not be encrypted to any more. */
        readonly EventDeviceRemoved: {
            /** @description The conversation. */
            readonly conversation_id: components["schemas"]["ConversationId"];
            /** @description The device. */
            readonly device: components["schemas"]["RosterDevice"];
            /** @description Read from the log instead of told live. */
            readonly replay?: boolean;
            /**
             * Format: int64
             * @description Its number among the changes of the conversation.
             */
            readonly revision: number;
            /**
             * Format: int64
             * @description The roster version from here on.
             */
            readonly roster_version: number;
            /**
             * Format: date-time
             * @description When it was said; replayed: when it happened.
             */
            readonly timestamp: string;
            /** @constant */
            readonly type: "device:removed";
            /** @description Who did it; left out where nobody did, and once their account is gone. */
            readonly user_id?: components["schemas"]["UserId"];
        };
        /** @description A request of the client failed, or a frame could not be understood. */
        readonly EventError: {
            /** @description What went wrong, as a client tells cases apart. */
            readonly code: string;
            /** @description What exactly, where the code has something to tell. */
            readonly details?: unknown;
            /** @description A sentence for people. */
            readonly error: string;
            /** @description The client's id for the request. */
            readonly id?: components["schemas"]["FrameId"];
            /**
             * Format: int64
             * @description Milliseconds to wait before trying again.
             */
            readonly retry_after_ms?: number;
            /**
             * Format: date-time
             * @description When it was said; replayed: when it happened.
             */
            readonly timestamp: string;
            /** @constant */
            readonly type: "error";
        };
        /** @description The first frame after authentication. */
        readonly EventHello: {
            /**
             * Format: int64
             * @description How far the account has come.
             */
            readonly account_revision: number;
            /**
             * Format: int64
             * @description How many conversations will be replayed.
             */
            readonly behind: number;
            /** @description This socket, for people who read logs. */
            readonly connection_id: string;
            /** @description The client's own string for the device. */
            readonly device_id: string;
            /** @description The server's name for the device. */
            readonly device_uuid: components["schemas"]["DeviceId"];
            /**
             * Format: int64
             * @description The server pings this often.
             */
            readonly heartbeat_seconds: number;
            /** @description What the server's clock shows. */
            readonly server_time: components["schemas"]["Timestamp"];
            /** @description The login. */
            readonly session_id: components["schemas"]["LoginSessionId"];
            /**
             * Format: date-time
             * @description When it was said; replayed: when it happened.
             */
            readonly timestamp: string;
            /** @constant */
            readonly type: "hello";
            /** @description Who is signed in. */
            readonly user_id: components["schemas"]["UserId"];
        };
        /** @description A device has another identity key than before. */
        readonly EventIdentityChanged: {
            /** @description The conversation. */
            readonly conversation_id: components["schemas"]["ConversationId"];
            /** @description The device. */
            readonly device: components["schemas"]["RosterDevice"];
            /** @description Read from the log instead of told live. */
            readonly replay?: boolean;
            /**
             * Format: int64
             * @description Its number among the changes of the conversation.
             */
            readonly revision: number;
            /**
             * Format: int64
             * @description The roster version from here on.
             */
            readonly roster_version: number;
            /**
             * Format: date-time
             * @description When it was said; replayed: when it happened.
             */
            readonly timestamp: string;
            /** @constant */
            readonly type: "identity:changed";
            /** @description Who did it; left out where nobody did, and once their account is gone. */
            readonly user_id?: components["schemas"]["UserId"];
        };
        /** @description A control message for this device. It is no message: it has no sequence number and counts nowhere. Other devices get a bare `revision`. */
        readonly EventMessageControl: {
            /** @description The sender's id for it. */
            readonly client_message_id: string | null;
            /** @description This device's content. */
            readonly content: components["schemas"]["Base64"];
            /** @description The conversation. */
            readonly conversation_id: components["schemas"]["ConversationId"];
            /** @description When it was stored. */
            readonly created_at: components["schemas"]["Timestamp"];
            /** @description Its header, as sent. */
            readonly header: unknown;
            /** @description The control message. */
            readonly message_id: components["schemas"]["MessageId"];
            /** @description The client's string of this device. */
            readonly recipient_device_id: string;
            /** @description Read from the log instead of told live. */
            readonly replay?: boolean;
            /**
             * Format: int64
             * @description Its number among the changes of the conversation.
             */
            readonly revision: number;
            /** @description The client's string of the sending device. */
            readonly sender_device_id: string | null;
            /** @description The server's name for the sending device. */
            readonly sender_device_uuid: components["schemas"]["DeviceId"];
            /** @description The sender. */
            readonly sender_id: components["schemas"]["UserId"];
            /**
             * Format: date-time
             * @description When it was said; replayed: when it happened.
             */
            readonly timestamp: string;
            /** @constant */
            readonly type: "message:control";
            /** @description Who did it; left out where nobody did, and once their account is gone. */
            readonly user_id?: components["schemas"]["UserId"];
        };
        /** @description A message's content was taken away; with `hard` its place in history too. */
        readonly EventMessageDeleted: {
            /** @description The conversation. */
            readonly conversation_id: components["schemas"]["ConversationId"];
            /** @description When it was. */
            readonly deleted_at: components["schemas"]["Timestamp"];
            /** @description Whether its place in history went too. */
            readonly hard: boolean;
            /** @description The message. */
            readonly message_id: components["schemas"]["MessageId"];
            /** @description Read from the log instead of told live. */
            readonly replay?: boolean;
            /**
             * Format: int64
             * @description Its number among the changes of the conversation.
             */
            readonly revision: number;
            /**
             * Format: int64
             * @description Its number among the messages.
             */
            readonly sequence_number: number;
            /**
             * Format: date-time
             * @description When it was said; replayed: when it happened.
             */
            readonly timestamp: string;
            /** @constant */
            readonly type: "message:deleted";
            /** @description Who did it; left out where nobody did, and once their account is gone. */
            readonly user_id?: components["schemas"]["UserId"];
        };
        /** @description Someone's device has everything up to a message. */
        readonly EventMessageDelivered: {
            /** @description The message's conversation. */
            readonly conversation_id: components["schemas"]["ConversationId"];
            /** @description This message and all before it. */
            readonly message_id: components["schemas"]["MessageId"];
            /** @description The same under its telling name. */
            readonly recipient_id: components["schemas"]["UserId"];
            /**
             * Format: int64
             * @description The message's number.
             */
            readonly sequence_number: number;
            /**
             * Format: date-time
             * @description When it was said; replayed: when it happened.
             */
            readonly timestamp: string;
            /** @constant */
            readonly type: "message:delivered";
            /** @description Whose device has it. */
            readonly user_id: components["schemas"]["UserId"];
        };
        /** @description A message's time has run out: its content is shown no more. */
        readonly EventMessageExpired: {
            /** @description The message's conversation. */
            readonly conversation_id: components["schemas"]["ConversationId"];
            /** @description The message. */
            readonly message_id: components["schemas"]["MessageId"];
            /**
             * Format: int64
             * @description Its number among the messages.
             */
            readonly sequence_number: number;
            /**
             * Format: date-time
             * @description When it was said; replayed: when it happened.
             */
            readonly timestamp: string;
            /** @constant */
            readonly type: "message:expired";
        };
        /** @description A message was sent. `content` is this device's ciphertext, `null` if it has none; an echo to the sending device carries none either. */
        readonly EventMessageNew: {
            /** @description The files that belong to it. */
            readonly attachments: readonly components["schemas"]["UploadId"][];
            /** @description The sender's id for it. */
            readonly client_message_id: string | null;
            readonly content: components["schemas"]["Base64"] | null;
            /** @description The conversation. */
            readonly conversation_id: components["schemas"]["ConversationId"];
            /** @description When it was stored. */
            readonly created_at: components["schemas"]["Timestamp"];
            /** @description When its content was taken away. */
            readonly deleted_at?: components["schemas"]["Timestamp"];
            /** @description For this device beside a shared content. */
            readonly device_ciphertext?: components["schemas"]["Base64"];
            /** @description The header of `device_ciphertext`, as it was sent. */
            readonly device_header?: unknown;
            /** @description When its content was last replaced. */
            readonly edited_at?: components["schemas"]["Timestamp"];
            /** @description When its content goes by itself. */
            readonly expires_at?: components["schemas"]["Timestamp"];
            /** @description Its header, as sent. */
            readonly header: unknown;
            /** @description Who is mentioned. */
            readonly mentions: readonly components["schemas"]["UserId"][];
            /** @description The message. */
            readonly message_id: components["schemas"]["MessageId"];
            /** @description What kind of content it announces. */
            readonly message_type: components["schemas"]["MessageType"];
            /** @description As sent. */
            readonly metadata?: unknown;
            /** @description The device it is for; `null` without content or if it is shared. */
            readonly recipient_device_id: string | null;
            /** @description Read from the log instead of told live. */
            readonly replay?: boolean;
            readonly reply_to_message_id: components["schemas"]["MessageId"] | null;
            /**
             * Format: int64
             * @description Its number among the changes of the conversation.
             */
            readonly revision: number;
            /** @description The client's string of the sending device. */
            readonly sender_device_id: string | null;
            /** @description The server's name for the sending device. */
            readonly sender_device_uuid: components["schemas"]["DeviceId"];
            /** @description The sender. */
            readonly sender_id: components["schemas"]["UserId"];
            /**
             * Format: int64
             * @description Its number among the messages.
             */
            readonly sequence_number: number;
            /**
             * Format: date-time
             * @description When it was said; replayed: when it happened.
             */
            readonly timestamp: string;
            /** @constant */
            readonly type: "message:new";
            /** @description Who did it; left out where nobody did, and once their account is gone. */
            readonly user_id?: components["schemas"]["UserId"];
        };
        /** @description A message was pinned, or is no more. */
        readonly EventMessagePinned: {
            /** @description The conversation. */
            readonly conversation_id: components["schemas"]["ConversationId"];
            /** @description The message. */
            readonly message_id: components["schemas"]["MessageId"];
            /** @description Whether it is now. */
            readonly pinned: boolean;
            /** @description Read from the log instead of told live. */
            readonly replay?: boolean;
            /**
             * Format: int64
             * @description Its number among the changes of the conversation.
             */
            readonly revision: number;
            /**
             * Format: int64
             * @description Its number among the messages.
             */
            readonly sequence_number: number;
            /**
             * Format: date-time
             * @description When it was said; replayed: when it happened.
             */
            readonly timestamp: string;
            /** @constant */
            readonly type: "message:pinned";
            /** @description Who did it; left out where nobody did, and once their account is gone. */
            readonly user_id?: components["schemas"]["UserId"];
        };
        /** @description Somebody reacted to a message (`action`: `added`), or took it back (`removed`). */
        readonly EventMessageReaction: {
            /** @description Whether it came or went. */
            readonly action: components["schemas"]["ReactionAction"];
            /** @description The conversation. */
            readonly conversation_id: components["schemas"]["ConversationId"];
            /** @description The message. */
            readonly message_id: components["schemas"]["MessageId"];
            /** @description The reaction, any text of at most 64 bytes. */
            readonly reaction: string;
            /** @description Read from the log instead of told live. */
            readonly replay?: boolean;
            /**
             * Format: int64
             * @description Its number among the changes of the conversation.
             */
            readonly revision: number;
            /**
             * Format: int64
             * @description Its number among the messages.
             */
            readonly sequence_number: number;
            /**
             * Format: date-time
             * @description When it was said; replayed: when it happened.
             */
            readonly timestamp: string;
            /** @constant */
            readonly type: "message:reaction";
            /** @description Who did it; left out where nobody did, and once their account is gone. */
            readonly user_id?: components["schemas"]["UserId"];
        };
        /** @description Someone read up to a message. */
        readonly EventMessageRead: {
            /** @description The message's conversation. */
            readonly conversation_id: components["schemas"]["ConversationId"];
            /** @description This message and all before it. */
            readonly message_id: components["schemas"]["MessageId"];
            /** @description The same under its telling name. */
            readonly reader_id: components["schemas"]["UserId"];
            /**
             * Format: int64
             * @description The message's number.
             */
            readonly sequence_number: number;
            /**
             * Format: date-time
             * @description When it was said; replayed: when it happened.
             */
            readonly timestamp: string;
            /** @constant */
            readonly type: "message:read";
            /** @description Who read it. */
            readonly user_id: components["schemas"]["UserId"];
        };
        /** @description A message's content was replaced. `content` is this device's; read from the log it is today's, `null` if the message is gone since. */
        readonly EventMessageUpdated: {
            readonly content: components["schemas"]["Base64"] | null;
            /** @description The conversation. */
            readonly conversation_id: components["schemas"]["ConversationId"];
            /** @description For this device beside a shared content. */
            readonly device_ciphertext?: components["schemas"]["Base64"];
            /** @description The header of `device_ciphertext`, as it was sent. */
            readonly device_header?: unknown;
            /** @description When its content was replaced. */
            readonly edited_at: components["schemas"]["Timestamp"];
            /** @description Its header, as sent. */
            readonly header: unknown;
            /** @description The message. */
            readonly message_id: components["schemas"]["MessageId"];
            /** @description The device it is for; `null` without content or if it is shared. */
            readonly recipient_device_id: string | null;
            /** @description Read from the log instead of told live. */
            readonly replay?: boolean;
            /**
             * Format: int64
             * @description Its number among the changes of the conversation.
             */
            readonly revision: number;
            readonly sender_id: components["schemas"]["UserId"] | null;
            /**
             * Format: int64
             * @description Its number among the messages.
             */
            readonly sequence_number: number;
            /**
             * Format: date-time
             * @description When it was said; replayed: when it happened.
             */
            readonly timestamp: string;
            /** @constant */
            readonly type: "message:updated";
            /** @description Who did it; left out where nobody did, and once their account is gone. */
            readonly user_id?: components["schemas"]["UserId"];
        };
        /** @description A request of the client succeeded. */
        readonly EventOk: {
            /** @description What the same request answers over REST. */
            readonly data?: unknown;
            /** @description True if this is the original answer to an earlier, equal request. */
            readonly duplicate?: boolean;
            /** @description The client's id for the request. */
            readonly id: components["schemas"]["FrameId"];
            /**
             * Format: date-time
             * @description When it was said; replayed: when it happened.
             */
            readonly timestamp: string;
            /** @constant */
            readonly type: "ok";
        };
        /** @description Someone joined. For oneself `from_revision` says where one's log goes on. */
        readonly EventParticipantAdded: {
            /** @description The conversation. */
            readonly conversation_id: components["schemas"]["ConversationId"];
            /**
             * Format: int64
             * @description The first revision that one gets, for oneself.
             */
            readonly from_revision?: number;
            /** @description Who joined. */
            readonly participant: components["schemas"]["PresentParticipant"];
            /** @description Read from the log instead of told live. */
            readonly replay?: boolean;
            /**
             * Format: int64
             * @description Its number among the changes of the conversation.
             */
            readonly revision: number;
            /**
             * Format: date-time
             * @description When it was said; replayed: when it happened.
             */
            readonly timestamp: string;
            /** @constant */
            readonly type: "participant:added";
            /** @description Who did it; left out where nobody did, and once their account is gone. */
            readonly user_id?: components["schemas"]["UserId"];
        };
        /** @description Someone left or was removed. For oneself the last event of the conversation. */
        readonly EventParticipantRemoved: {
            /** @description The conversation. */
            readonly conversation_id: components["schemas"]["ConversationId"];
            /** @description Whether they left because their account is gone, and what they said with it. */
            readonly erased?: boolean;
            /** @description Who left, as they were. */
            readonly participant: components["schemas"]["PresentParticipant"];
            /** @description Read from the log instead of told live. */
            readonly replay?: boolean;
            /**
             * Format: int64
             * @description Its number among the changes of the conversation.
             */
            readonly revision: number;
            /**
             * Format: date-time
             * @description When it was said; replayed: when it happened.
             */
            readonly timestamp: string;
            /** @constant */
            readonly type: "participant:removed";
            /** @description Who did it; left out where nobody did, and once their account is gone. */
            readonly user_id?: components["schemas"]["UserId"];
        };
        /** @description Someone's rank changed. */
        readonly EventParticipantRole: {
            /** @description The conversation. */
            readonly conversation_id: components["schemas"]["ConversationId"];
            /** @description Who, with the new rank. */
            readonly participant: components["schemas"]["PresentParticipant"];
            /** @description Read from the log instead of told live. */
            readonly replay?: boolean;
            /**
             * Format: int64
             * @description Its number among the changes of the conversation.
             */
            readonly revision: number;
            /**
             * Format: date-time
             * @description When it was said; replayed: when it happened.
             */
            readonly timestamp: string;
            /** @constant */
            readonly type: "participant:role";
            /** @description Who did it; left out where nobody did, and once their account is gone. */
            readonly user_id?: components["schemas"]["UserId"];
        };
        /** @description Somebody voted: `options` are all that they vote for now. */
        readonly EventPollUpdated: {
            /** @description The conversation. */
            readonly conversation_id: components["schemas"]["ConversationId"];
            /** @description The poll's message. */
            readonly message_id: components["schemas"]["MessageId"];
            /** @description By their places, from 0. */
            readonly options: readonly number[];
            /** @description Read from the log instead of told live. */
            readonly replay?: boolean;
            /**
             * Format: int64
             * @description Its number among the changes of the conversation.
             */
            readonly revision: number;
            /**
             * Format: int64
             * @description Its number among the messages.
             */
            readonly sequence_number: number;
            /**
             * Format: date-time
             * @description When it was said; replayed: when it happened.
             */
            readonly timestamp: string;
            /** @constant */
            readonly type: "poll:updated";
            /** @description Who did it; left out where nobody did, and once their account is gone. */
            readonly user_id?: components["schemas"]["UserId"];
        };
        /** @description The answer to `ping`. */
        readonly EventPong: {
            /** @description The client's id for the request. */
            readonly id?: components["schemas"]["FrameId"];
            /** @description What the server's clock shows. */
            readonly server_time: components["schemas"]["Timestamp"];
            /**
             * Format: date-time
             * @description When it was said; replayed: when it happened.
             */
            readonly timestamp: string;
            /** @constant */
            readonly type: "pong";
        };
        /** @description This device has few one-time prekeys left, or few post-quantum ones, if it ever stored such. */
        readonly EventPrekeysLow: {
            /**
             * Format: int64
             * @description How many one-time prekeys are left.
             */
            readonly count: number;
            /** @description The client's own string for the device. */
            readonly device_id: string;
            /**
             * Format: int64
             * @description How many post-quantum prekeys are left, the last-resort key excluded.
             */
            readonly pq_count: number;
            /**
             * Format: int64
             * @description Fewer than this are few.
             */
            readonly threshold: number;
            /**
             * Format: date-time
             * @description When it was said; replayed: when it happened.
             */
            readonly timestamp: string;
            /** @constant */
            readonly type: "prekeys:low";
        };
        /** @description Someone has been gone for 10 s. */
        readonly EventPresenceOffline: {
            /** @description Always false. */
            readonly is_online: boolean;
            readonly last_seen_at: components["schemas"]["Timestamp"] | null;
            /** @description Always `offline`. */
            readonly status: components["schemas"]["PresenceStatus"];
            /**
             * Format: date-time
             * @description When it was said; replayed: when it happened.
             */
            readonly timestamp: string;
            /** @constant */
            readonly type: "presence:offline";
            /** @description Who is gone. */
            readonly user_id: components["schemas"]["UserId"];
        };
        /** @description Someone is here, or `away` or `busy` by `status`. */
        readonly EventPresenceOnline: {
            /** @description Always true. */
            readonly is_online: boolean;
            /** @description How far they may be disturbed. */
            readonly status: components["schemas"]["Availability"];
            /**
             * Format: date-time
             * @description When it was said; replayed: when it happened.
             */
            readonly timestamp: string;
            /** @constant */
            readonly type: "presence:online";
            /** @description Who is here. */
            readonly user_id: components["schemas"]["UserId"];
        };
        /** @description A revision whose content this device may not see, or a reserved number, or (with `from` and `compacted`) a range that is gone: read the conversation's state over REST. */
        readonly EventRevision: {
            /** @description Whether it is a range that is gone from the log. */
            readonly compacted?: boolean;
            /** @description The conversation. */
            readonly conversation_id: components["schemas"]["ConversationId"];
            /**
             * Format: int64
             * @description The first revision of the range, whose last is `revision`.
             */
            readonly from?: number;
            /** @description Read from the log instead of told live. */
            readonly replay?: boolean;
            /**
             * Format: int64
             * @description The message number that was taken and that no message will have.
             */
            readonly reserved_sequence?: number;
            /**
             * Format: int64
             * @description Its number among the changes of the conversation.
             */
            readonly revision: number;
            /**
             * Format: date-time
             * @description When it was said; replayed: when it happened.
             */
            readonly timestamp: string;
            /** @constant */
            readonly type: "revision";
            /** @description Who did it; left out where nobody did, and once their account is gone. */
            readonly user_id?: components["schemas"]["UserId"];
        };
        /** @description This node goes away; come back after the given time. */
        readonly EventServerDraining: {
            /**
             * Format: int64
             * @description Milliseconds to wait before coming back.
             */
            readonly reconnect_after_ms: number;
            /**
             * Format: date-time
             * @description When it was said; replayed: when it happened.
             */
            readonly timestamp: string;
            /** @constant */
            readonly type: "server:draining";
        };
        /** @description Someone signed in to the account. */
        readonly EventSessionNew: {
            /** @description The login. */
            readonly session: components["schemas"]["LoginSession"];
            /**
             * Format: date-time
             * @description When it was said; replayed: when it happened.
             */
            readonly timestamp: string;
            /** @constant */
            readonly type: "session:new";
            /** @description The user who is told. */
            readonly user_id: components["schemas"]["UserId"];
        };
        /** @description Every conversation has reached the head that it had at `hello`. */
        readonly EventSyncComplete: {
            /**
             * Format: date-time
             * @description When it was said; replayed: when it happened.
             */
            readonly timestamp: string;
            /** @constant */
            readonly type: "sync:complete";
        };
        /** @description Someone is writing. */
        readonly EventTypingStarted: {
            /** @description The conversation that they write in. */
            readonly conversation_id: components["schemas"]["ConversationId"];
            /** @description What others see of them. */
            readonly display_name: string;
            /** @description Always true. */
            readonly is_typing: boolean;
            /**
             * Format: date-time
             * @description When it was said; replayed: when it happened.
             */
            readonly timestamp: string;
            /** @constant */
            readonly type: "typing:started";
            /** @description Who writes. */
            readonly user_id: components["schemas"]["UserId"];
        };
        /** @description Someone stopped writing. */
        readonly EventTypingStopped: {
            /** @description The conversation that they wrote in. */
            readonly conversation_id: components["schemas"]["ConversationId"];
            /** @description What others see of them. */
            readonly display_name: string;
            /** @description Always false. */
            readonly is_typing: boolean;
            /**
             * Format: date-time
             * @description When it was said; replayed: when it happened.
             */
            readonly timestamp: string;
            /** @constant */
            readonly type: "typing:stopped";
            /** @description Who wrote. */
            readonly user_id: components["schemas"]["UserId"];
        };
        /** @description An own upload is complete. */
        readonly EventUploadCompleted: {
            /**
             * Format: date-time
             * @description When it was said; replayed: when it happened.
             */
            readonly timestamp: string;
            /** @constant */
            readonly type: "upload:completed";
            /** @description The file. */
            readonly upload: components["schemas"]["Upload"];
            /** @description The user who is told. */
            readonly user_id: components["schemas"]["UserId"];
        };
        /** @description This device has everything of a conversation up to a revision. */
        readonly FrameAck: {
            /** @description The conversation. */
            readonly conversation_id: components["schemas"]["ConversationId"];
            /** @description Comes back in the answer. */
            readonly id?: components["schemas"]["FrameId"];
            /**
             * Format: int64
             * @description This device has everything up to here.
             */
            readonly revision: number;
            /** @enum {unknown} */
            readonly type: "ack";
        };
        /** @description Authenticate, or renew the token. */
        readonly FrameAuth: {
            /** @description Comes back in the answer. */
            readonly id?: components["schemas"]["FrameId"];
            /** @description `client`: a `sync` frame with the client's own positions follows. */
            readonly resume?: string | null;
            /** @description An access token, with or without `Bearer `. */
            readonly token: string;
            /** @enum {unknown} */
            readonly type: "auth";
        };
        /** @description Answer an offer; accepts the call. */
        readonly FrameCallAnswer: {
            /** @description The call. */
            readonly call_id: components["schemas"]["CallId"];
            /**
             * @description Relayed untouched: a text, or an object. At most 64 KiB of JSON. What is named `sdp` instead is
             *     the same; an object that is named `candidate` is relayed as its JSON text.
             */
            readonly data: unknown;
            /** @description Comes back in the answer. */
            readonly id?: components["schemas"]["FrameId"];
            /** @description For which of their devices, while none has answered; all of them if absent. */
            readonly to_device_id?: string | null;
            /** @description For whom of those in it. */
            readonly to_id: components["schemas"]["UserId"];
            /** @enum {unknown} */
            readonly type: "call:answer";
        };
        /** @description Do not take a call. */
        readonly FrameCallDecline: {
            /** @description The call. */
            readonly call_id: components["schemas"]["CallId"];
            /** @description Comes back in the answer. */
            readonly id?: components["schemas"]["FrameId"];
            readonly reason?: components["schemas"]["CallDecline"] | null;
            /** @enum {unknown} */
            readonly type: "call:decline";
        };
        /** @description End a call. */
        readonly FrameCallEnd: {
            /** @description The call. */
            readonly call_id: components["schemas"]["CallId"];
            /** @description Comes back in the answer. */
            readonly id?: components["schemas"]["FrameId"];
            readonly reason?: components["schemas"]["CallEndReason"] | null;
            /** @enum {unknown} */
            readonly type: "call:end";
        };
        /** @description Name a way to connect. */
        readonly FrameCallIce: {
            /** @description The call. */
            readonly call_id: components["schemas"]["CallId"];
            /**
             * @description Relayed untouched: a text, or an object. At most 64 KiB of JSON. What is named `sdp` instead is
             *     the same; an object that is named `candidate` is relayed as its JSON text.
             */
            readonly data: unknown;
            /** @description Comes back in the answer. */
            readonly id?: components["schemas"]["FrameId"];
            /** @description For which of their devices, while none has answered; all of them if absent. */
            readonly to_device_id?: string | null;
            /** @description For whom of those in it. */
            readonly to_id: components["schemas"]["UserId"];
            /** @enum {unknown} */
            readonly type: "call:ice";
        };
        /** @description Offer a connection in a call. */
        readonly FrameCallOffer: {
            /** @description The call. */
            readonly call_id: components["schemas"]["CallId"];
            /**
             * @description Relayed untouched: a text, or an object. At most 64 KiB of JSON. What is named `sdp` instead is
             *     the same; an object that is named `candidate` is relayed as its JSON text.
             */
            readonly data: unknown;
            /** @description Comes back in the answer. */
            readonly id?: components["schemas"]["FrameId"];
            /** @description For which of their devices, while none has answered; all of them if absent. */
            readonly to_device_id?: string | null;
            /** @description For whom of those in it. */
            readonly to_id: components["schemas"]["UserId"];
            /** @enum {unknown} */
            readonly type: "call:offer";
        };
        /** @description Send ciphertext to some devices, as `POST /v1/conversations/:id/control` does. */
        readonly FrameControlSend: {
            /** @description One for each device that is to get one; others need none. */
            readonly ciphertexts: readonly components["schemas"]["Ciphertext"][];
            /** @description The client's id for it: unique per device and conversation among control messages, for ever. */
            readonly client_message_id?: string | null;
            /** @description Where to. */
            readonly conversation_id: components["schemas"]["ConversationId"];
            /** @description Comes back in the answer. */
            readonly id?: components["schemas"]["FrameId"];
            /** @enum {unknown} */
            readonly type: "control:send";
            /** @description Whether named devices without a socket are woken, as they are for a message. */
            readonly urgent?: boolean;
        };
        /** @description Mark a message and all before it delivered. */
        readonly FrameMessageDelivered: {
            /** @description Comes back in the answer. */
            readonly id?: components["schemas"]["FrameId"];
            /** @description This message and all before it. */
            readonly message_id: components["schemas"]["MessageId"];
            /** @enum {unknown} */
            readonly type: "message:delivered";
        };
        /** @description Mark a message and all before it read. */
        readonly FrameMessageRead: {
            /** @description Comes back in the answer. */
            readonly id?: components["schemas"]["FrameId"];
            /** @description This message and all before it. */
            readonly message_id: components["schemas"]["MessageId"];
            /** @enum {unknown} */
            readonly type: "message:read" | "read";
        };
        /** @description Send a message, as `POST /v1/messages` does. */
        readonly FrameMessageSend: {
            /** @description Completed uploads of the sender. */
            readonly attachments?: readonly components["schemas"]["UploadId"][];
            /** @description One for each device that must get one, the sending device excepted; one for that is ignored. */
            readonly ciphertexts?: readonly components["schemas"]["Ciphertext"][];
            /** @description The client's id for it: unique per device and conversation for ever. */
            readonly client_message_id?: string | null;
            /** @description Where to. */
            readonly conversation_id: components["schemas"]["ConversationId"];
            /**
             * Format: int64
             * @description Seconds until its content is gone; at most a year.
             */
            readonly expires_in?: number | null;
            /** @description Header of the shared body. */
            readonly header?: unknown;
            /** @description Comes back in the answer. */
            readonly id?: components["schemas"]["FrameId"];
            /** @description Unique per user for 24 h; looked at only without `client_message_id`. */
            readonly idempotency_key?: string | null;
            /** @description Participants who are mentioned. */
            readonly mentions?: readonly components["schemas"]["UserId"][];
            readonly message_type?: components["schemas"]["MessageType"] | null;
            /** @description Any JSON of at most 4 KiB, not encrypted. */
            readonly metadata?: unknown;
            readonly poll?: components["schemas"]["NewPoll"] | null;
            readonly reply_to_message_id?: components["schemas"]["MessageId"] | null;
            /**
             * Format: int64
             * @description The roster that the shared body was encrypted for.
             */
            readonly roster_version?: number | null;
            readonly shared_ciphertext?: components["schemas"]["Base64"] | null;
            /** @enum {unknown} */
            readonly type: "message:send";
        };
        /** @description Ask for a `pong`. */
        readonly FramePing: {
            /** @description Comes back in the answer. */
            readonly id?: components["schemas"]["FrameId"];
            /** @enum {unknown} */
            readonly type: "ping";
        };
        /** @description Not looking. */
        readonly FramePresenceAway: {
            /** @description Comes back in the answer. */
            readonly id?: components["schemas"]["FrameId"];
            readonly status?: components["schemas"]["Availability"] | null;
            /** @enum {unknown} */
            readonly type: "presence:away";
        };
        /** @description Not to be disturbed. */
        readonly FramePresenceBusy: {
            /** @description Comes back in the answer. */
            readonly id?: components["schemas"]["FrameId"];
            readonly status?: components["schemas"]["Availability"] | null;
            /** @enum {unknown} */
            readonly type: "presence:busy";
        };
        /** @description Here. */
        readonly FramePresenceOnline: {
            /** @description Comes back in the answer. */
            readonly id?: components["schemas"]["FrameId"];
            readonly status?: components["schemas"]["Availability"] | null;
            /** @enum {unknown} */
            readonly type: "presence:online";
        };
        /** @description The client's own positions, right after connecting with `resume=client`. */
        readonly FrameSync: {
            /** @description The client's own positions. */
            readonly cursors: {
                readonly [key: string]: number;
            };
            /** @description Comes back in the answer. */
            readonly id?: components["schemas"]["FrameId"];
            /** @enum {unknown} */
            readonly type: "sync";
        };
        /** @description Started writing. */
        readonly FrameTypingStarted: {
            /** @description The conversation that is written in. */
            readonly conversation_id: components["schemas"]["ConversationId"];
            /** @description Comes back in the answer. */
            readonly id?: components["schemas"]["FrameId"];
            /** @enum {unknown} */
            readonly type: "typing:started" | "typing:start";
        };
        /** @description Stopped writing. */
        readonly FrameTypingStopped: {
            /** @description The conversation that is written in. */
            readonly conversation_id: components["schemas"]["ConversationId"];
            /** @description Comes back in the answer. */
            readonly id?: components["schemas"]["FrameId"];
            /** @enum {unknown} */
            readonly type: "typing:stopped" | "typing:stop";
        };
    };
    responses: never;
    parameters: never;
    requestBodies: never;
    headers: never;
    pathItems: never;
}
export type $defs = Record<string, never>;
export type operations = Record<string, never>;

/** What the server says on a socket. */
export type ServerEvent =
  | components["schemas"]["EventAccountChanged"]
  | components["schemas"]["EventAuthExpiring"]
  | components["schemas"]["EventAuthOk"]
  | components["schemas"]["EventCallAccepted"]
  | components["schemas"]["EventCallAnswer"]
  | components["schemas"]["EventCallAnsweredElsewhere"]
  | components["schemas"]["EventCallDeclined"]
  | components["schemas"]["EventCallEnded"]
  | components["schemas"]["EventCallIce"]
  | components["schemas"]["EventCallIncoming"]
  | components["schemas"]["EventCallOffer"]
  | components["schemas"]["EventCallParticipant"]
  | components["schemas"]["EventContactUpdated"]
  | components["schemas"]["EventConversationCreated"]
  | components["schemas"]["EventConversationDeleted"]
  | components["schemas"]["EventConversationRead"]
  | components["schemas"]["EventConversationUpdated"]
  | components["schemas"]["EventDeviceAdded"]
  | components["schemas"]["EventDeviceRemoved"]
  | components["schemas"]["EventError"]
  | components["schemas"]["EventHello"]
  | components["schemas"]["EventIdentityChanged"]
  | components["schemas"]["EventMessageControl"]
  | components["schemas"]["EventMessageDeleted"]
  | components["schemas"]["EventMessageDelivered"]
  | components["schemas"]["EventMessageExpired"]
  | components["schemas"]["EventMessageNew"]
  | components["schemas"]["EventMessagePinned"]
  | components["schemas"]["EventMessageReaction"]
  | components["schemas"]["EventMessageRead"]
  | components["schemas"]["EventMessageUpdated"]
  | components["schemas"]["EventOk"]
  | components["schemas"]["EventParticipantAdded"]
  | components["schemas"]["EventParticipantRemoved"]
  | components["schemas"]["EventParticipantRole"]
  | components["schemas"]["EventPollUpdated"]
  | components["schemas"]["EventPong"]
  | components["schemas"]["EventPrekeysLow"]
  | components["schemas"]["EventPresenceOffline"]
  | components["schemas"]["EventPresenceOnline"]
  | components["schemas"]["EventRevision"]
  | components["schemas"]["EventServerDraining"]
  | components["schemas"]["EventSessionNew"]
  | components["schemas"]["EventSyncComplete"]
  | components["schemas"]["EventTypingStarted"]
  | components["schemas"]["EventTypingStopped"]
  | components["schemas"]["EventUploadCompleted"];

/** What a client says on a socket. */
export type ClientFrame =
  | components["schemas"]["FrameAck"]
  | components["schemas"]["FrameAuth"]
  | components["schemas"]["FrameCallAnswer"]
  | components["schemas"]["FrameCallDecline"]
  | components["schemas"]["FrameCallEnd"]
  | components["schemas"]["FrameCallIce"]
  | components["schemas"]["FrameCallOffer"]
  | components["schemas"]["FrameControlSend"]
  | components["schemas"]["FrameMessageDelivered"]
  | components["schemas"]["FrameMessageRead"]
  | components["schemas"]["FrameMessageSend"]
  | components["schemas"]["FramePing"]
  | components["schemas"]["FramePresenceAway"]
  | components["schemas"]["FramePresenceBusy"]
  | components["schemas"]["FramePresenceOnline"]
  | components["schemas"]["FrameSync"]
  | components["schemas"]["FrameTypingStarted"]
  | components["schemas"]["FrameTypingStopped"];
