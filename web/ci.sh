#!/usr/bin/env bash
# Checks of the web app, against the server that $SENTINAL_BIN names: types, that what is committed in dist/ is
# what the sources give, and two people in headless browsers.
#
# Browsers: Debian's chromium, or the one that $CHROMIUM names.
set -euo pipefail
cd "$(dirname "$(readlink -f "$0")")"

: "${SENTINAL_BIN:?names the server to test against}"

directory=$(mktemp -d)
trap 'rm -rf "$directory"' EXIT

# The app is built from the client's sources, with that package's own dependencies.
(cd ../clients/typescript && { [ -d node_modules ] || npm ci --no-fund --no-audit; })
npm ci --no-fund --no-audit
npm run typecheck
npm run build -- --outDir "$directory/dist" --emptyOutDir
# How brotli compresses depends on Node's version; what is compressed does not.
if ! diff -r --exclude='*.br' dist "$directory/dist"; then
    printf 'web/dist is not what web/ gives: run `npm run build` in web/ and commit it.\n' >&2
    exit 1
fi
for file in $(cd dist && find . -name '*.br'); do
    node -e '
      const { readFileSync } = require("node:fs");
      const { brotliDecompressSync } = require("node:zlib");
      const [, packed, plain] = process.argv;
      process.exit(brotliDecompressSync(readFileSync(packed)).equals(readFileSync(plain)) ? 0 : 1);
    ' "dist/$file" "dist/${file%.br}" || { printf '%s is of another file\n' "$file" >&2; exit 1; }
done
# Scripts and styles as they are sent, bytes.
readonly SENT_MAX=400000
sent=$(find dist/assets -name '*.br' -printf '%s\n' | awk '{ sum += $1 } END { print sum }')
printf 'scripts and styles: %s bytes compressed\n' "$sent"
[ "$sent" -le "$SENT_MAX" ]
npm test
