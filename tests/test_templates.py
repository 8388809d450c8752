"""What holds for every template: it loads, obeys the content policy, speaks kindly and can be translated."""

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.contrib.staticfiles import finders
from django.template import Context, Template
from django.template.loader import get_template, render_to_string
from django.test import RequestFactory
from django.urls import reverse

from core import stylesheet
from core.templatetags import ui
from devtools import styleguide
from devtools import views as devtools_views
from habits.pages import fragments
from wellness import views

FOLDER = Path(settings.BASE_DIR, "templates")
TEMPLATES = sorted(str(file.relative_to(FOLDER)) for file in FOLDER.rglob("*.*"))
PAGES = [name for name in TEMPLATES if name.endswith((".html", ".jinja", ".svg"))]
STYLES = sorted(Path(settings.BASE_DIR, "static", "css").glob("*.css"))

COMMENT = re.compile(r"{#.*?#}|{% comment %}.*?{% endcomment %}", re.S)
TRANSLATED = re.compile(
    r'{% translate ".*?".*?%}|{% blocktranslate.*?%}.*?{% endblocktranslate %}|_\(".*?"[^)]*\)', re.S
)
from tests.cases import for_each

HANGUL = re.compile(r"[가-힣]")


def source(name: str) -> str:
    return COMMENT.sub("", (FOLDER / name).read_text())


class Ids(HTMLParser):
    """The ids of a page, and those it refers to."""

    def __init__(self, html: str):
        super().__init__()
        self.there: set[str] = set()
        self.meant: set[str] = set()
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        for name, value in attrs:
            if name == "id":
                self.there.add(value)
            elif name in ("for", "aria-describedby", "aria-labelledby"):
                self.meant.update(value.split())


def row(**facts) -> dict:
    return {
        "id": "0190-a", "url": "/today/a/", "name": "물 8잔", "cat": "health", "icon": "heart", "state": "open",
        "kind": "count", "count": 3, "target": 8, "step": 1, "key": "0190-key", "label": "물 8잔, 3/8",
        "check_url": "/check-in/", "undo_url": "/undo/",
    } | facts  # fmt: skip


def rendered(name: str, **context) -> str:
    request = RequestFactory().get("/")
    request.user = AnonymousUser()
    return render_to_string(name, context, request)


def drawn_row(**facts) -> str:
    return Template("{% load rows %}{% habit_rows rows %}").render(
        Context({"rows": [row(**facts)], "csrf_token": "token"})
    )


@for_each(TEMPLATES)
def test_a_template_loads(name):
    assert get_template(name, using="jinja2" if name.endswith(".jinja") else "django")


@for_each(TEMPLATES)
def test_no_line_is_longer_than_160_characters(name):
    assert [line for line in (FOLDER / name).read_text().splitlines() if len(line) > 160] == []


@for_each(PAGES)
def test_a_template_brings_no_style_or_script_of_its_own(name):
    assert not re.search(r"<style|\sstyle=|\son[a-z]+=|javascript:|<script(?![^>]*\ssrc=)", source(name))


@for_each([name for name in TEMPLATES if name != "styleguide.html"])
def test_every_word_can_be_translated(name):
    assert not HANGUL.findall(TRANSLATED.sub("", source(name)))


FORM = re.compile(r"<form\b.*?</form>", re.S)
# What a person fills in: a field, a part that holds fields, or a control that is not hidden.
FILLED_IN = re.compile(
    r"{% field |{{ (?:form|field)|_components/(?!wrong|reactions)|habits/_|sign_up_fields|{% element|{% slot|{% partial"
    r"|<(?:select|textarea)|<input(?![^>]*type=\"hidden\")"
)


@for_each([name for name in PAGES if not name.startswith(("admin/", "dev/", "styleguide"))])
def test_no_form_leaves_its_errors_to_the_browser(name):
    asked = [form for form in FORM.findall(source(name)) if FILLED_IN.search(form)]

    assert [form[:80] for form in asked if not re.search("novalidate|{% dialog_form", form)] == []


@for_each([name for name in TEMPLATES if not name.startswith("admin/")])
def test_a_day_is_written_as_the_language_writes_it(name):
    # A form of one's own is for machines: in an attribute.
    shown = re.sub(r'\w+="{{[^}]*}}"', "", source(name))

    assert re.findall(r'\|date:"[^"]*-[^"]*"', shown) == []


@for_each(TEMPLATES)
def test_no_word_is_shouted(name):
    assert not re.search(r"[가-힣]\s*!", source(name))


@for_each(PAGES)
def test_a_template_names_only_icons_that_exist(name):
    named = set(re.findall(r'icon(?: |\()"([\w-]+)"|icon="([\w-]+)"', source(name)))
    drawn = {icon for pair in named for icon in pair if icon}

    unknown = {icon for icon in drawn - {ui.UNKNOWN_ICON} if ui.shapes(icon) == ui.shapes(ui.UNKNOWN_ICON)}
    assert unknown == set()


def test_an_icon_that_staff_misspelt_is_a_circle():
    assert ui.shapes("no-such-icon") == ui.shapes(ui.UNKNOWN_ICON)


@for_each(PAGES)
def test_every_class_is_styled(name):
    styled = set(re.findall(r"\.([a-z][\w-]*)", "".join(style.read_text() for style in STYLES)))
    # What the code puts together: states of days and notes.
    used = re.findall(r'class="([^"]*)"', re.sub(r"{[{%].*?[%}]}", "\0", source(name)))

    named = {word for value in used for word in value.split() if "\0" not in word}
    assert named - styled - {"col"} == set()


def test_a_page_links_one_style_sheet_which_holds_its_sources_in_order():
    [linked] = re.findall(r'static "(css/\w+\.css)"', source("_components/head.html"))

    made = Path(finders.find(linked)).read_text()
    places = [made.index(path.read_text()) for path in stylesheet.sources()]
    assert places == sorted(places)
    assert set(STYLES) >= set(stylesheet.sources())


def test_what_the_service_worker_keeps_exists():
    assert all(finders.find(path) for path in views.SHELL)


def test_a_broken_server_still_shows_its_page():
    html = render_to_string("500.html")

    assert "잠시 문제가 생겼어요" in html


def test_an_open_row_posts_its_key_and_amount():
    html = drawn_row(step=2)

    assert '<form method="post" action="/check-in/"' in html
    assert 'name="key" value="0190-key"' in html
    assert 'name="count" value="2"' in html
    assert 'aria-pressed="false"' in html


def test_a_done_row_offers_to_take_it_back():
    html = drawn_row(state="done")

    assert '<form method="post" action="/undo/"' in html
    assert 'aria-pressed="true"' in html
    assert 'name="key"' not in html


def test_a_row_with_nothing_to_do_has_no_button():
    html = drawn_row(state="paused", check_url="")

    assert "<button" not in html
    assert 'role="img"' in html


def test_a_refused_row_says_why_in_place_of_its_details():
    html = drawn_row(error="하루에 기록할 수 있는 양을 넘었어요", meta=["5잔 남았어요"])

    assert "하루에 기록할 수 있는 양을 넘었어요" in html
    assert "5잔 남았어요" not in html
    assert 'data-state="error"' in html


def test_a_name_cannot_break_out_of_its_row():
    html = drawn_row(name='"><script>', label='"><script>')

    assert "<script>" not in html


def test_the_answer_to_a_tap_replaces_the_toast_out_of_band():
    html = fragments.check_in_answer(row=row(), toast={"text": "기록했어요"}, unlocked=[])

    assert html.strip().startswith('<li class="habit')
    assert 'id="toasts"' in html
    assert 'hx-swap-oob="innerHTML"' in html


def test_labels_and_errors_are_tied_to_their_fields():
    html = rendered("styleguide.html", panels=[styleguide.panel("light")])

    ids = Ids(html)
    assert ids.meant - ids.there == set()
    assert 'aria-describedby="id_light-email_error"' in html


def test_the_chosen_theme_is_on_the_page_and_nothing_else_is():
    chosen, forged = RequestFactory().get("/"), RequestFactory().get("/")
    chosen.COOKIES["theme"], forged.COOKIES["theme"] = "dark", '"><script>'

    assert ui.theme_attribute({"request": chosen}) == ' data-theme="dark"'
    assert ui.theme_attribute({"request": forged}) == ""


def test_every_place_of_the_tab_bar_has_a_page():
    html = ui.tab_bar("today")

    assert [html.count(f'href="{reverse(route)}"') > 0 for *_rest, route in ui._PLACES] == [True] * len(ui._PLACES)
    assert html.count('aria-current="page"') == 1


def test_a_link_of_a_dialog_opens_there_and_elsewhere_leads_to_its_page():
    link = Template("<a {% dialog_step url %}>")

    assert link.render(Context({"url": "/a/?b=1&c"})) == '<a href="/a/?b=1&amp;c">'
    assert 'hx-get="/a/" hx-target="#dialog"' in link.render(Context({"url": "/a/", "in_dialog": True}))


def test_sentences_become_one_line_without_those_left_out():
    text = Template(
        "{% sentences %}\n  One.\n  {% if no %}\n    Two.\n  {% endif %}\n  {{ three }}\n{% endsentences %}"
    )

    assert text.render(Context({"three": "Three."})) == "One. Three."


def test_the_style_guide_is_only_for_development(rf, settings):
    from django.http import Http404

    settings.DEVELOPMENT = False

    with pytest.raises(Http404):
        devtools_views.show_styleguide(rf.get("/styleguide"))
