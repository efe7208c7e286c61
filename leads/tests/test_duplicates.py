"""Leads that may be one person, found by probing indexes."""

import json

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from leads import services
from leads.models import Lead
from leads.tests.conftest import NOON, capture, said


def lead(tenant, conversation="conv_one", **details) -> Lead:
    return Lead.objects.get(pk=capture(tenant, said(conversation, **details)).lead_pk)


def reasons(of: Lead) -> list[tuple[str, tuple[str, ...]]]:
    return [(one.title, one.reasons) for one in services.find_duplicates(of)]


@pytest.mark.parametrize(
    ("one", "other", "why"),
    [
        ({"email": "a@x.example", "phone": "202-555-0143"}, {"phone": "+1 202 555 0143"}, "Same phone number"),
        ({"email": "ann.lee@gmail.com"}, {"email": "a.n.nlee+shop@googlemail.com"}, "Same mailbox"),
        ({"email": "ann@firm.example"}, {"email": "ann+caty@firm.example"}, "Same mailbox"),
        (
            {"email": "a@x.example", "name": "Ann Lee", "company": "Lee Ltd"},
            {"email": "b@y.example", "name": "ann lee", "company": "LEE LTD"},
            "Same name and company",
        ),
        (
            {"email": "ann@firm.example", "name": "Ann Lee"},
            {"email": "a.lee@firm.example", "name": "Ann LEE"},
            "Same name and mail domain",
        ),
    ],
)
def test_what_two_leads_have_in_common_is_said_on_both(acme, one, other, why):
    first, second = lead(acme, **one), lead(acme, "conv_two", **other)
    assert reasons(first) == [(str(second), (why,))]
    assert reasons(second) == [(str(first), (why,))]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"email": "ann.lee@firm.example"}, {"email": "annlee@firm.example"}),  # only Gmail takes no notice of dots
        ({"email": "ann@gmail.com", "name": "Ann"}, {"email": "a2@gmail.com", "name": "Ann"}),
        ({"email": "a@x.example", "company": "Lee Ltd"}, {"email": "b@y.example", "company": "Lee Ltd"}),
        ({"email": "a@x.example", "name": "Ann"}, {"email": "b@y.example", "name": "Ann"}),
        ({"email": "+a@x.example"}, {"email": "+b@x.example"}),
        ({"email": "a@x.example", "phone": "112"}, {"email": "b@y.example", "phone": "112"}),
        ({"email": "a@x.example"}, {"email": "b@y.example"}),
    ],
)
def test_what_says_nothing_is_no_likeness(acme, one, other):
    first, second = lead(acme, **one), lead(acme, "conv_two", **other)
    assert reasons(first) == reasons(second) == []


def test_leads_of_another_business_are_nobodys_duplicates(acme, rival):
    same = {"email": "ann.lee@firm.example", "phone": "202-555-0143", "name": "Ann Lee", "company": "Lee Ltd"}
    ours = lead(acme, **same)
    lead(rival, "conv_two", **same)
    lead(rival, "conv_three", **{**same, "email": "ann.lee+x@firm.example"})
    assert services.find_duplicates(ours) == []


def test_several_reasons_make_one_line_and_the_number_of_lines_is_bounded(acme):
    common = {"phone": "202-555-0143", "name": "Ann", "company": "Lee Ltd"}
    rows = [lead(acme, f"conv_{number}", email=f"ann{number}@firm.example", **common) for number in range(15)]
    found = services.find_duplicates(rows[0])
    assert len(found) == 10
    assert found[0].reasons == ("Same phone number", "Same name and company", "Same name and mail domain")


def test_each_look_up_probes_its_own_index(acme):
    details = {"phone": "202-555-0143", "name": "Ann", "company": "Lee Ltd"}
    row = lead(acme, email="ann@firm.example", **details)
    with CaptureQueriesContext(connection) as captured:
        services.find_duplicates(row)
    others = []
    for at in range(2000):
        email, at_the_same_time = f"{at}@f{at}.example", {"captured_at": NOON, "updated_at": NOON}
        words = {"name": f"N{at}", "company": f"C{at}", "phone_key": str(at), "email": email, "email_key": email}
        others.append(Lead(tenant=acme, **words, **at_the_same_time))
    Lead.objects.bulk_create(others, batch_size=500)  # a small table would rather be read by any index, or whole
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE leads_lead")
        plans = [explained(cursor, query["sql"]) for query in captured]
    assert [plan["Index Name"] for plan in plans] == [
        "lead_same_phone",
        "lead_same_mailbox",
        "lead_same_company",
        "lead_same_domain",
    ]
    assert all("tenant_id" in plan["Index Cond"] for plan in plans)
    conditions = ("phone_key", "regexp_replace", "lower((company)", "split_part")
    assert all(part in plan["Index Cond"] for plan, part in zip(plans, conditions, strict=True))


def explained(cursor, sql: str) -> dict:
    """The part of the plan that reads the table by an index."""
    cursor.execute(f"EXPLAIN (FORMAT JSON) {sql}")
    ((answer,),) = cursor.fetchall()
    part = (json.loads(answer) if isinstance(answer, str) else answer)[0]["Plan"]
    while (
        "Index Name" not in part
        or "Index Cond" not in part
        or part["Node Type"] not in ("Index Scan", "Bitmap Index Scan")
    ):
        part = part["Plans"][0]
    return part
