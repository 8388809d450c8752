import argparse

from django.core.management.base import BaseCommand, CommandError

from accounts import links, second_factor
from accounts.models import User


class Command(BaseCommand):
    help = "Print a link with which a member of staff sets up their first second factor. Valid once, for a day."

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("email", help="the person's mail address")

    def handle(self, *, email: str, **options: object) -> None:
        staff = User.objects.filter(email=email, is_staff=True, is_active=True).first()
        if staff is None:
            raise CommandError("no member of staff has this address")
        if second_factor.is_enrolled(staff):
            raise CommandError("this person has a second factor already")
        self.stdout.write(links.enrol_second_factor(staff))
