// Explore a generator: samples by seed, morphs, directions, arithmetic and single dimensions of z.
import { gif } from './gif.js';
import { lerp, mean, sampleZ, shifted, slerp } from './latent.js';
import { Model, show, toImageData } from './model.js';

const COUNT = 36, BATCH = 6, DIMENSIONS = 8, FRAMES = 24;
const byId = (id) => document.getElementById(id);

export async function explore(settings) {
  const { size, channels, nz, classes } = settings, directions = settings.directions || [];
  const model = await Model.load(settings.files.generator);
  const state = {
    seed: 1, label: 0, samples: [], selected: [], z: sampleZ(1, 0, nz), strengths: directions.map(() => 0),
    terms: { a: [], b: [], c: [] }, rendered: 0, filling: 0,
  };
  byId('generator').hidden = false;

  // --- computing

  async function generate(list, label = state.label) {
    const inputs = { z: { data: Float32Array.from(list.flatMap((z) => [...z])), dims: [list.length, nz] } };
    if (classes) inputs.labels = { data: new Float32Array(list.length).fill(label), dims: [list.length] };
    const { data } = await model.run(inputs);
    return list.map((_, i) => toImageData(data, channels, size, i * channels * size * size));
  }

  const current = () => shifted(state.z, directions, state.strengths);

  // Draws the current z. While one image is computed, later changes wait and only the last of them is drawn.
  let busy = false, again = false;
  async function draw() {
    if (busy) { again = true; return; }
    busy = true;
    do {
      again = false;
      const started = performance.now();
      const [image] = await generate([current()]);
      show(byId('current'), image);
      state.rendered++;
      byId('time').textContent = `${(performance.now() - started).toFixed(0)} ms`;
    } while (again);
    busy = false;
  }

  async function fill() {
    const turn = ++state.filling, seed = state.seed;
    state.samples = Array.from({ length: COUNT }, (_, i) => sampleZ(seed, i, nz));
    for (let i = 0; i < COUNT; i += BATCH) {
      const images = await generate(state.samples.slice(i, i + BATCH));
      if (turn !== state.filling) return;       // another seed has been asked for meanwhile
      images.forEach((image, k) => show(cells[i + k].firstChild, image));
    }
    byId('grid').dataset.seed = seed;
  }

  function setZ(z) {
    state.z = Float32Array.from(z);
    state.strengths.fill(0);
    sliders();
    return draw();
  }

  // --- samples

  const cells = Array.from({ length: COUNT }, (_, i) => {
    const cell = document.createElement('button'), canvas = document.createElement('canvas');
    canvas.width = canvas.height = size;
    cell.type = 'button';
    cell.className = 'sample';
    cell.draggable = true;
    cell.setAttribute('role', 'gridcell');
    cell.setAttribute('aria-label', `Sample ${i + 1}`);
    cell.setAttribute('aria-selected', 'false');
    cell.tabIndex = i ? -1 : 0;
    cell.append(canvas);
    cell.addEventListener('click', () => select(i));
    cell.addEventListener('keydown', (event) => key(event, i));
    cell.addEventListener('dragstart', (event) => event.dataTransfer.setData('text/plain', String(i)));
    return cell;
  });
  byId('grid').append(...cells);

  function key(event, i) {
    const columns = getComputedStyle(byId('grid')).gridTemplateColumns.split(' ').length;
    const step = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -columns, ArrowDown: columns }[event.key];
    const term = { a: 'a', b: 'b', c: 'c' }[event.key.toLowerCase()];
    if (step && cells[i + step]) {
      event.preventDefault();
      cells[i].tabIndex = -1;
      cells[i + step].tabIndex = 0;
      cells[i + step].focus();
    } else if (term && !event.ctrlKey && !event.metaKey && !event.altKey) {
      addTo(term, i);
    }
  }

  function select(i) {
    state.selected = state.selected.length === 1 && state.selected[0].index !== i ? [...state.selected, { index: i, z: state.samples[i] }]
      : [{ index: i, z: state.samples[i] }];
    const chosen = state.selected.map(({ index }) => index);
    cells.forEach((cell, k) => cell.setAttribute('aria-selected', String(chosen.includes(k))));
    const pair = state.selected.length === 2;
    byId('alpha').disabled = !pair;
    byId('alpha').value = 0;
    byId('pair').textContent = pair ? `From sample ${chosen[0] + 1} to sample ${chosen[1] + 1}.` : 'Select one more sample to morph into it.';
    byId('alpha-value').textContent = '0.00';
    setZ(state.selected[0].z);
  }

  function morph(alpha) {
    const path = document.querySelector('input[name=path]:checked').value === 'lerp' ? lerp : slerp;
    return path(state.selected[0].z, state.selected[1].z, alpha);
  }

  function scrub() {
    if (state.selected.length < 2) return;
    const alpha = Number(byId('alpha').value);
    byId('alpha-value').textContent = alpha.toFixed(2);
    setZ(morph(alpha));
  }
  byId('alpha').addEventListener('input', scrub);
  document.querySelectorAll('input[name=path]').forEach((choice) => choice.addEventListener('change', scrub));

  function seed(value) {
    state.seed = Math.max(0, Math.min(4294967295, Math.floor(Number(value)) || 0));
    byId('seed').value = state.seed;
    state.selected = [];
    cells.forEach((cell) => cell.setAttribute('aria-selected', 'false'));
    byId('alpha').disabled = true;
    byId('pair').textContent = 'Select two samples.';
    return fill();
  }
  byId('seed').addEventListener('change', () => seed(byId('seed').value));
  byId('previous').addEventListener('click', () => seed(state.seed - 1));
  byId('next').addEventListener('click', () => seed(state.seed + 1));

  if (classes) {
    byId('class-row').hidden = false;
    byId('class').append(...Array.from({ length: classes }, (_, k) => new Option(settings.class_names?.[k] ?? k, k)));
    byId('class').addEventListener('change', () => { state.label = Number(byId('class').value); fill(); draw(); });
  }

  // --- sliders

  function slider(name, value, change) {
    const row = document.createElement('label'), title = document.createElement('span'), input = document.createElement('input');
    const output = document.createElement('output');
    row.className = 'slider';
    title.textContent = name;
    Object.assign(input, { type: 'range', min: -3, max: 3, step: 0.05 });
    input.value = value;
    output.textContent = value.toFixed(2);
    input.addEventListener('input', () => {
      output.textContent = Number(input.value).toFixed(2);
      change(Number(input.value));
      draw();
    });
    row.append(title, input, output);
    return row;
  }

  function sliders() {
    const first = Math.max(0, Math.min(nz - 1, Math.floor(Number(byId('first').value)) || 0));
    const rows = Array.from({ length: Math.min(DIMENSIONS, nz - first) }, (_, k) =>
      slider(`z[${first + k}]`, state.z[first + k], (value) => { state.z[first + k] = value; }));
    byId('dimensions').replaceChildren(...rows);
    byId('directions').replaceChildren(...directions.map(({ name }, k) =>
      slider(name, state.strengths[k], (value) => { state.strengths[k] = value; })));
  }
  byId('first').max = nz - 1;
  byId('first').addEventListener('change', sliders);
  byId('reset').addEventListener('click', () => setZ(state.selected[0]?.z ?? state.samples[0]));
  byId('directions-box').hidden = !directions.length;

  // --- arithmetic

  for (const [term, sign] of [['a', ''], ['b', '−'], ['c', '+']]) {
    const row = document.createElement('div'), title = document.createElement('b'), add = document.createElement('button');
    row.className = 'term';
    row.id = `term-${term}`;
    row.setAttribute('role', 'list');
    row.setAttribute('aria-label', `Term ${term}`);
    title.textContent = `${sign}${term}`;
    add.type = 'button';
    add.textContent = 'Add';
    add.setAttribute('aria-label', `Add the selected sample to term ${term}`);
    add.addEventListener('click', () => state.selected.length && addTo(term, state.selected.at(-1).index));
    row.append(title, add);
    row.addEventListener('dragover', (event) => { event.preventDefault(); row.classList.add('over'); });
    row.addEventListener('dragleave', () => row.classList.remove('over'));
    row.addEventListener('drop', (event) => {
      event.preventDefault();
      row.classList.remove('over');
      const index = Number(event.dataTransfer.getData('text/plain'));
      if (Number.isInteger(index) && cells[index]) addTo(term, index);
    });
    byId('terms').append(row);
  }

  function addTo(term, index) {
    const chip = document.createElement('canvas'), z = state.samples[index];
    chip.className = 'chip';
    chip.width = chip.height = size;
    chip.getContext('2d').drawImage(cells[index].firstChild, 0, 0);
    chip.title = `Sample ${index + 1}: click to remove`;
    chip.setAttribute('role', 'listitem');
    state.terms[term].push(z);
    chip.addEventListener('click', () => {
      state.terms[term].splice(state.terms[term].indexOf(z), 1);
      chip.remove();
      ready();
    });
    byId(`term-${term}`).append(chip);
    ready();
  }

  function ready() {
    byId('compute').disabled = !state.terms.a.length;
  }
  byId('compute').addEventListener('click', () => {
    const [a, b, c] = ['a', 'b', 'c'].map((term) => mean(state.terms[term]));
    setZ(a.map((value, i) => value - (b ? b[i] : 0) + (c ? c[i] : 0)));
  });
  byId('clear').addEventListener('click', () => {
    for (const term of ['a', 'b', 'c']) {
      state.terms[term] = [];
      byId(`term-${term}`).querySelectorAll('.chip').forEach((chip) => chip.remove());
    }
    ready();
  });

  // --- files

  function download(blob, name) {
    const link = document.createElement('a');
    link.href = URL.createObjectURL(blob);
    link.download = name;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 1000);
  }
  byId('save-png').addEventListener('click', () => byId('current').toBlob((blob) => download(blob, `${settings.name}.png`)));
  const saved = () => ({ name: settings.name, z: [[...current()]], ...(classes ? { labels: [state.label] } : {}) });
  byId('save-z').addEventListener('click', () => download(new Blob([JSON.stringify(saved())], { type: 'application/json' }), `${settings.name}-z.json`));
  byId('load-z').addEventListener('click', () => byId('file-z').click());
  byId('file-z').addEventListener('change', async () => {
    try {
      const { z, labels } = JSON.parse(await byId('file-z').files[0].text());
      if (!Array.isArray(z?.[0]) || z[0].length !== nz || !z[0].every(Number.isFinite)) throw new Error(`it has no z of ${nz} numbers`);
      if (classes && Number.isInteger(labels?.[0]) && labels[0] < classes) byId('class').value = state.label = labels[0];
      byId('status').textContent = '';
      await setZ(z[0]);
    } catch (error) {
      byId('status').textContent = `This file cannot be used: ${error.message}.`;
    }
    byId('file-z').value = '';
  });

  // The morph there and back; without a pair, a turn of the current z around the origin and back to itself.
  async function frames() {
    const pair = state.selected.length === 2, start = current(), other = sampleZ(state.seed, COUNT, nz), list = [];
    for (let i = 0; i < FRAMES; i++) {
      const alpha = (1 - Math.cos(2 * Math.PI * i / FRAMES)) / 2;
      list.push(pair ? morph(alpha) : slerp(start, other, alpha));
    }
    const images = [];
    for (let i = 0; i < list.length; i += BATCH) images.push(...await generate(list.slice(i, i + BATCH)));
    return images;
  }
  byId('save-gif').addEventListener('click', async () => download(new Blob([gif(await frames())], { type: 'image/gif' }), `${settings.name}.gif`));

  sliders();
  await Promise.all([fill(), draw()]);
  window.explorer = {                            // for tests and the console
    settings, state, current, setZ,
    async pixels(z, label = 0) { return [...(await generate([Float32Array.from(z)], label))[0].data]; },
    async gif() { return gif(await frames()); },
  };
}
