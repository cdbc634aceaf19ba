"""Classes, teachers and programs that ask for much at the same time are answered: played by a clock that jumps."""

from __future__ import annotations

import asyncio
import selectors
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable

import pytest

from hubshare.config import CentreSettings
from hubshare.errors import HubShareError
from hubshare.operations.asker import Asker
from hubshare.service.web.debts import Debts
from hubshare.service.web.places import Places, all_places

#: Seconds of a processor: a page, an image of it or an answer of the API, what a clone takes of the service, and of git.
PAGE, SMALL, CLONE, GIT = 0.06, 0.008, 0.25, 1.0
SCHOOL = Asker("192.0.2.1", True)


class _Jumping(selectors.DefaultSelector):
    """Waits for nothing but events: the time until the next one has passed already."""

    now = 100.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        self.now += timeout or 0.0
        return super().select(0)


class _Loop(asyncio.SelectorEventLoop):
    """An event loop whose clock stands still while something can be done."""

    def __init__(self) -> None:
        self.jumping = _Jumping()
        super().__init__(self.jumping)

    def time(self) -> float:
        return self.jumping.now


class Service:
    """A process of the service with one processor; for the event loop."""

    def __init__(self) -> None:
        self._clock = asyncio.get_running_loop().time
        self.debts = Debts(self._clock)
        self.places: dict[str, Places] = all_places(CentreSettings(), self.debts)
        self._processor = asyncio.Lock()
        self.refused = Counter[str]()
        self.longest = 0.0

    async def compute(self, seconds: float) -> None:
        """Take the processor for some time, a little at a time."""
        while seconds > 0:
            async with self._processor:
                await asyncio.sleep(min(0.02, seconds))
            seconds -= 0.02

    async def ask(self, asker: Asker, seconds: float = PAGE) -> None:
        """An ordinary request."""
        began = self._clock()
        try:
            async with self.places["request"].place(asker):
                await self.compute(seconds)
            self.debts.add(asker, seconds)
        except HubShareError as error:
            self.refused[type(error).__name__] += 1
        self.longest = max(self.longest, self._clock() - began)

    async def take(self, kind: str, asker: Asker, seconds: float, of_git: float = 0.0) -> None:
        """A request for something large, which is counted as `Metered` does."""
        try:
            async with self.places["request"].place(asker):
                pass
            async with self.places[kind].place(asker):
                while seconds > 0.1:
                    await self.compute(0.1)
                    self.debts.add(asker, 0.1, 0.0)
                    seconds -= 0.1
                await asyncio.sleep(of_git)
            self.debts.add(asker, seconds + of_git, min(seconds + of_git, 0.1))
        except HubShareError as error:
            self.refused[type(error).__name__] += 1

    async def open_project(self, asker: Asker, images: int = 10) -> None:
        """What a browser does: the page, then what is in it, six at a time."""
        await self.ask(asker)
        rest = asyncio.Semaphore(6)

        async def image() -> None:
            async with rest:
                await self.ask(asker, SMALL)

        await asyncio.gather(*(image() for _ in range(images)))

    async def clone(self, asker: Asker) -> None:
        """What git does: where the project stands, in two steps, and the pack."""
        await self.ask(asker, SMALL)
        await self.take("clone", asker, 0.01)
        await self.take("clone", asker, CLONE, GIT)


def play(story: Callable[[Service], Awaitable[None]]) -> Service:
    async def played() -> Service:
        service = Service()
        await story(service)
        assert not any(places.held or places.waiting for places in service.places.values())
        return service

    with asyncio.Runner(loop_factory=_Loop) as runner:
        return runner.run(played())


async def every(seconds: float, asks: Iterable[Awaitable[None]]) -> None:
    """Begin one after the other, so often."""
    tasks = []
    for one in asks:
        tasks.append(asyncio.ensure_future(one))
        await asyncio.sleep(seconds)
    await asyncio.gather(*tasks)


@pytest.mark.parametrize("apart", [0.0, 0.1, 1.0])
def test_a_class_that_opens_a_project_is_answered(apart: float) -> None:
    async def story(service: Service) -> None:
        await every(apart, [service.open_project(Asker(f"student{number}", False)) for number in range(60)])

    # All of it is 8.4 s for one processor.
    service = play(story)
    assert not service.refused and service.longest < 10


@pytest.mark.parametrize("apart", [0.0, 0.1, 1.0])
def test_so_is_one_without_accounts_behind_one_address(apart: float) -> None:
    async def story(service: Service) -> None:
        await every(apart, [service.open_project(SCHOOL) for _ in range(60)])

    service = play(story)
    assert not service.refused and service.longest < (30 if apart < 1 else 2)


def test_a_class_behind_one_address_clones_and_opens_pages_meanwhile() -> None:
    async def story(service: Service) -> None:
        pages = every(1.0, [service.open_project(SCHOOL, 2) for _ in range(40)])
        await asyncio.gather(every(0.1, [service.clone(SCHOOL) for _ in range(60)]), pages)

    service = play(story)
    assert not service.refused and service.longest < 10


def test_who_takes_a_large_archive_opens_pages_meanwhile() -> None:
    async def story(service: Service) -> None:
        teacher = Asker("teacher", False)
        pages = every(3.0, [service.open_project(teacher, 2) for _ in range(20)])
        await asyncio.gather(service.take("archive", teacher, 60.0), pages)

    service = play(story)
    assert not service.refused and service.longest < 2


def test_who_downloads_all_submissions_gets_them_and_opens_pages_meanwhile() -> None:
    async def story(service: Service) -> None:
        teacher = Asker("teacher", False)
        pages = every(3.0, [service.open_project(teacher, 2) for _ in range(5)])
        await asyncio.gather(pages, *(service.take("download", teacher, 0.3) for _ in range(60)))

    service = play(story)
    assert not service.refused and service.longest < 10


def test_programs_that_ask_without_end_are_not_held_up() -> None:
    async def story(service: Service) -> None:
        dashboard, builds = Asker("dashboard", False), Asker("builds", False)
        await asyncio.gather(
            every(0.5, [service.ask(dashboard, SMALL) for _ in range(600)]),
            every(0.0, [service.clone(builds) for _ in range(20)]),
            *(
                every(5.0, [service.ask(Asker(f"panel{number}", False), SMALL) for _ in range(12)])
                for number in range(60)
            ),
        )
        assert not service.debts.is_dear(dashboard)

    service = play(story)
    assert not service.refused and service.longest < 10


def test_who_asks_for_dear_pages_without_end_has_half_a_processor_and_waits_for_seconds_at_most() -> None:
    async def story(service: Service) -> None:
        mallory, alice = Asker("mallory", False), Asker("alice", False)
        served = 0

        async def asking() -> None:
            nonlocal served
            while asyncio.get_running_loop().time() < 160.0:
                await service.ask(mallory, 0.5)
                served += 1

        began = service.longest
        tasks = [asyncio.create_task(asking()) for _ in range(20)]
        await asyncio.sleep(20)
        service.longest = began
        others = service.longest
        for _ in range(10):
            at = asyncio.get_running_loop().time()
            await service.ask(alice)
            others = max(others, asyncio.get_running_loop().time() - at)
        assert others < 0.3
        await asyncio.gather(*tasks)
        # A share of sixty seconds, what is forgiven besides, and those that were let in together.
        assert served * 0.5 < 45

    play(story)
