"""A copy of the chain and of its leaf lists in a bucket, each object put once.

If the bucket has Object Lock, nobody can take back what is there until its retention is over. A second
version of an object can be put by whoever may write there, so that whoever checks reads the first one.
"""

from __future__ import annotations

import base64
import json
from collections import Counter, defaultdict
from datetime import date
from typing import TYPE_CHECKING, Any

from tollgate.aws.objects import put_once
from tollgate.lean_dataclass import dataclass
from tollgate.seals.canonical_items import canonical_json
from tollgate.seals.chain_check import StoredSeal
from tollgate.seals.day_seals import Section
from tollgate.seals.leaf_lists import LeafList

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mypy_boto3_s3 import S3Client

_SEALS, _LISTS = "seals/", "lists/"
_DIGITS = 6
# Enough for the first seal, and for what somebody has put before it.
_FEW = 100


@dataclass(frozen=True, slots=True)
class SealBucket:
    client: S3Client
    bucket: str

    def seal(self, day: date) -> StoredSeal | None:
        """The first version."""
        body = self._first(_seal_key(day))
        return None if body is None else _to_seal(day, body)

    def first_day(self) -> date | None:
        answer: Any = self.client.list_objects_v2(Bucket=self.bucket, Prefix=_SEALS, MaxKeys=_FEW)
        days = (_seal_day(each["Key"]) for each in answer.get("Contents", []))
        return next((day for day in days if day is not None), None)

    def put_seal(self, stored: StoredSeal) -> None:
        """Nothing if the day has one."""
        lists = {section.value: base64.b64encode(packed).decode() for section, packed in stored.lists.items()}
        self._put(_seal_key(stored.day), canonical_json({"seal": stored.text, "lists": lists}))

    def leaf_list(self, day: date, section: Section, number: int) -> LeafList | None:
        """The first version; raises `LeafListError` of what can't be read."""
        body = self._first(_list_key(day, section, number))
        return None if body is None else LeafList.decode(body)

    def put_leaf_list(self, day: date, section: Section, number: int, leaf_list: LeafList) -> None:
        """Nothing if it is there."""
        self._put(_list_key(day, section, number), leaf_list.encode())

    def chain(self, since: date | None = None) -> Iterator[StoredSeal]:
        """The first versions of all seals, or those of `since` and later days, in the order of their days.

        What isn't named as a seal is none: nobody could delete it before its retention is over.
        """
        for key, version in sorted(self._oldest(_SEALS).items()):
            day = _seal_day(key)
            if day is not None and (since is None or day >= since):
                yield _to_seal(day, self._read(key, version))

    def overwritten(self) -> list[tuple[date, str, int]]:
        """Objects of days that have more than one version, deletions included: of which, and how many."""
        counts: Counter[str] = Counter(
            each["Key"] for prefix in (_SEALS, _LISTS) for each in self._versions(prefix)
        )
        found = [(_day_of(key), key, count) for key, count in sorted(counts.items()) if count > 1]
        return [(day, key, count) for day, key, count in found if day is not None]

    def _first(self, key: str) -> bytes | None:
        version = self._oldest(key).get(key)
        return None if version is None else self._read(key, version)

    def _read(self, key: str, version: str) -> bytes:
        answer: Any = self.client.get_object(Bucket=self.bucket, Key=key, VersionId=version)
        body: bytes = answer["Body"].read()
        return body

    def _oldest(self, prefix: str) -> dict[str, str]:
        """By key, the id of the first version that was put. Of one second, the newest is listed first."""
        listed: defaultdict[str, list[Any]] = defaultdict(list)
        for each in self._versions(prefix):
            if "Size" in each:
                listed[each["Key"]].append(each)
        oldest = {
            key: min(reversed(versions), key=lambda each: each["LastModified"])
            for key, versions in listed.items()
        }
        return {key: version["VersionId"] for key, version in oldest.items()}

    def _versions(self, prefix: str) -> Iterator[Any]:
        """Versions and, without a size, markers of deletions."""
        request: Any = {"Bucket": self.bucket, "Prefix": prefix}
        while True:
            answer: Any = self.client.list_object_versions(**request)
            yield from answer.get("Versions", [])
            yield from answer.get("DeleteMarkers", [])
            if not answer.get("IsTruncated"):
                return
            request |= {
                "KeyMarker": answer["NextKeyMarker"],
                "VersionIdMarker": answer.get("NextVersionIdMarker", ""),
            }

    def _put(self, key: str, body: bytes) -> None:
        put_once(self.client, self.bucket, key, body, ChecksumAlgorithm="SHA256")


def _seal_key(day: date) -> str:
    return f"{_SEALS}{day.isoformat()}.json"


def _list_key(day: date, section: Section, number: int) -> str:
    return f"{_LISTS}{day.isoformat()}/{section.value}/{number:0{_DIGITS}}"


def _day_of(key: str) -> date | None:
    """None of what somebody else has put there."""
    try:
        return date.fromisoformat(key.partition("/")[2][: len("2026-11-27")])
    except ValueError:
        return None


def _seal_day(key: str) -> date | None:
    day = _day_of(key)
    return day if day is not None and key == _seal_key(day) else None


def _to_seal(day: date, body: bytes) -> StoredSeal:
    """One without a text of what can't be read, for the check of the chain to name."""
    try:
        content = json.loads(body)
        lists = {
            section: base64.b64decode(content["lists"][section.value], validate=True) for section in Section
        }
        text = str(content["seal"])
    except (ValueError, TypeError, KeyError, RecursionError):
        return StoredSeal(day, "", {})
    return StoredSeal(day, text, lists)
