"""The document's categories and our templates. A row that is there is left as staff keep it."""

from pathlib import Path

from django.db import migrations

from core.db import content_files

HERE = Path(__file__).parent.parent / "content"


def load(apps, _editor):
    category, habit = apps.get_model("habits", "HabitCategory"), apps.get_model("habits", "Habit")
    content_files.load(category, HERE / "habit_categories.toml", key=["name_en"])
    by_slug = {one.name_en: one for one in category._default_manager.all()}
    content_files.load(habit, HERE / "habits.toml", key=["category", "name", "owner"], resolve={"category": by_slug})


class Migration(migrations.Migration):
    dependencies = [("habits", "0002_user_stats_summary")]
    operations = [migrations.RunPython(load, migrations.RunPython.noop)]
