"""Parses a question into a measure of the record or an act. Pure.

Only the person can do an act.
"""

import datetime as dt
import enum
import re
from dataclasses import dataclass, field


class Measure(enum.StrEnum):
    TIMES = "times"
    AMOUNT = "amount"
    DAYS = "days"
    STREAK = "streak"
    BEST_STREAK = "best_streak"
    LONGEST_HABIT = "longest_habit"
    MOST_HABIT = "most_habit"
    LEAST_HABIT = "least_habit"
    MOOD = "mood"
    ENERGY = "energy"
    BEST_WEEKDAY = "best_weekday"
    WORST_WEEKDAY = "worst_weekday"
    BEST_HOUR = "best_hour"
    LAST_TIME = "last_time"
    STARTED = "started"
    COMPARED = "compared"


class Deed(enum.StrEnum):
    """What a person may ask the coach to do; it only leads to the page."""

    REMIND = "remind"
    PAUSE = "pause"
    CHECK_IN = "check_in"
    EDIT = "edit"
    REMOVE = "remove"
    ADD = "add"


@dataclass(frozen=True)
class Wish:
    """An act that is asked for, with what the form can be filled with."""

    deed: Deed
    clock: dt.time | None = None
    weekdays: list[int] = field(default_factory=list)


# In this order, in the question without spaces: what is asked most exactly comes first.
_MEASURES: list[tuple[Measure, str]] = [
    (Measure.MOOD, r"기분|무드|mood"),
    (Measure.ENERGY, r"기운|에너지|체력점수|컨디션|energy"),
    (Measure.COMPARED, r"(?:지난주|지난달|저번주|저번달)(?:보다|에비해|이랑비교|와비교|하고비교)|(?:than|comparedtolast)(?:last)?(?:week|month)|늘었|줄었"),
    (Measure.BEST_WEEKDAY, r"(?:무슨|어느|어떤|몇)요일(?!.*(?:적|안|못|뜸|비))|요일.*(?:가장많|제일많|잘돼|잘되|잘해)|(?:which|what)(?:day|weekday)(?!.*(?:least|worst|miss))|bestday"),
    (Measure.WORST_WEEKDAY, r"(?:무슨|어느|어떤|몇)요일.*(?:적|안|못|뜸|비)|요일.*(?:가장적|제일적|잘안)|(?:which|what)(?:day|weekday).*(?:least|worst|miss)|worstday"),
    (Measure.LONGEST_HABIT, r"(?:가장|제일|젤)(?:오래|길게)(?:이은|이어온|이어진|이어가는|지킨|한|하고있는|이어)?.*(?:습관|게뭐|건뭐|것은|것이|거야|뭐)|(?:longest|best)streak(?=.*(?:habit|which))|(?:which|what)habit.*(?:longest|streak)|habit.*longeststreak"),
    (Measure.LEAST_HABIT, r"(?:가장|제일|젤)(?:적게|안|못|덜|조금)(?:한|지킨|하는|했|해).*|(?:which|what)?habit.*(?:least|fewest)|least(?:done|often)?habit"),
    (Measure.MOST_HABIT, r"(?:가장|제일|젤)(?:많이|자주|잘|열심히)(?:한|지킨|하는|했|해|하고).*(?:습관|뭐|무엇|건|게|것)|(?:which|what)habit.*(?:most|often)|most(?:done|often|frequent)?habit|habit.*most"),
    (Measure.BEST_STREAK, r"최고기록|최장|(?:가장|제일|젤)(?:길게|오래)|최고(?:로)?연속|신기록|longest|beststreak|record"),
    (Measure.STREAK, r"며칠째|몇일째|몇주째|연속|이어온|이어왔|이어지고|이어졌|이어가고|스트릭|streak|inarow"),
    (Measure.BEST_HOUR, r"몇시|무슨시간|어느시간|시간대|언제(?:가장|제일|잘|자주|주로|많이)|주로언제|보통언제|(?:what|which)(?:time|hour)|whendoi(?:usually|mostly|often)|bestwhen|usually"),
    (Measure.LAST_TIME, r"마지막(?:으로)?|최근에언제|가장최근|언제(?:했|마지막|마셨|읽었|걸었)|lasttime|whendidilast|mostrecent"),
    (Measure.STARTED, r"언제(?:부터|시작)|시작한(?:날|게|지)|시작(?:했|일)|whendidi(?:start|begin)|since?when|started"),
    (Measure.DAYS, r"며칠|몇일|몇날|날수|하루라도|howmanydays|numberofdays"),
    (Measure.AMOUNT, r"얼마나|얼마만큼|얼마|몇(?:잔|쪽|분|km|킬로|걸음|개|페이지|시간|장|컵|리터|ml|세트|보|g|줄|곡|문제|단어|점)|총량|합계|howmuch|howfar|howmany(?:glasses|cups|pages|minutes|km|steps|hours|liters|sets)"),
    (Measure.TIMES, r"몇번|몇회|횟수|몇차례|번이나|몇(?:번|회)|했어|했나|했지|했니|했을까|마셨|읽었|걸었|howoften|howmanytimes|howmany|count|numberoftimes|didi"),
]  # fmt: skip
_ASKS_TO_ACT = r"(?:해|맞춰|설정해|켜|걸어|넣어|추가해|만들어|바꿔|고쳐|지워|삭제해|없애|멈춰|쉬게해|꺼|알려|깨워|체크해|기록해|적어|보내|등록해|예약해|변경해|수정해|시작해)(?:줘|주세요|줄래|달라|주라|다오|줄수|주실|놔|두|주면)"
_ACTS: list[tuple[Deed, str]] = [
    (Deed.REMIND, rf"(?:알림|알람|리마인더|깨워|알려).*{_ASKS_TO_ACT}|{_ASKS_TO_ACT}.*(?:알림|알람)|\d+시(?:\d+분|반)?에?(?:마다)?(?:알려|깨워|말해)|remindme|set(?:a|an)?(?:daily)?(?:reminder|alarm)|alarm(?:at|for)"),
    (Deed.REMOVE, r"(?:지워|삭제해|없애)(?:줘|주세요|줄래|달라)|(?:delete|remove)(?:my|the|this)?"),
    (Deed.PAUSE, r"(?:쉬게|쉬고|쉴래|멈춰|일시정지|휴식|쉼).*(?:해줘|해주세요|줘|주세요|싶|걸어|넣어)|^(?:please)?(?:pause|skip)"),
    (Deed.EDIT, r"(?:목표|이름|횟수|요일|주기|하는날|단위).*(?:바꿔|고쳐|변경해|수정해|늘려|줄여)(?:줘|주세요|줄래)|^(?:please)?(?:change|edit|rename)"),
    (Deed.CHECK_IN, r"(?:체크|기록|완료|했다고)(?:을|를|좀)?(?:해|적어|남겨|처리해)(?:줘|주세요|줄래|놔|두)|^(?:please)?(?:check(?:me)?in|log|markas)"),
    (Deed.ADD, r"(?:습관|새로)?.*(?:추가|만들어|등록)(?:해)?(?:줘|주세요|줄래|달라)|^(?:please)?(?:add|create)"),
]  # fmt: skip
_CLOCK = re.compile(
    r"(?P<part>오전|아침|새벽|오후|저녁|밤|낮|점심|am|pm)?(?P<hour>\d{1,2}|한|두|세|네|다섯|여섯|일곱|여덟|아홉|열한|열두|열)(?:시|:|(?=am|pm))(?P<rest>반|\d{1,2}분?)?(?P<after>am|pm)?"
)
_BARE_ENGLISH_CLOCK = re.compile(r"(?:at|for)(?P<hour>\d{1,2})(?::(?P<rest>\d{2}))?(?P<after>am|pm)?")
_HOURS = dict(
    zip(
        ["한", "두", "세", "네", "다섯", "여섯", "일곱", "여덟", "아홉", "열", "열한", "열두"],
        range(1, 13),
        strict=True,
    )
)
_AFTERNOON = ("오후", "저녁", "밤", "낮", "점심", "pm")


def squeezed(text: str) -> str:
    """The question without spaces and without marks, except the colon of a time."""
    return re.sub(r"[^0-9a-z가-힣:]", "", text.casefold())


def measure(asked: str) -> Measure | None:
    """What the question, without spaces and without its habit's name, asks for."""
    return next((one for one, words in _MEASURES if re.search(words, asked)), None)


def wish(asked: str) -> Wish | None:
    """The act that the question asks for, if any."""
    deed = next((one for one, words in _ACTS if re.search(words, asked)), None)
    if deed is None:
        return None
    return Wish(deed, clock(asked)) if deed == Deed.REMIND else Wish(deed)


def clock(asked: str) -> dt.time | None:
    found = _CLOCK.search(asked) or _BARE_ENGLISH_CLOCK.search(asked)
    if not found:
        return None
    parts = found.groupdict()
    hour = _HOURS.get(parts["hour"]) or int(parts["hour"])
    rest = parts["rest"] or "0"
    minute = 30 if rest == "반" else int(rest.removesuffix("분"))
    said = {parts.get("part"), parts["after"]}
    if said & set(_AFTERNOON) and hour < 12 and not (hour < 3 and "밤" in said):
        hour += 12
    if said & {"am", "오전", "새벽", "밤"} and hour == 12:
        hour = 0
    return dt.time(hour, minute) if hour < 24 and minute < 60 else None
