"""Where catalogue rows are used: by foreign keys, keys inside JSON, and what is planned.

`inside("habits.habitcategory", label)` registers a function that counts the rows which hold a key of one of the given rows.
`also_called("habits.habitcategory", "name_en")` says that a column is a key, too. Planned are drafts, scheduled revisions and
changes that wait for a second person: they hold keys of every table.
"""

from collections.abc import Callable
from typing import Any

from django.db import models
from django.db.models import F, Func, Manager, Model, Q, QuerySet, Value
from django.db.models.functions import Cast
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from core import small_cells
from core.staff.models import ChangeRequest, Revision
from core.text_format import Text

# Names of tables that no page of staff shows.
_LABELS: dict[str, Text] = {
    "gamification.userachievement": _("받은 배지"),
    "gamification.achievementbackfill": _("지난 기록에 적용"),
    "circles.challengepart": _("도전에 함께한 사람"),
    "coaching.coachingmessage": _("보낸 코치 메시지"),
    "coaching.coachingdecision": _("코치의 결정"),
}
# Columns that are keys inside JSON.
_CALLED: dict[str, list[str]] = {}
# Of foreign keys: the database deletes no row to which one of these points.
_REFUSING = (models.DO_NOTHING, models.PROTECT, models.RESTRICT)
# Counted up to this many of each kind.
MOST = 100_000
_INSIDE: dict[str, list[tuple[Text, Callable[[QuerySet], int]]]] = {}


def inside[Count: Callable[[QuerySet], int]](model: str, label: Text) -> Callable[[Count], Count]:
    """Registers how to count the rows that hold keys of this model inside JSON."""

    def register(count: Count) -> Count:
        _INSIDE.setdefault(model, []).append((label, count))
        return count

    return register


def counts(rows: QuerySet) -> list[tuple[Text, int | Text]]:
    """How many rows of each table point at one of these, without tables where none does.

    A few rows of people are not counted out: they would tell who does a habit or has a plan.
    """
    return _counted(rows, relations(rows.model))


def keeping(rows: QuerySet) -> list[tuple[Text, int | Text]]:
    """`counts` of what prevents the deletion of these rows.

    What goes along with them, or only loses its key of them, does not.
    """
    return _counted(rows, [one for one in relations(rows.model) if one.on_delete in _REFUSING])


def _counted(rows: QuerySet, pointing: list[Any]) -> list[tuple[Text, int | Text]]:
    keys = [str(pk) for pk in rows.values_list("pk", flat=True)]
    found: list[tuple[Text, int | Text]] = [(_label(one), _count_text(one, keys)) for one in pointing]
    found += [(label, count(rows)) for label, count in _INSIDE.get(rows.model._meta.label_lower, [])]
    found += _planned(rows)
    return [(label, number) for label, number in found if number]


def also_called(model: str, column: str) -> None:
    """Registers a column by which JSON names the rows of a table, besides its key."""
    _CALLED.setdefault(model, []).append(column)


def _planned(rows: QuerySet) -> list[tuple[Text, int]]:
    """How many drafts, scheduled revisions and changes for two people name one of these rows, but of the rows themselves."""
    keys = [str(pk) for pk in rows.values_list("pk", flat=True)]
    if not keys:
        return []
    names = [*keys]
    for column in _CALLED.get(rows.model._meta.label_lower, []):
        names += rows.values_list(column, flat=True)
    own = Q(table=rows.model._meta.db_table, key__in=keys)
    planned = Revision.objects.filter(state__in=["draft", "scheduled"]).exclude(own)
    waiting = ChangeRequest.objects.filter(state="waiting", expires_at__gt=timezone.now())
    return [
        (_("초안과 예약"), _holding(planned, "content", names).count()),
        (
            _("두 사람이 하는 일"),
            waiting.filter(Q(target__in=keys) | Q(pk__in=_holding(waiting, "proposed", names))).count(),
        ),
    ]


class _JSONPath(models.Field):
    def db_type(self, connection: Any) -> str:
        return "jsonpath"


def _holding(rows: QuerySet, column: str, names: list[str]) -> QuerySet:
    """The rows with one of these texts at any depth of a JSON column."""
    holds = Func(
        F(column),
        Cast(Value("$.** ? (@ == $names[*])"), _JSONPath()),
        Value({"names": names}, models.JSONField()),
        template="jsonb_path_exists(%(expressions)s)",
        arg_joiner=", ",
        output_field=models.BooleanField(),
    )
    return rows.filter(holds)


def relations(model: type[Model]) -> list[Any]:
    """The foreign keys that point at a table, from the side of the table."""
    return [one for one in model._meta.get_fields(include_hidden=True) if _points_here(one)]


def _points_here(field: Any) -> bool:
    return field.auto_created and field.is_relation and not field.concrete and not field.many_to_many


def _label(relation: Any) -> Text:
    options = relation.related_model._meta
    named = options.verbose_name_plural if "verbose_name" in options.original_attrs else _("다른 기록")
    return _LABELS.get(options.label_lower) or capfirst(str(named))


def _count_text(relation: Any, keys: list[str]) -> int | Text:
    number = _pointing(relation, keys)
    return small_cells.FEWER if small_cells.is_small(number) and _is_of_people(relation.related_model) else number


def _is_of_people(model: type[Model]) -> bool:
    """Whether each row is of one person; a template's `owner` may be nobody."""
    return any(field.name == "user" for field in model._meta.concrete_fields)


def _pointing(relation: Any, keys: list[str]) -> int:
    manager: Manager = relation.related_model._default_manager
    return manager.filter(**{f"{relation.field.name}__in": keys})[:MOST].count()
