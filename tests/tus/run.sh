#!/usr/bin/env bash
# A stock tus client (tuspy, from PyPI) resumes an upload of 50 MiB that a kill -9 of the server
# interrupted. Needs python3 with venv; everything lies in a temporary directory that is gone at the
# end. SENTINAL_BIN names the server.
set -euo pipefail
here=$(dirname "$(readlink -f "$0")")
: "${SENTINAL_BIN:?the path of the server}"

# An install and an upload of some seconds; whatever hangs is ended.
readonly SECONDS_MAX=180
# The version of the client that this was written against.
readonly TUSPY='tuspy==1.1.0'

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
python3 -m venv "$scratch/venv"
timeout "$SECONDS_MAX" "$scratch/venv/bin/pip" install --quiet --disable-pip-version-check "$TUSPY"
timeout "$SECONDS_MAX" "$scratch/venv/bin/python" "$here/resume.py" "$SENTINAL_BIN" "$scratch"
