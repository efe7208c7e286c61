import pytest

from tenants.tests.reader_cases import FILES, read_file, sentence_of
