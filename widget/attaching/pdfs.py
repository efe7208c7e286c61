"""PDFs: kept as they are, where they can be read by everybody and run nothing."""

import logging
from io import BytesIO

import pypdf
from pypdf.generic import ArrayObject, DictionaryObject, IndirectObject

from widget.attaching.contracts import Reason, Refused

MOST_STREAM_BYTES = 40_000_000
MOST_OBJECTS = 200_000
RUNNING = ("/JavaScript", "/Launch")


def require_harmless(content: bytes) -> None:
    """Raises Refused for one that is encrypted, or has scripts or programs to start, and what pypdf raises for what is
    no PDF."""
    logging.disable(logging.CRITICAL)
    pypdf.overwrite_configuration(
        zlib_maximum_output_length=MOST_STREAM_BYTES,
        lzw_maximum_output_length=MOST_STREAM_BYTES,
        run_length_maximum_output_length=MOST_STREAM_BYTES,
        array_based_stream_maximum_output_length=MOST_STREAM_BYTES,
        jbig2dec_binary=None,
    )
    reader = pypdf.PdfReader(BytesIO(content))
    if reader.is_encrypted:
        raise Refused(Reason.PROTECTED)
    if not len(reader.pages):
        raise Refused(Reason.KIND)
    if any(_runs(one) for one in _objects(reader)):
        raise Refused(Reason.ACTIVE)


def _objects(reader: pypdf.PdfReader):
    """All that the file lists, also what nothing refers to. One that can't be read is no viewer's to run either."""
    yield reader.trailer
    listed = [(number, generation) for generation, ids in reader.xref.items() for number in ids]
    listed += [(number, 0) for number in reader.xref_objStm]
    if len(listed) > MOST_OBJECTS:
        raise Refused(Reason.SLOW)
    for number, generation in listed:
        try:
            yield reader.get_object(IndirectObject(number, generation, reader))
        except pypdf.errors.PyPdfError:
            continue


def _runs(one: object) -> bool:
    """Whether a dictionary in this object, itself or within, is an action that runs something."""
    waiting = [one]
    while waiting:
        part = waiting.pop()
        if isinstance(part, DictionaryObject):
            if "/JS" in part or "/JavaScript" in part or part.get("/S") in RUNNING:
                return True
            waiting.extend(part.values())
        elif isinstance(part, ArrayObject):
            waiting.extend(part)
    return False
