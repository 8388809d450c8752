"""The profile picture in templates."""

from typing import Any

from django import template
from django.utils import timezone

from accounts.models import User
from files import avatars

register = template.Library()


@register.inclusion_tag("files/_avatar.html")
def avatar(user: User) -> dict[str, Any]:
    """The profile picture, else the first letter of the name."""
    return {"url": avatars.address(user, at=timezone.now()), "initial": user.name[:1]}
