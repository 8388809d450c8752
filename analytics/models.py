"""Product events, and daily numbers of each person."""

import datetime as dt

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import pgettext_lazy

from accounts.days import ONE_DAY
from core.crypto.fields import SealedTextField
from core.db.columns import NamedIndex, created, uuid_key
from habits.models import UserHabit


class UserAnalytics(models.Model):
    id = uuid_key()
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.DB_CASCADE, db_index=False, related_name="+")
    date = models.DateField()
    total_habits = models.IntegerField(default=0, db_default=0)
    completed_habits = models.IntegerField(default=0, db_default=0)
    # 0.0 to 1.0.
    completion_rate = models.FloatField(default=0.0, db_default=0.0)
    avg_mood_score = models.FloatField(null=True)
    avg_energy_level = models.FloatField(null=True)
    app_opens = models.IntegerField(default=0, db_default=0)
    session_duration_minutes = models.IntegerField(default=0, db_default=0)
    ai_messages_received = models.IntegerField(default=0, db_default=0)
    active_streaks = models.IntegerField(default=0, db_default=0)
    longest_streak = models.IntegerField(default=0, db_default=0)
    created_at = created()

    class Meta:
        db_table = "user_analytics"
        verbose_name = pgettext_lazy("one", "하루 통계")
        verbose_name_plural = pgettext_lazy("several", "하루 통계")
        constraints = [models.UniqueConstraint(fields=["user", "date"], name="user_analytics_user_id_date")]
        # Besides, `idx_user_analytics_date` (migration 0003): the figures of staff read a week of everybody.
        indexes = [NamedIndex(fields=["user", "date"], name="idx_user_analytics_user_id_date")]

    def __str__(self) -> str:
        return f"{self.user_id} {self.date}"


class AppEvent(models.Model):
    """One event, in the partition of the month of `occurred_at`, kept for a year."""

    PARTITION_BY = "occurred_at"

    id = uuid_key()
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.DB_SET_NULL, null=True, db_index=False, related_name="+")
    event_type = models.CharField(max_length=100)
    event_data = models.JSONField(null=True)
    session_id = models.UUIDField(null=True)
    screen_name = models.CharField(max_length=100, null=True)
    user_agent = models.TextField(null=True)
    ip_address = models.GenericIPAddressField(null=True)
    occurred_at = models.DateTimeField()
    created_at = created()

    class Meta:
        db_table = "app_events"
        verbose_name = pgettext_lazy("one", "앱에서 한 일")
        verbose_name_plural = pgettext_lazy("several", "앱에서 한 일")
        indexes = [
            NamedIndex(fields=["user"], name="idx_app_events_user_id"),
            NamedIndex(fields=["event_type"], name="idx_app_events_event_type"),
            NamedIndex(fields=["occurred_at"], name="idx_app_events_occurred_at"),
        ]

    def __str__(self) -> str:
        return f"{self.event_type} {self.pk}"


class AggregateFill(models.Model):
    """One closed day of one time zone and day start, for one metric. analytics/fill_ledger.py.

    A fill that was killed stays STARTED and is done again.
    """

    class State(models.TextChoices):
        STARTED = "started"
        DONE = "done"

    id = uuid_key()
    metric = models.CharField(max_length=50)
    zone = models.CharField(max_length=50)
    day_start = models.SmallIntegerField()
    counted_on = models.DateField()
    state = models.CharField(max_length=10, choices=State, default="started", db_default="started")
    started_at = created()
    done_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "aggregate_fills"
        constraints = [
            # Its index also finds the latest day of each zone.
            models.UniqueConstraint(fields=["metric", "zone", "day_start", "counted_on"], name="aggregate_fills_day"),
            models.CheckConstraint(
                condition=models.Q(state="started", done_at__isnull=True)
                | models.Q(state="done", done_at__isnull=False),
                name="aggregate_fills_state",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.metric} {self.zone} {self.counted_on} {self.state}"


class StaleAggregate(models.Model):
    """The daily aggregates of this person are wrong from the day `begins_on` on.

    Triggers write it (migration 0002).
    """

    user = models.OneToOneField(settings.AUTH_USER_MODEL, models.DB_CASCADE, primary_key=True, related_name="+")
    begins_on = models.DateField()
    # The transaction that wrote the mark last: a mark that another one renewed meanwhile is not removed.
    marked_in = models.BigIntegerField()

    class Meta:
        db_table = "stale_aggregates"

    def __str__(self) -> str:
        return f"{self.user_id} {self.begins_on}"


class MetricValue(models.Model):
    """One number of a metric for one period, written at night. Nobody is named.

    analytics/metric_dictionary.py declares the metrics; the staff's dashboard reads nothing else.
    """

    id = uuid_key()
    metric = models.CharField(max_length=50)
    # The first day of the period.
    begins_on = models.DateField()
    # A kind of it: 'new' of the active people, the week of a cohort; '' is the whole.
    part = models.CharField(max_length=60, blank=True, default="", db_default="")
    number = models.FloatField()
    # Of how many people it is: what few share is hidden. NULL where it is of nobody.
    people = models.IntegerField(null=True)
    computed_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        db_table = "metric_values"
        verbose_name = pgettext_lazy("one", "숫자")
        verbose_name_plural = pgettext_lazy("several", "숫자판")
        constraints = [
            # Its index also finds a metric's last periods.
            models.UniqueConstraint(fields=["metric", "begins_on", "part"], name="metric_values_period"),
            models.CheckConstraint(
                condition=models.Q(people__isnull=True) | models.Q(people__gte=0), name="metric_values_people"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.metric} {self.begins_on} {self.part}"


class ExperimentQuerySet(models.QuerySet["Experiment"]):
    def with_habit(self) -> "ExperimentQuerySet":
        return self.select_related("user_habit__habit__category")


class Experiment(models.Model):
    """Two weeks in which a person tries something with one habit. analytics/experiments.py."""

    id = uuid_key()
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.DB_CASCADE, db_index=False, related_name="experiments")
    user_habit = models.ForeignKey(UserHabit, models.DB_CASCADE, db_index=False, related_name="experiments")
    # What to try, in the person's words.
    idea = SealedTextField()
    starts_on = models.DateField()
    ends_on = models.DateField()
    # The day on which it was stopped early, or made room for the next; NULL until then.
    closed_on = models.DateField(null=True)
    created_at = created()

    objects = ExperimentQuerySet.as_manager()

    class Meta:
        db_table = "experiments"
        constraints = [
            # One at a time for each habit: two would not be told apart.
            models.UniqueConstraint(
                fields=["user_habit"], name="experiments_user_habit_id", condition=Q(closed_on__isnull=True)
            ),
            models.CheckConstraint(condition=Q(ends_on__gte=models.F("starts_on")), name="experiments_ends_on"),
        ]
        indexes = [
            NamedIndex(fields=["user"], name="idx_experiments_user_id"),
            NamedIndex(fields=["user_habit"], name="idx_experiments_user_habit_id"),
        ]

    def __str__(self) -> str:
        return str(self.pk)

    @property
    def last_on(self) -> dt.date:
        """The last day that is compared: the day on which it was stopped is cut short, and left out."""
        if self.closed_on is None:
            return self.ends_on
        return max(self.starts_on, min(self.ends_on, self.closed_on - ONE_DAY))
