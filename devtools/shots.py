"""Takes a picture of every page of a running service: `make shots`.

    python -m devtools.shots FOLDER [ADDRESS]

Each page is taken at 360 and 1280 wide, light and dark, in Korean and English, as the person who sees it; the file is
named page-width-scheme-language.png. A page that is wider than its window is named on the way. The service must have the
demo accounts (`make up`) and the people of devtools/seeding/states.py (`manage.py states`, which `make shots` calls).
ONLY is a pattern of names: `make shots ONLY='^today-360'`.
A new page is added to VISITORS; tests/devtools/test_shots.py finds one that is missing.
"""

import base64
import contextlib
import datetime as dt
import hashlib
import hmac
import io
import os
import re
import shutil
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Literal, NamedTuple
from zoneinfo import ZoneInfo

from PIL import Image
from playwright.sync_api import Browser, BrowserContext, FilePayload, Page, StorageState, sync_playwright

from devtools import seeding

LANGUAGES = {"ko": "ko-KR", "en": "en-US"}
SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
WIDTHS = (360, 1280)
ZONE = "Asia/Seoul"
LOGIN = "/accounts/login/"
ONLY = re.compile(os.environ.get("ONLY", ""))  # part of the names of the pictures to take; all without it
PATIENCE = 120_000  # milliseconds; a machine that does other work as well is slow
# Parts of a page that come when they are scrolled to.
LATE = "[hx-trigger*=intersect], [hx-trigger*=revealed]"
# What is laid out only in sight (content-visibility) is painted in the whole picture.
PAINT_ALL = """() => {
  for (const part of document.querySelectorAll("main *"))
    if (getComputedStyle(part).contentVisibility === "auto") part.style.contentVisibility = "visible";
}"""
ARGS = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]


class Linked(NamedTuple):
    """A page behind a link of another.

    `path` and `link` say where the link is; `route` gives the picture its name.
    """

    path: str
    link: str
    route: str


class PageAfterAct(NamedTuple):
    """A page as it looks after something was done on it.

    `do` gets the opened page; `name` is that of the picture.
    """

    path: str
    do: Callable[[Page], None]
    name: str


class Visitor(NamedTuple):
    """Who opens which pages.

    In `paths`, `{habit}` is the first habit of Today and `{day}` the last day in its strip before today. Pages in `pressed`
    are taken after their form was sent as it is: what they say about what is missing.
    """

    email: str
    paths: tuple[str, ...]
    linked: tuple[Linked, ...] = ()
    pressed: tuple[str, ...] = ()
    # The last, in this order.
    acts: tuple[PageAfterAct, ...] = ()
    # Before the names of the pictures, where another visitor has the page too.
    prefix: str = ""
    has_settings: bool = True
    enters_code: bool = False


QUESTIONS = {"ko": "물 8잔 마시기 알림을 밤 9시로 맞춰 줘", "en": "Remind me to Drink 8 glasses of water at 9pm"}
# From another app: a habit with a line that cannot be read and a day without an entry, and one without a name.
FOREIGN_FILE = """HabitName,HabitDescription,HabitCategory,CalendarDate,Value,CommentText
Stretching,Ten minutes,Health,2026-09-01,1,
Stretching,Ten minutes,Health,2026-09-02,1,felt good
Stretching,Ten minutes,Health,2026-13-45,1,
Stretching,Ten minutes,Health,2026-09-04,-2150000000,
Reading,,Learning,2026-09-01,12,
Reading,,Learning,2026-09-02,much,
,,Learning,2026-09-03,1,
"""


def ask(page: Page) -> None:
    """Asks the coach for what only the person can do: the answer leads to the form."""
    page.fill("main textarea", QUESTIONS[page.locator("html").get_attribute("lang") or "ko"])
    page.locator("main .ask-box .btn").click()


def read_file(page: Page) -> None:
    """Chooses a file to import, unless one waits for its confirmation."""
    if page.locator("main [type=file]").count():
        file: FilePayload = {"name": "habits.csv", "mimeType": "text/csv", "buffer": FOREIGN_FILE.encode()}
        page.set_input_files("main [type=file]", file)
        page.locator("main form .btn:visible").last.click()
    page.wait_for_selector("#import select")
    for more in page.locator("#import summary").all():
        more.click()
    page.evaluate("scrollTo(0, 0)")


def open_folds(page: Page) -> None:
    """Opens all that is folded."""
    page.evaluate("for (const part of document.querySelectorAll('main details')) part.open = true")


def choose_year(page: Page) -> None:
    page.check("[name=cycle][value=yearly]", force=True)


def tap(page: Page) -> None:
    page.locator("form[data-check]:not([data-check=undo]) .ink").first.click()


def tap_in_vain(page: Page) -> None:
    """A tap that the server refuses."""
    page.route("**/check-in/", lambda route: route.fulfill(status=409), times=1)
    tap(page)


def tap_offline(page: Page) -> None:
    """A tap that the browser keeps: the page stays offline, so that it is never sent."""
    page.context.set_offline(True)
    tap(page)
    page.wait_for_selector("#offline [data-kept]:visible")
    page.evaluate("scrollTo(0, 0)")


STRANGER = Visitor(
    "",
    (
        "/", "/accounts/login/", "/accounts/signup/", "/accounts/confirm-email/", "/accounts/confirm-email/a:b:c/",
        "/accounts/confirm-sign-up/a:b/", "/accounts/password/reset/", "/accounts/password/reset/done/",
        "/accounts/password/reset/key/1-2/", "/accounts/password/reset/key/done/", "/accounts/inactive/",
        "/accounts/3rdparty/login/cancelled/", "/bye/", "/billing/plans/", "/billing/seller/", "/help/", "/offline/",
        "/terms/terms/", "/terms/privacy/", "/terms/health/", "/nowhere/", "/errors/400/", "/errors/403/", "/errors/403_csrf/",
        "/errors/413/", "/errors/429/", "/errors/500/",
    ),
    pressed=("/accounts/login/", "/accounts/signup/", "/accounts/password/reset/"),
    prefix="stranger-",
)  # fmt: skip
PERSON = Visitor(
    seeding.PERSON,
    (
        "/today/", "/today/days/{day}/", "/today/{habit}/", "/today/{habit}/settings/", "/today/{habit}/edit/",
        "/today/{habit}/total/", "/today/{habit}/pause/", "/today/{habit}/goal/", "/today/{habit}/remove/",
        "/today/{habit}/reminders/", "/today/{habit}/days/{day}/", "/habits/", "/habits/?category=mindfulness", "/habits/?q=zzzz",
        "/habits/mine/", "/habits/mine/goal/", "/habits/mine/pause/", "/habits/own/", "/habits/notes/", "/habits/keep/",
        "/insights/", "/insights/week/", "/insights/{habit}/", "/insights/{habit}/try/", "/coach/", "/coach/ask/", "/coach/settings/",
        "/coach/memory/", "/achievements/", "/notifications/", "/notifications/settings/", "/me/", "/me/profile/", "/me/photo/",
        "/me/view/", "/me/privacy/", "/me/consents/", "/me/consents/health/withdraw/", "/me/devices/", "/me/import/",
        "/me/export/", "/me/leave/", "/accounts/email/", "/accounts/password/change/", "/accounts/2fa/",
        "/accounts/2fa/totp/activate/", "/accounts/2fa/webauthn/", "/accounts/2fa/webauthn/add/", "/accounts/3rdparty/",
        "/accounts/reauthenticate/", "/accounts/logout/", "/billing/", "/billing/plans/", "/billing/checkout/premium/",
        "/billing/demo/nothing/",
    ),
    (
        Linked("/coach/", "main .letter-title a", "coaching:message"),
        Linked("/billing/", "a[href*=receipts]", "billing:receipt"),
        Linked("/achievements/", "a.badge-card", "gamification:achievement"),
        Linked("/habits/?category=mindfulness", "a[href$='/add/']", "habits:add"),
        Linked("/today/{habit}/days/{day}/", "a[href*='/logs/']", "habits:log"),
    ),
    ("/habits/own/", "/accounts/password/change/", "/billing/checkout/premium/"),
    (
        PageAfterAct("/coach/ask/", ask, "coach-ask-led"),
        PageAfterAct("/today/", tap_in_vain, "today-refused"),
        PageAfterAct("/billing/", open_folds, "billing-open"),
        # The last: the browser stays offline.
        PageAfterAct("/today/", tap_offline, "today-offline"),
    ),
)  # fmt: skip
NEWCOMER = Visitor(
    "newcomer@example.com",
    (
        "/start/", "/start/habits/?wish=health&wish=learning", "/start/time/", "/today/", "/habits/mine/", "/habits/notes/",
        "/insights/", "/insights/week/", "/coach/", "/coach/memory/", "/achievements/", "/notifications/", "/circles/",
        "/circles/new/", "/circles/blocked/", "/challenges/", "/c/unknown/", "/billing/", "/me/export/",
        "/billing/plans/", "/billing/checkout/premium/?trial=1", "/billing/checkout/pro_yearly/",
    ),
    (Linked("/start/habits/?wish=health&wish=learning", "form", "habits:start-time"),),
    acts=(
        PageAfterAct("/me/import/", read_file, "me-import-read"),
        PageAfterAct("/billing/plans/", choose_year, "billing-plans-yearly"),
    ),
    prefix="newcomer-",
)  # fmt: skip
MEMBER = Visitor(
    "member@example.com",
    ("/circles/", "/circles/blocked/", "/insights/", "/today/"),
    (
        Linked("/circles/", "a.pick[href*='-']:not([aria-current])", "circles:circle"),
        Linked("/circles/", "a[href$='/names/']", "circles:names"),
        Linked("/circles/", "main a[href$='/habits/']", "circles:habits"),
        Linked("/circles/", "a[href$='/leave/']", "circles:leave"),
        Linked("/circles/", "a[href*='/block/']", "circles:block"),
        Linked("/insights/{habit}/", "a[href*='/experiments/'] >> nth=0", "analytics:experiment"),
        Linked("/insights/{habit}/", "a[href*='/experiments/'] >> nth=1", "analytics:experiment-ended"),
    ),
    prefix="member-",
)
GUARDED = Visitor(
    "guarded@example.com",
    (
        "/accounts/2fa/",
        "/accounts/2fa/totp/deactivate/",
        "/accounts/2fa/recovery-codes/",
        "/accounts/2fa/recovery-codes/generate/",
    ),
    prefix="guarded-",
    enters_code=True,
)
AT_THE_DOOR = Visitor(GUARDED.email, ("/accounts/2fa/authenticate/",), has_settings=False)
UNPAID = Visitor("unpaid@example.com", ("/billing/",), prefix="unpaid-")
TRYING = Visitor("trying@example.com", ("/billing/", "/billing/plans/", "/billing/progress/"), prefix="trying-")
PAYING = Visitor(
    "paying@example.com",
    ("/billing/", "/billing/progress/"),
    (Linked("/billing/", "a[href*=receipts]", "billing:receipt"),),
    acts=(PageAfterAct("/billing/", open_folds, "billing-open"),),
    prefix="paying-",
)
CANCELING = Visitor("canceling@example.com", ("/billing/",), prefix="canceling-")
PAUSING = Visitor("pausing@example.com", ("/billing/",), prefix="pausing-")
PAUSED = Visitor("paused@example.com", ("/billing/",), prefix="paused-")
WITHDRAWN = Visitor(
    "withdrawn@example.com",
    ("/billing/", "/billing/plans/?next=/habits/", "/habits/keep/", "/today/"),
    (Linked("/billing/", "a[href*=receipts]", "billing:receipt"),),
    prefix="withdrawn-",
)
REFUSED = Visitor("refused@example.com", ("/billing/", "/billing/progress/"), prefix="refused-")
LIMITED = Visitor(
    "blocked@example.com",
    ("/habits/?category=mindfulness",),
    (Linked("/habits/?category=mindfulness", "a[href$='/add/']", "habits:add"),),
    ("/habits/own/",),
    prefix="limited-",
)
WAITING = Visitor(
    "waiting@example.com",
    ("/billing/", "/billing/plans/", "/billing/progress/"),
    prefix="waiting-",
)
PRICE_RISE = Visitor("price-rise@example.com", ("/billing/",), prefix="price-rise-")
SUBSCRIBERS = (TRYING, PAYING, CANCELING, PAUSING, PAUSED, WITHDRAWN, REFUSED, WAITING, PRICE_RISE, LIMITED)
LEAVER = Visitor("leaver@example.com", ("/come-back/",), has_settings=False)
ASKED_AGAIN = Visitor("asked-again-{language}@example.com", ("/me/agree/",), has_settings=False)
VISITORS = (STRANGER, PERSON, NEWCOMER, MEMBER, GUARDED, AT_THE_DOOR, UNPAID, *SUBSCRIBERS, LEAVER, ASKED_AGAIN)


class Look(NamedTuple):
    language: str
    scheme: Literal["light", "dark"]
    width: int


PHONE, DESK = Look("ko", "light", 360), Look("ko", "light", 1280)
# The pictures of the READMEs, and of the installation (templates/manifest.webmanifest): what one sees at first.
CHOSEN = {
    "docs/pictures/today-wide-dark.png": ("/today/", DESK._replace(scheme="dark")),
    "docs/pictures/today.png": ("/today/", PHONE),
    "docs/pictures/habit.png": ("/today/{habit}/", PHONE),
    "docs/pictures/insights.png": ("/insights/", PHONE),
    "docs/pictures/badges.png": ("/achievements/", PHONE),
    "docs/pictures/landing.png": ("/", PHONE),
    "static/img/shot-narrow.png": ("/today/", PHONE),
    "static/img/shot-wide.png": ("/today/", DESK),
}
COLOURS = 128


def looks() -> Iterator[Look]:
    for language in LANGUAGES:
        for scheme in SCHEMES:
            for width in WIDTHS:
                yield Look(language, scheme, width)


def sign_in(browser: Browser, address: str, language: str, *, email: str = seeding.PERSON) -> StorageState:
    """What the browser keeps after the password."""
    context = browser.new_context(locale=LANGUAGES[language], timezone_id=ZONE)
    page = context.new_page()
    page.goto(address + LOGIN)
    page.fill("[name=login]", email)
    page.fill("[name=password]", seeding.PASSWORD)
    page.press("[name=password]", "Enter")
    page.wait_for_url(lambda url: "/login/" not in url)
    state = context.storage_state()
    context.close()
    return state


def enter_code(browser: Browser, address: str, state: StorageState) -> StorageState:
    """Past the second factor."""
    context = browser.new_context(storage_state=state)
    page = context.new_page()
    page.goto(f"{address}/accounts/2fa/authenticate/")
    page.fill("[name=code]", totp(time.time()))
    page.press("[name=code]", "Enter")
    page.wait_for_url("**/today/**")
    state = context.storage_state()
    context.close()
    return state


def totp(at: float) -> str:
    """The six digits of seeding.TOTP_SECRET at a moment (RFC 6238)."""
    digest = hmac.digest(base64.b32decode(seeding.TOTP_SECRET), int(at // 30).to_bytes(8, "big"), hashlib.sha1)
    first = digest[-1] & 15
    return f"{(int.from_bytes(digest[first : first + 4], 'big') & 0x7FFFFFFF) % 1_000_000:06}"


def choose_language(browser: Browser, address: str, language: str, state: StorageState) -> None:
    """The language of the account, which comes before the browser's."""
    context = browser.new_context(storage_state=state)
    page = context.new_page()
    page.goto(f"{address}/me/view/")
    page.check(f"[name=language][value={language}]", force=True)
    page.locator("main form .btn").last.click()
    page.wait_for_load_state("networkidle")
    context.close()


def filled(page: Page, address: str, paths: tuple[str, ...]) -> list[str]:
    """The paths with the first habit of Today and a day of its strip in their places."""
    if not any("{" in path for path in paths):
        return list(paths)
    page.goto(f"{address}/today/")
    habit = (page.locator(".habit-text").first.get_attribute("href") or "").strip("/").rpartition("/")[2]
    days = page.locator(".week a").evaluate_all("links => links.map(link => link.getAttribute('href'))")
    past = [day.strip("/").rpartition("/")[2] for day in days if "/days/" in day]
    # On the first day of a week its strip has no past day.
    before = dt.datetime.now(ZoneInfo(ZONE)).date() - dt.timedelta(days=2)
    return [path.format(habit=habit, day=past[-1] if past else before) for path in paths]


def names(visitor: Visitor) -> list[str]:
    """The names of a visitor's pictures, without their look."""
    found = [
        *map(named, visitor.paths),
        *(named(link.route) for link in visitor.linked),
        *(f"{named(path)}-pressed" for path in visitor.pressed),
        *(act.name for act in visitor.acts),
    ]
    return [visitor.prefix + name for name in found]


def file_of(folder: Path, name: str, look: Look) -> Path:
    return folder / f"{name}-{look.width}-{look.scheme}-{look.language}.png"


def take(page: Page, path: str, file: Path, *, do: Callable[[Page], None] | None = None) -> None:
    """Takes one picture, unless `ONLY` leaves its name out.

    `do` is done on the page first. `path` is the whole address.
    """
    if not ONLY.search(file.stem):
        return
    page.goto(path)
    if page.url != path and "/reauthenticate/" in page.url:
        page.fill("[name=password]", seeding.PASSWORD)
        page.press("[name=password]", "Enter")
        page.wait_for_url(lambda url: "/reauthenticate/" not in url)
    if do:
        do(page)
    page.wait_for_load_state("networkidle")
    if LOGIN in page.url and LOGIN not in path:
        raise RuntimeError(f"{path} asks to sign in: the picture would be of another page")
    if page.locator(LATE).count():
        page.evaluate("scrollTo(0, document.body.scrollHeight)")
        page.wait_for_load_state("networkidle")
        page.evaluate("scrollTo(0, 0)")
    page.evaluate(PAINT_ALL)
    width, height, whole = page.evaluate("[innerWidth, innerHeight, document.documentElement.scrollHeight]")
    # Else the tab bar, which is at the end of the window, covers the middle of a long page.
    page.set_viewport_size({"width": width, "height": max(height, whole)})
    page.screenshot(path=file, full_page=True)
    page.set_viewport_size({"width": width, "height": height})
    wider = page.evaluate("document.documentElement.scrollWidth - innerWidth")
    sys.stdout.write(f"{file.name}{f' is {wider} px too wide' if wider > 0 else ''}\n")
    sys.stdout.flush()


def press_button(page: Page) -> None:
    page.locator("main form button.btn:visible").last.click()
    page.wait_for_load_state("networkidle")


def named(path: str) -> str:
    """A page's address as the name of its picture."""
    name = re.sub(r"[0-9a-f]{8}-[0-9a-f-]{27}", "habit", path)
    name = re.sub(r"\d{4}-\d\d-\d\d", "day", name)
    return re.sub(r"[^\w]+", "-", name).strip("-") or "home"


def take_linked(page: Page, address: str, link: Linked, file: Path) -> None:
    """Takes the page behind a link, or behind the button of a form."""
    if not ONLY.search(file.stem):
        return
    page.goto(address + filled(page, address, (link.path,))[0])
    found = page.locator(link.link).first
    if not found.count():
        sys.stdout.write(f"{link.route}: nothing leads there from {link.path}\n")
    elif path := found.get_attribute("href"):
        take(page, address + path, file)
    else:
        press_button(page)
        take(page, page.url, file)


def take_pages(page: Page, address: str, visitor: Visitor, folder: Path, look: Look) -> None:
    """All pages of one visitor."""

    def file(name: str) -> Path:
        return file_of(folder, visitor.prefix + name, look)

    for path in filled(page, address, visitor.paths):
        take(page, address + path, file(named(path)))
    for link in visitor.linked:
        take_linked(page, address, link, file(named(link.route)))
    for path in visitor.pressed:
        take(page, address + path, file(f"{named(path)}-pressed"), do=press_button)
    for act in visitor.acts:
        take(page, address + act.path, file(act.name), do=act.do)


def state_of(browser: Browser, address: str, visitor: Visitor, language: str) -> StorageState | None:
    if not visitor.email:
        return None
    state = sign_in(browser, address, language, email=visitor.email.format(language=language))
    if visitor.enters_code:
        state = enter_code(browser, address, state)
    if visitor.has_settings:
        choose_language(browser, address, language, state)
    return state


def open_context(browser: Browser, look: Look, state: StorageState | None, *, height: int = 800) -> BrowserContext:
    context = browser.new_context(
        locale=LANGUAGES[look.language],
        timezone_id=ZONE,
        viewport={"width": look.width, "height": height},
        color_scheme=look.scheme,
        reduced_motion="reduce",
        service_workers="block",
        storage_state=state,
    )
    context.set_default_timeout(PATIENCE)
    return context


def take_all(browser: Browser, address: str, folder: Path) -> None:
    for look in looks():
        for visitor in VISITORS:
            if not any(ONLY.search(file_of(folder, name, look).stem) for name in names(visitor)):
                continue
            context = open_context(browser, look, state_of(browser, address, visitor, look.language))
            take_pages(context.new_page(), address, visitor, folder, look)
            context.close()


def take_chosen(browser: Browser, address: str) -> None:
    """The pictures of `CHOSEN`, in few colours: a quarter of their size."""
    state = sign_in(browser, address, PHONE.language)
    choose_language(browser, address, PHONE.language, state)
    for file, (path, look) in CHOSEN.items():
        page = open_context(browser, look, None if path == "/" else state).new_page()
        page.goto(address + filled(page, address, (path,))[0])
        page.wait_for_load_state("networkidle")
        picture = Image.open(io.BytesIO(page.screenshot())).convert("RGB")
        picture.quantize(COLOURS, dither=Image.Dither.NONE).save(file, optimize=True)
        sys.stdout.write(f"{file} {Path(file).stat().st_size // 1000} kB\n")
        page.context.close()


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
