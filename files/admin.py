"""Admin of uploaded files: their kind and state, never the files themselves."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from core.admin_base import Records, StaffAdmin
from files.models import UploadedFile


@admin.register(UploadedFile)
class UploadedFileAdmin(Records, StaffAdmin):
    """Neither names nor addresses of files: they would show what is in them."""

    nothing_said = _("사진을 올리면 여기에 나와요. 무엇이 담겼는지는 보이지 않아요.")
    list_display = ["upload_context", "user", "mime_type", "file_size", "is_processed", "is_deleted", "created_at"]
    list_filter = ["upload_context"]
    ordering = ["-id"]
    fields = [
        "person", "upload_context", "mime_type", "file_size", "storage_provider", "is_processed", "is_deleted", "attempts",
        "stored_at", "created_at",
    ]  # fmt: skip
