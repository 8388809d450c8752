"""The coach's own sentences, read over 40 people and 30 days."""

import datetime as dt
import json
import re
from itertools import pairwise, takewhile

import pytest

from accounts.days import ONE_DAY
from coaching import composition, habit_tokens, output_gate, steps
from coaching import letters as weekly
from coaching.context import Context
from coaching.models import Tone
from coaching.past import of_context
from devtools.seeding import coach_messages
from habits.streaks import Reason
from tests.coaching import seeded

PEOPLE, DAYS = 40, 30
AT = dt.time(8)
# Endings that a particle has to fit: brackets, signs, Latin units, digits, capitals.
NAMES = ("걷기(아침)", "물 100%", "집중 30min", "달리기 3km", "뉴스 TV", "야채 8kcal", "스쿼트 30", "명상", "산책 🙂")
OPEN = {
    "걷기(아침)": True, "물 100%": True, "집중 30min": False, "달리기 3km": True, "뉴스 TV": True, "야채 8kcal": True,
    "스쿼트 30": False, "명상": False, "산책 🙂": False,
}  # fmt: skip
FINALS = {"은": False, "이": False, "을": False, "는": True, "가": True, "를": True}


def letters(history, tones=Tone.values):
    """The messages of the last days, one each morning."""
    told, found = [], []
    calendar = history.person.calendar
    for number in range(DAYS):
        day = seeded.UNTIL - (DAYS - 1 - number) * ONE_DAY
        tone = tones[number % len(tones)]
        if day > history.person.first_day + ONE_DAY:
            message = coach_messages.write(history, seeded.templates(), told, sent_at=calendar.at(day, AT), tone=tone)
            found += [(day, message)] if message else []
    return found


@pytest.fixture(scope="module")
def people():
    """(history, letters) of each person; every fifth gave their habits names of their own."""
    made = []
    for number in range(1, PEOPLE + 1):
        at = number % len(NAMES)
        names = (NAMES * 2)[at : at + 4] if number % 5 == 0 else ()
        history = seeded.history(number, names=names)
        made.append((history, letters(history)))
    return made


def shown(history, message):
    """The text as the person reads it."""
    names = {str(habit.row.pk): habit.row.name for habit in history.habits}
    return habit_tokens.fill(message.content, names, language="ko")


def each(people):
    return [
        (history, day, message, Context.from_json(message.context))
        for history, found in people
        for day, message in found
    ]


def test_nearly_every_day_has_something_new_to_say(people):
    written = sum(len(found) for _history, found in people)

    # A habit that was left has no pattern to speak of, and some seeded people leave theirs.
    assert written > PEOPLE * DAYS * 0.88


def test_no_two_in_a_row_are_equal_and_most_of_a_persons_are_different(people):
    for history, found in people:
        texts = [shown(history, message) for _day, message in found]
        assert all(one != other for one, other in pairwise(texts))
        assert len(set(texts)) == len(texts)


def test_no_fact_is_told_again_within_two_weeks(people):
    for _history, found in people:
        told = {}
        for day, message in found:
            for key in of_context(Context.from_json(message.context), day=day).keys:
                assert key not in told or (day - told[key]).days >= 14, (key, day)
                told[key] = day


def test_each_has_its_facts_and_its_step_and_passes_the_gate(people):
    for _history, _day, message, context in each(people):
        assert all(fact.text in message.body for fact in context.facts)
        assert context.step.text in message.body
        hidden = [habit_tokens.without_ids(text) for text in (message.title, message.body)]
        assert output_gate.failures(*hidden, context) == [], message.content


def test_no_name_of_a_habit_is_stored_and_each_is_put_in_when_shown(people):
    for history, _day, message, _context in each(people):
        names = {habit.row.name for habit in history.habits if len(habit.row.name) > 2}
        stored = (
            message.content + json.dumps(message.context["facts"], ensure_ascii=False) + message.context["step"]["text"]
        )
        assert not any(name in stored for name in names), stored
        assert "⟦" not in shown(history, message)


def test_the_sentence_between_and_the_step_change_from_one_message_of_a_kind_to_the_next(people):
    """A person with three habits hears of each every third day: lists of three sentences would never change."""
    for _history, found in people:
        last = {}
        for _day, message in found:
            context = Context.from_json(message.context)
            group = (
                (context.message_type, steps.about(context.step))
                if context.message_type == "motivation"
                else context.message_type
            )
            between = message.body.removesuffix(context.step.text).rsplit(context.facts[-1].text, 1)[-1].strip()
            for kind, text in ((group, between), (context.step.kind, context.step.text.split("⟧’")[-1])):
                assert last.get(kind) != text or not text, (kind, text)
                last[kind] = text


def test_no_number_comes_from_elsewhere_than_the_facts(people):
    for _history, _day, message, context in each(people):
        text = habit_tokens.without_ids(message.content)
        assert output_gate.numbers(text) <= output_gate.known_numbers(context), message.content


def test_every_particle_after_a_habits_name_fits(people):
    seen = set()
    for history, _day, message, _context in each(people):
        for habit in history.habits:
            name = habit.row.name
            for found in re.finditer(re.escape(name) + r"’(은|는|이|가|을|를)(?=[ ,.])", shown(history, message)):
                last = re.sub(r"\W+$", "", name)[-1]
                is_open = OPEN.get(name, (ord(last) - ord("가")) % 28 == 0 if "가" <= last <= "힣" else None)
                if is_open is not None:
                    assert FINALS[found[1]] is is_open, message.content
                    seen.add(name)
    assert seen >= {"명상", "걷기(아침)", "달리기 3km"}


def test_each_fact_holds_in_the_record(people):
    """Counted again from the history, by other code."""
    checked = set()
    for history, day, message, context in each(people):
        for fact in context.facts:
            habit = next((habit for habit in history.habits if str(habit.row.pk) == fact.habit_id), None)
            if expected := recount(habit, fact.kind, day) or recount_all(history, fact.kind, day):
                assert {**fact.params} | expected == {**fact.params}, (fact.kind, day, message.content)
                checked.add(fact.kind)
    assert checked >= {*COUNTED, "full_days", "week_of_all"}


def recount(habit, kind, day):
    """The parameters of a fact of one habit on the morning of `day`; nothing for kinds that are not counted here."""
    if habit is None or kind not in COUNTED:
        return {}
    return COUNTED[kind](Ledger(habit, day))


def recount_all(history, kind, day):
    """The same of a fact over all habits, from the check-ins."""
    week = [day - number * ONE_DAY for number in range(1, 8)]
    begun = [habit for habit in history.habits if habit.started_on <= week[-1]]
    if kind == "full_days":
        shares = [[was_done(habit, one) for habit in history.habits] for one in week]
        judged = [[done for done in day if done is not None] for day in shares]
        return {"days": sum(len(day) > 1 and all(day) for day in judged)}
    if kind == "week_of_all":
        return {"done": sum(was_done(habit, one) is True for habit in begun if habit.at_least for one in week)}
    return {}


def was_done(habit, day):
    """Whether it was done on the day; None where the day did not ask for it."""
    if day < habit.started_on or not habit.rule.is_due(day):
        return None
    rested = any(first <= day <= (last or day) for first, last in habit.rests)
    if not habit.at_least:
        return None if rested else habit.counts.get(day, 0) <= habit.rule.target
    if habit.counts.get(day, 0) >= habit.rule.target:
        return True
    return None if rested or habit.rule.schedule.judged != "day" else False


class Ledger:
    def __init__(self, habit, day):
        self.habit, self.day = habit, day
        self.days = {entry.day: entry for entry in habit.ledger if entry.day < day}
        self.last = self.days[day - ONE_DAY]
        self.met = sum(habit.rule.met(count) for log_day, count in habit.counts.items() if log_day < day)

    def done(self, first, last):
        """Done days from `first` to `last` days ago."""
        days = [self.days.get(self.day - number * ONE_DAY) for number in range(first, last + 1)]
        return sum(entry is not None and entry.reason is Reason.DONE for entry in days)

    def asked(self, first, last):
        days = [self.days.get(self.day - number * ONE_DAY) for number in range(first, last + 1)]
        return sum(entry is not None and entry.reason in coach_messages.ASKED for entry in days)

    @property
    def length(self):
        is_sparse = self.last.unit == "days" and self.habit.rule.schedule.pace != (1, 1)
        return f"{self.last.run}{'번' if is_sparse else {'days': '일', 'weeks': '주', 'months': '달'}[self.last.unit]}"

    @property
    def empty(self):
        since = max(day for day, entry in self.days.items() if entry.reason is Reason.DONE)
        return sum(_is_blank(entry) for day, entry in self.days.items() if day > since)

    @property
    def comeback(self):
        judged = [
            entry for _day, entry in sorted(self.days.items(), reverse=True) if entry.reason in coach_messages.ASKED
        ]
        since = len(list(takewhile(lambda entry: entry.reason is Reason.DONE, judged)))
        return {"since": since, "empty": len(list(takewhile(_is_blank, judged[since:])))}

    @property
    def this_month(self):
        return sum(e.reason is Reason.DONE for d, e in self.days.items() if d.month == self.day.month)


COUNTED = {
    "streak": lambda it: {"length": it.length},
    "longest_now": lambda it: {"length": it.length},
    "near": lambda it: {"length": it.length},
    "week": lambda it: {"done": it.done(1, 7), "due": it.asked(1, 7)},
    "within": lambda it: {"done": it.done(1, 7), "due": it.asked(1, 7)},
    "week_times": lambda it: {"done": it.done(1, 7)},
    "total": lambda it: {"count": it.met},
    "more": lambda it: {"now": it.done(1, 7), "before": it.done(8, 14)},
    "fewer": lambda it: {"now": it.done(1, 7), "before": it.done(8, 14)},
    "month": lambda it: {"done": it.this_month},
    "comeback": lambda it: it.comeback,
    "age": lambda it: {"days": (it.day - it.habit.started_on).days},
    "away": lambda it: {"days": it.empty, "count": it.met},
    "hard_weekday": lambda it: {"empty": _empty_on_its_weekday(it.days, it.day)},
}


def _is_blank(entry):
    """A part of the amount is something."""
    return entry.reason in coach_messages.ASKED - {Reason.DONE} and entry.amount == 0


def _empty_on_its_weekday(ledger, day):
    recent = [e for d, e in ledger.items() if d >= day - 56 * ONE_DAY and e.reason in coach_messages.ASKED]
    by_weekday = {}
    for entry in recent:
        by_weekday.setdefault(entry.day.weekday(), []).append(not _is_blank(entry))
    share = {
        weekday: sum(kept) / len(kept)
        - sum(map(sum, (k for w, k in by_weekday.items() if w != weekday)))
        / max(sum(len(k) for w, k in by_weekday.items() if w != weekday), 1)
        for weekday, kept in by_weekday.items()
        if len(kept) >= 4
    }
    hardest = min(share, key=lambda weekday: (share[weekday], weekday))
    return by_weekday[hardest].count(False)


def test_nothing_is_asked_for_on_a_day_that_is_not_due(people):
    today = {*steps.ABOUT["today"], *steps.ABOUT["limit"]}
    rests = 0
    for history, day, _message, context in each(people):
        habit = next((habit for habit in history.habits if str(habit.row.pk) == context.step.habit_id), None)
        if habit is None:
            continue
        rested = any(first <= day <= (last or day) for first, last in habit.rests)
        rests += rested
        if rested or not habit.rule.is_due(day):
            assert context.step.kind not in today, (day, context.step)
            assert context.message_type != "reminder"
    assert rests


def test_a_celebration_stands_on_a_milestone(people):
    for _history, _day, message, context in each(people):
        if context.message_type == "celebration":
            assert context.reason == "milestone"
            assert {fact.kind for fact in context.facts} & {"streak", "longest_now", "total"}, message.content


def test_each_message_is_personal_and_not_by_a_model(people):
    scores = [message.personalization_score for _history, _day, message, _context in each(people)]

    assert all(0 < score <= 1 for score in scores)
    assert sum(scores) / len(scores) > 0.4
    assert not any(message.is_by_ai for _history, _day, message, _context in each(people))


def weekly_letters(number):
    """(day, context) of the letters that the person had in five weeks."""
    history, told = seeded.history(number), []
    for week in range(5):
        day = seeded.UNTIL - (4 - week) * 7 * ONE_DAY
        if day <= history.person.first_day + 7 * ONE_DAY:
            continue
        record = coach_messages.record_of(history, day, sent_at=history.person.calendar.at(day, AT))
        choice = weekly.choose(record, told, seed=f"{number}/{day}")
        if choice is None:
            continue
        context = composition.context_of(choice, record, turn=week, shares_names=False, past=told)
        # The last two weeks, as the job reads them.
        told = [one for one in [*told, of_context(context, day=day)] if (day + 7 * ONE_DAY - one.day).days <= 14]
        yield day, context


def test_five_weekly_letters_tell_no_fact_again_within_two_weeks():
    told_again, written, steady = [], 0, 0
    for number in range(1, PEOPLE + 1):
        told_on = {}
        for day, context in weekly_letters(number):
            keys = {fact.key for fact in context.facts}
            told_again += [(number, key, day) for key in keys if key in told_on and (day - told_on[key]).days <= 14]
            told_on |= dict.fromkeys(keys, day)
            written += 1
            steady += any(fact.kind in weekly.STEADY for fact in context.facts)

    assert told_again == []
    assert written > PEOPLE * 3
    assert steady > PEOPLE


@pytest.mark.parametrize("language", ["ko", "en"])
def test_a_weekly_letter_names_its_week_once_and_the_week_before_once(language, monkeypatch):
    monkeypatch.setattr(coach_messages, "LANGUAGE", language)
    week, before = {"ko": ("지난주|일주일", "그 전 주"), "en": ("(?i)last week|past week", "week before")}[language]
    for number in range(1, PEOPLE + 1):
        for _day, context in weekly_letters(number):
            told = " ".join(fact.text for fact in context.facts)
            is_named = any(
                fact.kind in {*weekly.STEADY, "more", "fewer", "week", "week_times"} for fact in context.facts
            )
            assert len(re.findall(week, told)) == is_named, told
            assert len(re.findall(before, told)) <= 1, told


def test_a_message_of_two_facts_names_the_week_once(people):
    for _history, _day, message, context in each(people):
        told = " ".join(fact.text for fact in context.facts)
        assert len(re.findall("(?<!그 전 )일주일", told)) <= 1, message.content


def test_no_week_that_was_mostly_empty_stands_beside_another_fact(people):
    beside = [fact for _history, _day, _message, context in each(people) for fact in context.facts[1:]]

    assert all(fact.params["done"] * 2 >= fact.params["due"] for fact in beside if fact.kind in {"week", "within"})
