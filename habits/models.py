"""Models of habits: catalogue, chosen habits, check-ins, their trail, rests, goals, imports."""

from datetime import UTC, date, datetime
from typing import Any, Protocol
from uuid import UUID

import pgtrigger
from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import get_language, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from accounts.days import Calendar, reach
from accounts.models import User
from core import colors
from core.audit.triggers import Audit
from core.crypto.fields import BlindIndexField, SealedCopyField, SealedJSONField, SealedTextField
from core.db.columns import NamedIndex, Touched, Translated, created, json_array, json_object, uuid_key
from core.db.fast_instances import FastInstanceModel
from core.db.work import FileJob
from habits import schedules
from notifications import kept_words


class Frequency(models.TextChoices):
    DAILY = "daily", _("매일")
    WEEKLY = "weekly", _("한 주에 몇 번")
    CUSTOM = "custom", _("직접 정하기")


class Direction(models.TextChoices):
    AT_LEAST = "at_least", _("이만큼 하기")
    AT_MOST = "at_most", _("이만큼까지만 하기")


class PartOfDay(models.TextChoices):
    MORNING = "morning", _("아침")
    AFTERNOON = "afternoon", _("낮")
    EVENING = "evening", _("저녁")
    ANYTIME = "anytime", _("언제든")


class Place(models.TextChoices):
    """Where a check-in was made: chosen by the person, never tracked."""

    HOME = "home", _("집")
    OFFICE = "office", _("일터")
    SCHOOL = "school", _("학교")
    GYM = "gym", _("운동하는 곳")
    OUTDOORS = "outdoors", _("바깥")
    CAFE = "cafe", _("카페")
    MOVING = "moving", _("오가는 길")
    AWAY = "away", _("여행지")


class Weather(models.TextChoices):
    """The weather of a check-in. Achievements use `rain` and `snow`."""

    CLEAR = "clear", _("맑음")
    CLOUDY = "cloudy", _("흐림")
    RAIN = "rain", _("비")
    SNOW = "snow", _("눈")
    WIND = "wind", _("바람")
    HOT = "hot", _("더움")
    COLD = "cold", _("추움")


class HabitCategory(FastInstanceModel, Translated):
    id = uuid_key()
    name = models.CharField(_("이름"), max_length=100)
    name_en = models.CharField(_("영어 이름"), max_length=100)
    description = models.TextField(_("설명"), null=True, blank=True)
    icon = models.CharField(_("그림"), max_length=50, null=True, blank=True)
    color = models.CharField(_("색"), max_length=7, null=True, blank=True)
    sort_order = models.IntegerField(_("순서"), default=0, db_default=0)
    is_active = models.BooleanField(_("보이기"), default=True, db_default=True)
    created_at = created()

    # Beyond the document; docs/schema.md says why.
    translations = json_object()

    class Meta:
        db_table = "habit_categories"
        verbose_name = pgettext_lazy("one", "분류")
        verbose_name_plural = pgettext_lazy("several", "분류")
        triggers = [Audit()]


class HabitQuerySet(models.QuerySet["Habit"]):
    def in_catalogue(self) -> "HabitQuerySet":
        """The active templates of active categories, without people's own habits."""
        return self.filter(owner=None, is_active=True, category__is_active=True)

    def matching(self, words: str) -> "HabitQuerySet":
        """Habits with every word in the Korean or English name, the description or the category."""
        found = self
        for word in words.split():
            found = found.filter(
                Q(name__icontains=word)
                | Q(description__icontains=word)
                | Q(category__name__icontains=word)
                | Q(translations__en__name__icontains=word)
            )
        return found

    def in_order(self) -> "HabitQuerySet":
        return self.order_by("category__sort_order", "category__name", "sort_order", "name")


class Habit(FastInstanceModel, Translated):
    """A template from the catalogue, or one that a person made for themselves (`owner`)."""

    class Difficulty(models.TextChoices):
        BEGINNER = "beginner", _("쉬움")
        INTERMEDIATE = "intermediate", _("보통")
        ADVANCED = "advanced", _("어려움")

    id = uuid_key()
    name = models.CharField(_("이름"), max_length=200)
    description = models.TextField(_("설명"), null=True, blank=True)
    category = models.ForeignKey(HabitCategory, models.DO_NOTHING, db_index=False, related_name="habits")
    difficulty_level = models.CharField(_("난이도"), max_length=20, choices=Difficulty, null=True, blank=True)
    estimated_time_minutes = models.IntegerField(_("걸리는 시간(분)"), null=True, blank=True)
    default_frequency = models.CharField(
        _("주기"), max_length=20, choices=Frequency, default="daily", db_default="daily"
    )
    default_target_count = models.IntegerField(_("목표"), default=1, db_default=1)
    icon = models.CharField(_("그림"), max_length=50, null=True, blank=True)
    color = models.CharField(_("색"), max_length=7, null=True, blank=True)
    instructions = models.JSONField(_("하는 법"), null=True, blank=True)
    tips = models.JSONField(_("도움말"), null=True, blank=True)
    is_featured = models.BooleanField(_("추천"), default=False, db_default=False)
    is_active = models.BooleanField(_("보이기"), default=True, db_default=True)
    sort_order = models.IntegerField(_("순서"), default=0, db_default=0)
    created_at = created()
    updated_at = Touched()

    # Beyond the document; docs/schema.md says why.
    default_schedule = json_object()
    default_unit = models.CharField(_("단위"), max_length=20, null=True, blank=True)
    default_direction = models.CharField(max_length=10, choices=Direction, default="at_least", db_default="at_least")
    default_part_of_day = models.CharField(max_length=10, choices=PartOfDay, default="anytime", db_default="anytime")
    translations = json_object()
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.DB_CASCADE, null=True, blank=True, db_index=False, related_name="own_habits"
    )
    # The name and description of an own habit. `name` and `description` are the catalogue's, which is public and searched.
    own_name = SealedTextField(null=True, blank=True, editable=False)
    own_description = SealedTextField(null=True, blank=True, editable=False)

    objects = HabitQuerySet.as_manager()

    class Meta:
        db_table = "habits"
        verbose_name = pgettext_lazy("one", "습관 템플릿")
        verbose_name_plural = pgettext_lazy("several", "습관 템플릿")
        constraints = [
            models.CheckConstraint(
                condition=Q(difficulty_level__in=["beginner", "intermediate", "advanced"]),
                name="habits_difficulty_level",
            ),
            models.CheckConstraint(condition=Q(default_target_count__gte=0), name="habits_default_target_count"),
            # No text of a person is stored unsealed.
            models.CheckConstraint(
                condition=Q(owner__isnull=True, own_name__isnull=True, own_description__isnull=True)
                | Q(owner__isnull=False, own_name__isnull=False, name="", description__isnull=True),
                name="habits_own_name",
            ),
        ]
        indexes = [
            NamedIndex(fields=["category"], name="idx_habits_category_id"),
            NamedIndex(fields=["difficulty_level"], name="idx_habits_difficulty_level"),
            NamedIndex(fields=["is_featured"], name="idx_habits_is_featured"),
            # A person's own habits, and their removal with the person.
            NamedIndex(fields=["owner"], name="idx_habits_owner_id", condition=Q(owner__isnull=False)),
        ]
        # The trail is for staff's changes to the catalogue: habits that people made are not recorded.
        triggers = [Audit(quiet=["updated_at"], unless="owner")]

    def __str__(self) -> str:
        """The catalogue's name; what a person called their own habit is not told by chance."""
        return super().text("name") or str(self.pk)

    def text(self, field: str) -> str:
        """The text as the person wrote it for an own habit, else the catalogue's."""
        if self.own_name and field in ("name", "description"):
            return getattr(self, f"own_{field}") or ""
        return super().text(field) if self.is_translated() else getattr(self, field) or ""

    @staticmethod
    def is_translated() -> bool:
        """Whether the active language needs `translations`. The columns are Korean."""
        return (get_language() or "ko") != "ko"

    @property
    def color_key(self) -> str:
        """What a page names by `data-cat`: the colour chosen for an own habit, else the category."""
        return (self.color and self.own_name and colors.key(self.color)) or self.category.name_en

    def clean(self) -> None:
        try:
            schedules.Rule.of_template(self)
        except schedules.RuleError as error:
            raise ValidationError(str(error)) from error


# Columns that neither a row of Today nor a check-in reads.
_NOT_ON_TODAY = {
    "notes",
    "paused_at",
    "completed_at",
    "created_at",
    "updated_at",
    "reminder_days",
    "next_reminder_at",
    "next_rollover_at",
    "origin",
    "origin_index",
    "empty_custom_name",
    "month_states",
}


# A rollover time that is not known yet: due at once.
UNKNOWN = datetime(1970, 1, 1, tzinfo=UTC)


class UserHabitQuerySet(models.QuerySet["UserHabit"]):
    def counted(self) -> "UserHabitQuerySet":
        """Those that a plan's `max_habits` counts: all that are not archived."""
        return self.filter(status__in=[UserHabit.Status.ACTIVE, UserHabit.Status.PAUSED])

    def lived_since(self, at: datetime) -> "UserHabitQuerySet":
        """Those, and the archived ones that were archived, or changed otherwise, since then."""
        counted = [UserHabit.Status.ACTIVE, UserHabit.Status.PAUSED]
        return self.filter(Q(status__in=counted) | Q(updated_at__gte=at))

    def with_habit(self) -> "UserHabitQuerySet":
        return self.select_related("habit__category")

    def for_check_in(self, *, is_translated: bool = True) -> "UserHabitQuerySet":
        """With the columns that a check-in reads or writes."""
        return self._for_today("month_states", is_translated=is_translated)

    def for_today(self, *, is_translated: bool = True) -> "UserHabitQuerySet":
        """With the columns that a row of Today shows, without long texts.

        A page in Korean does not read the translations.
        """
        return self._for_today(is_translated=is_translated)

    def _for_today(self, *more: str, is_translated: bool) -> "UserHabitQuerySet":
        habit = (
            *(["habit__translations"] if is_translated else []),
            "habit__name",
            "habit__own_name",
            "habit__icon",
            "habit__color",
            "habit__category__name_en",
            "habit__category__icon",
        )
        own = [field.attname for field in self.model._meta.concrete_fields if field.attname not in _NOT_ON_TODAY]
        return self.with_habit().only(*own, *habit, *more)


class UserHabit(FastInstanceModel):
    """A habit that a person has chosen.

    Its streak columns are valid through the day `streak_through`.
    """

    class Status(models.TextChoices):
        ACTIVE = "active", _("하는 중")
        PAUSED = "paused", _("쉬는 중")
        COMPLETED = "completed", _("마침")
        ARCHIVED = "archived", _("보관")

    id = uuid_key()
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.DB_CASCADE, db_index=False, related_name="habits")
    habit = models.ForeignKey(Habit, models.DO_NOTHING, db_index=False, related_name="+")
    target_frequency = models.CharField(max_length=20, choices=Frequency, default="daily", db_default="daily")
    target_count = models.IntegerField(default=1, db_default=1)
    # Strings like "09:00", in the person's time.
    reminder_times = json_array()
    # The document's column, always empty: a sealed name is longer. The name is in the column `own_name`.
    empty_custom_name = models.CharField(db_column="custom_name", max_length=200, null=True, editable=False)
    notes = SealedTextField(null=True, blank=True)
    status = models.CharField(max_length=20, choices=Status, default="active", db_default="active")
    current_streak = models.IntegerField(default=0, db_default=0)
    best_streak = models.IntegerField(default=0, db_default=0)
    total_completions = models.IntegerField(default=0, db_default=0)
    started_at = models.DateTimeField(db_default=Now())
    paused_at = models.DateTimeField(null=True)
    completed_at = models.DateTimeField(null=True)
    created_at = created()
    updated_at = Touched()

    # Beyond the document; docs/schema.md says why.
    schedule = json_object()
    unit = models.CharField(max_length=20, null=True, blank=True)
    direction = models.CharField(max_length=10, choices=Direction, default="at_least", db_default="at_least")
    part_of_day = models.CharField(max_length=10, choices=PartOfDay, default="anytime", db_default="anytime")
    custom_name = SealedTextField(db_column="own_name", null=True, blank=True)
    anchor = SealedTextField(null=True, blank=True)
    group_name = SealedTextField(null=True, blank=True)
    sort_order = models.IntegerField(default=0, db_default=0)
    started_on = models.DateField(null=True)
    # ISO weekdays on which to remind; empty means every day on which the habit is due.
    reminder_days = json_array()
    # The next time to check for a reminder (habits/reminders.py). A trigger sets it to now when its inputs change.
    next_reminder_at = models.DateTimeField(null=True)
    # All its rules, oldest first (habits/schedules/timeline.py), once there has been more than one.
    rules = models.JSONField(null=True)
    # The streak state after `streak_through`, the last closed day (habits/streaks.py).
    streak_state = models.JSONField(null=True)
    streak_through = models.DateField(null=True)
    # When the day after `streak_through` has ended for the person (habits/streak_rollover.py). A trigger sets it to UNKNOWN
    # where another writer moves `streak_through`, and so does one on users when the zone or the day's start changes.
    next_rollover_at = models.DateTimeField(default=UNKNOWN, db_default=UNKNOWN, editable=False)
    # The states after the last two ended months, oldest first: a page folds from there and not from the first day.
    month_states = models.JSONField(null=True)
    # Raised when closed days are judged again: then what is kept of them does not hold any more (habits/closed_days.py).
    closed_version = models.IntegerField(default=0, db_default=0)
    # The id in the app that the habit was imported from (habits/transfer): "loop:uuid:…". It can contain the habit's name.
    origin = SealedTextField(null=True)
    origin_index = BlindIndexField(source="origin", normalise="builtins.str", within="user_id")
    # The latest day with a check-in and its amount, so that Today and the check-in read no logs.
    counted_on = models.DateField(null=True)
    counted = models.IntegerField(default=0, db_default=0)
    # No log is of an earlier day, so that reading all of them opens only the months since. NULL: not known, or no log.
    first_logged_on = models.DateField(null=True)
    # Over the plan's number of habits (habits/plan_limits.py): chosen to go on, and only to be looked at.
    is_kept = models.BooleanField(default=False, db_default=False)
    is_read_only = models.BooleanField(default=False, db_default=False)

    objects = UserHabitQuerySet.as_manager()

    class Meta:
        db_table = "user_habits"
        verbose_name = pgettext_lazy("one", "하는 습관")
        verbose_name_plural = pgettext_lazy("several", "하는 습관")
        constraints = [
            models.UniqueConstraint(fields=["user", "habit"], name="user_habits_user_id_habit_id"),
            # A habit that is imported twice is one habit.
            models.UniqueConstraint(
                fields=["user", "origin_index"],
                name="user_habits_user_id_origin",
                condition=Q(origin_index__isnull=False),
            ),
            models.CheckConstraint(condition=Q(empty_custom_name=None), name="user_habits_custom_name"),
            models.CheckConstraint(
                condition=Q(status__in=["active", "paused", "completed", "archived"]), name="user_habits_status"
            ),
            models.CheckConstraint(condition=Q(target_count__gte=0), name="user_habits_target_count"),
            models.CheckConstraint(condition=Q(counted__gte=0), name="user_habits_counted"),
            models.CheckConstraint(
                condition=Q(first_logged_on__lte=models.F("counted_on")), name="user_habits_first_logged_on"
            ),
        ]
        indexes = [
            NamedIndex(fields=["user"], name="idx_user_habits_user_id"),
            NamedIndex(fields=["status"], name="idx_user_habits_status"),
            NamedIndex(fields=["started_at"], name="idx_user_habits_started_at"),
            # Read each minute by the reminder job: only habits with a coming reminder.
            NamedIndex(
                fields=["next_reminder_at"],
                name="idx_user_habits_next_reminder_at",
                condition=Q(next_reminder_at__isnull=False),
            ),
            # Read each minute by the streak rollover: active habits, the longest due first.
            NamedIndex(
                fields=["next_rollover_at"], name="idx_user_habits_next_rollover_at", condition=Q(status="active")
            ),
        ]
        triggers = [
            # The rollover itself writes both columns. A check-in moves neither, so this costs it one comparison.
            pgtrigger.Trigger(
                name="plan_rollover",
                when=pgtrigger.Before,
                operation=pgtrigger.UpdateOf("streak_through"),
                condition=pgtrigger.Condition(
                    "OLD.streak_through IS DISTINCT FROM NEW.streak_through"
                    " AND OLD.next_rollover_at = NEW.next_rollover_at"
                ),
                func="NEW.next_rollover_at = 'epoch'; RETURN NEW;",
            ),
            # After any write (a form, an import, plain SQL) the next reminder is computed within a minute.
            pgtrigger.Trigger(
                name="plan_reminders",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert
                | pgtrigger.UpdateOf(
                    "reminder_times", "reminder_days", "target_frequency", "schedule", "rules", "status", "started_on"
                ),
                func="""
                    IF NEW.status <> 'active' OR COALESCE(NEW.reminder_times, '[]') = '[]' THEN
                        NEW.next_reminder_at = NULL;
                    ELSIF TG_OP = 'INSERT' THEN
                        NEW.next_reminder_at = COALESCE(NEW.next_reminder_at, now());
                    ELSIF NEW.next_reminder_at IS NOT DISTINCT FROM OLD.next_reminder_at
                        AND (NEW.reminder_times, NEW.reminder_days, NEW.target_frequency, NEW.schedule, NEW.rules,
                             NEW.status, NEW.started_on)
                        IS DISTINCT FROM
                            (OLD.reminder_times, OLD.reminder_days, OLD.target_frequency, OLD.schedule, OLD.rules,
                             OLD.status, OLD.started_on)
                    THEN
                        NEW.next_reminder_at = now();
                    END IF;
                    RETURN NEW;
                """,
            ),
        ]

    def __str__(self) -> str:
        return str(self.pk)

    @property
    def name(self) -> str:
        return self.custom_name or self.habit.text("name")

    @property
    def kept_name(self) -> str:
        """Like `name`, for notifications: a name of the catalogue can be said in each language."""
        is_own = self.custom_name or self.habit.own_name
        return self.name if is_own else kept_words.of_row(self.habit, "name")

    @property
    def icon(self) -> str:
        return self.habit.icon or self.habit.category.icon or "circle"

    @property
    def color_key(self) -> str:
        return self.habit.color_key

    def begins_on(self, calendar: Calendar) -> date:
        return self.started_on or calendar.day_of(self.started_at)

    @property
    def is_own(self) -> bool:
        """Whether the person made it: nobody else has it."""
        return self.habit.owner_id == self.user_id

    @property
    def rule(self) -> schedules.Rule:
        """What is asked for now: which days, how much, at least or at most."""
        return schedules.Rule.of_columns(self)

    @property
    def timeline(self) -> schedules.Timeline:
        """All rules, each with the day from which it counts."""
        if not self.rules:
            return schedules.Timeline.always(self.rule)
        return schedules.Timeline.from_json(self.rules)

    def set_rule(self, rule: schedules.Rule, *, day: date) -> None:
        """Makes `rule` count from `day` on; earlier days keep theirs.

        A habit that begins on `day` has no earlier days.
        """
        unstarted = self.started_on is None or self.started_on >= day
        begins = unstarted and not self.logs.filter(local_date__lt=day).exists()
        timeline = schedules.Timeline.always(rule) if begins else self.timeline.change(day, rule)
        self.rules = timeline.to_json() if len(timeline.rules) > 1 else None
        for column, value in rule.columns().items():
            setattr(self, column, value)

    @property
    def is_active(self) -> bool:
        return self.status == self.Status.ACTIVE

    @property
    def is_archived(self) -> bool:
        return self.status in (self.Status.ARCHIVED, self.Status.COMPLETED)


class HabitLogQuerySet(models.QuerySet["HabitLog"]):
    def of_days(self, first: date, last: date) -> "HabitLogQuerySet":
        """The check-ins of these days, both included, from the partitions of their months only."""
        since, until = reach(first, last)
        return self.filter(local_date__range=(first, last), completed_at__gte=since, completed_at__lt=until)

    def of_days_since(self, first: date) -> "HabitLogQuerySet":
        """The check-ins of `first` and of all later days, from the partitions of their months."""
        return self.filter(local_date__gte=first, completed_at__gte=reach(first, first)[0])

    def of_habit(self, user_habit: UserHabit) -> "HabitLogQuerySet":
        """All its check-ins, from the partitions since the first of them."""
        return _since(self.filter(user_habit=user_habit), user_habit.first_logged_on)

    def of_person(self, user: User) -> "HabitLogQuerySet":
        """All check-ins of all the person's habits, from the partitions since the first of them."""
        # Not known where a row was written by SQL and has never been rebuilt.
        unknown = Q(first_logged_on=None) & (Q(counted_on__isnull=False) | Q(streak_through=None))
        known = user.habits.aggregate(first=models.Min("first_logged_on"), unknown=models.Count("pk", filter=unknown))
        return _since(self.filter(user_habit__user=user), None if known["unknown"] else known["first"])


def _since(logs: HabitLogQuerySet, first: date | None) -> HabitLogQuerySet:
    return logs.filter(completed_at__gte=reach(first, first)[0]) if first else logs


class HabitLog(models.Model):
    """One check-in, in the partition of the month of `completed_at`.

    `id` is the key that the page made.
    """

    PARTITION_BY = "completed_at"

    id = uuid_key()
    user_habit = models.ForeignKey(UserHabit, models.DB_CASCADE, db_index=False, related_name="logs")
    completed_count = models.IntegerField(default=1, db_default=1)
    target_count = models.IntegerField()
    completed_at = models.DateTimeField(_("체크한 때"))
    mood_score = models.IntegerField(null=True, blank=True)
    energy_level = models.IntegerField(null=True, blank=True)
    location = models.CharField(max_length=50, choices=Place, null=True, blank=True)
    weather = models.CharField(max_length=50, choices=Weather, null=True, blank=True)
    notes = SealedTextField(null=True, blank=True)
    image_urls = json_array()
    streak_count = models.IntegerField(default=1, db_default=1)
    created_at = created()

    # The person's day, computed when the row was written; a later change of time zone does not move it.
    local_date = models.DateField(null=True)
    # The person's local hour, fixed in the same way. NULL if unknown: entered later without a time, or imported.
    local_hour = models.SmallIntegerField(null=True)

    objects = HabitLogQuerySet.as_manager()

    class Meta:
        db_table = "habit_logs"
        verbose_name = pgettext_lazy("one", "체크 기록")
        verbose_name_plural = pgettext_lazy("several", "체크 기록")
        constraints = [
            models.CheckConstraint(condition=Q(mood_score__range=(1, 10)), name="habit_logs_mood_score"),
            models.CheckConstraint(condition=Q(energy_level__range=(1, 10)), name="habit_logs_energy_level"),
            models.CheckConstraint(condition=Q(completed_count__gte=1), name="habit_logs_completed_count"),
        ]
        indexes = [
            # Read by the ledger, the replay and the plots: a habit's days in order.
            NamedIndex(fields=["user_habit", "local_date"], name="idx_habit_logs_user_habit_id"),
            NamedIndex(fields=["completed_at"], name="idx_habit_logs_completed_at"),
            NamedIndex(fields=["created_at"], name="idx_habit_logs_created_at"),
        ]

    def __str__(self) -> str:
        return str(self.pk)

    def _do_update(self, base_qs: Any, *args: Any) -> Any:
        """Django's update by the key, in the partition of `completed_at`: the key alone would open all of them.

        A save that moves the row to another time first has to move it by a statement of its own.
        """
        return super()._do_update(base_qs.filter(completed_at=self.completed_at), *args)

    def day_by(self, calendar: Calendar) -> date:
        """The day it counts for. Rows older than `local_date` count for the day of `completed_at`."""
        return self.local_date or calendar.day_of(self.completed_at)


class HabitLogEdit(models.Model):
    """The trail of a check-in that was added, changed or removed later.

    It never holds the text of a note.
    """

    class Kind(models.TextChoices):
        ADDED = "added", _("기록했어요")
        CHANGED = "changed", _("고쳤어요")
        REMOVED = "removed", _("지웠어요")

    id = uuid_key()
    user_habit = models.ForeignKey(UserHabit, models.DB_CASCADE, db_index=False, related_name="edits")
    # The person who made the change.
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.DB_CASCADE, db_index=False, related_name="+")
    # No foreign key: the log may be deleted.
    log_id = models.UUIDField()
    local_date = models.DateField()
    kind = models.CharField(max_length=10, choices=Kind)
    # `count`, `at` and the details, with `true` for a note. NULL if there was no log.
    before = models.JSONField(null=True)
    after = models.JSONField(null=True)
    created_at = created()

    class Meta:
        db_table = "habit_log_edits"
        indexes = [
            # Read by the page of a day.
            NamedIndex(fields=["user_habit", "local_date"], name="idx_habit_log_edits_user_habit_id"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.log_id}"


class CheckInKey(models.Model):
    """The key of a check-in, unique here: partitioned logs cannot keep a key unique on its own.

    Kept for longer than a page may send a check-in again (checkins.OFFLINE).
    """

    id = models.UUIDField(primary_key=True)
    made_at = models.DateTimeField()

    class Meta:
        db_table = "check_in_keys"
        indexes = [
            # Read by the nightly deletion of old keys.
            NamedIndex(fields=["made_at"], name="idx_check_in_keys_made_at"),
        ]

    def __str__(self) -> str:
        return str(self.pk)


class _Belonging(Protocol):
    """A habit, or the part of its row that identifies it."""

    @property
    def pk(self) -> UUID: ...

    @property
    def user_id(self) -> UUID: ...


class HabitRestQuerySet(models.QuerySet["HabitRest"]):
    def since(self, day: date | None) -> "HabitRestQuerySet":
        """The rests that end on `day` or later."""
        return self.exclude(ends_on__lt=day) if day else self

    def covering(self, day: date) -> "HabitRestQuerySet":
        return self.filter(starts_on__lte=day).since(day)


class HabitRest(models.Model):
    """Days on which a miss does not break the streak: a pause, or a skipped day."""

    class Kind(models.TextChoices):
        PAUSE = "pause", _("쉼")
        SKIP = "skip", _("하루 건너뛰기")
        # The days on which it was over the plan's number (habits/plan_limits.py). It begins and ends with the plan.
        LIMIT = "limit", _("요금제의 한도")

    id = uuid_key()
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.DB_CASCADE, db_index=False, related_name="rests")
    # NULL: the rest is of all the person's habits.
    user_habit = models.ForeignKey(UserHabit, models.DB_CASCADE, null=True, db_index=False, related_name="rests")
    kind = models.CharField(max_length=10, choices=Kind)
    starts_on = models.DateField()
    # NULL: without an end date.
    ends_on = models.DateField(null=True)
    created_at = created()

    objects = HabitRestQuerySet.as_manager()

    class Meta:
        db_table = "habit_rests"
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_on__isnull=True) | Q(ends_on__gte=models.F("starts_on")), name="habit_rests_ends_on"
            ),
        ]
        indexes = [
            NamedIndex(fields=["user", "starts_on"], name="idx_habit_rests_user_id"),
            NamedIndex(fields=["user_habit"], name="idx_habit_rests_user_habit_id"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.starts_on}"

    def concerns(self, user_habit: _Belonging) -> bool:
        return self.user_id == user_habit.user_id and self.user_habit_id in (None, user_habit.pk)

    def covers(self, day: date) -> bool:
        return self.starts_on <= day and (self.ends_on is None or day <= self.ends_on)


class MonthGoal(models.Model):
    """What a person wants to reach in each month: done days of a habit, or percent of all."""

    id = uuid_key()
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.DB_CASCADE, db_index=False, related_name="month_goals")
    # NULL: all habits together, in percent.
    user_habit = models.ForeignKey(UserHabit, models.DB_CASCADE, null=True, db_index=False, related_name="month_goals")
    target = models.SmallIntegerField()
    created_at = created()

    class Meta:
        db_table = "month_goals"
        constraints = [
            models.UniqueConstraint(
                fields=["user", "user_habit"], name="month_goals_user_id_user_habit_id", nulls_distinct=False
            ),
            models.CheckConstraint(
                condition=Q(target__range=(1, 31)) | Q(user_habit__isnull=True, target__range=(1, 100)),
                name="month_goals_target",
            ),
        ]
        indexes = [NamedIndex(fields=["user_habit"], name="idx_month_goals_user_habit_id")]

    def __str__(self) -> str:
        return str(self.target)


class HabitImport(FileJob):
    """A file from another app that is being imported. habits/transfer/import_jobs.py."""

    class State(models.TextChoices):
        # Waiting for a worker or in its hands: to be read, and once the person agreed, to be written.
        READING = "reading", _("읽는 중")
        READY = "ready", _("고르기를 기다림")
        WRITING = "writing", _("옮기는 중")
        DONE = "done", _("끝남")
        # The file cannot be taken over (`reason`); or it could, and we failed.
        REFUSED = "refused", _("옮길 수 없음")
        FAILED = "failed", _("안 됨")

    AT_WORK = ["reading", "writing"]
    # Another file in the same row is other work.
    FENCE = ("attempts", "state", "storage_path")

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.DB_CASCADE, db_index=False, related_name="imports")
    state = models.CharField(max_length=10, choices=State, default="reading", db_default="reading")
    # The importer's key.
    source = models.CharField(max_length=20, null=True)
    reason = models.CharField(max_length=20, null=True)
    # What the file holds (merge_plan.preview): names and numbers, no words of notes.
    preview = SealedJSONField(default=list, blank=True)
    # What could not be read of it: reasons, and places named as in the file.
    problems = SealedJSONField(default=dict, blank=True)
    # What the person chose for each habit of the preview, and what came of it.
    choices = json_array()
    result = json_object()
    # When the file and the row are deleted.
    expires_at = models.DateTimeField()

    class Meta:
        db_table = "habit_imports"
        verbose_name = pgettext_lazy("one", "가져오기")
        verbose_name_plural = pgettext_lazy("several", "가져오기")
        constraints = [
            # One at a time: the next takes its place.
            models.UniqueConstraint(fields=["user"], name="habit_imports_user_id"),
            models.CheckConstraint(
                condition=Q(state__in=["reading", "ready", "writing", "done", "refused", "failed"]),
                name="habit_imports_state",
            ),
        ]
        indexes = [
            # Read each minute by the worker.
            NamedIndex(
                fields=["created_at"], name="idx_habit_imports_at_work", condition=Q(state__in=["reading", "writing"])
            ),
            # Read by retention.
            NamedIndex(fields=["expires_at"], name="idx_habit_imports_expires_at"),
        ]


class UserStatsSummary(models.Model):
    """The schema document's materialized view, filled by `refresh_stats`.

    `name` is sealed as in `users`.
    """

    id = models.UUIDField(primary_key=True)
    name = SealedCopyField(table="users", column="name")
    total_habits = models.BigIntegerField()
    avg_streak = models.DecimalField(max_digits=20, decimal_places=10, null=True)
    total_completions = models.BigIntegerField(null=True)

    class Meta:
        db_table = "user_stats_summary"
        managed = False

    def __str__(self) -> str:
        return str(self.pk)
