"""Which code runs only on one outcome of a call: each case names the calls that are decided about, and no others.

In every source `gate` (or a name that ends so) is the call that decides; `run` and `other` are what may be decided.
"""

from __future__ import annotations

import re

import pytest
from conftest import facts_of
from hypothesis import given
from hypothesis import strategies as st

from scanner.decisions import decisions, statements
from scanner.facts import FileFacts

SUFFIX = {"python": "py", "typescript": "ts", "rust": "rs", "go": "go"}


def facts(language: str, source: str) -> FileFacts:
    return facts_of(f"a.{SUFFIX[language]}", source)


def decided(found: FileFacts, gate: str = "gate") -> list[str]:
    """Last words of calls that stand in code that a call of `gate` decides about, in order."""
    gates = {call.start for call in found.calls if re.split(r"\W+", call.target)[-1] == gate}
    spans = [span for item in decisions(found) if gates.intersection(item.calls) for span in item.spans]
    inside = [call for call in found.calls if any(start <= call.start < end for start, end in spans)]
    return [name for call in inside if (name := re.split(r"\W+", call.target)[-1]) in ("run", "other", "deny")]


PYTHON = {
    "returns early": ("if not gate(x):\n    return None\nrun(x)", ["run"]),
    "raises": ("if not await self.gate(x):\n    raise Denied(x)\nawait run(x)", ["run"]),
    "positive guard": ("if gate(x):\n    run(x)\nother()", ["run"]),
    "else arm": ("if not gate(x):\n    deny()\nelse:\n    run(x)\nother()", ["deny", "run"]),
    "elif arm": ("if gate(x) == 1:\n    deny()\nelif x:\n    run(x)\nelse:\n    other()", ["deny", "run", "other"]),
    "comment before else": ("if gate(x):\n    deny()\n# no?\nelse:\n    run(x)", ["deny", "run"]),
    "named result": ("ok = gate(x)\nif not ok:\n    return\nrun(x)", ["run"]),
    "field of the result": ("result = await gate(x)\nif result.approved:\n    run(x)", ["run"]),
    "key of the result": ('result = gate(x)\nif not result["approved"]:\n    return\nrun(x)', ["run"]),
    "key that is asked for": ('result = gate(x)\nif not result.get("approved"):\n    return\nrun(x)', ["run"]),
    "attribute": ("self.ok = gate(x)\nif self.ok:\n    run(x)", ["run"]),
    "through names": ("r = gate(x)\nok = r.ok and not x\nif ok:\n    run(x)", ["run"]),
    "unpacked": ("ok, reason = gate(x)\nif not ok:\n    return reason\nrun(x)", ["run"]),
    "unpacked over lines": ("(ok, reason) = await gate(\n    x,\n)\nif not ok:\n    return reason\nrun(x)", ["run"]),
    "walrus": ("if (ok := gate(x)) is None:\n    return\nrun(x)", ["run"]),
    "walrus, asked later": ("if (d := gate(x)).ready:\n    pass\nif d.ok:\n    run(x)", ["run"]),
    "match": ("match gate(x):\n    case 1:\n        run(x)\n    case _:\n        deny()\nother()", ["run", "deny"]),
    "match that leaves": ("d = gate(x)\nmatch d:\n    case 1:\n        return\nrun(x)", ["run"]),
    "for each": ("for d in gate(xs):\n    if d.ok:\n        run(d)\nother()", ["run"]),
    "in a loop": ("for x in xs:\n    if not gate(x):\n        continue\n    run(x)\nother()", ["run"]),
    "in a loop that ends": ("for x in xs:\n    if not gate(x):\n        break\n    run(x)\nother()", ["run"]),
    "while": ("while gate(x):\n    run(x)\nother()", ["run"]),
    "conditional gate": ('if mode != "auto":\n    if not gate(x):\n        return\n    run(x)\nother()', ["run"]),
    "nested": ("if a:\n    if b:\n        if gate(x):\n            run(x)\n        other()", ["run"]),
    "and": ("return gate(x) and run(x)", ["run"]),
    "or": ("gate(x) or deny()\nrun(x)", ["deny"]),
    "and in a condition": ("if gate(x) and run(x):\n    pass", ["run"]),
    "conditional expression": ("y = run(x) if gate(x) else deny()\nother()", ["run", "deny"]),
    "conditional expression over lines": (
        "y = (\n    run(x)\n    if gate(x)\n    else deny()\n)\nother()",
        ["run", "deny"],
    ),
    "comprehension": ("ys = [run(x) for x in other(xs) if gate(x)]", ["run"]),
    "in a with": ("with lock:\n    if not gate(x):\n        return\nrun(x)", ["run"]),
    "in a try that leaves": (
        "try:\n    if not gate(x):\n        return\nexcept E:\n    deny()\n    raise\nrun(x)",
        ["run"],
    ),
    "in a try that swallows": (
        "try:\n    if not gate(x):\n        return\n    run(x)\nexcept E:\n    deny()\nother()",
        ["run"],
    ),
    "the handler's own": (
        "try:\n    a()\nexcept E:\n    if not gate(x):\n        return\n    run(x)\nother()",
        ["run"],
    ),
    "leaves the program": ("if not gate(x):\n    sys.exit(1)\nrun(x)", ["run"]),
    "exit in a nested arm": ("if not gate(x):\n    if x:\n        return\nrun(x)", []),
    "given another value": ("ok = gate(x)\nok = other()\nif ok:\n    run(x)", []),
    "given another value in an arm": ("ok = gate(x)\nif x:\n    ok = 1\nif ok:\n    run(x)", ["run"]),
    "value of an arm": ("ok = None\nif x:\n    ok = gate(x)\nif ok:\n    run(x)", ["run"]),
    "unused": ("gate(x)\nif x:\n    run(x)", []),
    "after it": ("if x:\n    run(x)\nok = gate(x)", []),
    "in a string": ('if x == "gate(x)":\n    run(x)', []),
    "in a comment": ("if x:  # gate(x)\n    run(x)", []),
    "returned": ("return gate(x)", []),
    "another name's field": ("ok = gate(x)\nif x.ok:\n    run(x)", []),
    "else of a try": ("if gate(x):\n    pass\ntry:\n    a()\nexcept E:\n    pass\nelse:\n    run(x)", []),
}


@pytest.mark.parametrize(("body", "expected"), PYTHON.values(), ids=PYTHON)
def test_python(body: str, expected: list[str]) -> None:
    indented = "\n".join(f"        {line}" for line in body.splitlines())

    assert (
        decided(facts_of("a.py", f"class A:\n    async def f(self, x):\n{indented}\n\n    def g():\n        run()\n"))
        == expected
    )


TYPESCRIPT = {
    "returns early": ("if (!(await ask.gate(x))) return;\nrun(x);", ["run"]),
    "returns in braces": ("if (!(await gate(x))) {\n  return { ok: false };\n}\nreturn run(x);", ["run"]),
    "throws": ("const ok = await gate(x);\nif (!ok) { throw new Error('no'); }\nrun(x);", ["run"]),
    "without semicolons": ("const ok = await gate(x)\nif (!ok) {\n  return\n}\nrun(x)", ["run"]),
    "else arms": ("if (gate(x)) { run(x) } else if (x) { other() } else { deny() }\nrun()", ["run", "other", "deny"]),
    "else without braces": ("if (gate(x)) run(x);\nelse deny();\nother();", ["run", "deny"]),
    "field": ("const r = await gate(x);\nif (r?.approved) { run(x); }\nother();", ["run"]),
    "destructured": ("const { approved, reason } = await gate(x);\nif (!approved) return reason;\nrun(x);", ["run"]),
    "renamed": ("const { approved: ok } = await gate(x);\nif (ok) run(x);", ["run"]),
    "array": ("const [ok, why] = gate(x);\nif (!ok) { return why; }\nrun(x);", ["run"]),
    "switch": (
        "const d = await gate(x);\nswitch (d.kind) {\n case 'a': run(x); break;\n default: deny(); }\nother();",
        ["run", "deny"],
    ),
    "switch that leaves": (
        "switch (await gate(x)) {\n case 'no':\n  return;\n case 'yes':\n  run(x);\n  break;\n}\nother();",
        ["run", "other"],
    ),
    "break of a switch": ("switch (gate(x)) {\n case 'no':\n  break;\n}\nrun(x);", []),
    "and": ("approved(x);\ngate(x) && run(x);\nother();", ["run"]),
    "or": ("const y = gate(x) || deny();\nrun(x)", ["deny"]),
    "ternary": ("const y = (await gate(x)) ? await run(x) : deny();\nother();", ["run", "deny"]),
    "ternary over lines": ("const r = await gate(x)\nreturn r.ok\n  ? run(x)\n  : deny(x)", ["run", "deny"]),
    "ternary, one side": ("return gate(x) ? null : run(x);", ["run"]),
    "optional chain is no choice": ("const r = gate(x)?.run(x);", []),
    "for of": ("for (const d of await gate(xs)) { if (!d.ok) continue; run(d); }\nother();", ["run"]),
    "loop": ("while (!done) {\n if (!(await gate(x))) break;\n run(x);\n}\nother();", ["run"]),
    "conditional gate": ("if (mode !== 'auto') {\n if (!(await gate(x))) { return; }\n}\nrun(x);", []),
    "callback": ("xs.forEach((x) => {\n if (!gate(x)) { return; }\n run(x);\n});\nother();", ["run"]),
    "gate in a callback of a value": ("const y = list.map((z) => { return gate(z); });\nif (y) { run(x); }", []),
    "try that leaves": ("try {\n if (!(await gate(x))) { return; }\n} catch (e) {\n throw e;\n}\nrun(x);", ["run"]),
    "try that swallows": ("try {\n if (!(await gate(x))) { return; }\n} catch (e) {\n deny();\n}\nrun(x);", []),
    "try with finally": (
        "try {\n if (!(await gate(x))) { return; }\n other();\n} finally {\n a();\n}\nrun(x);",
        ["other", "run"],
    ),
    "brace in a regular expression": ("const a = /[{]/;\nif (!gate(x)) { return; }\nrun(x);", ["run"]),
    "brace in a string": ("const a = '{';\nif (!gate(x)) { return `}`; }\nrun(x);", ["run"]),
}


@pytest.mark.parametrize(("body", "expected"), TYPESCRIPT.values(), ids=TYPESCRIPT)
def test_typescript(body: str, expected: list[str]) -> None:
    source = f"export class A {{\n  async f(x: string) {{\n{body}\n  }}\n  g() {{ run(); }}\n}}\n"

    assert decided(facts_of("a.ts", source)) == expected


RUST = {
    "returns early": ("if !self.gate(x).await { return Ok(()); }\nrun(x);", ["run"]),
    "bails": ('let ok = gate(x)?;\nif !ok { bail!("no"); }\nother();', ["other"]),
    "error is passed on": ("self.guard.gate(x)?;\nrun(x);", ["run"]),
    "error is passed on, waited for": ("self.guard.gate(x).await?;\nrun(x);", ["run"]),
    "error is passed on, changed": ("gate(x).map_err(|e| E::No(e))?;\nrun(x);", ["run"]),
    "match": ("match gate(x) {\n D::Allow => run(x),\n D::Deny => { deny(); }\n}\nother();", ["run", "deny"]),
    "match that leaves": (
        "match self.gate(x).await {\n D::Deny => return Err(no()),\n D::Allow => {}\n}\nrun(x);",
        ["run"],
    ),
    "match on a name": (
        "let d = gate(x);\nmatch d {\n D::Deny { why } => return why,\n _ => run(x),\n}\nother();",
        ["run", "other"],
    ),
    "value of a match": ("let d = match gate(x) { Ok(d) => d, Err(e) => return Err(e) };\nrun(x);", ["run"]),
    "name of an arm": (
        "match other() {\n Ok(v) => {}\n}\nmatch gate(x) {\n Ok(d) => { if d.ok { run(x); } }\n Err(_) => {}\n}",
        ["run"],
    ),
    "if let": ("if let Some(d) = gate(x) { run(d); } else { deny(); }\nother();", ["run", "deny"]),
    "if let an error": ("if let Err(e) = gate(x) { return Err(e); }\nrun(x);", ["run"]),
    "let else": ("let Some(d) = gate(x) else { return None; };\nrun(x);", ["run"]),
    "let Ok else": ("let Ok(d) = gate(x) else { return None; };\nrun(x);", ["run"]),
    "destructured": ("let Decision { ok, .. } = gate(x);\nif ok { run(x); }", ["run"]),
    "tuple": ("let (ok, why) = gate(x);\nif !ok { return why; }\nrun(x);", ["run"]),
    "value of an if": ("let ok = if auto { true } else { gate(x) };\nif ok { run(x); }", ["run"]),
    "and": ("let y = gate(x) && run(x);", ["run"]),
    "and in a condition": ("if gate(x) && x { run(x); }\nother();", ["run"]),
    "loop": ("for x in xs {\n if !gate(x) { continue; }\n run(x);\n}\nother();", ["run"]),
    "break of a match in a loop": (
        "loop {\n match gate(x) { D::No => break, _ => {} }\n run(x);\n}\nother();",
        ["run"],
    ),
    "ensure": ('ensure!(gate(x), "no");\nother();', ["other"]),
    "conditional gate": ("if !auto {\n gate(x)?;\n other();\n}\nrun(x);", ["other"]),
    "character": ("let a = '{';\nif !gate(x) { return; }\nrun(x);", ["run"]),
    "task": ("spawn(async move {\n if !gate(x) { return; }\n run(x);\n});\nother();", ["run"]),
}


@pytest.mark.parametrize(("body", "expected"), RUST.values(), ids=RUST)
def test_rust(body: str, expected: list[str]) -> None:
    source = f"impl A {{\n  async fn f(&self, x: &str) -> Result<()> {{\n{body}\n  }}\n  fn g() {{ run(); }}\n}}\n"

    assert decided(facts_of("a.rs", source)) == expected


GO = {
    "error in the condition": ("if err := g.gate(x); err != nil {\n return err\n}\nrun(x)", ["run"]),
    "error of the line before": ("err := gate(x)\nif err != nil {\n return err\n}\nrun(x)", ["run"]),
    "error that is only said": ("if err := gate(x); err != nil {\n deny()\n}\nrun(x)", ["deny"]),
    "ok and error": ("ok, err := gate(x)\nif err != nil {\n return err\n}\nif !ok {\n return nil\n}\nrun(x)", ["run"]),
    "ok in the condition": ("if ok := gate(x); !ok {\n return nil\n} else {\n run(x)\n}\nother()", ["run", "other"]),
    "else arms": ("if gate(x) {\n run(x)\n} else if x {\n other()\n} else {\n deny()\n}", ["run", "other", "deny"]),
    "field": ("d := gate(x)\nif d.Allowed {\n run(x)\n}\nother()", ["run"]),
    "switch": ("switch d := gate(x); d {\ncase Deny:\n return nil\ncase Allow:\n run(x)\n}\nother()", ["run", "other"]),
    "switch without a subject": ("d := gate(x)\nswitch {\ncase d.Deny:\n return nil\n}\nrun(x)", ["run"]),
    "and": ("y := gate(x) && run(x)", ["run"]),
    "loop": ("for _, x := range xs {\n if !gate(x) {\n  continue\n }\n run(x)\n}\nother()", ["run"]),
    "range over decisions": ("for _, d := range gate(xs) {\n if !d.OK {\n  break\n }\n run(d)\n}\nother()", ["run"]),
    "function literal": ("go func() {\n if !gate(x) {\n  return\n }\n run(x)\n}()\nother()", ["run"]),
    "conditional gate": ("if !auto {\n if err := gate(x); err != nil {\n  return err\n }\n}\nrun(x)", []),
    "a later error": (
        "err := gate(x)\nif err != nil {\n return err\n}\nerr = other()\nif err != nil {\n deny()\n}",
        ["other", "deny"],
    ),
    "another error": ("_ = gate(x)\nerr := other()\nif err != nil {\n return err\n}\nrun(x)", []),
    "panics": ('if !gate(x) {\n panic("no")\n}\nrun(x)', ["run"]),
}


@pytest.mark.parametrize(("body", "expected"), GO.values(), ids=GO)
def test_go(body: str, expected: list[str]) -> None:
    source = f"package a\n\nfunc (a *A) f(x string) error {{\n{body}\nreturn nil\n}}\n\nfunc g() {{ run() }}\n"

    assert decided(facts_of("a.go", source)) == expected


def test_each_arm_that_calls_and_what_follows_an_arm_that_leaves_are_decisions_of_their_own() -> None:
    found = facts("python", "def f(x):\n    if gate(x):\n        run(x)\n    else:\n        return\n    other()\n")
    gate = found.calls[0].start

    assert [
        (item.calls, item.line, [found.text(*span).strip() for span in item.spans]) for item in decisions(found)
    ] == [
        ((gate,), 2, ["run(x)"]),
        ((gate,), 4, ["other()"]),
        ((gate,), 4, []),
    ]


def test_a_decision_says_where_an_arm_ends_that_leaves_though_the_block_around_it_ends_there_too() -> None:
    found = facts("python", "def f(x):\n    if not force:\n        if not gate(x):\n            return\n    run(x)\n")

    assert [found.text(item.left, item.left + 12).strip() for item in decisions(found) if item.left >= 0] == ["run(x)"]


def test_code_after_a_try_is_reached_past_its_handlers() -> None:
    found = facts(
        "python",
        """
        def f(x):
            try:
                if not gate(x):
                    return
                run(x)
            except A:
                deny()
                raise
            except B:
                return
            other()
        """,
    )

    assert [found.text(*span).strip() for span in decisions(found)[0].spans] == ["run(x)", "other()"]


def test_a_condition_knows_the_calls_of_its_own_function_alone() -> None:
    found = facts(
        "python", "def f(x):\n    ok = gate(x)\n    def g():\n        if ok:\n            run(x)\n    return g\n"
    )

    assert decisions(found) == ()


def test_calls_of_one_chain_share_a_start() -> None:
    found = facts("rust", "fn f() -> Result<()> {\n    gate(x).context(c)?;\n    run(x);\n    Ok(())\n}\n")

    assert [(item.calls, item.line) for item in decisions(found)] == [((found.calls[0].start,), 2)]


def test_a_condition_over_lines_is_told_by_its_line() -> None:
    found = facts("typescript", "function f(x) {\n  const ok = gate(x);\n  return ok\n    ? run(x)\n    : null;\n}\n")

    assert [item.line for item in decisions(found)] == [4]


@pytest.mark.parametrize(
    ("name", "source", "expected"),
    [
        ("a.py", "def f(x):\n    gate(x)\n    run(x)\n", ["gate"]),
        ("a.py", "async def f(x):\n    await self.gate(x)\n    return run(x)\n", ["self.gate"]),
        ("a.py", "def f(x):\n    y = gate(x)\n    z = [\n        gate(x),\n        gate(y)\n    ]\n    run(x)\n", []),
        ("a.py", "def f(x):\n    if gate(x):\n        run(x)\n", []),
        ("a.py", "def f(x):\n    gate(x).done()\n    run(x)\n", ["gate().done"]),
        ("a.py", "def f(x):\n    if x:\n        gate(x)\n    run(x)\n", ["gate"]),
        ("a.py", "def f(x):\n    if x:\n        gate(x)\n    return 1\n\ndef g():\n    run()\n", []),
        ("a.py", "def f(x):\n    return gate(x)\n", []),
        ("a.py", "gate(x)\nrun(x)\n", []),
        ("a.ts", "async function f(x) {\n  await gate(x);\n  run(x);\n}\n", ["gate"]),
        ("a.ts", "async function f(x) {\n  await gate(x)\n  run(x)\n}\n", ["gate"]),
        ("a.ts", "async function f(x) {\n  const y =\n    gate(x);\n  run(gate(y));\n}\n", []),
        ("a.ts", "async function f(x) {\n  gate(x)\n    .then(y);\n  run(x);\n}\n", ["gate().then"]),
        ("a.rs", "async fn f(x: X) {\n    gate(x).await;\n    run(x);\n}\n", ["gate"]),
        ("a.rs", "fn f(x: X) {\n    gate(x)?;\n    run(x);\n}\n", []),
        ("a.go", "package a\nfunc f(x X) {\n\tgate(x)\n\trun(x)\n}\n", ["gate"]),
    ],
)
def test_calls_that_are_statements_of_their_own(name: str, source: str, expected: list[str]) -> None:
    found = facts_of(name, source)
    last = {call.start: call for call in sorted(found.calls, key=lambda call: call.end)}

    assert [last[start].target for start, _, _ in statements(found)] == expected


def test_what_follows_a_statement_ends_with_its_block() -> None:
    source = "def f(x):\n    try:\n        gate(x)\n        run(x)\n    except E:\n        {}\n    other()\n"
    swallows, leaves = (facts("python", source.format(word)) for word in ("pass", "return"))

    assert [swallows.text(start, end)[-6:] for start, end, _ in statements(swallows)] == ["run(x)"]
    assert next(leaves.text(start, end)[-7:] for start, end, _ in statements(leaves)) == "other()"


def test_what_follows_the_block_of_a_statement_ends_where_its_error_is_caught_and_forgotten() -> None:
    source = "def f(x):\n    try:\n        if x:\n            gate(x)\n        run(x)\n    except E:\n        {}\n    other()\n"
    swallows, leaves = (facts("python", source.format(word)) for word in ("pass", "return"))

    assert [swallows.text(start, last)[-6:] for start, _, last in statements(swallows)] == ["run(x)"]
    assert next(leaves.text(start, last)[-7:] for start, _, last in statements(leaves)) == "other()"


@pytest.mark.parametrize("name", ["a.py", "a.ts", "a.rs", "a.go"])
def test_a_file_without_conditions_decides_nothing(name: str) -> None:
    assert decisions(facts_of(name, "")) == () == statements(facts_of(name, ""))


LINES = [
    "if gate(x) {",
    "} else {",
    "}",
    "x = gate(x)",
    "return",
    "(",
    ")",
    "run(x) ? a : b && c(",
    "match x {",
    "'{'",
    "try {",
]


@given(st.lists(st.sampled_from(LINES), max_size=30), st.sampled_from(["a.py", "a.ts", "a.rs", "a.go"]))
def test_extents_lie_in_the_file_whatever_it_holds(lines: list[str], name: str) -> None:
    found = facts_of(name, "\n".join(lines))
    starts = {call.start for call in found.calls}

    for item in decisions(found):
        assert starts.issuperset(item.calls)
        assert item.calls
        assert all(0 <= start < end <= len(found.source) for start, end in item.spans)
    assert all(start in starts and start < end <= last <= len(found.source) for start, end, last in statements(found))
