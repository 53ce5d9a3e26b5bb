#!/bin/sh
# demo.sh -- the main job, from a bare Debian 12: installs what is missing, builds, runs the demo.
# Options go to `deputy demo`: ./demo.sh --json
set -eu
cd "$(dirname "$0")"
tools/install.sh build >&2
make -s -j"$(nproc)" all >&2
exec build/release/deputy demo "$@"
