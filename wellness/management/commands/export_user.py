import argparse
from pathlib import Path
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from accounts.models import User
from wellness.privacy import export_zip


class Command(BaseCommand):
    help = "Write everything about a person into a zip, for a person who cannot sign in to request it."

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("person", type=UUID, help="the person's id")
        parser.add_argument("file", type=Path, help="the zip to write; must not exist yet")

    def handle(self, *, person: UUID, file: Path, **options: object) -> None:
        if not User.objects.filter(pk=person).exists():
            raise CommandError("nobody has this id")
        try:
            with file.open("xb") as out:
                file.chmod(0o600)
                written = export_zip.write(out, person, now=timezone.now())
        except FileExistsError:
            raise CommandError(f"{file} is there already") from None
        self.stdout.write(f"{written} rows and photos in {file}")
