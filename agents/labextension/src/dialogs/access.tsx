// Asks who takes part in a project from now on, and for what an invitation is to be good.

import type { TranslationBundle } from "@jupyterlab/translation";
import { useEffect, useId, useState, type ReactElement } from "react";
import type { Who } from "../socket";
import { ask, type Report } from "./form";
import { accessChange, type AccessChange, type Granting, type RoleName } from "./naming";
import { PeopleField, roleNames, type Complete } from "./people";

/** Return whom a project was granted to, person by person: what can be changed here. */
export function granted(who: Who): Granting[] {
  return who.people.flatMap(person => {
    const own = person.through.find(way => way.through === "grant");
    return own === undefined || own.role === "owner" ? [] : [{ who: person.user, role: own.role }];
  });
}

/** Ask who takes part; return null if nothing is to change. */
export function askWhoTakesPart(who: Who, complete: Complete, trans: TranslationBundle): Promise<AccessChange | null> {
  return ask<AccessChange>(
    {
      title: trans.__("People of %1", who.project),
      form: report => <AccessForm {...{ who, complete, trans, report }} />,
      accept: trans.__("Save"),
    },
    trans,
  );
}

interface AccessFormProps {
  who: Who;
  complete: Complete;
  trans: TranslationBundle;
  report: Report<AccessChange>;
}

function AccessForm({ who, complete, trans, report }: AccessFormProps): ReactElement {
  const [before] = useState(() => granted(who));
  const [people, setPeople] = useState(before);
  useEffect(() => {
    const change = accessChange(before, people);
    report(change.grant.length + change.revoke.length > 0 ? change : null);
  }, [before, people, report]);
  const others = who.people.flatMap(person =>
    person.through
      .filter(way => way.through !== "grant")
      .map(way => ({ user: person.user, role: way.role, through: way.through })),
  );
  const roles = { ...roleNames(trans), owner: trans.__("owns it") };
  return (
    <>
      <PeopleField trans={trans} chosen={people} complete={complete} onChange={setPeople} />
      {others.length + who.unseen.length > 0 && (
        <>
          <h3 className="hs-Label">{trans.__("By other ways")}</h3>
          <ul className="hs-Plain">
            {others.map(one => (
              <li key={`${one.user} ${one.through}`}>
                {one.user}: {roles[one.role]}{" "}
                {one.through !== "owner" && <span className="hs-Hint">{one.through}</span>}
              </li>
            ))}
            {who.unseen.map(one => (
              <li key={one}>{one}</li>
            ))}
          </ul>
        </>
      )}
    </>
  );
}

/** For what an invitation is good. */
export interface Inviting {
  role: RoleName;
  days: number;
  uses: number;
}

/** Ask for what an invitation is to be good; return null if there is to be none. */
export function askForInvitation(project: string, trans: TranslationBundle): Promise<Inviting | null> {
  return ask<Inviting>(
    {
      title: trans.__("Invite to %1", project),
      form: report => <InvitationForm trans={trans} report={report} />,
      accept: trans.__("Create and copy link"),
    },
    trans,
  );
}

function InvitationForm({ trans, report }: { trans: TranslationBundle; report: Report<Inviting> }): ReactElement {
  const [role, setRole] = useState<RoleName>("reader");
  const [days, setDays] = useState(7);
  const [uses, setUses] = useState(1);
  const id = useId();
  const good = [days, uses].every(number => Number.isInteger(number) && number > 0);
  useEffect(() => {
    report(good ? { role, days, uses } : null);
  }, [good, role, days, uses, report]);
  return (
    <>
      <p>{trans.__("Whoever opens the link gets access to the project.")}</p>
      <label className="hs-Label" htmlFor={`${id}role`}>
        {trans.__("What they may do")}
      </label>
      <select id={`${id}role`} value={role} onChange={event => setRole(event.target.value as RoleName)}>
        {Object.entries(roleNames(trans)).map(([value, name]) => (
          <option key={value} value={value}>
            {name}
          </option>
        ))}
      </select>
      <label className="hs-Label" htmlFor={`${id}uses`}>
        {trans.__("Number of uses")}
      </label>
      <input
        id={`${id}uses`}
        className="hs-Input"
        type="number"
        min={1}
        value={uses}
        onChange={event => setUses(event.target.valueAsNumber)}
      />
      <label className="hs-Label" htmlFor={`${id}days`}>
        {trans.__("Expires after (days)")}
      </label>
      <input
        id={`${id}days`}
        className="hs-Input"
        type="number"
        min={1}
        value={days}
        onChange={event => setDays(event.target.valueAsNumber)}
      />
    </>
  );
}
