"""Authentication backend: allauth's login, and one compiled query for the user of a request."""

from uuid import UUID, uuid4

from allauth.account.auth_backends import AuthenticationBackend
from django.core.exceptions import ValidationError

from accounts.models import User
from core.db.compiled_queries import Compiled

_PERSON = Compiled(lambda pk: User.objects.filter(pk=pk).defer("bio", "avatar_url"), pk=uuid4())


class PersonBackend(AuthenticationBackend):
    def get_user(self, user_id: str | UUID) -> User | None:
        try:
            found = _PERSON(pk=User._meta.pk.to_python(user_id))
        except ValidationError:
            return None
        return found[0] if found and self.user_can_authenticate(found[0]) else None
