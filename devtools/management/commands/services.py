import argparse

from django.core.management.base import BaseCommand, CommandError

from core import data_folder
from devtools import embedded
from devtools.embedded import ServerError, Servers


class Command(BaseCommand):
    help = "Start, stop or show the embedded PostgreSQL and Redis. Prints their addresses as settings."
    requires_system_checks = []

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("action", choices=["start", "stop", "status"])
        parser.add_argument("--profile", choices=["dev", "test"], default="dev")

    def handle(self, *, action: str, profile: embedded.Profile, **options: object) -> None:
        home = data_folder.home()
        try:
            if action == "start":
                self._print(embedded.start(home, profile=profile))
            elif action == "stop":
                embedded.stop(home, profile=profile)
            elif servers := embedded.status(home, profile=profile):
                self._print(servers)
            else:
                raise CommandError(f"The servers of {home} do not run", returncode=3)
        except ServerError as error:
            raise CommandError(str(error)) from error

    def _print(self, servers: Servers) -> None:
        for name, value in servers.environment().items():
            self.stdout.write(f"{name}={value}")
