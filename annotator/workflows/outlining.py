"""Fit a region that a person has before them to the edges on its image."""

from __future__ import annotations

import uuid

from ..domain import Landmark, Permission, Project, Region
from ..errors import RegionError
from .annotating import open_image
from .authority import needs
from .pictures import shown_pixels
from .workspace import Workspace


@needs(Permission.READ)
def fit_region(
    workspace: Workspace, project: Project, image_id: uuid.UUID, region: Region, rater: str
) -> Region:
    """Return a region of the same kind that follows the edges near it; nothing is recorded.

    Parameters
    ----------
    workspace : Workspace
    project : Project
    image_id : uuid.UUID
    region : Region
        In pixels of the image, as it stands before the person.
    rater : str
        Who asks.

    Returns
    -------
    Region

    Raises
    ------
    NotFoundError
        If the project has no such image, or not for this person.
    RegionError
        If the region is a point or in several pieces, or there is no clear edge near it.
    """
    # Here, because it takes OpenCV along, which the page itself does without.
    from ..suggest.edges import fitted_to_edges

    if isinstance(region, Landmark):
        raise RegionError("A point has no outline that could be fitted to edges.")
    if region.pieces > 1:
        raise RegionError(
            f"This region is in {region.pieces} pieces; fit one piece at a time: keep the largest, "
            "or make polygons of them."
        )
    asset = open_image(workspace, project.id, image_id, rater).asset
    fitted = fitted_to_edges(shown_pixels(workspace, asset), region)
    if fitted is None:
        raise RegionError(
            "No clear edge was found near this region, so it stays as it is. Draw it closer to "
            "the edge that you mean, or outline it by hand."
        )
    return fitted
