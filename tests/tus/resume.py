"""A stock tus client resumes what a kill of the server interrupted, and the bytes are the same."""

import hashlib
import os
import socket
import subprocess
import sys
import threading
import time

import requests
from tusclient import client as tus

SIZE = 50 * 1024 * 1024
# Once this much has arrived the server is killed: far from the end, with a request under way.
KILL_AT = 5 * 1024 * 1024
# How long any one thing is waited for, seconds.
PATIENCE = 30
# An upload that is over before the kill proves nothing and is tried again.
TRIES = 5


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


class Server:
    def __init__(self, binary, directory):
        self.binary = binary
        self.directory = directory
        self.port = free_port()
        self.base = f"http://127.0.0.1:{self.port}"

    def start(self):
        environment = {
            "APP_MODE": "test",
            "APP_HOST": "127.0.0.1",
            "APP_PORT": str(self.port),
            "DATA_DIR": self.directory,
            "RATE_LIMIT": "off",
            "RUST_LOG": "warn",
        }
        self.process = subprocess.Popen([self.binary], env=environment, cwd=self.directory)
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            assert self.process.poll() is None, "the server ended at its start"
            try:
                if requests.get(f"{self.base}/ready", timeout=PATIENCE).ok:
                    return
            except requests.ConnectionError:
                time.sleep(0.02)
        raise AssertionError("the server does not get ready")

    def kill(self):
        self.process.kill()
        self.process.wait(PATIENCE)


def post(server, path, body=None, token=None):
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    answer = requests.post(
        f"{server.base}{path}", json=body, headers=headers, timeout=PATIENCE
    )
    assert answer.ok, (path, answer.status_code, answer.text)
    return answer.json()["data"]


def offset(url, token):
    headers = {"Authorization": f"Bearer {token}", "Tus-Resumable": "1.0.0"}
    return int(requests.head(url, headers=headers, timeout=PATIENCE).headers["Upload-Offset"])


def interrupted(server, client, token, path):
    """The address of an upload of which only a part has arrived."""
    for _ in range(TRIES):
        announced = {"file_name": "film", "file_size": SIZE, "content_type": "video/mp4"}
        upload = post(server, "/v1/uploads", announced, token)
        url = upload["upload_url"]
        uploader = client.uploader(path, url=url)
        failures = []

        def run():
            try:
                uploader.upload()
            except Exception as error:  # whatever it makes of a server that vanishes
                failures.append(error)

        sending = threading.Thread(target=run, daemon=True)
        sending.start()
        deadline = time.monotonic() + PATIENCE
        while offset(url, token) < KILL_AT:
            assert time.monotonic() < deadline, "the bytes do not arrive"
        server.kill()
        sending.join(PATIENCE)
        assert not sending.is_alive(), "the client hangs"
        server.start()
        arrived = offset(url, token)
        assert KILL_AT <= arrived <= SIZE, arrived
        if failures and arrived < SIZE:
            return upload
    raise AssertionError("every upload was over before the kill")


def main(binary, directory):
    path = os.path.join(directory, "film")
    with open(path, "wb") as film:
        film.write(os.urandom(SIZE))
    data = os.path.join(directory, "data")
    os.mkdir(data)
    server = Server(binary, data)
    server.start()
    try:
        account = {
            "email": "alice@example.com",
            "username": "alice",
            "password": "correct horse",
            "device_id": "phone",
        }
        token = post(server, "/v1/auth/register", account)["access_token"]
        client = tus.TusClient(server.base, headers={"Authorization": f"Bearer {token}"})
        upload = interrupted(server, client, token, path)

        uploader = client.uploader(path, url=upload["upload_url"], chunk_size=7 * 1024 * 1024)
        resumed_at = uploader.offset
        uploader.upload()
        done = post(server, f"/v1/uploads/{upload['id']}/complete", None, token)
        assert done["status"] == "COMPLETED" and done["uploaded_bytes"] == SIZE, done
        fetched = requests.get(done["file_url"], timeout=PATIENCE).content
        with open(path, "rb") as film:
            same = hashlib.sha256(film.read()).digest() == hashlib.sha256(fetched).digest()
        assert same, "the bytes differ"
        print(f"resumed at {resumed_at} of {SIZE} bytes; the file is the same")
    finally:
        server.kill()


main(*sys.argv[1:])
