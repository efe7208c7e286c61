"""Which entry of the admin's sidebar a page is shown to belong to, and who sees which."""

import pytest
from django.test import RequestFactory

from caty import navigation


@pytest.fixture
def entries(acme, cast):
    """Call it with a path: the entries of the sidebar by their links, as somebody sees them there."""

    def seen(path: str, role: str = "owner") -> dict[str, dict]:
        request = RequestFactory().get(path)
        request.user = cast.make_staff(acme, role)
        return {item["link"]: item for group in navigation.sidebar(request) for item in group["items"]}

    return seen


@pytest.mark.parametrize(
    ("path", "marked"),
    [
        ("/admin/", ["/admin/"]),
        ("/admin/leads/lead/", ["/admin/leads/lead/"]),
        ("/admin/leads/lead/7/change/", ["/admin/leads/lead/"]),
        ("/admin/inbox/conv_2/", ["/admin/inbox/"]),
        ("/admin/conversations/conv_2/", ["/admin/widget/session/"]),
        ("/admin/widget/session/costs/", ["/admin/widget/session/costs/"]),
        ("/admin/widget/session/7/change/", ["/admin/widget/session/"]),
        ("/admin/tenants/membership/mine/", ["/admin/tenants/membership/mine/"]),
        ("/admin/tenants/membership/", ["/admin/tenants/membership/"]),
        ("/admin/tenants/apikey/snippet/", ["/admin/tenants/apikey/snippet/"]),
        ("/admin/password_change/", []),
    ],
)
def test_a_page_marks_the_entry_that_it_belongs_to(entries, path, marked):
    assert [link for link, entry in entries(path).items() if entry["active"]] == marked


def test_each_role_is_offered_what_it_may_open(entries):
    links = {role: set(entries("/admin/", role)) for role in ("owner", "editor", "viewer")}
    assert links["owner"] - links["editor"] == {"/admin/widget/session/costs/", "/admin/tenants/invitation/"}
    assert links["editor"] - links["viewer"] == {"/admin/widget/unansweredquestion/try/"}
    assert "/admin/auth/user/" not in links["owner"]


def test_who_waits_is_counted_beside_the_inbox_except_in_the_inbox_itself(entries):
    assert entries("/admin/")["/admin/inbox/"]["badge"] == 0
    assert "badge" not in entries("/admin/inbox/")["/admin/inbox/"]
