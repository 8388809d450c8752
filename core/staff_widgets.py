"""Form fields of the staff pages: drawn icons and colours to choose from, and rows of text."""

from collections.abc import Iterable, Sequence
from typing import Any, cast

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from core import colors
from core.form_fields import TextField

# Empty rows below the filled ones: without JavaScript a page adds no more.
# Rows of a list without texts; one that has some gets one more.
SPARE_ROWS = 3
MOST_ROWS = 12
LONGEST_ROW = 300
# A limit that is none, and the largest that is one.
UNLIMITED = -1
MOST_LIMIT = 1_000_000


_COLOR_NAMES = (_("빨강"), _("초록"), _("보라"), _("파랑"), _("노랑"), _("주황"), _("분홍"))
DESIGNED_COLORS = [*zip(colors.DESIGNED, _COLOR_NAMES, strict=True)]


class IconRadio(forms.RadioSelect):
    """Icons as radio buttons, each with its name for those who do not see it."""

    template_name = "admin/widgets/icons.html"


class ColorRadio(forms.RadioSelect):
    """Colours as radio buttons."""

    template_name = "admin/widgets/hues.html"


class IconField(forms.ChoiceField):
    """One of the offered icons. A row keeps an icon that is no longer offered."""

    widget = IconRadio

    def __init__(self, *, icons: Iterable[tuple[str, Any]], **kwargs: Any):
        super().__init__(choices=[*icons], **kwargs)

    def keep(self, current: str | None) -> None:
        _offer(self, current)


class ColorField(forms.ChoiceField):
    """One of the designed colours, which both themes show well. A row keeps a colour of its own."""

    widget = ColorRadio

    def __init__(self, *, more: Iterable[tuple[str, Any]] = (), **kwargs: Any):
        super().__init__(choices=[*more, *DESIGNED_COLORS], **kwargs)
        self.error_messages["invalid_choice"] = _("#E5484D처럼 여섯 자리로 적은 색 가운데 골라 주세요.")

    def keep(self, current: str | None) -> None:
        _offer(self, colors.parse(current))

    def to_python(self, value: Any) -> str:
        return colors.parse(super().to_python(value)) or super().to_python(value)

    def prepare_value(self, value: Any) -> Any:
        return colors.parse(value) or value if isinstance(value, str) else value


def _offer(field: forms.ChoiceField, current: str | None) -> None:
    choices = [*cast("Iterable[tuple[str, Any]]", field.choices)]
    if current and current not in dict(choices):
        field.choices = [*choices, (current, current)]


class LinesWidget(forms.Widget):
    """A row for each text, moved with buttons, and some empty ones."""

    template_name = "admin/widgets/lines.html"

    def value_from_datadict(self, data: Any, files: Any, name: str) -> list[str]:
        return data.getlist(name) if hasattr(data, "getlist") else data.get(name, [])

    def value_omitted_from_data(self, data: Any, files: Any, name: str) -> bool:
        return name not in data

    def format_value(self, value: Any) -> list[str]:
        texts = [text for text in value or [] if text]
        return texts + [""] * max(1, SPARE_ROWS - len(texts))

    def id_for_label(self, id_: str) -> str:
        return f"{id_}_1"


class LinesField(forms.Field):
    """A list of short texts, as the rows that hold one."""

    widget = LinesWidget
    default_error_messages = {"many": _("%(most)d줄까지 적을 수 있어요.")}

    def widget_attrs(self, widget: forms.Widget) -> dict[str, Any]:
        # Names each row.
        return {"title": self.label}

    def clean(self, value: Sequence[str] | None) -> list[str]:
        line = TextField(required=False, max_length=LONGEST_ROW)
        lines = [text for one in value or [] if (text := line.clean(" ".join(one.splitlines())))]
        if len(lines) > MOST_ROWS:
            raise forms.ValidationError(self.error_messages["many"], code="many", params={"most": MOST_ROWS})
        super().validate(lines)
        return lines

    def has_changed(self, initial: Any, data: Any) -> bool:
        return not self.disabled and [*(initial or [])] != [text for text in data or [] if text]


class LimitWidget(forms.MultiWidget):
    """A number, and a box for no limit, which wins."""

    template_name = "admin/widgets/limit.html"

    def __init__(self, attrs: dict[str, Any] | None = None):
        number = forms.NumberInput(attrs={"min": 0, "inputmode": "numeric"})
        super().__init__({"most": number, "endless": forms.CheckboxInput()}, attrs)

    def decompress(self, value: int | None) -> list[Any]:
        return [None, True] if value == UNLIMITED else [value, False]

    def id_for_label(self, id_: str) -> str:
        return f"{id_}_0"


class LimitField(forms.MultiValueField):
    """A limit: a number from 0, -1 for none, None where nothing is said."""

    widget = LimitWidget

    def __init__(self, **kwargs: Any):
        most = forms.IntegerField(min_value=0, max_value=MOST_LIMIT, required=False)
        super().__init__(
            fields=[most, forms.BooleanField(required=False)], require_all_fields=False, required=False, **kwargs
        )

    def widget_attrs(self, widget: forms.Widget) -> dict[str, Any]:
        # Names the box: there are several of them on a page.
        return {"title": self.label}

    def tell(self, value: int | None) -> str:
        """The limit in words."""
        return gettext("끝없음") if value == UNLIMITED else gettext("없음") if value is None else str(value)

    def compress(self, data_list: Sequence[Any]) -> int | None:
        most, is_endless = [*data_list] or [None, False]
        return UNLIMITED if is_endless else most
