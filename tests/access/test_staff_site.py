"""Every registered table of the staff pages: cheap lists, no keys instead of names, named inputs; and their frame."""

import datetime as dt
import re
from zoneinfo import ZoneInfo

import pytest
from django.contrib import admin
from django.db import connection, models
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import User
from coaching.crisis import help_lines
from core.admin_base import ShortPaginator
from core.staff import bulk_changes
from habits.models import Habit
from notifications.models import Announcement
from tests.factories.accounts import UserFactory
from tests.factories.habits import HabitCategoryFactory, HabitFactory, UserHabitFactory
from tests.factories.rest import AchievementFactory, NotificationDeliveryFactory
from wellness.pages import staff_home

pytestmark = pytest.mark.django_db

LIST_QUERIES = 12
NOW = dt.datetime(2026, 6, 1, 9, tzinfo=dt.UTC)


@pytest.fixture
def boss(client):
    colleague = UserFactory(is_staff=True, is_superuser=True)
    client.force_login(colleague)
    return client


def address(model: type[models.Model], page: str = "changelist") -> str:
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{page}")


def test_a_list_asks_at_most_twelve_queries_and_counts_no_whole_table(boss):
    for _ in range(3):
        UserHabitFactory()
        NotificationDeliveryFactory(state="dead")
    spent, whole = {}, []
    for model in admin.site._registry:
        with CaptureQueriesContext(
            connection,
        ) as asked:
            assert boss.get(address(model)).status_code == 200
        spent[model.__name__] = len(asked)
        whole += [
            query["sql"]
            for query in asked
            if query["sql"].startswith("SELECT COUNT(*)") and "LIMIT" not in query["sql"]
        ]

    assert {name: count for name, count in spent.items() if count > LIST_QUERIES} == {}
    assert whole == []


def test_a_list_counts_no_further_than_it_needs(monkeypatch):
    monkeypatch.setattr(ShortPaginator, "MOST", 2)
    for _ in range(3):
        HabitFactory()

    assert ShortPaginator(Habit.objects.order_by("name"), 10).count == 2


def test_no_act_on_all_rows_when_they_were_not_counted(boss, monkeypatch):
    monkeypatch.setattr(ShortPaginator, "MOST", 2)
    habits = [HabitFactory() for _ in range(2)]
    choice = {"action": "retire", "_selected_action": [str(habits[0].pk)], "select_across": "1"}

    answer = boss.post(address(Habit), choice, follow=True)

    assert "너무 많아요" in answer.text
    assert Habit.objects.filter(pk__in=[habit.pk for habit in habits], is_active=True).count() == 2


def test_lists_show_names_and_no_keys(boss):
    NotificationDeliveryFactory()
    UserHabitFactory()
    for model in admin.site._registry:
        cells = re.findall(r'<t[dh] class="field-[^"]*">(.*?)</t[dh]>', boss.get(address(model)).text, re.S)
        texts = [re.sub(r"<[^>]*>", "", cell) for cell in cells]
        assert [text for text in texts if re.search(r"[0-9a-f]{8}-[0-9a-f]{4}-", text)] == [], model


def test_no_list_saves_rows_and_none_shows_more_than_one_person_may_change():
    """A row of a list carries no revision: an old list would overwrite the edit of another person."""
    lists = admin.site._registry.values()

    assert [one for one in lists if one.list_editable] == []
    assert [one for one in lists if max(one.list_max_show_all, one.list_per_page) > bulk_changes.MOST_ALONE] == []


def test_no_form_offers_all_people_in_a_select(boss, rf):
    request = rf.get("/")
    request.user = User.objects.filter(is_superuser=True).first()
    offered = [
        (model.__name__, name)
        for model, its_admin in admin.site._registry.items()
        if its_admin.has_add_permission(request) or its_admin.has_change_permission(request)
        for name, field in its_admin.get_form(request).base_fields.items()
        if getattr(getattr(field, "queryset", None), "model", None) is User
        and name not in {*its_admin.raw_id_fields, *its_admin.get_autocomplete_fields(request)}
    ]

    assert offered == []


def test_staff_pages_speak_korean(boss):
    HabitFactory()
    for model, its_admin in admin.site._registry.items():
        pages = [address(model)]
        if its_admin.has_add_permission(boss.get(pages[0]).wsgi_request):
            pages.append(address(model, "add"))
        for page in pages:
            text = boss.get(page).text
            assert not re.search(r"Select an option|Filter by|\(으\)로|을\(를\)", text), page


def test_a_time_is_typed_in_the_colleagues_own_zone(client):
    colleague = UserFactory(is_staff=True, is_superuser=True, timezone="Asia/Seoul")
    client.force_login(colleague)
    sent = {"title": "점검", "body": "쉬어요", "scheduled_for": "2030-01-02T09:00"}

    answer = client.post(address(Announcement, "add"), sent | {"_continue": "1"}, follow=True)

    announcement = Announcement.objects.get(title="점검")
    assert announcement.scheduled_for == dt.datetime(2030, 1, 2, 9, tzinfo=ZoneInfo("Asia/Seoul"))
    assert 'value="2030-01-02T09:00:00"' in answer.text


def test_the_home_says_what_waits_and_for_how_long(boss):
    NotificationDeliveryFactory(state="dead", created_at=dt.datetime.now(dt.UTC) - dt.timedelta(hours=27))

    page = boss.get("/admin/").text

    # Three months after a release the telephone numbers of help wait too.
    others = help_lines.check_due_since(dt.datetime.now(dt.UTC).date()) is not None
    assert f"{1 + others}가지가 기다려요" in page
    assert "27시간째" in page
    assert "state__exact=dead" in page


def test_the_home_shows_work_to_those_who_may_do_it(client):
    NotificationDeliveryFactory(state="dead")
    client.force_login(UserFactory(is_staff=True))

    assert "보내지 못하고" not in client.get("/admin/").text


@pytest.mark.parametrize(
    ("waited", "said"),
    [
        (dt.timedelta(minutes=-1), "0분째"),
        (dt.timedelta(minutes=119), "119분째"),
        (dt.timedelta(hours=47, minutes=59), "47시간째"),
        (dt.timedelta(days=2), "2일째"),
    ],
)
def test_an_age_is_told_in_its_largest_unit(waited, said):
    assert staff_home.age(NOW - waited, now=NOW) == said


def test_one_search_finds_rows_and_people_by_post(boss, person):
    habit = HabitFactory(name="쌍무지개 산책")

    assert habit.name in boss.post("/admin/find/", {"words": "쌍무지개"}).text
    assert boss.post("/admin/find/", {"words": person.email}).url == f"/admin/accounts/user/{person.pk}/change/"
    assert "찾은 것이 없어요" in boss.post("/admin/find/", {"words": "없는 말"}).text
    assert "찾은 것이 없어요" in boss.post("/admin/find/", {"words": "\0"}).text


def test_the_search_finds_nothing_that_the_colleague_may_not_see(client, person):
    habit = HabitFactory(name="쌍무지개 산책")
    client.force_login(UserFactory(is_staff=True))

    assert habit.name not in client.post("/admin/find/", {"words": "쌍무지개"}).text
    assert client.post("/admin/find/", {"words": person.email}).status_code == 403


def test_no_staff_page_needs_an_inline_script_or_style(boss):
    HabitCategoryFactory()
    for model in admin.site._registry:
        page = boss.get(address(model)).text
        assert " style=" not in page
        assert "<style" not in page, model
        assert not re.search(r"<script(?![^>]*\bsrc=)", page), model


def test_a_found_row_whose_key_looks_escaped_opens(boss):
    """The admin reads `_10` of an address as a character, so a key like this has to be escaped."""
    AchievementFactory(id="steps_1000", name="쌍무지개 배지")

    [url] = re.findall(
        r'href="(/admin/gamification/achievement/[^"]+)"', boss.post("/admin/find/", {"words": "쌍무지개 배지"}).text
    )

    assert boss.get(url).status_code == 200


@pytest.mark.parametrize("text", ["\0", "a\0b@example.com", "9" * 5000, "²"])
@pytest.mark.parametrize(
    ("route", "field"),
    [
        ("admin:claim_work", "name"),
        ("admin:here", "page"),
        ("admin:find", "words"),
        ("admin:billing_find", "wanted"),
        ("admin:accounts_user_search", "email"),
        ("admin:habits_habit_changelist", "index"),
        ("admin:habits_habit_changelist", "_selected_action"),
    ],
)
def test_what_no_form_of_staff_reads_is_no_error_whatever_it_holds(boss, route, field, text):
    sent = {"action": "delete_selected", "_selected_action": "x", "why": "시험"} | {field: text}

    assert boss.post(reverse(route), sent).status_code in (200, 302)


@pytest.mark.parametrize("person", ["9" * 3000, "²", "٣", "-1"])
def test_a_preview_for_nobody_is_no_error(boss, person):
    page = reverse("admin:coaching_aiprompttemplate_add")

    assert boss.get(page, {"person": person}).status_code == 200
