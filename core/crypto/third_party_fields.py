"""Seals columns of library tables without changing the libraries' migrations.

The class of the field object is replaced in place; `deconstruct()` still describes the original field, so
`makemigrations` finds no change. This is needed because allauth's e-mail model cannot be swapped for one of ours.
"""

from collections.abc import Sequence
from typing import Any

from django.db import models

from core.crypto.fields import FindableMixin, SealedJSONMixin, SealedMixin


def seal_field(model: type[models.Model], name: str, kind: type) -> None:
    """Makes `model.name` a sealed column of `kind`, bound to its table and column.

    Calling it again has no effect.
    """
    field = model._meta.get_field(name)
    if isinstance(field, kind):
        return
    honest = type(field)

    def deconstruct(self: models.Field) -> tuple[str, str, Sequence[Any], dict[str, Any]]:
        name, _path, args, kwargs = honest.deconstruct(self)
        return name, f"django.db.models.{honest.__name__}", args, kwargs

    members = {"deconstruct": deconstruct, "__module__": __name__}
    field.__class__ = type(f"Sealed{honest.__name__}", (kind, honest), members)
    field.bound_to = f"{model._meta.db_table}|{field.column}"


def seal_allauth() -> None:
    from allauth.account.models import EmailAddress  # noqa: PLC0415 - models exist only once the apps are ready
    from allauth.mfa.models import Authenticator  # noqa: PLC0415
    from allauth.socialaccount.models import SocialAccount, SocialToken  # noqa: PLC0415

    seal_field(EmailAddress, "email", FindableMixin)
    seal_field(SocialAccount, "uid", FindableMixin)
    seal_field(SocialAccount, "extra_data", SealedJSONMixin)
    seal_field(SocialToken, "token", SealedMixin)
    seal_field(SocialToken, "token_secret", SealedMixin)
    seal_field(Authenticator, "data", SealedJSONMixin)
    # The admin log keeps str(object) forever, so it must hold no address.
    EmailAddress.__str__ = lambda self: f"e-mail address {self.pk}"
    SocialAccount.__str__ = lambda self: f"{self.provider} account {self.pk}"
