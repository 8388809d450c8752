"""Sealed columns as seen by the application and by the database."""

import unicodedata

import pytest
from django.core.exceptions import FieldError
from django.db import IntegrityError, connection
from django.db.models import F, Min, Window
from django.db.models.functions import Lower, RowNumber

from accounts.models import User, UserSocialAccount
from core.crypto import keyring
from core.crypto.sealing import Unreadable
from habits.models import HabitLog
from tests.at_once import at_once
from tests.factories.accounts import UserFactory, UserSocialAccountFactory
from tests.factories.habits import HabitLogFactory
from tests.factories.rest import CoachingMessageFactory

SPELLINGS = {
    "as it was": "jiwoo@example.com",
    "other letters": "JiWoo@Example.COM",
    "spaces": "  jiwoo@example.com\t",
    "full width": "ｊｉｗｏｏ＠ｅｘａｍｐｌｅ．ｃｏｍ",
}


def in_database(table: str, column: str) -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {column}::text FROM {table} ORDER BY id")
        return [value for (value,) in cursor.fetchall()]


def write(sql: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql)


@pytest.fixture
def jiwoo(db) -> User:
    UserFactory(email="jiwoo@example.com", name="지우")
    return User.objects.get()


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("factory", "table", "column"),
    [
        (UserFactory, "users", "email"),
        (UserFactory, "users", "name"),
        (UserFactory, "users", "bio"),
        (UserSocialAccountFactory, "user_social_accounts", "access_token"),
        (UserSocialAccountFactory, "user_social_accounts", "refresh_token"),
        (HabitLogFactory, "habit_logs", "notes"),
        (CoachingMessageFactory, "coaching_messages", "user_feedback"),
    ],
)
def test_the_database_holds_cipher_text(factory, table, column):
    row = factory(**{column: "비밀스러운 이야기"})

    (sealed,) = in_database(table, column)
    assert sealed.startswith(f"{keyring.current().primary}:")
    assert "비밀" not in sealed
    assert getattr(type(row).objects.get(pk=row.pk), column) == "비밀스러운 이야기"


def test_values_show_cipher_text_only(jiwoo):
    (row,) = User.objects.values("email", "name")

    assert [row["email"], row["name"]] == [*in_database("users", "email"), *in_database("users", "name")]


def test_a_row_moved_onto_another_does_not_open(jiwoo):
    other = UserFactory()

    write(f"UPDATE users SET name = (SELECT name FROM users WHERE id = '{other.pk}') WHERE id = '{jiwoo.pk}'")

    with pytest.raises(Unreadable):
        User.objects.get(pk=jiwoo.pk).name  # noqa: B018 - reading the attribute opens the value


def test_a_column_moved_onto_another_does_not_open(jiwoo):
    User.objects.update(bio=F("name"))

    with pytest.raises(Unreadable):
        User.objects.get().bio  # noqa: B018


def test_plain_text_in_a_sealed_column_does_not_open(jiwoo):
    write("UPDATE users SET name = '지우'")

    with pytest.raises(Unreadable):
        User.objects.get().name  # noqa: B018


@pytest.mark.parametrize("look", [False, True], ids=["unread", "read"])
def test_what_did_not_change_is_saved_unchanged(jiwoo, look):
    before = in_database("users", "name")
    if look:
        assert jiwoo.name == "지우"

    jiwoo.save()

    assert in_database("users", "name") == before


def test_a_value_that_came_back_from_the_database_is_saved_unchanged(jiwoo):
    User.objects.filter(pk=jiwoo.pk).update(language="en")
    before = in_database("users", "name")

    jiwoo.refresh_from_db()
    jiwoo.save()

    assert (jiwoo.name, jiwoo.language, in_database("users", "name")) == ("지우", "en", before)


def test_a_change_is_saved_and_found_by_its_new_address(jiwoo):
    jiwoo.name, jiwoo.email = "서준", "seojun@example.com"

    jiwoo.save(update_fields=["name", "email"])

    assert User.objects.get(email="seojun@example.com").name == "서준"
    assert not User.objects.filter(email="jiwoo@example.com").exists()


def test_a_copy_is_sealed_for_its_own_row(jiwoo):
    assert (jiwoo.name, jiwoo.email) == ("지우", "jiwoo@example.com")
    jiwoo.pk, jiwoo._state.adding, jiwoo.email = None, True, "copy@example.com"

    jiwoo.save()

    assert {user.name for user in User.objects.all()} == {"지우"}


def test_a_copy_of_what_was_never_opened_is_refused(jiwoo):
    jiwoo.pk, jiwoo._state.adding = None, True

    with pytest.raises(Unreadable):
        jiwoo.save()


def test_deferred_columns_open_when_somebody_looks(jiwoo):
    slim = User.objects.only("pk").get()

    assert (slim.get_deferred_fields() >= {"email", "name"}, slim.name) == (True, "지우")


def test_saving_without_the_address_keeps_its_index(jiwoo):
    User.objects.defer("email", "name").get().save()

    assert User.objects.get(email="jiwoo@example.com").email == "jiwoo@example.com"


@pytest.mark.django_db
def test_rows_made_in_bulk_are_sealed_and_found():
    User.objects.bulk_create([User(email=f"Many{number}@example.com", name="여럿") for number in range(3)])

    assert User.objects.get(email="many1@example.com").name == "여럿"
    assert len(set(in_database("users", "name"))) == 3


@pytest.mark.parametrize("change", [{"name": "지우"}, {"email": "jiwoo@example.com"}])
def test_plain_text_past_the_instance_is_refused(jiwoo, change):
    with pytest.raises(TypeError, match="plain text would reach the database"):
        User.objects.update(**change)


def test_plain_text_in_a_bulk_update_is_refused(jiwoo):
    jiwoo.name = "서준"

    with pytest.raises(TypeError, match="plain text would reach the database"):
        User.objects.bulk_update([jiwoo], ["name"])


@pytest.mark.parametrize("spelling", SPELLINGS.values(), ids=SPELLINGS)
def test_an_address_is_found_however_it_is_spelled(jiwoo, spelling):
    UserFactory()

    found = User.objects
    assert list(found.filter(email=spelling)) == list(found.filter(email__in=[spelling])) == [jiwoo]
    assert list(found.exclude(email__iexact=spelling)) == list(found.exclude(pk=jiwoo.pk))


def test_a_domain_in_hangul_has_one_spelling_too(db):
    user = UserFactory(email="jiwoo@한글.kr")

    decomposed = unicodedata.normalize("NFD", "jiwoo@한글.kr")
    assert decomposed != "jiwoo@한글.kr"
    assert User.objects.get(email=decomposed) == User.objects.get(email="jiwoo@xn--bj0bj06e.kr") == user


def test_no_address_finds_nobody(jiwoo):
    assert not User.objects.filter(email__in=[]).exists()
    assert not User.objects.filter(email__in=["", None]).exists()
    assert not User.objects.filter(email="").exists()


@pytest.mark.parametrize(
    "question",
    [
        {"name": "지우"},
        {"name__in": ["지우"]},
        {"name__contains": "지"},
        {"email__contains": "jiwoo"},
        {"email__startswith": "j"},
        {"email__gt": "j"},
        {"email__regex": "."},
        {"email__lower": "jiwoo@example.com"},
        {"email__length": 17},
        {"email": F("name")},
        {"email": Lower("name")},
        {"email__in": User.objects.values("email")},
    ],
    ids=lambda question: next(iter(question)),
)
def test_questions_that_cipher_text_cannot_answer_are_refused(jiwoo, question):
    with pytest.raises(FieldError, match="sealed"):
        list(User.objects.filter(**question))


@pytest.mark.django_db
def test_whether_there_is_a_note_can_be_asked():
    noted = HabitLogFactory(notes="비가 왔어요")
    HabitLogFactory()
    UserSocialAccountFactory(access_token=None)

    assert list(HabitLog.objects.filter(notes__isnull=False)) == [noted]
    assert UserSocialAccount.objects.filter(access_token__isnull=True).count() == 1


def test_one_address_is_one_account_in_any_spelling(jiwoo):
    with pytest.raises(IntegrityError, match="idx_users_email") as refusal:
        UserFactory(email="JIWOO@example.com")

    assert "jiwoo" not in str(refusal.value).lower()


def test_of_sixteen_at_once_one_gets_the_address(committed):
    spellings = list(SPELLINGS.values())

    made = at_once(16, lambda number: User.objects.create_user(spellings[number % 4], name="지우"))

    assert sorted(type(one).__name__ for one in made) == ["IntegrityError"] * 15 + ["User"]
    assert User.objects.filter(email="jiwoo@example.com").count() == 1


@pytest.mark.parametrize(
    "ask",
    [
        lambda: User.objects.order_by("name"),
        lambda: User.objects.order_by("-email"),
        lambda: User.objects.order_by(Lower("bio")),
        lambda: User.objects.order_by(F("name").desc(nulls_last=True)),
        lambda: HabitLog.objects.order_by("user_habit__user__name"),
        lambda: User.objects.aggregate(first=Min("name")),
        lambda: User.objects.annotate(place=Window(RowNumber(), order_by="name")),
    ],
)
@pytest.mark.django_db
def test_what_is_sealed_has_no_order(ask):
    with pytest.raises(FieldError, match="sealed"):
        list(ask())


@pytest.mark.django_db
def test_what_is_not_sealed_is_put_in_order(jiwoo):
    assert list(User.objects.order_by("created_at", "pk")) == [jiwoo]
