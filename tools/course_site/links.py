"""Links of the repository as links of the site.

On the site, a link to a page leads to a page, a link to a source file or a folder leads to a page that shows it, and
any other file is copied.
"""
import posixpath
import re
from pathlib import PurePosixPath

SHOWN = {'.py': 'python', '.sh': 'bash', '.json': 'json', '.yml': 'yaml', '.toml': 'toml', '.txt': 'text', '': 'text'}
LONGEST = 50_000    # bytes of a source file that is shown on a page; a longer one is a download
LARGEST = 1_000_000  # bytes of a file that the page of a folder links to; a larger one is only named
CODE = re.compile(r'^[ >]*(```+|~~~+)[^\n]*\n.*?^[ >]*\1[`~]*[ \t]*$|(?<!`)(`+)(?!`)[^\n]*?(?<!`)\2(?!`)', re.M | re.S)
MARKDOWN = re.compile(r'(?P<before>\]\()(?P<target>[^)\s]+)(?P<after>(?:\s+"[^"]*")?\))')
HTML = re.compile(r'(?P<before>\b(?:src|href)=")(?P<target>[^"]+)(?P<after>")')


class Links:
    """The links of all pages, rewritten page by page.

    Parameters
    ----------
    root : pathlib.Path
        The checkout.
    pages : iterable of pathlib.PurePosixPath
        The pages of the site, relative to ``root``.

    Attributes
    ----------
    files : set of pathlib.PurePosixPath
        The files that the pages need beside them: images and downloads.
    raw : set of pathlib.PurePosixPath
        Those of them that HTML names, which the site needs under the same name.
    shown : set of pathlib.PurePosixPath
        The source files and folders that need a page.
    """

    def __init__(self, root, pages):
        self.root, self.pages = root, set(pages)
        self.files, self.raw, self.shown = set(), set(), set()

    def rewrite(self, page, text):
        """str: the Markdown of a page with its links rewritten; code is left as it is."""
        parts, end = [], 0
        for code in CODE.finditer(text):
            parts += [self._prose(page, text[end:code.start()]), code.group()]
            end = code.end()
        return ''.join([*parts, self._prose(page, text[end:])])

    def show(self, path):
        """pathlib.PurePosixPath: the page that shows a source file or a folder; it is noted in ``shown``."""
        self.shown.add(path)
        return PurePosixPath('source', path, 'index.md') if (self.root / path).is_dir() else \
            PurePosixPath('source', f'{path}.md')

    def _prose(self, page, text):
        text = MARKDOWN.sub(lambda link: self._link(page, link, html=False), text)
        return HTML.sub(lambda link: self._link(page, link, html=True), text)

    def _link(self, page, link, html):
        name, hash_, anchor = link['target'].partition('#')
        if re.match(r'[a-z][a-z0-9+.-]*:|//', name, re.I):
            return link.group()
        # GitHub's anchors are lower case without punctuation; Jupyter's keep both.
        end = hash_ + re.sub(r'[^\w-]', '', anchor.lower()) + link['after']
        if not name:
            return link['before'] + end
        target = PurePosixPath(posixpath.normpath(page.parent / name))
        path = self.root / target
        if target.parts[0] == '..' or not path.exists():
            return link.group()     # Sphinx names it in its message
        if path.is_dir() and target / 'README.md' in self.pages:
            target /= 'README.md'
        if target in self.pages:
            name = target.with_suffix('.html') if html else target
        elif path.is_dir() or (is_shown(path) and not link['before'].startswith('src')):
            name = self.show(target)
            name = name.with_suffix('.html') if html else name
        else:
            (self.raw if html else self.files).add(target)
            if link['before'].startswith('src'):
                self.files.add(target)      # <img> alone becomes an image of Markdown
            name = target
        return link['before'] + posixpath.relpath(name, page.parent) + end


def is_shown(path):
    """bool: whether a source file gets a page of its own instead of a download."""
    return path.suffix in SHOWN and path.stat().st_size <= LONGEST


def source_page(links, path):
    """str: the Markdown of a page that shows a source file or lists the files of a folder."""
    head = f'---\norphan: true\nnosearch: true\n---\n\n# {path}\n\n'
    full = links.root / path
    if full.is_dir():
        return head + _listing(links, path)
    text = full.read_text()
    fence = '`' * (max(map(len, re.findall('`+', text)), default=2) + 3)
    return f'{head}{fence}{SHOWN[full.suffix]}\n{text.rstrip()}\n{fence}\n'


def _listing(links, folder):
    """str: the files below a folder, with their sizes."""
    here = PurePosixPath('source', folder)
    rows = ['| file | bytes |', '|---|---:|']
    for path in sorted((links.root / folder).rglob('*')):
        name = path.relative_to(links.root / folder)
        if path.is_dir() or any(part.startswith(('.', '__')) for part in name.parts):
            continue
        target, size = PurePosixPath(folder, name.as_posix()), path.stat().st_size
        if target in links.pages:
            shown = f'[{name}]({posixpath.relpath(target, here)})'
        elif is_shown(path):
            shown = f'[{name}]({posixpath.relpath(links.show(target), here)})'
        elif size <= LARGEST:
            links.files.add(target)
            shown = f'[{name}]({posixpath.relpath(target, here)})'
        else:
            shown = f'`{name}`'
        rows.append(f'| {shown} | {size:,} |')
    return '\n'.join(rows) + '\n'
