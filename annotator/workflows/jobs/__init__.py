"""Long work as jobs: started, run by a worker or here, seen, paused and resumed; decision 0029."""

from .kinds import ExportTask, TakeOverTask
from .left_behind import file_to_fetch, note_fetched, remove_left_behind, upload_folder_of
from .managing import JobLine, ask_job, jobs_under_way, list_jobs, projects_at_work
from .running import run_job
from .starting import (
    export_job,
    fetch_job,
    import_job,
    own_table_job,
    run_here,
    start_job,
    suggest_job,
    take_over_job,
)
from .supervising import supervise
from .watching import watch_folder
from .worker import work

__all__ = [
    "ExportTask",
    "JobLine",
    "TakeOverTask",
    "ask_job",
    "export_job",
    "fetch_job",
    "file_to_fetch",
    "import_job",
    "jobs_under_way",
    "list_jobs",
    "note_fetched",
    "own_table_job",
    "projects_at_work",
    "remove_left_behind",
    "run_here",
    "run_job",
    "start_job",
    "suggest_job",
    "supervise",
    "take_over_job",
    "upload_folder_of",
    "watch_folder",
    "work",
]
