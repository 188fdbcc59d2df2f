"""The CI files: sound by their schemas, safe as scripts, and what they run is run."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import yaml
from commandline import PROJECT, Shell, environment

from scanner.cli import cli

ACTION = PROJECT / "action.yml"
GITHUB = PROJECT / "docs/ci/github.yml"
GITLAB = PROJECT / "docs/ci/gitlab.yml"
FORGEJO = PROJECT / "docs/ci/forgejo.yml"
FILES = (ACTION, GITHUB, GITLAB, FORGEJO)
UNCHANGED = "No change.\n"
CHANGED = "# What changed\n\nOne seam added.\n"


def read(file: Path) -> dict[str, Any]:
    content = yaml.safe_load(file.read_text(encoding="utf-8"))
    assert isinstance(content, dict)
    return content


def steps(file: Path) -> list[dict[str, Any]]:
    content = read(file)
    if file == GITLAB:
        return [{"name": part, "run": "\n".join(content["scanner"][part])} for part in ("before_script", "script")]
    return content["runs"]["steps"] if file == ACTION else content["jobs"]["scanner"]["steps"]


def scripts() -> Iterator[tuple[str, str]]:
    for file in FILES:
        for step in steps(file):
            if "run" in step:
                yield f"{file.name}: {step['name']}", step["run"]


# --- the files themselves ---


@pytest.mark.parametrize(
    ("schema", "file"),
    [("github-actions", ACTION), ("github-workflows", GITHUB), ("github-workflows", FORGEJO), ("gitlab-ci", GITLAB)],
    ids=lambda each: each.name if isinstance(each, Path) else each,
)
def test_a_file_is_sound_by_the_published_schema_of_its_forge(schema: str, file: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "check_jsonschema", "--builtin-schema", f"vendor.{schema}", file],
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize(("name", "script"), list(scripts()), ids=lambda each: each if ": " in each[:60] else "")
def test_a_script_is_sound_bash_into_which_no_value_is_pasted(name: str, script: str) -> None:
    shellcheck = shutil.which("shellcheck", path=f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")
    assert shellcheck, "the development tools bring it"

    assert "${{" not in script, "a value that somebody else wrote would be read as code; hand it over in `env`"
    assert "github.event" not in script
    # Variables come from `env`, or from the runner.
    words = [shellcheck, "--shell=bash", "--exclude=SC2153,SC2154", "-"]
    done = subprocess.run(words, input=script, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{name}\n{done.stdout}"
    subprocess.run(["bash", "-n"], input=script, text=True, check=True)


def test_actions_of_others_are_pinned_to_a_commit_with_their_version_beside_it() -> None:
    #: Of these no commit could be looked up, or the reader fills it in.
    known = {"https://data.forgejo.org/forgejo/upload-artifact@v4", "OWNER/scanner@COMMIT"}
    for file in FILES:
        for used, rest in re.findall(r"uses: (\S+)(.*)", file.read_text()):
            assert used in known or re.fullmatch(r"[\w./-]+@[0-9a-f]{40}", used), used
            assert used in known or re.fullmatch(r" # v\d+\.\d+\.\d+", rest), used


def test_the_page_on_ci_shows_the_workflow_as_its_file_has_it_and_names_every_input() -> None:
    page = (PROJECT / "docs/ci.md").read_text(encoding="utf-8")
    block = re.search(r"^```yaml\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)
    assert block

    assert GITHUB.read_text(encoding="utf-8").split("\n", 1)[1] == block[1]
    action = read(ACTION)
    assert [name for name in (*action["inputs"], *action["outputs"]) if f"`{name}`" not in page] == []
    assert [
        name for name in read(GITLAB)["scanner"]["variables"] if name.startswith("SCANNER_") and name not in page
    ] == []


def test_only_the_step_that_comments_gets_the_token() -> None:
    for file in (ACTION, FORGEJO):
        with_token = [each["name"] for each in steps(file) if "token" in json.dumps(each.get("env", {})).lower()]
        assert with_token == ["Comment on the pull request"]


# --- what the scripts run ---


class Ran(NamedTuple):
    """A run of all steps."""

    #: Exit code of the first step that failed, else 0.
    code: int
    #: The words of each call of scanner.
    calls: list[list[str]]
    #: All that was printed.
    said: str
    #: Names or actions of steps that were carried out, in order.
    done: list[str]
    #: What expressions could ask after the last step.
    outputs: Mapping[str, str]


def program(file: Path, text: str) -> Path:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(f"#!{sys.executable}\n{text}")
    file.chmod(0o755)
    return file


#: Notes its words, and answers as scanner would; `comment` is run for real, and dry.
STUB = """
import json, os, pathlib, subprocess, sys
words = sys.argv[1:]
with open(os.environ["CALLS"], "a") as log:
    log.write(json.dumps(words) + "\\n")
if os.environ.get("REAL") or words[0] == "comment":
    dry = ["--dry-run"] if words[0] == "comment" else []
    sys.exit(subprocess.run([sys.executable, "-m", "scanner", *words, *dry]).returncode)
for option in ("-o", "--output-dir"):
    if option in words:
        pathlib.Path(words[words.index(option) + 1]).parent.mkdir(parents=True, exist_ok=True)
if words[0] == "diff":
    pathlib.Path(words[words.index("-o") + 1]).write_text(os.environ["DIFF"])
sys.exit(int(os.environ.get("GATE", "0")) if words[0] == "check" else 0)
"""
#: Stands for a Python whose virtual environments hold scanner already.
PYTHON = """
import os, pathlib, shutil, sys
if sys.argv[1:3] == ["-m", "venv"]:
    bin = pathlib.Path(sys.argv[3]) / "bin"
    bin.mkdir(parents=True)
    shutil.copy(__file__, bin / "python")
    shutil.copy(pathlib.Path(__file__).parent / "scanner", bin / "scanner")
    shutil.copy(__file__, bin / "pip")
"""


class Job:
    """A small repository with a pull request, and a runner for the steps of a file."""

    def __init__(self, shell: Shell) -> None:
        self.shell = shell
        self.repo = shell.sample("agent")
        self.base = shell.commit("agent")
        shell.git("agent", "checkout", "-q", "-b", "topic")
        shutil.copy(self.repo / "errand/titles.py", self.repo / "errand/more.py")
        shell.git("agent", "add", ".")
        shell.git("agent", "commit", "-q", "-m", "more")
        shell.git("agent", "checkout", "-q", "main")
        shell.git("agent", "merge", "-q", "--no-ff", "-m", "merge", "topic")
        tools = shell.here / "tools"
        self.python = program(tools / "python", PYTHON)
        for name, text in (("scanner", STUB), ("python3", PYTHON), ("apt-get", "")):
            program(tools / name, text)
        self.tools = tools

    def context(self, file: Path, known: Mapping[str, str]) -> dict[str, str]:
        """What expressions may ask."""
        inputs = {f"inputs.{name}": str(each.get("default", "")) for name, each in read(file).get("inputs", {}).items()}
        event = {
            "github.repository": "me/agent",
            "github.sha": "0" * 40,
            "github.event.pull_request": "yes",
            "github.event.pull_request.base.sha": self.base,
            "github.event.pull_request.head.repo.full_name": "me/agent",
            "steps.python.outputs.python-path": str(self.python),
            "runner.temp": str(self.shell.here / "temp"),
            "inputs.token": "t0ken",
            "github.token": "t0ken",
        }
        return inputs | event | dict(known)

    def run(self, file: Path, known: Mapping[str, str] = {}, **variables: str) -> Ran:
        temp = self.shell.here / "temp"
        shutil.rmtree(temp, ignore_errors=True)
        temp.mkdir()
        calls, output, summary, extra = (temp / name for name in ("calls", "output", "summary", "path"))
        context = self.context(file, known)
        base = environment(
            self.shell.home,
            RUNNER_TEMP=str(temp),
            GITHUB_ACTION_PATH=str(PROJECT),
            GITHUB_REPOSITORY="me/agent",
            GITHUB_EVENT_NAME="pull_request",
            GITHUB_REF="refs/pull/7/merge",
            GITHUB_OUTPUT=str(output),
            GITHUB_STEP_SUMMARY=str(summary),
            GITHUB_PATH=str(extra),
            CALLS=str(calls),
            DIFF=CHANGED,
        )
        base |= {"PATH": f"{self.tools}{os.pathsep}{base['PATH']}"}
        base |= {name: str(value) for name, value in (read(file).get("env") or {}).items()}
        base = {name: value.replace("/tmp/seam-scanner", str(temp)) for name, value in base.items()} | variables
        code, said, done = 0, "", []
        for step in steps(file):
            if not wanted(str(step.get("if", "success()")), context, code):
                continue
            done.append(step.get("name") or step["uses"].partition("@")[0])
            if "run" not in step:
                continue
            output.write_text("")
            env = base | {name: filled(str(value), context) for name, value in step.get("env", {}).items()}
            script = step["run"].replace("/tmp/seam-scanner", str(temp))
            bash = ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", script]
            ended = subprocess.run(bash, cwd=self.repo, env=env, capture_output=True, text=True, check=False)
            said += ended.stdout + ended.stderr
            code = code or ended.returncode
            if "id" in step:
                context[f"steps.{step['id']}.outcome"] = "failure" if ended.returncode else "success"
                for line in output.read_text().splitlines():
                    name, _, value = line.partition("=")
                    context[f"steps.{step['id']}.outputs.{name}"] = value
        logged = [json.loads(line) for line in calls.read_text().splitlines()] if calls.exists() else []
        for words in logged:
            understood(words)
        return Ran(code, logged, said, done, context)


def evaluated(expression: str, context: Mapping[str, str], code: int) -> object:
    """An expression of a workflow, as far as the files use them."""
    text = expression.strip().removeprefix("${{").removesuffix("}}").replace("&&", " and ").replace("||", " or ")
    text = re.sub(r"!(?!=)", " not ", text)
    text = re.sub(r"\b(?:inputs|steps|github|runner|secrets)(?:\.[\w-]+)+", lambda found: f"told({found[0]!r})", text)
    names = {
        "told": lambda name: context.get(name, ""),
        "cancelled": lambda: False,
        "success": lambda: code == 0,
        "always": lambda: True,
    }
    return eval(" ".join(text.split()), {"__builtins__": {}}, names)


def wanted(condition: str, context: Mapping[str, str], code: int) -> bool:
    status = re.search(r"(success|always|cancelled|failure)\(\)", condition)
    return bool(evaluated(condition, context, code)) and (bool(status) or code == 0)


def filled(value: str, context: Mapping[str, str]) -> str:
    return re.sub(r"\$\{\{.*?\}\}", lambda found: str(evaluated(found[0], context, 0)), value)


def understood(words: list[str]) -> None:
    """Fails unless the real command line takes these words."""
    command = cli.commands.get(words[0])
    assert command, words
    command.make_context(words[0], words[1:])


@pytest.fixture
def job(tmp_path: Path) -> Job:
    return Job(Shell(tmp_path))


def variables(file: Path, job: Job) -> dict[str, str]:
    """What a job of this forge has in its environment beside what all have."""
    if file == FORGEJO:
        return {"GITHUB_API_URL": "https://git.example.org/api/v1"}
    if file == ACTION:
        return {}
    told = {name: str(value) for name, value in read(GITLAB)["scanner"]["variables"].items()}
    more = {"CI_MERGE_REQUEST_DIFF_BASE_SHA": job.base, "CI_MERGE_REQUEST_IID": "7", "CI_PROJECT_ID": "42"}
    return told | more | {"GITLAB_TOKEN": "t0ken"}


def of(ran: Ran, command: str) -> list[str]:
    """The words of the one call of a command."""
    (words,) = [call for call in ran.calls if call[0] == command]
    return words


def test_the_action_makes_packet_diff_comment_and_alerts_and_holds_the_gate_last(job: Job) -> None:
    ran = job.run(
        ACTION, {"inputs.rules": "tensorzero\nhuman-confirmation\n", "inputs.fail-on": "regression\nnew-bypass"}
    )

    folder = ran.outputs["steps.prepare.outputs.folder"]
    rules = ["--rules", "tensorzero", "--rules", "human-confirmation"]
    assert ran.code == 0, ran.said
    assert ran.done == [
        "actions/setup-python",
        "actions/cache",
        "Install scanner",
        "Find the base",
        "Make the packet",
        "Compare with the base",
        "Comment on the pull request",
        "Show findings in code scanning",
        "Keep packet and diff",
        "Hold the gate",
    ]
    assert ran.calls == [
        ["packet", *rules, "--repo", ".", "--output-dir", f"{folder}/packet", "--force"],
        [
            "packet",
            *rules,
            "--repo",
            ".",
            "--format",
            "sarif",
            "--alerts-only",
            "-o",
            f"{folder}/alerts.sarif",
            "--force",
        ],
        [
            "diff",
            *rules,
            "--repo",
            ".",
            "--base",
            job.base,
            "--head",
            "HEAD",
            "--format",
            "markdown",
            "-o",
            f"{folder}/diff.md",
            "--force",
        ],
        ["comment", "--provider", "github", "--file", f"{folder}/diff.md", "--key", "packet", "--new", "changed"],
        [
            "check",
            *rules,
            "--repo",
            ".",
            "--fail-on",
            "regression",
            "--fail-on",
            "new-bypass",
            "--base",
            job.base,
            "--format",
            "github",
        ],
    ]
    assert "POST https://api.github.com/repos/me/agent/issues/7/comments" in ran.said
    assert (job.shell.here / "temp/summary").read_text() == CHANGED
    assert "t0ken" not in ran.said


@pytest.mark.parametrize("file", [ACTION, FORGEJO, GITLAB], ids=lambda file: file.name)
def test_where_nothing_changed_only_a_comment_that_is_there_is_updated(job: Job, file: Path) -> None:
    ran = job.run(file, {"inputs.rules": "tensorzero"}, **variables(file, job), DIFF=UNCHANGED)

    assert ran.code == 0, ran.said
    assert of(ran, "comment")[-2:] == ["--new", "changed"]
    assert "POST" not in ran.said
    assert "when one has it" in ran.said


@pytest.mark.parametrize("file", [ACTION, FORGEJO], ids=lambda file: file.name)
def test_a_pull_request_from_a_fork_is_judged_without_a_comment(job: Job, file: Path) -> None:
    fork = {"inputs.rules": "tensorzero", "github.event.pull_request.head.repo.full_name": "you/agent"}

    ran = job.run(file, fork)

    assert ran.code == 0, ran.said
    assert [call[0] for call in ran.calls if call[0] != "packet"] == ["diff", "check"]
    assert "pull request from a fork has a token that" in ran.said
    assert "Show findings in code scanning" not in ran.done


@pytest.mark.parametrize("file", [ACTION, FORGEJO], ids=lambda file: file.name)
def test_a_gate_that_fails_fails_the_job_after_the_comment_is_there(job: Job, file: Path) -> None:
    ran = job.run(file, {"inputs.rules": "tensorzero"}, **variables(file, job), GATE="1")

    assert ran.code == 1
    assert [call[0] for call in ran.calls if call[0] != "packet"] == ["diff", "comment", "check"]


@pytest.mark.parametrize(
    ("before", "said"),
    [("0" * 40, "There is nothing to compare with"), ("1" * 40, "What was there before this push is gone")],
    ids=["a new branch", "a forced push"],
)
def test_a_push_without_a_base_makes_the_packet_alone(job: Job, before: str, said: str) -> None:
    push = {"github.event.pull_request": "", "github.event.pull_request.base.sha": "", "github.event.before": before}

    ran = job.run(ACTION, {"inputs.rules": "tensorzero"} | push, GITHUB_EVENT_NAME="push", GITHUB_REF="refs/heads/main")

    assert ran.code == 0, ran.said
    assert [call[0] for call in ran.calls] == ["packet", "packet"]
    assert said in ran.said


def test_a_least_score_is_held_even_without_a_base(job: Job) -> None:
    push = {"github.event.pull_request": "", "github.event.pull_request.base.sha": "", "github.event.before": ""}

    ran = job.run(
        ACTION,
        {"inputs.rules": "tensorzero", "inputs.min-score": "40", "inputs.min-status": "partial"} | push,
        GITHUB_EVENT_NAME="push",
    )

    assert (
        of(ran, "check")[1:]
        == "--rules tensorzero --repo . --min-status partial --min-score 40 --format github".split()
    )


def test_a_base_that_was_not_fetched_is_told_with_what_to_do(job: Job) -> None:
    ran = job.run(ACTION, {"inputs.rules": "tensorzero", "inputs.base": "--upload-pack=touch pwned"})

    assert ran.code == 2
    assert ran.calls == []
    assert (
        "::error title=seam-scanner::The base is not in this checkout. Give actions/checkout fetch-depth: 0."
        in ran.said
    )
    assert not (job.repo / "pwned").exists()


def test_no_value_of_an_input_is_read_as_code(job: Job) -> None:
    evil = "$(touch pwned)`touch pwned`\"; touch pwned; '"

    ran = job.run(ACTION, {"inputs.rules": evil, "inputs.comment-key": evil, "inputs.fail-on": "regression"})

    assert of(ran, "diff")[1:3] == ["--rules", evil]
    assert not list(job.shell.here.rglob("pwned"))


def test_the_job_for_gitlab_compares_comments_and_holds_the_gate(job: Job) -> None:
    ran = job.run(GITLAB, **variables(GITLAB, job))

    assert ran.code == 0, ran.said
    assert of(ran, "diff")[3:7] == ["--base", job.base, "--head", "HEAD"]
    assert of(ran, "comment")[:5] == ["comment", "--provider", "gitlab", "--file", ".cache/packet/diff.md"]
    assert of(ran, "check") == ["check", "--rules", "tensorzero", "--base", job.base, "--fail-on", "regression"]
    assert "POST https://gitlab.com/api/v4/projects/42/merge_requests/7/notes" in ran.said
    assert "t0ken" not in ran.said


def test_the_job_for_gitlab_makes_no_comment_without_a_token_and_no_gate_without_a_reason(job: Job) -> None:
    merged = {"SCANNER_FAIL_ON": "", "GITLAB_TOKEN": "", "CI_MERGE_REQUEST_TARGET_BRANCH_SHA": "HEAD^1"}

    ran = job.run(GITLAB, **variables(GITLAB, job) | merged)

    assert ran.code == 0, ran.said
    assert [call[0] for call in ran.calls] == ["packet", "diff"]
    assert of(ran, "diff")[3:5] == ["--base", "HEAD^1"]


def test_the_workflow_for_forgejo_compares_comments_and_holds_the_gate(job: Job) -> None:
    ran = job.run(FORGEJO, **variables(FORGEJO, job))

    assert ran.code == 0, ran.said
    assert "POST https://git.example.org/api/v1/repos/me/agent/issues/7/comments" in ran.said
    assert of(ran, "diff")[3:7] == ["--base", job.base, "--head", "HEAD"]
    assert of(ran, "check") == ["check", "--rules", "tensorzero", "--fail-on", "regression", "--base", job.base]
    assert "t0ken" not in ran.said


def test_the_action_works_with_the_real_scanner_from_packet_to_gate(job: Job) -> None:
    ran = job.run(ACTION, {"inputs.rules": "tensorzero\nhuman-confirmation"}, REAL="1")

    folder = Path(ran.outputs["steps.prepare.outputs.folder"])
    assert ran.code in (0, 1), ran.said
    assert {"tensorzero.md", "tensorzero.json", "human-confirmation.md"} <= {
        each.name for each in (folder / "packet").iterdir()
    }
    assert json.loads((folder / "alerts.sarif").read_text())["version"] == "2.1.0"
    assert "errand/more.py" in (folder / "diff.md").read_text()
    assert "<!-- scanner-packet: packet -->" in ran.said
