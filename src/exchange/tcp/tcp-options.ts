/** TCP's options, between the header's fixed bytes and the data. */

/** Kinds of options (RFC 9293, section 3.1; RFC 2018, section 3). */
export const OPTION = { END_OF_LIST: 0, NO_OPERATION: 1, MAXIMUM_SEGMENT_SIZE: 2, SACK: 5 } as const;

/**
 * Where the value of a TCP option lies.
 *
 * @param at where the options begin
 * @param end where they end
 * @param bytes as many as its value has at least
 * @returns 0 where there is no such option
 */
export function optionAt(view: DataView, at: number, end: number, wanted: number, bytes: number): number {
  let option = at;
  while (option + 2 <= end) {
    const kind = view.getUint8(option);
    if (kind === OPTION.NO_OPERATION) {
      option++;
      continue;
    }
    if (kind === OPTION.END_OF_LIST) return 0;
    const length = view.getUint8(option + 1);
    if (length < 2) return 0;
    if (kind === wanted) return length >= 2 + bytes && option + 2 + bytes <= end ? option + 2 : 0;
    option += length;
  }
  return 0;
}
