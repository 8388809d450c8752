"""How many people have each achievement, in whole percent, counted once a day.

Nobody can be found out by it. A share is shown only while at least FEWEST people have the achievement, and it is
published again only when at least STEP more or fewer people have it than when it was published last: a change from one
day to the next is always the doing of several.
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
    changed = []
    for achievement in Achievement.objects.only("share_percent", "share_holders"):
        have = holders.get(achievement.pk, 0)
        if _may_publish(achievement, have):
            achievement.share_percent = None if have < FEWEST else 100 * have // max(people, have)
            achievement.share_holders = have
            changed.append(achievement)
    Achievement.objects.bulk_update(changed, ["share_percent", "share_holders"])
    return len(changed)


def _may_publish(achievement: Achievement, have: int) -> bool:
    moved = abs(have - achievement.share_holders) >= STEP
    # Too few by now: hidden at once, whatever was published before.
    return moved or (have < FEWEST and achievement.share_percent is not None)
