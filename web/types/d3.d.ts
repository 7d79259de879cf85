// The little of d3 that the charts use; Debian's packages carry no types.
declare module 'd3-array' {
  export function max<T>(items: Iterable<T>, of: (item: T) => number): number | undefined;
  export function sum<T>(items: Iterable<T>, of: (item: T) => number): number;
}
declare module 'd3-scale' {
  interface Continuous<Domain> {
    (value: Domain): number;
    invert(value: number): Domain;
    domain(ends: readonly [Domain, Domain]): this;
    domain(): [Domain, Domain];
    range(ends: readonly [number, number]): this;
    nice(count?: number): this;
    clamp(on: boolean): this;
    ticks(count?: number): Domain[];
  }
  interface Band {
    (value: number): number | undefined;
    domain(values: readonly number[]): this;
    range(ends: readonly [number, number]): this;
    paddingInner(share: number): this;
    align(share: number): this;
    step(): number;
    bandwidth(): number;
  }
  export function scaleLinear(): Continuous<number>;
  export function scaleTime(): Continuous<Date | number> & { ticks(count: number): Date[] };
  export function scaleBand(): Band;
}
declare module 'd3-shape' {
  interface Path<T> { (data: readonly T[]): string | null; x(f: (d: T, i: number) => number): this; y(f: (d: T, i: number) => number): this; y0(v: number): this; y1(f: (d: T, i: number) => number): this }
  export function line<T>(): Path<T>;
  export function area<T>(): Path<T>;
  export type Layer = ArrayLike<[number, number]> & { key: number };
  export function stack<T>(): { (data: readonly T[]): Layer[]; keys(keys: readonly number[]): { (data: readonly T[]): Layer[]; value(f: (d: T, key: number) => number): { (data: readonly T[]): Layer[] } } };
}
