// Chooses people, teams and groups, and what each of them may do; names are completed from those that one may know.

import type { TranslationBundle } from "@jupyterlab/translation";
import { closeIcon } from "@jupyterlab/ui-components";
import { useEffect, useId, useState, type ReactElement } from "react";
import { OWN_ENTER } from "./form";
import { parsed, type Granting, type RoleName, type Suggestion } from "./naming";

interface PeopleFieldProps {
  trans: TranslationBundle;
  chosen: readonly Granting[];
  /** Completes a name. */
  complete: Complete;
  onChange: (chosen: Granting[]) => void;
}

/** Returns whom one may know whose name begins so. */
export type Complete = (text: string, signal: AbortSignal) => Promise<readonly Suggestion[]>;

/** So long somebody pauses before names are looked up, in milliseconds. */
const PAUSE = 150;

/** The names of the roles, for people. */
export function roleNames(trans: TranslationBundle): Record<RoleName, string> {
  return { reader: trans.__("can read"), writer: trans.__("can edit"), admin: trans.__("can manage") };
}

/** People with roles, and a line in which one more is named. */
export function PeopleField({ trans, chosen, complete, onChange }: PeopleFieldProps): ReactElement {
  const [text, setText] = useState("");
  const [said, setSaid] = useState("");
  const [suggestions, setSuggestions] = useState<readonly Suggestion[]>([]);
  const list = useId();
  const roles = roleNames(trans);
  useEffect(() => {
    const stop = new AbortController();
    const timer = setTimeout(() => {
      complete(text.trim(), stop.signal).then(setSuggestions, () => undefined);
    }, PAUSE);
    return () => {
      clearTimeout(timer);
      stop.abort();
    };
  }, [complete, text]);
  const add = (): void => {
    const found = parsed(text);
    if (found.length === 0) {
      return;
    }
    const names = new Set(found.map(one => one.who));
    onChange([...chosen.filter(one => !names.has(one.who)), ...found]);
    setText("");
    setSaid(trans.__("Added: %1", [...names].join(", ")));
  };
  return (
    <div className="hs-People">
      {chosen.map(one => (
        <div key={one.who} className="hs-Person">
          <span className="hs-Person-name">{one.who}</span>
          <select
            aria-label={trans.__("What %1 may do", one.who)}
            value={one.role}
            onChange={event => {
              const role = event.target.value as RoleName;
              onChange(chosen.map(other => (other.who === one.who ? { ...other, role } : other)));
            }}
          >
            {Object.entries(roles).map(([role, name]) => (
              <option key={role} value={role}>
                {name}
              </option>
            ))}
          </select>
          <button
            type="button"
            className="hs-Icon"
            aria-label={trans.__("Remove %1", one.who)}
            title={trans.__("Remove %1", one.who)}
            onClick={() => onChange(chosen.filter(other => other.who !== one.who))}
          >
            <closeIcon.react tag="span" elementSize="small" />
          </button>
        </div>
      ))}
      <div className="hs-Person">
        <input
          type="text"
          className="hs-Input"
          aria-label={trans.__("Name of a person, team or group")}
          placeholder={trans.__("Name, team:NAME or group:NAME")}
          list={list}
          value={text}
          autoComplete="off"
          spellCheck={false}
          {...OWN_ENTER}
          onChange={event => setText(event.target.value)}
          onKeyDown={event => {
            if (event.key === "Enter") {
              event.preventDefault();
              add();
            }
          }}
          onBlur={add}
        />
        <datalist id={list}>
          {suggestions
            .filter(one => !chosen.some(other => other.who === one.who))
            .map(one => (
              <option key={one.who} value={one.who} label={one.why} />
            ))}
        </datalist>
        <button type="button" className="hs-Button" disabled={parsed(text).length === 0} onClick={add}>
          {trans.__("Add")}
        </button>
      </div>
      <div role="status" className="hs-Unseen">
        {said}
      </div>
    </div>
  );
}
