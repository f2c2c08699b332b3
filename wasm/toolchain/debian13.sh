# Sourced by the scripts that take parts out of Debian 13: Emscripten, Boost, Redis. Its packages are unpacked, never
# installed: apt sees that suite only through private lists, signatures are checked as always, and the machine's own
# libraries stay as they are. Needs no root.

SUITE=trixie

say() { printf 'toolchain: %s\n' "$*" >&2; }
fail() { say "$*"; exit 1; }
retry() { local n; for n in 1 2 3; do "$@" && return; say "try $n of 3 failed: $*"; sleep $((n * 3)); done; return 1; }

# open_debian13 FOLDER TYPES: sets apt to options that make apt-get work on Debian 13 in that folder; TYPES is "deb",
# or "deb deb-src" where sources are wanted too.
open_debian13() {
  local work=$1 types=$2 file
  mkdir -p "$work"/{sources,lists/partial,archives/partial,debs}
  # This machine's own apt sources with the suite's name changed: the same mirror, the same keys, main only.
  for file in /etc/apt/sources.list /etc/apt/sources.list.d/*.list /etc/apt/sources.list.d/*.sources; do
    [ -f "$file" ] || continue
    case $file in
      *.sources) awk -v RS= -v ORS='\n\n' -v suite="$VERSION_CODENAME" \
                   '$0 ~ "(^|\n)Suites:[^\n]* ?" suite "( |\n|$)"' "$file" |
                 sed -E "s/^Types:.*/Types: $types/; s/^Suites:.*/Suites: $SUITE/; s/^Components:.*/Components: main/; /^#/d" ;;
      *) grep -E "^deb .* $VERSION_CODENAME " "$file" | sed -E "s/ $VERSION_CODENAME .*/ $SUITE main/" |
           if [ "$types" = deb ]; then cat; else sed 'p; s/^deb /deb-src /'; fi || true ;;
    esac > "$work/sources/$(basename "$file" | sed 's/^sources.list$/main.list/')"
  done
  apt=(-qq -o Dir::Etc::sourcelist=/dev/null -o "Dir::Etc::sourceparts=$work/sources"
       -o Dir::Etc::preferencesparts=/dev/null -o Dir::Etc::preferences=/dev/null
       -o "Dir::State::lists=$work/lists" -o "Dir::Cache::archives=$work/archives"
       -o Dir::Cache::pkgcache= -o Dir::Cache::srcpkgcache=
       -o "APT::Default-Release=$SUITE" -o APT::Sandbox::User= -o Acquire::Languages=none -o Acquire::Retries=3)
  # Without --error-on=any apt-get update succeeds when the network does not.
  retry apt-get "${apt[@]}" --error-on=any update
}

# fetch_source PACKAGE FILE SHA256: the sources as they were released, without Debian's patches, as debs/FILE.
fetch_source() {
  (cd "$work/debs" && retry apt-get "${apt[@]}" source --download-only --tar-only "$1")
  sha256sum --quiet --check <<< "$3  $work/debs/$2" || fail "Debian 13's sources of $1: expected $2 of sha256 $3"
}
