#!/usr/bin/env node
import './status-signal.ts';
import { execute } from './execute.ts';

process.exitCode = await execute(process.argv.slice(2));
