"""Takes a picture of every page of a running service: `make shots`.

    python -m devtools.shots FOLDER [ADDRESS]

Each page is taken at 360 and 1280 wide, light and dark, in Korean and English, as the demo person or as a stranger; the
file is named page-width-scheme-language.png. A page that is wider than its window is named on the way. The service must
have the demo accounts (`make up`).
"""

import contextlib
import datetime as dt
import os
import re
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Literal, NamedTuple
from zoneinfo import ZoneInfo

from playwright.sync_api import Browser, Page, StorageState, sync_playwright

EMAIL, PASSWORD = "demo@example.com", "eight-glasses"
LANGUAGES = {"ko": "ko-KR", "en": "en-US"}
SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
WIDTHS = (360, 1280)
ZONE = "Asia/Seoul"
LOGIN = "/accounts/login/"
ARGS = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]

STRANGERS = [
    "/", "/accounts/login/", "/accounts/signup/", "/accounts/password/reset/", "/billing/plans/", "/billing/seller/",
    "/terms/terms/", "/offline/", "/help/", "/nowhere/",
]  # fmt: skip
PEOPLE = [
    "/today/", "/habits/", "/habits/mine/", "/habits/own/", "/habits/notes/", "/insights/", "/insights/week/", "/coach/", "/coach/ask/",
    "/coach/settings/", "/coach/memory/", "/achievements/", "/notifications/", "/notifications/settings/", "/me/", "/me/profile/", "/me/view/",
    "/me/privacy/", "/me/consents/", "/me/devices/", "/me/import/", "/me/export/", "/me/leave/", "/accounts/email/",
    "/accounts/password/change/", "/accounts/2fa/", "/billing/", "/billing/plans/", "/billing/checkout/premium/",
    "/circles/", "/challenges/", "/start/",
]  # fmt: skip
# Pages behind the first link of another: its address, the link, and the name of the picture.
BEHIND = [
    ("/coach/", "main .letter-title a", "coach-message"),
    ("/billing/", "a[href*=receipts]", "receipt"),
    ("/achievements/", "a.badge-card", "achievement"),
]
# Pages of the first habit of Today; `{day}` is the last one in its strip before today.
OF_A_HABIT = ["/today/{habit}/", "/today/{habit}/settings/", "/today/{habit}/total/", "/today/{habit}/edit/",
              "/today/{habit}/pause/", "/today/{habit}/days/{day}/", "/today/days/{day}/", "/insights/{habit}/", "/insights/{habit}/try/"]  # fmt: skip


class Look(NamedTuple):
    language: str
    scheme: Literal["light", "dark"]
    width: int


def looks() -> Iterator[Look]:
    for language in LANGUAGES:
        for scheme in SCHEMES:
            for width in WIDTHS:
                yield Look(language, scheme, width)


def sign_in(browser: Browser, address: str, language: str, *, email: str = EMAIL) -> StorageState:
    context = browser.new_context(locale=LANGUAGES[language], timezone_id=ZONE)
    page = context.new_page()
    page.goto(address + LOGIN)
    page.fill("[name=login]", email)
    page.fill("[name=password]", PASSWORD)
    page.press("[name=password]", "Enter")
    page.wait_for_url("**/today/**")
    state = context.storage_state()
    context.close()
    return state


def choose_language(browser: Browser, address: str, language: str, state: StorageState) -> None:
    """The language of the account, which comes before the browser's."""
    context = browser.new_context(storage_state=state)
    page = context.new_page()
    page.goto(f"{address}/me/view/")
    page.check(f"[name=language][value={language}]", force=True)
    page.locator("main form .btn").last.click()
    page.wait_for_load_state("networkidle")
    context.close()


def of_a_habit(page: Page, address: str) -> list[str]:
    page.goto(f"{address}/today/")
    habit = (page.locator(".habit-text").first.get_attribute("href") or "").strip("/").rpartition("/")[2]
    days = page.locator(".week a").evaluate_all("links => links.map(link => link.getAttribute('href'))")
    past = [day.strip("/").rpartition("/")[2] for day in days if "/days/" in day]
    # On the first day of a week its strip has no past day.
    before = dt.datetime.now(ZoneInfo(ZONE)).date() - dt.timedelta(days=2)
    return [path.format(habit=habit, day=past[-1] if past else before) for path in OF_A_HABIT]


def behind(page: Page, address: str) -> Iterator[tuple[str, str]]:
    """Address and name of the pages of BEHIND, as far as their links are there."""
    for path, link, name in BEHIND:
        page.goto(address + path)
        if page.locator(link).count():
            yield page.locator(link).first.get_attribute("href") or "", name


def take(page: Page, address: str, path: str, folder: Path, look: Look, *, name: str = "") -> None:
    page.goto(address + path)
    page.wait_for_load_state("networkidle")
    if LOGIN in page.url and LOGIN not in path:
        raise RuntimeError(f"{path} asks to sign in: the picture would be of another page")
    name = name or named(path)
    file = folder / f"{name}-{look.width}-{look.scheme}-{look.language}.png"
    page.screenshot(path=file, full_page=True)
    wider = page.evaluate("document.documentElement.scrollWidth - innerWidth")
    sys.stdout.write(f"{file.name}{f' is {wider} px too wide' if wider > 0 else ''}\n")
    sys.stdout.flush()


def named(path: str) -> str:
    """A page's address as the name of its picture."""
    name = re.sub(r"[0-9a-f]{8}-[0-9a-f-]{27}", "habit", path)
    name = re.sub(r"\d{4}-\d\d-\d\d", "day", name)
    return name.strip("/").replace("/", "-") or "home"


def take_all(browser: Browser, address: str, folder: Path) -> None:
    for look in looks():
        # A session whose key was changed meanwhile ends when the former key is shown again.
        person = sign_in(browser, address, "ko")
        choose_language(browser, address, look.language, person)
        for state, paths in ((None, STRANGERS), (person, PEOPLE)):
            context = browser.new_context(
                locale=LANGUAGES[look.language],
                timezone_id=ZONE,
                viewport={"width": look.width, "height": 800},
                color_scheme=look.scheme,
                reduced_motion="reduce",
                service_workers="block",
                storage_state=state,
            )
            page = context.new_page()
            for path in [*paths, *(of_a_habit(page, address) if state else [])]:
                take(page, address, path, folder, look)
            for path, name in list(behind(page, address)) if state else []:
                take(page, address, path, folder, look, name=name)
            context.close()


@contextlib.contextmanager
def chromium() -> Iterator[Browser]:
    found = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=ARGS)
        yield browser
        browser.close()


def asked() -> tuple[Path, str]:
    """The folder and the address of the service, from the command line."""
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    return folder, sys.argv[2] if len(sys.argv) > 2 else f"http://127.0.0.1:{os.environ.get('PORT', '8000')}"


def main() -> None:
    folder, address = asked()
    with chromium() as browser:
        try:
            take_all(browser, address, folder)
        finally:
            choose_language(browser, address, "ko", sign_in(browser, address, "ko"))


if __name__ == "__main__":
    main()
