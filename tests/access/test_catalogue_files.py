"""Catalogue files: previewed, applied as previewed, the second time without a change."""

import csv
import io
import json

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from core.staff import catalogue_files, revisions
from core.staff.models import Revision
from habits.models import Habit, HabitCategory
from tests.factories.accounts import StaffFactory
from tests.factories.habits import HabitCategoryFactory, HabitFactory

pytestmark = pytest.mark.django_db

IMPORT = "/admin/habits/habit/import/"


@pytest.fixture
def boss(client):
    colleague = StaffFactory()
    client.force_login(colleague)
    return colleague


@pytest.fixture
def habits():
    Habit.objects.all().delete()
    category = HabitCategoryFactory()
    return [
        HabitFactory(category=category, name="=물", tips=["한 모금씩"], translations={"en": {"name": "Water"}}),
        HabitFactory(category=category, name="산책", description=None),
    ]


def exported(client, kind: str) -> str:
    return client.get(f"/admin/habits/habit/export/{kind}/").text


def choose(client, text: str, kind: str):
    return client.post(IMPORT, {"file": SimpleUploadedFile(f"habits.{kind}", text.encode())})


def confirm(client, page, **more: str):
    sent = {"content": page.context["content"], "kind": page.context["kind"], "digest": page.context["found"].digest}
    return client.post(IMPORT, sent | more)


def changed(text: str, kind: str, **values: object) -> str:
    """The exported file with these values in its row of the walk."""
    if kind == "json":
        rows = json.loads(text)
        return json.dumps(
            [row | values if row["name"] == "산책" else row for row in rows], ensure_ascii=False, indent=1
        )
    rows = list(csv.DictReader(io.StringIO(text)))
    file = io.StringIO()
    writer = csv.DictWriter(file, rows[0])
    writer.writeheader()
    writer.writerows(row | values if row["name"] == "산책" else row for row in rows)
    return file.getvalue()


@pytest.mark.parametrize("kind", catalogue_files.FORMATS)
def test_what_is_exported_changes_nothing_when_it_comes_back(client, boss, habits, kind):
    found = choose(client, exported(client, kind), kind).context["found"]

    assert (found.problems, found.changes, found.same) == ([], [], 2)


@pytest.mark.parametrize("kind", catalogue_files.FORMATS)
def test_a_change_is_previewed_applied_and_not_repeated(client, boss, habits, kind):
    file = changed(exported(client, kind), kind, name="긴 산책")
    page = choose(client, file, kind)

    assert [one.said for one in page.context["found"].changes] == [["이름: ‘산책’ → ‘긴 산책’"]]
    assert Habit.objects.filter(name="긴 산책").count() == 0
    confirm(client, page, why="더 길게")
    assert Habit.objects.get(name="긴 산책").pk == habits[1].pk
    assert [one.why for one in revisions.history(habits[1])] == ["더 길게", ""]
    assert choose(client, file, kind).context["found"].changes == []


def test_a_row_without_an_id_is_made_once(client, boss, habits):
    row = {"category_id": str(habits[0].category_id), "name": "명상", "is_active": False}
    file = json.dumps([row])
    confirm(client, choose(client, file, "json"))

    assert Habit.objects.filter(name="명상", is_active=False).count() == 1
    assert choose(client, file, "json").context["found"].changes == []


def test_only_the_previewed_bytes_are_applied(client, boss, habits):
    page = choose(client, changed(exported(client, "json"), "json", name="긴 산책"), "json")
    other = page.context["content"].replace("긴 산책", "짧은 산책")

    assert "살펴본 뒤에 바뀌었어요" in confirm(client, page, content=other).text
    Habit.objects.filter(pk=habits[1].pk).update(difficulty_level="advanced")
    assert "살펴본 뒤에 바뀌었어요" in confirm(client, page).text
    assert {*Habit.objects.values_list("name", flat=True)} == {"=물", "산책"}


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"difficulty_level": "impossible"}, "난이도"),
        ({"default_target_count": "x"}, "목표"),
        ({"is_active": "yes"}, "true나 false"),
        ({"tips": [1]}, "이런 모양으로"),
        ({"default_frequency": "weekly", "default_schedule": {"kind": "weekdays", "days": [9]}}, "주기"),
        ({"invented": 1}, "모르는 칸"),
        ({"name": ""}, "이름"),
        ({"name": "\0"}, "넣을 수 없는 글자"),
        ({"category_id": "0190f9ff-0000-7000-8000-000000000000"}, "분류"),
        ({"category_id": "nowhere"}, "분류: ‘nowhere’ 값을 읽을 수 없어요."),
    ],
)
def test_an_error_names_its_line_and_nothing_is_written(client, boss, habits, values, said):
    file = changed(exported(client, "json"), "json", **values)
    page = choose(client, file, "json")

    [problem] = page.context["found"].problems
    lines = file.splitlines()
    assert said in problem.text
    assert lines[problem.line - 1].strip() == "{"
    assert json.loads(file)[1]["id"] in "".join(lines[problem.line - 1 : problem.line + 25])
    assert "살펴본 그대로" not in page.text
    assert confirm(client, page).status_code == 200
    assert {*Habit.objects.values_list("name", flat=True)} == {"=물", "산책"}


@pytest.mark.parametrize("written", [r'"\ud800"', r'["\ud800"]', "1e400", "NaN", "-Infinity", '{"a": 1e999}'])
def test_what_json_may_say_and_the_database_may_not_is_said_for_every_column(client, boss, habits, written):
    rows = json.loads(exported(client, "json"))
    pages = {}
    for column in rows[1]:
        text = json.dumps([rows[0], rows[1] | {column: "@"}], ensure_ascii=False)
        pages[column] = choose(client, text.replace('"@"', written), "json")

    assert len(pages) > 10
    assert {name for name, page in pages.items() if not page.context["found"].problems} == set()


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("{", "json"),
        ("[{}", "json"),
        ("[1]", "json"),
        ("{}", "json"),
        ('id,name\n"x', "csv"),
        ("id,name\n1,2,3\n", "csv"),
        ("", "csv"),
    ],
)
def test_what_is_no_file_of_rows_is_said(client, boss, habits, text, kind):
    page = choose(client, text, kind)

    assert page.status_code == 200
    assert "found" not in page.context or page.context["found"].problems


def test_the_same_row_twice_and_too_many_rows_are_refused(client, boss, habits, monkeypatch):
    rows = json.loads(changed(exported(client, "json"), "json", name="긴 산책"))
    page = choose(client, json.dumps([*rows, rows[1]]), "json")
    assert "두 번" in page.context["found"].problems[0].text

    monkeypatch.setattr(catalogue_files, "MOST_CHANGES", 1)
    both = [row | {"difficulty_level": "advanced"} for row in rows]
    assert "1줄까지" in choose(client, json.dumps(both), "json").context["found"].problems[0].text


@pytest.mark.parametrize("watched", revisions.WATCHED.values(), ids=lambda watched: watched.model.__name__)
def test_every_watched_table_leaves_and_comes_back(client, boss, watched):
    table = f"admin:{watched.model._meta.app_label}_{watched.model._meta.model_name}"
    for kind in catalogue_files.FORMATS:
        text = client.get(reverse(f"{table}_export", args=[kind])).text
        file = SimpleUploadedFile(f"x.{kind}", text.encode())
        found = client.post(reverse(f"{table}_import"), {"file": file}).context["found"]
        assert (found.problems, found.changes) == ([], [])
        assert found.same == watched.rows().count()


def test_habits_of_people_are_in_no_file(client, boss, habits, person):
    own = HabitFactory(owner=person, name="", own_name="비밀", category=habits[0].category)

    assert str(own.pk) not in exported(client, "json")
    taken = json.dumps([{"id": str(own.pk), "name": "훔친 이름", "category_id": str(own.category_id)}])
    confirm(client, choose(client, taken, "json"))
    own.refresh_from_db()
    assert (own.name, own.owner_id) == ("", person.pk)
    assert not Revision.objects.filter(key=str(own.pk)).exists()
    assert HabitCategory.objects.filter(pk=own.category_id).exists()
