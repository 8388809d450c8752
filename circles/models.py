"""Circles with their members, shared habits, cheers and blocks, and monthly challenges.

A row says what a person allows; circles/visibility.py is the only place that decides who sees what. Rows hang on the row
of the member or of the shared habit, so that leaving, no longer sharing, and deleting a habit leave nothing behind.
"""

from calendar import monthrange
from datetime import date, datetime

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from core.audit.triggers import Audit
from core.crypto.fields import SealedTextField
from core.db.columns import NamedIndex, Translated, created, json_object, uuid_key
from habits.models import Habit, HabitCategory, UserHabit

MOST_MEMBERS = 10
MOST_TOGETHER = 5


class Circle(models.Model):
    """A group of up to ten people. It ends with its last member."""

    id = uuid_key()
    created_at = created()

    class Meta:
        db_table = "circles"

    def __str__(self) -> str:
        return str(self.pk)


class CircleMember(models.Model):
    """A person in a circle, under the name that they chose for it.

    Each keeps the name of the circle in a row of their own, sealed like everything that a person wrote.
    """

    id = uuid_key()
    circle = models.ForeignKey(Circle, models.DB_CASCADE, db_index=False, related_name="members")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.DB_CASCADE, db_index=False, related_name="circles")
    # Seats make the number of members an invariant of the database.
    seat = models.SmallIntegerField()
    nickname = SealedTextField()
    circle_name = SealedTextField()
    joined_at = created()
    # NULL: does not agree to the weekly board. Somebody who joins has not agreed, so there is no board until they do.
    board_agreed_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "circle_members"
        constraints = [
            models.UniqueConstraint(fields=["circle", "user"], name="circle_members_circle_id_user_id"),
            models.UniqueConstraint(fields=["circle", "seat"], name="circle_members_circle_id_seat"),
            models.CheckConstraint(condition=Q(seat__range=(1, MOST_MEMBERS)), name="circle_members_seat"),
        ]
        indexes = [NamedIndex(fields=["user"], name="idx_circle_members_user_id")]
        triggers = [
            # The lock makes somebody who joins meanwhile visible to the second statement.
            pgtrigger.Trigger(
                name="end_empty_circle",
                when=pgtrigger.After,
                operation=pgtrigger.Delete,
                func="""
                    PERFORM 1 FROM circles WHERE id = OLD.circle_id FOR UPDATE;
                    DELETE FROM circles WHERE id = OLD.circle_id
                        AND NOT EXISTS (SELECT 1 FROM circle_members WHERE circle_id = OLD.circle_id);
                    RETURN NULL;
                """,
            ),
        ]

    def __str__(self) -> str:
        return str(self.pk)


class CircleInvitation(models.Model):
    """The open invitation link of a circle. It ends with the member who made it."""

    id = uuid_key()
    circle = models.ForeignKey(Circle, models.DB_CASCADE, db_index=False, related_name="invitations")
    made_by = models.ForeignKey(CircleMember, models.DB_CASCADE, db_index=False, related_name="+")
    # The address is random, and known only to whom a member gives it.
    token = models.CharField(max_length=43)
    uses_left = models.SmallIntegerField()
    created_at = created()
    expires_at = models.DateTimeField()

    class Meta:
        db_table = "circle_invitations"
        constraints = [
            models.UniqueConstraint(fields=["circle"], name="circle_invitations_circle_id"),
            models.UniqueConstraint(fields=["token"], name="circle_invitations_token"),
            models.CheckConstraint(condition=Q(uses_left__gte=0), name="circle_invitations_uses_left"),
        ]
        indexes = [
            NamedIndex(fields=["made_by"], name="idx_circle_invitations_made_by_id"),
            NamedIndex(fields=["expires_at"], name="idx_circle_invitations_expires_at"),
        ]

    def __str__(self) -> str:
        return str(self.pk)


class SharedHabit(models.Model):
    """A habit that a member shows to the others of one circle, from the day `shared_on` on."""

    id = uuid_key()
    member = models.ForeignKey(CircleMember, models.DB_CASCADE, db_index=False, related_name="shared")
    user_habit = models.ForeignKey(UserHabit, models.DB_CASCADE, db_index=False, related_name="+")
    shared_on = models.DateField()

    class Meta:
        db_table = "shared_habits"
        constraints = [
            models.UniqueConstraint(fields=["member", "user_habit"], name="shared_habits_member_id_user_habit_id"),
        ]
        indexes = [NamedIndex(fields=["user_habit"], name="idx_shared_habits_user_habit_id")]

    def __str__(self) -> str:
        return str(self.pk)


class PrivateHabit(models.Model):
    """A habit that its person never shows: while this row exists no circle sees it."""

    user_habit = models.OneToOneField(
        UserHabit, models.DB_CASCADE, primary_key=True, db_index=False, related_name="private"
    )
    created_at = created()

    class Meta:
        db_table = "private_habits"

    def __str__(self) -> str:
        return str(self.pk)


class CircleBlock(models.Model):
    """Two people who do not see each other, in any circle. The other one is not told."""

    id = uuid_key()
    blocker = models.ForeignKey(settings.AUTH_USER_MODEL, models.DB_CASCADE, db_index=False, related_name="+")
    blocked = models.ForeignKey(settings.AUTH_USER_MODEL, models.DB_CASCADE, db_index=False, related_name="+")
    # As the other was called when they were blocked.
    nickname = SealedTextField()
    created_at = created()

    class Meta:
        db_table = "circle_blocks"
        constraints = [
            models.UniqueConstraint(fields=["blocker", "blocked"], name="circle_blocks_blocker_id_blocked_id"),
            models.CheckConstraint(condition=~Q(blocker=models.F("blocked")), name="circle_blocks_blocked_id"),
        ]
        indexes = [NamedIndex(fields=["blocked"], name="idx_circle_blocks_blocked_id")]

    def __str__(self) -> str:
        return str(self.pk)


class Cheer(models.Model):
    """One of six fixed signs, for a shared habit on one day of its person."""

    class Sign(models.TextChoices):
        HEART = "heart", _("마음")
        CLAP = "clap", _("박수")
        EMBER = "ember", _("불씨")
        SPROUT = "sprout", _("새싹")
        SUN = "sun", _("햇살")
        STAR = "star", _("별")

    id = uuid_key()
    sender = models.ForeignKey(CircleMember, models.DB_CASCADE, db_index=False, related_name="cheers")
    shared = models.ForeignKey(SharedHabit, models.DB_CASCADE, db_index=False, related_name="cheers")
    # The person of `sender` and the habit of `shared`: the same pair may meet in two circles.
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.DB_CASCADE, db_index=False, related_name="+")
    user_habit = models.ForeignKey(UserHabit, models.DB_CASCADE, db_index=False, related_name="+")
    day = models.DateField()
    sign = models.CharField(max_length=10, choices=Sign)
    created_at = created()

    class Meta:
        db_table = "cheers"
        constraints = [
            # One for each pair, habit and day, however many are sent at once.
            models.UniqueConstraint(fields=["user", "user_habit", "day"], name="cheers_user_id_user_habit_id_day"),
            models.CheckConstraint(
                condition=Q(sign__in=["heart", "clap", "ember", "sprout", "sun", "star"]), name="cheers_sign"
            ),
        ]
        indexes = [
            NamedIndex(fields=["sender"], name="idx_cheers_sender_id"),
            NamedIndex(fields=["shared", "day"], name="idx_cheers_shared_id"),
            NamedIndex(fields=["user_habit"], name="idx_cheers_user_habit_id"),
            NamedIndex(fields=["created_at"], name="idx_cheers_created_at"),
        ]
        triggers = [
            # The notification of a cheer names its sender, so it is deleted with the cheer, whatever deletes that.
            pgtrigger.Trigger(
                name="untell_cheer",
                when=pgtrigger.After,
                operation=pgtrigger.Delete,
                func="DELETE FROM notifications WHERE effect_key = 'cheer:' || OLD.id; RETURN NULL;",
            ),
        ]

    def __str__(self) -> str:
        return str(self.pk)


class TogetherPart(models.Model):
    """One person's part in a streak that up to five people of a circle keep with one habit."""

    shared = models.OneToOneField(
        SharedHabit, models.DB_CASCADE, primary_key=True, db_index=False, related_name="together"
    )
    circle = models.ForeignKey(Circle, models.DB_CASCADE, db_index=False, related_name="+")
    habit = models.ForeignKey(Habit, models.DB_CASCADE, db_index=False, related_name="+")
    seat = models.SmallIntegerField()
    joined_on = models.DateField()

    class Meta:
        db_table = "together_parts"
        constraints = [
            models.UniqueConstraint(fields=["circle", "habit", "seat"], name="together_parts_circle_id_habit_id_seat"),
            models.CheckConstraint(condition=Q(seat__range=(1, MOST_TOGETHER)), name="together_parts_seat"),
        ]
        indexes = [NamedIndex(fields=["habit"], name="idx_together_parts_habit_id")]

    def __str__(self) -> str:
        return str(self.pk)


class ChallengeQuerySet(models.QuerySet["Challenge"]):
    def live(self, now: datetime) -> "ChallengeQuerySet":
        """Those that people may see: no drafts, none that begin to be shown later."""
        return self.filter(Q(goes_live_at=None) | Q(goes_live_at__lte=now), is_active=True)


class Challenge(Translated):
    """A challenge that staff publish for one calendar month.

    circles/challenges.py says who has met it. It counts the habits of a category, those of one template, or any.
    """

    id = uuid_key()
    # Its first day.
    month = models.DateField(_("달"), help_text=_("그 달의 아무 날이나 고르면 돼요."))
    name = models.CharField(_("이름"), max_length=60)
    description = models.TextField(_("설명"))
    category = models.ForeignKey(
        HabitCategory,
        models.DO_NOTHING,
        null=True,
        blank=True,
        db_index=False,
        related_name="+",
        verbose_name=_("분류"),
    )
    habit = models.ForeignKey(
        Habit, models.DO_NOTHING, null=True, blank=True, db_index=False, related_name="+", verbose_name=_("습관 템플릿")
    )
    # False: a draft.
    is_active = models.BooleanField(pgettext_lazy("state", "공개"), default=False, db_default=False)
    # NULL: shown as soon as it is active.
    goes_live_at = models.DateTimeField(_("시작하는 때"), null=True, blank=True)
    created_at = created()
    translations = json_object()

    objects = ChallengeQuerySet.as_manager()

    class Meta:
        db_table = "challenges"
        verbose_name = pgettext_lazy("one", "이달의 도전")
        verbose_name_plural = pgettext_lazy("several", "이달의 도전")
        constraints = [
            models.UniqueConstraint(
                fields=["month"], name="challenges_month", violation_error_message=_("이 달에는 이미 도전이 있어요.")
            ),
            models.CheckConstraint(condition=Q(month__day=1), name="challenges_month_begins"),
            models.CheckConstraint(condition=Q(category=None) | Q(habit=None), name="challenges_counts_one_thing"),
        ]
        indexes = [
            NamedIndex(fields=["category"], name="idx_challenges_category_id"),
            NamedIndex(fields=["habit"], name="idx_challenges_habit_id"),
        ]
        triggers = [
            Audit(),
            # What people have joined stays what they have joined.
            pgtrigger.Trigger(
                name="keep_joined_challenge",
                when=pgtrigger.Before,
                operation=pgtrigger.Update,
                condition=pgtrigger.Condition(
                    "OLD.month <> NEW.month OR OLD.category_id IS DISTINCT FROM NEW.category_id"
                    " OR OLD.habit_id IS DISTINCT FROM NEW.habit_id"
                ),
                func="""
                    IF EXISTS (SELECT 1 FROM challenge_parts WHERE challenge_id = OLD.id) THEN
                        RAISE EXCEPTION 'somebody has joined this challenge' USING ERRCODE = 'check_violation';
                    END IF;
                    RETURN NEW;
                """,
            ),
        ]

    @property
    def last_day(self) -> date:
        return self.month.replace(day=monthrange(self.month.year, self.month.month)[1])


class ChallengePart(models.Model):
    """One person's part in a challenge, with its result once the month is over."""

    id = uuid_key()
    challenge = models.ForeignKey(Challenge, models.DO_NOTHING, db_index=False, related_name="parts")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.DB_CASCADE, db_index=False, related_name="challenges")
    joined_on = models.DateField()
    # The result; NULL while the month goes on.
    asked = models.SmallIntegerField(null=True)
    done = models.SmallIntegerField(null=True)
    is_met = models.BooleanField(null=True)
    settled_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "challenge_parts"
        verbose_name = pgettext_lazy("one", "도전에 함께한 사람")
        verbose_name_plural = pgettext_lazy("several", "도전에 함께한 사람")
        constraints = [
            models.UniqueConstraint(fields=["challenge", "user"], name="challenge_parts_challenge_id_user_id"),
            models.CheckConstraint(
                condition=Q(asked=None, done=None, is_met=None, settled_at=None)
                | Q(
                    asked__isnull=False,
                    done__range=(0, models.F("asked")),
                    is_met__isnull=False,
                    settled_at__isnull=False,
                ),
                name="challenge_parts_result",
            ),
        ]
        indexes = [
            NamedIndex(fields=["user"], name="idx_challenge_parts_user_id"),
            # Read by the job that settles.
            NamedIndex(
                fields=["challenge"], name="idx_challenge_parts_challenge_id", condition=Q(settled_at__isnull=True)
            ),
        ]

    def __str__(self) -> str:
        return str(self.pk)
