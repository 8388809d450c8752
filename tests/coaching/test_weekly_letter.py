"""The weekly letter: weeks with gaps, what is too early, and a mail that says the same."""

import datetime as dt
import html
import re
from types import SimpleNamespace

import pytest
from django.utils import translation

from accounts.days import ONE_DAY
from analytics.pages import insights, panels
from coaching import jobs, messages, record_queries, weekly_report
from coaching.habit_tokens import Names
from coaching.models import CoachingMessage, Occasion
from coaching.pages import weekly_letter
from coaching.records import WEEKDAY_SPAN
from habits.day_totals import DayTotal
from habits.models import HabitLog
from notifications import delivery_worker, fan_out, preferences
from notifications.models import Notification
from notifications.preferences import Preferences
from tests.coaching.people import give_a_month
from tests.factories.habits import HabitLogFactory, UserHabitFactory
from tests.factories.rest import CoachingMessageFactory

# Noon in Seoul, on a Sunday.
NOON = dt.datetime(2026, 11, 22, 3, tzinfo=dt.UTC)
TODAY = dt.date(2026, 11, 22)


def weeks(*shares: int | None):
    """The line of weeks of which so much of ten was done each day; None asked for nothing."""
    first = TODAY - WEEKDAY_SPAN * ONE_DAY

    def total(day: dt.date) -> DayTotal:
        done = shares[(day - first).days // 7]
        return DayTotal() if done is None else DayTotal(10, done)

    return weekly_letter._weeks(SimpleNamespace(day=TODAY, total=total))


def test_a_week_that_asked_for_nothing_is_a_gap_and_not_left_out():
    line = weeks(None, None, 4, 6, None, 8, 2, 10)

    # The line begins with the first week that asked for something, and every week has its place.
    assert [row["percent"] for row in line["rows"]] == [40, 60, None, 80, 20, 100]
    assert 'class="curve" points="0,60 200,40"' in line["svg"]
    assert 'class="curve" points="600,20 800,80 1000,0"' in line["svg"]


def test_one_week_is_no_line():
    assert weeks(None, None, None, None, None, None, 5, None) is None


# ── What is too early, and the mail ─────────────────────────────────────────


@pytest.fixture
def reader(person):
    """A person of a month who noted their mood on nine days, reads mail and shares health data."""
    give_a_month(person, now=NOON)
    person.privacy_settings = {"health": True}
    person.is_verified = True
    person.save()
    preferences.save(person, Preferences(email=True))
    days = [TODAY - n * ONE_DAY for n in range(1, 10)]
    HabitLog.objects.filter(user_habit__user=person, local_date__in=days).update(mood_score=7)
    return person


def written(user):
    """The letter, written by its job and sent."""
    jobs._job(user, Occasion.LETTER, "letter", at=NOON).save()
    jobs.run_waiting(lambda: NOON)
    fan_out.dispatch(now=NOON)
    delivery_worker.deliver(clock=lambda: NOON)
    return CoachingMessage.objects.get()


def words(page):
    """The text of a page or mail as it is read."""
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", page)).split())


@pytest.mark.django_db
@pytest.mark.parametrize("language", ["ko", "en"])
def test_the_mail_says_what_the_page_says(reader, client, mailoutbox, language):
    reader.language = language
    reader.save()
    message = written(reader)
    client.force_login(reader)
    page = words(client.get(f"/coach/{message.pk}/").content.decode())

    (mail,) = mailoutbox
    ((markup, kind),) = mail.alternatives

    assert (kind, mail.subject) == ("text/html", message.title)
    *told, url, written_by_whom = mail.body.split("\n\n")
    assert url.endswith(f"/coach/{message.pk}/")
    assert written_by_whom in words(markup)
    titles = {
        "ko": ["아직 말하기 이른 것", "이번 주에 해 볼 것 하나"],
        "en": ["Too early to say", "One thing to try this week"],
    }
    assert [title for title in titles[language] if title in mail.body] == titles[language]
    for line in "\n".join(told).splitlines():
        # The page has the name and how far it is on two lines.
        parts = line.split(": ") if "28" in line else [line]
        assert all(" ".join(part.split()) in page for part in parts), line
        assert line in words(markup), line
    assert not re.search("[가-힣]", re.sub("‘[^’]*’", "", mail.body)) or language == "ko"


@pytest.mark.django_db
def test_other_messages_are_sent_as_they_are(reader, mailoutbox):
    jobs._job(reader, Occasion.ASKED, "asked", at=NOON).save()
    jobs.run_waiting(lambda: NOON)
    fan_out.dispatch(now=NOON)
    delivery_worker.deliver(clock=lambda: NOON)

    (mail,) = mailoutbox
    assert mail.alternatives == []
    assert messages.words_of(CoachingMessage.objects.get(), Names(reader)).body in mail.body
    assert "sections" not in Notification.objects.get().data


def early(user):
    message = CoachingMessageFactory(user=user, occasion="letter", sent_at=NOON)
    record = record_queries.read(user, at=NOON)
    return weekly_report.report(message, user, Names(user), record, at=NOON).early


@pytest.mark.django_db
def test_the_letter_and_the_insights_find_the_same_too_early(reader):
    with translation.override("ko"):
        found = insights.page_of_all(reader, now=NOON)["too_early"]
        of_insights = {one["title"]: (one["n"], one["minimum"], one["text"]) for one in found}
        of_letter = {one.title: (one.n, one.minimum, one.text) for one in early(reader)}

    assert of_letter == of_insights == {"기분과 실천의 관계": (9, 28, "28일 중 9일 모았어요")}


@pytest.mark.django_db
def test_few_hours_and_few_days_are_too_early_and_no_mood_is_asked_for(person):
    habit = UserHabitFactory(user=person, started_on=TODAY - 2 * ONE_DAY, started_at=NOON - 2 * ONE_DAY)
    for n in (1, 2):
        at = {"completed_at": NOON - n * ONE_DAY, "local_date": TODAY - n * ONE_DAY, "local_hour": 12}
        HabitLogFactory(user_habit=habit, **at)
    with translation.override("ko"):
        found = {one.title: (one.n, one.minimum) for one in early(person)}

    assert found == {"지난주와 비교": (0, 5), "하루 중 언제": (2, 10)}


def test_the_letter_has_the_windows_of_the_insights():
    assert (weekly_report.HOURS_OF, weekly_report.MOODS_OF) == (panels.LATELY, panels.LOOKED_AT)
    assert (weekly_report.FEWEST_HOURS, weekly_report.FEWEST_MOODS) == (panels.FEWEST, panels.MINIMUM)
