"""Modules are named after things: nouns of the domain or standard terms. docs/glossary.md lists the product's words."""

import ast
from collections import defaultdict
from pathlib import Path

from tests.test_architecture import MODULES

WORDS = set(Path(__file__).with_name("module_words.txt").read_text().split())
# Deeds, participles, pronouns and metaphors, once names here. Listing one as a word does not make it a noun.
BANNED = set(
    """
    acting acts adopting arranging borrowed changing cleaning copying delivering dispatching drawn found growth intake keeping
    leaving lives look manners matching mine moving nudging opening opting ours outgoing phrases putting reading reminding
    removing resting seals settling sheet sowing standing sweeping traces withdrawing writing
    """.split()  # noqa: SIM905 -- a text is easier to read than forty strings
)


def names() -> dict[str, set[str]]:
    """The words of each module's own name, packages included. Django names commands after what they do, so those may."""
    return {
        module: set(module.rpartition(".")[2].split("_")) for module in MODULES if ".management.commands." not in module
    }


def test_a_module_is_named_with_words_that_are_listed():
    unknown = {module: sorted(words - WORDS) for module, words in names().items() if words - WORDS}

    assert unknown == {}, "a new noun goes into tests/module_words.txt"


def test_no_module_is_named_after_a_deed_or_a_metaphor():
    assert {module: words & BANNED for module, words in names().items() if words & BANNED} == {}
    assert set() == WORDS & BANNED


def test_no_two_classes_have_one_name():
    """Nested ones apart, and those that Django finds by their name."""
    places = defaultdict(list)
    for module, path in MODULES.items():
        for node in ast.parse(path.read_text()).body:
            if isinstance(node, ast.ClassDef) and node.name not in ("Command", "Migration"):
                places[node.name].append(module)

    assert {name: found for name, found in places.items() if len(found) > 1} == {}, "a name says which"
