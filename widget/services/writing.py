"""Having a model write for the index or for staff, in the worker: with the tenant's money, and not while it is away."""

from collections.abc import Callable
from datetime import datetime

from caty.lib.database import release_connection
from caty.lib.errors import Unavailable
from tenants import budget
from tenants.models import Tenant
from widget.engine import pricing
from widget.engine import writing as engine
from widget.engine.model import ChatModel, Prompt
from widget.services.thinking import FAILED, HEALTH


class ModelResting(Unavailable):
    """The model has failed too often a moment ago to be asked now."""

    message = "The model is away for the moment."


def write_paid(
    tenant: Tenant,
    prompt: Prompt,
    read: Callable[[str], engine.Content],
    *,
    model: ChatModel,
    seconds: float,
    now: datetime,
) -> engine.Written[engine.Content]:
    """What the model writes, paid for whatever comes of it, and without a database connection meanwhile.

    Raises BudgetExceeded and ModelResting.
    """
    if not HEALTH.may_ask(prompt.model):
        raise ModelResting
    reservation = budget.reserve(tenant=tenant, ceiling_microusd=pricing.ceiling_microusd(prompt), now=now)
    release_connection()
    written = engine.write(prompt, read, model=model, deadline_seconds=seconds)
    budget.settle(reservation, cost_microusd=written.cost_microusd, now=now)
    if written.problem in FAILED:
        HEALTH.note_failure(prompt.model)
    elif not written.problem:
        HEALTH.note_success(prompt.model)
    return written
