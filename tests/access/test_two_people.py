"""Changes that need two people, and the monthly review of who looked at whom."""

import datetime as dt
from types import SimpleNamespace

import pytest
from django.contrib.auth.models import Group
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone

from accounts import roles
from billing.models import SubscriptionPlan
from core.audit.models import AuditLog
from core.staff import access_reviews, bulk_changes, change_requests
from core.staff.models import AccessReview, ChangeRequest
from habits.models import Habit
from tests.factories.accounts import StaffFactory, UserFactory
from tests.factories.habits import HabitCategoryFactory, HabitFactory
from tests.factories.rest import AuditLogFactory, ChangeRequestFactory

pytestmark = pytest.mark.django_db

NOW = dt.datetime(2026, 6, 1, 9, tzinfo=dt.UTC)


def price(plan_id: str, *, author, at: dt.datetime = NOW) -> ChangeRequest:
    return change_requests.propose("price", plan_id, {"price": 2490000}, author=author.pk, why="값", at=at)


def asked_by(colleague) -> SimpleNamespace:
    return SimpleNamespace(user=colleague)


@pytest.fixture
def change():
    return price("pro", author=StaffFactory())


def test_the_database_refuses_an_approver_who_is_the_author(change):
    with pytest.raises(IntegrityError, match="two_people"), transaction.atomic():
        ChangeRequest.objects.update(state="done", approver_id=change.author_id, decided_at=NOW)
    with pytest.raises(IntegrityError, match="done_by_somebody"), transaction.atomic():
        ChangeRequest.objects.update(state="done", decided_at=NOW)


def test_the_author_cannot_approve(change):
    author = SimpleNamespace(pk=change.author_id)

    with pytest.raises(change_requests.SamePerson):
        change_requests.approve(change.pk, asked_by(author), at=NOW)
    assert SubscriptionPlan.objects.get(pk="pro").price != 2490000


def test_a_request_ends_after_a_day(change):
    second = asked_by(StaffFactory())

    late = change_requests.approve(change.pk, second, at=NOW + dt.timedelta(hours=24))

    assert (late.state, SubscriptionPlan.objects.get(pk="pro").price == 2490000) == ("expired", False)
    again = price("pro", author=StaffFactory(), at=NOW + dt.timedelta(hours=25))
    done = change_requests.approve(again.pk, second, at=NOW + dt.timedelta(hours=48, minutes=59))
    assert (done.state, SubscriptionPlan.objects.get(pk="pro").price) == ("done", 2490000)
    with pytest.raises(change_requests.NotWaiting):
        change_requests.approve(again.pk, second, at=NOW + dt.timedelta(hours=49))


def test_two_requests_for_the_same_thing_do_not_wait_at_once(change):
    with pytest.raises(change_requests.AlreadyAsked):
        price("pro", author=StaffFactory())
    price("pro", author=StaffFactory(), at=NOW + dt.timedelta(days=1))

    assert {*ChangeRequest.objects.values_list("state", flat=True)} == {"expired", "waiting"}


def test_who_refuses_is_kept_and_a_withdrawal_names_nobody(change):
    refused = change_requests.refuse(change.pk, by=UserFactory().pk, at=NOW)
    own = price("basic", author=StaffFactory())
    withdrawn = change_requests.refuse(own.pk, by=own.author_id, at=NOW)

    assert refused.approver_id is not None
    assert (withdrawn.state, withdrawn.approver_id) == ("refused", None)


@pytest.fixture
def many(monkeypatch):
    monkeypatch.setattr(bulk_changes, "MOST_ALONE", 2)
    category = HabitCategoryFactory()
    return [HabitFactory(category=category) for _ in range(3)]


def retire(client, habits, **more):
    sent = {"action": "retire", "_selected_action": [str(habit.pk) for habit in habits]}
    return client.post(reverse("admin:habits_habit_changelist"), sent | more)


def test_a_hundred_rows_are_the_most_that_one_person_changes():
    assert bulk_changes.MOST_ALONE == 100


def test_more_rows_than_one_person_changes_alone_are_counted_then_approved(client, many):
    client.force_login(StaffFactory())
    shown = retire(client, many)

    assert ("고른 줄", 3) in shown.context["counts"]
    assert not ChangeRequest.objects.exists()
    retire(client, many, seen=shown.context["seen"], why="계절이 지났어요")
    change = ChangeRequest.objects.get()
    assert Habit.objects.filter(pk__in=[habit.pk for habit in many], is_active=True).count() == 3
    client.force_login(StaffFactory())
    page = client.get(reverse("admin:staff_changerequest_change", args=[change.pk])).text
    assert many[0].name in page
    client.post(reverse("admin:staff_changerequest_approve", args=[change.pk]), {"why": "맞아요"})
    assert Habit.objects.filter(pk__in=[habit.pk for habit in many], is_active=True).count() == 0


def test_rows_that_changed_after_the_count_are_shown_again(client, many):
    client.force_login(StaffFactory())
    seen = retire(client, many).context["seen"]
    Habit.objects.filter(pk=many[0].pk).update(name="바뀐 이름")

    answer = retire(client, many, seen=seen, why="계절이 지났어요")

    assert "그사이 바뀌었어요" in answer.text
    assert not ChangeRequest.objects.exists()


def test_rows_that_changed_after_the_request_are_left_alone(client, many):
    client.force_login(StaffFactory())
    retire(client, many, seen=retire(client, many).context["seen"], why="계절이 지났어요")
    Habit.objects.filter(pk=many[0].pk).update(name="바뀐 이름")
    change = ChangeRequest.objects.get()
    client.force_login(StaffFactory())

    assert "승인할 수 없어요" in client.get(reverse("admin:staff_changerequest_change", args=[change.pk])).text
    client.post(reverse("admin:staff_changerequest_approve", args=[change.pk]), {"why": "맞아요"})
    change.refresh_from_db()
    assert (change.state, Habit.objects.filter(is_active=False).count()) == ("outdated", 0)


def test_what_waits_is_on_the_home_of_those_who_may_see_it(client):
    ChangeRequestFactory()
    client.force_login(StaffFactory())
    assert "승인을 기다리는 일 1건" in client.get("/admin/").text

    client.force_login(UserFactory(is_staff=True))
    assert "승인을 기다리는 일" not in client.get("/admin/").text


# ── Who looked at whom ──────────────────────────────────────────────────────


def read(by, *, at: dt.datetime) -> AuditLog:
    return AuditLogFactory(action="READ", user_id=by.pk, record_id=UserFactory().pk, occurred_at=at)


def test_each_month_a_sample_of_the_reads_is_signed_by_another_person(client, time_machine):
    time_machine.move_to(dt.datetime(2026, 6, 3, 9, tzinfo=dt.UTC))
    looked, reviewer = UserFactory(is_staff=True), StaffFactory()
    for hour in range(25):
        read(looked, at=dt.datetime(2026, 5, 31, 0, tzinfo=dt.UTC) + dt.timedelta(hours=hour))
    client.force_login(reviewer)
    assert "접근 기록 점검" in client.get("/admin/").text

    page = client.post(reverse("admin:staff_accessreview_draw"), follow=True)
    review = AccessReview.objects.get()
    again = client.post(reverse("admin:staff_accessreview_draw"), follow=True)

    # The last of the 25 hours is in June.
    assert (review.month, review.reads, len(review.sample)) == (dt.date(2026, 5, 1), 24, 20)
    assert [one["row"].pk for one in page.context["sample"]] == [one["row"].pk for one in again.context["sample"]]
    client.post(reverse("admin:staff_accessreview_sign", args=[review.pk]), {"why": "이상 없어요"})
    review.refresh_from_db()
    assert (review.reviewer_id, review.note) == (reviewer.pk, "이상 없어요")
    assert "접근 기록 점검" not in client.get("/admin/").text


def test_nobody_signs_a_sample_of_their_own_reads():
    reviewer = StaffFactory()
    read(reviewer, at=dt.datetime(2026, 5, 9, tzinfo=dt.UTC))
    review = access_reviews.draw(dt.date(2026, 5, 1))

    with pytest.raises(access_reviews.OwnReads):
        access_reviews.sign(review, by=reviewer.pk, note="", at=NOW)
    with pytest.raises(IntegrityError, match="signed_by_somebody"), transaction.atomic():
        AccessReview.objects.update(signed_at=NOW)


@pytest.fixture
def curator():
    roles.install()
    colleague = UserFactory(is_staff=True)
    colleague.groups.add(Group.objects.get(name="curator"))
    return colleague


def test_who_may_not_decide_a_change_is_told_so_before_and_refuses_nothing(client, curator):
    change = price("pro", author=StaffFactory(), at=timezone.now())
    client.force_login(curator)

    page = client.get(reverse("admin:staff_changerequest_change", args=[change.pk])).text
    client.post(reverse("admin:staff_changerequest_refuse", args=[change.pk]), {"why": "싫어요"})

    assert "이 일을 할 수 있는 역할이 아니에요." in page
    assert "formaction" not in page
    assert "승인을 기다리는 일" not in client.get("/admin/").text
    change.refresh_from_db()
    assert change.state == "waiting"


def test_the_home_names_what_a_colleague_may_decide(client, curator):
    rows = [str(HabitFactory(category=HabitCategoryFactory()).pk) for _ in range(2)]
    change_requests.propose(
        bulk_changes.KIND, "habits.habit:feature", {"rows": rows}, author=StaffFactory().pk, why="봄", at=timezone.now()
    )
    change = price("pro", author=StaffFactory(), at=timezone.now())
    client.force_login(curator)

    assert "승인을 기다리는 일 1건" in client.get("/admin/").text
    client.force_login(StaffFactory())
    assert "승인을 기다리는 일 2건" in client.get("/admin/").text
    assert change.state == "waiting"
