"""The first hour of a new business: from the address of its website to the line to paste, in four steps.

Its state is in rows, so that it can be left and taken up again, by a colleague as well.
"""

from widget.services.first_hour.looks import Looks, looks_to_begin_with, propose_looks, save_looks
from widget.services.first_hour.questions import ask_questions, find_good, write_answer
from widget.services.first_hour.steps import finish, is_wanted, make_key, open_hour, put_away, reach, unfinished
from widget.services.first_hour.website import read_text, read_website, stop_reading

__all__ = [
    "Looks",
    "ask_questions",
    "find_good",
    "finish",
    "is_wanted",
    "looks_to_begin_with",
    "make_key",
    "open_hour",
    "propose_looks",
    "put_away",
    "reach",
    "read_text",
    "read_website",
    "save_looks",
    "stop_reading",
    "unfinished",
    "write_answer",
]
