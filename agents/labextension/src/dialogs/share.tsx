// Asks how a folder is to be shared: under which name, with whom, who else may read it, and whether it is kept in sync by itself.

import type { TranslationBundle } from "@jupyterlab/translation";
import { useEffect, useId, useState, type ReactElement } from "react";
import type { Team } from "../socket";
import { ask, type Report } from "./form";
import { isProjectName, projectName, type Granting } from "./naming";
import { PeopleField, type Complete } from "./people";

type Visibility = "private" | "hub" | "public";

/** How a folder is to be shared. */
export interface Sharing {
  /** owner/name */
  as: string;
  people: Granting[];
  visibility: Visibility;
  auto: boolean;
}

/** What is known before somebody is asked. */
export interface SharingStart {
  /** The folder, as it is shown. */
  folder: string;
  /** The person. */
  user: string;
  /** The teams that they may make projects in. */
  teams: Promise<readonly Team[]>;
  complete: Complete;
  auto: boolean;
}

/** Ask; return null if the folder is not to be shared. */
export function askHowToShare(start: SharingStart, trans: TranslationBundle): Promise<Sharing | null> {
  return ask<Sharing>(
    {
      title: trans.__("Share “%1”", start.folder.split("/").pop() ?? start.folder),
      form: report => <ShareForm start={start} trans={trans} report={report} />,
      accept: trans.__("Share"),
    },
    trans,
  );
}

/** Return what a promise gives, when it is there. */
export function useLater<Value>(promise: Promise<Value>, before: Value): Value {
  const [value, setValue] = useState(before);
  useEffect(() => {
    let wanted = true;
    void promise.then(
      found => wanted && setValue(found),
      () => undefined,
    );
    return () => {
      wanted = false;
    };
  }, [promise]);
  return value;
}

interface ShareFormProps {
  start: SharingStart;
  trans: TranslationBundle;
  report: Report<Sharing>;
}

function ShareForm({ start, trans, report }: ShareFormProps): ReactElement {
  const [name, setName] = useState(projectName(start.folder));
  const [owner, setOwner] = useState(start.user);
  const [people, setPeople] = useState<Granting[]>([]);
  const [visibility, setVisibility] = useState<Visibility>("private");
  const [auto, setAuto] = useState(start.auto);
  const teams = useLater(start.teams, []);
  const id = useId();
  const good = isProjectName(name);

  useEffect(() => {
    report(good ? { as: `${owner}/${name}`, people, visibility, auto } : null);
  }, [good, owner, name, people, visibility, auto, report]);

  const visibilities: [Visibility, string, string][] = [
    ["private", trans.__("Only people named here"), trans.__("Nobody else sees that it exists.")],
    ["hub", trans.__("Everybody on this Hub"), trans.__("Whoever can sign in may read it.")],
    ["public", trans.__("Anybody"), trans.__("Also people without an account, with the link.")],
  ];
  return (
    <>
      <label className="hs-Label" htmlFor={`${id}name`}>
        {trans.__("Name")}
      </label>
      <div className="hs-Line">
        {teams.length > 0 ? (
          <select aria-label={trans.__("Owner")} value={owner} onChange={event => setOwner(event.target.value)}>
            {[start.user, ...teams.map(team => team.name)].map(one => (
              <option key={one}>{one}</option>
            ))}
          </select>
        ) : (
          <span>{start.user}</span>
        )}
        <span aria-hidden="true">/</span>
        <input
          id={`${id}name`}
          className="hs-Input"
          value={name}
          spellCheck={false}
          aria-invalid={!good}
          aria-describedby={`${id}rule`}
          onChange={event => setName(event.target.value)}
        />
      </div>
      <div id={`${id}rule`} className={good ? "hs-Hint" : "hs-Hint hs-mod-wrong"} role={good ? undefined : "alert"}>
        {good
          ? trans.__("It becomes part of its link.")
          : trans.__("Use a–z, 0–9, “.”, “_” and “-”, with a letter or digit first and last.")}
      </div>
      <fieldset className="hs-Group">
        <legend className="hs-Label">{trans.__("People with access")}</legend>
        <PeopleField trans={trans} chosen={people} complete={start.complete} onChange={setPeople} />
      </fieldset>
      <fieldset className="hs-Group">
        <legend className="hs-Label">{trans.__("Who else may read it")}</legend>
        {visibilities.map(([value, title, hint]) => (
          <label key={value} className="hs-Choice">
            <input
              type="radio"
              name={`${id}visibility`}
              checked={visibility === value}
              onChange={() => setVisibility(value)}
            />
            <span>
              {title} <span className="hs-Hint">{hint}</span>
            </span>
          </label>
        ))}
      </fieldset>
      <AutoChoice auto={auto} onChange={setAuto} trans={trans} />
    </>
  );
}

/** Whether a checkout is kept in sync by itself. */
export function AutoChoice({
  auto,
  onChange,
  trans,
}: {
  auto: boolean;
  onChange: (auto: boolean) => void;
  trans: TranslationBundle;
}): ReactElement {
  return (
    <label className="hs-Choice">
      <input type="checkbox" checked={auto} onChange={event => onChange(event.target.checked)} />
      <span>
        {trans.__("Sync automatically")}{" "}
        <span className="hs-Hint">{trans.__("Otherwise you push and pull when you like.")}</span>
      </span>
    </label>
  );
}
