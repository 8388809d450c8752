"""Reads browser and system from a user agent, such as `Chrome` and `Android`; no versions."""

from core.text_format import facts

# Each browser also names the browsers it is based on, so the order matters.
_BROWSERS = (
    ("KAKAOTALK", "KakaoTalk"),
    ("NAVER(inapp", "NAVER"),
    ("Whale/", "Whale"),
    ("SamsungBrowser/", "Samsung Internet"),
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("FxiOS/", "Firefox"),
    ("Firefox/", "Firefox"),
    ("CriOS/", "Chrome"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
)
_SYSTEMS = (
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("CrOS", "ChromeOS"),
    ("Windows", "Windows"),
    ("Macintosh", "Mac"),
    ("Linux", "Linux"),
)
_CARRIED = {"iPhone", "iPad", "Android"}


def describe(agent: str) -> dict[str, str]:
    """Returns `{"browser", "system", "kind"}`.

    Unknown names are empty, kind is `phone`, `tablet` or `desk`.
    """
    system = _named(agent, _SYSTEMS)
    kind = "phone" if system in _CARRIED else "desk"
    if system == "iPad" or (system == "Android" and "Mobile" not in agent):
        kind = "tablet"
    return {"browser": _named(agent, _BROWSERS), "system": system, "kind": kind}


def name(agent: str) -> str:
    """Browser and system: `Safari · iPhone`. Empty for an unknown agent."""
    found = describe(agent)
    return facts((found["browser"], found["system"]))


def _named(agent: str, names: tuple[tuple[str, str], ...]) -> str:
    return next((name for mark, name in names if mark in agent), "")
