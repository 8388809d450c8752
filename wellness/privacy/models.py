"""Exports people asked for, and the ledger of who left."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from core.db.columns import NamedIndex, created, uuid_key


class DataExport(models.Model):
    """What a person takes out: everything about them, or their habits alone. The row is the work; a task's message only
    wakes the worker.
    """

    class Kind(models.TextChoices):
        EVERYTHING = "everything", _("모든 것")
        CSV = "csv", _("습관 CSV")
        JSON = "json", _("습관 JSON")
        LOOP = "loop", "Loop"

    class State(models.TextChoices):
        PENDING = "pending"
        RUNNING = "running"
        DONE = "done"
        FAILED = "failed"

    id = uuid_key()
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.DB_CASCADE, db_index=False, related_name="exports")
    state = models.CharField(max_length=10, choices=State, default="pending", db_default="pending")
    kind = models.CharField(max_length=10, choices=Kind, default="everything", db_default="everything")
    # Rows and photos written, of all there are.
    done = models.IntegerField(default=0, db_default=0)
    total = models.IntegerField(default=0, db_default=0)
    # Each attempt has a number; whoever holds an older one has lost the work to another and stops.
    attempts = models.IntegerField(default=0, db_default=0)
    lease_ends_at = models.DateTimeField(null=True)
    # A random name in the storage, and its size in bytes.
    storage_path = models.CharField(max_length=200, null=True)
    file_size = models.BigIntegerField(null=True)
    created_at = created()
    finished_at = models.DateTimeField(null=True)
    # When the file goes, and the row with it.
    expires_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "data_exports"
        constraints = [
            models.UniqueConstraint(
                fields=["user"], name="data_exports_one_at_work", condition=Q(state__in=["pending", "running"])
            ),
        ]
        indexes = [
            NamedIndex(fields=["user", "-created_at"], name="idx_data_exports_user_id"),
            # Read each minute by the worker.
            NamedIndex(
                fields=["created_at"], name="idx_data_exports_at_work", condition=Q(state__in=["pending", "running"])
            ),
            # Read by retention.
            NamedIndex(fields=["expires_at"], name="idx_data_exports_expires_at"),
        ]

    def __str__(self) -> str:
        return str(self.pk)

    @property
    def paths(self) -> list[str]:
        """All it has in the storage."""
        return [self.storage_path] if self.storage_path else []

    @property
    def is_at_work(self) -> bool:
        return self.state in (self.State.PENDING, self.State.RUNNING)


class Departure(models.Model):
    """A line of the deletion ledger on its way into the file outside the database (`wellness.privacy.deletion_log`)."""

    class Step(models.TextChoices):
        ASKED = "asked"
        STAYED = "stayed"
        ERASED = "erased"

    id = uuid_key()
    # No foreign key: what is replayed after a restore names people whom the restored database may not know.
    user_id = models.UUIDField()
    step = models.CharField(max_length=10, choices=Step)
    occurred_at = models.DateTimeField(db_default=Now())
    # NULL until the line is in the file.
    written_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "deletion_ledger"
        indexes = [
            NamedIndex(
                fields=["occurred_at"], name="idx_deletion_ledger_unwritten", condition=Q(written_at__isnull=True)
            ),
            NamedIndex(fields=["user_id"], name="idx_deletion_ledger_user_id"),
        ]

    def __str__(self) -> str:
        return f"{self.step} {self.user_id}"
