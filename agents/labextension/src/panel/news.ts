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
  tellConflicts(acts);
}

/** Tell of conflicts that come by themselves, once for a project; what is pushed or pulled by hand tells its own. */
function tellConflicts(acts: Acts): void {
  const { state, trans } = acts.hubshare;
  const known = new Map<string, number>();
  const told = new Map<string, string>();
  state.changed.connect(() => {
    for (const { checkout, counts, folder, mode, project } of state.checkouts) {
      if (counts === null) {
        continue;
      }
      const now = counts.conflicts;
      const before = known.get(checkout) ?? now;
      known.set(checkout, now);
      const last = told.get(checkout);
      if (now === 0 && last !== undefined) {
        told.delete(checkout);
        Notification.dismiss(last);
      } else if (now > before && mode === "auto") {
        const message = trans._n("%2 has %1 conflict.", "%2 has %1 conflicts.", now, project);
        if (last === undefined || !Notification.update({ id: last, message })) {
          const actions = [{ label: trans.__("Show"), callback: () => acts.show("conflicts", folder) }];
          told.set(checkout, Notification.warning(message, { autoClose: false, actions }));
        }
      }
    }
  });
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
