"""No page of staff counts out people who are fewer than five."""

import datetime as dt

import pytest
from django.utils import timezone

from coaching import approvals as coaching_approvals
from coaching.models import AIPromptTemplate
from core.staff import change_requests
from core.staff.models import ChangeRequest
from tests.factories.accounts import StaffFactory, UserFactory
from tests.factories.circles import ChallengeFactory, ChallengePartFactory
from tests.factories.rest import (
    CoachingDecisionFactory,
    CoachingMessageFactory,
    SubscriptionPlanFactory,
    UserSubscriptionFactory,
)

pytestmark = pytest.mark.django_db
FEWER = "5명 미만"


@pytest.fixture
def boss(client):
    colleague = StaffFactory()
    client.force_login(colleague)
    return colleague


@pytest.mark.parametrize(("people", "shown"), [(0, "0명"), (1, FEWER), (4, FEWER), (5, "5명")])
def test_who_takes_part_in_a_challenge(client, boss, people, shown):
    challenge = ChallengeFactory()
    ChallengePartFactory.create_batch(people, challenge=challenge)

    assert shown in client.get("/admin/circles/challenge/").text


@pytest.mark.parametrize(("people", "shown"), [(4, FEWER), (5, "5명")])
def test_who_has_a_plan_whose_price_is_to_change(people, shown):
    plan = SubscriptionPlanFactory()
    for _person in range(people):
        UserSubscriptionFactory(plan=plan)
    change = ChangeRequest(kind="price", target=str(plan.pk))

    assert [str(number) for _what, number in change_requests.KINDS["price"].counts(change)] == [shown]


@pytest.mark.parametrize(("people", "shown"), [(4, FEWER), (5, "5명")])
def test_to_whom_a_version_of_the_coach_wrote(people, shown):
    template = AIPromptTemplate.objects.filter(is_active=True).first()
    for _person in range(people):
        CoachingMessageFactory(template=template)
    change = ChangeRequest(kind=coaching_approvals.PROMPT, target=str(template.pk))

    assert str(change_requests.KINDS[coaching_approvals.PROMPT].counts(change)[1][1]) == shown


def settle(template: AIPromptTemplate, *, people: int, days: int) -> None:
    """Days with a message for so many people, and as many silent ones."""
    for _person in range(people):
        user = UserFactory()
        for day in range(days):
            for arm in (template.tone, "silence"):
                CoachingDecisionFactory(
                    user=user, message_type=template.message_type, arm=arm, probability=0.5, checked_in=True, reward=1.0,
                    template=None if arm == "silence" else template, decided_at=timezone.now(), settles_at=timezone.now(),
                    local_date=timezone.now().date() - dt.timedelta(days=2 * day + (arm == "silence")), inputs={"expected": 0.5},
                )  # fmt: skip
        CoachingMessageFactory(user=user, template=template, sent_at=timezone.now(), user_reaction="helpful")


def shown_of(client) -> tuple[str, dict[str, str]]:
    page = client.get("/admin/coaching/aiprompttemplate/")
    return page.text, {name: str(said) for name, said in page.context["effects"]}


@pytest.mark.parametrize(("people", "is_hidden"), [(4, True), (6, False)])
def test_the_list_of_the_coachs_versions_hides_what_it_did_for_few(client, boss, people, is_hidden):
    template = AIPromptTemplate.objects.filter(is_active=True, message_type="advice", tone="gentle").get()
    settle(template, people=people, days=10)

    text, effects = shown_of(client)
    label = str(template.get_tone_display())
    assert (effects[label] == "숨김") == is_hidden
    assert (effects["모두"] == "숨김") == is_hidden
    row = text[text.index(f'role="rowheader">{template}</th>') :].split("</tr>")[0]
    assert row.count("숨김") == (4 if is_hidden else 0)
