"""The hooks do in a repository of git what their page says, installed and run by pre-commit itself."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner
from commandline import PROJECT, SAMPLE

from scanner.cli import cli

#: What pre-commit installs the hooks from.
SOURCES = (
    ".pre-commit-hooks.yaml",
    "pyproject.toml",
    "README.md",
    "LICENSE",
    "CHANGELOG.md",
    "scanner",
    "rules",
    "templates",
)
FOLDER = "docs/migration"
FILES = [f"{FOLDER}/packet.json", f"{FOLDER}/packet.md"]


class Hooked:
    """A repository in which pre-commit runs the hooks at each commit."""

    def __init__(self, root: Path, variables: dict[str, str]) -> None:
        self.root = root
        self._variables = variables

    def run(self, *words: str, code: int = 0, cwd: Path | None = None) -> str:
        """Run a command, which must end so; gives all that it prints."""
        done = subprocess.run(
            words, cwd=cwd or self.root, env=self._variables, capture_output=True, text=True, check=False
        )
        assert done.returncode == code, done.stdout + done.stderr
        return done.stdout + done.stderr

    def git(self, *words: str) -> str:
        """Run git."""
        return self.run("git", *words).strip()

    def commit(self, *words: str, code: int = 0) -> str:
        """Commit, which runs the hooks."""
        return self.run("git", "commit", "-m", "more", *words, code=code)

    def hooks(self, *words: str, code: int = 0, cwd: Path | None = None) -> str:
        """Run the hooks without a commit."""
        return self.run(sys.executable, "-m", "pre_commit", "run", "--all-files", *words, code=code, cwd=cwd)

    def write(self, path: str, text: str) -> None:
        """Put text at the end of a file."""
        with (self.root / path).open("a", encoding="utf-8") as file:
            file.write(text)


@pytest.fixture(scope="module")
def variables(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """What pre-commit gets to know of the machine; the scanner that it installs is to be found, not this checkout."""
    folder = tmp_path_factory.mktemp("pre-commit")
    kept = {name: value for name, value in os.environ.items() if not name.startswith("GIT_") and name != "PYTHONPATH"}
    person = {f"GIT_{who}_{what}": "a@example.org" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
    return {
        **kept,
        **person,
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_CONFIG_NOSYSTEM": "1",
        "PRE_COMMIT_HOME": str(folder / "home"),
        "SCANNER_CACHE_DIR": str(folder / "cache"),
        "PRE_COMMIT_COLOR": "never",
    }


@pytest.fixture(scope="module")
def hook_repository(tmp_path_factory: pytest.TempPathFactory, variables: dict[str, str]) -> tuple[Path, str]:
    """This checkout as a repository of git, and its commit."""
    root = tmp_path_factory.mktemp("scanner") / "scanner"
    root.mkdir()
    for name in SOURCES:
        source = PROJECT / name
        if source.is_dir():
            shutil.copytree(source, root / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, root / name)
    made = Hooked(root, variables)
    made.git("init", "-q")
    made.git("add", ".")
    made.git("commit", "-q", "-m", "first")
    return root, made.git("rev-parse", "HEAD")


def configured(hook_repository: tuple[Path, str], *hooks: str) -> str:
    root, commit = hook_repository
    return yaml.safe_dump({"repos": [{"repo": str(root), "rev": commit, "hooks": [{"id": each} for each in hooks]}]})


@pytest.fixture(scope="module")
def installed(
    tmp_path_factory: pytest.TempPathFactory, hook_repository: tuple[Path, str], variables: dict[str, str]
) -> None:
    """The hooks, installed once."""
    made = Hooked(tmp_path_factory.mktemp("install"), variables)
    made.git("init", "-q")
    made.write(".pre-commit-config.yaml", configured(hook_repository, "scanner-check", "scanner-packet"))
    words = [sys.executable, "-m", "pre_commit", "install-hooks"]
    done = subprocess.run(words, cwd=made.root, env=variables, capture_output=True, text=True, check=False)
    if done.returncode and not os.environ.get("CI"):
        pytest.skip("the hooks cannot be installed without a package index; set CI to fail here")
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture(scope="module")
def agent(
    tmp_path_factory: pytest.TempPathFactory,
    hook_repository: tuple[Path, str],
    variables: dict[str, str],
    installed: None,
) -> Hooked:
    """The sample agent with both hooks, and nothing committed yet."""
    root = tmp_path_factory.mktemp("agent") / "errand"
    shutil.copytree(SAMPLE, root, ignore=shutil.ignore_patterns("__pycache__"))
    made = Hooked(root, variables)
    made.git("init", "-q")
    made.write(".pre-commit-config.yaml", configured(hook_repository, "scanner-check", "scanner-packet"))
    made.run(sys.executable, "-m", "pre_commit", "install")
    made.git("add", ".")
    return made


@pytest.fixture(scope="module")
def first(agent: Hooked) -> tuple[str, str]:
    """What two attempts at the first commit say, after which it is made."""
    said = agent.commit(code=1), agent.commit(code=1)
    agent.git("add", FOLDER)
    agent.commit()
    return said


@pytest.fixture
def settled(tmp_path: Path, agent: Hooked, first: tuple[str, str], variables: dict[str, str]) -> Hooked:
    """A copy of it after its first commit."""
    shutil.copytree(agent.root, tmp_path / "errand", symlinks=True)
    return Hooked(tmp_path / "errand", variables)


def test_the_first_packet_is_new_to_git_and_stops_the_commit_until_it_is_added(
    first: tuple[str, str], settled: Hooked
) -> None:
    assert f"there is no baseline {FOLDER}" in first[0]
    assert "no regression against the committed packet...............................Passed" in first[1]
    assert all(f"git add {' '.join(FILES)}" in each for each in first)

    assert settled.git("ls-tree", "-r", "--name-only", "HEAD", FOLDER).splitlines() == FILES
    assert settled.git("status", "--short") == ""


def test_after_a_commit_and_in_a_fresh_clone_the_hooks_pass(settled: Hooked, tmp_path: Path) -> None:
    assert settled.hooks().count("Passed") == 2
    settled.git("clone", "-q", str(settled.root), str(tmp_path / "clone"))

    assert settled.hooks(cwd=tmp_path / "clone").count("Passed") == 2
    assert settled.run("git", "status", "--short", cwd=tmp_path / "clone") == ""


def test_a_commit_of_pages_and_tests_alone_passes(settled: Hooked) -> None:
    settled.write("README.md", "\nMore words.\n")
    settled.write("tests/test_tools.py", "\n\nLAST = 1\n")

    settled.commit("-a")


def test_code_that_changes_rewrites_the_packet_once(settled: Hooked) -> None:
    settled.write("errand/tools.py", "MORE = 1\n")
    said = settled.commit("-a", code=1)
    assert "files were modified by this hook" in said
    assert "no regression against the committed packet" in said

    settled.commit("-a")
    assert settled.hooks().count("Passed") == 2


def test_a_regression_is_told_and_is_accepted_with_the_new_packet(settled: Hooked) -> None:
    file = settled.root / "errand/sessions.py"
    text = file.read_text()
    file.write_text(text[: text.index("    def record_rating")] + "    limit = 1\n")
    said = settled.commit("-a", code=1)
    assert "regression: Feedback signals was ready, now gap" in said
    assert f"scanner packet --rules tensorzero --committed --output-dir {FOLDER}" in said

    settled.commit("-a")
    assert "Feedback signals | ○ gap" in settled.git("show", f"HEAD:{FILES[1]}")


def test_what_is_not_part_of_the_commit_is_not_part_of_the_packet(settled: Hooked) -> None:
    page = settled.root / FILES[1]
    for name, model in (("later", "gpt-9"), ("unsaved", "gpt-8")):
        settled.write(f"errand/{name}.py", f"import openai\n\nopenai.OpenAI().responses.create(model='{model}')\n")
    settled.git("add", "errand/later.py")
    settled.write("errand/tools.py", "MORE = 1\n")

    # A commit of one file has an index of its own, in which the file that was added is not.
    settled.commit("errand/tools.py", code=1)
    assert "gpt-9" not in page.read_text()

    settled.commit("errand/tools.py", FOLDER)
    assert settled.git("status", "--short").splitlines() == ["A  errand/later.py", "?? errand/unsaved.py"]

    settled.commit(code=1)
    assert "gpt-9" in page.read_text()
    assert "gpt-8" not in page.read_text()


def test_the_manifest_names_commands_and_options_that_there_are(tmp_path: Path) -> None:
    hooks = yaml.safe_load((PROJECT / ".pre-commit-hooks.yaml").read_text())

    assert [each["id"] for each in hooks] == ["scanner-check", "scanner-packet"]
    for each in hooks:
        assert (each["language"], each["pass_filenames"], each["always_run"]) == ("python", False, True)
        program, command, *words = [*each["entry"].split(), *each["args"]]
        assert program == "scanner"
        shown = CliRunner().invoke(cli, [command, "--help"]).output
        assert [word for word in words if word.startswith("--") and word not in shown] == []
