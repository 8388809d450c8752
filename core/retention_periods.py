"""How long each kind of data is kept.

Deletion rules (wellness/privacy/retention.py), the classification and docs/privacy.md are made from these. The text that people
agree to (accounts/content/terms/privacy.*.md) says them in words, which tests/privacy/test_retention.py compares; a change
there needs a new accounts.consents.VERSION.
"""

import datetime as dt
from dataclasses import dataclass


@dataclass(frozen=True)
class RetentionPeriod:
    """A number of days or of calendar years."""

    days: int = 0
    years: int = 0

    def __str__(self) -> str:
        """As the privacy page says it, in Korean."""
        if self.years:
            return f"{self.years}년"
        return "하루" if self.days == 1 else f"{self.days}일"

    @property
    def sql(self) -> str:
        return f"interval '{self.years} years'" if self.years else f"interval '{self.days} days'"

    @property
    def timedelta(self) -> dt.timedelta:
        """Only of days: years differ in length."""
        assert not self.years  # noqa: S101 - a mistake of the caller
        return dt.timedelta(days=self.days)


APP_EVENTS = RetentionPeriod(years=1)
NOTIFICATIONS = RetentionPeriod(days=90)
# Finished jobs, usage and spending of the coach; its decisions are kept for measuring its effect.
COACHING_WORK = RetentionPeriod(days=90)
COACHING_DECISIONS = RetentionPeriod(years=1)
CRISIS_FLAGS = RetentionPeriod(days=30)
COACHING_QUESTIONS = RetentionPeriod(days=90)
# Longer than a page may resend a check-in (habits/checkins.py:OFFLINE).
CHECK_IN_KEYS = RetentionPeriod(days=16)
EXPORTS = RetentionPeriod(days=7)
# A link to a picture of an achievement (gamification/share_cards.py).
SHARE_CARDS = RetentionPeriod(days=30)
# A link into a circle (circles/invitations.py), and the signs that its members send each other.
CIRCLE_INVITATIONS, CHEERS = RetentionPeriod(days=7), RetentionPeriod(days=90)
# A file that waits for its person to confirm the preview, and what is shown after an import.
IMPORT_UPLOADS, IMPORT_RESULTS = RetentionPeriod(days=1), RetentionPeriod(days=7)
# The minutely cleanup is faster; this bounds what it misses.
DELETED_FILES = RetentionPeriod(days=1)
# Longer than all retries of accounts/social.py together.
SOCIAL_REVOCATIONS = RetentionPeriod(days=3)

# Longer than the link in the mail works (allauth: three days). Nobody has signed in to such an account.
UNPROVEN_ACCOUNTS = RetentionPeriod(days=7)
# A new address that its account never confirmed.
UNPROVEN_ADDRESSES = RetentionPeriod(days=7)
# An account whose owner proved the address by a reset and never answered the consents (accounts/email_ownership.py).
UNANSWERED_CONSENTS = RetentionPeriod(days=30)

# From the request to delete an account until its erasure.
DELETION_GRACE = RetentionPeriod(days=30)
# 개인정보의 안전성 확보조치 기준 §8.
AUDIT_TRAIL = RetentionPeriod(years=2)
# 전자상거래법 시행령 §6. Consents and subscriptions count from the erasure, payments from the payment.
CONSENTS = RetentionPeriod(years=3)
PAYMENTS = RetentionPeriod(years=5)
SUBSCRIPTIONS = RetentionPeriod(years=5)
