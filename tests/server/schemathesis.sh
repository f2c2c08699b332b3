#!/usr/bin/env bash
# Finds or makes the schemathesis that holds the server to server/openapi.json and prints the path of its program.
# From PyPI into the user's cache folder; needs no root. Safe to run again and to interrupt.
set -euo pipefail

SCHEMATHESIS=4.32.5
cache=${XDG_CACHE_HOME:-$HOME/.cache}/picfind
prefix=$cache/schemathesis-$SCHEMATHESIS
if [ ! -d "$prefix" ]; then
  mkdir -p "$cache"
  # One at a time: a second run waits here and then finds everything done.
  exec 9>"$cache/schemathesis.lock"
  flock 9
fi
if [ ! -d "$prefix" ]; then
  work=$cache/schemathesis.work
  rm -rf "$work"
  trap 'rm -rf "$work"' EXIT
  python3 -m venv "$work" && "$work/bin/pip" install --quiet --disable-pip-version-check "schemathesis==$SCHEMATHESIS" 1>&2 || {
    echo "schemathesis $SCHEMATHESIS cannot be had from PyPI: is there a network, and python3-venv?" >&2
    exit 1
  }
  mv "$work" "$prefix"
fi
echo "$prefix/bin/python -m schemathesis.cli"
