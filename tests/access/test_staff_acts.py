"""Every act of staff is declared and answers as declared; dangerous ones ask first."""

import ast
import datetime as dt
import html
import inspect
import re
import textwrap
from types import SimpleNamespace
from uuid import uuid4

import pytest
from allauth.account.internal.flows import login
from allauth.mfa.models import Authenticator
from django.contrib import admin
from django.contrib.admin.utils import quote
from django.contrib.auth.models import Group
from django.test import Client
from django.urls import reverse

from accounts import roles
from billing.models import SubscriptionPlan
from core.staff import kept_posts, permissions
from tests.access.routes import STAFF_ACTS, STAFF_ROUTES, STAFF_TABLES
from tests.access.test_access import EVERYTHING, staff_table
from tests.factories.accounts import StaffFactory, UserFactory
from tests.factories.habits import HabitFactory
from tests.staff_forms import seen
from tests.staff_pages import first_rows

pytestmark = pytest.mark.django_db

ROLES = ["curator", "support", "finance", "operator", "auditor"]
DANGEROUS = {name for name, who in STAFF_ACTS.items() if "!" in who}
# What the site offers to everybody among the staff, or checks row by row.
FRAME = {name.removeprefix("admin:") for name in STAFF_ROUTES}


def urls() -> dict[str, str]:
    """Each URL of the staff pages that is no page of a table, by its name."""
    return {
        name.removeprefix("admin:"): address
        for name, address, _pattern in EVERYTHING
        if name.startswith("admin:") and staff_table(name) is None and name.removeprefix("admin:") not in FRAME
    }


def acts_of_lists() -> set[str]:
    """What the lists offer."""
    return {
        f"{model._meta.app_label}_{model._meta.model_name}:{name}"
        for model, its_admin in admin.site._registry.items()
        for name in its_admin.actions or []
    }


def buttons_of_forms() -> set[str]:
    """The buttons of forms: names that an admin class looks for among what was posted."""
    found = set()
    for model, its_admin in admin.site._registry.items():
        ours = [kind for kind in type(its_admin).__mro__ if not kind.__module__.startswith("django.")]
        written = [kind.__dict__["response_change"] for kind in ours if "response_change" in kind.__dict__]
        names = {
            node.value
            for one in written
            for node in ast.walk(ast.parse(textwrap.dedent(inspect.getsource(one))))
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and re.fullmatch(r"_[a-z]+", node.value)
        }
        found |= {f"{model._meta.app_label}_{model._meta.model_name}:{name}" for name in names}
    return found


def test_each_act_is_declared_and_no_other():
    offered = urls().keys() | acts_of_lists() | buttons_of_forms()

    assert offered - permissions.ACTS.keys() == set(), "say in core/staff/permissions.py who may"
    assert permissions.ACTS.keys() - offered == set()
    assert STAFF_ACTS.keys() == permissions.ACTS.keys()


def test_a_page_without_a_name_only_redirects_or_is_not_there():
    nameless = [
        pattern.callback.__name__
        for name, address, pattern in EVERYTHING
        if address.startswith("admin/") and name == address
    ]

    assert {*nameless} <= {"catch_all_view", "view"}  # Django's own: a redirect of former addresses


def test_the_registry_says_what_was_decided():
    assert {name: (*act.roles, *(["!"] if act.is_dangerous else [])) for name, act in permissions.ACTS.items()} == {
        name: tuple(word for word in who.split() if word not in ("get", "both")) for name, who in STAFF_ACTS.items()
    }


@pytest.fixture
def staff():
    roles.install()
    found = {role: UserFactory(is_staff=True) for role in ROLES}
    for role, colleague in found.items():
        colleague.groups.add(Group.objects.get(name=role))
    return found | {"superuser": StaffFactory(), "nobody": UserFactory(is_staff=True)}


def address_of(name: str) -> str:
    """Where an act is asked for, about a row that there is not."""
    if ":" in name:
        table, act = name.split(":")
        page = "change" if act.startswith("_") else "changelist"
        return reverse(f"admin:{table}_{page}", args=[uuid4()] if page == "change" else [])
    return "/" + re.sub(r"<[^>]*>", str(uuid4()), urls()[name])


def posted(name: str, **more: str) -> dict[str, str]:
    act = name.partition(":")[2]
    if name.endswith("_import"):
        # A file is dangerous to apply, not to look at.
        return {"digest": "0"} | more
    if not act:
        return more
    chosen = {act: "1"} if act.startswith("_") else {"action": act, "_selected_action": str(uuid4())}
    return chosen | more


@pytest.mark.parametrize("role", [*ROLES, "superuser", "nobody"])
def test_each_act_answers_each_role_by_each_method(staff, role):
    browser = Client()
    browser.force_login(staff[role])
    surprises = {}
    for name, who in STAFF_ACTS.items():
        may = role == "superuser" or role in who.split()
        methods = ["post"] if ":" in name else ["get", "post", "put", "delete"]
        for method in methods:
            answer = getattr(browser, method)(address_of(name), posted(name, why="시험") if method == "post" else None)
            allowed = {"both": ["get", "post"], "get": ["get"]}.get(who.split()[-1], ["post"])
            right_method = ":" in name or method in allowed
            right = {200, 302, 404} if right_method else {405}
            right = right if may else {403}
            if answer.status_code not in right:
                surprises[name, method] = answer.status_code
    assert surprises == {}


@pytest.mark.parametrize("role", [*ROLES, "nobody"])
def test_no_role_writes_rows_of_a_table_without_the_permission(staff, role):
    keys = {f"{model._meta.app_label}_{model._meta.model_name}": row.pk for model, row in first_rows().items()}
    browser = Client()
    browser.force_login(staff[role])
    written = {}
    for table, who in STAFF_TABLES.items():
        for page, needed in (("add", "a"), ("change", "c"), ("delete", "d")):
            url = reverse(f"admin:{table}_{page}", args=[] if page == "add" else [quote(keys[table])])
            answer = browser.post(url, {"post": "yes", "why": "시험"})
            if needed not in who.get(role, "") and answer.status_code != 403:
                written[table, page] = answer.status_code

    assert written == {}


@pytest.mark.parametrize("name", ["habits_habit:invented", "habits_habit:_invented"])
def test_what_is_not_declared_answers_nobody(client, name):
    client.force_login(StaffFactory())

    assert client.post(address_of(name), posted(name)).status_code == 403


def dangerous_posts() -> list[tuple[str, str, dict[str, str]]]:
    """Each POST that must ask first: acts, deletions, pages of people, money, switches."""
    found = [(name, address_of(name), posted(name)) for name in sorted(DANGEROUS)]
    for name, _address, _pattern in EVERYTHING:
        table = staff_table(name)
        if table and table[1] == "delete":
            found.append((name, reverse(name, args=[uuid4()]), {"post": "yes"}))
            selected = {"action": "delete_selected", "_selected_action": "1", "post": "yes"}
            found.append((f"{table[0]} several", reverse(f"admin:{table[0]}_changelist"), selected))
    for name in sorted(permissions.DANGEROUS_PAGES):
        found.append((name, reverse(f"admin:{name}", args=[] if name.endswith("_add") else [uuid4()]), {"_save": "1"}))
        its_table = name.removesuffix("_change").removesuffix("_add")
        if f"{its_table}_import" in urls():
            found.append((f"{its_table} file", reverse(f"admin:{its_table}_import"), {"digest": "0"}))
    return found


def prove(browser: Client, colleague, *, ago: dt.timedelta) -> None:
    """Lets the session have used its second factor so long ago."""
    session = browser.session
    login.record_authentication(SimpleNamespace(session=session), colleague, "mfa", type="totp")
    records = session["account_authentication_methods"]
    records[-1]["at"] -= ago.total_seconds()
    session["account_authentication_methods"] = records
    session.save()


@pytest.fixture
def boss(client, settings):
    settings.STAFF_NEED_SECOND_FACTOR = True
    colleague = StaffFactory()
    Authenticator.objects.create(user=colleague, type=Authenticator.Type.TOTP, data={"secret": "x"})
    client.force_login(colleague)
    return colleague


def test_a_dangerous_act_asks_for_the_second_factor_after_fifteen_minutes(client, boss):
    prove(client, boss, ago=dt.timedelta(minutes=15, seconds=1))
    unasked = [
        name
        for name, url, sent in dangerous_posts()
        if "/reauthenticate/" not in client.post(url, sent | {"why": "시험"}).headers.get("Location", "")
    ]

    assert unasked == []
    assert client.get("/admin/").status_code == 200


def test_what_a_page_asks_for_the_file_of_its_table_asks_for_too():
    asked = {name for name, _url, _sent in dangerous_posts()}

    assert "billing_subscriptionplan file" in asked


def test_a_dangerous_act_goes_on_within_fifteen_minutes(client, boss):
    prove(client, boss, ago=dt.timedelta(minutes=14))
    asked = [
        name
        for name, url, sent in dangerous_posts()
        if "/reauthenticate/" in client.post(url, sent | {"why": "시험"}).headers.get("Location", "")
    ]

    assert asked == []


def test_a_dangerous_act_needs_a_reason(client):
    client.force_login(StaffFactory())
    habit = HabitFactory()
    url = reverse("admin:habits_habit_delete", args=[habit.pk])

    assert (
        "왜 하는지"
        in client.post(
            url, {"post": "yes", "why": " \0 "}, headers={"Referer": "http://testserver/admin/"}, follow=True
        ).text
    )
    for name, address, sent in dangerous_posts():
        answer = client.post(address, sent)
        assert (answer.status_code, answer["Location"]) == (302, "/admin/again/"), name
    habit.refresh_from_db()


# ── What was typed is not lost ──────────────────────────────────────────────

PLAN = "/admin/billing/subscriptionplan/pro/change/"
TYPED = {
    "name": "Pro", "currency": "KRW", "billing_cycle": "monthly", "sort_order": "7", "price": "19900", "is_active": "on",
    "description": "줄\n바꿈과 <b>글</b>", "features": ["하나", "둘"], "why": "더 분명하게", "_continue": "1",
}  # fmt: skip


def kept_fields(page: str) -> dict[str, list[str]]:
    """The hidden inputs of a page, as a browser would post them."""
    found: dict[str, list[str]] = {}
    for name, value in re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', page):
        found.setdefault(html.unescape(name), []).append(html.unescape(value))
    found.pop("csrfmiddlewaretoken", None)
    return found


def test_a_form_posted_after_the_fifteen_minutes_is_posted_again_after_the_proof(client, boss, content):
    prove(client, boss, ago=dt.timedelta(minutes=16))
    before = SubscriptionPlan.objects.get(pk="pro").description

    asked = client.post(PLAN, TYPED)

    assert "/reauthenticate/" in asked["Location"]
    assert "next=/admin/again/" in asked["Location"]
    assert SubscriptionPlan.objects.get(pk="pro").description == before
    prove(client, boss, ago=dt.timedelta())
    page = client.get("/admin/again/")
    assert f'action="{PLAN}"' in page.text
    assert "no-store" in page["Cache-Control"]
    sent = kept_fields(page.text)
    assert sent == {name: value if isinstance(value, list) else [value] for name, value in TYPED.items()}
    done = client.post(PLAN, sent | seen(client, PLAN))
    assert done.status_code == 302, done.context["adminform"].form.errors
    plan = SubscriptionPlan.objects.get(pk="pro")
    assert (plan.description, plan.features) == ("줄\n바꿈과 <b>글</b>", ["하나", "둘"])
    # It is used once.
    assert client.get("/admin/again/")["Location"] == "/admin/"


def test_a_form_without_a_reason_keeps_its_text_and_asks_for_one(client, content):
    client.force_login(StaffFactory())

    page = client.post(PLAN, TYPED | {"why": " "}, follow=True)

    assert "왜 하는지" in page.text
    assert page.context["act"] == "요금제: 고침"
    assert 'name="why"' in page.text
    sent = kept_fields(page.text)
    assert "why" not in sent
    client.post(PLAN, sent | {"why": "더 분명하게"} | seen(client, PLAN))
    assert SubscriptionPlan.objects.get(pk="pro").features == ["하나", "둘"]


def test_what_is_kept_is_short_lived_and_of_one_session(client, boss, content, time_machine):
    time_machine.move_to(dt.datetime(2026, 6, 1, 9, tzinfo=dt.UTC), tick=False)
    client.force_login(boss)
    prove(client, boss, ago=dt.timedelta(minutes=16))
    client.post(PLAN, TYPED)
    stored = client.session[kept_posts.KEY]
    other = Client()
    other.force_login(boss)
    prove(other, boss, ago=dt.timedelta())

    assert stored["fields"]
    assert other.get("/admin/again/")["Location"] == "/admin/"
    time_machine.shift(kept_posts.LASTS)
    prove(client, boss, ago=dt.timedelta())
    assert client.get("/admin/again/")["Location"] == "/admin/"


def test_a_very_long_form_is_not_kept_and_said_so(client, boss, content):
    prove(client, boss, ago=dt.timedelta(minutes=16))
    here = f"http://testserver{PLAN}"

    asked = client.post(PLAN, TYPED | {"description": "가" * (kept_posts.LONGEST + 1)}, headers={"Referer": here})

    assert "next=http" in asked["Location"]
    assert kept_posts.KEY not in client.session
