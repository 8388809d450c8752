"""Parses what a question asks of the record. Pure."""

import enum
import re


class Measure(enum.StrEnum):
    TIMES = "times"
    AMOUNT = "amount"
    DAYS = "days"
    MEAN = "mean"
    STREAK = "streak"
    BEST_STREAK = "best_streak"
    LONGEST_HABIT = "longest_habit"
    MOST_HABIT = "most_habit"
    LEAST_HABIT = "least_habit"
    MOOD = "mood"
    MOOD_COMPARED = "mood_compared"
    MOOD_BEST_DAY = "mood_best_day"
    MOOD_WORST_DAY = "mood_worst_day"
    ENERGY = "energy"
    ENERGY_COMPARED = "energy_compared"
    ENERGY_BEST_DAY = "energy_best_day"
    ENERGY_WORST_DAY = "energy_worst_day"
    BEST_WEEKDAY = "best_weekday"
    WORST_WEEKDAY = "worst_weekday"
    BEST_HOUR = "best_hour"
    LAST_TIME = "last_time"
    STARTED = "started"
    COMPARED = "compared"
    LEFT = "left"
    DUE = "due"
    DONE = "done"
    GOAL = "goal"
    FREEZES = "freezes"
    RESTS = "rests"
    MISSED = "missed"
    RATE = "rate"
    BADGES = "badges"
    LEVEL = "level"
    HABITS = "habits"
    REMINDERS = "reminders"


_MOST = r"(?:가장|제일|젤|최고로)"
_WHAT = r"(?:습관|뭐|뭘|무엇|뭔|거|건|게|것)"
_BEFORE = r"(?:지난|저번|전)(?:주|달|번)?"
_COMPARED = rf"{_BEFORE}(?:보다|에비해|이랑|랑|와|과|하고|대비)|보다(?:더|덜|잘|많|적|늘|줄|좋|나|어때)|늘었|줄었|비교|than(?:last|the|before)|comparedto|vs"
_BAD = r"적|안|못|뜸|비어|빼먹|빠지|빠져|최악|least|worst|miss|skip|fewest|slack|forget"
_SCORE_DAY = r"날|언제|며칠|몇일|day|when"
_LOW = r"안좋|나빴|나쁜|나쁘|최악|낮|별로|저조|힘들|없|worst|lowest|bad|sad"
# What is to be done, beside a day to come; what was done on such a weekday is another question.
_DAY_AHEAD = r"(?:내일|모레|[월화수목금토일]요일|tomorrow|(?:mon|tues|wednes|thurs|fri|satur|sun)day(?!s))"
_TO_DO = r"(?:할(?:일|거|게|것|습관)|해야(?:돼|되|될|할|하|해)|(?:뭐|뭘|무엇)(?:를|을)?(?:해|하지|하나|하니|할)|하는(?:거|것|게|날)|due|todo|haveto|needto|planned|scheduled|whatdoido)"
_NO_PAST = r"^(?!.*(?:했|햇|았|었|지난|저번|매주|마다|한거|한것|did|done|last|every))"
# In this order, in the question without spaces: what is asked most exactly comes first.
_MEASURES: list[tuple[Measure, str]] = [
    (Measure.BADGES, r"배지|뱃지|벳지|badge|achievement"),
    (Measure.FREEZES, r"지킴이|freeze"),
    (Measure.REMINDERS, r"(?:알림|알람|리마인더).*(?:몇시|언제|있|켜|시간|뭐|어떻게|몇개)|(?:when|what|which).*(?:reminder|alarm)|reminders?on"),
    (Measure.GOAL, r"목표|goal"),
    (Measure.LEVEL, r"몇단계|내단계|단계|레벨|(?<!기분)(?<!기운)점수|포인트|mylevel|whatlevel|points"),
    (Measure.RATE, r"^(?:나|내가|요즘|요새|지금){0,3}잘(?:하고|지키고|되고)있|howamidoing$|완료율|달성률|달성율|성공률|성공율|퍼센트|몇프로|몇퍼|completion|percent|successrate"),
    (Measure.STREAK, r"(?:며칠|몇일|몇주|몇달)째(?!.*(?:가장|제일|젤|최고))|안(?:빼먹|빠지|빠뜨리|거르|쉬|놓치)고|빠짐없이|끊겼|끊긴|끊어졌|keptup|keepingup|streakbr"),
    (Measure.DUE, rf"{_NO_PAST}(?:.*{_DAY_AHEAD}.*{_TO_DO}|.*{_TO_DO}.*{_DAY_AHEAD})"),
    (Measure.LEFT, r"남(?:은|았|앗|아|는|지|음)|elsetodo|anythingelse|howmanymore|더.*(?:야(?:돼|되|해|하|할)|면돼|면되|면끝)|해야(?:돼|되|할|하|해)|할(?:일|거|게)|아직안|다했(?!던)|다한|다끝|left|remaining|stillhave|stillneed|dohaveto|havetodo|needtodo|todo(?:today|list|$)|amidone|duetoday"),
    (Measure.STARTED, r"시작한?지|시작(?:한|했|일)|(?<![안못])(?<![안못][가-힣])[가-힣]지(?:가|는)?(?:얼마나?|몇(?:달|주|년)|오래)(?:나)?(?:됐|되|됨|됬|지났)|howlonghavei(?:been|done)|언제부터|언제(?:부터|시작)|whendidi(?:start|begin)|since?when|started"),
    (Measure.LAST_TIME, r"(?:안|못)[가-힣]{1,3}지(?:가|는|도)?(?:며칠|몇일|얼마|오래|언제|몇)|마지막(?!주)|최근에언제|(?:가장|제일|젤)최근|lasttime|whendidilast|mostrecent|dayssince|howlong(?:ago|since|has)"),
    (Measure.WORST_WEEKDAY, rf"요일.*(?:{_BAD})|(?:{_BAD}).*요일|(?:which|what)(?:day|weekday).*(?:least|worst|miss|skip|fewest|slack|forget)|(?:worst|least)(?:day|weekday)"),
    (Measure.BEST_WEEKDAY, r"(?<![월화수목금토일])요일|(?:which|what)(?:day|weekday)(?!s)|best(?:day|weekday)"),
    (Measure.COMPARED, _COMPARED),
    (Measure.BEST_STREAK, rf"{_MOST}(?:길게|오래).*(?:며칠|몇일|얼마|언제|몇주)|최고기록|최장|최고(?:로)?연속|신기록|^(?!.*habit).*(?:longest|best)[a-z]*streak"),
    (Measure.LONGEST_HABIT, rf"{_MOST}(?:오래|길게).*{_WHAT}|{_WHAT}.*{_MOST}(?:오래|길게)|(?:which|what)habit.*(?:longest|streak)|longest.*habit|habit.*longest"),
    (Measure.LEAST_HABIT, rf"(?:{_MOST}|많이).*(?:적게|안|못|덜|조금|소홀|뜸|빼먹|거른|거르)|(?:which|what)?habit.*(?:least|fewest|skip|miss|neglect)|least(?:done|often)?habit|do(?:the)?least"),
    (Measure.MOST_HABIT, rf"{_MOST}(?:많이|자주|잘|열심히|꾸준).*{_WHAT}|{_WHAT}.*{_MOST}(?:많이|자주|잘|열심히|꾸준)(?!돼|되)|(?:which|what)habit.*(?:most|often|best)|most(?:done|often|frequent)?habit|habit.*most|whatdoido(?:the)?most|besthabit|whatdidido(?:the)?most|베스트습관|최고의?습관"),
    (Measure.BEST_STREAK, rf"{_MOST}(?:길게|오래)|longest|beststreak|record"),
    (Measure.STREAK, r"며칠째|몇일째|몇주째|연속|이어온|이어왔|이어지고|이어졌|이어가고|안끊기|끊기지|(?:쉬지|빠지지|빼먹지|거르지)(?:도)?않고|스트릭|streak|inarow|straight"),
    (Measure.RESTS, r"쉰(?:날|적|게|거|횟)|쉬었|쉬엇|쉼은|restdays|rested|daysoff|didirest"),
    (Measure.MISSED, r"빼먹|빼먹은|빠진|빠졌|빠뜨|놓친|놓쳤|거른|걸렀|까먹은날|(?:안|못)[가-힣]{1,3}(?:날|게며칠|적)|못한(?:게|거)?(?:며칠|몇일)|missed|didi(?:miss|skip|forget)|skipped|forgot"),
    (Measure.MEAN, r"평균|하루에.*(?:몇|얼마)|average|avg|perday|aday(?!s)"),
    (Measure.DONE, r"(?:뭐|뭘|무엇을|뭐뭐)(?:를)?(?:했|햇|한|지켰|체크)|(?:한|했던)(?:거|것|게|일|습관)(?:들)?(?:은|는|이|가)?(?:뭐|뭘|다|알려|말해|보여)|whatdidido|whathaveidone|whichhabitsdidi"),
    (Measure.HABITS, r"습관(?:은|이|을|들|들이|들은)?(?:다|총|모두|전부)?(?:몇|뭐|뭔|목록|리스트|알려|보여|얼마나)|하고있는습관|(?:howmany|what|which|list|show).*habits(?:do|am|are|$)|myhabits"),
    (Measure.BEST_HOUR, r"몇시(?!간)|무슨시간|어느시간|시간대|언제(?:가장|제일|젤|잘|자주|주로|많이|하는게|하면|할때)|주로언제|보통언제|(?:what|which)(?:time|hour)|whendoi|bestwhen|usually|besttime"),
    (Measure.LAST_TIME, rf"^(?!.*(?:{_MOST}|많이|적게|most|least)).*언제"),
    (Measure.DAYS, r"며칠|몇일|몇날|날수|날이?몇|하루라도|howmanydays|numberofdays"),
    (Measure.AMOUNT, r"얼마나(?!자주)|얼마만큼|얼마(?!나자주)|몇(?:잔|쪽|분|km|킬로|걸음|페이지|시간|장|컵|리터|ml|세트|보|g|줄|곡|문제|단어|점)|총량|총합|합계|쪽수|잔수|howmuch|howfar|^(?:total)?(?:pages|glasses|cups|minutes|steps)|glassesof|cupsof|pagesof|minutesof|(?:howmany|total|numberof)(?:glasses|cups|pages|minutes|km|steps|hours|liters|sets)"),
    (Measure.TIMES, r"몇번|몇회|횟수|몇차례|번이나|얼마나자주|자주|몇(?:번|회|개)|(?:함|심|씀|음|감)$|howoften|howmanytimes|howmany|count|numberoftimes|check-?ins|(?:did|have|has)i"),
]  # fmt: skip
_SCORES = {"mood": r"기분|무드|mood|feeling|happiest|saddest", "energy": r"기운|에너지|체력점수|컨디션|energy"}
# A verb in the past asks whether, and so how often, it was done: 했어, 마셨니, 먹었나요.
_PAST = "[" + "".join(chr(ord("가") + 28 * number + 20) for number in range(399)) + "셧햇엇앗갓왓]"
_DID = re.compile(rf"{_PAST}(?:었)?(?:어|나|니|냐|지|는지|을까|던가|더라|던|음|는가|습니까|죠|대)")

# "안 했어", "못 먹은": asked about these, a count of what was done would be the wrong answer.
_NOT_DONE = re.compile(rf"(?:안|못)[가-힣]{{0,2}}(?:{_PAST}|한|은|운)")
_OF_WHAT_WAS_DONE = {Measure.TIMES, Measure.DAYS, Measure.AMOUNT, Measure.DONE}


def squeezed(text: str) -> str:
    """The question without spaces and without marks, except the colon of a time."""
    return re.sub(r"[^0-9a-z가-힣:]", "", text.casefold())


def asks_whether(asked: str) -> bool:
    """Whether it asks if something was done, and not how often: 월요일에 산책했나, did i walk on monday."""
    return asked.startswith("did") or bool(_DID.search(asked) and not re.search(r"몇|얼마|자주|횟수|회", asked))


def measure(asked: str) -> Measure | None:
    """What the question, without spaces and without its habit's name, asks for."""
    # Its 안 is no "not".
    asked = asked.replace("동안", "")
    for name, words in _SCORES.items():
        if re.search(words, asked):
            return _of_score(name, asked)
    found = next((one for one, words in _MEASURES if re.search(words, asked)), None)
    found = found or (Measure.TIMES if _DID.search(asked) else None)
    return _negated(asked, found) if found in _OF_WHAT_WAS_DONE and _NOT_DONE.search(asked) else found


def _negated(asked: str, found: Measure | None) -> Measure | None:
    """What is asked of the days or habits that were not done."""
    if re.search(r"며칠|몇|날", asked):
        return Measure.MISSED
    return Measure.LEFT if re.search(r"뭐|뭘|거|게있|것|건", asked) else found


def _of_score(name: str, asked: str) -> Measure | None:
    """The mean of a score, its best or worst day, or its change; None for what the record cannot tell."""
    if re.search(r"(?<![월화수목금토일])요일|시간|몇시|weekday|왜|why", asked):
        return None
    if re.search(rf"{_COMPARED}|좋아졌|나아졌|나빠졌|올랐|떨어졌|better|worse(?!t)", asked):
        return Measure(f"{name}_compared")
    if re.search(
        rf"(?:{_MOST}|최고|최악|best|worst|lowest|highest|happiest|saddest).*(?:{_SCORE_DAY})|(?:{_SCORE_DAY}).*(?:{_MOST}|최고|최악|best|worst)",
        asked,
    ):
        return Measure(f"{name}_worst_day" if re.search(_LOW, asked) else f"{name}_best_day")
    return Measure(name)
