"""Security headers in production, graded like Mozilla's HTTP Observatory, and its isolation."""

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from tests import production as production_settings
from tests.access.production import DEVELOPMENT_ONLY, production_packages


@pytest.fixture(scope="module")
def home(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("home")


@pytest.fixture(scope="module")
def production(home) -> dict[str, Any]:
    """The output of tests.access.production: answers and loaded modules."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.access.production"],
        env=production_settings.environment(home),
        cwd=settings.BASE_DIR,
        capture_output=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr.decode()[-3000:]
    return json.loads(done.stdout)


@pytest.fixture(scope="module")
def answers(production) -> dict[str, dict]:
    return production["answers"]


EXPECTED = {
    "/": 200,
    "/accounts/login/": 200,
    "/accounts/signup/": 200,
    "/terms/privacy/": 200,
    "/offline/": 200,
    "/sw.js": 200,
    "/admin/login/": 302,
    "static": 200,
    "/nothing/here/": 404,
    "/broken/": 500,
    "/a%00b/": 400,
    "too many": 429,
    "/healthz": 200,
}


PRIVATE = ("no-referrer", "same-origin", "strict-origin", "strict-origin-when-cross-origin")


def graded(answer: dict) -> tuple[int, list[str]]:
    """The Observatory's score and deductions (mdn/yari, tests_and_scoring.md, rules of 2024)."""
    headers = answer["headers"]
    policy = dict(part.strip().partition(" ")[::2] for part in headers.get("Content-Security-Policy", "").split(";"))
    age = re.search(r"max-age=(\d+)", headers.get("Strict-Transport-Security", ""))
    careful = r"(?=.*; Secure)(?=.*; HttpOnly)(?=.*; SameSite=(Lax|Strict))"
    scripts = re.findall(r'<script[^>]+src="([^"]*)"', answer["text"])
    faults = {
        ("policy", 20): re.search(r"unsafe|data:|https?:|\*", " ".join(policy.values())),
        ("no policy", 25): policy.get("default-src") != "'none'",
        ("frames", 20): policy.get("frame-ancestors") != "'none'",
        ("cookies", 40): not all(re.match(careful, cookie) for cookie in answer["cookies"]),
        ("plain http", 20): age is None or int(age[1]) < 15768000,
        ("referrer", 5): headers.get("Referrer-Policy") not in PRIVATE,
        ("sniffing", 5): headers.get("X-Content-Type-Options") != "nosniff",
        ("embedding", 20): headers.get("Cross-Origin-Resource-Policy") != "same-origin",
        ("reading across", 50): "Access-Control-Allow-Origin" in headers,
        ("others' scripts", 5): any(not source.startswith("/") for source in scripts),
    }
    lost = {name: points for (name, points), found in faults.items() if found}
    # Bonus for policy 10, frames 5, referrer 5, cookies 5: added only from 90 points on.
    score = 100 - sum(lost.values())
    return score + (20 + 5 * bool(answer["cookies"]) if not lost else 0), sorted(lost)


def test_every_kind_of_answer_earns_an_a_plus(answers):
    static = next(page for page in answers if page.startswith("/static/"))

    for name, status in EXPECTED.items():
        answer = answers[static if name == "static" else name]
        score, lost = graded(answer)
        assert (answer["status"], lost) == (status, []), name
        assert score >= 120, name
        assert answer["headers"]["Cross-Origin-Opener-Policy"] == "same-origin", name
        assert answer["headers"]["Cross-Origin-Embedder-Policy"] == "require-corp", name
        assert "camera=()" in answer["headers"]["Permissions-Policy"], name
        assert "preload" in answer["headers"]["Strict-Transport-Security"], name


def test_cookies_belong_to_this_host_alone(answers):
    cookies = answers["/accounts/login/"]["cookies"]

    assert cookies != []
    for cookie in cookies:
        assert re.match(r"__Host-\w+=", cookie), cookie
        assert "Domain" not in cookie, cookie
        assert "Path=/;" in cookie + ";", cookie


def test_plain_http_leads_to_https_of_the_same_host(answers):
    assert (answers["http"]["status"], answers["http"]["headers"]["Location"]) == (301, "https://testserver/")


def test_what_is_for_development_is_not_there(answers):
    assert {answers[page]["status"] for page in ("/mailbox/", "/styleguide/", "/metrics")} == {404}


def test_a_production_process_never_loads_devtools(production):
    loaded = {module.partition(".")[0] for module in production["modules"]}

    assert loaded >= production_packages()
    assert DEVELOPMENT_ONLY not in loaded


def test_an_error_tells_nothing_of_the_inside(answers):
    for word in ("RuntimeError", "Traceback", "broken for a test", "tests/", "settings"):
        assert word not in answers["/broken/"]["text"], word


@pytest.mark.usefixtures("production")
def test_static_files_are_stored_by_their_digest_and_compressed(home):
    files = [path for path in (home / "static").rglob("*") if path.suffix in (".js", ".css")]
    large = [path for path in files if path.stat().st_size > 2_000]

    assert large != []
    assert [path for path in files if not re.search(r"\.[0-9a-f]{12}\.(js|css)$", path.name)] == []
    for path in large:
        sizes = [Path(f"{path}{end}").stat().st_size for end in (".br", ".gz", "")]
        assert sizes == sorted(sizes), path
