"""Template tags of the user interface: icons, drawings, fields, dialog links, tab bar."""

import datetime as dt
import re
from collections.abc import Iterable
from functools import cache, lru_cache
from html import escape
from importlib.resources import files
from typing import Any, Literal
from zipfile import ZipFile

from django import template
from django.conf import settings
from django.forms import BoundField, CheckboxInput, CheckboxSelectMultiple, RadioSelect
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from core import colors, illustrations
from core.mood_scales import ENERGIES, MOODS
from core.text_format import Text, amount, moment_text

register = template.Library()


@register.filter
def moment(at: dt.datetime) -> str:
    """An instant on the reader's clock, with its year unless that is this year."""
    return moment_text(timezone.localtime(at), today=timezone.localdate())


THEMES = ("light", "dark")
UNKNOWN_ICON = "circle"

# Five moods and five energies: lucide has no sets of five that differ enough at this size.
_BARS = ("M2 20v-1", "M7 20v-4", "M12 20v-8", "M17 20V8", "M22 20V4")
_OWN_SHAPES = {
    "face-1": '<circle cx="12" cy="12" r="9"/><path d="M8.5 9.8h.01M15.5 9.8h.01M8 17c1-2.3 2.3-3 4-3s3 .7 4 3"/>',
    "face-2": '<circle cx="12" cy="12" r="9"/><path d="M8.5 9.8h.01M15.5 9.8h.01M8.5 16c2-1.4 5-1.4 7 0"/>',
    "face-3": '<circle cx="12" cy="12" r="9"/><path d="M8.5 9.8h.01M15.5 9.8h.01M8.5 15.2h7"/>',
    "face-4": '<circle cx="12" cy="12" r="9"/><path d="M8.5 9.8h.01M15.5 9.8h.01M8.3 14.5c2 1.9 5.4 1.9 7.4 0"/>',
    "face-5": (
        '<circle cx="12" cy="12" r="9"/>'
        '<path d="M8.5 9.5h.01M15.5 9.5h.01M7.5 13.5c.8 2.5 2.3 3.7 4.5 3.7s3.7-1.2 4.5-3.7z"/>'
    ),
    **{
        f"energy-{level}": f'<path opacity=".3" d="{"".join(_BARS)}"/><path d="{"".join(_BARS[:level])}"/>'
        for level in range(1, 6)
    },
    "bang": '<path d="M12 5v9M12 18.5v.01"/>',
}

# Icons for days on which there is nothing to do, by state.
_STATE_ICONS = {"rest": "leaf", "paused": "pause", "protected": "shield"}

# The main pages by URL name. The first five are tabs on a phone; a wide screen shows them all.
_PLACES = (
    ("today", "circle-check", _("오늘"), "habits:today"),
    ("insights", "chart-no-axes-column", _("통계"), "analytics:insights"),
    ("coach", "message-circle", _("코치"), "coaching:inbox"),
    ("achievements", "trophy", _("배지"), "gamification:achievements"),
    ("me", "user", _("나"), "accounts:me"),
    ("circles", "users", _("함께"), "circles:circles"),
    ("catalogue", "compass", _("둘러보기"), "habits:catalogue"),
)
_TABS_ON_A_PHONE = 5
# On a phone a place without a tab of its own is shown under one: there its tab is the one that leads to it.
_UNDER = {"circles": "achievements", "catalogue": "today"}


def shapes(name: str) -> str:
    """The inside of a 24 by 24 icon: one of our own, else lucide's.

    Staff choose icons by name in the catalogue, so an unknown name is drawn as a plain circle rather than failing a page.
    """
    return _OWN_SHAPES.get(name) or _lucide_shapes().get(name) or _lucide_shapes()[UNKNOWN_ICON]


@cache
def _lucide_shapes() -> dict[str, str]:
    """The inside of each of lucide's icons by its name, 1 MB.

    The package's own tag opens its archive for each icon, and reads the names of all of them first.
    """
    with (files("lucide") / "lucide.zip").open("rb") as file, ZipFile(file) as archive:
        return {name.removesuffix(".svg"): _inside(archive.read(name).decode()) for name in archive.namelist()}


def _inside(svg: str) -> str:
    inside = svg[svg.index(">", svg.index("<svg")) + 1 : svg.rindex("</svg>")]
    return re.sub(r"\s*\n\s*", "", inside.replace(" />", "/>"))


@register.filter
def facts_line(words: Iterable[Text | None]) -> SafeString:
    """The non-empty facts as the parts of an element of the class `facts-line` or `habit-meta`.

    Its style puts a dot between two of them on one line, and none where a line begins or ends.
    """
    return format_html_join("", "<span>{}</span>", ((word,) for word in words if word))


@register.simple_tag
def icon(name: str) -> SafeString:
    return _icon(name)


@lru_cache(maxsize=512)
def _icon(name: str) -> SafeString:
    return mark_safe(f'<svg class="icon" viewBox="0 0 24 24" aria-hidden="true">{shapes(name)}</svg>')


@register.simple_tag
def badge(*, text: str, rarity: str, icon: str = "", color: str | None = "") -> SafeString:
    """The badge of an earned achievement, with its icon by name and its colour."""
    glyph = shapes(icon) if icon else ""
    return illustrations.badge(text=text, rarity=rarity, glyph=glyph, color=colors.badge_key(color))


@register.simple_tag
def badge_ahead(*, text: str, percent: int, icon: str = "", color: str | None = "") -> SafeString:
    """The badge of an achievement not earned yet."""
    glyph = shapes(icon) if icon else ""
    return illustrations.badge_ahead(text=text, percent=percent, glyph=glyph, color=colors.badge_key(color))


register.filter("amount", amount)
register.filter("color_key", colors.key)
register.simple_tag(illustrations.mark, name="mark")
register.simple_tag(illustrations.ink_defs, name="ink_defs")
register.simple_tag(illustrations.stamp, name="stamp")
register.simple_tag(illustrations.badge_hidden, name="badge_hidden")


@register.simple_tag
def support_email() -> str:
    """The address that people write to."""
    return settings.SUPPORT_EMAIL


@register.inclusion_tag("_components/foot.html")
def foot() -> dict[str, Any]:
    """The foot of the pages before sign-in: what the law asks to be in reach."""
    return {"operator": settings.OPERATOR, "seller": settings.SELLER, "registry_url": registry_url()}


@register.simple_tag
def registry_url() -> str:
    """The seller's public record at the Fair Trade Commission; "" for the sample."""
    number = "".join(filter(str.isdigit, settings.SELLER["business_number"]))
    return f"https://www.ftc.go.kr/bizCommPop.do?wrkr_no={number}" if number.strip("0") else ""


@register.simple_tag
def ink(
    *, seed: object, state: str, kind: str, icon: str, count: int, target: int, error: str | None = None
) -> SafeString:
    """The drawing of a check-in for a row.

    `seed` decides the blot, so a habit always has the same.
    """
    blot = ord(str(seed)[-1]) % 3 + 1
    if error:
        return illustrations.ink(glyph=shapes("bang"), blot=blot, plain=True)
    if state in _STATE_ICONS and not (kind == "count" and count):
        return illustrations.ink(glyph=shapes(_STATE_ICONS[state]), blot=blot, plain=True)
    if kind == "once" or state == "done":
        return illustrations.ink(glyph=shapes(icon), blot=blot)
    return illustrations.counted_ink(count=count, target=target, blot=blot)


@register.simple_tag
def day_ring(ring: Any) -> SafeString:
    arcs = [(arc["cat"], arc["state"]) for arc in ring["arcs"]]
    of_text = str(_("%(total)s개 중") % {"total": ring["total"]})
    return illustrations.day_ring(arcs=arcs, done=ring["done"], of_text=of_text, label=ring["label"])


@register.simple_tag
def drop(*, state: str, share: float) -> SafeString:
    return illustrations.drop(percent=round(share * 100), state=state)


@register.simple_tag
def moods() -> tuple[tuple[int, str, Any], ...]:
    return MOODS


@register.simple_tag
def energies() -> tuple[tuple[int, str, Any], ...]:
    return ENERGIES


@register.simple_tag
def face_choices(bound: BoundField) -> list[tuple[int | str, str, Any, bool]]:
    """The choices of a score as (value, icon, word, chosen).

    Five faces or bars, the present score if it is between them, and none.
    """
    chosen = str(bound.value() if bound.value() is not None else "")
    scale = MOODS if bound.name == "mood" else ENERGIES
    faces: list[tuple[int | str, str, Any, bool]] = [
        (value, face, word, str(value) == chosen) for value, face, word in scale
    ]
    if chosen and not any(is_chosen for *_face, is_chosen in faces):
        faces.append((chosen, UNKNOWN_ICON, chosen, True))
    return [*faces, ("", "minus", _("건너뛰기"), not chosen)]


@register.simple_tag
def field(bound: BoundField, *, text_url: str = "") -> SafeString:
    """A form field with label, hint and error.

    `text_url` links the text that a checkbox agrees to.
    """
    widget = bound.field.widget
    if isinstance(widget, (RadioSelect, CheckboxSelectMultiple)):
        return render_to_string("_components/choices.html", {"field": bound})
    if isinstance(widget, CheckboxInput):
        if widget.attrs.get("role") == "switch":
            switch = bound.as_widget(attrs={"class": "switch"})
            return render_to_string("_components/switch.html", {"field": bound, "widget": switch})
        box = {"field": bound, "widget": bound.as_widget(), "text_url": text_url}
        return render_to_string("_components/check.html", box)
    # allauth repeats the label as a placeholder.
    control = bound.as_widget(attrs={"class": "input", "placeholder": ""})
    return render_to_string("_components/field.html", {"field": bound, "widget": control})


class _Fixed(template.Node):
    def __init__(self, nodelist: template.NodeList):
        self.nodelist = nodelist
        self._drawn: dict[str | None, SafeString] = {}

    def render(self, context: template.Context) -> SafeString:
        language = get_language()
        if language not in self._drawn:
            # An empty context: nothing of the page or the person may get into the cache.
            self._drawn[language] = self.nodelist.render(context.new({}))
        return self._drawn[language]


@register.tag
def fixed(parser: template.base.Parser, token: template.base.Token) -> template.Node:
    """`{% fixed %}…{% endfixed %}`: content rendered once per process and language."""
    nodelist = parser.parse(["endfixed"])
    parser.delete_first_token()
    return _Fixed(nodelist)


class _Sentences(template.Node):
    def __init__(self, nodelist: template.NodeList):
        self.nodelist = nodelist

    def render(self, context: template.Context) -> SafeString:
        lines = (line.strip() for line in self.nodelist.render(context).splitlines())
        return mark_safe(" ".join(line for line in lines if line))


@register.tag
def sentences(parser: template.base.Parser, token: template.base.Token) -> template.Node:
    """`{% sentences %}…{% endsentences %}`: joins its lines with spaces."""
    nodelist = parser.parse(["endsentences"])
    parser.delete_first_token()
    return _Sentences(nodelist)


@register.simple_tag(takes_context=True)
def theme_attribute(context: template.Context) -> SafeString:
    """The theme attribute chosen on this device, or nothing: then the system setting decides."""
    request: HttpRequest | None = context.get("request")
    theme = request.COOKIES.get("theme") if request else None
    return format_html(' data-theme="{}"', theme) if theme in THEMES else SafeString("")


@register.simple_tag
def token_color(name: str, theme: Literal["light", "dark"]) -> str:
    """A colour of tokens.css for where CSS does not apply: the head and the manifest."""
    return str(getattr(colors.tokens()[name], theme))


@register.simple_tag
def dialog_link(url: str) -> SafeString:
    """Attributes of a link that opens its page in the dialog, or as a page without JavaScript.

    A list has one for each row, and `format_html` costs three times as much.
    """
    address = escape(str(url))
    return SafeString(f'href="{address}" hx-get="{address}" hx-target="#dialog" hx-swap="innerHTML"')


@register.simple_tag(takes_context=True)
def dialog_step(context: template.Context, url: str) -> SafeString:
    """Attributes of a link that stays in its dialog; outside a dialog it is a plain link."""
    return dialog_link(url) if context.get("in_dialog") else format_html('href="{}"', url)


@register.simple_tag(takes_context=True)
def dialog_form(context: template.Context, url: str) -> SafeString:
    """Attributes of a form that posts to `url`; inside a dialog the answer replaces its content.

    `novalidate`: the errors are the server's, in our words, never the browser's.
    """
    attributes = format_html('novalidate method="post" action="{}"', url)
    return (
        format_html('{} hx-post="{}" hx-target="#dialog"', attributes, url) if context.get("in_dialog") else attributes
    )


@register.simple_tag
def tab_bar(current: str = "") -> SafeString:
    return _tab_bar(current, get_language())


@lru_cache(maxsize=32)
def _tab_bar(current: str, language: str | None) -> SafeString:
    places = [
        {
            "url": reverse(url_name),
            "icon": icon_name,
            "label": label,
            "current": key == current,
            "stands_for": key == _UNDER.get(current),
            "only_desk": number >= _TABS_ON_A_PHONE,
        }
        for number, (key, icon_name, label, url_name) in enumerate(_PLACES)
    ]
    return render_to_string("_components/tabs.html", {"places": places})
