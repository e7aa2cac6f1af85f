#!/bin/bash
# @bomb.sh/tab lets no shell complete the name of a file, after any option or argument.
#
# Version:   npm @bomb.sh/tab 0.0.22, with commander 14.0.3
# Expected:  it has cobra's directives, of which 0 leaves files to the shell and 4 (NoFileComp) keeps them from it. The value of an option
#            about which nothing is known (--read <file>) is left to the shell, or at least where the program sets the directive to 0
# Behaviour: every answer ends with ":4"; the root command sets that itself, just before it prints it
# Seen:      complete -- --read fi: ":4" alone, beside a file.txt
#
# needs node and npm
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
echo '{ "private": true, "type": "module" }' > package.json
npm install --no-audit --no-fund --loglevel=error @bomb.sh/tab@0.0.22 commander@14.0.3 >/dev/null
cat > reader.js << 'END'
import tab from '@bomb.sh/tab/commander';
import { Command } from 'commander';
const program = new Command('reader').option('--read <file>', 'a file');
const completion = tab(program);
// What a program can ask for, before the answer.
completion.directive = 0;
program.parse();
END
touch file.txt
answer=$(node reader.js complete -- --read fi)
echo "complete -- --read fi"
echo "$answer"
if [ "$answer" != ":4" ]; then
  echo "the behaviour has changed" >&2
  exit 1
fi
