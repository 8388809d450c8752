"""Models of people: account, social accounts, device sessions, consents."""

import datetime as dt
from collections.abc import Iterable
from typing import Any

from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.hashers import is_password_usable, make_password
from django.contrib.auth.models import PermissionsMixin
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models.functions import Now
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts import passwords, providers
from accounts.days import Calendar, WeekStart
from core.audit.triggers import Audit, KeepUpdatedBy
from core.crypto.fields import BlindIndexField, SealedTextField
from core.db.columns import NamedIndex, Touched, created, json_object, uuid_key
from core.db.fast_instances import FastInstanceModel
from core.db.work import WorkRow
from core.text_format import NBSP

# Columns that the service changes by itself: their changes are not audited.
_QUIET = ["last_login", "updated_at", "updated_by", "next_coaching_at", "sessions_epoch", "health_withdrawn_at"]


class UserManager(BaseUserManager["User"]):
    def create_user(self, email: str, *, password: str | None = None, **values: Any) -> "User":
        """Creates an account; without a password only a social login or a reset opens it."""
        user = self.model(email=email, **values)
        if password is not None:
            user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, *, password: str | None = None, **values: Any) -> "User":
        values = {"name": "staff", "is_verified": True} | values
        return self.create_user(email, password=password, is_staff=True, is_superuser=True, **values)


class User(FastInstanceModel, AbstractBaseUser, PermissionsMixin):
    class Gender(models.TextChoices):
        MALE = "male", _("남성")
        FEMALE = "female", _("여성")
        OTHER = "other", _("그 밖")

    class WeekStart(models.IntegerChoices):
        MONDAY = 1, _("월요일")
        SUNDAY = 7, _("일요일")

    id = uuid_key()
    email = SealedTextField(_("메일 주소"), index="email_index")
    email_index = BlindIndexField(source="email", normalise="accounts.emails.normalise")
    # NULL for people who sign in with a social account only.
    password = models.CharField(_("비밀번호"), max_length=255, null=True, blank=True, db_column="password_hash")  # type: ignore[assignment]
    name = SealedTextField(_("이름"))
    birth_year = models.IntegerField(_("태어난 해"), null=True, blank=True)
    # 'prefer_not_to_say' is in the document's CHECK but does not fit its VARCHAR(10): NULL is used instead.
    gender = models.CharField(_("성별"), max_length=10, choices=Gender, null=True, blank=True)
    timezone = models.CharField(_("시간대"), max_length=50, db_default="Asia/Seoul", default="Asia/Seoul")

    avatar_url = models.TextField(null=True, blank=True)
    bio = SealedTextField(_("소개"), null=True, blank=True)

    notification_settings = json_object()
    privacy_settings = json_object()

    agreed_to_terms = models.BooleanField(default=False, db_default=False)
    agreed_to_privacy = models.BooleanField(default=False, db_default=False)
    agreed_to_marketing = models.BooleanField(default=False, db_default=False)

    is_active = models.BooleanField(default=True, db_default=True)
    is_verified = models.BooleanField(default=False, db_default=False)
    last_login = models.DateTimeField(null=True, blank=True, db_column="last_login_at")

    created_at = created()
    updated_at = Touched()
    updated_by = models.UUIDField(null=True, editable=False)

    # Not in the schema document; docs/schema.md gives the reasons.
    is_staff = models.BooleanField(default=False, db_default=False)
    is_superuser = models.BooleanField(default=False, db_default=False)
    language = models.CharField(_("언어"), max_length=10, default="ko", db_default="ko", choices=settings.LANGUAGES)
    day_start = models.SmallIntegerField(
        _("하루가 시작하는 시각"), default=0, db_default=0, validators=[MinValueValidator(0), MaxValueValidator(5)]
    )
    week_start = models.SmallIntegerField(_("한 주의 첫날"), default=1, db_default=1, choices=WeekStart)
    # Incremented whenever a session ends. Django's sessions contain it, so the copy of an ended one in Redis is invalid.
    sessions_epoch = models.IntegerField(default=0, db_default=0, editable=False)
    next_coaching_at = models.DateTimeField(null=True, editable=False)
    deletion_requested_at = models.DateTimeField(null=True, editable=False)
    anonymised_at = models.DateTimeField(null=True, editable=False)
    # Set when the consent to health data was withdrawn and the data is not erased yet.
    health_withdrawn_at = models.DateTimeField(null=True, editable=False)

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS = []

    objects = UserManager()

    class Meta:
        db_table = "users"
        verbose_name = pgettext_lazy("one", "사람")
        verbose_name_plural = pgettext_lazy("several", "사람들")
        constraints = [
            # Also serves as the document's idx_users_email: the address is sealed, its keyed hash is unique.
            models.UniqueConstraint(fields=["email_index"], name="idx_users_email"),
            models.CheckConstraint(
                condition=models.Q(gender__in=["male", "female", "other", "prefer_not_to_say"]), name="users_gender"
            ),
            models.CheckConstraint(condition=models.Q(day_start__range=(0, 5)), name="users_day_start"),
            models.CheckConstraint(condition=models.Q(week_start__in=[1, 7]), name="users_week_start"),
            # Nobody keeps all permissions beyond being staff.
            models.CheckConstraint(
                condition=models.Q(is_superuser=False) | models.Q(is_staff=True), name="users_superuser_staff"
            ),
            # An account in use must not be erased on the day that a forgotten request names.
            models.CheckConstraint(
                condition=models.Q(is_active=False) | models.Q(deletion_requested_at=None),
                name="users_deletion_inactive",
            ),
        ]
        indexes = [
            NamedIndex(fields=["created_at"], name="idx_users_created_at"),
            NamedIndex(fields=["is_active"], name="idx_users_is_active"),
            # The few staff among everybody.
            NamedIndex(fields=["is_staff"], name="idx_users_is_staff", condition=models.Q(is_staff=True)),
            # The people of a zone, and the zones themselves, for the jobs that run once per zone.
            NamedIndex(fields=["timezone", "day_start"], name="idx_users_timezone_day_start"),
            # Read each minute by the coach's job: only people with a message due.
            NamedIndex(
                fields=["next_coaching_at"],
                name="idx_users_next_coaching_at",
                condition=models.Q(next_coaching_at__isnull=False),
            ),
            # Read each day: accounts whose thirty days until deletion are over.
            NamedIndex(
                fields=["deletion_requested_at"],
                name="idx_users_deletion_requested_at",
                condition=models.Q(deletion_requested_at__isnull=False),
            ),
            # Read each day: accounts whose erasure is repeated.
            NamedIndex(
                fields=["anonymised_at"],
                name="idx_users_anonymised_at",
                condition=models.Q(anonymised_at__isnull=False),
            ),
            # Read each minute by the erasure of withdrawn health data.
            NamedIndex(
                fields=["health_withdrawn_at"],
                name="idx_users_health_withdrawn_at",
                condition=models.Q(health_withdrawn_at__isnull=False),
            ),
        ]
        triggers = [
            Audit(
                quiet=_QUIET,
                hidden=[
                    "password",
                    "birth_year",
                    "gender",
                    "timezone",
                    "avatar_url",
                    "notification_settings",
                    "privacy_settings",
                ],
            ),
            KeepUpdatedBy(quiet=_QUIET),
        ]

    def __str__(self) -> str:
        # Without address and name: this text is written to the admin log and the logs.
        return str(self.pk)

    @property
    def masked_email(self) -> str:
        return f"{self.email[:1]}…@…"

    @property
    def staff_name(self) -> str:
        """How staff pages name the person: "d…@… 3F7A2C".

        The end of the id, of random digits, tells apart people whose addresses begin alike.
        """
        return f"{self.masked_email}{NBSP}{self.pk.hex[-6:].upper()}"

    @property
    def calendar(self) -> Calendar:
        """The person's calendar: time zone, day start, first day of the week."""
        first: WeekStart = "sunday" if self.week_start == self.WeekStart.SUNDAY else "monday"
        return Calendar(zone=self.timezone, day_start=self.day_start, week_start=first)

    @property
    def is_leaving(self) -> bool:
        """Whether the account is being deleted and can still be kept."""
        return self.deletion_requested_at is not None and self.anonymised_at is None

    @property
    def shares_health(self) -> bool:
        """Whether the person agreed to the storage of mood, energy and notes."""
        return bool(self.privacy_settings.get("health"))

    def set_unusable_password(self) -> None:
        # NULL, as the schema document requires for people who sign in with a social account only.
        self.password = None

    def has_usable_password(self) -> bool:
        return bool(self.password) and is_password_usable(self.password)

    def set_password(self, raw_password: str | None) -> None:
        super().set_password(raw_password and passwords.normalise(raw_password))

    def check_password(self, raw_password: str | None) -> bool:
        raw_password = raw_password and passwords.normalise(raw_password)
        if not self.password:
            # As slow as a wrong password: the response time must not reveal an account without one.
            make_password(raw_password)
            return False
        return super().check_password(raw_password)

    def _get_session_auth_hash(self, secret: str | None = None) -> str:
        """The hash that Django's session must hold to be valid.

        Changes with the password and at each session end.
        """
        return salted_hmac(
            "accounts.User.session", f"{self.password}|{self.sessions_epoch}", secret=secret, algorithm="sha256"
        ).hexdigest()

    def get_short_name(self) -> str:
        return self.name

    def get_full_name(self) -> str:
        return self.name

    def save(self, *args: Any, update_fields: Iterable[str] | None = None, **kwargs: Any) -> None:
        if update_fields is not None:
            update_fields = {*update_fields, "updated_at"}
            if "email" in update_fields:
                update_fields.add("email_index")
        super().save(*args, update_fields=update_fields, **kwargs)


class UserSocialAccount(models.Model):
    id = uuid_key()
    user = models.ForeignKey(User, models.DB_CASCADE, db_index=False, related_name="social_accounts")
    provider = models.CharField(max_length=50, choices=providers.choices)
    provider_user_id = models.CharField(max_length=255)
    access_token = SealedTextField(null=True)
    refresh_token = SealedTextField(null=True)
    expires_at = models.DateTimeField(null=True)
    created_at = created()
    updated_at = Touched()

    class Meta:
        db_table = "user_social_accounts"
        verbose_name = pgettext_lazy("one", "소셜 계정")
        verbose_name_plural = pgettext_lazy("several", "소셜 계정")
        constraints = [
            models.UniqueConstraint(
                fields=["provider", "provider_user_id"], name="user_social_accounts_provider_provider_user_id"
            ),
        ]
        indexes = [
            NamedIndex(fields=["user"], name="idx_user_social_accounts_user_id"),
            NamedIndex(fields=["provider"], name="idx_user_social_accounts_provider"),
        ]

    def __str__(self) -> str:
        return f"{self.provider} account {self.pk}"


class SocialRevocation(WorkRow):
    """A pending revocation at a provider, after a person disconnected or left.

    It holds tokens, but no user.
    """

    provider = models.CharField(max_length=50, choices=providers.choices)
    access_token = SealedTextField(null=True)
    refresh_token = SealedTextField(null=True)
    expires_at = models.DateTimeField(null=True)
    # The time of the next attempt; during an attempt, when another worker may take over.
    due_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "social_revocations"
        indexes = [NamedIndex(fields=["due_at"], name="idx_social_revocations_due_at")]

    def __str__(self) -> str:
        return f"{self.provider} revocation {self.pk}"


class UserSession(models.Model):
    """A signed-in device. The cookie holds the token, the row its hash (accounts/sessions.py)."""

    id = uuid_key()
    user = models.ForeignKey(User, models.DB_CASCADE, db_index=False, related_name="sessions")
    refresh_token_hash = models.CharField(max_length=255)
    device_info = models.JSONField(null=True)
    ip_address = models.GenericIPAddressField(null=True)
    user_agent = models.TextField(null=True)
    expires_at = models.DateTimeField()
    created_at = created()
    last_used_at = models.DateTimeField(db_default=Now())

    # Not in the schema document: requests sent before a rotation still carry the previous token.
    previous_token_hash = models.CharField(max_length=255, null=True)
    rotated_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "user_sessions"
        verbose_name = pgettext_lazy("one", "로그인한 기기")
        verbose_name_plural = pgettext_lazy("several", "로그인한 기기")
        indexes = [
            NamedIndex(fields=["user"], name="idx_user_sessions_user_id"),
            NamedIndex(fields=["expires_at"], name="idx_user_sessions_expires_at"),
        ]

    def __str__(self) -> str:
        return f"session {self.pk}"


class UserConsent(models.Model):
    """One answer to one consent item. Never changed: a withdrawal is another row."""

    class Item(models.TextChoices):
        TERMS = "terms", _("이용약관")
        PRIVACY = "privacy", _("개인정보 처리")
        HEALTH = "health", _("건강 정보")
        MARKETING = "marketing", _("소식과 혜택")
        NIGHT = "night", _("밤 시간 소식")
        # Asked where the coach is set up, not at sign-up.
        AI_ABROAD = "ai_abroad", _("코치 메시지를 위해 해외 AI 모델로 보내기")

    id = uuid_key()
    user = models.ForeignKey(User, models.DB_CASCADE, db_index=False, related_name="consents")
    item = models.CharField(max_length=20, choices=Item)
    granted = models.BooleanField()
    # The date of the text that was shown.
    version = models.CharField(max_length=20)
    # Where it was answered: 'signup', 'settings', 'push'; 'void' takes back somebody else's answers.
    channel = models.CharField(max_length=20)
    occurred_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "user_consents"
        indexes = [
            # Finds a person's latest answer to an item.
            NamedIndex(fields=["user", "item", "-occurred_at"], name="idx_user_consents_user_id"),
        ]

    def __str__(self) -> str:
        return f"{self.item} {self.granted}"

    @property
    def version_on(self) -> dt.date:
        """The day from which the text that was shown applies."""
        return dt.date.fromisoformat(self.version)
