// Asks what a project of one's own is to be called that is begun with the files of another one, and who may read it.

import type { TranslationBundle } from "@jupyterlab/translation";
import { useEffect, useId, useState, type ReactElement } from "react";
import type { Team } from "../socket";
import { ask, type Report } from "./form";
import { isProjectName } from "./naming";
import { AutoChoice, useLater } from "./share";

type Visibility = "private" | "hub" | "public";

/** What is to be begun. */
export interface Forking {
  name: string;
  /** A team; null for the person. */
  owner: string | null;
  visibility: Visibility;
  /** Whether it is to be brought onto this server at once. */
  get: boolean;
  auto: boolean;
}

/** What is known before somebody is asked. */
export interface ForkingStart {
  /** owner/name of the other one. */
  project: string;
  user: string;
  /** The teams that they may make projects in. */
  teams: Promise<readonly Team[]>;
  auto: boolean;
}

/** Ask; return null if nothing is to be begun. */
export function askHowToFork(start: ForkingStart, trans: TranslationBundle): Promise<Forking | null> {
  return ask<Forking>(
    {
      title: trans.__("Fork %1", start.project),
      form: report => <ForkForm start={start} trans={trans} report={report} />,
      accept: trans.__("Create fork"),
    },
    trans,
  );
}

interface ForkFormProps {
  start: ForkingStart;
  trans: TranslationBundle;
  report: Report<Forking>;
}

function ForkForm({ start, trans, report }: ForkFormProps): ReactElement {
  const [name, setName] = useState(start.project.split("/")[1] ?? "");
  const [owner, setOwner] = useState("");
  const [visibility, setVisibility] = useState<Visibility>("private");
  const [get, setGet] = useState(true);
  const [auto, setAuto] = useState(start.auto);
  const teams = useLater(start.teams, []);
  const id = useId();
  const good = isProjectName(name);

  useEffect(() => {
    report(good ? { name, owner: owner || null, visibility, get, auto } : null);
  }, [good, name, owner, visibility, get, auto, report]);

  return (
    <>
      <p className="hs-Hint">
        {trans.__(
          "Creates a project of your own with its files. You can take over updates from there whenever you like.",
        )}
      </p>
      <label className="hs-Label" htmlFor={`${id}name`}>
        {trans.__("Name")}
      </label>
      <input
        id={`${id}name`}
        className="hs-Input"
        value={name}
        spellCheck={false}
        autoComplete="off"
        aria-invalid={!good}
        aria-describedby={`${id}rule`}
        onChange={event => setName(event.target.value)}
      />
      <div id={`${id}rule`} className={good ? "hs-Hint" : "hs-Hint hs-mod-wrong"} role={good ? undefined : "alert"}>
        {trans.__("Small letters, digits, “.”, “_” and “-”.")}
      </div>
      {teams.length > 0 && (
        <>
          <label className="hs-Label" htmlFor={`${id}owner`}>
            {trans.__("Whose")}
          </label>
          <select id={`${id}owner`} className="hs-Input" value={owner} onChange={event => setOwner(event.target.value)}>
            <option value="">{start.user}</option>
            {teams.map(team => (
              <option key={team.name} value={team.name}>
                {team.name}
              </option>
            ))}
          </select>
        </>
      )}
      <label className="hs-Label" htmlFor={`${id}visibility`}>
        {trans.__("Who can read it")}
      </label>
      <select
        id={`${id}visibility`}
        className="hs-Input"
        value={visibility}
        onChange={event => setVisibility(event.target.value as Visibility)}
      >
        <option value="private">{trans.__("Only those whom you let in")}</option>
        <option value="hub">{trans.__("Everybody on this Hub")}</option>
        <option value="public">{trans.__("Everybody, without signing in")}</option>
      </select>
      <label className="hs-Choice">
        <input type="checkbox" checked={get} onChange={event => setGet(event.target.checked)} />
        {trans.__("Check it out on this server")}
      </label>
      {get && <AutoChoice auto={auto} onChange={setAuto} trans={trans} />}
    </>
  );
}
