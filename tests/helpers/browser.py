"""A headless Chromium for tests of pages, from the system's packages; nothing is downloaded."""

import json
import shutil
import time

CHROMIUM, DRIVER = shutil.which('chromium'), shutil.which('chromedriver')
MISSING = 'no browser here: install the packages chromium and chromium-driver'


def start(profile, width=1440, height=1000, phone=False):
    """A WebDriver; ``quit()`` it. Chromium's own background traffic is switched off."""
    from selenium import webdriver

    options = webdriver.ChromeOptions()
    options.binary_location = CHROMIUM
    for argument in (
        '--headless=new',
        '--no-sandbox',
        '--disable-gpu',
        '--disable-quic',
        '--no-first-run',
        '--disable-background-networking',
        '--disable-component-update',
        '--disable-sync',
        f'--window-size={width},{height}',
        f'--user-data-dir={profile}',
    ):
        options.add_argument(argument)
    options.set_capability('goog:loggingPrefs', {'browser': 'ALL', 'performance': 'ALL'})
    driver = webdriver.Chrome(options=options, service=webdriver.ChromeService(DRIVER))
    if phone:
        driver.execute_cdp_cmd(
            'Emulation.setDeviceMetricsOverride',
            {'width': width, 'height': height, 'deviceScaleFactor': 1, 'mobile': True},
        )
    return driver


def wait(condition, seconds=60):
    """Until ``condition()`` is true; TimeoutError after that."""
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            raise TimeoutError('the page did not get there')
        time.sleep(0.05)


def requested(driver):
    """set of str: the addresses that pages have asked for since the last call, the browser's own left out."""
    events = (json.loads(entry['message'])['message'] for entry in driver.get_log('performance'))
    urls = (event['params']['request']['url'] for event in events if event['method'] == 'Network.requestWillBeSent')
    return {url for url in urls if not url.startswith(('chrome', 'data:', 'blob:'))}
