"""Photos in an S3 bucket: moto's server on this machine, with the settings of an operator."""

import datetime as dt
import io
import runpy
import zipfile

import boto3
import pytest
from django.conf import settings as current
from moto.server import ThreadedMotoServer

from files import cleanup, links, storage, thumbnails
from files.models import UploadedFile
from tests.factories.accounts import PASSWORD
from tests.files import pictures
from tests.files.conftest import NOW, store_photo
from wellness.privacy import exports

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

BUCKET, REGION = "photos-of-tests", "ap-northeast-2"


@pytest.fixture(scope="module")
def server():
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture(scope="module")
def s3(server):
    client = boto3.client(
        "s3", endpoint_url=server, region_name=REGION, aws_access_key_id="id", aws_secret_access_key="key"
    )
    client.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": REGION})
    return client


def use(settings, monkeypatch, server, **more):
    """Reads the settings from these variables."""
    given = {
        "UPLOADS_BUCKET": BUCKET,
        "UPLOADS_REGION": REGION,
        "UPLOADS_ENDPOINT": server,
        "UPLOADS_ADDRESSING": "path",
        "UPLOADS_ACCESS_KEY": "id",
        "UPLOADS_SECRET_KEY": "key",
    } | more
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    read = runpy.run_path(str(current.BASE_DIR / "wellness" / "settings.py"))
    settings.STORAGES, settings.UPLOADS_PROVIDER = read["STORAGES"], read["UPLOADS_PROVIDER"]


def names(s3) -> list[str]:
    return [one["Key"] for one in s3.list_objects_v2(Bucket=BUCKET).get("Contents", [])]


def test_a_photo_lives_and_dies_in_the_bucket_encrypted_and_closed(
    s3, server, settings, monkeypatch, signed_in, person
):
    use(settings, monkeypatch, server)

    file = store_photo(person, pictures.photo(800, 600))
    thumbnails.make_waiting(lambda: NOW)
    heads = [s3.head_object(Bucket=BUCKET, Key=path) for path in file.paths]
    grants = s3.get_object_acl(Bucket=BUCKET, Key=file.storage_path)["Grants"]
    shown = signed_in.get(links.signed_address(file, "full", at=dt.datetime.now(dt.UTC)))

    assert file.storage_provider == "aws_s3"
    assert [head["ServerSideEncryption"] for head in heads] == ["AES256", "AES256"]
    assert [grant["Grantee"]["Type"] for grant in grants] == ["CanonicalUser"]
    assert b"".join(shown.streaming_content) == pictures.photo(800, 600)

    storage.remove(UploadedFile.objects.all())
    cleanup.sweep(NOW)
    assert names(s3) == []


def test_a_key_of_the_operators_encrypts(s3, server, settings, monkeypatch, person):
    use(settings, monkeypatch, server, UPLOADS_KMS_KEY="alias/photos")

    file = store_photo(person)

    head = s3.head_object(Bucket=BUCKET, Key=file.storage_path)
    assert (head["ServerSideEncryption"], head["SSEKMSKeyId"]) == ("aws:kms", "alias/photos")
    storage.erase(file)


def test_bytes_that_no_row_knows_are_found_in_the_bucket(s3, server, settings, monkeypatch, stored_photo):
    use(settings, monkeypatch, server)
    stored_photo = store_photo(stored_photo.user)
    s3.put_object(Bucket=BUCKET, Key="photos/ab/lost.jpg", Body=b"?")

    early = cleanup.sweep_storage(dt.datetime.now(dt.UTC))
    late = cleanup.sweep_storage(dt.datetime.now(dt.UTC) + dt.timedelta(days=2))

    assert (early, late) == (0, 1)
    assert names(s3) == [stored_photo.storage_path]
    storage.erase(stored_photo)


def test_an_export_is_gathered_from_the_bucket_and_lies_there(s3, server, settings, monkeypatch, signed_in, person):
    use(settings, monkeypatch, server)
    file, now = store_photo(person), dt.datetime.now(dt.UTC)

    export = exports.request(person)
    exports.build_waiting(lambda: now)
    export.refresh_from_db()
    head = s3.head_object(Bucket=BUCKET, Key=export.storage_path)
    signed_in.post("/accounts/reauthenticate/", {"password": PASSWORD})
    stored = s3.get_object(Bucket=BUCKET, Key=export.storage_path)["Body"].read()
    taken = signed_in.get(f"/me/export/{export.pk}/")

    with zipfile.ZipFile(io.BytesIO(b"".join(taken.streaming_content))) as archive:
        assert archive.read(f"photos/{file.pk}.jpg") == pictures.photo()
    assert (stored[:2] != b"PK", b"users.json" in stored) == (True, False)
    assert head["ServerSideEncryption"] == "AES256"
    storage.erase(export)
    storage.erase(file)


def test_bytes_lost_from_the_bucket_are_none(s3, server, settings, monkeypatch, signed_in, person):
    use(settings, monkeypatch, server)
    file = store_photo(person)
    storage.erase_files([file])

    assert signed_in.get(links.signed_address(file, "full", at=dt.datetime.now(dt.UTC))).status_code == 404


def test_a_bucket_out_of_reach_keeps_nothing_and_forgets_nothing(settings, monkeypatch, person):
    use(settings, monkeypatch, "http://127.0.0.1:9")

    file = storage.reserve(person.pk, b"x", context=UploadedFile.Context.HABIT_LOG, at=NOW)
    with pytest.raises(storage.Interrupted):
        storage.store(file, b"x")
    erased = cleanup.sweep(NOW)

    assert (erased, UploadedFile.objects.filter(is_deleted=True).count()) == (0, 1)
