"""Believable people and their histories, for development, measurements and the demo.

    people     who they are: name, zone, plan, pattern                         pure, from a number and a seed
    patterns   how they go about it: chance of a day, mood, energy             pure
    lives      their habits day by day, each check-in with its streak          pure
    awards     what the check-ins earn, judged by gamification's own criteria  pure
    letters    what the coach wrote to them, from its own templates            pure
    traces     the rows that all this leaves in the tables
    sowing     all of it into the database

Each person has a `random.Random` of their own, seeded with the seed and their number: the same seed, length and last
day give the same rows, whoever else is made beside them.
"""

# Of everyone made here, the demo person and the demo staff too. It opens nothing outside development.
PASSWORD = "eight-glasses"  # noqa: S105
