#!/usr/bin/env bash
# Sets up, and runs everything that has to pass: formatter and linter, types, build, tests. As root the tests that need
# network namespaces run too; elsewhere they are skipped, and say so.
set -euo pipefail
cd "$(dirname "$0")/.."
scripts/setup.sh test
npm run --silent lint
npm run --silent types
exec npx vitest run "$@"
