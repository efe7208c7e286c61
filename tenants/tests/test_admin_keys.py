"""Keys are shown once and revoked by an action; the snippet carries the key while it is shown."""

import re

from tenants.models import ApiKey


def make_key(client) -> str:
    page = client.post("/admin/tenants/apikey/add/", {"name": "Main site"}).content.decode()
    return re.search(r"data-api-key=&quot;(caty_\w{32})&quot;", page).group(1)


def test_a_new_key_is_shown_once_in_the_line_to_paste(cast, acme):
    client = cast.client_of("owner", acme)
    key = make_key(client)
    assert ApiKey.objects.get(tenant=acme).beginning == key[:9]
    for url in ("/admin/tenants/apikey/", "/admin/tenants/apikey/snippet/", "/admin/"):
        assert key not in client.get(url).content.decode()


def test_the_snippet_page_says_how_to_get_a_key(cast, acme):
    page = cast.client_of("owner", acme).get("/admin/tenants/apikey/snippet/").content.decode()
    assert "https://caty.example/widget.js" in page
    assert "You need a key first." in page


def test_a_key_is_revoked_by_action(cast, acme):
    client = cast.client_of("owner", acme)
    make_key(client)
    key = ApiKey.objects.get(tenant=acme)
    client.post("/admin/tenants/apikey/", {"action": "revoke", "_selected_action": [key.pk]})
    key.refresh_from_db()
    assert key.revoked_at is not None


def test_an_editor_makes_and_revokes_no_key(cast, acme):
    make_key(cast.client_of("owner", acme))
    key = ApiKey.objects.get(tenant=acme)
    client = cast.client_of("editor", acme)
    assert client.post("/admin/tenants/apikey/add/", {"name": "Mine"}).status_code == 403
    client.post("/admin/tenants/apikey/", {"action": "revoke", "_selected_action": [key.pk]})
    key.refresh_from_db()
    assert (ApiKey.objects.count(), key.revoked_at) == (1, None)
