"""Kinds of long work for tests; `settings.JOB_KINDS` names them by path."""

from tenants.jobs import JobKind, JobRefused, Step

KINDS = {
    name: f"tenants.tests.job_cases.{name.upper()}" for name in ("counting", "writing", "refusing", "faulty", "again")
}


def count(work):
    """One at a time up to what was asked for."""
    for number in range(work.cursor.get("next", 0), work.settings["up_to"]):
        yield Step(done=number + 1, total=work.settings["up_to"], cursor={"next": number + 1}, message="Counted.")


def write(work):
    """A line for each number, as `count` counts."""
    for step in count(work):
        yield Step(
            done=step.done, total=step.total, cursor=step.cursor, content=[b"%d\n" % step.done * work.settings["size"]]
        )


def refuse(work):
    yield Step(done=1, total=2, content=[b"half"])
    raise JobRefused("You no longer work here.")


def fault(work):
    yield from ()
    raise ZeroDivisionError


def write_again(work):
    """Takes what was written first as material for the file."""
    if not work.cursor:
        yield Step(done=1, total=2, cursor={"has": "material"}, content=[b"abc", b"def"])
    yield Step(done=2, total=2, content=[part.upper() for part in work.read_parts()], is_new_file=True)


COUNTING = JobKind(label="Counting", run=count, advice="Count by hand.")
WRITING = JobKind(label="Writing", run=write)
REFUSING = JobKind(label="Refusing", run=refuse)
FAULTY = JobKind(label="Faulty", run=fault)
AGAIN = JobKind(label="Writing again", run=write_again)
