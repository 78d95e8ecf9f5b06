"""Commands on projects: create, list, manage, suggest."""

from __future__ import annotations

import argparse
import sys
from dataclasses import replace
from typing import Any

from ..domain import SUGGESTION_GEOMETRIES
from ..domain.plurals import counted
from .managing import add_managing
from .recalibrating import add_recalibrating
from .terminal import command, group, open_workspace, print_json, progress_bar, tell


def add_commands(commands: Any) -> None:
    """Add this module's commands to the command line's parser."""
    projects = group(commands, "project", "create, list and manage projects")
    create = command(projects, "create", _project_create, "create a project")
    create.add_argument("name")
    create.add_argument("--model", metavar="CARD", help="model card whose labels and suggestions")
    create.add_argument(
        "--vocabulary", metavar="NAME", help="without a model: labels of a vocabulary, "
        "such as facs (see: project vocabularies)",
    )  # fmt: skip
    create.add_argument(
        "--label", action="append", default=[], metavar="CODE", help="label of a project of one's "
        "own, may be repeated; with --model or --vocabulary, which of its labels",
    )  # fmt: skip
    create.add_argument(
        "--against", metavar="RIVAL", help="contrast: dual, none, rest or a label code"
    )
    create.add_argument(
        "--geometry", choices=SUGGESTION_GEOMETRIES, default="box", help="what suggestions are "
        "drawn as: boxes; outlines with few corners; or masks, pixel by pixel as the map is cut",
    )  # fmt: skip
    create.add_argument(
        "--decide-all",
        action="store_true",
        help="Done is refused while a suggestion is undecided",
    )
    create.add_argument(
        "--masks-apart",
        action="store_true",
        help="a pixel is in the mask of one label only: painting one takes it out of the others",
    )
    create.add_argument(
        "--shows",
        choices=("nobody", "persons"),
        help="whether its photographs and films show recognisable persons; a model card may state "
        "it. Until it is stated none of them leaves",
    )
    listed = command(projects, "list", _project_list, "list the projects")
    listed.add_argument("--json", action="store_true")
    listed.add_argument("--archived", action="store_true", help="the archived ones instead")
    add_managing(commands, projects)
    add_recalibrating(projects)

    vocabularies = command(projects, "vocabularies", _vocabularies, "list the vocabularies")
    vocabularies.add_argument("--json", action="store_true")

    sequences = command(
        commands, "sequences", _sequences, "list a project's series, volumes and clips"
    )
    sequences.add_argument("project")
    sequences.add_argument("--json", action="store_true", help="with their frames and places")

    suggest = command(commands, "suggest", _suggest, "compute a project's suggestions")
    suggest.add_argument("project")
    suggest.add_argument("--again", action="store_true", help="also where there are some already")
    suggest.add_argument(
        "--no-check",
        dest="check",
        action="store_false",
        help="neither fit outlines to edges nor test suggestions by erasing and mirroring: faster",
    )
    suggest.add_argument(
        "--engine", default="", help="what computes them: local, this machine; ray, its cores as "
        "workers of Ray; or ray:HOST:PORT, a Ray cluster. Otherwise as ANNOTATOR_ENGINE says",
    )  # fmt: skip


def _project_create(options: argparse.Namespace) -> int:
    from ..domain.rights import Shows
    from ..workflows.exporting import state_shows
    from ..workflows.projects import create_project
    from ..workflows.reading import set_protocol

    with open_workspace() as workspace:
        project = create_project(
            workspace,
            options.name,
            model=options.model,
            vocabulary=options.vocabulary,
            labels=options.label,
            against=options.against,
            geometry=options.geometry,
        )
        if options.shows:
            state_shows(workspace, options.name.strip(), Shows(options.shows))
        protocol = replace(
            project.protocol,
            decide_all=options.decide_all,
            masks_may_overlap=not options.masks_apart,
        )
        if protocol != project.protocol:
            who = workspace.person.name
            set_protocol(workspace, project.id, protocol, actor=who, reason="project created")
    print(f"Project {project.name!r} is there; its labels: {', '.join(project.label_set.codes)}.")
    return 0


def _project_list(options: argparse.Namespace) -> int:
    from ..workflows.projects import list_projects, project_summary

    with open_workspace() as workspace:
        projects = list_projects(workspace, archived=options.archived)
    if options.json:
        print_json([project_summary(project) for project in projects])
    elif not projects:
        print('No project yet; create one: annotator project create "My project" --model CARD')
    for project in () if options.json else projects:
        counts = project.counts
        print(
            f"{project.name}\t{project.model_name or 'no model'}\t"
            f"{counted(counts.images, 'images')}, {counts.with_suggestions} with "
            f"suggestions, {counts.decided} reviewed"
        )
    return 0


def _vocabularies(options: argparse.Namespace) -> int:
    from ..workflows.projects import list_vocabularies

    vocabularies = list_vocabularies()
    if options.json:
        print_json(vocabularies)
        return 0
    for entry in vocabularies:
        codes = [label["code"] for label in entry["labels"]]
        labels = f"{counted(len(codes), 'labels')}: {', '.join(codes)}"
        print(f"{entry['name']}\t{entry['title']}\t{labels}")
    return 0


def _sequences(options: argparse.Namespace) -> int:
    from ..workflows.sequences import list_sequences

    with open_workspace() as workspace:
        sequences = list_sequences(workspace, options.project)
    if options.json:
        print_json(sequences)
        return 0
    for sequence in sequences:
        places = [frame["place"] for frame in sequence["frames"]]
        extent = " to ".join(f"{place:g}" for place in dict.fromkeys((places[0], places[-1])))
        count = counted(len(places), "frames")
        print("\t".join((sequence["kind"], sequence["name"], count, sequence["axis"], extent)))
    return 0


def _suggest(options: argparse.Namespace) -> int:
    from ..workflows.jobs import run_here, suggest_job

    with open_workspace() as workspace, progress_bar("Suggest") as progress:
        how = {name: getattr(options, name) for name in ("again", "engine", "check")}
        job = suggest_job(workspace, options.project, **how)
        report = run_here(workspace, job, progress, tell=tell)
    for line in report.failures:
        print(line, file=sys.stderr)
    print(report.summary())
    return 1 if report.failures else 0
