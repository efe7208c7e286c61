"""create_tenant, as a person and as a script call it."""

import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from tenants.authentication import authenticate_key
from tenants.models import ApiKey, Tenant


def create(*arguments) -> str:
    out = StringIO()
    call_command("create_tenant", *arguments, stdout=out)
    return out.getvalue()


def test_json_is_one_line_with_a_key_that_works(db):
    output = create(
        "Acme",
        "--website",
        "https://acme.example",
        "--origin",
        "https://acme.example",
        "--origin",
        "https://*.acme.example",
        "--json",
    )

    assert output.count("\n") == 1
    made = json.loads(output)
    tenant = Tenant.objects.get()
    assert made == {"tenant": "acme", "widget_id": tenant.widget_id, "api_key": made["api_key"]}
    caller = authenticate_key(made["api_key"], address="203.0.113.7")
    assert (caller.tenant, caller.config.website) == (tenant, "https://acme.example")
    assert caller.config.origins == ("https://acme.example", "https://*.acme.example")


def test_people_are_told_what_to_do_with_it(db):
    output = create("Acme", "--origin", "https://acme.example", "--country", "de", "--business-type", "saas")

    assert "Acme is ready." in output
    assert "acme  (what other commands take)" in output
    assert (Tenant.objects.get().country, Tenant.objects.get().business_type) == ("DE", "saas")


@pytest.mark.parametrize(
    "arguments",
    [
        ("Acme", "--website", "acme"),
        ("Acme", "--origin", "acme.example"),
        ("Acme", "--origin", "https://acme.example", "--origin", "https://*"),
        ("",),
    ],
)
def test_what_can_not_be_is_said_and_nothing_made(db, arguments):
    with pytest.raises(CommandError) as refused:
        create(*arguments)

    assert str(refused.value).endswith(".")
    assert (Tenant.objects.count(), ApiKey.objects.count()) == (0, 0)
