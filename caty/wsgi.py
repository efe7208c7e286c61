"""The web process's entry: the application, with everything loaded that the first visitor would else wait for."""

import gc
import os
from importlib import import_module

from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.utils.module_loading import import_string

from caty.incoming import PunctualBody

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "caty.settings")
_serve = get_wsgi_application()


def application(environ, start_response):
    environ["wsgi.input"] = PunctualBody(environ["wsgi.input"])
    return _serve(environ, start_response)


import_module(settings.ROOT_URLCONF)
if settings.ANTHROPIC_API_KEY:
    # The client's three thousand modules take a second or more, in which a process serves nobody.
    import_string(settings.CHAT_MODEL)
# What is there now stays: the collector need not walk through it again and again, 150 ms each time.
gc.collect()
gc.freeze()
