"""Staff edit the catalogue without JSON: both languages, schedule, steps and tips, order, preview, bulk acts."""

import pytest
from django.urls import reverse

from habits import catalogue_icons, template_people
from habits.catalogue_forms import TemplateForm
from habits.models import Habit, HabitCategory
from tests.factories.accounts import UserFactory
from tests.factories.habits import HabitCategoryFactory, HabitFactory, UserHabitFactory

pytestmark = pytest.mark.django_db

ADD = "/admin/habits/habit/add/"
NAME = "시험 삼아 걷기"


@pytest.fixture
def boss(client):
    client.force_login(UserFactory(is_staff=True, is_superuser=True))
    return client


def sent(category: HabitCategory, **changed: object) -> dict:
    return {
        "name": NAME,
        "name_en": "Walk after lunch",
        "category": category.pk,
        "icon": "footprints",
        "frequency": "daily",
        "default_target_count": "1",
        "default_direction": "at_least",
        "default_part_of_day": "afternoon",
        "instructions": ["수저를 놓으면 일어나요.", "", "  7분 걷고 돌아와요. "],
        "instructions_en": ["Get up.", "Walk."],
        "tips": [""],
        "is_active": "on",
    } | changed


def test_a_template_is_made_without_json(boss):
    category = HabitCategoryFactory()

    answer = boss.post(ADD, sent(category, frequency="weekly", times="3"))

    assert answer.status_code == 302, answer.context["adminform"].form.errors
    habit = Habit.objects.get(name=NAME)
    assert habit.instructions == ["수저를 놓으면 일어나요.", "7분 걷고 돌아와요."]
    assert habit.tips == []
    assert (habit.default_frequency, habit.default_schedule) == ("weekly", {"times": 3})
    assert habit.translations == {"en": {"name": "Walk after lunch", "instructions": ["Get up.", "Walk."]}}


def test_an_interval_of_a_template_begins_with_the_person(boss):
    boss.post(ADD, sent(HabitCategoryFactory(), frequency="interval", every="2"))

    assert Habit.objects.get(name=NAME).default_schedule == {"kind": "interval", "every": 2}


def test_saving_what_was_opened_changes_nothing(boss, content):
    for habit in Habit.objects.filter(owner=None):
        form = TemplateForm(instance=Habit.objects.get(pk=habit.pk))
        posted = {name: form[name].value() for name in form.fields}
        again = TemplateForm(
            {name: value for name, value in posted.items() if value not in (None, False)}, instance=form.instance
        )

        assert again.is_valid(), (habit.name, again.errors)
        saved = again.save(commit=False)
        for column in ("translations", "default_schedule", "default_frequency", "icon", "description", "default_unit"):
            assert getattr(saved, column) == getattr(habit, column), (habit.name, column)
        assert (saved.instructions, saved.tips) == (habit.instructions or [], habit.tips or []), habit.name


def test_too_many_or_too_long_rows_are_refused(boss):
    category = HabitCategoryFactory()

    for rows in (["줄"] * 13, ["가" * 301]):
        answer = boss.post(ADD, sent(category, tips=rows))
        assert "tips" in answer.context["adminform"].form.errors
    assert not Habit.objects.filter(name=NAME).exists()


def test_an_icon_or_colour_of_its_own_is_kept(boss):
    category = HabitCategoryFactory(name_en="trial", icon="anchor", color="#123456")
    page = boss.get(f"/admin/habits/habitcategory/{category.pk}/change/").text

    assert 'value="anchor"' in page
    assert 'value="#123456"' in page


def test_every_icon_that_is_offered_is_drawn_and_named():
    from core.templatetags import ui

    unknown = ui.shapes(ui.UNKNOWN_ICON)
    assert [icon for icon, _name in catalogue_icons.CHOICES if ui.shapes(icon) == unknown] == []
    assert all(str(name) for _icon, name in catalogue_icons.CHOICES)


@pytest.mark.parametrize(("by", "order"), [("-1", "나가다"), ("1", "가다나")])
def test_a_template_is_moved_among_its_category(boss, by, order):
    category, other = HabitCategoryFactory(name_en="trial"), HabitCategoryFactory(name_en="other")
    first, second, third = (HabitFactory(category=category, name=name, sort_order=0) for name in "가나다")
    stranger = HabitFactory(category=other, sort_order=5)

    answer = boss.post(f"/admin/habits/habit/{second.pk}/move/", {"by": by})

    assert answer.url == reverse("admin:habits_habit_changelist")
    assert "".join(category.habits.order_by("sort_order").values_list("name", flat=True)) == order
    stranger.refresh_from_db()
    assert stranger.sort_order == 5
    assert {first.category_id, third.category_id} == {category.pk}


@pytest.mark.parametrize(
    ("moved", "sent", "order"),
    [("다", ("before", "가"), "다가나라"), ("가", ("after", "다"), "나다가라"), ("나", ("after", "라"), "가다라나")],
)
def test_a_template_is_dragged_to_its_place_by_one_post(boss, moved, sent, order):
    category = HabitCategoryFactory(name_en="trial")
    rows = {name: HabitFactory(category=category, name=name, sort_order=n) for n, name in enumerate("가나다라")}
    side, other = sent

    boss.post(f"/admin/habits/habit/{rows[moved].pk}/move/", {side: str(rows[other].pk)})

    assert "".join(category.habits.order_by("sort_order").values_list("name", flat=True)) == order


@pytest.mark.parametrize("beside", ["stranger", "nothing"])
def test_a_template_is_not_dragged_into_another_order(boss, beside):
    habit = HabitFactory(category=HabitCategoryFactory(name_en="trial"), sort_order=3)
    stranger = HabitFactory(category=HabitCategoryFactory(name_en="other"))
    key = str(stranger.pk) if beside == "stranger" else "nothing"

    assert boss.post(f"/admin/habits/habit/{habit.pk}/move/", {"after": key}).status_code == 404
    habit.refresh_from_db()
    assert habit.sort_order == 3


def test_at_the_edge_nothing_moves(boss):
    category = HabitCategoryFactory(name_en="trial", sort_order=-7)

    boss.post(f"/admin/habits/habitcategory/{category.pk}/move/", {"by": "-1"})

    category.refresh_from_db()
    assert category.sort_order == -7


def test_the_preview_shows_what_is_typed_in_both_languages_and_saves_nothing(boss):
    category = HabitCategoryFactory()

    page = boss.post("/admin/habits/habit/preview/", sent(category)).text

    assert page.count(NAME) == 2
    assert page.count("Walk after lunch") == 2
    assert page.count("is-dark") == 2
    assert not Habit.objects.filter(name=NAME).exists()
    assert "필요한 칸" in boss.post("/admin/habits/habit/preview/", {}).text


def test_the_preview_of_a_category_has_the_colour_that_is_typed(boss):
    typed = {"name": "정원", "name_en": "garden", "title_en": "Garden", "icon": "leaf", "color": "#38A169"}

    page = boss.post("/admin/habits/habitcategory/preview/", typed).text

    assert page.count("정원") == 2
    assert page.count("Garden") == 2
    assert 'fill="#E3F1E6"' in page


@pytest.mark.parametrize(
    ("action", "column", "before"),
    [("retire", "is_active", True), ("show", "is_active", False), ("feature", "is_featured", False)],
)
def test_rows_are_changed_together_and_each_says_so_in_its_history(boss, action, column, before):
    habits = [HabitFactory(**{column: before}) for _ in range(2)]
    choice = {"action": action, "_selected_action": [str(habit.pk) for habit in habits]}

    asked = boss.post("/admin/habits/habit/", choice)
    if action == "retire":
        boss.post("/admin/habits/habit/", choice | {"seen": asked.context["seen"]})

    chosen = Habit.objects.filter(pk__in=[habit.pk for habit in habits])
    assert set(chosen.values_list(column, flat=True)) == {not before}
    for habit in habits:
        assert (
            str(Habit._meta.get_field(column).verbose_name) in boss.get(f"/admin/habits/habit/{habit.pk}/history/").text
        )


def test_only_those_who_may_change_move_and_preview(client):
    habit = HabitFactory()
    client.force_login(UserFactory(is_staff=True))

    assert client.post(f"/admin/habits/habit/{habit.pk}/move/", {"by": "1"}).status_code == 403
    assert client.post("/admin/habits/habit/preview/", {}).status_code == 403


def test_the_list_says_how_many_people_do_each_template(client, boss):
    water, bread = HabitFactory(name="물"), HabitFactory(name="빵")
    for status in ("active", "active", "active", "active", "paused", "archived"):
        UserHabitFactory(habit=water, status=status)
    UserHabitFactory()
    shown = {"물": "–", "빵": "–"}

    def people_of(page) -> dict[str, str]:
        its_admin = page.context["cl"].model_admin
        return {row.name: its_admin.people(row) or "–" for row in page.context["cl"].result_list if row.name in shown}

    assert people_of(client.get("/admin/habits/habit/")) == shown
    template_people.count()
    assert people_of(client.get("/admin/habits/habit/")) == {"물": "5명", "빵": "0명"}
    assert bread.pk not in template_people.counted()
