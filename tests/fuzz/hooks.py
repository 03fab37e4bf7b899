"""What schemathesis asks, made more to the point: real ids, and requests that succeed.

Out of itself it names things that do not exist, and is told so. Here each request is left as it was,
or gets ids that exist, or becomes one that should succeed; the first one of each operation always
does, so that none is tried with refusals alone. FUZZ_URL names the server. At the end it says which
operations never succeeded; if these are many, the requests here are out of date, and the run fails.
"""

import atexit
import collections
import os
import pathlib
import random
import sys

import schemathesis

sys.path.insert(0, str(pathlib.Path(__file__).parent))

from seed import PASSWORD, Account, Server, Things, encoded, pq_prekey, setup, signed_prekey  # noqa: E402

# Of a hundred requests so many are what should succeed, and so many only get real ids. The rest is
# sent as it was made up, some of it without a token.
SUCCEEDING, NAMING, WITHOUT_TOKEN = 40, 35, 5

DICE = random.Random(1)
SERVER = Server(os.environ["FUZZ_URL"])
FRIEND = Account(SERVER)
# Somebody else asks from time to time: nobody may have much of everything.
CASES_EACH = 100

ASKED, SUCCEEDED = collections.Counter(), collections.Counter()


class Request:
    """One that should succeed."""

    def __init__(self, body=None, query=None, path=None, token=None, raw=None, headers=None):
        self.body, self.query, self.path = body, query or {}, path or {}
        self.token, self.raw, self.headers = token, raw, headers or {}


class Asking:
    """Who asks now."""

    def __init__(self):
        self.account, self.cases = Account(SERVER), 0

    def next(self):
        self.cases += 1
        if self.cases % CASES_EACH == 0:
            self.account = Account(SERVER)
        return self.account


ASKING = Asking()


def keys_of(user, **more):
    return Request(query={"user_id": user.id, "device_id": user.device, **more})


def named(person, **more):
    """Username and the like of somebody new."""
    number = next(SERVER.numbers)
    return {"email": f"{person}{number}@example.com", "username": f"{person}{number}", **more}


def login(things, **more):
    other = things["other"]
    return {"identity": other.name, "password": PASSWORD, "device_id": other.device, **more}


TUS = {"Tus-Resumable": "1.0.0"}
OFFSETS = {**TUS, "Upload-Offset": "0", "Content-Type": "application/offset+octet-stream"}
UPLOAD = {"file_name": "f.png", "file_size": 9, "content_type": "image/png"}

# What each operation needs to succeed, beside the ids in its path.
SUCCESS = {
    "POST /v1/auth/register": lambda it: Request(named("new", password=PASSWORD, device_id="d")),
    "POST /v1/auth/login": lambda it: Request(login(it)),
    "POST /v1/auth/refresh": lambda it: Request(
        {"session_id": it["other"].session, "refresh_token": it["other"].refresh_token}
    ),
    "POST /v1/auth/logout": lambda it: Request({}),
    "POST /v1/auth/reauthenticate": lambda it: Request({"password": PASSWORD}),
    "POST /v1/auth/password/forgot": lambda it: Request({"identity": it["other"].name}),
    "POST /v1/auth/password/change": lambda it: Request(
        {"current_password": PASSWORD, "new_password": PASSWORD}
    ),
    "PUT /v1/users/me": lambda it: Request({"display_name": "Me", "bio": None}),
    "PUT /v1/users/me/settings": lambda it: Request({"theme": "dark", "language": None}),
    "POST /v1/users/me/push-tokens": lambda it: Request({"platform": "apns", "token": encoded(9)}),
    "POST /v1/users/me/contacts": lambda it: Request({"contact_user_id": it["other"].id}),
    "GET /v1/users": lambda it: Request(query={"search": "person"}),
    "GET /v1/users/search": lambda it: Request(query={"query": "person"}),
    "POST /v1/conversations": lambda it: Request(
        {"type": "DM", "participants": [it["other"].id]}
    ),
    "GET /v1/conversations/direct": lambda it: Request(
        query={"user_id_1": it["dm"] and it["other"].id}
    ),
    "GET /v1/conversations/type": lambda it: Request(query={"type": "GROUP"}),
    "GET /v1/conversations/search": lambda it: Request(query={"query": "group"}),
    "GET /v1/conversations/invite": lambda it: Request(query={"link": it["invite"]}),
    "POST /v1/conversations/join": lambda it: Request(
        {"code": it["invite"]}, token=it["leaver"].token
    ),
    "PUT /v1/conversations/{id}": lambda it: Request(
        {"subject": "renamed", "permissions": {"send": "admins"}, "message_expiry_seconds": None}
    ),
    "POST /v1/conversations/{id}/transfer": lambda it: Request({"user_id": it["other"].id}),
    "POST /v1/conversations/{id}/mute": lambda it: Request({}),
    "POST /v1/conversations/{id}/participants": lambda it: Request({"user_id": it["leaver"].id}),
    "PUT /v1/conversations/{id}/participants/{user_id}/role": lambda it: Request({"role": "admin"}),
    "POST /v1/conversations/{id}/read": lambda it: Request({"up_to_sequence": 1}),
    "POST /v1/conversations/{id}/read-sequence": lambda it: Request({"seq_id": 1}),
    "POST /v1/conversations/{id}/control": lambda it: Request(
        {"ciphertexts": it.ciphertexts()}, path={"id": it["dm"]}
    ),
    "POST /v1/messages": lambda it: Request(
        {"conversation_id": it["dm"], "ciphertexts": it.ciphertexts(), "attachments": [it["file"]]}
    ),
    "GET /v1/messages": lambda it: Request(
        query={"conversation_id": it["message"] and it["group"]}
    ),
    "PUT /v1/messages/{id}": lambda it: Request(
        {"shared_ciphertext": encoded(9), "roster_version": it["roster_version"]}
    ),
    "PUT /v1/messages/{id}/vote": lambda it: Request({"options": [0, 2]}),
    "PUT /v1/messages/{id}/reactions/{reaction}": lambda it: Request(),
    "GET /v1/presence": lambda it: Request(query={"user_ids": f"{it['other'].id},{it.me.id}"}),
    "POST /v1/calls": lambda it: Request({"conversation_id": it["dm"], "type": "AUDIO"}),
    "GET /v1/calls": lambda it: Request(query={"conversation_id": it["call"] and it["group"]}),
    "POST /v1/calls/{id}/participants": lambda it: Request({"user_id": it["other"].id}),
    "PUT /v1/calls/{id}/participants/{user_id}/status": lambda it: Request(
        {"status": "JOINED"}, token=it["other"].token
    ),
    "PUT /v1/calls/{id}/participants/{user_id}/mute": lambda it: Request({"audio_muted": True}),
    "POST /v1/calls/{id}/end": lambda it: Request({"reason": "COMPLETED"}),
    "POST /v1/calls/quality": lambda it: Request({"call_id": it["call"], "packet_loss": 0.1}),
    "GET /v1/calls/quality": lambda it: Request(query={"call_id": it["call"]}),
    "GET /v1/calls/quality/average": lambda it: Request(query={"call_id": it["call"]}),
    "POST /v1/encryption/identity": lambda it: Request(
        {"public_key": encoded(32)}, token=it["leaver"].token
    ),
    "POST /v1/encryption/setup": lambda it: Request(setup(), token=it["leaver"].token),
    "POST /v1/encryption/signed-prekeys": lambda it: Request(
        signed_prekey(2), token=it["leaver"].token
    ),
    "POST /v1/encryption/signed-prekeys/rotate": lambda it: Request(
        {"key": signed_prekey(3)}, token=it["leaver"].token
    ),
    "PUT /v1/encryption/signed-prekeys/{id}/deactivate": lambda it: Request(
        token=it["leaver"].token
    ),
    "PUT /v1/encryption/identity/{id}/deactivate": lambda it: Request(token=it["leaver"].token),
    "DELETE /v1/encryption/identity/{id}": lambda it: Request(token=it["leaver"].token),
    "POST /v1/encryption/onetime-prekeys": lambda it: Request(
        {"keys": [{"key_id": 99, "public_key": encoded(32)}]}, token=it["leaver"].token
    ),
    "POST /v1/encryption/onetime-prekeys/consume": lambda it: keys_of(it["other"]),
    "GET /v1/encryption/onetime-prekeys/count": lambda it: keys_of(FRIEND),
    "GET /v1/encryption/identity": lambda it: keys_of(FRIEND),
    "GET /v1/encryption/signed-prekeys": lambda it: keys_of(FRIEND, key_id=1),
    "GET /v1/encryption/signed-prekeys/active": lambda it: keys_of(FRIEND),
    "GET /v1/encryption/keys/active": lambda it: keys_of(FRIEND),
    "GET /v1/encryption/bundles": lambda it: Request(query={"user_id": FRIEND.id}),
    "POST /v1/encryption/pq-prekeys": lambda it: Request(
        {"keys": [pq_prekey(1)], "last_resort": pq_prekey(2)}, token=it["leaver"].token
    ),
    "POST /v1/encryption/backup": lambda it: Request(
        {"backup_data": encoded(40), "nonce": encoded(12), "salt": encoded(16)}
    ),
    "GET /v1/encryption/backup": lambda it: Request(token=it["backup"] and it.me.token),
    "POST /v1/uploads": lambda it: Request(UPLOAD),
    "POST /v1/uploads/{id}/progress": lambda it: Request({"uploaded_bytes": 1}),
    "HEAD /v1/uploads/{id}/data": lambda it: Request(headers=TUS),
    "PUT /v1/uploads/{id}/data": lambda it: Request(raw=b"four"),
    "PATCH /v1/uploads/{id}/data": lambda it: Request(raw=b"four", headers=OFFSETS),
    "DELETE /v1/uploads/{id}/data": lambda it: Request(headers=TUS),
    "GET /v1/files/{id}": lambda it: Request(query={"cap": it["cap"]}),
    "POST /v1/broadcasts": lambda it: Request({"name": "list", "recipients": [FRIEND.id]}),
    "GET /v1/broadcasts/search": lambda it: Request(query={"query": "li"}),
    "PUT /v1/broadcasts/{id}": lambda it: Request({"name": "renamed", "description": None}),
    "POST /v1/broadcasts/{id}/messages": lambda it: Request({"ciphertexts": it.ciphertexts()}),
    "POST /v1/broadcasts/{id}/recipients": lambda it: Request({"user_id": FRIEND.id}),
    "POST /v1/broadcasts/{id}/recipients/bulk": lambda it: Request({"user_ids": [FRIEND.id]}),
    "DELETE /v1/broadcasts/{id}/recipients/bulk": lambda it: Request(
        {"user_ids": [it["other"].id]}
    ),
}

# What ends the login that asks: each time somebody else asks.
ENDING = {
    "POST /v1/auth/logout",
    "POST /v1/auth/logout-all",
    "DELETE /v1/users/me",
    "DELETE /v1/users/me/sessions",
    "DELETE /v1/users/me/sessions/{id}",
    "DELETE /v1/users/me/devices/{id}",
}

# What refuses everybody: what asks for no upgrade, guessed tokens and codes, a search in ciphertext.
REFUSING = {
    "GET /v1/ws",
    "POST /v1/auth/password/reset",
    "POST /v1/auth/email/undo",
    "POST /v1/users/me/email/verify",
    "GET /v1/messages/search",
}
# Of a hundred operations, how many must succeed.
SUCCEEDING_MIN = 80

# What the ids of a path are; a path that begins with a longer one of these wins.
OWNERS = {
    "/v1/users/me/devices/": "device",
    "/v1/users/me/contacts/": "contact",
    "/v1/users/me/push-tokens/": "push_token",
    "/v1/users/": "other",
    "/v1/conversations/": "group",
    "/v1/messages/": "message",
    "/v1/encryption/identity/": "identity",
    "/v1/encryption/signed-prekeys/": "signed",
    "/v1/uploads/": "upload",
    "/v1/files/": "file",
    "/v1/broadcasts/": "broadcast",
    "/v1/calls/": "call",
}

# What the fields of bodies and queries name, for requests that get real ids.
FIELDS = {
    "contact_user_id": lambda it: it["other"].id,
    "recipient_user_id": lambda it: it["other"].id,
    "recipient_device_id": lambda it: it["other"].device,
    "conversation_id": lambda it: it["group"],
    "roster_version": lambda it: it["roster_version"],
    "reply_to_message_id": lambda it: it["message"],
    "attachments": lambda it: [it["file"]],
    "mentions": lambda it: [it["other"].id],
    "participants": lambda it: [it["other"].id],
    "recipients": lambda it: [it["other"].id],
    "user_ids": lambda it: [it["other"].id, FRIEND.id],
    "user_id_1": lambda it: it["other"].id,
    "user_id_2": lambda it: it.me.id,
    "uploader_id": lambda it: it.me.id,
    "owner_id": lambda it: it.me.id,
    "consumed_by": lambda it: it.me.id,
    "device_id": lambda it: it.me.device,
    "code": lambda it: it["invite"],
    "link": lambda it: it["invite"],
    "cap": lambda it: it["cap"],
    "call_id": lambda it: it["call"],
    "public_key": lambda it: encoded(32),
    "identity_key": lambda it: encoded(32),
    "signature": lambda it: encoded(64),
    "ciphertext": lambda it: encoded(20),
    "shared_ciphertext": lambda it: encoded(20),
    "backup_data": lambda it: encoded(40),
    "nonce": lambda it: encoded(12),
    "salt": lambda it: encoded(16),
}


def path_of(route, things):
    """What stands for the names in braces."""
    path = route.split(" ", 1)[1]
    if route.startswith("DELETE /v1/users/me/sessions/"):
        return {"id": things["leaver"].session}
    if path == "/docs/{file}":
        return {"file": "index.html"}
    owner = max((it for it in OWNERS if path.startswith(it)), key=len, default=None)
    name = OWNERS.get(owner)
    if path.endswith(("/vote", "/poll")):
        name = "poll"
    if path.endswith("/complete"):
        name = "full_upload"
    filled = {"id": things[name] if name else None}
    if name in ("other", "contact"):
        filled["id"] = things["other"].id
    if "{user_id}" in path:
        filled["user_id"] = things["other"].id
    if "{reaction}" in path:
        filled["reaction"] = "yes"
    return {key: value for key, value in filled.items() if f"{{{key}}}" in path and value}


def with_ids(value, things):
    """The same with ids that exist."""
    if isinstance(value, list):
        return [with_ids(it, things) for it in value]
    if not isinstance(value, dict):
        return value
    return {
        key: FIELDS[key](things) if key in FIELDS else with_ids(it, things)
        for key, it in value.items()
    }


def become(case, request, route, things):
    """Makes the case one that should succeed."""
    case.path_parameters = {**path_of(route, things), **request.path}
    case.query = request.query
    case.headers.clear()
    case.headers.update(request.headers)
    if request.body is not None:
        case.body, case.media_type = request.body, "application/json"


@schemathesis.hook
def before_call(context, case, kwargs):
    route = f"{case.operation.method.upper()} {case.operation.path}"
    if case.headers is None:
        case.headers = {}
    ASKED[route] += 1
    dice = 0 if ASKED[route] == 1 else DICE.randrange(100)
    things = Things(ASKING.next(), FRIEND)
    token = things.me.token
    if route in ENDING:
        if route.endswith("/devices/{id}"):
            things = Things(things["leaver"], FRIEND)
            token = things.me.token
        else:
            token = things["leaver"].token
    if dice < SUCCEEDING:
        request = SUCCESS.get(route, lambda it: Request())(things)
        become(case, request, route, things)
        token = request.token or token
        if request.raw is not None:
            kwargs["data"] = request.raw
    elif dice < SUCCEEDING + NAMING:
        case.path_parameters = {**(case.path_parameters or {}), **path_of(route, things)}
        if isinstance(case.query, dict):
            case.query = with_ids(case.query, things)
        if isinstance(case.body, (dict, list)):
            case.body = with_ids(case.body, things)
    elif dice >= 100 - WITHOUT_TOKEN:
        token = None
    if token:
        case.headers["Authorization"] = f"Bearer {token}"


@schemathesis.hook
def after_call(context, case, response):
    if response.status_code < 400:
        SUCCEEDED[f"{case.operation.method.upper()} {case.operation.path}"] += 1


@atexit.register
def report():
    never = sorted(set(ASKED) - set(SUCCEEDED) - REFUSING)
    text = f"{len(SUCCEEDED)} of {len(ASKED)} operations succeeded; never: {', '.join(never) or 'none'}"
    print(text)
    if len(SUCCEEDED) * 100 < len(ASKED) * SUCCEEDING_MIN:
        sys.stdout.flush()
        # An exit's hooks cannot fail it otherwise.
        os._exit(1)
