#!/usr/bin/env bash
# Sets up, and runs everything that has to pass: formatter and linter, types, build, tests. As root the tests that need
# network namespaces run too; elsewhere they are skipped, and say so. The command is also run with other versions of Node.
set -euo pipefail
cd "$(dirname "$0")/.."
scripts/setup.sh test
# Other versions of Node and vitest come meanwhile.
node scripts/nodes.mjs --fetch &
trap 'kill $! 2>/dev/null || true' EXIT
npm run --silent lint
npm run --silent types
wait
exec node scripts/nodes.mjs --suite "$@"
