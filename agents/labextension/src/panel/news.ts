// Tells the person, where they want that, what others published and the agent has brought here by itself.

import { Notification } from "@jupyterlab/apputils";
import type { Acts } from "../commands/acts";

const STAYS = 8000;

/** Tell from now on. */
export function tellNews(acts: Acts): void {
  const { state, settings, trans } = acts.hubshare;
  state.written.connect((_, written) => {
    const checkout = state.checkouts.find(one => one.folder === written.folder);
    const mine = written.by === null || written.by === state.hello?.user;
    // What the person pulls by hand is told as the outcome of that.
    if (settings.notifications !== "all" || mine || checkout?.mode !== "auto") {
      return;
    }
    const files = written.paths.length + written.deleted.length;
    const message = written.everything
      ? trans.__("%1 published version %2 of %3.", written.by, written.version, written.project)
      : trans._n(
          "%2 published version %3 of %4: %1 file here.",
          "%2 published version %3 of %4: %1 files here.",
          files,
          written.by,
          written.version,
          written.project,
        );
    const show = { label: trans.__("Show"), callback: () => acts.show("history", written.folder) };
    Notification.info(message, { autoClose: STAYS, actions: [show] });
  });
}
