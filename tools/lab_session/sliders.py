"""Move every slider of a notebook as a person would, and check that the images beside it follow."""
import ast
import base64
import hashlib
import io
from typing import NamedTuple

from PIL import Image
from selenium.webdriver import ActionChains, Keys

from .page import until

ANSWER = 10         # seconds for an image to follow a slider
MOVES = 12          # movements of the mouse in one drag
SLIDER, CELL = '.jp-OutputArea-output .widget-slider', '.jp-CodeCell'

# The images and canvases in the outputs of a cell, as base64 of their files.
IMAGES = """
const finished = arguments[1];
const bytes = async image => image.tagName === 'CANVAS' ? image.toDataURL('image/png').split(',')[1]
    : new Promise(async (found, failed) => {
        try {
            const reader = new FileReader();
            reader.onload = () => found(reader.result.split(',')[1]);
            reader.readAsDataURL(await (await fetch(image.src)).blob());
        } catch (error) { failed(error); }
    });
Promise.all([...arguments[0].querySelectorAll('.jp-OutputArea-output img, .jp-OutputArea-output canvas')].map(bytes))
    .then(finished, () => finished(null));      // null: an image was replaced while it was read
"""
# The label and the displayed number of each slider in a cell.
NUMBERS = """
return [...arguments[0].querySelectorAll(arguments[1])].map(slider => [
    slider.querySelector('.widget-label')?.innerText || '', slider.querySelector('.widget-readout')?.innerText || '']);
"""
# The description and the formatted value of each slider in the kernel, evaluated there.
HELD = """
const finished = arguments[1], kernel = jupyterapp.shell.currentWidget.sessionContext.session.kernel;
const request = {code: '', silent: true, store_history: false, user_expressions: {held: arguments[0]}};
kernel.requestExecute(request).done.then(
    reply => finished(reply.content.user_expressions.held.data['text/plain']), () => finished('[]'));
"""
IN_KERNEL = """[(w.description, format(w.value, w.readout_format) if hasattr(w, 'readout_format') else w.label)
for w in __import__('ipywidgets').widgets.widget._instances.values()
if 'Slider' in type(w).__name__ and (hasattr(w, 'label') or isinstance(getattr(w, 'value', None), (int, float)))]"""
ENABLED = """return [...document.querySelectorAll(arguments[0])].filter(slider => slider.getClientRects().length
    && !slider.querySelector('[disabled]')).map(slider => [slider, slider.closest(arguments[1])]);"""


class Shown(NamedTuple):
    """What a cell shows: its number of images, a digest of their pixels, and the values of its sliders in three places.

    All values are texts by label. `numbers` are those beside the sliders in the page, and `held` those of the kernel, a
    set for each label. `used` are the values that an image was generated from: the text chunks of the PNG file, as
    :class:`gluon_gan.latent.Sliders` writes them.
    """
    images: int
    pixels: str
    used: dict
    numbers: dict
    held: dict

    def differing(self):
        """list of str: the sliders whose displayed number is not the value in the kernel, or that of the image."""
        found = []
        for label, number in self.numbers.items():
            if label in self.held and not any(_equal(number, value) for value in self.held[label]):
                found.append(f"'{label}' shows {number}, and the kernel holds {', '.join(sorted(self.held[label]))}")
            elif label in self.used and not _equal(number, self.used[label]):
                found.append(f"'{label}' shows {number}, and its image was generated from {self.used[label]}")
        return found


def check(driver):
    """Move each slider, in the order of the page by the keyboard and then backwards by the mouse.

    Each time, the images in the outputs of the same cell must change. The displayed numbers must be the values that the
    kernel holds, and those that the images were generated from, if the images contain them.

    Returns
    -------
    int, list of str
        How many sliders were moved, and what was wrong, one line each.
    """
    sliders = [tuple(pair) for pair in driver.execute_script(ENABLED, SLIDER, CELL)]
    if not sliders:
        return 0, []
    wrong = {cell: _settled(driver, cell).differing() for cell in dict.fromkeys(cell for _, cell in sliders)}
    problems = [f'after Run All, {line}' for lines in wrong.values() for line in lines]
    # A slider that has failed once is not moved again, since each failure takes the time of `ANSWER`.
    working = [(slider, cell) for slider, cell in sliders if not wrong[cell]]
    for how, order in ((_by_keyboard, sliders), (_by_mouse, sliders[::-1])):
        for slider, cell in order:
            found = _moved(driver, slider, cell, how) if (slider, cell) in working else []
            if found:
                working.remove((slider, cell))
            problems += found
    return len(sliders), problems


def _moved(driver, slider, cell, how):
    driver.execute_script("arguments[0].scrollIntoView({block: 'center'})", slider)
    before = _settled(driver, cell)
    if not before.images:
        return [f"there is no image in the output of '{_label(slider)}'"]
    how(driver, slider)
    after = before

    def followed():
        nonlocal after
        after = _shown(driver, cell) or after
        return after.pixels != before.pixels and not after.differing()
    try:
        until(followed, ANSWER, '')
    except TimeoutError:
        stuck = after.numbers == before.numbers
        wrong = after.differing() or [f"'{_label(slider)}' does not move" if stuck else
                                      f"the image does not change when '{_label(slider)}' is moved"]
        return [f'{line} ({how.__doc__})' for line in wrong]
    return []


def _label(slider):
    return slider.find_element('css selector', '.widget-label').text


def _by_keyboard(driver, slider):
    """by the keyboard"""
    handle = slider.find_element('css selector', '.noUi-handle')
    at_end = float(handle.get_attribute('aria-valuenow')) >= float(handle.get_attribute('aria-valuemax'))
    driver.execute_script('arguments[0].focus()', handle)
    handle.send_keys(Keys.HOME if at_end else Keys.END)


def _by_mouse(driver, slider):
    """by the mouse"""
    handle = slider.find_element('css selector', '.noUi-handle')
    track = slider.find_element('css selector', '.noUi-target').size
    at_end = float(handle.get_attribute('aria-valuenow')) > float(handle.get_attribute('aria-valuemin'))
    # Only the movement along the slider counts: left or down leads to the smallest value, whichever way it lies.
    one = max(track.values()) // (3 * MOVES) * (1 if at_end else -1)
    drag = ActionChains(driver, duration=10).click_and_hold(handle)
    for _ in range(MOVES):
        drag = drag.move_by_offset(-one, one)
    drag.release().perform()


def _settled(driver, cell):
    """What a cell shows as soon as it shows the same twice; the last that was read after `ANSWER` seconds."""
    read = [_shown(driver, cell)]

    def same():
        read.append(_shown(driver, cell))
        return read[-1] is not None and read[-1] == read[-2]
    try:
        until(same, ANSWER, '')
    except TimeoutError:
        return next((shown for shown in reversed(read) if shown), Shown(0, '', {}, {}, {}))
    return read[-1]


def _shown(driver, cell):
    """What a cell shows now, as :class:`Shown`; None while one of its images is being replaced."""
    held, files = _held(driver), driver.execute_async_script(IMAGES, cell)
    if files is None:
        return None
    digest, used = hashlib.sha256(), {}
    for file in files:
        data = base64.b64decode(file or '')
        try:
            with Image.open(io.BytesIO(data)) as image:
                digest.update(f'{image.mode} {image.size}'.encode() + image.tobytes())
                used.update(getattr(image, 'text', {}))
        except OSError:                     # a format that Pillow does not read, such as SVG
            digest.update(data)
    return Shown(len(files), digest.hexdigest(), used, dict(driver.execute_script(NUMBERS, cell, SLIDER)), held)


def _held(driver):
    """dict of str to set of str: the values of the sliders in the kernel, by label."""
    held = {}
    for label, value in ast.literal_eval(driver.execute_async_script(HELD, IN_KERNEL)):
        held.setdefault(label, set()).add(value)
    return held


def _equal(shown, used):
    try:
        return float(shown.replace('\N{MINUS SIGN}', '-')) == float(used)
    except ValueError:
        return shown == used
