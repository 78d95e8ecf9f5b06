"""The record as the use cases see it: values in, values out, errors in sentences."""

from __future__ import annotations

from collections.abc import Collection, Generator, Sequence
from uuid import UUID

from sqlalchemy.orm import Session

from db.engine import Database

from ..domain import Act, Annotation, ImageRecord, SaveReport
from . import acts as writing
from . import rounds
from .act_rows import Shared, acts_by, acts_of
from .adjudications import Adjudications
from .erasing import Erasing
from .images import Images, image
from .jobs import Jobs
from .labels import Labels
from .people import People, SigningIn
from .projects import UNSTATED, Projects, StatedRights
from .queue import Queue
from .readings import Readings
from .runs import Runs
from .safekeeping import Safekeeping
from .sequences import Sequences
from .sessions import OpenDatabase, in_sentences, reads
from .streaming import image_records, stream

__all__ = ["UNSTATED", "Record"]


class Record(OpenDatabase, Projects, Labels, Images, Sequences, Runs):
    """Projects, images, what the machine suggested and what people said of it.

    Everything is appended; a method that writes has everything on the disk when it returns, or
    nothing. One `Record` may be shared by all threads of a process: every call has a session of
    its own.

    Every method raises `StorageError` if the database cannot be read or written, and
    `NotFoundError` if a project or an image that it is given does not exist; the record is then
    as it was before the call. Methods that write take the name of who acts, for the event that is
    appended with it.

    `queue` is what is to be looked at next, `readings` who reads what and sees what of it,
    `adjudications` their work side by side, `erasing` what shows a person, `people` accounts and
    roles, `rights` licence and consent, `jobs` long work, `safekeeping` verification, log and
    backups.
    """

    def __init__(self, database: Database) -> None:
        super().__init__(database)
        self.queue = Queue(self._sessions)
        self.readings = Readings(self._sessions)
        self.adjudications = Adjudications(self._sessions)
        self.erasing = Erasing(self._sessions)
        self.safekeeping = Safekeeping(self._sessions)
        self.people = People(self._sessions)
        self.signing_in = SigningIn(self._sessions)
        self.rights = StatedRights(self._sessions)
        self.jobs = Jobs(self._sessions)

    def save_acts(self, acts: Sequence[Act]) -> SaveReport:
        """Record in order what can be recorded, with a verdict for each act.

        An act comes too late when what it says it replaces is not what counts: it would win
        over an act that its rater never saw. It is refused where it can never be recorded: an
        image, a suggestion or another act that it names does not exist, its reading is signed
        or another's, its id is recorded with another content, its label is not the project's,
        its region leaves the image, or it contradicts itself. What follows on the same region or
        label shares the verdict; all else is recorded. Sent twice, an act is recorded once.
        The time recorded is the server's, now.
        """
        if not acts:
            return SaveReport(())
        return self._sessions.write(lambda session: writing.write(session, acts))

    def record_acts(self, acts: Sequence[Act]) -> list[UUID]:
        """Record acts in order, all of them or none; return their ids.

        Raises
        ------
        ConflictError
            If one came too late; it holds each with what counts now.
        NotFoundError, ProtocolError, StorageError
            If one cannot be recorded, see `save_acts`.
        """
        if acts:
            self._sessions.write(lambda session: writing.write_all(session, acts))
        return [act.id for act in acts]

    def import_acts(self, acts: Sequence[Act], *, actor: str) -> None:
        """Record what a file states, as `record_acts` does, in readings of the round `imported`.

        Its actor in the chain is who imports it, whatever name the acts carry.
        """
        if acts:
            self._sessions.write(lambda session: writing.write_all(session, acts, actor))

    @reads
    def recorded_by(self, session: Session, rater: str, ids: Collection[UUID]) -> set[UUID]:
        """Return which of some acts a rater has on record, whatever came after them.

        Acts on regions and labels, remarks, signatures; and readings that are signed.
        """
        return {*acts_by(session, rater, ids), *rounds.signed_by(session, rater, ids)}

    @reads
    def history(self, session: Session, image_id: UUID) -> list[Annotation]:
        """Return all acts on regions of an image, in the order recorded."""
        return acts_of(session, Annotation, Shared((image_id,)), latest=False)

    @reads
    def image_record(self, session: Session, image_id: UUID) -> ImageRecord:
        """Return all that is recorded of one image."""
        return next(image_records(session, [image(session, image_id)]))

    def image_records(self, project_id: UUID) -> Generator[ImageRecord, None, None]:
        """Yield all that is recorded of each image, in queue order.

        The record is seen as it is at the first one; memory stays bounded however long the
        queue. Close the iterator (or use it up) to give its connection back.
        """
        with in_sentences(), self._database.reading() as session:
            yield from stream(session, project_id)
