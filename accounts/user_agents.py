"""What a browser says it is, in two words a person knows: `Chrome`, `Android`. Versions are left out: they age."""

# Each browser also names the ones it descends from, so the order matters.
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
    """`{"browser", "system", "kind"}`, the first two empty when unknown; kind is `phone`, `tablet` or `desk`."""
    system = _named(agent, _SYSTEMS)
    kind = "phone" if system in _CARRIED else "desk"
    if system == "iPad" or (system == "Android" and "Mobile" not in agent):
        kind = "tablet"
    return {"browser": _named(agent, _BROWSERS), "system": system, "kind": kind}


def _named(agent: str, names: tuple[tuple[str, str], ...]) -> str:
    return next((name for mark, name in names if mark in agent), "")
