"""The endpoints of a talk with people: what visitors send beside words, and the ways to it by mail."""

from django.http import HttpRequest, HttpResponse

from caty.lib.bodies import MultiPartParser
from widget import services
from widget.api import answers, requests
from widget.api.base import WidgetView, answer
from widget.api.schema import describes
from widget.attaching.contracts import MOST_BYTES

FORM_BYTES = 16 * 1024  # what stands around the file


class TypingView(WidgetView):
    @describes("typing")
    def post(self, request: HttpRequest) -> HttpResponse:
        asked = self.read(requests.TypingRequest)
        services.note_visitor_typing(**self.circumstances, session_id=asked.session_id)
        return answer(answers.DoneAnswer())


class AttachmentView(WidgetView):
    parser_classes = [MultiPartParser]
    max_body_bytes = MOST_BYTES + FORM_BYTES

    @describes("attachment")
    def post(self, request: HttpRequest) -> HttpResponse:
        asked = self.read(requests.AttachmentRequest)
        kept = services.upload_by_visitor(
            **self.circumstances,
            config=request.user.config,
            session_id=asked.session_id,
            name=asked.file.name or "",
            content=asked.file.read(),
            caller=self.caller,
        )
        return answer(answers.AttachmentAnswer(attachment=answers.AttachmentShown.model_validate(kept)))


class SatisfactionView(WidgetView):
    @describes("satisfaction")
    def post(self, request: HttpRequest) -> HttpResponse:
        asked = self.read(requests.SatisfactionRequest)
        services.rate_conversation(
            **self.circumstances, config=request.user.config, session_id=asked.session_id, rating=asked.rating
        )
        return answer(answers.DoneAnswer())


class TranscriptView(WidgetView):
    @describes("transcript")
    def post(self, request: HttpRequest) -> HttpResponse:
        asked = self.read(requests.TranscriptRequest)
        services.mail_transcript(
            **self.circumstances,
            config=request.user.config,
            session_id=asked.session_id,
            email=(asked.email or "").strip(),
            caller=self.caller,
        )
        return answer(answers.DoneAnswer())


class ResumeView(WidgetView):
    @describes("resume")
    def post(self, request: HttpRequest) -> HttpResponse:
        asked = self.read(requests.ResumeRequest)
        found = services.resume_session(
            **self.circumstances, config=request.user.config, token=asked.token, caller=self.caller
        )
        return answer(answers.SessionAnswer.model_validate(found))
