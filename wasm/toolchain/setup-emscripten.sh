#!/usr/bin/env bash
# Finds or makes what the C++ core is built with and prints where it is:
#   emscripten=DIR   folder of emcc, emcmake, …
#   prefix=DIR       DIR/include holds hnswlib, stb and nlohmann, DIR/libjpeg-turbo its sources (for wasm and native
#                    builds alike)
#
# An emcc ≥ 3.1.60 on PATH is used as it is. Otherwise Emscripten 3.1.69 is taken out of Debian 13 (debian13.sh) into the
# user's cache folder, where all checkouts share it.
# With --needs it only prints the Debian packages that must be installed for that.
# Needs no root. Safe to run again and to interrupt; a finished cache answers at once.
set -euo pipefail
. "$(dirname "$0")/debian13.sh"

EMSCRIPTEN=3.1.69 OLDEST=3.1.60 LLVM=19 LAYOUT=2
LIBJPEG_TURBO=2.1.5 LIBJPEG_TURBO_SHA256=254f3642b04e309fee775123133c6464181addc150499561020312ec61c1bf7c
cache=${XDG_CACHE_HOME:-$HOME/.cache}/picfind
own=$cache/emscripten-$EMSCRIPTEN
prefix=$cache/headers-1
layout="emscripten $EMSCRIPTEN llvm $LLVM layout $LAYOUT"

# Folder of an emcc on PATH that is new enough, unless it is our own.
emcc_on_path() {
  local emcc found
  emcc=$(command -v emcc) && [ "${emcc%/*}" != "$own/bin" ] || return 1
  found=$("$emcc" --version 2>/dev/null | grep -Eo '[0-9]+\.[0-9]+\.[0-9]+' | head -1)
  [ "$(printf '%s\n' "$OLDEST" "${found:-0}" | sort -V | head -1)" = "$OLDEST" ] && printf '%s\n' "${emcc%/*}"
}

emscripten=$(emcc_on_path || echo "$own/bin")
answer() { printf 'emscripten=%s\nprefix=%s\n' "$emscripten" "$prefix"; }
has_emscripten() { [ "$emscripten" != "$own/bin" ] || [ "$(cat "$own/.stamp" 2>/dev/null)" = "$layout" ]; }
has_headers() { [ -d "$prefix/include" ]; }
has_libjpeg_turbo() { [ -d "$prefix/libjpeg-turbo" ]; }
has_all() { has_emscripten && has_headers && has_libjpeg_turbo; }
missing_packages() {
  local pair
  [ "$emscripten" = "$own/bin" ] || return 0
  for pair in clang-$LLVM:clang-$LLVM wasm-ld-$LLVM:lld-$LLVM llvm-ar-$LLVM:llvm-$LLVM python3:python3; do
    command -v "${pair%:*}" >/dev/null || printf '%s ' "${pair#*:}"
  done
}

. /etc/os-release 2>/dev/null || true
if [ "${ID-}" != debian ] && ! has_all; then
  has_emscripten || todo="install Emscripten $OLDEST or newer (emsdk) so that emcc is on PATH"
  has_headers || todo="${todo:+$todo; }put the headers hnswlib 0.8.0, stb and nlohmann-json 3.11 into $prefix/include"
  has_libjpeg_turbo || todo="${todo:+$todo; }unpack the sources of libjpeg-turbo $LIBJPEG_TURBO into $prefix/libjpeg-turbo"
  fail "this is not Debian: $todo"
fi
missing=$(missing_packages)
if [ "${1-}" = --needs ]; then printf '%s\n' "$missing"; exit 0; fi
[ -z "$missing" ] || fail "install what is missing: apt-get install $missing"
if has_all; then answer; exit 0; fi

# One at a time: a second run waits here and then finds everything done.
mkdir -p "$cache"
exec 9>"$cache/toolchain.lock"
flock 9
if has_all; then answer; exit 0; fi
work=$cache/toolchain.work
rm -rf "$work"
trap 'rm -rf "$work"' EXIT
mkdir -p "$prefix" "$work/root"

packages=()
has_headers || packages+=({libhnswlib-dev,libstb-dev,nlohmann-json3-dev}/$SUITE)
has_emscripten || packages+=({emscripten,binaryen,node-acorn,libc6,libstdc++6,libgcc-s1}/$SUITE)

say "fetching what is missing from Debian 13: ${packages[*]%/*}$(has_libjpeg_turbo || echo ' libjpeg-turbo')"
open_debian13 "$work" "deb$(has_libjpeg_turbo || echo ' deb-src')"
if ! has_libjpeg_turbo; then
  # Debian's patches are to its build, its manuals and its x86 SIMD code, none of which is used.
  tarball=libjpeg-turbo_$LIBJPEG_TURBO.orig.tar.gz
  fetch_source libjpeg-turbo "$tarball" "$LIBJPEG_TURBO_SHA256"
  mkdir -p "$work/libjpeg-turbo"
  tar -x -z -f "$work/debs/$tarball" -C "$work/libjpeg-turbo" --strip-components=1 --no-same-owner \
    --exclude='*/testimages' --exclude='*/java' --exclude='*/doc' --exclude='*/fuzz' --exclude='*/simd'
fi
[ ${#packages[@]} = 0 ] || (cd "$work/debs" && retry apt-get "${apt[@]}" download "${packages[@]}")
# Left out of Emscripten's 1.6 GB: its tests, LTO and PIC variants, WasmFS, GL emulation.
for deb in "$work"/debs/*.deb; do
  [ -f "$deb" ] || continue
  dpkg-deb --fsys-tarfile "$deb" | tar -x -C "$work/root" --no-same-owner \
    --exclude=./usr/share/emscripten/test --exclude=./usr/share/doc --exclude=./usr/share/man \
    --exclude='*/wasm32-emscripten/lto' --exclude='*/wasm32-emscripten/lto-pic' \
    --exclude='*/wasm32-emscripten/pic' --exclude='*/wasm32-emscripten/libwasmfs*.a' \
    --exclude='*/wasm32-emscripten/libGL-*emu*.a' --exclude='./usr/lib/*/gconv' --exclude=./usr/share/locale
done
root=$work/root

# A folder of their own: -I/usr/include in a wasm build would bring in the host's libc.
if ! has_headers; then
  mkdir -p "$work/include"
  mv "$root"/usr/include/{hnswlib,stb,nlohmann} "$work/include/"
  mv "$work/include" "$prefix/include"
fi
has_libjpeg_turbo || mv "$work/libjpeg-turbo" "$prefix/libjpeg-turbo"

if ! has_emscripten; then
  out=$work/emscripten
  mkdir -p "$out"/{bin,binaryen/bin,binaryen/lib,binaryen/real}
  mv "$root/usr/share/emscripten" "$out/emscripten"
  grep -q "$EMSCRIPTEN" "$out/emscripten/emscripten-version.txt" ||
    fail "Debian 13 has Emscripten $(cat "$out/emscripten/emscripten-version.txt"), expected $EMSCRIPTEN"
  mkdir -p "$out/emscripten/node_modules"
  cp -r "$root/usr/share/nodejs/acorn" "$out/emscripten/node_modules/acorn"

  # Binaryen needs a newer C library than Debian 12's: it runs under Debian 13's loader, both kept beside it.
  mv "$root"/usr/bin/wasm* "$out/binaryen/real/"
  loader=$(find "$root" -name 'ld-linux-*.so.?' -printf '%f\n' | head -1)
  for library in "$loader" libc.so.6 libm.so.6 libpthread.so.0 libstdc++.so.6 libgcc_s.so.1; do
    cp -L "$(find "$root" -name "$library" | head -1)" "$out/binaryen/lib/$library"
  done
  find "$root" -name 'libbinaryen*.so*' -exec cp -L {} "$out/binaryen/lib/" \;
  cat > "$out/binaryen/run" <<SH
#!/bin/sh
here=\$(dirname "\$(readlink -f "\$0")")
exec "\$here/lib/$loader" --library-path "\$here/lib" --argv0 "\$0" "\$here/real/\${0##*/}" "\$@"
SH
  chmod +x "$out/binaryen/run"
  for tool in "$out"/binaryen/real/*; do ln -s ../run "$out/binaryen/bin/${tool##*/}"; done

  # emcc finds its configuration beside itself, so no environment variable is needed.
  cat > "$out/emscripten/.emscripten" <<PY
import os
from tools.utils import path_from_root
LLVM_ROOT = '/usr/lib/llvm-$LLVM/bin'
BINARYEN_ROOT = os.path.normpath(path_from_root('../binaryen'))
NODE_JS = os.environ.get('EMSDK_NODE') or 'node'
FROZEN_CACHE = True  # the libraries are prebuilt: never built, cleared or locked
PY
  cat > "$out/run" <<'SH'
#!/bin/sh
# The system's Python where there is one: a version manager's shim costs every compile 0.1 s.
[ -n "${EMSDK_PYTHON-}" ] || [ ! -x /usr/bin/python3 ] || export EMSDK_PYTHON=/usr/bin/python3
exec "$(dirname "$(readlink -f "$0")")/emscripten/${0##*/}" "$@"
SH
  chmod +x "$out/run"
  for tool in emcc em++ emar emranlib emcmake emconfigure emmake emnm emstrip emsize em-config; do
    ln -s ../run "$out/bin/$tool"
  done

  say "trying it"
  cat > "$work/try.cpp" <<'CPP'
#include <emscripten/bind.h>
#include <vector>
int twice(int n) { int sum = 0; for (int x : std::vector<int>(n, 2)) sum += x; return sum; }
EMSCRIPTEN_BINDINGS(t) { emscripten::function("twice", &twice); }
CPP
  "$out/bin/em++" -O2 -msimd128 -lembind -sMODULARIZE -sEXPORT_ES6 -sENVIRONMENT=node "$work/try.cpp" -o "$work/try.mjs"
  [ "$(node -e 'import(process.argv[1]).then(m => m.default()).then(m => console.log(m.twice(21)))' "$work/try.mjs")" = 42 ] ||
    fail "a program compiled with $out/bin/em++ gave a wrong answer"
  printf '%s\n' "$layout" > "$out/.stamp"
  rm -rf "$own"
  mv "$out" "$own"
fi
say "ready: Emscripten in $emscripten, headers in $prefix/include"
answer
