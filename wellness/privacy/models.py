"""Requested exports, and the deletion log."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from core.db.columns import NamedIndex, uuid_key
from core.db.work import FileJob


class DataExport(FileJob):
    """An export a person asked for: everything about them, or their habits alone.

    wellness/privacy/exports.py.
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

    AT_WORK = ["pending", "running"]

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.DB_CASCADE, db_index=False, related_name="exports")
    state = models.CharField(max_length=10, choices=State, default="pending", db_default="pending")
    kind = models.CharField(max_length=10, choices=Kind, default="everything", db_default="everything")
    # Rows and photos written, of `total`.
    done = models.IntegerField(default=0, db_default=0)
    # Bytes.
    file_size = models.BigIntegerField(null=True)
    # When the file and the row are deleted.
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


class Departure(models.Model):
    """A line of the deletion log, which is also a file (wellness/privacy/deletion_log.py)."""

    class Step(models.TextChoices):
        ASKED = "asked"
        STAYED = "stayed"
        ERASED = "erased"

    id = uuid_key()
    # No foreign key: after a restore, the log names people whom the database may not contain.
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
