"""What a mail about money says: its amounts and days, and whether it is whole in one language."""

import datetime as dt
import re

HANGUL = re.compile(r"[가-힣]")
MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
AMOUNTS = {"ko": re.compile(r"(?<![\d,])(\d[\d,]*)원"), "en": re.compile(r"₩(\d[\d,]*\d)")}
DAYS = {
    "ko": re.compile(r"(?P<year>\d{4})년 (?P<month>\d{1,2})월 (?P<day>\d{1,2})일"),
    "en": re.compile(rf"(?P<month>{'|'.join(MONTHS)}) (?P<day>\d{{1,2}}), (?P<year>\d{{4}})"),
}
# Names that stay as they are in every language.
NAMES = re.compile(r"https?://\S+|WellnessAI|\bAI\b|\b\w+ •••• \d{4}")
UNFINISHED = re.compile(r"None(?! of )|[{}%]|\d{4}-\d\d-\d\d|원 원|  ")


def facts(text: str, language: str) -> tuple[set[int], set[dt.date]]:
    """The amounts in won, and the days."""
    amounts = {int(found.replace(",", "")) for found in AMOUNTS[language].findall(text)}
    days = {
        dt.date(int(found["year"]), _month(found["month"]), int(found["day"]))
        for found in DAYS[language].finditer(text)
    }
    return amounts, days


def is_whole(text: str, language: str) -> bool:
    """Whether everything is in this language, amounts and days too, and no gap is left."""
    other = {"ko": re.compile(r"[A-Za-z]{2,}|₩"), "en": re.compile(r"[가-힣]|원")}[language]
    rest = NAMES.sub("", text)
    is_there = HANGUL.search(rest) if language == "ko" else re.search(r"[A-Za-z]{2,}", rest)
    return bool(is_there) and not other.search(rest) and not UNFINISHED.search(text)


def _month(name: str) -> int:
    return int(name) if name.isdigit() else MONTHS.index(name) + 1
