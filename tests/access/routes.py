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
    "coaching:now": people(post={}, gives=302),
    "coaching:ask": people(),
    "coaching:settings": people(),
    "coaching:memory": people(),
    "coaching:forget": people(post={}, gives=302),
    "coaching:message": owner("coach message"),
    "coaching:react": owner("coach message", post={"reaction": "like"}, gives=302),
    "coaching:less": owner("coach message", post={}, gives=302),
    "coaching:mute-habit": owner("coach message", post={}, gives=302),
    "coaching:delete": owner("coach message", post={}, gives=302),
    "coaching:react-answer": owner("coach question", post={"reaction": "like"}, gives=302),
    "coaching:delete-answer": owner("coach question", post={}, gives=302),
    "metrics": everybody(),
    # In development only.
    "mailbox": everybody(),
    "styleguide": everybody(),
    "error": everybody(name="500"),
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
    # ── Circles ──
    "circles:circles": people(others=200, gives=302),
    "circles:found": people(),
    "circles:blocked": people(),
    "circles:circle": owner("circle"),
    "circles:names": owner("circle"),
    "circles:habits": owner("circle"),
    "circles:private": owner("circle and habit", post={}, gives=302),
    "circles:invitation": owner("circle", post={}, gives=302),
    "circles:leave": owner("circle"),
    "circles:cheer": owner("circle and what a friend shares", post={"sign": "sun"}, gives=302),
    "circles:together": owner("circle and what is shared", post={}, gives=302),
    "circles:block": owner("circle and friend"),
    "circles:board": owner("circle", post={}, gives=302),
    "circles:join": people(gives=410, token="unknown"),
    "circles:challenges": people(),
    "circles:challenge": people("challenge", post={}, gives=302),
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
    "billing:plans": everybody(),
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
    "habits:past-day": people(day=TODAY - dt.timedelta(days=3)),
    "habits:habit": owner("habit"),
    "habits:check-in": owner("habit", post=CHECK_IN, gives=302),
    "habits:undo": owner("habit", post={}, gives=302),
    "habits:reminders": owner("habit"),
    "habits:describe": owner("log", post={"mood": 8}, gives=302),
    "habits:status": owner("habit", post={}, gives=302, status="paused"),
    "habits:settings": owner("habit"),
    "habits:edit": owner("habit"),
    "habits:edit-sentence": owner("habit"),
    "habits:remove": owner("habit"),
    "habits:total": owner("habit"),
    "habits:pause": owner("habit"),
    "habits:goal": owner("habit"),
    "habits:goal-all": people(),
    "habits:day": owner("habit", day=TODAY - dt.timedelta(days=3)),
    "habits:add-log": owner("habit", post=NOTED, gives=302, day=TODAY - dt.timedelta(days=3)),
    "habits:skip": owner("habit", post={}, gives=302, day=TODAY - dt.timedelta(days=3)),
    "habits:log": owner("log"),
    "habits:photos": owner("log", post={}, gives=302),
    "habits:remove-photo": owner("photo of the log", post={}, gives=302),
    "habits:remove-log": owner("log", post={}, gives=302),
    "habits:start": people(),
    "habits:start-habits": people(),
    "habits:start-time": people(),
    "habits:catalogue": people(),
    "habits:mine": people(),
    "habits:notes": people(),
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
    "analytics:week": people(),
    "analytics:share-week": people(post={}, gives=302),
    "analytics:try": owner("habit"),
    "analytics:experiment": owner("experiment"),
    "analytics:stop-experiment": owner("experiment", post={}, gives=302),
    "analytics:delete-experiment": owner("experiment", post={}, gives=302),
    # ── Notifications ──
    "notifications:inbox": people(),
    "notifications:bell": people(),
    "notifications:read-all": people(post={}, gives=302),
    "notifications:clear": people(post={}, gives=302),
    "notifications:settings": people(),
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
    "accounts_usersession": {"support": "v", "superuser": "v"},
    "accounts_usersocialaccount": {"support": "v", "superuser": "v"},
    "habits_userhabit": {"support": "v", "superuser": "v"},
    "habits_habitlog": {"support": "v", "superuser": "v"},
    "habits_habitimport": {"support": "v", "operator": "v", "superuser": "v"},
    "gamification_userachievement": {"support": "v", "superuser": "v"},
    "coaching_coachingmessage": {"support": "v", "superuser": "v"},
    "notifications_notification": {"support": "v", "operator": "v", "superuser": "v"},
    "notifications_notificationdevice": {"support": "v", "operator": "v", "superuser": "v"},
    "analytics_useranalytics": {"support": "v", "superuser": "v"},
    "analytics_appevent": {"support": "v", "operator": "v", "superuser": "v"},
    "files_uploadedfile": {"support": "v", "operator": "v", "superuser": "v"},
    "notifications_announcement": {"curator": "vacd", "superuser": "vacd"},
    "notifications_notificationdelivery": {"support": "v", "operator": "v", "superuser": "v"},
    "notifications_notificationtally": {"support": "v", "operator": "v", "superuser": "v"},
    "billing_subscriptionplan": {"finance": "vac", "superuser": "vacd"},
    "billing_usersubscription": {"finance": "v", "support": "v", "superuser": "v"},
    "billing_paymenttransaction": {"finance": "v", "support": "v", "superuser": "v"},
    "billing_gatewayevent": {"finance": "v", "operator": "v", "superuser": "v"},
    "billing_billingalert": {"finance": "v", "operator": "v", "superuser": "v"},
    "gamification_achievement": {"curator": "vac", "superuser": "vacd"},
    "circles_challenge": {"curator": "vac", "superuser": "vacd"},
    "habits_habitcategory": {"curator": "vacd", "superuser": "vacd"},
    "habits_habit": {"curator": "vacd", "superuser": "vacd"},
    "coaching_aiprompttemplate": {"curator": "vac", "superuser": "vacd"},
    "coaching_coachingjob": {"support": "v", "operator": "v", "superuser": "v"},
    "coaching_coachingspend": {"curator": "v", "operator": "v", "finance": "v", "superuser": "v"},
    # The one row exists in the test, so none can be added.
    "coaching_coachingcontrols": {"operator": "vc", "curator": "v", "superuser": "vc"},
    "analytics_metricvalue": dict.fromkeys(["curator", "finance", "auditor", "superuser"], "v"),
    "staff_changerequest": dict.fromkeys(["curator", "support", "finance", "operator", "auditor", "superuser"], "v"),
    "staff_accessreview": {"auditor": "v", "superuser": "v"},
    "audit_auditlog": {"auditor": "v", "superuser": "v"},
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
    "admin:find": 405,
    "admin:here": 405,
    "admin:again": 302,  # nothing is kept
    "admin:app_list": 302,  # home
}

# Each act of the staff pages: who may do it (superusers may all). URLs by their name, acts of lists and buttons of forms by
# table and name. "!" marks an act that asks for the second factor again and for a reason; "get" one that is opened by GET, "both"
# one that is opened and posted.
STAFF_ACTS = {
    "habits_habit_move": "curator",
    "habits_habit_preview": "curator",
    "habits_habit:show": "curator",
    "habits_habit:retire": "curator",
    "habits_habit:feature": "curator",
    "habits_habit:unfeature": "curator",
    "habits_habit:chosen_export": "curator",
    "habits_habitcategory_move": "curator",
    "habits_habitcategory_preview": "curator",
    "habits_habitcategory:show": "curator",
    "habits_habitcategory:retire": "curator",
    "habits_habitcategory:chosen_export": "curator",
    "gamification_achievement:retire": "curator",
    "gamification_achievement:chosen_export": "curator",
    "coaching_aiprompttemplate:_evaluate": "curator",
    "coaching_aiprompttemplate:_ask": "curator",
    "coaching_aiprompttemplate:_succeed": "curator",
    "coaching_aiprompttemplate:_on": "curator !",
    "coaching_aiprompttemplate:_off": "curator !",
    "coaching_aiprompttemplate:_back": "curator !",
    "coaching_aiprompttemplate:chosen_export": "curator",
    "notifications_announcement:_schedule": "curator !",
    "notifications_announcement:_stop": "curator",
    "notifications_announcement_preview": "curator",
    "circles_challenge_preview": "curator",
    "habits_habit:_draft": "curator",
    "habits_habit_revision": "curator",
    "habits_habitcategory:_draft": "curator",
    "habits_habitcategory_revision": "curator",
    "gamification_achievement:_draft": "curator",
    "gamification_achievement_revision": "curator",
    "coaching_aiprompttemplate:_draft": "curator",
    "coaching_aiprompttemplate_revision": "curator",
    "billing_subscriptionplan:_draft": "finance !",
    "billing_subscriptionplan_revision": "finance !",
    "habits_habit_export": "curator auditor get",
    "habits_habit_import": "curator both",
    "habits_habitcategory_export": "curator auditor get",
    "habits_habitcategory_import": "curator both",
    "gamification_achievement_export": "curator auditor get",
    "gamification_achievement_import": "curator both",
    "coaching_aiprompttemplate_export": "curator auditor get",
    "coaching_aiprompttemplate_import": "curator both",
    "billing_subscriptionplan_export": "finance auditor get",
    "billing_subscriptionplan_import": "finance ! both",
    "billing_subscriptionplan:show": "finance !",
    "billing_subscriptionplan:retire": "finance !",
    "billing_subscriptionplan:chosen_export": "finance",
    "accounts_user_search": "support",
    "accounts_user_reveal": "support !",
    "accounts_user_resend": "support",
    "accounts_user_end_sessions": "support !",
    "accounts_user_extend": "support finance !",
    "accounts_user_export": "support !",
    "accounts_user_leave": "support !",
    "notifications_notificationdelivery:resend": "support operator",
    "coaching_coachingjob:try_again": "support operator",
    "billing_find": "support finance",
    "billing_release": "finance operator !",
    "billing_refund": "support finance !",
    "billing_revenue": "finance auditor get",
    "analytics_csv": "curator finance auditor get",
    "billing_billingalert:resolve": "finance operator",
    "staff_changerequest_approve": "curator support finance operator !",
    "staff_changerequest_refuse": "curator support finance operator",
    "operations": "operator auditor get",
    "operations_resend": "operator !",
    "operations_purge": "operator ! both",
    "claim_work": "curator support finance operator auditor",
    "staff_accessreview_draw": "auditor",
    "staff_accessreview_sign": "auditor !",
}
