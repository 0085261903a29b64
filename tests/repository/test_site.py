"""The site of the course: ``make site`` builds it from the committed outputs, and it works from the disk."""
import json
import re
import subprocess
import sys
import tempfile
from html import unescape
from pathlib import Path

import pytest

import build_site
from course_site import check, pages
from course_site.stage import EXPLORE
from helpers import browser

ROOT = Path(__file__).resolve().parents[2]
FOUND = pages.find(ROOT)
LESSONS = sorted(page for page in FOUND if re.match(r'notebooks/\d+_\w+\.ipynb', str(page)))
needs_browser = pytest.mark.skipif(not (browser.CHROMIUM and browser.DRIVER), reason=browser.MISSING)


def build(to, *arguments):
    command = [sys.executable, ROOT / 'tools/build_site.py', '--to', to, *arguments]
    return subprocess.run(command, capture_output=True, text=True, cwd=to.parent)


@pytest.fixture(scope='module')
def site(tmp_path_factory):
    """The folder of the site, built once."""
    to = tmp_path_factory.mktemp('built') / 'site'
    done = build(to)
    assert done.returncode == 0, done.stdout + done.stderr
    assert [path.name for path in to.parent.iterdir()] == ['site'], 'no temporary folder is left'
    return to


@pytest.fixture(scope='module', params=[False, True], ids=['wide', 'phone'])
def driver(request, tmp_path_factory):
    """A headless Chromium, with a wide window or that of a phone."""
    size = (390, 844) if request.param else (1440, 1000)
    started = browser.start(tmp_path_factory.mktemp('profile'), *size, phone=request.param)
    started.phone = request.param
    yield started
    started.quit()


def html(site, page):
    return (site / page).with_suffix('.html').read_text()


# --- what is built ---

def test_every_page_of_the_repository_is_a_page_of_the_site(site):
    names = {str(page) for page in FOUND}
    assert {'README.md', 'RESULTS.md', 'docs/style.md', 'datasets/mnist.md'} <= names and len(LESSONS) >= 10
    assert not [str(page) for page in FOUND if not (site / page).with_suffix('.html').exists()]


def test_links_hold_and_nothing_is_loaded_from_another_host(site):
    assert len(list(site.rglob('*.html'))) > len(FOUND)
    assert check.problems(site) == []


def test_the_sidebar_lists_every_page_in_order(site):
    sections = pages.sections(ROOT, FOUND)
    expected = [f'{page.with_suffix(".html")}' for _, members in sections for page in members]
    nav = re.search(r'<nav class="bd-links.*?</nav>', html(site, 'index.md'), re.S)[0]
    assert re.findall(r'href="([\w./-]+\.html)"', nav) == ['explore.html', *expected]
    captions = [unescape(text) for text in re.findall(r'class="caption-text">(.*?)</span>', nav)]
    assert captions == [caption for caption, _ in sections]
    assert sorted(expected) == sorted(str(page.with_suffix('.html')) for page in FOUND)


def test_previous_and_next_lead_through_the_lessons(site):
    for before, after in zip(LESSONS, LESSONS[1:]):
        assert re.search(rf'<a class="right-next"\s+href="{after.stem}\.html"', html(site, before)), before
        assert re.search(rf'<a class="left-prev"\s+href="{before.stem}\.html"', html(site, after)), after


def test_the_start_page_shows_images_and_every_lesson(site):
    text = html(site, 'index.md')
    article = text[text.index('<article'):text.index('</article>')]
    assert article.count('<img') == 3
    assert {str(page.with_suffix('.html')) for page in LESSONS} <= set(re.findall(r'href="([\w./]+)"', article))


def test_committed_outputs_are_shown_and_the_notebook_can_be_downloaded(site):
    shown = 0
    for page in LESSONS:
        cells = json.loads((ROOT / page).read_text())['cells']
        outputs = [output for cell in cells for output in cell.get('outputs', [])]
        images = [output for output in outputs if any(kind.startswith('image/') for kind in output.get('data', ()))]
        shown += len(images)
        assert html(site, page).count('<img') >= len(images)
        assert (site / '_sources' / page).read_bytes() == (ROOT / page).read_bytes()
        assert f'href="../_sources/{page}"' in html(site, page)
        assert 'NBVAL_' not in html(site, page)
    assert shown > len(LESSONS)


def test_generators_run_in_the_browser_and_are_linked(site):
    text = html(site, 'explore.md')
    for name in EXPLORE:
        assert (site / f'explore/{name}/generator.onnx').stat().st_size > 100_000
        assert f'href="explore/{name}/index.html"' in text
    linking = [page for page in LESSONS if 'explore/mnist/index.html' in html(site, page)]
    assert linking and set(linking) >= {page for page in LESSONS if "pretrained('mnist'" in (ROOT / page).read_text()}


def test_no_path_of_this_machine_is_in_the_site(site):
    own = [str(path) for path in (ROOT, site.parent, Path.home(), Path(sys.prefix)) if len(path.parts) > 2]
    own.append(f'{tempfile.gettempdir()}/pytest')
    for path in site.rglob('*'):
        if path.suffix in ('.html', '.js', '.css', '.json', '.ipynb', '.inv'):
            text = path.read_text(errors='replace')
            assert not [name for name in own if name in text], path


# --- in a browser, from the disk ---

def opened(driver, site, page):
    """Open a page and wait until its scripts have run; return the errors of the console."""
    driver.get((site / page).with_suffix('.html').as_uri())
    browser.wait(lambda: driver.execute_script('return document.readyState') == 'complete')
    if driver.execute_script('return !!document.querySelector("span.math, div.math")'):
        browser.wait(lambda: driver.execute_script('return document.querySelectorAll("mjx-container svg").length > 0'))
    return [entry['message'] for entry in driver.get_log('browser') if entry['level'] == 'SEVERE']


def with_maths(site):
    """A lesson with formulas and with images among its outputs."""
    return next(page for page in LESSONS if re.search(r'class="math notranslate', text := html(site, page))
                and re.search(r'class="cell_output.*?<img', text, re.S))


@needs_browser
def test_pages_are_readable_and_ask_no_host(driver, site):
    browser.requested(driver)
    for page in ['index.md', *LESSONS[:1], with_maths(site), 'docs/style.md', 'RESULTS.md', 'explore.md']:
        assert not opened(driver, site, page)
        if driver.phone:        # a phone widens the window if something does not fit
            widths = driver.execute_script('return [innerWidth, document.documentElement.scrollWidth]')
            assert widths == [390, 390], page
        size = 'return parseFloat(getComputedStyle(document.querySelector("article p")).fontSize)'
        assert driver.execute_script(size) >= 14
        broken = 'return [...document.images].filter(i => i.complete && !i.naturalWidth).map(i => i.src)'
        assert driver.execute_script(broken) == [], page
    assert {url.split(':')[0] for url in browser.requested(driver)} == {'file'}


@needs_browser
def test_wide_content_scrolls_in_itself(driver, site):
    for page in [*LESSONS[:5], 'docs/style.md', 'RESULTS.md']:
        opened(driver, site, page)
        outside = driver.execute_script('''
            const left = innerWidth + 1, inside = 'pre, table, .math, .cell_output, .pst-scrollable-table-container';
            return [...document.querySelectorAll('article *')].filter(e => e.getBoundingClientRect().right > left &&
                e.getClientRects().length && !(e.parentElement.closest(inside))).map(e => e.outerHTML.slice(0, 80))''')
        assert outside == []


@needs_browser
def test_the_search_finds_a_word(driver, site):
    driver.get((site / 'search.html').as_uri() + '?q=checkpoint')
    found = 'return [...document.querySelectorAll("#search-results li a")].map(a => a.getAttribute("href"))'
    browser.wait(lambda: driver.execute_script('return document.querySelector(".search-summary").innerText'))
    hrefs = driver.execute_script(found)
    assert {'docs/training.html', 'docs/architecture.html'} & {href.partition('#')[0] for href in hrefs}
    shown = 'return [...document.querySelectorAll("#search-results p.context")].map(p => p.innerText)'
    excerpts = driver.execute_script(shown)
    assert len(excerpts) > 3 and all('checkpoint' in text.lower() for text in excerpts)
    assert not [href for href in hrefs if href.startswith('source/')]
    assert not [entry for entry in driver.get_log('browser') if entry['level'] == 'SEVERE']


@needs_browser
def test_the_search_is_one_key_away(driver, site):
    from selenium.webdriver import ActionChains, Keys

    opened(driver, site, 'docs/style.md')
    ActionChains(driver).key_down(Keys.CONTROL).send_keys('k').key_up(Keys.CONTROL).perform()
    browser.wait(lambda: driver.execute_script('return document.activeElement.name') == 'q')
    ActionChains(driver).send_keys('colour', Keys.ENTER).perform()
    browser.wait(lambda: '/search.html?q=colour' in driver.current_url)
    browser.wait(lambda: driver.execute_script('return document.querySelectorAll("#search-results li").length'))


@needs_browser
def test_the_theme_can_be_chosen_and_images_keep_a_light_background(driver, site):
    opened(driver, site, with_maths(site))
    for wanted in ('dark', 'light', 'dark'):
        choose_theme(driver, wanted)
        assert driver.execute_script('return document.documentElement.dataset.theme') == wanted
    image, filtered, page, ink = driver.execute_script('''
        const of = selector => getComputedStyle(document.querySelector(selector));
        const image = of('article .cell_output img');
        return [image.backgroundColor, image.filter, of('body').backgroundColor, of('mjx-container').color]''')
    assert (image, filtered) == ('rgb(255, 255, 255)', 'none')
    assert max(map(int, re.findall(r'\d+', page)[:3])) < 60
    assert min(map(int, re.findall(r'\d+', ink)[:3])) > 150


def choose_theme(driver, wanted):
    """Use the button of the page: a menu, or in earlier releases of the theme a button that goes through the themes."""
    button = driver.find_element('css selector', '.article-header-buttons .theme-switch-button')
    button.click()
    for item in driver.find_elements('css selector', f'.theme-change-button[data-mode="{wanted}"]'):
        item.click()
    for _ in range(3):
        if driver.execute_script('return document.documentElement.dataset.mode') != wanted:
            button.click()


# --- what keeps a site whole ---

def test_a_site_replaces_another_one_and_nothing_else(tmp_path, monkeypatch, capsys):
    content = iter(['first', 'second'])

    def fake(root, work):
        (work / 'site').mkdir()
        (work / 'site/searchindex.js').write_text(next(content))
        return []

    monkeypatch.setattr(build_site, 'build', fake)
    to = tmp_path / 'site'
    for expected in ('first', 'second'):
        assert build_site.main(['--to', str(to)]) == 0
        assert (to / 'searchindex.js').read_text() == expected
    assert [path.name for path in tmp_path.iterdir()] == ['site']
    (tmp_path / 'mine').mkdir()
    (tmp_path / 'mine/thesis.txt').write_text('precious')
    with pytest.raises(SystemExit):
        build_site.main(['--to', str(tmp_path / 'mine')])
    assert 'holds other files than a site' in capsys.readouterr().err
    assert (tmp_path / 'mine/thesis.txt').read_text() == 'precious'
    with pytest.raises(SystemExit):
        build_site.main(['--root', str(tmp_path / 'mine'), '--to', str(tmp_path / 'new')])
    assert 'has no lessons in notebooks/' in capsys.readouterr().err and not (tmp_path / 'new').exists()


def test_a_warning_ends_the_build_and_keeps_the_site(tmp_path):
    root, to = tmp_path / 'root', tmp_path / 'site'
    files = {
        'README.md': '# Package\n', 'RESULTS.md': '# Results\n', 'docs/README.md': '# Docs\n[gone](gone.md)\n',
        'docs/install.md': '# Install\n', 'docs/export.md': '# Export\n',
        'notebooks/README.md': '# The course\n\n| lesson |\n|---|\n| [One](01_one.md) |\n',
        'notebooks/01_one.ipynb': json.dumps({'cells': [
            {'cell_type': 'markdown', 'id': 'a', 'metadata': {}, 'source': '# One\n\n[a](../docs/install.md#gone)'}],
            'metadata': {}, 'nbformat': 4, 'nbformat_minor': 5})}
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    to.mkdir()
    (to / 'searchindex.js').write_text('the earlier site')
    done = build(to, '--root', root)
    assert done.returncode == 1
    assert re.search(r'^docs/README\.md:.*gone\.md', done.stderr, re.M), done.stderr
    assert re.search(r'^notebooks/01_one\.ipynb, cell 1:.*gone', done.stderr, re.M), done.stderr
    assert 'is unchanged' in done.stderr.splitlines()[-1] and str(root) not in done.stderr
    assert (to / 'searchindex.js').read_text() == 'the earlier site'
    assert sorted(path.name for path in tmp_path.iterdir()) == ['root', 'site']
