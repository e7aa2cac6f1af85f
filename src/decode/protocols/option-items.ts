/**
 * Options as IPv4 (RFC 791, 3.1) and TCP (RFC 9293, 3.1) have them: types 0 (end of the list) and 1 (no operation) are one byte, every
 * other a type, a length that counts both, and a value.
 */
import type { Items } from '../protocol.ts';

export const OPTION_LENGTH = 1;
const LAST_OF_ONE_BYTE = 1;
const END = 0;
const OPTION_HEADER = 2;

/** What a kind of option has a list of: addresses, time stamps, blocks. */
export interface OptionList {
  /** Whether the option has such a list. */
  readonly is: (view: DataView, option: number) => boolean;
  /** Where the list starts in the option, in bytes. */
  readonly from: number;
  /** From one entry to the next, in bytes. */
  readonly step: (view: DataView, option: number) => number;
  /** Whether this entry is meant; default: all. */
  readonly where?: (view: DataView, option: number, entry: number) => boolean;
}

/**
 * The options of a header that starts with `fixed` bytes of other things: those that stand wholly in it, up to the first whose length
 * can't be.
 *
 * @param namesPadding whether zeros behind the end of the list are ends, too, as Wireshark names TCP's; all else behind it is padding
 * @param list visit the entries of the options' lists, instead of the options
 */
export function optionItems(fixed: number, namesPadding: boolean, list?: OptionList): Items {
  return (view, start, stack, layer, visit) => {
    const end = start + stack.headerLength(layer);
    for (let at = start + fixed; at < end; ) {
      const type = view.getUint8(at);
      if (type <= LAST_OF_ONE_BYTE) {
        if (list === undefined) visit(at);
        at++;
        if (type === END) {
          for (; namesPadding && list === undefined && at < end && view.getUint8(at) === END; at++) visit(at);
          return;
        }
        continue;
      }
      if (at + OPTION_HEADER > end) return;
      const next = at + view.getUint8(at + OPTION_LENGTH);
      if (next < at + OPTION_HEADER || next > end) return;
      if (list === undefined) visit(at);
      else if (list.is(view, at)) visitList(view, at, next, list, visit);
      at = next;
    }
  };
}

function visitList(
  view: DataView,
  option: number,
  end: number,
  { from, step, where }: OptionList,
  visit: (entry: number) => void,
): void {
  const bytes = step(view, option);
  for (let entry = option + from; entry + bytes <= end; entry += bytes) {
    if (where === undefined || where(view, option, entry)) visit(entry);
  }
}

/** Whether an option has a length field. */
export function hasLength(view: DataView, option: number): boolean {
  return view.getUint8(option) > LAST_OF_ONE_BYTE;
}

/** Whether an option is of this type, and of this length at least. */
export function isOption(
  type: number,
  least: number,
  most = 255,
): (view: DataView, option: number) => boolean {
  return (view, option) => {
    if (view.getUint8(option) !== type) return false;
    const length = view.getUint8(option + OPTION_LENGTH);
    return length >= least && length <= most;
  };
}
