"""What each role may do with its own tenant's rows: by hand, so that a new page is a decision."""

import pickle

import pytest
from django.contrib import admin
from django.forms.models import model_to_dict
from django.urls import reverse

from caty.testing import make_tenant
from caty.testing_pages import unrendered
from caty.tests.admin_cast import client_of, make_world, name_of, rows_of
from tenants.models import Membership
from widget.admin.first_hour import ACTIONS
from widget.admin.inbox_acts import ACTIONS as INBOX_ACTS
from widget.models import Session, Visitor

# v: see, a: add, c: change, d: delete; of rows of one's own tenant.
MAY = {
    "tenants.tenant": {"owner": "vc", "editor": "v", "viewer": "v"},
    "tenants.article": {"owner": "vacd", "editor": "vacd", "viewer": "v"},
    "tenants.proactiverule": {"owner": "vacd", "editor": "vacd", "viewer": "v"},
    "tenants.textoverride": {"owner": "vacd", "editor": "vacd", "viewer": "v"},
    "tenants.cannedreply": {"owner": "vacd", "editor": "vacd", "viewer": "v"},
    "tenants.apikey": {"owner": "va", "editor": "v", "viewer": "v"},
    "tenants.membership": {"owner": "vc", "editor": "v", "viewer": "v"},  # the last owner can't be removed
    "tenants.invitation": {"owner": "vad", "editor": "", "viewer": ""},
    "tenants.source": {"owner": "vacd", "editor": "vacd", "viewer": "v"},
    "tenants.job": {"owner": "v", "editor": "v", "viewer": "v"},
    "auth.user": {"owner": "", "editor": "", "viewer": ""},
    "widget.proactivetext": {"owner": "vc", "editor": "vc", "viewer": "v"},
    "widget.handoff": {"owner": "v", "editor": "v", "viewer": "v"},
    "widget.session": {"owner": "v", "editor": "v", "viewer": "v"},
    "widget.visitor": {"owner": "v", "editor": "v", "viewer": "v"},
    "widget.unansweredquestion": {"owner": "v", "editor": "v", "viewer": "v"},
    "leads.lead": {"owner": "vc", "editor": "vc", "viewer": "v"},
    "leads.connection": {"owner": "vacd", "editor": "v", "viewer": "v"},
    "leads.delivery": {"owner": "v", "editor": "v", "viewer": "v"},
    "leads.staffmail": {"owner": "v", "editor": "", "viewer": ""},  # everybody's own choices: test_notifications.py
    "leads.visitormail": {"owner": "v", "editor": "", "viewer": ""},
}
ROLES = ("owner", "editor", "viewer")
MODELS = sorted(admin.site._registry, key=lambda model: model._meta.label)


@pytest.fixture(scope="module")
def made(kept_rows):
    """Made once: no test keeps what it changes."""
    return pickle.dumps(make_world(make_tenant("Acme")))


@pytest.fixture
def ours(db, made):
    return pickle.loads(made)  # noqa: S301 - of our own


def test_every_page_is_in_the_table():
    assert {model._meta.label_lower for model in MODELS} == set(MAY)


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("model", MODELS)
def test_a_role_opens_what_it_may(ours, role, model):
    client, may = client_of(role, ours.tenant), MAY[model._meta.label_lower][role]
    pk = ours[model].pk
    with unrendered():  # as they are for each role in test_isolation_admin.py
        opened = {
            "v": client.get(reverse(name_of(model, "changelist")), follow=True).status_code,
            "a": client.get(reverse(name_of(model, "add"))).status_code,
            "d": client.get(reverse(name_of(model, "delete"), args=[pk])).status_code,
        }
    assert {right for right, status in opened.items() if status == 200} == set(may) - {"c"}


@pytest.mark.parametrize(("role", "status"), [("owner", 302), ("editor", 403), ("viewer", 403)])
def test_only_an_owner_goes_through_the_first_hour(ours, role, status):
    client, before = client_of(role, ours.tenant), rows_of(ours.tenant)
    for step, name in ACTIONS:
        url = reverse("admin:first_hour_step", args=[ours.tenant.pk, step or "website"])
        if status == 403:
            assert client.post(url, {"do": name}).status_code == 403
    assert client.get(reverse("admin:first_hour", args=[ours.tenant.pk])).status_code == status
    assert rows_of(ours.tenant) == before


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("model", MODELS)
def test_a_role_without_the_right_to_change_changes_nothing(ours, role, model):
    if "c" in MAY[model._meta.label_lower][role]:
        pytest.skip("may change")
    client = client_of(role, ours.tenant)
    before = rows_of(ours.tenant)
    url = reverse(name_of(model, "change"), args=[ours[model].pk])
    data = {name: value for name, value in model_to_dict(ours[model]).items() if isinstance(value, str | int)}
    response = client.post(url, {**data, "name": "changed", "title": "changed", "notes": "changed"})
    assert response.status_code in (302, 403) or model in (Session, Visitor)
    assert rows_of(ours.tenant) == before


@pytest.mark.parametrize("model", MODELS)
def test_a_viewers_actions_do_nothing(ours, model):
    client = client_of("viewer", ours.tenant)
    before = rows_of(ours.tenant)
    model_admin = admin.site._registry[model]
    for action in ["delete_selected", *(model_admin.actions or ())]:
        data = {"action": action, "_selected_action": [ours[model].pk], "post": "yes"}
        client.post(reverse(name_of(model, "changelist")), data)
    for name in getattr(model_admin, "object_actions", ()):
        assert client.post(reverse(name_of(model, name), args=[ours[model].pk])).status_code == 403
    assert rows_of(ours.tenant) == before


INBOX = {  # what each role may do in a conversation of its own business that nobody has
    "take": {"owner", "editor"},
    "insist": {"owner", "editor"},
    "hand_back": {"owner", "editor"},
    "end": {"owner", "editor"},
    "assign": {"owner", "editor"},
    "note": {"owner", "editor"},
    "reply": set(),  # only who has taken over
    "upload": set(),
    "typing": {"owner", "editor", "viewer"},  # shows to the visitor only of who has it
    "present": {"owner", "editor", "viewer"},
    "left": {"owner", "editor", "viewer"},
}


def test_every_action_of_the_inbox_is_in_the_table():
    assert set(INBOX_ACTS) == set(INBOX)


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("action", sorted(INBOX))
def test_a_role_does_in_the_inbox_what_it_may(ours, role, action):
    client, before = client_of(role, ours.tenant), rows_of(ours.tenant)
    url = reverse("admin:widget_inbox_act", args=[ours[Session].reference, action])
    response = client.post(url, {"text": "Hello.", "to": ours[Membership].pk})
    assert (response.status_code == 200) == (role in INBOX[action])
    if response.status_code != 200:
        assert response.status_code in (400, 403, 409)
        assert rows_of(ours.tenant) == before
