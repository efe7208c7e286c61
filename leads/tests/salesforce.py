"""Our connector in front of a Salesforce that remembers, and what that has got by it."""

from leads.connectors import get_connector
from leads.connectors.base import Outcome, OutgoingMessage
from leads.connectors.salesforce import SalesforceSecrets, SalesforceSettings
from leads.tests.messages import lead_message

DOMAIN = "acme.my.salesforce.com"
SETTINGS = SalesforceSettings(domain=DOMAIN)
SECRETS = SalesforceSecrets(consumer_key="key", consumer_secret="secret")
EMAIL = "ann@example.com"


def send(message: OutgoingMessage) -> Outcome:
    return get_connector("salesforce").deliver(message, SETTINGS, SECRETS)


def send_lead(**details) -> Outcome:
    return send(lead_message("salesforce", **details))


def check() -> Outcome:
    return get_connector("salesforce").check(lead_message("salesforce"), SETTINGS, SECRETS)


def calls_of(salesforce) -> list[str]:
    """Method and path of each call but those for tokens."""
    return [
        f"{call.method} {call.path.removeprefix('/services/data/v64.0/')}"
        for call in salesforce.web.calls
        if "oauth2" not in call.path
    ]


def token_calls(salesforce) -> int:
    return sum("oauth2" in call.path for call in salesforce.web.calls)


def the_lead(salesforce) -> dict:
    """The only one, without its id."""
    (row,) = salesforce.rows["Lead"].values()
    return {name: value for name, value in row.items() if name != "Id"}
