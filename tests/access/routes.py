"""Permissions of each URL by its name, and of each table of the staff pages.

New URLs and tables are declared here.

"habits:today": people(),                            signed-in people; others are sent to sign in
"habits:habit": owner("habit"),                      the owner of the object; 404 for others
"habits:undo": owner("habit", post={}, gives=302),   requested by POST, with this status
"home": everybody(gives=302, anonymous=200),         everybody, signed in or not
"x": people(others=302),                             a page of one's own that is empty for others than 지우
"""

import datetime as dt
from dataclasses import dataclass, field
from typing import Any

from uuid6 import uuid7

from accounts.providers import PROVIDERS


@dataclass(frozen=True)
class Route:
    who: str  # everybody, people, owner
    thing: str = ""
    post: dict[str, Any] | None = None
    gives: int = 200
    anonymous: int = 302
    others: int | None = None
    args: dict[str, Any] = field(default_factory=dict)


def everybody(
    *, post: dict[str, Any] | None = None, gives: int = 200, anonymous: int | None = None, **args: Any
) -> Route:
    return Route("everybody", "", post, gives, gives if anonymous is None else anonymous, args=args)


def people(
    thing: str = "", *, post: dict[str, Any] | None = None, gives: int = 200, others: int | None = None, **args: Any
) -> Route:
    return Route("people", thing, post, gives, others=others, args=args)


def owner(thing: str, *, post: dict[str, Any] | None = None, gives: int = 200, **args: Any) -> Route:
    return Route("owner", thing, post, gives, args=args)


TODAY = dt.datetime.now(dt.UTC).date()
CHECK_IN = {"key": uuid7(), "count": 1}
NOTED = {"count": 1, "clock": "", "key": uuid7()}

ROUTES = {
    # ── Before sign-in ──
    "home": everybody(gives=302, anonymous=200),
    "set-language": everybody(post={"language": "en"}, gives=302),
    "terms": everybody(item="privacy"),
    "manifest": everybody(),
    "favicon": everybody(gives=302),
    "category-colors": everybody(),
    "service-worker": everybody(),
    "offline": everybody(),
    "coaching:help": everybody(),
    # ── The coach ──
    "coaching:inbox": people(),
    "coaching:ask": people(),
    "coaching:settings": people(),
    "coaching:memory": people(),
    "coaching:forget": people(post={}, gives=302),
    "coaching:message": owner("coach message"),
    "coaching:react": owner("coach message", post={"reaction": "like"}, gives=302),
    "coaching:less": owner("coach message", post={}, gives=302),
    "coaching:delete": owner("coach message", post={}, gives=302),
    "coaching:react-answer": owner("coach question", post={"reaction": "like"}, gives=302),
    "coaching:delete-answer": owner("coach question", post={}, gives=302),
    "metrics": everybody(),
    # In development only.
    "mailbox": everybody(),
    "styleguide": everybody(),
    # ── allauth ──
    "account_login": everybody(gives=302, anonymous=200),
    "account_logout": everybody(gives=200, anonymous=302),
    "account_inactive": everybody(),
    "account_signup": everybody(gives=302, anonymous=200),
    "account_reauthenticate": people(),
    "account_email": people(),
    "account_email_verification_sent": everybody(),
    "account_change_password": people(),
    "account_set_password": people(gives=302),
    "account_reset_password": everybody(),
    "account_reset_password_done": everybody(),
    "account_reset_password_from_key": everybody(uidb36="1", key="1-2"),
    "account_reset_password_from_key_done": everybody(),
    "account_confirm_login_code": everybody(gives=302),
    "account_confirm_email": everybody(key="a:b:c"),
    "accounts:confirm-email": everybody(key="a:b:c"),
    "accounts:confirm-sign-up": everybody(key="a:b"),
    "mfa_index": people(),
    "mfa_authenticate": everybody(gives=302),
    "mfa_reauthenticate": people(gives=302),
    "mfa_activate_totp": people(),
    "mfa_deactivate_totp": people(gives=404),
    "mfa_view_recovery_codes": people(gives=404),
    "mfa_generate_recovery_codes": people(),
    "mfa_download_recovery_codes": people(gives=404),
    "mfa_list_webauthn": people(),
    "mfa_add_webauthn": people(),
    "mfa_reauthenticate_webauthn": people(others=302),
    "mfa_remove_webauthn": owner("passkey"),
    "mfa_edit_webauthn": owner("passkey"),
    "mfa_login_webauthn": everybody(gives=302),
    "socialaccount_login_cancelled": everybody(),
    "socialaccount_login_error": people(gives=401),
    "socialaccount_signup": everybody(gives=302),
    "socialaccount_connections": people(),
    "accounts/social/login/cancelled/": people(gives=301),
    "accounts/social/login/error/": people(gives=301),
    "accounts/social/signup/": people(gives=301),
    "accounts/social/connections/": people(gives=301),
    **{
        f"{provider}_{step}": everybody(gives=gives)
        for provider in PROVIDERS
        for step, gives in (("login", 404), ("callback", 404))
    },
    "accounts/google/login/token/": everybody(gives=404),
    "google_login_by_token": everybody(gives=404, post={}),
    # Forwards what Apple posted to the page that reads it.
    "apple_callback": everybody(gives=404, post={}),
    "accounts:receive-from-apple": everybody(gives=404, post={}),
    "apple_finish_callback": everybody(gives=404),
    "accounts:finish-with-apple": everybody(gives=404),
    "accounts:go-to-provider": everybody(gives=404, provider="kakao"),
    "accounts:not-yet": everybody(post={}),
    # ── Achievements ──
    "gamification:achievements": people(),
    "gamification:achievement": owner("earned"),
    "gamification:share": owner("earned", post={}, gives=302),
    "gamification:card": everybody(gives=404, token="unknown"),
    # ── Account ──
    "accounts:me": people(),
    "accounts:profile": people(),
    "accounts:view": people(),
    "accounts:privacy": people(),
    "accounts:consents": people(),
    "accounts:consent": people(post={"granted": "yes"}, gives=302, item="health"),
    # Opens only while the consents are void.
    "accounts:agree": people(gives=302),
    "accounts:devices": people(),
    "accounts:enrol-second-factor": people(gives=302, key="nobody:signed"),
    "accounts:end-others": people(post={}, gives=302),
    "accounts:end-device": owner("session", post={}, gives=302),
    "export": people(),
    "download-export": owner("export"),
    "withdraw-health": people(),
    "leave": people(),
    "bye": everybody(),
    "come-back": everybody(gives=302),
    # ── Photos ──
    "files:file": owner("photo", gives=302),
    "files:small": owner("photo", gives=302),
    "files:bytes": owner("bytes of the photo"),
    "files:avatar": people(),
    "files:remove-avatar": people(post={}, gives=302),
    # ── Plans and money ──
    "billing:subscription": people(),
    "billing:plans": people(),
    "billing:checkout": people(gives=404, plan_id="basic"),
    "billing:register": people(gives=302),
    "billing:return": people(gives=302),
    "billing:progress": people(gives=302),
    "billing:demo": people(reference="nothing"),
    "billing:receipt": owner("payment"),
    "billing:method": people(post={}, gives=302),
    "billing:pay": people(post={}, gives=302),
    "billing:cancel": people(post={}, gives=302),
    "billing:undo-cancel": people(post={}, gives=302),
    "billing:pause": people(post={}, gives=302),
    "billing:undo-pause": people(post={}, gives=302),
    "billing:resume": people(post={}, gives=302),
    "billing:switch": people(post={}, gives=302, plan_id="pro"),
    "billing:stay": people(post={}, gives=302),
    "billing:price": people(post={}, gives=302),
    "billing:withdraw": people(post={}, gives=302),
    "billing:seller": everybody(),
    # The signature identifies the gateway.
    "billing:webhook": everybody(gives=400, post={}, gateway="demo"),
    "habits:keep": people(),
    # ── Habits ──
    "habits:today": people(),
    "habits:around": people(),
    "habits:habit": owner("habit"),
    "habits:check-in": owner("habit", post=CHECK_IN, gives=302),
    "habits:undo": owner("habit", post={}, gives=302),
    "habits:reminders": owner("habit"),
    "habits:describe": owner("log", post={"mood": 8}, gives=302),
    "habits:status": owner("habit", post={}, gives=302, status="paused"),
    "habits:edit": owner("habit"),
    "habits:edit-sentence": owner("habit"),
    "habits:remove": owner("habit"),
    "habits:total": owner("habit"),
    "habits:pause": owner("habit"),
    "habits:day": owner("habit", day=TODAY - dt.timedelta(days=3)),
    "habits:add-log": owner("habit", post=NOTED, gives=302, day=TODAY - dt.timedelta(days=3)),
    "habits:skip": owner("habit", post={}, gives=302, day=TODAY - dt.timedelta(days=3)),
    "habits:log": owner("log"),
    "habits:photos": owner("log", post={}, gives=302),
    "habits:remove-photo": owner("photo of the log", post={}, gives=302),
    "habits:remove-log": owner("log", post={}, gives=302),
    "habits:start": people(),
    "habits:start-habits": people(),
    "habits:start-time": people(gives=302),
    "habits:catalogue": people(),
    "habits:mine": people(),
    "habits:order": people(post={"order": '[["", []]]'}, gives=204),
    "habits:pause-all": people(),
    "habits:end-rest": owner("rest", post={}, gives=302),
    "habits:move": owner("habit", post={"by": "1"}, gives=302),
    "habits:add-own": people(),
    "habits:own-sentence": people(),
    "habits:adapt": people("catalogue habit"),
    "habits:add": people("catalogue habit"),
    "habits:sentence": people("catalogue habit"),
    "habits:import": people(),
    "habits:confirm-import": people(post={}, gives=302),
    "habits:forget-import": people(post={}, gives=302),
    "habits:import-dates": people(post={}, gives=302),
    # ── Insights ──
    "analytics:insights": people(),
    "analytics:habit": owner("habit"),
    # ── Notifications ──
    "notifications:inbox": people(),
    "notifications:bell": people(),
    "notifications:read-all": people(post={}, gives=302),
    "notifications:clear": people(post={}, gives=302),
    "notifications:settings": people(),
    "notifications:consents": people(post={}, gives=302),
    "notifications:renew-consents": people(post={}, gives=302),
    "notifications:devices": people(),
    "notifications:leave-device": people(post={}, gives=422),
    "notifications:remove-device": owner("push device", post={}, gives=302),
    "notifications:tell": owner("delivery"),
    "notifications:shown": owner("delivery", post={}, gives=204),
    "notifications:clicked": owner("delivery", post={}, gives=204),
    # The signature identifies the owner.
    "notifications:opt-out": everybody(gives=404, signed="nobody:signed"),
    "notifications:opt-in-again": everybody(gives=404, post={}, signed="nobody:signed"),
    "notifications:open": owner("notification", gives=302),
    "notifications:clear-one": owner("notification", post={}, gives=302),
}

# Table → role → permissions: v(iew), a(dd), c(hange), d(elete). Other roles do not see the table.
STAFF_TABLES = {
    "accounts_user": {"support": "vc", "superuser": "vc"},
    "account_emailaddress": {"support": "v", "superuser": "v"},
    "notifications_announcement": {"content": "vacd", "superuser": "vacd"},
    "notifications_notificationdelivery": {"support": "v", "superuser": "v"},
    "notifications_notificationtally": {"support": "v", "superuser": "v"},
    "billing_subscriptionplan": {"billing": "vac", "superuser": "vacd"},
    "billing_usersubscription": {"billing": "v", "support": "v", "superuser": "v"},
    "billing_paymenttransaction": {"billing": "v", "support": "v", "superuser": "v"},
    "billing_gatewayevent": {"billing": "v", "superuser": "v"},
    "billing_billingalert": {"billing": "v", "superuser": "v"},
    "gamification_achievement": {"content": "vac", "superuser": "vacd"},
    "habits_habitcategory": {"content": "vacd", "superuser": "vacd"},
    "habits_habit": {"content": "vacd", "superuser": "vacd"},
    "coaching_aiprompttemplate": {"content": "vac", "superuser": "vacd"},
    "coaching_coachingjob": {"support": "v", "superuser": "v"},
    "coaching_coachingspend": {"content": "v", "superuser": "v"},
    # The one row exists in the test, so none can be added.
    "coaching_coachingcontrols": {"content": "vc", "superuser": "vc"},
    "auth_group": {"superuser": "vacd"},
}

# The permissions that open each page of a table; one of them is enough.
STAFF_PAGES = {"changelist": "vc", "add": "a", "history": "vc", "delete": "d", "change": "vc"}

# The status of the other staff pages for staff. All others are sent to sign in, except for the first two.
STAFF_ROUTES = {
    "admin:login": 302,
    "admin:logout": 405,  # requires POST
    "admin:index": 200,
    "admin:password_change": 302,
    "admin:password_change_done": 200,
    "admin:jsi18n": 200,
    "admin:autocomplete": 403,
    "admin:view_on_site": 404,
    "admin:accounts_user_search": 405,  # requires POST
    # These require POST.
    "admin:find": 405,
    "admin:habits_habit_move": 405,
    "admin:habits_habit_preview": 405,
    "admin:habits_habitcategory_move": 405,
    "admin:habits_habitcategory_preview": 405,
    "admin:billing_find": 405,
    "admin:billing_release": 405,
    "admin:billing_refund": 405,
    # By role; 403 for the others.
    "admin:billing_revenue": {"billing": 200, "support": 200, "superuser": 200},
    "admin:app_list": None,  # staff with a table of the app
}
