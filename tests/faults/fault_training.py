"""Training the likelihood of danger twice gives the same weights; run by `make faults`."""

from evaluation import crisis_training


def test_training_twice_gives_the_same():
    few = crisis_training.examples()[::145]

    assert crisis_training.train(few, digest=b"") == crisis_training.train(few, digest=b"")
