"""Icons of lucide to choose from, each with what it shows."""

from collections.abc import Iterable, Mapping

from django.utils.translation import get_language


class IconName:
    """What an icon shows, in the reader's language: in English the icon's name says it."""

    def __init__(self, icon: str, korean: str):
        self.icon, self.korean = icon, korean

    def __str__(self) -> str:
        return self.korean if get_language() == "ko" else self.icon.replace("-", " ")


def choices(shows: Mapping[str, str], icons: Iterable[str] | None = None) -> list[tuple[str, object]]:
    """The choices of a field.

    `shows` maps icons to Korean words; `icons` are some of them, in their order.
    """
    return [(icon, IconName(icon, shows[icon])) for icon in icons or shows]
