// A chip below the breadcrumbs: how the checkout is that the file browser shows, and all that can be done with it.

import type { FileBrowser } from "@jupyterlab/filebrowser";
import { ReactWidget, UseSignal } from "@jupyterlab/ui-components";
import type { CommandRegistry } from "@lumino/commands";
import type { ReactElement } from "react";
import type { Acts } from "../commands/acts";
import { CommandIDs } from "../commands/ids";
import { openMenu } from "../commands/menu";
import { hubshareIcon, moreIcon, pullIcon, pushIcon } from "../icons";
import { IconButton } from "../panel/checkouts";
import type { Summary } from "../socket";
import { glance, split } from "../words";

/** The chip; not there while no checkout is shown. */
export class Chip extends ReactWidget {
  constructor(
    private readonly acts: Acts,
    private readonly browser: FileBrowser,
    private readonly commands: CommandRegistry,
  ) {
    super();
    this.addClass("hs-Chip");
    acts.hubshare.state.changed.connect(() => this.mayShow());
    browser.model.pathChanged.connect(() => this.mayShow());
    this.hide();
  }

  /** The checkout that is shown. */
  get checkout(): Summary | null {
    return this.acts.hubshare.state.at(this.browser.model.path)?.checkout ?? null;
  }

  private mayShow(): void {
    this.setHidden(this.checkout === null);
    this.update();
  }

  protected render(): ReactElement {
    const { state, trans } = this.acts.hubshare;
    return (
      <UseSignal signal={state.changed}>
        {() => {
          const one = this.checkout;
          if (one === null) {
            return <></>;
          }
          const { tone, text, detail } = glance(one, trans);
          const { outgoing, incoming } = one.counts ?? { outgoing: 0, incoming: 0 };
          return (
            <div className="hs-Chip-row">
              <button
                type="button"
                className="hs-Chip-state"
                title={[trans.__("Shared as %1", one.project), detail].filter(Boolean).join("\n")}
                onClick={() => void this.commands.execute(CommandIDs.panel)}
              >
                <hubshareIcon.react tag="span" elementSize="small" />
                <span className="hs-Chip-name">{split(one.project).name}</span>
                <span className={`hs-Dot hs-mod-${tone}`} aria-hidden="true" />
                <span>{text}</span>
              </button>
              {outgoing > 0 && one.role !== "reader" && (
                <IconButton icon={pushIcon} label={trans.__("Push…")} does={() => void this.acts.push(one)} />
              )}
              {incoming > 0 && (
                <IconButton icon={pullIcon} label={trans.__("Pull…")} does={() => void this.acts.pull(one)} />
              )}
              <IconButton
                icon={moreIcon}
                label={trans.__("More for %1", one.project)}
                popup
                does={button => openMenu(this.commands, one, button)}
              />
            </div>
          );
        }}
      </UseSignal>
    );
  }
}
