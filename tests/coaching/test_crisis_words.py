"""Words of danger are recognised however they are spelled, and idioms are not."""

import pytest

from coaching.crisis.detection import detect
from coaching.crisis.normalisation import LONGEST
from coaching.crisis.words import Danger
from evaluation import crisis
from evaluation.mutations import MUTATIONS
from evaluation.reports import wilson


@pytest.mark.parametrize("name", crisis.MEASURED)
def test_each_set_reaches_its_bars(name):
    of = crisis.sentences(name)
    harmless = [one for kind in crisis.HARMLESS for one in of.pop(kind, [])]
    assert sum(map(crisis.is_led_to_help, harmless)) <= crisis.most_alarms(name) * len(harmless)
    for kind, items in of.items():
        assert sum(map(crisis.is_led_to_help, items)) >= crisis.bar(name, kind) * len(items), kind


@pytest.mark.parametrize("spelling", MUTATIONS)
def test_spelling_loses_at_most_two_points(spelling):
    items = [one for kind in ("explicit", "third") for one in crisis.sentences("written")[kind]]
    plain = sum(map(crisis.is_led_to_help, items))
    spelled = sum(crisis.is_led_to_help(MUTATIONS[spelling](one)) for one in items)
    assert spelled >= plain - crisis.MOST_LOST * len(items)


@pytest.mark.parametrize(
    ("text", "danger"),
    [
        ("진짜 죽고 싶다", Danger.SELF_HARM),
        ("남편이 때려요", Danger.ABUSE),
        ("스토킹을 당하고 있어요", Danger.VIOLENCE),
        ("먹고 토했어요", Danger.EATING),
        ("마약을 끊고 싶어요", Danger.SUBSTANCE),
    ],
)
def test_each_danger_has_its_own_line(text, danger):
    found = detect(text)
    assert found is not None
    assert found.danger == danger


def test_the_danger_of_someone_else_counts():
    found = detect("친구가 죽고 싶대요")
    assert found is not None
    assert (found.danger, found.someone_else) == (Danger.SELF_HARM, True)


@pytest.mark.parametrize(
    "text", ["배고파 죽겠다", "웃겨 죽는 줄", "죽을 만큼 힘든 스쿼트", "혼자 살아요", "팥죽 먹고 싶다", ""]
)
def test_idioms_do_not(text):
    assert detect(text) is None


def test_a_long_text_is_read_to_its_limit_and_words_are_found_within():
    assert detect("오늘은 걸었다. " * 50 + "죽고 싶다") is not None
    assert detect("가" * LONGEST + "죽고 싶다") is None


def test_wilson_bounds():
    low, high = wilson(43, 43)
    assert (round(low, 3), high) == (0.918, 1.0)
    assert wilson(0, 0) == (0.0, 1.0)
