"""What the coach may say of a habit, and when two facts are the same one."""

import re
from dataclasses import replace

import pytest

from accounts.days import ONE_DAY
from coaching import facts, letters, message_choice, records, sentences, steps, words
from coaching.context import Fact
from coaching.message_choice import Past
from coaching.models import MessageType
from habits.schedules import Interval, Weekdays, Weekly
from habits.streaks import Reason
from tests.coaching.records import TODAY, habit, record


def of(one, language="ko"):
    return facts.of_habit(one, record(one, language=language))


def fact(kind, **params):
    return Fact(kind=kind, habit_id="1", params=params, evidence=["habits:today"])


def test_a_run_of_one_length_is_one_fact_whichever_kind_tells_it():
    keys = {fact(kind, length="7일", left="이레").key for kind in ("streak", "longest_now", "near")}

    assert len(keys) == 1
    assert fact("streak", length="8일").key not in keys
    assert fact("total", count=7).key not in keys


@pytest.mark.parametrize(
    ("kind", "before", "after"),
    [
        ("age", {"days": 30}, {"days": 40}),
        ("hour", {"clock": "오후 8시", "times": 5, "of": 10}, {"clock": "오후 8시", "times": 6, "of": 11}),
        ("hard_weekday", {"weekday": "월요일", "empty": 4, "due": 8}, {"weekday": "화요일", "empty": 5, "due": 8}),
        ("away", {"days": 3, "count": 9}, {"days": 4, "count": 9}),
    ],
)
def test_what_stays_true_for_weeks_is_one_fact_whatever_its_numbers(kind, before, after):
    assert fact(kind, **before).key == fact(kind, **after).key


def test_the_longest_run_is_longer_than_every_other():
    assert "longest_now" in of(habit("xxx...xxxx"))
    assert "longest_now" not in of(habit("xxxx...xxxx"))


def test_a_habit_due_every_other_week_has_no_run_of_days():
    every = Interval(14, TODAY)
    days = "x.............x.............x............."

    assert not {"streak", "longest_now", "near"} & of(habit(days, schedule=every)).keys()
    assert "streak" in of(habit("x.x.xx", schedule=Weekdays((2, 4, 6, 7))))


def test_the_age_is_told_on_round_days():
    assert of(habit("x" * 30))["age"].params == {"days": 30}
    assert "age" not in of(habit("x" * 31))


def test_a_day_less_than_last_week_is_no_news():
    assert "fewer" not in of(habit("xxxxxxx" + "xxxxxx."))
    assert of(habit("xxxxxxx" + "xxxxx.."))["fewer"].params == {"before": 7, "now": 5}


def test_times_are_not_said_of_a_habit_that_counts_times_a_day():
    rests = habit("x" * 14, target=6, unit="번", name="눈 쉬기")
    glasses = habit("x" * 14, target=8, unit="잔")

    assert not {"total", "amount_week"} & of(rests).keys()
    assert of(glasses)["total"].params == {"count": 14}
    assert of(glasses)["amount_week"].params == {"amount": "56잔"}


def test_a_weekday_is_hard_if_half_of_its_days_were_empty_and_one_of_the_last_two():
    bad = "xxxxxx."
    assert of(habit(bad * 6))["hard_weekday"].params == {"weekday": "일요일", "empty": 6, "due": 6}
    assert "hard_weekday" not in of(habit(bad * 3 + "xxxxxxx" * 4))
    assert "hard_weekday" not in of(habit(bad * 5 + "xxxxxxx" * 2))


def test_what_is_left_is_said_in_words():
    assert of(habit("." + "x" * 6))["near"].params == {"length": "6일", "left": "하루", "goal": "7일"}
    assert of(habit("." + "x" * 5), language="en")["near"].params["left"] == "2 days"


def test_a_week_of_seven_weeks_is_near_only_right_before_it():
    weekly = Weekly(1)
    assert "near" not in of(habit("x......" * 5, schedule=weekly))
    assert of(habit("x......" * 6, schedule=weekly))["near"].params == {"length": "6주", "left": "한 주", "goal": "7주"}


@pytest.mark.parametrize(
    ("hour", "korean", "english"),
    [(0, "밤 12시", "00:00"), (12, "낮 12시", "12:00"), (8, "오전 8시", "08:00"), (20, "오후 8시", "20:00")],
)
def test_hours_are_named_as_one_says_them(hour, korean, english):
    assert (words.clock(hour, "ko"), words.clock(hour, "en")) == (korean, english)


@pytest.mark.parametrize(("number", "korean", "english"), [(1, "1잔", "1 cup"), (2, "2잔", "2 cups")])
def test_an_amount_is_said_in_the_reader_s_language_whichever_the_habit_was_chosen_in(number, korean, english):
    assert (words.amount(number, "cups", "ko"), words.amount(number, "cups", "en")) == (korean, english)


# ── Which are chosen ─────────────────────────────────────────────────────────


def test_a_weekly_habit_is_celebrated_on_the_check_in_that_completes_the_week():
    third = habit("x......" * 2, schedule=Weekly(1), today=1)
    half = habit("xx....." * 2, schedule=Weekly(2), today=1)
    fourth = habit("x......" * 3, schedule=Weekly(1), today=1)

    assert [one.current for one in (third, half, fourth)] == [3, 2, 4]
    assert [message_choice.is_milestone(one, record(one)) for one in (third, half, fourth)] == [True, False, False]


def test_a_second_check_in_of_a_full_week_is_no_milestone():
    # In both the third week counts and yesterday was done; in the second it counted on its first day already.
    first, more = (habit("x......" * 2 + week, schedule=Weekly(1)) for week in ("......x", "x.....x"))

    assert first.current == more.current == 3
    assert message_choice.is_milestone(first, record(first))
    assert not message_choice.is_milestone(more, record(more))


def test_a_short_run_is_celebrated_only_where_it_is_the_longest_so_far():
    """A run of three days begins again every few weeks; a week in a row is a milestone each time."""
    for pattern, is_one in (("..xxx", True), ("xxxx..xxx", False), ("xxxxxxxxx..xxxxxxx", True)):
        one = habit(pattern)
        assert message_choice.is_milestone(one, record(one)) is is_one, pattern


def test_a_number_that_grows_each_day_is_not_told_again_for_days():
    one = habit("x" * 12)
    topics = frozenset({f"total:{one.id}"})
    told = Past(TODAY - 5 * ONE_DAY, "motivation", one.id, frozenset({"total:a"}), topics)

    for seed in range(40):
        choice = message_choice.choose(record(one), [told], seed=str(seed))
        assert choice is None or "total" not in {fact.kind for fact in choice.facts}


def test_a_milestone_is_not_told_a_second_time_on_the_next_day():
    one = habit("xxx....xxxxxxx")
    first = message_choice.choose(record(one), [], seed="1")
    past = Past(TODAY, first.message_type, one.id, frozenset({fact.key for fact in first.facts}), frozenset())
    again = message_choice.choose(record(one), [past], seed="2")

    assert first.message_type == MessageType.CELEBRATION
    assert {fact.params.get("length") for fact in first.facts} >= {"7일"}
    assert again is None or "7일" not in {fact.params.get("length") for fact in again.facts}


def pairs(one, *, tries=60):
    """The kinds of facts that stand beside each other, over many seeds."""
    found = set()
    for seed in range(tries):
        choice = message_choice.choose(record(one), [], seed=str(seed))
        if choice and len(choice.facts) == 2:
            found.add(frozenset(fact.kind for fact in choice.facts))
    return found


def test_a_run_is_not_told_with_a_week_that_seems_to_contradict_it():
    # A freeze protected one day: 15 in a row, and five of the seven days.
    one = habit("." + "x" * 12 + ".xx")

    assert one.current == 14
    assert not [pair for pair in pairs(one) if pair & {"streak", "longest_now"} and pair & {"week", "fewer", "month"}]


def test_a_run_of_all_days_is_not_told_with_the_total():
    assert frozenset({"streak", "total"}) not in pairs(habit("." + "x" * 14))


def test_a_habit_that_rests_is_spoken_about_now_and_then():
    one = habit("xxxxx", rests=[(TODAY, None)])
    told = Past(TODAY, MessageType.MOTIVATION, one.id, frozenset(), frozenset())

    assert message_choice.choose(record(one), [], seed="1")
    assert message_choice.choose(record(one), [told], seed="1") is None
    assert message_choice.choose(record(one), [told], seed="1", is_asked=True)


def test_advice_leaves_days_between_whichever_habit_it_is_about():
    hard = habit("xxxxxx." * 6)
    told = Past(TODAY, MessageType.ADVICE, "another", frozenset(), frozenset())

    assert message_choice.choose(record(hard), [], seed="1", only="advice")
    assert message_choice.choose(record(hard), [told], seed="1", only="advice") is None


def partly(one, *days_ago):
    """The habit with a part of the amount on these days."""
    days = {TODAY - number * ONE_DAY for number in days_ago}
    ledger = (e._replace(reason=Reason.PARTLY, amount=3) if e.day in days else e for e in one.ledger)
    return replace(one, ledger=tuple(ledger))


def kinds_of(one):
    return set(facts.of_habit(one, record(one)))


def test_a_day_with_a_part_of_the_amount_is_not_empty():
    away, back = habit("xxxx....", target=8, unit="잔"), habit("xxxx...x", target=8, unit="잔")
    hard = habit("xxxxxx." * 6, target=8, unit="잔")

    assert "away" in kinds_of(away)
    assert "away" not in kinds_of(partly(away, 2))
    assert "comeback" in kinds_of(back)
    assert "comeback" not in kinds_of(partly(back, 2))
    assert "hard_weekday" in kinds_of(hard)
    assert "hard_weekday" not in kinds_of(partly(hard, *range(1, 42, 7)))


def test_who_did_it_today_is_not_away():
    assert "away" not in kinds_of(habit("xxxx....", today=1))


def test_a_run_of_days_that_do_not_follow_each_other_is_not_told_in_days():
    one = habit("x.x.x.." * 5, schedule=Weekdays((1, 3, 5)))
    its = facts.of_habit(replace(one, current=5, best=5), record(one))
    english = facts.of_habit(replace(one, current=5, best=5), record(one, language="en"))

    assert (its["streak"].params["length"], its["near"].params["left"]) == ("5번", "두 번")
    assert english["streak"].params["length"] == "5 planned days"
    assert (english["near"].params["left"], english["near"].params["goal"]) == ("2", "7-day mark")
    assert facts.of_habit(habit("xxxxx"), record())["streak"].params["length"] == "5일"


def test_a_run_within_a_limit_has_sentences_of_its_own():
    one = habit("xxxxx", target=5, direction="at_most", name="Cigarettes")
    for language, kept in (("ko", "지키고|지켰|지킨|지켜|정한 대로"), ("en", "limit")):
        found = facts.of_habit(one, record(one, language=language))
        for kind in ("streak", "near"):
            for turn in range(6):
                said = sentences.fact_text(found[kind], habit=one.name, language=language, turn=turn)
                assert re.search(kept, said), said


def test_no_run_within_a_limit_is_told_on_a_day_that_passed_it():
    kept = habit("xxxxx", target=2, direction="at_most")

    assert {"streak", "near"} <= kinds_of(kept)
    assert not {"streak", "longest_now", "near"} & kinds_of(replace(kept, wants_more=False))


def test_a_weekly_habit_that_was_left_shows_no_usual_hour():
    kept, left = (habit(days, schedule=Weekly(2), hours={20: 12}) for days in ("xx....." * 6, "xx....." * 4 + "." * 14))

    assert "hour" in kinds_of(kept)
    assert "hour" not in kinds_of(left)


def test_a_habit_that_just_came_back_shows_no_hard_weekday_and_gets_no_advice():
    one = habit("xxxxxxx" * 3 + "......." * 2 + "xx")

    assert facts.has_just_returned(one, record(one))
    assert not message_choice.hurts(one, record(one))
    assert "hard_weekday" not in kinds_of(one)


def test_a_habit_that_rested_all_week_is_not_counted_among_those_of_the_week():
    resting = habit("xxx.......", rests=[(TODAY - 7 * ONE_DAY, None)], name="물")
    two = record(habit("xxxxxxxxxx"), habit("xxxxxxxxxx", name="걷기"), resting)

    assert facts.week_of_all(two) == {"done": 14, "habits": 2}


def test_a_round_total_beside_a_run_of_the_same_number_is_not_celebrated_again():
    run, spread = habit("x" * 50), habit("xx" + "." * 5 + "x" * 48)

    assert run.total == spread.total == 50
    assert message_choice.is_milestone(run, record(run))
    later = replace(run, current=47)
    assert not message_choice.is_milestone(later, record(later))
    spread = replace(spread, current=20)
    assert message_choice.is_milestone(spread, record(spread))


def test_few_days_within_a_limit_encourage_nobody():
    kept = habit("x" * 14, target=2, direction="at_most")
    over = {TODAY - number * ONE_DAY for number in range(2, 7)}
    ledger = (e._replace(reason=Reason.MISSED, amount=3) if e.day in over else e for e in kept.ledger)
    few = replace(kept, ledger=tuple(ledger))

    def first(one):
        choices = [message_choice.choose(record(one), [], seed=str(seed)) for seed in range(40)]
        return {choice.facts[0].kind for choice in choices if choice}

    assert "within" in first(kept)
    assert "within" not in first(few)


def test_an_abandoned_habit_shows_no_pattern():
    hard, left = habit("xxxxxx." * 6), habit("xxxxxx." * 5 + ".......")

    assert message_choice.hurts(hard, record(hard))
    assert not message_choice.hurts(left, record(left))


# ── Muted habits ─────────────────────────────────────────────────────────────


def test_nothing_is_said_of_a_muted_habit():
    loud, quiet = habit("xxx.xx." * 3, name="명상"), habit("xxx...." * 3, name="걷기")
    whole = record(loud, quiet)
    muted = records.mute(whole, ["걷기"])
    chosen = [message_choice.choose(muted, [], seed=str(seed)) for seed in range(60)]
    spoken = {part.habit_id for one in chosen for part in (*one.facts, one.step)}

    assert spoken <= {"명상", None}
    assert "걷기" in {
        one.facts[0].habit_id for seed in range(60) if (one := message_choice.choose(whole, [], seed=str(seed)))
    }
    assert message_choice.choose(muted, [], seed="1", habit_id="걷기") is None
    assert "걷기" not in {part.habit_id for part in letters.choose(muted, [], seed="1").facts}


def test_if_all_habits_are_muted_nothing_is_said():
    its = records.mute(record(habit("xxxxxxx" * 3, name="명상"), habit("xxx...." * 3, name="걷기")), ["명상", "걷기"])

    assert message_choice.choose(its, [], seed="1") is None
    assert letters.choose(its, [], seed="1") is None


def test_the_step_of_a_message_about_all_is_for_a_habit_that_is_heard():
    its = records.mute(record(habit("xxx....", name="걷기"), habit("xxxx...", name="명상")), ["걷기"])

    assert steps.for_person(its).habit_id == "명상"
