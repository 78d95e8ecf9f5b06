"""The command line: the same use cases as the app, for scripts and terminals.

Exit status: 0 done, 1 something could not be done (said on standard error; the rest was done),
2 the command was not understood.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Callable, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from .errors import AnnotatorError
from .settings import Settings

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .domain import Finding
    from .workflows.progress import Progress
    from .workflows.workspace import Workspace

Handler = Callable[[argparse.Namespace], int]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line.

    Parameters
    ----------
    arguments : sequence of str, optional
        In place of ``sys.argv[1:]``.

    Returns
    -------
    int
        The exit status.
    """
    options = build_parser().parse_args(arguments)
    handler: Handler = options.handler
    try:
        return int(handler(options))
    except AnnotatorError as error:
        return _fail(str(error))
    except KeyboardInterrupt:
        print("Stopped.", file=sys.stderr)
        return 130
    except BrokenPipeError:
        # The reader of our output went away (`annotator ... | head`): nobody is left to tell.
        sys.stdout = None
        return 141


def build_parser() -> argparse.ArgumentParser:
    """Return the parser of every command, for `main` and for the documentation's tests."""
    parser = argparse.ArgumentParser(
        prog="annotator", description="Annotate images with explained suggestions."
    )
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    _add_app_commands(commands)
    _add_project_commands(commands)
    _add_explain_command(commands)
    _add_model_commands(commands)
    _add_database_commands(commands)
    return parser


def _command(commands: Any, name: str, handler: Handler, text: str) -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = commands.add_parser(name, help=text, description=text)
    parser.set_defaults(handler=handler)
    return parser


def _group(commands: Any, name: str, text: str) -> Any:
    group = commands.add_parser(name, help=text, description=text)
    return group.add_subparsers(title="commands", metavar="COMMAND", required=True)


def _add_app_commands(commands: Any) -> None:
    app = _command(commands, "app", _app, "serve the app, with a demo where there is no project")
    app.add_argument("--address", default="127.0.0.1", help="default: %(default)s")
    app.add_argument("--port", type=int, default=8501, help="default: %(default)s")
    app.add_argument("--no-demo", action="store_true", help="never make the demo project")
    _command(commands, "demo", _demo, "make the demo project")
    _command(commands, "doctor", _doctor, "say what this installation is and what ails it")


def _add_project_commands(commands: Any) -> None:
    projects = _group(commands, "project", "create and list projects")
    create = _command(projects, "create", _project_create, "create a project")
    create.add_argument("name")
    create.add_argument("--model", metavar="CARD", help="model card whose labels and suggestions")
    create.add_argument(
        "--label", action="append", default=[], metavar="CODE", help="label of a project of one's "
        "own, may be repeated; with --model, which of its labels",
    )  # fmt: skip
    create.add_argument("--against", metavar="RIVAL", help="contrast: dual, none or a label code")
    create.add_argument("--geometry", choices=("box", "polygon"), default="box")
    listed = _command(projects, "list", _project_list, "list the projects")
    listed.add_argument("--json", action="store_true")

    importing = _command(commands, "import", _import, "take image files or folders into a project")
    importing.add_argument("project")
    importing.add_argument("paths", nargs="+", type=Path, metavar="PATH")

    suggest = _command(commands, "suggest", _suggest, "compute a project's suggestions")
    suggest.add_argument("project")
    suggest.add_argument("--again", action="store_true", help="also where there are some already")

    export = _command(commands, "export", _export, "write a project as a data set")
    export.add_argument("project")
    export.add_argument("--format", default="coco", metavar="NAME", help="coco")
    export.add_argument("--output", type=Path, required=True, metavar="DIR")
    export.add_argument("--no-images", action="store_true", help="leave the pictures out")


def _add_explain_command(commands: Any) -> None:
    text = "write the maps of a classifier's decisions on image files"
    explain = _command(commands, "explain", _explain, text)
    explain.add_argument("images", nargs="+", type=Path, metavar="IMAGE")
    explain.add_argument("--model", required=True, metavar="CARD")
    explain.add_argument("--label", action="append", default=[], metavar="CODE")
    explain.add_argument("--against", metavar="dual|none|CODE")
    explain.add_argument("--output", type=Path, required=True, metavar="DIR")


def _add_model_commands(commands: Any) -> None:
    models = _group(commands, "models", "list, check and evaluate classifiers")
    listed = _command(models, "list", _models_list, "list the model cards that ship")
    listed.add_argument("--json", action="store_true")
    check = _command(models, "check", _models_check, "say everything that is wrong with a card")
    check.add_argument("card", metavar="CARD")
    evaluate = _command(
        models, "evaluate", _models_evaluate, "measure a classifier and its maps on labelled images"
    )
    evaluate.add_argument("card", metavar="CARD")
    evaluate.add_argument("--data", type=Path, required=True, metavar="DIR")
    evaluate.add_argument("--split", metavar="NAME")
    evaluate.add_argument("--against", metavar="dual|none|CODE")
    evaluate.add_argument("--json", action="store_true")


def _add_database_commands(commands: Any) -> None:
    database = _group(commands, "db", "look after the database")
    _command(database, "upgrade", _db_upgrade, "bring the database to this version's schema")
    _command(
        database, "check", _db_check, "look the whole database over and say what is wrong with it"
    )


def _app(options: argparse.Namespace) -> int:
    from .workflows.demo import make_demo_if_empty
    from .workflows.workspace import Workspace

    settings = Settings.from_environment()
    with Workspace.open(settings, upgrade=True) as workspace:
        print(f"Data: {settings.home}")
        if not options.no_demo:
            with _progress_bar("Demo") as progress:
                make_demo_if_empty(workspace, progress)
    _serve(options.address, options.port)


def _serve(address: str, port: int) -> NoReturn:
    """Become the server; what it needs to know travels as Streamlit's own options."""
    folder = Path(__file__).parent / "ui"
    settings = {
        "server.address": address,
        "server.port": port,
        "server.headless": "true",
        "server.fileWatcherType": "none",
        "server.maxUploadSize": 2000,
        "browser.gatherUsageStats": "false",
        "client.toolbarMode": "minimal",
        "client.showErrorDetails": "none",
        "theme.base": str(folder / "theme.toml"),
    }
    options = [f"--{name}={value}" for name, value in settings.items()]
    sys.stdout.flush()
    command = [sys.executable, "-m", "streamlit", "run", str(folder / "server.py"), *options]
    # In place of this process, so that whoever stops it stops the server.
    os.execv(sys.executable, command)  # noqa: S606 - this interpreter, and options made above


def _demo(options: argparse.Namespace) -> int:
    del options
    from .workflows.demo import make_demo

    with _workspace() as workspace, _progress_bar("Demo") as progress:
        for project in make_demo(workspace, progress):
            print(f"{project.name}: {project.counts.images} images.")
    return 0


def _doctor(options: argparse.Namespace) -> int:
    del options
    from .workflows.doctor import examine

    return _print_findings(examine(Settings.from_environment()))


def _project_create(options: argparse.Namespace) -> int:
    from .workflows.projects import create_project

    with _workspace() as workspace:
        project = create_project(
            workspace,
            options.name,
            model=options.model,
            labels=options.label,
            against=options.against,
            geometry=options.geometry,
        )
    print(f"Project {project.name!r} is there; its labels: {', '.join(project.label_set.codes)}.")
    return 0


def _project_list(options: argparse.Namespace) -> int:
    from .workflows.projects import list_projects, project_summary

    with _workspace() as workspace:
        projects = list_projects(workspace)
    if options.json:
        _print_json([project_summary(project) for project in projects])
    elif not projects:
        print('No project yet; create one: annotator project create "My project" --model CARD')
    for project in () if options.json else projects:
        counts = project.counts
        print(
            f"{project.name}\t{project.model_name or 'no model'}\t{counts.images} images, "
            f"{counts.with_suggestions} with suggestions, {counts.decided} decided"
        )
    return 0


def _import(options: argparse.Namespace) -> int:
    from .workflows.importing import import_paths

    with _workspace() as workspace, _progress_bar("Import") as progress:
        report = import_paths(workspace, options.project, options.paths, progress)
    for line in report.lines():
        print(line, file=sys.stderr)
    print(report.summary())
    return 1 if report.refused else 0


def _suggest(options: argparse.Namespace) -> int:
    from .workflows.suggesting import suggest_project

    with _workspace() as workspace, _progress_bar("Suggest") as progress:
        report = suggest_project(workspace, options.project, again=options.again, progress=progress)
    for line in report.failures:
        print(line, file=sys.stderr)
    print(report.summary())
    return 1 if report.failures else 0


def _export(options: argparse.Namespace) -> int:
    from .workflows.exporting import export_project

    with _workspace() as workspace, _progress_bar("Export") as progress:
        report = export_project(
            workspace,
            options.project,
            options.output,
            format_name=options.format,
            with_images=not options.no_images,
            progress=progress,
        )
    print(report.summary())
    return 0


def _explain(options: argparse.Namespace) -> int:
    from .workflows.explaining import explain_files
    from .workflows.networks import load_suggester

    suggester = load_suggester(options.model, Settings.from_environment())
    failed = 0
    for outcome in explain_files(
        suggester, options.images, options.output, options.label, options.against
    ):
        failed += outcome.error is not None
        if outcome.error is not None:
            print(f"annotator: {outcome.error}", file=sys.stderr)
        for notice in outcome.notices:
            print(f"{outcome.path.name}: {notice}", file=sys.stderr)
        for path in outcome.written:
            print(path)
    return 1 if failed else 0


def _models_list(options: argparse.Namespace) -> int:
    from .workflows.networks import list_cards

    cards = list_cards()
    if options.json:
        _print_json(cards)
        return 0
    for card in cards:
        print(f"{card['name']} {card['version']}\t{card['title']}\t{', '.join(card['labels'])}")
    return 0


def _models_check(options: argparse.Namespace) -> int:
    from .workflows.networks import check_card

    return _print_findings(check_card(options.card))


def _models_evaluate(options: argparse.Namespace) -> int:
    from .workflows.evaluating import evaluate
    from .workflows.networks import load_suggester

    suggester = load_suggester(options.card, Settings.from_environment())
    with _progress_bar("Evaluate") as progress:
        result = evaluate(suggester, options.data, options.split, options.against, progress)
    status = 1 if result.failures else 0
    if options.json:
        _print_json(result.to_json())
        return status
    for line in (*result.notices, *result.failures):
        print(line, file=sys.stderr)
    model = result.model
    print(f"{model['name']} {model['version']} on {result.data['folder']}, {result.against}")
    for line in result.lines():
        print(line)
    return status


def _db_upgrade(options: argparse.Namespace) -> int:
    del options
    from .workflows.workspace import Workspace

    with Workspace.open(Settings.from_environment(), upgrade=True) as workspace:
        print(f"The database is at revision {workspace.record.revision()}.")
    return 0


def _db_check(options: argparse.Namespace) -> int:
    del options
    with _workspace() as workspace:
        problems = workspace.record.problems()
        for problem in problems:
            print(f"FAIL  {problem}")
        if not problems:
            print(f"ok    the database is whole, at revision {workspace.record.revision()}")
    return 1 if problems else 0


def _workspace() -> Workspace:
    from .workflows.workspace import Workspace

    return Workspace.open(Settings.from_environment())


@contextmanager
def _progress_bar(title: str) -> Iterator[Progress]:
    from tqdm import tqdm

    with tqdm(desc=title, unit="image", disable=None, file=sys.stderr, leave=False) as bar:

        def show(done: int, total: int) -> None:
            bar.total = total
            bar.update(done - bar.n)

        yield show


def _print_json(value: Any) -> None:
    print(json.dumps(value, indent=2, ensure_ascii=False))


def _print_findings(findings: Sequence[Finding]) -> int:
    for finding in findings:
        print(f"{'ok  ' if finding.ok else 'FAIL'}  {finding.subject}: {finding.text}")
    return 0 if all(finding.ok for finding in findings) else 1


def _fail(message: str) -> int:
    print(f"annotator: {message}", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
