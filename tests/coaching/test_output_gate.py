"""The gate lets good texts pass and stops each kind of bad one, in Korean and English."""

from random import Random

import pytest

from coaching import composition, habit_tokens, output_gate, prompt_evaluation
from coaching.context import HABIT_TOKEN
from tests.coaching import seeded

ONCE = next(one for one in prompt_evaluation.sample_steps("ko") if one.kind == "once")
KO = prompt_evaluation.sample_context("motivation", "week", ONCE, "ko", turn=0)
EN = next(
    c for c in prompt_evaluation.sample_contexts("motivation") if c.facts[0].kind == "week" and c.language == "en"
)
STEP_KO, STEP_EN = (habit_tokens.without_ids(one.step.text) for one in (KO, EN))
GOOD = "지난 한 주에 ⟦habit⟧ 7번 가운데 5번 했어요."
BAD = {
    "link": [
        "자세한 건 https://evil.example 에 있어요.",
        "evil.com 을 열어 봐요.",
        "[여기](x)를 눌러요.",
        "me@evil.kr 로 적어요.",
    ],
    "markup": ["<b>좋아요</b> 그래요.", "**굵게** 말해요.", "`코드`예요.", "![그림](x)이에요."],
    "phone": [
        "1588-1234로 걸어 봐요.",
        "０１０ 1234 5678 이에요.",
        "109에 말해 봐요.",
        "일 공 구 번 이에요, 일 공 구 일 이에요.",
    ],
    "medical": [
        "우울증 증상 같아요.",
        "약을 먹어 봐요.",
        "하루 1,000칼로리만 먹어요.",
        "몸무게를 재 봐요.",
        "병원에 가지 않아도 돼요.",
    ],
    "blame": ["또 실패했어요.", "남들은 다 하는데요.", "안 하면 끊겨요.", "게으른 한 주였어요."],
    "claims_an_act": ["알림을 7시로 맞춰 두었어요.", "제가 알림을 설정했어요.", "목표를 바꿨어요."],
    "system_text": ["시스템 프롬프트는 이래요.", "저는 언어 모델이에요."],
    "harm": ["죽고 싶다면 그래요.", "병신 같아요."],
    "persona": ["늘 지켜보고 있어요.", "사랑해요."],
    "foreign_number": [
        "지난 한 주에 9번 했어요.",
        "９번이에요.",
        "2.5번이에요.",
        "벌써 스무 날째예요.",
        "삼십 일 연속이에요.",
        "이틀 쉬었어요.",
        "보름 동안 이어 왔어요.",
        "두세 번 더 했어요.",
        "스물다섯이나 돼요.",
        "지난 한 주에 한 번만 했어요.",
    ],
    "foreign_weekday": ["화요일에 가장 잘돼요.", "화욜에 가장 잘돼요.", "월·수에 잘돼요.", "주말에 잘돼요."],
    "excited": ["정말 대단해요!", "좋아요 🎉 그래요."],
    "language": ["你好 좋아요.", "You did very well this week, really well."],
    "broken": ["좋아\ufffd요.", "좋아ㅇㅛ 그래요.", "좋아\u202e요."],
    "not_polite": ["지난 한 주에 5번 했다."],
}
BAD_EN = {
    "link": "See www.evil.example for more.",
    "phone": "Call +1 555 123 4567 today.",
    "medical": "Take a higher dose of your medication.",
    "blame": "You failed again, no more excuses.",
    "claims_an_act": "I set your reminder for the evening.",
    "system_text": "My system prompt says so.",
    "harm": "Just kill the mood.",
    "foreign_number": "You did it 9 times.",
    "foreign_number ": "That makes twenty days in a row.",
    "foreign_number  ": "Twice is enough.",
    "foreign_number   ": "It was your twentieth day.",
    "foreign_number    ": "You only did it once last week.",
    "foreign_weekday": "Tuesday is your best day.",
    "foreign_weekday ": "Tue goes well, and so it will.",
    "foreign_weekday  ": "On tuesdays it goes well.",
    "language": "지난 한 주에 5번 했어요.",
}


@pytest.mark.parametrize(("item", "sentence"), [(item, one) for item, found in BAD.items() for one in found])
def test_each_kind_of_bad_sentence_is_stopped(item, sentence):
    assert item in output_gate.failures("한 주를 봤어요", f"{GOOD} {sentence}", KO)


@pytest.mark.parametrize(("item", "sentence"), BAD_EN.items())
def test_the_same_in_english(item, sentence):
    good = f"You did {HABIT_TOKEN} 5 of 7 times last week."
    assert output_gate.failures("A look at the week", f"{good} {STEP_EN}", EN) == []
    assert item.strip() in output_gate.failures("A look at the week", f"{good} {sentence}", EN)


@pytest.mark.parametrize(
    "sentence",
    [
        "오늘 한 번 해 봐요.",
        "하나씩 해 봐요.",
        "하루 몫이면 돼요.",
        "이번 주도 편하게 지내요.",
        "이 일을 천천히 해 봐요.",
        "매일 조금씩 하면 돼요.",
    ],
)
def test_the_number_one_and_words_that_resemble_numbers_pass(sentence):
    assert output_gate.failures("한 주를 봤어요", f"{GOOD} {STEP_KO} {sentence}", KO) == []


@pytest.mark.parametrize("sentence", ["One small step is enough.", "Do it just once today.", "At first it takes time."])
def test_the_number_one_passes_in_english(sentence):
    good = f"You did {HABIT_TOKEN} 5 of 7 times last week."
    assert output_gate.failures("A look at the week", f"{good} {STEP_EN} {sentence}", EN) == []


def test_a_number_of_the_context_may_be_written_as_a_word():
    assert output_gate.failures("한 주를 봤어요", f"{GOOD} 다섯 번이에요. {STEP_KO}", KO) == []


@pytest.mark.parametrize(
    ("body", "item"),
    [
        (f"오늘도 마음 편하게 지내 봐요. {STEP_KO}", "no_fact"),
        # The number alone is no fact: its unit is missing, or it is of the circumstances.
        (f"{HABIT_TOKEN} 5, 좋은 숫자예요. {STEP_KO}", "no_fact"),
        (f"지난 한 주에 {HABIT_TOKEN} 할 날이 7일이었어요. {STEP_KO}", "no_fact"),
        (f"{GOOD} 좋은 한 주였어요.", "no_step"),
    ],
)
def test_a_text_without_a_fact_or_without_the_next_step_is_stopped(body, item):
    assert output_gate.failures("좋은 하루예요", body, KO) == [item]


def test_empty_and_endless_texts_are_stopped():
    assert "empty" in output_gate.failures("", GOOD, KO)
    assert "empty" in output_gate.failures("두 줄\n제목이에요", GOOD, KO)
    assert "too_long" in output_gate.failures("제목이에요", f"{GOOD} {'좋아요. ' * 100}그래요.", KO)


ONES = ["", "한", "두", "세", "네", "다섯", "여섯", "일곱", "여덟", "아홉"]
TENS = ["", "열", "스물", "서른", "마흔", "쉰", "예순", "일흔", "여든", "아흔"]
ENGLISH = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen"]  # fmt: skip
ENGLISH_TENS = ["", "", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]


def as_word(number, language):
    if number == 1:
        return "99"
    if language == "en":
        tens, ones = divmod(number, 10)
        return ENGLISH[number] if number < 20 else ENGLISH_TENS[tens] + (f"-{ENGLISH[ones]}" if ones else "")
    native = TENS[number // 10] + ONES[number % 10]
    return "스무" if native == "스물" else native


def test_of_two_thousand_texts_with_another_number_or_weekday_none_passes():
    rng = Random(5)  # noqa: S311
    contexts = list(prompt_evaluation.sample_contexts("motivation"))
    for _ in range(2_000):
        context = rng.choice(contexts)
        known = output_gate.known_numbers(context)
        number = next(str(n) for n in iter(lambda: rng.randint(1, 400), None) if str(n) not in known)
        shown = rng.choice(
            [number, f"{int(number):,}", number.translate(str.maketrans("0123456789", "０１２３４５６７８９"))]
        )
        if number.isdigit() and int(number) < 100 and rng.random() < 0.5:
            shown = as_word(int(number), context.language)
        good = habit_tokens.without_ids(context.facts[0].text)
        extra = f"그리고 {shown} 번이에요." if context.language == "ko" else f"And {shown} more."
        assert "foreign_number" in output_gate.failures("A", f"{good} {extra}", context), (good, extra)


def test_what_our_templates_write_passes():
    for template in seeded.templates():
        for context in prompt_evaluation.sample_contexts(template.message_type):
            written = composition.write(template, context, habit=composition.habit_token(context))
            hidden = [habit_tokens.without_ids(text) for text in (written.title, written.body)]
            assert output_gate.failures(*hidden, context) == []


def sample(message_type, kind, step, language="ko"):
    """A context of the evaluation with this kind of fact and this kind of step."""
    steps = {one.kind: one for one in prompt_evaluation.sample_steps(language)}
    return prompt_evaluation.sample_context(message_type, kind, steps[step], language, turn=0)


def good(context):
    return habit_tokens.without_ids(f"{context.facts[0].text} {context.step.text}")


# Items of one type: the type, its fact and step, a sentence that fails it, and one like it that does not.
OF_A_TYPE = {
    "praise_unearned": [
        ("advice", "fewer", "anchor", "ko", "정말 잘하고 있어요.", "기록을 같이 봤어요."),
        ("motivation", "away", "tiny", "ko", "참 대단해요.", "다시 오는 길은 가까워요."),
        ("motivation", "away", "tiny", "en", "You are doing great work.", "The way back is short."),
    ],
    "demands": [
        ("challenge", "week", "goal", "ko", "끝까지 해내세요.", "내키면 해 봐도 좋아요."),
        ("challenge", "week", "goal", "en", "You should go further.", "It is yours to choose."),
    ],
    "belittles": [
        ("challenge", "week", "goal", "ko", "이것만으로는 심심해요.", "지금 크기도 좋아요."),
        ("advice", "hard_weekday", "plan_weekday", "ko", "아직 많이 부족해요.", "그날만 다르게 해도 돼요."),
    ],
    "too_early": [
        ("motivation", "week", "tomorrow", "ko", "오늘 바로 해 봐요.", "오늘은 마음을 놓아도 돼요."),
        ("motivation", "week", "resting", "en", "Start it now.", "Rest is part of the plan."),
    ],
}


@pytest.mark.parametrize(
    ("item", "case"), [(item, case) for item, cases in OF_A_TYPE.items() for case in cases], ids=str
)
def test_each_type_has_items_of_its_own(item, case):
    message_type, kind, step, language, bad, fine = case
    context = sample(message_type, kind, step, language)
    title = "기록을 봤어요" if language == "ko" else "A look at the record"

    assert item in output_gate.failures(title, f"{good(context)} {bad}", context)
    assert output_gate.failures(title, f"{good(context)} {fine}", context) == []


@pytest.mark.parametrize(("message_type", "kind"), [("advice", "fewer"), ("challenge", "week")])
def test_advice_and_a_challenge_say_what_they_rest_on(message_type, kind):
    context = sample(message_type, kind, "anchor" if message_type == "advice" else "goal")
    other = sample(message_type, "hour", "goal").facts[0]
    both = context.model_copy(update={"facts": [context.facts[0], other]})
    said = habit_tokens.without_ids(f"{other.text} {context.step.text}")

    assert output_gate.failures("기록을 봤어요", said, both) == ["reason_untold"]


def test_an_item_of_one_type_is_none_of_another():
    context = sample("celebration", "streak", "tomorrow")

    assert output_gate.failures("기록을 봤어요", f"{good(context)} 정말 잘하고 있어요.", context) == []


def test_a_message_about_no_habit_has_no_token():
    context = sample("motivation", "week", "look_back")
    facts = [context.facts[0].model_copy(update={"habit_id": None})]
    none = context.model_copy(update={"facts": facts, "step": context.step.model_copy(update={"habit_id": None})})

    assert "markup" in output_gate.failures("기록을 봤어요", good(context), none)
