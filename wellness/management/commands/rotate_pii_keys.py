import argparse

from django.core.management.base import BaseCommand, CommandError

from core.crypto import keyring, rotation
from habits import user_stats


class Command(BaseCommand):
    help = (
        "Re-encrypt every sealed value with the first key of PII_KEYS while the service runs; run again after an"
        " interruption. Fails while any value uses another key; remove other keys only after it has succeeded."
    )

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("--batch", type=int, default=rotation.BATCH, help="rows at a time")
        parser.add_argument("--dry-run", action="store_true", help="only count the values to move")
        parser.add_argument("--verify", action="store_true", help="open every value and write nothing")
        parser.add_argument(
            "--index", action="store_true", help="rewrite the blind indexes under PII_INDEX_KEY; stop the service first"
        )

    def handle(self, *, batch: int, dry_run: bool, verify: bool, index: bool, **options: object) -> None:
        if batch < 1:
            raise CommandError("--batch must be at least 1")
        if index:
            self.stdout.write(f"{rotation.reindex()} indexes written anew")
            return
        if dry_run:
            results = rotation.count()
        elif verify:
            results = rotation.verify(batch=batch)
        else:
            results = rotation.rotate(batch=batch, tell=self._print)
            user_stats.refresh()  # the view copies names as they are stored
        for result in results:
            self._print(result)
        self._print_keys(results, dry_run=dry_run)

    def _print(self, result: rotation.RotationResult) -> None:
        self.stdout.write(f"{result.column}: {result.moved} moved, {result.left} left, {result.unreadable} unreadable")
        self.stdout.flush()

    def _print_keys(self, results: list[rotation.RotationResult], *, dry_run: bool) -> None:
        carried = rotation.count_by_key()
        ring = keyring.current()
        for key_id in [*ring.masters, *sorted({*carried, *ring.kept_in_settings} - ring.masters.keys())]:
            state = f"carried by {carried.get(key_id, 0)} values"
            if key_id == ring.primary:
                state += ", seals"
            elif key_id in ring.purged:
                state += ", purged"
            elif key_id not in carried:
                state += ", may be purged"
            self.stdout.write(f"key {key_id}: {state}")
        unreadable = sum(result.unreadable for result in results)
        if unreadable:
            raise CommandError(f"{unreadable} values cannot be opened with the keys of this ring")
        if carried.keys() - {ring.primary} and not dry_run:
            raise CommandError("values carry other keys still: keep those keys and run this again", returncode=3)
