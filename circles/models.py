"""Circles: members, invitations, shared habits, cheers, streaks kept together, blocks.

A row says what a person allows; circles/visibility.py is the only place that decides who sees what. Rows hang on the row
of the member or of the shared habit, so that leaving, no longer sharing, and deleting a habit leave nothing behind.
"""

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from core.crypto.fields import SealedTextField
from core.db.columns import NamedIndex, created, uuid_key
from habits.models import Habit, UserHabit

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
            # What told of it names its sender, and goes with it, for any reason.
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
