"""A made-up agent: its seams, a pack that asks about them, and the packet that comes of both."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from scanner.assemble import assemble
from scanner.packet import (
    BlindSpot,
    Completeness,
    Coverage,
    Inventory,
    InventoryItem,
    Packet,
    Place,
    Repository,
    SurfaceMatrix,
    SurfaceRow,
    Version,
)
from scanner.packs import (
    AtLeast,
    Beside,
    Chokepoints,
    Condition,
    Every,
    Has,
    Negated,
    Pack,
    Recommendation,
    Requirement,
    Some,
    Spread,
    StatusIs,
)
from scanner.readiness import judge
from scanner.seams import Seam
from scanner.touchpoints import Confidence, Role, Touchpoint

TITLES = {
    "model_call": "Model call",
    "provider_resolution": "Provider resolution",
    "fallback_chain": "Fallback chain",
    "retry_policy": "Retry policy",
    "run_identity": "Run identity",
    "session_store": "Session store",
    "traffic_split": "Traffic split",
    "feature_flag": "Feature flag",
    "tool_schema": "Tool schema",
    "usage_accounting": "Usage accounting",
    "sdk-model-call": "SDK call of a model",
    "subprocess-model-call": "Model behind a subprocess",
    "provider-resolution": "Provider resolved by name",
    "provider-fallback": "Provider fallback chain",
    "retry-decorator": "Retry decorator",
    "session-id": "Session id",
    "session-table": "Session table",
    "percentage-split": "Percentage split",
    "boolean-switch": "Boolean switch",
    "usage-recorded": "Model usage is recorded",
}


def place(
    rule: str,
    at: str,
    symbol: str = "",
    *,
    kind: str = "model_call",
    role: Role = Role.USE,
    confidence: Confidence = Confidence.HIGH,
    name: str = "",
    lines: int = 1,
    unwired: bool = False,
    rules: tuple[str, ...] = (),
) -> Touchpoint:
    """One touchpoint; `at` is `path:line`."""
    path, _, line = at.rpartition(":")
    return Touchpoint(
        id=f"{kind}-{path}-{line}".replace("/", "-").replace(" ", "-"),
        rule=rule,
        kind=kind,
        role=role,
        confidence=confidence,
        path=path,
        line=int(line),
        end_line=int(line) + lines - 1,
        symbol=symbol,
        text=f"{name or symbol}(...)",
        name=name or symbol.rpartition(".")[2],
        rules=rules or (rule,),
        unwired=unwired,
    )


def seam(*places: Touchpoint, surface: str = "core") -> Seam:
    """One seam, its best place first."""
    best = places[0]
    return Seam(best.id, best.kind, best.symbol or best.name or best.path, places, surface)


def single(rule: str, at: str, symbol: str = "", surface: str = "core", **given: object) -> Seam:
    """A seam of one place."""
    return seam(place(rule, at, symbol, **given), surface=surface)  # type: ignore[arg-type] # passed on as they are


def requirement(ready: Condition, partial: Condition | None = None, **given: object) -> Requirement:
    """A requirement with only what a test is about."""
    made = Requirement(
        id="parity",
        title="Parity",
        weight=1,
        asks="all of it is there.",
        claim="{{ plural(count('fallback_chain'), 'chain') }}.",
        ready=ready,
        partial=partial or Has(("fallback_chain",)),
        applies=None,
        otherwise="",
        next=(),
        evidence=("fallback_chain",),
        slice="",
        line=7,
    )
    return msgspec.structs.replace(made, **given)


def pack_of(*requirements: Requirement, recommendations: Sequence[Recommendation] = ()) -> Pack:
    """A pack of these requirements."""
    return Pack("made-up", "Made-up", "Move it.", requirements, tuple(recommendations), "packs/made-up.yaml", "ab" * 32)


SENDS = (
    single("sdk-model-call", "agent/loop.py:210", "Agent.send", name="client.chat.completions.create"),
    single("sdk-model-call", "agent/loop.py:388", "Agent.send_stream", name="client.chat.completions.create"),
    single("sdk-model-call", "agent/side.py:41", "summarize", "auxiliary", name="client.chat.completions.create"),
    single("sdk-model-call", "agent/side.py:77", "title_of", "auxiliary", name="client.chat.completions.create"),
    single("sdk-model-call", "cron/jobs.py:19", "run_job", "scheduler", name="litellm.completion"),
    single("subprocess-model-call", "bridge/acp.py:130", "AcpClient.ask", "bridge", name="Popen"),
)

SEAMS = (
    *SENDS,
    seam(
        place(
            "provider-resolution",
            "cli/provider.py:64",
            "resolve_provider",
            kind="provider_resolution",
            role=Role.DEFINITION,
            lines=40,
        ),
        place("provider-resolution", "agent/loop.py:95", "Agent.__init__", kind="provider_resolution"),
        place("provider-resolution", "cli/main.py:310", "main", kind="provider_resolution"),
        surface="cli",
    ),
    single(
        "provider-resolution",
        "agent/side.py:20",
        "side_client",
        "auxiliary",
        kind="provider_resolution",
        role=Role.DEFINITION,
        confidence=Confidence.MEDIUM,
        lines=9,
    ),
    seam(
        place(
            "provider-fallback",
            "agent/loop.py:420",
            "Agent.try_fallback",
            kind="fallback_chain",
            role=Role.DEFINITION,
            lines=30,
        ),
        place("provider-fallback", "agent/loop.py:215", "Agent.send", kind="fallback_chain"),
    ),
    single("provider-fallback", "config.yaml:12", kind="fallback_chain", role=Role.CONFIG, name="fallback_models"),
    single("retry-decorator", "agent/side.py:39", "summarize", "auxiliary", kind="retry_policy", name="tenacity.retry"),
    single("session-id", "agent/loop.py:200", "Agent.send", kind="run_identity", name="session_id"),
    single("session-id", "agent/loop.py:380", "Agent.send_stream", kind="run_identity", name="session_id"),
    single("session-table", "store/db.py:15", "SessionStore", kind="session_store", role=Role.DEFINITION, lines=80),
    single(
        "percentage-split",
        "agent/split.py:5",
        "split_traffic",
        kind="traffic_split",
        role=Role.DEFINITION,
        lines=12,
        unwired=True,
    ),
    single("usage-recorded", "docs/usage.py:3", "example", kind="usage_accounting", confidence=Confidence.LOW),
)

PACK = Pack(
    id="gateway",
    title="Gateway readiness",
    migration="Replaces provider routing in the agent by one gateway.",
    requirements=(
        Requirement(
            id="scope",
            title="Replacement scope",
            weight=3,
            asks="all model calls pass one or two chokepoints whose base URL or client can be swapped.",
            claim="{{ plural(count('model_call'), 'model call') }} in {{ plural(files('model_call'), 'file') }}, on"
            " {{ plural(seam('model_call').surfaces, 'surface') }} ({{ surfaces('model_call') }});"
            " {{ seam('provider_resolution').best }} resolves the provider, with"
            " {{ plural(seam('provider_resolution').count - 1, 'other resolver') }} beside it.",
            ready=Every(
                (
                    Has(("model_call",)),
                    Has(("provider_resolution",), at_most=1, say="one resolver of providers"),
                    Chokepoints(("model_call",), 1, say="through how few functions all model calls pass"),
                )
            ),
            partial=Has(("model_call", "provider_resolution")),
            applies=None,
            otherwise="",
            next=(
                "Put the gateway's base URL behind {{ seam('provider_resolution').best }}.",
                "Move {{ seam('subprocess-model-call').best }} onto it.",
                "Move {{ seam('never-there').best }} onto it.",
            ),
            evidence=("provider-resolution", "subprocess-model-call", "sdk-model-call"),
            slice="One resolver",
            line=10,
        ),
        Requirement(
            id="canary",
            title="10% traffic canary",
            weight=2,
            asks="a percentage of live traffic, with a stable key and a kill switch.",
            claim="{{ plural(count('traffic_split'), 'traffic split') }} and"
            " {{ plural(count('feature_flag'), 'feature flag') }}.",
            ready=Every(
                (
                    Has(("percentage-split",), say="a percentage or weight"),
                    Some((Has(("feature_flag",)), Has(("boolean-switch",), say="a kill switch in the configuration"))),
                )
            ),
            partial=Has(("traffic_split", "feature_flag")),
            applies=Has(("model_call",)),
            otherwise="No model is called.",
            next=("Split traffic in front of {{ seam('provider_resolution').best }}.",),
            evidence=("traffic_split", "feature_flag"),
            slice="A weighted split",
            line=40,
        ),
        Requirement(
            id="episode",
            title="Episode identity",
            weight=2,
            asks="a session or run id is in scope at every model call.",
            claim="{{ plural(count('run_identity'), 'place') }} where a session id is in scope:"
            " {{ seam('run_identity').names(2) }}.",
            ready=Beside(
                ("model_call",), ("run_identity",), "function", "a session id in the function of every model call"
            ),
            partial=Has(("run_identity",)),
            applies=Has(("model_call",)),
            otherwise="No model is called.",
            next=("Pass the id of {{ seam('run_identity').best }} into the other calls.",),
            evidence=("run_identity",),
            slice="Carry the session id into every call",
            line=60,
        ),
        Requirement(
            id="fallback",
            title="Retry and fallback parity",
            weight=2,
            asks="retry and fallback are one policy, declared in data.",
            claim="{{ plural(count('fallback_chain'), 'fallback chain') }} in"
            " {{ plural(files('fallback_chain'), 'file') }}, {{ plural(count('retry_policy'), 'retry policy') }}.",
            ready=Every(
                (
                    Has(("fallback_chain",)),
                    Spread(
                        "files", ("fallback_chain", "retry_policy"), at_most=1, say="one policy for retry and fallback"
                    ),
                )
            ),
            partial=Has(("fallback_chain", "retry_policy")),
            applies=None,
            otherwise="",
            next=("Declare what {{ seam('fallback_chain').best }} does in data.",),
            evidence=("fallback_chain", "retry_policy"),
            slice="One policy",
            line=80,
        ),
        Requirement(
            id="sessions",
            title="Session data",
            weight=2,
            asks="sessions are stored.",
            claim="Sessions are stored by {{ seam('session_store').best }}.",
            ready=Every((Has(("session_store",)), Negated(Has(("boolean-switch",))))),
            partial=Has(("session_store",)),
            applies=None,
            otherwise="",
            next=(),
            evidence=("session_store",),
            slice="",
            line=100,
        ),
        Requirement(
            id="usage",
            title="Usage and cost",
            weight=1,
            asks="tokens, cost and latency are recorded for each call.",
            claim="{{ plural(count('usage_accounting'), 'place') }} where usage is recorded.",
            ready=AtLeast(1, (Has(("usage_accounting",), say="tokens of each call"), Has(("usage-recorded",)))),
            partial=Has(("usage_accounting",)),
            applies=Has(("model_call",)),
            otherwise="No model is called.",
            next=("Record usage where {{ seam('sdk-model-call').best }} returns.",),
            evidence=("usage_accounting",),
            slice="Record usage",
            line=120,
        ),
        Requirement(
            id="tools",
            title="Tool schemas",
            weight=1,
            asks="every tool declares a schema.",
            claim="{{ plural(count('tool_schema'), 'schema') }}.",
            ready=Has(("tool_schema",)),
            partial=Has(("tool_schema",)),
            applies=Has(("tool_schema",)),
            otherwise="No tool is offered to a model.",
            next=(),
            evidence=("tool_schema",),
            slice="",
            line=140,
        ),
    ),
    recommendations=(
        Recommendation("Gateway first", "All is in place.", StatusIs("scope", ("ready",))),
        Recommendation(
            "Shadow first",
            "routing is spread over {{ plural(seam('model_call').surfaces, 'surface') }}, and"
            " {{ requirements('gap') }} has nothing to build on. Start at {{ seam('provider_resolution').best }}.",
            StatusIs("canary", ("partial", "gap")),
        ),
        Recommendation("Start", "with the slices below."),
    ),
    path="packs/gateway.yaml",
    digest="ab" * 32,
)

REPOSITORY = Repository(
    name="made-up-agent",
    commit="0123456789abcdef0123456789abcdef01234567",
    remote="https://forge.example/owner/made-up-agent",
    permalink="https://forge.example/owner/made-up-agent/blob/0123456789abcdef0123456789abcdef01234567/"
    "{path}#L{line}-L{end_line}",
    changed=("config.yaml",),
    digest="cd" * 32,
)


def rich_packet(
    seams: Sequence[Seam] = SEAMS, pack: Pack = PACK, repository: Repository = REPOSITORY, **given: object
) -> Packet:
    """The packet of the made-up agent, with something in every part of it."""
    titles = TITLES | {"never-there": "Never there"}
    packet = assemble(
        pack,
        judge(pack, seams, titles),
        seams,
        repository,
        Inventory(
            models=(InventoryItem("big-model", (Place("config.yaml", 10), Place("agent/loop.py", 30))),),
            providers=(InventoryItem("acme", tuple(Place("cli/provider.py", line) for line in range(70, 75))),),
            sdks=(
                InventoryItem(
                    "acme.client",
                    (Place("agent/loop.py", 9), Place("agent/loop.py", 425)),
                    (
                        Version("acme-client", ">=1.2|~=2", False, "pyproject.toml", 11),
                        Version("acme-client", ">=1.2|~=2", False, "web/pyproject.toml", 4),
                        Version("acme-client", "2.0.1", True, "uv.lock", 40),
                    ),
                ),
                InventoryItem(
                    "other",
                    (Place("pyproject.toml", 12),),
                    (Version("other", "", False, "pyproject.toml", 12),),
                    declared_only=True,
                ),
            ),
            env_vars=(InventoryItem("ACME_API_KEY", (Place("cli/provider.py", 70),)),),
        ),
        Coverage((("Python", 9), ("YAML", 2)), 11, 84_210, (("tests", 4),), ((".png", 3), (".css", 1)), 0),
        (
            BlindSpot("parse errors", "agent/old.py", 7, "2 of 310 lines"),
            BlindSpot("no grammar", "", 0, "`.lua` files", 3),
        ),
        Completeness("complete"),
        SurfaceMatrix(
            ("model_call", "fallback_chain", "feature_flag"),
            (SurfaceRow("core", (2, 2, 0)), SurfaceRow("auxiliary", (2, 0, 0))),
        ),
        None,
        titles,
        ("scanner packet --rules gateway --repo . --format markdown",),
        "ef" * 32,
    )
    return msgspec.structs.replace(packet, **given)
