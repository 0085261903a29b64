"""The texts from which the search page shows the words around a match.

Sphinx's own search page would fetch each page that it found, which a browser does not allow a page from the disk.
"""
import json
from html.parser import HTMLParser

SKIPPED = ('script', 'style', 'svg', 'button')


class _Article(HTMLParser):
    """The text of the article of a page."""

    def __init__(self):
        super().__init__()
        self.parts, self._inside, self._skipped = [], False, 0

    def handle_starttag(self, tag, attributes):
        self._inside |= tag == 'article'
        self._skipped += tag in SKIPPED

    def handle_endtag(self, tag):
        self._inside &= tag != 'article'
        self._skipped -= tag in SKIPPED

    def handle_data(self, data):
        if self._inside and not self._skipped:
            self.parts.append(data)


def write_texts(site, pages):
    """Write ``_static/texts.js``, which ``static/excerpts.js`` reads.

    Parameters
    ----------
    site : pathlib.Path
        The built site.
    pages : iterable of pathlib.PurePosixPath
        The pages that the search can find, relative to the site, with any suffix.
    """
    texts = {}
    for page in pages:
        name = str(page.with_suffix('.html'))
        article = _Article()
        article.feed((site / name).read_text(encoding='utf-8'))
        texts[name] = ' '.join(''.join(article.parts).replace('#\n', '\n').split())
    (site / '_static' / 'texts.js').write_text(f'window.siteTexts = {json.dumps(texts, ensure_ascii=False)};\n',
                                               encoding='utf-8')
