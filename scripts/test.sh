#!/usr/bin/env bash
# Installs what is missing and runs everything that must pass: formatter and linter, types, build, tests. As root this includes the tests
# that need network namespaces; otherwise they are skipped, and say so. The built command is also run with other versions of Node.
set -euo pipefail
cd "$(dirname "$0")/.."
scripts/setup.sh test
# Fetches other versions of Node and vitest meanwhile.
node scripts/nodes.mjs --fetch &
trap 'kill $! 2>/dev/null || true' EXIT
npm run --silent lint
npm run --silent lint:prose
npm run --silent types
wait
exec node scripts/nodes.mjs --suite "$@"
