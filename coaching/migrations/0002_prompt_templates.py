"""The coach's templates, one for each type of message and each tone. A row that is there is left as staff keep it.

Each new version is evaluated and, if it fails nothing, switched on.
"""

from pathlib import Path

from django.db import migrations

from coaching import prompt_evaluation
from core.db import content_files

FILE = Path(__file__).parent.parent / "content" / "ai_prompt_templates.toml"


def load(apps, editor):
    # The session says nothing while a version is evaluated: on a busy machine for longer than it may.
    editor.execute("SET LOCAL idle_in_transaction_session_timeout = 0")
    template, evaluation = (apps.get_model("coaching", name) for name in ("AIPromptTemplate", "PromptEvaluation"))
    content_files.load(template, FILE, key=["name", "version"])
    for row in template.objects.filter(is_active=False, usage_count=0, evaluations=None):
        evaluate(row, evaluation)


def evaluate(row, evaluation):
    result = prompt_evaluation.evaluate(row)
    evaluation.objects.create(
        template=row,
        content_hash="",
        ai_model="rules",
        rubric_version=prompt_evaluation.RUBRIC_VERSION,
        cases=result.cases,
        passed=result.passed,
        failed_safety=result.failed_safety,
        failures=result.failures,
    )
    if result.passed == result.cases:
        row.is_active = True
        row.save(update_fields=["is_active"])


class Migration(migrations.Migration):
    dependencies = [("coaching", "0001_initial")]
    operations = [migrations.RunPython(load, migrations.RunPython.noop)]
