import multiprocessing
import signal
import subprocess
import sys
import time
import zipfile
import zlib
from io import BytesIO
from pathlib import Path

import pytest

from caty.tests.waiting import until
from tenants.knowledge.readers import ReadingFailed, read_document, reading
from tenants.knowledge.readers.contracts import Reason
from tenants.tests.reader_cases import FILES, docx_of, page_of, pdf_of, said_of, sentence_of, zeros

BROKEN = "This file is damaged or not complete. Open it in the program it was made with, save it again and upload that."
TOO_COMPLICATED = "This file is too complicated to read. Split it into smaller ones, or paste its text."
TOO_SLOW = "This file takes too long to read. Split it into smaller ones, or paste its text."
TOO_LONG = "This file is too long. Split it into smaller ones and upload those."


def test_a_docx_that_unpacks_to_far_too_much_is_refused():
    large = BytesIO()
    with zipfile.ZipFile(large, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("word/document.xml", b" " * 1024 * 1024 * 200)

    assert sentence_of(large.getvalue(), name="offer.docx") == TOO_COMPLICATED


def test_a_docx_that_lies_about_its_size_is_refused():
    content = bytearray(docx_of("<w:p/>" + " " * 40_000_000))
    honest = zipfile.ZipFile(BytesIO(content)).getinfo("word/document.xml").file_size
    lie = (1000).to_bytes(4, "little")

    assert sentence_of(bytes(content).replace(honest.to_bytes(4, "little"), lie), name="a.docx") == BROKEN


def test_entities_that_multiply_are_not_expanded():
    laughs = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
    declaration = f'<?xml version="1.0"?><!DOCTYPE w:document [<!ENTITY l0 "ha">{laughs}]>'

    assert sentence_of(docx_of("<w:p><w:r><w:t>&l9;</w:t></w:r></w:p>", declaration=declaration)) == BROKEN


@pytest.mark.parametrize("padding", ["", " " * 10_000])
def test_a_file_of_this_machine_is_not_read_through_an_entity(tmp_path, padding):
    secret = tmp_path / "secret"
    secret.write_text("the key under the mat")
    declaration = f'{padding}<!DOCTYPE w:document [<!ENTITY it SYSTEM "{secret.as_uri()}">]>'
    content = docx_of("<w:p><w:r><w:t>Hello &it;</w:t></w:r></w:p>", declaration=declaration)

    assert said_of(content) in (BROKEN, "Hello")


def test_a_pdf_that_unpacks_to_far_too_much_is_refused():
    assert sentence_of(page_of(zeros(1 << 28)), name="menu.pdf") == TOO_COMPLICATED


def test_a_pdf_packed_many_times_over_is_refused():
    stream = zlib.compress(zlib.compress(zeros(1 << 28), 9), 9)

    assert sentence_of(page_of(stream, filters=b"/FlateDecode" * 3), name="menu.pdf") == TOO_COMPLICATED


def test_a_pdf_whose_pages_refer_to_themselves_is_refused():
    content = pdf_of(b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Pages/Kids[2 0 R 2 0 R]/Count 2/Parent 2 0 R>>")

    assert sentence_of(content) in (BROKEN, TOO_COMPLICATED, "There is no text in this file.")


def test_a_pdf_whose_form_draws_itself_is_read_without_it():
    form = (
        b"<</Type/XObject/Subtype/Form/BBox[0 0 9 9]/Resources<</XObject<</X 6 0 R>>>>/Length 5>>"
        b"stream\n/X Do\nendstream"
    )
    drawing = b"BT /F1 12 Tf 72 700 Td (Open daily from nine to six.) Tj ET /X Do"
    content = pdf_of(
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>/XObject<</X 6 0 R>>>>>>",
        b"<</Length %d>>stream\n%s\nendstream" % (len(drawing), drawing),
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
        form,
    )

    assert read_document(content).text == "Open daily from nine to six."


def test_a_reader_that_takes_too_long_is_killed():
    drawing = zlib.compress(b"BT /F1 12 Tf " + b"1 0 0 1 0 0 Tm (x) Tj " * 400_000 + b"ET", 9)
    began = time.monotonic()

    assert sentence_of(page_of(drawing), seconds=0.5) == TOO_SLOW

    assert time.monotonic() - began < 4.0


def test_elements_nested_a_hundred_thousand_deep_are_survived():
    content = b"<html><body><p>Open daily.</p>" + b"<div>" * 100_000 + b"Deep down." + b"</div>" * 100_000

    assert "Open daily." in read_document(content).text


def test_a_page_of_broken_markup_is_read():
    content = (
        b"<html><p>Open <b>daily<table><tr><td>9<td>18</i></td><p <<< &#xD800; &#0; &bogus; \x00\x01 \xff\xfe</html"
    )

    assert read_document(content, media_type="text/html").text.startswith("Open daily")


def test_a_text_that_is_too_long_is_refused_rather_than_cut():
    assert sentence_of(b"All day long. " * 143_000, name="notes.txt") == TOO_LONG
    assert read_document(b"All day long. " * 142_000, name="notes.txt").text.endswith("All day long.")


def test_a_file_of_more_than_twenty_megabytes_is_refused():
    assert sentence_of(b"a" * (20 * 1024 * 1024 + 1), name="notes.txt") == (
        "This file is larger than 20 MB. Split it into smaller ones and upload those."
    )


@pytest.mark.parametrize("share", [0.1, 0.5, 0.95])
@pytest.mark.parametrize("name", ["prices.pdf", "handbook.docx", "shop-page.html"])
def test_a_file_that_was_cut_off_is_read_or_refused_with_a_sentence(name, share):
    content = (FILES / name).read_bytes()

    said = said_of(content[: int(len(content) * share)], name=name)

    assert said.startswith((BROKEN, "There is no text", "# Courses and prices", "Kostenloser Versand", "# Versand"))


@pytest.mark.parametrize(
    "output",
    [
        b"",
        b"[]",
        b"7",
        b"[" * 100_000,
        b'{"document": {}}',
        b'{"document": {"title": 7}}',
        b'{"reason": "nonsense"}',
        b"\xff",
    ],
)
def test_an_answer_of_another_shape_is_not_believed(output):
    assert reading._understand(output, status=0) == {"reason": Reason.BROKEN}


def test_a_child_that_writes_without_end_is_stopped(tmp_path):
    began = time.monotonic()
    process = subprocess.Popen(["/bin/sh", "-c", "yes"], stdout=subprocess.PIPE, start_new_session=True)
    try:
        output = reading._read_output(process, deadline=began + 5)
    finally:
        reading._end(process)

    assert reading.MOST_OUTPUT_BYTES < len(output) < reading.MOST_OUTPUT_BYTES + 100_000
    assert process.returncode == -signal.SIGKILL


@pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="needs /proc")
def test_the_reading_process_knows_no_key_and_no_password(monkeypatch):
    monkeypatch.setenv("SECRET_KEY", "under-the-mat")
    with open("/dev/zero", "rb") as endless:
        process = reading._start(endless, seconds=5)
        try:
            file = Path(f"/proc/{process.pid}/environ")
            until(lambda: b"PATH=" in file.read_bytes())  # while it becomes the program, there is none
            environment = file.read_bytes()
        finally:
            reading._end(process)

    assert b"under-the-mat" not in environment


def test_a_page_is_refused_in_words_about_a_page():
    with pytest.raises(ReadingFailed) as failure:
        read_document(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", address="https://shop.example/logo")

    assert failure.value.message == "What is at this address is neither a page nor a document that can be read."
    assert (failure.value.code, failure.value.status, failure.value.reason) == ("READING_FAILED", 400, Reason.UNKNOWN)


def test_a_celery_worker_may_read(monkeypatch):
    # Its processes are daemons, which may start no others by multiprocessing.
    monkeypatch.setitem(multiprocessing.current_process()._config, "daemon", True)

    assert read_document(b"Open daily.", name="a.txt").text == "Open daily."


def test_the_reading_process_does_not_load_django():
    code = (
        "import sys; from tenants.knowledge.readers import child, web_text; "
        "[child.import_module(f'tenants.knowledge.readers.{module}') for module, _ in child.READERS.values()]; "
        "print('django' in sys.modules, 'caty' in sys.modules)"
    )
    found = subprocess.run([sys.executable, "-c", code], cwd=reading.ROOT, capture_output=True, text=True, check=True)

    assert found.stdout == "False False\n"


@pytest.mark.parametrize(
    "attempt",
    [
        "import socket; socket.create_connection(('127.0.0.1', 9))",
        "import subprocess; subprocess.run(['/bin/true'])",
        "import os; os.fork()",
        "os.write(os.open('found', os.O_WRONLY | os.O_CREAT), b'x')",
        "bytearray(1 << 30)",
    ],
)
def test_a_confined_process_can_not(attempt, tmp_path):
    confined = "import os; from tenants.knowledge.readers.limits import confine; confine(seconds=5)"
    code = f"{confined}; os.chdir({str(tmp_path)!r}); {attempt}"
    ended = subprocess.run([sys.executable, "-c", code], cwd=reading.ROOT, capture_output=True, text=True, check=False)

    assert ended.returncode == 1
    assert ended.stderr.splitlines()[-1].startswith(("PermissionError", "OSError", "MemoryError"))
