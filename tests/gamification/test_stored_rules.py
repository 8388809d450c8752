"""No door stores a rule that nobody can earn: the form, an import, a revision that comes back or goes on air."""

import datetime as dt
import json

import pytest

from core.staff import catalogue_files, revisions
from gamification.models import Achievement
from tests.factories.rest import AchievementFactory

pytestmark = pytest.mark.django_db

NOW = dt.datetime(2026, 6, 1, 9, tzinfo=dt.UTC)
NEVER = [
    {"kind": "date", "month": 2, "day": 30},
    {"kind": "category", "category": "no such category", "need": 1},
    {"kind": "all", "of": [{"kind": "streak_days", "need": 3}, {"kind": "streak_weeks", "need": 3}]},
    {"kind": "total", "count": 3},
]
RULE = {"kind": "total", "need": 5}
rules = pytest.mark.parametrize("never", NEVER, ids=lambda rule: rule["kind"])


@pytest.fixture
def badge(db) -> Achievement:
    return AchievementFactory(id="door", criteria=RULE)


def stored() -> dict[str, object]:
    return Achievement.objects.get(pk="door").criteria


@rules
def test_an_import_names_the_line(badge, never):
    row = {**revisions.content_of(badge), "id": "door", "criteria": never}

    found = catalogue_files.preview(revisions.WATCHED["achievements"], json.dumps([row], default=str).encode(), "json")

    assert [problem.line for problem in found.problems] == [1]
    assert found.changes == []


def test_an_import_takes_a_rule_that_can_be_earned(badge):
    row = {**revisions.content_of(badge), "id": "door", "criteria": {"kind": "date", "month": 2, "day": 29}}

    found = catalogue_files.preview(revisions.WATCHED["achievements"], json.dumps([row], default=str).encode(), "json")

    assert (len(found.changes), found.problems) == (1, [])


@rules
def test_an_old_revision_does_not_come_back(badge, never):
    Achievement.objects.filter(pk="door").update(criteria=never)
    old = revisions.keep(Achievement.objects.get(pk="door"), by=None, why="", at=NOW)
    Achievement.objects.filter(pk="door").update(criteria=RULE)

    with pytest.raises(revisions.Unfit):
        revisions.bring_back(old, by=None, why="", at=NOW)

    assert stored() == RULE


@rules
def test_a_scheduled_rule_that_nobody_can_earn_stays_a_draft(badge, never):
    badge.criteria = never
    planned = revisions.draft(badge, goes_live_at=NOW, by=None, why="")

    assert revisions.publish_due(NOW) == 0

    planned.refresh_from_db()
    assert (planned.state, stored()) == ("draft", RULE)
