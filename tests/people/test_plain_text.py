"""Names and messages are no Markdown: one function escapes them, and nothing goes round it."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import annotator.ui
from annotator.ui.plain_text import plain_text
from annotator.ui.queue_choice import choice_from_text

UI = Path(annotator.ui.__file__).parent
MARKDOWN = {
    "badge", "button", "caption", "checkbox", "error", "expander", "form_submit_button",
    "file_uploader", "header", "info", "link_button", "markdown", "metric", "multiselect",
    "number_input", "page_link", "popover", "progress", "radio", "segmented_control", "selectbox",
    "slider", "spinner", "status", "subheader", "success", "table", "tabs", "text_area",
    "text_input", "title", "toast", "toggle", "warning", "write",
}  # fmt: skip
NUMBERS = {
    "assigned", "count", "decided", "done", "first", "images", "new", "number", "others", "shown",
    "signed", "total", "touched", "waiting",
}  # fmt: skip
"""Names of whole numbers."""


def test_what_people_typed_cannot_be_markdown():
    assert plain_text("**Ada** [x](y)") == r"\*\*Ada\*\* \[x\]\(y\)"
    assert plain_text("two\n\n# lines") == r"two \# lines"
    assert plain_text(":red[x] $y$ `z` <b>") == r"\:red\[x\] \$y\$ \`z\` \<b\>"
    assert plain_text("Zoë Łuk 3 李") == "Zoë Łuk 3 李"


@pytest.mark.parametrize(
    "link", ["https://evil.example", "www.evil.example", "WWW.evil.example", "a@evil.example"]
)
def test_a_name_is_no_link(link):
    assert "\u2060" in plain_text(link), "links are found in text that was parsed already"


def _drawn(call: ast.Call) -> Iterator[ast.expr]:
    """The arguments of a call that Streamlit reads as Markdown."""
    attributes = [node for node in ast.walk(call.func) if isinstance(node, ast.Attribute)]
    names = {node.attr for node in attributes} & MARKDOWN
    if not names or "_LOG" in ast.unparse(call.func):
        return
    place = 1 if "progress" in names else 0
    if not any(isinstance(argument, ast.Starred) for argument in call.args):
        yield from call.args[place : place + 1]
    yield from (word.value for word in call.keywords if word.arg in ("help", "label", "text"))
    yield from (word.value for word in call.keywords if word.arg == "format_func" and (
        names & {"radio", "segmented_control"}))  # fmt: skip


class _Scope:
    """What names were given, so that a sentence may be put together before it is drawn."""

    def __init__(self, module: ast.Module, function: ast.FunctionDef) -> None:
        self.module = _given(
            ast.Module([n for n in module.body if not isinstance(n, ast.FunctionDef)], [])
        )
        self.own = _given(function)

    def is_ours(self, node: ast.expr) -> bool:  # noqa: C901 - a line for each kind of expression
        """Whether an expression can hold nothing that anybody typed."""
        match node:
            case ast.Constant():
                return True
            case ast.Call(func=ast.Name(id="plain_text" | "len")):
                return True
            case ast.Call(func=ast.Name(id="counted"), args=[_, ast.Constant()]):
                return True
            case ast.Call(func=ast.Attribute(value=value, attr="capitalize" | "replace")):
                return self.is_ours(value)
            case ast.FormattedValue(format_spec=ast.JoinedStr() as form):
                return ast.unparse(form)[-2:-1] in "fd" or self.is_ours(node.value)
            case ast.Name(id=name) | ast.Attribute(attr=name) if name in NUMBERS:
                return True
            case ast.Attribute(attr="value"):  # of an enumeration
                return True
            case ast.Name(id=name):
                given = [*self.own.get(name, ()), *self.module.get(name, ())]
                return bool(given) and all(map(self.is_ours, given))
            case (
                ast.Subscript(value=ast.Name(id=name))
                | ast.Attribute(value=ast.Name(id=name), attr="__getitem__")
            ):
                given = self.module.get(name, ())
                return bool(given) and all(map(self.is_ours, given))
            case ast.Lambda(body=body):
                return self.is_ours(body)
            case ast.Call(func=ast.Attribute(value=ast.Constant(), attr="join")):
                return self.is_ours(node.args[0])
            case ast.GeneratorExp(elt=element) | ast.ListComp(elt=element):
                return self.is_ours(element)
        parts = {
            ast.JoinedStr: "values", ast.BinOp: "left right", ast.IfExp: "body orelse",
            ast.List: "elts", ast.Tuple: "elts", ast.Dict: "values", ast.FormattedValue: "value",
        }.get(type(node), "")  # fmt: skip
        inside = [getattr(node, part) for part in parts.split()]
        flat = [one for part in inside for one in (part if isinstance(part, list) else [part])]
        return bool(flat) and all(map(self.is_ours, flat))


def _given(tree: ast.AST) -> dict[str, list[ast.expr]]:
    given: dict[str, list[ast.expr]] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            given.setdefault(node.targets[0].id, []).append(node.value)
        elif isinstance(node, ast.AugAssign) and isinstance(node.target, ast.Name):
            given.setdefault(node.target.id, []).append(node.value)
    return given


def _unescaped(name: str, source: str) -> Iterator[str]:
    tree = ast.parse(source)
    for function in (n for n in ast.walk(tree) if isinstance(n, ast.FunctionDef)):
        scope = _Scope(tree, function)
        for call in (n for n in ast.walk(function) if isinstance(n, ast.Call)):
            for node in _drawn(call):
                if not scope.is_ours(node):
                    yield f"{name}:{node.lineno}: {ast.unparse(node)}"


def test_everything_that_streamlit_reads_as_markdown_is_ours_or_escaped():
    for path in sorted(UI.rglob("*.py")):
        name = path.relative_to(UI.parents[1]).as_posix()
        assert not list(_unescaped(name, path.read_text(encoding="utf-8")))


@pytest.mark.parametrize(
    "line",
    [
        "st.markdown(project.name)", "st.error(str(error))", "st.button(f'Ask {act.rater}')",
        "column.caption(label)", "st.checkbox('x', help=note.text)", "st.tabs([project.name])",
        "words = f'{name}'; st.info(words)", "bar.progress(0.5, file_name)",
        "(st.warning if bad else st.success)(report.summary())",
        "st.radio('x', reads, format_func=lambda read: read.rater)",
    ],
)  # fmt: skip
def test_a_new_place_that_escapes_nothing_is_found(line):
    assert list(_unescaped("page.py", f"def page():\n    {line}"))


@pytest.mark.parametrize(
    "address",
    [
        "", "[]", "{}", "null", '{"order": []}', '{"order": "random", "scores": [0.1]}',
        '{"order": "random", "scores": [NaN, 2]}', '{"order": "random", "scores": {"a": 1}}',
        '{"order": "random", "only": {}}', "[" * 20_000,
    ],
)  # fmt: skip
def test_an_address_that_names_no_queue_is_the_usual_order(address):
    choice = choice_from_text(address)
    assert choice.scores is None
