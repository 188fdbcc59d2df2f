"""What `scanner.toml` of a scanned repository does to packets and listings."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import jsonschema  # type: ignore[import-untyped]  # its types are a package of their own
import pytest
from commandline import Shell
from conftest import Repo, rule
from madeup import pack_of, requirement

from scanner.api import explain_place, read_repository
from scanner.errors import SettingsError, UsageError
from scanner.explain import Unread
from scanner.making import chart_of, make_packet, make_packets
from scanner.packet import Packet, RequirementResult, schema
from scanner.packs import Beside, Has, Pack, Recommendation, StatusIs
from scanner.render import to_json, to_markdown
from scanner.rulebook import extended, load_rulebook
from scanner.rules import RuleSource
from scanner.scan import Scan
from scanner.settings import HINT, Honour
from scanner.survey import described

pytestmark = pytest.mark.usefixtures("nobodys_git")

PACK = pack_of(
    requirement(
        Has(("model_call",), at_least=9), Has(("model_call",)), id="parity", evidence=("model_call",), weight=3
    ),
    requirement(Has(("retry_policy",)), Has(("retry_policy",)), id="retries", title="Retries", slice="Retry", weight=1),
    recommendations=(
        Recommendation("Go", "all of it.", StatusIs("parity", ("ready",))),
        Recommendation("Wait", "a bit."),
    ),
)
AGENT = """
    import acme

    def send(messages):
        return acme.completion(messages)

    def other(messages):
        return acme.completion(messages)
"""
READY = '[[override]]\nrequirement = "parity"\nstatus = "ready"\nreason = "Seen in the design review."\nby = "Ada"\n'


class Kept:
    """A repository that keeps settings, in git if it is committed."""

    def __init__(self, repo: Repo) -> None:
        self.repo = repo
        repo.write("agent.py", AGENT)

    def says(self, text: str) -> Kept:
        self.repo.write("scanner.toml", text.encode())
        return self

    def commit(self, date: str = "2026-06-30T12:00:00Z") -> str:
        person = {f"GIT_{who}_{what}": "a@example.org" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
        variables = {**os.environ, **person, "GIT_AUTHOR_DATE": "2001-01-01T00:00:00Z", "GIT_COMMITTER_DATE": date}
        done = ""
        for words in (["init", "-q", "-b", "main"], ["add", "."], ["commit", "-qm", "x"], ["rev-parse", "HEAD"]):
            command = ["git", "-C", str(self.repo.root), *words]
            done = subprocess.run(command, env=variables, check=True, capture_output=True, text=True).stdout
        return done.strip()

    def scan(self, rev: str | None = None, as_of: str = "", settings: bool = True) -> Scan:
        return read_repository(self.repo.root, rev, self.repo.rulebook(), None, Honour(settings, as_of))

    def packet(self, rev: str | None = None, as_of: str = "", settings: bool = True, pack: Pack = PACK) -> Packet:
        return make_packet(self.scan(rev, as_of, settings), pack)

    def parity(self, rev: str | None = None, as_of: str = "") -> RequirementResult:
        return self.packet(rev, as_of).requirements[0]

    def states(self, as_of: str = "", pack: Pack = PACK) -> list[str]:
        return [each.state for each in self.packet(as_of=as_of, pack=pack).settings.overrides]

    def ids(self, kind: str = "model_call") -> list[str]:
        return [each.id for each in sorted(self.scan(settings=False).touchpoints, key=_place) if each.kind == kind]


def _place(item: object) -> tuple[str, int]:
    return item.path, item.line  # type: ignore[attr-defined]


@pytest.fixture
def kept(repo: Repo) -> Kept:
    return Kept(repo)


# Overrides


def test_an_attested_status_counts_and_shows_what_the_scanner_found(kept: Kept) -> None:
    packet = kept.says(READY).packet()
    result = packet.requirements[0]

    assert (result.status, result.score) == ("ready", 1.0)
    assert result.attested is not None
    assert (result.attested.found, result.attested.by, result.attested.until) == ("partial", "Ada", "")
    assert (result.attested.reason, result.attested.written) == ("Seen in the design review.", 1)
    assert len(result.evidence) == 2, "the evidence is still the scanner's"
    assert result.missing, "and so is what it found missing"
    assert packet.verdict.counts == (1, 0, 1, 0)
    assert packet.verdict.headline == "Go"
    assert (packet.score.value, packet.score.attested) == (75, 1)
    assert packet.score.words == "3 of 4 by weight, 1 of 2 attested"
    assert [each.title for each in packet.slices] == ["Retry"]


def test_the_page_says_attested_in_the_verdict_the_matrix_and_the_section(kept: Kept) -> None:
    page = to_markdown(kept.says(READY + "until = 2026-12-31\n").packet(as_of="2026-12-31"))

    assert "**Partial: 75 of 100** (3 of 4 by weight, 1 of 2 attested). 1 ready · 0 partial · 1 gap." in page
    assert "| 1 | Parity | ● ready, attested (found ◐ partial) |" in page
    assert "## 1. Parity\n\n**● ready, attested**: 1 of 1, weight 3\n" in page
    assert "*Attested:* ready by Ada until 2026-12-31 (`scanner.toml:1`): Seen in the design review." in page
    assert "The scanner itself found ◐ partial, as follows." in page
    assert "| 1 | Parity | ● ready (attested) | 1 | 3 | 3 |" in page
    assert "1 status is attested, and counts in place of what the scanner found." in page


def test_an_attested_gap_is_open_work(kept: Kept) -> None:
    packet = kept.says(READY.replace('"ready"', '"gap"')).packet()

    assert packet.requirements[0].status == "gap"
    assert (packet.verdict.word, packet.score.value) == ("Gap", 0)


def test_what_is_attested_not_to_apply_leaves_the_sum(kept: Kept) -> None:
    packet = kept.says(READY.replace('"ready"', '"n/a"').replace('"parity"', '"retries"')).packet()

    assert packet.score.words == "1.5 of 3 by weight, 1 of 2 attested"
    assert packet.requirements[1].score is None


def test_an_override_counts_on_its_last_day_and_no_more_on_the_next(kept: Kept) -> None:
    kept.says(READY + "until = 2026-06-30\n")
    kept.commit("2026-06-30T23:59:59Z")

    assert kept.packet().settings.as_of == "2026-06-30"
    assert kept.parity().status == "ready"

    kept.repo.write("more.py", "a = 1\n")
    kept.commit("2026-07-01T00:00:00Z")
    packet = kept.packet()

    assert packet.requirements[0].status == "partial"
    assert packet.requirements[0].attested is None
    assert [each.state for each in packet.settings.overrides] == ["expired"]
    line = "*Attested, and not counted:* ready by Ada (`scanner.toml:1`) expired: its last day was 2026-06-30, before 2026-07-01."
    assert line in to_markdown(packet)


def test_the_date_of_a_commit_is_that_of_its_committer_in_utc(kept: Kept) -> None:
    kept.says(READY + "until = 2026-06-30\n")
    kept.commit("2026-07-01T05:00:00+0900")

    assert kept.packet().settings.as_of == "2026-06-30"


def test_work_tree_and_revision_of_a_commit_give_the_same_bytes(kept: Kept) -> None:
    kept.says(READY + 'until = "2026-06-30"\n')
    commit = kept.commit()

    assert to_json(kept.packet()) == to_json(kept.packet(commit)) == to_json(kept.packet("main"))


def test_the_revision_that_is_scanned_says_what_counts(kept: Kept) -> None:
    before = kept.commit()
    kept.says(READY)
    after = kept.commit()
    kept.says("broken")

    assert kept.parity(before).status == "partial"
    assert kept.parity(after).status == "ready"
    with pytest.raises(SettingsError):
        kept.parity()


def test_a_changed_file_is_told_as_changed_and_takes_the_revision_from_the_command(kept: Kept) -> None:
    kept.says("")
    kept.commit()
    kept.says(READY)
    packet = kept.packet()

    assert packet.requirements[0].status == "ready"
    assert packet.repository.changed == ("scanner.toml",)
    assert "--rev" not in packet.reproduce[-1]


def test_in_a_plain_folder_a_last_day_needs_a_date(kept: Kept) -> None:
    kept.says(READY + "until = 2026-06-30\n")

    assert kept.states() == ["undated"]
    assert kept.parity().status == "partial"
    assert "in a folder without commits write `--as-of DATE`" in to_markdown(kept.packet())
    assert kept.states("2026-06-30") == ["counts"]
    assert kept.states("2026-07-01") == ["expired"]
    assert kept.packet(as_of="2026-06-30").reproduce[-1].endswith("--repo . --as-of 2026-06-30")


def test_a_repository_without_commits_is_a_plain_folder_as_to_dates(kept: Kept) -> None:
    kept.says(READY + "until = 2026-06-30\n")
    for words in (["init", "-q"], ["add", "."]):
        subprocess.run(["git", "-C", str(kept.repo.root), *words], check=True)

    assert kept.states() == ["undated"]
    assert kept.states("2026-06-30") == ["counts"]


def test_a_commit_has_a_date_so_another_is_refused(kept: Kept) -> None:
    kept.says("")
    kept.commit()

    with pytest.raises(UsageError, match="a commit has a date of its own, so leave it out"):
        kept.packet(as_of="2026-06-30")


def test_an_override_of_a_requirement_that_is_nowhere_is_stale_and_no_error(kept: Kept) -> None:
    packet = kept.says(READY.replace("parity", "party")).packet()

    assert [each.state for each in packet.settings.overrides] == ["stale"]
    assert packet.score.attested == 0
    assert (
        "| `party` | ● ready | Ada |  | Seen in the design review. | **stale**: this pack has no such requirement |"
        in (to_markdown(packet))
    )


def test_an_override_for_another_pack_is_not_stale(kept: Kept) -> None:
    kept.says(READY + 'pack = "another"\n\n' + READY.replace("parity", "gateway_replacement"))

    assert kept.states() == ["elsewhere", "elsewhere"]
    assert kept.parity().status == "partial"


def test_an_override_that_names_the_pack_goes_before_one_for_any(kept: Kept) -> None:
    mine = READY.replace('"ready"', '"gap"') + 'pack = "made-up"\n'

    for text, states in ((READY + mine, ["replaced", "counts"]), (mine + READY, ["counts", "replaced"])):
        assert kept.says(text).states() == states
        assert kept.parity().status == "gap"


def test_where_one_that_names_the_pack_expired_the_other_counts(kept: Kept) -> None:
    kept.says(READY + READY.replace('"ready"', '"gap"') + 'pack = "made-up"\nuntil = 2026-06-30\n')

    assert kept.states("2026-07-01") == ["counts", "expired"]
    assert kept.parity(as_of="2026-07-01").status == "ready"


def test_each_of_several_packets_is_as_it_would_be_alone(kept: Kept) -> None:
    found = kept.says(READY).scan()
    other = pack_of(requirement(Has(("model_call",)), id="parity"), requirement(Has(("cost",)), id="more"))

    assert [to_json(each) for each in make_packets(found, [PACK, other])] == [
        to_json(make_packet(found, pack)) for pack in (PACK, other)
    ]


def test_words_of_the_author_are_inert_on_the_page(kept: Kept) -> None:
    nasty = "[[place:x]] | <b>**no**</b> `x` @all #1 http://e.example"
    text = READY.replace("Seen in the design review.", nasty).replace('"Ada"', '"A|da\\u202e"')
    page = to_markdown(kept.says(text).packet())

    assert "<b>" not in page
    assert "**no**" not in page
    assert "\u202e" not in page
    assert " @all" not in page
    assert all(line.count("|") - line.count("\\|") == 7 for line in page.splitlines() if line.startswith("| `parity`"))


# Suppressions


def suppressing(*fingerprints: str) -> str:
    return "".join(f'[[suppress]]\nfingerprint = "{each}"\nreason = "A test double."\n' for each in fingerprints)


def test_what_is_suppressed_leaves_seams_evidence_and_counts(kept: Kept) -> None:
    first, second = kept.ids()
    packet = kept.says(suppressing(first)).packet()

    assert [each.id for each in packet.touchpoints] == [second]
    assert packet.requirements[0].evidence == (second,)
    (note,) = packet.settings.suppressions
    assert (note.fingerprint, note.reason, note.written) == (first, "A test double.", 1)
    assert (note.touchpoints, note.kind, note.path, note.line) == (1, "model_call", "agent.py", 4)
    page = to_markdown(packet)
    assert "1 touchpoint is suppressed by `scanner.toml`, and in no seam, count or condition:" in page
    assert "- model call `agent.py:4`: A test double." in page


def test_what_is_suppressed_leaves_conditions(kept: Kept) -> None:
    asked = Beside(("model_call",), ("retry_policy",), "function", "a retry at every send")
    pack = pack_of(requirement(asked, Has(("model_call",)), evidence=("model_call",)))
    kept.repo.rules(
        rule("sends", "{means: model_call}") + "\n" + rule("retries", "{means: retry}", kind="retry_policy")
    )
    kept.repo.write("agent.py", AGENT.replace("def send", "@acme.retry\n    def send"))
    _, without = kept.ids()

    assert kept.packet(pack=pack).requirements[0].status == "partial"
    assert kept.says(suppressing(without)).packet(pack=pack).requirements[0].status == "ready"


def test_uses_of_a_suppressed_definition_leave_with_it(kept: Kept) -> None:
    kept.repo.rules(rule("resolvers", '{definition: "resolve provider"}', kind="provider_resolution"))
    kept.repo.write("agent.py", "def resolve_provider(): ...\n\ndef a():\n    resolve_provider()\n")
    definition, use = kept.ids("provider_resolution")

    found = kept.says(suppressing(definition)).scan()
    assert found.touchpoints == ()
    assert [each.touchpoints for each in found.suppressions] == [2]
    found = kept.says(suppressing(use)).scan()
    assert [each.id for each in found.touchpoints] == [definition]


def test_a_suppression_that_matches_nothing_is_stale_and_no_error(kept: Kept) -> None:
    packet = kept.says(suppressing("0" * 16)).packet()

    assert [each.touchpoints for each in packet.settings.suppressions] == [0]
    assert "- **stale**: `0000000000000000` (`scanner.toml:1`) matches nothing: A test double." in to_markdown(packet)


# Excludes


def test_what_is_excluded_is_not_read_and_the_coverage_says_so(kept: Kept) -> None:
    kept.repo.write("legacy/old.py", AGENT)
    packet = kept.says('exclude = ["legacy/", "never/"]').packet()

    assert {each.path for each in packet.touchpoints} == {"agent.py"}
    assert (packet.coverage.files, packet.coverage.apart) == (1, (("excluded", 1),))
    assert [(each.pattern, each.files) for each in packet.settings.exclude] == [("legacy/", 1), ("never/", 0)]
    page = to_markdown(packet)
    assert "nothing of the agent's own code was left out, but for 1 file that its `scanner.toml` excludes." in page
    assert "Set apart: 1 unread excluded file." in page
    assert "1 file excluded: `legacy/` (1), `never/` (**stale**: none)." in page


def test_a_repository_that_excludes_all_of_itself_is_not_judged(kept: Kept) -> None:
    packet = kept.says('exclude = ["*"]').packet()

    assert packet.score.value is None
    assert {each.status for each in packet.requirements} == {"n/a"}


# Surfaces


def test_surfaces_are_named_by_words_and_by_paths_the_first_that_matches(kept: Kept) -> None:
    for path in ("billing/run.py", "src/jobs/night.py", "src/cron_jobs/day.py", "src/cli/x.py"):
        kept.repo.write(path, AGENT)
    kept.says('[surfaces]\n"/src/jobs/" = "night shift"\n"{billing, jobs}" = "back office"\n')

    assert {seam.best.path: seam.surface for seam in kept.scan().seams} == {
        "agent.py": "core",
        "billing/run.py": "back office",
        "src/jobs/night.py": "night shift",
        "src/cron_jobs/day.py": "back office",
        "src/cli/x.py": "command line",
    }


def test_the_graph_knows_the_surfaces_that_are_named(kept: Kept) -> None:
    found = kept.says('[surfaces]\n"agent" = "front desk"\n').scan()

    assert chart_of(found).ways.surface("agent.py") == "front desk"
    assert kept.packet().surfaces.rows[0].surface != "core"


# Rules


def test_rules_of_the_repository_run_beside_the_others(kept: Kept) -> None:
    kept.repo.write("tools/scanner/own.yaml", rule("own", '{definition: "^ other $"}', kind="retry_policy"))
    packet = kept.says('rules = ["tools/scanner"]').packet()

    assert {each.rule for each in packet.touchpoints} == {"calls-a-model", "own"}
    assert [each.status for each in (packet.requirements[1], kept.packet(settings=False).requirements[1])] == [
        "partial",
        "gap",
    ]
    assert packet.settings.rules == ("tools/scanner/own.yaml",)
    assert packet.reproduce[-1].count("--rules") == kept.packet(settings=False).reproduce[-1].count("--rules")
    assert packet.rules_digest != kept.packet(settings=False).rules_digest


def test_rules_of_a_revision_are_read_from_it(kept: Kept) -> None:
    kept.repo.write("own.yaml", rule("own", '{definition: "^ other $"}', kind="retry_policy"))
    kept.says('rules = ["own.yaml"]')
    commit = kept.commit()
    (kept.repo.root / "own.yaml").unlink()

    assert kept.packet(commit).requirements[1].status == "partial"


def test_a_rule_whose_id_is_taken_is_an_error_with_its_place(kept: Kept) -> None:
    kept.repo.write("own.yaml", rule("calls-a-model", '{definition: "^ other $"}'))

    with pytest.raises(SettingsError) as caught:
        kept.says('rules = ["own.yaml"]').scan()

    first, last = str(caught.value).splitlines()
    assert first.startswith("own.yaml:1:7: ")
    assert "calls-a-model" in first
    assert last == f"scanner.toml: {HINT}"


def test_a_pack_is_no_rule_of_a_repository(kept: Kept) -> None:
    kept.repo.write("own.yaml", "id: x\nrequirements: []\n")

    with pytest.raises(SettingsError, match="this is a pack"):
        kept.says('rules = ["own.yaml"]').scan()


def test_settings_and_rules_are_not_searched_for_seams_but_are_in_the_digest(kept: Kept) -> None:
    kept.repo.write("own.yaml", rule("own", '{definition: "^ other $"}'))
    found = kept.says('rules = ["own.yaml"]').scan()

    assert [report.path for report in found.reports] == ["agent.py"]
    assert described(found).digest != described(kept.says('rules = ["own.yaml"]\n').scan()).digest


# Leaving them out


def test_settings_are_left_out_on_demand_and_the_packet_says_so(kept: Kept) -> None:
    packet = kept.says(READY).packet(settings=False)

    assert packet.requirements[0].status == "partial"
    assert (packet.settings.state, packet.settings.overrides) == ("ignored", ())
    assert packet.reproduce[-1].endswith(" --no-settings")
    assert "Its `scanner.toml` was left out, as `--no-settings` says." in to_markdown(packet)
    kept.says("broken")
    assert kept.packet(settings=False).settings.state == "ignored"


def test_a_file_that_git_does_not_track_counts_for_nothing_and_the_packet_says_so(kept: Kept) -> None:
    kept.commit()
    packet = kept.says(READY).packet()

    assert packet.requirements[0].status == "partial"
    assert packet.settings.state == "outside"
    assert "A `scanner.toml` is there, and it was not read: it is a link, or git does not track it." in to_markdown(
        packet
    )


def test_a_packet_of_a_repository_without_settings_has_no_section_on_them(kept: Kept) -> None:
    packet = kept.packet()

    assert packet.settings.state == "none"
    assert "Settings of the repository" not in to_markdown(packet)
    assert "scanner.toml" not in to_markdown(packet)


def test_a_packet_with_all_of_it_keeps_to_the_schema(kept: Kept) -> None:
    kept.repo.write("own.yaml", rule("own", '{definition: "^ other $"}', kind="retry_policy"))
    kept.says(
        'exclude = ["legacy/"]\nrules = ["own.yaml"]\n[surfaces]\n"agent" = "front desk"\n'
        + READY
        + "until = 2026-06-30\n"
        + suppressing(kept.ids()[0], "0" * 16)
    )
    made = json.loads(to_json(kept.packet(as_of="2026-06-30")))

    jsonschema.validate(made, schema(), jsonschema.Draft202012Validator)
    assert made["requirements"][0]["attested"]["found"] == "partial"


def test_a_long_list_leaves_the_page_readable(kept: Kept) -> None:
    many = "".join(
        READY.replace("parity", f"requirement_{number}").replace("Seen in the design review.", "x " * 250)
        for number in range(99)
    )
    page = to_markdown(kept.says(many + suppressing(*(f"{number:016x}" for number in range(999)))).packet())

    assert len(page.encode()) < 20_000
    assert "91 more in the JSON." in page


# The command line


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    return Shell(tmp_path)


def test_listings_count_what_is_suppressed(shell: Shell, tmp_path: Path) -> None:
    source = (
        "from litellm import completion\n\n\ndef send(messages):\n    return completion(model='m', messages=messages)\n"
    )
    shell.write("agent/agent.py", source)
    (found,) = (
        each
        for each in json.loads(shell.run("seams", "--repo", "agent", "--format", "json").out)["touchpoints"]
        if each["kind"] == "model_call"
    )
    shell.write("agent/scanner.toml", suppressing(found["id"], "0" * 16))
    words = "1 suppressed by scanner.toml; 1 suppression of it matches nothing\n"

    assert words in shell.run("seams", "--repo", "agent").out
    assert shell.run("graph", "--repo", "agent").out.endswith(f"\n\n{words}")
    assert shell.run("graph", "--repo", "agent", "--to", "model_call").out.endswith(f"\n\n{words}")
    for command in ("seams", "graph"):
        notes = json.loads(shell.run(command, "--repo", "agent", "--format", "json").out)["suppressions"]
        assert [(each["reason"], each["touchpoints"]) for each in notes] == [
            ("A test double.", 1),
            ("A test double.", 0),
        ]
        assert "suppressed" not in shell.run(command, "--repo", "agent", "--no-settings").out


def test_a_mistake_ends_with_2_and_names_its_place_for_every_command(shell: Shell) -> None:
    shell.write("agent/agent.py", "a = 1\n")
    shell.write("agent/scanner.toml", "exclude = []\nrulez = 1\n")
    said = f"scanner.toml:2:1: scanner.toml has no key `rulez`; write `rules`\nscanner.toml: {HINT}"

    for words in (("packet", "--rules", "tensorzero"), ("seams",), ("graph",), ("explain", "agent.py:1")):
        assert shell.fails(*words, "--repo", "agent", code=2) == said
        assert shell.run(*words, "--repo", "agent", "--no-settings").code == 0


def test_a_date_is_refused_where_it_says_nothing(shell: Shell) -> None:
    shell.write("agent/agent.py", "a = 1\n")
    words = ("packet", "--rules", "tensorzero", "--repo", "agent", "--as-of")

    assert shell.fails(*words, "soon", code=2) == "--as-of soon is no day; write one such as 2026-12-31"
    assert shell.run(*words, "2026-12-31").code == 0
    shell.commit("agent")
    assert "--as-of is for folders without commits" in shell.fails(*words, "2026-12-31", code=2)


def test_a_line_of_a_file_that_is_left_out_is_explained_by_what_leaves_it_out(kept: Kept) -> None:
    kept.says('exclude = ["agent.py"]')

    def why(place: str) -> str:
        found = explain_place(place, "", kept.repo.root, None, kept.repo.rulebook(), None, Honour())
        assert isinstance(found, Unread)
        return found.why

    assert why("agent.py:1") == "`agent.py` of scanner.toml excludes it"
    assert why("scanner.toml:1") == "it is read as the repository's own settings or rules"


def test_a_rule_file_that_the_user_names_too_is_read_once(kept: Kept, tmp_path: Path) -> None:
    text = rule("own", '{definition: "^ other $"}')
    (tmp_path / "own.yaml").write_text(text)
    named = load_rulebook([tmp_path / "own.yaml"])

    twice = extended(named, [RuleSource("tools/own.yaml", text.encode())])

    assert [each.id for each in twice.rules] == ["own"]
    assert twice.digest == named.digest
