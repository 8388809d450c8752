from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("coaching", "0005_muted_habits"),
    ]

    operations = [
        migrations.AddField(
            model_name="coachingjob",
            name="counted_on",
            field=models.DateField(null=True),
        ),
    ]
