// The latent space: sampling, interpolation and arithmetic. A z is a Float32Array of nz numbers.

// Standard normal numbers from a seed: mulberry32 for uniform ones, Box and Muller's transform for normal ones.
export function sampleZ(seed, index, nz) {
  const uniform = mulberry32((seed >>> 0) * 65537 + index);
  const z = new Float32Array(nz);
  for (let i = 0; i < nz; i += 2) {
    const radius = Math.sqrt(-2 * Math.log(1 - uniform())), angle = 2 * Math.PI * uniform();
    z[i] = radius * Math.cos(angle);
    if (i + 1 < nz) z[i + 1] = radius * Math.sin(angle);
  }
  return z;
}

function mulberry32(state) {
  state >>>= 0;
  for (let i = 0; i < 4; i++) next();          // neighbouring seeds differ in few bits at first
  function next() {
    state = (state + 0x6D2B79F5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  }
  return next;
}

export function lerp(a, b, alpha) {
  return a.map((value, i) => (1 - alpha) * value + alpha * b[i]);
}

// Along the great circle through both directions; the length goes linearly from one to the other (White 2016, arXiv:1609.04468).
export function slerp(a, b, alpha) {
  const lengthA = Math.hypot(...a), lengthB = Math.hypot(...b);
  if (!lengthA || !lengthB) return lerp(a, b, alpha);
  let cosine = 0;
  for (let i = 0; i < a.length; i++) cosine += a[i] * b[i];
  const angle = Math.acos(Math.max(-1, Math.min(1, cosine / (lengthA * lengthB))));
  if (Math.sin(angle) < 1e-6) return lerp(a, b, alpha);
  const wantA = Math.sin((1 - alpha) * angle) / Math.sin(angle), wantB = Math.sin(alpha * angle) / Math.sin(angle);
  const length = (1 - alpha) * lengthA + alpha * lengthB;
  return a.map((value, i) => length * (wantA * value / lengthA + wantB * b[i] / lengthB));
}

// The mean of several z; of none, null.
export function mean(list) {
  if (!list.length) return null;
  return list[0].map((_, i) => list.reduce((sum, z) => sum + z[i], 0) / list.length);
}

// z plus the sum of strength * direction.
export function shifted(z, directions, strengths) {
  const moved = Float32Array.from(z);
  directions.forEach((direction, k) => {
    if (strengths[k]) for (let i = 0; i < moved.length; i++) moved[i] += strengths[k] * direction.vector[i];
  });
  return moved;
}
