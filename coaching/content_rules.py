"""The rules that every prompt begins with, from content/rules.toml."""

import tomllib
from functools import cache
from pathlib import Path

from coaching.context import Language

FILE = Path(__file__).parent / "content" / "rules.toml"


@cache
def rules(language: Language) -> str:
    return str(tomllib.loads(FILE.read_text(encoding="utf-8"))[language]).strip()
