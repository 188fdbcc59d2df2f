"""A pinned release of a public agent is fetched, scanned as a user would, and holds what is known of it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from commandline import PROJECT, SAMPLE, Shell

SCRIPT = PROJECT / "benchmarks" / "sample.py"
RELEASE = "gptme==0.35.1"
#: No one answers there.
NOWHERE = {"PIP_INDEX_URL": "http://127.0.0.1:9/simple", "PIP_EXTRA_INDEX_URL": "", "PIP_NO_INDEX": "0"}


def fetch(*words: str | Path, script: Path = SCRIPT, **variables: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, script, *map(str, words)],
        env={**os.environ, **variables},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder with both files of the packet."""
    folder = tmp_path_factory.mktemp("release")
    done = fetch("--only-real", RELEASE, folder / "gptme")
    if done.returncode == 3 and not os.environ.get("CI"):
        pytest.skip(f"{done.stderr.strip().removeprefix('error: ')}; set CI to fail here")
    assert (done.returncode, done.stderr) == (0, ""), done
    shell = Shell(folder)
    made = shell.run("packet", "--rules", "tensorzero", "--repo", "gptme", "--output-dir", "out")
    assert made == (0, "", "")
    return folder / "out"


@pytest.fixture(scope="module")
def packet(written: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((written / "packet.json").read_text())
    return found


def test_the_excerpt_in_the_readme_is_from_its_packet(written: Path) -> None:
    page = (written / "packet.md").read_text()
    excerpt = [
        line.removeprefix(">").strip() for line in (PROJECT / "README.md").read_text().splitlines() if line[:1] == ">"
    ]

    assert [line for line in excerpt if line.strip("*") not in page] == []


def places(packet: dict[str, Any], kind: str) -> set[tuple[str, str]]:
    shown = [each for each in packet["touchpoints"] if each["kind"] == kind and each["confidence"] != "low"]
    return {(each["path"], each["symbol"].partition(".")[0]) for each in shown}


@pytest.mark.parametrize(
    ("kind", "known"),
    [
        (
            "model_call",
            {
                ("gptme/llm/llm_anthropic.py", "chat"),
                ("gptme/llm/llm_anthropic.py", "stream"),
                ("gptme/llm/llm_openai.py", "chat"),
                ("gptme/llm/llm_openai.py", "stream"),
            },
        ),
        ("session_store", {("gptme/logmanager/manager.py", "LogManager")}),
        ("tool_schema", {("gptme/tools/base.py", "ToolSpec")}),
        ("evaluation", {("gptme/eval/run.py", "run_evals")}),
        ("usage_accounting", {("gptme/llm/llm_openai.py", "_record_usage")}),
    ],
)
def test_known_places_are_found(packet: dict[str, Any], kind: str, known: set[tuple[str, str]]) -> None:
    assert known - places(packet, kind) == set()


def test_its_sdks_are_in_the_inventory(packet: dict[str, Any]) -> None:
    assert {"openai", "anthropic"} <= {each["value"] for each in packet["inventory"]["sdks"]}


def test_all_its_code_is_read(packet: dict[str, Any]) -> None:
    assert dict(packet["coverage"]["languages"])["Python"] > 400
    assert packet["completeness"] == {"status": "complete", "reasons": []}


def test_its_packet_is_scored_and_follows_the_schema(packet: dict[str, Any]) -> None:
    jsonschema.Draft202012Validator(json.loads((PROJECT / "docs/packet.schema.json").read_text())).validate(packet)
    assert packet["score"]["value"] is not None


# --- the script that fetches it ---


@pytest.fixture
def script(tmp_path: Path) -> Path:
    """The script in a project of its own, with nothing in its cache."""
    copy = tmp_path / "project/benchmarks/sample.py"
    copy.parent.mkdir(parents=True)
    copy.write_bytes(SCRIPT.read_bytes())
    (copy.parent / "sample-agent").symlink_to(SAMPLE)
    return copy


def test_without_an_index_the_bundled_agent_takes_its_place_and_it_says_so(script: Path, tmp_path: Path) -> None:
    agent = tmp_path / "agent"

    done = fetch(RELEASE, agent, script=script, **NOWHERE)

    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == (
        f"the package index cannot be reached, so {agent} is the bundled sample agent instead of {RELEASE}\n"
    )
    assert (agent / "errand/loop.py").read_bytes() == (SAMPLE / "errand/loop.py").read_bytes()
    again = fetch("--only-real", RELEASE, agent, script=script, **NOWHERE)
    assert (again.returncode, again.stderr) == (
        3,
        f"error: the package index cannot be reached, and {RELEASE} is not in the cache\n",
    )


def test_a_release_without_a_pinned_digest_is_refused(script: Path, tmp_path: Path) -> None:
    done = fetch("gptme==0.1", tmp_path / "agent", script=script, **NOWHERE)

    assert (done.returncode, done.stderr) == (2, f"error: no digest is pinned for gptme==0.1; use one of {RELEASE}\n")


def test_somebodys_folder_is_left_alone(script: Path, tmp_path: Path) -> None:
    done = fetch(RELEASE, tmp_path, script=script, **NOWHERE)

    assert (done.returncode, done.stderr) == (
        2,
        f"error: {tmp_path} exists and was not made here; remove it, or name another folder\n",
    )
    assert script.is_file()


@pytest.mark.parametrize("name", ["../out.py", "/out.py", "a/../../out.py", "C:/out.py", "a\\..\\out.py"])
def test_a_wheel_whose_names_lead_out_is_refused_before_anything_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.syspath_prepend(SCRIPT.parent)
    import sample

    with zipfile.ZipFile(tmp_path / "bad.whl", "w") as archive:
        archive.writestr("good.py", "")
        archive.writestr(name, "")

    with pytest.raises(sample.Refused, match=r"^bad\.whl holds '.*', which leads out of it; nothing was unpacked$"):
        sample.unpack(tmp_path / "bad.whl", tmp_path / "agent")
    assert [path.name for path in tmp_path.rglob("*")] == ["bad.whl"]


def test_a_wheel_of_another_digest_is_thrown_away(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(SCRIPT.parent)
    import sample

    def forged(_: str, folder: Path) -> None:
        folder.mkdir(parents=True)
        (folder / "gptme-0.35.1-py3-none-any.whl").write_bytes(b"other")

    monkeypatch.setattr(sample, "_download", forged)

    with pytest.raises(sample.Refused) as caught:
        sample.fetch(RELEASE, tmp_path / "cache")
    assert str(caught.value) == (f"the wheel of {RELEASE} has another digest than the pinned one; it was thrown away")
    assert not list(tmp_path.rglob("*.whl"))
