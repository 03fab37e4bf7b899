"""Two people call each other: WebRTC through Sentinal Chat.

    python3 -m venv venv && venv/bin/pip install -r requirements.txt
    venv/bin/python pair.py http://127.0.0.1:8080

Alice calls Bob, who has a phone and a tablet. Both ring; the phone answers, the tablet stops
ringing. Offer, answer and ICE candidates go through the server, which relays them without reading
them; what the two then say goes from peer to peer over an encrypted data channel. In a browser the
same steps are taken with `WebSocket` and `RTCPeerConnection`, whose methods have the same names.
"""

import asyncio
import base64
import hashlib
import json
import os
import sys
import uuid

import aiohttp
from aiortc import RTCConfiguration, RTCIceServer, RTCPeerConnection, RTCSessionDescription
from aiortc.sdp import candidate_from_sdp

# How long any one thing is waited for, seconds.
PATIENCE = 20
# What goes over the data channel: so many pieces of this size.
PIECES, PIECE_BYTES = 64, 16 * 1024


class Device:
    """One signed-in device: its REST calls, and its socket."""

    def __init__(self, http, base):
        self.http, self.base = http, base
        self.heard = []
        self.changed = asyncio.Condition()

    async def sign_in(self, door, account):
        tokens = await self.ask("POST", f"/v1/auth/{door}", account)
        self.user_id = tokens["user_id"]
        self.token = tokens["access_token"]
        return self

    async def ask(self, method, path, body=None):
        headers = {"Authorization": f"Bearer {self.token}"} if hasattr(self, "token") else {}
        async with self.http.request(method, self.base + path, json=body, headers=headers) as answer:
            envelope = await answer.json()
            assert envelope["success"], f"{method} {path}: {answer.status} {envelope}"
            return envelope["data"]

    async def connect(self):
        address = self.base.replace("http", "ws", 1) + "/v1/ws"
        # The token may also be the subprotocol pair `bearer, <token>`, which browsers can send.
        self.socket = await self.http.ws_connect(
            address, headers={"Authorization": f"Bearer {self.token}"}
        )
        self.listening = asyncio.create_task(self.listen())
        await self.hear("hello")

    async def listen(self):
        async for frame in self.socket:
            event = json.loads(frame.data)
            async with self.changed:
                self.heard.append(event)
                self.changed.notify_all()

    async def hear(self, kind):
        """The next event of this type; it is taken off the list of what was heard."""

        def is_wanted(event):
            return event["type"] == kind

        async with asyncio.timeout(PATIENCE), self.changed:
            await self.changed.wait_for(lambda: any(map(is_wanted, self.heard)))
            event = next(filter(is_wanted, self.heard))
            self.heard.remove(event)
            return event

    async def say(self, kind, **fields):
        await self.socket.send_json({"type": kind, **fields})

    async def leave(self):
        await self.socket.close()
        await self.listening


class Peer:
    """A device's end of the call: a peer connection whose signals go through the socket."""

    def __init__(self, device, call_id, to_id, ice_servers):
        self.device, self.call_id, self.to_id = device, call_id, to_id
        servers = [RTCIceServer(**server) for server in ice_servers]
        self.connection = RTCPeerConnection(RTCConfiguration(iceServers=servers))

    async def signal(self, kind, text):
        # The server relays `data` as it is; base64 is what clients of this API agree on.
        data = base64.b64encode(text.encode()).decode()
        await self.device.say(kind, call_id=self.call_id, to_id=self.to_id, data=data)

    async def describe(self, kind, description):
        """Says what we offer or answer, and then, each by itself, where we can be reached."""
        await self.connection.setLocalDescription(description)
        lines = self.connection.localDescription.sdp.splitlines(keepends=True)
        candidates = [line.strip() for line in lines if line.startswith("a=candidate:")]
        sdp = "".join(line for line in lines if not line.startswith(("a=candidate:", "a=end-of")))
        await self.signal(kind, sdp)
        for candidate in candidates:
            line = {"candidate": candidate.removeprefix("a="), "sdpMid": "0", "sdpMLineIndex": 0}
            await self.signal("call:ice", json.dumps(line))

    async def take_description(self, kind, signal):
        sdp = base64.b64decode(signal["data"]).decode()
        await self.connection.setRemoteDescription(RTCSessionDescription(sdp, kind))
        self.taking = asyncio.create_task(self.take_candidates())

    async def take_candidates(self):
        while True:
            async with self.device.changed:
                await self.device.changed.wait_for(
                    lambda: any(event["type"] == "call:ice" for event in self.device.heard)
                )
            signal = await self.device.hear("call:ice")
            line = json.loads(base64.b64decode(signal["data"]))
            candidate = candidate_from_sdp(line["candidate"].removeprefix("candidate:"))
            candidate.sdpMid, candidate.sdpMLineIndex = line["sdpMid"], line["sdpMLineIndex"]
            await self.connection.addIceCandidate(candidate)

    async def hang_up(self):
        self.taking.cancel()
        await self.connection.close()


async def main(base):
    async with aiohttp.ClientSession() as http:
        tag = uuid.uuid4().hex[:8]

        def account(name, device):
            return {
                "email": f"{name}-{tag}@example.com",
                "username": f"{name}.{tag}",
                "password": "correct horse battery",
                "device_id": device,
            }

        alice = await Device(http, base).sign_in("register", account("alice", "phone"))
        phone = await Device(http, base).sign_in("register", account("bob", "phone"))
        login = {"identity": f"bob.{tag}", "password": "correct horse battery", "device_id": "tablet"}
        tablet = await Device(http, base).sign_in("login", login)
        for device in (alice, phone, tablet):
            await device.connect()

        chat = await alice.ask(
            "POST", "/v1/conversations", {"type": "DM", "participants": [phone.user_id]}
        )
        # STUN and TURN servers, with passwords for this user; none are needed on one machine.
        servers = (await alice.ask("GET", "/v1/calls/ice-servers"))["ice_servers"]

        # It rings everywhere.
        call = await alice.ask(
            "POST", "/v1/calls", {"conversation_id": chat["id"], "type": "VIDEO"}
        )
        for device in (phone, tablet):
            assert (await device.hear("call:incoming"))["call_id"] == call["id"]

        caller = Peer(alice, call["id"], phone.user_id, servers)
        channel = caller.connection.createDataChannel("words")
        echoes, is_open = asyncio.Queue(), asyncio.Event()
        channel.on("message", echoes.put_nowait)
        channel.on("open", is_open.set)
        await caller.describe("call:offer", await caller.connection.createOffer())

        # The phone answers: the server lets the first device win, and tells the tablet.
        callee = Peer(phone, call["id"], alice.user_id, servers)

        @callee.connection.on("datachannel")
        def echo(theirs):
            theirs.on("message", theirs.send)

        await callee.take_description("offer", await phone.hear("call:offer"))
        await callee.describe("call:answer", await callee.connection.createAnswer())
        await alice.hear("call:accepted")
        await tablet.hear("call:answered_elsewhere")
        await caller.take_description("answer", await alice.hear("call:answer"))

        # From here on nothing goes through the server.
        await asyncio.wait_for(is_open.wait(), PATIENCE)
        await alice.ask("POST", f"/v1/calls/{call['id']}/connected")
        pieces = [os.urandom(PIECE_BYTES) for _ in range(PIECES)]
        for piece in pieces:
            channel.send(piece)
        back = [await asyncio.wait_for(echoes.get(), PATIENCE) for _ in pieces]
        digest = hashlib.sha256(b"".join(back)).hexdigest()
        assert digest == hashlib.sha256(b"".join(pieces)).hexdigest(), "the echo differs"

        # One hangs up, both hear why.
        await phone.ask("POST", f"/v1/calls/{call['id']}/end", {"reason": "COMPLETED"})
        for device in (alice, phone):
            assert (await device.hear("call:ended"))["reason"] == "completed"
        duration = (await alice.ask("GET", f"/v1/calls/{call['id']}/duration"))["duration"]
        await asyncio.gather(caller.hang_up(), callee.hang_up())
        for device in (alice, phone, tablet):
            await device.leave()
        size = PIECES * PIECE_BYTES // 1024
        print(f"{size} KiB went from peer to peer and back; the call took {duration} s")


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1].rstrip("/")))
