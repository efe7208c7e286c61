"""Before the demonstration is made: what its command refuses."""

import pytest
from django.contrib.auth import get_user_model
from django.core.management import CommandError, call_command

from tenants.models import Tenant

pytestmark = [pytest.mark.django_db, pytest.mark.urls("widget.tests.demo_urls")]


def test_command_is_refused_while_the_demo_is_off():
    with pytest.raises(CommandError, match="The demo is switched off"):
        call_command("demo")

    assert not Tenant.objects.exists()


def test_login_of_somebody_else_is_left_alone(settings):
    settings.DEMO = True
    people = get_user_model().objects
    people.create_superuser("admin", "operator@example.com", "their own password")

    with pytest.raises(CommandError, match="leaves it alone"):
        call_command("demo")

    assert people.get(username="admin").check_password("their own password")
    assert not Tenant.objects.exists()


def test_page_does_not_exist_before_the_demo_is_made(client, settings):
    settings.DEMO = True

    assert client.get("/demo/").status_code == 404
