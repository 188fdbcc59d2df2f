"""The command does what its help says, and says in one line what went wrong."""

from __future__ import annotations

import json
import os
import pty
import re
import select
import signal
import subprocess
from pathlib import Path

import jsonschema
import pytest
from commandline import COMMAND, PROJECT, Shell, environment
from markdown_it import MarkdownIt

from scanner import cli
from scanner.jsonpage import json_page
from scanner.packet import schema

SEND = "from litellm import completion\n\n\ndef send(messages):\n    return completion(model='m', messages=messages)\n"
ESCAPE = "\x1b"


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    return Shell(tmp_path)


@pytest.fixture
def agent(shell: Shell) -> Path:
    """The smallest agent: one send."""
    return shell.write("agent/agent.py", SEND).parent


def packet(shell: Shell, repo: Path, *words: str | Path) -> str:
    done = shell.run("packet", "--rules", "tensorzero", "--repo", repo, *words)
    assert (done.code, done.err) == (0, "")
    return done.out


def packet_json(shell: Shell, repo: Path, *words: str | Path) -> dict:
    return json.loads(packet(shell, repo, "--format", "json", *words))


# --- help ---


@pytest.mark.parametrize("words", [("packet",), ("seams",), (), ("rules",)])
def test_help_teaches_with_examples(shell: Shell, words: tuple[str, ...]) -> None:
    done = shell.run(*words, "--help")

    assert (done.code, done.err) == (0, "")
    assert done.out.startswith(f"Usage: {' '.join(['scanner', *words])} ")
    assert f"\n    {' '.join(['scanner', *words])} " in done.out.split("Examples:\n")[1]


def test_help_ends_with_the_table_of_exit_codes(shell: Shell) -> None:
    assert shell.run("--help").out.endswith(
        "  Exit codes:\n"
        "    0    done, whatever was found\n"
        "    1    a gate failed, and nothing else\n"
        "    2    usage or rule error\n"
        "    3    the repository cannot be read, or its forge not be reached\n"
        "    4    internal error\n"
        "    130  interrupted\n"
        "    143  terminated\n"
    )


def test_a_call_without_a_command_shows_the_help_and_is_a_usage_error(shell: Shell) -> None:
    done = shell.run()

    assert (done.code, done.out) == (2, "")
    assert done.err == shell.run("--help").out


# --- usage errors ---


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (("pakcet",), "No such command 'pakcet'. Did you mean 'packet'? See `scanner --help`"),
        (("packet", "--zzz"), "No such option '--zzz'; see `scanner packet --help`"),
        (("packet",), "Missing option '--rules'; see `scanner packet --help`"),
        (
            ("comment",),
            "Missing option '--provider'. Choose from: github, gitlab, gitea, forgejo; see `scanner comment --help`",
        ),
        (("packet", "--rules"), "Option '--rules' requires an argument; see `scanner --help`"),
        (
            ("packet", "--rules", "tensorzer"),
            "no pack is called `tensorzer`; write `tensorzero` (known packs: codeact-export, evidence-admission, "
            "human-confirmation, otel-genai, tensorzero, trajectory-export, transfer-learning)",
        ),
        (("packet", "--rules", "my/pack.yaml"), "there is no pack file `my/pack.yaml`; check the path"),
        (
            ("packet", "--rules", "tensorzero", "-o", "a", "--output-dir", "b"),
            "-o and --output-dir exclude each other; write one of them",
        ),
        (("seams", "--kind", "model_cal"), "no kind of seam is called `model_cal`; write `model_call`"),
        (("seams", "--kind", "zzz"), "no kind of seam is called `zzz`; see `scanner rules list --kinds`"),
        (("seams", "--family", "routin"), "no family of seams is called `routin`; write `routing`"),
        (
            ("seams", "--confidence", "hig"),
            "Invalid value for '--confidence': 'hig' is not one of 'high', 'medium', 'low'; see `scanner seams --help`",
        ),
        (("rules", "show", "provider-fallbac"), "no rule is called `provider-fallbac`; write `provider-fallback`"),
        (("rules", "lint", "none.yaml"), "none.yaml: no such file; check the path"),
        (("rules", "test", "none.yaml"), "none.yaml: no such file; check the path"),
    ],
)
def test_a_usage_error_is_one_line_that_says_what_to_write(shell: Shell, words: tuple[str, ...], line: str) -> None:
    assert shell.fails(*words, code=2) == line


# --- repositories that cannot be read ---


def test_a_repository_that_does_not_exist(shell: Shell) -> None:
    line = shell.fails("packet", "--rules", "tensorzero", "--repo", "none", code=3)

    assert line == "none does not exist; give the folder that holds the code"


def test_a_file_in_place_of_a_folder(shell: Shell, agent: Path) -> None:
    line = shell.fails("seams", "--repo", "agent/agent.py", code=3)

    assert line == "agent/agent.py is not a folder; give the folder that holds the code"


def test_an_empty_folder_and_an_empty_repository(shell: Shell) -> None:
    (shell.here / "empty").mkdir()
    line = shell.fails("seams", "--repo", "empty", code=3)
    shell.git("empty", "init", "-q")

    assert line == "empty holds no files to read; give the folder that holds the code"
    assert shell.fails("seams", "--repo", "empty", code=3) == (
        "empty holds neither commits nor files that git tracks; add them with git add, or scan a copy without .git"
    )


def test_a_bare_repository_is_read_at_a_revision_only(shell: Shell, agent: Path) -> None:
    commit = shell.commit(agent)
    shell.git(".", "clone", "-q", "--bare", "agent", "agent.git")

    assert shell.fails("packet", "--rules", "tensorzero", "--repo", "agent.git", code=3) == (
        "agent.git is a bare repository without files; name a revision, such as --rev HEAD"
    )
    page = packet(shell, Path("agent.git"), "--rev", "main")
    assert page.startswith(f"# TensorZero readiness · agent @ `{commit[:7]}`\n")
    assert "`agent.py:5` `send`" in page


def test_an_unknown_revision(shell: Shell, agent: Path) -> None:
    shell.commit(agent)

    assert shell.fails("seams", "--repo", "agent", "--rev", "v9", code=3) == (
        "--rev v9 names no commit in agent; see its branches and tags with git branch -a and git tag"
    )


def test_a_revision_of_a_plain_folder(shell: Shell, agent: Path) -> None:
    assert shell.fails("seams", "--repo", "agent", "--rev", "HEAD", code=3) == (
        "agent is not in a git repository; leave out --rev to read it as a plain folder"
    )


def test_a_revision_that_a_shallow_clone_left_out(shell: Shell, agent: Path) -> None:
    first = shell.commit(agent)
    shell.git("agent", "commit", "-q", "--allow-empty", "-m", "second")
    shell.git(".", "clone", "-q", "--depth=1", f"file://{agent}", "shallow")

    line = shell.fails("seams", "--repo", "shallow", "--rev", first, code=3)

    assert line == (
        f"--rev {first} names no commit in shallow; the clone is shallow, so it may be missing; "
        f"run: git -C '{shell.here}/shallow' fetch --unshallow"
    )
    assert shell.run("seams", "--repo", "shallow").code == 0


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a folder to another user")
def test_a_repository_of_another_user(shell: Shell, agent: Path) -> None:
    shell.commit(agent)
    for path in (agent, *agent.rglob("*")):
        os.chown(path, 65534, 65534)

    assert shell.fails("seams", "--repo", "agent", code=3) == (
        "agent belongs to another user, so git does not read it; if you trust it, run: "
        f"git config --global --add safe.directory '{agent}'"
    )


# --- what a packet says of what was read ---


def test_a_repository_without_a_supported_language_gets_an_honest_packet(shell: Shell) -> None:
    repo = shell.write("app/Main.java", "class Main {}\n").parent

    page = packet(shell, repo)
    found = packet_json(shell, repo)

    head = page.split("\n\n")
    assert head[1] == "**Partial look:** 0 files read; code not read for want of a grammar: Java (1 file)."
    assert head[2] == ("**Not scored: nothing could be judged.** 0 ready · 0 partial · 0 gap · 12 n/a.")
    assert found["score"]["value"] is None
    assert (found["verdict"]["headline"], found["verdict"]["text"]) == ("", "")
    assert {each["claim"] for each in found["requirements"]} == {
        "Not judged: there is no source code in a language that can be read yet."
    }


def test_a_repository_that_is_mostly_in_another_language_is_not_judged_either(shell: Shell, agent: Path) -> None:
    read = sum(path.stat().st_size for path in agent.rglob("*.py"))
    shell.write("agent/core.swift", "// long\n".ljust(4 * read, "x"))

    found = packet_json(shell, agent)

    assert (found["score"]["value"], found["verdict"]["text"]) == (None, "")
    assert {each["claim"] for each in found["requirements"]} == {
        "Not judged: only 20% of the code, by bytes, is in a language that can be read yet."
    }


def test_a_little_code_in_another_language_leaves_the_packet_judged_and_partial(shell: Shell, agent: Path) -> None:
    for name in ("a", "b", "c"):
        shell.write(f"agent/{name}.swift", "x\n")

    found = packet_json(shell, agent)

    assert found["completeness"]["status"] == "partial"
    assert {each["status"] for each in found["requirements"]} > {"partial"}


def test_a_folder_without_any_code_is_not_called_complete(shell: Shell) -> None:
    repo = shell.write("notes/notes.txt", "model: none\n").parent

    assert packet_json(shell, repo)["completeness"] == {
        "status": "partial",
        "reasons": ["no source code was found, so only configuration could be read"],
    }


def test_completeness_stands_first_and_is_the_same_in_markdown_and_json(shell: Shell, agent: Path) -> None:
    shell.write("agent/web/app.swift", "let a = 1\n")
    shell.write("agent/broken.py", "def (:\n" * 40)

    page, found = packet(shell, agent), packet_json(shell, agent)

    assert found["completeness"]["status"] == "partial"
    assert list(found).index("completeness") < list(found).index("requirements")
    line = page.split("\n\n")[1]
    assert line.startswith("**Partial look:** 2 files read (2 Python); ")
    assert found["completeness"]["reasons"][0] == "code not read for want of a grammar: Swift (1 file)"
    assert all(reason in line.replace("\\", "") for reason in found["completeness"]["reasons"])


def test_json_follows_the_published_schema(shell: Shell) -> None:
    found = packet_json(shell, shell.sample())
    published = (PROJECT / "docs/packet.schema.json").read_bytes()

    assert published == json_page(schema())
    jsonschema.Draft202012Validator(json.loads(published)).validate(found)


def test_a_second_run_gives_the_same_bytes(shell: Shell) -> None:
    repo = shell.sample()

    assert packet(shell, repo) == packet(shell, repo)
    assert packet_json(shell, repo) == packet_json(shell, repo)
    assert shell.run("seams", "--repo", repo) == shell.run("seams", "--repo", repo)


def test_places_are_permalinks_and_a_token_in_the_remote_shows_nowhere(shell: Shell) -> None:
    repo = shell.sample()
    commit = shell.commit(repo)
    shell.git(repo, "remote", "add", "origin", "https://someone:ghp_0123456789abcdef@github.com/acme/errand.git")

    page, found = packet(shell, repo), packet_json(shell, repo)
    everything = page + json.dumps(found) + shell.run("seams", "--repo", repo, "--format", "json").out

    assert re.search(rf"\(https://github\.com/acme/errand/blob/{commit}/errand/titles\.py#L\d+(-L\d+)?\)", page)
    assert found["repository"]["remote"] == "https://github.com/acme/errand"
    assert found["reproduce"] == [
        "git clone https://github.com/acme/errand errand",
        "cd errand",
        f"scanner packet --rules tensorzero --repo . --rev {commit}",
    ]
    assert "someone" not in everything
    assert "ghp_" not in everything


def test_a_changed_file_gets_no_permalink(shell: Shell) -> None:
    repo = shell.sample()
    shell.commit(repo)
    shell.git(repo, "remote", "add", "origin", "git@github.com:acme/errand.git")
    with (repo / "errand/titles.py").open("a") as file:
        file.write("\n# changed\n")

    page = packet(shell, repo)

    assert "The work tree differs from the commit in 1 file; places there have no link." in page
    assert "/errand/titles.py#" not in page
    assert "/errand/loop.py#" in page


def test_no_path_of_this_machine_shows_anywhere(shell: Shell) -> None:
    repo = shell.sample()
    shell.commit(repo)

    outputs = [
        packet(shell, repo),
        packet(shell, repo, "--format", "json"),
        shell.run("seams", "--repo", repo).out,
        shell.run("seams", "--repo", repo, "--format", "json").out,
        shell.run("rules", "list").out,
        shell.run("rules", "show", "provider-fallback").out,
    ]

    for text in outputs:
        assert str(shell.here) not in text
        assert str(PROJECT) not in text


def test_names_and_contents_of_files_are_inert_in_markdown(shell: Shell) -> None:
    names = ["a|b.py", "`tick`.py", "<img src=x onerror=1>.py", "new\nline|x.py", "[x](http:..x).py", "@someone #1.py"]
    for name in names:
        shell.write(f"nasty/{name}", SEND.replace("send", "send_it"))
    shell.write("nasty/config.yaml", "model: 'x|y</details><script>alert(1)</script> [a](javascript:b) `'\n")

    page = packet(shell, shell.here / "nasty")

    tokens = MarkdownIt("commonmark").enable("table").parse(page)
    raw = [each.content for each in tokens if each.type == "html_block"]
    inline = [child for each in tokens if each.children for child in each.children]
    raw += [each.content for each in inline if each.type == "html_inline"]
    assert {re.sub(r"<summary>.*</summary>", "", each).strip() for each in raw} <= {"<details>", "</details>"}
    assert not [each for each in inline if each.type in ("link_open", "image")]
    assert "`new\\x0aline\\|x.py:5`" in page
    rows = [each for each in page.splitlines() if each.startswith("| `")]
    assert len(rows) > len(names)
    assert {len(re.findall(r"(?<!\\)\|", row)) for row in rows} == {4, 5}


# --- where it is written ---


def test_o_writes_one_file_and_never_over_somebodys(shell: Shell, agent: Path) -> None:
    words = ("packet", "--rules", "tensorzero", "--repo", "agent", "-o", "packet.md")
    mine = shell.write("packet.md", "# My notes\n")

    assert shell.fails(*words, code=2) == "packet.md exists and was not written by scanner; use --force to replace it"
    assert mine.read_text() == "# My notes\n"
    assert shell.run(*words, "--force") == (0, "", "")
    first = mine.read_text()
    shell.write("agent/more.py", SEND)
    assert shell.run(*words) == (0, "", "")
    assert mine.read_text() != first
    assert mine.read_text() == packet(shell, agent)


def test_json_of_its_own_is_replaced_too(shell: Shell, agent: Path) -> None:
    words = ("packet", "--rules", "tensorzero", "--repo", "agent", "--format", "json", "-o", "packet.json")

    assert shell.run(*words) == (0, "", "")
    shell.write("agent/more.py", SEND)
    assert shell.run(*words) == (0, "", "")
    assert (shell.here / "packet.json").read_text() == packet(shell, agent, "--format", "json")


def test_output_dir_is_made_and_gets_every_format(shell: Shell, agent: Path) -> None:
    assert packet(shell, agent, "--output-dir", "review/first") == ""

    folder = shell.here / "review/first"
    assert sorted(path.name for path in folder.iterdir()) == [
        "manifest.json",
        "packet.html",
        "packet.json",
        "packet.md",
        "packet.sarif",
    ]
    assert (folder / "packet.md").read_text() == packet(shell, agent)
    assert (folder / "packet.html").read_text() == packet(shell, agent, "--format", "html")
    assert (folder / "packet.json").read_text() == packet(shell, agent, "--format", "json")
    assert (folder / "packet.sarif").read_text() == packet(shell, agent, "--format", "sarif")


def test_a_folder_that_cannot_be_made(shell: Shell, agent: Path) -> None:
    shell.write("taken", "")

    line = shell.fails("packet", "--rules", "tensorzero", "--repo", "agent", "--output-dir", "taken/x", code=2)

    assert line == "cannot make the folder taken/x: Not a directory; name another one"


# --- seams ---


def test_the_table_of_seams_has_a_line_a_seam(shell: Shell, agent: Path) -> None:
    done = shell.run("seams", "--repo", "agent", "--kind", "model_call")

    assert (done.code, done.err) == (0, "")
    assert done.out.splitlines() == [
        "confidence  kind        place       seam",
        "high        model_call  agent.py:5  send",
        "",
        "1 seam; 0 touchpoints of lower confidence held back",
        "look: complete",
    ]


def test_filters_of_seams_narrow_by_kind_family_confidence_and_path(shell: Shell) -> None:
    repo = shell.sample()

    def shown(*words: str) -> list[dict]:
        done = shell.run("seams", "--repo", repo, "--format", "json", *words)
        assert (done.code, done.err) == (0, "")
        return json.loads(done.out)["touchpoints"]

    everything = shown()
    assert {each["kind"] for each in shown("--kind", "scheduler", "--kind", "delegation")} == {
        "scheduler",
        "delegation",
    }
    assert {each["kind"] for each in shown("--family", "fallback")} == {
        "fallback_chain",
        "retry_policy",
        "error_classification",
    }
    assert shown("--confidence", "high") == [each for each in everything if each["confidence"] == "high"]
    assert shown("--confidence", "low") == everything
    assert {each["path"] for each in shown("--path", "errand/s*.py")} == {"errand/scheduler.py", "errand/sessions.py"}
    assert shown("--path", "none/*") == []


def test_no_seam_is_said_in_words(shell: Shell, agent: Path) -> None:
    done = shell.run("seams", "--repo", "agent", "--kind", "scheduler")

    assert (done.code, done.out.splitlines()[0]) == (0, "no seam passes these filters")


# --- rules ---

GOOD_RULE = """\
- id: brain-send
  kind: model_call
  title: Send to the house's own brain
  why: The house's own client is in no catalogue.
  confidence: high
  find:
    call: "post to brain"
  examples:
    finds:
      python: |
        def think(question):
            return post_to_brain(question)
    ignores:
      python: |
        def think(question):
            return post_to_mail(question)
"""


def test_rules_are_listed_by_kind_and_family(shell: Shell) -> None:
    done = shell.run("rules", "list", "--family", "fallback")

    lines = done.out.splitlines()
    assert (done.code, lines[0].split()) == (0, ["rule", "kind", "title"])
    assert {line.split()[1] for line in lines[1:]} == {"fallback_chain", "retry_policy", "error_classification"}


def test_kinds_and_packs_are_listed(shell: Shell) -> None:
    kinds, packs = shell.run("rules", "list", "--kinds"), shell.run("rules", "list", "--packs")

    assert (kinds.code, kinds.out.splitlines()[0].split()) == (0, ["family", "kind", "it", "is", "this"])
    assert len(kinds.out.splitlines()) > 30
    assert (
        "tensorzero          12            Replace custom provider routing by the TensorZero gateway."
        in packs.out.splitlines()
    )


def test_a_rule_is_shown_with_its_reason_and_its_examples(shell: Shell) -> None:
    done = shell.run("rules", "show", "provider-fallback")

    lines = done.out.splitlines()
    assert (done.code, lines[0]) == (0, "Provider fallback")
    assert re.fullmatch(r"fallback_chain \(fallback\) · rules/seams/fallback_chain\.yaml:\d+", lines[1])
    assert "  examples:" in lines


def test_a_bad_rule_file_gives_every_problem_with_its_place(shell: Shell) -> None:
    bad = GOOD_RULE.replace("kind: model_call", "kind: model_cal").replace("call:", "cal:")
    shell.write("bad.yaml", bad)
    problems = (
        "bad.yaml:2:9: no kind is called `model_cal`; write `model_call`\n"
        "bad.yaml:7:5: rule `brain-send` has no key `cal`; write `call`"
    )

    assert shell.fails("rules", "lint", "bad.yaml", code=2) == problems
    assert shell.fails("rules", "test", "bad.yaml", code=2) == problems
    assert shell.fails("packet", "--rules", "tensorzero", "--rules", "./bad.yaml", code=2) == problems


def test_a_failing_example_ends_with_1_and_names_its_line(shell: Shell) -> None:
    shell.write("good.yaml", GOOD_RULE)
    shell.write("failing.yaml", GOOD_RULE.replace("return post_to_brain", "return post_to_mail", 1))

    assert shell.run("rules", "test", "good.yaml") == (0, "2 of 2 examples hold\n", "")
    assert shell.run("rules", "lint", "good.yaml").out.startswith("good.yaml is sound\n")
    assert shell.run("rules", "test", "failing.yaml") == (
        1,
        "failing.yaml:11: missing: rule `brain-send`, python example\n1 of 2 examples hold\n",
        "",
    )


def test_built_in_rules_are_sound_and_examples_of_a_file_hold(shell: Shell) -> None:
    # All examples of rules and packs are tried in test_scan.py and test_packexamples.py.
    some = PROJECT / "rules" / "seams" / "fallback_chain.yaml"
    sound, held = shell.run("rules", "lint"), shell.run("rules", "test", some)

    counted, _, scored = sound.out.splitlines()
    assert re.fullmatch(r"\d+ rules, \d+ catalogue names and \d+ packs are sound", counted)
    assert re.fullmatch(r"\d+ rules: score \d+ to 100 of 100, the middle one \d+; none failed", scored)
    assert re.fullmatch(r"(\d+) of \1 examples hold\n", held.out)
    assert (sound.code, held.code) == (0, 0)


def test_rules_of_the_users_own_count_beside_a_pack(shell: Shell) -> None:
    shell.write("good.yaml", GOOD_RULE)
    repo = shell.write("house/brain.py", "def think(question):\n    return post_to_brain(question)\n").parent

    before, after = packet_json(shell, repo), packet_json(shell, repo, "--rules", "./good.yaml")

    assert not [each for each in before["touchpoints"] if each["rule"] == "brain-send"]
    assert [(each["path"], each["line"]) for each in after["touchpoints"] if each["rule"] == "brain-send"] == [
        ("brain.py", 2)
    ]


def test_a_pack_of_the_users_own_is_named_by_its_path(shell: Shell, agent: Path) -> None:
    text = (PROJECT / "rules/packs/tensorzero.yaml").read_text().replace("id: tensorzero", "id: house", 1)
    shell.write("packs/house.yaml", text.replace("examples: examples/tensorzero.yaml\n", ""))

    done = shell.run("packet", "--rules", "packs/house.yaml", "--repo", "agent", "--format", "json")

    found = json.loads(done.out)
    assert (done.code, found["pack"]["id"]) == (0, "house")
    assert found["reproduce"] == ["scanner packet --rules house.yaml --repo ."]


def test_rules_without_a_pack_make_no_packet(shell: Shell, agent: Path) -> None:
    shell.write("good.yaml", GOOD_RULE)

    line = shell.fails("packet", "--rules", "./good.yaml", "--repo", "agent", code=2)

    assert line == "--rules names no pack; write `--rules tensorzero` beside your own rules"


# --- terminals, pipes and signals ---


def on_a_terminal(shell: Shell, *words: str, **variables: str) -> str:
    """Standard error of a command whose standard error is a terminal."""
    master, slave = pty.openpty()
    running = subprocess.Popen(
        [*COMMAND, *words],
        cwd=shell.here,
        env=environment(shell.home, TERM="xterm", **variables),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=slave,
    )
    os.close(slave)
    said = b""
    while select.select([master], [], [], 60)[0]:
        try:
            said += os.read(master, 65536)
        except OSError:  # the other side is closed
            break
    os.close(master)
    running.wait()
    return said.decode()


def test_errors_are_red_on_a_terminal_but_not_in_a_pipe_nor_where_no_color_is_set(shell: Shell) -> None:
    words = ("seams", "--repo", "none")

    assert ESCAPE in on_a_terminal(shell, *words)
    assert ESCAPE not in on_a_terminal(shell, *words, NO_COLOR="1")
    assert ESCAPE not in shell.run(*words).err


def test_progress_shows_on_a_terminal_and_not_in_a_pipe(shell: Shell, agent: Path) -> None:
    words = ("seams", "--repo", "agent", "--no-cache")

    assert "reading" in on_a_terminal(shell, *words)
    assert shell.run(*words).err == ""


@pytest.mark.parametrize(
    "words", [("--help",), ("rules", "list"), ("packet", "--rules", "tensorzero", "--repo", "agent")]
)
def test_a_reader_that_leaves_is_no_error(shell: Shell, agent: Path, words: tuple[str, ...]) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    done = subprocess.run(
        [*COMMAND, *words],
        cwd=shell.here,
        env=environment(shell.home),
        stdin=subprocess.DEVNULL,
        stdout=writing,
        stderr=subprocess.PIPE,
        check=False,
    )
    os.close(writing)

    assert (done.returncode, done.stderr) == (0, b"")


@pytest.mark.skipif(not Path("/proc/self/task").is_dir(), reason="sees the workers in /proc")
@pytest.mark.skipif((os.cpu_count() or 1) < 2, reason="one core needs no workers")
def test_an_interrupt_during_a_scan_is_one_line_and_130(shell: Shell) -> None:
    send = "def send_{}(client, model):\n    return client.chat.completions.create(model=model)\n"
    for number in range(12):
        shell.write(f"big/m{number}.py", "".join(send.format(at) for at in range(2000)))
    running = subprocess.Popen(
        [*COMMAND, "seams", "--repo", "big"],
        cwd=shell.here,
        env=environment(shell.home),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
        # Whoever runs the tests in the background may have them ignore the signal, which a child would inherit.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    while not workers_of(running.pid):
        assert running.poll() is None, "the scan ended before a worker was seen"
    os.killpg(running.pid, signal.SIGINT)  # as the terminal does: to all of them
    out, err = running.communicate()

    assert (running.returncode, out) == (130, b"")
    assert err.decode().strip().splitlines() == ["error: interrupted"]


def workers_of(process: int) -> list[str]:
    """Children that are no git."""
    try:
        children = Path(f"/proc/{process}/task/{process}/children").read_text().split()
        return [child for child in children if Path(f"/proc/{child}/comm").read_text().strip().startswith("python")]
    except (FileNotFoundError, ProcessLookupError):  # one ended in between
        return []


def test_an_internal_error_is_one_line_and_4(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken(**_: object) -> None:
        raise RuntimeError("first\nsecond")

    monkeypatch.delenv("SCANNER_DEBUG", raising=False)
    monkeypatch.setattr(cli.cli, "main", broken)

    assert cli._run() == 4
    assert capsys.readouterr().err == (
        "error: internal error: RuntimeError: first second; run again with SCANNER_DEBUG=1 and report what it prints\n"
    )


def test_started_in_a_repository_nothing_of_it_is_imported(shell: Shell) -> None:
    for name in ("click", "msgspec", "json", "jinja2", "sitecustomize"):
        shell.write(f"{name}.py", "open('canary', 'w').close()\n")

    done = shell.run("rules", "list", "--packs")

    assert (done.code, done.err) == (0, "")
    assert not (shell.here / "canary").exists()
