"""Conventions that neither a linter nor an import contract can express; see docs/architecture.md."""

import ast
import inspect
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

from django.apps import apps
from django.db import models

from core import events
from tests import production
from tests.cases import for_each
from wellness.celery import app as celery

ROOT = Path(__file__).parent.parent
# From low to high, by app label.
APPS = [
    "audit",
    "staff",
    "accounts",
    "files",
    "notifications",
    "billing",
    "gamification",
    "habits",
    "circles",
    "coaching",
    "analytics",
    "privacy",
]
CONTRACTS = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
(LAYERS,) = [contract["layers"] for contract in CONTRACTS if contract["type"] == "layers"]
# Each package with the number of its layer, counted from the top.
FLOORS = {name.strip(): floor for floor, layer in enumerate(LAYERS) for name in layer.split("|")}
PACKAGES = sorted(FLOORS)
SOURCES = sorted(
    path for package in PACKAGES for path in (ROOT / package).rglob("*.py") if "migrations" not in path.parts
)

# Modules of the interface to people and programs; every other module of an app is its domain.
INTERFACE = {"views", "forms", "urls", "admin", "middleware", "receivers", "apps", "tasks", "adapter", "http"}
HTTP = ("django.http", "django.shortcuts", "django.contrib.messages", "django.views", "core.htmx")
DOMAIN = [
    path
    for path in SOURCES
    if path.relative_to(ROOT).parts[0] not in ("core", "devtools", "wellness")
    and "templatetags" not in path.parts
    and path.stem not in INTERFACE
]
RULES = [
    # An SQLite file is read for a limited time.
    *(path for path in (ROOT / "habits/transfer/importers").glob("*.py") if path.stem != "loop_sqlite"),
    *(ROOT / "habits/schedules").glob("*.py"),
    *(
        ROOT / f"{name}.py"
        for name in (
            "accounts/days",
            "billing/money",
            "gamification/criteria",
            "gamification/points",
            "habits/transfer/parsed_file",
            "habits/transfer/upload_contents",
            "habits/transfer/formats",
            "habits/streaks",
            "circles/together_streaks",
            "habits/strength",
            "core/illustrations",
            "core/plots",
            "analytics/correlation",
            "habits/day_totals",
            "core/josa",
            "core/text_format",
        )
    ),
]
# Addresses and dates as pages show them.
PAGE_TOOLS = ("django.urls.reverse", "django.utils.formats", "django.utils.dateformat")
# Modules that build pages, and those that build the addresses which messages and files carry.
BELOW_PAGES = [
    path
    for path in DOMAIN
    if "pages" not in path.relative_to(ROOT).parts and not path.stem.endswith(("_page", "links"))
]

# The document's names for instants and days that differ from our rule.
INSTANTS = {"current_period_start", "current_period_end", "scheduled_for"}
DAYS = {"month", "date", "local_date", "day", "streak_through", "closed_through"}

OURS = [model for model in apps.get_models(include_auto_created=True) if model._meta.app_label in APPS]


def named(path: Path) -> str:
    return str(path.relative_to(ROOT))


def parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text())


def imported(nodes: Iterator[ast.AST] | list[ast.stmt]) -> set[str]:
    names = set()
    for node in nodes:
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            names |= {f"{node.module}.{alias.name}" for alias in node.names}
    return names


def calls(path: Path, name: str) -> list[ast.Call]:
    return [node for node in ast.walk(parsed(path)) if isinstance(node, ast.Call) and ast.unparse(node.func) == name]


def module_of(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


def package_of(module: str) -> str:
    return module.partition(".")[0]


MODULES = {module_of(path): path for path in SOURCES}


def imported_modules(path: Path) -> set[str]:
    """Our modules that this one imports, at its top or inside a function, except for TYPE_CHECKING."""
    tree = ast.parse(path.read_text())
    for node in ast.walk(tree):
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            node.body = []
    names = imported(ast.walk(tree))
    found = {name if name in MODULES else name.rpartition(".")[0] for name in names}
    return (found & MODULES.keys()) - {module_of(path)}


IMPORTS = {module: imported_modules(path) for module, path in MODULES.items()}


@for_each(DOMAIN)
def test_domain_modules_know_nothing_of_http(path):
    assert {name for name in imported(ast.walk(parsed(path))) if name.startswith(HTTP)} == set()


@for_each(BELOW_PAGES)
def test_domain_modules_leave_addresses_and_dates_to_pages(path):
    assert {name for name in imported(ast.walk(parsed(path))) if name.startswith(PAGE_TOOLS)} == set()


@for_each(RULES)
def test_rules_know_neither_the_database_nor_the_clock(path):
    assert {
        name
        for name in imported(ast.walk(parsed(path)))
        if name.startswith(("django.db", "time", "django.utils.timezone"))
    } == set()
    assert [
        call
        for name in ("datetime.now", "dt.datetime.now", "date.today", "dt.date.today")
        for call in calls(path, name)
    ] == []


@for_each([path for path in SOURCES if path.stem == "tasks"])
def test_tasks_import_our_modules_only_when_they_run(path):
    assert {name for name in imported(parsed(path).body) if name.partition(".")[0] in PACKAGES} == set()


@for_each([path for path in SOURCES if path.stem == "views"])
def test_views_fit_in_twenty_lines_and_say_what_they_return(path):
    views = [node for node in parsed(path).body if isinstance(node, ast.FunctionDef)]

    assert [view.name for view in views if view.end_lineno - view.lineno >= 20 or view.returns is None] == []


@for_each(SOURCES)
def test_links_carry_the_address_of_the_settings(path):
    """The sender of a request chooses its Host header."""
    assert calls(path, "request.build_absolute_uri") == []


def test_each_package_stands_on_one_floor():
    packages = {apps_module.parent.name for apps_module in ROOT.glob("*/apps.py")}

    assert packages == set(FLOORS)
    assert [name for name in FLOORS if "." in name] == []


def test_imports_between_packages_run_downwards_only():
    upwards = [
        f"{importer} imports {imported}"
        for importer, targets in IMPORTS.items()
        for imported in targets
        if package_of(importer) != package_of(imported) and FLOORS[package_of(importer)] >= FLOORS[package_of(imported)]
    ]

    assert upwards == []


def test_no_two_modules_import_each_other_in_a_circle():
    waiting = {module: set(targets) for module, targets in IMPORTS.items()}
    # Modules whose imports are all removed are removed too, until none is left: the rest is in a cycle or depends on one.
    while done := {module for module, targets in waiting.items() if not targets & waiting.keys()}:
        waiting = {module: targets - done for module, targets in waiting.items() if module not in done}

    assert waiting == {}


PRODUCTION = """
import importlib, pkgutil, sys
import django
django.setup()
from django.conf import settings
import wellness.wsgi, wellness.urls
from wellness.celery import app
app.loader.import_default_modules()
assert not settings.DEVELOPMENT
for package in %r:
    for module in pkgutil.walk_packages(importlib.import_module(package).__path__, f"{package}."):
        if module.name not in %r:
            importlib.import_module(module.name)
print(*sorted(name for name in sys.modules if name.partition(".")[0] == "devtools"))
"""
# Run as a script in a child process of its own.
SCRIPTS = ["files.reencoder"]


def test_production_never_loads_development_tools(tmp_path):
    packages = [package for package in PACKAGES if package != "devtools"]
    command = [sys.executable, "-W", "ignore", "-c", PRODUCTION % (packages, SCRIPTS)]

    done = subprocess.run(
        command, cwd=ROOT, env=production.environment(tmp_path), capture_output=True, text=True, check=False
    )

    assert (done.stdout, done.stderr) == ("\n", "")


def test_core_writes_events_into_the_columns_of_analytics():
    written = re.search(r"INSERT INTO (\w+) \(([\w,\s]+)\)", events.INSERT)
    model = apps.get_model("analytics", "AppEvent")
    columns = {field.column for field in model._meta.local_fields}
    needed = {
        field.column
        for field in model._meta.local_fields
        if not field.null and field.db_default is models.NOT_PROVIDED and not field.has_default()
    }

    assert written[1] == model._meta.db_table
    assert needed <= set(re.split(r",\s+", written[2])) <= columns


def test_foreign_keys_point_downwards():
    upwards = [
        str(field)
        for model in OURS
        for field in model._meta.local_fields
        if field.is_relation
        and field.related_model._meta.app_label in APPS
        and APPS.index(field.related_model._meta.app_label) > APPS.index(model._meta.app_label)
    ]

    assert upwards == []


def test_no_python_cascade_hangs_below_rows_that_the_database_cascades_away():
    by_database = {models.DB_CASCADE, models.DB_SET_NULL, models.DB_SET_DEFAULT, models.DO_NOTHING}
    by_python = [
        field
        for model in apps.get_models(include_auto_created=True)
        for field in model._meta.local_fields
        if field.is_relation and field.related_model in OURS and field.remote_field.on_delete not in by_database
    ]

    # People are deleted through Python, which also deletes the rows below them.
    assert {field.related_model._meta.label for field in by_python} == {"accounts.User"}
    assert [field for field in by_python if field.model in OURS and not field.model._meta.auto_created] == []


def test_instants_and_days_are_named_as_such():
    columns = [field for model in OURS for field in model._meta.local_fields]
    instants = {field.column for field in columns if isinstance(field, models.DateTimeField)}
    days = {field.column for field in columns if isinstance(field, models.DateField)} - instants

    assert {name for name in instants - INSTANTS if not name.endswith("_at")} == set()
    assert {name for name in days - DAYS if not name.endswith("_on")} == set()


def test_indexes_and_constraints_are_named_after_their_table():
    misnamed = [
        part.name
        for model in OURS
        for part in [*model._meta.indexes, *model._meta.constraints]
        if not part.name.startswith((f"idx_{model._meta.db_table}_", f"{model._meta.db_table}_"))
    ]

    assert misnamed == []


def test_events_are_of_known_types():
    recorded = [
        call.args[0] for path in SOURCES for call in calls(path, "events.record") + calls(path, "events.values")
    ]

    assert recorded != []
    assert {ast.literal_eval(event_type) for event_type in recorded} <= events.TYPES.keys()


def our_tasks() -> dict[str, object]:
    celery.loader.import_default_modules()
    return {name: task for name, task in celery.tasks.items() if not name.startswith("celery.")}


def test_tasks_are_named_after_their_function_and_take_keywords_only():
    tasks = our_tasks()

    assert {name: f"{task.__module__.partition('.')[0]}.{task.__name__}" for name, task in tasks.items()} == {
        name: name for name in tasks
    }
    parameters = [one for task in tasks.values() for one in inspect.signature(task.run).parameters.values()]
    assert [one for one in parameters if one.kind is not inspect.Parameter.KEYWORD_ONLY] == []


def test_wake_ups_name_tasks_that_exist():
    woken = {
        ast.literal_eval(call.args[0])
        for path in SOURCES
        for call in calls(path, "wakeups.wake") + calls(path, "wakeups.wake_on_commit")
    }

    assert woken != set()
    assert woken <= our_tasks().keys()


def test_beat_sends_only_tasks_that_exist():
    assert {entry["task"] for entry in celery.conf.beat_schedule.values()} <= our_tasks().keys()


def test_beat_sends_every_task_of_money():
    sent = {entry["task"] for entry in celery.conf.beat_schedule.values()}

    assert {name for name in our_tasks() if name.startswith("billing.")} <= sent


# The columns hold through the day `streak_through`; `streak_cache.current` brings them to today.
CACHED_STREAK = {"current_streak", "best_streak"}


def test_no_module_reads_a_cached_streak_past_its_day():
    reads = {
        f"{named(path)}:{node.lineno} {node.attr}"
        for path in SOURCES
        for node in ast.walk(parsed(path))
        if isinstance(node, ast.Attribute) and node.attr in CACHED_STREAK
    }

    assert reads == set()
