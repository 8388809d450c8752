"""What a page of staff offers to a role, the role may do: no link and no button ends at a refusal."""

import html
import re

import pytest
from django.contrib.auth.models import Group
from django.http import QueryDict
from django.urls import resolve

from accounts import roles
from core.staff import permissions
from tests.factories.accounts import UserFactory
from tests.staff_pages import first_rows

pytestmark = pytest.mark.django_db

LINK = re.compile(r'<a\b[^>]*\bhref="(/admin/[^"#?]*)')
TARGET = re.compile(r'\b(?:form)?action="(/admin/[^"#?]*)')
BUTTON = re.compile(r'<(?:input|button)\b[^>]*\bname="(_[a-z_]+)"')
ROW = re.compile(r"^(/admin/\w+/\w+/)[^/]+(/(?:change|history|delete)/)$")
# Pages of one kind that are opened: the rows of a table are alike.
MOST = 2


def kind_of(path: str) -> str:
    return ROW.sub(r"\1*\2", path)


def offered(path: str, page: str) -> set[str]:
    """The acts that the forms and buttons of a page ask for."""
    targets = {html.unescape(one) for one in TARGET.findall(page)}
    acts = {act for one in targets for act in permissions.requested_acts(resolve(one).url_name or "", QueryDict())}
    pressed = QueryDict(mutable=True)
    pressed.update(dict.fromkeys(BUTTON.findall(page), "1"))
    return acts | {*permissions.requested_acts(resolve(path).url_name or "", pressed)}


@pytest.mark.parametrize("role", permissions.ROLES)
def test_a_role_may_do_what_it_is_offered(client, content, role):
    first_rows()
    roles.install()
    colleague = UserFactory(is_staff=True)
    colleague.groups.add(Group.objects.get(name=role))
    client.force_login(colleague)
    waiting, opened, refused = ["/admin/"], {}, {}

    while waiting:
        path = waiting.pop()
        if path in opened or sum(kind_of(one) == kind_of(path) for one in opened) >= MOST:
            continue
        answer = client.get(path)
        opened[path] = answer.status_code
        if answer.status_code != 200:
            refused[path] = answer.status_code
        elif answer["Content-Type"].startswith("text/html"):
            refused |= {(path, act): "act" for act in offered(path, answer.text) if not permissions.may(colleague, act)}
            waiting += [html.unescape(one) for one in LINK.findall(answer.text)]

    assert refused == {}
    assert len(opened) > 10
