"""The text that visitors agree to has a number, which grows with each wording."""

from tenants import services
from tenants.models import Behavior, Tenant, TextOverride
from tenants.tests.test_admin_business import save


def version(tenant) -> int:
    return Behavior.objects.get(tenant=tenant).consent_version


def test_a_new_text_gets_the_next_number_and_other_changes_leave_it(cast, acme, rival):
    client, url = cast.client_of("owner", acme), f"/admin/tenants/tenant/{acme.pk}/change/"
    numbers = []
    for text, title in (("You may write to me.", "A"), ("You may write to me.", "B"), ("You may call me.", "B")):
        save(client, url, **{"behavior-0-consent_text": text, "behavior-0-lead_form_title": title})
        numbers.append(version(acme))
    assert numbers == [2, 2, 3]
    assert version(rival) == 1


def test_a_text_saved_from_a_page_opened_long_ago_still_gets_a_number_of_its_own(acme):
    early, late = (Behavior.objects.get(tenant=acme) for _ in range(2))
    for behavior, text in ((early, "One"), (late, "Two")):
        behavior.consent_text = text
        services.number_consent(behavior)
        behavior.save()
    assert version(acme) == 3


def test_its_wording_in_another_language_counts_too(cast, acme, rival):
    client = cast.client_of("owner", acme)
    text = {"language": "de", "key": "consent_text", "text": "Sie dürfen mir schreiben."}
    client.post("/admin/tenants/textoverride/add/", text)
    assert version(acme) == 2
    wording = TextOverride.objects.get()
    url = f"/admin/tenants/textoverride/{wording.pk}"
    client.post(f"{url}/change/", text)
    assert version(acme) == 2
    client.post(f"{url}/change/", {**text, "text": "Schreiben Sie mir."})
    assert version(acme) == 3
    client.post(f"{url}/change/", {**text, "key": "send", "text": "Ab damit"})
    assert version(acme) == 4
    client.post("/admin/tenants/textoverride/add/", text)
    client.post(f"{url}/delete/", {"post": "yes"})
    assert version(acme) == 5
    rows = list(TextOverride.objects.for_tenant(acme).values_list("pk", flat=True))
    client.post("/admin/tenants/textoverride/", {"action": "delete_selected", "_selected_action": rows, "post": "yes"})
    assert (version(acme), version(rival)) == (6, 1)
    assert Tenant.objects.get(pk=acme.pk).config_version > acme.config_version
