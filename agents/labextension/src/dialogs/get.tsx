// Asks which shared project, or what from the internet, is to be brought here, and where to.

import type { TranslationBundle } from "@jupyterlab/translation";
import { useEffect, useId, useMemo, useState, type ReactElement } from "react";
import { ask, type Report } from "./form";
import { holdsLogin, outside, wanted, type Wanted } from "./links";
import { AutoChoice, useLater } from "./share";
import { isGood, NameField, PLAIN, SourceFields, type Source } from "./source";

/** Where what is brought here lies, and how it is kept. */
interface Place {
  /** Name of a new folder in the one that is shown; empty for the project's name. */
  folder: string;
  auto: boolean;
}

/** A project that is to be brought here. */
export interface Getting extends Wanted, Place {}

/** What is to be fetched from the internet, and brought here. */
export interface Importing extends Source, Place {
  link: string;
}

/** What is known before somebody is asked. */
export interface GettingStart extends Place {
  /** A link or owner/name; empty if there is none yet. */
  text: string;
  /** What was chosen for something from the internet, as long as the text is such a link. */
  source?: Source;
  /** Whether it is something from the internet, whatever the text is. */
  internet: boolean;
  /** Why what was chosen before cannot be; empty if nothing was. */
  fault: string;
  /** Addresses of this Hub: of HubShare's pages, and of this window. */
  here: readonly [string, string];
  /** The folder that it will lie in, as it is shown. */
  into: string;
  /** Projects to choose from: owner/name. */
  known: Promise<readonly string[]>;
}

/** Ask; return null if nothing is to be brought. */
export function askWhatToGet(start: GettingStart, trans: TranslationBundle): Promise<Getting | Importing | null> {
  return ask<Getting | Importing>(
    {
      title: start.internet ? trans.__("Import from the internet") : trans.__("Check out a project"),
      form: report => <GetForm start={start} trans={trans} report={report} />,
      accept: trans.__("Check out"),
    },
    trans,
  );
}

interface GetFormProps {
  start: GettingStart;
  trans: TranslationBundle;
  report: Report<Getting | Importing>;
}

function GetForm({ start, trans, report }: GetFormProps): ReactElement {
  const [text, setText] = useState(start.text);
  const [folder, setFolder] = useState(start.folder);
  const [auto, setAuto] = useState(start.auto);
  const [source, setSource] = useState(start.source ?? PLAIN);
  const known = useLater(start.known, []);
  const id = useId();
  const leads = useMemo(() => outside(text, ...start.here), [text, start.here]);
  const found = useMemo(() => (leads === null ? wanted(text) : null), [text, leads]);
  // Whatever is typed where a link is asked for, the service reads, or says why not.
  const link = leads ?? (start.internet && found === null ? text.trim() || null : null);
  const internet = link !== null || (start.internet && found === null);
  const login = link !== null && holdsLogin(link);

  useEffect(() => {
    const place = { folder: folder.trim(), auto };
    if (folder.includes("/")) {
      report(null);
    } else if (link !== null) {
      report(isGood(source) && !login ? { link, ...source, ...place } : null);
    } else {
      report(found === null ? null : { ...found, ...place });
    }
  }, [link, login, found, source, folder, auto, report]);

  const unclear = text.trim() !== "" && link === null && found === null;
  const wrong = unclear || login;
  const hint = login
    ? trans.__("Leave the user and the password out of the link: there are fields for them below.")
    : internet
      ? trans.__(
          "A git repository, a folder or file on GitHub, GitLab or Hugging Face, a gist, a zip or tar file, a notebook, a DOI or a project of OSF, or a link for nbgitpuller, nbviewer, Binder or Colab.",
        )
      : unclear
        ? trans.__("That is no link, and no OWNER/NAME.")
        : trans.__("A link of the pages, an invitation, OWNER/NAME, or a link from the internet.");
  const name = (internet ? source.name : (found?.project ?? "")).split("/").pop() ?? "";
  return (
    <>
      {start.fault && (
        <p role="alert" className="hs-mod-wrong">
          {start.fault}
        </p>
      )}
      <label className="hs-Label" htmlFor={`${id}what`}>
        {start.internet ? trans.__("Link") : trans.__("Link or name")}
      </label>
      <input
        id={`${id}what`}
        className="hs-Input"
        value={text}
        list={start.internet ? undefined : `${id}known`}
        spellCheck={false}
        autoComplete="off"
        autoCapitalize="none"
        aria-invalid={wrong}
        aria-describedby={`${id}rule`}
        placeholder={start.internet ? "https://github.com/…" : "alice/course"}
        onChange={event => setText(event.target.value)}
      />
      <datalist id={`${id}known`}>
        {known.map(project => (
          <option key={project} value={project} />
        ))}
      </datalist>
      <div id={`${id}rule`} className={wrong ? "hs-Hint hs-mod-wrong" : "hs-Hint"} role={wrong ? "alert" : undefined}>
        {hint}
      </div>
      {internet && <NameField source={source} onChange={setSource} trans={trans} />}
      <label className="hs-Label" htmlFor={`${id}folder`}>
        {start.into === "/" ? trans.__("New folder") : trans.__("New folder in %1", start.into)}
      </label>
      <input
        id={`${id}folder`}
        className="hs-Input"
        value={folder}
        placeholder={internet ? name || trans.__("the project’s name") : name}
        onChange={event => setFolder(event.target.value)}
      />
      {internet && <SourceFields source={source} onChange={setSource} trans={trans} />}
      <AutoChoice auto={auto} onChange={setAuto} trans={trans} />
    </>
  );
}
