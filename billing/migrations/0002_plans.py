"""The document's plans, and the larger and yearly ones. A row that is there is left as staff keep it."""

from pathlib import Path

from django.db import migrations

from core.db import content_files

FILE = Path(__file__).parent.parent / "content" / "subscription_plans.toml"


def load(apps, _editor):
    content_files.load(apps.get_model("billing", "SubscriptionPlan"), FILE, key=["id"])


class Migration(migrations.Migration):
    dependencies = [("billing", "0001_initial")]
    operations = [migrations.RunPython(load, migrations.RunPython.noop)]
