"""The production settings, and one more address: a Django view that does nothing, to compare with."""

from caty.settings import *  # noqa: F403

ROOT_URLCONF = "benchmarks.bare_urls"
