"""The audit trail: who changed what, or looked at whom, from which address.

Written by the triggers in `core.audit.triggers` and by `core.audit.reads` only.
"""

from django.db import models

from core.db.columns import created, uuid_key


class AuditLog(models.Model):
    class Action(models.TextChoices):
        INSERT = "INSERT"
        UPDATE = "UPDATE"
        DELETE = "DELETE"
        # Staff looked at a person.
        READ = "READ"

    id = uuid_key()
    table_name = models.CharField(max_length=100)
    record_id = models.UUIDField()
    action = models.CharField(max_length=20, choices=Action)
    old_values = models.JSONField(null=True)
    new_values = models.JSONField(null=True)
    # No foreign key: the trail is kept after the person is deleted.
    user_id = models.UUIDField(null=True)
    ip_address = models.GenericIPAddressField(null=True)
    occurred_at = created()

    class Meta:
        db_table = "audit_logs"
        indexes = [
            # Staff look up the history of a row.
            models.Index(fields=["record_id", "occurred_at"], name="idx_audit_logs_record_id"),
            # Staff look up what a person did; erasure removes the addresses of a person who left.
            models.Index(fields=["user_id", "occurred_at"], name="idx_audit_logs_user_id"),
            # Retention reads the oldest rows first.
            models.Index(fields=["occurred_at"], name="idx_audit_logs_occurred_at"),
        ]

    def __str__(self) -> str:
        return f"{self.action} {self.table_name} {self.record_id}"
