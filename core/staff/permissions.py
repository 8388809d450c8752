"""What staff may do: one permission for each act, and who holds it.

`TABLES` says which role may view, add, change and delete rows of which table: Django's own permissions. `ACTS` names
everything else that a staff page offers, by where it is asked for:

    "billing_refund"              the URL admin:billing_refund
    "habits_habit:retire"         the act `retire` in the list of that table
    "habits_announcement:_stop"   the button `_stop` of a form

The site (wellness/staff_site.py) asks `requested_acts` before every view: what is not listed here answers nobody.
"""

import dataclasses
import re
from typing import Any

from django.utils.datastructures import MultiValueDict

ROLES = ("curator", "support", "finance", "operator", "auditor")

# Table → role → what: v(iew), a(dd), c(hange), d(elete).
TABLES = {
    "habits.habitcategory": {"curator": "vacd"},
    "habits.habit": {"curator": "vacd"},
    "gamification.achievement": {"curator": "vac"},
    "circles.challenge": {"curator": "vac"},
    "coaching.aiprompttemplate": {"curator": "vac"},
    "coaching.coachingcontrols": {"operator": "vac", "curator": "v"},
    "coaching.coachingspend": {"curator": "v", "operator": "v", "finance": "v"},
    "coaching.coachingjob": {"support": "v", "operator": "v"},
    "notifications.announcement": {"curator": "vacd"},
    "notifications.notificationdelivery": {"support": "v", "operator": "v"},
    "notifications.notificationtally": {"support": "v", "operator": "v"},
    "accounts.user": {"support": "vc"},
    # Rows of people: to look at, without their texts, mood and photos.
    "accounts.usersession": {"support": "v"},
    "accounts.usersocialaccount": {"support": "v"},
    "habits.userhabit": {"support": "v"},
    "habits.habitlog": {"support": "v"},
    "habits.habitimport": {"support": "v", "operator": "v"},
    "gamification.userachievement": {"support": "v"},
    "coaching.coachingmessage": {"support": "v"},
    "notifications.notification": {"support": "v", "operator": "v"},
    "notifications.notificationdevice": {"support": "v", "operator": "v"},
    "analytics.useranalytics": {"support": "v"},
    "analytics.appevent": {"support": "v", "operator": "v"},
    "files.uploadedfile": {"support": "v", "operator": "v"},
    "account.emailaddress": {"support": "v"},
    "billing.subscriptionplan": {"finance": "vac"},
    "billing.usersubscription": {"support": "v", "finance": "v"},
    "billing.paymenttransaction": {"support": "v", "finance": "v"},
    "billing.gatewayevent": {"finance": "v", "operator": "v"},
    "billing.billingalert": {"finance": "v", "operator": "v"},
    "analytics.metricvalue": {"curator": "v", "finance": "v", "auditor": "v"},
    "staff.changerequest": {"curator": "v", "support": "v", "finance": "v", "operator": "v", "auditor": "v"},
    "staff.accessreview": {"auditor": "v"},
    "audit.auditlog": {"auditor": "v"},
}


@dataclasses.dataclass(frozen=True)
class StaffAct:
    """`is_dangerous`: asks for the second factor again and for a reason."""

    roles: tuple[str, ...]
    is_dangerous: bool = False


def _act(roles: str, *, dangerous: bool = False) -> StaffAct:
    return StaffAct(tuple(roles.split()), dangerous)


ACTS = {
    # The catalogue.
    "habits_habit_move": _act("curator"),
    "habits_habit_preview": _act("curator"),
    "habits_habit:show": _act("curator"),
    "habits_habit:retire": _act("curator"),
    "habits_habit:feature": _act("curator"),
    "habits_habit:unfeature": _act("curator"),
    "habits_habit:chosen_export": _act("curator"),
    "habits_habitcategory_move": _act("curator"),
    "habits_habitcategory_preview": _act("curator"),
    "habits_habitcategory:show": _act("curator"),
    "habits_habitcategory:retire": _act("curator"),
    "habits_habitcategory:chosen_export": _act("curator"),
    "gamification_achievement:retire": _act("curator"),
    "gamification_achievement:chosen_export": _act("curator"),
    "coaching_aiprompttemplate:_evaluate": _act("curator"),
    "coaching_aiprompttemplate:_ask": _act("curator"),
    "coaching_aiprompttemplate:_succeed": _act("curator"),
    "coaching_aiprompttemplate:_on": _act("curator", dangerous=True),
    "coaching_aiprompttemplate:_off": _act("curator", dangerous=True),
    "coaching_aiprompttemplate:_back": _act("curator", dangerous=True),
    "coaching_aiprompttemplate:chosen_export": _act("curator"),
    "notifications_announcement:_schedule": _act("curator", dangerous=True),
    "notifications_announcement:_stop": _act("curator"),
    "notifications_announcement_preview": _act("curator"),
    "circles_challenge_preview": _act("curator"),
    # Drafts, times to go live, and former contents.
    "habits_habit:_draft": _act("curator"),
    "habits_habit_revision": _act("curator"),
    "habits_habitcategory:_draft": _act("curator"),
    "habits_habitcategory_revision": _act("curator"),
    "gamification_achievement:_draft": _act("curator"),
    "gamification_achievement_revision": _act("curator"),
    "coaching_aiprompttemplate:_draft": _act("curator"),
    "coaching_aiprompttemplate_revision": _act("curator"),
    "billing_subscriptionplan:_draft": _act("finance", dangerous=True),
    "billing_subscriptionplan_revision": _act("finance", dangerous=True),
    # Files of the catalogue.
    "habits_habit_export": _act("curator auditor"),
    "habits_habit_import": _act("curator"),
    "habits_habitcategory_export": _act("curator auditor"),
    "habits_habitcategory_import": _act("curator"),
    "gamification_achievement_export": _act("curator auditor"),
    "gamification_achievement_import": _act("curator"),
    "coaching_aiprompttemplate_export": _act("curator auditor"),
    "coaching_aiprompttemplate_import": _act("curator"),
    "billing_subscriptionplan_export": _act("finance auditor"),
    "billing_subscriptionplan_import": _act("finance", dangerous=True),
    "billing_subscriptionplan:show": _act("finance", dangerous=True),
    "billing_subscriptionplan:retire": _act("finance", dangerous=True),
    "billing_subscriptionplan:chosen_export": _act("finance"),
    # People.
    "accounts_user_search": _act("support"),
    "accounts_user_reveal": _act("support", dangerous=True),
    "accounts_user_resend": _act("support"),
    "accounts_user_end_sessions": _act("support", dangerous=True),
    "accounts_user_extend": _act("support finance", dangerous=True),
    "accounts_user_export": _act("support", dangerous=True),
    "accounts_user_leave": _act("support", dangerous=True),
    "notifications_notificationdelivery:resend": _act("support operator"),
    "coaching_coachingjob:try_again": _act("support operator"),
    # Money.
    "billing_find": _act("support finance"),
    "billing_release": _act("finance operator", dangerous=True),
    "billing_refund": _act("support finance", dangerous=True),
    "billing_revenue": _act("finance auditor"),
    "billing_billingalert:resolve": _act("finance operator"),
    # Figures.
    "analytics_csv": _act("curator finance auditor"),
    # Two people.
    "staff_changerequest_approve": _act("curator support finance operator", dangerous=True),
    "staff_changerequest_refuse": _act("curator support finance operator"),
    # Seeing how the service works.
    "operations": _act("operator auditor"),
    "claim_work": _act("curator support finance operator auditor"),
    "operations_resend": _act("operator", dangerous=True),
    "operations_purge": _act("operator", dangerous=True),
    # Who looked at whom.
    "staff_accessreview_draw": _act("auditor"),
    "staff_accessreview_sign": _act("auditor", dangerous=True),
}

# Pages of tables whose POST is dangerous; so is every deletion.
DANGEROUS_PAGES = {
    "accounts_user_change",
    "auth_group_add",
    "auth_group_change",
    "billing_subscriptionplan_add",
    "billing_subscriptionplan_change",
    "coaching_coachingcontrols_add",
    "coaching_coachingcontrols_change",
}

# Pages for all staff: the frame, and what checks permissions for each row by itself.
OPEN = {
    "index", "find", "here", "again", "login", "logout", "password_change", "password_change_done", "jsi18n", "autocomplete", "view_on_site", "app_list",
}  # fmt: skip

_PAGE = re.compile(r"(?P<table>\w+_\w+)_(?P<page>changelist|add|history|delete|change)")
# Names of buttons that save the form and nothing else, or not even that.
_SAVING = {
    "_preview",
    "_kind",
    "_save",
    "_continue",
    "_addanother",
    "_saveasnew",
    "_selected_action",
    "_popup",
    "_to_field",
}


def permission(name: str) -> str:
    return f"staff.{name}"


def may(user: Any, name: str) -> bool:
    """Whether this colleague may do an act of `ACTS`."""
    return name in ACTS and user.has_perm(permission(name))


def page_of(url_name: str) -> tuple[str, str] | None:
    """`habits_habit_add` → `("habits_habit", "add")`; None for a page that belongs to no table."""
    if url_name in ACTS or (found := _PAGE.fullmatch(url_name)) is None:
        return None
    return found["table"], found["page"]


def requested_acts(url_name: str, posted: MultiValueDict) -> list[str]:
    """The acts that a request asks for, besides opening or saving a page of a table."""
    if (page := page_of(url_name)) is None:
        return [] if not url_name or url_name in OPEN else [url_name]
    table, kind = page
    if kind == "changelist":
        # Every one of several: the list takes the one whose button was pressed.
        return [f"{table}:{action}" for action in posted.getlist("action") if action not in ("", "delete_selected")]
    return [f"{table}:{name}" for name in posted if name.startswith("_") and name not in _SAVING]


def is_dangerous(url_name: str, posted: MultiValueDict) -> bool:
    """Whether this POST is a dangerous act."""
    if url_name in DANGEROUS_PAGES or _deletes(url_name, posted):
        return True
    # The first post of a file only shows what it would change; the one that changes it repeats the digest of that.
    is_preview = url_name.endswith("_import") and "digest" not in posted
    asked = [] if is_preview else requested_acts(url_name, posted)
    return any(name in ACTS and ACTS[name].is_dangerous for name in asked)


def _deletes(url_name: str, posted: MultiValueDict) -> bool:
    """The first post of the list's act only shows what it would delete."""
    page = page_of(url_name)
    confirmed = "delete_selected" in posted.getlist("action") and "post" in posted
    return page is not None and (page[1] == "delete" or confirmed)
