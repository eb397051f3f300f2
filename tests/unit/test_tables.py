"""The tables that the models define."""

from __future__ import annotations

import boto3
import pytest
from moto import mock_aws

from chalicelib import dynamo
from infra.tables import OtherVersion, create_missing


def test_a_table_of_an_earlier_version_is_not_taken_for_todays() -> None:
    with mock_aws():
        dynamo.connection.cache_clear()
        create_missing()
        assert create_missing() == []
        orders = "open-kitchen-test-orders"
        aws = boto3.client("dynamodb", region_name="eu-west-2")
        aws.delete_table(TableName=orders)
        aws.create_table(
            TableName=orders,
            KeySchema=[{"AttributeName": "order_id", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "order_id", "AttributeType": "S"}],
            BillingMode="PAY_PER_REQUEST",
        )
        with pytest.raises(OtherVersion, match=orders):
            create_missing()
    dynamo.connection.cache_clear()
