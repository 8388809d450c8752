"""Changes of two people, purged keys, revisions of rows, reviews of who looked at whom.

People are ids without a foreign key, as in the audit trail: what was done is kept after the account is gone.
"""

import pgtrigger
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from core.db.columns import NamedIndex, created, json_object, uuid_key


class ChangeRequest(models.Model):
    """A change that a second person approves before it is made (core/staff/change_requests.py)."""

    class State(models.TextChoices):
        WAITING = "waiting", _("기다림")
        DONE = "done", _("승인함")
        REFUSED = "refused", _("거절함")
        # Nobody approved it in time.
        EXPIRED = "expired", _("때가 지남")
        # What it changes was changed by somebody else meanwhile.
        OUTDATED = "outdated", _("그사이 바뀜")

    id = uuid_key()
    kind = models.CharField(_("종류"), max_length=40)
    # What it changes, as its kind writes it: the key of a row, mostly.
    target = models.CharField(_("무엇"), max_length=200)
    # What it is called, as its kind names it.
    subject = models.CharField(_("무엇"), max_length=200)
    proposed = json_object()
    # What `proposed` replaces, as the author saw it.
    before = json_object()
    why = models.TextField(_("까닭"))
    author_id = models.UUIDField()
    approver_id = models.UUIDField(null=True)
    state = models.CharField(_("상태"), max_length=10, choices=State, default="waiting", db_default="waiting")
    created_at = created()
    expires_at = models.DateTimeField(_("끝나는 때"))
    decided_at = models.DateTimeField(_("정한 때"), null=True)

    class Meta:
        db_table = "change_requests"
        verbose_name = pgettext_lazy("one", "두 사람이 하는 일")
        verbose_name_plural = pgettext_lazy("several", "두 사람이 하는 일")
        constraints = [
            models.CheckConstraint(
                condition=Q(approver_id__isnull=True) | ~Q(approver_id=F("author_id")),
                name="change_requests_two_people",
            ),
            models.CheckConstraint(
                condition=~Q(state="done") | Q(approver_id__isnull=False, decided_at__isnull=False),
                name="change_requests_done_by_somebody",
            ),
            models.UniqueConstraint(
                fields=["kind", "target"], name="change_requests_one_waiting", condition=Q(state="waiting")
            ),
        ]
        indexes = [NamedIndex(fields=["state", "created_at"], name="idx_change_requests_state")]

    def __str__(self) -> str:
        return self.subject


class PurgedKey(models.Model):
    """A key of the ring that neither seals nor opens any more, whatever the environment holds.

    core/crypto/purged_keys.py reads it, core/staff/key_purges.py writes it. The database holds that two people decided it.
    """

    key_id = models.CharField(primary_key=True, max_length=50)
    # The change request, which is deleted before this row.
    request_id = models.UUIDField()
    purged_at = models.DateTimeField(_("파기한 때"))

    class Meta:
        db_table = "purged_keys"
        triggers = [
            pgtrigger.Protect(name="keep_purged", operation=pgtrigger.Update | pgtrigger.Delete),
            pgtrigger.Trigger(
                # When the transaction ends: the request is done by then.
                name="two_people",
                when=pgtrigger.After,
                operation=pgtrigger.Insert,
                timing=pgtrigger.Deferred,
                func="""
                    IF NOT EXISTS (SELECT FROM public.change_requests
                                   WHERE id = NEW.request_id AND kind = 'key' AND target = NEW.key_id AND state = 'done')
                    THEN
                        RAISE EXCEPTION 'a key is purged by two people'
                            USING ERRCODE = 'check_violation', CONSTRAINT = 'purged_keys_two_people';
                    END IF;
                    RETURN NULL;
                """,
            ),
        ]

    def __str__(self) -> str:
        return self.key_id


class AccessReview(models.Model):
    """A month's reads of people's pages: a sample that somebody looked through and signed."""

    id = uuid_key()
    # The first day of the month.
    month = models.DateField(_("달"), unique=True)
    reads = models.IntegerField(_("본 횟수"))
    # Ids of rows in `audit_logs`.
    sample = models.JSONField()
    note = models.TextField(_("살펴본 결과"), blank=True, default="", db_default="")
    reviewer_id = models.UUIDField(null=True)
    signed_at = models.DateTimeField(_("서명한 때"), null=True)

    class Meta:
        db_table = "access_reviews"
        verbose_name = pgettext_lazy("one", "접근 점검")
        verbose_name_plural = pgettext_lazy("several", "접근 점검")
        constraints = [
            models.CheckConstraint(
                condition=Q(reviewer_id__isnull=True, signed_at__isnull=True)
                | Q(reviewer_id__isnull=False, signed_at__isnull=False),
                name="access_reviews_signed_by_somebody",
            )
        ]

    def __str__(self) -> str:
        return f"{self.month:%Y-%m}"


class Revision(models.Model):
    """The content of a catalogue row at one time, kept or to come (core/staff/revisions.py)."""

    class State(models.TextChoices):
        DRAFT = "draft", _("초안")
        SCHEDULED = "scheduled", _("예약")
        # Was or is on air.
        KEPT = "kept", _("나간 판")

    id = uuid_key()
    table = models.CharField(max_length=100)
    key = models.CharField(max_length=100)
    number = models.IntegerField(_("판"))
    content = models.JSONField()
    state = models.CharField(_("상태"), max_length=10, choices=State)
    goes_live_at = models.DateTimeField(_("나갈 때"), null=True)
    live_at = models.DateTimeField(_("나간 때"), null=True)
    why = models.TextField(_("까닭"), blank=True, default="", db_default="")
    author_id = models.UUIDField(null=True)
    created_at = created()

    class Meta:
        db_table = "revisions"
        verbose_name = pgettext_lazy("one", "판")
        verbose_name_plural = pgettext_lazy("several", "판")
        constraints = [
            models.UniqueConstraint(fields=["table", "key", "number"], name="revisions_one_of_each_number"),
            models.CheckConstraint(
                condition=~Q(state="scheduled") | Q(goes_live_at__isnull=False), name="revisions_scheduled_at"
            ),
        ]
        indexes = [
            # Read each minute.
            NamedIndex(fields=["goes_live_at"], name="idx_revisions_scheduled", condition=Q(state="scheduled"))
        ]

    def __str__(self) -> str:
        return f"{self.table} {self.key} {self.number}"


class WorkClaim(models.Model):
    """Who looks after one kind of waiting work (core/work_queue.py)."""

    name = models.CharField(primary_key=True, max_length=100)
    owner_id = models.UUIDField()
    claimed_at = models.DateTimeField()

    class Meta:
        db_table = "work_claims"

    def __str__(self) -> str:
        return self.name


class ScheduledRun(models.Model):
    """The last run of a scheduled job."""

    name = models.CharField(primary_key=True, max_length=100)
    began_at = models.DateTimeField()
    # Seconds; NULL while it runs, or after its process died.
    took = models.FloatField(null=True)
    # The name of the exception.
    error = models.CharField(max_length=100, blank=True, default="", db_default="")

    class Meta:
        db_table = "scheduled_runs"

    def __str__(self) -> str:
        return self.name
