"""Takes pictures of the staff pages of a running service.

`make shots OF=staff` takes all of them, `make shots OF=docs` those of docs/staff.md.

    python -m devtools.staff_shots FOLDER [ADDRESS]
    python -m devtools.staff_shots docs/pictures

Each page is taken at 360 and 1280 wide, light and dark, as the demo's colleague. Into `docs/pictures` go only those that
docs/staff.md shows: 1280 wide, light, small.
"""

import io
import sys
from pathlib import Path
from urllib.parse import urlsplit

from PIL import Image
from playwright.sync_api import Browser, Page, StorageState

from devtools import shots

STAFF = "staff@example.com"
PICTURES = Path("docs/pictures")
PAGES = {
    "home": "/admin/",
    "operations": "/admin/operations/",
    "purge-key": "/admin/operations/keys/k1/purge/",
    "dashboard": "/admin/analytics/metricvalue/",
    "people": "/admin/accounts/user/",
    "habits": "/admin/habits/habit/",
    "habit-add": "/admin/habits/habit/add/",
    "habit-import": "/admin/habits/habit/import/",
    "badge-add": "/admin/gamification/achievement/add/",
    "badges": "/admin/gamification/achievement/",
    "prompts": "/admin/coaching/aiprompttemplate/",
    "plans": "/admin/billing/subscriptionplan/",
    "plan": "/admin/billing/subscriptionplan/pro/change/",
    "plan-add": "/admin/billing/subscriptionplan/add/",
    "announcement-add": "/admin/notifications/announcement/add/",
    "notifications": "/admin/notifications/notification/",
    "habits-of-people": "/admin/habits/userhabit/",
    "check-ins": "/admin/habits/habitlog/",
    "events": "/admin/analytics/appevent/",
    "numbers": "/admin/analytics/useranalytics/",
    "changes-for-two": "/admin/staff/changerequest/",
    "trail": "/admin/audit/auditlog/",
}
# The first row of these lists.
FIRST_OF = {"habit": "habits", "prompt": "prompts", "check-in": "check-ins", "habit-of-person": "habits-of-people"}
# Those in docs/staff.md.
IN_DOCS = ("home", "habit-add", "badge-add", "prompt", "plan", "person")
DOCS_WIDTH, DOCS_HEIGHT, MOST_BYTES = 1280, 900, 80_000


def addresses(page: Page, address: str) -> dict[str, str]:
    """Every page by its name; the rows and the demo's person are looked up."""
    found = dict(PAGES)
    for name, of in FIRST_OF.items():
        page.goto(address + PAGES[of])
        found[name] = page.locator("#result_list tbody a").first.get_attribute("href") or PAGES[of]
    page.goto(f"{address}/admin/")
    page.fill("#find-all", shots.EMAIL)
    page.press("#find-all", "Enter")
    page.wait_for_url("**/change/")
    return found | {"person": urlsplit(page.url).path}


def context_of(browser: Browser, state: StorageState, look: shots.Look) -> Page:
    return browser.new_context(
        locale="ko-KR",
        timezone_id="Asia/Seoul",
        viewport={"width": look.width, "height": DOCS_HEIGHT},
        color_scheme=look.scheme,
        reduced_motion="reduce",
        storage_state=state,
    ).new_page()


def take_all(browser: Browser, address: str, folder: Path) -> None:
    state = shots.sign_in(browser, address, "ko", email=STAFF)
    for look in shots.looks():
        if look.language != "ko":
            continue
        page = context_of(browser, state, look)
        for name, path in addresses(page, address).items():
            page.goto(address + path)
            page.screenshot(path=folder / f"{name}-{look.width}-{look.scheme}.png", full_page=True)
            wider = page.evaluate("document.documentElement.scrollWidth - innerWidth")
            sys.stdout.write(f"{name}-{look.width}-{look.scheme}{f' is {wider} px too wide' if wider > 0 else ''}\n")
        page.context.close()


def small(picture: bytes) -> bytes:
    """The picture as WebP of at most `MOST_BYTES`."""
    image = Image.open(io.BytesIO(picture)).convert("RGB")
    tries = (_webp(image, quality) for quality in range(80, 20, -10))
    return next(one for one in tries if len(one) <= MOST_BYTES)


def _webp(image: Image.Image, quality: int) -> bytes:
    written = io.BytesIO()
    image.save(written, "WEBP", quality=quality, method=6)
    return written.getvalue()


def take_for_docs(browser: Browser, address: str) -> None:
    page = context_of(
        browser, shots.sign_in(browser, address, "ko", email=STAFF), shots.Look("ko", "light", DOCS_WIDTH)
    )
    found = addresses(page, address)
    for name in IN_DOCS:
        page.goto(address + found[name])
        picture = small(page.screenshot())
        (PICTURES / f"staff-{name}.webp").write_bytes(picture)
        sys.stdout.write(f"staff-{name}.webp {len(picture) // 1000} kB\n")


def main() -> None:
    folder, address = shots.asked()
    with shots.chromium() as browser:
        if folder == PICTURES:
            take_for_docs(browser, address)
        else:
            take_all(browser, address, folder)


if __name__ == "__main__":
    main()
