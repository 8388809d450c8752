"""Weak passwords are rejected; passphrases are accepted.

Weak are common passwords, keyboard runs, and Korean words in either layout.
"""

import hashlib
import random
import string
import threading
import unicodedata
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from django.contrib.auth.hashers import identify_hasher
from django.contrib.auth.password_validation import CommonPasswordValidator
from django.core.exceptions import ValidationError

from accounts import keyboards, passwords, validators
from accounts.models import User
from accounts.passwords import Weakness, weakness
from devtools.seeding.demo import PASSWORD as DEMO_PASSWORD

# Typed by hand on a 두벌식 keyboard, independently of our table.
TYPED = {
    "qlalfqjsgh": "비밀번호",
    "tkfkdgo": "사랑해",
    "tkfkdgody": "사랑해요",
    "dkssudgktpdy": "안녕하세요",
    "eogksalsrnr": "대한민국",
    "rlaclrhlanf": "김치괴물",
    "ehreh": "독도",
    "dlstkd": "인상",
    "Whkdrn": "쫭구",
    "ekfrrkfql": "닭갈비",
    "rhkstpdmaqhtkf": "관세음보살",
    "dkssud": "안녕",
    "djaak": "엄마",
    "tkfkd": "사랑",
    "dlfdltka": "일이삼",
    "rkskek": "가나다",
    "wlfkf": "지랄",
}


def test_keys_and_syllables_are_each_others():
    for keys, written in TYPED.items():
        assert keyboards.to_hangul(keys) == written, keys
        assert keyboards.to_keys(written) == keys, written
    everything = "".join(map(chr, range(0xAC00, 0xD7A4)))
    assert keyboards.to_hangul(keyboards.to_keys("가".join(everything))) == "가".join(everything)


def test_three_thousand_that_leaked_most_are_refused_on_either_layout():
    leaked = sorted(word for word in CommonPasswordValidator().passwords if len(word) >= 8 and word.isascii())[:3000]

    assert len(leaked) == 3000
    assert [word for word in leaked if weakness(word) is None] == []
    assert [word for word in leaked if weakness(word.capitalize()) is None] == []
    other_layout = [keyboards.to_hangul(word) for word in leaked if word.islower() and word.isalpha()]
    assert [word for word in other_layout if len(word) >= 8 and weakness(word) is None] == []


def test_korean_words_are_refused_however_they_are_typed():
    words = [word for file in passwords.CONTENT.glob("*.txt") for word in file.read_text().split() if word[0] >= "가"]
    spellings = [
        spelled
        for word in words
        for keys in [keyboards.to_keys(word)]
        for spelled in (
            keys,
            f"{keys}1234",
            keys[:1].upper() + keys[1:] + "!1",
            f"{word}20261122",
            f"{word} {word}!!",
            keys * 2,
        )
        if len(spelled) >= 8
    ]

    assert len(spellings) > 3000
    assert [spelled for spelled in spellings if weakness(spelled) is None] == []


@pytest.mark.parametrize(
    ("password", "why"),
    [
        ("qlalfqjsgh", Weakness.OTHER_LAYOUT),
        ("tkfkdgody1!", Weakness.OTHER_LAYOUT),
        ("Tkfkdgody12", Weakness.OTHER_LAYOUT),
        ("rlaalswns", Weakness.OTHER_LAYOUT),  # 김민준
        ("김민준19980301", Weakness.COMMON),
        ("ㅔㅁㄴㄴ재ㄱㅇ1", Weakness.OTHER_LAYOUT),  # password
        ("ㅂㅈㄷㄱㅁㄴㅇㄹ", Weakness.RUN),
        ("ㅋㅋㅋㅋㅋㅋㅋㅋ", Weakness.RUN),
        ("qwer1234", Weakness.RUN),
        ("1q2w3e4r", Weakness.RUN),
        ("1qaz2wsx", Weakness.RUN),
        ("qwertyuiop", Weakness.RUN),
        ("!@#$%^&*", Weakness.RUN),
        ("abcd1234", Weakness.RUN),
        ("abababab", Weakness.RUN),
        ("p@ssw0rd", Weakness.COMMON),
        ("P@ssw0rd2026!", Weakness.COMMON),
        ("iloveyou!", Weakness.COMMON),
        ("사랑해사랑해사랑해", Weakness.COMMON),
        ("엄마 사랑해 1", Weakness.COMMON),
        ("비밀번호비밀번호", Weakness.COMMON),
        ("saranghae7", Weakness.COMMON),
        ("19980301", Weakness.NUMBER),
        ("０１０１２３４５６７８", Weakness.NUMBER),
        ("느린 아침", Weakness.SHORT),
        ("가" * 300, Weakness.LONG),
        ("jiwoo.kim7!", Weakness.OWN),
        ("바람개비1234", Weakness.OWN),
    ],
)
def test_what_is_guessed_first_is_refused_with_its_reason(password, why):
    assert weakness(password, own=("jiwoo.kim@example.com", "바람개비")) == why
    assert weakness(unicodedata.normalize("NFD", password), own=("jiwoo.kim@example.com", "바람개비")) == why


@pytest.mark.parametrize(
    "password",
    [
        "느린 아침 산책 7",
        "조용한 저녁 책 20쪽",
        "correct horse battery staple",
        "코끼리는 냉장고를 싫어해",
        "smflsdkclatkscor",  # 느린아침산책
        "kX9#vTqw",
        "물 여덟 잔 마시기",
        DEMO_PASSWORD,
    ],
)
def test_passphrases_are_welcome(password):
    assert weakness(password, own=("jiwoo@example.com", "지우")) is None


def test_what_a_password_manager_makes_passes():
    dice = random.Random(7)  # noqa: S311
    signs = string.ascii_letters + string.digits + "!@#$%-_"
    made = ["".join(dice.choices(signs, k=12)) for _time in range(2000)]

    assert [password for password in made if weakness(password)] == []


@pytest.mark.django_db
def test_one_password_in_two_spellings_opens_alike():
    person = User(email="jiwoo@example.com")

    person.set_password(unicodedata.normalize("NFD", "느린 아침 산책 ７"))

    assert person.check_password("느린 아침 산책 7")
    assert not person.check_password("느린 아침 산책 8")


def test_passwords_are_kept_as_argon2id(settings):
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
    person = User(email="jiwoo@example.com")

    person.set_password("느린 아침 산책 7")

    assert identify_hasher(person.password).algorithm == "argon2"
    assert "$argon2id$" in person.password


LEAKED = "바다 거북이 세 마리"


@pytest.fixture
def register(settings):
    """A fake service for leaked passwords, and the requests it received."""
    asked = []
    digest = hashlib.sha1(LEAKED.encode(), usedforsecurity=False).hexdigest().upper()

    class Register(BaseHTTPRequestHandler):
        def do_GET(self):
            asked.append(self.path)
            body = f"{digest[5:]}:12\r\n{'0' * 35}:0\r\n".encode() if self.path.endswith(digest[:5]) else b""
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_args):
            """Logs nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Register) as server:
        threading.Thread(target=server.serve_forever, args=[0.01], daemon=True).start()
        settings.BREACHED_PASSWORDS_URL = f"http://127.0.0.1:{server.server_port}"
        yield asked
        server.shutdown()


def test_a_register_of_leaked_passwords_learns_five_digits(register):
    with pytest.raises(ValidationError, match="새어 나간"):
        validators.PasswordValidator().validate(LEAKED)
    validators.PasswordValidator().validate("느린 아침 산책 7")

    assert [len(path) for path in register] == [len("/range/12345")] * 2


def test_no_register_and_a_silent_one_let_everybody_in(settings):
    assert settings.BREACHED_PASSWORDS_URL == ""
    settings.BREACHED_PASSWORDS_URL = "http://127.0.0.1:1"

    validators.PasswordValidator().validate(LEAKED)
