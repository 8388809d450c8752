"""Achievements with their criteria, the achievements that people earned, and their progress."""

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from core.audit.triggers import Audit
from core.db.columns import NamedIndex, Translated, created, json_object, uuid_key
from gamification import criteria as rules


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
    seal = models.CharField(_("배지 글자"), max_length=4, null=True, blank=True)
    translations = json_object()

    objects = AchievementQuerySet.as_manager()

    class Meta:
        db_table = "achievements"
        verbose_name = _("배지")
        verbose_name_plural = _("배지")
        triggers = [Audit()]

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        try:
            rules.parse(self.criteria)
        except rules.CriteriaError as error:
            raise ValidationError({"criteria": str(error)}) from error


class UserAchievement(models.Model):
    id = uuid_key()
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.DB_CASCADE, db_index=False, related_name="achievements")
    achievement = models.ForeignKey(Achievement, models.DO_NOTHING, db_index=False, related_name="+")
    context = models.JSONField(null=True)
    points_earned = models.IntegerField(default=0, db_default=0)
    earned_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "user_achievements"
        constraints = [
            models.UniqueConstraint(fields=["user", "achievement"], name="user_achievements_user_id_achievement_id"),
        ]
        indexes = [
            NamedIndex(fields=["user"], name="idx_user_achievements_user_id"),
            NamedIndex(fields=["earned_at"], name="idx_user_achievements_earned_at"),
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
    """What one day of a person has added to their sums. `DayCounters` in gamification/criteria.py has the names."""

    id = uuid_key()
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.DB_CASCADE, db_index=False, related_name="progress_days")
    day = models.DateField()
    counters = json_object()

    class Meta:
        db_table = "progress_days"
        constraints = [models.UniqueConstraint(fields=["user", "day"], name="progress_days_user_id_day")]

    def __str__(self) -> str:
        return f"{self.user_id} {self.day}"
