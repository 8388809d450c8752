"""Files that people uploaded: where they are stored, and what they belong to."""

from pathlib import PurePosixPath

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import pgettext_lazy

from core.db.columns import NamedIndex
from core.db.work import LeasedRow


class UploadedFileQuerySet(models.QuerySet["UploadedFile"]):
    def shown(self) -> "UploadedFileQuerySet":
        """Files whose bytes are completely stored."""
        return self.filter(is_deleted=False, stored_at__isnull=False)


class UploadedFile(LeasedRow):
    """A photo. The row is also the job of making its thumbnail (files/thumbnails.py)."""

    class Context(models.TextChoices):
        AVATAR = "avatar"
        HABIT_LOG = "habit_log"
        PROGRESS_PHOTO = "progress_photo"
        EXPORT = "export"

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.DB_SET_NULL, null=True, db_index=False, related_name="files"
    )
    original_filename = models.CharField(max_length=255)
    stored_filename = models.CharField(max_length=255)
    # Bytes.
    file_size = models.IntegerField()
    mime_type = models.CharField(max_length=100)
    storage_provider = models.CharField(max_length=50, db_default="aws_s3")
    storage_path = models.TextField()
    url = models.TextField()
    thumbnail_url = models.TextField(null=True)
    upload_context = models.CharField(max_length=100, choices=Context, null=True)
    related_entity_id = models.UUIDField(null=True)
    is_processed = models.BooleanField(db_default=False)
    is_deleted = models.BooleanField(db_default=False)

    # When the bytes were completely stored. The row is created before them with NULL, so a crash leaves no bytes without
    # a row.
    stored_at = models.DateTimeField(null=True, db_default=Now())

    objects = UploadedFileQuerySet.as_manager()

    class Meta:
        db_table = "uploaded_files"
        verbose_name = pgettext_lazy("one", "올린 파일")
        verbose_name_plural = pgettext_lazy("several", "올린 파일")
        indexes = [
            NamedIndex(fields=["user"], name="idx_uploaded_files_user_id"),
            NamedIndex(fields=["upload_context"], name="idx_uploaded_files_upload_context"),
            # The photos of a check-in.
            NamedIndex(
                fields=["related_entity_id"],
                name="idx_uploaded_files_related_entity_id",
                condition=Q(related_entity_id__isnull=False),
            ),
            # Read each minute by the worker: thumbnails to make, files to delete, interrupted uploads.
            NamedIndex(
                fields=["created_at"],
                name="idx_uploaded_files_at_work",
                condition=Q(is_processed=False) | Q(is_deleted=True) | Q(stored_at=None) | Q(user=None),
            ),
        ]

    def __str__(self) -> str:
        return f"file {self.pk}"

    @property
    def thumbnail_path(self) -> str:
        """Where the thumbnail is stored, if there is one."""
        return str(PurePosixPath(self.storage_path).with_suffix(".small.jpg"))

    @property
    def paths(self) -> tuple[str, str]:
        """Everything it may have in the storage."""
        return self.storage_path, self.thumbnail_path
