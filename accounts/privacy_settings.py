"""Typed access to `users.privacy_settings`. Unknown keys are kept."""

from typing import Any

from django.db import transaction
from pydantic import BaseModel, ConfigDict, StrictBool

from accounts.models import User


class PrivacySettings(BaseModel):
    model_config = ConfigDict(extra="allow", frozen=True)

    # Mirrors the latest answer to the health consent; accounts.consents writes it.
    health: StrictBool = False
    # The coach may read notes, not only numbers.
    coach_reads_notes: StrictBool = False
    # The consents are void and are asked before any page opens (accounts/email_ownership.py).
    must_agree: StrictBool = False


def of(user: User) -> PrivacySettings:
    """The person's settings.

    A known key with an invalid value counts as unset, which is the strict default.
    """
    kept = {
        key: value
        for key, value in user.privacy_settings.items()
        if key not in PrivacySettings.model_fields or isinstance(value, bool)
    }
    return PrivacySettings.model_validate(kept)


@transaction.atomic
def change(user: User, **values: Any) -> PrivacySettings:
    """Sets known keys. Raises ValueError for an unknown key or an invalid value."""
    unknown = values.keys() - PrivacySettings.model_fields.keys()
    if unknown:
        raise ValueError(f"no such privacy setting: {', '.join(sorted(unknown))}")
    # Locked, because two requests may change different keys of the column at once.
    now = User.objects.select_for_update().only("privacy_settings").get(pk=user.pk)
    changed = PrivacySettings.model_validate(now.privacy_settings | values)
    user.privacy_settings = changed.model_dump(mode="json", exclude_unset=True)
    user.save(update_fields=["privacy_settings"])
    return changed
