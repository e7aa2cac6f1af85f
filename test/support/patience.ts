/** Milliseconds after which what never comes is given up. No verdict: however busy a machine is, what comes comes before. */
export const PATIENCE = 300_000;
