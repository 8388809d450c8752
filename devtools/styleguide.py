"""Samples of the style guide: each component in each state, for the templates of the pages."""

from typing import Any

from django import forms

from core.form_fields import TextField

CATEGORIES = (
    ("health", "heart", "건강"),
    ("exercise", "dumbbell", "운동"),
    ("mindfulness", "brain", "마음챙김"),
    ("learning", "book-open", "학습"),
    ("productivity", "target", "생산성"),
    ("relationships", "users", "관계"),
    ("creativity", "palette", "창의성"),
)
COLOURS = ("paper", "card", "sunk", "line", "edge", "ink", "ink-2", "ink-3", "badge")
WEEKDAYS = "월화수목금토일"


def panel(theme: str) -> dict[str, Any]:
    """All samples for one theme, with ids of their own."""
    return {
        "theme": theme,
        "checks": [sample | {"row": _row(theme, number, **sample["row"])} for number, sample in enumerate(_CHECKS)],
        "rows": [_row(theme, 20 + number, **facts) for number, facts in enumerate(_ROWS)],
        "afters": [
            _row(theme, 30 + number, after={"step": step, "url": "#"}) for number, step in enumerate(["mood", "energy"])
        ],
        "categories": [{"cat": cat, "icon": icon, "name": name} for cat, icon, name in CATEGORIES],
        "colours": COLOURS,
        "rings": [_ring(*amounts) for amounts in ((5, 3, 1, 1), (7, 0, 0, 0), (0, 0, 7, 0))],
        "week": [_weekday(number) for number in range(7)],
        "finds": [_find(theme, number) for number in range(2)],
        "form": SampleForm({f"{theme}-name": "저녁 산책", f"{theme}-email": "name@example"}, prefix=theme),
        "choices": SampleChoices(prefix=f"{theme}-choices"),
        "habit": {
            "name": "스쿼트 30개",
            "cat": "exercise",
            "icon": "dumbbell",
            "meta": "운동 · 5분 · 보통",
            "unit": "개",
        },
        "sentence": "매주 월·수·금 저녁, 스쿼트 30개",
        "badges": _BADGES,
        "letters": _LETTERS,
        "stamps": _STAMPS,
        "toast": {"text": "물 한 잔을 적었어요.", "undo_url": "#"},
        "unlocked": {
            "name": "한 달",
            "badge_text": "한달",
            "icon": "calendar-range",
            "color": "",
            "rarity": "rare",
            "url": "#",
        },
    }


class SampleForm(forms.Form):
    name = TextField(label="습관 이름", help_text="나만 볼 수 있어요", required=False)
    email = forms.EmailField(label="메일 주소", error_messages={"invalid": "메일 주소 끝이 빠진 것 같아요."})
    terms = forms.BooleanField(
        label="이용약관에 동의해요", error_messages={"required": "약관에 동의해야 시작할 수 있어요."}
    )
    reminder = forms.BooleanField(
        label="습관 알림",
        help_text="정한 시각에 한 번만",
        required=False,
        widget=forms.CheckboxInput(attrs={"role": "switch"}),
    )


class SampleChoices(forms.Form):
    frequency = forms.ChoiceField(
        label="얼마나 자주 할까요?",
        choices=[("custom", "요일 고르기"), ("weekly", "한 주에 몇 번")],
        initial="custom",
        widget=forms.RadioSelect,
    )
    days = forms.MultipleChoiceField(
        label="어느 날에 할까요?",
        choices=list(enumerate(WEEKDAYS, start=1)),
        initial=[1, 3, 5],
        widget=forms.CheckboxSelectMultiple,
    )
    times = forms.IntegerField(label="한 주에", initial=3)
    part_of_day = forms.ChoiceField(
        label="언제 할까요?",
        choices=[("morning", "아침"), ("afternoon", "낮"), ("evening", "저녁"), ("anytime", "언제든")],
        initial="evening",
        widget=forms.RadioSelect,
    )
    target_count = forms.IntegerField(label="한 번에", initial=30)


def _row(theme: str, number: int, **facts: Any) -> dict[str, Any]:
    row = {
        "id": f"{theme}-{number}",
        "url": "#",
        "name": "명상 10분",
        "cat": "mindfulness",
        "icon": "brain",
        "state": "open",
        "kind": "once",
        "count": 0,
        "target": 1,
        "step": 1,
        "key": "",
        "check_url": "#",
        "undo_url": "#",
    }
    return row | {"label": facts.get("name", row["name"])} | facts


def _ring(done: int, part: int, still_open: int, rest: int) -> dict[str, Any]:
    states = ["done"] * done + ["part"] * part + ["open"] * still_open + ["rest"] * rest
    total = len(states) - rest
    return {
        "arcs": [{"cat": CATEGORIES[n % 7][0], "state": state} for n, state in enumerate(states)],
        "done": done,
        "total": total,
        "label": f"오늘 {total}개 중 {done}개 했어요",
        "title": ("이제 시작이에요", "절반을 넘었어요", "다 했어요")[(done > 0) + (done == total)],
        "text": "굵은 획은 한 것, 가는 획은 아직, 점선은 쉼",
    }


def _weekday(number: int) -> dict[str, Any]:
    state = ("part", "done", "rest", "part", "today", "later", "later")[number]
    share = (0.25, 1, 0, 0.75, 0.5, 0, 0)[number]
    return {
        "url": "" if state == "later" else "#",
        "weekday_text": WEEKDAYS[number],
        "number": 16 + number,
        "share": share,
        "state": state,
        "label": f"{16 + number}일",
    }


def _find(theme: str, number: int) -> dict[str, Any]:
    chosen = ("", "#")[number]
    return {
        "id": f"{theme}-{number}",
        "cat": ("health", "learning")[number],
        "icon": ("glass-water", "book-open")[number],
        "name": ("물 8잔 마시기", "책 20쪽 읽기")[number],
        "meta": ("매일 · 8잔 · 쉬움", "매일 · 30분 · 보통")[number],
        "add_url": "#",
        "chosen_url": chosen,
    }


_WATER = {"name": "물 8잔", "cat": "health", "icon": "heart", "kind": "count", "target": 8}
_BOOK = {"name": "책 20쪽", "cat": "learning", "icon": "book-open"}
_PLAN = {"name": "하루 계획 세 줄", "cat": "productivity", "icon": "target"}
_CALL = {"name": "안부 전하기", "cat": "relationships", "icon": "users"}
_CHECKS: list[dict[str, Any]] = [
    {"text": "아직", "row": {}},
    {"text": "방금 했어요", "row": {"cat": "exercise", "icon": "footprints", "state": "done", "just_done": True}},
    {"text": "했어요", "row": _BOOK | {"state": "done"}},
    {"text": "여러 번 0/8", "row": _WATER},
    {"text": "여러 번 3/8", "row": _WATER | {"count": 3}},
    {"text": "여러 번 7/8", "row": _WATER | {"count": 7}},
    {"text": "큰 수 12/20", "row": _BOOK | {"kind": "count", "count": 12, "target": 20}},
    {"text": "아주 큰 수", "row": _BOOK | {"kind": "count", "count": 6200, "target": 10000}},
    {"text": "이하로 1/2", "row": _WATER | {"kind": "at_most", "count": 1, "target": 2}},
    {"text": "쉬는 날", "row": {"cat": "creativity", "icon": "palette", "state": "rest", "check_url": ""}},
    {"text": "멈춤", "row": _PLAN | {"state": "paused", "check_url": ""}},
    {"text": "지킴이가 지킴", "row": _BOOK | {"state": "protected"}},
    {"text": "보내는 중", "row": {"cat": "exercise", "icon": "dumbbell"}, "busy": True},
    {"text": "기기에 적어 둠", "row": _CALL | {"state": "done"}, "kept": True},
    {"text": "저장 못 함", "row": {"error": "저장하지 못했어요"}},
]
_ROWS: list[dict[str, Any]] = [
    {"streak_text": "32일째", "meta": ["22:30"]},
    _WATER | {"count": 3, "streak_text": "12일째", "meta": ["5잔 남았어요"]},
    _CALL | {"state": "done", "streak_text": "6주째", "meta": ["이번 주 3번 중 3번"]},
    {"error": "저장하지 못했어요. 다시 눌러 주세요"},
    _BOOK | {"state": "protected", "streak_text": "18일째", "meta": ["지킴 1일", "이날은 지킴이가 지켰어요"]},
    _PLAN | {"state": "paused", "meta": ["11월 30일까지 멈췄어요"], "check_url": ""},
]
_BADGES = [
    {
        "earned": True,
        "badge_text": "첫발",
        "icon": "footprints",
        "color": "",
        "rarity": "common",
        "name": "첫걸음",
        "texts": ["첫 체크를 했어요", "흔함"],
    },
    {
        "earned": True,
        "badge_text": "한달",
        "icon": "calendar-range",
        "color": "#38A169",
        "rarity": "rare",
        "name": "한 달",
        "texts": ["30일을 이었어요", "드묾"],
    },
    {
        "earned": True,
        "badge_text": "다시",
        "icon": "undo-2",
        "color": "#3182CE",
        "rarity": "epic",
        "name": "다시, 봄",
        "texts": ["쉬었다 돌아왔어요", "귀함"],
    },
    {
        "earned": True,
        "badge_text": "사철",
        "icon": "leaf",
        "color": "",
        "rarity": "legendary",
        "name": "네 계절",
        "texts": ["사계절을 함께했어요", "전설"],
    },
    {
        "badge_text": "쉰날",
        "icon": "sun",
        "color": "#805AD5",
        "percent": 64,
        "name": "쉰 날",
        "texts": ["50일 중 32일", "드묾"],
    },
    {"hidden": True, "texts": ["힌트: 비 오는 날"]},
]
_REACTIONS = [
    {"value": "like", "icon": "thumbs-up", "text": "좋아요", "chosen": True},
    {"value": "love", "icon": "heart", "text": "힘이 돼요", "chosen": False},
    {"value": "helpful", "icon": "lightbulb", "text": "도움돼요", "chosen": False},
    {"value": "dislike", "icon": "thumbs-down", "text": "별로예요", "chosen": False},
]
_LETTERS = [
    {
        "cat": "creativity",
        "new": True,
        "by_model": True,
        "kind": "조언",
        "time_text": "오늘 08:00",
        "title": "그림 알림을 한 시간 당겨 볼까요?",
        "body": "지난 8주를 보면 저녁 8시 전에는 열 번 모두 그리셨어요.",
        "facts": [("본 기록", "그림 한 장 최근 8주"), ("템플릿", "조언 · 시간 당기기, 3판")],
        "reactions": [reaction | {"chosen": False} for reaction in _REACTIONS],
    },
    {
        "cat": "productivity",
        "kind": "응원",
        "time_text": "11월 12일",
        "title": "계획은 내일 다시 적어도 돼요",
        "body": "지난번에도 하루 만에 돌아오셨어요. 내일은 한 줄만 적어도 좋아요.",
        "facts": [("쓴 방법", "정해 둔 문장으로 썼어요")],
        "reactions": _REACTIONS,
    },
]
_STAMPS = [
    ("done", "했어요"),
    ("partly", "조금"),
    ("protected", "지킴"),
    ("rested", "쉼"),
    ("missed", "빈 날"),
    ("open", "오늘"),
    ("not_due", "하는 날이 아님"),
]
