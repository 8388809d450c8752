"""What the documents promise is there: settings, columns, commands, links."""

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

ROOT = Path(settings.BASE_DIR)
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
OURS = {
    "accounts",
    "analytics",
    "audit",
    "billing",
    "coaching",
    "files",
    "gamification",
    "habits",
    "notifications",
    "privacy",
}


def text(path: str) -> str:
    return (ROOT / path).read_text(encoding="utf-8")


def settings_read() -> list[re.Pattern[str]]:
    """The environment variables that the settings and the login providers read; a composed name is a pattern.

    WELLNESS_HOME is read before the settings are, by devtools.embedded.
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
    from devtools.seeding import PASSWORD, demo

    assert f"person: {demo.PERSON}  password: {PASSWORD}\nstaff:  {demo.STAFF}  password: {PASSWORD}\n" in text(
        "README.md"
    )


@for_each(PAGES)
def test_links_lead_somewhere(file):
    links = re.findall(r"\]\((?!https?:|mailto:)([^)#]+)", file.read_text(encoding="utf-8"))

    assert [link for link in links if not (file.parent / link).exists()] == []


@for_each(PAGES)
def test_files_that_are_named_exist(file):
    named = re.findall(
        r"`((?:wellness|accounts|habits|notifications|gamification|billing|coaching|analytics|tests|scripts|docs)/[\w./-]*\w)`",
        file.read_text(encoding="utf-8"),
    )

    assert [name for name in named if not any(ROOT.glob(f"{name}*"))] == []


def test_decisions_that_the_code_leans_on_are_written_down():
    sources = [path for path in ROOT.glob("*/**/*.py") if ".venv" not in path.parts and path != Path(__file__)]
    cited = {number for path in sources for number in re.findall(r"docs/adr/(\d{4})", path.read_text(encoding="utf-8"))}

    assert "0006" in cited
    assert cited - {path.name[:4] for path in (ROOT / "docs" / "adr").glob("*.md")} == set()
