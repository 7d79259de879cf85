export const FIRST_DELAY = 500;
export const LONGEST_DELAY = 30_000;

/**
 * Milliseconds to wait before try number `attempt` (from 0). Doubles up to a limit; the upper half is chance, so that a
 * thousand pages that lost the same server do not come back in the same moment. `random` is 0 to 1.
 */
export function backoff(attempt: number, random: number): number {
  const full = Math.min(LONGEST_DELAY, FIRST_DELAY * 2 ** Math.min(attempt, 16));
  return Math.round(full / 2 + (full / 2) * random);
}

/** What a server that went away asked for, plus up to a fifth, for the same reason. */
export const asked = (delay: number, random: number): number => Math.round(Math.min(10 * 60_000, Math.max(0, delay)) * (1 + random / 5));
