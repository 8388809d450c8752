"""Context of the import page at each step: upload, preview with problems, progress, result."""

from collections.abc import Iterable
from typing import Any

from django.contrib.humanize.templatetags.humanize import intcomma
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from accounts.models import User
from habits.models import HabitImport
from habits.schedules import Rule
from habits.transfer import import_jobs
from habits.transfer.forms import ChoiceForm, ImportFileForm
from habits.transfer.importers import registry
from habits.transfer.importers.values import iso_date
from habits.transfer.parsed_file import CHANGED, LEFT_OUT, ProblemReason, RefusalReason

REFUSALS = {
    RefusalReason.UNKNOWN: gettext_lazy("알아보지 못한 파일이에요. 아래 앱에서 내보낸 파일을 그대로 골라 주세요."),
    RefusalReason.BROKEN: gettext_lazy("파일이 다 오지 않았거나 깨져 있어요. 앱에서 다시 내보내 주세요."),
    RefusalReason.SCHEMA: gettext_lazy("있어야 할 내용이 빠진 파일이에요. 앱에서 다시 내보내 주세요."),
    RefusalReason.UNSAFE: gettext_lazy(
        "열면 위험할 수 있는 압축 파일이라 열지 않았어요. 앱이 내보낸 파일을 그대로 골라 주세요."
    ),
    RefusalReason.TOO_BIG: gettext_lazy("너무 큰 파일이에요. 20MB까지, 풀어서 100MB까지 받을 수 있어요."),
    RefusalReason.TOO_MANY: gettext_lazy(
        "습관 기록이라기엔 담긴 것이 너무 많아요. 앱이 내보낸 파일을 그대로 골라 주세요."
    ),
    RefusalReason.ENCODING: gettext_lazy("글자를 읽을 수 없어요. UTF-8이나 CP949로 저장한 파일을 골라 주세요."),
    RefusalReason.EMPTY: gettext_lazy("가져올 습관이 없는 파일이에요."),
    RefusalReason.SLOW: gettext_lazy("읽는 데 너무 오래 걸려 그만두었어요. 앱에서 다시 내보내 주세요."),
    RefusalReason.UNREADABLE: gettext_lazy("읽을 수 있는 줄이 하나도 없는 파일이에요. 앱에서 다시 내보내 주세요."),
    RefusalReason.FULL: gettext_lazy("보관한 것까지 습관은 500개까지 둘 수 있어요. 더 적게 골라 다시 가져와 주세요."),
}
PROBLEMS = {
    ProblemReason.SHAPE: gettext_lazy("알아볼 수 없는 형식이에요"),
    ProblemReason.NAME: gettext_lazy("습관 이름이 없어요"),
    ProblemReason.DAY: gettext_lazy("날짜를 읽을 수 없어요"),
    ProblemReason.AHEAD: gettext_lazy("아직 오지 않은 날이에요"),
    ProblemReason.TOO_OLD: gettext_lazy("10년보다 오래된 날이에요"),
    ProblemReason.AMOUNT: gettext_lazy("양을 읽을 수 없어요"),
    ProblemReason.NO_HABIT: gettext_lazy("짝이 되는 습관이나 기록이 없어요"),
    ProblemReason.TOO_MANY_HABITS: gettext_lazy("한 번에 습관 150개까지 가져올 수 있어요"),
    ProblemReason.NOTE_ALONE: gettext_lazy("하지 않은 날의 메모는 둘 곳이 없어요"),
    ProblemReason.NOTE_CUT: gettext_lazy("메모는 2,000자까지 남아요"),
    ProblemReason.ROUNDED: gettext_lazy("소수는 가까운 수로 바꿔요"),
    ProblemReason.SCHEDULE: gettext_lazy("주기를 가장 비슷한 것으로 바꿔요"),
    ProblemReason.PER_PERIOD: gettext_lazy("여러 날을 합친 목표를 하루의 목표로 바꿔요"),
    ProblemReason.NO_TARGET: gettext_lazy("목표가 없어서 조금이라도 하면 한 것으로 쳐요"),
    ProblemReason.NO_SCHEDULE: gettext_lazy("주기가 없어서 매일 하는 습관으로 가져와요"),
    ProblemReason.DISAGREES: gettext_lazy(
        "같은 날이 서로 다르게 적힌 곳이 있어요. 습관마다 따로 적은 것과 나중에 적은 것을 따라요"
    ),
    ProblemReason.DOWNS: gettext_lazy("‘−’로 센 것은 가져오지 않아요"),
}


def context(
    user: User, row: HabitImport | None, *, form: ImportFileForm | None = None, wrong: str = ""
) -> dict[str, Any]:
    state = row.state if row else ""
    data: dict[str, Any] = {
        "row": row,
        "state": state,
        "form": form or ImportFileForm(),
        "wrong": wrong,
        "apps": [(importer.label, importer.instructions) for importer in registry.IMPORTERS],
    }
    if row and state == HabitImport.State.READY:
        data |= _preview(user, row)
    if row and state == HabitImport.State.WRITING:
        data["done"] = import_jobs.progress(row)
    if row and state == HabitImport.State.DONE:
        data |= {"came": _result(row.result), "problems": _problems(row.problems)}
    if row and state == HabitImport.State.REFUSED:
        data["wrong"] = wrong or REFUSALS[RefusalReason(row.reason or "")]
    return data


def _preview(user: User, row: HabitImport) -> dict[str, Any]:
    form = ChoiceForm(None, preview=row.preview)
    habits = [_habit(one) | {"field": field} for one, field in zip(row.preview, form, strict=True)]
    return {
        "app": registry.BY_KEY[row.source or ""].label,
        "habits": habits,
        "sums": _sums(row.preview),
        "nothing_new": not any(one["fresh"] for one in row.preview) and all(one["again"] for one in row.preview),
        "crowded": any(one["do"] == "away" and not one["archived"] for one in row.preview),
        # Suggested only when there are too many habits.
        "full": any(one["do"] == "leave" for one in row.preview),
        "day_first": row.problems.get("day_first"),
        "waiting": [] if user.shares_health else _waiting(row.preview),
        "problems": _problems(row.problems),
    }


def _waiting(preview: list[dict[str, Any]]) -> list[str]:
    """What is left out as long as the person has not agreed to health data."""
    sentences = {
        "private": _("기록 %(n)s개의 메모·기분·기운·장소는 건강 정보에 동의한 뒤에 가져올 수 있어요."),
        "described": _("습관 %(n)s개의 설명은 건강 정보에 동의한 뒤에 가져올 수 있어요."),
    }
    return _filled(sentences, {name: sum(one[name] for one in preview) for name in sentences})


def _habit(one: dict[str, Any]) -> dict[str, Any]:
    rule = Rule.from_json(one)
    days = ngettext("%(n)s일", "%(n)s일", one["days"]) % {"n": intcomma(one["days"])} if one["days"] else _("기록 없음")
    span = " – ".join(dict.fromkeys(_day(one[name]) for name in ("first", "last") if one[name]))
    facts = [rule.sentence(), days, span]
    if one["rests"]:
        facts.append(_("건너뛴 날 %(n)d일") % {"n": one["rests"]})
    if one["notes"]:
        facts.append(ngettext("메모 %(n)d개", "메모 %(n)d개", one["notes"]) % {"n": one["notes"]})
    if one["again"] and not one["fresh"]:
        met = _("이미 모두 가져온 습관이에요.")
    elif one["again"]:
        met = _("이미 가져온 습관이에요. 새 기록은 %(n)d개예요.") % {"n": one["fresh"]}
    elif one["into"]:
        met = _("이름이 같은 습관을 이미 하고 있어요. 직접 기록한 날은 그대로 둬요.")
    else:
        met = ""
    changes = [str(PROBLEMS[ProblemReason(why)]) for why in one.get("changes", [])]
    return {"name": one["name"], "facts": facts, "met": met, "changes": changes}


def _day(text: str) -> str:
    day = iso_date(text)
    return date_format(day, "DATE_FORMAT") if day else ""


def _sums(preview: list[dict[str, Any]]) -> list[tuple[str, int]]:
    sums = [
        (_("습관"), len(preview)),
        (_("기록한 날"), sum(one["days"] for one in preview)),
        (_("건너뛴 날"), sum(one["rests"] for one in preview)),
        (_("메모"), sum(one["notes"] for one in preview)),
    ]
    return [(name, number) for name, number in sums if number]


def _problems(problems: dict[str, Any]) -> dict[str, Any]:
    """What cannot be read, line by line; what is imported with changes; what is left out."""
    counted = problems.get("counted", {})
    unread = sum(times for why, times in counted.items() if why not in CHANGED | LEFT_OUT)
    lines = [_line(*one) for one in problems.get("lines", [])]
    return {
        "unread": unread,
        "lines": lines,
        "more": unread - len(lines),
        "changed": [_with_number(why, counted[why]) for why in counted if why in CHANGED],
        "left": _left(counted),
        "any": bool(counted),
    }


def _line(why: str, part: str, line: int) -> dict[str, str]:
    where = _("%(n)d번째 줄") % {"n": line} if line else ""
    return {"where": " ".join(filter(None, [part, where])), "why": str(PROBLEMS[ProblemReason(why)])}


def _with_number(why: str, times: int) -> str:
    number = ngettext("%(n)d곳", "%(n)d곳", times) % {"n": times}
    return f"{PROBLEMS[ProblemReason(why)]} ({number})"


def _left(counted: dict[str, int]) -> list[str]:
    words = {
        ProblemReason.NOT_HABITS: ngettext(
            "할 일이나 보상 %(n)d개는 습관이 아니라서 가져오지 않아요",
            "할 일이나 보상 %(n)d개는 습관이 아니라서 가져오지 않아요",
            counted.get(ProblemReason.NOT_HABITS, 0),
        ),
        ProblemReason.AVERAGED: ngettext(
            "하루씩 나뉘어 있지 않은 옛 기록 %(n)d개는 가져오지 않아요",
            "하루씩 나뉘어 있지 않은 옛 기록 %(n)d개는 가져오지 않아요",
            counted.get(ProblemReason.AVERAGED, 0),
        ),
        ProblemReason.NO_ENTRY: ngettext(
            "%(n)d일은 기록이 없어요", "%(n)d일은 기록이 없어요", counted.get(ProblemReason.NO_ENTRY, 0)
        ),
    }
    return [text % {"n": counted[why]} for why, text in words.items() if counted.get(why)]


def _result(result: dict[str, int]) -> list[str]:
    """What was imported, in sentences."""
    sentences = {
        "added": _("새 습관 %(n)s개를 시작했어요."),
        "away": _("습관 %(n)s개는 기록과 함께 보관했어요."),
        "joined": _("하던 습관 %(n)s개와 합쳤어요."),
        "days": _("%(n)s일의 기록을 옮겼어요."),
        "rests": _("건너뛴 날 %(n)s일을 옮겼어요."),
        "notes": _("메모 %(n)s개를 옮겼어요."),
        "kept": _("이미 기록이 있던 %(n)s일은 그대로 두었어요."),
        "described": _("습관 %(n)s개에 설명을 더했어요."),
        "withheld": _("기록 %(n)s개의 메모·기분·기운·장소는 건강 정보에 동의하지 않아 가져오지 않았어요."),
        "undescribed": _("습관 %(n)s개의 설명은 건강 정보에 동의하지 않아 가져오지 않았어요."),
        "crowded": _("그중 %(n)s개는 지금 요금제의 자리가 모자라 보관했어요."),
        "badges": _("지난 기록으로 배지 %(n)s개를 받았어요. 받은 날은 기록한 그날이에요."),
    }
    return _filled(sentences, result)


def _filled(sentences: dict[str, str], result: dict[str, int]) -> list[str]:
    lines: Iterable[str] = (
        text % {"n": intcomma(result[name])} for name, text in sentences.items() if result.get(name)
    )
    return list(lines)
