#!/usr/bin/env bash
# Checks of this package, against the server that $SENTINAL_BIN names: types, drift of what is made from
# the server's documents, the build, the tests, and the code of the guide.
set -euo pipefail
cd "$(dirname "$(readlink -f "$0")")"

: "${SENTINAL_BIN:?names the server to test against}"

directory=$(mktemp -d)
server_pid=''
finish() {
    if [ -n "$server_pid" ]; then
        kill "$server_pid" 2>/dev/null || true
        wait "$server_pid" 2>/dev/null || true
    fi
    rm -rf "$directory"
}
trap finish EXIT

# Starts a server on a port that the system chooses, and sets server_url.
start_server() {
    (
        cd "$directory"
        exec env -i PATH="$PATH" APP_MODE=test APP_HOST=127.0.0.1 APP_PORT=0 RATE_LIMIT=off RUST_LOG=info \
            DATA_DIR="$directory" DATABASE_URL="sqlite://$directory/ci.db?mode=rwc" "$SENTINAL_BIN" >"$directory/log" 2>&1
    ) &
    server_pid=$!
    local address
    while kill -0 "$server_pid" 2>/dev/null; do
        address=$(sed -n 's/.*listening.*address=\([^ ]*\).*/\1/p' "$directory/log" | head -n 1)
        if [ -n "$address" ]; then
            server_url="http://$address"
            return
        fi
        sleep 0.1
    done
    cat "$directory/log" >&2
    return 1
}

npm ci --no-fund --no-audit
npm run check
start_server
npm run generate -- "$server_url" --check
npm run build
npm test
node scripts/check-guide.mjs
node examples/guide.mjs "$server_url"
