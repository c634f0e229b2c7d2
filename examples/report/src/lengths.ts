// SPDX-License-Identifier: Apache-2.0

/** The smallest of 1, 2 and 5 times a power of ten that is at least `length`. */
export function niceLength(length: number): number {
  const power = 10 ** Math.floor(Math.log10(length));
  const first = [1, 2, 5].find((f) => f * power >= length * (1 - 1e-9)) ?? 10;
  return Number((first * power).toPrecision(1));
}

/** A time for reading. */
export function duration(seconds: number): string {
  if (seconds < 0.9995) return `${Number((1000 * seconds).toPrecision(3))} ms`;
  return `${seconds.toPrecision(3)} s`;
}

/** A number for reading, with three digits that count. */
export function short(value: number | null): string {
  if (value === null) return "–";
  if (value !== 0 && (Math.abs(value) < 1e-3 || Math.abs(value) >= 1000)) return value.toExponential(2);
  return value.toPrecision(3);
}
