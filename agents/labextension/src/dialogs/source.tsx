// What is asked about something from the internet before it is fetched, and what is said of what could not be.

import { Dialog, showDialog } from "@jupyterlab/apputils";
import type { TranslationBundle } from "@jupyterlab/translation";
import { ReactWidget } from "@jupyterlab/ui-components";
import { useId, useState, type ReactElement } from "react";
import type { ImportSource } from "../socket";
import { OWN_ENTER } from "./form";
import { isOwnOrTeams } from "./naming";

/** What becomes of what a link leads to. */
export interface Source extends Required<Pick<ImportSource, "follow" | "history" | "user" | "secret">> {
  /** The project's, or TEAM/NAME; empty for one that is made of the link. */
  name: string;
}

/** Nothing chosen yet. */
export const PLAIN: Source = { name: "", follow: "manual", history: false, user: "", secret: "" };

/** Whether it can be as it is said. */
export function isGood({ name }: Source): boolean {
  return name === "" || isOwnOrTeams(name);
}

interface FieldsProps {
  source: Source;
  onChange: (source: Source) => void;
  trans: TranslationBundle;
}

/** The field for the project's name. */
export function NameField({ source, onChange, trans }: FieldsProps): ReactElement {
  const id = useId();
  const good = isGood(source);
  return (
    <>
      <label className="hs-Label" htmlFor={`${id}name`}>
        {trans.__("Name of the project")}
      </label>
      <input
        id={`${id}name`}
        className="hs-Input"
        value={source.name}
        spellCheck={false}
        autoComplete="off"
        placeholder={trans.__("made of the link")}
        aria-invalid={!good}
        aria-describedby={`${id}rule`}
        onChange={event => onChange({ ...source, name: event.target.value })}
      />
      <div id={`${id}rule`} className={good ? "hs-Hint" : "hs-Hint hs-mod-wrong"} role={good ? undefined : "alert"}>
        {good
          ? trans.__(
              "What the link leads to becomes a project of yours, which nobody else sees at first. TEAM/NAME makes it a team’s.",
            )
          : trans.__("Use a–z, 0–9, “.”, “_” and “-”, with a letter or digit first and last.")}
      </div>
    </>
  );
}

/** How what is new there is taken; and folded, what few need. */
export function SourceFields({ source, onChange, trans }: FieldsProps): ReactElement {
  const id = useId();
  const [unfolded] = useState(source.user !== "" || source.secret !== "");
  const change = (part: Partial<Source>): void => onChange({ ...source, ...part });
  return (
    <>
      <label className="hs-Label" htmlFor={`${id}follow`}>
        {trans.__("Updates")}
      </label>
      <select
        id={`${id}follow`}
        className="hs-Input"
        value={source.follow}
        aria-describedby={`${id}both`}
        onChange={event => change({ follow: event.target.value as Source["follow"] })}
      >
        <option value="manual">{trans.__("manually")}</option>
        <option value="hourly">{trans.__("every hour")}</option>
        <option value="daily">{trans.__("every day")}</option>
      </select>
      <div id={`${id}both`} className="hs-Hint">
        {trans.__("A file that was changed both here and there stays as it is here until you pick a version.")}
      </div>
      <label className="hs-Choice">
        <input type="checkbox" checked={source.history} onChange={event => change({ history: event.target.checked })} />
        {trans.__("Keep the history of a git repository")}
      </label>
      <details className="hs-Details" open={unfolded}>
        <summary {...OWN_ENTER}>{trans.__("It is private: give a password or token")}</summary>
        <p className="hs-Hint">
          {trans.__("Read access is enough. It is stored encrypted at the Hub, and never shown again.")}
        </p>
        <label className="hs-Label" htmlFor={`${id}user`}>
          {trans.__("User (if it asks for one)")}
        </label>
        <input
          id={`${id}user`}
          className="hs-Input"
          value={source.user}
          maxLength={255}
          autoCapitalize="none"
          autoComplete="off"
          spellCheck={false}
          onChange={event => change({ user: event.target.value })}
        />
        <label className="hs-Label" htmlFor={`${id}secret`}>
          {trans.__("Password or token")}
        </label>
        <input
          id={`${id}secret`}
          className="hs-Input"
          type="password"
          value={source.secret}
          maxLength={4096}
          autoComplete="new-password"
          onChange={event => change({ secret: event.target.value })}
        />
      </details>
    </>
  );
}

/** Show what a project cannot hold of what was fetched for it: paths, with the reasons. */
export async function showLeftOut(
  project: string,
  leftOut: readonly string[],
  trans: TranslationBundle,
): Promise<void> {
  const list = (
    <ul className="hs-Plain">
      {leftOut.map(one => (
        <li key={one}>{one}</li>
      ))}
    </ul>
  );
  await showDialog({
    title: trans.__("What %1 cannot hold", project),
    body: ReactWidget.create(list),
    buttons: [Dialog.okButton({ label: trans.__("Close") })],
  });
}
