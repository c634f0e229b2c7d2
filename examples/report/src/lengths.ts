// SPDX-License-Identifier: Apache-2.0

/** The smallest of 1, 2 and 5 times a power of ten that is at least `length`. */
export function niceLength(length: number): number {
  const power = 10 ** Math.floor(Math.log10(length));
  const first = [1, 2, 5].find((f) => f * power >= length * (1 - 1e-9)) ?? 10;
  return Number((first * power).toPrecision(1));
}

/** A time for reading. */
export function duration(seconds: number): string {
  const [unit, size] = seconds < 0.9995e-3 ? ["µs", 1e-6] : seconds < 0.9995 ? ["ms", 1e-3] : ["s", 1];
  return `${seconds < 999.5 ? Number((seconds / size).toPrecision(3)) : Math.round(seconds)} ${unit}`;
}

/** The ends of a range for reading, with as many places as its width needs. */
export function ends(low: number, high: number): [string, string] {
  const places = 2 - Math.floor(Math.log10(high - low));
  if (!(places >= 0 && places <= 6)) return [short(low), short(high)];
  return [low.toFixed(places), high.toFixed(places)];
}

/** A number for reading, with three digits that count. */
export function short(value: number | null): string {
  if (value === null) return "–";
  if (value !== 0 && (Math.abs(value) < 1e-3 || Math.abs(value) >= 1000)) return value.toExponential(2);
  return value.toPrecision(3);
}
