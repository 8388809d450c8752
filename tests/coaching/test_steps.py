"""The next step can be done today, or on the day it names, under the plan of its habit."""

import re
import tomllib
from dataclasses import replace

import pytest

from accounts.days import ONE_DAY
from coaching import composition, facts, habit_tokens, letters, message_choice, sentences, steps
from coaching.content_rules import FILE
from habits.schedules import Daily, Interval, MonthTotal, Weekdays, Weekly, WeekTotal, Window
from tests.coaching.records import TODAY, habit, record

CONTENT = tomllib.loads((FILE.parent / "sentences.toml").read_text(encoding="utf-8"))


def step(one, *kinds, message_type="motivation", hour=8):
    its = record(one, hour=hour)
    found = facts.of_habit(one, its)
    return steps.for_habit(one, its, message_type=message_type, facts=[found[kind] for kind in kinds])


@pytest.mark.parametrize(
    ("one", "kind"),
    [
        (habit("xxx"), "once"),
        (habit("xxx", today=1), "tomorrow"),
        (habit("xxx", rests=[(TODAY, None)]), "resting"),
        (habit("xxx", target=8, unit="잔"), "portion"),
        (habit("xxx", target=8, unit="그릇", says_amounts=False), "parts"),
        (habit("xxx", schedule=Weekly(3)), "once"),
        (habit("x......", schedule=Weekly(3), today=1), "any_day"),
        (habit("x......", schedule=Weekly(1), today=1), "full_week"),
        (habit("...xxxx", schedule=Window(3, 7)), "any_day"),
        (habit("xxx", schedule=WeekTotal(), target=20, unit="쪽"), "add"),
        (habit("xxx", schedule=WeekTotal(), target=20, unit="쪽", today=20), "full_week"),
        (habit("xxx", schedule=MonthTotal(), target=60, unit="쪽"), "full_month"),
        (habit("xxx", schedule=Weekdays((3,))), "next_day"),
        (habit("x", schedule=Interval(10, TODAY), today=1), "next_date"),
        (habit("xxx", target=2, unit="잔", direction="at_most"), "keep_limit"),
        (habit("xxx", target=0, direction="at_most"), "keep_none"),
    ],
)
def test_the_step_fits_how_the_habit_stands_today(one, kind):
    assert step(one).kind == kind


@pytest.mark.parametrize(
    "name",
    [
        "밤 11시 반에 눕기",
        "자기 전 치실",
        "술 없는 날",
        "무지출 하루",
        "일찍 자기",
        "In bed by 11:30",
        "A no-spend day",
    ],
)
def test_a_habit_that_says_its_own_time_is_given_no_other(name):
    at_night = habit("x" * 12, name=name, hours={20: 12})
    hard = habit("xxxxxx." * 6, name=name)

    assert step(at_night, "hour").kind == "its_time"
    assert step(replace(at_night, is_done=True), "hour").kind == "its_time_tomorrow"
    assert step(habit("xxxx....", name=name), "away").kind == "its_time"
    assert step(hard, "hard_weekday", message_type="advice").kind == "its_weekday"
    assert step(habit("xxxxx..", name=name), "week", message_type="advice").kind == "ease"


@pytest.mark.parametrize(
    "name",
    [
        "명상",
        "책 20쪽 읽기",
        "달리기 3km",
        "안부 전하기",
        "Drink 8 glasses of water",
        "Note to self",
        "자기 계발",
        "잠깐 걷기",
        "하루 계획 세 줄",
        "Make the bed",
    ],
)
def test_another_name_leaves_the_time_open(name):
    assert step(habit("x" * 12, name=name, hours={20: 12}), "hour").kind == "same_hour"


@pytest.mark.parametrize(
    ("language", "said"), [("ko", "오늘 밤 2시쯤을 비워 둬요."), ("en", "Keep some time free around 02:00 tonight.")]
)
def test_an_hour_after_midnight_is_that_of_the_night(language, said):
    one = habit("x" * 12, hours={2: 12})
    its = replace(record(one, hour=14, language=language), day_start=5)
    found = facts.of_habit(one, its)
    made = steps.for_habit(one, its, message_type="motivation", facts=[found["hour"]])

    assert sentences.step_text(made, habit="명상", language=language, turn=1) == said


def test_a_letter_after_a_better_week_goes_on_even_where_half_of_it_was_empty():
    one = habit("x......" + "xx....x")

    assert letters.choose(record(one), [], seed="1").facts[0].kind == "more"
    assert letters.choose(record(one), [], seed="1").step.kind == "keep_on"


def test_a_letter_before_a_change_of_the_plan_tells_the_week_and_no_strong_weekday():
    one = habit("x.x.x.." * 6)
    found = facts.of_habit(one, record(one))
    told = frozenset(fact.key for kind, fact in found.items() if kind not in ("good_weekday", "week"))
    past = [message_choice.Past(TODAY - 7 * ONE_DAY, "motivation", "명상", told, frozenset())]

    letter = letters.choose(record(one), past, seed="1")

    assert "good_weekday" in found
    assert (letter.facts[0].kind, letter.step.kind) == ("week", "anchor")


@pytest.mark.parametrize(
    ("days", "schedule", "rests"),
    [
        # All three times of a week, after five.
        ("xxxxx.." + "x.x.x..", Weekly(3), ()),
        # Each due day of a week with a rest in it.
        ("xxxxxxx" + "xxx....", None, [(TODAY - 4 * ONE_DAY, TODAY - ONE_DAY)]),
    ],
)
def test_a_week_in_which_all_was_done_that_was_asked_for_is_not_a_slower_one(days, schedule, rests):
    one = habit(days, schedule=schedule, rests=rests)

    assert "fewer" not in facts.of_habit(one, record(one))


def test_a_letter_tells_no_mostly_empty_week_beside_a_better_one():
    better, empty = habit("x......" + "xx....x"), habit("." * 8 + "x" + "." * 5, name="책")

    for seed in range(20):
        told = letters.choose(record(better, empty), [], seed=str(seed)).facts
        assert ("week", "책") not in {(fact.kind, fact.habit_id) for fact in told}


def test_a_limit_that_was_passed_today_is_not_to_be_kept():
    passed = replace(habit("xxx", target=2, unit="잔", direction="at_most", today=3), wants_more=False)

    assert step(passed).kind == "look"


def test_an_hour_that_is_over_is_not_suggested_for_today():
    one = habit("x" * 12, hours={7: 9, 20: 1})

    assert step(one, "hour", hour=6).kind == "same_hour"
    assert step(one, "hour", hour=8).kind == "once"


def test_what_is_left_of_a_round_length_is_the_fact_and_the_step_is_to_do_it():
    """A step that says the length once more leads nowhere."""
    assert step(habit("." + "x" * 6), "near").kind == "once"
    assert step(habit("." + "x" * 6, target=8, unit="잔"), "near").kind == "portion"
    assert step(habit("x......" * 6, schedule=Weekly(1)), "near").kind == "once"


def test_the_usual_hour_is_named_every_other_day_where_once_is_asked_for():
    usual = {20: 12, 7: 1}
    one = habit("x" * 13, hours=usual)
    days = (replace(record(one, hour=8), day=day) for day in (TODAY, TODAY + ONE_DAY))
    kinds = [steps.for_habit(one, its, message_type="motivation", facts=[]).kind for its in days]

    assert sorted(kinds) == ["once", "same_hour"]
    assert step(habit("x" * 13, hours=usual, target=8, unit="잔")).kind == "portion"


@pytest.mark.parametrize(
    ("schedule", "kind"),
    [(Daily(), "plan_weekday"), (Weekdays((1, 3, 7)), "move_weekday"), (Weekdays((7,)), "plan_weekday")],
)
def test_only_a_day_that_was_chosen_can_be_moved(schedule, kind):
    one = habit("xxxxxx." * 6, schedule=schedule)
    hard = facts.HABIT_FACTS["hard_weekday"](habit("xxxxxx." * 6), record(one))
    fact = facts.Fact(kind="hard_weekday", habit_id=one.id, params=hard, evidence=["habits:today"])

    assert steps.for_habit(one, record(one), message_type="advice", facts=[fact]).kind == kind


def test_the_goal_is_lowered_only_where_less_than_half_was_done():
    many, few = "xxxxxxx" + "xxxxx..", "xxxxxxx" + "x...x.."

    assert step(habit(many, target=10, unit="개"), "fewer", message_type="advice").kind == "anchor"
    assert step(habit(few, target=10, unit="개"), "fewer", message_type="advice").params == {"amount": "5개"}


@pytest.mark.parametrize("kind", ["lower", "raise", "portion"])
def test_amounts_are_those_of_a_day(kind):
    korean = CONTENT["steps"][kind]["ko"]
    assert all("하루" in text or "오늘" in text for text in korean)


def test_each_kind_of_step_has_a_place_and_sentences_in_both_languages():
    placed = [kind for kinds in steps.ABOUT.values() for kind in kinds]

    assert sorted(placed) == sorted(CONTENT["steps"])
    assert len(set(placed)) == len(placed)
    assert all(len(texts["ko"]) == len(texts["en"]) for texts in CONTENT["steps"].values())


@pytest.mark.parametrize(("kind", "fewest"), [("once", 10), ("plan_weekday", 5), ("move_weekday", 5), ("portion", 6)])
def test_what_is_said_most_often_is_said_in_many_ways(kind, fewest):
    assert len(set(CONTENT["steps"][kind]["ko"])) >= fewest


def test_a_step_of_another_habit_says_which():
    one = habit("xxxx", name="산책 🙂")
    plain = steps.for_habit(one, record(one), message_type="motivation", facts=[])

    named = sentences.step_text(plain, habit=one.name, language="ko", turn=0, is_named=True)
    english = sentences.step_text(plain, habit="Walk", language="en", turn=0, is_named=True)
    assert named == "‘산책 🙂’은 오늘 한 번 해 봐요."
    assert english == "“Walk”: do it once today."


def test_no_korean_step_has_a_topic_of_its_own():
    for kind, texts in CONTENT["steps"].items():
        for text in texts["ko"]:
            assert not re.search(r"(오늘|내일|지금|다음|먼저|그날|날|주)(은|는) ", text), (kind, text)


# ── Letters ──────────────────────────────────────────────────────────────────


def read(text, *names):
    """The text with names, which are the ids of the habits here."""
    return habit_tokens.fill(text, {name: name for name in names}, language="ko")


def letter(*habits):
    its = record(*habits)
    choice = letters.choose(its, [], seed="1")
    return choice, composition.context_of(choice, its, turn=0, shares_names=False)


def test_a_letter_after_a_better_week_says_to_go_on():
    choice, context = letter(habit("x......" + "xxxxx..", name="명상"), habit("xxxxxxx" * 2, name="걷기"))

    assert choice.facts[1].kind == "more"
    assert choice.step.kind == "keep_on"
    assert read(context.step.text, "명상").startswith("‘명상’은 ")


def test_a_letter_after_a_slower_week_suggests_a_change():
    choice, context = letter(habit("xxxxxxx" + "xxx....", name="명상"), habit("xxxxxxx" * 2, name="걷기"))

    assert choice.facts[1].kind == "fewer"
    assert choice.step.kind == "anchor"
    assert "‘명상’은 " in read(context.step.text, "명상")


def test_a_letter_about_a_habit_that_rests_lets_it_rest():
    choice, _context = letter(
        habit("xxxxxxx" + "xxx....", name="명상", rests=[(TODAY, None)]), habit("xxxxxxx" * 2, name="걷기")
    )

    assert choice.step.kind == "resting"


def test_a_message_names_its_habit_once():
    one = habit("xxx....xxxxxxx", name="물 100%")
    for seed in range(30):
        choice = message_choice.choose(record(one), [], seed=str(seed))
        context = composition.context_of(choice, record(one), turn=seed, shares_names=False)
        said = " ".join([*(fact.text for fact in context.facts), context.step.text])
        assert read(said, one.name).count("‘물 100%’") == 1, said
