import argparse
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from accounts.models import User
from habits import user_stats
from wellness.privacy import erasure


class Command(BaseCommand):
    help = (
        "Erase a person at once, without the thirty days. After restoring a backup, --replay erases everybody in the"
        " deletion ledger again."
    )

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("person", type=UUID, nargs="?", help="the person's id")
        parser.add_argument("--replay", action="store_true", help="repeat the steps in the ledger")
        parser.add_argument("--verify", action="store_true", help="only list what remains of the person")

    def handle(self, *, person: UUID | None, replay: bool, verify: bool, **options: object) -> None:
        if replay == (person is not None):
            raise CommandError("name a person, or --replay the ledger")
        if replay:
            done = erasure.replay(timezone.now())
            self.stdout.write(f"{done['erased']} people erased again, {done['asked']} on their way out again")
        if person and not User.objects.filter(pk=person).exists():
            raise CommandError("nobody has this id")
        addresses = erasure.addresses_of(person) if person else ()
        if person and not verify:
            erasure.erase(person, at=timezone.now())
        if not verify:
            user_stats.refresh()  # the view holds the name until then
        if person and (left := erasure.remains(person, addresses=() if verify else addresses)):
            raise CommandError(f"left of them: {left}")
