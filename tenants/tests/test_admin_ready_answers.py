"""Ready answers: kept under short names, offered to begin with."""

import pytest

from tenants.models import CannedReply, Membership, Tenant

LIST = "/admin/tenants/cannedreply/"
ADD = f"{LIST}add/"
START = f"{LIST}start/"


def refusals(response) -> str:
    return " ".join(error for errors in response.context["adminform"].form.errors.values() for error in errors)


@pytest.mark.parametrize(("typed", "kept"), [("/Hours", "hours"), ("Öffnung-2", "öffnung-2"), ("bye", "bye")])
def test_a_ready_answer_is_kept_under_a_name_that_is_easily_typed(cast, acme, typed, kept):
    assert cast.client_of("editor", acme).post(ADD, {"name": typed, "text": "We open at nine."}).status_code == 302

    reply = CannedReply.objects.get()
    assert (reply.tenant, reply.name, reply.text) == (acme, kept, "We open at nine.")


@pytest.mark.parametrize("name", ["two words", "a_b", "-x", "x-", "a--b", "/", "a/b", "x" * 41, ""])
def test_a_name_that_could_not_be_typed_after_a_slash_is_refused(cast, acme, name):
    response = cast.client_of("editor", acme).post(ADD, {"name": name, "text": "Words"})

    assert response.status_code == 200
    assert refusals(response)
    assert not CannedReply.objects.exists()


def test_a_name_is_given_once_a_business(cast, acme, rival):
    CannedReply.objects.create(tenant=acme, name="hours", text="At nine.")
    CannedReply.objects.create(tenant=rival, name="bye", text="Theirs")
    editor = cast.client_of("editor", acme)

    assert "with this name already" in refusals(editor.post(ADD, {"name": "HOURS", "text": "At ten."}))
    assert editor.post(ADD, {"name": "bye", "text": "Ours"}).status_code == 302
    assert list(CannedReply.objects.filter(tenant=acme).order_by("name").values_list("name", "text")) == [
        ("bye", "Ours"),
        ("hours", "At nine."),
    ]


def test_they_are_found_by_name_and_by_words(cast, acme):
    CannedReply.objects.create(tenant=acme, name="hours", text="At nine.")
    CannedReply.objects.create(tenant=acme, name="bye", text="See you.")
    viewer = cast.client_of("viewer", acme)

    for asked, found in (("hour", ["hours"]), ("see", ["bye"]), ("nothing", [])):
        assert [row.name for row in viewer.get(LIST, {"q": asked}).context["cl"].result_list] == found


@pytest.mark.parametrize(
    ("language", "names"), [("de-AT", ["danke", "hallo", "klären"]), ("fr", ["bye", "check", "hello"])]
)
def test_an_empty_page_offers_three_in_the_language_of_the_business(cast, acme, language, names):
    Tenant.objects.filter(pk=acme.pk).update(language=language)
    editor = cast.client_of("editor", acme)
    offered = editor.get(LIST).content.decode()
    assert f'formaction="{START}"' in offered
    assert f'name="tenant" value="{acme.pk}"' in offered

    assert editor.post(START, {"tenant": acme.pk}).status_code == 302

    assert list(CannedReply.objects.filter(tenant=acme).order_by("name").values_list("name", flat=True)) == names
    assert START not in editor.get(LIST).content.decode()


def test_beginning_twice_changes_nothing(cast, acme):
    CannedReply.objects.create(tenant=acme, name="hello", text="Mine")
    for _time in range(2):
        cast.client_of("editor", acme).post(START, {"tenant": acme.pk})

    assert CannedReply.objects.count() == 3
    assert CannedReply.objects.get(name="hello").text == "Mine"


def test_a_viewer_is_offered_and_begins_nothing(cast, acme):
    viewer = cast.client_of("viewer", acme)

    assert START not in viewer.get(LIST).content.decode()
    assert viewer.post(START, {"tenant": acme.pk}).status_code == 403
    assert not CannedReply.objects.exists()


def test_nothing_is_begun_for_a_business_where_one_only_looks(cast, acme, rival):
    Membership.objects.create(tenant=rival, user=cast.make_staff(acme, "editor"), role="viewer")

    assert cast.client_of("editor", acme).post(START, {"tenant": rival.pk}).status_code == 404
    assert not CannedReply.objects.exists()
