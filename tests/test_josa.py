import pytest

from core.josa import josa


@pytest.mark.parametrize(
    ("word", "pair", "said"),
    [
        ("명상", "이/가", "명상이"),
        ("물 8잔 마시기", "이/가", "물 8잔 마시기가"),
        ("커피 2잔 이하", "을/를", "커피 2잔 이하를"),
        ("그림 한 장", "은/는", "그림 한 장은"),
        ("스쿼트 30개", "과/와", "스쿼트 30개와"),
        ("서울", "으로/로", "서울로"),
        ("집", "으로/로", "집으로"),
        ("학교", "으로/로", "학교로"),
    ],
)
def test_hangul_takes_the_particle_of_its_last_syllable(word, pair, said):
    assert josa(word, pair) == said


@pytest.mark.parametrize(
    ("word", "said"),
    [
        ("눈 쉬기 20-20-20", "눈 쉬기 20-20-20을"),
        ("명상 3", "명상 3을"),
        ("명상 4", "명상 4를"),
        ("달리기 3km", "달리기 3km를"),
        ("아령 5 kg", "아령 5 kg을"),
    ],
)
def test_numbers_and_units_are_read_in_korean(word, said):
    assert josa(word, "을/를") == said


def test_a_seven_is_read_with_rieul():
    assert josa("창구 7", "으로/로") == "창구 7로"


@pytest.mark.parametrize("word", ["책 읽기 🙂", "책 읽기...", "‘책 읽기’"])
def test_marks_and_emoji_at_the_end_are_not_heard(word):
    assert josa(word, "은/는") == f"{word}는"


@pytest.mark.parametrize(
    ("word", "said"),
    [
        ("걷기(아침)", "걷기(아침)가"),
        ("명상 (저녁 10분)", "명상 (저녁 10분)이"),
        ("달리기[공원](새벽)", "달리기[공원](새벽)가"),
        ("50%", "50%가"),
        ("물 100% 마시기", "물 100% 마시기가"),
        ("TV", "TV가"),
        ("집에서 XL", "집에서 XL이"),
        ("BPM", "BPM이"),
        ("8kcal", "8kcal가"),
        ("30min", "30min이"),
        ("2h", "2h이"),
        ("물 2ℓ", "물 2ℓ가"),
        ("23℃", "23℃가"),
    ],
)
def test_brackets_are_not_read_and_signs_and_capitals_are(word, said):
    assert josa(word, "이/가") == said


@pytest.mark.parametrize("word", ["book", "", "🙂", "100 steps", "push-ups", "(아침 book)"])
def test_a_word_of_unknown_sound_shows_both_particles(word):
    assert josa(word, "을/를") == f"{word}을(를)"


@pytest.mark.parametrize(
    ("word", "said"),
    [
        ("모형 3D", "모형 3D가"),
        ("연필 4B", "연필 4B가"),
        ("연필 2H", "연필 2H가"),
        ("걷기 10K", "걷기 10K가"),
        ("책 30p", "책 30p가"),
        ("옷 3XL", "옷 3XL이"),
        ("데드리프트 1RM", "데드리프트 1RM이"),
        ("물 2L", "물 2L가"),
        ("수영 500M", "수영 500M가"),
        ("달리기 5KM", "달리기 5KM가"),
        ("아령 10KG", "아령 10KG이"),
        ("플랭크 30s", "플랭크 30s가"),
        ("아령 3세트", "아령 3세트가"),
        ("아령 3set", "아령 3set가"),
        ("퀴즈 5n", "퀴즈 5n이"),
        ("‘책 30p’", "‘책 30p’가"),
        ("듣기 MP3", "듣기 MP3가"),
        ("영양제 Omega-3", "영양제 Omega-3가"),
        ("오메가3", "오메가3가"),
        ("명상 3", "명상 3이"),
        ("건반 A7", "건반 A7이"),
        ("운동 PT", "운동 PT가"),
    ],
)
def test_letters_after_a_number_are_read_as_units_or_by_their_names(word, said):
    assert josa(word, "이/가") == said


@pytest.mark.parametrize(
    ("word", "said"),
    [("옷 3XL", "옷 3XL로"), ("물 2L", "물 2L로"), ("연필 4B", "연필 4B로"), ("데드리프트 1RM", "데드리프트 1RM으로")],
)
def test_letters_with_rieul_take_ro(word, said):
    assert josa(word, "으로/로") == said


@pytest.mark.parametrize(
    ("word", "said"),
    [
        ("yoga", "yoga가"),
        ("Stretching", "Stretching이"),
        ("저녁 gym", "저녁 gym이"),
        ("journal", "journal이"),
        ("quiet time", "quiet time이"),
        ("one apple", "one apple이"),
        ("coffee", "coffee가"),
        ("squats", "squats가"),
        ("Netflix (주말)", "Netflix (주말)가"),
    ],
)
def test_an_english_word_is_read_by_its_last_letters(word, said):
    assert josa(word, "이/가") == said


def test_an_english_word_with_rieul_takes_ro():
    assert josa("journal", "으로/로") == "journal로"


@pytest.mark.parametrize("word", ["근력 3reps", "체력 5rounds"])
def test_an_unknown_unit_shows_both_particles(word):
    assert josa(word, "이/가") == f"{word}이(가)"
