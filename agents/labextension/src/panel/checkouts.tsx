// The projects that are checked out on this server, how each is, and what can be done with it.

import type { LabIcon } from "@jupyterlab/ui-components";
import type { ReactElement } from "react";
import type { Acts } from "../commands/acts";
import { moreIcon, pullIcon, pushIcon } from "../icons";
import type { Summary, Unopened } from "../socket";
import { glance, split } from "../words";

interface CheckoutsProps {
  acts: Acts;
  checkouts: readonly Summary[];
  unopened: readonly Unopened[];
  /** Shows all that can be done with a checkout, below a button. */
  menu: (checkout: Summary, button: HTMLElement) => void;
  showConflicts: (checkout: Summary) => void;
}

/** The projects that are here. */
export function Checkouts({ acts, checkouts, unopened, menu, showConflicts }: CheckoutsProps): ReactElement | null {
  const { trans } = acts.hubshare;
  if (checkouts.length + unopened.length === 0) {
    return null;
  }
  const sorted = [...checkouts].sort((a, b) => (a.project < b.project ? -1 : 1));
  return (
    <section className="hs-Section" aria-labelledby="hs-here">
      <h2 id="hs-here" className="hs-Heading">
        {trans.__("On this server")}
      </h2>
      <ul className="hs-List">
        {sorted.map(one => (
          <CheckoutItem key={one.folder} {...{ acts, one, menu, showConflicts }} />
        ))}
        {unopened.map(one => (
          <li key={one.folder + one.project} className="hs-Item">
            <span className="hs-Dot hs-mod-needs" aria-hidden="true" />
            <div className="hs-Item-words">
              <div className="hs-Item-name">{one.project || one.folder || trans.__("A checkout")}</div>
              <div className="hs-Item-state">{one.fault}</div>
            </div>
          </li>
        ))}
      </ul>
    </section>
  );
}

interface CheckoutItemProps {
  acts: Acts;
  one: Summary;
  menu: CheckoutsProps["menu"];
  showConflicts: CheckoutsProps["showConflicts"];
}

function CheckoutItem({ acts, one, menu, showConflicts }: CheckoutItemProps): ReactElement {
  const { trans } = acts.hubshare;
  const { tone, text, detail } = glance(one, trans);
  const { owner, name } = split(one.project);
  const { outgoing, incoming, conflicts } = one.counts ?? { outgoing: 0, incoming: 0, conflicts: 0 };
  const step = one.step;
  const inLab = acts.hubshare.state.inLab(one.folder);
  return (
    <li className="hs-Item">
      <span className={`hs-Dot hs-mod-${tone}`} aria-hidden="true" />
      <div className="hs-Item-words">
        <button
          type="button"
          className="hs-Item-name"
          title={inLab === null ? one.folder : trans.__("Show the folder %1", inLab || "/")}
          onClick={() => void acts.open(one.folder)}
        >
          {name} {owner !== acts.hubshare.state.hello?.user && <span className="hs-Item-owner">{owner}</span>}
        </button>
        <div className="hs-Item-state" title={detail}>
          {conflicts > 0 && !one.paused && !one.lost ? (
            <button type="button" className="hs-Link" onClick={() => showConflicts(one)}>
              {text}
            </button>
          ) : (
            text
          )}
          {one.mode === "auto" && <span className="hs-Tag">{trans.__("auto")}</span>}
          {one.role === "reader" && <span className="hs-Tag">{trans.__("read only")}</span>}
        </div>
        {step !== null && step.total > 0 && (
          <progress className="hs-Progress" aria-label={text} value={step.done} max={step.total} />
        )}
      </div>
      <div className="hs-Item-acts">
        {outgoing > 0 && one.role !== "reader" && !one.lost && (
          <IconButton icon={pushIcon} label={trans.__("Push %1…", one.project)} does={() => void acts.push(one)} />
        )}
        {incoming > 0 && !one.lost && (
          <IconButton icon={pullIcon} label={trans.__("Pull %1…", one.project)} does={() => void acts.pull(one)} />
        )}
        <IconButton
          icon={moreIcon}
          label={trans.__("More for %1", one.project)}
          popup
          does={button => menu(one, button)}
        />
      </div>
    </li>
  );
}

interface IconButtonProps {
  icon: LabIcon;
  label: string;
  does: (at: HTMLElement) => void;
  /** Whether it opens a menu. */
  popup?: boolean;
}

/** A button that is a picture. */
export function IconButton({ icon, label, does, popup }: IconButtonProps): ReactElement {
  return (
    <button
      type="button"
      className="hs-Icon"
      title={label}
      aria-label={label}
      aria-haspopup={popup ? "menu" : undefined}
      onClick={event => does(event.currentTarget)}
    >
      <icon.react tag="span" />
    </button>
  );
}
