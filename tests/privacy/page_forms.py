"""The forms of a page, filled in: a word in each field for text, what the page offers in the others."""

from dataclasses import dataclass, field
from html.parser import HTMLParser

# Plain by decision (docs/adr/0031): a unit says nothing about a person.
PLAIN = {"unit"}


@dataclass
class PageForm:
    action: str
    method: str
    fields: dict[str, list[str]] = field(default_factory=dict)


class _Forms(HTMLParser):
    def __init__(self, page: str, texts: dict[str, str]):
        super().__init__()
        self.page, self.texts = page, texts
        self.forms: list[PageForm] = []
        self.inside = False
        self.select = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.inside = True
            self.forms.append(PageForm(said.get("action") or self.page, said.get("method", "get").lower()))
        elif self.inside and tag in ("input", "textarea", "select", "option"):
            self._add(tag, said)

    def handle_endtag(self, tag: str) -> None:
        self.inside = self.inside and tag != "form"

    def _add(self, tag: str, said: dict[str, str]) -> None:
        fields, name, kind = self.forms[-1].fields, said.get("name", ""), said.get("type", "text")
        if tag == "select":
            self.select = name
        elif tag == "option":
            if "selected" in said or self.select not in fields:
                fields[self.select] = [said.get("value", "")]
        elif tag == "textarea" or (kind in self.texts and name not in PLAIN):
            fields[name] = [self.texts["text" if tag == "textarea" else kind]]
        elif kind in ("checkbox", "radio"):
            if kind == "checkbox" or "checked" in said or name not in fields:
                fields.setdefault(name, []).append(said.get("value", "on"))
                fields[name] = fields[name] if kind == "checkbox" else fields[name][-1:]
        elif kind != "submit":
            fields[name] = [said.get("value") or ("1" if kind == "number" else "")]


def read(html: str, *, page: str, texts: dict[str, str]) -> list[PageForm]:
    """The forms of `html`; `texts` has the text for each type of a text field."""
    parser = _Forms(page, texts)
    parser.feed(html)
    return parser.forms
