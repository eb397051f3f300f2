"""Where pages are published: the site's bucket, in which an object only ever gives way to a later edition's."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from itertools import islice

import boto3
import botocore.exceptions
from botocore.config import Config
from pynamodb.exceptions import UpdateError
from pynamodb.expressions.update import Action

from chalicelib.dynamo import CONDITION_CHECK_FAILED
from chalicelib.settings import settings
from chalicelib.storefront.domain import Publication
from chalicelib.storefront.models import PublishingRecord

CONNECTIONS = 16
# Pages rendered ahead: a shop of any size fits into a function's memory.
BATCH = 200
TIMEOUTS = Config(
    connect_timeout=1,
    read_timeout=5,
    retries={"total_max_attempts": 3, "mode": "standard"},
    max_pool_connections=CONNECTIONS,
)
LOST_RACE = frozenset({"PreconditionFailed", "ConditionalRequestConflict"})
ABSENT = frozenset({"404", "NoSuchKey"})
EDITION, SET_ASIDE = "edition", "set-aside"


class SiteBucket:
    """Puts objects into one bucket. Each carries, as metadata, the edition that wrote it."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._s3 = boto3.client("s3", region_name=settings().region, config=TIMEOUTS)

    def put(self, publication: Publication, edition: int) -> bool:
        """Write an object unless a later edition has; says whether it did.

        A conditional write (If-Match on what was looked at) decides between writers that meet. An object's bytes name
        their edition, so no two editions share an ETag.
        """
        while True:
            found = self._look(publication.key)
            if found and found[0] > edition:
                return False
            condition = {"IfMatch": found[1]} if found else {"IfNoneMatch": "*"}
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
            else:
                return True

    def put_all(self, publications: Iterable[Publication], edition: int) -> int:
        """Write objects, several at a time; returns how many were written."""
        written, waiting = 0, iter(publications)
        with ThreadPoolExecutor(CONNECTIONS) as pool:
            while batch := list(islice(waiting, BATCH)):
                written += sum(pool.map(lambda publication: self.put(publication, edition), batch))
        return written

    def get(self, key: str) -> bytes | None:
        """Return an object's bytes, or None."""
        try:
            return self._s3.get_object(Bucket=self._name, Key=key)["Body"].read()
        except self._s3.exceptions.NoSuchKey:
            return None

    def delete(self, key: str) -> None:
        """Remove an object, if it is there."""
        self._s3.delete_object(Bucket=self._name, Key=key)

    def keys(self, prefix: str) -> list[str]:
        """Return every key that starts so."""
        pages = self._s3.get_paginator("list_objects_v2").paginate(Bucket=self._name, Prefix=prefix)
        return [found["Key"] for page in pages for found in page.get("Contents", [])]

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
