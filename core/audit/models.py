"""Who changed what, and from where. Written by the triggers in `core.audit.triggers`, never by Python."""

from django.db import models

from core.db.columns import created, uuid_key


class AuditLog(models.Model):
    class Action(models.TextChoices):
        INSERT = "INSERT"
        UPDATE = "UPDATE"
        DELETE = "DELETE"

    id = uuid_key()
    table_name = models.CharField(max_length=100)
    record_id = models.UUIDField()
    action = models.CharField(max_length=20, choices=Action)
    old_values = models.JSONField(null=True)
    new_values = models.JSONField(null=True)
    # No foreign key: the trail outlives the person.
    user_id = models.UUIDField(null=True)
    ip_address = models.GenericIPAddressField(null=True)
    occurred_at = created()

    class Meta:
        db_table = "audit_logs"
        indexes = [
            # "What happened to this row", asked by staff.
            models.Index(fields=["record_id", "occurred_at"], name="idx_audit_logs_record_id"),
            # "What did this person do", asked by staff; and the addresses of somebody who left.
            models.Index(fields=["user_id", "occurred_at"], name="idx_audit_logs_user_id"),
            # Read by retention: the oldest first.
            models.Index(fields=["occurred_at"], name="idx_audit_logs_occurred_at"),
        ]

    def __str__(self) -> str:
        return f"{self.action} {self.table_name} {self.record_id}"
