"""What a revision changed, as sentences."""

from typing import Any

from django.db.models import Model
from django.utils.translation import gettext as _

# Longer values are cut: the revision itself holds them whole.
SHOWN = 60


def sentences(model: type[Model], before: dict[str, Any] | None, after: dict[str, Any]) -> list[str]:
    """ "이름: ‘물’ → ‘물 한 잔’", one for each column that changed."""
    if before is None:
        return [_("처음으로 남은 판이에요.")]
    names = [name for name in after if after[name] != before.get(name)]
    labels = {field.attname: field.verbose_name for field in model._meta.concrete_fields}
    return [
        _("%(name)s: ‘%(before)s’ → ‘%(after)s’")
        % {"name": labels.get(name, name), "before": shown(before.get(name)), "after": shown(after[name])}
        for name in names
    ]


def shown(value: Any) -> str:
    """A value as people read it."""
    if value is None or value in ("", [], {}):
        return _("없음")
    if isinstance(value, bool):
        return _("켬") if value else _("끔")
    if isinstance(value, list):
        value = " · ".join(shown(one) for one in value)
    elif isinstance(value, dict):
        value = " · ".join(f"{name}: {shown(one)}" for name, one in value.items())
    text = str(value)
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}…"
