"""`make shots` takes every page that the URL resolver knows."""

import re
from urllib.parse import urlsplit
from uuid import uuid4

from django.urls import resolve

from devtools import seeding, shots
from tests.access.routes import ROUTES

# Routes by GET that are no page of their own, by the reason.
PARTS = {"habits:around", "habits:edit-sentence", "habits:own-sentence", "habits:sentence", "notifications:bell"}
DATA = {
    *(
        "manifest",
        "category-colors",
        "service-worker",
        "metrics",
        "coaching:now",
        "notifications:devices",
        "notifications:tell",
    ),
    *("download-export", "files:bytes", "mfa_download_recovery_codes", "mfa_reauthenticate_webauthn"),
}
# Need a key of the machine, or a link in a mail.
DEVICES = {"mfa_remove_webauthn", "mfa_edit_webauthn", "socialaccount_login_error"}
# In development only.
OURS = {"mailbox", "styleguide"}
# The same page as another, with the words of that page.
TWINS = {"habits:adapt", "account_confirm_email"}


def pages() -> set[str]:
    opened = {name for name, route in ROUTES.items() if route.post is None and 200 in (route.gives, route.anonymous)}
    return opened - PARTS - DATA - DEVICES - OURS - TWINS


def taken() -> set[str]:
    """The routes that the pictures show."""
    found = {link.route for visitor in shots.VISITORS for link in visitor.linked}
    for visitor in shots.VISITORS:
        for path in [*visitor.paths, *visitor.pressed, *(act.path for act in visitor.acts)]:
            address = urlsplit(path.format(habit=uuid4(), day="2026-11-22")).path
            if address != "/nowhere/":
                found.add(resolve(address).view_name)
    return found


def test_every_page_has_a_picture():
    assert pages() - taken() == set(), "add it to a visitor of devtools/shots.py"


def test_every_picture_has_a_name_of_its_own():
    names = [name for visitor in shots.VISITORS for name in shots.names(visitor)]

    assert sorted(names) == sorted(set(names))
    assert all(re.fullmatch(r"[\w-]+", name) for name in names)


def test_the_code_of_a_second_factor_is_that_of_the_standard(monkeypatch):
    # The first value of RFC 6238, appendix B, whose last six digits these are.
    monkeypatch.setattr(seeding, "TOTP_SECRET", "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ")

    assert shots.totp(59) == "287082"
