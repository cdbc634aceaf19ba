// Shows what is new where a project was begun from, and asks what becomes of the files that were changed in both, before it is taken.

import type { TranslationBundle } from "@jupyterlab/translation";
import { useEffect, useState, type ReactElement } from "react";
import type { Caller } from "../server";
import type { AtOrigin, PlannedFile } from "../socket";
import { ask, type Report } from "./form";
import { PlanList } from "./plan_list";
import { Rows } from "./rows";
import { taking, type Pick, type Taking } from "./taking";

/** Ask; return null if nothing is to be taken. */
export function askWhatToTake(
  project: string,
  page: string,
  server: Caller,
  trans: TranslationBundle,
): Promise<Taking | null> {
  return ask<Taking>(
    {
      title: trans.__("Updates from the origin of %1", project),
      form: report => <OriginForm {...{ project, page, server, trans, report }} />,
      accept: trans.__("Take"),
    },
    trans,
  );
}

interface OriginFormProps {
  project: string;
  /** Address of the page that shows it. */
  page: string;
  server: Caller;
  trans: TranslationBundle;
  report: Report<Taking>;
}

function OriginForm({ project, page, server, trans, report }: OriginFormProps): ReactElement {
  const [shown, setShown] = useState<AtOrigin | null>(null);
  const [fault, setFault] = useState("");
  const [picks, setPicks] = useState<ReadonlyMap<string, Pick>>(new Map());

  useEffect(() => {
    const stop = new AbortController();
    server.call("origin", { project, look: true }, { signal: stop.signal }).then(setShown, (error: unknown) => {
      if (!stop.signal.aborted) {
        setFault(error instanceof Error ? error.message : String(error));
      }
    });
    return () => stop.abort();
  }, [server, project]);
  useEffect(() => report(shown === null ? null : taking(shown, picks)), [shown, picks, report]);

  if (fault) {
    return (
      <p role="alert" className="hs-mod-wrong">
        {fault}
      </p>
    );
  }
  if (shown === null) {
    return <p role="status">{trans.__("Looking what is new…")}</p>;
  }
  const { origin, changes, conflicts, more } = shown;
  const files = changes.map(({ path, change }): PlannedFile => ({ path, way: "pull", change, why: "" }));
  const pickAll = (pick: Pick): void => setPicks(new Map(conflicts.map(({ path }) => [path, pick])));
  const conflict = (index: number): ReactElement | null => {
    const one = conflicts[index];
    return one === undefined ? null : (
      <div className="hs-Row-inside">
        <span className="hs-Row-path" title={`${one.path}: ${one.kind}`}>
          {one.path}
        </span>
        <select
          aria-label={trans.__("What becomes of %1", one.path)}
          value={picks.get(one.path) ?? "ask"}
          onChange={event => setPicks(new Map([...picks, [one.path, event.target.value as Pick]]))}
        >
          <option value="ask">{trans.__("decide later")}</option>
          <option value="ours">{trans.__("keep mine")}</option>
          <option value="theirs">{trans.__("take theirs")}</option>
        </select>
      </div>
    );
  };
  return (
    <>
      <PlanList
        title={trans._n("Comes from %2: %1 file", "Comes from %2: %1 files", changes.length, origin)}
        files={files}
        nothing={trans.__("Nothing that was not changed here as well.")}
        trans={trans}
      />
      {conflicts.length > 0 && (
        <section className="hs-Plan">
          <div className="hs-Line">
            <h3 className="hs-Label">
              {trans._n("Changed in both: %1 file", "Changed in both: %1 files", conflicts.length)}
            </h3>
            <button type="button" className="hs-Link" onClick={() => pickAll("ours")}>
              {trans.__("Keep all of mine")}
            </button>
            <button type="button" className="hs-Link" onClick={() => pickAll("theirs")}>
              {trans.__("Take all of theirs")}
            </button>
          </div>
          <Rows label={trans.__("Changed in both")} count={conflicts.length} most={8} row={conflict} />
          <p className="hs-Hint">
            {trans.__("What is decided later stays as it is here.")}{" "}
            <a href={page} target="_blank" rel="noopener noreferrer">
              {trans.__("See it on the page")}
            </a>
          </p>
        </section>
      )}
      {more > 0 && <p className="hs-Hint">{trans._n("And %1 more file.", "And %1 more files.", more)}</p>}
    </>
  );
}
