"""Drafts, a time to go live and a way back for catalogue rows; two curators lose no edit."""

import csv
import datetime as dt
import html
import io
import re
from zoneinfo import ZoneInfo

import pytest
from django.apps import apps
from django.contrib.admin.utils import quote
from django.db import models
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format

from billing.models import SubscriptionPlan
from coaching.models import AIPromptTemplate
from core.audit.models import AuditLog
from core.crypto.fields import SealedJSONField
from core.staff import bulk_changes, presence, references, revisions, snapshots
from core.staff.models import ChangeRequest, Revision
from gamification.models import Achievement, AchievementBackfill
from habits.models import Habit, HabitCategory
from tests.at_once import at_once
from tests.factories.accounts import StaffFactory
from tests.factories.habits import HabitCategoryFactory, HabitFactory, UserHabitFactory
from tests.factories.rest import (
    AchievementFactory,
    AIPromptTemplateFactory,
    AnnouncementFactory,
    ChangeRequestFactory,
    SubscriptionPlanFactory,
    UserAchievementFactory,
    UserSubscriptionFactory,
)
from tests.staff_forms import filled
from wellness.celery import app

pytestmark = pytest.mark.django_db

NOW = dt.datetime(2026, 6, 1, 9, tzinfo=dt.UTC)
MAKE = {
    Habit: HabitFactory,
    HabitCategory: HabitCategoryFactory,
    Achievement: AchievementFactory,
    AIPromptTemplate: AIPromptTemplateFactory,
    SubscriptionPlan: SubscriptionPlanFactory,
}


@pytest.fixture
def boss(client):
    colleague = StaffFactory()
    client.force_login(colleague)
    return colleague


def habit_named(name: str) -> Habit:
    return HabitFactory(name=name, translations={"en": {"name": "Water"}})


def change_url(row) -> str:
    return reverse(f"admin:{row._meta.app_label}_{row._meta.model_name}_change", args=[quote(row.pk)])


def history_url(row) -> str:
    return reverse(f"admin:{row._meta.app_label}_{row._meta.model_name}_history", args=[quote(row.pk)])


def test_five_tables_are_watched():
    assert {watched.model for watched in revisions.WATCHED.values()} == {*MAKE}


@pytest.mark.parametrize("model", MAKE, ids=lambda model: model.__name__)
def test_what_comes_back_is_byte_for_byte_what_was(model):
    row = MAKE[model]()
    first = revisions.keep(row, by=None, why="", at=NOW)
    written = snapshots.encode(revisions.content_of(row))
    name = "name" if model is not AIPromptTemplate else "template"
    type(row).objects.filter(pk=row.pk).update(**{name: "다른 글"})

    revisions.bring_back(first, by=None, why="되돌려요", at=NOW)

    row = model.objects.get(pk=row.pk)
    assert snapshots.encode(revisions.content_of(row)) == written == snapshots.encode(first.content)
    assert [one.content.get(name) for one in revisions.history(row)][1] == "다른 글"


def another(row) -> tuple[str, str, str]:
    """Gives the row another text; the column, what it was and what it is now."""
    name = "template" if isinstance(row, AIPromptTemplate) else "name"
    before, after = getattr(row, name), "다른 글"
    setattr(row, name, after)
    return name, before, after


@pytest.mark.parametrize("model", MAKE, ids=lambda model: model.__name__)
def test_each_table_goes_on_air_at_its_time(model):
    row = MAKE[model]()
    name, before, after = another(row)
    revisions.draft(row, goes_live_at=NOW, by=None, why="예약")

    assert revisions.publish_due(NOW - dt.timedelta(seconds=1)) == 0
    assert getattr(model.objects.get(pk=row.pk), name) == before
    assert revisions.publish_due(NOW) == 1
    assert getattr(model.objects.get(pk=row.pk), name) == after


@pytest.mark.parametrize("model", MAKE, ids=lambda model: model.__name__)
def test_the_history_of_each_table_is_told_in_sentences(client, boss, model):
    row = MAKE[model]()
    revisions.keep(row, by=None, why="", at=NOW)
    name, before, after = another(row)
    row.save()
    revisions.keep(row, by=boss.pk, why="더 분명하게", at=NOW)

    page = html.unescape(client.get(history_url(row)).text)

    assert f"{model._meta.get_field(name).verbose_name}: ‘{before}’ → ‘{after}’" in page
    assert "더 분명하게" in page
    columns = snapshots.columns(model, without=revisions.WATCHED[model._meta.db_table].without)
    assert [field.name for field in columns if not re.search("[가-힣]", str(field.verbose_name))] == []


def test_a_price_and_a_switch_never_come_back_without_a_second_person():
    assert "price" not in revisions.content_of(SubscriptionPlanFactory())
    assert "is_active" not in revisions.content_of(AIPromptTemplateFactory())


def test_a_save_keeps_what_was_and_what_is_and_says_it_in_sentences(client, boss):
    habit = habit_named("물")
    sent = filled(client, change_url(habit)) | {"name": "물 한 잔", "why": "더 분명하게"}

    client.post(change_url(habit), sent)

    assert [(one.number, one.content["name"], one.why) for one in revisions.history(habit)] == [
        (2, "물 한 잔", "더 분명하게"),
        (1, "물", ""),
    ]
    page = client.get(history_url(habit)).text
    assert "이름: ‘물’ → ‘물 한 잔’" in page
    assert boss.name in page


def test_a_draft_changes_nothing_until_it_is_put_on_air(client, boss):
    habit = habit_named("물")
    sent = filled(client, change_url(habit)) | {"name": "물 한 잔", "_draft": "1"}

    page = client.post(change_url(habit), sent, follow=True)

    assert Habit.objects.get(pk=habit.pk).name == "물"
    assert "초안" in page.text
    draft = Revision.objects.get(state="draft")
    client.post(reverse("admin:habits_habit_revision", args=[draft.pk]))
    assert Habit.objects.get(pk=habit.pk).name == "물 한 잔"


def test_a_scheduled_revision_goes_on_air_within_a_minute_of_its_time_in_seoul(client, boss, time_machine):
    time_machine.move_to(NOW, tick=False)
    habit = habit_named("물")
    sent = filled(client, change_url(habit)) | {"name": "물 한 잔", "_draft": "1", "goes_live_at": "2026-06-01T19:00"}
    client.post(change_url(habit), sent)
    planned = Revision.objects.get(state="scheduled")

    # 19:00 in Seoul, where the colleague lives.
    assert planned.goes_live_at == dt.datetime(2026, 6, 1, 10, tzinfo=dt.UTC)
    assert revisions.publish_due(planned.goes_live_at - dt.timedelta(seconds=1)) == 0
    assert Habit.objects.get(pk=habit.pk).name == "물"
    # The job runs each minute.
    assert app.conf.beat_schedule["publish revisions"]["schedule"].minute == {*range(60)}
    assert revisions.publish_due(planned.goes_live_at) == 1
    assert Habit.objects.get(pk=habit.pk).name == "물 한 잔"
    assert revisions.publish_due(planned.goes_live_at) == 0


def test_a_time_that_is_none_is_said(client, boss):
    habit = habit_named("물")
    sent = filled(client, change_url(habit)) | {"name": "물 한 잔", "_draft": "1", "goes_live_at": "내일"}

    page = client.post(change_url(habit), sent, follow=True).text

    assert "날짜와 시각" in page
    assert 'value="물 한 잔"' in page
    assert not Revision.objects.filter(state__in=["draft", "scheduled"]).exists()


def test_what_no_longer_fits_stays_a_draft(client, boss):
    habit = HabitFactory()
    category = HabitCategory.objects.create(name="사라질 분류", name_en="gone")
    habit.category = category
    planned = revisions.draft(habit, goes_live_at=NOW, by=boss.pk, why="")
    category.delete()

    assert revisions.publish_due(NOW) == 0
    planned.refresh_from_db()
    assert planned.state == "draft"


def test_a_badge_with_another_rule_is_searched_for_when_it_goes_on_air(boss):
    badge = AchievementFactory(is_active=True, criteria={"kind": "total", "need": 5})
    badge.criteria = {"kind": "total", "need": 3}
    revisions.draft(badge, goes_live_at=NOW, by=boss.pk, why="")
    AchievementBackfill.objects.all().delete()

    assert revisions.publish_due(NOW) == 1
    assert AchievementBackfill.objects.filter(achievement=badge).exists()


# ── Two curators ────────────────────────────────────────────────────────────


def test_a_stale_form_is_refused_with_the_differing_fields_and_a_choice(client, boss):
    habit = habit_named("물")
    mine = filled(client, change_url(habit)) | {"name": "내 이름"}
    Habit.objects.filter(pk=habit.pk).update(name="남의 이름")

    page = client.post(change_url(habit), mine)

    assert "다른 사람이 먼저 고쳤어요" in page.text
    assert [(one["theirs"], one["mine"]) for one in page.context["stale"] if one["mine"] == "내 이름"] == [
        ("남의 이름", "내 이름")
    ]
    assert Habit.objects.get(pk=habit.pk).name == "남의 이름"
    client.post(change_url(habit), mine | {"seen": page.context["seen"]})
    assert Habit.objects.get(pk=habit.pk).name == "내 이름"


def test_each_field_that_differs_is_chosen_by_itself(client, boss):
    habit = habit_named("물")
    mine = filled(client, change_url(habit)) | {"name": "내 이름", "description": "내 설명", "tips": ["내 도움말"]}
    Habit.objects.filter(pk=habit.pk).update(name="남의 이름", description="남의 설명", tips=["남의 도움말"])
    stale = client.post(change_url(habit), mine)
    choices = {one["name"]: one["choice"] for one in stale.context["stale"]}
    asked = {"seen": stale.context["seen"], "differs": [one["field"] for one in stale.context["stale"]]}
    assert re.findall('name="differs" value="([^"]+)"', stale.text) == asked["differs"]

    kept = {choices["설명"]: "saved", choices["도움말"]: "saved"}
    half = client.post(change_url(habit), mine | kept | asked)
    assert half.text.count('value="saved" checked') == 2, "one choice is missing: nothing is saved"
    assert Habit.objects.get(pk=habit.pk).name == "남의 이름"
    client.post(change_url(habit), mine | kept | asked | {choices["이름"]: "typed"})

    habit.refresh_from_db()
    assert (habit.name, habit.description, habit.tips) == ("내 이름", "남의 설명", ["남의 도움말"])


def test_a_choice_is_not_lost_when_another_field_is_wrong(client, boss):
    habit = habit_named("물")
    mine = filled(client, change_url(habit)) | {"name": "내 이름", "default_target_count": "3"}
    Habit.objects.filter(pk=habit.pk).update(name="남의 이름")
    seen = client.post(change_url(habit), mine).context["seen"]
    chosen = {"keep_name": "saved", "seen": seen}

    wrong = client.post(change_url(habit), mine | chosen | {"default_target_count": "-"})

    assert '<input type="hidden" name="keep_name" value="saved">' in wrong.text
    client.post(change_url(habit), mine | chosen)
    habit.refresh_from_db()
    assert (habit.name, habit.default_target_count) == ("남의 이름", 3)


def test_a_choice_does_not_outlive_another_edit(client, boss):
    habit = habit_named("물")
    mine = filled(client, change_url(habit)) | {"name": "내 이름"}
    Habit.objects.filter(pk=habit.pk).update(name="남의 이름")
    seen = client.post(change_url(habit), mine).context["seen"]
    Habit.objects.filter(pk=habit.pk).update(name="또 다른 이름")

    again = client.post(change_url(habit), mine | {"keep_name": "saved", "seen": seen})

    assert "또 다른 이름" in [one["theirs"] for one in again.context["stale"]]
    assert Habit.objects.get(pk=habit.pk).name == "또 다른 이름"


@pytest.mark.parametrize("model", MAKE, ids=lambda model: model.__name__)
def test_all_that_is_saved_stays_when_it_is_chosen(client, boss, model):
    """The value of each kind of field is the one that the form would show."""
    row = model.objects.order_by("pk").first()
    sent = filled(client, change_url(row)) | {"why": "시험"}
    form = client.get(change_url(row)).context["adminform"].form
    before = snapshots.of(model.objects.get(pk=row.pk))

    answer = client.post(change_url(row), sent | {f"keep_{name}": "saved" for name in form.fields})

    assert answer.status_code == 302, answer.context["adminform"].form.errors
    assert snapshots.of(model.objects.get(pk=row.pk)) == before
    assert not ChangeRequest.objects.exists()


@pytest.mark.parametrize("model", MAKE, ids=lambda model: model.__name__)
def test_a_form_that_does_not_say_what_it_saw_is_refused(client, boss, model):
    row = MAKE[model]()
    name, before, after = another(row)
    sent = filled(client, change_url(row)) | {name: after, "why": "시험"}
    del sent["seen"]

    assert client.post(change_url(row), sent).context["stale"]
    assert getattr(model.objects.get(pk=row.pk), name) == before


def test_what_changes_by_itself_makes_no_form_stale(client, boss):
    habit = habit_named("물")
    mine = filled(client, change_url(habit)) | {"name": "내 이름"}
    Habit.objects.filter(pk=habit.pk).update(updated_at=NOW)

    client.post(change_url(habit), mine)
    assert Habit.objects.get(pk=habit.pk).name == "내 이름"


@pytest.mark.parametrize("model", MAKE, ids=lambda model: model.__name__)
def test_a_posted_list_overwrites_nothing(client, boss, model):
    """As a browser would post a list that was opened before somebody else saved a row of it."""
    row = MAKE[model]()
    url = reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")
    page = client.get(url).text
    sent = {
        name: html.unescape(value)
        for name, value in re.findall(r'<input[^>]*name="(form-[^"]+)"[^>]*value="([^"]*)"', page)
    }
    sent |= {
        "form-TOTAL_FORMS": "1",
        "form-INITIAL_FORMS": "1",
        "form-0-id": row.pk,
        "form-0-sort_order": "77",
        "_save": "1",
    }
    name, _before, after = another(row)
    model.objects.filter(pk=row.pk).update(**{name: after})
    now = snapshots.of(model.objects.get(pk=row.pk))

    client.post(url, sent | {"why": "시험"})

    assert snapshots.of(model.objects.get(pk=row.pk)) == now


def test_a_plan_stops_showing_by_an_act_with_a_reason(client, boss):
    plan = SubscriptionPlanFactory()
    url = reverse("admin:billing_subscriptionplan_changelist")
    choice = {"action": "retire", "_selected_action": [plan.pk]}

    assert client.post(url, choice)["Location"] == "/admin/again/"
    asked = client.post(url, choice | {"why": "이제 팔지 않아요"})
    client.post(url, choice | {"why": "이제 팔지 않아요", "seen": asked.context["seen"]})

    assert not SubscriptionPlan.objects.get(pk=plan.pk).is_active
    assert revisions.history(plan)[0].why == "이제 팔지 않아요"


def save_at_once(turns: int) -> None:
    """Eight people save the form that all have opened, `turns` times: each time one of them is stored."""
    habit = habit_named("0")
    browsers = [Client() for _ in range(8)]
    for browser in browsers:
        browser.force_login(StaffFactory())
    sent = filled(browsers[0], change_url(habit))
    saved = []
    for turn in range(turns):
        sent["seen"] = re.search(r'name="seen" value="(\w+)"', browsers[0].get(change_url(habit)).text)[1]
        names = [f"{turn}-{number}" for number in range(8)]

        def save(number: int, names=names) -> int:
            return browsers[number].post(change_url(habit), sent | {"name": names[number]}).status_code

        answers = at_once(8, save)
        saved.append([name for name, answer in zip(names, answers, strict=True) if answer == 302])
        assert [Habit.objects.get(pk=habit.pk).name] == saved[-1]

    assert [len(names) for names in saved] == [1] * turns


def test_of_saves_at_once_none_overwrites_another(committed):
    """`make faults` makes two hundred."""
    save_at_once(3)


def test_who_else_has_the_form_open_is_said_within_a_minute(client, boss, time_machine):
    time_machine.move_to(NOW, tick=False)
    habit = HabitFactory()
    said = {"page": change_url(habit)}
    other = StaffFactory()

    assert presence.others(said["page"], me=other.pk) == []
    assert client.post("/admin/here/", said).text == f"{other.name}님도 지금 열어 두었어요."
    time_machine.shift(61)
    assert client.post("/admin/here/", said).text == ""


def test_every_form_of_staff_says_what_it_saw(client, boss):
    for model, make in MAKE.items():
        page = client.get(change_url(make())).text
        assert re.search(r'name="seen" value="[0-9a-f]{64}"', page), model


# ── Where a row is used ─────────────────────────────────────────────────────


def used(model, row) -> dict[str, int | str]:
    return {str(label): number for label, number in references.counts(model.objects.filter(pk=row.pk))}


def test_a_template_is_used_by_the_habits_of_people():
    habit = HabitFactory()
    UserHabitFactory(habit=habit)

    assert list(used(Habit, habit).values()) == ["5명 미만"]
    for _more in range(4):
        UserHabitFactory(habit=habit)
    assert list(used(Habit, habit).values()) == [5]
    assert used(Habit, HabitFactory()) == {}


def test_a_category_is_used_by_templates_and_by_rules_at_any_depth():
    category = HabitCategoryFactory(name_en="garden")
    HabitFactory(category=category)
    named = {"kind": "category", "category": "garden", "need": 5}
    AchievementFactory(criteria=named)
    AchievementFactory(criteria={"kind": "all", "of": [{"kind": "days", "need": 3}, named]})
    AchievementFactory(criteria={"kind": "category", "category": "health", "need": 5})

    assert used(HabitCategory, category) == {"습관 템플릿": 1, "배지의 조건": 2}


def test_a_badge_is_used_by_those_who_have_it_and_a_plan_by_announcements():
    badge = AchievementFactory()
    UserAchievementFactory(achievement=badge)
    plan = SubscriptionPlanFactory()
    AnnouncementFactory(plan=plan.pk)
    UserSubscriptionFactory(plan=plan)

    assert list(used(Achievement, badge).values()) == ["5명 미만"]
    assert used(SubscriptionPlan, plan)["공지"] == 1
    assert sorted(map(str, used(SubscriptionPlan, plan).values())) == ["1", "5명 미만"]


def test_every_kind_of_reference_to_a_catalogue_row_is_counted():
    """Each foreign key to a watched table, and each JSON column that an app declares."""
    for watched in revisions.WATCHED.values():
        pointing = {
            (model, field.name)
            for model in apps.get_models()
            for field in model._meta.local_fields
            if field.is_relation and field.related_model is watched.model
        }
        counted = {(one.related_model, one.field.name) for one in references.relations(watched.model)}
        assert pointing == counted, watched.model


def test_retiring_shows_first_where_the_rows_are_used_and_asks_again_when_that_changed(client, boss):
    habit = HabitFactory()
    UserHabitFactory(habit=habit)
    url, choice = reverse("admin:habits_habit_changelist"), {"action": "retire", "_selected_action": [str(habit.pk)]}

    asked = client.post(url, choice)
    assert ("고른 줄", 1) in asked.context["counts"]
    assert len(asked.context["counts"]) == 2
    Habit.objects.filter(pk=habit.pk).update(name="바뀐 이름")
    again = client.post(url, choice | {"seen": asked.context["seen"]})
    assert "그사이 바뀌었어요" in again.text
    assert Habit.objects.get(pk=habit.pk).is_active
    client.post(url, choice | {"seen": again.context["seen"]})
    assert not Habit.objects.get(pk=habit.pk).is_active


def test_what_is_planned_with_a_row_is_counted(boss):
    category = HabitCategoryFactory(name_en="garden")
    habit, badge = HabitFactory(), AchievementFactory()
    assert used(HabitCategory, category) == {}

    habit.category = category
    revisions.draft(habit, goes_live_at=None, by=boss.pk, why="")
    badge.criteria = {"kind": "all", "of": [{"kind": "category", "category": "garden", "need": 5}]}
    revisions.draft(badge, goes_live_at=NOW, by=boss.pk, why="")
    category.name = "다른 이름"
    revisions.draft(category, goes_live_at=NOW, by=boss.pk, why="")  # its own draft is no use of it
    proposed = {"rows": [str(category.pk)]}
    ChangeRequestFactory(kind="bulk", target="habits.habitcategory:retire", proposed=proposed, before={})

    assert used(HabitCategory, category) == {"초안과 예약": 2, "두 사람이 하는 일": 1}
    ChangeRequest.objects.update(state="refused")
    Revision.objects.update(state="kept", live_at=NOW)
    assert used(HabitCategory, category) == {}


# What each JSON column holds keys of: a catalogue table, `planned` (keys of every table), or nothing.
JSON_COLUMNS = {
    "gamification.achievement.criteria": "habits.habitcategory",
    "staff.revision.content": "planned",
    "staff.changerequest.proposed": "planned",
    # Copies of what was, which nothing follows: the row may be retired.
    "staff.changerequest.before": "",
    "audit.auditlog.old_values": "",
    "audit.auditlog.new_values": "",
    "staff.accessreview.sample": "",
    "gamification.userachievement.context": "",
    "coaching.coachingdecision.inputs": "",
    # Habits of the person's own list, which go with them.
    "coaching.coachingsettings.muted_habits": "",
    "coaching.coachingmessage.context": "",
    "analytics.appevent.event_data": "",
    "notifications.notification.data": "",
    # Settings and texts.
    "accounts.user.notification_settings": "",
    "accounts.user.privacy_settings": "",
    "accounts.usersession.device_info": "",
    "billing.subscriptionplan.features": "",
    "billing.subscriptionplan.limits": "",
    "billing.subscriptionplan.translations": "",
    "billing.paymenttransaction.gateway_response": "",
    "billing.billingalert.facts": "",
    "circles.challenge.translations": "",
    "coaching.aiprompttemplate.variables": "",
    "coaching.aiprompttemplate.translations": "",
    "coaching.promptevaluation.failures": "",
    "coaching.coachingsettings.muted": "",
    "coaching.coachingsettings.rarer": "",
    "coaching.coachquestion.answer": "",
    "gamification.achievement.translations": "",
    "gamification.sharecard.week_days": "",
    "habits.habitcategory.translations": "",
    "habits.habit.instructions": "",
    "habits.habit.tips": "",
    "habits.habit.default_schedule": "",
    "habits.habit.translations": "",
    "habits.userhabit.reminder_times": "",
    "habits.userhabit.schedule": "",
    "habits.userhabit.reminder_days": "",
    "habits.userhabit.rules": "",
    "habits.userhabit.streak_state": "",
    "habits.userhabit.month_states": "",
    "habits.habitlog.image_urls": "",
    "habits.habitlogedit.before": "",
    "habits.habitlogedit.after": "",
    "habits.habitimport.preview": "",
    "habits.habitimport.problems": "",
    "habits.habitimport.choices": "",
    "habits.habitimport.result": "",
    # Counted by what they count, not by key.
    "gamification.userprogress.counters": "",
    "gamification.progressday.counters": "",
}


def test_every_json_column_is_known_to_hold_keys_or_none():
    ours = [model for model in apps.get_models() if not model.__module__.startswith(("django.", "allauth."))]
    columns = {
        f"{model._meta.label_lower}.{field.name}"
        for model in ours
        for field in model._meta.local_fields
        if isinstance(field, models.JSONField | SealedJSONField)
    }

    assert columns == JSON_COLUMNS.keys(), (
        "say what a new column holds keys of, and count it in core/staff/references.py"
    )
    held = {table for table in JSON_COLUMNS.values() if table and table != "planned"}
    assert held <= references._INSIDE.keys()


# ── Lists ───────────────────────────────────────────────────────────────────


def list_url(model) -> str:
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")


@pytest.mark.parametrize("model", [one for one in MAKE if one is not HabitCategory], ids=lambda model: model.__name__)
def test_a_list_counts_and_filters_what_is_on_air_and_what_is_planned(client, boss, model):
    model.objects.all().delete()
    # The factory of plans makes one row.
    named = {"id": "other"} if model is SubscriptionPlan else {}
    on, off = MAKE[model](is_active=model is not AIPromptTemplate), MAKE[model](is_active=False, **named)
    revisions.draft(off, goes_live_at=None, by=boss.pk, why="")
    revisions.draft(off, goes_live_at=NOW, by=boss.pk, why="")
    lit = int(model is not AIPromptTemplate)

    page = client.get(list_url(model))
    [counted] = [one.lookup_choices for one in page.context["cl"].filter_specs if one.title == "상태"]

    numbers = {name: int(text.rpartition(" ")[2]) for name, text in counted}
    assert numbers == {"on": lit, "off": 2 - lit, "scheduled": 1, "draft": 1}
    with timezone.override(ZoneInfo(boss.timezone)):
        assert f"예약 {date_format(timezone.localtime(NOW), 'SHORT_DATETIME_FORMAT')}" in page.text
    drafts = client.get(list_url(model), {"shown": "draft"}).context["cl"].result_list
    assert [row.pk for row in drafts] == [off.pk]
    assert on.pk != off.pk


def test_chosen_rows_are_a_file_of_their_own(client, boss, monkeypatch):
    chosen, _other = HabitFactory(name="물"), HabitFactory(name="빵")
    sent = {"action": "chosen_export", "_selected_action": [str(chosen.pk)]}

    answer = client.post(list_url(Habit), sent)

    [line] = csv.DictReader(io.StringIO(answer.text))
    assert (line["id"], line["name"]) == (str(chosen.pk), "물")
    assert "attachment" in answer["Content-Disposition"]
    # Nothing is changed, so no second person is asked.
    monkeypatch.setattr(bulk_changes, "MOST_ALONE", 0)
    assert client.post(list_url(Habit), sent).status_code == 200
    assert not ChangeRequest.objects.exists()
    assert not AuditLog.objects.filter(action="ACT").exists()
