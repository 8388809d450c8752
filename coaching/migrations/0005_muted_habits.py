from django.db import migrations

import core.db.columns


class Migration(migrations.Migration):
    dependencies = [
        ("coaching", "0004_keep_active_versions"),
    ]

    operations = [
        migrations.AddField(
            model_name="coachingsettings",
            name="muted_habits",
            field=core.db.columns.json_array(),
        ),
    ]
