"""Checks a text before it is shown: a provider's answer, and what templates write.

    failures(title, body, context) -> ["link", "foreign_number"]     empty: it may be shown

Every number and weekday of the text, in digits or in words, is one of the context; a value of a fact stands in it with its
unit, and so does the next step.

The habit stands in the text as `HABIT_TOKEN`, so that its name can neither break a rule nor excuse a break. Each item is
a function over the text; SAFETY are those whose failure blocks a template's version from being switched on.
"""

import re
import unicodedata
from collections.abc import Callable

from coaching import number_words, words
from coaching.context import HABIT_TOKEN, Context, Fact, Value
from coaching.message_choice import SOBER
from coaching.models import MessageType

MOST_TITLE, MOST_BODY, FEWEST_BODY = 60, 320, 12
# Share of letters that are Hangul in a Korean text; English has none.
HANGUL_SHARE = 0.9

_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")
_LETTER = re.compile(r"[^\W\d_]")
_HANGUL = re.compile(r"[가-힣]")
_FOREIGN_SCRIPT = re.compile(r"[\u0400-\u04ff\u0600-\u06ff\u0e00-\u0e7f\u3040-\u30ff\u4e00-\u9fff]")
_LINK = re.compile(
    r"https?:|www\.|\b[\w-]+\.(?:com|net|org|io|kr|ai|me|co|app|dev|ru|cn|xyz|link|top)\b|[\w.+-]+@[\w-]+|\]\(|!\[", re.IGNORECASE
)  # fmt: skip
_MARKUP = re.compile(r"[{}<>|`*#_\\\[\]⟦⟧]|&#?\w+;")
_PHONE = re.compile(r"\+?\d(?:[\s.\-()·]*\d){6,}|(?<!\d)(?:1[358]\d{2}|01\d|109|11[29])(?!\d)")
_SPELLED = re.compile(
    r"(?:공|영|일|이|삼|사|오|육|칠|팔|구|하나|둘|셋|넷)(?:[\s\-·,]+(?:공|영|일|이|삼|사|오|육|칠|팔|구|하나|둘|셋|넷)){3,}|일공구|일일구|일삼팔팔|일오칠칠"
)
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\ufffd\ud800-\udfff]")
_MEDICAL = re.compile(
    r"진단|처방|복용|복약|투약|(?<!예)약을|알약|영양제|병원|질환|질병|증상|치료|우울증|불안장애|당뇨|고혈압|갑상선|체중|몸무게|살을 빼|다이어트"
    r"|칼로리|열량|단식|금식|굶|kcal|㎉|mg\b|밀리그램"
    r"|\bdiagnos|\bprescri|\bdos(?:e|age)\b|\bmedic(?:ine|ation|al)\b|\bpills?\b|\bsymptom|\bdisease|\bdisorder|\btreatment\b|\btherap"
    r"|\bdepress|\bdiabet|\bhypertens|\bweight\b|\bcalorie|\bfasting\b|\bdiet\b|\bvitamin|\bsupplement",
    re.IGNORECASE,
)  # fmt: skip
_BLAME = re.compile(
    r"실패|게으|한심|부끄러|실망|포기했|핑계|왜 안|안 하면|하지 않으면|못 했|잘못|반성|의지가|끊겨 버|망쳤|남들|다른 사람보다|꼴찌"
    r"|\bfail|\blaz(?:y|iness)|\bashamed?\b|\bshame\b|\bdisappoint|\bexcuse|\bguilt|\byour fault\b|\bor else\b|\bgive up\b|\bworse than\b"
    r"|\bother people\b|\bwillpower\b|\bif you don't\b",
    re.IGNORECASE,
)  # fmt: skip
_ACT = re.compile(
    r"(?:설정|등록|예약|변경|추가|삭제|저장|전송|맞춰|바꿔|켜|꺼|옮겨|보내|지워|적어)(?:해)?\s*(?:두|놓|드리)?(?:었|았|렸|했|뒀|놨)(?:어요|습니다)"
    r"|해 ?(?:뒀|두었|드렸|놓았|놨)|예약했|설정했|등록했|변경했|바꿨|보냈|지웠|결제"
    r"|\bI(?:'ve| have)\b|\bI (?:set|changed|sent|added|deleted|scheduled|moved|turned|booked|cancel)|\bhas been (?:set|changed|scheduled|sent)\b",
    re.IGNORECASE,
)  # fmt: skip
_SYSTEM = re.compile(
    r"시스템 ?(?:프롬프트|지시|메시지)|프롬프트|지시 ?(?:사항|문)|개발자 모드|언어 ?모델|인공지능으로서|AI로서|API|토큰|JSON"
    r"|\bsystem prompt\b|\bprompt\b|\binstructions?\b|\bdeveloper mode\b|\blanguage model\b|\bas an ai\b|\bopenai\b|\bgpt\b|\bapi key\b|\bjson\b",
    re.IGNORECASE,
)  # fmt: skip
_HARM = re.compile(
    r"자살|자해|죽고|죽어|죽이|목숨|손목|목을 매|뛰어내|번개탄|유서|약물|마약|섹스|야한|시발|씨발|병신|개새|꺼져|닥쳐"
    r"|\bsuicid|\bself-?harm|\bkill\b|\bdie\b|\bcut yourself|\boverdos|\bdrugs?\b|\bsex|\bfuck|\bshit\b|\bbitch",
    re.IGNORECASE,
)  # fmt: skip
_WATCHING = re.compile(
    r"지켜보(?:고|았|겠)|지켜볼|사랑해|보고 싶|내 사랑|자기야|저는 사람|나도 사람|\bI(?:'m| am) (?:watching|human)|\bI love you\b|\bmiss you\b",
    re.IGNORECASE,
)  # fmt: skip
# Orders, where a suggestion is meant: the person chooses.
_ORDER = re.compile(
    r"해야 (?:해|합|돼|됩)|하셔야|반드시|무조건|명심|\byou (?:must|have to|need to)\b|\bno matter what\b|\bdon't you dare\b",
    re.IGNORECASE,
)  # fmt: skip
_SUPERLATIVE = re.compile(
    r"한 번도 (?:빠|거르|쉬)|하루도 (?:빠|거르|쉬)|완벽|최고|신기록|가장 (?:길|긴|오래|많)|누구보다"
    r"|\bnever missed\b|\bwithout missing\b|\bperfect\b|\bflawless|\bbest ever\b|\bnew record\b|\blongest\b|\bmore than ever\b",
    re.IGNORECASE,
)  # fmt: skip
_PRAISE = re.compile(
    r"잘했|잘하고 있|잘해 (?:왔|냈)|대단|훌륭|멋지|멋져|멋진|자랑|칭찬|박수|축하|해냈|기특"
    r"|\bwell done\b|\bgreat (?:job|work)\b|\b(?:nice|good) (?:job|work)\b|\bamazing\b|\bawesome\b|\bproud\b|\bexcellent\b|\bcongrat",
    re.IGNORECASE,
)  # fmt: skip
# A challenge is offered, not set.
_DEMAND = re.compile(
    r"(?:하|보|가|내|리|우|꾸|르|지|나|키|으|히|시|켜)세요|십시오|합시다|봅시다|하자(?![가-힣])|해라|하라(?![가-힣])|보여 ?줘요|증명"
    r"|\bshould\b|\bought to\b|\bprove\b|\bdon't stop\b|\bno excuses\b|\bdare\b",
    re.IGNORECASE,
)  # fmt: skip
# Makes less of what was done than it is.
_BELITTLE = re.compile(
    r"겨우|고작|기껏|부족|모자라|아쉬운 성적|만으로는|에 그쳤|밖에 (?:안|못)|너무 쉬|별것 아|시시하"
    r"|\bonly just\b|\bnot enough\b|\bmere(?:ly)?\b|\btoo easy\b|\bjust barely\b|\bfalls? short\b|\bfell short\b",
    re.IGNORECASE,
)  # fmt: skip
_NOW = re.compile(
    r"지금 (?:바로 )?(?:한 번 |조금 )?(?:해 ?봐|해 보|시작해|하면)|(?:오늘|당장) (?:꼭 |바로 |한 번 |하나 |조금만? )*(?:해 ?봐|해 보|시작해|채워|이어 ?봐)"
    r"|(?:^|[.:;,]\s+|\n|\bjust )(?:do|try|start|begin) (?:it |one |with it )?(?:now|today|right away)\b|\b(?:right )?now is the time\b",
    re.IGNORECASE,
)  # fmt: skip
_EXCITED = re.compile(r"[!！]|[\U0001F000-\U0001FAFF\u2600-\u27BF]")
# What a fact of a kind is about; the other parameters are its circumstances. All of them for kinds that are not named.
_POINTS = {
    "week": ("done",),
    "more": ("now",),
    "fewer": ("now",),
    "month": ("done",),
    "away": ("count", "days"),
    "comeback": ("since", "empty"),
    "within": ("done",),
    "hour": ("clock",),
    "good_weekday": ("weekday",),
    "hard_weekday": ("weekday",),
    "week_of_all": ("done",),
    "mood": ("mood",),
}
_KOREAN_UNITS = r"\s?(?:번|일|날|회|점|가지|개|주|달|잔|차례)"
_ENGLISH_UNITS = re.compile(r"\b(?:days?|times?|weeks?|months?|mood|check-ins?|out of)\b", re.IGNORECASE)
# Steps for a habit that is not asked for today.
_NOT_TODAY = frozenset({"tomorrow", "its_time_tomorrow", "next_day", "next_date", "full_week", "full_month", "resting"})
# "한 번" is one word of a step: each of its syllables stands in many texts.
_ONE = re.compile(r"한 (?=번|가지|걸음|잔|쪽)")
# Words of steps that say nothing by themselves.
_STEP_STOPS = frozenset({"봐요", "해", "그", "the", "and", "for", "you", "can", "its", "one"})
_KOREAN_END = re.compile(r"(?:요|죠|까요|지요)[.?…]*$")

type Item = Callable[[str, str, Context], bool]


def _empty(title: str, body: str, _context: Context) -> bool:
    return not title.strip() or "\n" in title.strip() or len(body.strip()) < FEWEST_BODY


def _too_long(title: str, body: str, _context: Context) -> bool:
    return len(title) > MOST_TITLE or len(body) > MOST_BODY


def _other_language(title: str, body: str, context: Context) -> bool:
    """Korean texts are nearly all Hangul; English texts have none. No other script in either."""
    text = f"{title} {body}".replace(HABIT_TOKEN, "")
    letters, hangul = len(_LETTER.findall(text)), len(_HANGUL.findall(text))
    if _FOREIGN_SCRIPT.search(text) or not letters:
        return True
    return hangul < letters * HANGUL_SHARE if context.language == "ko" else hangul > 0


def _not_polite(title: str, body: str, context: Context) -> bool:
    """A Korean body whose last sentence is not in 해요체."""
    return context.language == "ko" and not _KOREAN_END.search(body.strip())


def _foreign_number(title: str, body: str, context: Context) -> bool:
    """A number, in digits or in words, that stands in no fact, in no step and not in the date."""
    said = _plain(f"{title}\n{body}")
    if not numbers(said) <= known_numbers(context):
        return True
    return not {str(value) for value in number_words.spelled(said)} <= known_numbers(context)


def _foreign_weekday(title: str, body: str, context: Context) -> bool:
    known = words.weekdays_in(" ".join([context.weekday, *_values(context)]))
    return not words.weekdays_in(_plain(f"{title}\n{body}")) <= known


def _no_fact(title: str, body: str, context: Context) -> bool:
    """The value of no fact stands in the text with its unit."""
    said = f"{title}\n{body}"
    return not any(_tells(said, fact, context.language) for fact in context.facts)


def _tells(said: str, fact: Fact, language: str) -> bool:
    given = [fact.params[name] for name in _POINTS.get(fact.kind, fact.params) if name in fact.params]
    if not given:
        return HABIT_TOKEN in said
    return any(_says_value(said, value, language) for value in given)


def _says_value(said: str, value: Value, language: str) -> bool:
    """A word as it is; a number right before its unit in Korean, in a sentence with its unit in English."""
    if isinstance(value, str) and not value.replace(".", "").isdigit():
        number, _space, unit = value.partition(" ")
        # "12 days" is "12-day streak", too.
        also = rf"|{re.escape(number)}[\s-]{re.escape(unit.removesuffix('s'))}" if number.isdigit() and unit else ""
        return bool(re.search(rf"(?<![\d.,])(?:{re.escape(value)}{also})", said, re.IGNORECASE))
    shown = re.escape(f"{value:,}") + f"|{value}" if isinstance(value, int) else re.escape(str(value))
    if language == "ko":
        return bool(re.search(rf"(?<![\d.,])(?:{shown})(?:{_KOREAN_UNITS})", said))
    found = re.compile(rf"(?<![\d.,])(?:{shown})(?![\d])")
    return any(found.search(one) and _ENGLISH_UNITS.search(one) for one in re.split(r"[.;\n]\s", said))


def _no_step(title: str, body: str, context: Context) -> bool:
    """The next step is not given: neither a value that only it has nor half of its words stand in the text."""
    said = _ONE.sub("한", _plain(f"{title}\n{body}").lower())
    of_facts = {str(value) for fact in context.facts for value in fact.params.values()}
    own = [str(value) for value in context.step.params.values() if str(value) not in of_facts]
    if any(value.lower() in said for value in own):
        return False
    stems = _stems(context.step.text)
    return sum(stem in said for stem in stems) * 2 < max(len(stems), 1)


def _stems(sentence: str) -> list[str]:
    """The words of a step without the habit's name: in Korean without endings, in English without the shortest."""
    plain = _plain(re.sub(r"‘[^’]*’|“[^”]*”", " ", sentence)).lower()
    found = re.findall(r"[가-힣]+|[a-z]{3,}|\d+", _ONE.sub("한", plain))
    return list(dict.fromkeys(one[:2] if _HANGUL.match(one) else one for one in found if one not in _STEP_STOPS))


def _praises_beyond(title: str, body: str, context: Context) -> bool:
    """A celebration of more than happened: "never missed", "the longest", where no fact says so."""
    if context.message_type != MessageType.CELEBRATION:
        return False
    told = " ".join(fact.text for fact in context.facts)
    if any(fact.kind == "longest_now" for fact in context.facts):
        told += " 가장 길 가장 긴 가장 오래 longest"
    return any(found.lower() not in told.lower() for found in _SUPERLATIVE.findall(_plain(f"{title}\n{body}")))


def _leaves_unnamed(title: str, body: str, context: Context) -> bool:
    """A reminder that does not name the habit that is at risk."""
    return context.message_type == MessageType.REMINDER and HABIT_TOKEN not in f"{title}\n{body}"


def _leaves_reason_untold(title: str, body: str, context: Context) -> bool:
    """Advice or a challenge without the fact that it rests on: a suggestion out of nowhere."""
    if context.message_type not in (MessageType.ADVICE, MessageType.CHALLENGE):
        return False
    return not _tells(f"{title}\n{body}", context.facts[0], context.language)


def _demands(title: str, body: str, context: Context) -> bool:
    """A challenge that is set instead of offered."""
    return context.message_type == MessageType.CHALLENGE and bool(_DEMAND.search(_plain(f"{title}\n{body}")))


def _belittles(title: str, body: str, context: Context) -> bool:
    """Advice or a challenge that makes less of the record than it is."""
    if context.message_type not in (MessageType.ADVICE, MessageType.CHALLENGE):
        return False
    return bool(_BELITTLE.search(_plain(f"{title}\n{body}")))


def _praises_unearned(title: str, body: str, context: Context) -> bool:
    """Praise beside a fact that is none to praise: days left empty, fewer than before."""
    if context.message_type not in (MessageType.ADVICE, MessageType.MOTIVATION):
        return False
    return context.facts[0].kind in SOBER and bool(_PRAISE.search(_plain(f"{title}\n{body}")))


def _asks_too_early(title: str, body: str, context: Context) -> bool:
    """Asks to do it now where the step is for another day, or to rest."""
    return context.step.kind in _NOT_TODAY and bool(_NOW.search(_plain(f"{title}\n{body}")))


def _matches(pattern: re.Pattern[str]) -> Item:
    return lambda title, body, _context: bool(pattern.search(_plain(f"{title}\n{body}")))


def _markup(title: str, body: str, context: Context) -> bool:
    """Signs of markup, or the token in a message that is about no one habit."""
    text = f"{title}\n{body}"
    names_nothing = HABIT_TOKEN in text and not any(part.habit_id for part in context.parts)
    return names_nothing or bool(_MARKUP.search(_plain(text)))


def _phone(title: str, body: str, context: Context) -> bool:
    """Digits that look like a telephone number, those of help lines too: only the crisis page shows them, checked."""
    said = _plain(f"{title} {body}")
    for value in sorted(_values(context), key=len, reverse=True):
        said = re.sub(rf"(?<!\d){re.escape(value)}(?!\d)", " ", said)
    return bool(_PHONE.search(said) or _SPELLED.search(said))


def _broken(title: str, body: str, _context: Context) -> bool:
    """Control characters, half of a character, or jamo that were not put together."""
    text = title + body
    return bool(_CONTROL.search(text)) or any(
        "\u1100" <= one <= "\u11ff" or "\u3131" <= one <= "\u318e" for one in text
    )


ITEMS: dict[str, Item] = {
    "empty": _empty,
    "too_long": _too_long,
    "broken": _broken,
    "language": _other_language,
    "not_polite": _not_polite,
    "excited": _matches(_EXCITED),
    "no_fact": _no_fact,
    "no_step": _no_step,
    "praise_beyond": _praises_beyond,
    "risk_unnamed": _leaves_unnamed,
    "reason_untold": _leaves_reason_untold,
    "demands": _demands,
    "belittles": _belittles,
    "praise_unearned": _praises_unearned,
    "too_early": _asks_too_early,
    "order": _matches(_ORDER),
    "foreign_number": _foreign_number,
    "foreign_weekday": _foreign_weekday,
    "link": _matches(_LINK),
    "markup": _markup,
    "phone": _phone,
    "medical": _matches(_MEDICAL),
    "blame": _matches(_BLAME),
    "claims_an_act": _matches(_ACT),
    "system_text": _matches(_SYSTEM),
    "harm": _matches(_HARM),
    "persona": _matches(_WATCHING),
}
SAFETY = frozenset(
    {
        "no_fact", "no_step", "praise_beyond", "praise_unearned", "foreign_number", "foreign_weekday", "link", "markup", "phone", "medical", "blame", "claims_an_act",
        "system_text", "harm", "persona",
    }
)  # fmt: skip


def failures(title: str, body: str, context: Context) -> list[str]:
    """The items that the text fails, in the order of ITEMS."""
    title, body = unicodedata.normalize("NFC", title), unicodedata.normalize("NFC", body)
    return [name for name, fails in ITEMS.items() if fails(title, body, context)]


def numbers(text: str) -> set[str]:
    """The numbers in a text, without separators of thousands, in any script's digits."""
    found = _NUMBER.findall(unicodedata.normalize("NFKC", text))
    return {re.sub(r",(?=\d{3}(?!\d))", "", number) for number in found}


def known_numbers(context: Context) -> set[str]:
    """The numbers that may be said: of facts, step and date."""
    dates = [str(context.date.year), str(context.date.month), str(context.date.day)]
    said = " ".join([*dates, *_values(context)])
    return numbers(said) | {str(value) for value in number_words.spelled(said)}


def _values(context: Context) -> list[str]:
    return [str(value) for part in context.parts for value in part.params.values()]


def _plain(text: str) -> str:
    """The text as it reads: compatibility forms folded, invisible characters gone, the habit's token aside."""
    folded = unicodedata.normalize("NFKC", text).replace(HABIT_TOKEN, "")
    return "".join(one for one in folded if unicodedata.category(one) != "Cf")
