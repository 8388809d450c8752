"""The audit trail: who changed what, or looked at whom, from which address.

Written by the triggers in `core.audit.triggers`, by `core.audit.reads` and by `core.audit.act_records` only.
"""

from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from core.db.columns import uuid_key


class AuditLog(models.Model):
    class Action(models.TextChoices):
        INSERT = "INSERT", _("더함")
        UPDATE = "UPDATE", _("고침")
        DELETE = "DELETE", _("지움")
        # Staff looked at a person.
        READ = "READ", _("봄")
        # Staff did something; `new_values` says what.
        ACT = "ACT", _("함")

    id = uuid_key()
    table_name = models.CharField(_("표"), max_length=100)
    record_id = models.UUIDField()
    action = models.CharField(_("한 일"), max_length=20, choices=Action)
    old_values = models.JSONField(_("전"), null=True)
    new_values = models.JSONField(_("뒤"), null=True)
    # No foreign key: the trail is kept after the person is deleted.
    user_id = models.UUIDField(null=True)
    ip_address = models.GenericIPAddressField(_("주소"), null=True)
    # Why staff did it, in their words.
    why = models.TextField(_("까닭"), null=True)
    occurred_at = models.DateTimeField(_("때"), db_default=Now(), editable=False)

    class Meta:
        db_table = "audit_logs"
        verbose_name = pgettext_lazy("one", "접근 기록")
        verbose_name_plural = pgettext_lazy("several", "접근 기록")
        indexes = [
            # Staff look up the history of a row.
            models.Index(fields=["record_id", "occurred_at"], name="idx_audit_logs_record_id"),
            # Staff look up what a person did; erasure removes the addresses of a person who left.
            models.Index(fields=["user_id", "occurred_at"], name="idx_audit_logs_user_id"),
            # Staff look up what happened to a table.
            models.Index(fields=["table_name", "occurred_at"], name="idx_audit_logs_table_name"),
            # Retention reads the oldest rows first.
            models.Index(fields=["occurred_at"], name="idx_audit_logs_occurred_at"),
        ]

    def __str__(self) -> str:
        return f"{self.action} {self.table_name} {self.record_id}"
