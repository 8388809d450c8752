"""The device list shows browser and system names, and only the network part of an address."""

import pytest

from accounts import profile_page, user_agents

AGENTS = {
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0 Safari/537.36 Edg/140.0": (
        "Edge",
        "Windows",
        "desk",
    ),
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Safari/605.1.15": (
        "Safari",
        "Mac",
        "desk",
    ),
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 CriOS/140.0 Mobile/15E148 Safari/604.1": (
        "Chrome",
        "iPhone",
        "phone",
    ),
    "Mozilla/5.0 (Linux; Android 14; SM-X710) AppleWebKit/537.36 SamsungBrowser/27.0 Chrome/125.0 Safari/537.36": (
        "Samsung Internet",
        "Android",
        "tablet",
    ),
    "Mozilla/5.0 (Linux; Android 15) AppleWebKit/537.36 Chrome/130 Mobile Safari/537.36 KAKAOTALK 25.1.0": (
        "KakaoTalk",
        "Android",
        "phone",
    ),
    "Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/130 Whale/4.29 Safari/537.36": (
        "Whale",
        "Windows",
        "desk",
    ),
    "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0": ("Firefox", "Linux", "desk"),
    "curl/8.9": ("", "", "desk"),
    "": ("", "", "desk"),
}


@pytest.mark.parametrize(("agent", "said"), AGENTS.items())
def test_a_browser_is_named_as_people_know_it(agent, said):
    assert tuple(user_agents.describe(agent).values()) == said


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("203.0.113.77", "203.0.113.x"),
        ("2001:db8:1234:5678::9", "2001:db8:1234::x"),
        ("127.0.0.1", "127.0.0.x"),
        (None, ""),
    ],
)
def test_an_address_is_shown_as_far_as_its_network(address, shown):
    assert profile_page.network(address) == shown
