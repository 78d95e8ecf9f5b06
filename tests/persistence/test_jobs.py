"""Jobs in the record: each is given to one process, whatever ends, and passes without a trace."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest

from annotator.domain import Job, JobKind, JobState
from annotator.errors import NotFoundError, StorageError
from annotator.record import Record

ANY = tuple(JobKind)


def alive(owner: str) -> bool | None:
    return False


def gone(owner: str) -> bool | None:
    return True


def unseen(owner: str) -> bool | None:
    return None


@pytest.fixture
def job(record, project) -> Job:
    waiting = Job(JobKind.SUGGEST, "Ada", project.id, options={"again": True})
    record.jobs.add(waiting)
    return waiting


def test_a_job_is_kept_as_it_was_added(record, job):
    assert record.jobs.job(job.id) == job
    assert record.jobs.all() == record.jobs.all(job.project_id) == [job]
    with pytest.raises(NotFoundError):
        record.jobs.job(job.project_id)


def test_of_many_who_claim_at_once_one_gets_it(url, record, job):
    def claim(number: int) -> Job | None:
        with Record.open(url) as opened:
            return opened.jobs.claim(f"worker {number}", alive, kinds=ANY)

    with ThreadPoolExecutor(8) as pool:
        claimed = [one for one in pool.map(claim, range(8)) if one]
    assert [one.id for one in claimed] == [job.id]
    assert record.jobs.job(job.id).owner == claimed[0].owner


def test_one_at_a_time_runs_of_each_kind_in_a_project(record, project, job):
    record.jobs.add(Job(JobKind.SUGGEST, "Béla", project.id))
    record.jobs.add(Job(JobKind.EXPORT, "Béla", project.id))
    first = record.jobs.claim("one", alive, kinds=ANY)
    second = record.jobs.claim("two", alive, kinds=ANY)
    assert (first.kind, second.kind) == (JobKind.SUGGEST, JobKind.EXPORT)
    assert record.jobs.claim("three", alive, kinds=ANY) is None
    assert not record.jobs.waits(alive, ANY)
    assert not record.jobs.add(Job(JobKind.SUGGEST, "Eve", project.id), owner="here")
    record.jobs.leave(first, Job(first.kind, "Ada", state=JobState.DONE), [])
    assert record.jobs.claim("three", alive, kinds=ANY).started_by == "Béla"


def test_what_a_killed_process_had_is_taken_up_and_one_that_is_slow_keeps_it(
    url, record, job, execute
):
    mine = record.jobs.claim("one", alive, kinds=ANY)
    assert record.jobs.claim("two", unseen, kinds=ANY) is None
    assert record.jobs.beat(mine, (3, 9), "", []).done == 3
    taken = record.jobs.claim("two", gone, kinds=ANY)
    assert (taken.id, taken.owner, taken.lost, taken.went_on) == (job.id, "two", 1, True)
    assert record.jobs.beat(mine, (4, 9), "", []) is None
    record.jobs.leave(mine, Job(mine.kind, "Ada", state=JobState.DONE), [])
    assert record.jobs.job(job.id).state is JobState.RUNNING
    # One that cannot be seen from here is given up when it has said nothing for long.
    execute(url, "UPDATE jobs SET beat_at = '2020-01-01 00:00:00'")
    assert record.jobs.claim("three", alive, kinds=ANY) is None
    assert record.jobs.claim("three", unseen, kinds=ANY).owner == "three"


def test_a_job_that_ends_its_process_each_time_fails_at_last(record, job):
    record.jobs.claim("one", gone, kinds=ANY)
    for _ in range(10):
        assert record.jobs.claim("next", gone, kinds=ANY) is not None
    assert record.jobs.claim("last", gone, kinds=ANY) is None
    ended = record.jobs.job(job.id)
    assert ended.state is JobState.FAILED
    assert "without getting any further" in ended.sentence


@pytest.mark.parametrize("wish", [JobState.PAUSED, JobState.CANCELLED])
def test_a_job_is_asked_while_it_runs_and_changed_while_it_does_not(record, job, wish):
    assert record.jobs.ask(job.id, JobState.PAUSED, alive).state is JobState.PAUSED
    assert record.jobs.claim("one", alive, kinds=ANY) is None
    assert record.jobs.ask(job.id, JobState.WAITING, alive).state is JobState.WAITING
    mine = record.jobs.claim("one", alive, kinds=ANY)
    assert record.jobs.ask(job.id, wish, alive).asked is wish
    assert record.jobs.beat(mine, (1, 2), "", []).asked is wish
    assert record.jobs.ask(job.id, JobState.WAITING, alive).asked is None
    record.jobs.ask(job.id, wish, alive)
    # Its process was killed before it heard of it.
    assert record.jobs.claim("two", gone, kinds=ANY) is None
    assert record.jobs.job(job.id).state is wish


def test_what_it_takes_to_run_a_job_is_erased_when_it_ended(record, job):
    mine = record.jobs.claim("one", alive, kinds=ANY)
    assert record.jobs.job(job.id).options == {"again": True}
    left = Job(mine.kind, "Ada", state=JobState.DONE, sentence="All done.", options={"file": "a"})
    record.jobs.leave(mine, left, ["a line"], Job(JobKind.PACK, "Ada"))
    ended = record.jobs.job(job.id)
    assert (ended.options, ended.sentence, ended.log) == ({"file": "a"}, "All done.", ("a line",))
    assert [one.kind for one in record.jobs.all()] == [JobKind.PACK, JobKind.SUGGEST]
    with pytest.raises(StorageError, match=r"has ended \(done\)"):
        record.jobs.ask(job.id, JobState.WAITING, alive)
    other = Job(JobKind.IMPORT, "Ada", job.project_id, options={"paths": ["x"]})
    record.jobs.add(other)
    assert record.jobs.ask(other.id, JobState.CANCELLED, alive).options == {}


def test_old_jobs_are_forgotten_and_logs_are_bounded(record, job):
    old = datetime.now(UTC) - timedelta(days=31)
    record.jobs.add(Job(JobKind.EXPORT, "Ada", state=JobState.DONE, ended_at=old))
    record.jobs.prune()
    assert record.jobs.all() == [job]
    mine = record.jobs.claim("one", alive, kinds=ANY)
    record.jobs.beat(mine, (0, 0), "", [str(number) for number in range(500)])
    assert record.jobs.job(job.id).log == tuple(str(number) for number in range(300, 500))


def test_jobs_are_no_part_of_chains_and_copies_and_go_with_what_is_erased(
    record, project, job, image, tmp_path
):
    record.jobs.add(Job(JobKind.IMPORT, "Ada", project.id, state=JobState.DONE, log=("smile.jpg",)))
    record.jobs.add(Job(JobKind.IMPORT, "Ada", project.id, log=("smile.jpg",)))
    assert record.problems() == []
    assert record.safekeeping.faults() == []
    with Record.open(f"sqlite:///{tmp_path / 'copy.db'}") as copy:
        copy.upgrade()
        record.safekeeping.copy_to(f"sqlite:///{tmp_path / 'copy.db'}", tmp_path)
        assert copy.jobs.all() == []
    record.erasing.erase(project.id, None, [image.id], actor="Eve", reason="a demand")
    assert [(one.state, one.log) for one in record.jobs.all()] == [(JobState.WAITING, ())] * 2
    record.erasing.erase(project.id, None, None, actor="Eve", reason="done")
    assert record.jobs.all() == []
    assert record.safekeeping.faults() == []
