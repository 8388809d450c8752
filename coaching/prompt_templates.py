"""Checks of prompt templates: what staff write is parsed before it is saved.

Only variables, conditions, one loop over what is given, and a few filters: nothing that reaches Python's objects or
files, and nothing whose size or time the facts do not bound.
"""

from django.utils.translation import gettext as _
from jinja2 import TemplateSyntaxError, nodes
from jinja2.sandbox import ImmutableSandboxedEnvironment

FILTERS = {
    "capitalize", "default", "first", "int", "join", "josa", "last", "length", "lower", "round", "title", "trim", "upper",
}  # fmt: skip
_LOADS = (nodes.Include, nodes.Import, nodes.FromImport, nodes.Extends, nodes.Block)
_CALLS = (nodes.Call, nodes.Macro, nodes.CallBlock)
_ASSIGNS = (nodes.AssignBlock, nodes.With)
# The largest number that a variable may be multiplied by, and how many new ones there may be: with both, a text that
# is multiplied again and again stays short.
LARGEST = 10
MOST_ASSIGNED = 3
_ENVIRONMENT = ImmutableSandboxedEnvironment(autoescape=False)


class Unsafe(Exception):
    """The template uses something that is not allowed; the text says what."""


def check(text: str) -> None:
    """Raises Unsafe, with words for staff."""
    try:
        tree = _ENVIRONMENT.parse(text)
    except (TemplateSyntaxError, RecursionError) as error:
        raise Unsafe(_("Jinja2로 읽을 수 없어요: %(error)s") % {"error": str(error)[:200]}) from error
    if len(list(tree.find_all(nodes.Assign))) > MOST_ASSIGNED:
        raise Unsafe(_("새 변수는 %(most)d개까지만 만들 수 있어요.") % {"most": MOST_ASSIGNED})
    for node in tree.find_all(nodes.Node):
        if refusal := _refusal(node):
            raise Unsafe(refusal)


def _refusal(node: nodes.Node) -> str:
    """Why a part of the template is not allowed; empty for one that is."""
    if isinstance(node, _LOADS):
        return _("다른 템플릿은 불러올 수 없어요.")
    if isinstance(node, nodes.Getattr | nodes.Getitem) and not _is_plain(node):
        return _("밑줄로 시작하는 이름은 쓸 수 없어요.")
    if isinstance(node, nodes.Filter) and node.name not in FILTERS:
        return _("이 필터는 쓸 수 없어요: %(name)s") % {"name": node.name}
    if isinstance(node, _CALLS + _ASSIGNS):
        return _("변수만 쓸 수 있어요. 함수나 매크로는 쓸 수 없어요.")
    if _grows(node) or _formats(node):
        return _("큰 곱하기와 거듭제곱, 글의 서식은 쓸 수 없어요.")
    if isinstance(node, nodes.For) and (node.recursive or node.find(nodes.For)):
        return _("되풀이 안에 되풀이를 둘 수 없어요.")
    return ""


def _is_plain(node: nodes.Getattr | nodes.Getitem) -> bool:
    if isinstance(node, nodes.Getattr):
        return not node.attr.startswith("_")
    key = node.arg
    return not (isinstance(key, nodes.Const) and str(key.value).startswith("_"))


def _grows(node: nodes.Node) -> bool:
    """Whether a product can grow beyond a small multiple of one variable."""
    if not isinstance(node, nodes.Mul):
        return isinstance(node, nodes.Pow)
    small = [isinstance(side, nodes.Const) and side.value in range(LARGEST + 1) for side in (node.left, node.right)]
    names = [isinstance(side, nodes.Name) for side in (node.left, node.right)]
    return not (any(small) and any(names))


def _formats(node: nodes.Node) -> bool:
    """Whether a text is a format: `'%999999999d' % 1` fills the memory."""
    return isinstance(node, nodes.Const) and "%" in str(node.value)
