"""The re-encoder: its result is the picture alone, or a refusal; the calling process survives."""

import io
import os
import signal
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from PIL import Image

from files import images, reencoder
from files.images import NotAPhoto, PhotoRefused, TooLarge, TooManyPixels
from tests.files import pictures
from tests.waiting import eventually

TOO_LARGE = {
    "PNG of 50,000 by 50,000": TooManyPixels,
    "PNG bomb of 400 million pixels": TooManyPixels,
    "PNG a little over 25 million pixels": TooManyPixels,
    "JPEG of 65,500 by 65,500": TooManyPixels,
    "more than eight megabytes": TooLarge,
}


def cleaned(data: bytes, edge: int = 64) -> bytes | type[PhotoRefused]:
    try:
        return images.reencode(data, edge=edge)
    except PhotoRefused as refusal:
        return type(refusal)


def all_cleaned(files: dict[str, bytes]) -> dict[str, bytes | type[PhotoRefused]]:
    with ThreadPoolExecutor(2) as pool:
        return dict(zip(files, pool.map(cleaned, files.values()), strict=True))


def opened(data: bytes) -> Image.Image:
    return Image.open(io.BytesIO(data))


def children() -> set[int]:
    return {int(pid) for task in Path("/proc/self/task").iterdir() for pid in (task / "children").read_text().split()}


@pytest.mark.slow
def test_forty_hostile_files_are_refused():
    files = pictures.hostile()

    answers = all_cleaned(files)

    assert len(files) >= 40
    assert {name: answer for name, answer in answers.items() if isinstance(answer, bytes)} == {}
    assert {name: answers[name] for name in TOO_LARGE} == TOO_LARGE


@pytest.mark.slow
def test_what_a_photo_carries_stays_behind():
    answers = all_cleaned(pictures.disguised())

    for name, answer in answers.items():
        assert isinstance(answer, bytes), f"{name}: {answer}"
        photo = opened(answer)
        photo.load()
        assert photo.format == "JPEG", name
        assert dict(photo.getexif()) == {}, name
        assert photo.info.keys() <= {"jfif", "jfif_version", "jfif_unit", "jfif_density", "progressive", "progression"}
        assert b"secret" not in answer, name
        assert answer.endswith(b"\xff\xd9"), name


def test_a_photo_shows_what_it_showed():
    photo = opened(images.reencode(pictures.photo(640, 480), edge=64))

    assert photo.size == (64, 48)
    assert photo.getpixel((4, 4))[0] > 200 > 50 > photo.getpixel((4, 4))[2]
    assert photo.getpixel((60, 4))[2] > 200 > 50 > photo.getpixel((60, 4))[0]


def test_a_small_photo_is_not_made_larger():
    assert opened(images.reencode(pictures.photo(30, 20), edge=64)).size == (30, 20)


@pytest.mark.parametrize(
    ("orientation", "size", "red_at"),
    [(1, (64, 48), (4, 24)), (3, (64, 48), (60, 24)), (6, (48, 64), (24, 4)), (8, (48, 64), (24, 60))],
)
def test_a_photo_is_turned_upright(orientation, size, red_at):
    data = pictures.saved(pictures.drawn(), exif=pictures.exif(orientation))

    photo = opened(images.reencode(data, edge=64))

    assert photo.size == size
    assert photo.getpixel(red_at)[0] > 200


def test_glass_lies_on_white():
    empty = Image.new("RGBA", (8, 8), (0, 0, 0, 0))

    assert opened(images.reencode(pictures.saved(empty, "PNG"), edge=8)).getpixel((4, 4)) == (255, 255, 255)


def test_sixteen_bits_become_eight():
    grey = Image.new("I;16", (8, 8), 0x8000)

    assert opened(images.reencode(pictures.saved(grey, "PNG"), edge=8)).getpixel((4, 4))[0] in range(124, 133)


def test_a_killed_child_is_a_photo_refused():
    answers: list[object] = []
    slow = pictures.saved(Image.new("RGBA", (5000, 5000)), "PNG")
    before = children()
    asking = threading.Thread(target=lambda: answers.append(cleaned(slow)))

    asking.start()
    assert eventually(lambda: children() - before)
    os.kill((children() - before).pop(), signal.SIGKILL)
    asking.join()

    assert answers == [NotAPhoto]
    assert isinstance(cleaned(pictures.photo()), bytes)


def test_a_photo_that_takes_forever_is_given_up(monkeypatch):
    monkeypatch.setattr(images, "_TIMEOUT", 0.01)

    assert cleaned(pictures.photo()) is NotAPhoto


def test_who_gets_no_turn_is_asked_to_come_again(monkeypatch):
    monkeypatch.setattr(images, "_MAX_WAIT", 0.01)
    slow = pictures.saved(Image.new("RGBA", (3000, 3000)), "PNG")

    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(cleaned, [slow] * 4))

    assert answers.count(images.Busy) == 2
    assert isinstance(cleaned(pictures.photo()), bytes)


def test_the_child_has_no_secrets_and_little_room(monkeypatch, tmp_path):
    spy = tmp_path / "spy.py"
    spy.write_text("import os; print([name for name in os.environ if 'KEY' in name or 'URL' in name])")
    monkeypatch.setattr(images, "_CHILD", spy)
    monkeypatch.setenv("SECRET_KEY", "of ours")

    assert images.reencode(b"", edge=1) == b"[]\n"
    assert reencoder.MEMORY <= 640 * 1024 * 1024


def test_no_process_of_ours_decodes_pictures():
    code = "import django; django.setup(); import wellness.urls, files.tasks, files.thumbnails, sys; print('PIL' in sys.modules)"
    done = subprocess.run([sys.executable, "-W", "ignore", "-c", code], capture_output=True, text=True, check=False)

    assert done.stdout == "False\n", done.stderr
    assert images._TOO_MANY_PIXELS == reencoder.TOO_MANY_PIXELS
