"""Docstrings and comments are plain English; see CONTRIBUTING.md, Code."""

import ast
import builtins
import functools
import io
import re
import tokenize
from collections.abc import Iterator
from pathlib import Path

from tests.cases import for_each
from tests.test_architecture import PACKAGES, ROOT, SOURCES, named

LONGEST = 90
DEFINITIONS = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
# Literary phrases that a reader whose first language is not English cannot look up, each with a plain one.
IDIOMS = {
    r"whoever|whomever|whosoever": "who, the person who, code that",
    r"anew": "again",
    r"(days|rules?|times) of old": "former",
    r"doors? for": "called by",
    r"(stands?|lies|lie) in the (database|row|table)": "is stored in",
    r"somebody's (words|invention)": "say whose",
    r"wants? to be told|is told|are told": "gets, receives",
    r"what somebody": "what a person",
    r"thereof|therein|whence|hence|nought|naught": "of it, in it, from where, so, nothing",
    r"comes? to pass|befalls?": "happens",
    r"is at hand": "is available",
    r"speaks? with people": "is shown",
}
# "Raises A, b.C and D" in a docstring, the last part of a dotted name, and "-> A" in the list of what a module offers.
RAISED = re.compile(r"\bRaises((?:,? (?:and |or )?(?:\w+\.)*[A-Z]\w*)+)")
CLASS = re.compile(r"\b[A-Z]\w*(?![\w.])")
RETURNED = re.compile(r"-> ([A-Z]\w*)")
BANNED = [(re.compile(rf"\b(?:{idiom})\b", re.I), plain) for idiom, plain in IDIOMS.items()]
# Words that add nothing to a name when a docstring consists of them.
FILLERS = {
    "a",
    "an",
    "and",
    "are",
    "for",
    "in",
    "is",
    "its",
    "of",
    "on",
    "one",
    "our",
    "that",
    "the",
    "this",
    "to",
    "with",
}
PROSE = [*SOURCES, *sorted((ROOT / "tests").rglob("*.py")), *sorted((ROOT / "bench").rglob("*.py")), ROOT / "manage.py"]


def docstrings(path: Path) -> Iterator[tuple[str, ast.AST, str]]:
    """The place, the definition and the docstring of each module, class and function in the file."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, DEFINITIONS) and (text := ast.get_docstring(node)):
            yield f"{named(path)}:{getattr(node, 'lineno', 1)}", node, text


def is_public(node: ast.AST) -> bool:
    return not getattr(node, "name", "").startswith("_")


def comments(path: Path) -> Iterator[tuple[str, str]]:
    """The place and text of each block of comments; successive lines are one block."""
    block: list[tuple[int, str]] = []
    for token in tokenize.generate_tokens(io.StringIO(path.read_text()).readline):
        if token.type == tokenize.COMMENT:
            if block and token.start[0] != block[-1][0] + 1:
                yield _joined(path, block)
                block = []
            block.append((token.start[0], token.string.lstrip("# ")))
    if block:
        yield _joined(path, block)


def _joined(path: Path, block: list[tuple[int, str]]) -> tuple[str, str]:
    return f"{named(path)}:{block[0][0]}", " ".join(text for _line, text in block)


def first_line_faults(line: str) -> str:
    """What is wrong with the first line of a docstring; empty if nothing is."""
    if len(line) > LONGEST:
        return f"{len(line)} characters: "
    return "" if line.endswith(".") else "no full stop: "


def words(text: str) -> set[str]:
    """The stems of the words in a name or sentence: `check_ins`, `CheckIn` and "a check in" have the same."""
    spaced = re.sub(r"([a-z0-9])([A-Z])", r"\1 \2", text).lower()
    return {word.rstrip("s") for word in re.findall(r"[a-z0-9]+", spaced)} - {word.rstrip("s") for word in FILLERS}


def name_of(path: Path, node: ast.AST) -> str:
    name = path.parent.name if path.stem == "__init__" else path.stem
    return getattr(node, "name", name)


@for_each(SOURCES)
def test_docstrings_begin_with_one_short_sentence(path):
    faults = [
        f"{place} {fault}{first}"
        for place, node, text in docstrings(path)
        if is_public(node) and (fault := first_line_faults(first := text.splitlines()[0]))
    ]

    assert faults == []


@for_each(SOURCES)
def test_docstrings_say_more_than_the_name(path):
    repeats = [f"{place} {text}" for place, node, text in docstrings(path) if words(text) <= words(name_of(path, node))]

    assert repeats == []


def names_in(path: Path) -> set[str]:
    """The names that the code of the file defines, imports or uses."""
    return {
        name
        for node in ast.walk(ast.parse(path.read_text()))
        for field in ("id", "attr", "name", "asname")
        if isinstance(name := getattr(node, field, None), str)
    } | set(dir(builtins))


def raised(text: str) -> list[str]:
    """The exceptions that a docstring names: "Raises A, b.C and D." has A, C and D."""
    return [name for names in RAISED.findall(text) for name in CLASS.findall(names)]


@functools.cache
def every_name() -> frozenset[str]:
    return frozenset().union(*map(names_in, SOURCES))


@for_each(SOURCES)
def test_docstrings_name_exceptions_and_results_that_exist(path):
    own = names_in(path)
    missing = [
        f"{place} {name}"
        for place, _node, text in docstrings(path)
        for name in [
            *(name for name in raised(text) if name not in every_name()),
            *(name for name in RETURNED.findall(text) if name not in own),
        ]
    ]

    assert missing == []


@for_each([path for path in PROSE if path != Path(__file__)])
def test_prose_has_no_literary_idioms(path):
    texts = [*comments(path), *((place, " ".join(text.split())) for place, _node, text in docstrings(path))]
    found = [
        f"{place} {match[0]!r}: write {plain!r}"
        for place, text in texts
        for idiom, plain in BANNED
        for match in idiom.finditer(text)
    ]

    assert found == []


@for_each(sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), ROOT / ".env.example", ROOT / "Makefile"]))
def test_documents_have_no_literary_idioms(path):
    text = " ".join(path.read_text(encoding="utf-8").split())

    assert [match[0] for idiom, _plain in BANNED for match in idiom.finditer(text)] == []


def test_the_checks_find_what_they_look_for():
    assert first_line_faults("Says what it does.") == ""
    assert first_line_faults("Says what it does") != ""
    assert first_line_faults(f"{'a' * LONGEST}.") != ""
    assert raised("Gives it. Raises Full, User.DoesNotExist and links.Closed.") == ["Full", "DoesNotExist", "Closed"]
    assert RETURNED.findall("take(user) -> Taken | None") == ["Taken"]
    assert words("The check-ins of a user.") == words("UserCheckIns")
    assert any(idiom.search("Doors for beat: each calls one function.") for idiom, _plain in BANNED)
    assert {"core", "habits", "wellness"} <= set(PACKAGES)
