"""Moving in from other apps, and out to them. docs/moving.md tells what becomes of what.

opening, loop_csv, loop_db, habitbull, habitica, beaver, habittrove, ours
            one format each: bytes → Found (found.py), knowing neither the database nor the clock
matching    what of it is new to a person, and to which of their habits it belongs
writing     all of it in one transaction
jobs        the row that carries a file from the upload to the result
outgoing, loop_out
            a person's habits as CSV, as JSON, as Loop keeps them
"""
