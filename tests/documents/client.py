"""A client that openapi-python-client has made from the API document signs up and lists."""

import sys
import time

from made import AuthenticatedClient, Client
from made.api.auth import auth_register
from made.api.conversations import conversations_list_conversations
from made.models import RegisterRequest

base = sys.argv[1]
name = f"python_{time.time_ns()}"
request = RegisterRequest(
    email=f"{name}@example.com",
    username=name,
    password="correct horse battery",
    device_id="python",
)
answer = auth_register.sync_detailed(client=Client(base_url=base), body=request)
assert answer.status_code == 201, answer
assert answer.parsed.data.user.username == name, answer.parsed
token = answer.parsed.data.access_token
client = AuthenticatedClient(base_url=base, token=token)
listed = conversations_list_conversations.sync_detailed(client=client)
assert listed.status_code == 200 and listed.parsed.data.total == 0, listed
print(f"python: {name} has {listed.parsed.data.total} conversations")
