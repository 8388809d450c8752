"""The product's content files are complete, valid and in the product's tone. Needs no database."""

import itertools
import re
import tomllib
from collections import Counter
from importlib.resources import files
from pathlib import Path
from zipfile import ZipFile

import pytest
from jinja2 import StrictUndefined, meta, nodes
from jinja2.sandbox import ImmutableSandboxedEnvironment

from coaching.steps import ABOUT
from core.josa import josa
from gamification import criteria
from habits import schedules

ROOT = Path(__file__).parent.parent
CATEGORIES = {"health", "exercise", "mindfulness", "learning", "productivity", "relationships", "creativity"}
TYPES = {"motivation", "advice", "celebration", "challenge", "reminder"}
TONES = {"encouraging", "gentle", "energetic", "thoughtful"}
TERMS = ["terms", "privacy", "health", "marketing", "night", "ai_abroad"]
# Variables that the settings fill in.
SETTINGS = {
    "operator_name", "operator_details", "support_email", "privacy_officer", "processors", "model_provider",
    "model_country",
}  # fmt: skip

# Medical claims, and words that blame or push.
CLAIMS = re.compile(
    r"치료|진단|처방|예방|완치|효능|효과|면역|질환|증상|\b(cure|treat|diagnos|prevent|therap|remed|immun|symptom)"
)
from tests.cases import for_each

BLAME = re.compile(r"실패|포기|반드시|게으|핑계|\b(fail|lazy|excuse|must|never miss)")


def rows(path: str) -> list[dict]:
    table = Path(path).stem
    return tomllib.loads((ROOT / path).read_text())[table]


HABIT_CATEGORIES = rows("habits/content/habit_categories.toml")
HABITS = rows("habits/content/habits.toml")
PLANS = rows("billing/content/subscription_plans.toml")
ACHIEVEMENTS = rows("gamification/content/achievements.toml")
PROMPTS = rows("coaching/content/ai_prompt_templates.toml")
RULES = tomllib.loads((ROOT / "coaching/content/rules.toml").read_text())
ALL = {
    "habit_categories": HABIT_CATEGORIES,
    "habits": HABITS,
    "subscription_plans": PLANS,
    "achievements": ACHIEVEMENTS,
    "ai_prompt_templates": PROMPTS,
}

# The schema document's varchar lengths, and those of our own columns.
LENGTHS = {
    "habit_categories": {"name": 100, "name_en": 100, "icon": 50, "color": 7},
    "habits": {"name": 200, "difficulty_level": 20, "default_frequency": 20, "icon": 50, "color": 7,
               "default_unit": 20, "default_direction": 10, "default_part_of_day": 10},
    "subscription_plans": {"id": 50, "name": 100, "currency": 3, "billing_cycle": 20},
    "achievements": {"id": 50, "name": 100, "icon": 50, "color": 7, "rarity": 20, "seal": 4},
    "ai_prompt_templates": {"name": 100, "message_type": 50, "version": 20, "tone": 50},
}  # fmt: skip
KEYS = {
    "habit_categories": ["name_en"],
    "habits": ["category", "name"],
    "subscription_plans": ["id"],
    "achievements": ["id"],
    "ai_prompt_templates": ["name", "version"],
}
# Translated columns, by their name in `translations`.
TRANSLATED = {
    "habit_categories": {"name": "name", "description": "description"},
    "habits": {"name": "name", "description": "description", "default_unit": "unit", "instructions": "instructions",
               "tips": "tips"},
    "subscription_plans": {"name": "name", "description": "description", "features": "features"},
    "achievements": {"name": "name", "description": "description"},
    "ai_prompt_templates": {"name": "name", "template": "template", "rule_template": "rule_template"},
}  # fmt: skip
EACH_ROW = [(table, row) for table in ALL for row in ALL[table]]


def texts(value: object) -> list[str]:
    """All strings inside a value."""
    if isinstance(value, str):
        return [value]
    if isinstance(value, dict):
        return [text for inner in value.values() for text in texts(inner)]
    return [text for inner in value for text in texts(inner)] if isinstance(value, list) else []


def said(row: dict) -> list[str]:
    """The texts of a row that people read, in both languages, without those for the language model."""
    hidden = {"template", "variables", "criteria"}
    own = [text for name, value in row.items() if name not in hidden | {"translations"} for text in texts(value)]
    other = row["translations"].values()
    return own + [
        text for words in other for name, value in words.items() if name not in hidden for text in texts(value)
    ]


# ── Every table ──────────────────────────────────────────────────────────────


@for_each(ALL)
def test_natural_keys_are_unique(table):
    keys = Counter(tuple(row[name] for name in KEYS[table]) for row in ALL[table])

    assert [key for key, times in keys.items() if times > 1] == []


@for_each(EACH_ROW)
def test_words_fit_their_columns(table, row):
    assert {name: row[name] for name, most in LENGTHS[table].items() if len(row.get(name, "")) > most} == {}


@for_each(EACH_ROW)
def test_english_is_complete(table, row):
    english = row["translations"]["en"]
    expected = {there for here, there in TRANSLATED[table].items() if row.get(here)}

    assert {name for name in english if name != "hint"} == expected
    assert all(texts(english[name]) and all(text.strip() for text in texts(english[name])) for name in english)
    assert {there: len(row[here]) for here, there in TRANSLATED[table].items() if isinstance(row.get(here), list)} == {
        name: len(words) for name, words in english.items() if isinstance(words, list)
    }
    assert not re.search("[가-힣]", " ".join(texts(english)))


@for_each(EACH_ROW)
def test_words_claim_nothing_medical_and_blame_nobody(table, row):
    words = "\n".join(said(row))

    assert CLAIMS.findall(words) == []
    assert BLAME.findall(words.lower()) == []


def test_nothing_is_shouted():
    content = [*ROOT.glob("*/content/*.toml"), *ROOT.glob("accounts/content/terms/*.md")]

    shouted = {path.name for path in content if re.search(r"[!！]", path.read_text().replace("!=", ""))}

    assert len(content) == 19
    assert shouted == set()


def test_icons_are_drawn_by_lucide():
    with (files("lucide") / "lucide.zip").open("rb") as zipped, ZipFile(zipped) as archive:
        drawn = {name.removesuffix(".svg") for name in archive.namelist()}

    assert {row["icon"] for row in HABIT_CATEGORIES + HABITS + ACHIEVEMENTS} - drawn == set()


@for_each(["habit_categories", "habits", "subscription_plans", "achievements"])
def test_rows_stand_in_the_order_they_are_shown(table):
    group = "category" if table == "habits" else None
    places = [(row.get(group), row["sort_order"]) for row in ALL[table]]

    assert len(set(places)) == len(places)
    for _, ordered in itertools.groupby(places, key=lambda place: place[0]):
        numbers = [number for _, number in ordered]
        assert numbers == sorted(numbers)


# ── Categories and habits ────────────────────────────────────────────────────


def test_the_categories_are_the_documents():
    assert [(row["name"], row["name_en"], row["icon"], row["color"]) for row in HABIT_CATEGORIES] == [
        ("건강", "health", "heart", "#E53E3E"),
        ("운동", "exercise", "dumbbell", "#38A169"),
        ("마음챙김", "mindfulness", "brain", "#805AD5"),
        ("학습", "learning", "book", "#3182CE"),
        ("생산성", "productivity", "target", "#D69E2E"),
        ("관계", "relationships", "users", "#DD6B20"),
        ("창의성", "creativity", "palette", "#ED64A6"),
    ]


def test_there_are_habits_for_everyone():
    by_category = Counter(row["category"] for row in HABITS)
    featured = Counter(row["category"] for row in HABITS if row.get("is_featured"))

    assert len(HABITS) >= 70
    assert set(by_category) == set(featured) == CATEGORIES
    assert min(by_category.values()) >= 8
    assert featured.total() >= 14
    for category in CATEGORIES:
        levels = {row["difficulty_level"] for row in HABITS if row["category"] == category}
        assert levels == {"beginner", "intermediate", "advanced"}


@for_each(HABITS)
def test_a_habit_can_be_taken_up_as_it_is(row):
    schedule = row.get("default_schedule", {})
    if schedule.get("kind") == "interval":
        # A template has no first day: it begins on the day a person adopts it.
        schedule = {**schedule, "from": "2026-11-22"}

    schedules.parse(
        row.get("default_frequency", "daily"),
        schedule,
        target=row.get("default_target_count", 1),
        unit=row.get("default_unit", ""),
        direction=row.get("default_direction", "at_least"),
    )

    assert row["default_part_of_day"] in {"morning", "afternoon", "evening", "anytime"}
    assert 1 <= row.get("estimated_time_minutes", 1) <= 240


@for_each(HABITS)
def test_a_habit_explains_itself_briefly(row):
    assert 2 <= len(row["instructions"]) <= 4
    assert 1 <= len(row["tips"]) <= 2
    assert max(map(len, [row["description"], *row["instructions"], *row["tips"]])) <= 50
    assert len(row["name"]) <= 20


@for_each(HABITS)
def test_an_amount_names_its_unit(row):
    counts = row.get("default_target_count", 1) > 1 or row.get("default_direction") == "at_most"

    assert bool(row.get("default_unit")) is counts


def test_korean_is_spoken_in_the_polite_everyday_form():
    spoken = [row["description"] for row in HABIT_CATEGORIES + HABITS + PLANS + ACHIEVEMENTS]
    spoken += [text for row in HABITS for text in row["instructions"] + row["tips"]]
    quoted = re.compile(r"'[^']*'|‘[^’]*’")
    sentences = [
        sentence for text in spoken for sentence in re.split(r"(?<=[.?])\s+", quoted.sub("", text)) if sentence
    ]

    assert [sentence for sentence in sentences if not re.search(r"요[.?]$", sentence)] == []


# ── Plans ────────────────────────────────────────────────────────────────────


def test_the_documents_plans_are_kept_word_for_word():
    documents = ["id", "name", "price", "features", "limits", "currency", "billing_cycle"]

    assert [tuple(row[name] for name in documents) for row in PLANS if row["id"] in {"basic", "premium"}] == [
        ("basic", "Basic", 0, ["기본 습관 추적", "제한된 AI 코칭"],
         {"max_habits": 3, "ai_messages_per_day": 5}, "KRW", "monthly"),
        ("premium", "Premium", 990000, ["무제한 습관 추적", "무제한 AI 코칭", "상세 분석"],
         {"max_habits": -1, "ai_messages_per_day": -1}, "KRW", "monthly"),
    ]  # fmt: skip


@pytest.mark.parametrize("plan", ["premium", "pro"])
def test_a_year_costs_ten_months_and_holds_the_same(plan):
    monthly, yearly = ({row["id"]: row for row in PLANS}[name] for name in (plan, f"{plan}_yearly"))

    assert yearly["price"] == 10 * monthly["price"]
    assert (monthly["billing_cycle"], yearly["billing_cycle"]) == ("monthly", "yearly")
    assert (yearly["features"], yearly["limits"]) == (monthly["features"], monthly["limits"])


# ── Achievements ─────────────────────────────────────────────────────────────


def test_there_are_achievements_of_every_rarity():
    assert len(ACHIEVEMENTS) >= 36
    assert set(Counter(row["rarity"] for row in ACHIEVEMENTS)) == {"common", "rare", "epic", "legendary"}
    assert {"first_week", "streak_30", "early_bird"} <= {row["id"] for row in ACHIEVEMENTS}


@for_each(ACHIEVEMENTS)
def test_an_achievement_can_be_earned(row):
    criterion = criteria.parse(row["criteria"])

    assert not criteria.satisfied(criterion, criteria.Progress())
    assert getattr(criterion, "category", "health") in CATEGORIES
    assert row["points"] > 0


def test_no_two_achievements_ask_for_the_same():
    asked = Counter(repr(criteria.parse(row["criteria"])) for row in ACHIEVEMENTS)

    assert max(asked.values()) == 1


def test_each_seal_is_carved_with_two_syllables_of_its_own():
    seals = [row["seal"] for row in ACHIEVEMENTS]

    assert [seal for seal in seals if not re.fullmatch("[가-힣]{2}", seal)] == []
    assert len(set(seals)) == len(seals)


@for_each(ACHIEVEMENTS)
def test_only_a_hidden_achievement_gives_a_hint(row):
    hints = {language for language, words in row["translations"].items() if words.get("hint")}

    assert hints == ({"ko", "en"} if row["criteria"].get("hidden") else set())


# ── The coach ────────────────────────────────────────────────────────────────

ENVIRONMENT = ImmutableSandboxedEnvironment(undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
ENVIRONMENT.filters["josa"] = josa
FACTS = {
    "rules": [RULES["ko"]],
    "today": ["11월 28일 토요일"],
    "category": ["건강", ""],
    "habit_name": ["물 8잔 마시기", ""],
    "title": ["12일째 이어지고 있어요"],
    "fact": ["명상 10분을 12일째 이어 오고 있어요."],
    "extra": ["", "지난 한 주 동안 명상 10분을 7번 가운데 6번 했어요."],
    "step": ["오늘 몫을 한 번만 해 봐요."],
    "about": [*ABOUT],
    "turn": list(range(8)),
}
EACH_PROMPT = [(row, words) for row in PROMPTS for words in (row, *row["translations"].values())]


def situations(row: dict) -> list[dict]:
    """Every combination of the variables that the row declares."""
    names = list(row["variables"])
    return [dict(zip(names, values, strict=True)) for values in itertools.product(*(FACTS[name] for name in names))]


def test_each_kind_of_message_has_one_template_for_each_tone():
    found = [(row["message_type"], row["tone"]) for row in PROMPTS]

    assert sorted(found) == sorted(itertools.product(TYPES, TONES))


@for_each(EACH_PROMPT)
def test_templates_use_exactly_the_variables_they_declare(row, words):
    parsed = [ENVIRONMENT.parse(words[name]) for name in ("template", "rule_template")]

    assert set().union(*map(meta.find_undeclared_variables, parsed)) <= set(row["variables"])
    assert set(row["variables"].values()) <= {"string", "integer"}
    assert set(row["variables"]) <= set(FACTS)
    if words is row:
        assert set().union(*map(meta.find_undeclared_variables, parsed)) == set(row["variables"])


@for_each(EACH_PROMPT)
def test_templates_call_nothing_and_reach_into_nothing(row, words):
    for name in ("template", "rule_template"):
        parsed = ENVIRONMENT.parse(words[name])
        assert list(parsed.find_all((nodes.Call, nodes.Getattr, nodes.Include, nodes.Import))) == []
        assert {found.name for found in parsed.find_all(nodes.Filter)} <= {"josa", "default", "length"}


@for_each(EACH_PROMPT)
def test_a_prompt_is_a_system_part_that_begins_with_the_rules_and_a_user_part(row, words):
    system, user = re.fullmatch(
        r"\[system\]\n(.*)^\[user\]\n(.*)", words["template"], re.DOTALL | re.MULTILINE
    ).groups()

    facts = situations(row)[0]
    written = [ENVIRONMENT.from_string(part).render(facts) for part in (system, user)]

    assert written[0].startswith(RULES["ko"])
    assert re.search(r"<(기록|record)>물 8잔 마시기</(기록|record)>", written[1])
    assert "{{ habit_name }}" not in system
    assert len("".join(written)) < 2000


@for_each(EACH_PROMPT)
def test_a_rule_writes_a_whole_letter_in_every_situation(row, words):
    template = ENVIRONMENT.from_string(words["rule_template"])

    for facts in situations(row):
        title, _, body = template.render(facts).strip().partition("\n")
        body = " ".join(body.split())
        assert 0 < len(title) <= 60, facts
        assert 0 < len(body) <= 320, facts
        assert "(" not in title + body, facts
        assert not re.search(r"\b0(번|일|주| of| in| times| days| weeks)", title + body), facts
        if words is row:
            assert re.search(r"요[.?]?$", title), (facts, title)
            assert re.search(r"요[.?]$", body), (facts, body)


def test_the_rules_stand_in_both_languages():
    assert set(RULES) == {"ko", "en"}
    assert [len(re.findall(r"^\d\. ", text, re.MULTILINE)) for text in RULES.values()] == [9, 9]


# ── Consents ─────────────────────────────────────────────────────────────────


def consent(item: str, language: str) -> str:
    return (ROOT / f"accounts/content/terms/{item}.{language}.md").read_text()


def outline(text: str) -> list[str]:
    """The structure of a text: its "#", "##" and "-" in order, without plain paragraphs."""
    return re.findall(r"^(#{1,2}|-) ", text, re.MULTILINE)


@pytest.mark.parametrize("item", TERMS)
def test_a_consent_says_the_same_in_both_languages(item):
    assert outline(consent(item, "ko")) == outline(consent(item, "en"))


@pytest.mark.parametrize("language", ["ko", "en"])
@pytest.mark.parametrize("item", TERMS)
def test_a_consent_is_dated_and_names_only_settings(item, language):
    text = consent(item, language)

    assert re.search(r"^(시행일 2026년 11월 29일|In force from Nov 29, 2026)$", text, re.MULTILINE)
    assert set(re.findall(r"{{ (\w+) }}", text)) <= SETTINGS
    assert text.count("{") == 2 * len(re.findall(r"{{ \w+ }}", text))


def test_no_consent_but_the_two_required_claims_to_be_required():
    assert {item for item in TERMS if "(선택)" in consent(item, "ko").splitlines()[0]} == {
        "health",
        "marketing",
        "night",
        "ai_abroad",
    }
    assert {item for item in TERMS if "(optional)" in consent(item, "en").splitlines()[0]} == {
        "health",
        "marketing",
        "night",
        "ai_abroad",
    }


def test_the_file_list_of_the_tables_is_complete():
    found = {path.stem for path in ROOT.glob("*/content/*.toml")}

    assert found == {*ALL, "rules", "sentences"}
