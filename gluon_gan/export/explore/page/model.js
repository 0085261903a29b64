// The network: an ONNX file run by onnxruntime-web, which index.html has loaded as the global `ort`.

export class Model {
  static async load(url) {
    ort.env.wasm.numThreads = 1;                // several threads need headers that a plain web server does not send
    ort.env.wasm.wasmPaths = new URL('.', document.baseURI).href;
    ort.env.logLevel = 'error';
    const response = await fetch(url);
    if (!response.ok) throw new Error(`${url}: ${response.status} ${response.statusText}`);
    const session = await ort.InferenceSession.create(await response.arrayBuffer(), { executionProviders: ['wasm'] });
    return new Model(session);
  }

  constructor(session) {
    this.session = session;
    this.last = Promise.resolve();
  }

  // Output values for inputs by name, each { data: Float32Array, dims: [N, ...] }. Calls run one after the other: a session cannot run two.
  run(inputs) {
    const feeds = {};
    for (const [name, { data, dims }] of Object.entries(inputs)) feeds[name] = new ort.Tensor('float32', data, dims);
    const result = this.last.then(async () => {
      const outputs = await this.session.run(feeds);
      const output = outputs[this.session.outputNames[0]];
      return { data: output.data, dims: output.dims };
    });
    this.last = result.catch(() => {});
    return result;
  }
}

// An image (C, H, W) in [-1, 1] as ImageData: levels are rounded as Python's, (x + 1) * 127.5.
export function toImageData(data, channels, size, offset = 0) {
  const image = new ImageData(size, size), plane = size * size;
  for (let i = 0; i < plane; i++) {
    for (let c = 0; c < 3; c++) {
      const value = data[offset + (channels === 1 ? 0 : c) * plane + i];
      image.data[4 * i + c] = Math.round(Math.max(0, Math.min(255, (value + 1) * 127.5)));
    }
    image.data[4 * i + 3] = 255;
  }
  return image;
}

// ImageData of size x size as (channels, size, size) in [-1, 1].
export function fromImageData(image, channels) {
  const plane = image.width * image.height, data = new Float32Array(channels * plane);
  for (let i = 0; i < plane; i++) {
    const [r, g, b] = image.data.subarray(4 * i, 4 * i + 3);
    if (channels === 1) data[i] = (0.299 * r + 0.587 * g + 0.114 * b) / 127.5 - 1;
    else [r, g, b].forEach((level, c) => { data[c * plane + i] = level / 127.5 - 1; });
  }
  return data;
}

export function show(canvas, image) {
  canvas.width = image.width;
  canvas.height = image.height;
  canvas.getContext('2d').putImageData(image, 0, 0);
}
