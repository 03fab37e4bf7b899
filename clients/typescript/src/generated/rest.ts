// Made by `npm run generate` from the server's documents; changes here are lost.

export interface paths {
    readonly "/asyncapi.json": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /**
         * The document of the WebSocket: every event and every frame, as AsyncAPI 3.0.
         * @description The document of the WebSocket: every event and every frame, as AsyncAPI 3.0.
         *
         *     Anybody may ask, without a token.
         */
        readonly get: operations["ops_asyncapi"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/docs": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /**
         * A page to read the API document and to try it (Swagger UI).
         * @description A page to read the API document and to try it (Swagger UI).
         *
         *     Its files are inside the binary. It alone gets a policy that lets a page run scripts, its own. Beside it are the guides, `/docs/protocol` first, as pages without scripts.
         *
         *     Anybody may ask, without a token.
         */
        readonly get: operations["ops_docs"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/docs/{file}": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /**
         * A page to read the API document and to try it (Swagger UI).
         * @description A page to read the API document and to try it (Swagger UI).
         *
         *     Its files are inside the binary. It alone gets a policy that lets a page run scripts, its own. Beside it are the guides, `/docs/protocol` first, as pages without scripts.
         *
         *     Anybody may ask, without a token.
         */
        readonly get: operations["ops_file"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/goroutines": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /**
         * How much is alive in the process: tasks, connections, actors. Bare, without envelope.
         * @description How much is alive in the process: tasks, connections, actors. Bare, without envelope.
         *
         *     Anybody may ask, without a token.
         */
        readonly get: operations["ops_goroutines"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/health": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /**
         * The database answers.
         * @description The database answers.
         *
         *     Anybody may ask, without a token.
         */
        readonly get: operations["ops_health"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/livez": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /**
         * The process lives. A supervisor that gets no answer restarts it.
         * @description The process lives. A supervisor that gets no answer restarts it.
         *
         *     Anybody may ask, without a token.
         */
        readonly get: operations["ops_livez"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/metrics": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /**
         * What Prometheus collects: requests, what is alive, the process. Text, without envelope.
         * @description What Prometheus collects: requests, what is alive, the process. Text, without envelope.
         *
         *     Anybody may ask, without a token.
         */
        readonly get: operations["ops_metrics"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/openapi.json": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /**
         * This document: every operation of the server, as OpenAPI 3.1.
         * @description This document: every operation of the server, as OpenAPI 3.1.
         *
         *     Anybody may ask, without a token.
         */
        readonly get: operations["ops_openapi"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/ping": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /**
         * Answers.
         * @description Answers.
         *
         *     Anybody may ask, without a token.
         */
        readonly get: operations["ops_ping"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/ready": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /**
         * Requests may be sent here. A load balancer asks; one that sends reads elsewhere than writes asks `?for=reads`.
         * @description Requests may be sent here. A load balancer asks; one that sends reads elsewhere than writes asks `?for=reads`.
         *
         *     Anybody may ask, without a token.
         */
        readonly get: operations["ops_ready"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/v1/auth/email/undo": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get?: never;
        readonly put?: never;
        /**
         * Gives an account the e-mail address and password from before a change, by means of the token that was mailed to that address.
         * @description Gives an account the e-mail address and password from before a change, by means of the token that was mailed to that address.
         *
         *     Anybody may ask, without a token.
         */
        readonly post: operations["auth_undo_email"];
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/v1/auth/login": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get?: never;
        readonly put?: never;
        /**
         * Signs a device in; an earlier login session of the device ends.
         * @description Signs a device in; an earlier login session of the device ends.
         *
         *     Anybody may ask, without a token.
         */
        readonly post: operations["auth_login"];
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/v1/auth/logout": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get?: never;
        readonly put?: never;
        /**
         * Ends one of the caller's login sessions, the present one unless named.
         * @description Ends one of the caller's login sessions, the present one unless named.
         *
         *     Needs an access token.
         */
        readonly post: operations["auth_logout"];
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/v1/auth/logout-all": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get?: never;
        readonly put?: never;
        /**
         * Ends all of the caller's login sessions, the present one included.
         * @description Ends all of the caller's login sessions, the present one included.
         *
         *     Needs an access token.
         */
        readonly post: operations["auth_logout_all"];
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/v1/auth/password/change": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get?: never;
        readonly put?: never;
        /**
         * Replaces the caller's password.
         * @description Replaces the caller's password.
         *
         *     Needs an access token.
         */
        readonly post: operations["auth_change_password"];
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/v1/auth/password/forgot": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get?: never;
        readonly put?: never;
        /**
         * Has a reset token mailed to the account, if there is one.
         * @description Has a reset token mailed to the account, if there is one.
         *
         *     Anybody may ask, without a token.
         */
        readonly post: operations["auth_forgot_password"];
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/v1/auth/password/reset": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get?: never;
        readonly put?: never;
        /**
         * Replaces a password by means of a mailed token.
         * @description Replaces a password by means of a mailed token.
         *
         *     Anybody may ask, without a token.
         */
        readonly post: operations["auth_reset_password"];
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/v1/auth/reauthenticate": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get?: never;
        readonly put?: never;
        /**
         * Gives the password again, so that this login session may do what a token alone may not.
         * @description Gives the password again, so that this login session may do what a token alone may not.
         *
         *     Needs an access token.
         */
        readonly post: operations["auth_reauthenticate"];
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/v1/auth/refresh": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get?: never;
        readonly put?: never;
        /**
         * Exchanges a refresh token for new tokens.
         * @description Exchanges a refresh token for new tokens.
         *
         *     Anybody may ask, without a token.
         */
        readonly post: operations["auth_refresh"];
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/v1/auth/register": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get?: never;
        readonly put?: never;
        /**
         * Makes an account and signs its first device in.
         * @description Makes an account and signs its first device in.
         *
         *     Anybody may ask, without a token.
         */
        readonly post: operations["auth_register"];
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/v1/auth/sessions": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /**
         * The caller's live login sessions, newest first.
         * @description The caller's live login sessions, newest first.
         *
         *     Needs an access token.
         */
        readonly get: operations["auth_list_sessions"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/v1/broadcasts": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /**
         * A page of the caller's lists, oldest first.
         * @description A page of the caller's lists, oldest first.
         *
         *     Needs an access token.
         */
        readonly get: operations["broadcasts_list_broadcasts"];
        readonly put?: never;
        /**
         * Makes a broadcast list.
         * @description Makes a broadcast list.
         *
         *     Needs an access token.
         */
        readonly post: operations["broadcasts_create_broadcast"];
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/v1/broadcasts/search": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /**
         * A page of the caller's lists whose name contains a text, in any letter case.
         * @description A page of the caller's lists whose name contains a text, in any letter case.
         *
         *     Needs an access token.
         */
        readonly get: operations["broadcasts_search_broadcasts"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/v1/broadcasts/{id}": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /**
         * A list of the caller.
         * @description A list of the caller.
         *
         *     Needs an access token.
         */
        readonly get: operations["broadcasts_get_broadcast"];
        /**
         * Changes a list's name or description; what is absent stays.
         * @description Changes a list's name or description; what is absent stays.
         *
         *     Needs an access token.
         */
        readonly put: operations["broadcasts_update_broadcast"];
        readonly post?: never;
        /**
         * Deletes a list. What was sent through it stays.
         * @description Deletes a list. What was sent through it stays.
         *
         *     Needs an access token.
         */
        readonly delete: operations["broadcasts_delete_broadcast"];
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/v1/broadcasts/{id}/messages": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get?: never;
        readonly put?: never;
        /**
         * Writes one message to each recipient, into the direct conversation with them, which is made if there is none. Recipients do not see each other.
         * @description Writes one message to each recipient, into the direct conversation with them, which is made if there is none. Recipients do not see each other.
         *
         *     Needs an access token.
         */
        readonly post: operations["broadcasts_send_broadcast"];
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/v1/broadcasts/{id}/recipients": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /**
         * A page of a list's recipients, in the order in which they were added.
         * @description A page of a list's recipients, in the order in which they were added.
         *
         *     Needs an access token.
         */
        readonly get: operations["broadcasts_list_recipients"];
        readonly put?: never;
        /**
         * Puts somebody on a list.
         * @description Puts somebody on a list.
         *
         *     Needs an access token.
         */
        readonly post: operations["broadcasts_add_recipient"];
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/v1/broadcasts/{id}/recipients/bulk": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get?: never;
        readonly put?: never;
        /**
         * Puts many on a list; `skipped` names those who cannot be, and why.
         * @description Puts many on a list; `skipped` names those who cannot be, and why.
         *
         *     Needs an access token.
         */
        readonly post: operations["broadcasts_add_recipients"];
        /**
         * Takes many off a list; `skipped` names those who were not on it.
         * @description Takes many off a list; `skipped` names those who were not on it.
         *
         *     Needs an access token.
         */
        readonly delete: operations["broadcasts_remove_recipients"];
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/v1/broadcasts/{id}/recipients/count": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /**
         * How many recipients a list has.
         * @description How many recipients a list has.
         *
         *     Needs an access token.
         */
        readonly get: operations["broadcasts_count_recipients"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/v1/broadcasts/{id}/recipients/{user_id}": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /**
         * Whether somebody is on a list.
         * @description Whether somebody is on a list.
         *
         *     Needs an access token.
         */
        readonly get: operations["broadcasts_check_recipient"];
        readonly put?: never;
        readonly post?: never;
        /**
         * Takes somebody off a list.
         * @description Takes somebody off a list.
         *
         *     Needs an access token.
         */
        readonly delete: operations["broadcasts_remove_recipient"];
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/v1/calls": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /**
         * A page of the calls of one of the caller's conversations, newest first.
         * @description A page of the calls of one of the caller's conversations, newest first.
         *
         *     Needs an access token.
         */
        readonly get: operations["calls_list_calls"];
        readonly put?: never;
        /**
         * Makes a call. In a DM every device of the other side rings; in a group others are asked afterwards.
         * @description Makes a call. In a DM every device of the other side rings; in a group others are asked afterwards.
         *
         *     Needs an access token.
         */
        readonly post: operations["calls_create_call"];
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/v1/calls/active": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /**
         * A page of the live calls of the caller's conversations, newest first.
         * @description A page of the live calls of the caller's conversations, newest first.
         *
         *     Needs an access token.
         */
        readonly get: operations["calls_list_active_calls"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/v1/calls/ice-servers": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /**
         * Servers that help devices to reach each other, with credentials for those that relay.
         * @description Servers that help devices to reach each other, with credentials for those that relay.
         *
         *     Needs an access token.
         */
        readonly get: operations["calls_get_ice_servers"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/v1/calls/missed": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /**
         * A page of the calls that the caller has missed, newest first.
         * @description A page of the calls that the caller has missed, newest first.
         *
         *     Needs an access token.
         */
        readonly get: operations["calls_list_missed_calls"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/v1/calls/quality": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /**
         * A page of what was measured in a call, oldest first.
         * @description A page of what was measured in a call, oldest first.
         *
         *     Needs an access token.
         */
        readonly get: operations["calls_list_quality"];
        readonly put?: never;
        /**
         * Keeps what the caller's client has measured in a call.
         * @description Keeps what the caller's client has measured in a call.
         *
         *     Needs an access token.
         */
        readonly post: operations["calls_record_quality"];
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/v1/calls/quality/average": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /**
         * The averages of what was measured in a call.
         * @description The averages of what was measured in a call.
         *
         *     Needs an access token.
         */
        readonly get: operations["calls_average_quality"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/v1/calls/quality/user": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /**
         * A page of what the caller's clients have measured, oldest first.
         * @description A page of what the caller's clients have measured, oldest first.
         *
         *     Needs an access token.
         */
        readonly get: operations["calls_list_own_quality"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/v1/calls/user": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /**
         * A page of the calls that the caller is or was in, newest first.
         * @description A page of the calls that the caller is or was in, newest first.
         *
         *     Needs an access token.
         */
        readonly get: operations["calls_list_own_calls"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/v1/calls/{id}": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /**
         * A call of one of the caller's conversations.
         * @description A call of one of the caller's conversations.
         *
         *     Needs an access token.
         */
        readonly get: operations["calls_get_call"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/v1/calls/{id}/connected": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get?: never;
        readonly put?: never;
        /**
         * Says that media flow: from now on the call is `CONNECTED`. Of somebody who is asked it is the answer: the first device wins.
         * @description Says that media flow: from now on the call is `CONNECTED`. Of somebody who is asked it is the answer: the first device wins.
         *
         *     Needs an access token.
         */
        readonly post: operations["calls_mark_connected"];
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/v1/calls/{id}/duration": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /**
         * How long a call was connected.
         * @description How long a call was connected.
         *
         *     Needs an access token.
         */
        readonly get: operations["calls_get_duration"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/v1/calls/{id}/end": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get?: never;
        readonly put?: never;
        /**
         * Ends a call for everybody: anybody in a DM, in a group whoever made it, and once they have left, whoever of those in it has been there longest.
         * @description Ends a call for everybody: anybody in a DM, in a group whoever made it, and once they have left, whoever of those in it has been there longest.
         *
         *     Needs an access token.
         */
        readonly post: operations["calls_end_call"];
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/v1/calls/{id}/participants": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /**
         * Everybody who is or was in a call.
         * @description Everybody who is or was in a call.
         *
         *     Needs an access token.
         */
        readonly get: operations["calls_list_call_participants"];
        readonly put?: never;
        /**
         * Asks somebody to a call: their devices ring.
         * @description Asks somebody to a call: their devices ring.
         *
         *     Needs an access token.
         */
        readonly post: operations["calls_add_call_participant"];
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/v1/calls/{id}/participants/{user_id}": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get?: never;
        readonly put?: never;
        readonly post?: never;
        /**
         * Takes somebody out of a call; oneself: leaves it.
         * @description Takes somebody out of a call; oneself: leaves it.
         *
         *     Needs an access token.
         */
        readonly delete: operations["calls_remove_call_participant"];
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/v1/calls/{id}/participants/{user_id}/mute": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get?: never;
        /**
         * Says whether somebody is heard and seen. Whoever made the call may mute others, but not unmute them.
         * @description Says whether somebody is heard and seen. Whoever made the call may mute others, but not unmute them.
         *
         *     Needs an access token.
         */
        readonly put: operations["calls_mute_participant"];
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/v1/calls/{id}/participants/{user_id}/status": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get?: never;
        /**
         * Accepts a call (`JOINED`; the first device wins), declines it (`DECLINED`, `BUSY`) or leaves it (`LEFT`).
         * @description Accepts a call (`JOINED`; the first device wins), declines it (`DECLINED`, `BUSY`) or leaves it (`LEFT`).
         *
         *     Needs an access token.
         */
        readonly put: operations["calls_update_call_status"];
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/v1/conversations": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /**
         * A page of the caller's conversations: pinned first, then by last message.
         * @description A page of the caller's conversations: pinned first, then by last message.
         *
         *     Needs an access token.
         */
        readonly get: operations["conversations_list_conversations"];
        readonly put?: never;
        /**
         * Opens a group, or a DM unless the pair has one.
         * @description Opens a group, or a DM unless the pair has one.
         *
         *     Needs an access token.
         */
        readonly post: operations["conversations_create_conversation"];
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/v1/conversations/direct": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /**
         * The DM of the caller with someone.
         * @description The DM of the caller with someone.
         *
         *     Needs an access token.
         */
        readonly get: operations["conversations_get_direct_conversation"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/v1/conversations/invite": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /**
         * The group that an invite link, or its code, leads to.
         * @description The group that an invite link, or its code, leads to.
         *
         *     Needs an access token.
         */
        readonly get: operations["conversations_get_invited"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/v1/conversations/join": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get?: never;
        readonly put?: never;
        /**
         * Joins the group that an invite link, or its code, leads to.
         * @description Joins the group that an invite link, or its code, leads to.
         *
         *     Needs an access token.
         */
        readonly post: operations["conversations_join_conversation"];
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/v1/conversations/search": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /**
         * A page of the caller's groups with a text in their name, and of DMs with somebody who has it in theirs.
         * @description A page of the caller's groups with a text in their name, and of DMs with somebody who has it in theirs.
         *
         *     Needs an access token.
         */
        readonly get: operations["conversations_search_conversations"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/v1/conversations/type": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /**
         * A page of the caller's DMs, or of their groups.
         * @description A page of the caller's DMs, or of their groups.
         *
         *     Needs an access token.
         */
        readonly get: operations["conversations_list_conversations_of_type"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/v1/conversations/{id}": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /**
         * One of the caller's conversations.
         * @description One of the caller's conversations.
         *
         *     Needs an access token.
         */
        readonly get: operations["conversations_get_conversation"];
        /**
         * Changes what a conversation is called, looks like and allows: an absent field stays, `null` clears.
         * @description Changes what a conversation is called, looks like and allows: an absent field stays, `null` clears.
         *
         *     Needs an access token.
         */
        readonly put: operations["conversations_update_conversation"];
        readonly post?: never;
        /**
         * Deletes a group for everybody; hides and clears a DM for the caller.
         * @description Deletes a group for everybody; hides and clears a DM for the caller.
         *
         *     Needs an access token.
         */
        readonly delete: operations["conversations_delete_conversation"];
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/v1/conversations/{id}/archive": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get?: never;
        readonly put?: never;
        /**
         * Takes the conversation out of the caller's lists but for those of archived ones.
         * @description Takes the conversation out of the caller's lists but for those of archived ones.
         *
         *     Needs an access token.
         */
        readonly post: operations["conversations_archive_conversation"];
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/v1/conversations/{id}/bans": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /**
         * A page of those who are banned from a group, the one banned last first.
         * @description A page of those who are banned from a group, the one banned last first.
         *
         *     Needs an access token.
         */
        readonly get: operations["conversations_list_bans"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/v1/conversations/{id}/control": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get?: never;
        readonly put?: never;
        /**
         * Sends ciphertext to some devices of the participants: it has a revision but no message number, and counts nowhere.
         * @description Sends ciphertext to some devices of the participants: it has a revision but no message number, and counts nowhere.
         *
         *     Resend requests, resets of sessions and late sender keys travel in it. Devices that are not named get the bare `revision`. Where only admins may write, others may name admins' and their own devices.
         *
         *     Needs an access token.
         */
        readonly post: operations["conversations_send_control"];
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/v1/conversations/{id}/invite": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get?: never;
        readonly put?: never;
        /**
         * Makes a new invite link; the one before leads nowhere.
         * @description Makes a new invite link; the one before leads nowhere.
         *
         *     Needs an access token.
         */
        readonly post: operations["conversations_renew_invite"];
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/v1/conversations/{id}/leave": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get?: never;
        readonly put?: never;
        /**
         * Leaves a group; its only owner hands it over.
         * @description Leaves a group; its only owner hands it over.
         *
         *     Needs an access token.
         */
        readonly post: operations["conversations_leave_conversation"];
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/v1/conversations/{id}/mute": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get?: never;
        readonly put?: never;
        /**
         * No notifications for the caller, until a time or for ever.
         * @description No notifications for the caller, until a time or for ever.
         *
         *     Needs an access token.
         */
        readonly post: operations["conversations_mute_conversation"];
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/v1/conversations/{id}/participants": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /**
         * Who takes part, with the devices to encrypt to.
         * @description Who takes part, with the devices to encrypt to.
         *
         *     Needs an access token.
         */
        readonly get: operations["conversations_list_participants"];
        readonly put?: never;
        /**
         * Puts someone into a group.
         * @description Puts someone into a group.
         *
         *     Needs an access token.
         */
        readonly post: operations["conversations_add_participant"];
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/v1/conversations/{id}/participants/{user_id}": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get?: never;
        readonly put?: never;
        readonly post?: never;
        /**
         * Takes someone out of a group, whose invite code is another one then; oneself: leaves it.
         * @description Takes someone out of a group, whose invite code is another one then; oneself: leaves it.
         *
         *     Needs an access token.
         */
        readonly delete: operations["conversations_remove_participant"];
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/v1/conversations/{id}/participants/{user_id}/ban": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get?: never;
        readonly put?: never;
        /**
         * Keeps somebody out of a group: a member is removed, and nobody who is banned can be added or join by a code.
         * @description Keeps somebody out of a group: a member is removed, and nobody who is banned can be added or join by a code.
         *
         *     Needs an access token.
         */
        readonly post: operations["conversations_ban_participant"];
        /**
         * Lets somebody be added or join again.
         * @description Lets somebody be added or join again.
         *
         *     Needs an access token.
         */
        readonly delete: operations["conversations_unban_participant"];
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/v1/conversations/{id}/participants/{user_id}/role": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get?: never;
        /**
         * Gives someone another rank.
         * @description Gives someone another rank.
         *
         *     Needs an access token.
         */
        readonly put: operations["conversations_update_role"];
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/v1/conversations/{id}/pin": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get?: never;
        readonly put?: never;
        /**
         * Keeps the conversation above the others in the caller's lists.
         * @description Keeps the conversation above the others in the caller's lists.
         *
         *     Needs an access token.
         */
        readonly post: operations["conversations_pin_conversation"];
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/v1/conversations/{id}/pins": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /**
         * A page of a conversation's pinned messages, the one pinned last first.
         * @description A page of a conversation's pinned messages, the one pinned last first.
         *
         *     Needs an access token.
         */
        readonly get: operations["conversations_list_pins"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/v1/conversations/{id}/read": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get?: never;
        readonly put?: never;
        /**
         * Marks everything up to a message number read.
         * @description Marks everything up to a message number read.
         *
         *     Needs an access token.
         */
        readonly post: operations["conversations_mark_read"];
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/v1/conversations/{id}/read-sequence": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get?: never;
        readonly put?: never;
        /**
         * Marks everything up to a message number read.
         * @description Marks everything up to a message number read.
         *
         *     Needs an access token.
         */
        readonly post: operations["conversations_mark_read_alias"];
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/v1/conversations/{id}/sequence": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /**
         * The highest message number given.
         * @description The highest message number given.
         *
         *     Needs an access token.
         */
        readonly get: operations["conversations_get_sequence"];
        readonly put?: never;
        /**
         * Takes the next message number; no message will have it.
         * @description Takes the next message number; no message will have it.
         *
         *     Needs an access token.
         */
        readonly post: operations["conversations_reserve_sequence"];
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/v1/conversations/{id}/transfer": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get?: never;
        readonly put?: never;
        /**
         * Makes another participant the owner; the caller stays as an admin.
         * @description Makes another participant the owner; the caller stays as an admin.
         *
         *     Needs an access token.
         */
        readonly post: operations["conversations_transfer_conversation"];
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/v1/conversations/{id}/unarchive": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get?: never;
        readonly put?: never;
        /**
         * Puts the conversation back into the caller's lists.
         * @description Puts the conversation back into the caller's lists.
         *
         *     Needs an access token.
         */
        readonly post: operations["conversations_unarchive_conversation"];
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/v1/conversations/{id}/unmute": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get?: never;
        readonly put?: never;
        /**
         * Notifies the caller again.
         * @description Notifies the caller again.
         *
         *     Needs an access token.
         */
        readonly post: operations["conversations_unmute_conversation"];
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/v1/conversations/{id}/unpin": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get?: never;
        readonly put?: never;
        /**
         * Sorts the conversation by its last message again.
         * @description Sorts the conversation by its last message again.
         *
         *     Needs an access token.
         */
        readonly post: operations["conversations_unpin_conversation"];
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/v1/encryption/backup": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /**
         * The caller's encrypted key backup.
         * @description The caller's encrypted key backup.
         *
         *     Needs an access token.
         */
        readonly get: operations["encryption_get_backup"];
        readonly put?: never;
        /**
         * Keeps the caller's encrypted key backup in place of the one from before.
         * @description Keeps the caller's encrypted key backup in place of the one from before.
         *
         *     Needs an access token.
         */
        readonly post: operations["encryption_store_backup"];
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/v1/encryption/bundles": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /**
         * What is needed to start a session with a device, or with all active devices of a user (`{"bundles":[…]}`).
         * @description What is needed to start a session with a device, or with all active devices of a user (`{"bundles":[…]}`).
         *
         *     A one-time prekey is taken for each bundle; without any left, or past the limit of 6 at once and one per 10 minutes, the bundle has none. There is no HEAD: it would use up a key.
         *
         *     Needs an access token.
         */
        readonly get: operations["encryption_get_bundles"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/v1/encryption/identity": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /**
         * The active identity key of a device; the calling one if none is named.
         * @description The active identity key of a device; the calling one if none is named.
         *
         *     Needs an access token.
         */
        readonly get: operations["encryption_get_identity"];
        readonly put?: never;
        /**
         * Makes a key the identity of one of the caller's devices.
         * @description Makes a key the identity of one of the caller's devices.
         *
         *     Another key than before is a rotation: the prekeys and everything encrypted for the device go, it leaves the rosters, and everyone who shares a conversation is told `identity:changed`.
         *
         *     Needs an access token.
         */
        readonly post: operations["encryption_upload_identity"];
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/v1/encryption/identity/{id}": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get?: never;
        readonly put?: never;
        readonly post?: never;
        /**
         * Deletes an identity key; if it is the active one, its prekeys too, and its device leaves the rosters.
         * @description Deletes an identity key; if it is the active one, its prekeys too, and its device leaves the rosters.
         *
         *     Needs an access token.
         */
        readonly delete: operations["encryption_delete_identity"];
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/v1/encryption/identity/{id}/deactivate": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get?: never;
        /**
         * Takes an identity key out of use; its device leaves the rosters.
         * @description Takes an identity key out of use; its device leaves the rosters.
         *
         *     Needs an access token.
         */
        readonly put: operations["encryption_deactivate_identity"];
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/v1/encryption/keys/active": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /**
         * Whether a device has an identity key and a signed prekey, so that it must be encrypted to.
         * @description Whether a device has an identity key and a signed prekey, so that it must be encrypted to.
         *
         *     Needs an access token.
         */
        readonly get: operations["encryption_get_keys_active"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/v1/encryption/onetime-prekeys": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get?: never;
        readonly put?: never;
        /**
         * Stores one-time prekeys of one of the caller's devices, all or none. What the device has, and what was handed out, is left out silently.
         * @description Stores one-time prekeys of one of the caller's devices, all or none. What the device has, and what was handed out, is left out silently.
         *
         *     Needs an access token.
         */
        readonly post: operations["encryption_upload_one_time_prekeys"];
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/v1/encryption/onetime-prekeys/consume": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get?: never;
        readonly put?: never;
        /**
         * Takes a one-time prekey of a device; nobody else gets it any more.
         * @description Takes a one-time prekey of a device; nobody else gets it any more.
         *
         *     Needs an access token.
         */
        readonly post: operations["encryption_consume_one_time_prekey"];
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/v1/encryption/onetime-prekeys/count": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /**
         * How many one-time prekeys a device has left.
         * @description How many one-time prekeys a device has left.
         *
         *     Needs an access token.
         */
        readonly get: operations["encryption_count_one_time_prekeys"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/v1/encryption/pq-prekeys": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get?: never;
        readonly put?: never;
        /**
         * Stores post-quantum prekeys of one of the caller's devices, all or none. What the device has, and what was handed out, is left out silently; a last-resort key replaces the one from before.
         * @description Stores post-quantum prekeys of one of the caller's devices, all or none. What the device has, and what was handed out, is left out silently; a last-resort key replaces the one from before.
         *
         *     Needs an access token.
         */
        readonly post: operations["encryption_upload_pq_prekeys"];
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/v1/encryption/setup": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get?: never;
        readonly put?: never;
        /**
         * Makes these the keys of one of the caller's devices, all or none. Under the same identity they take the place of all prekeys from before, whatever their ids were; what was handed out is left out silently.
         * @description Makes these the keys of one of the caller's devices, all or none. Under the same identity they take the place of all prekeys from before, whatever their ids were; what was handed out is left out silently.
         *
         *     Needs an access token.
         */
        readonly post: operations["encryption_set_up_keys"];
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/v1/encryption/signed-prekeys": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /**
         * A signed prekey of a device: that of `key_id` if it was not replaced more than 30 days ago, else the active one.
         * @description A signed prekey of a device: that of `key_id` if it was not replaced more than 30 days ago, else the active one.
         *
         *     Needs an access token.
         */
        readonly get: operations["encryption_get_signed_prekey"];
        readonly put?: never;
        /**
         * Stores a signed prekey of one of the caller's devices as the active one.
         * @description Stores a signed prekey of one of the caller's devices as the active one.
         *
         *     With an identity key and a signed prekey the device enters the rosters (`device:added`).
         *
         *     Needs an access token.
         */
        readonly post: operations["encryption_upload_signed_prekey"];
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/v1/encryption/signed-prekeys/active": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /**
         * The active signed prekey of a device; the calling one if none is named.
         * @description The active signed prekey of a device; the calling one if none is named.
         *
         *     Needs an access token.
         */
        readonly get: operations["encryption_get_active_signed_prekey"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/v1/encryption/signed-prekeys/rotate": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get?: never;
        readonly put?: never;
        /**
         * Replaces the active signed prekey. The old one can be fetched by its `key_id` for 30 days.
         * @description Replaces the active signed prekey. The old one can be fetched by its `key_id` for 30 days.
         *
         *     Needs an access token.
         */
        readonly post: operations["encryption_rotate_signed_prekey"];
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/v1/encryption/signed-prekeys/{id}/deactivate": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get?: never;
        /**
         * Takes a signed prekey out of use; if it is the active one, its device leaves the rosters.
         * @description Takes a signed prekey out of use; if it is the active one, its device leaves the rosters.
         *
         *     Needs an access token.
         */
        readonly put: operations["encryption_deactivate_signed_prekey"];
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/v1/files/{id}": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /**
         * The bytes of a complete file, or a part of them (`Range`). No token: who knows the capability may read. `HEAD` answers the same without the bytes.
         * @description The bytes of a complete file, or a part of them (`Range`). No token: who knows the capability may read. `HEAD` answers the same without the bytes.
         *
         *     Anybody may ask, without a token.
         */
        readonly get: operations["files_fetch_file"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/v1/messages": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /**
         * A page of a conversation's history.
         * @description A page of a conversation's history.
         *
         *     Needs an access token.
         */
        readonly get: operations["messages_list_messages"];
        readonly put?: never;
        /**
         * Sends a message; answered only once it is committed.
         * @description Sends a message; answered only once it is committed.
         *
         *     The header `Idempotency-Key` stands for the field `idempotency_key`.
         *
         *     Needs an access token.
         */
        readonly post: operations["messages_send_message"];
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/v1/messages/search": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /**
         * Refused: the server holds only ciphertext.
         * @description Refused: the server holds only ciphertext.
         *
         *     Needs an access token.
         */
        readonly get: operations["messages_search_messages"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/v1/messages/{id}": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /**
         * A message, with the ciphertext of the calling device.
         * @description A message, with the ciphertext of the calling device.
         *
         *     Needs an access token.
         */
        readonly get: operations["messages_get_message"];
        /**
         * Replaces what a message says.
         * @description Replaces what a message says.
         *
         *     Encrypted for those who could see it and still take part, in the forms of a send; `ciphertext` alone is taken where exactly one device must get one.
         *
         *     Needs an access token.
         */
        readonly put: operations["messages_edit_message"];
        readonly post?: never;
        /**
         * Takes a message's content away; with `?for=me` the message, for the caller alone.
         * @description Takes a message's content away; with `?for=me` the message, for the caller alone.
         *
         *     Needs an access token.
         */
        readonly delete: operations["messages_delete_message"];
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/v1/messages/{id}/delivered": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get?: never;
        readonly put?: never;
        /**
         * Marks this message and all before it delivered.
         * @description Marks this message and all before it delivered.
         *
         *     Needs an access token.
         */
        readonly post: operations["messages_mark_delivered"];
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/v1/messages/{id}/hard": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get?: never;
        readonly put?: never;
        readonly post?: never;
        /**
         * Takes a message away, its place in history too; a gap is left.
         * @description Takes a message away, its place in history too; a gap is left.
         *
         *     Needs an access token.
         */
        readonly delete: operations["messages_hard_delete_message"];
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/v1/messages/{id}/pin": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get?: never;
        /**
         * Pins a message for everybody.
         * @description Pins a message for everybody.
         *
         *     Needs an access token.
         */
        readonly put: operations["messages_pin_message"];
        readonly post?: never;
        /**
         * Ends the pinning of a message.
         * @description Ends the pinning of a message.
         *
         *     Needs an access token.
         */
        readonly delete: operations["messages_unpin_message"];
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/v1/messages/{id}/poll": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /**
         * A poll and its votes.
         * @description A poll and its votes.
         *
         *     Needs an access token.
         */
        readonly get: operations["messages_get_poll"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/v1/messages/{id}/reactions": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /**
         * Who reacted to a message, in pages, and the counts.
         * @description Who reacted to a message, in pages, and the counts.
         *
         *     Needs an access token.
         */
        readonly get: operations["messages_list_reactions"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/v1/messages/{id}/reactions/{reaction}": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get?: never;
        /**
         * Reacts to a message, with anything of at most 64 bytes.
         * @description Reacts to a message, with anything of at most 64 bytes.
         *
         *     Needs an access token.
         */
        readonly put: operations["messages_add_reaction"];
        readonly post?: never;
        /**
         * Takes a reaction of the caller's back.
         * @description Takes a reaction of the caller's back.
         *
         *     Needs an access token.
         */
        readonly delete: operations["messages_remove_reaction"];
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/v1/messages/{id}/read": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get?: never;
        readonly put?: never;
        /**
         * Marks this message and all before it read.
         * @description Marks this message and all before it read.
         *
         *     Needs an access token.
         */
        readonly post: operations["messages_mark_read"];
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/v1/messages/{id}/receipts": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /**
         * How far a message of the caller's has got, in pages.
         * @description How far a message of the caller's has got, in pages.
         *
         *     Needs an access token.
         */
        readonly get: operations["messages_list_receipts"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/v1/messages/{id}/star": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get?: never;
        /**
         * Stars a message, for the caller alone.
         * @description Stars a message, for the caller alone.
         *
         *     Needs an access token.
         */
        readonly put: operations["messages_star_message"];
        readonly post?: never;
        /**
         * Takes the caller's star off a message.
         * @description Takes the caller's star off a message.
         *
         *     Needs an access token.
         */
        readonly delete: operations["messages_unstar_message"];
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/v1/messages/{id}/vote": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get?: never;
        /**
         * Votes in a poll, in place of what the caller voted for before; no option takes the vote back.
         * @description Votes in a poll, in place of what the caller voted for before; no option takes the vote back.
         *
         *     Needs an access token.
         */
        readonly put: operations["messages_vote"];
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/v1/presence": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /**
         * What users are: online, away, busy or offline. Those whose presence the caller may not know are offline, like users who do not exist.
         * @description What users are: online, away, busy or offline. Those whose presence the caller may not know are offline, like users who do not exist.
         *
         *     Needs an access token.
         */
        readonly get: operations["state_presence"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/v1/rate-limits": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /**
         * What is left to the caller in each bucket.
         * @description What is left to the caller in each bucket.
         *
         *     Needs an access token.
         */
        readonly get: operations["ops_list"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/v1/server": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /**
         * What this server is, can do, and allows.
         * @description What this server is, can do, and allows.
         *
         *     Anybody may ask, without a token.
         */
        readonly get: operations["ops_describe"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/v1/sync": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /**
         * A page of the state that the socket tells of: conversations, contacts, own devices, live calls.
         * @description A page of the state that the socket tells of: conversations, contacts, own devices, live calls.
         *
         *     Needs an access token.
         */
        readonly get: operations["state_sync"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/v1/uploads": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /**
         * A page of the caller's uploads, newest first.
         * @description A page of the caller's uploads, newest first.
         *
         *     Needs an access token.
         */
        readonly get: operations["uploads_list_uploads"];
        readonly put?: never;
        /**
         * Announces a file; its bytes go to `upload_url`. With `Tus-Resumable` it is the `creation` of tus 1.0: `Upload-Length`, and `filename` and `filetype` of `Upload-Metadata`, take the place of the JSON, and `Location` is that address. What such a request brings of the file is stored (`creation-with-upload`); `Upload-Offset` says how much.
         * @description Announces a file; its bytes go to `upload_url`. With `Tus-Resumable` it is the `creation` of tus 1.0: `Upload-Length`, and `filename` and `filetype` of `Upload-Metadata`, take the place of the JSON, and `Location` is that address. What such a request brings of the file is stored (`creation-with-upload`); `Upload-Offset` says how much.
         *
         *     Needs an access token.
         */
        readonly post: operations["uploads_create_upload"];
        readonly delete?: never;
        /**
         * What of tus is spoken here, as for one upload. Anybody may ask.
         * @description What of tus is spoken here, as for one upload. Anybody may ask.
         *
         *     Anybody may ask, without a token.
         */
        readonly options: operations["uploads_describe_creation"];
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/v1/uploads/completed": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /**
         * A page of the caller's complete uploads, newest first.
         * @description A page of the caller's complete uploads, newest first.
         *
         *     Needs an access token.
         */
        readonly get: operations["uploads_list_completed"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/v1/uploads/in-progress": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /**
         * A page of the caller's uploads that are announced or under way, newest first.
         * @description A page of the caller's uploads that are announced or under way, newest first.
         *
         *     Needs an access token.
         */
        readonly get: operations["uploads_list_in_progress"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/v1/uploads/stale": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /**
         * A page of the caller's unfinished uploads to which nothing has happened for so long, newest first.
         * @description A page of the caller's unfinished uploads to which nothing has happened for so long, newest first.
         *
         *     Needs an access token.
         */
        readonly get: operations["uploads_list_stale"];
        readonly put?: never;
        readonly post?: never;
        /**
         * Deletes the caller's unfinished uploads to which nothing has happened for so long.
         * @description Deletes the caller's unfinished uploads to which nothing has happened for so long.
         *
         *     Needs an access token.
         */
        readonly delete: operations["uploads_delete_stale"];
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/v1/uploads/{id}": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /**
         * An upload of the caller.
         * @description An upload of the caller.
         *
         *     Needs an access token.
         */
        readonly get: operations["uploads_get_upload"];
        readonly put?: never;
        readonly post?: never;
        /**
         * Deletes an upload and its bytes.
         * @description Deletes an upload and its bytes.
         *
         *     Needs an access token.
         */
        readonly delete: operations["uploads_delete_upload"];
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/v1/uploads/{id}/complete": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get?: never;
        readonly put?: never;
        /**
         * Makes an upload whose bytes are all there a file that others can fetch.
         * @description Makes an upload whose bytes are all there a file that others can fetch.
         *
         *     Needs an access token.
         */
        readonly post: operations["uploads_complete_upload"];
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/v1/uploads/{id}/data": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get?: never;
        /**
         * The whole file, from its first byte: as the body, or as the field `file` of `multipart/form-data`. What was stored before goes.
         * @description The whole file, from its first byte: as the body, or as the field `file` of `multipart/form-data`. What was stored before goes.
         *
         *     Needs an access token.
         */
        readonly put: operations["uploads_put_data"];
        readonly post?: never;
        /**
         * Deletes an upload and its bytes (tus 1.0, `termination`).
         * @description Deletes an upload and its bytes (tus 1.0, `termination`).
         *
         *     Needs an access token.
         */
        readonly delete: operations["uploads_terminate"];
        /**
         * What of tus is spoken here: version 1.0.0 with `creation`, `creation-with-upload` (at `/v1/uploads`) and `termination`. Anybody may ask.
         * @description What of tus is spoken here: version 1.0.0 with `creation`, `creation-with-upload` (at `/v1/uploads`) and `termination`. Anybody may ask.
         *
         *     Anybody may ask, without a token.
         */
        readonly options: operations["uploads_describe_tus"];
        /**
         * Where an upload goes on (tus 1.0).
         * @description Where an upload goes on (tus 1.0).
         *
         *     Needs an access token.
         */
        readonly head: operations["uploads_get_offset"];
        /**
         * Bytes from `Upload-Offset` on (tus 1.0). What came before the connection broke is stored; `HEAD` says where to go on.
         * @description Bytes from `Upload-Offset` on (tus 1.0). What came before the connection broke is stored; `HEAD` says where to go on.
         *
         *     Needs an access token.
         */
        readonly patch: operations["uploads_append_data"];
        readonly trace?: never;
    };
    readonly "/v1/uploads/{id}/fail": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get?: never;
        readonly put?: never;
        /**
         * Gives an upload up; its bytes go.
         * @description Gives an upload up; its bytes go.
         *
         *     Needs an access token.
         */
        readonly post: operations["uploads_fail_upload"];
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/v1/uploads/{id}/progress": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get?: never;
        readonly put?: never;
        /**
         * Notes how far the client believes to be. Only a hint: `uploaded_bytes` of the answer is measured.
         * @description Notes how far the client believes to be. Only a hint: `uploaded_bytes` of the answer is measured.
         *
         *     Needs an access token.
         */
        readonly post: operations["uploads_report_progress"];
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/v1/users": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /**
         * A page of those whose username or display name begins with `search`, by username; a whole e-mail address or phone number finds whom it belongs to, if they allow it. With `ids` instead of `search`: the profiles of these users, in that order; who does not exist is left out.
         * @description A page of those whose username or display name begins with `search`, by username; a whole e-mail address or phone number finds whom it belongs to, if they allow it. With `ids` instead of `search`: the profiles of these users, in that order; who does not exist is left out.
         *
         *     Needs an access token.
         */
        readonly get: operations["users_list_users"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/v1/users/me": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /**
         * The caller's own account.
         * @description The caller's own account.
         *
         *     Needs an access token.
         */
        readonly get: operations["users_get_me"];
        /**
         * Changes the caller's profile: what is absent stays, `null` clears. Their other devices hear `account:changed`. Another e-mail address waits as `pending_email` until the code that is mailed to it proves it; the present one ends that.
         * @description Changes the caller's profile: what is absent stays, `null` clears. Their other devices hear `account:changed`. Another e-mail address waits as `pending_email` until the code that is mailed to it proves it; the present one ends that.
         *
         *     Needs an access token.
         */
        readonly put: operations["users_update_me"];
        readonly post?: never;
        /**
         * Deletes the caller's account for good.
         * @description Deletes the caller's account for good.
         *
         *     Needs an access token.
         */
        readonly delete: operations["users_delete_me"];
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/v1/users/me/contacts": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /**
         * A page of the caller's contacts, in the order in which they were added.
         * @description A page of the caller's contacts, in the order in which they were added.
         *
         *     Needs an access token.
         */
        readonly get: operations["users_list_contacts"];
        readonly put?: never;
        /**
         * Adds someone to the caller's contacts.
         * @description Adds someone to the caller's contacts.
         *
         *     Needs an access token.
         */
        readonly post: operations["users_add_contact"];
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/v1/users/me/contacts/blocked": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /**
         * A page of those whom the caller has blocked, contacts or not, in the order in which that happened.
         * @description A page of those whom the caller has blocked, contacts or not, in the order in which that happened.
         *
         *     Needs an access token.
         */
        readonly get: operations["users_list_blocked"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/v1/users/me/contacts/{id}": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get?: never;
        readonly put?: never;
        readonly post?: never;
        /**
         * Takes someone out of the caller's contacts. A block stays.
         * @description Takes someone out of the caller's contacts. A block stays.
         *
         *     Needs an access token.
         */
        readonly delete: operations["users_remove_contact"];
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/v1/users/me/contacts/{id}/block": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get?: never;
        readonly put?: never;
        /**
         * Blocks a user, contact or not. Nobody is told.
         * @description Blocks a user, contact or not. Nobody is told.
         *
         *     Needs an access token.
         */
        readonly post: operations["users_block_contact"];
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/v1/users/me/contacts/{id}/unblock": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get?: never;
        readonly put?: never;
        /**
         * Ends a block. What was sent past it meanwhile stays hidden.
         * @description Ends a block. What was sent past it meanwhile stays hidden.
         *
         *     Needs an access token.
         */
        readonly post: operations["users_unblock_contact"];
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/v1/users/me/devices": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /**
         * The caller's active devices, the one seen last first.
         * @description The caller's active devices, the one seen last first.
         *
         *     Needs an access token.
         */
        readonly get: operations["users_list_devices"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/v1/users/me/devices/{id}": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /**
         * One of the caller's active devices, by either of its names.
         * @description One of the caller's active devices, by either of its names.
         *
         *     Needs an access token.
         */
        readonly get: operations["users_get_device"];
        readonly put?: never;
        readonly post?: never;
        /**
         * Takes one of the caller's devices away.
         * @description Takes one of the caller's devices away.
         *
         *     Needs an access token.
         */
        readonly delete: operations["users_delete_device"];
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/v1/users/me/email/code": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get?: never;
        readonly put?: never;
        /**
         * Mails a new code for the address that waits to be proved, else for the present one; the code from before is good no more.
         * @description Mails a new code for the address that waits to be proved, else for the present one; the code from before is good no more.
         *
         *     Needs an access token.
         */
        readonly post: operations["users_request_email_code"];
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/v1/users/me/email/verify": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get?: never;
        readonly put?: never;
        /**
         * Proves an e-mail address by the code that was mailed to it: the one that waits for it, which then takes effect, else the present one.
         * @description Proves an e-mail address by the code that was mailed to it: the one that waits for it, which then takes effect, else the present one.
         *
         *     Needs an access token.
         */
        readonly post: operations["users_verify_email"];
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/v1/users/me/push-tokens": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /**
         * The push tokens of all of the caller's devices, oldest first.
         * @description The push tokens of all of the caller's devices, oldest first.
         *
         *     Needs an access token.
         */
        readonly get: operations["users_list_push_tokens"];
        readonly put?: never;
        /**
         * Stores where one of the caller's devices can be woken, in place of its other token of that platform. The same token is taken from every other device.
         * @description Stores where one of the caller's devices can be woken, in place of its other token of that platform. The same token is taken from every other device.
         *
         *     Needs an access token.
         */
        readonly post: operations["users_add_push_token"];
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/v1/users/me/push-tokens/{id}": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get?: never;
        readonly put?: never;
        readonly post?: never;
        /**
         * Forgets one of the caller's push tokens.
         * @description Forgets one of the caller's push tokens.
         *
         *     Needs an access token.
         */
        readonly delete: operations["users_remove_push_token"];
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/v1/users/me/sessions": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get?: never;
        readonly put?: never;
        readonly post?: never;
        /**
         * Ends all of the caller's login sessions but the present one.
         * @description Ends all of the caller's login sessions but the present one.
         *
         *     Needs an access token.
         */
        readonly delete: operations["users_revoke_other_sessions"];
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/v1/users/me/sessions/{id}": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get?: never;
        readonly put?: never;
        readonly post?: never;
        /**
         * Ends one of the caller's login sessions.
         * @description Ends one of the caller's login sessions.
         *
         *     Needs an access token.
         */
        readonly delete: operations["users_revoke_session"];
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/v1/users/me/settings": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /**
         * The caller's settings.
         * @description The caller's settings.
         *
         *     Needs an access token.
         */
        readonly get: operations["users_get_settings"];
        /**
         * Changes the caller's settings: what is absent stays, `null` is the default again. Their other devices hear `account:changed`.
         * @description Changes the caller's settings: what is absent stays, `null` is the default again. Their other devices hear `account:changed`.
         *
         *     Needs an access token.
         */
        readonly put: operations["users_update_settings"];
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/v1/users/me/starred": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /**
         * A page of the caller's starred messages, the one starred last first.
         * @description A page of the caller's starred messages, the one starred last first.
         *
         *     Needs an access token.
         */
        readonly get: operations["users_list_starred"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/v1/users/me/storage": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /**
         * What is kept of the caller, by kind, and how much it may be in all.
         * @description What is kept of the caller, by kind, and how much it may be in all.
         *
         *     Needs an access token.
         */
        readonly get: operations["users_get_storage"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/v1/users/me/unread": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /**
         * How much the caller has not read, and a page of where.
         * @description How much the caller has not read, and a page of where.
         *
         *     Needs an access token.
         */
        readonly get: operations["users_list_unread"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/v1/users/search": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /**
         * Like `GET /v1/users`, with the search as `query`.
         * @description Like `GET /v1/users`, with the search as `query`.
         *
         *     Needs an access token.
         */
        readonly get: operations["users_search_users"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/v1/users/{id}": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /**
         * Somebody's profile, as far as their settings let the caller see it.
         * @description Somebody's profile, as far as their settings let the caller see it.
         *
         *     Needs an access token.
         */
        readonly get: operations["users_get_user"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/v1/users/{id}/devices": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /**
         * A user's active devices, to encrypt to.
         * @description A user's active devices, to encrypt to.
         *
         *     Needs an access token.
         */
        readonly get: operations["users_list_peer_devices"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/v1/ws": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /**
         * The WebSocket; a request that does not ask to upgrade is told so here.
         * @description The WebSocket; a request that does not ask to upgrade is told so here.
         *
         *     A request that does ask never comes here, see `ws`. Credentials are read in every way that a socket takes: the query parameters `token` and `ticket`, the header `Authorization`, and the subprotocol. A ticket is not used up.
         *
         *     Needs an access token.
         */
        readonly get: operations["ws_explain"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/v1/ws/ticket": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly get?: never;
        readonly put?: never;
        /**
         * A ticket that opens one WebSocket within 30 s as `?ticket=`.
         * @description A ticket that opens one WebSocket within 30 s as `?ticket=`.
         *
         *     Needs an access token.
         */
        readonly post: operations["ws_issue_ticket"];
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
}
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        /** @description `POST /v1/calls/:id/participants`. */
        readonly AddCallParticipantRequest: {
            /** @description The user to add. */
            readonly user_id: components["schemas"]["UserId"];
        };
        /** @description `POST /v1/users/me/contacts`. */
        readonly AddContactRequest: {
            /** @description Whom to add. */
            readonly contact_user_id: components["schemas"]["UserId"];
            /** @description The caller's own name for them; at most 64 characters. */
            readonly nickname?: string | null;
        };
        /** @description `POST /v1/conversations/:id/participants`. */
        readonly AddParticipantRequest: {
            readonly role?: components["schemas"]["Role"] | null;
            /** @description The user to add. */
            readonly user_id: components["schemas"]["UserId"];
        };
        /** @description `POST /v1/users/me/push-tokens`. */
        readonly AddPushTokenRequest: {
            /** @description An own device; the calling one if absent. */
            readonly device_id?: string | null;
            /** @description Whose service wakes the device. */
            readonly platform: components["schemas"]["PushPlatform"];
            /**
             * @description What that service knows the device by: for Web Push the subscription as JSON text, or its
             *     `https` endpoint alone, else visible ASCII characters. At most 2,048 bytes.
             */
            readonly token: string;
        };
        /** @description `POST /v1/broadcasts/:id/recipients`. */
        readonly AddRecipientRequest: {
            /** @description Whom to add. */
            readonly user_id: components["schemas"]["UserId"];
        };
        /** @description `GET /v1/calls/quality/average`: over all that was measured in a call; `null` where nothing was. */
        readonly AverageQuality: {
            /**
             * Format: double
             * @description Volume of the sound, in decibels.
             */
            readonly audio_level?: number | null;
            /**
             * Format: double
             * @description Bits per second.
             */
            readonly bitrate?: number | null;
            /** @description The call. */
            readonly call_id: components["schemas"]["CallId"];
            /**
             * Format: double
             * @description Pictures per second.
             */
            readonly frame_rate?: number | null;
            /**
             * Format: double
             * @description Variation of the delay, in milliseconds.
             */
            readonly jitter?: number | null;
            /**
             * Format: double
             * @description Delay, in milliseconds.
             */
            readonly latency?: number | null;
            /**
             * Format: double
             * @description Part of the packets that were lost, from 0 to 1.
             */
            readonly packet_loss?: number | null;
            /**
             * Format: int64
             * @description How many measurements there are.
             */
            readonly samples: number;
        };
        /** @description Somebody who is kept out of a group. */
        readonly Ban: {
            /** @description Since when. */
            readonly banned_at: components["schemas"]["Timestamp"];
            /** @description Who is banned. Whether the id belongs to anybody is not said. */
            readonly user_id: components["schemas"]["UserId"];
        };
        /** @description A page of those who are banned from a group, the one banned last first. */
        readonly Bans: {
            /** @description The page. */
            readonly bans: readonly components["schemas"]["Ban"][];
            /** @description Whether there is another page. */
            readonly has_more: boolean;
            /**
             * Format: int64
             * @description All of them.
             */
            readonly total: number;
        };
        /**
         * @description Opaque bytes (ciphertext, keys); base64 on the wire. Its `Debug` shows the length only, so that
         *     no log line can leak it.
         * @example aGVsbG8=
         */
        readonly Base64: string;
        /** @description A broadcast list. */
        readonly Broadcast: {
            /** @description When it was made. */
            readonly created_at: components["schemas"]["Timestamp"];
            /** @description For its owner. */
            readonly description?: string | null;
            /** @description The list. */
            readonly id: components["schemas"]["BroadcastId"];
            /** @description For its owner. */
            readonly name: string;
            /** @description Whose it is; nobody else knows of it. */
            readonly owner_id: components["schemas"]["UserId"];
            /**
             * Format: int64
             * @description How many recipients it has.
             */
            readonly recipient_count: number;
            /** @description When its name or description last changed. */
            readonly updated_at: components["schemas"]["Timestamp"];
        };
        /**
         * Format: uuid
         * @description A broadcast list.
         * @example 01941f29-7c07-7b1a-9d5e-3f6c0a8b2e41
         */
        readonly BroadcastId: string;
        /** @description A message that one recipient was sent. */
        readonly BroadcastMessage: components["schemas"]["SentMessage"] & {
            /** @description The recipient. */
            readonly user_id: components["schemas"]["UserId"];
        };
        /** @description A page of the caller's lists, oldest first. */
        readonly Broadcasts: {
            /** @description One page. */
            readonly broadcasts: readonly components["schemas"]["Broadcast"][];
            /** @description Whether another page follows. */
            readonly has_more: boolean;
            /**
             * Format: int64
             * @description How many there are in all.
             */
            readonly total: number;
        };
        /** @description The answer of a bulk addition. */
        readonly BulkAdded: {
            /**
             * Format: int64
             * @description How many were added.
             */
            readonly added: number;
            /**
             * Format: int64
             * @description How many recipients the list has now.
             */
            readonly count: number;
            /** @description Who was not added, and why. */
            readonly skipped: readonly components["schemas"]["SkippedUser"][];
        };
        /** @description Bulk requests. */
        readonly BulkRecipientsRequest: {
            /** @description At least one, at most 1,024. */
            readonly user_ids: readonly components["schemas"]["UserId"][];
        };
        /** @description The answer of a bulk removal. */
        readonly BulkRemoved: {
            /**
             * Format: int64
             * @description How many recipients the list has now.
             */
            readonly count: number;
            /**
             * Format: int64
             * @description How many were removed.
             */
            readonly removed: number;
            /** @description Who was not on the list. */
            readonly skipped: readonly components["schemas"]["SkippedUser"][];
        };
        /** @description All that is needed to start a session with a device. */
        readonly Bundle: {
            /** @description The client's string of the device. */
            readonly device_id: string;
            /** @description The server's name for the device. */
            readonly device_uuid: components["schemas"]["DeviceId"];
            /** @description Its identity key. */
            readonly identity_key: components["schemas"]["IdentityKey"];
            readonly one_time_pre_key?: components["schemas"]["OneTimePrekey"] | null;
            readonly pq_pre_key?: components["schemas"]["PqPrekey"] | null;
            /** @description Its active signed prekey. */
            readonly signed_pre_key: components["schemas"]["SignedPrekey"];
            /** @description The device's owner. */
            readonly user_id: components["schemas"]["UserId"];
        };
        /** @description The answer of `GET /v1/encryption/bundles`. */
        readonly BundleAnswer: components["schemas"]["Bundle"] | components["schemas"]["Bundles"];
        /** @description Bundles of all active devices of a user. */
        readonly Bundles: {
            /** @description One per device with keys. */
            readonly bundles: readonly components["schemas"]["Bundle"][];
        };
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
        /** @description `GET /v1/calls/:id/duration`. */
        readonly CallDuration: {
            /**
             * Format: int64
             * @description Seconds that it was connected, until now if it still is.
             */
            readonly duration: number;
        };
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
        /** @description `PUT /v1/calls/:id/participants/:user_id/mute`: what is absent stays. */
        readonly CallMuteRequest: {
            /** @description Whether they are not heard. */
            readonly audio_muted?: boolean | null;
            /** @description Whether they are not seen. */
            readonly video_muted?: boolean | null;
        };
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
        /** @description Everybody who is or was in a call. */
        readonly CallParticipants: {
            /** @description In the order in which they were asked. */
            readonly participants: readonly components["schemas"]["CallParticipant"][];
        };
        /**
         * @description How far a call has come; it only moves forward.
         * @enum {string}
         */
        readonly CallStatus: "INITIATED" | "RINGING" | "CONNECTED" | "ENDED";
        /** @description `PUT /v1/calls/:id/participants/:user_id/status`. */
        readonly CallStatusRequest: {
            /**
             * @description `JOINED` accepts or joins, `DECLINED` and `BUSY` decline, `LEFT` leaves, `RINGING` says that
             *     the device rings; `INVITED` changes nothing.
             */
            readonly status: components["schemas"]["CallParticipantStatus"];
        };
        /**
         * @description What a call begins with.
         * @enum {string}
         */
        readonly CallType: "AUDIO" | "VIDEO";
        /** @description A page of calls, newest first. */
        readonly Calls: {
            /** @description One page. */
            readonly calls: readonly components["schemas"]["Call"][];
            /** @description Whether another page follows. */
            readonly has_more: boolean;
            /**
             * Format: int64
             * @description How many there are in all.
             */
            readonly total: number;
        };
        /** @description `POST /v1/auth/password/change`. */
        readonly ChangePasswordRequest: {
            /** @description The present password. */
            readonly current_password: string;
            /** @description 8 to 72 bytes in NFC, and none of the most used ones. */
            readonly new_password: string;
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
        /** @description The body of what needs the password or a recent login, where it takes nothing else. */
        readonly ConfirmRequest: {
            /**
             * @description The account's password; needed unless the login session is younger than 10 minutes, or the
             *     password was given in it within them.
             */
            readonly password?: string | null;
        };
        /** @description The answer of `POST /v1/encryption/onetime-prekeys/consume`: the key, and whose it was. */
        readonly ConsumedPrekey: {
            /** @description When it was taken. */
            readonly consumed_at: components["schemas"]["Timestamp"];
            /** @description Who took it: the caller. */
            readonly consumed_by: components["schemas"]["UserId"];
            /** @description The client's string of the calling device. */
            readonly consumed_device_id: string;
            /** @description The client's string of the device. */
            readonly device_id: string;
            /** @description The server's name for the device. */
            readonly device_uuid: components["schemas"]["DeviceId"];
            /**
             * Format: int32
             * @description The client's id for the key.
             */
            readonly key_id: number;
            /** @description The Curve25519 key. */
            readonly public_key: components["schemas"]["Base64"];
            /** @description The device's owner. */
            readonly user_id: components["schemas"]["UserId"];
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
        /** @description The answer of the contact lists. */
        readonly Contacts: {
            /** @description One page. */
            readonly contacts: readonly components["schemas"]["Contact"][];
            /** @description Whether another page follows. */
            readonly has_more: boolean;
            /**
             * Format: int64
             * @description How many there are in all.
             */
            readonly total: number;
        };
        /** @description `POST /v1/conversations/:id/control`. */
        readonly ControlRequest: {
            /** @description One for each device that is to get one; others need none. */
            readonly ciphertexts: readonly components["schemas"]["Ciphertext"][];
            /** @description The client's id for it: unique per device and conversation among control messages, for ever. */
            readonly client_message_id?: string | null;
            /** @description Whether named devices without a socket are woken, as they are for a message. */
            readonly urgent?: boolean;
        };
        /** @description A conversation as one participant sees it. */
        readonly Conversation: {
            /** @description Whether the caller archived it. */
            readonly archived: boolean;
            /** @description A picture. */
            readonly avatar_url?: string | null;
            /** @description When it was made. */
            readonly created_at: components["schemas"]["Timestamp"];
            readonly creator_id?: components["schemas"]["UserId"] | null;
            /** @description What it is about. */
            readonly description?: string | null;
            /** @description The conversation. */
            readonly id: components["schemas"]["ConversationId"];
            /** @description The invite link, for those who may invite, once one was made. */
            readonly invite_link?: string | null;
            readonly last_message?: components["schemas"]["LastMessage"] | null;
            readonly last_message_at?: components["schemas"]["Timestamp"] | null;
            /**
             * Format: int64
             * @description The caller's read cursor.
             */
            readonly last_read_sequence: number;
            /**
             * Format: int64
             * @description The highest message number given.
             */
            readonly last_sequence: number;
            /**
             * Format: int64
             * @description Seconds after which messages go by themselves, unless they say otherwise.
             */
            readonly message_expiry_seconds?: number | null;
            readonly muted_until?: components["schemas"]["Timestamp"] | null;
            /**
             * Format: int64
             * @description How many take part.
             */
            readonly participant_count: number;
            /** @description Both sides of a DM. The participants of a group have a list of their own. */
            readonly participants?: readonly components["schemas"]["DirectParticipant"][] | null;
            /** @description Who may do what. */
            readonly permissions: components["schemas"]["Permissions"];
            readonly pinned_at?: components["schemas"]["Timestamp"] | null;
            /**
             * Format: int64
             * @description The change counter.
             */
            readonly revision: number;
            /** @description The caller's rank. */
            readonly role: components["schemas"]["Role"];
            /**
             * Format: int64
             * @description Counts the changes of the set of devices that senders must encrypt to.
             */
            readonly roster_version: number;
            /** @description A group's name. */
            readonly subject?: string | null;
            /** @description `DM` or `GROUP`. */
            readonly type: components["schemas"]["ConversationType"];
            /**
             * Format: int64
             * @description Messages after the caller's read cursor that count.
             */
            readonly unread_count: number;
            /** @description When its subject, description, picture or rules last changed. */
            readonly updated_at: components["schemas"]["Timestamp"];
        };
        /**
         * Format: uuid
         * @description A stored conversation.
         * @example 01941f29-7c07-7b1a-9d5e-3f6c0a8b2e41
         */
        readonly ConversationId: string;
        /** @description All that somebody who does not take part is shown of a group. */
        readonly ConversationPreview: {
            /** @description A picture. */
            readonly avatar_url?: string | null;
            /** @description The conversation. */
            readonly id: components["schemas"]["ConversationId"];
            /**
             * Format: int64
             * @description How many take part.
             */
            readonly participant_count: number;
            /** @description Its name. */
            readonly subject?: string | null;
        };
        /**
         * @description What a conversation is.
         * @enum {string}
         */
        readonly ConversationType: "DM" | "GROUP";
        /** @description A page of `GET /v1/conversations`. */
        readonly Conversations: {
            /** @description Pinned first, then by last message. */
            readonly conversations: readonly components["schemas"]["Conversation"][];
            /** @description Whether another page follows. */
            readonly has_more: boolean;
            /**
             * Format: int64
             * @description How many there are in all.
             */
            readonly total: number;
        };
        /** @description `POST /v1/broadcasts`. */
        readonly CreateBroadcastRequest: {
            /** @description At most 1,024 characters. */
            readonly description?: string | null;
            /** @description 1 to 128 characters. */
            readonly name: string;
            readonly owner_id?: components["schemas"]["UserId"] | null;
            /** @description The first recipients; those who cannot be one are left out. */
            readonly recipients?: readonly components["schemas"]["UserId"][];
        };
        /** @description `POST /v1/calls`. */
        readonly CreateCallRequest: {
            /** @description Where. In a DM the other side is asked at once. */
            readonly conversation_id: components["schemas"]["ConversationId"];
            readonly initiator_id?: components["schemas"]["UserId"] | null;
            /** @description With sound or with picture. */
            readonly type: components["schemas"]["CallType"];
        };
        /** @description `POST /v1/conversations`. */
        readonly CreateConversationRequest: {
            /** @description A picture: `https:`, or the address of a file of this server. */
            readonly avatar_url?: string | null;
            /** @description What it is about, at most 1,024 characters. */
            readonly description?: string | null;
            /** @description The others; the caller is added by itself, duplicates fall out. */
            readonly participants?: readonly components["schemas"]["UserId"][];
            /** @description A group's name, at most 128 characters. */
            readonly subject?: string | null;
            /** @description `DM` or `GROUP`. */
            readonly type: components["schemas"]["ConversationType"];
        };
        /** @description `POST /v1/uploads`. */
        readonly CreateUploadRequest: {
            /** @description Such as `image/jpeg`. */
            readonly content_type: string;
            /** @description For people; 1 to 255 characters. */
            readonly file_name: string;
            /**
             * Format: int64
             * @description Bytes; an empty file is one, too.
             */
            readonly file_size: number;
            readonly uploader_id?: components["schemas"]["UserId"] | null;
        };
        /** @description The answer of `POST /v1/broadcasts`: the list, and who could not be put on it. */
        readonly CreatedBroadcast: components["schemas"]["Broadcast"] & {
            /** @description Who is not on it, and why. */
            readonly skipped: readonly components["schemas"]["SkippedUser"][];
        };
        /**
         * @description For whom a message is deleted.
         * @enum {string}
         */
        readonly DeleteFor: "everyone" | "me";
        /** @description The answer of `DELETE /v1/uploads/stale`. */
        readonly DeletedUploads: {
            /**
             * Format: int64
             * @description How many are gone.
             */
            readonly deleted: number;
        };
        /** @description An own device, as in `GET /v1/users/me/devices`. */
        readonly Device: {
            /** @description The client's own string for it. */
            readonly device_id: string;
            /** @description For people. */
            readonly device_name?: string | null;
            /** @description As at registration. */
            readonly device_type?: string | null;
            /** @description The server's name for it. */
            readonly id: components["schemas"]["DeviceId"];
            /** @description False once removed, or unseen for 90 days. */
            readonly is_active: boolean;
            /** @description Whether it is the one that asks. */
            readonly is_current: boolean;
            readonly last_active?: components["schemas"]["Timestamp"] | null;
            readonly presented_at?: components["schemas"]["Timestamp"] | null;
            /** @description From which address that was. */
            readonly presented_from?: string | null;
        };
        /**
         * Format: uuid
         * @description One installation of a client, as the server names it. What the client calls itself is the
         *     string `device_id` on the wire (unique per user only).
         * @example 01941f29-7c07-7b1a-9d5e-3f6c0a8b2e41
         */
        readonly DeviceId: string;
        /** @description Names of one device of a participant. */
        readonly DeviceName: {
            /** @description The client's own string for it. */
            readonly device_id: string;
            /** @description The server's name for it. */
            readonly id: components["schemas"]["DeviceId"];
        };
        /** @description The answer of `GET /v1/users/me/devices`. */
        readonly Devices: {
            /** @description Active devices, newest first. */
            readonly devices: readonly components["schemas"]["Device"][];
        };
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
        /** @description `PUT /v1/messages/:id`: the new content, in one of three forms. */
        readonly EditMessageRequest: {
            readonly ciphertext?: components["schemas"]["Base64"] | null;
            /** @description One for each device that must get one; beside a shared body any subset. */
            readonly ciphertexts?: readonly components["schemas"]["Ciphertext"][] | null;
            /** @description Header of `shared_ciphertext` or `ciphertext`. */
            readonly header?: unknown;
            /**
             * Format: int64
             * @description The roster that the shared body was encrypted for.
             */
            readonly roster_version?: number | null;
            readonly shared_ciphertext?: components["schemas"]["Base64"] | null;
        };
        /** @description `POST /v1/calls/:id/end`. */
        readonly EndCallRequest: {
            readonly reason?: components["schemas"]["CallEndReason"] | null;
        };
        /** @description The answer to a request that failed. */
        readonly Failure: {
            /** @description What went wrong, as a client tells cases apart. */
            readonly code: string;
            /** @description What exactly, where the code has something to tell. */
            readonly details?: unknown;
            /** @description A sentence for people. */
            readonly error: string;
            /** @description The request's id, as in the header `X-Request-ID`. */
            readonly request_id: string;
            /**
             * @description Always false.
             * @constant
             */
            readonly success: false;
        };
        /** @description `POST /v1/auth/password/forgot`. */
        readonly ForgotPasswordRequest: {
            /** @description E-mail address, username or phone number. */
            readonly identity: string;
        };
        /** @description The answer, named as it always was. */
        readonly Goroutines: {
            /** @description Tasks, connections and actors. */
            readonly goroutines: number;
        };
        /** @description Servers that help two devices to reach each other. */
        readonly IceServer: {
            /** @description HMAC-SHA1 of the username, as coturn checks it. */
            readonly credential?: string | null;
            /** @description Where they are. */
            readonly urls: readonly string[];
            /** @description When the credential ends, in Unix seconds, and whose it is. */
            readonly username?: string | null;
        };
        /** @description `GET /v1/calls/ice-servers`: what a client gives to its `RTCPeerConnection`. */
        readonly IceServers: {
            /** @description STUN servers, and TURN servers with credentials. */
            readonly ice_servers: readonly components["schemas"]["IceServer"][];
            /**
             * Format: int64
             * @description Seconds that the credentials are good for.
             */
            readonly ttl: number;
        };
        /** @description A device's long-term key. */
        readonly IdentityKey: {
            /** @description When it was uploaded. */
            readonly created_at: components["schemas"]["Timestamp"];
            /** @description The client's string of the device. */
            readonly device_id: string;
            /**
             * Format: uuid
             * @description The stored key.
             */
            readonly id: string;
            /** @description False once replaced or deactivated. */
            readonly is_active: boolean;
            /** @description The key as it was uploaded. */
            readonly public_key: components["schemas"]["Base64"];
            /** @description The device's owner. */
            readonly user_id: components["schemas"]["UserId"];
        };
        /** @description The answer of `POST /v1/conversations/:id/invite`. */
        readonly InviteLink: {
            /** @description The code alone. */
            readonly code: string;
            /** @description What to hand on: a URL if the server knows its own, else the code. */
            readonly invite_link: string;
        };
        /** @description The answer of `GET /v1/conversations/invite`. */
        readonly InvitedTo: components["schemas"]["Conversation"] | components["schemas"]["ConversationPreview"];
        /** @description `POST /v1/conversations/join`. */
        readonly JoinRequest: {
            /** @description The code, or the whole link. */
            readonly code: string;
        };
        /** @description A user's key backup. There is one at most. */
        readonly KeyBackup: {
            /** @description As stored. */
            readonly backup_data: components["schemas"]["Base64"];
            /** @description The client's string of the device that made it; `null` once that device is gone. */
            readonly device_id?: string | null;
            /** @description As stored. */
            readonly nonce: components["schemas"]["Base64"];
            /** @description As stored. */
            readonly salt: components["schemas"]["Base64"];
            /** @description When it was stored. */
            readonly updated_at: components["schemas"]["Timestamp"];
        };
        /** @description The answer of `GET /v1/encryption/keys/active`. */
        readonly KeysActive: {
            /** @description Whether the device has an identity key and a signed prekey. */
            readonly has_active_keys: boolean;
        };
        /** @description The newest message of a conversation, without content. */
        readonly LastMessage: {
            /** @description When it was stored. */
            readonly created_at: components["schemas"]["Timestamp"];
            /** @description The message. */
            readonly id: components["schemas"]["MessageId"];
            /** @description What kind of content it announces. */
            readonly message_type: components["schemas"]["MessageType"];
            /** @description Who sent it. */
            readonly sender_id: components["schemas"]["UserId"];
            /**
             * Format: int64
             * @description Its number.
             */
            readonly sequence_number: number;
        };
        /** @description `POST /v1/auth/login`. */
        readonly LoginRequest: {
            /** @description As at registration; a new string is a new device. */
            readonly device_id: string;
            /** @description For people. */
            readonly device_name?: string | null;
            /**
             * @description What an earlier sign-in on this device answered. With it the login is counted by itself: no one
             *     else's wrong passwords keep it out. One that fits no more does no harm.
             */
            readonly device_token?: string | null;
            /** @description As at registration. */
            readonly device_type?: string | null;
            /** @description E-mail address, username or phone number. */
            readonly identity: string;
            /** @description The account's password. */
            readonly password: string;
        };
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
        /** @description The answer of `GET /v1/auth/sessions`. */
        readonly LoginSessions: {
            /** @description All live ones, newest first. */
            readonly sessions: readonly components["schemas"]["LoginSession"][];
        };
        /** @description `POST /v1/auth/logout`. */
        readonly LogoutRequest: {
            /** @description To end another session than the calling one: as in [`ConfirmRequest`]. */
            readonly password?: string | null;
            readonly session_id?: components["schemas"]["LoginSessionId"] | null;
        };
        /** @description The caller's own account. */
        readonly Me: {
            /** @description A picture. */
            readonly avatar_url?: string | null;
            /** @description A few words about oneself. */
            readonly bio?: string | null;
            /** @description When the account was made. */
            readonly created_at: components["schemas"]["Timestamp"];
            /** @description What others see. */
            readonly display_name: string;
            /** @description As given at registration, or changed since. */
            readonly email: string;
            /** @description Whether the account's owner has proved that mail to it reaches them. */
            readonly email_verified: boolean;
            /** @description The account. */
            readonly id: components["schemas"]["UserId"];
            /** @description Another address that takes effect once it is proved; `null` if none waits. */
            readonly pending_email?: string | null;
            /** @description As given at registration. */
            readonly phone_number?: string | null;
            /** @description A line of text. */
            readonly status?: string | null;
            /** @description As given at registration. */
            readonly username: string;
        };
        /** @description A message as one device sees it. */
        readonly Message: {
            /** @description The files that belong to it. */
            readonly attachments: readonly components["schemas"]["UploadId"][];
            readonly ciphertext?: components["schemas"]["Base64"] | null;
            /** @description The sender's id for it, shown to the sender's own devices and others alike. */
            readonly client_message_id?: string | null;
            /** @description Its conversation. */
            readonly conversation_id: components["schemas"]["ConversationId"];
            /** @description When it was stored. */
            readonly created_at: components["schemas"]["Timestamp"];
            readonly deleted_at?: components["schemas"]["Timestamp"] | null;
            readonly device_ciphertext?: components["schemas"]["Base64"] | null;
            /** @description The header of `device_ciphertext`, as it was sent. */
            readonly device_header?: unknown;
            readonly edited_at?: components["schemas"]["Timestamp"] | null;
            readonly expires_at?: components["schemas"]["Timestamp"] | null;
            /** @description The header as it was sent. */
            readonly header?: unknown;
            /** @description The message. */
            readonly id: components["schemas"]["MessageId"];
            /** @description Whether its content was taken away. */
            readonly is_deleted: boolean;
            /** @description Whether its content was replaced. */
            readonly is_edited: boolean;
            /** @description Who is mentioned. */
            readonly mentions: readonly components["schemas"]["UserId"][];
            /** @description What kind of content it announces. */
            readonly message_type: components["schemas"]["MessageType"];
            /** @description As sent. */
            readonly metadata?: unknown;
            /** @description What people make of it, the most frequent first. */
            readonly reactions: readonly components["schemas"]["ReactionCount"][];
            /** @description The device that `ciphertext` is for, `null` without one or if it is shared. */
            readonly recipient_device_id?: string | null;
            readonly reply_to_message_id?: components["schemas"]["MessageId"] | null;
            /**
             * Format: int64
             * @description Its number among the conversation's changes.
             */
            readonly revision: number;
            /** @description The client's string of the sending device, while it is known. */
            readonly sender_device_id?: string | null;
            /** @description The server's name for the sending device. */
            readonly sender_device_uuid: components["schemas"]["DeviceId"];
            /** @description Who sent it. */
            readonly sender_id: components["schemas"]["UserId"];
            /**
             * Format: int64
             * @description Its number among the conversation's messages.
             */
            readonly sequence_number: number;
            readonly updated_at?: components["schemas"]["Timestamp"] | null;
        };
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
        /** @description A page of history. */
        readonly Messages: {
            /** @description Numbers without a message within the page's range. */
            readonly gaps: readonly (readonly (number | string)[])[];
            /** @description Whether there is more in the direction asked for. */
            readonly has_more: boolean;
            /** @description Newest first for `before_seq`, oldest first for `after_seq` and `around_seq`. */
            readonly messages: readonly components["schemas"]["Message"][];
        };
        /** @description `POST /v1/conversations/:id/mute`. */
        readonly MuteRequest: {
            readonly until?: components["schemas"]["Timestamp"] | null;
        };
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
        /** @description A one-time prekey that was handed out. */
        readonly OneTimePrekey: {
            /**
             * Format: int32
             * @description The client's id for it.
             */
            readonly key_id: number;
            /** @description The Curve25519 key. */
            readonly public_key: components["schemas"]["Base64"];
        };
        /** @description One key in `POST /v1/encryption/onetime-prekeys`. */
        readonly OneTimePrekeyBody: {
            /** @description An own device; the calling one if absent. */
            readonly device_id?: string | null;
            /**
             * Format: int32
             * @description The client's id for it.
             */
            readonly key_id: number;
            /** @description The Curve25519 key. */
            readonly public_key: components["schemas"]["Base64"];
            readonly user_id?: components["schemas"]["UserId"] | null;
        };
        /** @description One who takes part. */
        readonly Participant: {
            /** @description A picture. */
            readonly avatar_url?: string | null;
            /** @description The client strings of the devices that must be encrypted to. */
            readonly device_ids: readonly string[];
            /** @description The same devices under both names. */
            readonly devices: readonly components["schemas"]["DeviceName"][];
            /** @description What others see. */
            readonly display_name?: string | null;
            /** @description Since when, this time. */
            readonly joined_at: components["schemas"]["Timestamp"];
            /**
             * Format: int64
             * @description Their delivered cursor; `null` in a DM with somebody whom the caller has blocked.
             */
            readonly last_delivered_sequence?: number | null;
            /**
             * Format: int64
             * @description Their read cursor; `null` where read receipts are off.
             */
            readonly last_read_sequence?: number | null;
            /** @description Their rank. */
            readonly role: components["schemas"]["Role"];
            /** @description The participant. */
            readonly user_id: components["schemas"]["UserId"];
            /** @description Their username. */
            readonly username?: string | null;
        };
        /** @description The answer of `GET /v1/conversations/:id/participants`. */
        readonly Participants: {
            /** @description All of them, by the time they joined. */
            readonly participants: readonly components["schemas"]["Participant"][];
            /**
             * Format: int64
             * @description The roster version that the devices belong to.
             */
            readonly roster_version: number;
        };
        /** @description Someone's device to encrypt to, as in `GET /v1/users/:id/devices`. */
        readonly PeerDevice: {
            /** @description The client's own string for it. */
            readonly device_id: string;
            /** @description Whether it has an identity key and a signed prekey: only then it must be encrypted to. */
            readonly has_keys: boolean;
            /** @description The server's name for it. */
            readonly id: components["schemas"]["DeviceId"];
            readonly identity_key?: components["schemas"]["Base64"] | null;
        };
        /** @description The answer of `GET /v1/users/:id/devices`. */
        readonly PeerDevices: {
            /** @description All active ones. */
            readonly devices: readonly components["schemas"]["PeerDevice"][];
            /** @description Whose they are. */
            readonly user_id: components["schemas"]["UserId"];
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
        /** @description Permissions to change: an absent one stays, `null` takes it back to what a new group has. */
        readonly PermissionsUpdate: {
            readonly add_members?: components["schemas"]["Permission"] | null;
            readonly edit_info?: components["schemas"]["Permission"] | null;
            readonly invite?: components["schemas"]["Permission"] | null;
            readonly send?: components["schemas"]["Permission"] | null;
            readonly start_call?: components["schemas"]["Permission"] | null;
        };
        /** @description A pinned message. */
        readonly Pin: {
            /** @description The message, as the calling device sees it. */
            readonly message: components["schemas"]["Message"];
            /** @description The message's id. */
            readonly message_id: components["schemas"]["MessageId"];
            /** @description When it was pinned. */
            readonly pinned_at: components["schemas"]["Timestamp"];
            /** @description Who pinned it. */
            readonly pinned_by: components["schemas"]["UserId"];
        };
        /** @description A page of a conversation's pinned messages, the one pinned last first. */
        readonly Pins: {
            /** @description Whether there is another page. */
            readonly has_more: boolean;
            /** @description The page. */
            readonly pins: readonly components["schemas"]["Pin"][];
            /**
             * Format: int64
             * @description All of them.
             */
            readonly total: number;
        };
        /** @description A poll as the caller sees it. */
        readonly Poll: {
            /** @description Whether it has ended. */
            readonly closed: boolean;
            readonly closes_at?: components["schemas"]["Timestamp"] | null;
            /** @description Its message. */
            readonly message_id: components["schemas"]["MessageId"];
            /** @description Whether one may vote for several. */
            readonly multiple: boolean;
            /** @description Every option, in order. */
            readonly options: readonly components["schemas"]["PollOption"][];
            /**
             * Format: int64
             * @description How many have voted.
             */
            readonly voters: number;
        };
        /** @description One option of a poll. */
        readonly PollOption: {
            /**
             * Format: int64
             * @description Votes for it.
             */
            readonly count: number;
            /** @description Whether the caller's is one of them. */
            readonly mine: boolean;
            /**
             * Format: int64
             * @description Its place, from 0.
             */
            readonly option: number;
        };
        /** @description The answer. */
        readonly Pong: {
            readonly message: string;
        };
        /** @description A post-quantum prekey as it is uploaded and handed out. */
        readonly PqPrekey: {
            /**
             * Format: int32
             * @description The client's id for it.
             */
            readonly key_id: number;
            /** @description Kyber-1024. */
            readonly public_key: components["schemas"]["Base64"];
            /** @description Over the public key, by the identity key. */
            readonly signature: components["schemas"]["Base64"];
        };
        /** @description The answer of `GET /v1/encryption/onetime-prekeys/count`. */
        readonly PrekeyCount: {
            /**
             * Format: int64
             * @description One-time prekeys left.
             */
            readonly count: number;
            /**
             * Format: int64
             * @description Post-quantum prekeys left, the last-resort key excluded.
             */
            readonly pq_count?: number;
        };
        /** @description Somebody's presence, as far as the caller may know it. */
        readonly Presence: {
            readonly last_seen_at?: components["schemas"]["Timestamp"] | null;
            /** @description `offline` too where the caller may not know. */
            readonly status: components["schemas"]["PresenceStatus"];
            /** @description The user. */
            readonly user_id: components["schemas"]["UserId"];
        };
        /**
         * @description What others see of a user.
         * @enum {string}
         */
        readonly PresenceStatus: "online" | "away" | "busy" | "offline";
        /** @description The answer of `GET /v1/presence`. */
        readonly Presences: {
            /** @description In the order in which they were asked for, each once. */
            readonly presences: readonly components["schemas"]["Presence"][];
        };
        /** @description Somebody as the caller may see them: no e-mail address, no phone number. */
        readonly Profile: {
            /** @description A picture, if their `privacy_profile_photo` allows. */
            readonly avatar_url?: string | null;
            /** @description A few words about themselves, if their `privacy_about` allows. */
            readonly bio?: string | null;
            /** @description When the account was made. */
            readonly created_at: components["schemas"]["Timestamp"];
            /** @description What they call themselves. */
            readonly display_name: string;
            /** @description The account. */
            readonly id: components["schemas"]["UserId"];
            /** @description Whether the caller has blocked them. */
            readonly is_blocked: boolean;
            /** @description Whether the caller has them as a contact. */
            readonly is_contact: boolean;
            /** @description A line of text, if their `privacy_about` allows. */
            readonly status?: string | null;
            /** @description Their username. */
            readonly username: string;
        };
        /** @description A page of `GET /v1/users` and `GET /v1/users/search`. */
        readonly Profiles: {
            /** @description Whether another page follows. */
            readonly has_more: boolean;
            /**
             * Format: int64
             * @description How many were found; a search finds so many and no more, see [`SEARCH_FOUND_MAX`].
             */
            readonly total: number;
            /** @description By username; those asked for by their ids in the order of these. */
            readonly users: readonly components["schemas"]["Profile"][];
        };
        /** @description `POST /v1/uploads/:id/progress`. */
        readonly ProgressRequest: {
            /**
             * Format: int64
             * @description How far the client believes to be; at most the file's size.
             */
            readonly uploaded_bytes: number;
        };
        /**
         * @description Whose service wakes a device.
         * @enum {string}
         */
        readonly PushPlatform: "apns" | "fcm" | "webpush";
        /** @description A push token of an own device; a device has at most one for each platform. */
        readonly PushToken: {
            /** @description When it was stored. */
            readonly created_at: components["schemas"]["Timestamp"];
            /** @description The client's own string for the device. */
            readonly device_id: string;
            /**
             * Format: uuid
             * @description The stored token.
             */
            readonly id: string;
            /** @description Whose service wakes the device. */
            readonly platform: components["schemas"]["PushPlatform"];
            /** @description As it was stored. */
            readonly token: string;
        };
        /** @description The answer of `GET /v1/users/me/push-tokens`. */
        readonly PushTokens: {
            /** @description Those of all own devices, oldest first. */
            readonly push_tokens: readonly components["schemas"]["PushToken"][];
        };
        /** @description A page of measurements, oldest first. */
        readonly Qualities: {
            /** @description Whether another page follows. */
            readonly has_more: boolean;
            /** @description One page. */
            readonly quality: readonly components["schemas"]["Quality"][];
            /**
             * Format: int64
             * @description How many there are in all.
             */
            readonly total: number;
        };
        /** @description What a client measured at one moment of a call. */
        readonly Quality: components["schemas"]["QualityValues"] & {
            /** @description In which call. */
            readonly call_id: components["schemas"]["CallId"];
            /**
             * Format: uuid
             * @description The measurement.
             */
            readonly id: string;
            /** @description When it was measured. */
            readonly timestamp: components["schemas"]["Timestamp"];
            /** @description Whose client. */
            readonly user_id: components["schemas"]["UserId"];
        };
        /** @description `POST /v1/calls/quality`: what the caller's client measured. */
        readonly QualityRequest: components["schemas"]["QualityValues"] & {
            /** @description In which call. */
            readonly call_id: components["schemas"]["CallId"];
            readonly timestamp?: components["schemas"]["Timestamp"] | null;
            readonly user_id?: components["schemas"]["UserId"] | null;
        };
        /** @description What can be measured; each value may be absent. */
        readonly QualityValues: {
            /**
             * Format: double
             * @description Volume of the sound, in decibels.
             */
            readonly audio_level?: number | null;
            /**
             * Format: double
             * @description Bits per second.
             */
            readonly bitrate?: number | null;
            /**
             * Format: double
             * @description Pictures per second.
             */
            readonly frame_rate?: number | null;
            /**
             * Format: double
             * @description Variation of the delay, in milliseconds.
             */
            readonly jitter?: number | null;
            /**
             * Format: double
             * @description Delay, in milliseconds.
             */
            readonly latency?: number | null;
            /**
             * Format: double
             * @description Part of the packets that were lost, from 0 to 1.
             */
            readonly packet_loss?: number | null;
            /** @description Such as `1920x1080`; at most 32 characters. */
            readonly resolution?: string | null;
        };
        /** @description One bucket of `GET /v1/rate-limits`. */
        readonly RateLimit: {
            /** @description Its name. */
            readonly bucket: string;
            /**
             * Format: int32
             * @description Requests that a full bucket allows; `null` if there is no limit.
             */
            readonly limit?: number | null;
            /**
             * Format: int32
             * @description Requests that it allows now.
             */
            readonly remaining?: number | null;
            /**
             * Format: int64
             * @description Seconds until it is full again.
             */
            readonly reset?: number | null;
        };
        /** @description The answer of `GET /v1/rate-limits`. */
        readonly RateLimits: {
            /** @description The caller's own. */
            readonly rate_limits: readonly components["schemas"]["RateLimit"][];
        };
        /** @description Who gave a reaction. */
        readonly Reaction: {
            /** @description When it was given. */
            readonly created_at: components["schemas"]["Timestamp"];
            /** @description As given. */
            readonly reaction: string;
            /** @description The user who gave it. */
            readonly user_id: components["schemas"]["UserId"];
        };
        /** @description One reaction to a message and how many gave it. */
        readonly ReactionCount: {
            /**
             * Format: int64
             * @description By how many.
             */
            readonly count: number;
            /** @description Whether the caller is one of them. */
            readonly mine: boolean;
            /** @description As given. */
            readonly reaction: string;
        };
        /** @description A message's reactions, counted. */
        readonly ReactionCounts: {
            /** @description The message. */
            readonly message_id: components["schemas"]["MessageId"];
            /** @description The most frequent first, at most [`crate::limits::REACTIONS_SHOWN_MAX`] different ones. */
            readonly reactions: readonly components["schemas"]["ReactionCount"][];
        };
        /** @description A page of who reacted to a message, the first to react first. */
        readonly Reactions: {
            /** @description Whether there is another page. */
            readonly has_more: boolean;
            /** @description The message. */
            readonly message_id: components["schemas"]["MessageId"];
            /** @description The page. */
            readonly reacted: readonly components["schemas"]["Reaction"][];
            /** @description The same as the message shows. */
            readonly reactions: readonly components["schemas"]["ReactionCount"][];
            /**
             * Format: int64
             * @description All of them.
             */
            readonly total: number;
        };
        /** @description `POST /v1/conversations/:id/read`. */
        readonly ReadUpToRequest: {
            /**
             * Format: int64
             * @description The message number up to which everything is read.
             */
            readonly up_to_sequence: number;
        };
        /**
         * @description What a server may be ready for.
         * @enum {string}
         */
        readonly ReadyFor: "reads";
        /** @description `POST /v1/auth/reauthenticate`. */
        readonly ReauthenticateRequest: {
            /** @description The account's password. */
            readonly password: string;
        };
        /** @description The answer of `POST /v1/auth/reauthenticate`. */
        readonly Reauthenticated: {
            /** @description Until when this login session may do what needs the password without giving it again. */
            readonly expires_at: components["schemas"]["Timestamp"];
        };
        /** @description What became of a message at one participant. */
        readonly Receipt: {
            /** @description Whether a device of theirs has it. */
            readonly delivered: boolean;
            /** @description Whether they have read it; `null` if they or the caller do not let others know. */
            readonly read?: boolean | null;
            /** @description The participant. */
            readonly user_id: components["schemas"]["UserId"];
        };
        /** @description How far another participant has everything. */
        readonly ReceiptCursor: {
            /**
             * Format: int64
             * @description Their delivered cursor; `null` where receipts are not shown.
             */
            readonly last_delivered_sequence?: number | null;
            /**
             * Format: int64
             * @description Their read cursor; `null` where receipts are not shown.
             */
            readonly last_read_sequence?: number | null;
            /** @description The participant. */
            readonly user_id: components["schemas"]["UserId"];
        };
        /** @description Receipt cursors after a mark. */
        readonly ReceiptState: {
            /** @description The conversation. */
            readonly conversation_id: components["schemas"]["ConversationId"];
            /**
             * Format: int64
             * @description The caller's delivered cursor.
             */
            readonly last_delivered_sequence: number;
            /**
             * Format: int64
             * @description The caller's read cursor.
             */
            readonly last_read_sequence: number;
            /**
             * Format: int64
             * @description Messages after the read cursor that count.
             */
            readonly unread_count: number;
        };
        /** @description A page of a message's receipts: everybody else who could see it and still takes part. */
        readonly Receipts: {
            /** @description Whether there is another page. */
            readonly has_more: boolean;
            /** @description The message. */
            readonly message_id: components["schemas"]["MessageId"];
            /** @description The page, by user id. */
            readonly receipts: readonly components["schemas"]["Receipt"][];
            /**
             * Format: int64
             * @description All of them.
             */
            readonly total: number;
        };
        /** @description Somebody on a list. */
        readonly Recipient: {
            /** @description Since when they are on the list. */
            readonly added_at: components["schemas"]["Timestamp"];
            /** @description The list. */
            readonly broadcast_id: components["schemas"]["BroadcastId"];
            /** @description Their display name. */
            readonly display_name: string;
            /** @description The recipient. */
            readonly user_id: components["schemas"]["UserId"];
            /** @description Their username. */
            readonly username: string;
        };
        /** @description The answer of `GET /v1/broadcasts/:id/recipients/:user_id`. */
        readonly RecipientCheck: {
            readonly added_at?: components["schemas"]["Timestamp"] | null;
            /** @description The list. */
            readonly broadcast_id: components["schemas"]["BroadcastId"];
            /** @description Whether they are on the list. */
            readonly is_recipient: boolean;
            /** @description Who was asked for. */
            readonly user_id: components["schemas"]["UserId"];
        };
        /** @description The answer of `GET /v1/broadcasts/:id/recipients/count`. */
        readonly RecipientCount: {
            /**
             * Format: int64
             * @description How many recipients the list has.
             */
            readonly count: number;
        };
        /** @description A page of a list's recipients, in the order in which they were added. */
        readonly Recipients: {
            /** @description Whether another page follows. */
            readonly has_more: boolean;
            /** @description One page. */
            readonly recipients: readonly components["schemas"]["Recipient"][];
            /**
             * Format: int64
             * @description How many there are in all.
             */
            readonly total: number;
        };
        /** @description `POST /v1/auth/refresh`. */
        readonly RefreshRequest: {
            /** @description The newest refresh token that the client has. */
            readonly refresh_token: string;
            /** @description The login session. */
            readonly session_id: components["schemas"]["LoginSessionId"];
        };
        /** @description `POST /v1/auth/register`. */
        readonly RegisterRequest: {
            /** @description The string by which the client knows this installation, 1 to 128 characters. */
            readonly device_id: string;
            /** @description For people, such as "iPhone 15 Pro". */
            readonly device_name?: string | null;
            /** @description `mobile`, `desktop`, `web`, `tablet`; free text of at most 32 characters. */
            readonly device_type?: string | null;
            /** @description The username if absent; at most 64 characters as people count them. */
            readonly display_name?: string | null;
            /**
             * Format: email
             * @description Unique without regard to case.
             */
            readonly email: string;
            /** @description 8 to 72 bytes in NFC, and none of the most used ones. */
            readonly password: string;
            /**
             * @description Optional, unique: an international number (E.164), with or without its `+`. Spaces, dots, dashes
             *     and parentheses are dropped.
             */
            readonly phone_number?: string | null;
            /** @description Unique without regard to case; 3 to 32 of `A-Za-z0-9_.`. */
            readonly username: string;
        };
        /** @description `POST /v1/auth/password/reset`. */
        readonly ResetPasswordRequest: {
            /** @description The account, as in `forgot`. */
            readonly identity: string;
            /** @description 8 to 72 bytes in NFC, and none of the most used ones. */
            readonly new_password: string;
            /** @description The mailed token. Optional in form only: without a good one the answer is 400. */
            readonly token?: string | null;
        };
        /**
         * @description A participant's rank; later values outrank earlier ones.
         * @enum {string}
         */
        readonly Role: "member" | "admin" | "owner";
        /** @description `POST /v1/encryption/signed-prekeys/rotate`. */
        readonly RotateSignedPrekeyRequest: {
            /** @description An own device; the calling one if absent. */
            readonly device_id?: string | null;
            /** @description The new key. */
            readonly key: components["schemas"]["SignedPrekeyBody"];
            readonly user_id?: components["schemas"]["UserId"] | null;
        };
        /** @description `POST /v1/broadcasts/:id/messages`. */
        readonly SendBroadcastRequest: {
            /**
             * @description One for each device of each recipient, and for each other device of the sender; the latter
             *     go into every conversation.
             */
            readonly ciphertexts?: readonly components["schemas"]["Ciphertext"][];
            /** @description The client's id for it: under it each recipient gets the message once, for ever. */
            readonly client_message_id?: string | null;
            /** @description The same for 24 hours, if there is no `client_message_id`. */
            readonly idempotency_key?: string | null;
            readonly message_type?: components["schemas"]["MessageType"] | null;
        };
        /** @description `POST /v1/messages` and `message:send`. */
        readonly SendMessageRequest: {
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
        };
        /** @description The answer of a broadcast. */
        readonly SentBroadcast: {
            /**
             * Format: int64
             * @description How many recipients were sent the message.
             */
            readonly accepted: number;
            /** @description Their messages. */
            readonly messages: readonly components["schemas"]["BroadcastMessage"][];
            /** @description Who was not, and why. */
            readonly skipped: readonly components["schemas"]["SkippedRecipient"][];
        };
        /** @description The answer to a control message. */
        readonly SentControl: {
            /** @description As sent. */
            readonly client_message_id?: string | null;
            /** @description Where it was sent. */
            readonly conversation_id: components["schemas"]["ConversationId"];
            /** @description When it was stored. */
            readonly created_at: components["schemas"]["Timestamp"];
            /** @description The control message. */
            readonly id: components["schemas"]["MessageId"];
            /**
             * Format: int64
             * @description Its number among the conversation's changes.
             */
            readonly revision: number;
            /** @description Who sent it. */
            readonly sender_id: components["schemas"]["UserId"];
        };
        /** @description The answer to a send. */
        readonly SentMessage: {
            /** @description As sent. */
            readonly client_message_id?: string | null;
            /** @description Where it was sent. */
            readonly conversation_id: components["schemas"]["ConversationId"];
            /** @description When it was stored. */
            readonly created_at: components["schemas"]["Timestamp"];
            /** @description The message. */
            readonly id: components["schemas"]["MessageId"];
            /**
             * Format: int64
             * @description Its number among the conversation's changes.
             */
            readonly revision: number;
            /** @description Who sent it. */
            readonly sender_id: components["schemas"]["UserId"];
            /**
             * Format: int64
             * @description Its number among the conversation's messages.
             */
            readonly sequence_number: number;
        };
        /** @description The answer of the sequence routes. */
        readonly SequenceState: {
            /** @description The conversation. */
            readonly conversation_id: components["schemas"]["ConversationId"];
            /**
             * Format: int64
             * @description The highest number given.
             */
            readonly last_sequence: number;
            /**
             * Format: int64
             * @description The highest number given; for a reservation the reserved one.
             */
            readonly sequence: number;
            /** @description When it was read. */
            readonly updated_at: components["schemas"]["Timestamp"];
        };
        /** @description The answer of `GET /v1/server`. */
        readonly ServerDescription: {
            /** @description What it can do, by name. */
            readonly features: readonly string[];
            /** @description Its limits, by name; units are in the names. */
            readonly limits: {
                readonly [key: string]: unknown;
            };
            /** @description Product name. */
            readonly name: string;
            /** @description What browsers subscribe to pushes with (`applicationServerKey`), if the server sends Web Push. */
            readonly vapid_public_key?: string | null;
            /** @description Its version. */
            readonly version: string;
        };
        /** @description The answer of `POST /v1/encryption/setup`. */
        readonly SetupKeys: {
            /**
             * Format: int64
             * @description How many the device has now.
             */
            readonly count: number;
            /** @description Whether it has a last-resort key. */
            readonly has_last_resort: boolean;
            /** @description As stored. */
            readonly identity_key: components["schemas"]["IdentityKey"];
            /**
             * Format: int64
             * @description How many the device has now, the last-resort key excluded.
             */
            readonly pq_count: number;
            /**
             * Format: int64
             * @description How many post-quantum prekeys were new, the last-resort key included.
             */
            readonly pq_uploaded: number;
            /** @description As stored. */
            readonly signed_prekey: components["schemas"]["SignedPrekey"];
            /**
             * Format: int64
             * @description How many one-time prekeys were new.
             */
            readonly uploaded: number;
        };
        /** @description `POST /v1/encryption/setup`: a device's keys at once. It has no others afterwards. */
        readonly SetupRequest: {
            /** @description An own device; the calling one if absent. */
            readonly device_id?: string | null;
            /** @description Curve25519 or Ed25519. */
            readonly identity_key: components["schemas"]["Base64"];
            /** @description 0 to 100 keys. */
            readonly one_time_keys?: readonly components["schemas"]["OneTimePrekeyBody"][];
            /** @description 0 to 100 post-quantum keys, each of which is handed out once. */
            readonly pq_keys?: readonly components["schemas"]["PqPrekey"][];
            readonly pq_last_resort?: components["schemas"]["PqPrekey"] | null;
            /** @description Signed by it. */
            readonly signed_prekey: components["schemas"]["SignedPrekeyBody"];
        };
        /** @description A device's medium-term key. */
        readonly SignedPrekey: {
            /** @description When it was uploaded. */
            readonly created_at: components["schemas"]["Timestamp"];
            /** @description The client's string of the device. */
            readonly device_id: string;
            /**
             * Format: uuid
             * @description The stored key.
             */
            readonly id: string;
            /** @description Whether bundles carry it. */
            readonly is_active: boolean;
            /**
             * Format: int32
             * @description The client's id for it.
             */
            readonly key_id: number;
            /** @description The Curve25519 key. */
            readonly public_key: components["schemas"]["Base64"];
            /** @description Over the public key, by the identity key. */
            readonly signature: components["schemas"]["Base64"];
            /** @description The device's owner. */
            readonly user_id: components["schemas"]["UserId"];
        };
        /** @description The key part of a signed prekey. */
        readonly SignedPrekeyBody: {
            /**
             * Format: int32
             * @description The client's id for it.
             */
            readonly key_id: number;
            /** @description The Curve25519 key. */
            readonly public_key: components["schemas"]["Base64"];
            /** @description Over the public key, by the identity key. */
            readonly signature: components["schemas"]["Base64"];
        };
        /**
         * @description Why a user was left out of something that was done for others.
         * @enum {string}
         */
        readonly SkipReason: "UNKNOWN_USER" | "BLOCKED" | "DUPLICATE" | "LIST_FULL" | "NOT_FOUND";
        /** @description A recipient who was not sent the message. */
        readonly SkippedRecipient: {
            /** @description A [`SkipReason`], or the [`crate::ErrorCode`] that a send to them alone gives. */
            readonly code: string;
            /** @description What exactly, where the code has something to tell. */
            readonly details?: unknown;
            /** @description The recipient. */
            readonly user_id: components["schemas"]["UserId"];
        };
        /** @description Somebody who was left out of a bulk request. */
        readonly SkippedUser: {
            /** @description Why they were left out. */
            readonly code: components["schemas"]["SkipReason"];
            /** @description The user who was left out. */
            readonly user_id: components["schemas"]["UserId"];
        };
        /** @description A page of the caller's starred messages, the one starred last first. */
        readonly Starred: {
            /** @description Whether there is another page. */
            readonly has_more: boolean;
            /** @description The page, as the calling device sees it. */
            readonly messages: readonly components["schemas"]["Message"][];
            /**
             * Format: int64
             * @description All of them.
             */
            readonly total: number;
        };
        /** @description One word. */
        readonly Status: {
            readonly status: string;
        };
        /** @description What is kept of the caller. Messages are not a part of it: they belong to conversations. */
        readonly Storage: {
            /**
             * Format: int64
             * @description How much it may be, bytes. What would make it more is refused with `QUOTA_EXCEEDED`.
             */
            readonly allowed_bytes: number;
            /** @description Bytes of each kind. */
            readonly kinds: components["schemas"]["StorageKinds"];
            /**
             * Format: int64
             * @description All kinds together, bytes.
             */
            readonly used_bytes: number;
        };
        /** @description Bytes that are kept, by kind. */
        readonly StorageKinds: {
            /**
             * Format: int64
             * @description Announced and complete files; each counts as 64 KiB at least.
             */
            readonly files: number;
            /**
             * Format: int64
             * @description Answers kept under idempotency keys, for a day.
             */
            readonly kept_answers: number;
            /**
             * Format: int64
             * @description The encrypted backup of keys.
             */
            readonly key_backup: number;
            /**
             * Format: int64
             * @description Push tokens of all devices.
             */
            readonly push_tokens: number;
        };
        /** @description `POST /v1/encryption/backup`. */
        readonly StoreBackupRequest: {
            /** @description What only the user can read. The whole request has at most 1 MiB. */
            readonly backup_data: components["schemas"]["Base64"];
            /** @description The own device that made it; the calling one if absent. */
            readonly device_id?: string | null;
            /** @description Of the encryption; at most 256 bytes. */
            readonly nonce: components["schemas"]["Base64"];
            /** @description Of the key's derivation; at most 256 bytes. */
            readonly salt: components["schemas"]["Base64"];
        };
        /** @description A page of `GET /v1/sync`. */
        readonly Sync: {
            /**
             * Format: int64
             * @description Counts changes of what belongs to the account.
             */
            readonly account_revision: number;
            /** @description Live calls of the caller's conversations. */
            readonly active_calls: readonly components["schemas"]["Call"][];
            /** @description A page of the caller's contacts: by id, with `page` in the order in which they were added. */
            readonly contacts: readonly components["schemas"]["Contact"][];
            /** @description Conversations by id, each as it is now; with `since` those that changed, and some more. */
            readonly conversations: readonly components["schemas"]["SyncConversation"][];
            /**
             * @description What to ask `since` next time; of several pages the first one's, as it was taken before
             *     anything was read.
             */
            readonly cursor: string;
            /** @description The caller's active devices. */
            readonly devices: readonly components["schemas"]["Device"][];
            /**
             * @description With `since`: conversations that are to be taken off the list, because the caller left or
             *     cleared them or they were deleted.
             */
            readonly gone: readonly components["schemas"]["ConversationId"][];
            /** @description Whether another page of conversations or contacts follows. */
            readonly has_more: boolean;
            /** @description What to ask the page that follows `after`; `null` on the last one, and where `page` was given. */
            readonly next_after?: string | null;
            /**
             * Format: int64
             * @description How many conversations there are on all pages, those in `gone` included.
             */
            readonly total: number;
        };
        /** @description A conversation in [`Sync`]. */
        readonly SyncConversation: components["schemas"]["Conversation"] & {
            /**
             * Format: int64
             * @description The caller has cleared everything up to here.
             */
            readonly cleared_sequence: number;
            /**
             * Format: int64
             * @description The caller's delivered cursor.
             */
            readonly last_delivered_sequence: number;
            /** @description The other participants' cursors; none in groups above 100. */
            readonly receipts: readonly components["schemas"]["ReceiptCursor"][];
        };
        /**
         * @description How clients look.
         * @enum {string}
         */
        readonly Theme: "light" | "dark" | "system";
        /** @description The answer of `POST /v1/ws/ticket`. */
        readonly Ticket: {
            /**
             * Format: int64
             * @description Seconds that it is good for.
             */
            readonly expires_in: number;
            /** @description Opens one WebSocket as `?ticket=`. */
            readonly ticket: string;
        };
        /**
         * Format: date-time
         * @description A UTC instant in whole milliseconds since 1970, written as RFC 3339 with three decimals and `Z`.
         *
         *     Milliseconds because SQLite and PostgreSQL cut finer times differently.
         * @example 2025-01-01T12:00:00.007Z
         */
        readonly Timestamp: string;
        /** @description The answer to register, login and refresh. */
        readonly Tokens: {
            /** @description A JWT, good until `expires_at`. */
            readonly access_token: string;
            /** @description The client's own string for the device. */
            readonly device_id: string;
            /**
             * @description Proves later that this device was signed in to this account: keep it beyond the logout and
             *     present it at the next login. It ends with the password, and when the device is removed.
             */
            readonly device_token: string;
            /** @description End of the access token. */
            readonly expires_at: components["schemas"]["Timestamp"];
            /**
             * Format: int64
             * @description The same in seconds from now.
             */
            readonly expires_in: number;
            /** @description Opaque, good for one use. */
            readonly refresh_token: string;
            /** @description The login session that both tokens belong to. */
            readonly session_id: components["schemas"]["LoginSessionId"];
            /** @description The account. */
            readonly user: components["schemas"]["Me"];
            /** @description Who signed in. */
            readonly user_id: components["schemas"]["UserId"];
        };
        /** @description `POST /v1/conversations/:id/transfer`. */
        readonly TransferRequest: {
            /** @description The participant who becomes the owner. */
            readonly user_id: components["schemas"]["UserId"];
        };
        /** @description `POST /v1/auth/email/undo`. */
        readonly UndoEmailRequest: {
            /** @description The password that the account had before the change. */
            readonly password: string;
            /** @description The token that was mailed to the address from before. */
            readonly token: string;
        };
        /** @description A page of `GET /v1/users/me/unread`. */
        readonly Unread: {
            /** @description Conversations with unread messages, by id. */
            readonly conversations: readonly components["schemas"]["UnreadConversation"][];
            /** @description Whether another page follows. */
            readonly has_more: boolean;
            /**
             * Format: int64
             * @description How many conversations have unread messages.
             */
            readonly total: number;
            /**
             * Format: int64
             * @description Unread messages over all conversations.
             */
            readonly unread_count: number;
        };
        /** @description A conversation with unread messages. */
        readonly UnreadConversation: {
            /** @description The conversation. */
            readonly conversation_id: components["schemas"]["ConversationId"];
            /**
             * Format: int64
             * @description The caller's read cursor.
             */
            readonly last_read_sequence: number;
            /**
             * Format: int64
             * @description The highest message number given.
             */
            readonly last_sequence: number;
            /**
             * Format: int64
             * @description How many messages are unread.
             */
            readonly unread_count: number;
        };
        /** @description `PUT /v1/broadcasts/:id`: what is absent stays. */
        readonly UpdateBroadcastRequest: {
            /** @description At most 1,024 characters; `null` clears. */
            readonly description?: string | null;
            /** @description 1 to 128 characters. */
            readonly name?: string | null;
        };
        /** @description `PUT /v1/conversations/:id`: an absent field stays, `null` clears. */
        readonly UpdateConversationRequest: {
            /** @description A picture: `https:`, or the address of a file of this server. */
            readonly avatar_url?: string | null;
            /** @description What it is about, at most 1,024 characters. */
            readonly description?: string | null;
            /**
             * Format: int64
             * @description Seconds after which new messages go by themselves; at most a year.
             */
            readonly message_expiry_seconds?: number | null;
            readonly permissions?: components["schemas"]["PermissionsUpdate"] | null;
            /** @description A group's name, at most 128 characters. */
            readonly subject?: string | null;
        };
        /** @description `PUT /v1/users/me`: what is absent stays, `null` clears. */
        readonly UpdateProfileRequest: {
            /** @description A picture: `https:`, or the address of a file of this server; at most 2,048 bytes. */
            readonly avatar_url?: string | null;
            /** @description A few words about oneself; at most 1,024 characters. */
            readonly bio?: string | null;
            /** @description At most 64 characters; cleared, it is the username again. */
            readonly display_name?: string | null;
            /** @description Unique without regard to case; cannot be cleared. */
            readonly email?: string | null;
            /**
             * @description The account's password. To change e-mail address, username or phone number it is needed, unless
             *     the login session is younger than 10 minutes, or the password was given in it within them.
             */
            readonly password?: string | null;
            /** @description No two accounts have the same. As at registration. */
            readonly phone_number?: string | null;
            /** @description A line of text; at most 256 characters. */
            readonly status?: string | null;
            /** @description Unique without regard to case; cannot be cleared. */
            readonly username?: string | null;
        };
        /** @description `PUT /v1/conversations/:id/participants/:user_id/role`. */
        readonly UpdateRoleRequest: {
            /** @description The new rank. */
            readonly role: components["schemas"]["Role"];
        };
        /** @description `PUT /v1/users/me/settings`: what is absent stays, `null` is the default again. */
        readonly UpdateSettingsRequest: {
            /** @description See [`UserSettings::calls_ring_muted`]. */
            readonly calls_ring_muted?: boolean | null;
            /** @description See [`UserSettings::enter_to_send`]. */
            readonly enter_to_send?: boolean | null;
            /** @description See [`UserSettings::language`]. */
            readonly language?: string | null;
            /** @description See [`UserSettings::media_auto_download_mobile`]. */
            readonly media_auto_download_mobile?: boolean | null;
            /** @description See [`UserSettings::media_auto_download_wifi`]. */
            readonly media_auto_download_wifi?: boolean | null;
            /** @description See [`UserSettings::notification_sound`]. */
            readonly notification_sound?: string | null;
            /** @description See [`UserSettings::notification_vibrate`]. */
            readonly notification_vibrate?: boolean | null;
            /** @description See [`UserSettings::notifications_enabled`]. */
            readonly notifications_enabled?: boolean | null;
            readonly privacy_about?: components["schemas"]["Visibility"] | null;
            readonly privacy_discoverable?: components["schemas"]["Visibility"] | null;
            readonly privacy_groups?: components["schemas"]["Visibility"] | null;
            readonly privacy_last_seen?: components["schemas"]["Visibility"] | null;
            readonly privacy_profile_photo?: components["schemas"]["Visibility"] | null;
            /** @description See [`UserSettings::read_receipts`]. */
            readonly read_receipts?: boolean | null;
            readonly theme?: components["schemas"]["Theme"] | null;
        };
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
        /** @description `POST /v1/encryption/identity`. */
        readonly UploadIdentityRequest: {
            /** @description An own device; the calling one if absent. */
            readonly device_id?: string | null;
            /** @description Curve25519 or Ed25519. */
            readonly public_key: components["schemas"]["Base64"];
            readonly user_id?: components["schemas"]["UserId"] | null;
        };
        /** @description `POST /v1/encryption/onetime-prekeys`. */
        readonly UploadOneTimePrekeysRequest: {
            /** @description 1 to 100 keys, all of one device. */
            readonly keys: readonly components["schemas"]["OneTimePrekeyBody"][];
        };
        /** @description `POST /v1/encryption/pq-prekeys`. */
        readonly UploadPqPrekeysRequest: {
            /** @description An own device; the calling one if absent. */
            readonly device_id?: string | null;
            /** @description At most 100, each of which is handed out once. */
            readonly keys?: readonly components["schemas"]["PqPrekey"][];
            readonly last_resort?: components["schemas"]["PqPrekey"] | null;
        };
        /** @description `POST /v1/encryption/signed-prekeys`. */
        readonly UploadSignedPrekeyRequest: components["schemas"]["SignedPrekeyBody"] & {
            /** @description An own device; the calling one if absent. */
            readonly device_id?: string | null;
            readonly user_id?: components["schemas"]["UserId"] | null;
        };
        /**
         * @description How far an upload has come.
         * @enum {string}
         */
        readonly UploadStatus: "PENDING" | "IN_PROGRESS" | "COMPLETED" | "FAILED" | "CANCELLED";
        /** @description The answer to an upload of post-quantum prekeys. */
        readonly UploadedPqPrekeys: {
            /**
             * Format: int64
             * @description How many the device has now, the last-resort key excluded.
             */
            readonly count: number;
            /** @description Whether it has a last-resort key. */
            readonly has_last_resort: boolean;
            /**
             * Format: int64
             * @description How many were new, the last-resort key included.
             */
            readonly uploaded: number;
        };
        /** @description The answer to an upload of one-time prekeys. */
        readonly UploadedPrekeys: {
            /**
             * Format: int64
             * @description How many the device has now.
             */
            readonly count: number;
            /**
             * Format: int64
             * @description How many were new.
             */
            readonly uploaded: number;
        };
        /** @description A page of uploads, newest first. */
        readonly Uploads: {
            /** @description Whether another page follows. */
            readonly has_more: boolean;
            /**
             * Format: int64
             * @description How many there are in all.
             */
            readonly total: number;
            /** @description One page. */
            readonly uploads: readonly components["schemas"]["Upload"][];
        };
        /**
         * Format: uuid
         * @description An account.
         * @example 01941f29-7c07-7b1a-9d5e-3f6c0a8b2e41
         */
        readonly UserId: string;
        /** @description `GET /v1/users/me/settings`. */
        readonly UserSettings: {
            /** @description Whether a call in a muted conversation wakes devices that are not connected. */
            readonly calls_ring_muted: boolean;
            /** @description Whether the Enter key sends. */
            readonly enter_to_send: boolean;
            /** @description A BCP 47 language tag. */
            readonly language: string;
            /** @description Whether clients fetch files by themselves over a mobile network. */
            readonly media_auto_download_mobile: boolean;
            /** @description Whether clients fetch files by themselves over Wi-Fi. */
            readonly media_auto_download_wifi: boolean;
            /** @description What notifications sound like, in the client's own words; at most 64 characters. */
            readonly notification_sound: string;
            /** @description Whether notifications make a device vibrate. */
            readonly notification_vibrate: boolean;
            /** @description Whether the user wants to be notified. */
            readonly notifications_enabled: boolean;
            /** @description Who sees the user's bio and status. */
            readonly privacy_about: components["schemas"]["Visibility"];
            /** @description Who finds the user by e-mail address or phone number. */
            readonly privacy_discoverable: components["schemas"]["Visibility"];
            /** @description Who may put the user into a group. */
            readonly privacy_groups: components["schemas"]["Visibility"];
            /** @description Who sees when the user was there. */
            readonly privacy_last_seen: components["schemas"]["Visibility"];
            /** @description Who sees the user's picture. */
            readonly privacy_profile_photo: components["schemas"]["Visibility"];
            /** @description Whether others learn what the user has read; who does not tell is not told. */
            readonly read_receipts: boolean;
            /** @description How clients look. */
            readonly theme: components["schemas"]["Theme"];
            readonly updated_at?: components["schemas"]["Timestamp"] | null;
        };
        /** @description `POST /v1/users/me/email/verify`. */
        readonly VerifyEmailRequest: {
            /** @description The mailed code: 8 digits. */
            readonly code: string;
        };
        /**
         * @description Who may see or do something that concerns a user.
         * @enum {string}
         */
        readonly Visibility: "everyone" | "contacts" | "nobody";
        /** @description `PUT /v1/messages/:id/vote`. */
        readonly VoteRequest: {
            /** @description All options that the caller votes for from now on; none takes the vote back. */
            readonly options: readonly number[];
        };
    };
    responses: never;
    parameters: never;
    requestBodies: never;
    headers: never;
    pathItems: never;
}
export type $defs = Record<string, never>;
export interface operations {
    readonly ops_asyncapi: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description always */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    readonly ops_docs: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description a file of the page */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    readonly ops_file: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path: {
                readonly file: string;
            };
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description a file of the page */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    readonly ops_goroutines: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description debug mode, or `GOROUTINES=on` */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["Goroutines"];
                };
            };
        };
    };
    readonly ops_health: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description it answers */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": {
                        readonly data: components["schemas"]["Status"];
                        /** @constant */
                        readonly success: true;
                    };
                };
            };
        };
    };
    readonly ops_livez: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description always */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": {
                        readonly data: components["schemas"]["Status"];
                        /** @constant */
                        readonly success: true;
                    };
                };
            };
        };
    };
    readonly ops_metrics: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description the caller's address is in `OPERATOR_NETWORKS`, and operators have no listener of their own (`OPERATOR_ADDR`) */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    readonly ops_openapi: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description always */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    readonly ops_ping: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description always */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": {
                        readonly data: components["schemas"]["Pong"];
                        /** @constant */
                        readonly success: true;
                    };
                };
            };
        };
    };
    readonly ops_ready: {
        readonly parameters: {
            readonly query?: {
                readonly for?: components["schemas"]["ReadyFor"];
            };
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description the database answers, its schema is there, and it takes writes; with `for=reads`, the first two; `degraded` while Redis is away */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": {
                        readonly data: components["schemas"]["Status"];
                        /** @constant */
                        readonly success: true;
                    };
                };
            };
        };
    };
    readonly auth_undo_email: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /** @description At most 1048576 bytes. */
        readonly requestBody: {
            readonly content: {
                /**
                 * @example {
                 *       "password": "correct horse battery",
                 *       "token": "the mailed one"
                 *     }
                 */
                readonly "application/json": components["schemas"]["UndoEmailRequest"];
            };
        };
        readonly responses: {
            /** @description undone; all login sessions end */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": {
                        readonly data: null;
                        /** @constant */
                        readonly success: true;
                    };
                };
            };
        };
    };
    readonly auth_login: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /** @description At most 1048576 bytes. */
        readonly requestBody: {
            readonly content: {
                /**
                 * @example {
                 *       "device_id": "alice-phone",
                 *       "identity": "alice",
                 *       "password": "correct horse battery"
                 *     }
                 */
                readonly "application/json": components["schemas"]["LoginRequest"];
            };
        };
        readonly responses: {
            /** @description signed in */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": {
                        readonly data: components["schemas"]["Tokens"];
                        /** @constant */
                        readonly success: true;
                    };
                };
            };
        };
    };
    readonly auth_logout: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /** @description At most 1048576 bytes. */
        readonly requestBody?: {
            readonly content: {
                /**
                 * @example {
                 *       "session_id": "01941f29-7c07-7b1a-9d5e-000000000006"
                 *     }
                 */
                readonly "application/json": components["schemas"]["LogoutRequest"];
            };
        };
        readonly responses: {
            /** @description ended; its sockets close with 4401 */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": {
                        readonly data: null;
                        /** @description This is the original answer to an earlier, equal request. */
                        readonly duplicate?: boolean;
                        /** @constant */
                        readonly success: true;
                    };
                };
            };
        };
    };
    readonly auth_logout_all: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /** @description At most 1048576 bytes. */
        readonly requestBody?: {
            readonly content: {
                /**
                 * @example {
                 *       "password": "correct horse battery"
                 *     }
                 */
                readonly "application/json": components["schemas"]["ConfirmRequest"];
            };
        };
        readonly responses: {
            /** @description ended; their sockets close with 4401 */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": {
                        readonly data: null;
                        /** @description This is the original answer to an earlier, equal request. */
                        readonly duplicate?: boolean;
                        /** @constant */
                        readonly success: true;
                    };
                };
            };
        };
    };
    readonly auth_change_password: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /** @description At most 1048576 bytes. */
        readonly requestBody: {
            readonly content: {
                /**
                 * @example {
                 *       "current_password": "correct horse battery",
                 *       "new_password": "staple the battery"
                 *     }
                 */
                readonly "application/json": components["schemas"]["ChangePasswordRequest"];
            };
        };
        readonly responses: {
            /** @description replaced; all other login sessions end */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": {
                        readonly data: null;
                        /** @description This is the original answer to an earlier, equal request. */
                        readonly duplicate?: boolean;
                        /** @constant */
                        readonly success: true;
                    };
                };
            };
        };
    };
    readonly auth_forgot_password: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /** @description At most 1048576 bytes. */
        readonly requestBody: {
            readonly content: {
                /**
                 * @example {
                 *       "identity": "alice"
                 *     }
                 */
                readonly "application/json": components["schemas"]["ForgotPasswordRequest"];
            };
        };
        readonly responses: {
            /** @description always, in the same time, whether there is such an account or not */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": {
                        readonly data: null;
                        /** @constant */
                        readonly success: true;
                    };
                };
            };
        };
    };
    readonly auth_reset_password: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /** @description At most 1048576 bytes. */
        readonly requestBody: {
            readonly content: {
                /**
                 * @example {
                 *       "identity": "alice",
                 *       "new_password": "staple the battery",
                 *       "token": "the mailed one"
                 *     }
                 */
                readonly "application/json": components["schemas"]["ResetPasswordRequest"];
            };
        };
        readonly responses: {
            /** @description replaced; all login sessions end */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": {
                        readonly data: null;
                        /** @constant */
                        readonly success: true;
                    };
                };
            };
        };
    };
    readonly auth_reauthenticate: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /** @description At most 1048576 bytes. */
        readonly requestBody: {
            readonly content: {
                /**
                 * @example {
                 *       "password": "correct horse battery"
                 *     }
                 */
                readonly "application/json": components["schemas"]["ReauthenticateRequest"];
            };
        };
        readonly responses: {
            /** @description noted, for 10 minutes */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": {
                        readonly data: components["schemas"]["Reauthenticated"];
                        /** @description This is the original answer to an earlier, equal request. */
                        readonly duplicate?: boolean;
                        /** @constant */
                        readonly success: true;
                    };
                };
            };
        };
    };
    readonly auth_refresh: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /** @description At most 1048576 bytes. */
        readonly requestBody: {
            readonly content: {
                /**
                 * @example {
                 *       "refresh_token": "the newest one",
                 *       "session_id": "01941f29-7c07-7b1a-9d5e-000000000006"
                 *     }
                 */
                readonly "application/json": components["schemas"]["RefreshRequest"];
            };
        };
        readonly responses: {
            /** @description new tokens; the same refresh token again where the answer was lost */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": {
                        readonly data: components["schemas"]["Tokens"];
                        /** @constant */
                        readonly success: true;
                    };
                };
            };
        };
    };
    readonly auth_register: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /** @description At most 1048576 bytes. */
        readonly requestBody: {
            readonly content: {
                /**
                 * @example {
                 *       "device_id": "alice-phone",
                 *       "device_name": "Alice's phone",
                 *       "device_type": "mobile",
                 *       "display_name": "Alice",
                 *       "email": "alice@example.com",
                 *       "password": "correct horse battery",
                 *       "username": "alice"
                 *     }
                 */
                readonly "application/json": components["schemas"]["RegisterRequest"];
            };
        };
        readonly responses: {
            /** @description made */
            readonly 201: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": {
                        readonly data: components["schemas"]["Tokens"];
                        /** @constant */
                        readonly success: true;
                    };
                };
            };
        };
    };
    readonly auth_list_sessions: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description the list */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": {
                        readonly data: components["schemas"]["LoginSessions"];
                        /** @constant */
                        readonly success: true;
                    };
                };
            };
        };
    };
    readonly broadcasts_list_broadcasts: {
        readonly parameters: {
            readonly query?: {
                /** @description From 1 to 100; 20 if absent. */
                readonly limit?: number;
                /** @description From 1; 1 if absent. */
                readonly page?: number;
                readonly user_id?: components["schemas"]["UserId"];
            };
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description the page */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": {
                        readonly data: components["schemas"]["Broadcasts"];
                        /** @constant */
                        readonly success: true;
                    };
                };
            };
        };
    };
    readonly broadcasts_create_broadcast: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: {
                /** @description A repeat of the request with the same key within 24 h gets the first answer. */
                readonly "Idempotency-Key"?: string;
            };
            readonly path?: never;
            readonly cookie?: never;
        };
        /** @description At most 1048576 bytes. */
        readonly requestBody: {
            readonly content: {
                /**
                 * @example {
                 *       "name": "Family",
                 *       "recipients": [
                 *         "01941f29-7c07-7b1a-9d5e-000000000002"
                 *       ]
                 *     }
                 */
                readonly "application/json": components["schemas"]["CreateBroadcastRequest"];
            };
        };
        readonly responses: {
            /** @description the first answer to an equal request with this `Idempotency-Key` */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": {
                        readonly data: components["schemas"]["CreatedBroadcast"];
                        /** @description This is the original answer to an earlier, equal request. */
                        readonly duplicate?: boolean;
                        /** @constant */
                        readonly success: true;
                    };
                };
            };
            /** @description the list; `skipped` names those who could not be put on it */
            readonly 201: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": {
                        readonly data: components["schemas"]["CreatedBroadcast"];
                        /** @description This is the original answer to an earlier, equal request. */
                        readonly duplicate?: boolean;
                        /** @constant */
                        readonly success: true;
                    };
                };
            };
        };
    };
    readonly broadcasts_search_broadcasts: {
        readonly parameters: {
            readonly query: {
                /** @description From 1 to 100; 20 if absent. */
                readonly limit?: number;
                /** @description From 1; 1 if absent. */
                readonly page?: number;
                /** @description A part of the name, in any letter case; 1 to 128 characters. */
                readonly query: string;
            };
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description the page */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": {
                        readonly data: components["schemas"]["Broadcasts"];
                        /** @constant */
                        readonly success: true;
                    };
                };
            };
        };
    };
    readonly broadcasts_get_broadcast: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path: {
                readonly id: components["schemas"]["BroadcastId"];
            };
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description the list */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": {
                        readonly data: components["schemas"]["Broadcast"];
                        /** @constant */
                        readonly success: true;
                    };
                };
            };
        };
    };
    readonly broadcasts_update_broadcast: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path: {
                readonly id: components["schemas"]["BroadcastId"];
            };
            readonly cookie?: never;
        };
        /** @description At most 1048576 bytes. */
        readonly requestBody: {
            readonly content: {
                /**
                 * @example {
                 *       "description": "All of them",
                 *       "name": "Friends"
                 *     }
                 */
                readonly "application/json": components["schemas"]["UpdateBroadcastRequest"];
            };
        };
        readonly responses: {
            /** @description the list */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": {
                        readonly data: components["schemas"]["Broadcast"];
                        /** @constant */
                        readonly success: true;
                    };
                };
            };
        };
    };
    readonly broadcasts_delete_broadcast: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path: {
                readonly id: components["schemas"]["BroadcastId"];
            };
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description gone */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": {
                        readonly data: null;
                        /** @constant */
                        readonly success: true;
                    };
                };
            };
        };
    };
    readonly broadcasts_send_broadcast: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path: {
                readonly id: components["schemas"]["BroadcastId"];
            };
            readonly cookie?: never;
        };
        /** @description At most 4194304 bytes. */
        readonly requestBody: {
            readonly content: {
                /**
                 * @example {
                 *       "ciphertexts": [
                 *         {
                 *           "ciphertext": "DQ0NDQ0NDQ0NDQ0NDQ0NDQ0NDQ0NDQ0N",
                 *           "header": {
                 *             "type": 3
                 *           },
                 *           "recipient_device_id": "bob-phone",
                 *           "recipient_user_id": "01941f29-7c07-7b1a-9d5e-000000000002"
                 *         }
                 *       ],
                 *       "client_message_id": "6a21"
                 *     }
                 */
                readonly "application/json": components["schemas"]["SendBroadcastRequest"];
            };
        };
        readonly responses: {
            /** @description an equal request was answered before: that answer, `"duplicate":true` */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": {
                        readonly data: components["schemas"]["SentBroadcast"];
                        /** @description This is the original answer to an earlier, equal request. */
                        readonly duplicate?: boolean;
                        /** @constant */
                        readonly success: true;
                    };
                };
            };
            /** @description sent to those who are `accepted`; `skipped` names the others and why (a code of `POST /v1/messages`, or `UNKNOWN_USER`) */
            readonly 201: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": {
                        readonly data: components["schemas"]["SentBroadcast"];
                        /** @description This is the original answer to an earlier, equal request. */
                        readonly duplicate?: boolean;
                        /** @constant */
                        readonly success: true;
                    };
                };
            };
        };
    };
    readonly broadcasts_list_recipients: {
        readonly parameters: {
            readonly query?: {
                /** @description From 1 to 100; 20 if absent. */
                readonly limit?: number;
                /** @description From 1; 1 if absent. */
                readonly page?: number;
            };
            readonly header?: never;
            readonly path: {
                readonly id: components["schemas"]["BroadcastId"];
            };
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description the page */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": {
                        readonly data: components["schemas"]["Recipients"];
                        /** @constant */
                        readonly success: true;
                    };
                };
            };
        };
    };
    readonly broadcasts_add_recipient: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: {
                /** @description A repeat of the request with the same key within 24 h gets the first answer. */
                readonly "Idempotency-Key"?: string;
            };
            readonly path: {
                readonly id: components["schemas"]["BroadcastId"];
            };
            readonly cookie?: never;
        };
        /** @description At most 1048576 bytes. */
        readonly requestBody: {
            readonly content: {
                /**
                 * @example {
                 *       "user_id": "01941f29-7c07-7b1a-9d5e-000000000002"
                 *     }
                 */
                readonly "application/json": components["schemas"]["AddRecipientRequest"];
            };
        };
        readonly responses: {
            /** @description on it already; the first answer to an equal request with this `Idempotency-Key` */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": {
                        readonly data: components["schemas"]["RecipientCheck"];
                        /** @description This is the original answer to an earlier, equal request. */
                        readonly duplicate?: boolean;
                        /** @constant */
                        readonly success: true;
                    };
                };
            };
            /** @description on it now */
            readonly 201: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": {
                        readonly data: components["schemas"]["RecipientCheck"];
                        /** @description This is the original answer to an earlier, equal request. */
                        readonly duplicate?: boolean;
                        /** @constant */
                        readonly success: true;
                    };
                };
            };
        };
    };
    readonly broadcasts_add_recipients: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: {
                /** @description A repeat of the request with the same key within 24 h gets the first answer. */
                readonly "Idempotency-Key"?: string;
            };
            readonly path: {
                readonly id: components["schemas"]["BroadcastId"];
            };
            readonly cookie?: never;
        };
        /** @description At most 1048576 bytes. */
        readonly requestBody: {
            readonly content: {
                /**
                 * @example {
                 *       "user_ids": [
                 *         "01941f29-7c07-7b1a-9d5e-000000000002"
                 *       ]
                 *     }
                 */
                readonly "application/json": components["schemas"]["BulkRecipientsRequest"];
            };
        };
        readonly responses: {
            /** @description the first answer to an equal request with this `Idempotency-Key` */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": {
                        readonly data: components["schemas"]["BulkAdded"];
                        /** @description This is the original answer to an earlier, equal request. */
                        readonly duplicate?: boolean;
                        /** @constant */
                        readonly success: true;
                    };
                };
            };
            /** @description how many were added, and how many are on the list now */
            readonly 201: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": {
                        readonly data: components["schemas"]["BulkAdded"];
                        /** @description This is the original answer to an earlier, equal request. */
                        readonly duplicate?: boolean;
                        /** @constant */
                        readonly success: true;
                    };
                };
            };
        };
    };
    readonly broadcasts_remove_recipients: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path: {
                readonly id: components["schemas"]["BroadcastId"];
            };
            readonly cookie?: never;
        };
        /** @description At most 1048576 bytes. */
        readonly requestBody: {
            readonly content: {
                /**
                 * @example {
                 *       "user_ids": [
                 *         "01941f29-7c07-7b1a-9d5e-000000000002"
                 *       ]
                 *     }
                 */
                readonly "application/json": components["schemas"]["BulkRecipientsRequest"];
            };
        };
        readonly responses: {
            /** @description how many were removed, and how many are on the list now */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": {
                        readonly data: components["schemas"]["BulkRemoved"];
                        /** @constant */
                        readonly success: true;
                    };
                };
            };
        };
    };
    readonly broadcasts_count_recipients: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path: {
                readonly id: components["schemas"]["BroadcastId"];
            };
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description the number */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": {
                        readonly data: components["schemas"]["RecipientCount"];
                        /** @constant */
                        readonly success: true;
                    };
                };
            };
        };
    };
    readonly broadcasts_check_recipient: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path: {
                readonly id: components["schemas"]["BroadcastId"];
                readonly user_id: components["schemas"]["UserId"];
            };
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description `is_recipient` */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": {
                        readonly data: components["schemas"]["RecipientCheck"];
                        /** @constant */
                        readonly success: true;
                    };
                };
            };
        };
    };
    readonly broadcasts_remove_recipient: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path: {
                readonly id: components["schemas"]["BroadcastId"];
                readonly user_id: components["schemas"]["UserId"];
            };
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description gone */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": {
                        readonly data: null;
                        /** @constant */
                        readonly success: true;
                    };
                };
            };
        };
    };
    readonly calls_list_calls: {
        readonly parameters: {
            readonly query: {
                /** @description The conversation whose calls are listed. */
                readonly conversation_id: components["schemas"]["ConversationId"];
                /** @description From 1 to 100; 20 if absent. */
                readonly limit?: number;
                /** @description From 1; 1 if absent. */
                readonly page?: number;
            };
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description the page */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": {
                        readonly data: components["schemas"]["Calls"];
                        /** @constant */
                        readonly success: true;
                    };
                };
            };
        };
    };
    readonly calls_create_call: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: {
                /** @description A repeat of the request with the same key within 24 h gets the first answer. */
                readonly "Idempotency-Key"?: string;
            };
            readonly path?: never;
            readonly cookie?: never;
        };
        /** @description At most 1048576 bytes. */
        readonly requestBody: {
            readonly content: {
                /**
                 * @example {
                 *       "conversation_id": "01941f29-7c07-7b1a-9d5e-000000000003",
                 *       "type": "VIDEO"
                 *     }
                 */
                readonly "application/json": components["schemas"]["CreateCallRequest"];
            };
        };
        readonly responses: {
            /** @description the first answer to an equal request with this `Idempotency-Key` */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": {
                        readonly data: components["schemas"]["Call"];
                        /** @description This is the original answer to an earlier, equal request. */
                        readonly duplicate?: boolean;
                        /** @constant */
                        readonly success: true;
                    };
                };
            };
            /** @description the call */
            readonly 201: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": {
                        readonly data: components["schemas"]["Call"];
                        /** @description This is the original answer to an earlier, equal request. */
                        readonly duplicate?: boolean;
                        /** @constant */
                        readonly success: true;
                    };
                };
            };
        };
    };
    readonly calls_list_active_calls: {
        readonly parameters: {
            readonly query?: {
                /** @description From 1 to 100; 20 if absent. */
                readonly limit?: number;
                /** @description From 1; 1 if absent. */
                readonly page?: number;
                readonly user_id?: components["schemas"]["UserId"];
            };
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description the page */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": {
                        readonly data: components["schemas"]["Calls"];
                        /** @constant */
                        readonly success: true;
                    };
                };
            };
        };
    };
    readonly calls_get_ice_servers: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description the servers; none if none are configured */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": {
                        readonly data: components["schemas"]["IceServers"];
                        /** @constant */
                        readonly success: true;
                    };
                };
            };
        };
    };
    readonly calls_list_missed_calls: {
        readonly parameters: {
            readonly query?: {
                /** @description From 1 to 100; 20 if absent. */
                readonly limit?: number;
                /** @description From 1; 1 if absent. */
                readonly page?: number;
                readonly user_id?: components["schemas"]["UserId"];
            };
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description the page */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": {
                        readonly data: components["schemas"]["Calls"];
                        /** @constant */
                        readonly success: true;
                    };
                };
            };
        };
    };
    readonly calls_list_quality: {
        readonly parameters: {
            readonly query: {
                /** @description Of which call. */
                readonly call_id: components["schemas"]["CallId"];
                /** @description From 1 to 100; 20 if absent. */
                readonly limit?: number;
                /** @description From 1; 1 if absent. */
                readonly page?: number;
            };
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description the page */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": {
                        readonly data: components["schemas"]["Qualities"];
                        /** @constant */
                        readonly success: true;
                    };
                };
            };
        };
    };
    readonly calls_record_quality: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: {
                /** @description A repeat of the request with the same key within 24 h gets the first answer. */
                readonly "Idempotency-Key"?: string;
            };
            readonly path?: never;
            readonly cookie?: never;
        };
        /** @description At most 1048576 bytes. */
        readonly requestBody: {
            readonly content: {
                /**
                 * @example {
                 *       "call_id": "01941f29-7c07-7b1a-9d5e-000000000005",
                 *       "jitter": 12.5,
                 *       "latency": 80,
                 *       "packet_loss": 0.01
                 *     }
                 */
                readonly "application/json": components["schemas"]["QualityRequest"];
            };
        };
        readonly responses: {
            /** @description the first answer to an equal request with this `Idempotency-Key` */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": {
                        readonly data: components["schemas"]["Quality"];
                        /** @description This is the original answer to an earlier, equal request. */
                        readonly duplicate?: boolean;
                        /** @constant */
                        readonly success: true;
                    };
                };
            };
            /** @description the measurement */
            readonly 201: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": {
                        readonly data: components["schemas"]["Quality"];
                        /** @description This is the original answer to an earlier, equal request. */
                        readonly duplicate?: boolean;
                        /** @constant */
                        readonly success: true;
                    };
                };
            };
        };
    };
    readonly calls_average_quality: {
        readonly parameters: {
            readonly query: {
                /** @description Of which call. */
                readonly call_id: components["schemas"]["CallId"];
            };
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description the averages; `null` where nothing was measured */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": {
                        readonly data: components["schemas"]["AverageQuality"];
                        /** @constant */
                        readonly success: true;
                    };
                };
            };
        };
    };
    readonly calls_list_own_quality: {
        readonly parameters: {
            readonly query?: {
                /** @description From 1 to 100; 20 if absent. */
                readonly limit?: number;
                /** @description From 1; 1 if absent. */
                readonly page?: number;
                readonly user_id?: components["schemas"]["UserId"];
            };
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description the page */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": {
                        readonly data: components["schemas"]["Qualities"];
                        /** @constant */
                        readonly success: true;
                    };
                };
            };
        };
    };
    readonly calls_list_own_calls: {
        readonly parameters: {
            readonly query?: {
                /** @description From 1 to 100; 20 if absent. */
                readonly limit?: number;
                /** @description From 1; 1 if absent. */
                readonly page?: number;
                readonly user_id?: components["schemas"]["UserId"];
            };
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description the page */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": {
                        readonly data: components["schemas"]["Calls"];
                        /** @constant */
                        readonly success: true;
                    };
                };
            };
        };
    };
    readonly calls_get_call: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path: {
                readonly id: components["schemas"]["CallId"];
            };
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description the call */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": {
                        readonly data: components["schemas"]["Call"];
                        /** @constant */
                        readonly success: true;
                    };
                };
            };
        };
    };
    readonly calls_mark_connected: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: {
                /** @description A repeat of the request with the same key within 24 h gets the first answer. */
                readonly "Idempotency-Key"?: string;
            };
            readonly path: {
                readonly id: components["schemas"]["CallId"];
            };
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description the call; also if it was connected already; the first answer to an equal request with this `Idempotency-Key` */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": {
                        readonly data: components["schemas"]["Call"];
                        /** @description This is the original answer to an earlier, equal request. */
                        readonly duplicate?: boolean;
                        /** @constant */
                        readonly success: true;
                    };
                };
            };
        };
    };
    readonly calls_get_duration: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path: {
                readonly id: components["schemas"]["CallId"];
            };
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description seconds, until now if it still is */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": {
                        readonly data: components["schemas"]["CallDuration"];
                        /** @constant */
                        readonly success: true;
                    };
                };
            };
        };
    };
    readonly calls_end_call: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: {
                /** @description A repeat of the request with the same key within 24 h gets the first answer. */
                readonly "Idempotency-Key"?: string;
            };
            readonly path: {
                readonly id: components["schemas"]["CallId"];
            };
            readonly cookie?: never;
        };
        /** @description At most 1048576 bytes. */
        readonly requestBody?: {
            readonly content: {
                /**
                 * @example {
                 *       "reason": "COMPLETED"
                 *     }
                 */
                readonly "application/json": components["schemas"]["EndCallRequest"];
            };
        };
        readonly responses: {
            /** @description the call; also if it was over already; the first answer to an equal request with this `Idempotency-Key` */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": {
                        readonly data: components["schemas"]["Call"];
                        /** @description This is the original answer to an earlier, equal request. */
                        readonly duplicate?: boolean;
                        /** @constant */
                        readonly success: true;
                    };
                };
            };
        };
    };
    readonly calls_list_call_participants: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path: {
                readonly id: components["schemas"]["CallId"];
            };
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description in the order in which they were asked */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": {
                        readonly data: components["schemas"]["CallParticipants"];
                        /** @constant */
                        readonly success: true;
                    };
                };
            };
        };
    };
    readonly calls_add_call_participant: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: {
                /** @description A repeat of the request with the same key within 24 h gets the first answer. */
                readonly "Idempotency-Key"?: string;
            };
            readonly path: {
                readonly id: components["schemas"]["CallId"];
            };
            readonly cookie?: never;
        };
        /** @description At most 1048576 bytes. */
        readonly requestBody: {
            readonly content: {
                /**
                 * @example {
                 *       "user_id": "01941f29-7c07-7b1a-9d5e-000000000002"
                 *     }
                 */
                readonly "application/json": components["schemas"]["AddCallParticipantRequest"];
            };
        };
        readonly responses: {
            /** @description they are in it or were asked already; nothing changed; the first answer to an equal request with this `Idempotency-Key` */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": {
                        readonly data: components["schemas"]["CallParticipant"];
                        /** @description This is the original answer to an earlier, equal request. */
                        readonly duplicate?: boolean;
                        /** @constant */
                        readonly success: true;
                    };
                };
            };
            /** @description they are asked */
            readonly 201: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": {
                        readonly data: components["schemas"]["CallParticipant"];
                        /** @description This is the original answer to an earlier, equal request. */
                        readonly duplicate?: boolean;
                        /** @constant */
                        readonly success: true;
                    };
                };
            };
        };
    };
    readonly calls_remove_call_participant: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path: {
                readonly id: components["schemas"]["CallId"];
                readonly user_id: components["schemas"]["UserId"];
            };
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description they are not in it */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": {
                        readonly data: null;
                        /** @constant */
                        readonly success: true;
                    };
                };
            };
        };
    };
    readonly calls_mute_participant: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path: {
                readonly id: components["schemas"]["CallId"];
                readonly user_id: components["schemas"]["UserId"];
            };
            readonly cookie?: never;
        };
        /** @description At most 1048576 bytes. */
        readonly requestBody: {
            readonly content: {
                /**
                 * @example {
                 *       "audio_muted": true
                 *     }
                 */
                readonly "application/json": components["schemas"]["CallMuteRequest"];
            };
        };
        readonly responses: {
            /** @description the participant */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": {
                        readonly data: components["schemas"]["CallParticipant"];
                        /** @constant */
                        readonly success: true;
                    };
                };
            };
        };
    };
    readonly calls_update_call_status: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path: {
                readonly id: components["schemas"]["CallId"];
                readonly user_id: components["schemas"]["UserId"];
            };
            readonly cookie?: never;
        };
        /** @description At most 1048576 bytes. */
        readonly requestBody: {
            readonly content: {
                /**
                 * @example {
                 *       "status": "JOINED"
                 *     }
                 */
                readonly "application/json": components["schemas"]["CallStatusRequest"];
            };
        };
        readonly responses: {
            /** @description the participant; also if nothing changed */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": {
                        readonly data: components["schemas"]["CallParticipant"];
                        /** @constant */
                        readonly success: true;
                    };
                };
            };
        };
    };
    readonly conversations_list_conversations: {
        readonly parameters: {
            readonly query?: {
                /** @description True for the archived ones, which are not listed otherwise. */
                readonly archived?: boolean;
                /** @description From 1 to 100; 20 if absent. */
                readonly limit?: number;
                /** @description From 1; 1 if absent. */
                readonly page?: number;
            };
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description the page; archived ones only with `?archived=true` */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": {
                        readonly data: components["schemas"]["Conversations"];
                        /** @constant */
                        readonly success: true;
                    };
                };
            };
        };
    };
    readonly conversations_create_conversation: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: {
                /** @description A repeat of the request with the same key within 24 h gets the first answer. */
                readonly "Idempotency-Key"?: string;
            };
            readonly path?: never;
            readonly cookie?: never;
        };
        /** @description At most 1048576 bytes. */
        readonly requestBody: {
            readonly content: {
                /**
                 * @example {
                 *       "participants": [
                 *         "01941f29-7c07-7b1a-9d5e-000000000002"
                 *       ],
                 *       "subject": "Climbing",
                 *       "type": "GROUP"
                 *     }
                 */
                readonly "application/json": components["schemas"]["CreateConversationRequest"];
            };
        };
        readonly responses: {
            /** @description the DM that the pair has; the first answer to an equal request with this `Idempotency-Key` */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": {
                        readonly data: components["schemas"]["Conversation"];
                        /** @description This is the original answer to an earlier, equal request. */
                        readonly duplicate?: boolean;
                        /** @constant */
                        readonly success: true;
                    };
                };
            };
            /** @description made */
            readonly 201: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": {
                        readonly data: components["schemas"]["Conversation"];
                        /** @description This is the original answer to an earlier, equal request. */
                        readonly duplicate?: boolean;
                        /** @constant */
                        readonly success: true;
                    };
                };
            };
        };
    };
    readonly conversations_get_direct_conversation: {
        readonly parameters: {
            readonly query?: {
                readonly user_id_1?: components["schemas"]["UserId"];
                readonly user_id_2?: components["schemas"]["UserId"];
            };
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description the DM */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": {
                        readonly data: components["schemas"]["Conversation"];
                        /** @constant */
                        readonly success: true;
                    };
                };
            };
        };
    };
    readonly conversations_get_invited: {
        readonly parameters: {
            readonly query: {
                /** @description The code, or the whole link. */
                readonly link: string;
            };
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description its name, picture and size; all of it for those who take part */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": {
                        readonly data: components["schemas"]["InvitedTo"];
                        /** @constant */
                        readonly success: true;
                    };
                };
            };
        };
    };
    readonly conversations_join_conversation: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: {
                /** @description A repeat of the request with the same key within 24 h gets the first answer. */
                readonly "Idempotency-Key"?: string;
            };
            readonly path?: never;
            readonly cookie?: never;
        };
        /** @description At most 1048576 bytes. */
        readonly requestBody: {
            readonly content: {
                /**
                 * @example {
                 *       "code": "the code of the invite link"
                 *     }
                 */
                readonly "application/json": components["schemas"]["JoinRequest"];
            };
        };
        readonly responses: {
            /** @description the caller did already; the first answer to an equal request with this `Idempotency-Key` */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": {
                        readonly data: components["schemas"]["Conversation"];
                        /** @description This is the original answer to an earlier, equal request. */
                        readonly duplicate?: boolean;
                        /** @constant */
                        readonly success: true;
                    };
                };
            };
            /** @description the caller takes part from now on */
            readonly 201: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": {
                        readonly data: components["schemas"]["Conversation"];
                        /** @description This is the original answer to an earlier, equal request. */
                        readonly duplicate?: boolean;
                        /** @constant */
                        readonly success: true;
                    };
                };
            };
        };
    };
    readonly conversations_search_conversations: {
        readonly parameters: {
            readonly query: {
                /** @description From 1 to 100; 20 if absent. */
                readonly limit?: number;
                /** @description From 1; 1 if absent. */
                readonly page?: number;
                /** @description Part of a group's name, or of the other side's name in a DM; 1 to 128 characters. */
                readonly query: string;
            };
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description the page, archived ones included */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": {
                        readonly data: components["schemas"]["Conversations"];
                        /** @constant */
                        readonly success: true;
                    };
                };
            };
        };
    };
    readonly conversations_list_conversations_of_type: {
        readonly parameters: {
            readonly query: {
                /** @description True for the archived ones, which are not listed otherwise. */
                readonly archived?: boolean;
                /** @description From 1 to 100; 20 if absent. */
                readonly limit?: number;
                /** @description From 1; 1 if absent. */
                readonly page?: number;
                /** @description `DM` or `GROUP`. */
                readonly type: components["schemas"]["ConversationType"];
            };
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description the page; archived ones only with `&archived=true` */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": {
                        readonly data: components["schemas"]["Conversations"];
                        /** @constant */
                        readonly success: true;
                    };
                };
            };
        };
    };
    readonly conversations_get_conversation: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path: {
                readonly id: components["schemas"]["ConversationId"];
            };
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description the conversation */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": {
                        readonly data: components["schemas"]["Conversation"];
                        /** @constant */
                        readonly success: true;
                    };
                };
            };
        };
    };
    readonly conversations_update_conversation: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path: {
                readonly id: components["schemas"]["ConversationId"];
            };
            readonly cookie?: never;
        };
        /** @description At most 1048576 bytes. */
        readonly requestBody: {
            readonly content: {
                /**
                 * @example {
                 *       "message_expiry_seconds": 86400,
                 *       "permissions": {
                 *         "send": "everyone"
                 *       },
                 *       "subject": "Climbing on Sundays"
                 *     }
                 */
                readonly "application/json": components["schemas"]["UpdateConversationRequest"];
            };
        };
        readonly responses: {
            /** @description the conversation as it is now */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": {
                        readonly data: components["schemas"]["Conversation"];
                        /** @constant */
                        readonly success: true;
                    };
                };
            };
        };
    };
    readonly conversations_delete_conversation: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path: {
                readonly id: components["schemas"]["ConversationId"];
            };
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description gone; the next message brings a DM back, without the earlier ones */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": {
                        readonly data: null;
                        /** @constant */
                        readonly success: true;
                    };
                };
            };
        };
    };
    readonly conversations_archive_conversation: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: {
                /** @description A repeat of the request with the same key within 24 h gets the first answer. */
                readonly "Idempotency-Key"?: string;
            };
            readonly path: {
                readonly id: components["schemas"]["ConversationId"];
            };
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description archived, or it was; the first answer to an equal request with this `Idempotency-Key` */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": {
                        readonly data: components["schemas"]["Conversation"];
                        /** @description This is the original answer to an earlier, equal request. */
                        readonly duplicate?: boolean;
                        /** @constant */
                        readonly success: true;
                    };
                };
            };
        };
    };
    readonly conversations_list_bans: {
        readonly parameters: {
            readonly query?: {
                /** @description From 1 to 100; 20 if absent. */
                readonly limit?: number;
                /** @description From 1; 1 if absent. */
                readonly page?: number;
            };
            readonly header?: never;
            readonly path: {
                readonly id: components["schemas"]["ConversationId"];
            };
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description the page */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": {
                        readonly data: components["schemas"]["Bans"];
                        /** @constant */
                        readonly success: true;
                    };
                };
            };
        };
    };
    readonly conversations_send_control: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: {
                /** @description A repeat of the request with the same key within 24 h gets the first answer. */
                readonly "Idempotency-Key"?: string;
            };
            readonly path: {
                readonly id: components["schemas"]["ConversationId"];
            };
            readonly cookie?: never;
        };
        /** @description At most 4194304 bytes. */
        readonly requestBody: {
            readonly content: {
                /**
                 * @example {
                 *       "ciphertexts": [
                 *         {
                 *           "ciphertext": "CwsLCwsLCwsLCwsLCwsLCwsLCwsLCwsL",
                 *           "header": {
                 *             "type": 3
                 *           },
                 *           "recipient_device_id": "bob-phone",
                 *           "recipient_user_id": "01941f29-7c07-7b1a-9d5e-000000000002"
                 *         }
                 *       ],
                 *       "client_message_id": "6a20"
                 *     }
                 */
                readonly "application/json": components["schemas"]["ControlRequest"];
            };
        };
        readonly responses: {
            /** @description an equal request was answered before: that answer, `"duplicate":true`; the first answer to an equal request with this `Idempotency-Key` */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": {
                        readonly data: components["schemas"]["SentControl"];
                        /** @description This is the original answer to an earlier, equal request. */
                        readonly duplicate?: boolean;
                        /** @constant */
                        readonly success: true;
                    };
                };
            };
            /** @description it is in the log */
            readonly 201: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": {
                        readonly data: components["schemas"]["SentControl"];
                        /** @description This is the original answer to an earlier, equal request. */
                        readonly duplicate?: boolean;
                        /** @constant */
                        readonly success: true;
                    };
                };
            };
        };
    };
    readonly conversations_renew_invite: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: {
                /** @description A repeat of the request with the same key within 24 h gets the first answer. */
                readonly "Idempotency-Key"?: string;
            };
            readonly path: {
                readonly id: components["schemas"]["ConversationId"];
            };
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description the link, and the code in it; the first answer to an equal request with this `Idempotency-Key` */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": {
                        readonly data: components["schemas"]["InviteLink"];
                        /** @description This is the original answer to an earlier, equal request. */
                        readonly duplicate?: boolean;
                        /** @constant */
                        readonly success: true;
                    };
                };
            };
        };
    };
    readonly conversations_leave_conversation: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: {
                /** @description A repeat of the request with the same key within 24 h gets the first answer. */
                readonly "Idempotency-Key"?: string;
            };
            readonly path: {
                readonly id: components["schemas"]["ConversationId"];
            };
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description left; the first answer to an equal request with this `Idempotency-Key` */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": {
                        readonly data: null;
                        /** @description This is the original answer to an earlier, equal request. */
                        readonly duplicate?: boolean;
                        /** @constant */
                        readonly success: true;
                    };
                };
            };
        };
    };
    readonly conversations_mute_conversation: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: {
                /** @description A repeat of the request with the same key within 24 h gets the first answer. */
                readonly "Idempotency-Key"?: string;
            };
            readonly path: {
                readonly id: components["schemas"]["ConversationId"];
            };
            readonly cookie?: never;
        };
        /** @description At most 1048576 bytes. */
        readonly requestBody?: {
            readonly content: {
                /**
                 * @example {
                 *       "until": "2030-01-01T00:00:00.000Z"
                 *     }
                 */
                readonly "application/json": components["schemas"]["MuteRequest"];
            };
        };
        readonly responses: {
            /** @description muted; without a body, or without `until`, for ever; the first answer to an equal request with this `Idempotency-Key` */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": {
                        readonly data: components["schemas"]["Conversation"];
                        /** @description This is the original answer to an earlier, equal request. */
                        readonly duplicate?: boolean;
                        /** @constant */
                        readonly success: true;
                    };
                };
            };
        };
    };
    readonly conversations_list_participants: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path: {
                readonly id: components["schemas"]["ConversationId"];
            };
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description all of them */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": {
                        readonly data: components["schemas"]["Participants"];
                        /** @constant */
                        readonly success: true;
                    };
                };
            };
        };
    };
    readonly conversations_add_participant: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: {
                /** @description A repeat of the request with the same key within 24 h gets the first answer. */
                readonly "Idempotency-Key"?: string;
            };
            readonly path: {
                readonly id: components["schemas"]["ConversationId"];
            };
            readonly cookie?: never;
        };
        /** @description At most 1048576 bytes. */
        readonly requestBody: {
            readonly content: {
                /**
                 * @example {
                 *       "role": "member",
                 *       "user_id": "01941f29-7c07-7b1a-9d5e-000000000002"
                 *     }
                 */
                readonly "application/json": components["schemas"]["AddParticipantRequest"];
            };
        };
        readonly responses: {
            /** @description they did already; nothing changed; the first answer to an equal request with this `Idempotency-Key` */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": {
                        readonly data: components["schemas"]["Participant"];
                        /** @description This is the original answer to an earlier, equal request. */
                        readonly duplicate?: boolean;
                        /** @constant */
                        readonly success: true;
                    };
                };
            };
            /** @description they take part from now on */
            readonly 201: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": {
                        readonly data: components["schemas"]["Participant"];
                        /** @description This is the original answer to an earlier, equal request. */
                        readonly duplicate?: boolean;
                        /** @constant */
                        readonly success: true;
                    };
                };
            };
        };
    };
    readonly conversations_remove_participant: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path: {
                readonly id: components["schemas"]["ConversationId"];
                readonly user_id: components["schemas"]["UserId"];
            };
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description gone */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": {
                        readonly data: null;
                        /** @constant */
                        readonly success: true;
                    };
                };
            };
        };
    };
    readonly conversations_ban_participant: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: {
                /** @description A repeat of the request with the same key within 24 h gets the first answer. */
                readonly "Idempotency-Key"?: string;
            };
            readonly path: {
                readonly id: components["schemas"]["ConversationId"];
                readonly user_id: components["schemas"]["UserId"];
            };
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description banned already; the first answer to an equal request with this `Idempotency-Key` */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": {
                        readonly data: components["schemas"]["Ban"];
                        /** @description This is the original answer to an earlier, equal request. */
                        readonly duplicate?: boolean;
                        /** @constant */
                        readonly success: true;
                    };
                };
            };
            /** @description banned from now on */
            readonly 201: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": {
                        readonly data: components["schemas"]["Ban"];
                        /** @description This is the original answer to an earlier, equal request. */
                        readonly duplicate?: boolean;
                        /** @constant */
                        readonly success: true;
                    };
                };
            };
        };
    };
    readonly conversations_unban_participant: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path: {
                readonly id: components["schemas"]["ConversationId"];
                readonly user_id: components["schemas"]["UserId"];
            };
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description not banned any more, or never was */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": {
                        readonly data: null;
                        /** @constant */
                        readonly success: true;
                    };
                };
            };
        };
    };
    readonly conversations_update_role: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path: {
                readonly id: components["schemas"]["ConversationId"];
                readonly user_id: components["schemas"]["UserId"];
            };
            readonly cookie?: never;
        };
        /** @description At most 1048576 bytes. */
        readonly requestBody: {
            readonly content: {
                /**
                 * @example {
                 *       "role": "admin"
                 *     }
                 */
                readonly "application/json": components["schemas"]["UpdateRoleRequest"];
            };
        };
        readonly responses: {
            /** @description the participant as ranked */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": {
                        readonly data: components["schemas"]["Participant"];
                        /** @constant */
                        readonly success: true;
                    };
                };
            };
        };
    };
    readonly conversations_pin_conversation: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: {
                /** @description A repeat of the request with the same key within 24 h gets the first answer. */
                readonly "Idempotency-Key"?: string;
            };
            readonly path: {
                readonly id: components["schemas"]["ConversationId"];
            };
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description pinned, or it was; the first answer to an equal request with this `Idempotency-Key` */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": {
                        readonly data: components["schemas"]["Conversation"];
                        /** @description This is the original answer to an earlier, equal request. */
                        readonly duplicate?: boolean;
                        /** @constant */
                        readonly success: true;
                    };
                };
            };
        };
    };
    readonly conversations_list_pins: {
        readonly parameters: {
            readonly query?: {
                /** @description From 1 to 100; 20 if absent. */
                readonly limit?: number;
                /** @description From 1; 1 if absent. */
                readonly page?: number;
            };
            readonly header?: never;
            readonly path: {
                readonly id: components["schemas"]["ConversationId"];
            };
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description the page */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": {
                        readonly data: components["schemas"]["Pins"];
                        /** @constant */
                        readonly success: true;
                    };
                };
            };
        };
    };
    readonly conversations_mark_read: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: {
                /** @description A repeat of the request with the same key within 24 h gets the first answer. */
                readonly "Idempotency-Key"?: string;
            };
            readonly path: {
                readonly id: components["schemas"]["ConversationId"];
            };
            readonly cookie?: never;
        };
        /** @description At most 1048576 bytes. */
        readonly requestBody: {
            readonly content: {
                /**
                 * @example {
                 *       "up_to_sequence": 1
                 *     }
                 */
                readonly "application/json": components["schemas"]["ReadUpToRequest"];
            };
        };
        readonly responses: {
            /** @description marked, or already there; the caller's cursors; the first answer to an equal request with this `Idempotency-Key` */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": {
                        readonly data: components["schemas"]["ReceiptState"];
                        /** @description This is the original answer to an earlier, equal request. */
                        readonly duplicate?: boolean;
                        /** @constant */
                        readonly success: true;
                    };
                };
            };
        };
    };
    readonly conversations_mark_read_alias: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: {
                /** @description A repeat of the request with the same key within 24 h gets the first answer. */
                readonly "Idempotency-Key"?: string;
            };
            readonly path: {
                readonly id: components["schemas"]["ConversationId"];
            };
            readonly cookie?: never;
        };
        /** @description At most 1048576 bytes. */
        readonly requestBody: {
            readonly content: {
                /**
                 * @example {
                 *       "up_to_sequence": 1
                 *     }
                 */
                readonly "application/json": components["schemas"]["ReadUpToRequest"];
            };
        };
        readonly responses: {
            /** @description marked, or already there; the caller's cursors; the first answer to an equal request with this `Idempotency-Key` */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": {
                        readonly data: components["schemas"]["ReceiptState"];
                        /** @description This is the original answer to an earlier, equal request. */
                        readonly duplicate?: boolean;
                        /** @constant */
                        readonly success: true;
                    };
                };
            };
        };
    };
    readonly conversations_get_sequence: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path: {
                readonly id: components["schemas"]["ConversationId"];
            };
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description the number */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": {
                        readonly data: components["schemas"]["SequenceState"];
                        /** @constant */
                        readonly success: true;
                    };
                };
            };
        };
    };
    readonly conversations_reserve_sequence: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: {
                /** @description A repeat of the request with the same key within 24 h gets the first answer. */
                readonly "Idempotency-Key"?: string;
            };
            readonly path: {
                readonly id: components["schemas"]["ConversationId"];
            };
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description the number taken; the first answer to an equal request with this `Idempotency-Key` */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": {
                        readonly data: components["schemas"]["SequenceState"];
                        /** @description This is the original answer to an earlier, equal request. */
                        readonly duplicate?: boolean;
                        /** @constant */
                        readonly success: true;
                    };
                };
            };
        };
    };
    readonly conversations_transfer_conversation: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: {
                /** @description A repeat of the request with the same key within 24 h gets the first answer. */
                readonly "Idempotency-Key"?: string;
            };
            readonly path: {
                readonly id: components["schemas"]["ConversationId"];
            };
            readonly cookie?: never;
        };
        /** @description At most 1048576 bytes. */
        readonly requestBody: {
            readonly content: {
                /**
                 * @example {
                 *       "user_id": "01941f29-7c07-7b1a-9d5e-000000000002"
                 *     }
                 */
                readonly "application/json": components["schemas"]["TransferRequest"];
            };
        };
        readonly responses: {
            /** @description handed over; the group as the caller sees it now; the first answer to an equal request with this `Idempotency-Key` */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": {
                        readonly data: components["schemas"]["Conversation"];
                        /** @description This is the original answer to an earlier, equal request. */
                        readonly duplicate?: boolean;
                        /** @constant */
                        readonly success: true;
                    };
                };
            };
        };
    };
    readonly conversations_unarchive_conversation: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: {
                /** @description A repeat of the request with the same key within 24 h gets the first answer. */
                readonly "Idempotency-Key"?: string;
            };
            readonly path: {
                readonly id: components["schemas"]["ConversationId"];
            };
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description not archived; it may not have been; the first answer to an equal request with this `Idempotency-Key` */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": {
                        readonly data: components["schemas"]["Conversation"];
                        /** @description This is the original answer to an earlier, equal request. */
                        readonly duplicate?: boolean;
                        /** @constant */
                        readonly success: true;
                    };
                };
            };
        };
    };
    readonly conversations_unmute_conversation: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: {
                /** @description A repeat of the request with the same key within 24 h gets the first answer. */
                readonly "Idempotency-Key"?: string;
            };
            readonly path: {
                readonly id: components["schemas"]["ConversationId"];
            };
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description it is not muted; it may not have been; the first answer to an equal request with this `Idempotency-Key` */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": {
                        readonly data: components["schemas"]["Conversation"];
                        /** @description This is the original answer to an earlier, equal request. */
                        readonly duplicate?: boolean;
                        /** @constant */
                        readonly success: true;
                    };
                };
            };
        };
    };
    readonly conversations_unpin_conversation: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: {
                /** @description A repeat of the request with the same key within 24 h gets the first answer. */
                readonly "Idempotency-Key"?: string;
            };
            readonly path: {
                readonly id: components["schemas"]["ConversationId"];
            };
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description not pinned; it may not have been; the first answer to an equal request with this `Idempotency-Key` */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": {
                        readonly data: components["schemas"]["Conversation"];
                        /** @description This is the original answer to an earlier, equal request. */
                        readonly duplicate?: boolean;
                        /** @constant */
                        readonly success: true;
                    };
                };
            };
        };
    };
    readonly encryption_get_backup: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description the backup */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": {
                        readonly data: components["schemas"]["KeyBackup"];
                        /** @constant */
                        readonly success: true;
                    };
                };
            };
        };
    };
    readonly encryption_store_backup: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: {
                /** @description A repeat of the request with the same key within 24 h gets the first answer. */
                readonly "Idempotency-Key"?: string;
            };
            readonly path?: never;
            readonly cookie?: never;
        };
        /** @description At most 1048576 bytes. */
        readonly requestBody: {
            readonly content: {
                /**
                 * @example {
                 *       "backup_data": "BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcH",
                 *       "nonce": "CAgICAgICAgICAgI",
                 *       "salt": "CQkJCQkJCQkJCQkJCQkJCQ=="
                 *     }
                 */
                readonly "application/json": components["schemas"]["StoreBackupRequest"];
            };
        };
        readonly responses: {
            /** @description the backup; it was kept already; the first answer to an equal request with this `Idempotency-Key` */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": {
                        readonly data: components["schemas"]["KeyBackup"];
                        /** @description This is the original answer to an earlier, equal request. */
                        readonly duplicate?: boolean;
                        /** @constant */
                        readonly success: true;
                    };
                };
            };
            /** @description the backup */
            readonly 201: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": {
                        readonly data: components["schemas"]["KeyBackup"];
                        /** @description This is the original answer to an earlier, equal request. */
                        readonly duplicate?: boolean;
                        /** @constant */
                        readonly success: true;
                    };
                };
            };
        };
    };
    readonly encryption_get_bundles: {
        readonly parameters: {
            readonly query: {
                /** @description The calling device, if given. */
                readonly consumer_device_id?: string;
                /** @description Of which device; all active ones if absent. */
                readonly device_id?: string;
                /** @description Whose keys. */
                readonly user_id: components["schemas"]["UserId"];
            };
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description the bundle or the bundles */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": {
                        readonly data: components["schemas"]["BundleAnswer"];
                        /** @constant */
                        readonly success: true;
                    };
                };
            };
        };
    };
    readonly encryption_get_identity: {
        readonly parameters: {
            readonly query?: {
                /** @description The calling device if absent and the user is the caller. */
                readonly device_id?: string;
                /** @description Which signed prekey. */
                readonly key_id?: number;
                readonly user_id?: components["schemas"]["UserId"];
            };
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description the key */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": {
                        readonly data: components["schemas"]["IdentityKey"];
                        /** @constant */
                        readonly success: true;
                    };
                };
            };
        };
    };
    readonly encryption_upload_identity: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: {
                /** @description A repeat of the request with the same key within 24 h gets the first answer. */
                readonly "Idempotency-Key"?: string;
            };
            readonly path?: never;
            readonly cookie?: never;
        };
        /** @description At most 1048576 bytes. */
        readonly requestBody: {
            readonly content: {
                /**
                 * @example {
                 *       "public_key": "AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE="
                 *     }
                 */
                readonly "application/json": components["schemas"]["UploadIdentityRequest"];
            };
        };
        readonly responses: {
            /** @description the key; the device had it already; the first answer to an equal request with this `Idempotency-Key` */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": {
                        readonly data: components["schemas"]["IdentityKey"];
                        /** @description This is the original answer to an earlier, equal request. */
                        readonly duplicate?: boolean;
                        /** @constant */
                        readonly success: true;
                    };
                };
            };
            /** @description the key */
            readonly 201: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": {
                        readonly data: components["schemas"]["IdentityKey"];
                        /** @description This is the original answer to an earlier, equal request. */
                        readonly duplicate?: boolean;
                        /** @constant */
                        readonly success: true;
                    };
                };
            };
        };
    };
    readonly encryption_delete_identity: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path: {
                readonly id: string;
            };
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description gone */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": {
                        readonly data: null;
                        /** @constant */
                        readonly success: true;
                    };
                };
            };
        };
    };
    readonly encryption_deactivate_identity: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path: {
                readonly id: string;
            };
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description the key, now or already inactive */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": {
                        readonly data: components["schemas"]["IdentityKey"];
                        /** @constant */
                        readonly success: true;
                    };
                };
            };
        };
    };
    readonly encryption_get_keys_active: {
        readonly parameters: {
            readonly query?: {
                /** @description The calling device if absent and the user is the caller. */
                readonly device_id?: string;
                /** @description Which signed prekey. */
                readonly key_id?: number;
                readonly user_id?: components["schemas"]["UserId"];
            };
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description yes or no */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": {
                        readonly data: components["schemas"]["KeysActive"];
                        /** @constant */
                        readonly success: true;
                    };
                };
            };
        };
    };
    readonly encryption_upload_one_time_prekeys: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: {
                /** @description A repeat of the request with the same key within 24 h gets the first answer. */
                readonly "Idempotency-Key"?: string;
            };
            readonly path?: never;
            readonly cookie?: never;
        };
        /** @description At most 1048576 bytes. */
        readonly requestBody: {
            readonly content: {
                /**
                 * @example {
                 *       "keys": [
                 *         {
                 *           "key_id": 1,
                 *           "public_key": "BAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQ="
                 *         }
                 *       ]
                 *     }
                 */
                readonly "application/json": components["schemas"]["UploadOneTimePrekeysRequest"];
            };
        };
        readonly responses: {
            /** @description none was new; the first answer to an equal request with this `Idempotency-Key` */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": {
                        readonly data: components["schemas"]["UploadedPrekeys"];
                        /** @description This is the original answer to an earlier, equal request. */
                        readonly duplicate?: boolean;
                        /** @constant */
                        readonly success: true;
                    };
                };
            };
            /** @description how many were new, and how many there are */
            readonly 201: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": {
                        readonly data: components["schemas"]["UploadedPrekeys"];
                        /** @description This is the original answer to an earlier, equal request. */
                        readonly duplicate?: boolean;
                        /** @constant */
                        readonly success: true;
                    };
                };
            };
        };
    };
    readonly encryption_consume_one_time_prekey: {
        readonly parameters: {
            readonly query: {
                readonly consumed_by?: components["schemas"]["UserId"];
                /** @description The calling device, if given. */
                readonly consumed_device_id?: string;
                /** @description Of which device. */
                readonly device_id: string;
                /** @description Whose key. */
                readonly user_id: components["schemas"]["UserId"];
            };
            readonly header?: {
                /** @description A repeat of the request with the same key within 24 h gets the first answer. */
                readonly "Idempotency-Key"?: string;
            };
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description the key; the first answer to an equal request with this `Idempotency-Key` */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": {
                        readonly data: components["schemas"]["ConsumedPrekey"];
                        /** @description This is the original answer to an earlier, equal request. */
                        readonly duplicate?: boolean;
                        /** @constant */
                        readonly success: true;
                    };
                };
            };
        };
    };
    readonly encryption_count_one_time_prekeys: {
        readonly parameters: {
            readonly query?: {
                /** @description The calling device if absent and the user is the caller. */
                readonly device_id?: string;
                /** @description Which signed prekey. */
                readonly key_id?: number;
                readonly user_id?: components["schemas"]["UserId"];
            };
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description the number */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": {
                        readonly data: components["schemas"]["PrekeyCount"];
                        /** @constant */
                        readonly success: true;
                    };
                };
            };
        };
    };
    readonly encryption_upload_pq_prekeys: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: {
                /** @description A repeat of the request with the same key within 24 h gets the first answer. */
                readonly "Idempotency-Key"?: string;
            };
            readonly path?: never;
            readonly cookie?: never;
        };
        /** @description At most 1048576 bytes. */
        readonly requestBody: {
            readonly content: {
                /**
                 * @example {
                 *       "keys": [
                 *         {
                 *           "key_id": 1,
                 *           "public_key": "BQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQU=",
                 *           "signature": "AwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAw=="
                 *         }
                 *       ],
                 *       "last_resort": {
                 *         "key_id": 2,
                 *         "public_key": "BgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgYGBgY=",
                 *         "signature": "AwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAw=="
                 *       }
                 *     }
                 */
                readonly "application/json": components["schemas"]["UploadPqPrekeysRequest"];
            };
        };
        readonly responses: {
            /** @description none was new; the first answer to an equal request with this `Idempotency-Key` */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": {
                        readonly data: components["schemas"]["UploadedPqPrekeys"];
                        /** @description This is the original answer to an earlier, equal request. */
                        readonly duplicate?: boolean;
                        /** @constant */
                        readonly success: true;
                    };
                };
            };
            /** @description how many were new, and how many there are */
            readonly 201: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": {
                        readonly data: components["schemas"]["UploadedPqPrekeys"];
                        /** @description This is the original answer to an earlier, equal request. */
                        readonly duplicate?: boolean;
                        /** @constant */
                        readonly success: true;
                    };
                };
            };
        };
    };
    readonly encryption_set_up_keys: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: {
                /** @description A repeat of the request with the same key within 24 h gets the first answer. */
                readonly "Idempotency-Key"?: string;
            };
            readonly path?: never;
            readonly cookie?: never;
        };
        /** @description At most 1048576 bytes. */
        readonly requestBody: {
            readonly content: {
                /**
                 * @example {
                 *       "identity_key": "AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=",
                 *       "one_time_keys": [
                 *         {
                 *           "key_id": 1,
                 *           "public_key": "BAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQ="
                 *         }
                 *       ],
                 *       "signed_prekey": {
                 *         "key_id": 1,
                 *         "public_key": "AgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgI=",
                 *         "signature": "AwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAw=="
                 *       }
                 *     }
                 */
                readonly "application/json": components["schemas"]["SetupRequest"];
            };
        };
        readonly responses: {
            /** @description the keys; the device had them already; the first answer to an equal request with this `Idempotency-Key` */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": {
                        readonly data: components["schemas"]["SetupKeys"];
                        /** @description This is the original answer to an earlier, equal request. */
                        readonly duplicate?: boolean;
                        /** @constant */
                        readonly success: true;
                    };
                };
            };
            /** @description the keys; something was new */
            readonly 201: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": {
                        readonly data: components["schemas"]["SetupKeys"];
                        /** @description This is the original answer to an earlier, equal request. */
                        readonly duplicate?: boolean;
                        /** @constant */
                        readonly success: true;
                    };
                };
            };
        };
    };
    readonly encryption_get_signed_prekey: {
        readonly parameters: {
            readonly query?: {
                /** @description The calling device if absent and the user is the caller. */
                readonly device_id?: string;
                /** @description Which signed prekey. */
                readonly key_id?: number;
                readonly user_id?: components["schemas"]["UserId"];
            };
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description the key */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": {
                        readonly data: components["schemas"]["SignedPrekey"];
                        /** @constant */
                        readonly success: true;
                    };
                };
            };
        };
    };
    readonly encryption_upload_signed_prekey: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: {
                /** @description A repeat of the request with the same key within 24 h gets the first answer. */
                readonly "Idempotency-Key"?: string;
            };
            readonly path?: never;
            readonly cookie?: never;
        };
        /** @description At most 1048576 bytes. */
        readonly requestBody: {
            readonly content: {
                /**
                 * @example {
                 *       "key_id": 1,
                 *       "public_key": "AgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgI=",
                 *       "signature": "AwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAw=="
                 *     }
                 */
                readonly "application/json": components["schemas"]["UploadSignedPrekeyRequest"];
            };
        };
        readonly responses: {
            /** @description the key; the device had it already; the first answer to an equal request with this `Idempotency-Key` */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": {
                        readonly data: components["schemas"]["SignedPrekey"];
                        /** @description This is the original answer to an earlier, equal request. */
                        readonly duplicate?: boolean;
                        /** @constant */
                        readonly success: true;
                    };
                };
            };
            /** @description the key */
            readonly 201: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": {
                        readonly data: components["schemas"]["SignedPrekey"];
                        /** @description This is the original answer to an earlier, equal request. */
                        readonly duplicate?: boolean;
                        /** @constant */
                        readonly success: true;
                    };
                };
            };
        };
    };
    readonly encryption_get_active_signed_prekey: {
        readonly parameters: {
            readonly query?: {
                /** @description The calling device if absent and the user is the caller. */
                readonly device_id?: string;
                /** @description Which signed prekey. */
                readonly key_id?: number;
                readonly user_id?: components["schemas"]["UserId"];
            };
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description the key */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": {
                        readonly data: components["schemas"]["SignedPrekey"];
                        /** @constant */
                        readonly success: true;
                    };
                };
            };
        };
    };
    readonly encryption_rotate_signed_prekey: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: {
                /** @description A repeat of the request with the same key within 24 h gets the first answer. */
                readonly "Idempotency-Key"?: string;
            };
            readonly path?: never;
            readonly cookie?: never;
        };
        /** @description At most 1048576 bytes. */
        readonly requestBody: {
            readonly content: {
                /**
                 * @example {
                 *       "key": {
                 *         "key_id": 1,
                 *         "public_key": "AgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgI=",
                 *         "signature": "AwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwMDAw=="
                 *       }
                 *     }
                 */
                readonly "application/json": components["schemas"]["RotateSignedPrekeyRequest"];
            };
        };
        readonly responses: {
            /** @description the key; the device had it already; the first answer to an equal request with this `Idempotency-Key` */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": {
                        readonly data: components["schemas"]["SignedPrekey"];
                        /** @description This is the original answer to an earlier, equal request. */
                        readonly duplicate?: boolean;
                        /** @constant */
                        readonly success: true;
                    };
                };
            };
            /** @description the new key */
            readonly 201: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": {
                        readonly data: components["schemas"]["SignedPrekey"];
                        /** @description This is the original answer to an earlier, equal request. */
                        readonly duplicate?: boolean;
                        /** @constant */
                        readonly success: true;
                    };
                };
            };
        };
    };
    readonly encryption_deactivate_signed_prekey: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path: {
                readonly id: string;
            };
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description the key, now or already inactive */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": {
                        readonly data: components["schemas"]["SignedPrekey"];
                        /** @constant */
                        readonly success: true;
                    };
                };
            };
        };
    };
    readonly files_fetch_file: {
        readonly parameters: {
            readonly query?: {
                /** @description The secret half of the file's address. */
                readonly cap?: string;
            };
            readonly header?: never;
            readonly path: {
                readonly id: components["schemas"]["UploadId"];
            };
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description the file */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content?: never;
            };
            /** @description the part that `Range` asks for */
            readonly 206: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    readonly messages_list_messages: {
        readonly parameters: {
            readonly query: {
                /** @description Messages above this number, oldest first. */
                readonly after_seq?: number;
                /** @description The neighbourhood of this number, oldest first. */
                readonly around_seq?: number;
                /** @description Messages below this number, newest first. */
                readonly before_seq?: number;
                /** @description Whose history. */
                readonly conversation_id: components["schemas"]["ConversationId"];
                /** @description 1 to 100; 50 if absent. */
                readonly limit?: number;
            };
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description the page and its gaps, with the ciphertexts of the calling device */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": {
                        readonly data: components["schemas"]["Messages"];
                        /** @constant */
                        readonly success: true;
                    };
                };
            };
        };
    };
    readonly messages_send_message: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /** @description At most 4194304 bytes. */
        readonly requestBody: {
            readonly content: {
                /**
                 * @example {
                 *       "ciphertexts": [
                 *         {
                 *           "ciphertext": "CgoKCgoKCgoKCgoKCgoKCgoKCgoKCgoK",
                 *           "header": {
                 *             "type": 3
                 *           },
                 *           "recipient_device_id": "bob-phone",
                 *           "recipient_user_id": "01941f29-7c07-7b1a-9d5e-000000000002"
                 *         }
                 *       ],
                 *       "client_message_id": "6a1f",
                 *       "conversation_id": "01941f29-7c07-7b1a-9d5e-000000000003",
                 *       "message_type": "text"
                 *     }
                 */
                readonly "application/json": components["schemas"]["SendMessageRequest"];
            };
        };
        readonly responses: {
            /** @description an equal request was answered before: that answer, `"duplicate":true` */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": {
                        readonly data: components["schemas"]["SentMessage"];
                        /** @description This is the original answer to an earlier, equal request. */
                        readonly duplicate?: boolean;
                        /** @constant */
                        readonly success: true;
                    };
                };
            };
            /** @description it is in the log */
            readonly 201: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": {
                        readonly data: components["schemas"]["SentMessage"];
                        /** @description This is the original answer to an earlier, equal request. */
                        readonly duplicate?: boolean;
                        /** @constant */
                        readonly success: true;
                    };
                };
            };
        };
    };
    readonly messages_search_messages: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description never */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": {
                        readonly data: null;
                        /** @constant */
                        readonly success: true;
                    };
                };
            };
        };
    };
    readonly messages_get_message: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path: {
                readonly id: components["schemas"]["MessageId"];
            };
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description the message */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": {
                        readonly data: components["schemas"]["Message"];
                        /** @constant */
                        readonly success: true;
                    };
                };
            };
        };
    };
    readonly messages_edit_message: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path: {
                readonly id: components["schemas"]["MessageId"];
            };
            readonly cookie?: never;
        };
        /** @description At most 4194304 bytes. */
        readonly requestBody: {
            readonly content: {
                /**
                 * @example {
                 *       "ciphertexts": [
                 *         {
                 *           "ciphertext": "DAwMDAwMDAwMDAwMDAwMDAwMDAwMDAwM",
                 *           "header": {
                 *             "type": 3
                 *           },
                 *           "recipient_device_id": "bob-phone",
                 *           "recipient_user_id": "01941f29-7c07-7b1a-9d5e-000000000002"
                 *         }
                 *       ]
                 *     }
                 */
                readonly "application/json": components["schemas"]["EditMessageRequest"];
            };
        };
        readonly responses: {
            /** @description edited; the message as the calling device sees it */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": {
                        readonly data: components["schemas"]["Message"];
                        /** @constant */
                        readonly success: true;
                    };
                };
            };
        };
    };
    readonly messages_delete_message: {
        readonly parameters: {
            readonly query?: {
                readonly for?: components["schemas"]["DeleteFor"];
            };
            readonly header?: never;
            readonly path: {
                readonly id: components["schemas"]["MessageId"];
            };
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description deleted, or so before; the tombstone, or `null` with `for=me` */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": {
                        readonly data: null | {
                            /** @description The files that belong to it. */
                            readonly attachments: readonly components["schemas"]["UploadId"][];
                            readonly ciphertext?: components["schemas"]["Base64"] | null;
                            /** @description The sender's id for it, shown to the sender's own devices and others alike. */
                            readonly client_message_id?: string | null;
                            /** @description Its conversation. */
                            readonly conversation_id: components["schemas"]["ConversationId"];
                            /** @description When it was stored. */
                            readonly created_at: components["schemas"]["Timestamp"];
                            readonly deleted_at?: components["schemas"]["Timestamp"] | null;
                            readonly device_ciphertext?: components["schemas"]["Base64"] | null;
                            /** @description The header of `device_ciphertext`, as it was sent. */
                            readonly device_header?: unknown;
                            readonly edited_at?: components["schemas"]["Timestamp"] | null;
                            readonly expires_at?: components["schemas"]["Timestamp"] | null;
                            /** @description The header as it was sent. */
                            readonly header?: unknown;
                            /** @description The message. */
                            readonly id: components["schemas"]["MessageId"];
                            /** @description Whether its content was taken away. */
                            readonly is_deleted: boolean;
                            /** @description Whether its content was replaced. */
                            readonly is_edited: boolean;
                            /** @description Who is mentioned. */
                            readonly mentions: readonly components["schemas"]["UserId"][];
                            /** @description What kind of content it announces. */
                            readonly message_type: components["schemas"]["MessageType"];
                            /** @description As sent. */
                            readonly metadata?: unknown;
                            /** @description What people make of it, the most frequent first. */
                            readonly reactions: readonly components["schemas"]["ReactionCount"][];
                            /** @description The device that `ciphertext` is for, `null` without one or if it is shared. */
                            readonly recipient_device_id?: string | null;
                            readonly reply_to_message_id?: components["schemas"]["MessageId"] | null;
                            /**
                             * Format: int64
                             * @description Its number among the conversation's changes.
                             */
                            readonly revision: number;
                            /** @description The client's string of the sending device, while it is known. */
                            readonly sender_device_id?: string | null;
                            /** @description The server's name for the sending device. */
                            readonly sender_device_uuid: components["schemas"]["DeviceId"];
                            /** @description Who sent it. */
                            readonly sender_id: components["schemas"]["UserId"];
                            /**
                             * Format: int64
                             * @description Its number among the conversation's messages.
                             */
                            readonly sequence_number: number;
                            readonly updated_at?: components["schemas"]["Timestamp"] | null;
                        };
                        /** @constant */
                        readonly success: true;
                    };
                };
            };
        };
    };
    readonly messages_mark_delivered: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: {
                /** @description A repeat of the request with the same key within 24 h gets the first answer. */
                readonly "Idempotency-Key"?: string;
            };
            readonly path: {
                readonly id: components["schemas"]["MessageId"];
            };
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description marked, or already there; the caller's cursors; the first answer to an equal request with this `Idempotency-Key` */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": {
                        readonly data: components["schemas"]["ReceiptState"];
                        /** @description This is the original answer to an earlier, equal request. */
                        readonly duplicate?: boolean;
                        /** @constant */
                        readonly success: true;
                    };
                };
            };
        };
    };
    readonly messages_hard_delete_message: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path: {
                readonly id: components["schemas"]["MessageId"];
            };
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description deleted */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": {
                        readonly data: null;
                        /** @constant */
                        readonly success: true;
                    };
                };
            };
        };
    };
    readonly messages_pin_message: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path: {
                readonly id: components["schemas"]["MessageId"];
            };
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description pinned, or so before; the message */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": {
                        readonly data: components["schemas"]["Message"];
                        /** @constant */
                        readonly success: true;
                    };
                };
            };
        };
    };
    readonly messages_unpin_message: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path: {
                readonly id: components["schemas"]["MessageId"];
            };
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description not pinned, or so before; the message */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": {
                        readonly data: components["schemas"]["Message"];
                        /** @constant */
                        readonly success: true;
                    };
                };
            };
        };
    };
    readonly messages_get_poll: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path: {
                readonly id: components["schemas"]["MessageId"];
            };
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description the poll */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": {
                        readonly data: components["schemas"]["Poll"];
                        /** @constant */
                        readonly success: true;
                    };
                };
            };
        };
    };
    readonly messages_list_reactions: {
        readonly parameters: {
            readonly query?: {
                /** @description From 1 to 100; 20 if absent. */
                readonly limit?: number;
                /** @description From 1; 1 if absent. */
                readonly page?: number;
            };
            readonly header?: never;
            readonly path: {
                readonly id: components["schemas"]["MessageId"];
            };
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description the page */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": {
                        readonly data: components["schemas"]["Reactions"];
                        /** @constant */
                        readonly success: true;
                    };
                };
            };
        };
    };
    readonly messages_add_reaction: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path: {
                readonly id: components["schemas"]["MessageId"];
                readonly reaction: string;
            };
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description added, or there before; the message's reactions */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": {
                        readonly data: components["schemas"]["ReactionCounts"];
                        /** @constant */
                        readonly success: true;
                    };
                };
            };
        };
    };
    readonly messages_remove_reaction: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path: {
                readonly id: components["schemas"]["MessageId"];
                readonly reaction: string;
            };
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description taken back, or not there; the message's reactions */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": {
                        readonly data: components["schemas"]["ReactionCounts"];
                        /** @constant */
                        readonly success: true;
                    };
                };
            };
        };
    };
    readonly messages_mark_read: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: {
                /** @description A repeat of the request with the same key within 24 h gets the first answer. */
                readonly "Idempotency-Key"?: string;
            };
            readonly path: {
                readonly id: components["schemas"]["MessageId"];
            };
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description marked, or already there; the caller's cursors; the first answer to an equal request with this `Idempotency-Key` */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": {
                        readonly data: components["schemas"]["ReceiptState"];
                        /** @description This is the original answer to an earlier, equal request. */
                        readonly duplicate?: boolean;
                        /** @constant */
                        readonly success: true;
                    };
                };
            };
        };
    };
    readonly messages_list_receipts: {
        readonly parameters: {
            readonly query?: {
                /** @description From 1 to 100; 20 if absent. */
                readonly limit?: number;
                /** @description From 1; 1 if absent. */
                readonly page?: number;
            };
            readonly header?: never;
            readonly path: {
                readonly id: components["schemas"]["MessageId"];
            };
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description the page; `read` is `null` where either side keeps it to itself */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": {
                        readonly data: components["schemas"]["Receipts"];
                        /** @constant */
                        readonly success: true;
                    };
                };
            };
        };
    };
    readonly messages_star_message: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path: {
                readonly id: components["schemas"]["MessageId"];
            };
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description starred, or so before; the message */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": {
                        readonly data: components["schemas"]["Message"];
                        /** @constant */
                        readonly success: true;
                    };
                };
            };
        };
    };
    readonly messages_unstar_message: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path: {
                readonly id: components["schemas"]["MessageId"];
            };
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description without a star, or so before; the message */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": {
                        readonly data: components["schemas"]["Message"];
                        /** @constant */
                        readonly success: true;
                    };
                };
            };
        };
    };
    readonly messages_vote: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path: {
                readonly id: components["schemas"]["MessageId"];
            };
            readonly cookie?: never;
        };
        /** @description At most 1048576 bytes. */
        readonly requestBody: {
            readonly content: {
                /**
                 * @example {
                 *       "options": [
                 *         0
                 *       ]
                 *     }
                 */
                readonly "application/json": components["schemas"]["VoteRequest"];
            };
        };
        readonly responses: {
            /** @description voted; the poll */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": {
                        readonly data: components["schemas"]["Poll"];
                        /** @constant */
                        readonly success: true;
                    };
                };
            };
        };
    };
    readonly state_presence: {
        readonly parameters: {
            readonly query?: {
                /** @description A comma list of user ids, 100 at most. */
                readonly user_ids?: string;
            };
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description as they were asked for, each once */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": {
                        readonly data: components["schemas"]["Presences"];
                        /** @constant */
                        readonly success: true;
                    };
                };
            };
        };
    };
    readonly ops_list: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description the buckets */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": {
                        readonly data: components["schemas"]["RateLimits"];
                        /** @constant */
                        readonly success: true;
                    };
                };
            };
        };
    };
    readonly ops_describe: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description always */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": {
                        readonly data: components["schemas"]["ServerDescription"];
                        /** @constant */
                        readonly success: true;
                    };
                };
            };
        };
    };
    readonly state_sync: {
        readonly parameters: {
            readonly query?: {
                /** @description The `next_after` of the page before, which was asked with the same `since`. */
                readonly after?: string;
                /** @description From 1 to 100; 20 if absent. */
                readonly limit?: number;
                /**
                 * @description From 1. Pages by number may miss what moves up while they are read: leave it out and go on with
                 *     `after`.
                 */
                readonly page?: number;
                /** @description The `cursor` of an earlier answer: only conversations that changed since are listed. */
                readonly since?: string;
            };
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description the page; with `since` only conversations that may have changed since that answer */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": {
                        readonly data: components["schemas"]["Sync"];
                        /** @constant */
                        readonly success: true;
                    };
                };
            };
        };
    };
    readonly uploads_list_uploads: {
        readonly parameters: {
            readonly query?: {
                /** @description From 1 to 100; 20 if absent. */
                readonly limit?: number;
                /** @description From 1; 1 if absent. */
                readonly page?: number;
                readonly uploader_id?: components["schemas"]["UserId"];
                readonly user_id?: components["schemas"]["UserId"];
            };
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description the page */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": {
                        readonly data: components["schemas"]["Uploads"];
                        /** @constant */
                        readonly success: true;
                    };
                };
            };
        };
    };
    readonly uploads_create_upload: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: {
                /** @description A repeat of the request with the same key within 24 h gets the first answer. */
                readonly "Idempotency-Key"?: string;
            };
            readonly path?: never;
            readonly cookie?: never;
        };
        /** @description At most 1048576 bytes. */
        readonly requestBody: {
            readonly content: {
                /**
                 * @example {
                 *       "content_type": "application/octet-stream",
                 *       "file_name": "photo.bin",
                 *       "file_size": 4096
                 *     }
                 */
                readonly "application/json": components["schemas"]["CreateUploadRequest"];
            };
        };
        readonly responses: {
            /** @description the first answer to an equal request with this `Idempotency-Key` */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": {
                        readonly data: components["schemas"]["Upload"];
                        /** @description This is the original answer to an earlier, equal request. */
                        readonly duplicate?: boolean;
                        /** @constant */
                        readonly success: true;
                    };
                };
            };
            /** @description the upload */
            readonly 201: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": {
                        readonly data: components["schemas"]["Upload"];
                        /** @description This is the original answer to an earlier, equal request. */
                        readonly duplicate?: boolean;
                        /** @constant */
                        readonly success: true;
                    };
                };
            };
        };
    };
    readonly uploads_describe_creation: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description `Tus-Version`, `Tus-Extension`, `Tus-Max-Size` */
            readonly 204: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    readonly uploads_list_completed: {
        readonly parameters: {
            readonly query?: {
                /** @description From 1 to 100; 20 if absent. */
                readonly limit?: number;
                /** @description From 1; 1 if absent. */
                readonly page?: number;
                readonly uploader_id?: components["schemas"]["UserId"];
                readonly user_id?: components["schemas"]["UserId"];
            };
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description the page */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": {
                        readonly data: components["schemas"]["Uploads"];
                        /** @constant */
                        readonly success: true;
                    };
                };
            };
        };
    };
    readonly uploads_list_in_progress: {
        readonly parameters: {
            readonly query?: {
                /** @description From 1 to 100; 20 if absent. */
                readonly limit?: number;
                /** @description From 1; 1 if absent. */
                readonly page?: number;
                readonly uploader_id?: components["schemas"]["UserId"];
                readonly user_id?: components["schemas"]["UserId"];
            };
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description the page */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": {
                        readonly data: components["schemas"]["Uploads"];
                        /** @constant */
                        readonly success: true;
                    };
                };
            };
        };
    };
    readonly uploads_list_stale: {
        readonly parameters: {
            readonly query?: {
                /** @description From 1 to 100; 20 if absent. */
                readonly limit?: number;
                /** @description Seconds without a byte; at least 60, 3,600 if absent. */
                readonly older_than_sec?: number;
                /** @description From 1; 1 if absent. */
                readonly page?: number;
                readonly uploader_id?: components["schemas"]["UserId"];
            };
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description the page */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": {
                        readonly data: components["schemas"]["Uploads"];
                        /** @constant */
                        readonly success: true;
                    };
                };
            };
        };
    };
    readonly uploads_delete_stale: {
        readonly parameters: {
            readonly query?: {
                /** @description From 1 to 100; 20 if absent. */
                readonly limit?: number;
                /** @description Seconds without a byte; at least 60, 3,600 if absent. */
                readonly older_than_sec?: number;
                /** @description From 1; 1 if absent. */
                readonly page?: number;
                readonly uploader_id?: components["schemas"]["UserId"];
            };
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description how many are gone */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": {
                        readonly data: components["schemas"]["DeletedUploads"];
                        /** @constant */
                        readonly success: true;
                    };
                };
            };
        };
    };
    readonly uploads_get_upload: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path: {
                readonly id: components["schemas"]["UploadId"];
            };
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description the upload */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": {
                        readonly data: components["schemas"]["Upload"];
                        /** @constant */
                        readonly success: true;
                    };
                };
            };
        };
    };
    readonly uploads_delete_upload: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path: {
                readonly id: components["schemas"]["UploadId"];
            };
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description one that was under way: the upload, now `CANCELLED`; any other: `null`, it is gone */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": {
                        readonly data: null | {
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
                        /** @constant */
                        readonly success: true;
                    };
                };
            };
        };
    };
    readonly uploads_complete_upload: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: {
                /** @description A repeat of the request with the same key within 24 h gets the first answer. */
                readonly "Idempotency-Key"?: string;
            };
            readonly path: {
                readonly id: components["schemas"]["UploadId"];
            };
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description the upload, complete now or before; the first answer to an equal request with this `Idempotency-Key` */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": {
                        readonly data: components["schemas"]["Upload"];
                        /** @description This is the original answer to an earlier, equal request. */
                        readonly duplicate?: boolean;
                        /** @constant */
                        readonly success: true;
                    };
                };
            };
        };
    };
    readonly uploads_put_data: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path: {
                readonly id: components["schemas"]["UploadId"];
            };
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description the upload; it still has to be completed */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": {
                        readonly data: components["schemas"]["Upload"];
                        /** @constant */
                        readonly success: true;
                    };
                };
            };
        };
    };
    readonly uploads_terminate: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path: {
                readonly id: components["schemas"]["UploadId"];
            };
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description as `DELETE /v1/uploads/{id}` */
            readonly 204: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    readonly uploads_describe_tus: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path: {
                readonly id: components["schemas"]["UploadId"];
            };
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description `Tus-Version`, `Tus-Extension`, `Tus-Max-Size` */
            readonly 204: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    readonly uploads_get_offset: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path: {
                readonly id: components["schemas"]["UploadId"];
            };
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description `Upload-Offset` and `Upload-Length` */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    readonly uploads_append_data: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path: {
                readonly id: components["schemas"]["UploadId"];
            };
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description stored; `Upload-Offset` is where the file goes on */
            readonly 204: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content?: never;
            };
        };
    };
    readonly uploads_fail_upload: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: {
                /** @description A repeat of the request with the same key within 24 h gets the first answer. */
                readonly "Idempotency-Key"?: string;
            };
            readonly path: {
                readonly id: components["schemas"]["UploadId"];
            };
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description the upload, failed now or before; the first answer to an equal request with this `Idempotency-Key` */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": {
                        readonly data: components["schemas"]["Upload"];
                        /** @description This is the original answer to an earlier, equal request. */
                        readonly duplicate?: boolean;
                        /** @constant */
                        readonly success: true;
                    };
                };
            };
        };
    };
    readonly uploads_report_progress: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: {
                /** @description A repeat of the request with the same key within 24 h gets the first answer. */
                readonly "Idempotency-Key"?: string;
            };
            readonly path: {
                readonly id: components["schemas"]["UploadId"];
            };
            readonly cookie?: never;
        };
        /** @description At most 1048576 bytes. */
        readonly requestBody: {
            readonly content: {
                /**
                 * @example {
                 *       "uploaded_bytes": 1024
                 *     }
                 */
                readonly "application/json": components["schemas"]["ProgressRequest"];
            };
        };
        readonly responses: {
            /** @description the upload; the first answer to an equal request with this `Idempotency-Key` */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": {
                        readonly data: components["schemas"]["Upload"];
                        /** @description This is the original answer to an earlier, equal request. */
                        readonly duplicate?: boolean;
                        /** @constant */
                        readonly success: true;
                    };
                };
            };
        };
    };
    readonly users_list_users: {
        readonly parameters: {
            readonly query?: {
                /** @description A comma list of user ids, 100 at most, instead of a search. */
                readonly ids?: string;
                /** @description From 1 to 100; 20 if absent. */
                readonly limit?: number;
                /** @description From 1; 1 if absent. */
                readonly page?: number;
                /** @description Beginning of a username or display name, or a whole e-mail address or phone number. */
                readonly search?: string;
            };
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description the page */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": {
                        readonly data: components["schemas"]["Profiles"];
                        /** @constant */
                        readonly success: true;
                    };
                };
            };
        };
    };
    readonly users_get_me: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description the account */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": {
                        readonly data: components["schemas"]["Me"];
                        /** @constant */
                        readonly success: true;
                    };
                };
            };
        };
    };
    readonly users_update_me: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /** @description At most 1048576 bytes. */
        readonly requestBody: {
            readonly content: {
                /**
                 * @example {
                 *       "display_name": "Alice A.",
                 *       "status": "Reading"
                 *     }
                 */
                readonly "application/json": components["schemas"]["UpdateProfileRequest"];
            };
        };
        readonly responses: {
            /** @description the account as it is now */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": {
                        readonly data: components["schemas"]["Me"];
                        /** @constant */
                        readonly success: true;
                    };
                };
            };
        };
    };
    readonly users_delete_me: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /** @description At most 1048576 bytes. */
        readonly requestBody?: {
            readonly content: {
                /**
                 * @example {
                 *       "password": "correct horse battery"
                 *     }
                 */
                readonly "application/json": components["schemas"]["ConfirmRequest"];
            };
        };
        readonly responses: {
            /** @description gone: its names are free, its sockets close with 4401, its conversations hear `participant:removed` with `erased`, and what it wrote shows as tombstones until it is erased */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": {
                        readonly data: null;
                        /** @constant */
                        readonly success: true;
                    };
                };
            };
        };
    };
    readonly users_list_contacts: {
        readonly parameters: {
            readonly query?: {
                /** @description From 1 to 100; 20 if absent. */
                readonly limit?: number;
                /** @description From 1; 1 if absent. */
                readonly page?: number;
            };
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description the page */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": {
                        readonly data: components["schemas"]["Contacts"];
                        /** @constant */
                        readonly success: true;
                    };
                };
            };
        };
    };
    readonly users_add_contact: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: {
                /** @description A repeat of the request with the same key within 24 h gets the first answer. */
                readonly "Idempotency-Key"?: string;
            };
            readonly path?: never;
            readonly cookie?: never;
        };
        /** @description At most 1048576 bytes. */
        readonly requestBody: {
            readonly content: {
                /**
                 * @example {
                 *       "contact_user_id": "01941f29-7c07-7b1a-9d5e-000000000002",
                 *       "nickname": "Bobby"
                 *     }
                 */
                readonly "application/json": components["schemas"]["AddContactRequest"];
            };
        };
        readonly responses: {
            /** @description the contact; they were one already, and have the new nickname if there is one; the first answer to an equal request with this `Idempotency-Key` */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": {
                        readonly data: components["schemas"]["Contact"];
                        /** @description This is the original answer to an earlier, equal request. */
                        readonly duplicate?: boolean;
                        /** @constant */
                        readonly success: true;
                    };
                };
            };
            /** @description the contact */
            readonly 201: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": {
                        readonly data: components["schemas"]["Contact"];
                        /** @description This is the original answer to an earlier, equal request. */
                        readonly duplicate?: boolean;
                        /** @constant */
                        readonly success: true;
                    };
                };
            };
        };
    };
    readonly users_list_blocked: {
        readonly parameters: {
            readonly query?: {
                /** @description From 1 to 100; 20 if absent. */
                readonly limit?: number;
                /** @description From 1; 1 if absent. */
                readonly page?: number;
            };
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description the page */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": {
                        readonly data: components["schemas"]["Contacts"];
                        /** @constant */
                        readonly success: true;
                    };
                };
            };
        };
    };
    readonly users_remove_contact: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path: {
                readonly id: components["schemas"]["UserId"];
            };
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description gone */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": {
                        readonly data: null;
                        /** @constant */
                        readonly success: true;
                    };
                };
            };
        };
    };
    readonly users_block_contact: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: {
                /** @description A repeat of the request with the same key within 24 h gets the first answer. */
                readonly "Idempotency-Key"?: string;
            };
            readonly path: {
                readonly id: components["schemas"]["UserId"];
            };
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description the user, now or already blocked; the first answer to an equal request with this `Idempotency-Key` */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": {
                        readonly data: components["schemas"]["Contact"];
                        /** @description This is the original answer to an earlier, equal request. */
                        readonly duplicate?: boolean;
                        /** @constant */
                        readonly success: true;
                    };
                };
            };
        };
    };
    readonly users_unblock_contact: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: {
                /** @description A repeat of the request with the same key within 24 h gets the first answer. */
                readonly "Idempotency-Key"?: string;
            };
            readonly path: {
                readonly id: components["schemas"]["UserId"];
            };
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description the user, now or already not blocked; the first answer to an equal request with this `Idempotency-Key` */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": {
                        readonly data: components["schemas"]["Contact"];
                        /** @description This is the original answer to an earlier, equal request. */
                        readonly duplicate?: boolean;
                        /** @constant */
                        readonly success: true;
                    };
                };
            };
        };
    };
    readonly users_list_devices: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description the list */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": {
                        readonly data: components["schemas"]["Devices"];
                        /** @constant */
                        readonly success: true;
                    };
                };
            };
        };
    };
    readonly users_get_device: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path: {
                readonly id: string;
            };
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description the device */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": {
                        readonly data: components["schemas"]["Device"];
                        /** @constant */
                        readonly success: true;
                    };
                };
            };
        };
    };
    readonly users_delete_device: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path: {
                readonly id: string;
            };
            readonly cookie?: never;
        };
        /** @description At most 1048576 bytes. */
        readonly requestBody?: {
            readonly content: {
                /**
                 * @example {
                 *       "password": "correct horse battery"
                 *     }
                 */
                readonly "application/json": components["schemas"]["ConfirmRequest"];
            };
        };
        readonly responses: {
            /** @description gone with its login session, keys and ciphertexts; its sockets close with 4404 */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": {
                        readonly data: null;
                        /** @constant */
                        readonly success: true;
                    };
                };
            };
        };
    };
    readonly users_request_email_code: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: {
                /** @description A repeat of the request with the same key within 24 h gets the first answer. */
                readonly "Idempotency-Key"?: string;
            };
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description it will be mailed; the first answer to an equal request with this `Idempotency-Key` */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": {
                        readonly data: null;
                        /** @description This is the original answer to an earlier, equal request. */
                        readonly duplicate?: boolean;
                        /** @constant */
                        readonly success: true;
                    };
                };
            };
        };
    };
    readonly users_verify_email: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: {
                /** @description A repeat of the request with the same key within 24 h gets the first answer. */
                readonly "Idempotency-Key"?: string;
            };
            readonly path?: never;
            readonly cookie?: never;
        };
        /** @description At most 1048576 bytes. */
        readonly requestBody: {
            readonly content: {
                /**
                 * @example {
                 *       "code": "12345678"
                 *     }
                 */
                readonly "application/json": components["schemas"]["VerifyEmailRequest"];
            };
        };
        readonly responses: {
            /** @description the account as it is now; the first answer to an equal request with this `Idempotency-Key` */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": {
                        readonly data: components["schemas"]["Me"];
                        /** @description This is the original answer to an earlier, equal request. */
                        readonly duplicate?: boolean;
                        /** @constant */
                        readonly success: true;
                    };
                };
            };
        };
    };
    readonly users_list_push_tokens: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description the list */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": {
                        readonly data: components["schemas"]["PushTokens"];
                        /** @constant */
                        readonly success: true;
                    };
                };
            };
        };
    };
    readonly users_add_push_token: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: {
                /** @description A repeat of the request with the same key within 24 h gets the first answer. */
                readonly "Idempotency-Key"?: string;
            };
            readonly path?: never;
            readonly cookie?: never;
        };
        /** @description At most 1048576 bytes. */
        readonly requestBody: {
            readonly content: {
                /**
                 * @example {
                 *       "platform": "fcm",
                 *       "token": "cPxR2Lw:APA91bH"
                 *     }
                 */
                readonly "application/json": components["schemas"]["AddPushTokenRequest"];
            };
        };
        readonly responses: {
            /** @description the token; the device had it already; the first answer to an equal request with this `Idempotency-Key` */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": {
                        readonly data: components["schemas"]["PushToken"];
                        /** @description This is the original answer to an earlier, equal request. */
                        readonly duplicate?: boolean;
                        /** @constant */
                        readonly success: true;
                    };
                };
            };
            /** @description the token */
            readonly 201: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": {
                        readonly data: components["schemas"]["PushToken"];
                        /** @description This is the original answer to an earlier, equal request. */
                        readonly duplicate?: boolean;
                        /** @constant */
                        readonly success: true;
                    };
                };
            };
        };
    };
    readonly users_remove_push_token: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path: {
                readonly id: string;
            };
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description gone */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": {
                        readonly data: null;
                        /** @constant */
                        readonly success: true;
                    };
                };
            };
        };
    };
    readonly users_revoke_other_sessions: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /** @description At most 1048576 bytes. */
        readonly requestBody?: {
            readonly content: {
                /**
                 * @example {
                 *       "password": "correct horse battery"
                 *     }
                 */
                readonly "application/json": components["schemas"]["ConfirmRequest"];
            };
        };
        readonly responses: {
            /** @description ended; their sockets close with 4401 */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": {
                        readonly data: null;
                        /** @constant */
                        readonly success: true;
                    };
                };
            };
        };
    };
    readonly users_revoke_session: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path: {
                readonly id: components["schemas"]["LoginSessionId"];
            };
            readonly cookie?: never;
        };
        /** @description At most 1048576 bytes. */
        readonly requestBody?: {
            readonly content: {
                /**
                 * @example {
                 *       "password": "correct horse battery"
                 *     }
                 */
                readonly "application/json": components["schemas"]["ConfirmRequest"];
            };
        };
        readonly responses: {
            /** @description ended; its sockets close with 4401 */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": {
                        readonly data: null;
                        /** @constant */
                        readonly success: true;
                    };
                };
            };
        };
    };
    readonly users_get_settings: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description all of them */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": {
                        readonly data: components["schemas"]["UserSettings"];
                        /** @constant */
                        readonly success: true;
                    };
                };
            };
        };
    };
    readonly users_update_settings: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /** @description At most 1048576 bytes. */
        readonly requestBody: {
            readonly content: {
                /**
                 * @example {
                 *       "language": "en",
                 *       "privacy_last_seen": "contacts",
                 *       "read_receipts": false,
                 *       "theme": "dark"
                 *     }
                 */
                readonly "application/json": components["schemas"]["UpdateSettingsRequest"];
            };
        };
        readonly responses: {
            /** @description all settings as they are now */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": {
                        readonly data: components["schemas"]["UserSettings"];
                        /** @constant */
                        readonly success: true;
                    };
                };
            };
        };
    };
    readonly users_list_starred: {
        readonly parameters: {
            readonly query?: {
                /** @description From 1 to 100; 20 if absent. */
                readonly limit?: number;
                /** @description From 1; 1 if absent. */
                readonly page?: number;
            };
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description the page, with the ciphertexts of the calling device */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": {
                        readonly data: components["schemas"]["Starred"];
                        /** @constant */
                        readonly success: true;
                    };
                };
            };
        };
    };
    readonly users_get_storage: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description bytes by kind */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": {
                        readonly data: components["schemas"]["Storage"];
                        /** @constant */
                        readonly success: true;
                    };
                };
            };
        };
    };
    readonly users_list_unread: {
        readonly parameters: {
            readonly query?: {
                /** @description From 1 to 100; 20 if absent. */
                readonly limit?: number;
                /** @description From 1; 1 if absent. */
                readonly page?: number;
            };
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description the count over all conversations, and the page */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": {
                        readonly data: components["schemas"]["Unread"];
                        /** @constant */
                        readonly success: true;
                    };
                };
            };
        };
    };
    readonly users_search_users: {
        readonly parameters: {
            readonly query?: {
                /** @description From 1 to 100; 20 if absent. */
                readonly limit?: number;
                /** @description From 1; 1 if absent. */
                readonly page?: number;
                /** @description Beginning of a username or display name, or a whole e-mail address or phone number. */
                readonly query?: string;
            };
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description the page */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": {
                        readonly data: components["schemas"]["Profiles"];
                        /** @constant */
                        readonly success: true;
                    };
                };
            };
        };
    };
    readonly users_get_user: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path: {
                readonly id: components["schemas"]["UserId"];
            };
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description the profile */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": {
                        readonly data: components["schemas"]["Profile"];
                        /** @constant */
                        readonly success: true;
                    };
                };
            };
        };
    };
    readonly users_list_peer_devices: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path: {
                readonly id: components["schemas"]["UserId"];
            };
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description the list */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": {
                        readonly data: components["schemas"]["PeerDevices"];
                        /** @constant */
                        readonly success: true;
                    };
                };
            };
        };
    };
    readonly ws_explain: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description never */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": {
                        readonly data: null;
                        /** @constant */
                        readonly success: true;
                    };
                };
            };
        };
    };
    readonly ws_issue_ticket: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description the ticket */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": {
                        readonly data: components["schemas"]["Ticket"];
                        /** @description This is the original answer to an earlier, equal request. */
                        readonly duplicate?: boolean;
                        /** @constant */
                        readonly success: true;
                    };
                };
            };
        };
    };
}
