// Asks which shared project is to be brought here, and where to.

import type { TranslationBundle } from "@jupyterlab/translation";
import { useEffect, useId, useMemo, useState, type ReactElement } from "react";
import { ask, type Report } from "./form";
import { wanted, type Wanted } from "./naming";
import { AutoChoice, useLater } from "./share";

/** What is to be brought here. */
export interface Getting extends Wanted {
  /** Name of a new folder in the one that is shown; empty for the project's name. */
  folder: string;
  auto: boolean;
}

/** What is known before somebody is asked. */
export interface GettingStart {
  /** A link or owner/name; empty if there is none yet. */
  text: string;
  /** The folder that it will lie in, as it is shown. */
  into: string;
  /** Projects to choose from: owner/name. */
  known: Promise<readonly string[]>;
  auto: boolean;
}

/** Ask; return null if nothing is to be brought. */
export function askWhatToGet(start: GettingStart, trans: TranslationBundle): Promise<Getting | null> {
  return ask<Getting>(
    {
      title: trans.__("Get a shared project"),
      form: report => <GetForm start={start} trans={trans} report={report} />,
      accept: trans.__("Get"),
    },
    trans,
  );
}

interface GetFormProps {
  start: GettingStart;
  trans: TranslationBundle;
  report: Report<Getting>;
}

function GetForm({ start, trans, report }: GetFormProps): ReactElement {
  const [text, setText] = useState(start.text);
  const [folder, setFolder] = useState("");
  const [auto, setAuto] = useState(start.auto);
  const known = useLater(start.known, []);
  const id = useId();
  const found = useMemo(() => wanted(text), [text]);
  const good = found !== null && !folder.includes("/");

  useEffect(() => {
    report(good ? { ...found, folder: folder.trim(), auto } : null);
  }, [good, found, folder, auto, report]);

  const wrong = text.trim() !== "" && found === null;
  const name = found?.project.split("/")[1] ?? "";
  return (
    <>
      <label className="hs-Label" htmlFor={`${id}what`}>
        {trans.__("Link or name")}
      </label>
      <input
        id={`${id}what`}
        className="hs-Input"
        value={text}
        list={`${id}known`}
        spellCheck={false}
        autoComplete="off"
        aria-invalid={wrong}
        aria-describedby={`${id}rule`}
        placeholder="alice/course"
        onChange={event => setText(event.target.value)}
      />
      <datalist id={`${id}known`}>
        {known.map(project => (
          <option key={project} value={project} />
        ))}
      </datalist>
      <div id={`${id}rule`} className={wrong ? "hs-Hint hs-mod-wrong" : "hs-Hint"} role={wrong ? "alert" : undefined}>
        {wrong
          ? trans.__("That is no link of HubShare, and no OWNER/NAME.")
          : trans.__("A link of the pages, an invitation, or OWNER/NAME.")}
      </div>
      <label className="hs-Label" htmlFor={`${id}folder`}>
        {start.into === "/" ? trans.__("New folder") : trans.__("New folder in %1", start.into)}
      </label>
      <input
        id={`${id}folder`}
        className="hs-Input"
        value={folder}
        placeholder={name}
        onChange={event => setFolder(event.target.value)}
      />
      <AutoChoice auto={auto} onChange={setAuto} trans={trans} />
    </>
  );
}
