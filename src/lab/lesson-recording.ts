/** A lesson's network as it was recorded: what its commands printed and its captures, `fixtures/lessons/NAME`. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as z from 'zod';
import { parseCheckedYaml } from '../checked-yaml.ts';
import type { LessonNetwork, Printed } from './lesson-network.ts';
import { lessonPlaces } from './lesson-places.ts';

/** Where the package's recordings are: a folder a lesson. */
export const RECORDINGS_FOLDER = fileURLToPath(new URL('../../fixtures/lessons/', import.meta.url));

const output = z.strictObject({ on: z.string(), command: z.string(), text: z.string(), exitCode: z.int() });
const recordingSchema = z.strictObject({ outputs: z.array(output) });

/** What a command of a lesson printed, in the order in which they ran. */
export type RecordedOutput = z.infer<typeof output>;
export const RECORDING_FILE = 'recording.yaml';

/** A capture's file in a recording, or beside it. */
export function capturePath(folder: string, capture: string): string {
  return join(folder, `${capture}.pcapng`);
}

/** The capture of a lesson's so manieth check, from 1. */
export function checkName(number: number): string {
  return `check-${number}`;
}

/** @throws {RangeError} where the lesson was not recorded, or otherwise than it is now */
export function openRecording(lesson: string, folder = RECORDINGS_FOLDER): LessonNetwork {
  const own = join(folder, lesson);
  const file = join(own, RECORDING_FILE);
  if (!existsSync(file)) throw new RangeError(`no recording of the lesson ${lesson}: ${file} is missing`);
  const { value } = parseCheckedYaml(readFileSync(file, 'utf8'), file, recordingSchema, () => [
    ...Object.keys(recordingSchema.shape),
    ...Object.keys(output.shape),
  ]);
  const left = [...value.outputs];
  let checks = 0;
  let places = lessonPlaces(undefined);

  function recorded(on: string, command: string): Printed {
    const index = left.findIndex((one) => one.on === on && one.command === command);
    const [found] = index < 0 ? [] : left.splice(index, 1);
    if (found === undefined) throw new RangeError(`${file}: no output of "${command}" on ${on} is recorded`);
    return found;
  }

  return {
    isLive: false,
    lab: lesson,
    get nodes() {
      return places.nodes;
    },
    get mend() {
      return places.mend;
    },
    async up(network) {
      places = lessonPlaces(network);
    },
    async run({ on, command }) {
      return recorded(on, command);
    },
    async typed(on, line) {
      throw new RangeError(`"${line}" can't be run on ${on}: the network is a recorded one`);
    },
    stopCommand: () => false,
    async check() {
      checks++;
      return capturePath(own, checkName(checks));
    },
    captured: (name) => capturePath(own, name),
    async close() {},
  };
}
