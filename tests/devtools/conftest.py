import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from devtools import embedded


@pytest.fixture
def home() -> Iterator[Path]:
    """A data folder inside somebody's closed folder, with a name that must be quoted everywhere."""
    with _closed_home() as home:
        yield home


@pytest.fixture(scope="module")
def running() -> Iterator[Path]:
    """Such a folder with its servers running, for tests that only look."""
    with _closed_home() as home:
        embedded.start(home)
        yield home


@pytest.fixture
def open_home() -> Iterator[Path]:
    """A data folder that every account can reach."""
    with tempfile.TemporaryDirectory() as opened:
        Path(opened).chmod(0o755)
        yield Path(opened, "home")
        embedded.stop(Path(opened, "home"))


@contextmanager
def _closed_home() -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as closed:
        home = Path(closed, "우리 집 'n' $HOME", "웰니스")
        yield home
        embedded.stop(home)
        shutil.rmtree((home / "data").resolve(), ignore_errors=True)
