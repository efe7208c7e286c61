"""The parts of `caty/dev.py` that can be told apart from starting anything, and its rules for processes."""

import json
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from caty import workers
from caty.devtools import checkout, commands, console, environment, processes, rehearsal, services, site

ROOT = Path(__file__).resolve().parents[2]
SLEEPER = [sys.executable, "-c", "import time; print('up', flush=True); time.sleep(60)"]


def sleeper(name="sleeper", **options):
    return processes.Command(name, SLEEPER, dict(os.environ), **options)


# --- the checkout


def test_data_of_a_user_is_kept_in_the_checkout():
    assert checkout.state_path(Path("/home/ada/caty"), as_root=False) == Path("/home/ada/caty/.dev")


def test_data_of_root_is_kept_where_another_account_can_reach_it():
    assert checkout.state_path(Path("/root/caty"), as_root=True) == Path("/var/tmp/caty-dev-90af62c4")


def test_second_command_of_a_checkout_is_told_which_one_runs(tmp_path):
    with checkout.claim(tmp_path / "run.lock", command="run"):
        with pytest.raises(checkout.CheckoutBusy, match="`make run` is already running"):
            with checkout.claim(tmp_path / "run.lock", command="manage"):
                pytest.fail("claimed twice")


def test_lock_is_free_again_after_the_block(tmp_path):
    for command in ("manage --long", "run"):
        with checkout.claim(tmp_path / "run.lock", command=command):
            assert (tmp_path / "run.lock").read_text() == command


def test_postgres_logs_neither_statements_nor_rows():
    """Both may hold what visitors wrote."""
    assert "log_min_error_statement=panic" in services.SERVER_OPTIONS
    assert "log_error_verbosity=terse" in services.SERVER_OPTIONS


def test_published_services_are_found_and_private(tmp_path):
    path = tmp_path / "running.json"
    checkout.publish(path, {"REDIS_URL": "redis://:secret@127.0.0.1:1/0"})
    assert checkout.find_published(path) == {"REDIS_URL": "redis://:secret@127.0.0.1:1/0"}
    assert path.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"environment": 1}'])
def test_unreadable_state_file_counts_as_nothing_running(tmp_path, text):
    (tmp_path / "running.json").write_text(text)
    assert checkout.find_published(tmp_path / "running.json") is None


# --- the environment


def test_secrets_are_made_once_and_private(tmp_path):
    first = environment.stored_secrets(tmp_path / "secrets.json")
    assert environment.stored_secrets(tmp_path / "secrets.json") == first
    assert set(first) == {"SECRET_KEY", "API_KEY_PEPPER", "CREDENTIAL_KEYS", "VAPID_PRIVATE_KEY"}
    assert (tmp_path / "secrets.json").stat().st_mode & 0o777 == 0o600


def test_secret_added_later_leaves_the_others_as_they_are(tmp_path):
    (tmp_path / "secrets.json").write_text(json.dumps({"SECRET_KEY": "kept"}))
    assert environment.stored_secrets(tmp_path / "secrets.json")["SECRET_KEY"] == "kept"
    assert len(environment.stored_secrets(tmp_path / "secrets.json")) == 4


def test_env_file_is_read_with_quotes_exports_and_comments(tmp_path):
    (tmp_path / ".env").write_text(
        "# a note\nexport A=1\nB = 'two words' \nC=\"#3\"\nD=4 # four\nE=\nF=a#b\nnonsense\n"
    )
    assert environment.read_env_file(tmp_path / ".env") == {
        "A": "1",
        "B": "two words",
        "C": "#3",
        "D": "4",
        "F": "a#b",
    }


def test_environment_wins_over_env_file_and_both_over_what_is_made(tmp_path):
    (tmp_path / ".env").write_text("DEBUG=False\nANTHROPIC_API_KEY=from-file\nSECRET_KEY=\n")
    given = {"ANTHROPIC_API_KEY": "", "SITE_URL": "https://shop.example", "API_KEY_PEPPER": ""}
    made = environment.development_environment(tmp_path, port=8010, given=given, env_file=tmp_path / ".env")
    assert (made["DEBUG"], made["ANTHROPIC_API_KEY"], made["SITE_URL"]) == ("False", "", "https://shop.example")
    assert made["OUTBOUND_ALLOW"] == "127.0.0.1:8010"
    assert len(made["SECRET_KEY"]) > 60
    assert len(made["API_KEY_PEPPER"]) > 40


@pytest.mark.parametrize(("given", "expected"), [({"PORT": "8010"}, 8010), ({"PORT": ""}, 9000), ({}, 9000)])
def test_port_comes_from_the_environment_then_from_the_env_file(tmp_path, given, expected):
    (tmp_path / ".env").write_text("PORT=9000\n")
    assert environment.chosen_port(given, tmp_path / ".env") == expected


def test_port_is_8000_unless_chosen(tmp_path):
    assert environment.chosen_port({}, tmp_path / ".env") == 8000


def test_port_that_is_no_number_is_refused_in_plain_words(tmp_path):
    with pytest.raises(console.DevError, match="PORT=eight is not a port"):
        environment.chosen_port({"PORT": "eight"}, tmp_path / ".env")


def test_suite_never_sees_the_key_of_a_model():
    assert commands.suite_environment({"ANTHROPIC_API_KEY": "sk", "PATH": "/bin"}) == {"PATH": "/bin"}


def test_suite_keeps_what_it_has_compiled():
    assert commands.suite_environment({"PYTHONDONTWRITEBYTECODE": "1", "PATH": "/bin"}) == {"PATH": "/bin"}


# --- what is printed


def test_lines_of_a_child_carry_its_name():
    assert console.prefixed("web", "hello\n") == "     web | hello\n"


def test_broken_output_of_a_child_is_printed_all_the_same(tmp_path, capsys):
    command = [sys.executable, "-c", r"import sys; sys.stdout.buffer.write(b'\xff\nend\n')"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE)
    console.follow("web", process.stdout).join(timeout=10)
    process.wait()
    assert capsys.readouterr().out == "     web | \N{REPLACEMENT CHARACTER}\n     web | end\n"


def test_last_json_line_of_the_demo_command_is_taken():
    assert site.read_demo('Creating …\n{"api_key": "old"}\n{"api_key": "caty_1"}\n') == {"api_key": "caty_1"}


def test_demo_command_without_an_answer_is_an_error():
    with pytest.raises(console.DevError, match="did not say where it is"):
        site.read_demo("nothing\n")


# --- ports and processes


def test_busy_port_is_refused_with_a_way_out():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        port = listener.getsockname()[1]
        with pytest.raises(console.DevError, match=rf"port {port} .*make run PORT=8010"):
            site.require_free_port(port)


def test_free_port_can_be_used():
    site.require_free_port(services.free_port())


def test_children_are_stopped_last_one_first(tmp_path, capsys):
    ended = tmp_path / "ended"
    code = (
        "import signal, sys, time\n"
        "def end(*_):\n    open(sys.argv[1], 'a').write(sys.argv[2] + ' ')\n    sys.exit()\n"
        "signal.signal(signal.SIGTERM, end)\nprint('up', flush=True)\ntime.sleep(60)\n"
    )
    crew = processes.Crew(tmp_path / "run.json")
    for name in ("first", "second"):
        log = tmp_path / f"{name}.log"
        child = [sys.executable, "-c", code, str(ended), name]
        crew.start(processes.Command(name, child, dict(os.environ), log=log))
        services._wait(crew, lambda log=log: "up" in log.read_text())
    crew.stop()
    assert ended.read_text() == "second first "
    assert not (tmp_path / "run.json").exists()


def test_child_that_died_is_named_with_the_end_of_its_log(tmp_path):
    crew = processes.Crew(tmp_path / "run.json")
    command = [sys.executable, "-c", "import sys; sys.exit('no licence')"]
    child = crew.start(processes.Command("postgres", command, dict(os.environ), log=tmp_path / "log"))
    child.process.wait(timeout=10)
    with pytest.raises(console.DevError, match=r"postgres stopped by itself \(exit code 1\)(.|\n)*no licence"):
        crew.check()
    crew.stop()


def test_what_a_killed_run_left_behind_is_ended(tmp_path):
    crew = processes.Crew(tmp_path / "run.json")
    child = crew.start(sleeper())
    processes.end_leftovers(tmp_path / "run.json")
    assert child.process.wait(timeout=10) == -signal.SIGTERM
    assert not (tmp_path / "run.json").exists()


def test_stranger_with_the_process_id_of_a_dead_child_is_left_alone(tmp_path):
    stranger = subprocess.Popen(SLEEPER, stdout=subprocess.DEVNULL, start_new_session=True)
    (tmp_path / "run.json").write_text(json.dumps([["web", stranger.pid, "another start", signal.SIGTERM.value]]))
    processes.end_leftovers(tmp_path / "run.json")
    assert stranger.poll() is None
    stranger.kill()
    stranger.wait()


def test_ended_process_is_not_running_even_before_it_is_waited_for():
    process = subprocess.Popen([sys.executable, "-c", "pass"])
    os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
    assert processes.started_at(process.pid) is None
    process.wait()


@pytest.mark.parametrize(("code", "expected"), [("sys.exit(3)", 3), ("os.kill(os.getpid(), 15)", 143)])
def test_exit_code_of_a_command_is_passed_on(code, expected):
    command = [sys.executable, "-c", f"import os, sys; {code}"]
    assert processes.run_in_foreground(command, dict(os.environ)) == expected


# --- the commands


@pytest.mark.parametrize(("processors", "expected"), [(1, "2"), (2, "3"), (64, "8")])
def test_suite_runs_on_two_to_eight_processes(processors, expected):
    spread = ["--dist", "worksteal", "-n", expected]
    assert commands.suite_command(["-k", "lead"], processors)[3:] == [*spread, "-k", "lead"]


def test_number_of_test_processes_can_be_chosen():
    assert commands.suite_command(["-n0"], 4)[3:] == ["-n0"]


def test_unknown_command_prints_how_it_is_used():
    done = subprocess.run([sys.executable, "caty/dev.py", "fly"], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 2
    assert done.stdout == ""
    assert "run | test | manage | lint | bench | chaos | calibrate | rehearse | clean" in done.stderr


def test_every_command_has_a_target_in_the_makefile():
    targets = (ROOT / "Makefile").read_text()
    assert all(f"\n{name}:" in targets for name in commands.COMMANDS)


def test_tools_import_nothing_but_the_standard_library():
    code = (
        "import sys; sys.path.insert(0, 'caty'); import devtools.commands; "
        "print([n for n in {m.partition('.')[0] for m in sys.modules} - sys.stdlib_module_names"
        " if n not in ('__main__', 'devtools') and not n.startswith('_')])"
    )
    done = subprocess.run([sys.executable, "-I", "-S", "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert done.stdout == "[]\n", done.stderr


def test_processes_of_the_procfile_are_found():
    assert list(rehearsal.procfile()) == ["release", "web", "worker", "beat"]


# --- the worker process


def test_queue_of_leads_has_a_pool_nothing_else_can_fill():
    queues = [pool.queues for pool in workers.POOLS]
    assert queues == ["leads", "default"]


def test_workers_need_five_connections_of_the_twenty():
    assert sum(pool.connections or pool.tasks for pool in workers.POOLS) == 5


def test_leads_are_sent_by_threads_that_share_a_few_connections():
    pool = next(pool for pool in workers.POOLS if pool.name == "leads")
    assert (pool.tasks, pool.connections) == (12, 3)
    assert "threads" in workers.worker_command(pool)


def test_client_for_claude_is_loaded_once_for_all_processes_of_a_pool():
    includes = {pool.name: "widget.engine.claude" in workers.worker_command(pool) for pool in workers.POOLS}
    assert includes == {"leads": False, "default": True}
