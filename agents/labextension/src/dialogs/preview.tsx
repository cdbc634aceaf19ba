// Shows what a push, a pull or a sync would do, file by file, before it is done; for a push one may leave files out and add a message.

import type { TranslationBundle } from "@jupyterlab/translation";
import { useEffect, useId, useMemo, useState, type ReactElement } from "react";
import { preview } from "../outcomes";
import type { Caller } from "../server";
import { ask, type Report } from "./form";
import { fetchPlan, type PlanSoFar } from "./plan";
import { PlanList } from "./plan_list";

/** What was chosen in a preview. */
export interface Chosen {
  /** The files to push; null for all of them. */
  paths: string[] | null;
  /** What the version says of itself; empty if nothing. */
  message: string;
}

/** What is to be previewed. */
export interface PreviewStart {
  kind: "push" | "pull" | "sync";
  project: string;
  folder: string;
  /** Whether the person may only read the project. */
  reads: boolean;
}

/** Ask; return null if it is not to be done. */
export function askAboutPlan(start: PreviewStart, server: Caller, trans: TranslationBundle): Promise<Chosen | null> {
  const titles = {
    push: trans.__("Push to %1", start.project),
    pull: trans.__("Pull from %1", start.project),
    sync: trans.__("Sync with %1", start.project),
  };
  const accept = { push: trans.__("Push"), pull: trans.__("Pull"), sync: trans.__("Sync") };
  return ask<Chosen>(
    {
      title: titles[start.kind],
      form: report => <PreviewForm {...{ start, server, trans, report }} />,
      accept: accept[start.kind],
    },
    trans,
  );
}

interface PreviewFormProps {
  start: PreviewStart;
  server: Caller;
  trans: TranslationBundle;
  report: Report<Chosen>;
}

function PreviewForm({ start, server, trans, report }: PreviewFormProps): ReactElement {
  const [plan, setPlan] = useState<PlanSoFar | null>(null);
  const [fault, setFault] = useState("");
  const [left, setLeft] = useState<ReadonlySet<string>>(new Set());
  const [message, setMessage] = useState("");
  const id = useId();

  useEffect(() => {
    const stop = new AbortController();
    fetchPlan(server, start.folder, setPlan, stop.signal).catch((error: unknown) => {
      if (!stop.signal.aborted) {
        setFault(error instanceof Error ? error.message : String(error));
      }
    });
    return () => stop.abort();
  }, [server, start]);

  const { conflicts, pulls, pushes, held } = useMemo(() => preview(plan?.files ?? []), [plan]);
  const outward = start.kind !== "pull" && !start.reads;
  const inward = start.kind !== "push";
  const paths = useMemo(
    () => (left.size === 0 ? null : pushes.map(file => file.path).filter(path => !left.has(path))),
    [pushes, left],
  );
  const going = (plan?.pushes ?? 0) - left.size;
  const something = (outward && going > 0) || (inward && (plan?.pulls ?? 0) + (plan?.conflicts ?? 0) > 0);

  useEffect(() => {
    report(something && plan?.loading === false ? { paths, message: message.trim() } : null);
  }, [something, plan?.loading, paths, message, report]);

  if (fault) {
    return (
      <p role="alert" className="hs-mod-wrong">
        {fault}
      </p>
    );
  }
  if (plan === null) {
    return <p role="status">{trans.__("Looking what would go where…")}</p>;
  }
  const choice =
    start.kind === "push" && plan.whole
      ? {
          left,
          onToggle: (path: string) => {
            const next = new Set(left);
            if (!next.delete(path)) {
              next.add(path);
            }
            setLeft(next);
          },
          onToggleAll: () => setLeft(left.size === 0 ? new Set(pushes.map(file => file.path)) : new Set()),
        }
      : null;
  return (
    <>
      {conflicts.length > 0 && (
        <PlanList title={trans._n("%1 conflict", "%1 conflicts", plan.conflicts)} files={conflicts} trans={trans} />
      )}
      {inward && (
        <PlanList
          title={trans._n("Comes here: %1 file", "Comes here: %1 files", plan.pulls)}
          files={pulls}
          nothing={trans.__("Nothing new at the Hub.")}
          trans={trans}
        />
      )}
      {outward && (
        <PlanList
          title={trans._n("Goes to the Hub: %1 file", "Goes to the Hub: %1 files", going)}
          files={pushes}
          nothing={trans.__("Nothing was changed here.")}
          trans={trans}
          choice={choice}
        />
      )}
      {held.length > 0 && (
        <PlanList
          title={trans._n("Left alone: %1 file", "Left alone: %1 files", plan.held)}
          files={held}
          trans={trans}
        />
      )}
      {plan.loading && <p role="status">{trans.__("Loading the rest…")}</p>}
      {!plan.loading && !plan.whole && (
        <p className="hs-Hint">
          {trans.__("The first %1 files are listed; all of them are taken.", plan.files.length)}
        </p>
      )}
      {start.kind === "push" && plan.pushes > 0 && (
        <>
          <label className="hs-Label" htmlFor={`${id}message`}>
            {trans.__("Message (optional)")}
          </label>
          <input
            id={`${id}message`}
            className="hs-Input"
            value={message}
            maxLength={500}
            placeholder={trans.__("What changed, for the history")}
            onChange={event => setMessage(event.target.value)}
          />
        </>
      )}
    </>
  );
}
