"""Loads the achievements of the content file. Existing rows stay as staff have edited them."""

from pathlib import Path

from django.db import migrations

from core.db import content_files

FILE = Path(__file__).parent.parent / "content" / "achievements.toml"


def load(apps, _editor):
    content_files.load(apps.get_model("gamification", "Achievement"), FILE, key=["id"])


class Migration(migrations.Migration):
    dependencies = [("gamification", "0001_initial")]
    operations = [migrations.RunPython(load, migrations.RunPython.noop)]
