"""A real Chromium against the real server: Django's live server, the real PostgreSQL, Redis, service worker and all."""

import datetime as dt
import os
import shutil
from collections.abc import Iterable

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.core import mail
from playwright.sync_api import expect

from tests.factories.accounts import PASSWORD, StaffFactory
from tests.factories.rest import EmailAddressFactory
from tests.waiting import PATIENCE

# Playwright's synchronous API runs an event loop in the test's own thread.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
# Chromium asks for hosts of its own at every start unless told not to.
QUIET = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture(autouse=True)
def _now_is_of_the_test(request, monkeypatch):
    """A module's NOW is when its test begins: a browser has a clock of its own, and a run may last over midnight."""
    if hasattr(request.module, "NOW"):
        monkeypatch.setattr(request.module, "NOW", dt.datetime.now(dt.UTC))


# Each theme and each width once: a page is laid out the same in both themes, and its colours do not depend on its width.
LOOKS = (("light", 1280), ("dark", 360))
# What a theme or a width can make wrong. The rest is looked at once.
RULES_OF_LOOKS = ("color-contrast", "link-in-text-block", "scrollable-region-focusable", "target-size")

# Colours that fade from one theme to the other have to arrive: axe would measure those in between.
SETTLED = """() => new Promise(requestAnimationFrame).then(() => new Promise(requestAnimationFrame))
    .then(() => Promise.allSettled(document.getAnimations().map((one) => one.finished)))"""


def serious(page, rules: Iterable[str] = ()) -> list[str]:
    """What axe finds serious or critical on the page, by all its rules or by these."""
    # A page is given the script once, however often it is looked at.
    if page.evaluate("typeof axe") == "undefined":
        page.evaluate(Axe().axe_script)
    options = {"resultTypes": ["violations"], **({"runOnly": [*rules]} if rules else {})}
    found = page.evaluate("options => axe.run(options).then((all) => all.violations)", options)
    return [f"{one['id']}: {one['nodes'][0]['html']}" for one in found if one["impact"] in ("serious", "critical")]


def faults(page) -> dict[tuple[str, int], list[str]]:
    """What is serious, and what is wider than the window, by theme and width of the page that is open."""
    first = LOOKS[0]
    return {
        look: found
        for look in LOOKS
        if (found := _faults_in(page, *look, rules=() if look == first else RULES_OF_LOOKS))
    }


def _faults_in(page, theme: str, width: int, *, rules: Iterable[str]) -> list[str]:
    page.set_viewport_size({"width": width, "height": 900})
    page.emulate_media(color_scheme=theme)
    page.evaluate(SETTLED)
    wide = page.evaluate("document.documentElement.scrollWidth")
    return [*serious(page, rules), *([f"{wide} wide"] if wide > width else [])]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "journeys" in item.path.parts:
            item.add_marker(pytest.mark.browser)
            if CHROMIUM is None:
                item.add_marker(pytest.mark.skip(reason="no Chromium on this machine"))


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args):
    return browser_type_launch_args | {"executable_path": CHROMIUM, "args": QUIET}


@pytest.fixture
def browser_context_args(browser_context_args):
    phone = {"width": 360, "height": 740}
    return browser_context_args | {"locale": "ko-KR", "timezone_id": "Asia/Seoul", "viewport": phone}


@pytest.fixture
def site(live_server, page, content, settings):
    """The page, its address, and what its console said: nothing."""
    settings.SITE_URL = live_server.url
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: said.append(str(error)))
    page.set_default_timeout(PATIENCE * 1000)
    expect.set_options(timeout=PATIENCE * 1000)
    yield Site(live_server.url, page, said)
    assert said == []


@pytest.fixture
def boss(site, content):
    colleague = StaffFactory()
    EmailAddressFactory(user=colleague)
    site.sign_in(colleague)
    return colleague


class Site:
    def __init__(self, url: str, page, said: list[str]):
        self.url, self.page, self.said = url, page, said

    def open(self, path: str) -> None:
        self.page.goto(self.url + path)

    def faults_of(self, paths: Iterable[str]) -> dict[str, dict[tuple[str, int], list[str]]]:
        """The faults of each page that has any; each is opened once."""
        found = {}
        for path in paths:
            self.open(path)
            assert self.page.url.startswith(self.url + path), self.page.url
            if its := faults(self.page):
                found[path] = its
        return found

    def sign_in(self, person, password: str = PASSWORD) -> None:
        self.open("/accounts/login/")
        self.page.locator("[name=login]").fill(person.email)
        self.page.locator("[name=password]").fill(password)
        self.page.get_by_role("main").get_by_role("button", name="로그인", exact=True).click()
        self.page.wait_for_url("**/today/")

    def link_in_mail(self) -> str:
        """The address in the newest mail."""
        return next(word for word in mail.outbox[-1].body.split() if word.startswith("http"))


def is_page(site, path: str) -> bool:
    """Whether there is such a form: of some tables nobody adds rows."""
    return not path.endswith("/add/") or site.page.request.get(site.url + path).status != 403
