"""Names of tables and columns on staff pages: those of the model, or of our list of labels."""

from typing import Any

from django.apps import apps
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from core.staff.column_names import NAMES
from core.text_format import Text

# Tables whose model has no name in words.
_OTHERS: dict[str, Text] = {
    "user_stats_summary": _("사람별 통계"),
    "mfa_authenticator": _("2단계 인증"),
    "circle_members": _("함께하는 사람"),
    "circle_blocks": _("차단"),
    "coaching_questions": _("코치에게 한 질문"),
    "experiments": _("2주 시험"),
    "data_exports": _("내보낸 파일"),
    "social_revocations": _("소셜 연결 해제"),
    "crisis_flags": _("위기 신호"),
}


def model_of(table: str) -> Any:
    """The model of a table; None for one without."""
    return next((model for model in apps.get_models() if model._meta.db_table == table), None)


def table(name: str) -> str:
    """What a row of a table is called, where its model has a name in words."""
    if name in _OTHERS:
        return str(_OTHERS[name])
    model = model_of(name)
    return capfirst(str(model._meta.verbose_name)) if model and "verbose_name" in model._meta.original_attrs else name


def column(model: Any, name: str) -> str:
    """A column in words, where its table or our list has some."""
    fields = {field.column: field for field in model._meta.concrete_fields} if model else {}
    field = fields.get(name)
    if field is not None and not isinstance(field.verbose_name, str):
        return str(field.verbose_name)
    # A foreign key is listed by the name of its field.
    return str(NAMES.get(field.name if field else name, field.verbose_name if field else name))
