/** The next round number at or above: 1, 2 or 5 times a power of ten. */
export function nice(n: number): number {
  const p = 10 ** Math.floor(Math.log10(Math.max(1, n)));
  return [1, 2, 5, 10].map(k => k * p).find(k => k >= n) ?? n;
}
