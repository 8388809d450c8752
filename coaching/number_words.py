"""Numbers written as words, in Korean and English: "스무 날", "삼십 일", "twenty", "twice".

    spelled("벌써 스무 날째예요") -> {20}

The output gate compares them with the context as it does digits. Ones are left out: "한 번", "하루", "once" and "one small
step" are how both languages speak of any single thing; only where one is said of the past ("한 번 했어요", "did it once") it
is a claim and counts. A word that looks like a number and is none ("이 분") may be found: a text refused for that costs a
sentence of our own, one that passes wrongly tells a lie. Pure.
"""

import re

_NATIVE_ONES = {
    "하나": 1, "한": 1, "둘": 2, "두": 2, "셋": 3, "세": 3, "석": 3, "넷": 4, "네": 4, "넉": 4,
    "다섯": 5, "여섯": 6, "일곱": 7, "여덟": 8, "아홉": 9,
}  # fmt: skip
_NATIVE_TENS = {
    "열": 10, "스물": 20, "스무": 20, "서른": 30, "마흔": 40, "쉰": 50, "예순": 60, "일흔": 70, "여든": 80, "아흔": 90,
}  # fmt: skip
_DAYS = {
    "하루": 1, "이틀": 2, "사흘": 3, "나흘": 4, "닷새": 5, "엿새": 6, "이레": 7, "여드레": 8, "아흐레": 9, "열흘": 10, "보름": 15,
}  # fmt: skip
# "두세 번": both have to be known.
_ABOUT = {"한두": (2,), "두세": (2, 3), "두서너": (2, 3, 4), "서너": (3, 4), "너댓": (4, 5), "네댓": (4, 5), "대여섯": (5, 6), "예닐곱": (6, 7)}  # fmt: skip
_SINO_DIGITS = dict(zip("영공일이삼사오육칠팔구", (0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9), strict=True))
_SINO_PLACES = {"십": 10, "백": 100, "천": 1_000, "만": 10_000}

_ONES, _TENS, _WORDS = "|".join(_NATIVE_ONES), "|".join(_NATIVE_TENS), "|".join(_DAYS)
_COUNTER = "번|날|주|달|해|가지|개|시|잔|차례|걸음|군데|권|쪽|장|판|배|명|사람|줄|곳|끼|알|병|컵|모금|바퀴|세트|회|분|점|차|살|그릇|곡|자리"
# A native number with what it counts, or one that can be nothing else.
_NATIVE = re.compile(rf"(?<![가-힣])({_TENS})?({_ONES})?\s*(?:{_COUNTER}|째)")
_BARE = re.compile(
    rf"(?<![가-힣])(?:(스물|서른|마흔|예순|일흔|여든|아흔|열|쉰)({_ONES})|(스물|서른|마흔|예순|일흔|여든|아흔)|(둘|셋|넷|다섯|여섯|일곱|여덟|아홉)(?![가-힣]|째)"
    r"|(둘|셋|넷|다섯|여섯|일곱|여덟|아홉)(?:이|을|은|만|도|씩|까지|이나|이에요))"
)
_TENS_OF_DAYS = re.compile(rf"(?<![가-힣])({_TENS})\s*일(?=째|간|이|을|은|동안|연속|까지|만|[^가-힣]|$)")
_DAY = re.compile(rf"(?<![가-힣])(열|스무)?({_WORDS})(?!달)")
_SINO = re.compile(
    r"(?<![가-힣])([영공일이삼사오육칠팔구십백천만]+)(\s*)(번|일|주|개월|달|년|회|분|시간|초|점|퍼센트|프로|차|쪽|킬로|보|걸음|잔|개|배)"
    r"(?=째|간|이나|이면|마다|만|씩|에|을|를|이|가|은|는|로|으로|도|의|동안|연속|내내|까지|부터|쯤|정도|전|뒤|후|예요|일|[^가-힣]|$)"
)
# "이 일", "이 분", "이번": a this, unless a span follows.
_THIS = re.compile(r"(?:째|간|\s*(?:동안|연속|내내|전|뒤|후|만에))")
_ONE_DONE = re.compile(
    r"(?<![가-힣])(?:한\s?번|하루|한\s?주|한\s?달|하나)(?:만|밖에|뿐|을|도)?\s*(?:만\s*)?(?:했|못\s?했|안\s?했|빠졌|빠뜨|걸렀|쉬었|비었|비웠|놓쳤|이었어요|지켰|연속)"
)

_ENGLISH_ONES = {
    word: number
    for number, word in enumerate(
        [
            "zero",
            "one",
            "two",
            "three",
            "four",
            "five",
            "six",
            "seven",
            "eight",
            "nine",
            "ten",
            "eleven",
            "twelve",
            "thirteen",
            "fourteen",
            "fifteen",
            "sixteen",
            "seventeen",
            "eighteen",
            "nineteen",
        ]
    )
}
_ENGLISH_TENS = {
    word: 10 * number
    for number, word in enumerate(
        ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"], start=2
    )
}
_ENGLISH_PLACES = {"hundred": 100, "thousand": 1_000}
_ENGLISH_OTHERS = {"twice": 2, "thrice": 3, "couple": 2, "dozen": 12, "fortnight": 14}
_ORDINALS = {
    word: number
    for number, word in enumerate(
        ["third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth", "eleventh", "twelfth", "thirteenth", "fourteenth", "fifteenth", "sixteenth", "seventeenth", "eighteenth", "nineteenth"],
        start=3,
    )
} | {f"{word[:-1]}ieth": number for word, number in _ENGLISH_TENS.items()} | {"hundredth": 100}  # fmt: skip
_SIMPLE = _ENGLISH_ONES | _ENGLISH_TENS | _ORDINALS | _ENGLISH_OTHERS
_PIECE = rf"(?:(?:{'|'.join(_ENGLISH_TENS)})[ -])?(?:{'|'.join(sorted(_SIMPLE, key=len, reverse=True))})"
_PLACE = rf"(?:{'|'.join(_ENGLISH_PLACES)})"
_ENGLISH = re.compile(
    rf"\b(?:(?:{_PIECE}[ -])?{_PLACE}(?:[ -]{_PLACE})*(?: (?:and )?{_PIECE})?|{_PIECE})\b", re.IGNORECASE
)
_SECOND = re.compile(r"\bsecond (?:day|week|month|year|time|round)\b", re.IGNORECASE)
_ONCE_DONE = re.compile(
    r"\b(?:did|done|kept|managed|missed|skipped|was|came to)\b[^.,;:\n]{0,30}\b(?:once|one (?:day|time|week|month))\b",
    re.IGNORECASE,
)  # fmt: skip


def spelled(text: str) -> set[int]:
    """The values of all numbers that the text writes as words; ones only where they are claimed."""
    found = _korean(text) | _english(text)
    found.discard(1)
    return found | ({1} if _ONE_DONE.search(text) or _ONCE_DONE.search(text) else set())


def _korean(text: str) -> set[int]:
    found = {
        _NATIVE_TENS.get(one[1] or "", 0) + _NATIVE_ONES.get(one[2] or "", 0)
        for one in _NATIVE.finditer(text)
        if one[1] or one[2]
    }
    found |= {_bare(one) for one in _BARE.finditer(text)}
    found |= {_NATIVE_TENS[one[1]] for one in _TENS_OF_DAYS.finditer(text)}
    found |= {_NATIVE_TENS.get(one[1] or "", 0) + _DAYS[one[2]] for one in _DAY.finditer(text)}
    found |= {
        value for word, values in _ABOUT.items() if re.search(rf"(?<![가-힣]){word}\s*\S", text) for value in values
    }
    return found | {_sino(one[1]) for one in _SINO.finditer(text) if not _is_this(one, text)}


def _bare(found: re.Match[str]) -> int:
    tens, ones = found[1] or found[3] or "", found[2] or found[4] or found[5] or ""
    return _NATIVE_TENS.get(tens, 0) + _NATIVE_ONES.get(ones, 0)


def _is_this(found: re.Match[str], text: str) -> bool:
    """Whether "이 …" says this; or "만점", the most there is."""
    if found[0].startswith("만점"):
        return True
    if found[1] == "이" and (found[2] or found[3] == "번"):
        return found[3] == "번" or not _THIS.match(text, found.end())
    return False


def _sino(digits: str) -> int:
    """The value of Sino-Korean digits: "이백삼십일" is 231; without places digit by digit, "삼공" is 30."""
    if not set(digits) & set(_SINO_PLACES):
        return int("".join(str(_SINO_DIGITS[one]) for one in digits))
    total = part = digit = 0
    for one in digits:
        if one == "만":
            total, part, digit = (total + part + digit or 1) * _SINO_PLACES[one], 0, 0
        elif one in _SINO_PLACES:
            part, digit = part + (digit or 1) * _SINO_PLACES[one], 0
        else:
            digit = _SINO_DIGITS[one]
    return total + part + digit


def _english(text: str) -> set[int]:
    found = {_english_value(re.split(r"[\s-]+", one[0].lower())) for one in _ENGLISH.finditer(text)}
    return found | ({2} if _SECOND.search(text) else set())


def _english_value(words: list[str]) -> int:
    """ "two hundred and thirty-one" is 231."""
    total = part = 0
    for word in words:
        if word == "thousand":
            total, part = total + (part or 1) * _ENGLISH_PLACES[word], 0
        elif word in _ENGLISH_PLACES:
            part = (part or 1) * _ENGLISH_PLACES[word]
        elif word in _SIMPLE:
            part += _SIMPLE[word]
    return total + part
