"""Two-week experiments with a habit (analytics/experiments.py)."""

import django.contrib.postgres.functions
import django.db.models.deletion
import django.db.models.functions.datetime
import uuid6
from django.conf import settings
from django.db import migrations, models

import core.crypto.fields
import core.db.columns


class Migration(migrations.Migration):
    dependencies = [
        ("analytics", "0003_days_of_everybody"),
        ("habits", "0005_room_for_updates"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Experiment",
            fields=[
                (
                    "id",
                    models.UUIDField(
                        db_default=django.contrib.postgres.functions.RandomUUID(),
                        default=uuid6.uuid7,
                        editable=False,
                        primary_key=True,
                        serialize=False,
                    ),
                ),
                ("idea", core.crypto.fields.SealedTextField()),
                ("starts_on", models.DateField()),
                ("ends_on", models.DateField()),
                ("closed_on", models.DateField(null=True)),
                (
                    "created_at",
                    models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), editable=False),
                ),
                (
                    "user",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.DB_CASCADE,
                        related_name="experiments",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "user_habit",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.DB_CASCADE,
                        related_name="experiments",
                        to="habits.userhabit",
                    ),
                ),
            ],
            options={
                "db_table": "experiments",
                "indexes": [
                    core.db.columns.NamedIndex(fields=["user"], name="idx_experiments_user_id"),
                    core.db.columns.NamedIndex(fields=["user_habit"], name="idx_experiments_user_habit_id"),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("closed_on__isnull", True)),
                        fields=("user_habit",),
                        name="experiments_user_habit_id",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("ends_on__gte", models.F("starts_on"))), name="experiments_ends_on"
                    ),
                ],
            },
        ),
    ]
