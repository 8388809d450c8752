"""Recall and false alarms of the crisis detector, on the half it was written with and on the half held out.

The sets are in crisis_sets/: sentences by kind, written before the rules and split at random. One author wrote both halves and
the rules, so real texts will be more varied than these.
"""

import tomllib
from pathlib import Path

from coaching.crisis.detection import detect
from coaching.crisis.words import Danger
from evaluation.mutations import MUTATIONS
from evaluation.reports import Report, wilson

SETS = Path(__file__).parent / "crisis_sets"
HALVES = ("written", "held_out")
HARMLESS = "idiom"
# The kinds of sentences whose danger has another name.
_DANGERS = {"explicit": Danger.SELF_HARM, "indirect": Danger.SELF_HARM, "third": Danger.SELF_HARM}
# Recall that each kind must reach, on either half.
EXPLICIT, INDIRECT = 0.99, 0.90
BARS = {"explicit": EXPLICIT, "third": INDIRECT, "indirect": INDIRECT}
MOST_FALSE_ALARMS = 0.02
MOST_LOST = 0.02


def sentences(half: str) -> dict[str, list[str]]:
    return tomllib.loads((SETS / f"{half}.toml").read_text())


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
    for half in HALVES:
        _measure_half(told, half)
    return told


def _measure_half(told: Report, half: str) -> None:
    told.add(f"{half}: kind, found of all, recall [Wilson 95 %], own line first, worst of ten spellings")
    for kind, items in sentences(half).items():
        if kind == HARMLESS:
            _measure_false_alarms(told, half, items)
        else:
            _measure_recall(told, half, kind, items)
    _measure_spellings(told, half)


def _measure_recall(told: Report, half: str, kind: str, items: list[str]) -> None:
    found, first = sum(map(is_led_to_help, items)), sum(has_its_line(one, kind) for one in items)
    low, high = wilson(found, len(items))
    name, worst = min(((name, _recall(items, name)) for name in MUTATIONS), key=lambda spelled: spelled[1])
    told.add(
        f"  {kind:10} {found:3}/{len(items):3}  {found / len(items):6.1%} [{low:.1%}, {high:.1%}]"
        f"  {first / len(items):6.1%}  {worst:6.1%} ({name})"
    )
    bar = BARS.get(kind, INDIRECT)
    told.must(f"{half} {kind}: at least {bar:.0%}", holds=found / len(items) >= bar)


def _measure_false_alarms(told: Report, half: str, items: list[str]) -> None:
    alarms = sum(map(is_led_to_help, items))
    low, high = wilson(alarms, len(items))
    told.add(f"  harmless   {alarms:3}/{len(items):3}  {alarms / len(items):6.1%} [{low:.1%}, {high:.1%}] false alarms")
    told.must(f"{half} false alarms: at most {MOST_FALSE_ALARMS:.0%}", holds=alarms / len(items) <= MOST_FALSE_ALARMS)


def _measure_spellings(told: Report, half: str) -> None:
    """All kinds of danger together, each way of spelling against the sentences as written."""
    items = [one for kind, those in sentences(half).items() if kind != HARMLESS for one in those]
    plain = sum(map(is_led_to_help, items)) / len(items)
    for name in MUTATIONS:
        recall = _recall(items, name)
        told.must(
            f"{half} spelled with {name}: {recall:.1%}, at most {MOST_LOST:.0%} less than {plain:.1%}",
            holds=recall >= plain - MOST_LOST,
        )


def _recall(items: list[str], mutation: str) -> float:
    return sum(is_led_to_help(MUTATIONS[mutation](one)) for one in items) / len(items)
