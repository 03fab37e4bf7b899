#!/usr/bin/env bash
# Builds the server that `sentinal-loadtest bench` compares with, from uWebSockets' C library in the Python
# package `socketify`, into a directory of its own. Installs nothing: the package and, where the system has no
# libuv, Debian's are unpacked there. Says in one line why if it cannot be built.
#
#   loadtest/peers/build.sh DIRECTORY
#
# Run what it has built with LD_LIBRARY_PATH=DIRECTORY DIRECTORY/uwebsockets PORT.
set -euo pipefail

readonly directory=${1:?usage: build.sh DIRECTORY}
readonly SOCKETIFY='socketify==0.0.31'
source_file=$(dirname "$(readlink -f "$0")")/uwebsockets.c
readonly source_file

skip() {
    printf 'uWebSockets is skipped: %s\n' "$1" >&2
    exit 1
}

[ "$(uname -m)" = x86_64 ] || skip 'the package carries a library for x86-64 only'
command -v cc >/dev/null || skip 'there is no C compiler'
mkdir -p "$directory"
cd "$directory"
if [ ! -f libsocketify_linux_amd64.so ]; then
    python3 -m pip download --quiet --disable-pip-version-check --no-deps --dest package \
        "$SOCKETIFY" >/dev/null 2>&1 ||
        skip 'PyPI cannot be reached'
    tar -xzf package/socketify-*.tar.gz --strip-components=3 --wildcards '*/libsocketify_linux_amd64.so'
fi
if [ ! -f libuv.so.1 ]; then
    system=$(ldconfig -p 2>/dev/null | awk '/libuv\.so\.1 /{print $NF; exit}')
    if [ -n "$system" ]; then
        cp -L "$system" libuv.so.1
    else
        apt-get download -qq libuv1 >/dev/null 2>&1 || apt-get download -qq libuv1t64 >/dev/null 2>&1 ||
            skip 'libuv cannot be had: apt-get install libuv1'
        dpkg -x libuv1*.deb unpacked
        cp -L "$(find unpacked -name libuv.so.1)" libuv.so.1
    fi
fi
cc -O2 -Wall -Wextra -o uwebsockets "$source_file" libsocketify_linux_amd64.so -Wl,-rpath-link,. ||
    skip 'it does not compile'
