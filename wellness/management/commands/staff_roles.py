from django.core.management.base import BaseCommand

from accounts import roles
from core.staff.permissions import ROLES


class Command(BaseCommand):
    help = "Create or update the groups of staff (accounts/roles.py). Run it after each migrate."

    def handle(self, **options: object) -> None:
        roles.install()
        self.stdout.write(", ".join(ROLES))
