"""Pages as a slow phone shows them: Chromium with a quarter of the CPU, 1.6 Mbit/s and 150 ms to the server.

Each page is opened five times with nothing cached, then something on it is touched. The three figures are those of web
vitals: the largest paint, the sum of layout shifts, and the longest time from a touch to the next frame.
"""

import shutil
import statistics
from collections.abc import Iterator
from typing import Any, NamedTuple

from playwright.sync_api import Browser, Page, sync_playwright

from bench.report import Section
from bench.stage import Stage

TURNS = 5
CPU_SLOWER = 4
NETWORK = {"offline": False, "latency": 150, "downloadThroughput": 1_600_000 / 8, "uploadThroughput": 750_000 / 8}
ARGS = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--disable-background-networking"]
# Milliseconds in which a page comes to rest after it was loaded or touched.
REST = 1500
COLUMNS = ("page", "largest paint, ms", "layout shift", "interaction, ms")

_WATCH = """
window.vitals = {paint: 0, shift: 0, interaction: 0};
const watch = (type, each, more) =>
  new PerformanceObserver(list => list.getEntries().forEach(each)).observe({type, buffered: true, ...more});
watch("largest-contentful-paint", entry => { vitals.paint = entry.startTime; });
watch("layout-shift", entry => { if (!entry.hadRecentInput) vitals.shift += entry.value; });
watch("event", entry => { if (entry.interactionId) vitals.interaction = Math.max(vitals.interaction, entry.duration); },
  {durationThreshold: 16});
"""


class Vitals(NamedTuple):
    paint: float
    shift: float
    interaction: float


def measure(stage: Stage) -> Section:
    turns = TURNS if stage.scale.divide == 1 else 1
    found = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    # Before Chromium: Django refuses its database inside playwright's event loop.
    pages = list(_pages(stage, turns))
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=ARGS)
        rows = [
            _row(name, [_opened(browser, stage, path, touch, cookie) for cookie in cookies])
            for name, path, touch, cookies in pages
        ]
    note = (
        f"Chromium, 360 × 740, {CPU_SLOWER} × slower CPU, 1.6 Mbit/s, 150 ms, nothing cached; medians of {turns}. "
        "Aims: largest paint ≤ 1,500 ms, layout shift ≤ 0.02, interaction ≤ 100 ms."
    )
    return Section("A phone", COLUMNS, rows, note)


def _pages(stage: Stage, turns: int) -> Iterator[tuple[str, str, str, list[str]]]:
    """Each page, what is touched there, and the cookies of those who open it."""
    people = stage.month.people[:turns]
    cookies = [stage.month.cookies[person.pk] for person in people]
    habit = stage.month.habits[0]
    own = [stage.month.cookies[habit.user_id]] * turns
    yield "Today", "/today/", "[id^=ink-]", cookies
    yield "habit page", f"/today/{habit.pk}/", "#now [id^=ink-]", own
    yield "insights", "/insights/", "summary", cookies


def _opened(browser: Browser, stage: Stage, path: str, touch: str, cookie: str) -> Vitals:
    address = f"http://127.0.0.1:{stage.port}"
    context = browser.new_context(
        viewport={"width": 360, "height": 740}, device_scale_factor=2, has_touch=True, locale="ko-KR",
        timezone_id="Asia/Seoul", service_workers="block",
    )  # fmt: skip
    pairs = (one.split("=", 1) for one in cookie.split("; "))
    context.add_cookies([{"name": name, "value": value, "url": address} for name, value in pairs])
    page = context.new_page()
    _slow_down(page)
    page.add_init_script(_WATCH)
    page.goto(f"{address}{path}", wait_until="load")
    page.wait_for_timeout(REST)
    before: dict[str, Any] = page.evaluate("vitals")
    page.locator(touch).first.tap()
    page.wait_for_timeout(REST)
    after: dict[str, Any] = page.evaluate("vitals")
    context.close()
    return Vitals(before["paint"], after["shift"], after["interaction"])


def _slow_down(page: Page) -> None:
    devtools = page.context.new_cdp_session(page)
    devtools.send("Emulation.setCPUThrottlingRate", {"rate": CPU_SLOWER})
    devtools.send("Network.enable")
    devtools.send("Network.emulateNetworkConditions", NETWORK)


def _row(name: str, each: list[Vitals]) -> tuple[str, ...]:
    paint, shift, interaction = (statistics.median(getattr(one, field) for one in each) for field in Vitals._fields)
    return (name, f"{paint:,.0f}", f"{shift:.3f}", f"{interaction:.0f}")
