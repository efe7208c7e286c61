"""Our connector in front of a Zoho that answers in recorded shapes."""

from leads.connectors import get_connector
from leads.connectors.base import Outcome, OutgoingMessage, RemoteRecord
from leads.connectors.zoho import ZohoSecrets, ZohoSettings
from leads.tests.messages import lead_message
from leads.tests.standins.zoho import LEAD_ID, NOTHING, written

SETTINGS = ZohoSettings(data_centre="zoho.eu")
SECRETS = ZohoSecrets(client_id="1000.ID", client_secret="secret", refresh_token="1000.refresh")
EMAIL = "ann+x@example.com"
RECORD = RemoteRecord(remote_id=LEAD_ID, url=f"https://crm.zoho.eu/crm/tab/Leads/{LEAD_ID}")
SEARCH, UPSERT, LEAD = "GET Leads/search", "POST Leads/upsert", f"Leads/{LEAD_ID}"


def send(message: OutgoingMessage) -> Outcome:
    return get_connector("zoho").deliver(message, SETTINGS, SECRETS)


def send_lead(**details) -> Outcome:
    return send(lead_message("zoho", **details))


def check() -> Outcome:
    return get_connector("zoho").check(lead_message("zoho"), SETTINGS, SECRETS)


def knows_nobody(zoho) -> None:
    """Nothing is found there, and what is sent is taken."""
    zoho.answers[SEARCH] = [NOTHING]
    zoho.answers[UPSERT] = [written(action="insert", duplicate_field=None)]


def sent(zoho) -> list[tuple]:
    """Method, path below the version with its query, and body of each call but those for tokens."""
    return [
        (call.method, call.target.removeprefix("/crm/v8/"), call.json)
        for call in zoho.web.calls
        if call.path != "/oauth/v2/token"
    ]


def bodies(zoho, method: str) -> list[dict]:
    return [body for sent_method, _target, body in sent(zoho) if sent_method == method]
