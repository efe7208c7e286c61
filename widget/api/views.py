"""The endpoints: each reads its request, makes one call, and writes the answer."""

from functools import partial

from django.http import HttpRequest, HttpResponse
from django.utils.http import parse_etags

from caty.lib.bodies import StrictJSONParser, StrictPlainTextParser
from caty.lib.shapes import ValidationFailed
from widget import services
from widget.api import answers, requests, streaming
from widget.api.base import WidgetView, answer
from widget.api.config_answer import rendered_config
from widget.api.keys import KeyInBody, KeyInQuery
from widget.api.schema import describes

TRACK_BYTES = 64 * 1024
LONGEST_IDEMPOTENCY_KEY = 200
CONFIG_CACHING = {
    "Cache-Control": "private, max-age=300, stale-while-revalidate=86400",
    "Vary": "X-API-Key, Origin, Accept-Encoding",
}


class ConfigView(WidgetView):
    authentication_classes = [KeyInQuery]

    @describes("config")
    def get(self, request: HttpRequest) -> HttpResponse:
        language, accepted = request.query_params.get("lang", ""), request.META.get("HTTP_ACCEPT_ENCODING", "")
        rendered = rendered_config(request.user.config, language, accepted)
        headers = {**CONFIG_CACHING, "ETag": rendered.etag}
        known = parse_etags(request.META.get("HTTP_IF_NONE_MATCH", ""))
        if "*" in known or rendered.etag in (tag.removeprefix("W/") for tag in known):
            response = HttpResponse(status=304, headers=headers)
            del response.headers["Content-Type"]
            return response
        if rendered.encoding:
            headers["Content-Encoding"] = rendered.encoding
        return HttpResponse(rendered.body, content_type="application/json", headers=headers)


class SessionView(WidgetView):
    authentication_classes = [KeyInBody]
    parser_classes = [StrictJSONParser, StrictPlainTextParser]

    @describes("session")
    def post(self, request: HttpRequest) -> HttpResponse:
        asked = self.read(requests.SessionRequest)
        started = services.start_session(
            **self.circumstances,
            config=request.user.config,
            visitor_id=asked.visitor_id or "",
            page=asked.as_page(),
            browser=asked.as_browser(request.META.get("HTTP_USER_AGENT", "")),
            caller=self.caller,
        )
        return answer(answers.SessionAnswer.model_validate(started))


class MessageView(WidgetView):
    @describes("message")
    def post(self, request: HttpRequest) -> HttpResponse:
        asked = self.read(requests.MessageRequest)
        post = partial(
            services.post_message,
            **self.circumstances,
            config=request.user.config,
            session_id=asked.session_id,
            message=asked.as_message(),
            caller=self.caller,
        )
        if streaming.is_asked_for(request):
            return streaming.stream(request, post)
        return answer(answers.MessageAnswer.of(post()))


class TrackView(WidgetView):
    authentication_classes = [KeyInBody]
    parser_classes = [StrictJSONParser, StrictPlainTextParser]
    max_body_bytes = TRACK_BYTES

    @describes("track")
    def post(self, request: HttpRequest) -> HttpResponse:
        asked = self.read(requests.TrackRequest)
        result = services.track(
            **self.circumstances,
            config=request.user.config,
            session_id=asked.session_id,
            events=tuple(event.as_event() for event in asked.events or ()),
            metrics=asked.metrics.as_metrics() if asked.metrics else None,
            is_chat_open=bool(asked.chat_open),
            caller=self.caller,
        )
        return answer(answers.TrackAnswer.of(result))


class ProactiveView(WidgetView):
    @describes("proactive")
    def post(self, request: HttpRequest) -> HttpResponse:
        asked = self.read(requests.ProactiveRequest)
        found = services.get_proactive(
            **self.circumstances,
            config=request.user.config,
            session_id=asked.session_id,
            trigger_type=asked.trigger_type,
            page_url=asked.page_url,
        )
        return answer(answers.ProactiveAnswer.of(found))


class DismissView(WidgetView):
    @describes("dismiss")
    def post(self, request: HttpRequest) -> HttpResponse:
        asked = self.read(requests.DismissRequest)
        services.dismiss_proactive(**self.circumstances, session_id=asked.session_id, message_id=asked.message_id)
        return answer(answers.DoneAnswer())


class LeadView(WidgetView):
    @describes("lead")
    def post(self, request: HttpRequest) -> HttpResponse:
        asked = self.read(requests.LeadRequest)
        captured = services.submit_lead(
            **self.circumstances,
            config=request.user.config,
            session_id=asked.session_id,
            form=asked.as_form(),
            idempotency_key=_idempotency_key(request),
            caller=self.caller,
        )
        return answer(answers.LeadAnswer.model_validate(captured))


class HandoffView(WidgetView):
    @describes("handoff")
    def post(self, request: HttpRequest) -> HttpResponse:
        asked = self.read(requests.HandoffRequest)
        handed = services.request_handoff(
            **self.circumstances,
            config=request.user.config,
            session_id=asked.session_id,
            reason=asked.reason or "",
            email=(asked.email or "").strip(),
            caller=self.caller,
        )
        return answer(answers.HandoffAnswer.model_validate(handed))


class EndView(WidgetView):
    @describes("end")
    def post(self, request: HttpRequest) -> HttpResponse:
        asked = self.read(requests.EndRequest)
        services.end_session(**self.circumstances, session_id=asked.session_id)
        return answer(answers.DoneAnswer())


class MessagesView(WidgetView):
    @describes("messages")
    def post(self, request: HttpRequest) -> HttpResponse:
        asked = self.read(requests.MessagesRequest)
        found = services.list_messages(
            **self.circumstances,
            session_id=asked.session_id,
            after=asked.after or 0,
            limit=asked.limit or requests.USUAL_LIMIT,
            wait_seconds=asked.wait or 0,
            shown=asked.as_shown(),
        )
        return answer(answers.MessagesAnswer.of(found))


class FeedbackView(WidgetView):
    @describes("feedback")
    def post(self, request: HttpRequest) -> HttpResponse:
        asked = self.read(requests.FeedbackRequest)
        services.rate_answer(
            **self.circumstances, session_id=asked.session_id, message_id=asked.message_id, rating=asked.rating
        )
        return answer(answers.DoneAnswer())


class ConsentView(WidgetView):
    @describes("consent")
    def post(self, request: HttpRequest) -> HttpResponse:
        asked = self.read(requests.ConsentRequest)
        services.set_tracking_consent(**self.circumstances, session_id=asked.session_id, is_granted=asked.granted)
        return answer(answers.DoneAnswer())


def _idempotency_key(request: HttpRequest) -> str:
    key = request.META.get("HTTP_IDEMPOTENCY_KEY", "").strip()
    if len(key) > LONGEST_IDEMPOTENCY_KEY or "\x00" in key:
        raise ValidationFailed(details=[{"field": "Idempotency-Key", "error": "Must have at most 200 characters."}])
    return key
