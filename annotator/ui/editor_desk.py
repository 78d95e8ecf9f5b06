"""What the editor's line asks of the record, for one reader of one project."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Mapping, Sequence

from annotator.domain import Act, BoundingBox, Region
from annotator.domain.queues import QueueChoice
from annotator.errors import (
    AnnotatorError,
    NotFoundError,
    ProtocolError,
    SignInError,
    StorageError,
)
from annotator.settings import SignIn
from annotator.ui.editor_content import ContentOfImage
from annotator.ui.installation import installation
from annotator.ui.network_at_hand import NETWORKS
from annotator.ui.pixel_route import browser_of
from annotator.ui.queue_choice import choice_from_text
from annotator.ui.region_editor import (
    AnyAct,
    EditorConflict,
    EditorContent,
    EditorLine,
    EditorRefusal,
    LinePass,
    MapOverlay,
    Saved,
    act_to_json,
)
from annotator.ui.region_editor.values import RegionJson
from annotator.ui.sign_in.browser_token import token_of
from annotator.workflows.annotating import explain_why, open_image, save_acts
from annotator.workflows.blinding import may_see_machine
from annotator.workflows.faces import choose_face, faces_in
from annotator.workflows.outlining import fit_region
from annotator.workflows.queueing import frame_of_file, place_in_order, run_ahead
from annotator.workflows.reading import raise_issue, reopen_reading, sign_reading
from annotator.workflows.signing_in import person_of
from annotator.workflows.workspace import Workspace

_FRAMES = 2**31 - 1
"""More than any file has."""
_UNDER_ANOTHER_NAME = "This change was made under the name {}, and is not yours to record."


class ReaderDesk:
    """One reader at one project.

    Parameters
    ----------
    workspace : Workspace
        Of whoever is signed in.
    project_id : uuid.UUID
    rater : str
    choice : QueueChoice
        The order the reader goes through the project in.
    browser : str
        The browser that pixels are for.
    """

    def __init__(
        self,
        workspace: Workspace,
        project_id: uuid.UUID,
        rater: str,
        choice: QueueChoice,
        browser: str,
    ) -> None:
        self._workspace = workspace
        self._project_id = project_id
        self._rater = rater
        self._choice = choice
        self._browser = browser

    def save(self, acts: Sequence[AnyAct]) -> Saved:
        """Record the reader's own acts, each by itself."""
        own: list[Act] = []
        refused = []
        for act in acts:
            if act.rater != self._rater:
                reason = _UNDER_ANOTHER_NAME.format(act.rater)
                refused.append(EditorRefusal(act.id, reason))
                continue
            try:
                own.append(act.as_domain())
            except ValueError:
                refused.append(EditorRefusal(act.id, "The image it was made on is not known here."))
        saved = self._saved(own)
        return Saved(saved.recorded, saved.conflicts, (*refused, *saved.refused))

    def _saved(self, acts: Sequence[Act]) -> Saved:
        report = save_acts(self._workspace, acts)
        clashes = (
            EditorConflict(
                sent=str(clash.sent.id),
                by=clash.current.rater if clash.current else "",
                current=act_to_json(clash.current) if clash.current else None,
            )
            for clash in report.conflicts
        )
        refused = (EditorRefusal(str(one.act.id), one.reason) for one in report.refused)
        return Saved(frozenset(map(str, report.recorded)), tuple(clashes), tuple(refused))

    def image(self, document: str) -> EditorContent:
        """Return what the reader may see of an image, in their order of the queue."""
        workspace, project_id = self._workspace, self._project_id
        with workspace.record.one_moment():
            image_id = _image_id(document)
            view = open_image(
                workspace,
                project_id,
                image_id,
                self._rater,
                lambda: place_in_order(workspace, project_id, image_id, self._rater, self._choice),
            )
            project = workspace.record.project(project_id)
            known = may_see_machine(workspace, project_id, self._rater)
            figures = NETWORKS.figures(project.model_name, workspace.settings) if known else {}
            ahead = run_ahead(workspace, project_id, view)
            return ContentOfImage(
                workspace, project, view, self._rater, self._browser, figures, ahead
            ).content()

    def sign(
        self,
        document: str,
        reading: str | None,
        then: str | None,
        seen: Sequence[str] | None = None,
        act_id: str | None = None,
    ) -> EditorContent:
        """Sign the reader's reading; the next image follows, or the same one, revealed."""
        # By its id: where an answer is lost and Done is pressed again, it is not the next round.
        signed = sign_reading(
            self._workspace,
            _image_id(document),
            self._rater,
            reading_id=None if reading is None else _image_id(reading),
            seen=None if seen is None else {_image_id(act) for act in seen},
            act_id=_uuid(act_id),
        )
        if then is not None and signed.is_final:
            try:
                return self.image(then)
            except (NotFoundError, ProtocolError, StorageError):
                pass  # it is gone or no longer theirs; what was signed stays before them
        return self.image(document)

    def frame(self, document: str, place: int) -> EditorContent:
        """Return another frame of the file."""
        target = frame_of_file(
            self._workspace, self._project_id, _image_id(document), self._rater, min(place, _FRAMES)
        )
        return self.image(document if target is None else str(target))

    def why(self, document: str, label: str, against: str) -> MapOverlay:
        """Return the map of a label against a rival, computed now."""
        workspace, image_id = self._workspace, _image_id(document)
        project = workspace.record.project(self._project_id)
        record = explain_why(workspace, project, image_id, label, against, self._rater)
        view = open_image(workspace, project.id, image_id, self._rater)
        content = ContentOfImage(workspace, project, view, self._rater, self._browser)
        return content.overlay(record, view.asset, view.run)

    def fit(self, document: str, region: Region) -> RegionJson:
        """Return a region as it follows the edges on an image."""
        project = self._workspace.record.project(self._project_id)
        fitted = fit_region(self._workspace, project, _image_id(document), region, self._rater)
        return fitted.to_json()

    def faces(self, document: str) -> Sequence[RegionJson]:
        """Find the faces on an image."""
        project = self._workspace.record.project(self._project_id)
        found = faces_in(self._workspace, project, _image_id(document), self._rater)
        return [face.box.to_json() for face in found]

    def choose_face(self, document: str, box: BoundingBox) -> None:
        """Have another face read."""
        project = self._workspace.record.project(self._project_id)
        choose_face(self._workspace, project, _image_id(document), box, self._rater)

    def reopen(self, document: str, reason: str, act_id: str | None = None) -> None:
        """Open the reader's signed reading again."""
        image_id = _image_id(document)
        reopen_reading(self._workspace, image_id, self._rater, reason, _uuid(act_id))

    def question(self, document: str, act: str, text: str, act_id: str | None = None) -> None:
        """Ask the rater of an act about it."""
        raise_issue(
            self._workspace,
            _image_id(document),
            _image_id(act),
            text,
            reviewer=self._rater,
            issue_id=_uuid(act_id),
        )


def _uuid(text: str | None) -> uuid.UUID | None:
    try:
        return None if text is None else uuid.UUID(text)
    except ValueError:
        return None


def _image_id(text: str) -> uuid.UUID:
    if (key := _uuid(text)) is None:
        raise NotFoundError("There is no such image in this project.")
    return key


def on_record(opened: LinePass, ids: Sequence[str]) -> Collection[str]:
    """Return which of some acts are on record, of whom a line was opened for."""
    known = [key for text in ids if (key := _uuid(text))]
    return [str(key) for key in installation().record.recorded_by(opened.rater, known)]


def open_desk(opened: LinePass, cookies: Mapping[str, str]) -> ReaderDesk:
    """Return the desk of whoever is signed in, in the project that the line was opened for.

    Raises
    ------
    SignInError
        If nobody is signed in, or somebody else than the line was opened for.
    """
    workspace = installation()
    mode = workspace.settings.sign_in
    if mode is not SignIn.SINGLE_USER:
        person = person_of(workspace, token_of(cookies, mode))
        if person is None or person.name != opened.rater:
            raise SignInError("You are not signed in, or your session has ended; sign in again.")
        workspace = workspace.as_person(person)
    if not opened.rater:
        raise AnnotatorError("State your name in the side bar; it is recorded with each change.")
    choice = choice_from_text(opened.queue)
    project_id = uuid.UUID(opened.project)
    return ReaderDesk(workspace, project_id, opened.rater, choice, browser_of(cookies))


LINE = EditorLine(open_desk, on_record)
"""The line of this process: the server mounts it, the page asks it for passes."""
