from typing import Any

from django.core.management.commands import migrate
from django.db import connections
from django.db.migrations.executor import MigrationExecutor


class Command(migrate.Command):
    help = "Migrate, and print a numbered line when each migration begins."

    def handle(self, *args: Any, **options: Any) -> None:
        executor = MigrationExecutor(connections[options["database"]])
        self._total = len(executor.migration_plan(executor.loader.graph.leaf_nodes()))
        self._begun = 0
        super().handle(*args, **options)

    def migration_progress_callback(self, action: str, migration: Any = None, fake: bool = False) -> None:  # noqa: FBT001, FBT002 -- Django's
        if action == "apply_start":
            self._begun += 1
            self.stdout.write(f"{self._begun}/{self._total} {migration}")
