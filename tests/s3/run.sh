#!/usr/bin/env bash
# Uploads in a bucket: against moto (from PyPI), which speaks S3 as Amazon does. Needs python3 with
# venv; everything lies in a temporary directory that is gone at the end. SENTINAL_BIN names the server.
set -euo pipefail
here=$(dirname "$(readlink -f "$0")")
: "${SENTINAL_BIN:?the path of the server}"

# An install and some requests; whatever hangs is ended.
readonly SECONDS_MAX=180
# The version of the service that this was written against.
readonly MOTO='moto[s3,server]==5.2.5'

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
python3 -m venv "$scratch/venv"
timeout "$SECONDS_MAX" "$scratch/venv/bin/pip" install --quiet --disable-pip-version-check "$MOTO"
timeout "$SECONDS_MAX" "$scratch/venv/bin/python" "$here/bucket.py" "$SENTINAL_BIN" "$scratch"
