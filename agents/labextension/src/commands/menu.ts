// The menu of a checkout: all that can be done with it.

import type { CommandRegistry } from "@lumino/commands";
import { Menu } from "@lumino/widgets";
import type { Summary } from "../socket";
import { CommandIDs } from "./ids";

/** What can be done with a checkout, in this order; null is a line between. */
export const CHECKOUT_MENU: readonly (string | null)[] = [
  CommandIDs.openFolder,
  null,
  CommandIDs.sync,
  CommandIDs.push,
  CommandIDs.pull,
  CommandIDs.auto,
  null,
  CommandIDs.conflicts,
  CommandIDs.history,
  CommandIDs.origin,
  CommandIDs.people,
  CommandIDs.invite,
  CommandIDs.mirrors,
  null,
  CommandIDs.pages,
  CommandIDs.copyLink,
  null,
  CommandIDs.unlink,
];

/** Open the menu of a checkout below a button, which has the focus again afterwards. */
export function openMenu(commands: CommandRegistry, checkout: Summary, button: HTMLElement): void {
  const menu = new Menu({ commands });
  menu.addClass("hs-Menu");
  for (const command of CHECKOUT_MENU) {
    if (command === null) {
      menu.addItem({ type: "separator" });
    } else if (commands.hasCommand(command)) {
      menu.addItem({ command, args: { folder: checkout.folder } });
    }
  }
  menu.aboutToClose.connect(() => button.focus());
  const { left, bottom } = button.getBoundingClientRect();
  menu.open(left, bottom);
}
