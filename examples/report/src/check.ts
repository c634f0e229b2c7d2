// SPDX-License-Identifier: Apache-2.0
// Reads values of unknown JSON. What is not as wanted is an error that names its place.

export class BadData extends Error {}

function described(value: unknown): string {
  if (value === undefined) return "nothing";
  if (Array.isArray(value)) return `a list of ${value.length}`;
  if (value !== null && typeof value === "object") return "an object";
  const text = JSON.stringify(value);
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}

export function refuse(place: string, wanted: string, value: unknown): never {
  throw new BadData(`${place}: wanted ${wanted}, got ${described(value)}`);
}

export type Fields = Record<string, unknown>;

export function fields(value: unknown, place: string): Fields {
  if (value === null || typeof value !== "object" || Array.isArray(value)) refuse(place, "an object", value);
  return value as Fields;
}

/** A list, each element read by `read`. */
export function list<T>(value: unknown, place: string, read: (v: unknown, place: string) => T, most = 10000): T[] {
  if (!Array.isArray(value)) refuse(place, "a list", value);
  if (value.length > most) refuse(place, `at most ${most} elements`, value);
  return value.map((element, i) => read(element, `${place}[${i}]`));
}

export function text(value: unknown, place: string): string {
  if (typeof value !== "string") refuse(place, "a text", value);
  return value;
}

export function number(value: unknown, place: string): number {
  if (typeof value !== "number" || !Number.isFinite(value)) refuse(place, "a number", value);
  return value;
}

export function numberOrNull(value: unknown, place: string): number | null {
  return value === null ? null : number(value, place);
}

export function count(value: unknown, place: string): number {
  const n = number(value, place);
  if (!Number.isInteger(n) || n < 0) refuse(place, "a whole number from 0", value);
  return n;
}

export function flag(value: unknown, place: string): boolean {
  if (typeof value !== "boolean") refuse(place, "true or false", value);
  return value;
}

export type Vector = [number, number, number];
export type Quaternion = [number, number, number, number];

function numbers(value: unknown, place: string, size: number): number[] {
  const values = list(value, place, number, size);
  if (values.length !== size) refuse(place, `${size} numbers`, value);
  if (values.some((v) => Math.abs(v) > 1e9)) refuse(place, "numbers within ±1e9", Math.max(...values.map(Math.abs)));
  return values;
}

export function vector(value: unknown, place: string): Vector {
  return numbers(value, place, 3) as Vector;
}

/** x, y, z, w, brought to length 1. */
export function quaternion(value: unknown, place: string): Quaternion {
  const q = numbers(value, place, 4);
  const length = Math.hypot(...q);
  if (Math.abs(length - 1) > 0.01) refuse(place, "a quaternion of length 1", length);
  return q.map((v) => v / length) as Quaternion;
}

/** The bytes of base64 text. `size`, where given, is how many are wanted. */
export function bytes(value: unknown, place: string, size?: number): ArrayBuffer {
  let raw: string;
  try {
    raw = atob(text(value, place));
  } catch (error) {
    if (error instanceof BadData) throw error;
    return refuse(place, "base64", value);
  }
  if (size !== undefined && raw.length !== size) refuse(place, `${size} bytes`, raw.length);
  const result = new Uint8Array(raw.length);
  for (let i = 0; i < raw.length; ++i) result[i] = raw.charCodeAt(i);
  return result.buffer;
}
