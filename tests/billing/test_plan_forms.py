"""Plans are filled in without JSON: rows, numbers, boxes for no limit, both languages; mistakes are said."""

import pytest

from billing.models import SubscriptionPlan
from billing.plan_forms import LIMITS, PlanForm
from tests.factories.accounts import StaffFactory
from tests.staff_forms import seen

pytestmark = pytest.mark.django_db

CHANGE = "/admin/billing/subscriptionplan/pro/change/"
SENT = {
    "name": "Pro",
    "name_ko": "프로",
    "name_en": "Pro",
    "description": "많이 하는 사람에게",
    "description_en": "For many habits",
    "currency": "KRW",
    "billing_cycle": "monthly",
    "sort_order": "7",
    "price": "19900",
    "features": ["무제한 습관 추적", "", "사진 저장"],
    "features_en": ["Unlimited habits", "Photos"],
    "max_habits_most": "5",
    "max_habits_endless": "on",
    "photo_storage_mb_most": "2048",
    "is_active": "on",
    "why": "시험",
}


@pytest.fixture
def boss(client, content):
    client.force_login(StaffFactory())
    return client


def errors(answer) -> dict[str, list[str]]:
    return dict(answer.context["adminform"].form.errors)


def test_a_plan_is_saved_from_its_fields(boss):
    SubscriptionPlan.objects.filter(pk="pro").update(price=1990000, limits={"max_habits": 3, "other": 9})

    answer = boss.post(CHANGE, SENT | seen(boss, CHANGE))

    assert answer.status_code == 302, errors(answer)
    plan = SubscriptionPlan.objects.get(pk="pro")
    assert plan.price == 1990000
    assert plan.features == ["무제한 습관 추적", "사진 저장"]
    assert plan.limits == {"max_habits": -1, "photo_storage_mb": 2048, "other": 9}
    assert plan.translations["ko"] == {"name": "프로"}
    assert plan.translations["en"] == {
        "name": "Pro",
        "description": "For many habits",
        "features": ["Unlimited habits", "Photos"],
    }


def test_the_form_shows_what_it_saved_and_saves_it_again_unchanged(boss):
    boss.post(CHANGE, SENT | seen(boss, CHANGE))
    before = SubscriptionPlan.objects.get(pk="pro")

    page = boss.get(CHANGE).text

    assert all(name not in page for name in ('name="limits"', 'name="translations"', "{&quot;", 'value="-1"'))
    assert 'value="2048"' in page
    assert page.count("한도 없음") >= len(LIMITS)
    boss.post(CHANGE, SENT | seen(boss, CHANGE))
    after = SubscriptionPlan.objects.get(pk="pro")
    assert (after.limits, after.features, after.translations) == (before.limits, before.features, before.translations)


def test_unchanged_values_are_no_change():
    plan = SubscriptionPlan(
        pk="x", price=990000, currency="KRW", limits={"max_habits": -1, "insight_days": 30}, features=["하나"]
    )
    sent = {
        "price": "9900",
        "currency": "KRW",
        "features": ["하나"],
        "max_habits_endless": "on",
        "insight_days_most": "30",
    }
    form = PlanForm(
        {**sent, "id": "x", "name": "", "billing_cycle": "monthly", "sort_order": "0", "is_active": "on"}, instance=plan
    )

    assert {"price", "features", "max_habits", "insight_days"} & {*form.changed_data} == set()


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"max_habits_endless": "", "max_habits_most": "-2"}, "max_habits"),
        ({"photo_storage_mb_most": "많이"}, "photo_storage_mb"),
        ({"insight_days_most": "1.5"}, "insight_days"),
        ({"ai_messages_per_day_most": "99999999999"}, "ai_messages_per_day"),
        ({"price": "9900.5"}, "price"),
        ({"price": "-1"}, "price"),
        ({"price": "99999999999"}, "price"),
        ({"features": ["가" * 301]}, "features"),
        ({"features_en": ["x"] * 13}, "features_en"),
        ({"name": ""}, "name"),
    ],
)
def test_what_is_wrong_is_said_at_its_field_and_nothing_is_saved(boss, wrong, said):
    before = SubscriptionPlan.objects.filter(pk="pro").values().get()

    answer = boss.post(CHANGE, SENT | wrong | seen(boss, CHANGE))

    assert answer.status_code == 200
    assert errors(answer).keys() == {said}
    assert SubscriptionPlan.objects.filter(pk="pro").values().get() == before


def test_a_new_plan_has_a_key_of_its_own(boss):
    add = "/admin/billing/subscriptionplan/add/"

    assert errors(boss.post(add, SENT | {"id": "새 요금제"})).keys() == {"id"}
    assert boss.post(add, SENT | {"id": "family"}).status_code == 302
    assert SubscriptionPlan.objects.get(pk="family").price == 1990000
