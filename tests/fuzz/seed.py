"""People and things for made-up requests to find: accounts with keys, a group, messages, files, lists.

Everything goes through the REST API of a server that limits nobody (RATE_LIMIT=off).
"""

import base64
import http.client
import itertools
import json
import os
import urllib.parse

PASSWORD = "a long password"
# No answer takes so long, seconds.
PATIENCE = 10


def encoded(length):
    """So many random bytes, as keys and ciphertexts are written."""
    return base64.b64encode(os.urandom(length)).decode()


class Refused(Exception):
    """The server does not give what the seed needs: the seed is wrong, or the server."""


class Server:
    """Speaks JSON to it, one request after the other."""

    def __init__(self, url):
        self.connection = http.client.HTTPConnection(urllib.parse.urlsplit(url).netloc, timeout=PATIENCE)
        self.numbers = itertools.count()

    def ask(self, token, method, path, body=None):
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        if isinstance(body, (dict, list)):
            headers["Content-Type"] = "application/json"
            body = json.dumps(body)
        self.connection.request(method, path, body, headers)
        answer = self.connection.getresponse()
        text = answer.read()
        if answer.status >= 300:
            raise Refused(f"{method} {path}: {answer.status} {text.decode()}")
        return json.loads(text)["data"]


class Account:
    """Somebody with one device, which has keys."""

    def __init__(self, server):
        self.server = server
        self.name = f"person{next(server.numbers)}"
        self.device = f"{self.name}-phone"
        registered = server.ask(None, "POST", "/v1/auth/register", {
            "email": f"{self.name}@example.com", "username": self.name, "password": PASSWORD,
            "device_id": self.device,
        })
        self.id = registered["user_id"]
        self.token = registered["access_token"]
        self.session = registered["session_id"]
        self.refresh_token = registered["refresh_token"]
        self.ask("POST", "/v1/encryption/setup", setup())

    def ask(self, method, path, body=None):
        return self.server.ask(self.token, method, path, body)


def signed_prekey(key_id):
    return {"key_id": key_id, "public_key": encoded(32), "signature": encoded(64)}


def pq_prekey(key_id):
    return {"key_id": key_id, "public_key": encoded(1568), "signature": encoded(64)}


def setup():
    keys = [{"key_id": key_id, "public_key": encoded(32)} for key_id in range(1, 21)]
    return {"identity_key": encoded(32), "signed_prekey": signed_prekey(1), "one_time_keys": keys}


class Things:
    """What a request may be about, made when it is first asked for."""

    def __init__(self, me, friend):
        self.me, self.friend = me, friend
        self.made = {}

    def __getitem__(self, name):
        if name not in self.made:
            self.made[name] = getattr(self, name)()
        return self.made[name]

    def other(self):
        """Somebody of whom nobody knows yet."""
        return Account(self.me.server)

    def leaver(self):
        """Somebody who may go: their logins end without harm."""
        return Account(self.me.server)

    def dm(self):
        body = {"type": "DM", "participants": [self["other"].id]}
        return self.me.ask("POST", "/v1/conversations", body)["id"]

    def group(self):
        body = {"type": "GROUP", "subject": "group", "participants": [self.friend.id, self["other"].id]}
        return self.me.ask("POST", "/v1/conversations", body)["id"]

    def roster_version(self):
        return self.me.ask("GET", f"/v1/conversations/{self['group']}")["roster_version"]

    def invite(self):
        return self.me.ask("POST", f"/v1/conversations/{self['group']}/invite")["code"]

    def shared(self, **more):
        return {
            "conversation_id": self["group"], "shared_ciphertext": encoded(20),
            "roster_version": self["roster_version"], **more,
        }

    def ciphertexts(self):
        """For the DM."""
        return [{"recipient_device_id": self["other"].device, "ciphertext": encoded(20)}]

    def message(self):
        return self.me.ask("POST", "/v1/messages", self.shared())["id"]

    def poll(self):
        poll = self.shared(message_type="poll", poll={"options": 3, "multiple": True})
        return self.me.ask("POST", "/v1/messages", poll)["id"]

    def upload(self):
        body = {"file_name": "f.png", "file_size": 4, "content_type": "image/png"}
        return self.me.ask("POST", "/v1/uploads", body)["id"]

    def full_upload(self):
        upload = self["upload"]
        self.me.ask("PUT", f"/v1/uploads/{upload}/data", b"four")
        return upload

    def file(self):
        return self.me.ask("POST", f"/v1/uploads/{self['full_upload']}/complete")["id"]

    def cap(self):
        url = self.me.ask("GET", f"/v1/uploads/{self['file']}")["file_url"]
        return urllib.parse.parse_qs(urllib.parse.urlsplit(url).query)["cap"][0]

    def broadcast(self):
        body = {"name": "list", "recipients": [self["other"].id]}
        return self.me.ask("POST", "/v1/broadcasts", body)["id"]

    def call(self):
        """Of the group, with two in it."""
        body = {"conversation_id": self["group"], "type": "VIDEO"}
        call = self.me.ask("POST", "/v1/calls", body)["id"]
        people = f"/v1/calls/{call}/participants"
        self.me.ask("POST", people, {"user_id": self["other"].id})
        path = f"{people}/{self['other'].id}/status"
        self["other"].ask("PUT", path, {"status": "JOINED"})
        return call

    def contact(self):
        self.me.ask("POST", "/v1/users/me/contacts", {"contact_user_id": self["other"].id})
        return self["other"].id

    def push_token(self):
        body = {"platform": "fcm", "token": encoded(20)}
        return self.me.ask("POST", "/v1/users/me/push-tokens", body)["id"]

    def device(self):
        return self.me.ask("GET", "/v1/users/me/devices")["devices"][0]["id"]

    def own_key(self, kind):
        """Of the leaver, who needs no keys."""
        path = f"/v1/encryption/{kind}?device_id={self['leaver'].device}"
        return self["leaver"].ask("GET", path)["id"]

    def identity(self):
        return self.own_key("identity")

    def signed(self):
        return self.own_key("signed-prekeys")

    def backup(self):
        body = {"backup_data": encoded(40), "nonce": encoded(12), "salt": encoded(16)}
        return self.me.ask("POST", "/v1/encryption/backup", body)
