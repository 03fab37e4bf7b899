#!/usr/bin/env bash
# Reads the API documents of a running server with stock tools, and has two of them write clients, which
# then ask the server.
#
#   tests/documents/run.sh URL DIRECTORY
#
# DIRECTORY is a scratch one, for the tools (from npm and PyPI) and for what they make.
set -euo pipefail
readonly url=$1 scratch=$2
readonly here=$(dirname "$(readlink -f "$0")")
readonly PYTHON_CLIENT='openapi-python-client==0.29.1'

cp "$here"/package.json "$here"/*.yaml "$here"/*.mjs "$here"/client.ts "$here"/client.py "$scratch"
cd "$scratch"
npm install --silent --no-audit --no-fund --ignore-scripts
curl --silent --fail --output openapi.json "$url/openapi.json"
curl --silent --fail --output asyncapi.json "$url/asyncapi.json"

export REDOCLY_TELEMETRY=off REDOCLY_SUPPRESS_UPDATE_NOTICE=true
node_modules/.bin/redocly lint openapi.json --config redocly.yaml --format=json >redocly.json ||
    { cat redocly.json >&2; exit 1; }
# It passes with warnings, too.
python3 - redocly.json <<'PY'
import json, sys
totals = json.load(open(sys.argv[1]))["totals"]
assert totals["errors"] == totals["warnings"] == 0, totals
PY
node_modules/.bin/spectral lint openapi.json --ruleset spectral.yaml --fail-severity=hint --quiet
node asyncapi.mjs asyncapi.json

node_modules/.bin/openapi-typescript openapi.json --output api.ts >/dev/null
# Node runs what the compiler has checked.
printf '{"type":"module","private":true}' >package.json
node_modules/.bin/tsc --strict --target es2022 --lib es2022,dom --module nodenext --skipLibCheck \
    --outDir made-js client.ts
node made-js/client.js "$url"

python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check "$PYTHON_CLIENT"
# Nothing formats what it makes.
printf 'post_hooks: []\n' >python.yaml
venv/bin/openapi-python-client generate --path openapi.json --output-path made --meta none \
    --config python.yaml --fail-on-warning >/dev/null
venv/bin/python client.py "$url"
