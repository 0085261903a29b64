// Image translation: an image of the user's, resized to what the network takes, and what both generators make of it.
import { Model, fromImageData, show, toImageData } from './model.js';

export async function translate(settings) {
  const { size, channels, domains } = settings;
  const models = { ab: await Model.load(settings.files.ab), ba: await Model.load(settings.files.ba) };
  document.getElementById('translator').hidden = false;
  const drop = document.getElementById('drop'), input = document.getElementById('picture'), status = document.getElementById('status');
  document.getElementById('choose').addEventListener('click', () => input.click());
  input.addEventListener('change', () => input.files[0] && read(input.files[0]));
  for (const type of ['dragover', 'dragleave', 'drop']) {
    drop.addEventListener(type, (event) => {
      event.preventDefault();
      drop.classList.toggle('over', type === 'dragover');
      if (type === 'drop' && event.dataTransfer.files[0]) read(event.dataTransfer.files[0]);
    });
  }

  async function read(file) {
    try {
      status.textContent = '';
      await both(await square(file));
    } catch (error) {
      status.textContent = `${file.name} cannot be read as an image (${error.message}).`;
    }
  }

  // The largest square in the middle, resized.
  async function square(file) {
    const bitmap = await createImageBitmap(file), side = Math.min(bitmap.width, bitmap.height);
    const canvas = document.createElement('canvas');
    canvas.width = canvas.height = size;
    const context = canvas.getContext('2d', { willReadFrequently: true });
    context.imageSmoothingQuality = 'high';
    context.drawImage(bitmap, (bitmap.width - side) / 2, (bitmap.height - side) / 2, side, side, 0, 0, size, size);
    return fromImageData(context.getImageData(0, 0, size, size), channels);
  }

  async function both(data) {
    const dims = [1, channels, size, size], run = async (way, image) => (await models[way].run({ image: { data: image, dims } })).data;
    const started = performance.now();
    const toB = await run('ab', data), toA = await run('ba', data);
    const images = [['your image', data], [`as ${domains[1]}`, toB], [`as ${domains[0]}`, toA],
      [`as ${domains[1]} and back`, await run('ba', toB)], [`as ${domains[0]} and back`, await run('ab', toA)]];
    document.getElementById('results').replaceChildren(...images.map(([title, values]) => figure(title, toImageData(values, channels, size))));
    document.body.dataset.milliseconds = performance.now() - started;
    return images.map(([, values]) => values);
  }

  function figure(title, image) {
    const made = document.createElement('figure'), canvas = document.createElement('canvas'), caption = document.createElement('figcaption');
    show(canvas, image);
    canvas.setAttribute('role', 'img');
    canvas.setAttribute('aria-label', title);
    caption.textContent = title;
    made.append(canvas, caption);
    return made;
  }

  window.explorer = { settings, both };
}
