"""Whether the process is up, and whether it could serve."""

import pytest
from django.db import connection


def test_process_that_runs_is_up_without_asking_the_database(client, django_assert_num_queries):
    response = client.get("/healthz")

    assert (response.status_code, response.json()) == (200, {"success": True})
    assert response["Cache-Control"].startswith("max-age=0, no-cache, no-store")


@pytest.mark.django_db
def test_process_with_database_broker_and_migrations_is_ready(client):
    response = client.get("/readyz")

    assert (response.status_code, response.json()) == (200, {"success": True})


def assert_not_ready(response, part):
    body = response.json()
    assert (response.status_code, body["code"], body["error"]) == (503, "UNAVAILABLE", f"Not ready: {part}.")
    assert response["Retry-After"] == "5"


@pytest.mark.django_db
def test_without_broker_it_is_not_ready(client, settings):
    settings.REDIS_URL = "redis://127.0.0.1:9/0"

    assert_not_ready(client.get("/readyz"), "broker")


@pytest.mark.django_db
def test_without_database_it_is_not_ready(client):
    name = connection.settings_dict["NAME"]
    connection.settings_dict["NAME"] = "there_is_no_such_database"
    try:
        response = client.get("/readyz")
    finally:
        connection.settings_dict["NAME"] = name

    assert_not_ready(response, "database")


@pytest.mark.django_db(transaction=True)
def test_with_a_migration_missing_it_is_not_ready(client):
    with connection.cursor() as cursor:
        cursor.execute("UPDATE django_migrations SET name = 'not_yet' WHERE app = 'widget' AND name = '0001_initial'")
    try:
        response = client.get("/readyz")
    finally:
        with connection.cursor() as cursor:
            cursor.execute("UPDATE django_migrations SET name = '0001_initial' WHERE name = 'not_yet'")

    assert_not_ready(response, "migrations")


def test_only_reading_is_taken(client):
    assert client.post("/healthz").status_code == 405
    assert client.head("/healthz").status_code == 200


def test_home_leads_to_the_admin(client):
    response = client.get("/")

    assert (response.status_code, response["Location"]) == (302, "/admin/")
