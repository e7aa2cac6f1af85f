#!/usr/bin/env bash
# Importing yoga-layout, which Ink lays terminals out with, loads Node's HTTP client: it reads its own text by fetch.
#
# Version:   yoga-layout 3.2.1 (as Ink 6.8.0 has it), Node 20.20.2.
# Expected:  its WebAssembly stands in its JavaScript as base64: it is decoded where it stands, and no code for networks is loaded.
# Behaviour: the text is a data: URL, and is fetched where there is a fetch, as in Node since version 18. The first call loads undici and what
#            that needs. Where fetch is not a function when it is imported, it decodes the text itself, and lays out alike.
# Seen:      fetch there: undici loaded, 96 modules of Node more
#            no fetch:    undici not loaded, 1 modules of Node more
# What it means: a program with Ink pays for an HTTP client before it draws its first row, a quarter of what importing Ink takes, though it
#            talks to nobody; and a policy or a test that forbids fetch is asked about a layout engine.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund --prefix "$folder" yoga-layout@3.2.1

cat >"$folder/load.mjs" <<'JS'
if (process.argv[2] === 'without') globalThis.fetch = undefined;
const before = process.moduleLoadList.length;
const { default: Yoga } = await import('yoga-layout');
const more = process.moduleLoadList.length - before;
const hasClient = process.moduleLoadList.some((name) => name.includes('undici/undici'));
const node = Yoga.Node.create();
node.setWidth(80);
node.calculateLayout(undefined, undefined, Yoga.DIRECTION_LTR);
console.log(`${hasClient ? 'undici loaded' : 'undici not loaded'}, ${more} modules of Node more, laid out ${node.getComputedWidth()} columns`);
JS
with=$(node load.mjs with)
without=$(node load.mjs without)
echo "fetch there: $with"
echo "no fetch:    $without"
case "$with" in 'undici loaded, '*' 80 columns') ;; *) echo "changed: no HTTP client is loaded any more"; exit 1 ;; esac
case "$without" in 'undici not loaded, '*' 80 columns') ;; *) echo "changed: without fetch it loads one, or does not lay out"; exit 1 ;; esac
