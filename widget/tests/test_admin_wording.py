"""A business words a text of the widget otherwise."""

import pytest

from tenants.config import load_config
from tenants.models import Tenant, TextOverride
from tenants.texts import LANGUAGES, blanks
from widget.wording import standard_texts

ADD = "/admin/tenants/textoverride/add/"


def say(client, key: str, text: str, language: str = "de"):
    return client.post(ADD, {"language": language, "key": key, "text": text})


def refusals(response) -> str:
    return " ".join(error for errors in response.context["adminform"].form.errors.values() for error in errors)


def test_a_wording_makes_a_new_version_of_the_configuration(cast, acme):
    response = say(cast.client_of("editor", acme), "send", "Ab damit")

    assert response.status_code == 302
    kept = TextOverride.objects.get()
    assert (kept.tenant, kept.language, kept.key, kept.text) == (acme, "de", "send", "Ab damit")
    assert Tenant.objects.get(pk=acme.pk).config_version == acme.config_version + 1


@pytest.mark.parametrize("key", ["handoff_closed", "handoff_missed"])
def test_what_visitors_hear_where_nobody_comes_is_worded_in_each_language(cast, acme, key):
    assert say(cast.client_of("editor", acme), key, "Wir melden uns bis {time}.").status_code == 302

    config = load_config(Tenant.objects.get(pk=acme.pk))
    assert config.own_text(key, language="de", otherwise="") == "Wir melden uns bis {time}."


def test_a_viewer_words_nothing(cast, acme):
    assert say(cast.client_of("viewer", acme), "send", "Ab damit").status_code == 403
    assert not TextOverride.objects.exists()


@pytest.mark.parametrize(
    ("key", "text", "words"),
    [
        ("launcher.unread", "Neues", "Keep {count}"),
        ("send", "Ab damit, {name}", "Leave out {name}"),
        ("handoff_closed", "Wir melden uns bald.", "Keep {time}"),
        ("handoff_missed", "{name}, wir melden uns bis {time}.", "Leave out {name}"),
        ("no_such_text", "Ab damit", "not one of the available choices"),
        ("send", "x" * 501, "at most 500 characters"),
        ("send", "", "required"),
    ],
)
def test_what_would_not_work_is_refused(cast, acme, key, text, words):
    assert words in refusals(say(cast.client_of("owner", acme), key, text))
    assert not TextOverride.objects.exists()


def test_a_text_is_worded_once_a_language(cast, acme, rival):
    owner = cast.client_of("owner", acme)
    TextOverride.objects.create(tenant=rival, language="de", key="send", text="Theirs")
    say(owner, "send", "Ab damit")

    assert "has your wording already" in refusals(say(owner, "send", "Los"))
    assert say(owner, "send", "Off it goes", language="en").status_code == 302
    assert TextOverride.objects.filter(tenant=acme).count() == 2


def test_the_page_offers_every_text_and_starts_in_the_business_s_language(cast, acme):
    Tenant.objects.filter(pk=acme.pk).update(language="fr-CA")

    page = cast.client_of("owner", acme).get(ADD)

    assert page.context["adminform"].form["language"].value() == "fr"
    body = page.content.decode()
    assert "Send message" in body
    assert "Open chat" in body
    assert "The greeting" in body
    assert set(page.context["standard_texts"]) == set(LANGUAGES)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_text_has_a_standard_with_the_same_blanks(language):
    english, spoken = standard_texts("en"), standard_texts(language)

    assert {key: blanks(text) for key, text in spoken.items()} == {key: blanks(text) for key, text in english.items()}
