"""Every address is declared in tests/access/routes.py and answers each role as declared."""

import datetime as dt
import re
from collections.abc import Iterator
from http.cookies import SimpleCookie
from types import SimpleNamespace
from uuid import UUID, uuid4

import pytest
from allauth.account.internal.flows import login
from allauth.mfa.models import Authenticator
from cryptography.hazmat.primitives.asymmetric import ec
from django.contrib.admin.utils import quote
from django.contrib.auth.models import Group
from django.db import transaction
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, resolve, reverse
from fido2.cose import ES256
from fido2.utils import websafe_encode
from fido2.webauthn import Aaguid, AttestationObject, AttestedCredentialData, AuthenticatorData

import devtools.urls
from accounts import roles
from accounts.models import User, UserSession
from analytics.pages import screen_names
from core import event_buffer, redis
from core.audit.models import AuditLog
from core.crypto import streams
from core.staff.permissions import ROLES
from files import links, storage
from files.models import UploadedFile
from tests.access.routes import ROUTES, STAFF_ACTS, STAFF_PAGES, STAFF_ROUTES, STAFF_TABLES, Route
from tests.factories import accounts as people
from tests.factories import circles, habits, rest
from tests.files.conftest import store_photo
from tests.staff_forms import seen

pytestmark = pytest.mark.django_db

WHO = ["anonymous", "person", "other", *ROLES, "superuser"]
STAFF = [*ROLES, "superuser"]


def walk(patterns: list, prefix: str = "", space: str = "") -> Iterator[tuple[str, str, URLPattern]]:
    """Every URL pattern by its name, or by its address when it has none."""
    for pattern in patterns:
        address = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from walk(pattern.url_patterns, address, pattern.namespace or space)
        elif pattern.name:
            yield f"{space}:{pattern.name}" if space else pattern.name, address, pattern
        else:
            yield address, address, pattern


EVERYTHING = list(walk(get_resolver().url_patterns))


def staff_table(name: str) -> tuple[str, str] | None:
    """`admin:habits_habit_add` → `("habits_habit", "add")`."""
    found = re.fullmatch(r"admin:(\w+_\w+)_(changelist|add|history|delete|change)", name)
    return (found[1], found[2]) if found else None


def test_every_address_is_declared():
    # Staff addresses without a name redirect to a named one or are not found.
    names = {name for name, address, _pattern in EVERYTHING if not (address.startswith("admin/") and name == address)}
    acts = {f"admin:{name}" for name in STAFF_ACTS if ":" not in name}
    undeclared = {name for name in names - ROUTES.keys() - STAFF_ROUTES.keys() - acts if staff_table(name) is None}
    tables = {table[0] for name in names if (table := staff_table(name))}

    assert undeclared == set(), "say in tests/access/routes.py who gets in"
    assert tables - STAFF_TABLES.keys() == set(), "say in tests/access/routes.py which staff"
    assert (ROUTES.keys() | STAFF_ROUTES.keys() | acts) - names == set()
    assert STAFF_TABLES.keys() - tables == set()


@pytest.fixture
def world(tmp_path, settings):
    """지우's objects of each kind, and a user of each role."""
    settings.MEDIA_ROOT = tmp_path
    roles.install()
    owner = people.UserFactory()
    things = things_of(owner)
    staff = {name: people.UserFactory(is_staff=True) for name in ROLES}
    for name, colleague in staff.items():
        colleague.groups.add(Group.objects.get(name=name))
    who = {"person": owner, "other": people.UserFactory(), **staff, "superuser": people.StaffFactory()}
    return who, things


def things_of(owner: User) -> dict[str, dict]:
    """An object of each kind, as the arguments of its addresses."""
    habit = habits.UserHabitFactory(user=owner)
    log = habits.HabitLogFactory(user_habit=habit)
    notification = rest.NotificationFactory(user=owner, dispatched_at="2026-01-01T00:00Z")
    passkey = Authenticator.objects.create(user=owner, type=Authenticator.Type.WEBAUTHN, data=_passkey())
    photo = store_photo(owner)
    UploadedFile.objects.filter(pk=photo.pk).update(related_entity_id=log.pk)
    key = streams.new_key()
    path, size = storage.save_sealed("export.zip", key, lambda file: file.write(b"PK"))
    export = rest.DataExportFactory(
        user=owner,
        state="done",
        storage_path=path,
        file_key=key,
        file_size=size,
        expires_at="2100-01-01T00:00Z",
        finished_at="2026-01-01T00:00Z",
    )
    shared = circles.SharedHabitFactory(member__user=owner)
    circle = shared.member.circle
    friend = circles.SharedHabitFactory(member__circle=circle)
    return {
        "circle": {"circle": circle.pk},
        "circle and habit": {"circle": circle.pk, "pk": shared.user_habit.pk},
        "circle and what is shared": {"circle": circle.pk, "shared": shared.pk},
        "circle and what a friend shares": {"circle": circle.pk, "shared": friend.pk},
        "circle and friend": {"circle": circle.pk, "other": friend.member.pk},
        "habit": {"pk": habit.pk},
        "experiment": {"pk": rest.ExperimentFactory(user_habit=habit).pk},
        "earned": {"pk": rest.UserAchievementFactory(user=owner).achievement_id},
        "log": {"pk": habit.pk, "log_id": log.pk},
        "rest": {"pk": habits.HabitRestFactory(user_habit=habit).pk},
        "challenge": {"pk": circles.ChallengeFactory().pk},
        "catalogue habit": {"pk": habits.HabitFactory().pk},
        "photo": {"pk": photo.pk},
        "bytes of the photo": resolve(links.signed_address(photo, "full", at=dt.datetime.now(dt.UTC))).kwargs,
        "photo of the log": {"pk": habit.pk, "log_id": log.pk, "photo_id": photo.pk},
        "session": {"pk": people.UserSessionFactory(user=owner).pk},
        "export": {"export_id": export.pk},
        "payment": {"payment_id": rest.PaymentTransactionFactory(user=owner).pk},
        "passkey": {"pk": passkey.pk},
        "notification": {"pk": notification.pk},
        "delivery": {"pk": rest.NotificationDeliveryFactory(notification=notification).pk},
        "coach message": {"pk": rest.CoachingMessageFactory(user=owner, sent_at="2026-01-01T00:00Z").pk},
        "coach question": {"pk": rest.CoachQuestionFactory(user=owner).pk},
        "push device": {"pk": rest.NotificationDeviceFactory(user=owner).pk},
    }


def _passkey() -> dict:
    """A stored passkey with the fields that pages read."""
    public = ES256.from_cryptography_key(ec.generate_private_key(ec.SECP256R1()).public_key())
    attested = AttestedCredentialData.create(Aaguid(b"\0" * 16), b"key", public)
    seen = AuthenticatorData.create(b"\0" * 32, AuthenticatorData.FLAG.AT | AuthenticatorData.FLAG.UP, 0, attested)
    response = {
        "clientDataJSON": websafe_encode(b'{"type":"webauthn.create","challenge":"","origin":""}'),
        "attestationObject": websafe_encode(AttestationObject.create("none", seen, {})),
    }
    return {
        "name": "열쇠",
        "credential": {
            "id": websafe_encode(b"key"),
            "rawId": websafe_encode(b"key"),
            "response": response,
            "type": "public-key",
        },
    }


def asked(browser: Client, url: str, post: dict | None, *, headers: dict[str, str] | None = None):
    """The response; database changes are rolled back."""
    cookies = SimpleCookie(browser.cookies.output(header="", sep=";"))
    with transaction.atomic():
        response = browser.get(url, headers=headers) if post is None else browser.post(url, post, headers=headers)
        transaction.set_rollback(True)
    browser.cookies = cookies
    return response


def browser_of(who: dict[str, User], name: str) -> Client:
    browser = Client()
    if name != "anonymous":
        browser.force_login(who[name])
        # They have just entered their password, so pages that ask for it again let them through.
        session = browser.session
        login.record_authentication(
            SimpleNamespace(session=session), who[name], method="password", reauthenticated=True
        )
        session.save()
    return browser


def outcome(response) -> int | str:
    to = response.headers.get("Location", "")
    return "sign in" if to.startswith(("/accounts/login/?next=", "/admin/login/?next=")) else response.status_code


def expected(route: Route, name: str) -> int | str:
    if name == "anonymous":
        return route.anonymous if route.who == "everybody" else "sign in"
    if name != "person" and (route.who == "owner" or route.others):
        return route.others or 404
    return route.gives


@pytest.mark.parametrize("name", WHO)
def test_each_address_answers_as_declared(world, name):
    who, things = world
    browser = browser_of(who, name)
    surprises = {}

    for route_name, route in ROUTES.items():
        args = things.get(route.thing, {}) | route.args
        url = reverse(route_name, kwargs=args) if "/" not in route_name else f"/{route_name}"
        response = asked(browser, url, route.post)
        if outcome(response) != expected(route, name):
            surprises[route_name] = (outcome(response), expected(route, name))
        if browser.cookies.get("session") and response.cookies.get("session"):
            browser = browser_of(who, name)

    assert [f"{route}: {found}, declared {right}" for route, (found, right) in surprises.items()] == []


def test_each_page_that_a_person_opens_has_a_name_for_staff(world):
    who, things = world
    browser = browser_of(who, "person")
    redis.client().delete(event_buffer.KEY)
    opened = [(name, route) for name, route in ROUTES.items() if route.post is None and "/" not in name]

    for name, route in opened:
        asked(browser, reverse(name, kwargs=things.get(route.thing, {}) | route.args), None)
        browser = browser_of(who, "person")

    screens = {view["screen"] for view in event_buffer.take(len(opened)).views}
    for_developers = {pattern.name for pattern in devtools.urls.urlpatterns}
    assert len(screens) > 60
    assert screens - for_developers - screen_names.NAMES.keys() == set(), "name it in analytics/pages/screen_names.py"
    assert screen_names.NAMES.keys() - ROUTES.keys() == set()


def test_a_browser_that_opens_a_post_address_gets_a_page(world):
    """As after a login that returns to where a form was sent, or a reload."""
    who, things = world
    browser = browser_of(who, "person")
    lost = {}

    for route_name, route in ROUTES.items():
        if route.post is None or "/" in route_name:
            continue
        url = reverse(route_name, kwargs=things.get(route.thing, {}) | route.args)
        with transaction.atomic():
            page = browser.get(url, headers={"Accept": "text/html"}, follow=True)
            transaction.set_rollback(True)
        if page.status_code != 200 and not (route.who == "everybody" and page.status_code == 404):
            lost[route_name] = page.status_code

    assert lost == {}


def test_a_machine_that_asks_a_post_address_is_told_so(world):
    who, things = world
    browser = browser_of(who, "person")

    assert browser.get(reverse("habits:check-in", kwargs=things["habit"])).status_code == 405


def test_what_is_anothers_looks_like_what_is_not_there(world):
    who, things = world
    browser = browser_of(who, "other")

    for route_name, route in ROUTES.items():
        if route.who != "owner":
            continue
        theirs = things[route.thing]
        nobodys = theirs | {key: uuid4() for key, value in theirs.items() if isinstance(value, UUID)}
        nobodys |= {"pk": 10**6} if route.thing == "passkey" else {}
        answers = [
            asked(browser, reverse(route_name, kwargs=args | route.args), route.post) for args in (theirs, nobodys)
        ]
        assert answers[0].content == answers[1].content, route_name


@pytest.mark.parametrize("name", WHO)
def test_each_staff_page_answers_as_declared(world, name):
    who, _things = world
    rows = {
        "accounts_user": who["person"].pk,
        "account_emailaddress": rest.EmailAddressFactory(user=who["person"]).pk,
        "accounts_usersession": people.UserSessionFactory().pk,
        "accounts_usersocialaccount": people.UserSocialAccountFactory().pk,
        "habits_userhabit": habits.UserHabitFactory().pk,
        "habits_habitlog": habits.HabitLogFactory().pk,
        "habits_habitimport": habits.HabitImportFactory().pk,
        "gamification_userachievement": rest.UserAchievementFactory().pk,
        "coaching_coachingmessage": rest.CoachingMessageFactory().pk,
        "notifications_notification": rest.NotificationFactory().pk,
        "notifications_notificationdevice": rest.NotificationDeviceFactory().pk,
        "analytics_useranalytics": rest.UserAnalyticsFactory().pk,
        "analytics_metricvalue": rest.MetricValueFactory().pk,
        "analytics_appevent": rest.AppEventFactory().pk,
        "files_uploadedfile": rest.UploadedFileFactory().pk,
        "notifications_announcement": rest.AnnouncementFactory().pk,
        "notifications_notificationdelivery": rest.NotificationDeliveryFactory().pk,
        "notifications_notificationtally": rest.NotificationTallyFactory().pk,
        "billing_subscriptionplan": rest.SubscriptionPlanFactory().pk,
        "billing_usersubscription": rest.UserSubscriptionFactory().pk,
        "billing_paymenttransaction": rest.PaymentTransactionFactory().pk,
        "billing_gatewayevent": rest.GatewayEventFactory().pk,
        "billing_billingalert": rest.BillingAlertFactory().pk,
        "gamification_achievement": rest.AchievementFactory().pk,
        "circles_challenge": circles.ChallengeFactory().pk,
        "habits_habitcategory": habits.HabitCategoryFactory().pk,
        "habits_habit": habits.HabitFactory().pk,
        "coaching_aiprompttemplate": rest.AIPromptTemplateFactory().pk,
        "coaching_coachingjob": rest.CoachingJobFactory().pk,
        "coaching_coachingspend": rest.CoachingSpendFactory().pk,
        "coaching_coachingcontrols": rest.CoachingControlsFactory().pk,
        "staff_changerequest": rest.ChangeRequestFactory().pk,
        "staff_accessreview": rest.AccessReviewFactory().pk,
        "audit_auditlog": AuditLog.objects.first().pk,
        "auth_group": Group.objects.first().pk,
    }
    browser = browser_of(who, name)
    surprises = {}

    for table, allowed in STAFF_TABLES.items():
        for page, needs in STAFF_PAGES.items():
            args = [] if page in ("changelist", "add") else [rows[table]]
            found = outcome(asked(browser, reverse(f"admin:{table}_{page}", args=[quote(pk) for pk in args]), None))
            right = 200 if set(allowed.get(name, "")) & set(needs) else 403 if name in STAFF else "sign in"
            if found != right:
                surprises[table, page] = (found, right)
    for route, answer in STAFF_ROUTES.items():
        for args in _arguments(route):
            found = outcome(asked(browser, reverse(route, kwargs=args), None))
            right = _staff_answer(route, answer, name)
            if found != right:
                surprises[route, str(args)] = (found, right)

    assert [f"{route}: {found}, declared {right}" for route, (found, right) in surprises.items()] == []


def _arguments(route: str) -> list[dict[str, object]]:
    if route == "admin:app_list":
        return [{"app_label": label} for label in sorted({table.split("_")[0] for table in STAFF_TABLES})]
    if route == "admin:view_on_site":
        return [{"content_type_id": 1, "object_id": 1}]
    return [{}]


def _staff_answer(route: str, answer: int, name: str) -> int | str:
    if route == "admin:login":
        return "sign in" if name == "anonymous" else 302 if name in STAFF else 403
    if name not in STAFF:
        return 302 if route == "admin:logout" and name != "anonymous" else "sign in"
    return answer


def test_staff_neither_raise_themselves_nor_touch_each_other(world):
    who, _things = world
    support = browser_of(who, "support")
    raised = {"is_active": "on", "is_verified": "on", "language": "ko", "timezone": "Asia/Seoul"} | {
        "is_staff": "on",
        "is_superuser": "on",
        "groups": [Group.objects.get(name="finance").pk],
    }

    for name in ("person", "support", "superuser"):
        before = who[name].is_staff, who[name].is_superuser, [*who[name].groups.all()]
        url = f"/admin/accounts/user/{who[name].pk}/change/"
        support.post(url, raised | {"is_active": "", "why": "시험"} | seen(support, url))
        now = User.objects.get(pk=who[name].pk)
        assert (now.is_staff, now.is_superuser, [*now.groups.all()]) == before, name
        assert now.is_active is (name != "person")


def test_ending_ones_session_ends_no_others(world):
    who, things = world

    asked(browser_of(who, "other"), reverse("accounts:end-device", kwargs=things["session"]), {})

    assert UserSession.objects.filter(pk=things["session"]["pk"]).exists()


# Forms posted by others, which are authenticated by something other than our CSRF token.
EXEMPT = {
    "notifications:opt-out",  # the address is signed
    "billing:webhook",  # posted by a gateway, which signs the body
    "apple_callback",  # our view of the same address comes first
    "accounts:receive-from-apple",  # posted by Apple; the next page compares its state with the session
    "google_login_by_token",  # our view of the same address always answers 404
}


def test_no_form_is_taken_without_our_token_but_what_is_signed(world):
    who, things = world
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(who["person"])

    exempt = {name for name, _address, pattern in EVERYTHING if getattr(pattern.callback, "csrf_exempt", False)}
    taken = {
        name
        for name, route in ROUTES.items()
        if name not in EXEMPT
        and "/" not in name
        and browser.post(reverse(name, kwargs=things.get(route.thing, {}) | route.args)).status_code != 403
    }

    assert exempt == EXEMPT
    assert taken == set()


def test_googles_button_that_we_do_not_show_opens_nothing(client, settings):
    settings.SOCIALACCOUNT_PROVIDERS = {"google": {"APPS": [{"client_id": "ours", "secret": "secret"}]}}

    answer = client.post("/accounts/google/login/token/", {"credential": "token", "g_csrf_token": "x"})

    assert answer.status_code == 404
