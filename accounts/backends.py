"""Authentication backend: allauth's login, and one compiled query for the user of a request.

    read_along(crisis_raised_at=…)     in the app's `ready`: the query reads this expression, too

What nearly every page asks about its person costs no statement of its own then. It is an attribute of `request.user` and
of no other instance, read at the beginning of the request.
"""

from uuid import UUID, uuid4

from allauth.account.auth_backends import AuthenticationBackend
from django.core.exceptions import ValidationError
from django.db.models.expressions import Combinable

from accounts.models import User
from core.db.compiled_queries import Compiled

_READ_ALONG: dict[str, Combinable] = {}
_PERSON = Compiled(lambda pk: User.objects.filter(pk=pk).defer("bio", "avatar_url").annotate(**_READ_ALONG), pk=uuid4())


def read_along(**expressions: Combinable) -> None:
    """Adds expressions about the person, by the name of the attribute.

    Called before the first request.
    """
    _READ_ALONG.update(expressions)


class PersonBackend(AuthenticationBackend):
    def get_user(self, user_id: str | UUID) -> User | None:
        try:
            found = _PERSON(pk=User._meta.pk.to_python(user_id))
        except ValidationError:
            return None
        return found[0] if found and self.user_can_authenticate(found[0]) else None
