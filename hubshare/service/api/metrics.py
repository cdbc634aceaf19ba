"""Metrics for Prometheus."""

from __future__ import annotations

from fastapi import APIRouter, Depends, Response
from prometheus_client import CONTENT_TYPE_PLAIN_0_0_4

from hubshare.operations.caller import Caller
from hubshare.operations.ops import check_may_see
from hubshare.operations.ops.metrics import render_metrics
from hubshare.service.web.authorize import requires
from hubshare.service.web.dependencies import TheCentre
from hubshare.store.access.actions import Action


def make_router(open_to_all: bool) -> APIRouter:
    """The route of the metrics.

    Args:
        open_to_all: whether they are shown to whoever asks, and not only to those who run the Hub.
    """
    router, allowed = APIRouter(include_in_schema=False), requires(Action.HEALTH if open_to_all else Action.SEE_OPS)

    @router.get("/metrics")
    def metrics(centre: TheCentre, caller: Caller = Depends(allowed)) -> Response:  # noqa: B008
        """Everything that is counted, in the text format of Prometheus."""
        if not open_to_all:
            check_may_see(caller)
        return Response(render_metrics(centre), media_type=CONTENT_TYPE_PLAIN_0_0_4)

    return router
