"""Achievements with their criteria, the achievements that people earned, and their progress."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils import translation
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from core.audit.triggers import Audit
from core.db.columns import NamedIndex, Translated, created, json_object, uuid_key
from core.db.work import LeasedRow


class AchievementQuerySet(models.QuerySet["Achievement"]):
    def live(self) -> "AchievementQuerySet":
        """Those that can be earned now: no drafts, none that are retired or begin later."""
        return self.filter(Q(goes_live_at=None) | Q(goes_live_at__lte=Now()), is_active=True)


class Achievement(Translated):
    class Rarity(models.TextChoices):
        COMMON = "common", _("흔함")
        RARE = "rare", _("드묾")
        EPIC = "epic", _("귀함")
        LEGENDARY = "legendary", _("전설")

    id = models.CharField(primary_key=True, max_length=50)
    name = models.CharField(_("이름"), max_length=100)
    description = models.TextField(_("설명"))
    icon = models.CharField(_("그림"), max_length=50)
    color = models.CharField(_("색"), max_length=7, null=True, blank=True)
    rarity = models.CharField(_("귀한 정도"), max_length=20, choices=Rarity, default="common", db_default="common")
    criteria = models.JSONField(_("조건"))
    points = models.IntegerField(_("점수"), default=0, db_default=0)
    is_active = models.BooleanField(_("쓰기"), default=True, db_default=True)
    sort_order = models.IntegerField(_("순서"), default=0, db_default=0)
    created_at = created()

    # Beyond the document; docs/schema.md says why.
    # NULL: earned as soon as it is active.
    goes_live_at = models.DateTimeField(_("시작하는 때"), null=True, blank=True)
    # Since then it stays with those who have it, and nobody earns it any more; NULL while it can be earned.
    retired_at = models.DateTimeField(_("그만둔 때"), null=True, blank=True, editable=False)
    # The published share of people who have it, in whole percent, and how many had it then (gamification/rarity.py).
    share_percent = models.SmallIntegerField(null=True, editable=False)
    share_holders = models.IntegerField(default=0, db_default=0, editable=False)
    seal = models.CharField(_("배지 글자"), max_length=4, null=True, blank=True)
    translations = json_object()

    objects = AchievementQuerySet.as_manager()

    class Meta:
        db_table = "achievements"
        verbose_name = pgettext_lazy("one", "배지")
        verbose_name_plural = pgettext_lazy("several", "배지")
        triggers = [Audit()]

    @property
    def letters(self) -> str:
        """The letters on the badge."""
        return self.seal or self.name[:2]

    def translation(self, field: str) -> str:
        """A text that has no column: the active language's, else the Korean one."""
        language = translation.get_language() or "ko"
        return self.translations.get(language, {}).get(field) or self.translations.get("ko", {}).get(field, "")


class UserAchievement(models.Model):
    id = uuid_key()
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.DB_CASCADE, db_index=False, related_name="achievements")
    achievement = models.ForeignKey(Achievement, models.DO_NOTHING, db_index=False, related_name="+")
    context = models.JSONField(null=True)
    points_earned = models.IntegerField(default=0, db_default=0)
    earned_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "user_achievements"
        verbose_name = pgettext_lazy("one", "받은 배지")
        verbose_name_plural = pgettext_lazy("several", "받은 배지")
        constraints = [
            models.UniqueConstraint(fields=["user", "achievement"], name="user_achievements_user_id_achievement_id"),
        ]
        indexes = [
            NamedIndex(fields=["user"], name="idx_user_achievements_user_id"),
            NamedIndex(fields=["earned_at"], name="idx_user_achievements_earned_at"),
        ]

    def __str__(self) -> str:
        return str(self.pk)


class AchievementBackfill(LeasedRow):
    """A pass over everybody for a new or changed achievement. gamification/backfills.py."""

    achievement = models.ForeignKey(Achievement, models.DB_CASCADE, related_name="backfills", db_index=False)
    state = models.CharField(max_length=10, default="waiting", db_default="waiting")
    # The last person who was looked at; people are taken in the order of their ids.
    after = models.UUIDField(null=True)
    # People to look at when it began, looked at, and given the achievement.
    total = models.IntegerField(default=0, db_default=0)
    seen = models.IntegerField(default=0, db_default=0)
    granted = models.IntegerField(default=0, db_default=0)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "achievement_backfills"
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=["waiting", "done", "failed"]), name="achievement_backfills_state"
            ),
            # One at a time for each achievement.
            models.UniqueConstraint(
                fields=["achievement"], name="achievement_backfills_waiting", condition=Q(state="waiting")
            ),
        ]
        indexes = [NamedIndex(fields=["achievement"], name="idx_achievement_backfills_achievement_id")]

    def __str__(self) -> str:
        return f"{self.achievement_id} {self.seen}/{self.total}"


class ShareCard(models.Model):
    """A picture of an earned achievement, or of a week, behind a link that can be closed.

    gamification/share_cards.py.
    """

    id = uuid_key()
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.DB_CASCADE, db_index=False, related_name="+")
    # NULL: of a week.
    earned = models.ForeignKey(UserAchievement, models.DB_CASCADE, null=True, db_index=False, related_name="cards")
    # The last day of the week, and how much of each of its days was done, in percent; NULL where nothing was asked for.
    week_ends_on = models.DateField(null=True)
    week_days = models.JSONField(null=True)
    # The address is random, and known only to whom the person gives it.
    token = models.CharField(max_length=43)
    with_name = models.BooleanField(default=False, db_default=False)
    with_day = models.BooleanField(default=False, db_default=False)
    created_at = created()
    expires_at = models.DateTimeField()

    class Meta:
        db_table = "share_cards"
        constraints = [
            models.UniqueConstraint(fields=["token"], name="share_cards_token"),
            # One link for each: another choice replaces it.
            models.UniqueConstraint(fields=["earned"], name="share_cards_earned_id"),
            models.UniqueConstraint(fields=["user", "week_ends_on"], name="share_cards_user_id_week_ends_on"),
            models.CheckConstraint(
                condition=Q(earned__isnull=False, week_ends_on__isnull=True, week_days__isnull=True)
                | Q(earned__isnull=True, week_ends_on__isnull=False, week_days__isnull=False),
                name="share_cards_of_one",
            ),
        ]
        indexes = [
            NamedIndex(fields=["user"], name="idx_share_cards_user_id"),
            NamedIndex(fields=["expires_at"], name="idx_share_cards_expires_at"),
        ]

    def __str__(self) -> str:
        return str(self.pk)


class UserProgress(models.Model):
    """A person's sums over all days: the counters that criteria use, and the points.

    gamification/progress_tally.py keeps them equal to the rows of the days and of the earned achievements.
    """

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, models.DB_CASCADE, primary_key=True, db_index=False, related_name="progress"
    )
    counters = json_object()
    points = models.IntegerField(default=0, db_default=0)
    # Days through which habits to reduce have been judged (habits/day_close.py); NULL before the first.
    closed_through = models.DateField(null=True)

    class Meta:
        db_table = "user_progress"

    def __str__(self) -> str:
        return str(self.pk)


class ProgressDay(models.Model):
    """What one day of a person has added to their sums.

    `DayCounters` in gamification/criteria.py has the names.
    """

    id = uuid_key()
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.DB_CASCADE, db_index=False, related_name="progress_days")
    day = models.DateField()
    counters = json_object()

    class Meta:
        db_table = "progress_days"
        constraints = [models.UniqueConstraint(fields=["user", "day"], name="progress_days_user_id_day")]

    def __str__(self) -> str:
        return f"{self.user_id} {self.day}"
