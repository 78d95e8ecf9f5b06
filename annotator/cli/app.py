"""Commands that serve the app, make the demo, and say what ails an installation."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path
from typing import Any, NoReturn

from ..domain.plurals import counted
from ..settings import Settings, SignIn
from .people import say_how_to_set_up
from .terminal import command, open_workspace, print_findings, progress_bar


def add_commands(commands: Any) -> None:
    """Add this module's commands to the command line's parser."""
    app = command(commands, "app", _app, "serve the app, with a demo where there is no project")
    app.add_argument("--address", default="127.0.0.1", help="default: %(default)s")
    app.add_argument("--port", type=int, default=8501, help="default: %(default)s")
    app.add_argument("--no-demo", action="store_true", help="never make the demo project")
    command(commands, "demo", _demo, "make the demo project")
    command(commands, "doctor", _doctor, "say what this installation is and what ails it")


def _app(options: argparse.Namespace) -> int:
    from ..workflows.demo import make_demo_if_empty
    from ..workflows.workspace import Workspace

    settings = Settings.from_environment()
    settings.check_address(options.address)
    with Workspace.open(settings, upgrade=True, tell=print) as workspace:
        print(f"Data: {settings.home}")
        everywhere = options.address in ("0.0.0.0", "::")  # noqa: S104 - compared, not bound
        host = "localhost" if everywhere else options.address
        say_how_to_set_up(workspace, f"http://{host}:{options.port}")
        if not options.no_demo:
            with progress_bar("Demo") as progress:
                make_demo_if_empty(workspace, progress)
    _serve(settings, options.address, options.port)


def _serve(settings: Settings, address: str, port: int) -> NoReturn:
    """Become the server; what it needs to know travels as Streamlit's own options."""
    folder = Path(__file__).parents[1] / "ui"
    served = {
        "server.address": address,
        "server.port": port,
        "server.headless": "true",
        "server.fileWatcherType": "none",
        "server.maxUploadSize": 2000,
        "browser.gatherUsageStats": "false",
        "client.toolbarMode": "minimal",
        "client.showErrorDetails": "none",
        "client.showErrorLinks": "false",  # to search engines, with the error in the address
        "theme.base": str(folder / "theme.toml"),
    }
    if settings.sign_in is SignIn.OIDC:
        served["secrets.files"] = str(settings.secrets_folder / "identity-provider.toml")
    options = [f"--{name}={value}" for name, value in served.items()]
    sys.stdout.flush()
    command = [sys.executable, "-m", "streamlit", "run", str(folder / "server.py"), *options]
    # In place of this process, so that whoever stops it stops the server.
    os.execv(sys.executable, command)  # noqa: S606 - this interpreter, and options made above


def _demo(options: argparse.Namespace) -> int:
    del options
    from ..workflows.demo import make_demo

    with open_workspace() as workspace, progress_bar("Demo") as progress:
        for project in make_demo(workspace, progress):
            print(f"{project.name}: {counted(project.counts.images, 'images')}.")
    return 0


def _doctor(options: argparse.Namespace) -> int:
    del options
    from ..workflows.doctor import examine

    return print_findings(examine(Settings.from_environment()))
