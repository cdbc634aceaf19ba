"""How pages call kinds of jobs."""

from __future__ import annotations

from pkgutil import resolve_name

from hubshare.features import FEATURES
from hubshare.jobs import JOBS
from hubshare.service.pages.job_words import KINDS


def test_each_kind_of_jobs_has_a_name_of_its_own() -> None:
    of_features = [job for feature in FEATURES if feature.jobs for job in resolve_name(feature.jobs)]
    kinds = {job.name for job in (*JOBS, *of_features)}
    assert kinds <= KINDS.keys()
    assert len(set(KINDS.values())) == len(KINDS)
