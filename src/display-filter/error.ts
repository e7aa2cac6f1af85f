/** An invalid expression: one line that says what was received and where, what was expected, what to do. */
export class DisplayFilterError extends RangeError {
  override readonly name = 'DisplayFilterError';
  /** Where in the expression, counted from 1. */
  readonly position: number;

  /**
   * @param received the piece of the expression that it is about; empty for its end
   * @param at where that piece starts, counted from 0
   * @param problem goes on from the piece: "is not a field"
   */
  constructor(received: string, at: number, problem: string) {
    const shown = received.length > 60 ? `${received.slice(0, 60)}…` : received;
    const piece = received === '' ? 'the end of the filter' : `"${shown}"`;
    super(`display filter: ${piece} (character ${at + 1}) ${problem}`);
    this.position = at + 1;
  }
}
