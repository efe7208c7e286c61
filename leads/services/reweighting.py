"""Other score weights: what they would do to past leads, and doing it."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

from django.db import connection, transaction
from django.db.models import Case, Value, When
from django.db.models.functions import Collate
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from leads import scoring
from leads.models import Lead, LeadConversation, ScoreEntry
from leads.services.announcing import announce_updated
from leads.services.locks import lock_conversations
from tenants import services as tenant_services
from tenants.contracts import ScoreWeights
from tenants.jobs import JobKind, Step, Work
from tenants.models import Job, Tenant

KIND = "leads.reweigh"
LOOKED_AT = timedelta(days=90)
MOST_SHOWN = 50
# Conversations in one transaction: a visitor whose conversation is among them waits as long as it takes.
BATCH = 25
# By then every process scores by the new weights, and what was on its way by the old ones has been written down.
SETTLED_AFTER = timedelta(seconds=60)

# Counted by the database: the processor of a web process is for its chats. One row for each way to score.
LEDGERS = """
    WITH counted AS (
        SELECT DISTINCT ON (named.lead_id, entry.rule) named.lead_id, entry.rule, entry.points
        FROM leads_lead lead
        JOIN leads_leadconversation named ON named.lead_id = lead.id
        JOIN leads_scoreentry entry
          ON entry.tenant_id = lead.tenant_id AND entry.conversation_reference = named.conversation_reference
        WHERE lead.tenant_id = %(tenant)s AND lead.captured_at >= %(since)s
        ORDER BY named.lead_id, entry.rule, entry.created_at, entry.id
    ), ledgers AS (
        SELECT lead_id, array_agg(rule ORDER BY rule) AS rules, array_agg(points ORDER BY rule) AS points
        FROM counted GROUP BY lead_id
    )
    SELECT lead.score, lead.band, rules, points, count(*), (array_agg(lead.id ORDER BY lead.id DESC))[:%(most)s]
    FROM leads_lead lead LEFT JOIN ledgers ON ledgers.lead_id = lead.id
    WHERE lead.tenant_id = %(tenant)s AND lead.captured_at >= %(since)s
    GROUP BY lead.score, lead.band, rules, points
"""


@dataclass(frozen=True, kw_only=True)
class Move:
    """A lead whose band would change."""

    lead_pk: int
    name: str
    score_before: int
    score_after: int
    band_before: str
    band_after: str


@dataclass(frozen=True, kw_only=True)
class WeightsPreview:
    """Leads by band, how many would change theirs, and the first of those, who move furthest first."""

    before: Mapping[str, int]
    after: Mapping[str, int]
    moved: int
    moves: tuple[Move, ...]


def preview_weights(*, tenant: Tenant, weights: ScoreWeights, now: datetime) -> WeightsPreview:
    """What `weights` would make of the leads of the last 90 days. Two queries, and nothing is written."""
    before, after, moving = Counter(), Counter(), []
    for score, band, rules, points, count, newest in _ledgers(tenant, now - LOOKED_AT):
        entries = zip(rules or (), points or (), strict=True)
        new_score = scoring.total(scoring.reweighed(entries, weights))
        before[band] += count
        after[scoring.band_of(new_score)] += count
        if scoring.band_of(new_score) != band:
            moving.append((score, new_score, band, count, newest))
    moving.sort(key=lambda group: -abs(group[1] - group[0]))
    return WeightsPreview(
        before=before,
        after=after,
        moved=sum(count for *_group, count, _newest in moving),
        moves=tuple(_moves(tenant, moving)),
    )


def apply_weights(*, tenant: Tenant, weights: ScoreWeights, is_told: bool, user_id: int, now: datetime) -> int:
    """Score by `weights` from now on, and have all past points rewritten by them: the key of the job that does it.

    With `is_told`, lead.updated goes out for each lead whose band changes. Takes the place of one that is under way.
    Raises TooManyJobs.
    """
    with transaction.atomic():
        under_way = Job.objects.for_tenant(tenant).filter(kind=KIND, state__in=(Job.State.PENDING, Job.State.RUNNING))
        for job_pk in under_way.values_list("pk", flat=True):
            tenant_services.cancel_job(job_pk, tenant=tenant, now=now)
        tenant_services.set_score_weights(tenant, weights)
        return tenant_services.start_job(
            KIND,
            tenant=tenant,
            user_id=user_id,
            settings={"weights": asdict(weights), "is_told": is_told},
            message=_("Begins in a minute, when all that is on its way has been scored."),
            due_at=now + SETTLED_AFTER,
            now=now,
        )


def run(work: Work) -> Iterator[Step]:
    """Conversation by conversation in the order of their references. One that begins meanwhile needs none of it."""
    if work.cursor.get("is_complete"):
        return
    weights, is_told = ScoreWeights(**work.settings["weights"]), work.settings["is_told"]
    ledger = ScoreEntry.objects.for_tenant(work.tenant)
    total = work.total or ledger.values("conversation_reference").distinct().count()
    done, cursor = work.done, {"after": "", "changed": 0, "moved": 0, **work.cursor}
    while references := _next_references(work.tenant, cursor["after"]):
        changed, moved = rewrite(references, tenant=work.tenant, weights=weights, is_told=is_told, now=work.now)
        done += len(references)
        cursor = {
            "after": references[-1],
            "changed": cursor["changed"] + changed,
            "moved": cursor["moved"] + moved,
        }
        yield Step(done=done, total=max(total, done), cursor=cursor)
    yield Step(done=done, total=done, cursor={**cursor, "is_complete": True}, message=_outcome(cursor))


def rewrite(
    references: Sequence[str], *, tenant: Tenant, weights: ScoreWeights, is_told: bool, now: datetime
) -> tuple[int, int]:
    """Give what these conversations earned its points by `weights`; how many leads score otherwise, and how many have
    another band. In one transaction, with the locks and in the order of `record_score`."""
    with transaction.atomic():
        lock_conversations(tenant.pk, references)
        _rewrite_points(tenant, references, weights)
        named = LeadConversation.objects.filter(conversation_reference__in=references)
        leads = Lead.objects.for_tenant(tenant).filter(pk__in=named.values("lead")).defer("transcript")
        locked = list(leads.select_for_update(of=("self",)).order_by(Collate("email_key", "C"), "pk"))
        scores = _scores(tenant, locked, weights)
        changed = [lead for lead in locked if scores[lead.pk] != lead.score]
        moved = [lead for lead in changed if scoring.band_of(scores[lead.pk]) != lead.band]
        for lead in changed:
            lead.score, lead.band, lead.updated_at = scores[lead.pk], scoring.band_of(scores[lead.pk]), now
        Lead.objects.bulk_update(changed, ["score", "band", "updated_at"])
        for lead in moved if is_told else ():
            announce_updated(lead, tenant=tenant, changed=["band"], now=now)
    return len(changed), len(moved)


def _ledgers(tenant: Tenant, since: datetime) -> list[tuple]:
    with connection.cursor() as cursor:
        cursor.execute(LEDGERS, {"tenant": tenant.pk, "since": since, "most": MOST_SHOWN})
        return cursor.fetchall()


def _moves(tenant: Tenant, moving: list[tuple]) -> Iterator[Move]:
    chosen = [(pk, *group) for *group, _count, newest in moving for pk in newest][:MOST_SHOWN]
    leads = Lead.objects.for_tenant(tenant).only("name", "email", "phone").in_bulk([pk for pk, *_group in chosen])
    for pk, score, new_score, band in chosen:
        if pk in leads:
            yield Move(
                lead_pk=pk,
                name=str(leads[pk]),
                score_before=score,
                score_after=new_score,
                band_before=band,
                band_after=scoring.band_of(new_score),
            )


def _next_references(tenant: Tenant, after: str) -> list[str]:
    rows = ScoreEntry.objects.for_tenant(tenant).filter(conversation_reference__gt=after)
    return list(
        rows.order_by("conversation_reference").values_list("conversation_reference", flat=True).distinct()[:BATCH]
    )


def _rewrite_points(tenant: Tenant, references: Sequence[str], weights: ScoreWeights) -> None:
    worth = Case(
        *(When(rule=rule, then=Value(points)) for rule, points in asdict(weights).items()),
        output_field=ScoreEntry._meta.get_field("points"),
    )
    entries = ScoreEntry.objects.for_tenant(tenant).filter(conversation_reference__in=references)
    entries.filter(rule__in=scoring.RULES).exclude(points=worth).update(points=worth)


def _scores(tenant: Tenant, leads: Sequence[Lead], weights: ScoreWeights) -> dict[int, int]:
    """What each lead scores by `weights`, counting also those of its conversations whose turn is yet to come: it
    shall move once, not back and forth."""
    named = list(LeadConversation.objects.filter(lead__in=leads).values_list("lead_id", "conversation_reference"))
    references = {reference for _lead, reference in named}
    rows = ScoreEntry.objects.for_tenant(tenant).filter(conversation_reference__in=references)
    entries = {reference: [] for reference in references}
    for reference, rule, points in rows.order_by("created_at", "pk").values_list(
        "conversation_reference", "rule", "points"
    ):
        entries[reference].append((rule, points))
    ledgers = {lead.pk: [] for lead in leads}
    for lead_pk, reference in named:
        ledgers[lead_pk] += entries[reference]
    return {pk: scoring.total(scoring.reweighed(ledger, weights)) for pk, ledger in ledgers.items()}


def _outcome(cursor: Mapping) -> str:
    changed = ngettext("%d lead scores otherwise now", "%d leads score otherwise now", cursor["changed"])
    moved = ngettext("%d has another temperature.", "%d have another temperature.", cursor["moved"])
    return f"{changed % cursor['changed']}; {moved % cursor['moved']}"


REWEIGHING = JobKind(
    label=gettext_lazy("Past leads scored anew"),
    run=run,
    advice=gettext_lazy(
        "Nothing is lost: leads that were not reached keep their points. Open “Business and looks”, “Scores”, preview "
        "the weights and apply them again."
    ),
)
