"""The linear model of danger: what it reads, what it says of rules, and that its file is of the sets."""

import pytest

from coaching.crisis import likelihood
from coaching.crisis.detection import detect
from coaching.crisis.words import Danger, danger_in
from evaluation import crisis, crisis_training


@pytest.fixture(scope="module")
def known():
    return crisis_training.examples()


def test_the_file_is_computed_from_the_sets(known):
    """Red: run `python -m evaluation.crisis_training`. `make faults` trains twice, with one result."""
    assert likelihood.weights().digest == crisis_training.digest(known)


def test_no_held_out_sentence_was_learned(known):
    texts = {one.text for one in known}
    for name in crisis.HELD_OUT:
        assert not texts & {text for items in crisis.sentences(name).values() for text in items}


def test_a_file_is_read_as_it_was_written():
    weights = likelihood.weights()
    assert likelihood.unpacked(likelihood.packed(weights)) == weights


def test_it_finds_what_no_rule_knows():
    found = detect("아침이 오는 게 싫어요. 이대로 잠들어서 영영 눈 뜨고 싶지 않아요")
    assert found is not None
    assert found.danger == Danger.SELF_HARM


def test_the_model_overrules_a_rule_in_a_harmless_sentence():
    idiom = "소울류 게임 보스한테 40번 죽고 깼다 성취감 미쳤음"
    assert danger_in(idiom.replace(" ", "")) is not None
    assert detect(idiom) is None


def test_a_sentence_in_a_long_harmless_note_is_found():
    note = "오늘은 물을 여덟 잔 마셨고 저녁에 삼십 분 걸었다. " * 20
    assert detect(note) is None
    assert detect(note + "근데 그냥 다 놓고 죽고 싶다. " + note) is not None


def test_a_long_sentence_is_read_in_overlapping_windows():
    [first, second] = likelihood._readings("가" * (likelihood.LONGEST + 1))
    assert (len(first), len(second)) == (likelihood.LONGEST, likelihood.LONGEST // 2 + 1)


@pytest.mark.parametrize("piece", ["물\n", "네. ", "집에\n", "\n", "…", "a! "])
def test_a_long_text_of_short_sentences_can_be_read(piece):
    assert detect(piece * 400) is None


def test_words_that_are_broken_into_short_lines_are_found_in_a_long_text_too():
    assert detect("죽고\n싶다\n" * 60) is not None
