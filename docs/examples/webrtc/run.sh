#!/usr/bin/env bash
# Runs the example against a server of its own. Needs python3 with venv; everything lies in a
# temporary directory that is gone at the end. SENTINAL_BIN names the server.
set -euo pipefail
here=$(dirname "$(readlink -f "$0")")
: "${SENTINAL_BIN:?the path of the server}"

# An install and a call of some seconds; whatever hangs is ended.
readonly SECONDS_MAX=180

scratch=$(mktemp -d)
server=''
finish() {
    if [ -n "$server" ]; then
        kill "$server" 2>/dev/null || true
        wait "$server" 2>/dev/null || true
    fi
    rm -rf "$scratch"
}
trap finish EXIT

python3 -m venv "$scratch/venv"
timeout "$SECONDS_MAX" "$scratch/venv/bin/pip" install --quiet --disable-pip-version-check \
    -r "$here/requirements.txt"
port=$("$scratch/venv/bin/python" -c \
    'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
(
    cd "$scratch"
    exec env -i PATH="$PATH" APP_MODE=test APP_HOST=127.0.0.1 APP_PORT="$port" RATE_LIMIT=off \
        RUST_LOG=warn DATA_DIR="$scratch" "$SENTINAL_BIN"
) &
server=$!
# Until it answers, or has ended.
until curl --silent --fail "http://127.0.0.1:$port/ready" >/dev/null; do
    kill -0 "$server"
    sleep 0.1
done
timeout "$SECONDS_MAX" "$scratch/venv/bin/python" "$here/pair.py" "http://127.0.0.1:$port"
