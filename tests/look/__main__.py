"""`make look ARGS=FOLDER`: pushes a folder of files to a Hub of its own and reports what looks wrong on their pages."""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
from collections import Counter
from pathlib import Path

from playwright.sync_api import sync_playwright

from demo.stack import LocalStack
from hubshare.errors import Unavailable
from tests.helpers.browsers import ARTIFACTS, Browsers, find_chromium
from tests.helpers.sample import ran
from tests.look.walk import Seen, Walk


def main() -> int:
    """Walk, and print a line for each file that something is wrong with, then the sums; 1 where that cannot be done."""
    parser = argparse.ArgumentParser(prog="make look", description=__doc__)
    parser.add_argument("folder", type=Path, help="the files to be looked at")
    parser.add_argument("--only", default="**/*", metavar="PATTERN", help="which of them, such as '*.ipynb'")
    parser.add_argument(
        "--pictures", action="store_true", help="take pictures, light, dark and narrow, in artifacts/look"
    )
    parser.add_argument("--all", action="store_true", help="a line for each file, also where all is well")
    options = parser.parse_args()
    try:
        find_chromium()
    except Unavailable as error:
        print(error.message, file=sys.stderr)
        return 1
    paths = sorted(
        path.relative_to(options.folder).as_posix() for path in options.folder.glob(options.only) if path.is_file()
    )
    if not paths:
        print(f"{options.folder} has no files that are {options.only}", file=sys.stderr)
        return 1
    pictures = ARTIFACTS / "look" if options.pictures else None
    if pictures:
        pictures.mkdir(parents=True, exist_ok=True)
    with (
        tempfile.TemporaryDirectory(prefix="look-") as place,
        LocalStack(Path(place), users=("alice",)) as stack,
        sync_playwright() as playwright,
        Browsers(playwright, stack) as browsers,
    ):
        stack.start_server("alice")
        shutil.copytree(options.folder, stack.home("alice") / "look", symlinks=True)
        ran(stack, "alice", "share", stack.home("alice") / "look")
        alice = browsers("alice")
        seen = []
        for one in Walk(alice, "projects/alice/look", pictures).all(paths):
            seen.append(one)
            print(f"\r{len(seen)} of {len(paths)}", end="", file=sys.stderr, flush=True)
        alice.close()
    print(file=sys.stderr)
    _report(seen, options.all)
    return 0


def _report(seen: list[Seen], whole: bool) -> None:
    counts: Counter[str] = Counter()
    for one in seen:
        for fault, (count, _) in one.wrong.items():
            counts[fault] += count
        if one.wrong or one.said or whole:
            print(f"{one.path}  {one.seconds:.1f} s{f', says: {one.said}' if one.said else ''}")
        for fault, (count, examples) in one.wrong.items():
            print(f"    {count} {fault}{': ' if examples else ''}{' | '.join(examples)}")
    times = sorted(one.seconds for one in seen)
    formulas = sum(one.formulas for one in seen)
    print(f"\n{len(seen)} files, {formulas} formulas set")
    print(f"until shown: {times[len(times) // 2]:.2f} s (median), {times[-1]:.1f} s (longest)")
    print(", ".join(f"{count} {fault}" for fault, count in counts.most_common()) or "nothing looks wrong")


if __name__ == "__main__":
    sys.exit(main())
