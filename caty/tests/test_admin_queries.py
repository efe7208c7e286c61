"""No list page asks more of the database because there is more to list."""

import pytest
from django.contrib import admin
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from caty.testing import make_tenant
from caty.tests.admin_cast import OPERATOR, client_of, make_staff, make_world
from tenants import services

pytestmark = pytest.mark.django_db
MODELS = sorted(admin.site._registry, key=lambda model: model._meta.label)


def queries_of(client, url) -> list[str]:
    client.get(url, follow=True)
    with CaptureQueriesContext(connection) as captured:
        assert client.get(url, follow=True).status_code == 200
    return [query["sql"] for query in captured]


def url_of(model) -> str:
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist")


@pytest.fixture(scope="module")
def asked(kept_rows):
    """Of each model's list page: its queries with a few rows, and with more."""
    acme, rival, client = make_tenant("Acme"), make_tenant("Rival"), client_of(OPERATOR)
    for mark in "ab":
        make_world(acme, mark)
    few = {model: queries_of(client, url_of(model)) for model in MODELS}
    for mark in "cdefgh":
        make_world(acme, mark)
    make_world(rival)
    for number in range(4):
        make_staff(services.create_tenant(name=f"Shop {number}"), "owner")
    return {model: (few[model], queries_of(client, url_of(model))) for model in MODELS}


@pytest.mark.parametrize("model", MODELS)
def test_a_list_page_takes_the_same_queries_for_more_rows(asked, model):
    few, more = asked[model]
    assert len(more) == len(few)
