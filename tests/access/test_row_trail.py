"""The history of a row says what was before and after, also of what no revision holds, in the reader's language."""

import html
import re

import pytest
from django.contrib.admin.utils import quote
from django.contrib.auth.models import Group
from django.db.models import Model
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts import roles
from billing.models import SubscriptionPlan
from coaching.models import AIPromptTemplate
from core.audit.models import AuditLog
from core.staff import change_requests
from core.staff.models import ChangeRequest
from gamification.models import Achievement
from habits.models import Habit
from notifications.models import Announcement
from tests.factories.accounts import StaffFactory, UserFactory
from tests.factories.habits import HabitCategoryFactory, HabitFactory
from tests.factories.rest import (
    AchievementFactory,
    AnnouncementFactory,
    CoachingControlsFactory,
    PaymentTransactionFactory,
    SubscriptionPlanFactory,
)
from tests.staff_forms import filled

pytestmark = pytest.mark.django_db

WHY = "물가가 올랐어요"


def page(row: Model, name: str) -> str:
    return reverse(f"admin:{row._meta.app_label}_{row._meta.model_name}_{name}", args=[quote(row.pk)])


def history_of(client: Client, row: Model) -> str:
    """The text of the page of a row's history."""
    shown = client.get(page(row, "history")).text.partition('id="content-main"')[2]
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", shown)).split())


def signed_in(**about: object) -> Client:
    client = Client()
    client.force_login(StaffFactory(**about))
    return client


@pytest.fixture
def boss():
    return signed_in()


def test_the_history_of_a_plan_tells_a_price_that_two_people_changed(boss):
    plan = SubscriptionPlanFactory(price=990000)
    url = page(plan, "change")
    boss.post(url, filled(boss, url) | {"price": "11900", "why": WHY})
    change = ChangeRequest.objects.get()

    signed_in().post(reverse("admin:staff_changerequest_approve", args=[change.pk]), {"why": "함께 봤어요"})

    assert SubscriptionPlan.objects.get(pk=plan.pk).price == 1190000
    said = history_of(boss, plan)
    assert "가격: ‘9,900원’ → ‘11,900원’" in said
    assert "함께 봤어요" in said


def test_the_history_of_a_template_tells_its_place_and_not_that_of_those_it_passed(boss):
    category = HabitCategoryFactory(name_en="trial")
    first, second, third = (HabitFactory(category=category, name=name, sort_order=n) for n, name in enumerate("가나다"))

    boss.post(reverse("admin:habits_habit_move", args=[third.pk]), {"before": str(first.pk)})

    assert "순서: ‘3’ → ‘1’" in history_of(boss, third)
    assert "순서" not in history_of(boss, second)


def test_at_the_edge_nothing_is_written(boss):
    habit = HabitFactory(category=HabitCategoryFactory(name_en="trial"))

    boss.post(reverse("admin:habits_habit_move", args=[habit.pk]), {"by": "-1"})

    assert "순서" not in history_of(boss, habit)
    assert "순서 바꾸기" not in boss.get("/admin/").text


@pytest.mark.parametrize(
    ("make", "sent", "told"),
    [
        (CoachingControlsFactory, {"daily_cap": "1.5"}, "하루에 모두: ‘$20.0000’ → ‘$1.5000’"),
        (AnnouncementFactory, {"title": "다른 제목"}, "→ ‘다른 제목’"),
        (UserFactory, {"language": "en"}, "‘한국어’ → ‘English’"),
    ],
    ids=["switches", "announcement", "person"],
)
def test_the_history_of_other_tables_tells_what_was_before(boss, make, sent, told):
    row = make()
    url = page(row, "change")

    boss.post(url, filled(boss, url) | sent | {"why": WHY})

    said = history_of(boss, row)
    assert told in said
    assert said.count(WHY) == 1


def test_what_a_person_did_to_their_own_account_is_not_in_their_history(boss):
    person = UserFactory()
    own = Client()
    own.force_login(person)
    own.post("/me/view/", {"language": "en", "timezone": "Asia/Seoul", "day_start": "0", "week_start": "1"})
    person.refresh_from_db()

    assert person.language == "en"
    assert "언어" not in history_of(boss, person)


def test_an_act_is_read_in_the_language_of_its_reader(boss):
    person, habit = UserFactory(), HabitFactory(is_featured=False)
    english = signed_in(language="en")
    english.post(reverse("admin:accounts_user_export", args=[person.pk]), {"why": "asked by phone"})
    boss.post("/admin/habits/habit/", {"action": "feature", "_selected_action": [habit.pk]})

    assert "내보내기 시작" in history_of(boss, person)
    assert "Start export" in history_of(english, person)
    assert "추천하기" in boss.get("/admin/").text


def test_each_act_of_a_list_on_what_people_see_says_what_came_of_it(boss):
    badge = AchievementFactory(is_active=True)
    url = reverse("admin:gamification_achievement_changelist")
    sent = {"action": "retire", "_selected_action": [badge.pk], "why": WHY}

    done = boss.post(url, sent | {"seen": boss.post(url, sent).context["seen"]}, follow=True)

    assert not Achievement.objects.get(pk=badge.pk).is_active
    assert "1개를 바꿨어요." in done.text
    assert WHY in history_of(boss, badge)


def test_before_an_announcement_is_scheduled_its_time_is_shown(boss):
    at_once = AnnouncementFactory(scheduled_for=None)
    later = AnnouncementFactory(scheduled_for="2030-12-02T17:00:00Z")
    for row, said in (
        (at_once, "그대로 하면 바로 보내기 시작해요."),
        (later, "2030년\N{NO-BREAK SPACE}12월\N{NO-BREAK SPACE}3일 오전 2:00에 보내기 시작해요."),
    ):
        url = page(row, "change")
        asked = boss.post(url, filled(boss, url) | {"_schedule": "1", "why": WHY})

        assert said in asked.text
    assert {*Announcement.objects.values_list("state", flat=True)} == {"draft"}
    assert Habit.objects.exists()


def test_support_reads_its_limit_before_a_refund_is_typed():
    roles.install()
    colleague = UserFactory(is_staff=True)
    colleague.groups.add(Group.objects.get(name="support"))
    client = Client()
    client.force_login(colleague)
    url = page(PaymentTransactionFactory(amount=9900000), "change")

    assert "20,000원까지 환불할 수 있어요." in client.get(url).text
    assert "20,000원까지" not in signed_in().get(url).text


def test_an_evaluation_says_how_many_cases_passed(boss, content):
    template = AIPromptTemplate.objects.filter(is_active=True).first()
    url = page(template, "change")

    done = boss.post(url, filled(boss, url) | {"_evaluate": "1"}, follow=True)

    assert re.search(r"평가했어요\. \d+가지 가운데 \d+가지 통과", done.text)


def test_a_request_for_two_is_led_to(boss):
    plan = SubscriptionPlanFactory(price=990000)
    url = page(plan, "change")

    for _time in range(2):
        done = boss.post(url, filled(boss, url) | {"price": "11900", "why": WHY}, follow=True)
        assert page(ChangeRequest.objects.get(), "change") in done.text


def test_a_stale_form_says_who_was_faster_and_why(boss):
    habit = HabitFactory(name="물", translations={"en": {"name": "Water"}})
    url = page(habit, "change")
    late = filled(boss, url) | {"name": "물 한 잔", "name_en": "A glass"}
    faster = StaffFactory(name="서연")
    other = Client()
    other.force_login(faster)
    other.post(url, filled(other, url) | {"name": "물 두 잔", "why": WHY})

    shown = html.unescape(boss.post(url, late).text)

    assert "서연" in shown
    assert WHY in shown
    assert "이름 · English" in shown
    assert "아래에서 붉게 적힌 곳을" not in shown
    assert shown.count('class="preview-pane') == 4


def test_what_was_asked_is_told_in_the_language_of_the_reader():
    rows = [str(HabitFactory().pk)]
    at = timezone.now()
    why, author = WHY, StaffFactory().pk
    bulk = change_requests.propose("bulk", "habits.habit:feature", {"rows": rows}, author=author, why=why, at=at)
    change_requests.propose("price", SubscriptionPlanFactory().pk, {"price": 1}, author=author, why=why, at=at)
    english = signed_in(language="en")

    shown = english.get("/admin/staff/changerequest/").text

    assert "Habit templates: Feature (1)" in shown
    assert "Change of price: Premium" in shown
    assert "Habit templates: Feature (1)" in english.get(page(bulk, "change")).text


def test_a_colleague_who_may_not_open_a_page_is_led_to_the_staff_home():
    client, person = Client(), Client()
    client.force_login(UserFactory(is_staff=True))
    person.force_login(UserFactory())

    assert 'href="/admin/"' in client.get("/admin/operations/").text
    assert 'href="/admin/"' not in person.get("/admin/").text


def test_the_trail_names_a_form_that_is_dangerous_by_itself_and_no_key(boss):
    plan = SubscriptionPlanFactory()
    url = page(plan, "change")
    boss.post(url, filled(boss, url) | {"name_en": "Other", "why": WHY})
    act = AuditLog.objects.get(action="ACT", why=WHY)

    assert "요금제:\N{NO-BREAK SPACE}고침" in boss.get("/admin/audit/auditlog/").text
    assert "billing_subscriptionplan_change" not in boss.get(page(act, "change")).text
