"""Numbers written as words, in Korean and English: "스무 날", "삼십 일", "twenty", "twice".

    spelled("벌써 스무 날째예요") -> {20}

The output gate compares them with the context as it does digits. Ones are left out: "한 번", "하루", "once" and "one small
step" are how both languages speak of any single thing; only where one is said of the past ("한 번 했어요", "did it once") it
is a claim and counts; so do "한두 번" and "하루 이틀". Words that begin like a number and are none ("만일", "쉰 날", "이 일",
"두 주먹") are set aside first (`_NO_NUMBERS`). One that is missing there costs a sentence of our own; a number that passes
wrongly would be a lie. Pure.
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
_ABOUT = {
    "두세": (2, 3), "두서너": (2, 3, 4), "서너": (3, 4), "너댓": (4, 5), "네댓": (4, 5), "대여섯": (5, 6), "예닐곱": (6, 7),
    "사나흘": (3, 4), "네댓새": (4, 5), "예니레": (6, 7),
}  # fmt: skip
_SINO_DIGITS = dict(zip("영공일이삼사오육칠팔구", (0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9), strict=True))
_SINO_PLACES = {"십": 10, "백": 100, "천": 1_000, "만": 10_000}

_ONES, _TENS, _WORDS = "|".join(_NATIVE_ONES), "|".join(_NATIVE_TENS), "|".join(_DAYS)
_COUNTER = "페이지|문장|단어|마리|송이|단계|층|편|번|날|주|달|해|가지|개|시|잔|차례|걸음|군데|권|쪽|장|판|배|명|사람|줄|곳|끼|알|병|컵|모금|바퀴|세트|회|분|점|차|살|그릇|곡|자리"
# What may follow a number with what it counts: particles, endings, or no syllable.
_AFTER = (
    r"(?=째|간|이|마다|만|씩|에|을|를|가|은|는|로|으로|도|의|동안|연속|내내|까지|부터|쯤|정도|전|뒤|후|예요|였|했|하|해|뿐|밖|조차|보다|과|와|처럼"
    r"|짜리|가량|넘|채|모두|더|다|안|남|중|들|요|여|꼴|임|치|반|차|인|걸|못|빠|쉬|[^가-힣]|$)"
)
# A native number with what it counts, or one that can be nothing else.
_NATIVE = re.compile(rf"(?<![가-힣])({_TENS})?({_ONES})?\s*(?:시간|째|(?:{_COUNTER}){_AFTER})")
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
# These are counted with native numbers: "두 시간", so "이 시간" always says this.
_NATIVELY_COUNTED = frozenset({"번", "시간", "달", "잔", "걸음", "개", "보", "점", "차", "쪽"})
_DONE = r"(?:만|밖에|뿐|을|도|는|은|쯤|정도)?\s*(?:만\s*)?(?:했|못\s?했|안\s?했|빠졌|빠뜨|걸렀|쉬었|비었|비웠|놓쳤|이었어요|지켰|연속)"
# Not of what may happen: "하루 쉬었다고 달라지지 않아요".
_IF = r"(?!다고|다\s?해도|다\s?하더라도|더라도|어도|다면|으면|다가|던)"
_ONE_DONE = re.compile(rf"(?<![가-힣])(?:한\s?번|하루|한\s?주|한\s?달|하나){_DONE}{_IF}")
# One or two: free as one is.
_TWO_DONE = re.compile(rf"(?<![가-힣])(?:한두\s?(?:{_COUNTER})|하루\s?이틀){_DONE}{_IF}")
# What begins like a number and is none, or is a saying. Before a span ("이점째") it counts all the same.
_SPAN = r"(?!\s*(?:째|간|동안|연속|내내|만에))"
_NO_NUMBERS = re.compile(
    r"(?<![가-힣])(?:"
    # Words that begin with Sino-Korean digits.
    rf"(?:만일|이달|공개|영차){_SPAN}|이점(?=[이을은도])|이분(?=[이은도께])|이차(?=[로적])|오[점차](?=[가이를을 ])|사주(?=[를는])"
    r"|구분(?=[이을되된돼하해짓])|사회(?=에서|의|생|적)|오일(?= ?(?:을 발|마사지|파스텔))|십분 (?=활용|발휘|이해|공감)"
    # "사 주다", "일이 주는"; "쉰 날" of "쉬다"; "네" that is your.
    rf"|(?:사|일이) (?=주[는고던며신])|쉰 (?=(?:날|주|달|다음){_SPAN})|열(?=[차병대기])"
    r"|네 (?=시간[이은을도]? ?(?:소중|중요|귀|아까|아껴|아끼|필요|따로|지켜|지키)|자리를? ?(?:지켜|지키|찾))"
    # Both of two that were named.
    r"|둘 ?(?=다(?![섯가-힣])|중 ?(?:하나|어느|무엇|어떤)|사이)|둘(?=이서|만의)"
    # Sayings, and what is said of any few.
    r"|한두 ?(?=\S)|하루 ?이틀|세 살 (?=버릇)|열 일 (?=제)|백 번 (?=듣|말)|두 마리 토끼"
    r")"
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
    found = _korean(_NO_NUMBERS.sub(" · ", text)) | _english(text)
    found.discard(1)
    if _TWO_DONE.search(text):
        found.add(2)
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
    if found[1] != "이":
        return False
    return found[3] in _NATIVELY_COUNTED or (bool(found[2]) and not _THIS.match(text, found.end()))


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
