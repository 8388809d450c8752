"""Recall and false alarms of the crisis detector, on what it knows and on what is held out.

The sets are in crisis_sets/: sentences by kind. `written` and `held_out` are halves of one author's, who also wrote the rules.
`held_out_3` and the English `held_out_en` are of an author who saw neither rules nor other sets; they tell best what to expect of real
texts. `held_out_coach` is what people type to the coach. From KNOWN come the weights of the likelihood.
"""

import tomllib
from pathlib import Path

from coaching.crisis.detection import detect
from coaching.crisis.words import Danger
from evaluation.mutations import MUTATIONS
from evaluation.reports import Report, wilson

SETS = Path(__file__).parent / "crisis_sets"
HELD_OUT = ("held_out", "held_out_3", "held_out_en", "held_out_plain", "held_out_coach")
MEASURED = ("written", *HELD_OUT)
# What the weights are computed from (evaluation/crisis_training.py).
KNOWN = (
    "written",
    *(f"training_{number}" for number in range(1, 13)),
    "training_en",
    *(f"training_en_{number}" for number in range(2, 5)),
    "training_texts",
    "training_plain",
)
HARMLESS = ("idiom", "ordinary")
# The kinds of sentences whose danger has another name.
_DANGERS = {"explicit": Danger.SELF_HARM, "indirect": Danger.SELF_HARM, "third": Danger.SELF_HARM}
# Recall that each kind must reach.
EXPLICIT, OTHER = 0.99, 0.90
# Where less is reached, this holds what is. The aim is the same.
REACHED = {
    "held_out_3": {"explicit": 0.95, "indirect": 0.75, "abuse": 0.85, "violence": 0.8, "eating": 0.78, "substance": 0.85},
    "held_out_en": {
        "explicit": 0.88, "indirect": 0.65, "third": 0.8, "abuse": 0.65, "violence": 0.85, "eating": 0.75, "substance": 0.7
    },
    "held_out_coach": {"indirect": 0.85},
}  # fmt: skip
MOST_FALSE_ALARMS = 0.02
MOST_REACHED = {"held_out_3": 0.03, "held_out_en": 0.05, "held_out_coach": 0.03}
MOST_LOST = 0.02


def sentences(name: str) -> dict[str, list[str]]:
    return tomllib.loads((SETS / f"{name}.toml").read_text())


def expected(kind: str) -> Danger:
    return _DANGERS.get(kind) or Danger(kind)


def is_led_to_help(sentence: str) -> bool:
    return detect(sentence) is not None


def has_its_line(sentence: str, kind: str) -> bool:
    """Whether the page that follows offers the line of this kind first."""
    found = detect(sentence)
    return found is not None and found.danger == expected(kind)


def report() -> Report:
    told = Report("Crisis: words of danger")
    for name in MEASURED:
        _measure(told, name)
    return told


def bar(name: str, kind: str) -> float:
    """The recall that a kind of sentences of a set must reach."""
    return REACHED.get(name, {}).get(kind, EXPLICIT if kind == "explicit" else OTHER)


def most_alarms(name: str) -> float:
    """The share of a set's harmless sentences that may lead to help."""
    return MOST_REACHED.get(name, MOST_FALSE_ALARMS)


def _measure(told: Report, name: str) -> None:
    told.add(f"{name}: kind, found of all, recall [Wilson 95 %], own line first, worst of ten spellings")
    of = sentences(name)
    for kind, items in of.items():
        if kind not in HARMLESS:
            _measure_recall(told, name, kind, items)
    _measure_false_alarms(told, name, [one for kind in HARMLESS for one in of.get(kind, [])])
    if of.keys() - set(HARMLESS):
        _measure_spellings(told, name)


def _measure_recall(told: Report, name: str, kind: str, items: list[str]) -> None:
    found, first = sum(map(is_led_to_help, items)), sum(has_its_line(one, kind) for one in items)
    low, high = wilson(found, len(items))
    spelling, worst = min(((one, _recall(items, one)) for one in MUTATIONS), key=lambda spelled: spelled[1])
    told.add(
        f"  {kind:10} {found:3}/{len(items):3}  {found / len(items):6.1%} [{low:.1%}, {high:.1%}]"
        f"  {first / len(items):6.1%}  {worst:6.1%} ({spelling})"
    )
    least = bar(name, kind)
    told.must(f"{name} {kind}: at least {least:.0%}", holds=found / len(items) >= least)


def _measure_false_alarms(told: Report, name: str, items: list[str]) -> None:
    alarms = sum(map(is_led_to_help, items))
    low, high = wilson(alarms, len(items))
    told.add(f"  harmless   {alarms:3}/{len(items):3}  {alarms / len(items):6.1%} [{low:.1%}, {high:.1%}] false alarms")
    most = most_alarms(name)
    told.must(f"{name} false alarms: at most {most:.0%}", holds=alarms / len(items) <= most)


def _measure_spellings(told: Report, name: str) -> None:
    """All kinds of danger together, each way of spelling against the sentences as written.

    A set of fewer than fifty may lose one.
    """
    items = [one for kind, those in sentences(name).items() if kind not in HARMLESS for one in those]
    plain = sum(map(is_led_to_help, items)) / len(items)
    most = max(MOST_LOST, 1 / len(items))
    for spelling in MUTATIONS:
        recall = _recall(items, spelling)
        told.must(
            f"{name} spelled with {spelling}: {recall:.1%}, at most {most:.0%} less than {plain:.1%}",
            holds=round((plain - recall) * len(items)) <= most * len(items),
        )


def _recall(items: list[str], mutation: str) -> float:
    return sum(is_led_to_help(MUTATIONS[mutation](one)) for one in items) / len(items)
