"""Addresses and numbers: their form, their key, and finding them in words."""

import time

import pytest

from leads.contact import ContactInvalid, ContactPoint, find_contacts, normalise_email, normalise_phone


@pytest.mark.parametrize(
    ("typed", "text", "key"),
    [
        (" Ann.Lee@Example.COM ", "Ann.Lee@example.com", "ann.lee@example.com"),
        ("jörg@Müller.de", "jörg@müller.de", "jörg@xn--mller-kva.de"),
        ("a+b@x.co", "a+b@x.co", "a+b@x.co"),
    ],
)
def test_email_has_one_key_for_all_its_spellings(typed, text, key):
    assert normalise_email(typed) == ContactPoint(text, key)


@pytest.mark.parametrize(
    "typed", ["ann", "ann@", "ann@localhost", "a b@x.co", "a@x.co\nBcc: b@x.co", "a@b@x.co", "\x00"]
)
def test_what_is_no_email_is_refused_with_its_field(typed):
    with pytest.raises(ContactInvalid) as caught:
        normalise_email(typed)
    assert caught.value.details == [{"field": "email", "error": "This is not an e-mail address."}]


@pytest.mark.parametrize(
    ("typed", "country", "text", "key"),
    [
        ("0151 23456789", "DE", "+4915123456789", "+4915123456789"),
        ("+1 (202) 555-0143", "DE", "+12025550143", "+12025550143"),
        ("202-555-0143 x 12", "US", "+12025550143 ext. 12", "+12025550143"),
        ("+1234567890", "US", "+1234567890", "+1234567890"),
        ("12 34", "US", "12 34", "1234"),
        ("ask Ann", "US", "ask Ann", ""),
        ("", "US", "", ""),
    ],
)
def test_phone_becomes_e164_where_it_can_and_stays_as_typed_else(typed, country, text, key):
    assert normalise_phone(typed, country=country) == ContactPoint(text, key)


@pytest.mark.parametrize(
    ("words", "emails"),
    [
        ("I'm Ann, ann@example.com.", ("ann@example.com",)),
        ("<Ann@Example.com>, (bob@x.co) or ann@example.com!", ("Ann@example.com", "bob@x.co")),
        ("我的邮箱是abc@example.com谢谢", ("abc@example.com",)),
        ("jörg@müller.de", ("jörg@müller.de",)),
        ("mailto:ann@example.com?subject=x", ("ann@example.com",)),
        ("see https://user:pass@example.com/a@b.co and @ann at x@y", ()),
        ("@@@ a@ @b.co a@@b.co", ()),
    ],
)
def test_emails_are_found_in_words(words, emails):
    assert find_contacts(words, country="US").emails == emails


@pytest.mark.parametrize(
    ("words", "country", "phones"),
    [
        ("call 202-555-0143 or +44 20 7946 0018", "US", ("+12025550143", "+442079460018")),
        ("2025550143", "US", ("+12025550143",)),
        ("Ruf mich unter 0151/23456789 an, danke", "DE", ("+4915123456789",)),
        ("ann2025550143@example.com", "US", ()),
        ("https://shop.example/2025550143", "US", ()),
        ("order 2025550143 hasn't come", "US", ()),
        ("invoice no. 2025550143", "US", ()),
        ("Bestellnummer: 015123456789", "DE", ()),
        ("#2025550143", "US", ()),
        ("$2025550143, or 2025550143 USD", "US", ()),
        ("2025550143", "DE", ()),
        ("on 2026-01-28, 01/28/2026 or 28.01.2026 at 10:30", "US", ()),
        ("28.01.2026 10:30", "DE", ()),
        ("4111 1111 1111 1111", "US", ()),
        ("DE89 3704 0044 0532 0130 00", "DE", ()),
        ("192.168.178.201", "DE", ()),
        ("1.200.000 - 1.300.000", "DE", ()),
        ("my order is late, call 202-555-0143", "US", ("+12025550143",)),
        ("about my account: phone 202-555-0143", "US", ("+12025550143",)),
    ],
)
def test_phones_are_found_and_other_numbers_are_left_alone(words, country, phones):
    assert find_contacts(words, country=country).phones == phones


@pytest.mark.parametrize(
    "seed",
    [
        "a@",
        "@",
        "a.",
        "1",
        "1 ",
        "+1-",
        "(((1",
        "12345678 ",
        "0151 2345678 / ",
        "a@b.",
        "www.",
        "http://a@b.co ",
        "a@b.co ",
    ],
)
def test_finding_takes_no_longer_than_the_text_deserves(seed):
    words = (seed * 100_000)[:200_000]
    began = time.process_time()

    found = find_contacts(words, country="DE")

    assert time.process_time() - began < 0.5
    assert len(found.emails) <= 10
    assert len(found.phones) <= 10
