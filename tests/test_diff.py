"""A difference speaks of what changed, and of nothing else."""

from __future__ import annotations

import json
import random
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import markdown_it
import msgspec
import pytest
from commandline import SAMPLE, Shell
from hypothesis import given
from hypothesis import strategies as st
from madeup import rich_packet
from pages import as_read

from scanner.api import load_rules, packets_at
from scanner.diff import compare
from scanner.diffpacket import (
    TOPICS,
    AttestationChange,
    Bypass,
    Call,
    CompletenessChange,
    GateChange,
    PacketDiff,
    ScoreChange,
    SeamChange,
    StatusChange,
    ValueNote,
    spot,
)
from scanner.diffpage import diff_to_json, diff_to_markdown, diff_to_text
from scanner.diffwords import headline, sections
from scanner.errors import UsageError
from scanner.packet import Completeness, Packet
from scanner.render import to_json
from scanner.samecode import without_same_code
from scanner.settingspacket import Attested

PACKS, RULES = load_rules(["tensorzero", "human-confirmation"])


def judged(folder: Path) -> tuple[Packet, ...]:
    return packets_at(folder, None, PACKS, RULES)


@pytest.fixture(scope="module")
def sample() -> tuple[Packet, ...]:
    return judged(SAMPLE)


def changed(tmp_path: Path, change: Callable[[Path], None]) -> tuple[Packet, ...]:
    """The packets of the sample after a change."""
    folder = tmp_path / SAMPLE.name
    shutil.copytree(SAMPLE, folder, ignore=shutil.ignore_patterns("__pycache__"))
    change(folder)
    return judged(folder)


def replace(folder: Path, path: str, *pairs: tuple[str, str]) -> None:
    text = (folder / path).read_text()
    for old, new in pairs:
        assert old in text, f"{path} has no {old!r}"
        text = text.replace(old, new)
    (folder / path).write_text(text)


def told(diff: PacketDiff) -> dict[str, list[str]]:
    """What a difference says, in a few words each."""

    def words(each: Any) -> str:
        if hasattr(each, "requirement"):
            return str(each.requirement)
        spot: Any = each.now if hasattr(each, "now") and not hasattr(each, "place") else getattr(each, "place", each)
        return f"{spot.kind} {spot.name}" if hasattr(spot, "kind") else str(getattr(spot, "value", spot))

    return {topic: [words(each) for each in getattr(diff, topic)] for topic in TOPICS if getattr(diff, topic)}


def rename(path: str, new: str, *users: str) -> Callable[[Path], None]:
    """Rename a module with the imports that name it."""
    old_module, new_module = (name.removesuffix(".py").replace("/", ".") for name in (path, new))

    def change(folder: Path) -> None:
        (folder / path).rename(folder / new)
        for user in users:
            replace(folder, user, (old_module, new_module))

    return change


RENAMED = {"errand/fallback.py": "errand/alternates.py"}
rename_fallback = rename("errand/fallback.py", "errand/alternates.py", "errand/loop.py")


def test_a_packet_has_no_difference_to_itself(sample: tuple[Packet, ...]) -> None:
    for packet in (*sample, rich_packet()):
        diff = compare(packet, packet)

        assert diff.empty
        assert diff.notes == ()
        assert headline(diff).startswith("nothing changed · ")


def test_a_packet_has_no_difference_to_itself_as_json(sample: tuple[Packet, ...]) -> None:
    for packet in (*sample, rich_packet()):
        assert compare(packet, msgspec.json.decode(to_json(packet), type=Packet)).empty


@pytest.mark.parametrize("renames", [RENAMED, {}], ids=["told by git", "told by what stands in the file"])
def test_a_renamed_file_with_its_imports_says_nothing(
    tmp_path: Path, sample: tuple[Packet, ...], renames: Mapping[str, str]
) -> None:
    after = changed(tmp_path, rename_fallback)

    for old, new in zip(sample, after, strict=True):
        assert told(compare(old, new, renames)) == {}
        assert told(compare(new, old, {new: old for old, new in renames.items()})) == {}


def test_a_file_that_git_does_not_call_renamed_is_told_as_moved_seams(
    tmp_path: Path, sample: tuple[Packet, ...]
) -> None:
    after = changed(tmp_path, rename_fallback)

    diff = compare(sample[0], after[0], guess=False)

    assert set(told(diff)) == {"seams_moved"}
    assert {(each.was.path, each.now.path) for each in diff.seams_moved} == set(RENAMED.items())


def test_functions_that_change_places_within_a_file_say_nothing(tmp_path: Path, sample: tuple[Packet, ...]) -> None:
    def change(folder: Path) -> None:
        for path in ("errand/tools.py", "errand/fallback.py", "errand/loop.py"):
            text = (folder / path).read_text()
            head, *blocks = text.split("\n\n\n")
            own = [block for block in blocks if block.startswith(("def ", "class ", "@"))]
            rest = [block for block in blocks if block not in own]
            (folder / path).write_text("\n\n\n".join([head, "# Moved.", *reversed(own), *rest]))

    for old, new in zip(sample, changed(tmp_path, change), strict=True):
        assert told(compare(old, new)) == {}


def test_an_ungated_side_effect_and_a_lost_fallback_give_exactly_these(
    tmp_path: Path, sample: tuple[Packet, ...]
) -> None:
    def change(folder: Path) -> None:
        replace(
            folder,
            "errand/tools.py",
            (
                "def delegate_task(",
                'def execute_script(script: str) -> str:\n    """What a script printed."""\n'
                "    done = subprocess.run(script, shell=True, capture_output=True, text=True)\n"
                "    return done.stdout\n\n\ndef delegate_task(",
            ),
            (
                "    if name not in _TOOLS:",
                '    if name == "execute_script":\n        return execute_script(**arguments)\n    if name not in _TOOLS:',
            ),
        )
        replace(folder, "errand/gateway.py", ('self.fallback_models = settings.get("fallback_models", [])', "pass"))

    after = changed(tmp_path, change)

    assert told(compare(sample[0], after[0])) == {
        "seams_added": ["side_effect execute_script"],
        "seams_removed": ["fallback_chain Gateway.__init__"],
        "new_bypasses": ["side_effect execute_script"],
    }
    assert compare(sample[0], after[0]).new_bypasses[0].was == "new"
    assert told(compare(after[0], sample[0])) == {
        "seams_added": ["fallback_chain Gateway.__init__"],
        "seams_removed": ["side_effect execute_script"],
    }


def test_a_renamed_function_is_told_once_as_renamed(tmp_path: Path, sample: tuple[Packet, ...]) -> None:
    def change(folder: Path) -> None:
        for path in ("errand/fallback.py", "errand/loop.py"):
            replace(folder, path, ("load_fallback_models", "read_fallback_models"))

    diff = compare(sample[0], changed(tmp_path, change)[0])

    assert told(diff) == {"seams_renamed": ["fallback_chain read_fallback_models"]}
    assert diff.seams_renamed[0].was.name == "load_fallback_models"


def test_a_further_use_of_a_seam_is_no_added_seam(tmp_path: Path, sample: tuple[Packet, ...]) -> None:
    def change(folder: Path) -> None:
        replace(
            folder,
            "errand/loop.py",
            (
                "    def _try_fallback(",
                "    def again(self) -> None:\n        load_fallback_models({})\n\n    def _try_fallback(",
            ),
        )

    assert told(compare(sample[0], changed(tmp_path, change)[0])) == {}


def test_a_new_equal_before_an_old_one_is_no_other_seam() -> None:
    old = rich_packet()
    first = next(each for each in old.touchpoints if each.kind == "model_call" and each.symbol == "Agent.send")
    twin = msgspec.structs.replace(first, id="twin", line=first.line - 9, end_line=first.line - 9, seam=first.id)
    seams = tuple(
        msgspec.structs.replace(each, touchpoints=("twin", *each.touchpoints)) if each.id == first.id else each
        for each in old.seams
    )

    assert compare(old, msgspec.structs.replace(old, touchpoints=(twin, *old.touchpoints), seams=seams)).empty


def remade(packet: Packet, paths: Mapping[str, str], seed: int) -> Packet:
    """The same packet with other paths, other fingerprints and other lines, as a rename and moved lines make it."""
    chance = random.Random(seed)
    known = {each.id for each in packet.touchpoints} | {each.id for each in packet.graph.functions}
    ids = {each: f"{chance.getrandbits(64):016x}" for each in sorted(known)}
    shift = chance.randrange(1, 500)

    def again(value: Any) -> Any:
        if isinstance(value, str):
            return ids.get(value, paths.get(value, value))
        if isinstance(value, list | tuple):
            return [again(each) for each in value]
        if isinstance(value, dict):
            found = {key: again(each) for key, each in value.items()}
            return {key: each + shift if key in ("line", "end_line") and each else each for key, each in found.items()}
        return value

    return msgspec.convert(again(msgspec.to_builtins(packet)), Packet)


@given(seed=st.integers(0, 2**32), names=st.permutations(["a.py", "b/c.py", "d.py", "e/f/g.py", "h.py"]))
def test_moved_lines_and_renamed_files_say_nothing(seed: int, names: list[str]) -> None:
    packet = rich_packet()
    renames = dict(zip(sorted({each.path for each in packet.touchpoints}), names, strict=False))

    assert told(compare(packet, remade(packet, {}, seed))) == {}
    assert told(compare(packet, remade(packet, renames, seed), renames)) == {}
    assert told(compare(packet, remade(packet, renames, seed))) == {}


@given(st.data())
def test_the_other_way_round_added_and_removed_change_places(data: st.DataObject) -> None:
    packet = rich_packet()
    some, others = (
        msgspec.structs.replace(
            packet,
            seams=tuple(data.draw(st.permutations(packet.seams)))[: data.draw(st.integers(0, len(packet.seams)))],
        )
        for _ in range(2)
    )

    there, back = compare(some, others, guess=False), compare(others, some, guess=False)

    assert {each.id for each in there.seams_added} == {each.id for each in back.seams_removed}
    assert {each.id for each in there.seams_removed} == {each.id for each in back.seams_added}
    assert len(there.seams_moved) == len(back.seams_moved)
    assert len(there.seams_renamed) == len(back.seams_renamed)


def test_a_seam_that_only_a_crowd_holds_back_neither_comes_nor_goes(sample: tuple[Packet, ...]) -> None:
    packet = sample[0]
    held = next(each for each in packet.seams if each.kind == "fallback_chain" and len(each.touchpoints) == 1)
    without = msgspec.structs.replace(
        packet, seams=tuple(each for each in packet.seams if each is not held), crowded_out=(held.id,)
    )
    silent = msgspec.structs.replace(without, crowded_out=())

    assert compare(packet, without).empty
    assert compare(without, packet).empty
    assert [each.id for each in compare(packet, silent).seams_removed] == [held.id]


def test_a_crowd_of_a_kind_that_only_ways_bring_along_neither_comes_nor_goes(tmp_path: Path) -> None:
    packs, rulebook = load_rules(["trajectory-export"])
    names = [f"generate_title_{number}" for number in range(24)]
    code = """def {name}(client, messages):
    model = client.small_model
    text = "\\n".join(message.text for message in messages)
    answer = client.ask(model, TITLE_PROMPT, text)
    title = answer.strip()
    if len(title) > 60:
        title = title[:60]
{more}    return title
"""

    def titles(longest: str) -> Packet:
        more = {longest: "    title = title.strip()\n" * 40}
        functions = (code.format(name=name, more=more.get(name, "")) for name in names)
        (tmp_path / "titles.py").write_text('TITLE_PROMPT = "Name it."\n\n\n' + "\n\n".join(functions))
        return packets_at(tmp_path, None, packs, rulebook)[0]

    first, last = titles(names[0]), titles(names[-1])

    assert {each.name for each in first.seams} != {each.name for each in last.seams}
    assert told(compare(first, last)) == {}


def test_a_gate_that_stands_on_no_way_any_more_is_still_there(tmp_path: Path) -> None:
    (tmp_path / "approval.py").write_text(
        "def check_command_approval(command, action=None):\n"
        "    answer = input(f'Allow {command}? [y/N] ')\n"
        "    return answer.strip().lower() == 'y'\n"
    )
    packs, rulebook = load_rules(["tensorzero", "human-confirmation"])

    without, asked = packets_at(tmp_path, None, packs, rulebook)

    gates = {each.id for each in asked.seams if each.kind == "approval_gate"}
    assert gates
    assert gates <= set(without.crowded_out)


def test_a_seam_that_is_less_sure_only_in_a_crowd_has_the_same_confidence() -> None:
    packet = rich_packet()
    seam = next(each for each in packet.seams if each.confidence.value == "high")
    crowd = tuple(
        msgspec.structs.replace(each, confidence=each.confidence.lowered, crowded=1) if each is seam else each
        for each in packet.seams
    )
    less = tuple(msgspec.structs.replace(each, crowded=0) for each in crowd)

    assert compare(packet, msgspec.structs.replace(packet, seams=crowd)).empty
    assert [
        each.now.id for each in compare(packet, msgspec.structs.replace(packet, seams=less)).confidence_changed
    ] == [seam.id]


def with_status(packet: Packet, requirement: str, status: str, **more: Any) -> Packet:
    return msgspec.structs.replace(
        packet,
        requirements=tuple(
            msgspec.structs.replace(each, status=status, **more) if each.id == requirement else each
            for each in packet.requirements
        ),
    )


@pytest.mark.parametrize(
    ("was", "now", "topic"),
    [
        ("gap", "partial", "statuses_raised"),
        ("ready", "gap", "statuses_lowered"),
        ("n/a", "ready", "statuses_raised"),
        ("n/a", "gap", "statuses_lowered"),
        ("ready", "n/a", "statuses_lowered"),
        ("partial", "n/a", "statuses_raised"),
    ],
)
def test_a_status_is_raised_or_lowered_by_what_it_leaves_to_do(was: str, now: str, topic: str) -> None:
    packet = rich_packet()

    diff = compare(with_status(packet, "fallback", was), with_status(packet, "fallback", now))

    assert told(diff) == {topic: ["fallback"]}


def test_a_lowered_status_tells_what_is_newly_missing_wherever_it_stands_now() -> None:
    old = with_status(rich_packet(), "fallback", "ready", missing=("one policy: `f` (a.py:3)",))
    new = with_status(old, "fallback", "partial", missing=("one policy: `f` (a.py:9)", "a retry"))

    assert compare(old, new).statuses_lowered[0].why == ("a retry",)


WORD = Attested("gap", "the platform team", "2026-06-30", "Reviewed.", 3)


def test_somebodys_word_is_told_as_such_and_its_end_too() -> None:
    found = with_status(rich_packet(), "fallback", "gap")
    attested = with_status(found, "fallback", "ready", attested=WORD)

    begun, withdrawn = compare(found, attested), compare(attested, found)

    assert (begun.statuses_raised[0].now_by, begun.statuses_raised[0].now_found) == ("the platform team", "gap")
    assert [each.event for each in begun.attestations] == ["begun"]
    assert [each.event for each in withdrawn.attestations] == ["withdrawn"]
    assert "on the word of the platform team (found: gap)" in diff_to_text(begun)


def test_what_is_found_under_an_attested_status_is_told_when_it_changes() -> None:
    old = with_status(rich_packet(), "fallback", "ready", attested=msgspec.structs.replace(WORD, found="partial"))
    new = with_status(old, "fallback", "ready", attested=WORD)

    (change,) = compare(old, new).attestations

    assert (change.event, change.was_found, change.now_found) == ("found differs", "partial", "gap")


def test_other_rules_another_scanner_and_another_pack_are_a_note_at_the_top() -> None:
    old = rich_packet()
    new = msgspec.structs.replace(
        old, rules_digest="0" * 64, scanner_version="9.9.9", pack=msgspec.structs.replace(old.pack, digest="1" * 64)
    )

    diff = compare(old, new)

    assert diff.empty
    assert len(diff.notes) == 3
    assert diff_to_text(diff).splitlines()[3].startswith("note: The packets were made by scanner ")


def test_packets_of_two_packs_are_not_compared(sample: tuple[Packet, ...]) -> None:
    with pytest.raises(UsageError) as problem:
        compare(sample[0], sample[1])

    assert str(problem.value) == (
        "the packets are of different packs, `tensorzero` and `human-confirmation`; compare packets of one pack"
    )


def test_a_look_that_is_less_complete_is_told_and_a_renamed_file_in_its_reasons_is_not() -> None:
    reason = "1 file of code not read: too large ({})"
    old = rich_packet(completeness=Completeness("partial", (reason.format("a.py"),)))
    moved = rich_packet(completeness=Completeness("partial", (reason.format("b.py"),)))

    assert compare(old, moved, {"a.py": "b.py"}).empty
    assert compare(rich_packet(), old).completeness[0].added == (reason.format("a.py"),)
    assert headline(compare(rich_packet(), old)).endswith("look complete → partial")


def test_every_topic_is_a_list_at_the_top_of_the_json_and_empty_when_nothing_changed() -> None:
    document = json.loads(diff_to_json(compare(rich_packet(), rich_packet())))

    assert {name: each for name, each in document.items() if isinstance(each, list) and each} == {}
    assert [name for name, each in document.items() if isinstance(each, list)] == ["notes", *TOPICS]


def rich_diff() -> PacketDiff:
    """Something of every topic."""
    new = rich_packet()
    kept = new.seams[2:]
    less = msgspec.structs.replace(kept[0], confidence=kept[0].confidence.lowered)
    inventory = msgspec.structs.replace(
        new.inventory, models=new.inventory.models[1:], env_vars=(), providers=new.inventory.providers[:1]
    )
    old = with_status(
        msgspec.structs.replace(new, seams=(less, *kept[1:]), inventory=inventory, rules_digest="0" * 64),
        "fallback",
        "ready",
    )
    repository = msgspec.structs.replace(new.repository, commit="c" * 40)
    lost = msgspec.structs.replace(old, repository=repository, score=msgspec.structs.replace(old.score, value=61))
    return compare(lost, msgspec.structs.replace(new, seams=new.seams[:-2]), guess=False)


def test_the_markdown_of_a_rich_difference_is_the_one_that_was_read() -> None:
    page = diff_to_markdown(rich_diff())

    assert page == as_read("diff.md", page)


def test_a_section_is_there_only_for_what_changed() -> None:
    page = diff_to_markdown(rich_diff())

    assert [line[5:] for line in page.splitlines() if line.startswith("#### ")] == [
        section.title for section in sections(rich_diff())
    ]


def test_a_page_of_nothing_is_one_line() -> None:
    page = diff_to_markdown(compare(rich_packet(), rich_packet()))

    assert len(page.splitlines()) == 1
    assert "nothing changed" in page


@pytest.mark.parametrize("count", [30, 300, 5000])
def test_a_long_page_is_folded_then_cut_with_a_count_and_never_inside_html(count: int) -> None:
    packet = rich_packet()
    place = packet.touchpoints[0]
    many = [
        msgspec.structs.replace(place, id=f"n{at}", path=f"deep/{'x' * 60}/{at}.py", symbol=f"f{at}", seam="")
        for at in range(count)
    ]
    seams = [
        msgspec.structs.replace(packet.seams[0], id=each.id, name=each.symbol, path=each.path, touchpoints=(each.id,))
        for each in many
    ]
    new = msgspec.structs.replace(packet, touchpoints=(*packet.touchpoints, *many), seams=(*packet.seams, *seams))

    page = diff_to_markdown(compare(packet, new))

    assert len(page.encode()) < 60_000
    assert page.count("<details>") == page.count("</details>") == page.count("</summary>")
    assert f"{count} seams added" in page
    if count == 5000:
        assert " more in the JSON" in page
    markdown_it.MarkdownIt().render(page)


HOSTILE = "</details><script>x</script>|`@everyone` [a](javascript:b) \x1b[31m\n# head"


def test_names_from_a_repository_are_no_markup_and_steer_no_terminal() -> None:
    packet = rich_packet()
    place = msgspec.structs.replace(packet.touchpoints[0], id="n", path=f"{HOSTILE}.py", symbol=HOSTILE, seam="")
    seam = msgspec.structs.replace(packet.seams[0], id="n", name=HOSTILE, path=place.path, touchpoints=("n",))
    new = msgspec.structs.replace(packet, touchpoints=(*packet.touchpoints, place), seams=(*packet.seams, seam))
    diff = compare(packet, new)

    html = markdown_it.MarkdownIt("commonmark", {"html": True}).render(diff_to_markdown(diff))

    assert "<script" not in html
    assert "\n<h1>" not in html
    assert 'href="javascript' not in html
    assert "\x1b" not in diff_to_text(diff, 100)


def test_text_has_columns_and_is_cut_to_the_width_of_the_terminal() -> None:
    text = diff_to_text(rich_diff(), 60)

    assert "\x1b" not in text
    assert all(len(line) <= 60 for line in text.split("\n\n", 1)[1].splitlines())
    assert "\x1b[3" in diff_to_text(rich_diff(), 60, color=True)


def one_of_each() -> dict[str, PacketDiff]:
    """Of each topic a difference of nothing else."""
    empty, place = compare(rich_packet(), rich_packet()), spot(rich_packet().touchpoints[0], "Agent.send")
    status = StatusChange("parity", "Parity", "ready", "gap", "ready", "gap")
    value = ValueNote("a-value", "a.py", 1, 1)
    of_topic: dict[str, Any] = {
        "statuses_raised": msgspec.structs.replace(status, was="gap", now="ready"),
        "statuses_lowered": status,
        "score": ScoreChange(52, None, "Partial", "Not scored", "13 of 25 by weight", "not scored: too little"),
        "seams_added": place,
        "seams_removed": place,
        "gate_coverage": GateChange(place, "covered", "uncovered", True, False),
        "new_bypasses": Bypass("door", place, "behind the door", "main (a.py:1)", (Call("a.py", "main", 2),) * 9),
        "attestations": AttestationChange(
            "parity", "Parity", "expired", "ready", "a team", "2026-01-31", "Reviewed.", "gap", "gap"
        ),
        "completeness": CompletenessChange("complete", "complete", ("a reason",), ()),
    }
    change = SeamChange(place, msgspec.structs.replace(place, path="b.py", name="Agent.ask"))
    return {
        topic: msgspec.structs.replace(
            empty, **{topic: (of_topic.get(topic, value if topic.endswith(("_added", "_removed")) else change),)}
        )
        for topic in TOPICS
    }


@pytest.mark.parametrize("topic", TOPICS)
def test_every_topic_is_told_in_the_headline_the_page_and_the_text(topic: str) -> None:
    diff = one_of_each()[topic]

    (section,) = sections(diff)

    assert "nothing changed" not in headline(diff)
    assert headline(diff) != headline(compare(rich_packet(), rich_packet()))
    assert f"#### {section.title}\n" in diff_to_markdown(diff)
    assert f"\n{section.title}\n" in diff_to_text(diff)
    assert msgspec.json.decode(diff_to_json(diff), type=PacketDiff) == diff


def test_code_of_a_renamed_file_that_stands_unchanged_is_no_change_whatever_the_rules_say(shell: Shell) -> None:
    code = "def ask():\n    return 1\n"
    shell.write("repo/old.py", f"import a\n\n{code}\ndef lost():\n    return 2\n")
    base = shell.commit("repo")
    shell.git("repo", "mv", "old.py", "new.py")
    shell.write("repo/new.py", f"import b\nimport c\n\n{code}")
    place = spot(rich_packet().touchpoints[0], "ask")
    same = msgspec.structs.replace(place, path="old.py", line=3, end_line=4)
    gone = msgspec.structs.replace(place, path="old.py", line=6, end_line=7)
    come = msgspec.structs.replace(place, path="new.py", line=4, end_line=5)
    empty = compare(rich_packet(), rich_packet())
    diff = msgspec.structs.replace(empty, seams_added=(come,), seams_removed=(same, gone))

    (left,) = without_same_code([diff], shell.here / "repo", base, None, {"old.py": "new.py"})

    assert (left.seams_added, left.seams_removed) == ((), (gone,))


# The command.


def repository(shell: Shell) -> Path:
    shell.sample()
    shell.commit("errand")
    return shell.here / "errand"


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    return Shell(tmp_path)


def test_two_files_and_two_revisions_give_the_same_difference(shell: Shell) -> None:
    folder = repository(shell)
    shell.git("errand", "mv", "errand/fallback.py", "errand/alternates.py")
    replace(folder, "errand/loop.py", ("errand.fallback", "errand.alternates"))
    replace(folder, "errand/gateway.py", ('self.fallback_models = settings.get("fallback_models", [])', "pass"))
    disk = shell.run("diff", "--rules", "tensorzero", "--repo", folder, "--base", "HEAD", "--format", "json")
    shell.git("errand", "commit", "-qam", "second")
    revisions = shell.run(
        *("diff", "--rules", "tensorzero", "--repo", folder, "--base", "HEAD~1", "--head", "HEAD", "--format", "json")
    )
    for name, rev in (("old", "HEAD~1"), ("new", "HEAD")):
        shell.run(
            *("packet", "--rules", "tensorzero", "--repo", folder, "--rev", rev, "--format", "json"),
            *("-o", f"{name}.json"),
        )
    files = shell.run("diff", "old.json", "new.json", "--format", "json")

    assert [each.code for each in (disk, revisions, files)] == [0, 0, 0]
    assert revisions.out == files.out
    for done in (disk, files):
        document = json.loads(done.out)
        assert {topic: len(document[topic]) for topic in TOPICS if document[topic]} == {"seams_removed": 1}


def test_a_base_that_went_on_is_compared_from_where_the_branch_left_it(shell: Shell) -> None:
    folder = repository(shell)
    start = shell.git("errand", "rev-parse", "HEAD")
    shell.git("errand", "checkout", "-q", "-b", "topic")
    replace(folder, "errand/gateway.py", ('self.fallback_models = settings.get("fallback_models", [])', "pass"))
    shell.git("errand", "commit", "-qam", "topic")
    shell.git("errand", "checkout", "-q", "main")
    (folder / "errand/fallback.py").unlink()
    shell.git("errand", "commit", "-qam", "main goes on")

    done = shell.run("diff", "--rules", "tensorzero", "--repo", folder, "--base", "main", "--head", "topic")

    assert f"{start[:12]} (where main and topic parted) → " in done.out.splitlines()[1]
    assert "1 seam removed" in done.out.splitlines()[2]


def test_several_packs_are_paired_by_their_ids(shell: Shell) -> None:
    shell.sample()
    both = ("packet", "--rules", "tensorzero", "--rules", "human-confirmation", "--repo", "errand", "--format", "json")
    shell.run(*both, "-o", "both.json")
    shell.run("packet", "--rules", "tensorzero", "--repo", "errand", "--format", "json", "-o", "one.json")

    two, one = shell.run("diff", "both.json", "both.json"), shell.run("diff", "both.json", "one.json")

    assert two.out.count("nothing changed") == 2
    assert one.out.count("nothing changed") == 1
    assert one.err == "note: only the old file has a packet of the pack human-confirmation; it is left out\n"


@pytest.mark.parametrize("form", ["markdown", "json"])
def test_a_written_difference_is_replaced_by_the_next_one_and_no_other_file_is(shell: Shell, form: str) -> None:
    shell.write("old.json", to_json(rich_packet()).decode())
    shell.write("new.json", to_json(with_status(rich_packet(), "fallback", "gap")).decode())
    shell.write("notes", "Mine.\n")
    write = ("--format", form, "-o")

    done = [shell.run("diff", "old.json", new, *write, "out") for new in ("old.json", "new.json", "old.json")]
    said = shell.fails("diff", "old.json", "new.json", *write, "notes", code=2)

    assert [each.code for each in done] == [0, 0, 0], done
    assert said == "notes exists and was not written by scanner; use --force to replace it"


MEND = "write `scanner diff OLD.json NEW.json`, or `scanner diff --rules PACK --base REV`"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ([], f"nothing to compare; {MEND}"),
        (["a.json"], f"1 packet is named, and two are compared; {MEND}"),
        (["a.json", "b.json", "--base", "x"], f"--base cannot go with two packets; {MEND}"),
        (["--rules", "tensorzero"], "--base is missing; name the revision to compare with, such as --base origin/main"),
        (["--base", "main"], "--rules is missing; name a pack, such as --rules tensorzero"),
        (["-", "-"], "standard input holds one of the packets; name a file for the other"),
    ],
)
def test_arguments_that_do_not_fit_are_one_clear_line(shell: Shell, words: list[str], said: str) -> None:
    assert shell.fails("diff", *words, code=2) == said


def test_a_base_that_is_not_there_is_one_clear_line(shell: Shell) -> None:
    folder = repository(shell)

    said = shell.fails("diff", "--rules", "tensorzero", "--repo", folder, "--base", "nowhere", code=3)

    assert said.startswith("--base nowhere names no commit in ")


def test_a_bare_repository_needs_a_head(shell: Shell) -> None:
    repository(shell)
    shell.git(".", "clone", "-q", "--bare", "errand", "bare.git")

    said = shell.fails("diff", "--rules", "tensorzero", "--repo", "bare.git", "--base", "main", code=2)

    assert said == "bare.git is a bare repository without files; name a revision, such as --head HEAD"
