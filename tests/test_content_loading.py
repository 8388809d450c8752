"""Content files are loaded once, and later changes by staff are kept."""

from pathlib import Path

import pytest

from billing.models import SubscriptionPlan
from coaching.models import AIPromptTemplate
from core.db import content_files
from core.db.content_files import ContentError
from gamification.models import Achievement
from habits.models import Habit, HabitCategory

ROOT = Path(__file__).parent.parent

PLAN = """
[[subscription_plans]]
id = "gift"
name = "Gift"
price = 10000
features = ["선물"]
limits = { max_habits = 5 }
"""


def written(folder: Path, text: str) -> Path:
    path = folder / "plans.toml"
    path.write_text(text)
    return path


def load_habits() -> int:
    categories = {category.name_en: category for category in HabitCategory.objects.all()}
    return content_files.load(
        Habit, ROOT / "habits/content/habits.toml", key=["category", "name", "owner"], resolve={"category": categories}
    )


@pytest.fixture
def empty(db):
    for model in (Habit, HabitCategory, SubscriptionPlan, Achievement, AIPromptTemplate):
        model.objects.all().delete()


@pytest.mark.parametrize(
    ("model", "path", "key"),
    [
        (HabitCategory, "habits/content/habit_categories.toml", ["name_en"]),
        (SubscriptionPlan, "billing/content/subscription_plans.toml", ["id"]),
        (Achievement, "gamification/content/achievements.toml", ["id"]),
        (AIPromptTemplate, "coaching/content/ai_prompt_templates.toml", ["name", "version"]),
    ],
)
def test_a_table_is_filled_once(empty, model, path, key):
    first = content_files.load(model, ROOT / path, key=key)

    assert first == model.objects.count() > 0
    assert content_files.load(model, ROOT / path, key=key) == 0


def test_habits_find_their_categories(empty):
    content_files.load(HabitCategory, ROOT / "habits/content/habit_categories.toml", key=["name_en"])

    assert load_habits() == Habit.objects.in_catalogue().count() > 0
    assert load_habits() == 0
    assert Habit.objects.get(name="명상 10분").category.name_en == "mindfulness"


def test_what_a_person_made_hides_no_template(empty, person):
    content_files.load(HabitCategory, ROOT / "habits/content/habit_categories.toml", key=["name_en"])
    mindfulness = HabitCategory.objects.get(name_en="mindfulness")
    Habit.objects.create(own_name="명상 10분", category=mindfulness, owner=person)

    load_habits()

    assert Habit.objects.in_catalogue().filter(name="명상 10분").count() == 1


def test_what_staff_changed_stays_and_what_is_new_comes(empty, tmp_path):
    content_files.load(SubscriptionPlan, written(tmp_path, PLAN), key=["id"])
    SubscriptionPlan.objects.update(price=5000)

    added = content_files.load(SubscriptionPlan, written(tmp_path, PLAN + PLAN.replace("gift", "other")), key=["id"])

    assert added == 1
    assert dict(SubscriptionPlan.objects.values_list("id", "price")) == {"gift": 5000, "other": 10000}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[[subscription_plans", "plans.toml: "),
        ("[[plans]]\nid = 1", "plans.toml: must hold [[subscription_plans]] and nothing else"),
        (PLAN + '[other]\nx = "y"', "plans.toml: must hold [[subscription_plans]] and nothing else"),
        (PLAN + PLAN, "plans.toml: subscription_plans 2 (gift): stands twice in the file"),
        (PLAN + 'colour = "red"', "plans.toml: subscription_plans 1 (gift): no column 'colour'"),
        (PLAN.replace("10000", '"a lot"'), "plans.toml: subscription_plans 1 (gift): price: "),
        (PLAN.replace("Gift", "G" * 101), "plans.toml: subscription_plans 1 (gift): name: "),
        (PLAN + 'billing_cycle = "hourly"', "plans.toml: subscription_plans 1 (gift): billing_cycle: "),
        (PLAN.replace('name = "Gift"', ""), "plans.toml: subscription_plans 1 (gift): name: "),
    ],
)
def test_a_wrong_file_is_named_with_row_and_key_and_writes_nothing(empty, tmp_path, text, said):
    with pytest.raises(ContentError) as refused:
        content_files.load(SubscriptionPlan, written(tmp_path, text), key=["id"])

    assert str(refused.value).startswith(said)
    assert not SubscriptionPlan.objects.exists()


def test_a_word_that_stands_for_nothing_is_named(empty, tmp_path):
    path = tmp_path / "habits.toml"
    path.write_text('[[habits]]\nname = "걷기"\ncategory = "walking"')

    with pytest.raises(ContentError, match=r"^habits.toml: habits 1 \(walking, 걷기\): unknown category 'walking'$"):
        content_files.load(Habit, path, key=["category", "name"], resolve={"category": {}})


def test_a_migrations_own_models_do_as_well(empty, tmp_path):
    from django.db import connection
    from django.db.migrations.loader import MigrationLoader

    then = MigrationLoader(connection).project_state().apps.get_model("billing", "SubscriptionPlan")

    assert content_files.load(then, written(tmp_path, PLAN), key=["id"]) == 1
    assert SubscriptionPlan.objects.get().name == "Gift"
