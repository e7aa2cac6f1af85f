/**
 * Where in a packet's text its numbers stand, found out from what its printer writes of the same packet with other numbers: where both
 * texts differ, one of the packet's numbers must be there in one of a few forms.
 */

/** A packet that is printed by itself: its bytes, from the view's start on, and what its printers are told besides. */
export interface Sample {
  readonly view: DataView;
  readonly number: number;
  readonly seconds: number;
  readonly nanoseconds: number;
}

/** What is put behind a piece of constant text, as repeats.wat has it. */
export const FORMAT = { end: 0, number: 1, time: 2, decimal: 3, hexadecimal: 4, bytes: 5 } as const;
/** Forms of a time: the lowest bits are a width. */
export const TIME_FORM = { width: 15, sinceFirst: 16, microseconds: 32 } as const;

export interface Form {
  readonly format: number;
  /** Where in the packet what is printed stands. */
  readonly place: number;
  /** A number's width, a time's form, or how many bytes. */
  readonly more: number;
}

export interface Step extends Form {
  /** The constant text in front of it. */
  readonly text: string;
}

/** The width of a line's numbers, and of the seconds in its time. */
const [NUMBER_WIDTH, SECONDS_WIDTH] = [6, 5];
const { sinceFirst, microseconds, width } = TIME_FORM;
const FRAME_FORMS: readonly Form[] = [
  { format: FORMAT.number, place: 0, more: NUMBER_WIDTH },
  { format: FORMAT.number, place: 0, more: 1 },
  // Nine digits first: six would fit as well where the last three are zeros.
  { format: FORMAT.time, place: 0, more: 1 },
  { format: FORMAT.time, place: 0, more: 1 | microseconds },
  { format: FORMAT.time, place: 0, more: SECONDS_WIDTH | sinceFirst },
  { format: FORMAT.time, place: 0, more: SECONDS_WIDTH | sinceFirst | microseconds },
  { format: FORMAT.time, place: 0, more: 1 | sinceFirst },
];

/** @param fields where numbers of 16 bits stand; @param data where data begins, and how long it is */
export function formsOf(fields: readonly number[], data: readonly [at: number, length: number]): Form[] {
  return [
    ...FRAME_FORMS,
    ...fields.flatMap((place) => [
      { format: FORMAT.decimal, place, more: 0 },
      { format: FORMAT.hexadecimal, place, more: 0 },
    ]),
    { format: FORMAT.bytes, place: data[0], more: data[1] },
  ];
}

/** Of four digits, and of bytes. */
const hexOf = (view: DataView, place: number, bytes: number): string =>
  Buffer.from(view.buffer, view.byteOffset + place, bytes).toString('hex');

/** In a form, what is printed of a number; asked while a text is learnt, and held against what the printer says. */
function textOf({ format, place, more }: Form, sample: Sample, first: Sample): string {
  const { view } = sample;
  if (format === FORMAT.number) return String(sample.number).padStart(more);
  if (format === FORMAT.decimal) return String(view.getUint16(place));
  if (format === FORMAT.hexadecimal) return hexOf(view, place, 2);
  if (format === FORMAT.bytes) return hexOf(view, place, more);
  const isSince = (more & sinceFirst) !== 0;
  const difference = sample.nanoseconds - (isSince ? first.nanoseconds : 0);
  const borrowed = difference < 0 ? 1 : 0;
  const seconds = sample.seconds - (isSince ? first.seconds : 0) - borrowed;
  const digits = String(difference + borrowed * 1_000_000_000).padStart(9, '0');
  return `${String(seconds).padStart(more & width)}.${digits.slice(0, (more & microseconds) === 0 ? 9 : 6)}`;
}

/**
 * @param text the packet's
 * @param other what is printed of the same packet with other numbers
 * @param first the capture's first packet
 * @returns undefined where they differ in something else than the packet's numbers
 */
export function findSteps(
  forms: readonly Form[],
  [packet, text]: readonly [Sample, string],
  [changed, other]: readonly [Sample, string],
  first: Sample,
): Step[] | undefined {
  const candidates = forms.map((form) => {
    const one = textOf(form, packet, first);
    const two = textOf(form, changed, first);
    return { form, one, two, common: commonStart(one, 0, two, 0) };
  });
  const steps: Step[] = [];
  let [at, otherAt] = [0, 0];
  for (;;) {
    const same = commonStart(text, at, other, otherAt);
    if (at + same === text.length && otherAt + same === other.length) {
      steps.push({ text: text.slice(at), format: FORMAT.end, place: 0, more: 0 });
      return steps;
    }
    const found = candidates.find(
      ({ one, two, common }) =>
        common <= same &&
        one !== two &&
        text.startsWith(one, at + same - common) &&
        other.startsWith(two, otherAt + same - common),
    );
    if (found === undefined) return undefined;
    const constant = same - found.common;
    steps.push({ text: text.slice(at, at + constant), ...found.form });
    at += constant + found.one.length;
    otherAt += constant + found.two.length;
  }
}

function commonStart(one: string, at: number, two: string, twoAt: number): number {
  const most = Math.min(one.length - at, two.length - twoAt);
  let same = 0;
  while (same < most && one.charCodeAt(at + same) === two.charCodeAt(twoAt + same)) same++;
  return same;
}
