"""Colours: a category's colour in the database colours its pages, readable in both themes."""

import re
from pathlib import Path

import pytest
from django.conf import settings
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from core import colors
from habits import category_styles
from habits.models import HabitCategory
from tests.factories.accounts import UserFactory
from tests.factories.habits import HabitCategoryFactory
from tests.factories.rest import AchievementFactory

RULE = re.compile(
    r'\[data-cat="(?P<name>[^"]*)"\] { --cat: light-dark\((#\w+), (#\w+)\);'
    r" --cat-ink: light-dark\((#\w+), (#\w+)\); --cat-wash: light-dark\((#\w+), (#\w+)\); }"
)
any_color = st.integers(0, 0xFFFFFF).map(lambda number: colors.Color(f"#{number:06X}"))


def token(name: str, theme: int) -> colors.Color:
    return colors.tokens()[name][theme]


@given(color=any_color)
def test_whatever_the_colour_its_marks_and_words_can_be_seen_in_both_themes(color):
    mark, ink, wash = colors.shades(color)

    for theme in (0, 1):
        grounds = [token("paper", theme), token("card", theme), wash[theme]]
        assert min(colors.contrast(mark[theme], ground) for ground in grounds) >= colors.MARK_CONTRAST
        assert min(colors.contrast(ink[theme], ground) for ground in grounds) >= colors.TEXT_CONTRAST
        assert colors.contrast(token("ink-3", theme), wash[theme]) >= colors.TEXT_CONTRAST
        # A chosen day or template is filled with the colour; on it stands the colour of the ground.
        assert colors.contrast(token("on-fill", theme), mark[theme]) >= colors.MARK_CONTRAST
        assert colors.contrast(token("on-fill", theme), ink[theme]) >= colors.TEXT_CONTRAST


@pytest.mark.parametrize("color", colors.DESIGNED)
def test_the_documents_colours_can_be_seen_on_the_cards(color):
    mark, ink, wash = colors.DESIGNED[color]

    for theme in (0, 1):
        assert colors.contrast(mark[theme], token("card", theme)) >= colors.MARK_CONTRAST
        assert colors.contrast(ink[theme], token("card", theme)) >= colors.TEXT_CONTRAST
        assert colors.contrast(ink[theme], wash[theme]) >= colors.TEXT_CONTRAST


@pytest.mark.parametrize(("one", "other", "ratio"), [("#000000", "#FFFFFF", 21), ("#777777", "#FFFFFF", 4.48)])
def test_contrast_is_the_ratio_of_wcag(one, other, ratio):
    assert colors.contrast(one, other) == pytest.approx(ratio, abs=0.005)


def test_the_colour_of_a_badge_has_a_rule_that_can_be_read_in_both_themes(client, content):
    AchievementFactory(color="#123456")
    AchievementFactory(color="#A5332A")

    rules = {found["name"]: found.groups()[3:5] for found in RULE.finditer(category_styles.stylesheet())}

    assert colors.badge_key("#A5332A") == colors.badge_key(None) == ""
    for theme, ink in enumerate(rules[colors.badge_key("#123456")]):
        assert colors.contrast(token("on-fill", theme), colors.Color(ink)) >= colors.TEXT_CONTRAST


def test_a_new_category_colours_its_pages(client, content):
    HabitCategoryFactory(name_en="garden", color="#00ff00")

    css = client.get(reverse("category-colors")).text

    mark, ink, wash = colors.shades(colors.Color("#00FF00"))
    [found] = [rule for rule in RULE.finditer(css) if rule["name"] == "garden"]
    assert found.groups()[1:] == (*mark, *ink, *wash)


def test_the_seven_of_the_document_keep_their_shades(client, content):
    css = client.get(reverse("category-colors")).text

    drawn = {rule["name"]: rule.groups()[1:] for rule in RULE.finditer(css)}
    assert drawn["health"] == ("#E53E3E", "#F26D6D", "#B02323", "#FF9C98", "#FBE9E5", "#3A2120")
    # And each colour that a habit of one's own may have.
    assert len(drawn) == HabitCategory.objects.count() + len(colors.DESIGNED) == 14
    assert drawn["color-e53e3e"] == drawn["health"]


@pytest.mark.django_db
@pytest.mark.parametrize("color", [None, "", "red", "#12345"])
def test_a_category_without_a_colour_has_the_colour_of_none(color):
    HabitCategoryFactory(name_en="odd", color=color)

    assert '"odd"' not in category_styles.stylesheet()


def test_a_name_cannot_break_out_of_its_rule():
    rule = category_styles.rule('"] { color: red } [a="', colors.Color("#00FF00"))

    assert rule.count("{") == rule.count("}") == 1
    assert rule.count('"') == 2


def test_a_browser_that_has_the_style_sheet_is_not_sent_it_again(client, content):
    first = client.get(reverse("category-colors"))

    again = client.get(reverse("category-colors"), headers={"If-None-Match": first["ETag"]})
    assert (first["Content-Type"], again.status_code) == ("text/css", 304)


def test_the_head_and_the_manifest_have_the_colour_of_the_paper(client, content):
    paper = colors.tokens()["paper"]

    page, manifest = client.get("/offline/").text, client.get("/manifest.webmanifest").json()

    assert re.findall(r'name="theme-color" content="(#\w+)"', page) == list(paper)
    assert {manifest["theme_color"], manifest["background_color"]} == {paper.light}


def test_the_icon_has_the_colours_of_the_tokens():
    svg = Path(settings.BASE_DIR, "static", "img", "mark.svg").read_text()

    ink, badge = colors.tokens()["ink"], colors.tokens()["badge"]
    assert re.findall(r"fill:(#\w+)", svg) == [ink.light, badge.light, ink.dark, badge.dark]


def test_staff_are_told_of_a_colour_that_pages_cannot_use(client, content):
    client.force_login(UserFactory(is_staff=True, is_superuser=True))
    category = HabitCategory.objects.first()
    page = f"/admin/habits/habitcategory/{category.pk}/change/"
    form = client.get(page).context["adminform"].form
    values = {name: "" if value is None else value for name, value in form.initial.items()} | {"color": "red"}

    answer = client.post(page, values)

    assert "여섯 자리로" in answer.text
