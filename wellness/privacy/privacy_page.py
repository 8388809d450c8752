"""`docs/privacy.md`, written from the classification."""

from collections.abc import Iterator

from wellness.privacy.classification import TABLES, OnErasure, TableClassification

INTRODUCTION = """\
# 무엇을 담고, 언제까지 두고, 떠나면 어떻게 되나

`wellness/privacy/classification.py`에서 만든 글이에요. 고치려면 거기를 고치고 `manage.py privacy_page`를 실행해요.

칸마다 담긴 것: **개인**(그 사람에 관한 것), **민감**(건강과 마음의 상태, 개인정보 보호법 §23), **비밀**(들어오는 열쇠: 해시와
토큰, 내보내지 않아요), 그 밖은 그것만으로는 누구에 관한 것도 아니에요. 🔒은 데이터베이스 안에서도 암호로 잠근 칸이에요.
"""
ON_ERASURE = {OnErasure.DELETED: "지움", OnErasure.KEPT: "남김", OnErasure.UNTOUCHED: "그대로"}
KINDS = {"personal": "개인", "sensitive": "민감", "secret": "비밀"}


def render() -> str:
    people = {name: table for name, table in TABLES.items() if table.owner}
    parts = [
        INTRODUCTION,
        "## 떠난 뒤에 남는 것\n",
        "나머지는 모두 지워요. 남는 줄에서도 아래 칸은 비워요.\n",
        *_table(["표", "남는 까닭", "얼마나", "비우는 칸"], _kept_rows(people)),
        "\n## 사람에 관한 표\n",
        *_table(["표", "담긴 것", "얼마나", "떠나면", "내보내기"], _overview(people)),
        "\n## 칸마다\n",
        *_columns(people),
        "\n## 누구의 것도 아닌 표\n",
        ", ".join(f"`{name}`({table.what})" for name, table in TABLES.items() if not table.owner) + "\n",
    ]
    return "\n".join(parts)


def _table(head: list[str], rows: Iterator[list[str]]) -> Iterator[str]:
    yield f"| {' | '.join(head)} |"
    yield f"|{'---|' * len(head)}"
    for row in rows:
        yield f"| {' | '.join(row)} |"


def _kept_rows(people: dict[str, TableClassification]) -> Iterator[list[str]]:
    for name, table in people.items():
        if table.on_erasure == OnErasure.KEPT:
            yield [f"`{name}`", table.because, table.kept, _code(table.emptied.split())]


def _overview(people: dict[str, TableClassification]) -> Iterator[list[str]]:
    for name, table in people.items():
        exported = "들어 있음" if table.exported else table.withheld or "다른 표에서 만든 것"
        on_erasure = "새로 만들 때 빠짐" if table.derived else ON_ERASURE[table.on_erasure]
        yield [f"`{name}`", table.what, table.kept, on_erasure, exported]


def _columns(people: dict[str, TableClassification]) -> Iterator[str]:
    for name, table in people.items():
        sealed = set(table.sealed.split())
        yield f"- **`{name}`** {table.what}"
        for kind, word in KINDS.items():
            columns = [column for column, its in table.columns.items() if its == kind]
            if columns:
                yield f"  - {word}: " + ", ".join(f"`{column}`" + "🔒" * (column in sealed) for column in columns)


def _code(names: list[str]) -> str:
    return ", ".join(f"`{name}`" for name in names) or "–"
