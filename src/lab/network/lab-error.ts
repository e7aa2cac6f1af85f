/** What a lab can't do: one line that says what was tried, why it failed, and what to do. */
export class LabError extends Error {
  override readonly name = 'LabError';
}
