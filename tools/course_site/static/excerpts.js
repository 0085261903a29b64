// Below each result of the search page: the words around the first match. texts.js holds the text of each page.
addEventListener('DOMContentLoaded', () => {
  const words = (new URLSearchParams(location.search).get('q') || '').toLowerCase().split(/\s+/).filter(Boolean);
  const results = document.getElementById('search-results');
  if (!results || !words.length) return;

  const excerpt = text => {
    const lower = text.toLowerCase();
    const found = words.flatMap(word => [word, word.slice(0, Math.max(4, word.length - 3))])
      .map(word => lower.indexOf(word)).find(at => at >= 0);
    if (found === undefined) return '';
    const from = found < 80 ? 0 : text.indexOf(' ', found - 80) + 1;
    const to = text.lastIndexOf(' ', found + 160);
    return (from ? '… ' : '') + text.slice(from, to > found ? to : found + 160) + (to < text.length - 1 ? ' …' : '');
  };
  const show = item => {
    item.dataset.excerpt = '';
    const link = item.querySelector('a');
    const text = link && window.siteTexts[link.getAttribute('href').replace(/[?#].*/, '')];
    const words = text ? excerpt(text) : '';
    if (words) item.appendChild(Object.assign(document.createElement('p'), { className: 'context', textContent: words }));
  };
  const all = () => results.querySelectorAll('li:not([data-excerpt])').forEach(show);
  new MutationObserver(all).observe(results, { childList: true, subtree: true });
  all();
});
