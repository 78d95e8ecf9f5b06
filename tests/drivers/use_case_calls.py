"""Every use case on a workspace, how it is called, and which roles may call it."""

from __future__ import annotations

import uuid
from collections.abc import Callable

from use_case_caller import Call, a_file, deleted, opened, saved, wait

from annotator.domain import BoundingBox, JobState, Protocol, Role
from annotator.domain.queues import FIRST_OPEN
from annotator.domain.rights import Rights, Shows
from annotator.workflows import (
    adjudicating,
    annotating,
    auditing,
    backing_up,
    blinding,
    contact_sheet,
    demo,
    erasing,
    exporting,
    faces,
    importing,
    jobs,
    outlining,
    own_tables,
    people,
    pictures,
    projects,
    queueing,
    reading,
    recalibrating,
    sequences,
    signing_in,
    study_agreement,
    study_effort,
    study_page,
    suggesting,
    taking_over,
)

EVERYBODY = "rater reviewer adjudicator manager admin other nobody"
IN_PROJECT = "rater reviewer adjudicator manager admin"
READERS = "rater reviewer"
MANAGERS = "manager admin"
ADMIN = "admin"

CELLS: dict[str, tuple[str, Callable[[Call], object]]] = {
    "adjudicating.adjudicate": (
        "adjudicator",
        lambda c: adjudicating.adjudicate(c.workspace, c.image_id, c.me, [], "seen"),
    ),
    "adjudicating.adjudication_queue": (
        "adjudicator",
        lambda c: adjudicating.adjudication_queue(c.workspace, c.project_id),
    ),
    "adjudicating.open_adjudication": (
        "adjudicator",
        lambda c: adjudicating.open_adjudication(c.workspace, c.image_id, c.me),
    ),
    "annotating.explain_why": (
        READERS,
        lambda c: annotating.explain_why(c.workspace, c.project, c.image_id, "node", "dual", c.me),
    ),
    "annotating.first_open_image": (
        READERS,
        lambda c: annotating.first_open_image(c.workspace, c.project_id, c.me),
    ),
    "annotating.open_image": (
        READERS,
        lambda c: annotating.open_image(c.workspace, c.project_id, c.image_id, c.me),
    ),
    "annotating.record_acts": (READERS, lambda c: annotating.record_acts(c.workspace, [c.drawn()])),
    "annotating.require_maps": (
        READERS,
        lambda c: annotating.require_maps(c.workspace, c.project_id, c.image_id, c.me),
    ),
    "annotating.save_acts": (READERS, saved),
    "auditing.write_log": (
        MANAGERS,
        lambda c: auditing.write_log(c.workspace, "films", c.exports / f"{c.me}.jsonl"),
    ),
    "backing_up.back_up": (
        ADMIN,
        lambda c: backing_up.back_up(c.workspace, c.folder / "backup.db"),
    ),
    "backing_up.copy_record": (
        ADMIN,
        lambda c: backing_up.copy_record(c.workspace, f"sqlite:///{c.folder / 'copy.db'}"),
    ),
    "contact_sheet.contact_sheet": (
        MANAGERS,
        lambda c: contact_sheet.contact_sheet(c.workspace, "films"),
    ),
    "contact_sheet.write_contact_sheet": (
        MANAGERS,
        lambda c: contact_sheet.write_contact_sheet(
            c.workspace, "films", c.exports / f"{uuid.uuid4().hex}.png"
        ),
    ),
    "demo.make_demo": (ADMIN, lambda c: demo.make_demo(c.workspace)),
    "demo.make_demo_if_empty": (ADMIN, lambda c: demo.make_demo_if_empty(c.workspace)),
    "erasing.delete_project": (
        ADMIN,
        deleted,
    ),
    "erasing.erase": (
        ADMIN,
        lambda c: erasing.erase(
            c.workspace, c.project.name, images=[], actor=c.me, reason="a demand"
        ),
    ),
    "erasing.not_reached": (ADMIN, lambda c: erasing.not_reached(c.workspace)),
    "erasing.preview_erasure": (
        ADMIN,
        lambda c: erasing.preview_erasure(c.workspace, c.project.name),
    ),
    "exporting.export_project": (
        MANAGERS,
        lambda c: exporting.export_project(c.workspace, "films", c.exports / f"{c.me}"),
    ),
    "exporting.list_readers": (
        MANAGERS,
        lambda c: exporting.list_readers(c.workspace, "films"),
    ),
    "exporting.project_rights": (
        IN_PROJECT,
        lambda c: exporting.project_rights(c.workspace, "films"),
    ),
    "exporting.state_shows": (
        MANAGERS,
        lambda c: exporting.state_shows(c.workspace, "films", Shows.NOBODY),
    ),
    "exporting.state_rights": (
        MANAGERS,
        lambda c: exporting.state_rights(c.workspace, "films", Rights()),
    ),
    "exporting.export_that_ended": (
        MANAGERS,
        lambda c: exporting.export_that_ended(c.workspace, "films", c.exports / "none"),
    ),
    "faces.choose_face": (
        READERS,
        lambda c: faces.choose_face(
            c.workspace, c.project, c.image_id, BoundingBox(0, 0, 20, 20), c.me
        ),
    ),
    "faces.faces_in": (
        READERS,
        lambda c: faces.faces_in(c.workspace, c.project, c.image_id, c.me),
    ),
    "outlining.fit_region": (
        READERS,
        lambda c: outlining.fit_region(
            c.workspace, c.project, c.image_id, BoundingBox(4, 4, 8, 8), c.me
        ),
    ),
    "importing.import_paths": (
        MANAGERS,
        lambda c: importing.import_paths(c.workspace, "films", [c.uploads]),
    ),
    "jobs.left_behind.file_to_fetch": (
        EVERYBODY,
        lambda c: jobs.file_to_fetch(c.workspace, uuid.uuid4()),
    ),
    "jobs.managing.ask_job": (
        EVERYBODY,
        lambda c: jobs.ask_job(c.workspace, uuid.uuid4(), JobState.PAUSED),
    ),
    "jobs.managing.jobs_under_way": (
        IN_PROJECT,
        lambda c: jobs.jobs_under_way(c.workspace, c.project_id),
    ),
    "jobs.managing.list_jobs": (EVERYBODY, lambda c: jobs.list_jobs(c.workspace, "films")),
    "jobs.managing.projects_at_work": (EVERYBODY, lambda c: jobs.projects_at_work(c.workspace)),
    "jobs.starting.export_job": (
        MANAGERS,
        lambda c: jobs.export_job(c.workspace, "films", jobs.ExportTask(c.exports / "new")),
    ),
    "jobs.starting.fetch_job": (ADMIN, lambda c: jobs.fetch_job(c.workspace, "none")),
    "jobs.starting.import_job": (
        MANAGERS,
        lambda c: jobs.import_job(c.workspace, "films", [c.uploads], importing.AS_USUAL),
    ),
    "jobs.starting.own_table_job": (
        READERS,
        lambda c: jobs.own_table_job(c.workspace, "films", a_file(c)),
    ),
    "jobs.starting.suggest_job": (MANAGERS, lambda c: jobs.suggest_job(c.workspace, "films")),
    "jobs.starting.take_over_job": (
        MANAGERS,
        lambda c: jobs.take_over_job(c.workspace, "films", a_file(c)),
    ),
    "jobs.watching.watch_folder": (
        MANAGERS,
        lambda c: jobs.watch_folder(c.workspace, "films", c.uploads, wait=wait, tell=print),
    ),
    "people.account_named": (ADMIN, lambda c: people.account_named(c.workspace, "the rater")),
    "people.invite": (ADMIN, lambda c: people.invite(c.workspace, f"new {uuid.uuid4().hex}")),
    "people.look_alikes": (ADMIN, lambda c: people.look_alikes(c.workspace)),
    "people.list_accounts": (ADMIN, lambda c: people.list_accounts(c.workspace)),
    "people.members": (MANAGERS, lambda c: people.members(c.workspace, c.project_id)),
    "people.new_link": (ADMIN, lambda c: people.new_link(c.workspace, c.somebody)),
    "people.set_active": (ADMIN, lambda c: people.set_active(c.workspace, c.somebody, True)),
    "people.set_admin": (ADMIN, lambda c: people.set_admin(c.workspace, c.somebody, True)),
    "people.set_role": (
        MANAGERS,
        lambda c: people.set_role(c.workspace, c.project_id, c.somebody, Role.RATER, True),
    ),
    "pictures.shown_pixels": (IN_PROJECT, lambda c: pictures.shown_pixels(c.workspace, c.asset)),
    "projects.create_project": (
        ADMIN,
        lambda c: projects.create_project(c.workspace, uuid.uuid4().hex, labels=["node"]),
    ),
    "projects.rename_project": (
        MANAGERS,
        lambda c: projects.rename_project(c.workspace, c.project_id, "films", reason="why"),
    ),
    "projects.archive_project": (
        MANAGERS,
        lambda c: projects.archive_project(
            c.workspace, c.project_id, archived=False, reason="in use"
        ),
    ),
    "projects.add_label": (
        MANAGERS,
        lambda c: projects.add_label(c.workspace, c.project_id, c.me, reason="why"),
    ),
    "projects.rename_label": (
        MANAGERS,
        lambda c: projects.rename_label(
            c.workspace, c.project_id, "node", "nodule", reason="clear"
        ),
    ),
    "projects.retire_label": (
        MANAGERS,
        lambda c: projects.retire_label(
            c.workspace, c.project_id, "node", retired=False, reason="still in use"
        ),
    ),
    "projects.remove_images": (
        MANAGERS,
        lambda c: projects.remove_images(c.workspace, c.project_id, [], reason="blurred"),
    ),
    "projects.removed_images": (
        MANAGERS,
        lambda c: projects.removed_images(c.workspace, c.project_id),
    ),
    "projects.list_projects": (EVERYBODY, lambda c: projects.list_projects(c.workspace)),
    "projects.project_of_image": (
        EVERYBODY,
        lambda c: projects.project_of_image(c.workspace, c.image_id),
    ),
    "blinding.is_blinded": (
        IN_PROJECT,
        lambda c: blinding.is_blinded(c.workspace, c.project_id),
    ),
    "blinding.may_see_machine": (
        IN_PROJECT,
        lambda c: blinding.may_see_machine(c.workspace, c.project_id),
    ),
    "queueing.chooses_order": (
        IN_PROJECT,
        lambda c: queueing.chooses_order(c.workspace, c.project_id, c.me),
    ),
    "queueing.look_at": (
        "reviewer adjudicator manager admin",
        lambda c: queueing.look_at(c.workspace, c.image_id),
    ),
    "queueing.first_in_order": (
        READERS,
        lambda c: queueing.first_in_order(c.workspace, c.project_id, c.me, FIRST_OPEN),
    ),
    "queueing.frame_of_file": (
        READERS,
        lambda c: queueing.frame_of_file(c.workspace, c.project_id, c.image_id, c.me, 1),
    ),
    "queueing.images_between": (
        MANAGERS,
        lambda c: queueing.images_between(c.workspace, c.project_id, 1, 2),
    ),
    "queueing.ordered_page": (
        IN_PROJECT,
        lambda c: queueing.ordered_page(c.workspace, c.project_id, c.me, FIRST_OPEN),
    ),
    "queueing.place_in_order": (
        IN_PROJECT,
        lambda c: queueing.place_in_order(c.workspace, c.project_id, c.image_id, c.me, FIRST_OPEN),
    ),
    "queueing.run_ahead": (
        READERS,
        lambda c: queueing.run_ahead(c.workspace, c.project_id, opened(c)),
    ),
    "reading.assign": (
        MANAGERS,
        lambda c: reading.assign(
            c.workspace, c.project_id, ["the rater"], actor=c.me, image_ids=[c.image_id]
        ),
    ),
    **{
        f"reading.{name}": (
            READERS,
            lambda c, name=name: getattr(reading, name)(c.workspace, c.project_id, c.me),
        )
        for name in ("decided_before_signatures", "sign_decided", "leave_decided")
    },
    "reading.my_issues": (IN_PROJECT, lambda c: reading.my_issues(c.workspace, c.project_id, c.me)),
    "reading.next_image": (READERS, lambda c: reading.next_image(c.workspace, c.project_id, c.me)),
    "reading.raise_issue": (
        "reviewer adjudicator",
        lambda c: reading.raise_issue(c.workspace, c.image_id, uuid.uuid4(), "why?", reviewer=c.me),
    ),
    "reading.reader_progress": (
        IN_PROJECT,
        lambda c: reading.reader_progress(c.workspace, c.project_id),
    ),
    "reading.reopen_reading": (
        READERS,
        lambda c: reading.reopen_reading(c.workspace, c.image_id, c.me, "again"),
    ),
    "reading.set_protocol": (
        MANAGERS,
        lambda c: reading.set_protocol(c.workspace, c.project_id, Protocol(), actor=c.me),
    ),
    "reading.sign_reading": (
        READERS,
        lambda c: reading.sign_reading(c.workspace, c.image_id, c.me),
    ),
    "reading.readers_to_choose": (
        MANAGERS,
        lambda c: reading.readers_to_choose(c.workspace, c.project_id),
    ),
    "reading.withdraw_assignments": (
        MANAGERS,
        lambda c: reading.withdraw_assignments(
            c.workspace, [c.image_id], "the rater", actor=c.me, reason="ill"
        ),
    ),
    "sequences.list_sequences": (
        IN_PROJECT,
        lambda c: sequences.list_sequences(c.workspace, c.project.name),
    ),
    "recalibrating.recalibration": (
        MANAGERS,
        lambda c: recalibrating.recalibration(c.workspace, "films"),
    ),
    "recalibrating.recalibrate": (
        MANAGERS,
        lambda c: recalibrating.recalibrate(c.workspace, "films", None, reason="moved"),
    ),
    "signing_in.change_password": (
        EVERYBODY,
        lambda c: signing_in.change_password(c.workspace, "none so far", "short"),
    ),
    "study_agreement.study_agreement": (
        MANAGERS,
        lambda c: study_agreement.study_agreement(c.workspace, "films"),
    ),
    "study_effort.study_effort": (
        MANAGERS,
        lambda c: study_effort.study_effort(c.workspace, "films"),
    ),
    "study_page.study_overview": (
        MANAGERS,
        lambda c: study_page.study_overview(c.workspace, c.project),
    ),
    "suggesting.suggested_otherwise": (
        IN_PROJECT,
        lambda c: suggesting.suggested_otherwise(c.workspace, c.project_id),
    ),
    "suggesting.suggest_project": (
        MANAGERS,
        lambda c: suggesting.suggest_project(c.workspace, "films"),
    ),
    "own_tables.take_over_own": (
        READERS,
        lambda c: own_tables.take_over_own(
            c.workspace,
            "films",
            c.uploads / "none.json",
            format_name="coco",
            person=c.workspace.person,
        ),
    ),
    "taking_over.take_over": (
        MANAGERS,
        lambda c: taking_over.take_over(
            c.workspace, "films", c.uploads / "none.json", format_name="coco"
        ),
    ),
}
