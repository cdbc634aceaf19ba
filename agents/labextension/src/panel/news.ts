// Tells the person that a project is closed to them, and, where they want that, what others published and the agent has brought here.

import { Notification } from "@jupyterlab/apputils";
import type { Acts } from "../commands/acts";
import { tell } from "../commands/carry_out";
import { published } from "../words";

const STAYS = 8000;

/** Tell from now on. */
export function tellNews(acts: Acts): void {
  tellLosses(acts);
  tellPublished(acts);
}

function tellLosses(acts: Acts): void {
  const { state, trans } = acts.hubshare;
  const reached = new Set<string>();
  state.changed.connect(() => {
    for (const one of state.checkouts) {
      if (one.lost === null) {
        reached.add(one.checkout);
      } else if (reached.delete(one.checkout)) {
        const unlink = { label: trans.__("Unlink…"), does: () => void acts.unlink(one) };
        tell({ kind: "warning", message: one.lost }, [unlink]);
      }
    }
  });
}

function tellPublished(acts: Acts): void {
  const { state, settings, trans } = acts.hubshare;
  state.written.connect((_, written) => {
    const checkout = state.checkouts.find(one => one.folder === written.folder);
    const mine = written.by === null || written.by === state.hello?.user;
    // What the person pulls by hand is told as the outcome of that.
    if (settings.notifications !== "all" || mine || checkout?.mode !== "auto") {
      return;
    }
    const show = { label: trans.__("Show"), callback: () => acts.show("history", written.folder) };
    Notification.info(published(written, trans), { autoClose: STAYS, actions: [show] });
  });
}
