"""Where pages are published: the site's bucket, in which an object only ever gives way to a later edition's."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from typing import TYPE_CHECKING

import botocore.exceptions
from pynamodb.exceptions import UpdateError
from pynamodb.expressions.update import Action

from chalicelib import aws
from chalicelib.dynamo import CONDITION_CHECK_FAILED
from chalicelib.storefront.domain import Publication
from chalicelib.storefront.models import PublishingRecord

if TYPE_CHECKING:
    from mypy_boto3_s3.client import S3Client

CONNECTIONS = 16
# Pages rendered ahead: a shop of any size fits into a function's memory.
BATCH = 200
LOST_RACE = frozenset({"ConditionalRequestConflict", "NoSuchKey", "PreconditionFailed"})
ABSENT = frozenset({"404", "NoSuchKey"})
EDITION, SET_ASIDE = "edition", "set-aside"


class SiteBucket:
    """Puts objects into one bucket. Each carries, as metadata, the edition that wrote it."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._s3: S3Client = aws.client("s3", read_seconds=5, tries=3, connections=CONNECTIONS)

    def put(self, publication: Publication, edition: int) -> bool:
        """Write an object unless a later edition has; says whether it did.

        A conditional write (If-Match on what was looked at) decides between writers that meet. An object's bytes name
        their edition, so no two editions share an ETag.
        """
        while True:
            found = self._look(publication.key)
            if found and found[0] > edition:
                return False
            if self._put_over(publication, edition, found[1] if found else None):
                return True

    def put_all(
        self, publications: Iterable[Publication], edition: int, before: Mapping[str, str] | None = None
    ) -> int:
        """Write objects, several at a time; returns how many were written.

        `before` are the ETags of what was there before the edition had its number. That is all earlier editions', so
        none of it is looked at again, unless it has changed since.
        """

        def put(publication: Publication) -> bool:
            known = before is not None and self._put_over(publication, edition, before.get(publication.key))
            return known or self.put(publication, edition)

        written, waiting = 0, iter(publications)
        with ThreadPoolExecutor(CONNECTIONS) as pool:
            while batch := list(islice(waiting, BATCH)):
                written += sum(pool.map(put, batch))
        return written

    def etags(self) -> dict[str, str]:
        """Return the ETag of every object by its key."""
        pages = self._s3.get_paginator("list_objects_v2").paginate(Bucket=self._name)
        return {found["Key"]: found["ETag"] for page in pages for found in page.get("Contents", [])}

    def get(self, key: str) -> bytes | None:
        """Return an object's bytes, or None."""
        try:
            return self._s3.get_object(Bucket=self._name, Key=key)["Body"].read()
        except self._s3.exceptions.NoSuchKey:
            return None

    def delete(self, key: str) -> None:
        """Remove an object, if it is there."""
        self._s3.delete_object(Bucket=self._name, Key=key)

    def _put_over(self, publication: Publication, edition: int, seen: str | None) -> bool:
        """Write an object where there still is what was seen, by its ETag, or nothing; says whether there was."""
        condition = {"IfMatch": seen} if seen else {"IfNoneMatch": "*"}
        try:
            self._s3.put_object(
                Bucket=self._name,
                Key=publication.key,
                Body=publication.body,
                ContentType=publication.content_type,
                CacheControl=publication.cache_control,
                Metadata={EDITION: str(edition)},
                **condition,  # type: ignore[arg-type]
            )
        except botocore.exceptions.ClientError as error:
            if error.response["Error"].get("Code") not in LOST_RACE:
                raise
            return False
        return True

    def _look(self, key: str) -> tuple[int, str] | None:
        """Return the edition and the ETag of the object that is there."""
        try:
            head = self._s3.head_object(Bucket=self._name, Key=key)
        except botocore.exceptions.ClientError as error:
            if error.response["Error"].get("Code") in ABSENT:
                return None
            raise
        return int(head["Metadata"].get(EDITION, 0)), head["ETag"]


class PublishingRepository:
    """Numbers editions, and remembers what was set aside."""

    def next_edition(self) -> int:
        """Return a number higher than every edition's before."""
        record = PublishingRecord(EDITION)
        record.update(actions=[PublishingRecord.edition.add(1), PublishingRecord.stamp()])
        return int(record.edition)

    def set_aside(self) -> dict[str, str]:
        """Return the products that the latest edition left out, and why."""
        try:
            return dict(PublishingRecord.get(SET_ASIDE, consistent_read=True).products)
        except PublishingRecord.DoesNotExist:
            return {}

    def keep_set_aside(self, products: Mapping[str, str], edition: int) -> None:
        """Remember the products that an edition left out, and why; a later edition's word stands."""
        record = PublishingRecord(SET_ASIDE)
        earlier = PublishingRecord.edition.does_not_exist() | (PublishingRecord.edition < edition)
        actions: list[Action] = [
            PublishingRecord.edition.set(edition),
            PublishingRecord.products.set(dict(products)),
            PublishingRecord.stamp(),
        ]
        try:
            record.update(actions=actions, condition=earlier)
        except UpdateError as error:
            if error.cause_response_code != CONDITION_CHECK_FAILED:
                raise
