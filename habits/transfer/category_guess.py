"""Which of our categories a habit of another app belongs to: by what it is filed under there, else by its name."""

from collections.abc import Sequence

from habits.models import HabitCategory
from habits.transfer.parse_result import FoundHabit

# Words that tell, as they begin: "medit" is meditation and to meditate. Asked in this order.
TELLING = {
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
OTHERWISE = "health"


class Guess:
    def __init__(self, categories: Sequence[HabitCategory]):
        self._by_name = {one.name_en: one for one in categories}
        self._first = self._by_name.get(OTHERWISE) or categories[0]

    def of(self, found: FoundHabit) -> HabitCategory:
        if found.category in self._by_name:
            return self._by_name[found.category]
        for text in (found.category, found.name):
            told = _told(text)
            if told in self._by_name:
                return self._by_name[told]
        return self._first


def _told(text: str) -> str:
    words = text.casefold().replace("&", " ").split()
    for name, beginnings in TELLING.items():
        if any(word.startswith(tuple(beginnings.split())) for word in words):
            return name
    return ""
