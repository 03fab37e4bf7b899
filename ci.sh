#!/usr/bin/env bash
# All checks of this repository, in a fresh clone on Debian or Ubuntu: installs what is missing,
# then lints, documents, builds and tests, on SQLite and on PostgreSQL. Stops at the first failure.
#
# Databases are private instances on free ports, in a temporary directory that is gone at the end:
# whatever else runs on this machine is neither used nor disturbed.
#
#   ./ci.sh             everything
#   ./ci.sh services    only start the databases and stop them again
#
# Needs cargo, rustfmt and clippy (rustup installs them); the rest it finds or installs, as root or
# with sudo.
set -euo pipefail
cd "$(dirname "$(readlink -f "$0")")"

readonly what=${1:-all}
case $what in
all | services) ;;
*)
    printf 'usage: %s [services]\n' "$0" >&2
    exit 2
    ;;
esac

# The lowest port tried for a private instance; below what the kernel hands out by itself.
readonly PORT_MIN=20000 PORT_COUNT=10000
# PostgreSQL's own default of 100 is less than the tests of many cores open at once.
readonly POSTGRES_CONNECTIONS=400
# How long faults are caused at random on each database, seconds; as long as each comes once.
readonly FAULTS_SECONDS=25
# At least one of each kind of fault comes, however long that takes.
readonly NODES_SECONDS=30
# A debug build on a busy machine may be so many times as late as promised: time is only reported here.
readonly FAULTS_SLACK=6
# How long each attack on the neighbours lasts, seconds; its size, percent; and how many times its limits
# hold for a debug build on a busy machine.
readonly ATTACK_SECONDS=4 ATTACK_SIZE=10 ATTACK_SLACK=6
# What makes requests up from the API document, and for how long, seconds.
readonly SCHEMATHESIS='schemathesis==4.32.5' FUZZ_SECONDS=120
# What knows the files under deploy/, and the version of Kubernetes that they are for.
readonly CHECK_COMPOSE='check-jsonschema==0.39.0' CHECK_KUBERNETES='kubernetes-validate==1.37.0'
readonly KUBERNETES=1.31

# The oldest Node that the TypeScript client works with.
readonly NODE_MAJOR=20

scratch=''
redis_pid=''
server_pid=''
step='start'

# --- steps ---------------------------------------------------------------------------------------

say() {
    printf '\n==> %s\n' "$*"
}

# run NAME COMMAND...: says what it does and how long it took.
run() {
    step=$1
    shift
    local since=$SECONDS
    say "$step"
    "$@"
    printf '==> %s: %d s\n' "$step" $((SECONDS - since))
}

finish() {
    local status=$?
    set +e
    trap '' INT TERM
    stop_services
    if [ "$status" -eq 0 ]; then
        say "all passed in $SECONDS s"
    else
        say "FAILED at: $step (after $SECONDS s)" >&2
    fi
    exit "$status"
}
trap finish EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# --- what must be there --------------------------------------------------------------------------

as_root() {
    if [ "$(id -u)" -eq 0 ]; then
        "$@"
    elif command -v sudo >/dev/null; then
        sudo "$@"
    else
        printf 'Neither root nor sudo: please run `%s`.\n' "$*" >&2
        return 1
    fi
}

# Prints the directory of PostgreSQL's programs; Debian keeps initdb out of the PATH.
postgres_bin() {
    local found
    found=$(find /usr/lib/postgresql -mindepth 3 -maxdepth 3 -path '*/bin/initdb' 2>/dev/null |
        sort -V | tail -n 1)
    [ -n "$found" ] || found=$(command -v initdb) || return 1
    dirname "$found"
}

node_is_new_enough() {
    command -v npm >/dev/null &&
        [ "$(node --print 'process.versions.node.split(".")[0]' 2>/dev/null || echo 0)" -ge "$NODE_MAJOR" ]
}

install_missing() {
    local packages=()
    # SQLite, jemalloc and ring are compiled from C sources that their crates bring along.
    { command -v cc && command -v make; } >/dev/null || packages+=(build-essential)
    postgres_bin >/dev/null || packages+=(postgresql)
    command -v redis-server >/dev/null || packages+=(redis-server)
    # The stock tus client, the bucket and schemathesis are Python programs, in environments of their own.
    python3 -c 'import ensurepip' 2>/dev/null || packages+=(python3-venv)
    command -v curl >/dev/null || packages+=(curl)
    # Reads the API documents with stock tools.
    command -v npm >/dev/null || packages+=(nodejs npm)
    # Signs the certificate of a PostgreSQL that speaks TLS.
    command -v openssl >/dev/null || packages+=(openssl)
    # The TypeScript client and the web app, which is tested in a browser.
    node_is_new_enough || packages+=(nodejs npm)
    command -v "${CHROMIUM:-chromium}" >/dev/null || packages+=(chromium)
    if [ "${#packages[@]}" -gt 0 ]; then
        printf 'installing %s\n' "${packages[*]}"
        as_root apt-get update -qq
        as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq \
            --no-install-recommends "${packages[@]}"
    fi
    if ! node_is_new_enough; then
        printf 'Node %s or newer is missing, and this distribution has none: https://nodejs.org\n' "$NODE_MAJOR" >&2
        return 1
    fi
    if ! command -v cargo >/dev/null && [ -x "$HOME/.cargo/bin/cargo" ]; then
        export PATH="$HOME/.cargo/bin:$PATH"
    fi
    if ! command -v cargo >/dev/null; then
        printf 'cargo is missing; rustup installs it.\n' >&2
        return 1
    fi
    if [ "$1" = all ] && ! cargo nextest --version >/dev/null 2>&1; then
        cargo install --locked cargo-nextest
    fi
}

# --- private databases ---------------------------------------------------------------------------

# Prints a port of this machine on which nobody listens.
free_port() {
    local port
    while :; do
        port=$((PORT_MIN + RANDOM % PORT_COUNT))
        if ! (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; then
            printf '%s\n' "$port"
            return
        fi
    done
}

# PostgreSQL refuses to run as root.
as_postgres() {
    if [ "$(id -u)" -eq 0 ]; then
        (cd / && runuser -u postgres -- "$@")
    else
        "$@"
    fi
}

start_postgres() {
    local bin port directory=$scratch/postgres
    bin=$(postgres_bin)
    mkdir "$directory"
    if [ "$(id -u)" -eq 0 ]; then
        chown postgres "$directory"
    fi
    # Durability stays as it is in production: fsync on, synchronous commits.
    as_postgres "$bin/initdb" -D "$directory/data" -U postgres -A trust -E UTF8 \
        --locale=C.UTF-8 --no-instructions >/dev/null
    for _ in 1 2 3 4 5; do
        port=$(free_port)
        if as_postgres "$bin/pg_ctl" start -w -s -D "$directory/data" -l "$directory/log" -o \
            "-p $port -k $directory -c listen_addresses=127.0.0.1 -c max_connections=$POSTGRES_CONNECTIONS"; then
            postgres_url="postgres://postgres@127.0.0.1:$port/postgres"
            printf 'PostgreSQL on port %s\n' "$port"
            return
        fi
        # Another process may have taken the port meanwhile.
    done
    cat "$directory/log" >&2
    return 1
}

start_redis() {
    local port
    for _ in 1 2 3 4 5; do
        port=$(free_port)
        redis-server --port "$port" --bind 127.0.0.1 --save '' --appendonly no \
            --dir "$scratch" >"$scratch/redis.log" 2>&1 &
        redis_pid=$!
        # Until it answers, or has ended.
        while kill -0 "$redis_pid" 2>/dev/null; do
            if redis-cli -p "$port" ping >/dev/null 2>&1; then
                redis_url="redis://127.0.0.1:$port"
                printf 'Redis on port %s\n' "$port"
                return
            fi
            sleep 0.1
        done
    done
    cat "$scratch/redis.log" >&2
    return 1
}

make_scratch() {
    # Not in TMPDIR, which may be private to root: the user postgres must reach its directory.
    scratch=$(mktemp -d /tmp/sentinal-ci.XXXXXX)
    chmod 711 "$scratch"
}

start_services() {
    start_postgres
    start_redis
}

stop_services() {
    stop_server
    if [ -n "$redis_pid" ]; then
        kill "$redis_pid" 2>/dev/null
        wait "$redis_pid" 2>/dev/null
    fi
    if [ -n "$scratch" ]; then
        if [ -f "$scratch/postgres/data/postmaster.pid" ]; then
            as_postgres "$(postgres_bin)/pg_ctl" stop -w -s -m immediate -D "$scratch/postgres/data"
        fi
        rm -rf "$scratch"
    fi
}

# --- checks --------------------------------------------------------------------------------------

# Both note which answers of the server they saw.
on_sqlite() {
    env -u TEST_DATABASE_URL -u TEST_POSTGRES_URL -u TEST_REDIS_URL \
        ANSWERS_SEEN="$scratch/answers" "$@"
}

on_postgres() {
    env TEST_DATABASE_URL="$postgres_url" TEST_POSTGRES_URL="$postgres_url" \
        TEST_REDIS_URL="$redis_url" ANSWERS_SEEN="$scratch/answers" "$@"
}

# The server under test, on SQLite and a free port, without limits; sets server_url.
start_server() {
    local directory=$1 port
    port=$(free_port)
    server_url="http://127.0.0.1:$port"
    (
        # Where no .env lies.
        cd "$directory"
        exec env -i PATH="$PATH" APP_MODE=test APP_HOST=127.0.0.1 APP_PORT="$port" RATE_LIMIT=off \
            RUST_LOG=warn DATA_DIR="$directory" DATABASE_URL="sqlite://$directory/fuzz.db?mode=rwc" \
            "$SENTINAL_BIN" >"$directory/log" 2>&1
    ) &
    server_pid=$!
    # Until it answers, or has ended.
    while kill -0 "$server_pid" 2>/dev/null; do
        if curl --silent --fail "$server_url/ready" >/dev/null; then
            return
        fi
        sleep 0.1
    done
    cat "$directory/log" >&2
    return 1
}

stop_server() {
    if [ -n "$server_pid" ]; then
        kill "$server_pid" 2>/dev/null
        wait "$server_pid" 2>/dev/null
        server_pid=''
    fi
}

# Makes requests up from the API document, right ones and wrong ones: no answer may be a 5xx, or one
# that the document does not know. tests/fuzz puts real ids into them.
fuzz() {
    local directory=$scratch/fuzz hooks=$PWD/tests/fuzz/hooks.py
    mkdir "$directory"
    python3 -m venv "$directory/venv"
    "$directory/venv/bin/pip" install --quiet --disable-pip-version-check "$SCHEMATHESIS"
    start_server "$directory"
    (
        cd "$directory"
        FUZZ_URL="$server_url" SCHEMATHESIS_HOOKS="$hooks" PYTHONDONTWRITEBYTECODE=1 \
            venv/bin/schemathesis run "$server_url/openapi.json" \
            --checks not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance \
            --phases examples,coverage,fuzzing --max-examples 20 --max-time "$FUZZ_SECONDS" \
            --seed 1 --continue-on-failure --no-color
    ) || { cat "$directory/log" >&2; return 1; }
    stop_server
}

# Stock tools read the API documents, and write clients from them that work.
documents() {
    local directory=$scratch/documents
    mkdir "$directory" "$directory/server"
    start_server "$directory/server"
    tests/documents/run.sh "$server_url" "$directory"
    stop_server
}

# Modules that import each other in a circle.
import_circles() {
    PYTHONDONTWRITEBYTECODE=1 tests/circles/test_circles.py --quiet
    tests/circles/circles.py store/src actors/src app/src
}

# The files under deploy/, each read by what understands it. Caddy is unpacked and not installed: that would start
# it.
deploy_files() {
    local directory=$scratch/deploy
    mkdir "$directory"
    python3 -m venv "$directory/venv"
    "$directory/venv/bin/pip" install --quiet --disable-pip-version-check "$CHECK_COMPOSE" "$CHECK_KUBERNETES"
    "$directory/venv/bin/check-jsonschema" --builtin-schema vendor.compose-spec \
        compose.yaml deploy/compose/compose.yaml
    "$directory/venv/bin/kubernetes-validate" --strict -k "$KUBERNETES" deploy/kubernetes/*.yaml
    bash -n deploy/compose/*.sh
    # It looks whether the program is there.
    sed "s|^ExecStart=/usr/local/bin/sentinal-chat|ExecStart=$SENTINAL_BIN|" \
        deploy/systemd/sentinal-chat.service >"$directory/sentinal-chat.service"
    if command -v systemd-analyze >/dev/null; then
        systemd-analyze verify --man=no "$directory/sentinal-chat.service"
    fi
    local caddy
    caddy=$(command -v caddy) || {
        (
            cd "$directory"
            apt-get download -qq caddy || { as_root apt-get update -qq && apt-get download -qq caddy; }
            dpkg -x caddy_*.deb .
        )
        caddy=$directory/usr/bin/caddy
    }
    DOMAIN=chat.example HOME=$directory "$caddy" validate --adapter caddyfile \
        --config deploy/compose/Caddyfile 2>"$directory/log" || { cat "$directory/log" >&2; return 1; }
    # With secrets in it the sample is a configuration.
    sed "s|^JWT_SECRET=$|JWT_SECRET=$(openssl rand -hex 32)|" deploy/sentinal-chat.env.example \
        >"$directory/.env"
    (cd "$directory" && env -i PATH="$PATH" APP_MODE=release "$SENTINAL_BIN" check-config >/dev/null)
}

# Everything that may fail does, under load: docs/reliability.md.
random_faults() {
    "$(realpath -m "$target")/debug/examples/faults" --seconds "$FAULTS_SECONDS" --seed 1 \
        --slack "$FAULTS_SLACK" --database "$1"
}

# The two programs that docs/clients.md quotes: one here, one with the TypeScript client.
guide() {
    local directory=$scratch/guide
    mkdir "$directory"
    start_server "$directory"
    "$(realpath -m "$target")/debug/examples/two_devices" "$server_url"
    stop_server
}

# Two servers and what they share fail, under load: docs/reliability.md.
node_faults() {
    "$(realpath -m "$target")/debug/examples/nodes" --seconds "$NODES_SECONDS" --seed 1
}

# One party tries to take what belongs to the others: docs/reliability.md.
attacks() {
    on_sqlite "$(realpath -m "$target")/debug/examples/isolation" --seconds "$ATTACK_SECONDS" \
        --size "$ATTACK_SIZE" --slack "$ATTACK_SLACK"
}

# What does not depend on the machine must not cost more than was recorded: docs/performance.md.
counts() {
    on_sqlite "$(realpath -m "$target")/debug/sentinal-loadtest" bench --counts loadtest/counts.json
}

if [ "$what" = services ]; then
    run 'install what is missing' install_missing services
    make_scratch
    run 'start PostgreSQL and Redis' start_services
    exit
fi

# One profile, one set of features (all targets of the workspace): nothing is built twice. The
# crash tests start this very binary instead of building one for themselves.
target=${CARGO_TARGET_DIR:-target}
SENTINAL_BIN=$(realpath -m "$target")/debug/sentinal-chat
export SENTINAL_BIN

run 'install what is missing' install_missing all
make_scratch
run 'format' cargo fmt --all --check
run 'circles of imports' import_circles
run 'clippy' cargo clippy --workspace --all-targets --locked -- -D warnings
run 'documentation' env RUSTDOCFLAGS='-D warnings' cargo doc --workspace --no-deps --locked
run 'build' cargo build --workspace --all-targets --locked
run 'files under deploy/' deploy_files
run 'tests on SQLite' on_sqlite cargo nextest run --workspace --locked --profile ci
run 'random faults on SQLite' random_faults sqlite
run 'random faults on PostgreSQL' random_faults postgres
run 'faults of several servers' node_faults
run 'attacks on neighbours' attacks
run 'what does not depend on the machine' counts
run 'two WebRTC peers' docs/examples/webrtc/run.sh
run 'the guide for clients' guide
run 'the TypeScript client' clients/typescript/ci.sh
run 'the web app' web/ci.sh
run 'a stock tus client' tests/tus/run.sh
run 'files in a bucket' tests/s3/run.sh
run 'examples in the documentation' on_sqlite cargo test --doc --workspace --locked
run 'start PostgreSQL and Redis' start_services
run 'tests on PostgreSQL' on_postgres cargo nextest run --workspace --locked --profile ci
run 'every documented answer was seen' tests/answers/unseen.py "$scratch/answers"
run 'stock tools on the API documents' documents
run 'requests made up from the API document' fuzz
