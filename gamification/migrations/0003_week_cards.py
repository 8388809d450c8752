"""Share cards of a week (gamification/share_cards.py)."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("gamification", "0002_achievements"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name="sharecard",
            name="week_days",
            field=models.JSONField(null=True),
        ),
        migrations.AddField(
            model_name="sharecard",
            name="week_ends_on",
            field=models.DateField(null=True),
        ),
        migrations.AlterField(
            model_name="sharecard",
            name="earned",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.DB_CASCADE,
                related_name="cards",
                to="gamification.userachievement",
            ),
        ),
        migrations.AddConstraint(
            model_name="sharecard",
            constraint=models.UniqueConstraint(
                fields=("user", "week_ends_on"), name="share_cards_user_id_week_ends_on"
            ),
        ),
        migrations.AddConstraint(
            model_name="sharecard",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("earned__isnull", False), ("week_days__isnull", True), ("week_ends_on__isnull", True)),
                    models.Q(("earned__isnull", True), ("week_days__isnull", False), ("week_ends_on__isnull", False)),
                    _connector="OR",
                ),
                name="share_cards_of_one",
            ),
        ),
    ]
