"""Files people uploaded: where they lie, and what they belong to."""

from django.conf import settings
from django.db import models

from wellness.db.columns import NamedIndex, created, uuid_key


class UploadedFile(models.Model):
    class Context(models.TextChoices):
        AVATAR = "avatar"
        HABIT_LOG = "habit_log"
        PROGRESS_PHOTO = "progress_photo"
        EXPORT = "export"

    id = uuid_key()
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
    created_at = created()

    class Meta:
        db_table = "uploaded_files"
        indexes = [
            NamedIndex(fields=["user"], name="idx_uploaded_files_user_id"),
            NamedIndex(fields=["upload_context"], name="idx_uploaded_files_upload_context"),
        ]

    def __str__(self) -> str:
        return f"file {self.pk}"
