"""No output shows a secret that stands in a scanned file, wherever it stands there and whatever vendor's it is."""

from __future__ import annotations

import html
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from commandline import Shell
from inprocess import run

BODY = "aB3dE6gH9jK2mN5pQ8sT"


def key(prefix: str, body: str = BODY * 2) -> str:
    """A made-up key; joined here, so that this file holds none."""
    return prefix + body


#: A key in the shape of each vendor's.
SHAPED = (
    *(key(f"sk-{kind}") for kind in ("", "ant-", "proj-", "or-", "lf-")),
    *(key(f"gh{kind}_") for kind in "pousr"),
    key("github_pat_"),
    key("glpat-"),
    key("csk-"),
    key("xoxb-"),
    key("AKIA", "Q7RT2WXYZ4ABCD9E"),
    key("ASIA", "Q7RT2WXYZ4ABCD9F"),
    key("AIza"),
    key("hf_"),
    key("pk-lf-"),
    key("gsk_"),
    key("r8_"),
    key("xai-"),
    key("tvly-"),
    key("pplx-"),
    key("nvapi-"),
    key("lsv2_pt_"),
    key("npm_"),
    key("sk_live_"),
    key("rk_test_"),
    key("whsec_"),
    key("ya29."),
    key("AGE-SECRET-KEY-", "1QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L"),
    f"SG.{BODY}.{BODY}xyz1",
    f"eyJ{BODY}.{BODY}.{BODY}",
)
#: A value that only the name before it tells to be one, and what is not a vendor's.
PLAIN = "zY8xW5vU2tS9rQ6p"
PASSWORD = "hunter2Correct7Horse"
PEM = ("MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC7Vw4Zz1Jd3x9k", "qL7vT2nR9wXe4yU1iO8pA5sD3fG6hJ0kZxCvBnM=")
WORDS = tuple(word for word in SHAPED if word.isidentifier())


def agent() -> Iterator[tuple[str, str]]:
    """Files of an agent that keeps its secrets in the code."""
    lines = [
        "import os, logging, openai",
        "from tenacity import retry, stop_after_attempt",
        f'client = openai.OpenAI(api_key="{PLAIN}", base_url="https://someone:{PASSWORD}@llm.example/v1")',
        f'os.environ["OPENAI_API_KEY"] = "{PLAIN}"',
    ]
    for number, secret in enumerate(SHAPED):
        lines += [
            f'HEADERS_{number} = {{"x": "{secret}"}}',
            "@retry(stop=stop_after_attempt(3))",
            f"def ask_{number}(messages, session_id):  # {secret}",
            f'    """Asks with {secret}."""',
            f'    answer = client.chat.completions.create(model="gpt-4o", messages=messages, user="{secret}")  # {secret}',
            f'    logging.info("usage %s %s", answer.usage.total_tokens, "{secret}")',
            f'    return answer, "{secret}"',
        ]
    lines += [
        "def confirm(tool):",
        f'    if input("Run it with {SHAPED[5]}? ") == "y":',
        f'        os.system("curl -u me:{PASSWORD} https://me:{PASSWORD}@files.example/{SHAPED[0]}")',
        'PEM = """-----BEGIN PRIVATE KEY-----',
        *PEM,
        '-----END PRIVATE KEY-----"""',
        "def main():",
        "    confirm(ask_0([], 'one'))",
        "if __name__ == '__main__':",
        "    main()",
    ]
    yield "agent.py", "\n".join(lines) + "\n"
    yield (
        "odd.py",
        "import os, openai\n"
        + "".join(
            f"def ask_odd_{number}(messages, {word}_session_id=None):\n"
            f'    model = os.environ["{word}"]\n'
            f'    return openai.OpenAI().chat.completions.create(model="{word}", messages=messages)\n'
            for number, word in enumerate(WORDS)
        ),
    )
    settings = "".join(
        f"  - model: gpt-4o-{at}\n    api_key: {secret}\n    note: {secret}\n" for at, secret in enumerate(SHAPED)
    )
    yield (
        "config.yaml",
        f"fallback_models:\n{settings}  - {SHAPED[0]}\nbase_url: https://me:{PASSWORD}@llm.example/v1\n"
        f"database: postgres://me:{PASSWORD}@db.example/sessions\nmodel: {SHAPED[5]}\nprovider: {SHAPED[14]}\n",
    )
    yield (
        ".env",
        "".join(f"KEY_{at}={secret}\n" for at, secret in enumerate(SHAPED))
        + f"DB_PASSWORD={PASSWORD}\nTOKEN={PLAIN}\n",
    )
    yield (
        ".env.example",
        f"OPENAI_API_KEY={SHAPED[0]}\nMODEL={SHAPED[5]}\nOPENAI_BASE_URL=https://me:{PASSWORD}@llm.example/v1\n",
    )
    yield "settings.toml", f'[model]\nname = "{SHAPED[0]}"\nfallbacks = ["{SHAPED[5]}"]\napi_key = "{PLAIN}"\n'
    yield (
        "pyproject.toml",
        f'[project]\nname = "agent"\ndependencies = ["openai @ https://me:{PASSWORD}@pkg.example/openai-1.whl", "tenacity"]\n',
    )
    yield "requirements.txt", f"--index-url https://me:{PASSWORD}@pkg.example/simple\nopenai==1.{SHAPED[5]}\n"
    call = f"answer = openai.OpenAI().chat.completions.create(model='gpt-4o', messages=[], user='{SHAPED[0]}')\n"
    cell = {
        "cell_type": "code",
        "outputs": [{"text": [f"{each}\n" for each in SHAPED]}],
        "source": ["import openai\n", call],
    }
    yield "notes.ipynb", json.dumps({"cells": [cell], "metadata": {}, "nbformat": 4}, indent=1)
    yield (
        "run.sh",
        f"export OPENAI_API_KEY={SHAPED[0]}\ncurl -H 'Authorization: Bearer {SHAPED[5]}' https://api.openai.com/v1/chat/completions\n",
    )
    yield (
        "README.md",
        f"# Agent\n\nEvery call is approved with {SHAPED[0]} by a human.\nSee https://me:{PASSWORD}@llm.example/.\n",
    )
    yield "broken.py", f'def unfinished(:\n    key = "{SHAPED[0]}"\n  return ((\n'


SECRETS = (*SHAPED, PLAIN, PASSWORD, *PEM)
RULES = ("--rules", "tensorzero", "--rules", "human-confirmation")
PLACES = ("agent.py:9", "odd.py:4", "config.yaml:3", "settings.toml:2", "notes.ipynb:17", "run.sh:2")

#: The commands that print, each with its formats; `packet --output-dir` writes the rest.
COMMANDS = {
    "packet": ((*RULES,), ("markdown", "html", "terminal", "json", "sarif")),
    "seams": ((), ("table", "json")),
    "graph": ((), ("text", "mermaid", "dot", "json")),
    "graph ways": (("--from", "agent.py:main", "--to", "model_call"), ("text", "mermaid", "dot", "json")),
    **{f"explain {place}": ((), ("text", "json")) for place in PLACES},
    "diff": ((*RULES, "--base", "HEAD~1"), ("text", "markdown", "json")),
    "check": ((*RULES, "--base", "HEAD~1", "--min-score", "100", "--min-status", "ready"), ("text", "json", "github")),
    "history": ((*RULES,), ("table", "markdown", "json", "svg")),
}
SAID = [(command, form) for command, (_, forms) in COMMANDS.items() for form in forms]


def leaked(text: str) -> set[str]:
    """The secrets in a text, also where Markdown or HTML writes a sign of one otherwise."""
    plain = html.unescape(text.replace("<wbr>", "")).replace("\\", "")
    return {secret for secret in SECRETS if secret in text or secret in plain}


@pytest.fixture(scope="module")
def shell(tmp_path_factory: pytest.TempPathFactory) -> Shell:
    """A repository of two commits whose address, tag and message hold secrets, too."""
    made = Shell(tmp_path_factory.mktemp("secrets"))
    for path, content in agent():
        made.write(f"agent/{path}", content)
    made.commit("agent")
    made.git("agent", "remote", "add", "origin", f"https://me:{PASSWORD}@git.example/owner/agent.git")
    file = made.here / "agent" / "agent.py"
    file.write_text(file.read_text().replace("ask_1(", "ask_one(").replace("def confirm(tool):", "def really(tool):"))
    made.git("agent", "commit", "-q", "-a", "-m", f"use {SHAPED[0]}")
    return made


def test_the_agent_holds_every_secret_and_is_found_all_the_same(shell: Shell) -> None:
    files = "".join(content for _, content in agent())
    assert leaked(files) == set(SECRETS)

    found = json.loads(shell.run("seams", "--repo", "agent", "--format", "json").out)["touchpoints"]
    calls = [each for each in found if each["kind"] == "model_call" and each["path"] == "agent.py"]
    assert len(calls) >= len(SHAPED)
    assert sum("…masked…" in each["text"] for each in found) >= len(SHAPED)


@pytest.mark.parametrize(("command", "form"), SAID, ids=[f"{command} as {form}" for command, form in SAID])
def test_no_output_shows_a_secret(shell: Shell, command: str, form: str, monkeypatch: pytest.MonkeyPatch) -> None:
    name, *place = command.split()
    words, _ = COMMANDS[command]
    monkeypatch.chdir(shell.here)
    monkeypatch.setenv("SCANNER_CACHE_DIR", str(shell.here / "cache"))

    done = run(name, *(place if name == "explain" else ()), *words, "--repo", "agent", "--format", form)

    assert done.code == (1 if name == "check" else 0), done.err
    assert done.out
    assert leaked(done.out + done.err) == set()


def test_no_file_of_a_folder_shows_a_secret(shell: Shell) -> None:
    history = shell.run("history", *RULES, "--repo", "agent", "--output-dir", "history")
    before = shell.run("packet", *RULES, "--repo", "agent", "--rev", "HEAD~1", "--format", "json", "-o", "before.json")
    assert (history.code, before.code) == (0, 0)
    told = ("--baseline", "before.json", "--history", "history/history.json")
    done = shell.run("packet", *RULES, "--repo", "agent", *told, "--output-dir", "out")
    kept = shell.run("packet", *RULES, "--committed", "--output-dir", "docs/migration", cwd=shell.here / "agent")
    assert (done.code, kept.code) == (0, 0), done.err + kept.err

    folders = [shell.here / name for name in ("history", "out", "agent/docs/migration")]
    files = [path for folder in folders for path in folder.iterdir()]

    assert len(files) > 12
    assert {path.name: found for path in files if (found := leaked(path.read_text()))} == {}
    assert "…masked…" in (shell.here / "out" / "tensorzero.html").read_text()


@pytest.mark.parametrize("form", ["markdown", "json"])
def test_what_somebody_attests_shows_no_secret(tmp_path: Path, form: str) -> None:
    shell = Shell(tmp_path)
    shell.write("agent/agent.py", "import openai\nopenai.OpenAI().chat.completions.create(model='m', messages=[])\n")
    shell.write(
        "agent/scanner.toml",
        f'[[override]]\nrequirement = "canary_rollout"\nstatus = "ready"\nby = "team"\n'
        f'reason = "Split by {SHAPED[0]} at https://me:{PASSWORD}@lb.example/."\n',
    )

    done = shell.run("packet", "--rules", "tensorzero", "--repo", "agent", "--format", form)

    assert done.code == 0
    assert leaked(done.out) == set()


def test_what_is_wrong_with_settings_is_told_without_a_secret(tmp_path: Path) -> None:
    shell = Shell(tmp_path)
    shell.write("agent/agent.py", "x = 1\n")
    shell.write("agent/scanner.toml", f"{SHAPED[5]} = 1\n")

    done = shell.run("seams", "--repo", "agent")

    assert done.code == 2
    assert leaked(done.out + done.err) == set()
