"""A code that is entered once, exchanged while the form is saved, and kept by nobody."""

from urllib.parse import parse_qs

import pytest

from leads.models import Connection, FieldMapping
from leads.tests.conftest import make_connection
from leads.tests.standins.web import Told

ADD = "/admin/leads/connection/add/?kind=zoho"
CODE = "1000.c0de"
FORM = {
    "name": "Zoho",
    "is_enabled": "on",
    "events": "lead.captured",
    "settings__data_centre": "zoho.eu",
    "secrets__client_id": "1000.ID",
    "secrets__client_secret": "hush hush",
}
SECRETS = {"client_id": "1000.ID", "client_secret": "hush hush", "refresh_token": "1000.refresh"}


@pytest.fixture
def owner(cast, acme):
    return cast.client_of("owner", acme)


def change(client, connection, **changes):
    mapping = {"mapping-TOTAL_FORMS": 0, "mapping-INITIAL_FORMS": 0}
    return client.post(url_of(connection), {**FORM, "secrets__client_id": "", **mapping, **changes})


def url_of(connection) -> str:
    return f"/admin/leads/connection/{connection.pk}/change/"


def errors_of(response) -> dict:
    assert response.status_code == 200
    return {name: list(words) for name, words in response.context["adminform"].form.errors.items()}


# Within a transaction nobody may give the database back, as is done before the call.
@pytest.mark.django_db(transaction=True)
def test_a_code_is_exchanged_outside_of_a_transaction_and_what_came_of_it_is_kept(acme, owner, zoho):
    assert owner.post(ADD, {**FORM, "once__code": CODE}).status_code == 302

    (call,) = zoho.token_calls
    assert (call.method, call.target) == ("POST", "/oauth/v2/token")
    assert parse_qs(call.body.decode()) == {
        "grant_type": ["authorization_code"],
        "code": [CODE],
        "client_id": ["1000.ID"],
        "client_secret": ["hush hush"],
    }
    connection = Connection.objects.get(tenant=acme)
    assert (connection.secrets, connection.settings) == (SECRETS, {"data_centre": "zoho.eu"})
    stored = Connection.objects.extra(select={"raw": "secrets"}).values_list("raw", flat=True).get()
    assert "1000.refresh" not in stored
    assert "1000.refresh" not in owner.get(url_of(connection)).content.decode()


def test_other_changes_ask_for_no_code(acme, owner, zoho):
    connection = make_connection(acme, kind="zoho", settings={"data_centre": "zoho.eu"}, secrets=SECRETS)

    assert change(owner, connection, name="Our Zoho", secrets__client_secret="").status_code == 302

    connection.refresh_from_db()
    assert (connection.name, connection.secrets) == ("Our Zoho", SECRETS)
    assert zoho.token_calls == []


def test_a_new_code_replaces_what_is_stored_and_lets_a_paused_connection_go_on(acme, owner, zoho):
    columns = {"settings": {"data_centre": "zoho.eu"}, "secrets": {**SECRETS, "refresh_token": "1000.old"}}
    connection = make_connection(acme, kind="zoho", state="paused", **columns)

    assert change(owner, connection, once__code=CODE, secrets__client_secret="").status_code == 302

    connection.refresh_from_db()
    assert (connection.secrets, connection.state) == (SECRETS, "active")


@pytest.mark.parametrize(
    ("told", "words"),
    [
        (Told(200, {"error": "invalid_code"}), "the code is wrong, has expired, was used before"),
        (Told(200, {"error": "invalid_client"}), "it does not know the client ID in this data centre."),
        (Told(200, {"error": "invalid_client_secret"}), "the client secret does not fit the client ID."),
        (Told(200, {"access_token": "t1"}), "Zoho gave no lasting access for this code."),
        (Told(503), "It had a fault of its own"),
    ],
)
def test_what_zoho_refuses_is_told_beside_the_code_and_nothing_is_kept(acme, owner, zoho, told, words):
    zoho.token_answers = [told]
    errors = errors_of(owner.post(ADD, {**FORM, "once__code": CODE}))
    assert list(errors) == ["once__code"]
    assert words in errors["once__code"][0]
    assert not Connection.objects.exists()


def test_without_a_code_there_is_no_connection(acme, owner, zoho):
    assert errors_of(owner.post(ADD, FORM)) == {"once__code": ["This field is required."]}
    assert not Connection.objects.exists()
    assert zoho.token_calls == []


def test_a_code_is_not_used_up_while_something_else_is_wrong(acme, owner, zoho):
    response = owner.post(ADD, {**FORM, "secrets__client_id": "", "once__code": CODE})
    errors = errors_of(response)
    assert errors["secrets__client_id"] == ["This field is required."]
    assert errors["once__code"] == ["This has not been used yet: mend the rest and save again."]
    assert CODE in response.content.decode()
    assert zoho.token_calls == []


def test_a_row_of_the_mapping_that_is_wrong_uses_up_no_code(acme, owner, zoho):
    connection = make_connection(acme, kind="zoho", settings={"data_centre": "zoho.eu"}, secrets=SECRETS)
    row = {"mapping-0-field": "password", "mapping-0-remote_field": "Email", "mapping-0-connection": connection.pk}
    response = change(owner, connection, once__code=CODE, **row, **{"mapping-TOTAL_FORMS": 1})
    assert response.status_code == 200
    assert zoho.token_calls == []
    assert not FieldMapping.objects.exists()


@pytest.mark.parametrize("role", ["editor", "viewer"])
def test_nobody_but_an_owner_has_a_code_exchanged(acme, cast, zoho, role):
    connection = make_connection(acme, kind="zoho", settings={"data_centre": "zoho.eu"}, secrets=SECRETS)
    client = cast.client_of(role, acme)
    assert client.post(ADD, {**FORM, "once__code": CODE}).status_code == 403
    change(client, connection, once__code=CODE)
    assert zoho.token_calls == []


def test_nobody_has_a_code_exchanged_for_another_business(acme, rival, owner, zoho):
    theirs = make_connection(rival, kind="zoho", settings={"data_centre": "zoho.eu"}, secrets=SECRETS)
    change(owner, theirs, once__code=CODE, name="Mine")
    theirs.refresh_from_db()
    assert (theirs.name, theirs.secrets) == ("zoho", SECRETS)
    assert zoho.token_calls == []
