"""`manage.py chat TENANT`: a conversation in the terminal, through the same use cases as the widget's."""

import sys
from collections.abc import Iterator

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from caty.lib.errors import CatyError
from tenants.config import load_config
from tenants.contracts import WidgetConfig
from tenants.models import Tenant
from widget import services
from widget.contracts import Browser, Caller, PageSeen, PostedAnswer, StartedSession, VisitorMessage

FAREWELL = "/quit"
CALLER = Caller(address="terminal")


class Command(BaseCommand):
    help = f"Chats with a business's assistant. {FAREWELL} or the end of the input ends it."

    def add_arguments(self, parser):
        parser.add_argument("tenant", help="the business's short name, such as demo")

    def handle(self, *args, **options):
        tenant = Tenant.objects.filter(slug=options["tenant"], is_active=True).first()
        if tenant is None:
            raise CommandError(f"There is no active business with the short name “{options['tenant']}”.")
        config = load_config(tenant)
        started = start(tenant, config)
        if started.greeting:
            self.stdout.write(f"{config.persona.name}: {started.greeting.content}")
        for text in visitor_lines():
            self._say(tenant, config, started.session_id, text)
        services.end_session(tenant=tenant, session_id=started.session_id, now=timezone.now())

    def _say(self, tenant: Tenant, config: WidgetConfig, session_id: str, text: str) -> None:
        message = VisitorMessage(text=text, page_url=tenant.website)
        try:
            answer = services.post_message(
                tenant=tenant, config=config, session_id=session_id, message=message, caller=CALLER, now=timezone.now()
            )
        except CatyError as error:
            self.stderr.write(error.message)
        else:
            self.stdout.write(as_text(answer, config.persona.name))


def start(tenant: Tenant, config: WidgetConfig) -> StartedSession:
    """A conversation as from the business's own first page. Raises CommandError after too many of them."""
    try:
        return services.start_session(
            tenant=tenant,
            config=config,
            visitor_id="",
            page=PageSeen(url=tenant.website, title="Terminal"),
            browser=Browser(user_agent="manage.py chat"),
            caller=CALLER,
            now=timezone.now(),
        )
    except CatyError as error:
        raise CommandError(error.message) from error


def visitor_lines() -> Iterator[str]:
    """What is typed or piped in, line by line, without empty lines, until the farewell or the end."""
    prompt = "You: " if sys.stdin.isatty() else ""
    while True:
        try:
            text = input(prompt).strip()
        except (EOFError, KeyboardInterrupt):
            return
        if text == FAREWELL:
            return
        if text:
            yield text


def as_text(answer: PostedAnswer, name: str) -> str:
    """The answer with everything a widget would show, and what staff would see of it."""
    lines = [f"{name}: {answer.content}"]
    lines += [f"  Source: {source.title} ({source.url})" for source in answer.sources]
    lines += [f"  [{action.label}] {action.url}".rstrip() for action in answer.suggested_actions]
    lines.append(
        f"  (intent {answer.intent}, confidence {answer.confidence:.2f}, lead score {answer.lead_score}, "
        f"answered by {answer.answered_by})"
    )
    return "\n".join(lines)
