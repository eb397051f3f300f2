"""The catalogue over HTTP. Lists, search and product documents are search's."""

from __future__ import annotations

from chalicelib import bootstrap
from chalicelib.catalogue.schemas import AvailabilityList, AvailabilityQuery
from chalicelib.http.routing import Routes

routes = Routes(__name__)


@routes.get("/availability")
def list_availability(query: AvailabilityQuery) -> AvailabilityList:
    """Tell the live stock of some skus."""
    return AvailabilityList(bootstrap.catalogue().availability(query.sku), next_cursor=None)
