#!/usr/bin/env python3
"""Finds answers that an operation documents and that no test of the suite has seen.

    ANSWERS_SEEN=seen.txt cargo nextest run --workspace && tests/answers/unseen.py seen.txt

What an operation documents is the table in the comment above its handler, below src/http. What was
seen is written down by `sentinal_tests::Contract`, an answer a line.
"""

import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
HEAD = re.compile(r"((?:^///.*\n)+)(?:^#\[.*\n)*^pub\(\w+\) async fn ", re.MULTILINE)
ROUTE = re.compile(r"^`([A-Z]+) ([^`?]+)[^`]*`(.*)")
ROW = re.compile(r"^\| *(\d{3}) *\|([^|]*)\|")

# Answers that are seen by a test that reads raw bytes or runs inside the server, and that test.
ELSEWHERE = {
    "GET /docs 307 -": "the_page_that_shows_it_is_served_with_all_its_files",
    "GET /docs 404 NOT_FOUND": "the_page_that_shows_it_is_served_with_all_its_files",
    "GET /metrics 404 NOT_FOUND": "metrics_count_requests_by_route_and_are_for_operators",
    "GET /v1/encryption/bundles 405 METHOD_NOT_ALLOWED": "keys_of_somebody_are_those_of_one_device",
    "GET /v1/ws 101 -": "a_ticket_opens_one_socket",
    "GET /health 503 UNHEALTHY": "without_its_database_a_server_is_not_healthy",
    "GET /ready 503 UNHEALTHY": "without_its_database_a_server_is_not_healthy",
    "PATCH /v1/uploads/{id}/data 408 REQUEST_TIMEOUT": "bytes_that_stop_coming_are_not_waited_for",
    "PUT /v1/uploads/{id}/data 408 REQUEST_TIMEOUT": "a_file_that_stops_coming_is_not_waited_for",
    "PUT /v1/uploads/{id}/data 400 BAD_REQUEST": "bytes_before_a_broken_connection_are_kept",
}


def documented(path):
    """Yields (operation, status, code) of the endpoints in a file."""
    for comment in HEAD.findall(path.read_text()):
        head = [line[3:].strip() for line in comment.splitlines()]
        first = ROUTE.match(head[0])
        if not first:
            continue
        operation = f"{first[1]} {re.sub(r':[^}]*}', '}', first[2])}"
        for line in head:
            if row := ROW.match(line):
                codes = re.findall(r"`([A-Z0-9_]+)`", row[2]) or ["-"]
                for code in codes:
                    yield operation, row[1], code


def tests():
    """The names of all tests."""
    sources = [*ROOT.glob("tests/tests/**/*.rs"), *ROOT.glob("src/**/*.rs")]
    return set(re.findall(r"async fn (\w+)", "".join(path.read_text() for path in sources)))


def main(seen_path):
    seen = set()
    for line in open(seen_path):
        method, path, status, code = line.split()
        seen.add((f"{method} {path}", status, code))
        # A HEAD has no body to tell the code in.
        seen.add((f"{method} {path}", status, "-" if method == "HEAD" else code))
    known = tests()
    wanted = {
        answer for path in sorted((ROOT / "src/http").rglob("*.rs")) for answer in documented(path)
    }
    unseen = []
    for operation, status, code in sorted(wanted):
        answer = f"{operation} {status} {code}"
        by_status = (operation, status, "-" if operation.startswith("HEAD ") else code)
        if by_status not in seen and ELSEWHERE.get(answer) not in known:
            unseen.append(answer)
    for answer in unseen:
        print(f"no test has seen: {answer}")
    print(f"{len(wanted)} answers are documented, {len(unseen)} of them were not seen")
    return 1 if unseen else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
