"""The CloudFormation that Chalice's own is merged with: everything of the shop that is no function or route."""

from __future__ import annotations

from typing import Any

from infra import alarms, distribution, functions, gateway
from infra.choices import NONE
from infra.tables import all_tables, cloudformation, logical_id

Resources = dict[str, Any]

PARAMETERS = {
    "SiteUrl": {
        "Type": "String",
        "Default": "",
        "Description": "Where shoppers find the site; known after the first deployment where there is no domain name",
    },
    "KeysParameter": {"Type": "String", "Description": "The SSM parameter that holds the shop's keys"},
    "OriginSecret": {
        "Type": "String",
        "NoEcho": True,
        "Description": "How the distribution proves itself",
    },
    "DomainName": {"Type": "String", "Default": "", "Description": "The site's domain name, if it has one"},
    "CertificateArn": {
        "Type": "String",
        "Default": f"arn:aws:acm:us-east-1:000000000000:certificate/{NONE}",
        "Description": "Its certificate, in us-east-1",
    },
    "MailSender": {"Type": "String", "Description": "The address that mails come from"},
    "SenderIdentity": {
        "Type": "String",
        "Default": "new",
        "AllowedValues": ["new", "known"],
        "Description": "Whether SES knows the address already, from another stage",
    },
    "AlarmEmail": {"Type": "String", "Default": "", "Description": "Who hears of alarms"},
    "StripePublishableKey": {"Type": "String", "Default": "", "Description": "For the checkout's page"},
    "MonthlyBudget": {
        "Type": "Number",
        "Default": 50,
        "Description": "US dollars a month",
    },
}
CONDITIONS = {
    "HasDomain": {"Fn::Not": [{"Fn::Equals": [{"Ref": "DomainName"}, ""]}]},
    "BringsMailIdentity": {"Fn::Equals": [{"Ref": "SenderIdentity"}, "new"]},
    "HasAlarmEmail": {"Fn::Not": [{"Fn::Equals": [{"Ref": "AlarmEmail"}, ""]}]},
}


def build(
    stage: str, site_bucket: str, *, permanent: bool, gateway_name: str = "sandbox", tracing: bool = False
) -> dict[str, Any]:
    """Return the template to merge. What is `permanent` cannot be deleted by mistake."""
    resources: Resources = {
        **{logical_id(table): cloudformation(table, permanent=permanent) for table in all_tables()},
        **functions.resources(stage, gateway_name, tracing=tracing),
        **gateway.resources(),
        **distribution.resources(gateway_name, site_bucket),
        **alarms.resources(stage),
        "MailIdentity": {
            "Type": "AWS::SES::EmailIdentity",
            "Condition": "BringsMailIdentity",
            # Other stages may send from the same address.
            "DeletionPolicy": "Retain",
            "UpdateReplacePolicy": "Retain",
            "Properties": {"EmailIdentity": {"Ref": "MailSender"}},
        },
    }
    return {
        "Parameters": PARAMETERS,
        "Conditions": CONDITIONS,
        "Resources": resources,
        "Outputs": {
            "SiteBucket": {"Value": {"Ref": "SiteBucket"}},
            "DistributionId": {"Value": {"Ref": "Distribution"}},
            "DistributionDomain": {"Value": {"Fn::GetAtt": ["Distribution", "DomainName"]}},
        },
    }
