"""What a grounded affective tree depends on. The paper publishes none of it; these values are ours."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, get_args

from pydantic import BaseModel, ConfigDict, Field

Arm = Literal["gat", "scaffold", "tree", "gat-shuffled", "gat-random", "gat-grid"]
Language = Literal["en", "zh"]
Intensity = Literal["low", "medium", "high"]
Layout = Literal["graph", "random", "grid"]

ARMS: tuple[Arm, ...] = get_args(Arm)
INTENSITIES: tuple[Intensity, ...] = get_args(Intensity)
_LAYOUTS: Mapping[Arm, Layout] = {"gat-random": "random", "gat-grid": "grid"}
BRANCHES = 3
"""Breadth of the tree; its depth is 3 as well: scan, hypotheses, verification (arXiv 2604.05900)."""
VERSION = "1"
"""Of prompts and drawing: changes when either does, so that runs can tell."""


class GatRules(BaseModel):
    """How regions are found and marked, and how long answers may be.

    Parameters
    ----------
    working_side
        Longest side, in pixels, of the picture that is segmented.
    scale, sigma, min_size
        Of the segmentation (Felzenszwalb and Huttenlocher 2004), at the working size: preference for large
        segments, standard deviation of the smoothing in pixels, smallest segment in pixels.
    texture_weight
        Weight of local contrast beside colour when regions are compared; 0 looks at colour only.
    most_regions
        Merging goes on until there are no more than this; never below 2.
    min_share
        Merging goes on while a region has less than this share of the picture.
    merge_below
        With `most_regions` or fewer left, two regions are still merged whose mean colours and textures
        differ by less than this, in units of CIELAB.
    smallest_marked_side
        Pixels; a smaller picture is enlarged before marks are drawn, so that numbers can be read.
    mark_share
        Radius of a mark, as a share of the square root of the picture's area.
    png_up_to
        Pixels; marked pictures up to this size are PNG, larger ones JPEG of quality 95.
    tree_tokens, scan_tokens, plain_tokens
        Longest answer to the tree, to the scan, and to the plain question. Chain of thought at a matched
        budget has `tree_tokens` too.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    working_side: int = Field(default=256, ge=32, le=1024)
    scale: float = Field(default=150.0, gt=0)
    sigma: float = Field(default=0.8, ge=0)
    min_size: int = Field(default=40, ge=1)
    texture_weight: float = Field(default=0.5, ge=0)
    most_regions: int = Field(default=4, ge=2, le=4)
    min_share: float = Field(default=0.05, ge=0, le=0.25)
    merge_below: float = Field(default=8.0, ge=0)
    smallest_marked_side: int = Field(default=224, ge=64, le=1024)
    mark_share: float = Field(default=0.035, gt=0, le=0.1)
    png_up_to: int = Field(default=2_000_000, ge=0)
    tree_tokens: int = Field(default=768, ge=64)
    scan_tokens: int = Field(default=384, ge=32)
    plain_tokens: int = Field(default=32, ge=1)


def layout_of(arm: Arm) -> Layout | None:
    """Say which regions an arm marks; None where nothing is marked."""
    if arm == "tree":
        return None
    return _LAYOUTS.get(arm, "graph")


def has_tree(arm: Arm) -> bool:
    """Say whether an arm asks for the tree; only "scaffold" asks the plain question."""
    return arm != "scaffold"
