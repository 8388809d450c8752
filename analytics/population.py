"""The one rule for whom the figures of staff count, as SQL over `users AS person`.

Left out are staff, people who have left or asked for it, and accounts that a command made (the seed, the demo): their ids
are of version 8, which no sign-up gives.
"""

COUNTED = """NOT person.is_staff AND person.anonymised_at IS NULL AND person.deletion_requested_at IS NULL
    AND substr(person.id::text, 15, 1) <> '8'"""
# A day on which a person did something.
ACTIVE = "(day.completed_habits > 0 OR day.app_opens > 0)"
