"""Check a built site: links, anchors, and that nothing is loaded from another host."""
import posixpath
import re
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

LOADED = {('script', 'src'), ('img', 'src'), ('source', 'src'), ('video', 'src'), ('audio', 'src'), ('iframe', 'src'),
          ('embed', 'src'), ('object', 'data'), ('image', 'href'), ('video', 'poster'), ('input', 'src')}
STYLE_URL = re.compile(r'''(?:url\(\s*|@import\s+)["']?([^"')\s;]+)''')


class _Page(HTMLParser):
    """The anchors of a page, the addresses that it links to, and those that it loads."""

    def __init__(self):
        super().__init__()
        self.anchors, self.links, self.loaded = set(), [], []
        self._style = False

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        self.anchors |= {attributes[key] for key in ('id', 'name') if attributes.get(key)}
        self._style = tag == 'style'
        for key in ('href', 'src', 'data', 'poster', 'xlink:href'):
            value = attributes.get(key)
            if value is None or (key == 'data' and tag != 'object'):
                continue
            loads = (tag, key) in LOADED or (tag == 'link' and attributes.get('rel') not in
                                             ('next', 'prev', 'canonical', 'index', 'search'))
            (self.loaded if loads else self.links).append(value)
        for value in attributes.get('srcset', '').split(','):
            self.loaded += value.split()[:1]
        self.loaded += STYLE_URL.findall(attributes.get('style') or '')

    def handle_data(self, data):
        if self._style:
            self.loaded += STYLE_URL.findall(data)

    def handle_endtag(self, tag):
        self._style = False


@cache
def _read(path):
    page = _Page()
    page.feed(path.read_text(encoding='utf-8'))
    return page


def problems(site):
    """What does not hold on a site.

    Parameters
    ----------
    site : path-like
        The folder of the site.

    Returns
    -------
    list of str
        One line for each link without a target, and for each script, style, font or image from another host.
    """
    site = Path(site).resolve()
    _read.cache_clear()
    found = []
    for path in sorted(site.rglob('*.html')):
        page = _read(path)
        here = path.relative_to(site)
        found += [f'{here}: {target}: {problem}' for target in sorted({*page.links, *page.loaded})
                  if (problem := _broken(site, path, target))]
        found += [f'{here}: {target}: loaded from another host' for target in sorted(set(page.loaded))
                  if urlsplit(target).netloc]
    for path in sorted(site.rglob('*.css')):
        for target in sorted(set(STYLE_URL.findall(path.read_text(encoding='utf-8')))):
            problem = 'loaded from another host' if urlsplit(target).netloc else _broken(site, path, target)
            found += [f'{path.relative_to(site)}: {target}: {problem}'] if problem else []
    return found


def _broken(site, path, target):
    """str: why a relative address on a page leads nowhere; empty if it leads somewhere."""
    parts = urlsplit(target)
    if parts.scheme or parts.netloc:
        return ''
    if parts.path.startswith('/'):
        return 'absolute, so it does not hold from the disk'
    name = posixpath.normpath(path.parent / unquote(parts.path)) if parts.path else path
    file = Path(name)
    if site not in file.parents:
        return 'leads out of the site'
    if not file.is_file():
        return 'there is no such file'
    anchor = unquote(parts.fragment)
    if anchor and file.suffix == '.html' and anchor not in _read(file).anchors:
        return 'there is no such anchor'
    return ''
