"""As in production, and one more address: a Django view that does nothing, to compare with."""

from benchmarks.collected_settings import *  # noqa: F403

ROOT_URLCONF = "benchmarks.bare_urls"
