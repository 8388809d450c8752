"""The one rule for whom the figures of staff count, as SQL over `users AS person`.

Left out are staff, people who have left or asked for it, and accounts that a command made (accounts/population.py).
"""

from accounts.population import COUNTED

__all__ = ["ACTIVE", "COUNTED"]

# A day on which a person did something.
ACTIVE = "(day.completed_habits > 0 OR day.app_opens > 0)"
