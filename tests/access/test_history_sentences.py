"""The history of catalogue rows and the differences of a stale form: words, no keys and no codes."""

import datetime as dt
import html
import re

import pytest
from django.contrib.admin.utils import quote
from django.urls import reverse

from billing.models import SubscriptionPlan
from coaching.models import AIPromptTemplate
from core.staff import history, revisions, snapshots
from core.staff.models import Revision
from gamification.models import Achievement
from habits.models import Habit, HabitCategory
from tests.factories.accounts import StaffFactory
from tests.factories.habits import HabitCategoryFactory, HabitFactory
from tests.factories.rest import (
    AchievementFactory,
    AIPromptTemplateFactory,
    RevisionFactory,
    SubscriptionPlanFactory,
)
from tests.staff_forms import filled

pytestmark = pytest.mark.django_db

NOW = dt.datetime(2026, 6, 1, 9, tzinfo=dt.UTC)
# A key, a code, a colour, JSON, a time as machines write it.
CODE = re.compile(r"[A-Za-z_]{2,}|#[0-9A-Fa-f]{6}|[{}\[\]]|\d{4}-\d\d-\d\dT")


@pytest.fixture
def contents():
    """For each table two contents that differ in every column, with what people typed in Korean."""
    one, other = HabitCategoryFactory(name="몸", name_en="body-1"), HabitCategoryFactory(name="마음", name_en="mind-1")
    return {
        Habit: (
            {
                "name": "물", "description": "한 잔", "category_id": str(one.pk), "difficulty_level": "beginner",
                "estimated_time_minutes": 1, "default_frequency": "daily", "default_target_count": 1, "icon": "heart",
                "color": "#E53E3E", "instructions": ["따르기"], "tips": ["천천히"], "is_featured": False, "is_active": True,
                "default_schedule": {}, "default_unit": "잔", "default_direction": "at_least",
                "default_part_of_day": "anytime", "translations": {"en": {"name": "물", "unit": "잔"}},
            },
            {
                "name": "차", "description": "두 잔", "category_id": str(other.pk), "difficulty_level": "advanced",
                "estimated_time_minutes": 2, "default_frequency": "weekly", "default_target_count": 2, "icon": "pill",
                "color": "#38A169", "instructions": ["우리기"], "tips": ["뜨겁게"], "is_featured": True, "is_active": False,
                "default_schedule": {"kind": "weekdays", "days": [1, 3, 5]}, "default_unit": "컵",
                "default_direction": "at_most", "default_part_of_day": "morning",
                "translations": {"en": {"name": "차", "tips": ["뜨겁게"]}},
            },
        ),
        HabitCategory: (
            {
                "name": "몸", "name_en": "몸", "description": "가", "icon": "heart", "color": "#E53E3E", "is_active": True,
                "translations": {"en": {"name": "몸"}},
            },
            {
                "name": "손", "name_en": "손", "description": "나", "icon": "no-such", "color": "#123456",
                "is_active": False, "translations": {},
            },
        ),
        Achievement: (
            {
                "name": "첫날", "description": "가", "icon": "shield", "color": "#A5332A", "rarity": "common",
                "criteria": {"kind": "total", "need": 5}, "points": 1, "is_active": True, "goes_live_at": None, "seal": "가",
                "translations": {"ko": {"hint": "가"}},
            },
            {
                "name": "둘째", "description": "나", "icon": "route", "color": "#38A169", "rarity": "epic",
                "criteria": {"kind": "category", "category": "body-1", "need": 3}, "points": 2, "is_active": False,
                "goes_live_at": "2026-06-01T09:00:00Z", "seal": "나", "translations": {"ko": {"hint": "나"}},
            },
        ),
        AIPromptTemplate: (
            {
                "name": "아침", "message_type": "motivation", "template": "가", "variables": {"fact": "string"}, "version": "1",
                "tone": "gentle", "rule_template": "가", "translations": {"en": {"template": "가"}}, "traffic_share": 1,
            },
            {
                "name": "저녁", "message_type": "advice", "template": "나", "variables": {"step": "string", "x_y": "string"},
                "version": "2", "tone": None, "rule_template": "나", "translations": {"en": {"rule_template": "나"}},
                "traffic_share": 2,
            },
        ),
        SubscriptionPlan: (
            {
                "name": "가", "description": "가", "currency": "KRW", "billing_cycle": "monthly", "features": ["가"],
                "limits": {"max_habits": 3}, "is_active": True, "translations": {"en": {"name": "가"}},
            },
            {
                "name": "나", "description": "나", "currency": "USD", "billing_cycle": "yearly", "features": ["나"],
                "limits": {"max_habits": -1, "insight_days": 7}, "is_active": False,
                "translations": {"en": {"features": ["나"]}},
            },
        ),
    }  # fmt: skip


MODELS = [Habit, HabitCategory, Achievement, AIPromptTemplate, SubscriptionPlan]


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_every_column_of_every_table_is_told_in_words(client, contents, model):
    client.force_login(StaffFactory())
    before, after = contents[model]
    columns = snapshots.columns(model, without=revisions.WATCHED[model._meta.db_table].without)
    assert {field.attname for field in columns} == before.keys() == after.keys()

    said = history.sentences(model, before, after)

    assert [one for one in said if CODE.search(one)] == []
    for field in columns:
        if field.name != "limits":
            names = ("영어", "한국어") if field.name == "translations" else str(field.verbose_name)
            assert [one for one in said if one.startswith(names)], field.name
    assert not [one for one in said if re.search(r"‘(.*)’ → ‘\1’", one)]


def test_what_is_gone_and_what_is_new_inside_json_is_told(contents):
    before, after = contents[SubscriptionPlan]

    said = history.sentences(SubscriptionPlan, after, before)

    assert "습관 개수: ‘끝없음’ → ‘3’" in said
    assert "돌아볼 수 있는 날: ‘7’ → ‘없음’" in said


def test_a_row_that_is_gone_is_told_without_its_key(contents):
    before, after = contents[Habit]
    HabitCategory.objects.filter(name="마음").delete()

    assert "분류: ‘몸’ → ‘지워진 것’" in history.sentences(Habit, before, after)


def test_long_texts_begin_before_they_differ():
    before, after = history.cut_alike("가" * 80 + "나" * 30, "가" * 80 + "다" * 30)

    assert before.startswith("…가")
    assert "나" in before
    assert after.startswith("…가")
    assert "다" in after
    assert max(len(before), len(after)) <= history.SHOWN + 2


@pytest.mark.parametrize("model", [HabitCategory, Habit, Achievement, SubscriptionPlan])
def test_a_stale_form_tells_its_differences_in_words(client, content, model):
    client.force_login(StaffFactory())
    make = {
        HabitCategory: HabitCategoryFactory, Habit: HabitFactory, Achievement: AchievementFactory,
        SubscriptionPlan: SubscriptionPlanFactory,
    }  # fmt: skip
    row = make[model](**{"color": "#E53E3E", "icon": "heart"} if model is HabitCategory else {})
    url = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_change", args=[quote(row.pk)])
    changed = {
        HabitCategory: {"color": "#38A169", "icon": "pill"},
        Habit: {
            "category": HabitCategory.objects.exclude(pk=getattr(row, "category_id", None)).first().pk,
            "difficulty_level": "advanced", "default_part_of_day": "morning", "icon": "pill",
        },
        Achievement: {"rarity": "epic", "color": "#38A169"},
        SubscriptionPlan: {"billing_cycle": "yearly", "max_habits_endless": "on"},
    }  # fmt: skip

    page = client.post(url, filled(client, url) | changed[model] | {"seen": "another", "why": "시험"})

    told = {str(one["name"]): (one["theirs"], one["mine"]) for one in page.context["stale"]}
    assert len(told) >= len(changed[model]) - 1
    assert [said for pair in told.values() for said in pair if CODE.search(said) and "English" not in said] == []


def test_a_time_that_did_not_fit_waits_for_a_curator(client):
    client.force_login(StaffFactory())
    category = HabitCategory.objects.create(name="사라질 분류", name_en="gone")
    habit = HabitFactory()
    habit.category = category
    revisions.draft(habit, goes_live_at=NOW, by=None, why="")
    category.delete()
    revisions.publish_due(NOW)

    home = html.unescape(client.get("/admin/").text)
    assert "습관 템플릿: 제때 나가지 못한 판 1개" in home
    assert reverse("admin:habits_habit_history", args=[habit.pk]) in home
    habit.refresh_from_db()
    Habit.objects.filter(pk=habit.pk).update(name="고친 이름")
    revisions.keep(Habit.objects.get(pk=habit.pk), by=None, why="", at=NOW)
    assert "제때 나가지 못한" not in client.get("/admin/").text


def test_a_time_of_a_row_that_is_gone_is_dropped():
    RevisionFactory(table="habits", key=str(HabitCategoryFactory().pk), state="scheduled", goes_live_at=NOW)

    assert revisions.publish_due(NOW) == 0
    assert not Revision.objects.exists()


def test_a_draft_that_is_put_on_air_is_no_draft_any_more(client):
    client.force_login(StaffFactory())
    template = AIPromptTemplateFactory()
    template.template = "다른 글"
    draft = revisions.draft(template, goes_live_at=None, by=None, why="")

    client.post(reverse("admin:coaching_aiprompttemplate_revision", args=[draft.pk]))

    assert AIPromptTemplate.objects.get(pk=template.pk).template == "다른 글"
    assert {one.state for one in revisions.history(template)} == {"kept"}
