"""What colleagues do in the inbox. Every answer is JSON, and a refusal is {error, code} with its status."""

from collections.abc import Callable
from functools import wraps

from django import forms
from django.http import HttpRequest, JsonResponse
from django.utils import timezone
from django.views.decorators.http import require_POST

from caty.lib import bell
from caty.lib.api import as_expected
from caty.lib.errors import CatyError
from widget.admin.inbox_desk import Opened, whole_number
from widget.admin.inbox_files import upload
from widget.admin.inbox_shown import staff_name
from widget.queries import conversation_topic
from widget.services import inbox, live, presence
from widget.services.live import ConversationNotFound, MayNotAnswer, ReplyInvalid, StaffReply, Taken


class NotAColleague(MayNotAnswer):
    message = "Only colleagues of this business can do that. Add yourself to it under “Colleagues”."


class WordsForm(forms.Form):
    """What was typed. `client_id` is the page's own id for it, `attachment` the public ids of what goes along."""

    text = forms.CharField(required=False, max_length=live.LONGEST, strip=False)
    client_id = forms.CharField(required=False, max_length=60)
    attachment = forms.CharField(required=False, max_length=400)


def answers_json(view: Callable[..., dict]) -> Callable[..., JsonResponse]:
    """Answers with what `view` gives; an expected failure becomes {error, code} with its status."""

    @wraps(view)
    def guarded(request: HttpRequest, **kwargs) -> JsonResponse:
        try:
            return JsonResponse({"ok": True, **view(request, **kwargs)})
        except Exception as error:
            expected = as_expected(error)
            if expected is None:
                raise
            return _refusal(expected)

    return guarded


def _refusal(error: CatyError) -> JsonResponse:
    told = {"error": str(error.message), "code": error.code}
    owner = getattr(error, "owner", "")
    return JsonResponse({**told, "owner": owner} if owner else told, status=error.status)


@require_POST
@answers_json
def act(request: HttpRequest, reference: str, action: str) -> dict:
    """One of ACTIONS, in the name of the person's membership at the conversation's business. Raises CatyError."""
    session = inbox.find_conversation(request.user, reference)
    if session is None or action not in ACTIONS:
        raise ConversationNotFound
    membership = inbox.find_membership(request.user, session)
    if membership is None:
        raise NotAColleague
    try:
        return ACTIONS[action](request, Opened(session=session, membership=membership))
    except Taken as error:
        fresh = inbox.find_conversation(request.user, reference)
        error.owner = staff_name(fresh.owner) if fresh and fresh.owner else ""
        raise


def _who(opened: Opened) -> dict:
    return {"reference": opened.session.reference, "membership": opened.membership, "now": timezone.now()}


def _take(request: HttpRequest, opened: Opened) -> dict:
    live.take_over(**_who(opened))
    return {}


def _insist(request: HttpRequest, opened: Opened) -> dict:
    live.take_over(is_insisting=True, **_who(opened))
    return {}


def _hand_back(request: HttpRequest, opened: Opened) -> dict:
    live.hand_back(**_who(opened))
    return {}


def _end(request: HttpRequest, opened: Opened) -> dict:
    live.end_conversation(**_who(opened))
    return {}


def _assign(request: HttpRequest, opened: Opened) -> dict:
    live.assign(to=whole_number(request.POST.get("to", "")), **_who(opened))
    return {}


def _reply(request: HttpRequest, opened: Opened) -> dict:
    words = _words(request)
    reply = StaffReply(
        text=words["text"], client_id=words["client_id"], attachment_ids=tuple(words["attachment"].split())
    )
    message = live.send_reply(reply=reply, **_who(opened))
    return {"sequence": message.sequence}


def _note(request: HttpRequest, opened: Opened) -> dict:
    live.add_note(text=_words(request)["text"], **_who(opened))
    return {}


def _typing(request: HttpRequest, opened: Opened) -> dict:
    live.note_typing(**_who(opened))
    return {}


def _present(request: HttpRequest, opened: Opened) -> dict:
    """The page is before their eyes. Colleagues hear of who comes, not of who stays."""
    who = _who(opened)
    was_here = opened.membership.pk in presence.find_looking(opened.session.pk, who["now"])
    live.note_present(read_sequence=whole_number(request.POST.get("read", "")), **who)
    if not was_here:
        bell.ring(conversation_topic(opened.session.pk))
    return {}


def _left(request: HttpRequest, opened: Opened) -> dict:
    presence.note_gone(opened.session.pk, opened.membership.pk)
    bell.ring(conversation_topic(opened.session.pk))
    return {}


def _words(request: HttpRequest) -> dict:
    """Raises ReplyInvalid."""
    form = WordsForm(request.POST)
    if not form.is_valid():
        raise ReplyInvalid(next(iter(form.errors.values()))[0])
    return {**form.cleaned_data, "text": form.cleaned_data["text"].replace("\r\n", "\n")}


ACTIONS: dict[str, Callable[[HttpRequest, Opened], dict]] = {
    "take": _take,
    "insist": _insist,
    "hand_back": _hand_back,
    "end": _end,
    "assign": _assign,
    "reply": _reply,
    "note": _note,
    "typing": _typing,
    "present": _present,
    "left": _left,
    "upload": upload,
}
