import argparse

from django.core.management.base import BaseCommand, CommandError

from core.crypto import keyring, rotation
from habits import user_stats


class Command(BaseCommand):
    help = (
        "Move every sealed value to the first key of PII_KEYS while the service runs; run again after an interruption."
        " Ends with an error while any value carries another key: only then may the others leave the ring."
    )

    def add_arguments(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("--batch", type=int, default=rotation.BATCH, help="rows at a time")
        parser.add_argument("--dry-run", action="store_true", help="only count what there is to move")
        parser.add_argument("--verify", action="store_true", help="open every value and write nothing")
        parser.add_argument(
            "--index", action="store_true", help="write the blind indexes anew under PII_INDEX_KEY, the service stopped"
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
            results = rotation.rotate(batch=batch, tell=self._tell)
            user_stats.refresh()  # shows names as they are stored
        for result in results:
            self._tell(result)
        self._say_what_may_go(results, dry_run=dry_run)

    def _tell(self, result: rotation.Result) -> None:
        self.stdout.write(f"{result.column}: {result.moved} moved, {result.left} left, {result.unreadable} unreadable")
        self.stdout.flush()

    def _say_what_may_go(self, results: list[rotation.Result], *, dry_run: bool) -> None:
        carried = rotation.count_by_key()
        ring = keyring.current()
        for key_id in [*ring.masters, *(carried.keys() - ring.masters.keys())]:
            state = f"carried by {carried.get(key_id, 0)} values"
            if key_id == ring.primary:
                state += ", seals"
            elif key_id not in carried:
                state += ", may leave the ring"
            self.stdout.write(f"key {key_id}: {state}")
        unreadable = sum(result.unreadable for result in results)
        if unreadable:
            raise CommandError(f"{unreadable} values cannot be opened with the keys of this ring")
        if carried.keys() - {ring.primary} and not dry_run:
            raise CommandError("values carry other keys still: keep those keys and run this again", returncode=3)
