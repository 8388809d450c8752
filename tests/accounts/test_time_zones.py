"""The places of time zones: named in the reader's language, each listed once."""

import datetime as dt
import re

from django.utils import translation

from accounts import time_zones
from devtools.management.commands import places

NOW = dt.datetime(2026, 12, 1, 12, tzinfo=dt.UTC)


def labels(language: str, *, chosen: str = "Asia/Seoul") -> dict[str, str]:
    with translation.override(language):
        groups = time_zones.choices(at=NOW, chosen=chosen)
    return {zone: label for _region, zones in groups for zone, label in zones}


def test_the_korean_names_are_those_of_cldr():
    """`manage.py places` writes them."""
    assert places.FILE.read_text() == places.text()


def test_a_place_is_named_in_the_reader_s_language():
    korean, english = labels("ko"), labels("en")

    assert (korean["Asia/Tokyo"], english["Asia/Tokyo"]) == ("도쿄 (UTC+9)", "Tokyo (UTC+9)")
    assert [label for zone, label in korean.items() if zone != "UTC" and not re.match("[가-힣]", label)] == []


def test_places_are_in_the_order_of_their_names():
    zones = [label for zone, label in labels("ko").items() if zone.startswith("Europe/")]

    assert zones == sorted(zones)


def test_one_place_with_two_names_is_listed_once_but_the_chosen_name_is_kept():
    listed = [zone for zone, label in labels("ko").items() if label.startswith("호찌민")]
    chosen = [zone for zone, label in labels("ko", chosen="Asia/Saigon").items() if label.startswith("호찌민")]

    assert (len(listed), chosen) == (1, ["Asia/Saigon"])
