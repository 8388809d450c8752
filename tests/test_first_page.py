"""The first page: its ledger adds up, its language can be chosen, its promises are the plan's."""

import datetime as dt

import pytest

from habits.pages import example_ledger

pytestmark = pytest.mark.django_db


def test_the_ledger_adds_up_on_every_day_of_a_year():
    first = dt.date(2026, 1, 1)
    lengths = {example_ledger.example(first + n * dt.timedelta(days=1))["length"] for n in range(366)}

    assert lengths == {32}


def test_the_ledger_explains_each_kind_of_day():
    shown = example_ledger.example(dt.date(2026, 11, 28))["lines"]

    assert [line["reason"] for line in shown] == ["open", "done", "rested", "protected", "done"]
    assert [line["run"] for line in shown] == [32, 32, 30, 19, 1]


def test_the_first_page_names_the_service_and_what_the_law_asks_for(client):
    page = client.get("/").content.decode()

    for part in ("WellnessAI", "/terms/terms/", "/terms/privacy/", "mailto:", "습관 3개까지 계속 무료예요"):
        assert part in page


@pytest.mark.parametrize(
    ("accepted", "language"),
    [("ja,fr;q=0.5", "en"), ("ko-KR,ko;q=0.9,en;q=0.8", "ko"), ("en-GB", "en"), ("", "ko"), ("ja,ko;q=0.3", "ko")],
)
def test_a_browser_that_speaks_neither_language_gets_english(client, accepted, language):
    answer = client.get("/", headers={"accept-language": accepted} if accepted else {})

    assert answer.headers["Content-Language"] == language
    assert "Accept-Language" in answer.headers["Vary"]


def test_a_chosen_language_outlasts_the_browser_s(client):
    answer = client.post("/language/", {"language": "en", "next": "/"}, headers={"accept-language": "ko"})

    assert answer.url == "/"
    assert client.get("/", headers={"accept-language": "ko"}).headers["Content-Language"] == "en"
    assert "32일" not in client.get("/", headers={"accept-language": "ko"}).content.decode()


@pytest.mark.django_db
@pytest.mark.parametrize(
    "path", ["/accounts/login/", "/accounts/signup/", "/accounts/password/reset/", "/terms/terms/", "/billing/seller/"]
)
def test_every_page_before_sign_in_names_the_service_and_lets_choose_the_language(client, path):
    page = client.get(path).text

    assert page.count('class="wordmark"') == 1
    assert page.count('name="language" value="en"') == 1


def test_the_language_form_leads_to_no_other_site(client):
    assert client.post("/language/", {"language": "en", "next": "https://evil.example/"}).url == "/"


def test_a_long_text_lists_its_parts(client):
    page = client.get("/terms/terms/", headers={"accept-language": "en"}).text

    assert '<h2 id="part-1">Who can use it</h2>' in page
    assert '<a href="#part-1">Who can use it</a>' in page
    assert page.count("<h2 id=") == page.count('<a href="#part-')
    assert 'class="contents"' not in client.get("/terms/night/").text
