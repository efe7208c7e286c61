"""Where a lead came from, and what of its address is not kept."""

from dataclasses import asdict

import pytest

from leads.models import Lead
from leads.source import Source, source_of, without_ids
from leads.tests.conftest import capture, said

LANDING = (
    "https://acme.example/offer?colour=red&utm_source=news&utm_medium=email&utm_campaign=Spring%20sale"
    "&utm_term=red+shoes&utm_content=top&gclid=Cj0KCQ#reviews"
)


def test_an_address_tells_the_campaign_and_the_network_and_keeps_no_id_of_a_click():
    assert source_of(LANDING) == Source(
        first_page_url="https://acme.example/offer?colour=red",
        utm_source="news",
        utm_medium="email",
        utm_campaign="Spring sale",
        utm_term="red shoes",
        utm_content="top",
        ad_network="google",
    )


@pytest.mark.parametrize(
    ("url", "kept"),
    [
        ("https://a.example/?fbclid=abc", "https://a.example/"),
        ("https://a.example/p?GCLID=abc&id=7", "https://a.example/p?id=7"),
        ("https://a.example/p?a=1&a=%C3%A9&empty=", "https://a.example/p?a=1&a=%C3%A9&empty="),
        ("/relative?mc_eid=1#top", "/relative"),
        ("https://[broken/?gclid=1#x", "https://[broken/"),
        ("https://a.example/?" + "&".join(f"n{n}=1" for n in range(200)) + "&gclid=1", "https://a.example/"),
        ("", ""),
    ],
)
def test_no_address_keeps_what_names_a_click_or_a_person(url, kept):
    assert without_ids(url) == kept


def test_whatever_stands_in_an_address_fits_on_a_line_of_its_column():
    source = source_of("https://a.example/?utm_source=a%0Ab%00c&utm_campaign=" + "x" * 1900 + "&utm_source=second")
    assert (source.utm_source, source.utm_campaign) == ("a bc", "x" * 200)
    assert source_of("\ud800" * 3000) == Source()
    assert all(len(value) <= 2000 for value in asdict(source_of("https://a.example/" + "é" * 5000)).values())


def test_a_lead_keeps_where_its_visit_came_from(acme):
    capture(acme, said(email="ann@example.com", first_page_url=LANDING, page_url="https://acme.example/?fbclid=1"))

    lead = Lead.objects.get()
    assert (lead.first_page_url, lead.utm_source, lead.utm_campaign, lead.ad_network, lead.page_url) == (
        "https://acme.example/offer?colour=red",
        "news",
        "Spring sale",
        "google",
        "https://acme.example/",
    )


def test_the_first_visit_counts_and_a_strangers_never(acme):
    capture(acme, said(email="ann@example.com"))
    capture(acme, said("conv_two", email="ann@example.com", first_page_url="https://acme.example/?utm_source=theirs"))
    assert Lead.objects.get().utm_source == ""

    capture(acme, said(email="ann@example.com", first_page_url=LANDING))
    capture(acme, said(email="ann@example.com", first_page_url="https://acme.example/?utm_source=later"))

    assert Lead.objects.get().utm_source == "news"


def test_what_was_agreed_to_is_kept_with_its_number(acme):
    capture(acme, said(email="ann@example.com", consent_text="Yes", consent_version=3))
    capture(acme, said("conv_two", email="ann@example.com", consent_text="No", consent_version=4))
    assert Lead.objects.values_list("consent_text", "consent_version").get() == ("Yes", 3)

    capture(acme, said(email="ann@example.com", consent_text="Yes, really", consent_version=4))

    assert Lead.objects.values_list("consent_text", "consent_version").get() == ("Yes, really", 4)


def test_a_number_without_a_text_is_no_agreement(acme):
    capture(acme, said(email="ann@example.com", consent_version=3))
    assert Lead.objects.values_list("consent_version", "consent_at").get() == (None, None)
