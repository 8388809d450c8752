"""The coach's templates, one and more for each kind of message. A row that is there is left as staff keep it."""

from pathlib import Path

from django.db import migrations

from core.db import content_files

FILE = Path(__file__).parent.parent / "content" / "ai_prompt_templates.toml"


def load(apps, _editor):
    content_files.load(apps.get_model("coaching", "AIPromptTemplate"), FILE, key=["name", "version"])


class Migration(migrations.Migration):
    dependencies = [("coaching", "0001_initial")]
    operations = [migrations.RunPython(load, migrations.RunPython.noop)]
