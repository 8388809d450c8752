"""Limits met in the app lead to the plans and, once subscribed, back to where they were met."""

import re
from urllib.parse import quote

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from billing import plans
from billing.models import SubscriptionPlan
from coaching import allowance, preferences
from coaching.models import CoachingUsage
from tests.billing.scenes import AT, subscribe, work
from tests.factories.habits import HabitFactory, HabitLogFactory, UserHabitFactory
from tests.files.pictures import photo

pytestmark = pytest.mark.usefixtures("clock")


def plans_link(back, limit) -> str:
    return f'href="/billing/plans/?next={quote(back, safe="")}&amp;limit={limit}"'


def test_the_address_is_carried_from_the_plans_through_checkout_and_progress(signed_in, person):
    back = "/habits/add/1/?from=limit"
    assert f'href="{back}"' in signed_in.get("/billing/plans/", {"next": back}).text
    there = signed_in.post("/billing/checkout/premium/", {"agreed": "on"}, follow=True)
    signed_in.get("/billing/plans/")
    waiting = signed_in.post(there.redirect_chain[-1][0], {"number": "4242 4242 4242 4242"}, follow=True)
    assert back not in waiting.text
    work(AT)

    assert f'href="{back}"' in signed_in.get("/billing/progress/").text
    # Back once; afterwards there is nothing to go back to.
    assert back not in signed_in.get("/billing/progress/").text


@pytest.mark.parametrize(
    "sent",
    [
        "https://evil.example/",
        "//evil.example/",
        "/\\evil.example/",
        "javascript:alert(1)",
        "relative-path",
        "/" + "x" * 600,
    ],
)
def test_only_paths_of_this_site_are_carried(signed_in, sent):
    assert sent not in signed_in.get("/billing/plans/", {"next": sent}).text
    assert "billing_return" not in signed_in.session


def test_a_stranger_gets_no_session_for_it(client, db):
    client.get("/billing/plans/", {"next": "/today/"})

    assert not client.session.keys()


@pytest.mark.parametrize("shown", ["/habits/?category=mindfulness", "/habits/?q=%EB%AC%BC", ""])
def test_the_limit_of_habits_leads_to_the_plans_and_back_to_the_page_under_the_dialog(signed_in, person, shown):
    for _ in range(3):
        UserHabitFactory(user=person)
    habit = HabitFactory()
    form = {"frequency": "daily", "part_of_day": "anytime", "target_count": "1"}
    under = {"HX-Request": "true", "HX-Current-URL": f"http://testserver{shown}"} if shown else {}
    url, back = reverse("habits:add", args=[habit.pk]), shown or f"/habits/?category={habit.category.name_en}"
    asked, refused = signed_in.get(url, headers=under), signed_in.post(url, form, headers=under)

    assert (refused.status_code, f'href="{back}"' in refused.text) == (422, True)
    assert all(plans_link(back, "max_habits") in page.text for page in (asked, refused))


def test_a_refused_page_leads_back_to_the_catalogue_and_not_to_itself(signed_in, person):
    url = reverse("habits:add", args=[HabitFactory().pk])
    boosted = {"HX-Request": "true", "HX-Boosted": "true", "HX-Current-URL": f"http://testserver{url}"}

    assert f'class="crumb" href="{url}"' not in signed_in.get(url, headers=boosted).text


@pytest.mark.parametrize("asked", ["", "?category=mindfulness"])
def test_the_list_of_habits_leads_to_the_plans_and_back(signed_in, person, asked):
    url = reverse("habits:mine") + asked

    assert plans_link(url, "max_habits") in signed_in.get(url).text


@pytest.mark.parametrize("htmx", [{}, {"HX-Request": "true"}])
def test_the_limit_of_photos_leads_there_and_back(signed_in, person, shares_health, htmx):
    SubscriptionPlan.objects.filter(pk="basic").update(limits={"photo_storage_mb": 0})
    plans.forget()
    log = HabitLogFactory(user_habit=UserHabitFactory(user=person))
    args = [log.user_habit_id, log.pk]
    sent = {"photos": SimpleUploadedFile("a.jpg", photo(), content_type="image/jpeg")}
    answer = signed_in.post(reverse("habits:photos", args=args), sent, headers=htmx, follow=True)

    assert "지금 요금제로는 0MB까지 저장할\N{NO-BREAK SPACE}수 있어요" in answer.text
    assert plans_link(reverse("habits:log", args=args), "photo_storage_mb") in answer.text
    # The page without JavaScript opens where this is said.
    assert bool(htmx) or answer.redirect_chain[-1][0].endswith("?full=1#photos")


@pytest.mark.parametrize(
    ("limit", "filled", "said"),
    [
        ("photo_storage_mb", ["pro", "pro_yearly"], "사진을 더 남기려면 프로 요금제가 맞아요."),
        ("max_habits", ["premium", "premium_yearly"], "습관을 더 이어 가려면 프리미엄 요금제가 맞아요."),
        ("ai_messages_per_day", ["premium", "premium_yearly"], "코치 메시지를 더 받으려면 프리미엄 요금제가 맞아요."),
        ("another", ["premium", "premium_yearly"], ""),
    ],
)
def test_the_plan_that_raises_the_limit_has_the_filled_button(signed_in, limit, filled, said):
    """The premium plan has no more room for photos than the free one."""
    page = signed_in.get("/billing/plans/", {"next": "/today/", "limit": limit}).text

    assert re.findall(r'class="btn btn-wide" href="/billing/checkout/(\w+)/', page) == filled
    assert ("요금제가 맞아요" in page, said in page) == (bool(said), True)


def test_whose_plan_has_the_most_is_led_to_no_other(signed_in, person):
    subscribe(person, "pro")

    assert "요금제가 맞아요" not in signed_in.get("/billing/plans/", {"limit": "photo_storage_mb"}).text


def test_the_coachs_number_of_a_day_leads_there_and_back(signed_in, person):
    preferences.change(person, at=AT, is_on=True)
    assert "모두 받았어요" not in signed_in.get(reverse("coaching:inbox")).text
    CoachingUsage.objects.create(user=person, local_date=person.calendar.day_of(AT), used=5)
    assert allowance.left(person, at=AT) == 0
    page = signed_in.get(reverse("coaching:inbox")).text

    assert "오늘 받을 수 있는 메시지 5개를 모두 받았어요" in page
    assert plans_link(reverse("coaching:inbox"), "ai_messages_per_day") in page
    # Questions are answered all the same.
    assert f'<a class="btn btn-line btn-small" href="{reverse("coaching:ask")}"' in page
