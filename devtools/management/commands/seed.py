import argparse
import datetime as dt

from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from devtools.seeding import PASSWORD, loader
from habits import user_stats

# The westernmost clocks: a day that is over there is over everywhere.
BEHIND = dt.timedelta(hours=12)


class Command(BaseCommand):
    help = "Create believable people with their history: the same for the same seed, number, length and last day."

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("--users", type=int, default=100, metavar="N")
        parser.add_argument("--days", type=int, default=180, metavar="D", help="how far back the longest history goes")
        parser.add_argument("--seed", type=int, default=1, metavar="S")
        parser.add_argument(
            "--until", type=dt.date.fromisoformat, help="last day; else the last one that is over everywhere"
        )
        parser.add_argument("--anyway", action="store_true", help="outside development too")

    def handle(
        self, *, users: int, days: int, seed: int, until: dt.date | None, anyway: bool, **options: object
    ) -> None:
        if not (settings.DEVELOPMENT or anyway):
            raise CommandError("This writes invented people into the database. Outside development only with --anyway.")
        if users < 1 or days < 1:
            raise CommandError("--users and --days begin at 1.")
        over = (timezone.now() - BEHIND).date() - dt.timedelta(days=1)
        password = make_password(PASSWORD, salt=f"wellness {seed}")
        try:
            result = loader.seed(users, days=days, seed=seed, until=until or over, password=password)
        except loader.AlreadySeeded as error:
            raise CommandError("Seeded people are here already; this makes them once for each database.") from error
        user_stats.refresh()
        self.stdout.write(
            f"{result.people:,} people, seed1@example.com to seed{users}@example.com, password {PASSWORD}\n"
            f"{result.logs:,} logs in {result.log_seconds:.1f} s, made, written and checked: {result.logs_a_second:,.0f} a second"
        )
