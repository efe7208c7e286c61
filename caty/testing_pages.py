"""Pages in tests of any app."""

from collections.abc import Iterator
from contextlib import contextmanager
from unittest import mock

from django.template.response import TemplateResponse


@contextmanager
def unrendered() -> Iterator[None]:
    """Pages that are asked for meanwhile are not rendered, which takes most of their time: for tests of what a page is
    made of (its `context_data`), or of whether it opens.
    """
    with mock.patch.object(TemplateResponse, "rendered_content", ""):
        yield
