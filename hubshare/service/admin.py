"""What whoever runs the Hub does on its machine: `python -m hubshare.service.admin rename-user OLD NEW`."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from pydantic import SecretStr
from redis.exceptions import RedisError

from hubshare.centre import Centre
from hubshare.config import CentreSettings
from hubshare.embedded.installation import embedded_redis_url
from hubshare.errors import HubShareError, Unavailable
from hubshare.features.mail.operations import send_trial
from hubshare.names import count
from hubshare.operations import users
from hubshare.operations.ops import words
from hubshare.operations.ops.queues import read_queues
from hubshare.operations.ops.sight import read_overview
from hubshare.operations.ops.workers import read_workers
from hubshare.store.users import Belongings


def main(arguments: Sequence[str] | None = None) -> int:
    """Carry out a command; return the exit code."""
    args = _parser().parse_args(arguments)
    try:
        for line in _carry_out(args, _centre(args.data)):
            print(line)
    except RedisError:
        words = "Redis does not answer: start the Hub first, or set HUBSHARE_REDIS_URL as its services have it."
        return _fail(Unavailable(words))
    except HubShareError as error:
        return _fail(error)
    return 0


def _fail(error: HubShareError) -> int:
    print(f"hubshare: {error.message}", file=sys.stderr)
    return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m hubshare.service.admin", description="For whoever runs the Hub.")
    parser.add_argument("--data", type=Path, help="the data folder; HUBSHARE_DATA otherwise")
    commands = parser.add_subparsers(dest="command", required=True)
    rename = commands.add_parser("rename-user", help="give all that a user has to the name that the Hub has now")
    rename.add_argument("old")
    rename.add_argument("new")
    remove = commands.add_parser("remove-user", help="take a user's roles away; projects wait for an admin of the Hub")
    remove.add_argument("user")
    trial = commands.add_parser("send-mail", help="send a mail to an address, to see that the mail server takes it")
    trial.add_argument("address")
    commands.add_parser("keep-users", help="the Hub's database was made anew, and its users are the same people")
    ops = commands.add_parser("ops", help="whether sharing is healthy, and why not; how workers and queues are")
    ops.add_argument("--json", action="store_true", help="as JSON, for programs")
    return parser


def _centre(data: Path | None) -> Centre:
    settings = CentreSettings() if data is None else CentreSettings(data=data.absolute())
    own = None if "HUBSHARE_REDIS_URL" in os.environ else embedded_redis_url(settings.data)
    return Centre.open(settings if own is None else settings.model_copy(update={"redis_url": SecretStr(own)}))


def _carry_out(args: argparse.Namespace, centre: Centre) -> Sequence[str]:
    if args.command == "rename-user":
        return [f"{args.old} is {args.new} now: {_words(users.rename_user(centre, old=args.old, new=args.new))}."]
    if args.command == "keep-users":
        known, given, waits = users.keep_users(centre)
        return [
            f"Whoever the Hub has under {count(known, 'name')} keeps what is there.",
            *(f"{user} has back what waited as {aside}." for user, aside in given),
            *(f"{aside} still waits, since there is something new under the name." for aside in waits),
        ]
    if args.command == "send-mail":
        send_trial(centre, address=args.address)
        return [f"{centre.settings.smtp_host} has taken a mail to {args.address}: look whether it arrives."]
    if args.command == "ops":
        overview = read_overview(centre)
        workers, queues = read_workers(centre), read_queues(centre)
        if args.json:
            found = overview.model_dump(mode="json") | {"processes": [one.model_dump(mode="json") for one in workers]}
            return [json.dumps(found | queues.model_dump(mode="json"), indent=2)]
        return [*words.of_findings(overview), "", *words.of_workers(workers), "", *words.of_queues(queues)]
    had, aside = users.remove_user(centre, user=args.user)
    lines = [f"{args.user} was removed: {_words(had)}."]
    lines += [f"  `hubshare transfer '{aside}/{project}' NEWOWNER`" for project in sorted(_names(had))]
    return (
        lines
        if len(lines) == 1
        else [lines[0], "To give what is left to somebody, as an admin of the Hub:", *lines[1:]]
    )


def _names(had: Belongings) -> list[str]:
    return [project.name for project in had.projects]


def _words(had: Belongings) -> str:
    counts = {"project": len(had.projects), "role": len(had.granted), "team": len(had.teams), "checkout": had.checkouts}
    return ", ".join(count(number, what) for what, number in counts.items())


if __name__ == "__main__":
    sys.exit(main())
