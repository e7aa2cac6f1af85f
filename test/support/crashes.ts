/**
 * What vitest does not tell when a process that runs tests ends by itself: how it ended, and which files had not been run to their end. They are
 * written to the file that TUNNELSCOPE_CRASHED names, one a line, if nothing else failed.
 */
import type { ChildProcess } from 'node:child_process';
import { subscribe } from 'node:diagnostics_channel';
import { writeFileSync } from 'node:fs';
import { relative } from 'node:path';
import type { Reporter, TestModule, TestSpecification } from 'vitest/node';

export class Crashes implements Reporter {
  readonly #endings: string[] = [];
  readonly #open = new Set<string>();
  readonly #ended: TestModule[] = [];

  constructor() {
    subscribe('child_process', (message) => {
      const { process: child } = message as { process: ChildProcess };
      child.once('exit', (code, signal) => {
        if (child.channel !== undefined && code !== 0)
          this.#endings.push(`${child.pid}: ${signal ?? `exit code ${code}`}`);
      });
    });
  }

  onTestRunStart(specifications: readonly TestSpecification[]): void {
    for (const { moduleId } of specifications) this.#open.add(moduleId);
  }

  onTestModuleEnd(module: TestModule): void {
    this.#open.delete(module.moduleId);
    this.#ended.push(module);
  }

  onTestRunEnd(): void {
    const { TUNNELSCOPE_CRASHED } = process.env;
    if (this.#open.size === 0) return;
    const files = [...this.#open].map((path) => relative('.', path));
    console.error(
      `NOT RUN TO THEIR END: ${files.join(', ')}. Processes of tests that ended: ${this.#endings.join(', ') || 'none'}`,
    );
    if (TUNNELSCOPE_CRASHED !== undefined && this.#ended.every((module) => module.ok()))
      writeFileSync(TUNNELSCOPE_CRASHED, files.join('\n'));
  }
}
