// An animated GIF (GIF89a) of frames of one size, with one palette for all of them.

export function gif(frames, delay = 8) {
  const { width, height } = frames[0], { palette, index } = quantize(frames), bytes = [];
  const word = (value) => bytes.push(value & 255, value >> 8);
  const text = (value) => { for (const letter of value) bytes.push(letter.charCodeAt(0)); };
  text('GIF89a');
  word(width); word(height);
  bytes.push(0xF7, 0, 0);                       // a global palette of 256 colours
  for (let i = 0; i < 256; i++) bytes.push(...(palette[i] || [0, 0, 0]));
  bytes.push(0x21, 0xFF, 11); text('NETSCAPE2.0'); bytes.push(3, 1, 0, 0, 0);        // repeat for ever
  for (const frame of frames) {
    bytes.push(0x21, 0xF9, 4, 0); word(delay); bytes.push(0, 0);
    bytes.push(0x2C, 0, 0, 0, 0); word(width); word(height); bytes.push(0);
    bytes.push(8);
    const packed = lzw(index(frame));
    for (let i = 0; i < packed.length; i += 255) {
      const block = packed.slice(i, i + 255);
      bytes.push(block.length, ...block);
    }
    bytes.push(0);
  }
  bytes.push(0x3B);
  return new Uint8Array(bytes);
}

// Median cut: the box of colours with the widest side is halved at its median until there are 256.
function quantize(frames) {
  const counts = new Map();
  for (const { data } of frames) {
    for (let i = 0; i < data.length; i += 4) {
      const key = (data[i] >> 2 << 12) | (data[i + 1] >> 2 << 6) | data[i + 2] >> 2;
      const entry = counts.get(key) || [0, 0, 0, 0];
      entry[0]++; entry[1] += data[i]; entry[2] += data[i + 1]; entry[3] += data[i + 2];
      counts.set(key, entry);
    }
  }
  const colours = [...counts.entries()].map(([key, [n, r, g, b]]) => ({ key, n, c: [r / n, g / n, b / n] }));
  let boxes = [colours];
  while (boxes.length < 256) {
    let best = -1, widest = 0, axis = 0;
    boxes.forEach((box, i) => {
      for (let c = 0; c < 3; c++) {
        const values = box.map((colour) => colour.c[c]);
        const width = box.length < 2 ? 0 : (Math.max(...values) - Math.min(...values)) * Math.sqrt(box.length);
        if (width > widest) { widest = width; best = i; axis = c; }
      }
    });
    if (best < 0) break;
    const box = boxes[best].sort((p, q) => p.c[axis] - q.c[axis]), middle = box.length >> 1;
    boxes.splice(best, 1, box.slice(0, middle), box.slice(middle));
  }
  const places = new Map(), palette = boxes.map((box, place) => {
    const n = box.reduce((sum, colour) => sum + colour.n, 0);
    box.forEach((colour) => places.set(colour.key, place));
    return [0, 1, 2].map((c) => Math.round(box.reduce((sum, colour) => sum + colour.n * colour.c[c], 0) / n));
  });
  const index = ({ data }) => {
    const pixels = new Uint8Array(data.length / 4);
    for (let i = 0; i < pixels.length; i++) {
      pixels[i] = places.get((data[4 * i] >> 2 << 12) | (data[4 * i + 1] >> 2 << 6) | data[4 * i + 2] >> 2);
    }
    return pixels;
  };
  return { palette, index };
}

// GIF's variant of LZW, with codes of 9 to 12 bits and a reset when the table is full.
function lzw(pixels) {
  const CLEAR = 256, END = 257, out = [];
  let table = new Map(), next = 258, width = 9, buffer = 0, bits = 0;
  const emit = (code) => {
    buffer |= code << bits;
    bits += width;
    while (bits >= 8) { out.push(buffer & 255); buffer >>>= 8; bits -= 8; }
  };
  emit(CLEAR);
  let prefix = pixels[0];
  for (let i = 1; i < pixels.length; i++) {
    const key = prefix * 256 + pixels[i];
    if (table.has(key)) { prefix = table.get(key); continue; }
    emit(prefix);
    if (next < 4096) {
      if (next === 1 << width) width++;
      table.set(key, next++);
    } else {
      emit(CLEAR);
      table = new Map(); next = 258; width = 9;
    }
    prefix = pixels[i];
  }
  emit(prefix);
  if (next === 1 << width && width < 12) width++;
  emit(END);
  if (bits) out.push(buffer & 255);
  return out;
}
