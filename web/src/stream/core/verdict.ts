/** What the code with which a WebSocket closed means for us. */
export type Verdict = 'again' | 'never' | 'signed-out';

/** 4501 is a session or token that ended; the rest of 4500–4999, 1008 and 1009 would end the same way again. */
export function verdict(code: number): Verdict {
  if (code === 4501) return 'signed-out';
  if ((code >= 4500 && code <= 4999) || code === 1008 || code === 1009) return 'never';
  return 'again';
}
