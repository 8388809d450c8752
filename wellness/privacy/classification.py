"""What each column of each table holds about a person, how long it is kept, and what becomes of it when they leave.

This is the one place. The export, the erasure and `docs/privacy.md` follow from it; a test fails on a column that is
not here and on an entry without a column. Columns are listed by what they hold:

`none`       says nothing about a person by itself
`personal`   about a person
`sensitive`  about their health or state of mind (개인정보 보호법 §23)
`secret`     lets somebody in: hashes, tokens. Never exported.

`sealed` names those that identify a person directly or are what they wrote for themselves: these, and only these, are
encrypted in the database.
"""

import enum
from dataclasses import dataclass, field
from functools import cache

from django.apps import apps
from django.db import models


class Leaving(enum.StrEnum):
    """What becomes of a person's rows when they leave."""

    DELETED = "deleted"
    # The rows stay; the columns in `emptied` do not.
    KEPT = "kept"
    # Nobody's rows.
    UNTOUCHED = "untouched"


@dataclass(frozen=True)
class Table:
    what: str
    kept: str
    # The lookup from a row to the id of its person; empty for tables that are nobody's.
    owner: str = ""
    leaving: Leaving = Leaving.UNTOUCHED
    none: str = ""
    personal: str = ""
    sensitive: str = ""
    secret: str = ""
    sealed: str = ""
    # Of rows that are kept: what is emptied all the same, and why the rest may stay.
    emptied: str = ""
    because: str = ""
    # Why the person's rows are not in their export.
    withheld: str = ""
    # Tables made from others show no rows of their own.
    derived: bool = field(default=False)

    @property
    def columns(self) -> dict[str, str]:
        kinds = {"none": self.none, "personal": self.personal, "sensitive": self.sensitive, "secret": self.secret}
        return {column: kind for kind, columns in kinds.items() for column in columns.split()}

    @property
    def exported(self) -> list[str]:
        """The columns in the person's export, in the order of the classification."""
        if not self.owner or self.withheld or self.derived:
            return []
        return [column for column, kind in self.columns.items() if kind != "secret"]


GONE = Leaving.DELETED
KEPT = Leaving.KEPT
WITH_ACCOUNT = "계정이 있는 동안"
AS_CATALOGUE = "쓰는 동안"

TABLES: dict[str, Table] = {
    # ── The account ─────────────────────────────────────────────────────────
    "users": Table(
        what="계정",
        kept="탈퇴하고 30일 뒤에 아래 칸을 비움",
        owner="pk",
        leaving=KEPT,
        none="id is_active is_verified is_staff is_superuser language day_start week_start created_at updated_at"
        " updated_by next_coaching_at sessions_epoch deletion_requested_at anonymised_at health_withdrawn_at agreed_to_terms"
        " agreed_to_privacy agreed_to_marketing",
        personal="email name birth_year gender timezone avatar_url bio notification_settings"
        " privacy_settings last_login_at",
        secret="password_hash email_index",  # noqa: S106 - names of columns
        sealed="email email_index name bio",
        emptied="email email_index name birth_year gender timezone avatar_url bio notification_settings"
        " privacy_settings last_login_at password_hash is_staff is_superuser agreed_to_marketing next_coaching_at"
        " health_withdrawn_at",
        because="이름 없는 번호만 남아, 법이 남기라는 결제 기록과 통계가 가리킬 곳이 돼요",
    ),
    "users_groups": Table(
        what="직원의 역할", kept=WITH_ACCOUNT, owner="user", leaving=GONE, none="id user_id group_id"
    ),
    "users_user_permissions": Table(
        what="직원의 권한", kept=WITH_ACCOUNT, owner="user", leaving=GONE, none="id user_id permission_id"
    ),
    "user_social_accounts": Table(
        what="이어진 소셜 계정",
        kept=WITH_ACCOUNT,
        owner="user",
        leaving=GONE,
        none="id user_id provider created_at updated_at expires_at",
        personal="provider_user_id",
        secret="access_token refresh_token",  # noqa: S106
        sealed="access_token refresh_token",
    ),
    "social_revocations": Table(
        what="소셜 계정에 알릴 것",
        kept="알릴 때까지, 길어야 사흘",
        none="id provider expires_at attempts due_at created_at",
        secret="access_token refresh_token",  # noqa: S106
        sealed="access_token refresh_token",
    ),
    "user_sessions": Table(
        what="로그인한 기기",
        kept="만료될 때까지",
        owner="user",
        leaving=GONE,
        none="id user_id expires_at created_at last_used_at rotated_at",
        personal="device_info ip_address user_agent",
        secret="refresh_token_hash previous_token_hash",  # noqa: S106
    ),
    "user_consents": Table(
        what="동의한 것과 그때",
        kept="탈퇴하고 3년",
        owner="user",
        leaving=KEPT,
        none="id user_id",
        personal="item granted version channel occurred_at",
        because="동의를 받았다는 증거: 전자상거래법 시행령 §6, 소비자 불만과 분쟁의 기록 3년",
    ),
    "account_emailaddress": Table(
        what="로그인하는 메일 주소",
        kept=WITH_ACCOUNT,
        owner="user",
        leaving=GONE,
        none="id user_id",
        personal="email verified primary",
        sealed="email",
    ),
    "account_emailconfirmation": Table(
        what="메일 확인 열쇠",
        kept="확인할 때까지",
        owner="email_address__user",
        leaving=GONE,
        none="id email_address_id created sent",
        secret="key",  # noqa: S106
    ),
    "socialaccount_socialaccount": Table(
        what="소셜 로그인",
        kept=WITH_ACCOUNT,
        owner="user",
        leaving=GONE,
        none="id user_id provider last_login date_joined",
        personal="uid extra_data",
        sealed="uid extra_data",
    ),
    "socialaccount_socialtoken": Table(
        what="소셜 로그인 토큰",
        kept=WITH_ACCOUNT,
        owner="account__user",
        leaving=GONE,
        none="id app_id account_id expires_at",
        secret="token token_secret",  # noqa: S106
        sealed="token token_secret",
    ),
    "mfa_authenticator": Table(
        what="두 단계 확인",
        kept=WITH_ACCOUNT,
        owner="user",
        leaving=GONE,
        none="id user_id type created_at last_used_at",
        secret="data",  # noqa: S106
        sealed="data",
    ),
    # ── Habits ──────────────────────────────────────────────────────────────
    "habits": Table(
        what="습관 템플릿, 그리고 직접 만든 습관",
        kept=f"직접 만든 것은 {WITH_ACCOUNT}",
        owner="owner",
        leaving=GONE,
        none="id category_id difficulty_level estimated_time_minutes default_frequency default_target_count icon color"
        " is_featured is_active sort_order created_at updated_at default_schedule default_direction"
        " default_part_of_day translations owner_id",
        personal="name description instructions tips default_unit",
    ),
    "user_habits": Table(
        what="하는 습관",
        kept=WITH_ACCOUNT,
        owner="user",
        leaving=GONE,
        none="id user_id habit_id sort_order created_at updated_at next_reminder_at",
        personal="target_frequency target_count reminder_times reminder_days custom_name status current_streak best_streak"
        " total_completions started_at paused_at completed_at schedule unit direction part_of_day anchor group_name"
        " started_on rules streak_state streak_through counted_on counted origin",
        sensitive="notes",
        sealed="notes",
    ),
    "habit_logs": Table(
        what="체크한 기록",
        kept=WITH_ACCOUNT,
        owner="user_habit__user",
        leaving=GONE,
        none="id user_habit_id created_at",
        personal="completed_count target_count completed_at location weather image_urls streak_count local_date"
        " local_hour",
        sensitive="mood_score energy_level notes",
        sealed="notes",
    ),
    "habit_log_edits": Table(
        what="체크를 나중에 적거나 고치거나 지운 기록. 메모는 있었는지만 남겨요",
        kept=WITH_ACCOUNT,
        owner="user",
        leaving=GONE,
        none="id user_habit_id user_id log_id created_at",
        personal="local_date kind",
        sensitive="before after",
    ),
    "habit_rests": Table(
        what="쉰 날",
        kept=WITH_ACCOUNT,
        owner="user",
        leaving=GONE,
        none="id user_id user_habit_id created_at",
        personal="kind starts_on ends_on",
    ),
    "habit_imports": Table(
        what="다른 앱에서 가져오는 중인 파일",
        kept="하루, 옮긴 뒤의 결과는 7일",
        owner="user",
        leaving=GONE,
        none="id user_id state source reason total attempts lease_ends_at created_at finished_at expires_at",
        personal="preview problems choices result",
        secret="storage_path",  # noqa: S106
    ),
    "user_stats_summary": Table(
        what="사람마다 모은 수",
        kept="하루 한 번 새로 만듦",
        owner="pk",
        none="id",
        personal="name total_habits avg_streak total_completions",
        sealed="name",
        derived=True,
    ),
    "user_achievements": Table(
        what="받은 배지",
        kept=WITH_ACCOUNT,
        owner="user",
        leaving=GONE,
        none="id user_id achievement_id",
        personal="context points_earned earned_at",
    ),
    "user_progress": Table(
        what="배지까지의 진도",
        kept=WITH_ACCOUNT,
        owner="user",
        leaving=GONE,
        none="user_id",
        personal="counters points",
    ),
    # ── What we send ────────────────────────────────────────────────────────
    "coaching_messages": Table(
        what="코치의 편지",
        kept=WITH_ACCOUNT,
        owner="user",
        leaving=GONE,
        none="id user_id message_type tone personalization_score ai_model prompt_version scheduled_for sent_at"
        " created_at",
        personal="read_at user_reaction",
        sensitive="content context user_feedback",
        sealed="user_feedback",
    ),
    "notifications": Table(
        what="알림",
        kept=WITH_ACCOUNT,
        owner="user",
        leaving=GONE,
        none="id user_id notification_type target_platform scheduled_for sent_at delivered_at delivery_status"
        " failure_reason created_at effect_key once marketing essential expires_at dispatched_at bundled_into_id"
        " announcement_id",
        personal="title body data read_at clicked_at cleared_at",
    ),
    "notification_deliveries": Table(
        what="알림을 보낸 기록",
        kept=WITH_ACCOUNT,
        owner="notification__user",
        leaving=GONE,
        none="id notification_id channel device_id state attempts due_at sent_at delivered_at failure_reason created_at",
    ),
    "notification_devices": Table(
        what="알림을 받는 기기",
        kept=WITH_ACCOUNT,
        owner="user",
        leaving=GONE,
        none="id user_id platform is_active last_used_at created_at updated_at",
        personal="app_version device_model os_version",
        secret="device_token address",  # noqa: S106
        sealed="address",
    ),
    "uploaded_files": Table(
        what="사진",
        kept=WITH_ACCOUNT,
        owner="user",
        leaving=GONE,
        none="id user_id stored_filename file_size mime_type storage_provider storage_path url thumbnail_url"
        " upload_context related_entity_id is_processed is_deleted created_at stored_at lease_ends_at attempts",
        personal="original_filename",
    ),
    # ── Money ───────────────────────────────────────────────────────────────
    "user_subscriptions": Table(
        what="구독",
        kept="탈퇴하고 5년",
        owner="user",
        leaving=KEPT,
        none="id user_id plan_id created_at updated_at updated_by",
        personal="status amount currency started_at current_period_start current_period_end canceled_at"
        " payment_gateway external_subscription_id",
        emptied="external_subscription_id",
        because="전자상거래법 시행령 §6: 계약과 청약철회의 기록 5년",
    ),
    "payment_transactions": Table(
        what="결제",
        kept="결제하고 5년",
        owner="user",
        leaving=KEPT,
        none="id user_id subscription_id created_at updated_at",
        personal="transaction_type status amount currency payment_gateway gateway_transaction_id payment_method"
        " gateway_response failure_reason",
        emptied="gateway_response failure_reason",
        because="전자상거래법 시행령 §6: 대금 결제와 재화 공급의 기록 5년",
    ),
    # ── Numbers ─────────────────────────────────────────────────────────────
    "user_analytics": Table(
        what="하루마다 모은 수",
        kept="끝없이, 탈퇴하면 누구의 것인지 모르게",
        owner="user",
        leaving=KEPT,
        none="id user_id date created_at",
        personal="total_habits completed_habits completion_rate app_opens session_duration_minutes"
        " ai_messages_received active_streaks longest_streak",
        sensitive="avg_mood_score avg_energy_level",
        emptied="avg_mood_score avg_energy_level",
        because="이름 없는 번호에 달린 하루의 수예요. 기분과 기운은 비워요",
    ),
    "app_events": Table(
        what="앱에서 한 일",
        kept="1년",
        owner="user",
        leaving=GONE,
        none="id user_id created_at",
        personal="event_type event_data session_id screen_name user_agent ip_address occurred_at",
    ),
    # ── The service's own records ───────────────────────────────────────────
    "data_exports": Table(
        what="내보내기",
        kept="7일",
        owner="user",
        leaving=GONE,
        none="id user_id kind state done total attempts lease_ends_at file_size created_at finished_at expires_at",
        secret="storage_path",  # noqa: S106
    ),
    "deletion_ledger": Table(
        what="떠난 사람의 번호",
        kept="마지막 백업보다 오래",
        owner="user_id",
        leaving=KEPT,
        none="id user_id step occurred_at written_at",
        because="백업을 되살린 뒤에 다시 지우려면 누구를 지웠는지 알아야 해요. 번호와 때뿐이에요",
    ),
    "audit_logs": Table(
        what="누가 무엇을 바꿨나",
        kept="2년",
        owner="user_id",
        leaving=KEPT,
        none="id table_name record_id action old_values new_values user_id occurred_at",
        personal="ip_address",
        emptied="ip_address",
        because="개인정보의 안전성 확보조치 기준 §8: 접속 기록 2년. 개인정보 값은 처음부터 담지 않아요",
        withheld="다른 사람의 기록에 한 일도 담겨 있어요",
    ),
    "django_admin_log": Table(
        what="직원이 관리 화면에서 한 일",
        kept="2년",
        owner="user",
        leaving=KEPT,
        none="id action_time user_id content_type_id object_id object_repr action_flag change_message",
        because="개인정보의 안전성 확보조치 기준 §8: 접속 기록 2년. 번호와 칸 이름뿐이에요",
        withheld="다른 사람의 기록에 한 일도 담겨 있어요",
    ),
    # ── Nobody's ────────────────────────────────────────────────────────────
    "habit_categories": Table(
        what="분류",
        kept=AS_CATALOGUE,
        none="id name name_en description icon color sort_order is_active created_at translations",
    ),
    "achievements": Table(
        what="배지",
        kept=AS_CATALOGUE,
        none="id name description icon color rarity criteria points is_active sort_order created_at seal translations",
    ),
    "subscription_plans": Table(
        what="요금제",
        kept=AS_CATALOGUE,
        none="id name description price currency billing_cycle features limits is_active sort_order created_at"
        " updated_at translations",
    ),
    "ai_prompt_templates": Table(
        what="프롬프트 템플릿",
        kept=AS_CATALOGUE,
        none="id name message_type template variables version is_active usage_count created_at tone rule_template"
        " translations",
    ),
    "announcements": Table(
        what="모두에게 알리는 글",
        kept=AS_CATALOGUE,
        none="id title body title_en body_en url is_marketing target_platform plan language inactive_days scheduled_for"
        " state written last_user created_at updated_at",
    ),
    "notification_tallies": Table(what="보내지 않은 알림의 수", kept="끝없이", none="id counted_on reason count"),
    "check_in_keys": Table(what="체크한 열쇠", kept="16일", none="id made_at"),
    "auth_group": Table(what="역할", kept=AS_CATALOGUE, none="id name"),
    "auth_group_permissions": Table(what="역할의 권한", kept=AS_CATALOGUE, none="id group_id permission_id"),
    "auth_permission": Table(what="권한", kept=AS_CATALOGUE, none="id name content_type_id codename"),
    "django_content_type": Table(what="표의 이름", kept=AS_CATALOGUE, none="id app_label model"),
    "socialaccount_socialapp": Table(
        what="소셜 로그인 설정",
        kept=AS_CATALOGUE,
        none="id provider provider_id name client_id settings",
        secret="secret key",  # noqa: S106
    ),
}


@cache
def models_by_table() -> dict[str, type[models.Model]]:
    """Every model there is, the libraries' and the hidden ones between two included."""
    return {model._meta.db_table: model for model in apps.get_models(include_auto_created=True)}


def rows_of(table: str, user_id: object) -> models.QuerySet:
    """A person's rows of `table`."""
    return models_by_table()[table]._default_manager.filter(**{TABLES[table].owner: user_id})
