// The repositories elsewhere that a project is pushed to.

import { showErrorMessage } from "@jupyterlab/apputils";
import { showMirrors } from "../dialogs/mirrors";
import type { Acts } from "./acts";

/** Show the mirrors of a project, and have them be changed. */
export async function mirrors(acts: Acts, project: string): Promise<void> {
  const { server, trans } = acts.hubshare;
  try {
    await showMirrors(await server.call("mirrors", { project }), server, trans);
  } catch (error) {
    await showErrorMessage(trans.__("Mirrors of %1", project), error instanceof Error ? error.message : String(error));
  }
}
