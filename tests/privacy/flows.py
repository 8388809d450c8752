"""User and staff flows through the pages that handle personal data.

A new way to enter personal data needs a flow here: test_leaks.py runs all of them and then searches every store.
"""

import datetime as dt
import json
import re
import secrets
from dataclasses import dataclass, field
from urllib.parse import quote

from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from django.contrib import admin
from django.contrib.messages import get_messages
from django.core import mail
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpRequest, HttpResponse
from django.test import Client
from django.urls import path, reverse
from uuid6 import uuid7

from accounts import social
from accounts.models import User
from habits import reminders, streak_cache
from habits.models import Habit, HabitCategory, HabitLog, UserHabit
from habits.transfer import import_jobs
from notifications import outbox
from tests.accounts.conftest import go_through
from tests.accounts.test_second_factor import code_for
from tests.factories.accounts import StaffFactory
from tests.factories.rest import CoachingMessageFactory, EmailAddressFactory, NotificationFactory
from wellness.privacy import erasure, exports, health_withdrawal
from wellness.urls import urlpatterns as ours


def word(length: int = 5) -> str:
    """Random Hangul that occurs nowhere else."""
    return "".join(chr(0xAC00 + secrets.randbelow(11172)) for _ in range(length))


@dataclass
class FlowUser:
    """A person with texts that occur nowhere else."""

    local: str = field(default_factory=lambda: f"q{secrets.token_hex(6)}")
    name: str = field(default_factory=word)
    second_name: str = field(default_factory=word)
    password: str = field(default_factory=lambda: f"{word()} {secrets.token_hex(4)}")
    second_password: str = field(default_factory=lambda: f"{word()} {secrets.token_hex(4)}")
    bio: str = field(default_factory=word)
    note: str = field(default_factory=word)
    habit_name: str = field(default_factory=word)
    custom_name: str = field(default_factory=word)
    group: str = field(default_factory=word)
    anchor: str = field(default_factory=word)
    # Of a file from another app, where a habit without an id is known by its name.
    imported_name: str = field(default_factory=word)
    imported_description: str = field(default_factory=word)
    previewed_name: str = field(default_factory=word)
    letter: str = field(default_factory=word)
    # Their id at the provider.
    number: str = field(default_factory=lambda: str(secrets.randbelow(10**9)))

    @property
    def email(self) -> str:
        return f"{self.local}@example.com"

    @property
    def second_email(self) -> str:
        return f"{self.local}.zwei@example.org"

    @property
    def words(self) -> dict[str, str]:
        """Texts that no store may contain."""
        return {
            "address": self.email,
            "second address": self.second_email,
            "local part": self.local,
            "name": self.name,
            "second name": self.second_name,
            "password": self.password,
            "second password": self.second_password,
            "bio": self.bio,
            "note": self.note,
            "name of an own habit": self.habit_name,
            "name given to a habit of the catalogue": self.custom_name,
            "group": self.group,
            "anchor": self.anchor,
            "imported name": self.imported_name,
            "imported description": self.imported_description,
            "previewed name": self.previewed_name,
            "coach message": self.letter,
        }


def agreement(who: FlowUser) -> dict[str, str]:
    return {"name": who.name, "age": "on", "terms": "on", "privacy": "on", "health": "on", "timezone": "Asia/Seoul"}


def link_in_mail(kind: str) -> str:
    [link] = re.findall(rf"https?://testserver(\S*/{kind}/\S*)", mail.outbox[-1].body)
    return link


def sign_up(browser: Client, who: FlowUser) -> None:
    browser.post(reverse("account_signup"), agreement(who) | {"email": who.email, "password1": who.password})
    link = link_in_mail("confirm-email")
    browser.get(link)
    answer = browser.post(link, {"password": who.password})
    assert User.objects.get(email=who.email).is_verified, answer.content.decode()[:500]


def sign_up_again(browser: Client, who: FlowUser) -> None:
    """Uses the same address in another spelling: a mail says that there is an account."""
    browser.post(
        reverse("account_signup"),
        agreement(who) | {"email": f" {who.email.upper()} ", "password1": who.password},
    )


def sign_up_wrongly(browser: Client, who: FlowUser) -> None:
    browser.post(reverse("account_signup"), {"email": who.email, "name": who.name, "password1": who.local})


def sign_up_through(provider: str, browser: Client, who: FlowUser) -> None:
    answer = go_through(browser, provider)
    assert answer.status_code == 302, (provider, answer, answer.content.decode()[-3000:])
    answer = browser.post("/accounts/3rdparty/signup/", agreement(who) | {"email": who.email})
    assert User.objects.filter(email=who.email).exists(), (provider, answer, answer.content.decode()[-3000:])


def fail_to_sign_in(browser: Client, who: FlowUser) -> None:
    """Fails often enough to be locked out."""
    for _attempt in range(7):
        browser.post(reverse("account_login"), {"login": who.email, "password": "guess"})
        browser.post(reverse("account_login"), {"login": f"nobody-{who.email}", "password": who.password})


def reset_password(browser: Client, who: FlowUser) -> None:
    browser.post(reverse("account_reset_password"), {"email": who.email})
    page = browser.get(link_in_mail("key"), follow=True)
    answer = browser.post(
        page.request["PATH_INFO"], {"password1": who.second_password, "password2": who.second_password}
    )
    assert User.objects.get(email=who.email).check_password(who.second_password), answer.content.decode()[:500]
    who.password = who.second_password
    browser.post(reverse("account_reset_password"), {"email": f"unknown-{who.email}"})


def sign_in(browser: Client, who: FlowUser) -> None:
    answer = browser.post(reverse("account_login"), {"login": who.email, "password": who.password})
    assert answer.status_code == 302, answer.content.decode()[:2000]


def change_profile(browser: Client, who: FlowUser) -> None:
    browser.post(reverse("accounts:profile"), {"name": who.second_name, "bio": who.bio, "birth_year": "1990"})
    assert User.objects.get(email=who.email).bio == who.bio
    list(get_messages(browser.get(reverse("accounts:me")).wsgi_request))


def change_address(browser: Client, who: FlowUser) -> None:
    browser.post(reverse("account_reauthenticate"), {"password": who.password})
    browser.post(reverse("account_email"), {"action_add": "", "email": who.second_email})


def check_in_with_a_note(browser: Client, who: FlowUser) -> None:
    user, habit = User.objects.get(email=who.email), Habit.objects.in_catalogue().first()
    mine = UserHabit.objects.create(user=user, habit=habit, notes=who.note)
    browser.post(reverse("habits:check-in", args=[mine.pk]), {"key": uuid7(), "count": 1, "mood": 8, "note": who.note})
    assert HabitLog.objects.get(user_habit=mine).notes == who.note


def name_habits(browser: Client, who: FlowUser) -> None:
    """Makes an own habit, renames one of the catalogue, and is reminded of both."""
    user, category = User.objects.get(email=who.email), HabitCategory.objects.first()
    chosen = {"frequency": "daily", "target_count": 1, "direction": "at_least", "part_of_day": "anytime"}
    browser.post(reverse("habits:add-own"), chosen | {"name": who.habit_name, "category": category.pk})
    named = chosen | {"name": who.custom_name, "anchor": who.anchor, "group_name": who.group}
    renamed = user.habits.get(habit__owner=None)
    browser.post(reverse("habits:edit", args=[renamed.pk]), named)
    mine = user.habits.select_related("habit__category")
    assert {habit.name for habit in mine} == {who.habit_name, who.custom_name}
    assert mine.get(habit__owner=None).group_name == who.group
    for habit in mine:
        _be_reminded(user, habit)
    assert {row.data["name"] for row in user.notifications.filter(notification_type="habit_reminder")} == {
        who.habit_name,
        who.custom_name,
    }


def _be_reminded(user: User, habit: UserHabit) -> None:
    now = dt.datetime.now(dt.UTC)
    today, calendar = user.calendar.day_of(now), user.calendar
    standing = streak_cache.rebuild_from_logs(habit, today=today, calendar=calendar)
    data = reminders.message_data(habit, standing, day=today)
    outbox.send(user, template="habit_reminder", effect_key=str(habit.pk), at=now, type="habit_reminder", data=data)


def import_habits(browser: Client, who: FlowUser) -> None:
    """Imports one file, and leaves another at its preview."""
    user = User.objects.get(email=who.email)
    _upload(browser, {"habits": [_habit_of_another_app(who.imported_name, who.imported_description)]})
    browser.post(reverse("habits:confirm-import"), {"do-0": "add"})
    assert import_jobs.run_waiting(lambda: dt.datetime.now(dt.UTC)) == 1
    imported = next(habit for habit in user.habits.select_related("habit") if habit.name == who.imported_name)
    assert (imported.habit.text("description"), who.imported_name in (imported.origin or "")) == (
        who.imported_description,
        True,
    )
    _upload(browser, {"habits": [_habit_of_another_app(who.previewed_name, "")]})
    assert user.imports.get().preview[0]["name"] == who.previewed_name


def _upload(browser: Client, content: dict) -> None:
    browser.post(reverse("habits:import"), {"file": SimpleUploadedFile("file", json.dumps(content).encode())})
    assert import_jobs.run_waiting(lambda: dt.datetime.now(dt.UTC)) == 1


def _habit_of_another_app(name: str, description: str) -> dict:
    return {"name": name, "description": description, "frequency": "FREQ=DAILY", "completions": []}


def receive_a_coach_message(who: FlowUser) -> None:
    user = User.objects.get(email=who.email)
    CoachingMessageFactory(user=user, content=who.letter, context={"habit_name": who.letter})


def be_viewed_by_staff(browser: Client, who: FlowUser) -> None:
    staff = Client()
    colleague = StaffFactory()
    EmailAddressFactory(user=colleague)
    staff.force_login(colleague)
    user = User.objects.get(email=who.email)
    staff.get("/admin/accounts/user/", {"q": who.email})
    assert staff.post("/admin/accounts/user/search/", {"email": who.email}).url.endswith(f"{user.pk}/change/")
    page = staff.get(f"/admin/accounts/user/{user.pk}/change/")
    assert page.status_code == 200
    changed = {"is_active": "on", "is_verified": "on", "language": "en", "timezone": "Asia/Seoul", "groups": []}
    answer = staff.post(f"/admin/accounts/user/{user.pk}/change/", changed | {"seen": page.context["seen"]})
    assert answer.status_code == 302, answer.content.decode()[:2000]
    for model in admin.site._registry:
        staff.get(reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist"), {"q": who.email})


def meet_an_error(browser: Client, who: FlowUser, settings) -> None:
    """Requests pages that fail in the database with personal data in their variables."""
    settings.ROOT_URLCONF = __name__
    browser.raise_request_exception = False
    try:
        assert browser.post(f"/broken/?q={quote(who.email)}", {"email": who.email, "name": who.name}).status_code == 500
        assert browser.post("/refused/", {"note": who.note}).status_code == 500
    finally:
        settings.ROOT_URLCONF = "wellness.urls"
        browser.raise_request_exception = True


def _break(request: HttpRequest) -> HttpResponse:
    User.objects.create_user(request.POST["email"], name=request.POST["name"])
    return HttpResponse()


def _refuse(request: HttpRequest) -> HttpResponse:
    # The database quotes the refused row in its error.
    NotificationFactory(user=request.user, title=request.POST["note"], delivery_status="x" * 30)
    return HttpResponse()


urlpatterns = [*ours, path("broken/", _break), path("refused/", _refuse)]


def set_up_a_second_factor(browser: Client, who: FlowUser) -> None:
    browser.post(reverse("account_reauthenticate"), {"password": who.password})
    secret = browser.get(reverse("mfa_activate_totp")).context["form"].secret
    browser.post(reverse("mfa_activate_totp"), {"code": "000000"})
    browser.post(reverse("mfa_activate_totp"), {"code": code_for(secret)})
    assert Authenticator.objects.filter(user__email=who.email, type="totp").exists()
    browser.post(reverse("mfa_deactivate_totp"))


def connect_and_disconnect(provider: str, browser: Client, who: FlowUser) -> None:
    browser.post(reverse("account_reauthenticate"), {"password": who.password})
    go_through(browser, provider, process="connect")
    account = SocialAccount.objects.get(user__email=who.email)
    browser.post(reverse("socialaccount_connections"), {"account": account.pk})
    assert social.revoke_waiting(lambda: dt.datetime.now(dt.UTC)) == 1


def withdraw_the_health_consent(browser: Client, who: FlowUser) -> None:
    browser.get(reverse("withdraw-health"))
    browser.post(reverse("accounts:consent", args=["health"]), {"granted": "no"})
    assert health_withdrawal.run(dt.datetime.now(dt.UTC) + health_withdrawal.PAUSE) == 1


def be_erased(user: User) -> None:
    """Erases the user after the grace period."""
    erasure.run(dt.datetime.now(dt.UTC) + erasure.GRACE)
    user.refresh_from_db()
    assert user.anonymised_at


def export(browser: Client, who: FlowUser) -> None:
    browser.post(reverse("account_reauthenticate"), {"password": who.password})
    browser.post(reverse("export"))
    exports.build_waiting(lambda: dt.datetime.now(dt.UTC))
    export = User.objects.get(email=who.email).exports.get()
    assert export.state == "done"
    assert b"".join(browser.get(reverse("download-export", args=[export.pk])).streaming_content)


def request_and_cancel_deletion(browser: Client, who: FlowUser) -> None:
    browser.post(reverse("account_reauthenticate"), {"password": who.password})
    browser.post(reverse("leave"))
    sign_in(browser, who)
    browser.post(reverse("come-back"))
    sign_in(browser, who)
    assert User.objects.get(email=who.email).is_active


def request_deletion(browser: Client, who: FlowUser) -> None:
    browser.post(reverse("account_reauthenticate"), {"password": who.password})
    browser.post(reverse("leave"))
    assert not User.objects.get(email=who.email).is_active
