"""Takes pictures of the staff pages of a running service.

`make shots OF=staff` takes all of them, `make shots OF=docs` those of docs/staff.md and the chosen ones of the product.

    python -m devtools.staff_shots FOLDER [ADDRESS]
    python -m devtools.staff_shots docs/pictures

Each page is taken at 360 and 1280 wide, light and dark, in Korean and English, as the demo account of staff. With
docs/pictures as the folder only the pictures of the documents are taken: those of docs/staff.md (1280 wide, light, small)
and `CHOSEN` of devtools/shots.py.
"""

import io
import sys
from pathlib import Path
from urllib.parse import urlsplit

from PIL import Image
from playwright.sync_api import Browser, Page, StorageState

from devtools import seeding, shots

PICTURES = Path("docs/pictures")
# Pages that are no table's list, form or row.
PAGES = {
    "home": "/admin/",
    "operations": "/admin/operations/",
    "purge-key": "/admin/operations/keys/k1/purge/",
    "habit-import": "/admin/habits/habit/import/",
    "plan": "/admin/billing/subscriptionplan/pro/change/",
    "revenue": "/admin/billing/usersubscription/revenue/",
    "list-nothing": "/admin/habits/habit/?q=zzzz",
}
# Those in docs/staff.md, by the names of their pictures.
IN_DOCS = {
    "home": "home",
    "habit-add": "habits-habit-add",
    "badge-add": "gamification-achievement-add",
    "prompt": "coaching-aiprompttemplate-row",
    "plan": "plan",
    "person": "person",
}
DOCS_WIDTH, DOCS_HEIGHT, MOST_BYTES = 1280, 900, 80_000


def addresses(page: Page, address: str) -> dict[str, str]:
    """Every page by its name: of each table the list, a new row, the first row and its history."""
    found = dict(PAGES)
    page.goto(f"{address}/admin/")
    for table in page.locator("#nav-sidebar a").evaluate_all(_HREFS):
        found |= _of_table(page, address, table) if table not in PAGES.values() else {}
    page.goto(f"{address}/admin/")
    page.fill("#find-all", seeding.PERSON)
    page.press("#find-all", "Enter")
    page.wait_for_url("**/change/")
    return found | {"person": urlsplit(page.url).path}


_HREFS = "links => links.map(link => link.getAttribute('href'))"


def _of_table(page: Page, address: str, table: str) -> dict[str, str]:
    name = shots.named(table).removeprefix("admin-")
    page.goto(address + table)
    links = page.locator("#content a[href]").evaluate_all(_HREFS)
    add = [link for link in links if link.endswith("/add/")]
    rows = [link for link in links if link.startswith(table) and link.endswith("/change/")]
    found = {name: table} | ({f"{name}-add": add[0]} if add else {})
    if rows:
        found |= {f"{name}-row": rows[0], f"{name}-history": rows[0].replace("/change/", "/history/")}
    return found


def sign_in(browser: Browser, address: str) -> StorageState:
    return shots.sign_in(browser, address, "ko", email=seeding.STAFF)


def open_page(browser: Browser, state: StorageState, look: shots.Look) -> Page:
    return shots.open_context(browser, look, state, height=DOCS_HEIGHT).new_page()


def take_all(browser: Browser, address: str, folder: Path) -> None:
    found: dict[str, str] = {}
    for look in shots.looks():
        state = sign_in(browser, address)
        shots.choose_language(browser, address, look.language, state)
        page = open_page(browser, state, look)
        found = found or addresses(page, address)
        for name, path in found.items():
            shots.take(page, address + path, shots.file_of(folder, name, look))
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
    page = open_page(browser, sign_in(browser, address), shots.Look("ko", "light", DOCS_WIDTH))
    found = addresses(page, address)
    for name, of in IN_DOCS.items():
        page.goto(address + found[of])
        picture = small(page.screenshot())
        (PICTURES / f"staff-{name}.webp").write_bytes(picture)
        sys.stdout.write(f"staff-{name}.webp {len(picture) // 1000} kB\n")


def main() -> None:
    folder, address = shots.asked()
    with shots.chromium() as browser:
        if folder == PICTURES:
            take_for_docs(browser, address)
            shots.take_chosen(browser, address)
        else:
            try:
                take_all(browser, address, folder)
            finally:
                shots.choose_language(browser, address, "ko", sign_in(browser, address))


if __name__ == "__main__":
    main()
