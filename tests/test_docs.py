"""Documents agree with the code: settings, columns, commands, links, decision records."""

import ast
import re
from itertools import chain
from pathlib import Path

import pytest
from django.apps import apps
from django.conf import settings
from django.core.management import get_commands
from django.db import models

from accounts.providers import PROVIDERS
from tests.cases import for_each
from tests.contract import document
from wellness.celery import app as celery

ROOT = Path(settings.BASE_DIR)
PACKAGES = "core|wellness|devtools|analytics|coaching|circles|habits|gamification|billing|notifications|files|accounts"
SOURCES = [*PACKAGES.split("|"), "tests", "bench", "evaluation", "docs", "templates", "static"]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
OURS = {
    "accounts",
    "analytics",
    "audit",
    "billing",
    "circles",
    "coaching",
    "files",
    "gamification",
    "habits",
    "notifications",
    "privacy",
    "staff",
}


def text(path: str) -> str:
    return (ROOT / path).read_text(encoding="utf-8")


def settings_read() -> list[re.Pattern[str]]:
    """The environment variables that the settings and the login providers read; a composed name is a pattern.

    WELLNESS_HOME is read earlier, by core.data_folder.
    """
    sources = ["wellness/settings.py", *(f"accounts/providers/{name}.py" for name in ("base", *PROVIDERS))]
    trees = chain.from_iterable(ast.walk(ast.parse(text(source))) for source in sources)
    calls = [node for node in trees if isinstance(node, ast.Call)]
    names = [call.args[0] for call in calls if ast.unparse(call.func).startswith("env.") and call.args]
    parts = [name.values if isinstance(name, ast.JoinedStr) else [name] for name in names if not is_variable(name)]
    return [re.compile("".join(spelt(part) for part in name)) for name in parts]


def is_variable(name: ast.expr) -> bool:
    return isinstance(name, ast.Name)


def spelt(part: ast.expr) -> str:
    return re.escape(str(part.value)) if isinstance(part, ast.Constant) else "[A-Z]+"


def test_the_example_names_each_setting_and_no_other():
    named = re.findall(r"^([A-Z_]+)=", text(".env.example"), re.M)
    asked = settings_read()

    assert len(asked) > 20
    assert {one.pattern for one in asked if not any(one.fullmatch(name) for name in named)} == set()
    assert {name for name in named if not any(one.fullmatch(name) for one in asked)} == {"WELLNESS_HOME"}
    assert len(named) == len(set(named))


def test_no_secret_has_an_example_that_works():
    given = re.findall(r"^(\w*(?:SECRET|PRIVATE_KEY|PII)\w*)=(.+)$", text(".env.example"), re.M)

    assert given == []


def documented() -> dict[str, set[str]]:
    """The schema document's tables with their columns."""
    tables: dict[str, set[str]] = {}
    for one in document.SHAPES:
        if created := re.match(r"CREATE TABLE (\w+)", one):
            tables[created[1]] = set(re.findall(r"^    ([a-z_]+) ", one, re.M))
        elif altered := re.match(r"ALTER TABLE (\w+) ADD COLUMN (\w+)", one):
            tables[altered[1]].add(altered[2])
    return tables


def added() -> set[str]:
    """Our tables that the document does not have, and our columns in those that it has."""
    tables = documented()
    ours = [model for model in apps.get_models(include_auto_created=True) if model._meta.app_label in OURS]
    columns = chain.from_iterable(added_to(model, tables) for model in ours if model._meta.managed)
    return set(columns)


def added_to(model: type[models.Model], tables: dict[str, set[str]]) -> set[str]:
    table = model._meta.db_table
    if table not in tables:
        return {table}
    return {f"{table}.{field.column}" for field in model._meta.local_fields if field.column not in tables[table]}


def test_each_addition_to_the_schema_is_explained():
    explained = set(re.findall(r"^\| `([\w.]+)` \|", text("docs/schema.md").partition("## Added")[2], re.M))

    assert len(documented()) == 20
    assert added() - explained == set()
    assert explained - added() == set()


@pytest.mark.parametrize("file", ["README.md", "README.ko.md", "CONTRIBUTING.md"])
def test_a_page_names_only_commands_that_exist(file):
    targets = set(re.findall(r"^([a-z]+):", text("Makefile"), re.M))

    assert set(re.findall(r"make ([a-z]+)`", text(file))) <= targets
    assert set(re.findall(r"manage\.py ([a-z_]+)", text(file))) <= set(get_commands())


def test_both_readmes_say_the_same():
    fenced = re.compile(r"^```\n(.*?)^```", re.S | re.M)
    commands = re.compile(r"^\| `(.*?)` \|", re.M)

    assert fenced.findall(text("README.md"))[:3] == fenced.findall(text("README.ko.md"))[:3]
    assert commands.findall(text("README.md")) == commands.findall(text("README.ko.md"))


def test_the_readme_gives_the_demo_accounts():
    from devtools.seeding import PASSWORD, PERSON, STAFF

    assert f"person: {PERSON}  password: {PASSWORD}\nstaff:  {STAFF}  password: {PASSWORD}\n" in text("README.md")


@for_each(PAGES)
def test_links_lead_somewhere(file):
    links = re.findall(r"\]\((?!https?:|mailto:)([^)#]+)", file.read_text(encoding="utf-8"))

    assert [link for link in links if not (file.parent / link).exists()] == []


PATH = re.compile(rf"`((?:{PACKAGES}|tests|scripts|docs|bench|templates|static|locale)/[\w./-]*\w)`")
DOTTED = re.compile(rf"`((?:{PACKAGES})(?:\.\w+)+)(?:\(.*?\))?`")


@for_each(PAGES)
def test_files_that_are_named_exist(file):
    named = PATH.findall(file.read_text(encoding="utf-8"))

    assert [name for name in named if not any(ROOT.glob(f"{name}*"))] == []


def is_in_code(dotted: str) -> bool:
    """True if `habits.streaks.replay` is a module, or a name in one."""
    module, _dot, name = dotted.rpartition(".")
    path = Path(ROOT, *dotted.split("."))
    if path.with_suffix(".py").exists() or path.is_dir():
        return True
    source = Path(ROOT, *module.split(".")).with_suffix(".py")
    return source.exists() and re.search(rf"\b{name}\b", source.read_text(encoding="utf-8")) is not None


def known_to_the_database() -> set[str]:
    """The columns, and the transaction-local settings that triggers read."""
    columns = {f"{model._meta.db_table}.{field.column}" for model in apps.get_models() for field in model._meta.fields}
    sources = "".join(path.read_text(encoding="utf-8") for path in ROOT.glob("core/**/*.py"))
    return columns | set(re.findall(r"'(wellness\.\w+)'", sources))


@for_each(PAGES)
def test_modules_functions_and_tasks_that_are_named_exist(file):
    celery.loader.import_default_modules()
    named = {name for name in DOTTED.findall(file.read_text(encoding="utf-8")) if not name.endswith(".json")}
    elsewhere = known_to_the_database() | set(celery.tasks)

    assert {name for name in named - elsewhere if not is_in_code(name)} == set()


# ── Decision records ─────────────────────────────────────────────────────────

RECORDS = sorted((ROOT / "docs" / "adr").glob("[0-9]*.md"))
HEADINGS = ["Status", "Context", "Decision", "Consequences"]


def test_decision_records_are_numbered_without_gaps():
    assert [path.name[:5] for path in RECORDS] == [f"{number:04}-" for number in range(1, len(RECORDS) + 1)]
    assert len(RECORDS) >= 30


@for_each(RECORDS)
def test_decision_records_have_one_skeleton(file):
    record = file.read_text(encoding="utf-8")
    headings = re.findall(r"^## (.*)$", record, re.M)

    assert re.match(rf"# {int(file.name[:4])}\. \S.*\n\n## Status\n(Accepted|Superseded)", record)
    assert headings in (HEADINGS, [*HEADINGS, "Rejected options"])
    assert len(record.splitlines()) <= 70


def test_the_index_lists_each_decision_record_once():
    listed = re.findall(r"^\[(\d+) .*?\]\(([\w-]+\.md)\)", text("docs/adr/README.md"), re.M)

    assert sorted(name for _number, name in listed) == [path.name for path in RECORDS]
    assert [number for number, name in listed if int(name[:4]) != int(number)] == []


def cited(source: str) -> set[int]:
    """The numbers of the decision records that a text refers to: docs/adr/0012, ADR 12, [ADR 12](…)."""
    return {int(number) for number in re.findall(r"\badr/(\d{4})|\bADR (\d+)", source) for number in number if number}


def test_decision_records_that_are_referred_to_exist():
    suffixes = {".py", ".html", ".jinja", ".css", ".js", ".md", ".toml", ".sql"}
    places = [*ROOT.glob("*"), *(path for name in SOURCES for path in (ROOT / name).rglob("*"))]
    texts = [path.read_text(encoding="utf-8") for path in places if path.suffix in suffixes and path.is_file()]
    numbers = set().union(*(cited(one) for one in texts if one))

    assert {6, 30} <= numbers
    assert numbers - set(range(1, len(RECORDS) + 1)) == set()


@for_each(PAGES)
def test_links_to_decision_records_have_their_number(file):
    links = re.findall(r"\[ADR (\d+)\]\([^)\d]*(\d{4})-", file.read_text(encoding="utf-8"))

    assert [link for link in links if int(link[0]) != int(link[1])] == []
