"""What each column holds about a person, how long it is kept, and how it is erased.

The export, the erasure and `docs/privacy.md` are made from this; a test fails on a column that is missing here and on an
entry without a column. Columns are listed by what they hold:

`none`       says nothing about a person by itself
`personal`   about a person
`sensitive`  about their health or state of mind (개인정보 보호법 §23)
`secret`     gives access: hashes, tokens. Never exported.

`sealed` names those that identify a person directly or that a person wrote privately: these, and only these, are
encrypted in the database.
"""

import enum
from dataclasses import dataclass, field
from functools import cache

from django.apps import apps
from django.db import models

from core import retention_periods as periods


class OnErasure(enum.StrEnum):
    """What an erasure does to the person's rows."""

    DELETED = "deleted"
    # The rows stay; the columns in `emptied` do not.
    KEPT = "kept"
    # They belong to no person.
    UNTOUCHED = "untouched"


@dataclass(frozen=True)
class TableClassification:
    what: str
    kept: str
    # The lookup from a row to the id of its person; empty for tables without persons.
    owner: str = ""
    on_erasure: OnErasure = OnErasure.UNTOUCHED
    none: str = ""
    personal: str = ""
    sensitive: str = ""
    secret: str = ""
    sealed: str = ""
    # Texts and documents about a person that are not sealed, because they hold codes, numbers, times and facts of devices
    # and payments, and no words that the person wrote.
    plain: str = ""
    # Of rows that are kept: the columns that are emptied, and why the others may be kept.
    emptied: str = ""
    because: str = ""
    # The condition (SQL) of rows whose `emptied` columns stay as they are, for the same reason.
    not_emptied: str = ""
    # Columns in which the id of an erased person may stay: `because`, or for this reason.
    named: str = ""
    named_because: str = ""
    # Why the person's rows are not in their export.
    withheld: str = ""
    # Calculated from other tables: neither exported nor erased by itself.
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


DELETED = OnErasure.DELETED
KEPT = OnErasure.KEPT
WITH_ACCOUNT = "계정이 있는 동안"
AS_CATALOGUE = "쓰는 동안"

TABLES: dict[str, TableClassification] = {
    # ── The account ─────────────────────────────────────────────────────────
    "users": TableClassification(
        what="계정",
        kept=f"탈퇴하고 {periods.DELETION_GRACE} 뒤에 아래 칸을 비움. 메일 주소를 확인하지 않은 것은 {periods.UNPROVEN_ACCOUNTS} 뒤에,"
        f" 다시 물은 동의에 답하지 않은 것은 {periods.UNANSWERED_CONSENTS} 뒤에 모두 지움",
        owner="pk",
        on_erasure=KEPT,
        none="id is_active is_verified is_staff is_superuser language day_start week_start created_at updated_at"
        " updated_by next_coaching_at sessions_epoch deletion_requested_at anonymised_at health_withdrawn_at agreed_to_terms"
        " agreed_to_privacy agreed_to_marketing",
        personal="email name birth_year gender timezone avatar_url bio notification_settings"
        " privacy_settings last_login_at",
        secret="password_hash email_index",  # noqa: S106 - names of columns
        sealed="email email_index name bio",
        plain="gender timezone avatar_url notification_settings privacy_settings",
        emptied="email email_index name birth_year gender timezone avatar_url bio notification_settings"
        " privacy_settings last_login_at password_hash is_staff is_superuser agreed_to_marketing next_coaching_at"
        " health_withdrawn_at",
        named="id updated_by",
        because="이름 없는 번호만 남아, 법이 남기라는 결제 기록과 통계가 가리킬 곳이 돼요",
    ),
    "users_groups": TableClassification(
        what="직원의 역할", kept=WITH_ACCOUNT, owner="user", on_erasure=DELETED, none="id user_id group_id"
    ),
    "users_user_permissions": TableClassification(
        what="직원의 권한", kept=WITH_ACCOUNT, owner="user", on_erasure=DELETED, none="id user_id permission_id"
    ),
    "user_social_accounts": TableClassification(
        what="이어진 소셜 계정",
        kept=WITH_ACCOUNT,
        owner="user",
        on_erasure=DELETED,
        none="id user_id provider created_at updated_at expires_at",
        personal="provider_user_id",
        secret="access_token refresh_token",  # noqa: S106
        sealed="access_token refresh_token",
        plain="provider_user_id",
    ),
    "social_revocations": TableClassification(
        what="소셜 계정에 알릴 것",
        kept=f"알릴 때까지, 길어야 {periods.SOCIAL_REVOCATIONS}",
        none="id provider expires_at attempts due_at created_at",
        secret="access_token refresh_token",  # noqa: S106
        sealed="access_token refresh_token",
    ),
    "user_sessions": TableClassification(
        what="로그인한 기기",
        kept="만료될 때까지",
        owner="user",
        on_erasure=DELETED,
        none="id user_id expires_at created_at last_used_at rotated_at",
        personal="device_info ip_address user_agent",
        plain="device_info user_agent",
        secret="refresh_token_hash previous_token_hash",  # noqa: S106
    ),
    "user_consents": TableClassification(
        what="동의한 내용과 그때",
        kept=f"탈퇴하고 {periods.CONSENTS}",
        owner="user",
        on_erasure=KEPT,
        none="id user_id",
        personal="item granted version channel occurred_at",
        plain="version channel",
        named="user_id",
        because="동의를 받았다는 증거: 전자상거래법 시행령 §6, 소비자 불만과 분쟁의 기록 3년",
    ),
    "account_emailaddress": TableClassification(
        what="로그인하는 메일 주소",
        kept=f"{WITH_ACCOUNT}. 바꾸려다 확인하지 않은 주소는 {periods.UNPROVEN_ADDRESSES}",
        owner="user",
        on_erasure=DELETED,
        none="id user_id",
        personal="email verified primary",
        sealed="email",
    ),
    "account_emailconfirmation": TableClassification(
        what="메일 확인 열쇠",
        kept="확인할 때까지",
        owner="email_address__user",
        on_erasure=DELETED,
        none="id email_address_id created sent",
        secret="key",  # noqa: S106
    ),
    "socialaccount_socialaccount": TableClassification(
        what="소셜 로그인",
        kept=WITH_ACCOUNT,
        owner="user",
        on_erasure=DELETED,
        none="id user_id provider last_login date_joined",
        personal="uid extra_data",
        sealed="uid extra_data",
    ),
    "socialaccount_socialtoken": TableClassification(
        what="소셜 로그인 토큰",
        kept=WITH_ACCOUNT,
        owner="account__user",
        on_erasure=DELETED,
        none="id app_id account_id expires_at",
        secret="token token_secret",  # noqa: S106
        sealed="token token_secret",
    ),
    "mfa_authenticator": TableClassification(
        what="2단계 인증",
        kept=WITH_ACCOUNT,
        owner="user",
        on_erasure=DELETED,
        none="id user_id type created_at last_used_at",
        secret="data",  # noqa: S106
        sealed="data",
    ),
    # ── Habits ──────────────────────────────────────────────────────────────
    "habits": TableClassification(
        what="습관 템플릿, 그리고 직접 만든 습관",
        kept=f"직접 만든 것은 {WITH_ACCOUNT}",
        owner="owner",
        on_erasure=DELETED,
        none="id category_id difficulty_level estimated_time_minutes default_frequency default_target_count icon color"
        " is_featured is_active sort_order created_at updated_at default_schedule default_direction"
        " default_part_of_day translations owner_id",
        personal="name description instructions tips default_unit own_name",
        sensitive="own_description",
        sealed="own_name own_description",
        # The catalogue's texts; in an owner's row a CHECK keeps both empty.
        plain="name description instructions tips default_unit",
    ),
    "user_habits": TableClassification(
        what="하는 습관",
        kept=WITH_ACCOUNT,
        owner="user",
        on_erasure=DELETED,
        none="id user_id habit_id sort_order created_at updated_at next_reminder_at next_rollover_at closed_version"
        " custom_name",
        personal="target_frequency target_count reminder_times reminder_days own_name status current_streak best_streak"
        " total_completions started_at paused_at completed_at schedule unit direction part_of_day anchor group_name"
        " started_on rules streak_state streak_through month_states counted_on counted first_logged_on origin is_kept"
        " is_read_only",
        sensitive="notes",
        secret="origin_index",  # noqa: S106
        sealed="notes own_name anchor group_name origin origin_index",
        plain="reminder_times reminder_days schedule unit rules streak_state month_states",
    ),
    "habit_logs": TableClassification(
        what="체크한 기록",
        kept=WITH_ACCOUNT,
        owner="user_habit__user",
        on_erasure=DELETED,
        none="id user_habit_id created_at",
        personal="completed_count target_count completed_at location weather image_urls streak_count local_date"
        " local_hour",
        sensitive="mood_score energy_level notes",
        sealed="notes",
        plain="image_urls",
    ),
    "habit_log_edits": TableClassification(
        what="체크를 나중에 적거나 고치거나 지운 기록. 메모는 있었는지만 남겨요",
        kept=WITH_ACCOUNT,
        owner="user",
        on_erasure=DELETED,
        none="id user_habit_id user_id log_id created_at",
        personal="local_date kind",
        sensitive="before after",
        plain="before after",
    ),
    "habit_rests": TableClassification(
        what="쉰 날",
        kept=WITH_ACCOUNT,
        owner="user",
        on_erasure=DELETED,
        none="id user_id user_habit_id created_at",
        personal="kind starts_on ends_on",
    ),
    "month_goals": TableClassification(
        what="이달 목표",
        kept=WITH_ACCOUNT,
        owner="user",
        on_erasure=DELETED,
        none="id user_id user_habit_id created_at",
        personal="target",
    ),
    "habit_imports": TableClassification(
        what="다른 앱에서 가져오는 중인 파일",
        kept=f"{periods.IMPORT_UPLOADS}, 옮긴 뒤의 결과는 {periods.IMPORT_RESULTS}",
        owner="user",
        on_erasure=DELETED,
        none="id user_id state source reason total attempts lease_ends_at created_at finished_at expires_at",
        personal="preview problems choices result",
        plain="choices result",
        secret="storage_path file_key",  # noqa: S106
        sealed="preview problems file_key",
    ),
    "user_stats_summary": TableClassification(
        what="사람마다 모은 수",
        kept="하루 한 번 새로 만듦",
        owner="pk",
        none="id",
        personal="name total_habits avg_streak total_completions",
        sealed="name",
        derived=True,
    ),
    "user_achievements": TableClassification(
        what="받은 배지",
        kept=WITH_ACCOUNT,
        owner="user",
        on_erasure=DELETED,
        none="id user_id achievement_id",
        personal="context points_earned earned_at",
        plain="context",
    ),
    "user_progress": TableClassification(
        what="배지까지의 진도",
        kept=WITH_ACCOUNT,
        owner="user",
        on_erasure=DELETED,
        none="user_id",
        personal="counters points closed_through",
        plain="counters",
    ),
    "achievement_backfills": TableClassification(
        what="배지를 지난 기록에서 찾는 일",
        kept=AS_CATALOGUE,
        none="id achievement_id state after total seen granted attempts lease_ends_at created_at finished_at",
    ),
    "share_cards": TableClassification(
        what="배지나 한 주의 공유 카드",
        kept=f"{periods.SHARE_CARDS}, 또는 링크를 닫을 때까지",
        owner="user",
        on_erasure=DELETED,
        none="id user_id earned_id",
        personal="with_name with_day week_ends_on week_days created_at expires_at",
        secret="token",  # noqa: S106
        plain="week_days",
    ),
    "progress_days": TableClassification(
        what="날마다 배지에 센 것",
        kept=WITH_ACCOUNT,
        owner="user",
        on_erasure=DELETED,
        none="id user_id",
        personal="day counters",
        plain="counters",
    ),
    # ── Circles ─────────────────────────────────────────────────────────────
    "circles": TableClassification(what="모임", kept="마지막 사람이 나갈 때까지", none="id created_at"),
    "circle_members": TableClassification(
        what="들어간 모임과 거기서 쓰는 이름",
        kept="모임에 있는 동안",
        owner="user",
        on_erasure=DELETED,
        none="id circle_id user_id seat",
        personal="nickname circle_name joined_at board_agreed_at",
        sealed="nickname circle_name",
    ),
    "circle_invitations": TableClassification(
        what="모임 초대 링크",
        kept=f"{periods.CIRCLE_INVITATIONS}, 또는 링크를 닫을 때까지",
        owner="made_by__user",
        on_erasure=DELETED,
        none="id circle_id made_by_id",
        personal="uses_left created_at expires_at",
        secret="token",  # noqa: S106
    ),
    "shared_habits": TableClassification(
        what="모임에 보여 주는 습관",
        kept="보여 주는 동안",
        owner="member__user",
        on_erasure=DELETED,
        none="id member_id user_habit_id",
        personal="shared_on",
    ),
    "private_habits": TableClassification(
        what="아무에게도 보여 주지 않기로 한 습관",
        kept=WITH_ACCOUNT,
        owner="user_habit__user",
        on_erasure=DELETED,
        none="user_habit_id",
        personal="created_at",
    ),
    "circle_blocks": TableClassification(
        what="차단한 사람",
        kept="차단을 풀 때까지",
        owner="blocker",
        on_erasure=DELETED,
        none="id blocker_id blocked_id",
        personal="nickname created_at",
        sealed="nickname",
        withheld="다른 사람의 번호와 이름이 담겨 있어요. 화면에서 볼 수 있어요",
    ),
    "cheers": TableClassification(
        what="모임에서 보낸 응원",
        kept=f"{periods.CHEERS}, 또는 둘 가운데 하나가 나가거나 그만 보여 줄 때까지",
        owner="user",
        on_erasure=DELETED,
        none="id sender_id shared_id user_id user_habit_id",
        personal="day sign created_at",
        withheld="다른 사람의 습관과 날이 담겨 있어요",
    ),
    "together_parts": TableClassification(
        what="모임에서 함께 잇는 습관",
        kept="함께 잇는 동안",
        owner="shared__member__user",
        on_erasure=DELETED,
        none="shared_id circle_id habit_id seat",
        personal="joined_on",
    ),
    "challenge_parts": TableClassification(
        what="함께한 도전과 그 결과",
        kept=WITH_ACCOUNT,
        owner="user",
        on_erasure=DELETED,
        none="id challenge_id user_id",
        personal="joined_on asked done is_met settled_at",
    ),
    # ── What we send ────────────────────────────────────────────────────────
    "coaching_messages": TableClassification(
        what="코치 메시지",
        kept=WITH_ACCOUNT,
        owner="user",
        on_erasure=DELETED,
        none="id user_id message_type tone personalization_score ai_model prompt_version scheduled_for sent_at"
        " created_at occasion template_id offline_reason tokens_in tokens_out cost effect_key",
        personal="read_at user_reaction",
        sensitive="content context user_feedback sealed_prompt",
        sealed="content context user_feedback sealed_prompt",
    ),
    "coaching_settings": TableClassification(
        what="코치에 대해 고른 것",
        kept=WITH_ACCOUNT,
        owner="user",
        on_erasure=DELETED,
        none="user_id updated_at",
        personal="is_on clock tone weekly_letter muted rarer muted_habits",
        plain="muted rarer muted_habits",
    ),
    "coaching_jobs": TableClassification(
        what="코치가 쓸 글과 쓴 때",
        kept=f"{periods.COACHING_WORK}",
        owner="user",
        on_erasure=DELETED,
        none="id user_id occasion effect_key user_habit_id local_date counted_on due_at state outcome calls message_id"
        " attempts lease_ends_at created_at",
    ),
    "coaching_decisions": TableClassification(
        what="코치가 어떤 말투를 어떤 확률로 골랐고, 하루 안에 체크가 있었는지",
        kept=f"{periods.COACHING_DECISIONS}",
        owner="user",
        on_erasure=DELETED,
        none="id user_id local_date decided_at message_type arm probability inputs policy_version seed message_id"
        " template_id settles_at",
        personal="checked_in reward",
    ),
    "coaching_questions": TableClassification(
        what="코치에게 물어본 것과 대답",
        kept=f"{periods.COACHING_QUESTIONS}",
        owner="user",
        on_erasure=DELETED,
        none="id user_id",
        personal="asked_at user_reaction",
        sensitive="question answer",
        sealed="question answer",
    ),
    "crisis_flags": TableClassification(
        what="위험한 말을 적어 도움받을 곳을 보여 준 때. 적은 말은 남기지 않아요",
        kept=f"{periods.CRISIS_FLAGS}",
        owner="user",
        on_erasure=DELETED,
        none="id user_id",
        sensitive="danger raised_at",
        sealed="danger",
    ),
    "coaching_tone_tallies": TableClassification(
        what="말투마다 모든 사람을 더한 수", kept=AS_CATALOGUE, none="id message_type tone decisions rewards"
    ),
    "coaching_usage": TableClassification(
        what="하루에 받은 코치 메시지의 수",
        kept=f"{periods.COACHING_WORK}",
        owner="user",
        on_erasure=DELETED,
        none="id user_id local_date",
        personal="used",
    ),
    "coaching_spend": TableClassification(
        what="하루에 모델을 부른 값",
        kept=f"{periods.COACHING_WORK}",
        owner="user",
        on_erasure=DELETED,
        none="id spent_on user_id reserved spent",
    ),
    "coaching_controls": TableClassification(
        what="코치를 멈추는 스위치와 상한",
        kept=AS_CATALOGUE,
        none="id uses_model sends_messages daily_cap daily_cap_per_person updated_at",
    ),
    "prompt_evaluations": TableClassification(
        what="프롬프트를 시험한 결과",
        kept=AS_CATALOGUE,
        none="id template_id content_hash ai_model rubric_version cases passed failed_safety failures created_at",
    ),
    "notifications": TableClassification(
        what="알림",
        kept=f"{periods.NOTIFICATIONS}",
        owner="user",
        on_erasure=DELETED,
        none="id user_id notification_type target_platform scheduled_for sent_at delivered_at delivery_status"
        " failure_reason created_at effect_key once marketing essential expires_at dispatched_at bundled_into_id"
        " announcement_id",
        personal="title body sealed_title sealed_body data read_at clicked_at cleared_at",
        sealed="sealed_title sealed_body data",
        # Empty, but in rows that plain SQL wrote.
        plain="title body",
    ),
    "notification_deliveries": TableClassification(
        what="알림을 보낸 기록",
        kept=f"{periods.NOTIFICATIONS}",
        owner="notification__user",
        on_erasure=DELETED,
        none="id notification_id channel device_id state attempts due_at sent_at delivered_at failure_reason created_at",
    ),
    "notification_devices": TableClassification(
        what="알림을 받는 기기",
        kept=WITH_ACCOUNT,
        owner="user",
        on_erasure=DELETED,
        none="id user_id platform is_active last_used_at created_at updated_at",
        personal="app_version device_model os_version",
        plain="app_version device_model os_version",
        secret="device_token address",  # noqa: S106
        sealed="address",
    ),
    "uploaded_files": TableClassification(
        what="사진",
        kept=f"{WITH_ACCOUNT}, 지운 것은 길어야 {periods.DELETED_FILES}",
        owner="user",
        on_erasure=DELETED,
        none="id user_id stored_filename file_size mime_type storage_provider storage_path url thumbnail_url"
        " upload_context related_entity_id is_processed is_deleted created_at stored_at lease_ends_at attempts",
        personal="original_filename",
        plain="original_filename",
    ),
    # ── Money ───────────────────────────────────────────────────────────────
    "user_subscriptions": TableClassification(
        what="구독",
        kept=f"탈퇴하고 {periods.SUBSCRIPTIONS}",
        owner="user",
        on_erasure=KEPT,
        none="id user_id plan_id created_at updated_at updated_by",
        personal="status amount currency started_at current_period_start current_period_end canceled_at"
        " payment_gateway external_subscription_id phase anchor_day method_id trial_started_at retry_at failures"
        " next_plan_id pause_months parked_at",
        plain="currency payment_gateway external_subscription_id phase",
        emptied="external_subscription_id method_id",
        named="user_id updated_by",
        because="전자상거래법 시행령 §6: 계약과 청약철회의 기록 5년",
    ),
    "payment_transactions": TableClassification(
        what="결제",
        kept=f"결제하고 {periods.PAYMENTS}",
        owner="user",
        on_erasure=KEPT,
        none="id user_id subscription_id created_at updated_at attempts ask_at plan_id parent_id requested_by",
        personal="transaction_type status amount currency payment_gateway gateway_transaction_id payment_method"
        " gateway_response failure_reason idempotency_key purpose method_id period_starts_at period_ends_at credit"
        " is_excess completed_at",
        plain="currency payment_gateway gateway_transaction_id payment_method gateway_response failure_reason"
        " idempotency_key purpose",
        emptied="gateway_response failure_reason method_id",
        named="user_id requested_by",
        because="전자상거래법 시행령 §6: 대금 결제와 재화 공급의 기록 5년",
    ),
    # ── Numbers ─────────────────────────────────────────────────────────────
    "experiments": TableClassification(
        what="2주 동안 시험해 본 것",
        kept="지우거나 계정을 지울 때까지",
        owner="user",
        on_erasure=DELETED,
        none="id user_id user_habit_id created_at",
        personal="idea starts_on ends_on closed_on",
        sealed="idea",
    ),
    "user_analytics": TableClassification(
        what="하루마다 모은 수",
        kept="끝없이, 탈퇴하면 누구의 것인지 모르게",
        owner="user",
        on_erasure=KEPT,
        none="id user_id date created_at",
        personal="total_habits completed_habits completion_rate app_opens session_duration_minutes"
        " ai_messages_received active_streaks longest_streak",
        sensitive="avg_mood_score avg_energy_level",
        emptied="avg_mood_score avg_energy_level",
        named="user_id",
        because="이름 없는 번호에 달린 하루의 수예요. 기분과 기운은 비워요",
    ),
    "stale_aggregates": TableClassification(
        what="다시 셀 하루의 수",
        kept="다시 셀 때까지",
        owner="user",
        on_erasure=DELETED,
        none="user_id begins_on marked_in",
        withheld="다른 표를 다시 세라는 표시예요",
    ),
    "app_events": TableClassification(
        what="앱에서 한 일",
        kept=f"{periods.APP_EVENTS}이 지난 달은 통째로 지움, 길어도 13달",
        owner="user",
        on_erasure=DELETED,
        none="id user_id created_at",
        personal="event_type event_data session_id screen_name user_agent ip_address occurred_at",
        plain="event_type event_data screen_name user_agent",
    ),
    # ── The service's own records ───────────────────────────────────────────
    "data_exports": TableClassification(
        what="내보내기",
        kept=f"{periods.EXPORTS}",
        owner="user",
        on_erasure=DELETED,
        none="id user_id kind state done total attempts lease_ends_at file_size created_at finished_at expires_at",
        secret="storage_path file_key",  # noqa: S106
        sealed="file_key",
    ),
    "deletion_ledger": TableClassification(
        what="떠난 사람의 번호",
        kept="마지막 백업보다 오래",
        owner="user_id",
        on_erasure=KEPT,
        none="id user_id step occurred_at written_at",
        named="user_id",
        because="백업을 되살린 뒤에 다시 지우려면 누구를 지웠는지 알아야 해요. 번호와 때뿐이에요",
    ),
    "audit_logs": TableClassification(
        what="누가 무엇을 바꿨나",
        kept=f"{periods.AUDIT_TRAIL}",
        owner="user_id",
        on_erasure=KEPT,
        none="id table_name record_id action old_values new_values user_id why occurred_at",
        personal="ip_address",
        emptied="ip_address",
        not_emptied="audit_is_staff_access(audit_logs)",
        named="record_id old_values new_values user_id",
        because="개인정보의 안전성 확보조치 기준 §8: 접속 기록 2년. 개인정보 값은 처음부터 담지 않아요",
        withheld="다른 사람의 기록에 한 일도 담겨 있어요",
    ),
    "django_admin_log": TableClassification(
        what="직원이 관리 화면에서 한 일",
        kept=f"{periods.AUDIT_TRAIL}",
        owner="user",
        on_erasure=KEPT,
        none="id action_time user_id content_type_id object_id object_repr action_flag change_message",
        named="user_id object_id object_repr",
        because="개인정보의 안전성 확보조치 기준 §8: 접속 기록 2년. 번호와 칸 이름뿐이에요",
        withheld="다른 사람의 기록에 한 일도 담겨 있어요",
    ),
    "change_requests": TableClassification(
        what="두 사람이 정한 일",
        kept=f"{periods.AUDIT_TRAIL}",
        owner="author_id",
        on_erasure=KEPT,
        none="id kind target subject proposed before why author_id approver_id state created_at expires_at decided_at",
        named="author_id approver_id target proposed",
        because="개인정보의 안전성 확보조치 기준 §8: 접속 기록 2년. 번호와 값뿐이에요",
        withheld="다른 사람의 기록에 한 일도 담겨 있어요",
    ),
    "access_reviews": TableClassification(
        what="접근 기록의 점검",
        kept=f"{periods.AUDIT_TRAIL}",
        owner="reviewer_id",
        on_erasure=KEPT,
        none="id month reads sample note reviewer_id signed_at",
        named="reviewer_id",
        because="개인정보의 안전성 확보조치 기준 §8: 접속 기록을 달마다 점검한 증거",
        withheld="다른 사람의 기록에 한 일도 담겨 있어요",
    ),
    "work_claims": TableClassification(
        what="누가 어떤 일을 맡았나",
        kept="내려놓을 때까지",
        owner="owner_id",
        on_erasure=DELETED,
        none="name owner_id claimed_at",
        withheld="직원의 일이에요",
    ),
    "revisions": TableClassification(
        what="카탈로그의 판",
        kept=AS_CATALOGUE,
        owner="author_id",
        on_erasure=KEPT,
        none="id table key number content state goes_live_at live_at why author_id created_at",
        named="author_id",
        because="카탈로그의 내용이고, 남는 것은 고친 직원의 번호뿐이에요",
        withheld="사람이 아니라 카탈로그의 내용이에요",
    ),
    # ── Without persons ────────────────────────────────────────────────────────────
    "scheduled_runs": TableClassification(
        what="예약 작업이 돈 때", kept="다음에 돌 때까지", none="name began_at took error"
    ),
    "purged_keys": TableClassification(what="파기한 열쇠의 번호와 때", kept="늘", none="key_id request_id purged_at"),
    "habit_categories": TableClassification(
        what="분류",
        kept=AS_CATALOGUE,
        none="id name name_en description icon color sort_order is_active created_at translations",
    ),
    "achievements": TableClassification(
        what="배지",
        kept=AS_CATALOGUE,
        none="id name description icon color rarity criteria points is_active sort_order created_at seal translations"
        " goes_live_at retired_at share_percent share_holders",
    ),
    "challenges": TableClassification(
        what="이달의 도전",
        kept=AS_CATALOGUE,
        none="id month name description category_id habit_id is_active goes_live_at created_at translations",
    ),
    "payment_methods": TableClassification(
        what="결제 수단. 카드 번호는 결제 대행사에 있고, 여기에는 그 이름만",
        kept=f"{WITH_ACCOUNT}, 대행사에서 지운 뒤에 지움",
        owner="user",
        on_erasure=DELETED,
        none="id user_id created_at removed_at",
        personal="gateway label",
        secret="token",  # noqa: S106
        sealed="token label",
        plain="gateway",
    ),
    "billing_consents": TableClassification(
        what="자동 결제와 오른 가격에 한 동의",
        kept=f"탈퇴하고 {periods.SUBSCRIPTIONS}",
        owner="user",
        on_erasure=KEPT,
        none="id user_id subscription_id plan_id",
        personal="item old_amount amount currency effective_at occurred_at",
        plain="item currency",
        named="user_id",
        because="전자상거래법 시행령 §6: 계약과 청약철회의 기록 5년",
    ),
    "gateway_events": TableClassification(
        what="결제 대행사가 알려 온 것. 내용이 아니라 어느 결제에 관한 것인지만",
        kept="처리하고 90일",
        none="id gateway event_id event_type reference attempts created_at due_at processed_at",
    ),
    "billing_alerts": TableClassification(
        what="직원이 살펴볼 결제",
        kept="결제 기록과 같이",
        none="id kind reference facts created_at mailed_at resolved_at resolved_by",
        named="resolved_by",
        named_because="누가 살펴보았는지의 기록",
    ),
    "renewal_nights": TableClassification(
        what="하루에 이어 간 결제의 예상과 합",
        kept=AS_CATALOGUE,
        none="day_on forecast expected charged charges",
    ),
    "subscription_plans": TableClassification(
        what="요금제",
        kept=AS_CATALOGUE,
        none="id name description price currency billing_cycle features limits is_active sort_order created_at"
        " updated_at translations price_changed_at",
    ),
    "ai_prompt_templates": TableClassification(
        what="프롬프트 템플릿",
        kept=AS_CATALOGUE,
        none="id name message_type template variables version is_active usage_count traffic_share activated_at created_at tone rule_template"
        " translations",
    ),
    "announcements": TableClassification(
        what="모두에게 알리는 글",
        kept=AS_CATALOGUE,
        none="id title body title_en body_en url is_marketing target_platform plan language inactive_days scheduled_for"
        " state written last_user created_at updated_at",
        named="last_user",
        named_because="어디까지 보냈는지 세는 자리예요. 번호뿐이에요",
    ),
    "notification_tallies": TableClassification(
        what="보내지 않은 알림의 수", kept="끝없이", none="id counted_on reason count"
    ),
    "aggregate_fills": TableClassification(
        what="하루의 수를 센 시간대와 날",
        kept="끝없이",
        none="id metric zone day_start counted_on state started_at done_at",
    ),
    "metric_values": TableClassification(
        what="직원이 보는, 모두를 더한 수",
        kept="끝없이",
        none="id metric begins_on part number people computed_at",
    ),
    "check_in_keys": TableClassification(what="체크한 열쇠", kept=f"{periods.CHECK_IN_KEYS}", none="id made_at"),
    "auth_group": TableClassification(what="역할", kept=AS_CATALOGUE, none="id name"),
    "auth_group_permissions": TableClassification(
        what="역할의 권한", kept=AS_CATALOGUE, none="id group_id permission_id"
    ),
    "auth_permission": TableClassification(what="권한", kept=AS_CATALOGUE, none="id name content_type_id codename"),
    "django_content_type": TableClassification(what="표의 이름", kept=AS_CATALOGUE, none="id app_label model"),
    "socialaccount_socialapp": TableClassification(
        what="소셜 로그인 설정",
        kept=AS_CATALOGUE,
        none="id provider provider_id name client_id settings",
        secret="secret key",  # noqa: S106
    ),
}


@cache
def models_by_table() -> dict[str, type[models.Model]]:
    """Every model by its table, with those of libraries and of many-to-many relations."""
    return {model._meta.db_table: model for model in apps.get_models(include_auto_created=True)}


def tables_with_files(base: type[models.Model] = models.Model) -> list[str]:
    """The tables of people whose rows have a file, of models that derive from `base`."""
    return [
        table
        for table, model in models_by_table().items()
        if TABLES[table].owner and issubclass(model, base) and hasattr(model, "storage_path")
    ]


def rows_of(table: str, user_id: object) -> models.QuerySet:
    """A person's rows of `table`."""
    return models_by_table()[table]._default_manager.filter(**{TABLES[table].owner: user_id})
