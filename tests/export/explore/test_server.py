"""The page in a real browser: what it shows is what Python computes, and it asks nobody else."""

import io
import json
from contextlib import ExitStack
from http.client import HTTPConnection

import mxnet as mx
import numpy as np
import pytest
from PIL import Image

import gluon_gan as gg
from gluon_gan import pixels
from helpers import browser, serving

pytest.importorskip('onnxruntime', reason='needs the extra `export`')
from gluon_gan.export import explore  # noqa: E402  (it imports onnx)
from gluon_gan.export.explore import server  # noqa: E402

needs_browser = pytest.mark.skipif(not (browser.CHROMIUM and browser.DRIVER), reason=browser.MISSING)


@pytest.fixture(scope='module')
def served():
    """Start the page of a name; the address. Each is made once."""
    with ExitStack() as servers:
        ports = {}

        def address(name):
            if name not in ports:
                created = servers.enter_context(serving.running(server.create(explore.page(name))))
                ports[name] = created.effective_port
            return f'http://127.0.0.1:{ports[name]}/'

        yield address


@pytest.fixture(scope='module')
def driver(tmp_path_factory):
    """A browser for all tests of this module."""
    started = browser.start(tmp_path_factory.mktemp('profile'))
    yield started
    started.quit()


def opened(driver, url):
    driver.get_log('browser')
    browser.requested(driver)
    driver.get(url)
    browser.wait(lambda: driver.execute_script('return document.body.dataset.ready') == 'true')
    return driver


def image_of(driver):
    """The current image as the page shows it."""
    return driver.execute_script("return document.getElementById('current').toDataURL()")


def move(driver, element, value):
    """Move a slider as a person would, and wait until the image has been rendered."""
    before = driver.execute_script('return window.explorer.state.rendered')
    driver.execute_script(
        "arguments[0].value = arguments[1]; arguments[0].dispatchEvent(new Event('input', {bubbles: true}))",
        element,
        value,
    )
    browser.wait(lambda: driver.execute_script('return window.explorer.state.rendered') > before)


def find(driver, selector):
    return driver.find_elements('css selector', selector)


@needs_browser
@pytest.mark.parametrize('name', ['mnist', 'celeba', 'synthetic-faces'])
def test_the_image_of_a_z_is_pythons(driver, served, name):
    netG, z = gg.pretrained(name), gg.sample_z(1, 100, seed=5)
    page = opened(driver, served(name))
    found = page.execute_async_script(
        'window.explorer.pixels(arguments[0]).then(arguments[1])', z.asnumpy()[0].tolist()
    )
    expected = pixels.to_uint8(netG(z))[0].astype(int)
    found = np.array(found).reshape(netG.size, netG.size, 4)[..., : netG.channels]
    assert abs(found - expected).max() <= 1 and expected.std() > 10
    asked = browser.requested(page)
    assert len(asked) > 8 and all(url.startswith(served(name)) for url in asked)
    assert page.get_log('browser') == []


@needs_browser
def test_every_control_changes_the_image(driver, served):
    page = opened(driver, served('synthetic-faces'))
    cells, seen = find(page, '.sample'), [image_of(page)]
    for cell in (cells[3], cells[8]):
        cell.click()
    browser.wait(lambda: image_of(page) != seen[-1])
    assert len(find(page, '#directions input')) == 4
    controls = [('#alpha', 0), ('#dimensions input', 2), *(('#directions input', i) for i in range(4))]
    for selector, i in controls:
        seen.append(image_of(page))
        value = 0.5 if selector == '#alpha' else 2.5
        move(page, find(page, selector)[i], value)            # found anew, since a morph replaces the other sliders
        assert image_of(page) not in seen
    for key, cell in zip('abc', cells):
        cell.send_keys(key)
    find(page, '#compute')[0].click()
    browser.wait(lambda: image_of(page) not in seen)
    z = [page.execute_script(f'return [...window.explorer.state.samples[{i}]]') for i in range(3)]
    expected = np.array(z[0]) - z[1] + z[2]
    assert page.execute_script('return [...window.explorer.current()]') == pytest.approx(expected, abs=1e-5)
    assert page.get_log('browser') == []


@needs_browser
def test_the_saved_z_is_rendered_again_by_sample(driver, served, tmp_path, capsys):
    from gluon_gan import cli

    page = opened(driver, served('mnist'))
    find(page, '.sample')[4].click()
    z = page.execute_script('return [...window.explorer.current()]')
    (tmp_path / 'z.json').write_text(json.dumps({'name': 'mnist', 'z': [z]}))
    assert (
        cli.main(['sample', 'mnist', '--z', str(tmp_path / 'z.json'), '--scale', '1', '-o', str(tmp_path / 'z.png')])
        == 0
    )
    shown = np.array(page.execute_async_script('window.explorer.pixels(arguments[0]).then(arguments[1])', z)).reshape(
        28, 28, 4
    )[..., 0]
    rendered = np.asarray(Image.open(tmp_path / 'z.png')).astype(int)
    middle = rendered[2:30, 2:30] if rendered.shape[0] > 28 else rendered
    assert abs(middle - shown).max() <= 1


@needs_browser
def test_an_animation_is_a_gif_of_the_morph(driver, served):
    page = opened(driver, served('synthetic-faces'))
    for cell in find(page, '.sample')[:2]:
        cell.click()
    content = bytes(page.execute_async_script('window.explorer.gif().then((bytes) => arguments[0]([...bytes]))'))
    with Image.open(io.BytesIO(content)) as animation:
        assert (animation.format, animation.n_frames, animation.size) == ('GIF', 24, (64, 64))
        frames = []
        for i in range(24):
            animation.seek(i)
            frames.append(np.asarray(animation.convert('RGB'), int))
    first = page.execute_async_script(
        'window.explorer.pixels([...window.explorer.state.samples[0]]).then(arguments[0])'
    )
    assert abs(frames[0] - np.array(first).reshape(64, 64, 4)[..., :3]).mean() < 6
    assert (
        abs(frames[0] - frames[12]).mean() > 10 and abs(frames[1] - frames[23]).mean() < 1
    )  # there, and back the same way


@needs_browser
def test_a_translator_translates_both_ways(driver, served):
    from gluon_gan import translate

    page, images = opened(driver, served('red-teal')), gg.data.synthetic_domain('synthetic_red', 'test')[:1]
    image = pixels.to_float(images.images)
    values = page.execute_async_script(
        'window.explorer.both(Float32Array.from(arguments[0])).then((list) => arguments[1](list.map((a) => [...a])))',
        image.ravel().tolist(),
    )
    netG, x = translate.pretrained('red-teal'), mx.nd.array(image)
    expected = [x, netG.ab(x), netG.ba(x), netG.ba(netG.ab(x)), netG.ab(netG.ba(x))]
    for found, want in zip(values, expected):
        assert abs(np.reshape(found, want.shape) - want.asnumpy()).max() < 1e-4
    assert len(find(page, '#results figure')) == 5 and page.get_log('browser') == []


@needs_browser
def test_a_phone_shows_it_without_scrolling_sideways(served, tmp_path):
    phone = browser.start(tmp_path / 'profile', 390, 844, phone=True)
    try:
        for name in ('mnist', 'red-teal'):
            page = opened(phone, served(name))
            assert page.execute_script('return document.documentElement.scrollWidth') <= 390
    finally:
        phone.quit()


def test_the_page_is_written_for_any_web_server(tmp_path):
    paths = explore.write('mnist', tmp_path / 'site')
    assert {'index.html', 'generator.onnx', 'model.json', 'ort-wasm-simd-threaded.wasm'} <= {
        path.name for path in paths
    }
    assert json.loads((tmp_path / 'site' / 'model.json').read_text())['nz'] == 100
    assert "default-src 'none'" in (tmp_path / 'site' / 'index.html').read_text()
    (tmp_path / 'file').write_text('kept')
    with pytest.raises(ValueError, match='file is a file: name a folder'):
        explore.write('mnist', tmp_path / 'file')
    assert (tmp_path / 'file').read_text() == 'kept'


@pytest.mark.parametrize(
    'method, path, host, status',
    [
        ('GET', '/', None, 200),
        ('HEAD', '/model.json', None, 200),
        ('GET', '/../pyproject.toml', None, 404),
        ('POST', '/', None, 405),
        ('GET', '/', 'example.org', 403),
    ],
)
def test_the_server_answers_this_machine_and_nothing_else(served, method, path, host, status):
    connection = HTTPConnection(served('mnist')[7:-1], timeout=10)
    connection.request(method, path, headers={'Host': host} if host else {})
    answer = connection.getresponse()
    assert answer.status == status and answer.headers['Content-Security-Policy'].startswith("default-src 'none'")
    assert (answer.read() == b'') == (method == 'HEAD')
    connection.close()
