"""`make fuzz`: bytes that Atheris makes up, for each reader in turn; it stops at the first that breaks one.

What is found is kept in `artifacts/fuzz`. To have it tried for ever, put it into `tests/fuzz/found/TARGET/`.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path

_ARTIFACTS = Path(__file__).parents[2] / "artifacts" / "fuzz"
FOUND = Path(__file__).with_name("found")


def main() -> int:
    """Run each target in a process of its own; return 1 if one was broken."""
    wanted = argparse.ArgumentParser(prog="make fuzz", description=__doc__)
    wanted.add_argument("--seconds", type=int, default=60, help="for each target")
    wanted.add_argument("--seed", type=int, default=1)
    wanted.add_argument("--target", action="append", help="only these; may be given several times")
    wanted.add_argument("--one", help=argparse.SUPPRESS)
    args = wanted.parse_args()
    if args.one:
        _fuzz(args.one, args.seconds, args.seed)
    from tests.fuzz.targets import TARGETS

    _ARTIFACTS.mkdir(parents=True, exist_ok=True)
    broken = []
    for name in args.target or TARGETS:
        options = ["--one", name, "--seconds", str(args.seconds), "--seed", str(args.seed)]
        done = subprocess.run([sys.executable, "-m", "tests.fuzz", *options], capture_output=True, text=True)
        said = [line for line in done.stderr.splitlines() if line.startswith(("Done", "#"))]
        print(f"{name}: {'BROKEN' if done.returncode else said[-1] if said else 'no word'}", flush=True)
        if done.returncode:
            print(done.stdout[-2000:], done.stderr[-4000:], flush=True)
            broken.append(name)
    return 1 if broken else 0


def _fuzz(name: str, seconds: int, seed: int) -> None:
    """Fuzz one target; this does not return."""
    import atheris

    with atheris.instrument_imports(include=["hubshare", "hubshare_workers"]):
        from tests.fuzz.targets import TARGETS
    target = TARGETS[name]
    with tempfile.TemporaryDirectory() as corpus:
        for number, one in enumerate([*target.seeds, *(path.read_bytes() for path in (FOUND / name).glob("*"))]):
            (Path(corpus) / f"seed-{number}").write_bytes(one)
        bounds = [f"-max_total_time={seconds}", f"-seed={seed}", "-timeout=10", "-rss_limit_mb=2048", "-max_len=20000"]
        atheris.Setup([name, corpus, *bounds, f"-artifact_prefix={_ARTIFACTS}/{name}-"], target.run)
        atheris.Fuzz()


if __name__ == "__main__":
    sys.exit(main())
