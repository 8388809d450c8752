"""The metrics of staff: meaning, unit, window, source, who is left out, since when.

A panel shows only what is declared here, and analytics/metric_fill.py fills only that.
"""

import dataclasses
import enum

from django.conf import settings
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


class MetricWindow(enum.StrEnum):
    DAY = "day"
    WEEK = "week"
    MONTH = "month"


WINDOWS = {MetricWindow.DAY: _("하루"), MetricWindow.WEEK: _("월요일부터 한 주"), MetricWindow.MONTH: _("달력의 한 달")}
# Periods before today that are counted again each night; later changes no longer move a figure.
RECOUNTED = {MetricWindow.DAY: 35, MetricWindow.WEEK: 5, MetricWindow.MONTH: 2}
WITHOUT = _("직원, 떠났거나 떠나는 사람") if settings.COUNT_MADE_PEOPLE else _("직원, 시험 계정, 떠났거나 떠나는 사람")


@dataclasses.dataclass(frozen=True)
class Metric:
    key: str
    name: str | Promise
    # One sentence.
    meaning: str | Promise
    unit: str | Promise
    window: MetricWindow
    source: str
    since: str
    without: str | Promise = WITHOUT


_DAYS = "user_analytics"
_SINCE = "2026-11"
_PERSON = _("명")

METRICS = {
    metric.key: metric
    for metric in (
        Metric(
            "active_day",
            _("하루에 활동한 사람"),
            _("그날 앱을 열었거나 습관을 하나라도 한 사람이에요. 날은 사람마다 사는 곳의 하루예요."),
            _PERSON, MetricWindow.DAY, _DAYS, _SINCE,
        ),
        Metric(
            "active_week",
            _("한 주에 활동한 사람"),
            _("그 주에 하루라도 활동한 사람이에요. 새로 온 사람은 그 주에 처음, 돌아온 사람은 한 주 넘게 쉬었다가 활동했어요."),
            _PERSON, MetricWindow.WEEK, _DAYS, _SINCE,
        ),
        Metric(
            "active_month",
            _("한 달에 활동한 사람"),
            _("그 달에 하루라도 활동한 사람이에요."),
            _PERSON, MetricWindow.MONTH, _DAYS, _SINCE,
        ),
        Metric(
            "retention_week",
            _("가입한 주마다 남은 사람"),
            _("그 주에 가입한 사람 가운데 몇 주 뒤에도 하루라도 활동한 비율이에요. 0주는 가입한 주예요."),
            "%", MetricWindow.WEEK, f"users, {_DAYS}", _SINCE,
        ),
        Metric(
            "habits_done_day",
            _("하루에 해낸 습관"),
            _("그날 정한 만큼 다 한 습관의 수예요. 되돌린 체크는 세지 않아요."),
            _("번"), MetricWindow.DAY, _DAYS, _SINCE,
        ),
        Metric(
            "streak_kept_week",
            _("이어 온 날이 한 주 뒤에도 남은 비율"),
            _("지난주 끝에 가장 길게 이어 오던 습관이 있던 사람 가운데, 한 주 뒤에도 그만큼 이어 온 비율이에요."),
            "%", MetricWindow.WEEK, _DAYS, _SINCE,
        ),
        Metric(
            "coach_helpful_day",
            _("코치 메시지가 도움이 된 비율"),
            _("30일 동안 반응이 달린 코치 메시지 가운데 도움이 되었거나 마음에 든다는 비율이에요."),
            "%", MetricWindow.DAY, "coaching_messages", _SINCE,
        ),
        Metric(
            "coach_effect_day",
            _("코치 메시지로 달라진 만큼"),
            _("90일 동안 글을 보낸 날과, 무작위로 보내지 않은 날의 24시간 안 체크 비율의 차이예요. 구간은 언제 들여다봐도 맞는 95% 구간이에요."),
            "%p", MetricWindow.DAY, "coaching_decisions", _SINCE,
        ),
        Metric(
            "badges_week",
            _("한 주에 받은 배지"),
            _("그 주에 사람들이 받은 배지의 수예요. 가져오기로 받은 것은 그때의 날에 세요."),
            _("개"), MetricWindow.WEEK, "user_achievements", _SINCE,
        ),
        Metric(
            "revenue_day",
            _("월 반복 매출"),
            _("그날 이어지고 있는 구독의 한 달 요금이에요. 일 년 구독은 열둘로 나누고, 해지한 구독은 뺐어요."),
            _("원"), MetricWindow.DAY, "user_subscriptions", _SINCE,
        ),
        Metric(
            "data_faults_day",
            _("밤의 검사에서 어긋난 줄"),
            _("밤마다 하는 검사마다, 맞지 않는 줄의 수예요."),
            _("줄"), MetricWindow.DAY, f"{_DAYS}, aggregate_fills, metric_values, user_stats_summary", _SINCE,
            without=_("빼는 사람이 없어요"),
        ),
    )
}  # fmt: skip
