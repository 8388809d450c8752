"""The words of the product: none that docs/glossary.md has retired."""

import datetime as dt
import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.utils import timezone, translation

from core.templatetags import ui
from core.text_format import (
    ENGLISH_UNITS,
    NBSP,
    UNITS,
    WORD_JOINER,
    amount,
    facts,
    hour_text,
    moment_text,
    share_text,
    whole_percents,
)
from devtools.management.commands import messages
from habits.enrollment import Choice
from habits.models import Habit

ROOT = Path(settings.BASE_DIR)
CATALOGUE = ROOT / "habits" / "content" / "habits.toml"
CONTENT = sorted(path for path in ROOT.glob("*/content/*.toml"))
# Texts of consents, and migrations, whose labels are those of the models.
WHOLE = sorted([*ROOT.glob("*/content/*/*.md"), *ROOT.glob("*/migrations/0*.py"), *ROOT.glob("*/*/migrations/0*.py")])


def retired() -> list[str]:
    table = (ROOT / "docs" / "glossary.md").read_text().partition("## Retired words")[2]
    rows = [line.split("|")[1] for line in table.splitlines() if line.startswith("| ") and "retired" not in line]
    return [word.strip() for row in rows for word in row.split(",")]


def texts_in(value: Any) -> list[str]:
    if isinstance(value, dict):
        return [text for one in value.values() for text in texts_in(one)]
    if isinstance(value, list):
        return [text for one in value for text in texts_in(one)]
    return [value] if isinstance(value, str) else []


def said() -> list[str]:
    """Every text in Korean and in English: the catalogue of messages and the content files."""
    texts = []
    for message in messages.read_english():
        for part in (message.id, message.string):
            texts += [part] if isinstance(part, str) else [*part]
    return texts + [text for path in CONTENT for text in texts_in(tomllib.loads(path.read_text()))]


def test_the_glossary_names_retired_words():
    assert {"넣어 두기", "도장", "Gather"} <= set(retired())


def test_no_text_uses_a_retired_word():
    # A Korean word may follow another one without a space; an English word is whole.
    pattern = re.compile("|".join(word if ord(word[0]) > 127 else rf"\b{word}\b" for word in retired()))

    assert [text for text in said() if pattern.search(text)] == []
    assert [(path.name, found[0]) for path in WHOLE if (found := pattern.search(path.read_text()))] == []


def test_a_unit_of_the_catalogue_is_said_in_the_readers_language():
    with translation.override("en"):
        assert [amount(1, "쪽"), amount(20, "쪽"), amount(3, "바퀴")] == [
            "1\N{NO-BREAK SPACE}page",
            "20\N{NO-BREAK SPACE}pages",
            "3 바퀴",
        ]
    with translation.override("ko"):
        assert amount(20, "쪽") == "20쪽"


def test_a_unit_chosen_in_english_counts_one_and_is_korean_on_a_korean_page():
    with translation.override("en"):
        assert [amount(1, "pages"), amount(20, "pages"), amount(1, "reps")] == [
            "1\N{NO-BREAK SPACE}page",
            "20\N{NO-BREAK SPACE}pages",
            "1\N{NO-BREAK SPACE}rep",
        ]
    with translation.override("ko"):
        assert [amount(20, "pages"), amount(3, "reps")] == ["20쪽", "3개"]


def test_every_unit_of_the_catalogue_is_known_in_both_languages():
    habits = tomllib.loads(CATALOGUE.read_text())["habits"]
    korean = {one["default_unit"] for one in habits if "default_unit" in one}
    english = {one["translations"]["en"]["unit"] for one in habits if "unit" in one["translations"]["en"]}

    with translation.override("ko"):
        assert korean <= {str(unit % 2) for unit in UNITS}
    assert english == ENGLISH_UNITS.keys()


@pytest.mark.parametrize("name", ["물 8잔 마시기", "커피 2잔 이하", "책 20쪽 읽기"])
@pytest.mark.parametrize("chosen_in", ["ko", "en"])
def test_a_habit_counts_in_its_template_s_unit_whichever_language_it_was_chosen_in(name, chosen_in):
    row = next(one for one in tomllib.loads(CATALOGUE.read_text())["habits"] if one["name"] == name)
    habit = Habit(default_target_count=2, default_unit=row["default_unit"], translations=row["translations"])
    with translation.override(chosen_in):
        unit = Choice.suggested(habit, day=dt.date(2026, 11, 30)).unit

    with translation.override("ko"):
        assert amount(2, unit) == f"2{row['default_unit']}"
    with translation.override("en"):
        assert amount(2, unit) == f"2\N{NO-BREAK SPACE}{row['translations']['en']['unit']}"


@pytest.mark.parametrize(
    ("done", "korean", "english"),
    [
        (3, "20쪽 중 3쪽", "3 of 20\N{NO-BREAK SPACE}pages"),
        (0, "20쪽 중 0쪽", "0 of 20\N{NO-BREAK SPACE}pages"),
        (20, "20쪽", "20\N{NO-BREAK SPACE}pages"),
    ],
)
def test_a_share_names_its_unit_as_often_as_the_language_does(done, korean, english):
    with translation.override("ko"):
        assert share_text(done, 20, "쪽") == korean
    with translation.override("en"):
        assert share_text(done, 20, "쪽") == english


@pytest.mark.parametrize(
    ("hour", "korean", "english"), [(8, "오전 8시", "08:00"), (20, "오후 8시", "20:00"), (24, "오전 12시", "00:00")]
)
def test_a_full_hour_is_said_on_the_clock_of_the_language(hour, korean, english):
    said = []
    for language in ("ko", "en"):
        with translation.override(language):
            said.append(hour_text(hour))

    assert said == [korean, english]


def test_english_has_typographic_apostrophes():
    consents = [path.read_text() for path in ROOT.glob("accounts/content/terms/*.en.md")]
    straight = re.compile(r"[a-z]'[a-z]", re.IGNORECASE)

    assert [found[0] for text in [*said(), *consents] if (found := straight.search(text))] == []


def test_a_particle_stays_with_its_percent_sign():
    assert whole_percents("50%가 남고 3%p 늘었어요. 100%") == f"50%{WORD_JOINER}가 남고 3%p 늘었어요. 100%"


@pytest.mark.parametrize(
    ("language", "at", "said"),
    [
        ("ko", dt.datetime(2026, 6, 1, 1, 5, tzinfo=dt.UTC), "6월 1일 오전 10:05"),
        ("en", dt.datetime(2026, 6, 1, 1, 5, tzinfo=dt.UTC), "Jun 1 10:05"),
        ("en", dt.datetime(2027, 1, 5, 0, 0, tzinfo=dt.UTC), "Jan 5, 2027, 09:00"),
        # In Seoul the year has begun.
        ("ko", dt.datetime(2025, 12, 31, 16, 0, tzinfo=dt.UTC), "1월 1일 오전 1:00"),
    ],
)
def test_a_time_of_this_year_leaves_the_year_out(language, at, said):
    with translation.override(language), timezone.override("Asia/Seoul"):
        shown = moment_text(timezone.localtime(at), today=dt.date(2026, 7, 1))

    assert shown.replace(NBSP, " ") == said


def test_facts_are_joined_in_a_text_and_apart_on_a_page():
    words = ["매일", "", None, "8잔 <중>", "매주 월요일과 수요일"]

    assert facts(words) == f"매일 ·{NBSP}8잔{NBSP}<중> ·{NBSP}매주 월요일과 수요일"
    assert ui.facts_line(words) == "<span>매일</span><span>8잔 &lt;중&gt;</span><span>매주 월요일과 수요일</span>"


def test_an_empty_field_is_said_in_our_own_words():
    for language, said in (("ko", "여기를 채워 주세요."), ("en", "Please fill this in.")):
        with translation.override(language):
            assert translation.gettext("This field is required.") == said
