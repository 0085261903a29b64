// What the page is for: the settings in model.json decide between a generator (noise to images) and a translator (images to images).
import { explore } from './generator.js';
import { translate } from './translator.js';

const status = document.getElementById('status');

async function main() {
  const response = await fetch('model.json');
  if (!response.ok) throw new Error(`model.json: ${response.status} ${response.statusText}`);
  const settings = await response.json();
  document.title = document.getElementById('name').textContent = settings.name;
  document.getElementById('about').textContent = settings.about;
  await (settings.kind === 'translator' ? translate : explore)(settings);
  document.body.dataset.ready = 'true';
}

main().catch((error) => {
  status.textContent = `The network could not be started: ${error.message}`;
  console.error(error);
});
