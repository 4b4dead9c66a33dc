"""The bucket of the archive: a day's files have the same names however often they are written."""

from __future__ import annotations

import gzip
import tempfile
from contextlib import contextmanager
from datetime import UTC
from typing import TYPE_CHECKING, Any, Final

from aws_wire.errors import ServiceError
from tollgate.aws.objects import put_once
from tollgate.lean_dataclass import dataclass
from tollgate_admin.archive.archive_manifests import Manifest

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import date, datetime

    from mypy_boto3_s3 import S3Client

REQUESTS: Final = "requests"
CHARGES: Final = "charges"
_MANIFESTS: Final = "manifests"
_JSON: Final = "application/json"
# What a file may take of the function's memory; of a longer one the rest is on its disk.
_IN_MEMORY = 32_000_000


@dataclass(frozen=True, slots=True)
class ArchiveBucket:
    client: S3Client
    name: str

    def manifest(self, day: date) -> Manifest | None:
        """None of a day that nothing was written of."""
        try:
            answer = self.client.get_object(Bucket=self.name, Key=_manifest_key(day))
        except ServiceError as error:
            if error.code == "NoSuchKey":
                return None
            raise
        return Manifest.read(answer["Body"].read())

    def begin(self, manifest: Manifest) -> Manifest:
        """The day's manifest: this one, or that of another run that has begun the day before."""
        key, body = _manifest_key(manifest.day), manifest.written()
        if put_once(self.client, self.name, key, body, ContentType=_JSON):
            return manifest
        return self.manifest(manifest.day) or manifest

    def put_manifest(self, manifest: Manifest) -> None:
        self.client.put_object(
            Bucket=self.name,
            Key=_manifest_key(manifest.day),
            Body=manifest.written(),
            ContentType=_JSON,
        )

    def put(self, key: str, chunks: Iterable[bytes]) -> None:
        """A file of the chunks, compressed: the same chunks are the same bytes. It is there whole, or not."""
        with _compressed(chunks) as file:
            self.client.upload_fileobj(file, self.name, key, ExtraArgs={"ContentType": "application/gzip"})


def part_name(begin: datetime) -> str:
    """Of the part whose hours begin then."""
    return f"{begin.astimezone(UTC):%Y%m%dT%H%MZ}"


def requests_key(day: date, part: str) -> str:
    return f"{REQUESTS}/day={day}/{part}.jsonl.gz"


def charges_key(day: date) -> str:
    return f"{CHARGES}/day={day}/focus.csv.gz"


def _manifest_key(day: date) -> str:
    return f"{_MANIFESTS}/{day}.json"


@contextmanager
def _compressed(chunks: Iterable[bytes]) -> Iterator[Any]:
    with tempfile.SpooledTemporaryFile(_IN_MEMORY) as file:
        with gzip.GzipFile(fileobj=file, mode="wb", mtime=0) as compressed:
            for chunk in chunks:
                compressed.write(chunk)
        file.seek(0)
        yield file
