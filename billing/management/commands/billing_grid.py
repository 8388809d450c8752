"""Writes docs/billing-grid.md from the state machine."""

from pathlib import Path

from django.conf import settings
from django.core.management.base import BaseCommand

from billing import grid


class Command(BaseCommand):
    help = "Writes docs/billing-grid.md from the enums and the table of billing/lifecycle.py."

    def handle(self, *args: object, **options: object) -> None:
        path = Path(settings.BASE_DIR, "docs", "billing-grid.md")
        path.write_text(grid.page())
        self.stdout.write(str(path.relative_to(settings.BASE_DIR)))
