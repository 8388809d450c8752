"""The gate lets good texts pass and stops each kind of bad one, in Korean and English."""

from random import Random

import pytest

from coaching import composition, output_gate, prompt_evaluation
from coaching.context import HABIT_TOKEN
from tests.coaching import seeded

KO = next(c for c in prompt_evaluation.sample_contexts("motivation") if c.facts[0].kind == "week")
EN = next(
    c for c in prompt_evaluation.sample_contexts("motivation") if c.facts[0].kind == "week" and c.language == "en"
)
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
    "foreign_number": ["지난 한 주에 9번 했어요.", "９번이에요.", "2.5번이에요."],
    "foreign_weekday": ["화요일에 가장 잘돼요."],
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
    "foreign_weekday": "Tuesday is your best day.",
    "language": "지난 한 주에 5번 했어요.",
}


@pytest.mark.parametrize(("item", "sentence"), [(item, one) for item, found in BAD.items() for one in found])
def test_each_kind_of_bad_sentence_is_stopped(item, sentence):
    assert item in output_gate.failures("한 주를 봤어요", f"{GOOD} {sentence}", KO)


@pytest.mark.parametrize(("item", "sentence"), BAD_EN.items())
def test_the_same_in_english(item, sentence):
    good = f"You did {HABIT_TOKEN} 5 of 7 times last week."
    assert output_gate.failures("A look at the week", f"{good} Do it once today.", EN) == []
    assert item in output_gate.failures("A look at the week", f"{good} {sentence}", EN)


def test_a_text_without_a_fact_of_the_record_is_stopped():
    assert "no_substance" in output_gate.failures("좋은 하루예요", "오늘도 마음 편하게 지내 봐요. 천천히 해요.", KO)


def test_empty_and_endless_texts_are_stopped():
    assert "empty" in output_gate.failures("", GOOD, KO)
    assert "empty" in output_gate.failures("두 줄\n제목이에요", GOOD, KO)
    assert "too_long" in output_gate.failures("제목이에요", f"{GOOD} {'좋아요. ' * 100}그래요.", KO)


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
        good = context.facts[0].text.replace(prompt_evaluation.NAMES[context.language], HABIT_TOKEN)
        extra = f"그리고 {shown}번이에요." if context.language == "ko" else f"And {shown} more."
        assert "foreign_number" in output_gate.failures("A", f"{good} {extra}", context), (good, extra)


def test_what_our_templates_write_passes():
    for template in seeded.templates():
        for context in prompt_evaluation.sample_contexts(template.message_type):
            written = composition.write(template, context, habit=prompt_evaluation.NAMES[context.language])
            hidden = [
                text.replace(prompt_evaluation.NAMES[context.language], HABIT_TOKEN)
                for text in (written.title, written.body)
            ]
            assert output_gate.failures(*hidden, context) == []
