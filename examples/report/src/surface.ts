// SPDX-License-Identifier: Apache-2.0
// What a cloud's points say of the surface they lie on.

export interface Surface {
  /** The normal at each point, up to its sign. */
  normals: Float32Array;
  /** The median distance of a point to the one next to it. */
  spacing: number;
}

/**
 * Calls `visit` for each point with those that may be within `reach` of it: the points in its cell of a cube grid and
 * in the 26 about it. Of a crowded cell these are only some, so that a bad cloud costs no more than a good one.
 */
function forEachNeighborhood(
  xyz: Float32Array, reach: number, visit: (i: number, near: number[]) => void,
): void {
  const cells = new Map<number, { points: number[]; place: number[] }>();
  const key = (x: number, y: number, z: number) => (x * 65536 + y) * 65536 + z;
  for (let i = 0; i < xyz.length / 3; ++i) {
    const place = [0, 1, 2].map((axis) => Math.floor(xyz[3 * i + axis] / reach));
    const cell = cells.get(key(place[0], place[1], place[2]));
    if (cell) cell.points.push(i);
    else cells.set(key(place[0], place[1], place[2]), { points: [i], place });
  }
  for (const { points, place: [x, y, z] } of cells.values()) {
    const near: number[] = [];
    for (let dx = -1; dx <= 1; ++dx)
      for (let dy = -1; dy <= 1; ++dy)
        for (let dz = -1; dz <= 1; ++dz) {
          const cell = cells.get(key(x + dx, y + dy, z + dz));
          if (cell) near.push(...cell.points.slice(0, 64));
        }
    for (const i of points) visit(i, near);
  }
}

/** The direction in which a covariance (xx, xy, xz, yy, yz, zz) is least: power iteration on trace − covariance. */
function flattest(c: number[]): [number, number, number] {
  const trace = c[0] + c[3] + c[5];
  let x = 0.48;
  let y = 0.6;
  let z = 0.64;
  for (let step = 0; step < 12; ++step) {
    const u = trace * x - (c[0] * x + c[1] * y + c[2] * z);
    const v = trace * y - (c[1] * x + c[3] * y + c[4] * z);
    const w = trace * z - (c[2] * x + c[4] * y + c[5] * z);
    const length = Math.hypot(u, v, w);
    if (!(length > 1e-9 * trace)) break; // the points lie on a line along it
    x = u / length;
    y = v / length;
    z = w / length;
  }
  return [x, y, z];
}

function extent(xyz: Float32Array): number {
  const low = [Infinity, Infinity, Infinity];
  const high = [-Infinity, -Infinity, -Infinity];
  xyz.forEach((v, i) => {
    low[i % 3] = Math.min(low[i % 3], v);
    high[i % 3] = Math.max(high[i % 3], v);
  });
  return Math.hypot(high[0] - low[0], high[1] - low[1], high[2] - low[2]);
}

export function surface(xyz: Float32Array): Surface {
  const points = xyz.length / 3;
  // A closed surface of diagonal d has an area of about d²: then some ten points are within this reach of each.
  const reach = extent(xyz) * Math.sqrt(4 / points) || 1;
  const normals = new Float32Array(xyz.length);
  const nearest = new Float32Array(points);
  forEachNeighborhood(xyz, reach, (i, near) => {
    const c = [0, 0, 0, 0, 0, 0];
    let least = Infinity;
    for (const j of near) {
      const u = xyz[3 * j] - xyz[3 * i];
      const v = xyz[3 * j + 1] - xyz[3 * i + 1];
      const w = xyz[3 * j + 2] - xyz[3 * i + 2];
      const square = u * u + v * v + w * w;
      if (j === i || square > reach * reach) continue;
      least = Math.min(least, square);
      const weight = 1 - square / (reach * reach);
      c[0] += weight * u * u;
      c[1] += weight * u * v;
      c[2] += weight * u * w;
      c[3] += weight * v * v;
      c[4] += weight * v * w;
      c[5] += weight * w * w;
    }
    normals.set(flattest(c), 3 * i);
    nearest[i] = least === Infinity ? reach : Math.sqrt(least);
  });
  return { normals, spacing: nearest.sort()[points >> 1] ?? 0 };
}
