"""The page for a design review as the command writes it."""

from __future__ import annotations

import html
import re
from pathlib import Path

import pytest
from commandline import Shell

from scanner.ownoutput import ENDS, is_own, may_be_replaced

RULES = ("packet", "--rules", "tensorzero", "--repo", "agent", "--format", "html")
SEND = (
    "from litellm import completion\n\n\n"
    "def send(messages):\n"
    "    # The only request.\n"
    "    return completion(model='gpt-4o', messages=messages)\n"
)
MORE = "import litellm\n\n\ndef title_of(text):\n    return litellm.completion(model='gpt-4o-mini', messages=[text])\n"


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    return Shell(tmp_path)


@pytest.fixture
def agent(shell: Shell) -> Path:
    return shell.write("agent/agent.py", SEND).parent


def page(shell: Shell, *words: str | Path) -> str:
    done = shell.run(*RULES, *words)
    assert (done.code, done.err) == (0, "")
    return done.out


def text_of(markup: str) -> str:
    """What a reader sees of a piece, in one line."""
    return " ".join(html.unescape(re.sub(r"<[^>]+>", "", markup)).split())


@pytest.mark.usefixtures("agent")
def test_a_page_is_one_file_that_asks_for_no_other(shell: Shell) -> None:
    written = page(shell)

    assert written.startswith("<!-- scanner ")
    assert "<!doctype html>" in written
    assert not re.search(r"<(?:link|img|iframe|object|embed|base)\b", written)
    assert not re.search(
        r"\b(?:src|srcset|action|formaction|style|on[a-z]+)=",
        re.sub(r"<(style|script).*?</\1>", "", written, flags=re.S),
    )


@pytest.mark.usefixtures("agent")
def test_the_same_code_gives_the_same_page_with_and_without_what_was_kept(shell: Shell) -> None:
    assert page(shell) == page(shell) == page(shell, "--no-cache")


@pytest.mark.usefixtures("agent")
def test_evidence_has_the_code_around_it(shell: Shell) -> None:
    (excerpt,) = set(re.findall(r'<pre class="excerpt">.*?</pre>', page(shell), re.S))

    assert text_of(excerpt) == (
        "4def send(messages): 5 # The only request. 6 return completion(model='gpt-4o', messages=messages)"
    )


@pytest.mark.usefixtures("agent")
def test_code_is_that_of_the_revision_that_was_asked_for(shell: Shell) -> None:
    shell.commit("agent")
    shell.write("agent/agent.py", SEND.replace("The only", "Another"))

    assert "# The only request." in page(shell, "--rev", "HEAD")
    assert "# Another request." in page(shell)


@pytest.mark.usefixtures("agent")
def test_a_secret_beside_evidence_is_masked(shell: Shell) -> None:
    shell.write("agent/agent.py", SEND.replace("# The only request.", "key = 'sk-proj-abcdefghijklmnop1234'"))

    written = page(shell)

    assert "…masked…" in written
    assert "abcdefghijklmnop" not in written


@pytest.mark.usefixtures("agent")
def test_places_lead_to_the_forge_where_it_has_these_lines(shell: Shell) -> None:
    commit = shell.commit("agent")
    shell.git("agent", "remote", "add", "origin", "https://somebody:secret@github.com/owner/agent.git")

    written = page(shell)

    assert f'href="https://github.com/owner/agent/blob/{commit}/agent.py#L6"' in written
    assert "secret" not in written
    shell.write("agent/agent.py", f"\n{SEND}")
    assert "/agent.py#" not in page(shell)


@pytest.mark.usefixtures("agent")
def test_several_packs_are_one_page(shell: Shell) -> None:
    written = page(shell, "--rules", "human-confirmation")

    assert re.findall(r'<article class="packet" data-pack="([^"]+)"', written) == ["tensorzero", "human-confirmation"]
    ids = re.findall(r'\sid="([^"]+)"', written)
    assert len(ids) == len(set(ids))


@pytest.mark.usefixtures("agent")
def test_a_baseline_shows_what_changed(shell: Shell) -> None:
    assert shell.run(*RULES, "--format", "json", "-o", "before.json").code == 0
    shell.write("agent/titles.py", MORE)

    written = page(shell, "--baseline", "before.json")

    changes = written.partition('id="tensorzero/changes"')[2].partition("</section>")[0]
    assert "title_of" in text_of(changes)
    assert "gpt-4o-mini" in text_of(changes)


@pytest.mark.usefixtures("agent")
def test_without_a_baseline_or_history_nothing_is_said_of_them(shell: Shell) -> None:
    written = page(shell)

    assert "tensorzero/changes" not in written
    assert "tensorzero/history" not in written


@pytest.mark.usefixtures("agent")
def test_a_history_is_shown_as_a_chart(shell: Shell) -> None:
    shell.commit("agent")
    done = shell.run("history", "--rules", "tensorzero", "--repo", "agent", "--format", "json", "-o", "past.json")
    assert done.code == 0, done

    written = page(shell, "--history", "past.json")

    assert 'id="tensorzero/history"' in written


@pytest.mark.usefixtures("agent")
def test_a_page_of_its_own_is_replaced_and_somebodys_file_is_not(shell: Shell) -> None:
    for _ in range(2):
        shell.write("agent/more.py", MORE)
        assert shell.run(*RULES, "-o", "packet.html") == (0, "", "")
    shell.write("mine.html", "<p>mine</p>")

    assert shell.fails(*RULES, "-o", "mine.html", code=2) == (
        "mine.html exists and was not written by scanner; use --force to replace it"
    )


def test_a_page_is_known_as_scanners_own_and_is_not_scanned(shell: Shell, agent: Path) -> None:
    before = page(shell)
    (agent / "review.html").write_text(before)

    content = before.encode()
    assert is_own("review.html", content[:ENDS])
    assert may_be_replaced(content)
    assert page(shell) == before


@pytest.mark.usefixtures("agent")
@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--format", "markdown", "--baseline", "x"), "--baseline and --history are shown in HTML; write `--format html` or `--output-dir` beside it"),
        (("--format", "json", "--history", "x"), "--baseline and --history are shown in HTML; write `--format html` or `--output-dir` beside it"),
        (("--baseline", "none.json"), "there is no baseline none.json; write one, such as: scanner packet --rules tensorzero --committed --output-dir docs/migration"),
        (("--committed", "-o", "agent/x.html"), "--committed tells of the files on disk, as Markdown or JSON; leave out --rev and other forms"),
    ],
)  # fmt: skip
def test_what_does_not_go_together_is_said_in_one_line(shell: Shell, words: tuple[str, ...], said: str) -> None:
    assert shell.fails(*RULES, *words, code=2) == said


@pytest.mark.usefixtures("agent")
def test_a_baseline_of_other_packs_is_no_baseline(shell: Shell) -> None:
    assert shell.run(*RULES, "--format", "json", "-o", "before.json").code == 0

    said = shell.fails(*RULES, "--rules", "human-confirmation", "--baseline", "before.json", code=2)

    assert said == "before.json has no packet of the pack `human-confirmation`; it has `tensorzero`"


@pytest.mark.usefixtures("agent")
def test_a_terminal_page_goes_to_a_file_without_colours(shell: Shell) -> None:
    assert shell.run(*RULES, "--format", "terminal", "-o", "packet.txt") == (0, "", "")

    written = (shell.here / "packet.txt").read_text()
    assert written.splitlines()[0].startswith("TensorZero readiness · agent")
    assert "\x1b" not in written
    assert shell.run(*RULES, "--format", "terminal").out == written
