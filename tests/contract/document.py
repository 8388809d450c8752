"""The statements of the schema document, grouped by purpose."""

import re
from pathlib import Path

_TEXT = Path(__file__).with_name("document.sql").read_text()
_WITHOUT_COMMENTS = re.sub(r"--.*", "", _TEXT)
STATEMENTS = [statement for part in re.split(r";\n", _WITHOUT_COMMENTS) if (statement := part.strip())]


def beginning(*words: str) -> list[str]:
    return [statement for statement in STATEMENTS if statement.startswith(words)]


PARTITIONS = [statement for statement in STATEMENTS if " PARTITION OF " in statement]
SHAPES = [statement for statement in beginning("CREATE", "ALTER") if statement not in PARTITIONS]
INSERTS = beginning("INSERT")
(RETENTION,) = beginning("DELETE")
(VIEW,) = beginning("CREATE MATERIALIZED VIEW")
VIEW_QUERY = VIEW[VIEW.index("SELECT") :]
