from pathlib import Path

from django.conf import settings
from django.core.management.base import BaseCommand

from wellness.privacy import privacy_page


class Command(BaseCommand):
    help = "Write docs/privacy.md from the classification of all columns."
    requires_system_checks = []

    def handle(self, **options: object) -> None:
        Path(settings.BASE_DIR, "docs", "privacy.md").write_text(privacy_page.write())
