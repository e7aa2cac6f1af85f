#!/usr/bin/env bash
# Installs what is missing and runs everything that must pass: formatter and linter, types, build, tests. As root this includes the tests
# that need network namespaces; otherwise they are skipped, and say so.
set -euo pipefail
cd "$(dirname "$0")/.."
scripts/setup.sh test
npm run --silent lint
npm run --silent lint:prose
npm run --silent types
exec npx vitest run "$@"
