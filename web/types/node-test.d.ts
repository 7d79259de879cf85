// The little of node that the unit tests use.
declare module 'node:test' { export function test(name: string, body: () => void | Promise<void>): void }
declare module 'node:assert/strict' {
  const assert: { (value: unknown, message?: string): asserts value; equal(a: unknown, b: unknown, message?: string): void; deepEqual(a: unknown, b: unknown, message?: string): void };
  export default assert;
}
