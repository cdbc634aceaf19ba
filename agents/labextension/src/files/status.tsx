// The item in the status bar: how the checkout is that one works in, or how many things need the person.

import type { FileBrowser } from "@jupyterlab/filebrowser";
import { ReactWidget, UseSignal } from "@jupyterlab/ui-components";
import type { CommandRegistry } from "@lumino/commands";
import type { ReactElement } from "react";
import type { Acts } from "../commands/acts";
import { CommandIDs } from "../commands/ids";
import { hubshareIcon } from "../icons";
import { glance, split } from "../words";

/** The item in the status bar. */
export class StatusItem extends ReactWidget {
  constructor(
    private readonly acts: Acts,
    private readonly commands: CommandRegistry,
    private readonly browser: FileBrowser | null,
  ) {
    super();
    browser?.model.pathChanged.connect(() => this.update());
  }

  /** Whether there is anything to say. */
  get active(): boolean {
    return this.acts.hubshare.state.checkouts.length > 0;
  }

  protected render(): ReactElement {
    const { state, trans } = this.acts.hubshare;
    return (
      <UseSignal signal={state.changed}>
        {() => {
          const one = this.browser === null ? null : (state.at(this.browser.model.path)?.checkout ?? null);
          const words =
            state.link !== "connected"
              ? trans.__("HubShare: offline")
              : one !== null
                ? `${split(one.project).name}: ${glance(one, trans).text}`
                : state.needs > 0
                  ? trans._n("%1 item needs attention", "%1 items need attention", state.needs)
                  : trans._n("%1 project here", "%1 projects here", state.checkouts.length);
          const title = one === null ? trans.__("HubShare") : glance(one, trans).detail || one.project;
          return (
            <button
              type="button"
              className="hs-Status"
              title={title}
              onClick={() => void this.commands.execute(CommandIDs.panel)}
            >
              <hubshareIcon.react tag="span" elementSize="small" />
              {words}
            </button>
          );
        }}
      </UseSignal>
    );
  }
}
