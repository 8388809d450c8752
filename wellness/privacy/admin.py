"""Admin of people with the cancellation of a deletion, which accounts cannot know."""

from django.contrib import admin
from django.utils import timezone

from accounts.admin import UserAdmin
from accounts.models import User
from wellness.privacy import account_deletion

admin.site.unregister(User)


@admin.register(User)
class DeletableUserAdmin(UserAdmin):
    def set_active(self, user: User, *, active: bool) -> None:
        account_deletion.set_active(user, active=active, at=timezone.now())
