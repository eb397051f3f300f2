"""Editions that overlap, on the local AWS: an object only ever gives way to a later one."""

from __future__ import annotations

import random
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import boto3
import pytest

from chalicelib.settings import settings
from chalicelib.storefront.domain import Publication
from chalicelib.storefront.repository import PublishingRepository, SiteBucket

WRITERS = 12


@pytest.fixture(scope="module")
def bucket(local_aws: None) -> str:
    s3 = boto3.client("s3", region_name=settings().region)
    region = {"LocationConstraint": settings().region}
    s3.create_bucket(Bucket="site-of-editions", CreateBucketConfiguration=region)  # type: ignore[arg-type]
    return "site-of-editions"


class Meeting(SiteBucket):
    """Lets all writers look before any writes, so that each believes itself the first."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self._barrier = Barrier(WRITERS)
        self._seen: set[str] = set()

    def _look(self, key: str) -> tuple[int, str] | None:
        found = super()._look(key)
        if found is None:
            self._barrier.wait(timeout=20)
        return found


class Careless(Meeting):
    """Forgets the condition: what it saw when it looked is what it relies on."""

    def put(self, publication: Publication, edition: int) -> bool:
        found = self._look(publication.key)
        if found and found[0] > edition:
            return False
        self._barrier.wait(timeout=20)
        # The latest goes first and is written over by the others.
        for turn in range(WRITERS, 0, -1):
            if turn == edition:
                self._s3.put_object(Bucket=self._name, Key=publication.key, Body=publication.body)
            self._barrier.wait(timeout=20)
        return True


def race(site: SiteBucket, key: str) -> bytes | None:
    editions = random.sample(range(1, WRITERS + 1), WRITERS)
    with ThreadPoolExecutor(WRITERS) as pool:
        list(pool.map(lambda n: site.put(Publication(key, f"edition {n}".encode()), n), editions))
    return site.get(key)


def test_of_editions_that_meet_the_latest_stands(bucket: str) -> None:
    for run in range(5):
        assert race(Meeting(bucket), f"page-{run}") == f"edition {WRITERS}".encode()


def test_without_the_condition_an_earlier_edition_overwrites_a_later_one(bucket: str) -> None:
    assert race(Careless(bucket), "careless") == b"edition 1"


def test_no_two_editions_have_the_same_number(bucket: str) -> None:
    assert bucket
    with ThreadPoolExecutor(WRITERS) as pool:
        numbers = list(pool.map(lambda _: PublishingRepository().next_edition(), range(40)))
    assert sorted(numbers) == list(range(min(numbers), min(numbers) + 40))
