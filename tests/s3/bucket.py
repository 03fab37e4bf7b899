"""A file goes into a bucket, across a kill of the server, comes out again, and leaves nothing behind."""

import os
import pathlib
import socket
import subprocess
import sys
import time

import boto3
import requests

MIB = 1024 * 1024
SIZE = 3 * MIB + 17
# How much arrives before the server is killed; it is no whole number of blocks.
BEFORE = MIB + 5
# How long any one thing is waited for, seconds.
PATIENCE = 30
# A bucket that is gone may hold a request so long, seconds.
HELD_MAX = 15
BUCKET, PREFIX = "files", "sentinal"
KEYS = {"AWS_ACCESS_KEY_ID": "me", "AWS_SECRET_ACCESS_KEY": "a secret", "AWS_DEFAULT_REGION": "us-east-1"}


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


class Process:
    """A program that listens, from its start until it is killed."""

    def __init__(self, command, environment, port, ready, directory):
        self.command, self.environment, self.directory = command, environment, directory
        self.base = f"http://127.0.0.1:{port}"
        self.ready = f"{self.base}{ready}"
        self.start()

    def start(self):
        with open(os.path.join(self.directory, "log"), "ab") as log:
            self.process = subprocess.Popen(
                self.command, env=self.environment, cwd=self.directory, stdout=log, stderr=log
            )
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            assert self.process.poll() is None, f"{self.command[0]} ended at its start"
            try:
                if requests.get(self.ready, timeout=PATIENCE).ok:
                    return
            except requests.ConnectionError:
                time.sleep(0.02)
        raise AssertionError(f"{self.command[0]} does not get ready")

    def kill(self):
        self.process.kill()
        self.process.wait(PATIENCE)


def start_bucket(directory):
    port = free_port()
    program = str(pathlib.Path(sys.executable).with_name("moto_server"))
    environment = {"PATH": os.environ["PATH"], **KEYS}
    command = [program, "-H", "127.0.0.1", "-p", str(port)]
    service = Process(command, environment, port, "/moto-api/", directory)
    os.environ.update(KEYS)
    client = boto3.client("s3", endpoint_url=service.base)
    client.create_bucket(Bucket=BUCKET)
    return service, client


def start_server(binary, directory, service):
    port = free_port()
    environment = {
        "APP_MODE": "test",
        "APP_HOST": "127.0.0.1",
        "APP_PORT": str(port),
        "DATA_DIR": directory,
        "RATE_LIMIT": "off",
        "RUST_LOG": "warn",
        "S3_BUCKET": BUCKET,
        "S3_ENDPOINT": service.base,
        "S3_PREFIX": PREFIX,
        "S3_ACCESS_KEY_ID": KEYS["AWS_ACCESS_KEY_ID"],
        "S3_SECRET_ACCESS_KEY": KEYS["AWS_SECRET_ACCESS_KEY"],
    }
    return Process([binary], environment, port, "/ready", directory)


class Person:
    """Somebody who is signed in."""

    def __init__(self, server):
        self.server = server
        self.headers = {}
        account = {
            "email": "alice@example.com",
            "username": "alice",
            "password": "correct horse",
            "device_id": "phone",
        }
        signed_in = self.ask("POST", "/v1/auth/register", json=account)
        self.headers = {"Authorization": f"Bearer {signed_in['access_token']}"}

    def ask(self, method, path, **request):
        answer = self.send(method, path, **request)
        assert answer.ok, (method, path, answer.status_code, answer.text)
        return answer.json()["data"]

    def send(self, method, path, headers=None, **request):
        url = f"{self.server.base}{path}"
        headers = {**self.headers, **(headers or {})}
        return requests.request(method, url, headers=headers, timeout=PATIENCE, **request)

    def announce(self):
        announced = {"file_name": "film", "file_size": SIZE, "content_type": "video/mp4"}
        return self.ask("POST", "/v1/uploads", json=announced)["id"]

    def append(self, upload, offset, content):
        headers = {
            "Tus-Resumable": "1.0.0",
            "Upload-Offset": str(offset),
            "Content-Type": "application/offset+octet-stream",
        }
        return self.send("PATCH", f"/v1/uploads/{upload}/data", headers, data=content)

    def offset(self, upload):
        headers = {"Tus-Resumable": "1.0.0"}
        answer = self.send("HEAD", f"/v1/uploads/{upload}/data", headers)
        assert answer.ok, answer.status_code
        return int(answer.headers["Upload-Offset"])


def stored(client):
    found = client.list_objects_v2(Bucket=BUCKET).get("Contents", [])
    return [each["Key"] for each in found]


def at_once(server, client, alice):
    """The whole file in one request."""
    content = os.urandom(SIZE)
    upload = alice.announce()
    alice.ask("PUT", f"/v1/uploads/{upload}/data", data=content)
    done = alice.ask("POST", f"/v1/uploads/{upload}/complete")
    assert requests.get(done["file_url"], timeout=PATIENCE).content == content
    keys = stored(client)
    assert keys and all(key.startswith(f"{PREFIX}/{upload}/") for key in keys), keys
    alice.ask("DELETE", f"/v1/uploads/{upload}")
    assert requests.get(done["file_url"], timeout=PATIENCE).status_code == 404
    assert stored(client) == [], "objects stay behind"


def resumed(server, client, alice):
    """In pieces; the server is killed between two of them."""
    content = os.urandom(SIZE)
    upload = alice.announce()
    assert alice.append(upload, 0, content[:BEFORE]).status_code == 204
    server.kill()
    server.start()
    assert alice.offset(upload) == BEFORE
    assert alice.append(upload, BEFORE, content[BEFORE:]).status_code == 204
    done = alice.ask("POST", f"/v1/uploads/{upload}/complete")
    assert done["status"] == "COMPLETED" and done["uploaded_bytes"] == SIZE, done
    assert requests.get(done["file_url"], timeout=PATIENCE).content == content
    # Across the end of a block.
    first, last = MIB - 3, 2 * MIB + 3
    part = requests.get(
        done["file_url"], headers={"Range": f"bytes={first}-{last}"}, timeout=PATIENCE
    )
    assert part.status_code == 206, part.status_code
    assert part.headers["Content-Range"] == f"bytes {first}-{last}/{SIZE}", part.headers
    assert part.content == content[first : last + 1]
    return done


def without_bucket(service, alice, done):
    """A bucket that is gone is told soon, and nothing is lost."""
    upload = alice.announce()
    service.kill()
    since = time.monotonic()
    answer = alice.append(upload, 0, b"x" * SIZE)
    assert answer.status_code == 503 and answer.json()["code"] == "UNHEALTHY", answer.text
    held = time.monotonic() - since
    assert held < HELD_MAX, held
    assert alice.offset(upload) == 0
    # What the file is, the database says.
    assert alice.ask("GET", f"/v1/uploads/{done['id']}")["status"] == "COMPLETED"
    return held


def main(binary, directory):
    places = [os.path.join(directory, name) for name in ("bucket", "data")]
    for place in places:
        os.mkdir(place)
    service, client = start_bucket(places[0])
    server = start_server(binary, places[1], service)
    try:
        alice = Person(server)
        at_once(server, client, alice)
        done = resumed(server, client, alice)
        held = without_bucket(service, alice, done)
        print(f"stored, resumed, read in part and deleted; a bucket that is gone held {held:.1f} s")
    except BaseException:
        print(pathlib.Path(places[1], "log").read_text(), file=sys.stderr)
        raise
    finally:
        server.kill()
        service.kill()


main(*sys.argv[1:])
