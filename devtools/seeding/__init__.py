"""Believable people and their histories, for development, measurements and the demo.

    people          who they are: name, zone, plan, pattern                         pure, from a number and a seed
    patterns        how they go about it: chance of a day, mood, energy             pure
    histories       their habits day by day, each check-in with its streak          pure
    awards          what the record earns, by the replay that imports use          pure
    coach_messages  what the coach wrote to them, from its own templates            pure
    rows            the rows of all this in the tables
    loader          writes all of it into the database
    crowd           the people whom the figures of the demo count

Each person has a `random.Random` of their own, seeded with the seed and their number: the same seed, length and last
day give the same rows, independent of the other people made with them.
"""

# The demo accounts: a person and one of staff (demo.py).
PERSON, STAFF = "demo@example.com", "staff@example.com"
# The password of all people made here, the demo accounts too. It opens nothing outside development.
PASSWORD = "eight-glasses"  # noqa: S105
# The secret of the second factor of the person who has one (states.py).
TOTP_SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"  # noqa: S105
