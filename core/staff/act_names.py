"""Acts and roles in the words of staff: "습관 템플릿: 추천하기" for `habits_habit:feature`."""

import re
from collections.abc import Iterator

from django.apps import apps
from django.db.models import Model
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from core.staff import permissions
from core.text_format import Text

# What is done, by the end of the act's name.
_ACTS: dict[str, Text] = {
    "_ask": _("모델에게 물어보기"),
    "_back": _("앞의 판으로 돌아가기"),
    "_draft": _("초안과 예약"),
    "_evaluate": _("평가하기"),
    "_off": _("끄기"),
    "_on": _("켜기"),
    "_schedule": _("예약하기"),
    "_stop": _("보내기 멈추기"),
    "_succeed": _("다음 판 만들기"),
    "approve": _("승인하기"),
    "chosen_export": _("고른 줄을 CSV로"),
    "claim_work": _("기다리는 일 맡기"),
    "csv": _("CSV로 내려받기"),
    "draw": _("표본 뽑기"),
    "end_sessions": _("모든 기기에서 로그아웃"),
    "export": _("내려받기"),
    "extend": _("구독 늘리기"),
    "feature": _("추천하기"),
    "find": _("찾기"),
    "import": _("파일에서 가져오기"),
    "leave": _("탈퇴 시작"),
    "move": _("순서 바꾸기"),
    "operations": _("운영 보기"),
    "operations_purge": _("열쇠 파기"),
    "operations_resend": _("멈춘 것 다시 보내기"),
    "preview": _("미리 보기"),
    "refund": _("환불하기"),
    "refuse": _("거절하기"),
    "release": _("멈춘 청구 풀기"),
    "resend": _("다시 보내기"),
    "resolve": _("살펴봤다고 하기"),
    "retire": _("그만 보이기"),
    "reveal": _("메일 주소 보기"),
    "revenue": _("매출 보기"),
    "revision": _("예전 판으로 바꾸기"),
    "search": _("메일 주소로 찾기"),
    "show": pgettext_lazy("act", "보이기"),
    "sign": _("살펴봤다고 서명하기"),
    "try_again": _("다시 쓰기"),
    "unfeature": _("추천 그만하기"),
}
# Where the end of a name means something else.
_OTHERS: dict[str, Text] = {"accounts_user_export": _("내보내기 시작"), "accounts_user_resend": _("메일 다시 보내기")}
# Acts of a table that their name does not begin with.
_TABLES = {
    "billing_find": "billing.usersubscription",
    "billing_release": "billing.usersubscription",
    "billing_revenue": "billing.usersubscription",
    "billing_refund": "billing.paymenttransaction",
    "analytics_csv": "analytics.metricvalue",
}
# What is done on a page that is dangerous by itself.
_PAGES: dict[str, Text] = {"add": _("더함"), "change": _("고침"), "delete": _("지움"), "changelist": _("지움")}
_ROLES: dict[str, Text] = {
    "curator": _("큐레이터"),
    "support": _("고객 지원"),
    "finance": _("재무"),
    "operator": _("운영자"),
    "auditor": _("감사"),
}


def role(name: str) -> str:
    """A role in words; one that staff made keeps its name."""
    return str(_ROLES.get(name, name))


def without_table(act: str) -> str:
    """What an act does, without its table. Raises KeyError for one without a name."""
    if act in _OTHERS:
        return str(_OTHERS[act])
    return str(_ACTS[next(end for end in _ends(act) if end in _ACTS)])


def table_of(act: str) -> type[Model] | None:
    """The table that an act belongs to; None for one of the service."""
    if act in _TABLES:
        return apps.get_model(_TABLES[act])
    app, _underscore, rest = act.partition("_")
    model = re.split("[:_]", rest, maxsplit=1)[0]
    return (apps.all_models.get(app) or {}).get(model)


def name(act: str) -> str:
    """An act with its table, or the page that was saved; what is not declared keeps its key."""
    if act not in permissions.ACTS:
        return _page_name(act)
    table = table_of(act)
    return f"{capfirst(table._meta.verbose_name)}: {without_table(act)}" if table else without_table(act)


def _page_name(url_name: str) -> str:
    page, table = permissions.page_of(url_name), table_of(url_name)
    if page is None or table is None or page[1] not in _PAGES:
        return url_name
    return f"{capfirst(table._meta.verbose_name)}: {_PAGES[page[1]]}"


def _ends(act: str) -> Iterator[str]:
    """The ends of an act's name, the longest first: `operations_purge`, `purge`."""
    if ":" in act:
        yield act.partition(":")[2]
    parts = act.split("_")
    yield from ("_".join(parts[begin:]) for begin in range(len(parts)))
