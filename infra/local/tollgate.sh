#!/bin/sh
# The command line of the checkout that this is in, which may be moved. `make` copies it to .venv/bin/tollgate.
self=$0
[ -L "$self" ] && self=$(readlink -f -- "$self")
root=$(cd -- "$(dirname -- "$self")/../.." && pwd) || exit
# No PYTHONPATH, which programs would inherit that `tollgate run` starts.
exec "$root/.venv/bin/python" -P -c 'import sys
root, sys.argv[:2] = sys.argv[1], ["tollgate"]
sys.path[:0] = [f"{root}/cli", f"{root}/shared"]
from tollgate_cli.__main__ import main
main()' "$root" "$@"
