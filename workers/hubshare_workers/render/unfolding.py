"""Parts of outputs that unfold by a checkbox and a style sheet, as those of scikit-learn and xarray do: here by `<details>`."""

from __future__ import annotations

import re
import time

from bs4 import BeautifulSoup, Tag

from hubshare_workers.render.failing import TooDear

#: What puts an element where it is in a grid, which the one around it is to do.
_PLACE = re.compile(r"grid-column:[^;]*")


class Folded:
    """The parts of an output that are folded until a box is checked; it is, so that sheets say how they look then.

    Args:
        page: the output.
        elements: all of it.
    """

    def __init__(self, page: BeautifulSoup, elements: list[Tag]) -> None:
        self._page = page
        self._shown: dict[int, Tag] = {}
        self._boxes: dict[int, Tag] = {}
        self._labels = {str(one.get("for")): one for one in elements if one.name == "label"}
        last: dict[int, Tag] = {}
        for one in elements if self._labels else ():
            if one.name == "input" and one.get("type") == "checkbox":
                last[id(one.parent)] = one
            elif box := last.get(id(one.parent)):
                # The nearest one before it.
                self._boxes[id(one)] = box
        folding = {
            id(box): box for box in self._boxes.values() if not box.has_attr("checked") and not box.has_attr("disabled")
        }
        for box in folding.values():
            box["checked"] = ""
        self._boxes = {key: box for key, box in self._boxes.items() if id(box) in folding}

    def leave(self, found: list[Tag], declared: str) -> list[Tag]:
        """Of the elements that a rule for checked boxes means, those that are to look so; others are seen while it is folded.

        Args:
            declared: what the rule declares.
        """
        shows = re.search(r"display:\s*(?!none)", declared) is not None
        self._shown |= {id(one): one for one in found if shows and id(one) in self._boxes}
        return [one for one in found if shows or id(one) not in self._boxes]

    def fold(self, until: float) -> None:
        """Put what boxes unfold into elements that do so without any.

        Args:
            until: by what time of the processor.

        Raises:
            TooDear: it takes longer: each is looked for among all that are beside it.
        """
        for key, one in self._shown.items():
            if time.process_time() > until:
                raise TooDear("To fold the parts of this output takes too long.")
            label = self._labels.get(str(self._boxes[key].get("id")))
            before = one.find_previous_sibling(True)
            if isinstance(before, Tag) and before.get("data-folds") == "":
                # One for all that is said of a thing.
                before.append(one.extract())
                continue
            details, summary = self._page.new_tag("details"), self._page.new_tag("summary")
            if place := _PLACE.search(str(one.get("style", ""))):
                details["style"] = place[0]
            one.wrap(details)
            details.insert(0, summary)
            if label is not None and label is before and label.get_text(strip=True):
                # Its own arrow shows that it unfolds. A label would take the click.
                label.name = "div"
                summary["style"] = "list-style: none"
                summary.append(label.extract())
            else:
                details["data-folds"] = ""
                summary.string = "More"
