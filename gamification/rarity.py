"""How many people have each achievement, in whole percent, counted once a day.

Nobody can be found out by it. A share is published, first or again, only with at least FEWEST + STEP holders and STEP more
or fewer than when it was published last, and it is hidden below FEWEST. So whatever a page shows or stops showing, the
number has moved by STEP people since it was shown last: it is never the doing of one.
"""

from django.db.models import Count

from accounts.models import User
from gamification.models import Achievement, UserAchievement

FEWEST = 50
STEP = 10


def count_holders() -> int:
    """Publishes the shares again where they may change; gives how many did."""
    people = User.objects.filter(is_active=True).count()
    holders = dict(
        UserAchievement.objects.filter(user__is_active=True).values_list("achievement").annotate(n=Count("pk"))
    )
    found = Achievement.objects.only("share_percent", "share_holders")
    changed = [one for one in found if publish(one, have=holders.get(one.pk, 0), people=people)]
    Achievement.objects.bulk_update(changed, ["share_percent", "share_holders"])
    return len(changed)


def publish(achievement: Achievement, *, have: int, people: int) -> bool:
    """Publishes or hides the share of so many holders on the unsaved row.

    False if it stays as it was.
    """
    is_shown, moved = achievement.share_percent is not None, abs(have - achievement.share_holders) >= STEP
    if have < FEWEST and is_shown:
        achievement.share_percent = None
    elif have >= FEWEST + STEP and moved:
        achievement.share_percent = 100 * have // max(people, have)
    else:
        return False
    achievement.share_holders = have
    return True
