#!/usr/bin/env bash
# Installs the software of others that `npm run test:real` runs beside the bundle: into real/.installed, and Debian's
# packages with apt. What can't be had is named, and its tests are skipped. Usage: real/install.sh [NAME...]
set -uo pipefail
cd "$(dirname "$0")"
mkdir -p .installed

# Seconds: a registry that hangs must not hang the tests.
limit=900

[ $# -gt 0 ] || set -- $(basename -s .sh install/*.sh)
for name; do
  start=$SECONDS
  log=.installed/$name.log
  if timeout "$limit" bash -euo pipefail "install/$name.sh" >"$log" 2>&1; then
    echo "installed: $name ($((SECONDS - start)) s)"
  else
    echo "not installed: $name. The end of real/$log:"
    tail -n 5 "$log"
  fi
done
