"""Make docs/architecture.svg from the imports of the package: python tools/architecture.py

A box is a subpackage or a module of the first level, a row is a level of levels.py, and an arrow is an import. Imports
that follow from other arrows are left out. Sizes are rounded to hundreds of lines, so that few changes need a new
picture. The same modules give the same bytes, and only the standard library is needed.
"""
from collections import defaultdict
from html import escape
from pathlib import Path

from levels import LEVEL, LEVELS, PACKAGE, graph, modules, unit

PICTURE = Path(__file__).resolve().parents[1] / 'docs' / 'architecture.svg'
WIDTH, BOX, HEIGHT, GAP, ROW, TOP = 1100, 190, 62, 20, 108, 20
STYLE = '''
.band { fill: #f3f5f8 } .box { fill: #ffffff; stroke: #8a94a3 }
.name { fill: #14202e; font-weight: bold; font-size: 15px }
.text { fill: #3c4856; font-size: 12px } .size { fill: #66707d; font-size: 11px; text-anchor: end }
.level { fill: #66707d; font-size: 12px; text-anchor: middle } .bar { fill: #3f7fc4 } .rest { fill: #dde3ea }
.edge { fill: none; stroke: #7b8794; stroke-width: 1.3 } .head { fill: #7b8794 } .page { fill: #ffffff }
@media (prefers-color-scheme: dark) {
.band { fill: #161c24 } .box { fill: #222b36; stroke: #66717f } .name { fill: #f0f4f8 } .text { fill: #c3ccd6 }
.size { fill: #97a2af } .level { fill: #97a2af } .bar { fill: #5d9fe3 } .rest { fill: #36414e }
.edge { stroke: #8894a2 } .head { fill: #8894a2 } .page { fill: #0d1117 }
}'''



def direct(edges):
    """The imports between units, without those that follow from others (the transitive reduction).

    Returns
    -------
    dict of str to list of str
    """
    between = {name: set() for name in LEVEL}
    for name, targets in edges.items():
        here = unit(name)
        between.setdefault(here, set()).update(
            there for there in map(unit, targets) if LEVEL.get(there, len(LEVELS)) < LEVEL.get(here, -1)
            and not (name.count('.') == 1 and there.startswith(f'{name.partition(".")[2]}.')))

    def below(name):
        return {lower for target in between[name] for lower in {target} | below(target)}
    return {name: sorted(targets - {lower for target in targets for lower in below(target)})
            for name, targets in between.items()}


def sizes(package):
    """dict of str to int: the lines of each unit, its ``__init__.py`` included."""
    lines = defaultdict(int)
    for name, path in modules(package).items():
        folder = '.'.join(path.relative_to(package).parent.parts)
        lines[folder if folder in LEVEL else unit(name)] += len(path.read_text().splitlines())
    return lines


def order(rows, links):
    """Sort each row so that few arrows cross.

    Sweeps down and up sort each row by the mean ranks of its neighbours; the order with the fewest crossings is kept.
    """
    near = neighbours(links)
    rank = {node: number for row in rows for number, node in enumerate(row)}
    best, fewest = rows, crossings(rows, links)
    for sweep in range(24):
        here = sweep % 2                      # even: by the row above; odd: by the row below
        rows = [list(row) for row in rows]
        for row in reversed(rows) if here else rows:
            wish = {node: sum(rank[other] for other in near[node][here]) / len(near[node][here])
                    if near[node][here] else rank[node] for node in row}
            row.sort(key=wish.get)
            rank.update({node: number for number, node in enumerate(row)})
        found = crossings(rows, links)
        if found < fewest:
            best, fewest = rows, found
    return best


def neighbours(links):
    """dict of node to (list, list): the nodes above and below each node."""
    near = defaultdict(lambda: ([], []))
    for upper, lower in links:
        near[upper][1].append(lower)
        near[lower][0].append(upper)
    return near


def crossings(rows, links):
    """int: how many pairs of arrows cross, with the rows in this order."""
    rank = {node: number for row in rows for number, node in enumerate(row)}
    level = {node: number for number, row in enumerate(rows) for node in row}
    return sum(level[a] == level[c] and (rank[a] - rank[c]) * (rank[b] - rank[d]) < 0
               for number, (a, b) in enumerate(links) for c, d in links[:number])


def arrange(rows, links):
    """Give every node a horizontal centre: near the mean of its neighbours, in the row's order and without overlap.

    Parameters
    ----------
    rows : list of list of hashable
        From top to bottom. A tuple is a bend of a long arrow; anything else is a box.
    links : list of tuple
        (upper node, lower node), always between adjacent rows.

    Returns
    -------
    dict of hashable to float
    """
    near = neighbours(links)
    space = {node: GAP if isinstance(node, tuple) else BOX + GAP for row in rows for node in row}
    centre = {node: WIDTH * (number + .5) / len(row) for row in rows for number, node in enumerate(row)}
    for _ in range(100):
        for row in rows:
            blocks = []                       # nodes that would overlap form a block around their mean wish
            for node in row:
                others = near[node][0] + near[node][1]
                blocks.append([(node, sum(centre[other] for other in others) / max(len(others), 1) or WIDTH / 2)])
                while len(blocks) > 1 and _span(blocks[-1], space)[0] < _span(blocks[-2], space)[1]:
                    last = blocks.pop()
                    blocks[-1] += last
            for block in blocks:
                left = _span(block, space)[0]
                for node, _wish in block:
                    centre[node] = left + space[node] / 2
                    left += space[node]
    return centre


def _span(block, space):
    """(float, float): the left and the right end of a block of (node, wished centre)."""
    width, at, starts = 0, 0, []
    for node, wish in block:
        starts.append(wish - at - space[node] / 2)
        at += space[node]
        width += space[node]
    left = min(max(sum(starts) / len(starts), 40), WIDTH - 10 - width)
    return left, left + width


def render(package):
    """The picture of a package.

    Returns
    -------
    str
        SVG.
    """
    rows = [list(units) for units in reversed(LEVELS) if '__main__' not in units]
    level = {name: number for number, row in enumerate(rows) for name in row}
    paths = [(upper, lower) for upper, lowers in direct(graph(package)).items() for lower in lowers if upper in level]
    links, routes = [], {}
    for upper, lower in paths:
        between = range(level[upper] + 1, level[lower])
        stops = [upper, *((upper, lower, number) for number in between), lower]
        for number, bend in zip(between, stops[1:-1]):
            rows[number].append(bend)
        routes[upper, lower] = stops
        links += zip(stops, stops[1:])
    rows = order(rows, links)
    centre = arrange(rows, links)
    lines = sizes(package)
    total = sum(lines.values())
    height = TOP + ROW * len(rows) - ROW + HEIGHT + TOP

    parts = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" font-family="Helvetica, Arial, '
             f'sans-serif" role="img">', '<title>The subpackages of gluon_gan and what they import</title>',
             f'<style>{STYLE}</style>', f'<rect class="page" width="{WIDTH}" height="{height}"/>']
    for number in range(len(rows)):
        y = TOP + ROW * number
        parts.append(f'<rect class="band" x="4" y="{y - 10}" width="{WIDTH - 8}" height="{HEIGHT + 20}" rx="6"/>')
        parts.append(f'<text class="level" x="20" y="{y + HEIGHT / 2 + 4:.0f}">{len(rows) - 1 - number}</text>')
    parts += [_arrow(stops, list(routes.values()), centre, level) for stops in routes.values()]
    texts = {name: text for units in LEVELS for name, text in units.items()}
    for number, row in enumerate(rows):
        parts += [_box(name, texts[name], round(lines[name], -2), round(total / 8, -2), centre[name],
                       TOP + ROW * number) for name in row if isinstance(name, str)]
    return '\n'.join([*parts, '</svg>\n'])


def _arrow(stops, routes, centre, level):
    """One import: a curve from the lower edge of a box, through the bends, to the upper edge of another box."""
    def port(end, step):
        """Where an arrow meets a box: side by side with the others, in the order of their next stops."""
        here = sorted((route for route in routes if route[end] == stops[end]),
                      key=lambda route: (centre[route[end + step]], str(route)))
        return centre[stops[end]] + BOX * ((here.index(stops) + 1) / (len(here) + 1) - .5)
    x, y = port(0, 1), TOP + ROW * level[stops[0]] + HEIGHT
    path = f'M{x:.0f} {y}'
    for bend in stops[1:-1]:
        path += _curve(x, y, centre[bend], TOP + ROW * bend[2])
        x, y = centre[bend], TOP + ROW * bend[2] + HEIGHT
        path += f' L{x:.0f} {y}'
    end, tip = port(-1, -1), TOP + ROW * level[stops[-1]]
    path += _curve(x, y, end, tip - 7)
    return (f'<path class="edge" d="{path}"/>'
            f'<path class="head" d="M{end:.0f} {tip} l-4 -8 h8 z"/>')


def _curve(x, y, to_x, to_y):
    middle = (y + to_y) / 2
    return f' C{x:.0f} {middle:.0f} {to_x:.0f} {middle:.0f} {to_x:.0f} {to_y}'


def _box(name, text, lines, limit, centre, top):
    """One subpackage: its name, its contents, its size, and a bar that is full where the size reaches the limit."""
    left = round(centre - BOX / 2)
    words, rows = text.split(), ['']
    for word in words:
        if len(rows[-1]) + len(word) > 27:
            rows.append('')
        rows[-1] = f'{rows[-1]} {word}'.strip()
    size = f'{lines:,} lines' if lines else 'under 50 lines'
    bar = round((BOX - 16) * min(lines / limit, 1))
    return '\n'.join([
        f'<rect class="box" x="{left}" y="{top}" width="{BOX}" height="{HEIGHT}" rx="5"/>',
        f'<text class="name" x="{left + 8}" y="{top + 18}">{escape(name)}</text>',
        f'<text class="size" x="{left + BOX - 8}" y="{top + 17}">{size}</text>',
        *(f'<text class="text" x="{left + 8}" y="{top + 34 + 14 * number}">{escape(row)}</text>'
          for number, row in enumerate(rows)),
        f'<rect class="rest" x="{left + 8}" y="{top + HEIGHT - 7}" width="{BOX - 16}" height="3"/>',
        f'<rect class="bar" x="{left + 8}" y="{top + HEIGHT - 7}" width="{bar}" height="3"/>'])


if __name__ == '__main__':
    PICTURE.write_text(render(PACKAGE))
    print(f'wrote {PICTURE}')
