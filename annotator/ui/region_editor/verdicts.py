"""What becomes of each act that a browser sends: recorded, in conflict, or refused."""

from __future__ import annotations

import logging
import traceback
from collections.abc import Callable, Sequence
from typing import Any

from annotator.errors import AnnotatorError

from .acts import AnyAct, EditorConflict, EditorRefusal, Saved, act_from_json

_FAULT = (
    "The program failed on this change and did not record it; the server's log says where. Report "
    "this, then make the change anew."
)
_LOG = logging.getLogger(__name__)


def verdicts(sent: Sequence[Any], save: Callable[[list[AnyAct]], Saved]) -> list[dict[str, Any]]:
    """Record acts as a browser sent them, and say of each what became of it.

    Parameters
    ----------
    sent : sequence
        Each an act as `act_from_json` reads it; what cannot be read is refused by itself.
    save : callable

    Returns
    -------
    list of dict
        For each act its ``id`` and a ``verdict``: ``recorded``, ``conflict`` (with ``by`` and
        ``current``), or ``refused`` (with a ``reason``).

    Raises
    ------
    AnnotatorError
        If nothing can be recorded now; all of them can be sent again.
    """
    acts, refused = [], []
    for value in sent:
        act_id = str((value.get("id") if isinstance(value, dict) else None) or "")
        try:
            acts.append(act_from_json(value))
        except AnnotatorError as error:
            refused.append(EditorRefusal(act_id, str(error)))
        except Exception as error:  # noqa: BLE001 - see `_faulty`
            refused.append(_faulty(act_id, error))
    try:
        saved = save(acts) if acts else Saved(frozenset())
    except AnnotatorError:
        raise
    except Exception:  # noqa: BLE001 - found below, with the act that causes it
        saved = _one_by_one(acts, save)
    return [
        *({"id": key, "verdict": "recorded"} for key in sorted(saved.recorded)),
        *(
            {"id": one.sent, "verdict": "conflict", "by": one.by, "current": one.current}
            for one in saved.conflicts
        ),
        *(
            {"id": one.sent, "verdict": "refused", "reason": one.reason}
            for one in (*refused, *saved.refused)
        ),
    ]


def _one_by_one(acts: Sequence[AnyAct], save: Callable[[list[AnyAct]], Saved]) -> Saved:
    """Record acts each by itself, so that one that the server cannot take holds up no other."""
    recorded, conflicts, refused = set[str](), list[EditorConflict](), list[EditorRefusal]()
    for act in acts:
        try:
            saved = save([act])
        except AnnotatorError:
            raise
        except Exception as error:  # noqa: BLE001 - see `_faulty`
            refused.append(_faulty(act.id, error))
            continue
        recorded |= saved.recorded
        conflicts += saved.conflicts
        refused += saved.refused
    return Saved(frozenset(recorded), tuple(conflicts), tuple(refused))


def _faulty(act_id: str, error: Exception) -> EditorRefusal:
    """Refuse an act on which the program failed; were it answered by a fault, it came for ever.

    The log says where, and not what the act or the error says.
    """
    where = "".join(traceback.format_tb(error.__traceback__))
    _LOG.error("A change could not be recorded (%s):\n%s", type(error).__name__, where)
    return EditorRefusal(act_id, _FAULT)
