"""Guesses an imported habit's category from its category elsewhere, else from its name."""

from collections.abc import Sequence

from habits.models import HabitCategory
from habits.transfer.parsed_file import ParsedHabit

# Beginnings of words: "medit" matches meditation and meditate. Tried in this order.
KEYWORDS = {
    "exercise": "exerc workout fitness sport run jog walk gym push-up pushup squat swim bike cycl stretch yoga plank hik"
    " 운동 걷 걸 뛰 달리 산책 헬스 스트레칭 요가 수영 자전거 등산 스쿼트 근력 플랭크",
    "mindfulness": "mind medit breath grat journal pray relax calm 명상 마음 호흡 감사 일기 기도 쉬",
    "learning": "learn stud read book lang english duolingo course lesson 공부 학습 읽 독서 책 영어 외국어 단어 강의",
    "relationships": "famil friend relation call mom dad social 가족 친구 관계 부모 엄마 아빠 연락 안부",
    "creativity": "creat art draw paint writ music guitar piano sing photo 창의 그림 그리 글쓰 음악 악기 피아노 기타 노래 사진",
    "productivity": "product work job clean tidy chore plan todo money budg time project 정리 청소 계획 가계부 업무 일찍",
    "health": "health water drink sleep eat diet food vitam medic teeth smok alcohol caff sugar weight bed"
    " 건강 물 잠 수면 밥 아침 식단 채소 영양제 약 양치 금연 금주 커피 체중",
}
DEFAULT = "health"


class CategoryGuess:
    def __init__(self, categories: Sequence[HabitCategory]):
        self._by_name = {one.name: one for one in categories} | {one.name_en: one for one in categories}
        self._default = self._by_name.get(DEFAULT) or categories[0]

    def of(self, parsed: ParsedHabit) -> HabitCategory:
        if parsed.category in self._by_name:
            return self._by_name[parsed.category]
        for text in (parsed.category, parsed.name):
            guess = _category_of(text)
            if guess in self._by_name:
                return self._by_name[guess]
        return self._default


def _category_of(text: str) -> str:
    words = text.casefold().replace("&", " ").split()
    for name, beginnings in KEYWORDS.items():
        if any(word.startswith(tuple(beginnings.split())) for word in words):
            return name
    return ""
