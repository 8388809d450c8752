"""Context of an invitation that somebody opened."""

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from circles.forms import JoinForm
from circles.models import CircleInvitation, CircleMember


def page(invitation: CircleInvitation, form: JoinForm) -> dict[str, Any]:
    count = CircleMember.objects.filter(circle=invitation.circle_id, user__is_active=True).count()
    names = {"name": invitation.made_by.nickname, "circle": invitation.made_by.circle_name}
    return {
        "title": _("%(name)s 님이 ‘%(circle)s’에 초대했어요") % names,
        "count_text": ngettext("%(n)s명이 함께해요.", "%(n)s명이 함께해요.", count) % {"n": count},
        "form": form,
    }
