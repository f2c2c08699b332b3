#!/usr/bin/env bash
# Finds or makes the Boost that the server is built with and prints where it is:
#   boost=DIR   DIR/include holds the headers, DIR/src/url and DIR/src/program_options what has to be compiled
#
# Taken out of Debian 13's sources into the user's cache folder: Debian 12's own Boost is too old for Boost.Redis, and
# Debian 13's compiled libraries want a newer C++ runtime. Needs no root. Safe to run again and to interrupt.
set -euo pipefail
. "$(dirname "$0")/../../wasm/toolchain/debian13.sh"

BOOST=1.88.0 BOOST_SHA256=5fe04fe91e9148c233784082a27a9bc5e0efef2d0eac5ea0940cf455d97f9fdc
cache=${XDG_CACHE_HOME:-$HOME/.cache}/picfind
prefix=$cache/boost-$BOOST
answer() { printf 'boost=%s\n' "$prefix"; }
if [ -d "$prefix" ]; then answer; exit 0; fi

. /etc/os-release 2>/dev/null || true
[ "${ID-}" = debian ] || fail "this is not Debian: put Boost's headers into $prefix/include, the src folders of its
libraries url and program_options into $prefix/src/url and $prefix/src/program_options"

# One at a time: a second run waits here and then finds everything done.
mkdir -p "$cache"
exec 9>"$cache/toolchain.lock"
flock 9
if [ -d "$prefix" ]; then answer; exit 0; fi
work=$cache/boost.work
rm -rf "$work"
trap 'rm -rf "$work"' EXIT

say "fetching Boost $BOOST from Debian 13"
open_debian13 "$work" 'deb-src'
tarball=boost1.88_$BOOST.orig.tar.xz
fetch_source boost1.88 "$tarball" "$BOOST_SHA256"
mkdir -p "$work/boost"
# Headers of all its libraries in one folder, as they are used.
tar -x -J -f "$work/debs/$tarball" -C "$work/boost" --no-same-owner --wildcards --no-wildcards-match-slash \
  --transform 's,^boost/libs/.*/include/,include/,' --transform 's,^boost/libs/\([a-z_]*\)/src,src/\1,' \
  'boost/libs/*/include' 'boost/libs/numeric/*/include' 'boost/libs/url/src' 'boost/libs/program_options/src'
mv "$work/boost" "$prefix"
say "ready: Boost in $prefix"
answer
