"""Recognises an act that is asked for, with the time it names. Pure.

Only the person can do an act: a wish leads to the page where it is done.
"""

import datetime as dt
import enum
import re
from dataclasses import dataclass


class Deed(enum.StrEnum):
    """What a person may ask the coach to do; it only leads to the page."""

    REMIND = "remind"
    UNDO = "undo"
    REMOVE = "remove"
    PAUSE = "pause"
    CHECK_IN = "check_in"
    EDIT = "edit"
    ADD = "add"
    GOAL = "goal"
    RESUME = "resume"


@dataclass(frozen=True)
class Wish:
    """An act that is asked for, with what the form can be filled with."""

    deed: Deed
    clock: dt.time | None = None


# "Do it for me", "I want to", "I will": what follows the verb of an act.
_REQUEST = r"(?:줘|줄래|줄수|줄거|주라|주세|주셔|주시|주실|주길|주면|줬으면|달라|다오|놔|둬|부탁|싶|라고|래(?!도)|할게|볼게|둘게|을게|뛸게|쉴게|추게|겠|야겠|자$|좀$)"
_TELL = r"(?:알려|알리|말해|말씀|얘기해|이야기해|깨워|깨우|불러|울려|보내|챙겨|톡|해)"
# "That I drink water", "so that I do not forget": what is to be said at some time.
_MESSAGE = r"(?:[가-힣]{2}라고|[가-힣]자고|하게끔|도록|[않지]게|잊지말라고)(?:좀|나한테|꼭|매일|다시)*"
_CLOCK_KO = r"(?:\d{1,2}|[한두세네섯곱덟홉열])시(?:\d{1,2}분|반)?"
_ALARM = r"(?:알림|알람|리마인더|푸시)"
_ENGLISH_START = r"^(?:hey|hi|coach|please|pls|can|could|would|will|you|id|iwant|ineed|like|to|lets?|me|just)*"
# In this order, in the question without spaces: what names its object comes before what may be said of any.
_ACTS: list[tuple[Deed, str]] = [
    (
        Deed.GOAL,
        rf"목표.*(?:정해|정하|세워|세우|잡아|잡을|설정|맞춰).*{_REQUEST}|달(?:에)?목표.*로$|(?:set|make).*goal(?!.*(?:glass|page|cup|minute|aday|daily))|^goalof",
    ),
    (
        Deed.REMIND,
        (rf"{_ALARM}.*{_REQUEST}|{_REQUEST}.*{_ALARM}"
        rf"|{_ALARM}(?:을|를|은|는|이|좀|도|다)*(?:설정|예약|추가|해|켜(?!져|진|졌)|꺼(?!져|진|졌)|끄|그만|맞추|바꾸)"
        rf"|{_CLOCK_KO}.*{_ALARM}(?:이?요)?$|{_MESSAGE}[가-힣]{{0,6}}{_TELL}(?:$|.*{_REQUEST})|{_CLOCK_KO}(?:쯤|경)?에?(?:마다)?(?:나|좀)*{_TELL}{_REQUEST}|깨워|깨우"
        r"|remindme|remindersto|(?:set|add|create|turn|schedule|put|make|move|change|switch).*(?:reminder|alarm)|alarm(?:at|for)|wakeme|letmeforget|(?:notify|ping|nudge)me|(?:stop|mute).*(?:reminder|alarm|notif)"),
    ),
    (Deed.UNDO, rf"(?:체크|기록|완료|눌|누른|누르|방금).*(?:취소|되돌|지워|지우|삭제|빼|없애).*{_REQUEST}|(?:체크|기록|완료)[가-힣]{{0,6}}취소|(?:체크|기록|완료|누른|눌렀|방금).*(?:취소|되돌려|되돌리기)$|{_ENGLISH_START}(?:undo|uncheck|unmark)"),
    (
        Deed.RESUME,
        rf"(?:다시|재개).*(?:시작|하|할|해|재개).*{_REQUEST}|재개$|(?:그만쉬|쉬는거그만|쉬기끝|쉬기취소)|{_ENGLISH_START}(?:resume|unpause|restart|continue)|{_ENGLISH_START}start.*again$",
    ),
    (
        Deed.PAUSE,
        (rf"(?:쉬게|쉬고|쉬기로|쉬자|쉬어|쉬려|쉴|멈춰|멈추|중단|일시정지|휴식|쉼|건너|스킵|패스).*{_REQUEST}|(?:쉴래|쉴게|쉬고싶)"
            rf"|(?:오늘|내일|이번주|다음주|주말|당분간|며칠|하루|동안)(?:은|만|엔)*[가-힣]{{0,4}}(?:빼|넘어).*{_REQUEST}"
        rf"|{_ENGLISH_START}(?:pause|skip|takea?(?:break|rest|dayoff)|rest(?!days|ed|ing)(?:from)?|stop)|takeabreakfrom"),
    ),
    (Deed.REMOVE, rf"(?:지워|지우|삭제|없애|빼|버려).*{_REQUEST}|^(?:좀)?(?:삭제|지우기)(?:좀)?$|{_ENGLISH_START}(?:delete|remove|getridof|drop)"),
    (
        Deed.CHECK_IN,
        (rf"(?:체크|기록|완료|표시|처리|저장)(?:을|를|로|으로|좀|도|다)*(?:해|적어|남겨|넣어|처리해)?(?:좀)?{_REQUEST}"
        rf"|(?:체크|기록|완료)(?:좀)?(?:해|하자)$|(?:음|함|끝|다|어)(?:체크|기록)$|다고(?:좀)?(?:적|기록|체크|남겨|해|표시|써).*{_REQUEST}|(?:체크|기록).*(?:깜빡|깜박|까먹|잊).*{_REQUEST}|{_ENGLISH_START}(?:check(?!ins?)|log(?!s)|mark|record(?!s)|tick)"),
    ),
    (
        Deed.EDIT,
        (rf"(?:바꿔|바꾸|바꿀|고쳐|고치|변경|수정|늘려|늘리|줄여|줄이|올려|내려|옮겨|하게해|만하게|조정).*{_REQUEST}|로(?:변경|수정|바꾸기)$"
        rf"|(?:[월화수목금토일]{{2,}}|평일|주말|요일|주\d회?|주\d번|\d[가-힣]{{1,2}})(?:에)?만(?:하고싶|할래|하자|할게)"
        rf"|{_ENGLISH_START}(?:change|edit|rename|adjust|increase|reduce|raise|lower|move|switch)|makeit\d|only(?:want|do)"),
    ),
    (Deed.ADD, rf"(?:추가|만들|등록|넣어|넣고|시작하고|새로시작|새습관|새로운습관).*{_REQUEST}|{_ENGLISH_START}(?:add|create|newhabit|(?:start|make|build|begin)a?(?:new)?habit)|{_ENGLISH_START}(?:start|begin|try|takeup)[a-z]+ing$"),
]  # fmt: skip
_TELLS_WHETHER = re.compile(r"지(?:좀|나|도|를|만)*(?:알려|말해|보여|궁금)")
# "Tell me how often": a question, though it ends like a wish.
_INDIRECT = re.compile(
    r"(?:는지|은지|인지|던지|건지|ㄴ지|했나|했지|몇(?:번|회|잔|쪽|개|일)|며칠|얼마|뭔지|언제|평균|어땠|tellmehow|tellmewh|showme)"
)
_CLOCK = re.compile(
    r"(?P<part>오전|아침|새벽|오후|저녁|밤|낮|점심|am|pm)?(?P<hour>\d{1,2}|열한|열두|한|두|세|네|다섯|여섯|일곱|여덟|아홉|열)(?:시(?!간)|:(?=\d{2})|(?=am|pm))(?P<rest>반|\d{1,2}분?)?(?P<after>am|pm)?"
)
_BARE_ENGLISH_CLOCK = re.compile(r"(?:at|for|to)(?P<hour>\d{1,2})(?::(?P<rest>\d{2}))?(?P<after>am|pm)?")
_HOURS = dict(
    zip(
        ["한", "두", "세", "네", "다섯", "여섯", "일곱", "여덟", "아홉", "열", "열한", "열두"],
        range(1, 13),
        strict=True,
    )
)
_AFTERNOON = ("오후", "저녁", "밤", "낮", "점심", "pm")
_SAID_ONLY = {Deed.REMIND, Deed.CHECK_IN}


# What is done on pages that belong to no habit: a name for the page, and the words, without spaces.
_PLACES: list[tuple[str, str]] = [
    ("account", r"비밀번호|패스워드|로그아웃|이메일주소|탈퇴|계정|2단계인증|password|logout|signout|myaccount|myemail"),
    ("plan", r"구독|요금제|결제|환불|영수증|해지|subscription|billing|refund|receipt|upgrade|mycard|myplan"),
    ("export", r"내보내|백업|내려받|다운로드|다운받|export|backup|download(?:my|all)"),
    (
        "mood",
        r"(?:상관|관계|관련|영향|연관).*(?:있|어때|줘)|날.*기분.*(?:더|덜|달라|차이)|기분.*한날.*(?:더|덜|달라|차이)|mehapp|makemefeel|correlat|affectmy",
    ),
]


def place(asked: str) -> str:
    """The page of the product that the question, without spaces, is about; "" for none."""
    return next((name for name, words in _PLACES if re.search(words, asked)), "")


def wish(asked: str) -> Wish | None:
    """The act that the question, without spaces, asks for, if any."""
    deed = next((one for one, words in _ACTS if re.search(words, asked)), None)
    if deed is None or _TELLS_WHETHER.search(asked) or (deed in _SAID_ONLY and _INDIRECT.search(asked)):
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
