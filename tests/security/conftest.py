"""The same shop on moto that the API's tests have."""

from tests.api.conftest import api as api
