#!/usr/bin/env python3
"""Finds answers that an operation documents and that no test of the suite has seen.

    ANSWERS_SEEN=seen.txt cargo nextest run --workspace && tests/answers/unseen.py seen.txt

What an operation documents is the table in the head of its file, below src/http. What was seen is
written down by `sentinal_tests::Contract`, an answer a line.
"""

import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
ROUTE = re.compile(r"^`([A-Z]+) ([^`?]+)[^`]*`(.*)")
ROW = re.compile(r"^\| *(\d{3}) *\|([^|]*)\|")

# What no request of a test can bring about, or what is asked without a client that takes notes.
ELSEWHERE = {
    # tests/tests/sockets.rs reads these from the raw stream of the handshake.
    "GET /v1/ws",
    # Documents and pages, not in the envelope: tests/tests/openapi.rs fetches them.
    "GET /docs",
    "GET /docs/{file}",
    "GET /openapi.json",
}


def documented(path):
    """Yields (operation, status, code) of an endpoint's file."""
    head = [line[3:].strip() for line in path.read_text().splitlines() if line.startswith("//!")]
    first = ROUTE.match(head[0]) if head else None
    if not first:
        return
    operation = f"{first[1]} {re.sub(r':[^}]*}', '}', first[2])}"
    for line in head:
        if row := ROW.match(line):
            codes = re.findall(r"`([A-Z0-9_]+)`", row[2]) or ["-"]
            for code in codes:
                yield operation, row[1], code


def main(seen_path):
    seen = set()
    for line in open(seen_path):
        method, path, status, code = line.split()
        seen.add((f"{method} {path}", status, code))
    wanted = {
        answer for path in sorted((ROOT / "src/http").rglob("*.rs")) for answer in documented(path)
    }
    unseen = sorted(answer for answer in wanted - seen if answer[0] not in ELSEWHERE)
    for operation, status, code in unseen:
        print(f"no test has seen: {operation} {status} {code}")
    print(f"{len(wanted)} answers are documented, {len(unseen)} of them were not seen")
    return 1 if unseen else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
