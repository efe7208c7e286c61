"""The live preview: what is typed is shown, nothing is saved, and nobody sees another business."""

import pytest
from django.urls import reverse

from caty.tests.admin_cast import ANONYMOUS, OPERATOR, client_of, rows_of

TYPED = {
    "persona-0-name": "Rosa",
    "persona-0-role": "Guide",
    "persona-0-tone": "casual",
    "appearance-0-theme": "dark",
    "appearance-0-position": "bottom-left",
    "appearance-0-primary": "#ffe14d",
    "appearance-0-secondary": "#0f766e",
    "appearance-0-background": "#ffffff",
    "appearance-0-text": "#111111",
    "behavior-0-quick_replies": "What does it cost?\nWhere are you?",
    "behavior-0-greeting_enabled": "on",
    "behavior-0-greeting_message": "Ahoy!",
    "behavior-0-tracking": "consent",
}


def ask(client, tenant, **typed):
    return client.post(reverse("admin:preview_config", args=[tenant.pk]), {**TYPED, **typed})


def test_what_is_typed_is_shown_and_nothing_is_saved(acme):
    client = client_of("owner", acme)
    before = rows_of(acme)

    answer = ask(client, acme).json()

    config = answer["config"]
    assert (config["persona"]["name"], config["persona"]["role"]) == ("Rosa", "Guide")
    assert (config["appearance"]["theme"], config["appearance"]["position"]) == ("dark", "bottom-left")
    assert config["appearance"]["palettes"]["light"]["primary"] == "#ffe14d"
    assert config["appearance"]["palettes"]["light"]["on_primary"] == "#000000"
    assert config["behavior"]["greeting"]["message"] == "Ahoy!"
    assert config["behavior"]["quick_replies"] == ["What does it cost?", "Where are you?"]
    assert config["behavior"]["tracking"] == "consent"
    assert config["widget_id"] == acme.widget_id
    assert rows_of(acme) == before
    assert ask(client, acme, **{"persona-0-name": ""}).json()["config"]["persona"]["name"] == "Caty"


def test_unreadable_text_is_told_with_a_colour_that_would_do(acme):
    answer = ask(client_of("owner", acme), acme, **{"appearance-0-text": "#dddddd"}).json()

    [problem] = [one for one in answer["problems"] if one["field"] == "appearance-0-text"]
    assert problem["color"] in problem["error"]
    assert problem["color"].startswith("#")
    assert answer["config"]["appearance"]["colors"]["text"] == acme.appearance.text


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ({"appearance-0-theme": "light", "appearance-0-primary": "#4f46e5"}, []),
        ({"appearance-0-theme": "light", "appearance-0-primary": "#f97316"}, ["Where the main colour is text"]),
        (
            {"appearance-0-theme": "light", "appearance-0-primary": "#ffff00"},
            ["Where the main colour is text", "Your main colour hardly stands out"],
        ),
        ({"appearance-0-theme": "dark", "appearance-0-primary": "#4f46e5"}, ["Your background is light"]),
        (
            {
                "appearance-0-theme": "light",
                "appearance-0-primary": "#ffffff",
                "appearance-0-background": "#101014",
                "appearance-0-text": "#ffffff",
            },
            ["Your background is dark"],
        ),
    ],
)
def test_what_an_owner_should_know_is_told(acme, typed, words):
    notes = ask(client_of("owner", acme), acme, **typed).json()["notes"]

    assert [any(note.startswith(beginning) for note in notes) for beginning in words] == [True] * len(words)
    assert len(notes) == len(words)


@pytest.mark.parametrize("role", ["editor", "viewer"])
def test_who_may_not_change_it_sees_what_is_saved(acme, role):
    answer = ask(client_of(role, acme), acme).json()

    assert answer["config"]["persona"]["name"] == "Caty"
    assert answer["config"]["behavior"]["greeting"]["message"] == "Hi! How can I help you today?"


def test_another_business_is_not_found(acme, rival):
    before = rows_of(rival)
    for role in ("owner", "editor", "viewer"):
        response = ask(client_of(role, acme), rival)
        assert response.status_code == 404
        assert "rival" not in response.content.decode().lower()
    assert rows_of(rival) == before


def test_a_stranger_is_sent_to_the_log_in(acme):
    client = client_of(ANONYMOUS)
    for response in (ask(client, acme), client.get(reverse("admin:preview"))):
        assert (response.status_code, response.url.partition("?")[0]) == (302, "/admin/login/")


def test_the_operator_previews_every_business(acme, rival):
    assert ask(client_of(OPERATOR), rival).json()["config"]["widget_id"] == rival.widget_id


def test_the_frame_may_stand_in_the_admin_alone(acme):
    response = client_of("viewer", acme).get(reverse("admin:preview"))

    assert response["X-Frame-Options"] == "SAMEORIGIN"
    policy = response["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'self'" in policy
    assert "unsafe" not in policy
    page = response.content.decode()
    assert '<script src="/widget.js" data-preview></script>' in page
    assert "Acme" not in page
    other = client_of("viewer", acme).get("/admin/")
    assert other["X-Frame-Options"] == "DENY"


def test_each_takes_its_own_method_alone(acme):
    client = client_of("owner", acme)

    assert client.get(reverse("admin:preview_config", args=[acme.pk])).status_code == 405
    assert client.post(reverse("admin:preview"), {"config": "{}"}).status_code == 405


@pytest.mark.parametrize("junk", ["", "\x00", "x" * 100_000, "<script>", "#GGGGGG", "²"])
def test_junk_in_any_field_is_told_and_never_shown(acme, junk):
    response = ask(client_of("owner", acme), acme, **dict.fromkeys(TYPED, junk))

    assert response.status_code == 200
    assert response.json()["problems"]
    assert response.json()["config"]["appearance"]["colors"]["primary"] == acme.appearance.primary


def test_the_preview_stands_beside_the_form_of_a_business_that_is_there(acme):
    owner = client_of("owner", acme).get(f"/admin/tenants/tenant/{acme.pk}/change/").content.decode()
    operator = client_of(OPERATOR).get("/admin/tenants/tenant/add/").content.decode()

    assert f'data-config="/admin/preview/{acme.pk}/"' in owner
    assert "caty-preview" not in operator


def test_it_takes_few_queries(acme, django_assert_max_num_queries):
    client = client_of("owner", acme)
    ask(client, acme)

    with django_assert_max_num_queries(12):
        ask(client, acme)
