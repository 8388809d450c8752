"""Of two hundred saves at once none overwrites another; run by `make faults`."""

from tests.access.test_revisions import save_at_once


def test_of_two_hundred_saves_at_once_none_overwrites_another(committed):
    save_at_once(25)
