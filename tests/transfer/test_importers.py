"""Each importer is complete, registered, and recognises its own files and no others."""

from importlib import import_module
from pathlib import Path

import pytest

from habits.models import HabitImport
from habits.transfer import importers
from habits.transfer.importers.registry import BY_KEY, IMPORTERS
from habits.transfer.upload_contents import Upload
from tests.transfer import files

SAMPLES = {
    "loop": [files.loop_zip(), files.old_loop_zip(), files.loop_db()],
    "habitbull": [files.habitbull("Read,,,2026-11-07,1,")],
    "habitica": [files.habitica()],
    "beaver": [files.beaver({"name": "A", "records": []})],
    "habittrove": [files.habittrove({"name": "A", "completions": []})],
    "wellness": [files.our_json()],
    "wellness_csv": [(Path(__file__).parent / "samples" / "wellness-habits.csv").read_bytes()],
}
MODULES = sorted(path.stem for path in Path(importers.__file__).parent.glob("*.py"))


def test_every_importer_is_registered_once():
    modules = [import_module(f"habits.transfer.importers.{name}") for name in MODULES if name != "__init__"]
    found = [module.IMPORTER for module in modules if hasattr(module, "IMPORTER")]

    assert sorted(one.key for one in IMPORTERS) == sorted(one.key for one in found)
    assert len(BY_KEY) == len(IMPORTERS)


@pytest.mark.parametrize("importer", IMPORTERS, ids=lambda importer: importer.key)
def test_an_importer_says_what_the_upload_page_and_the_row_need(importer):
    assert importer.label
    assert str(importer.instructions)
    assert len(importer.key) <= HabitImport._meta.get_field("source").max_length


@pytest.mark.parametrize("importer", IMPORTERS, ids=lambda importer: importer.key)
def test_an_importer_recognises_its_samples_alone(importer):
    for sample in SAMPLES[importer.key]:
        assert [one.key for one in IMPORTERS if one.recognises(Upload(sample))] == [importer.key]
        assert importer.read(Upload(sample), today=files.TODAY, zone="UTC").source == importer.key
