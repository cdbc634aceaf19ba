// Shows what a push, a pull or a sync would do, file by file, before it is done; for a push one may leave files out and add a message.

import type { TranslationBundle } from "@jupyterlab/translation";
import { useEffect, useId, useMemo, useState, type ReactElement } from "react";
import { planLines, type PlanLine } from "../outcomes";
import type { Planned } from "../socket";
import { ask, type Report } from "./form";
import { Rows } from "./rows";

/** What was chosen in a preview. */
export interface Chosen {
  /** The files to push; null for all of them. */
  paths: string[] | null;
  /** What the version says of itself; empty if nothing. */
  message: string;
}

/** What is to be previewed. */
export interface Preview {
  kind: "push" | "pull" | "sync";
  project: string;
  /** What would be pushed; absent where nothing is to be. */
  outgoing?: Promise<Planned>;
  /** What would be pulled. */
  incoming?: Promise<Planned>;
}

/** Ask; return null if it is not to be done. */
export function askAboutPlan(preview: Preview, trans: TranslationBundle): Promise<Chosen | null> {
  const titles = {
    push: trans.__("Push to %1", preview.project),
    pull: trans.__("Pull from %1", preview.project),
    sync: trans.__("Sync with %1", preview.project),
  };
  const accept = { push: trans.__("Push"), pull: trans.__("Pull"), sync: trans.__("Sync") };
  return ask<Chosen>(
    {
      title: titles[preview.kind],
      form: report => <PreviewForm preview={preview} trans={trans} report={report} />,
      accept: accept[preview.kind],
    },
    trans,
  );
}

type Loaded = { outgoing: PlanLine[] | null; incoming: PlanLine[] | null } | { fault: string } | null;

interface PreviewFormProps {
  preview: Preview;
  trans: TranslationBundle;
  report: Report<Chosen>;
}

function PreviewForm({ preview, trans, report }: PreviewFormProps): ReactElement {
  const [loaded, setLoaded] = useState<Loaded>(null);
  const [left, setLeft] = useState<ReadonlySet<string>>(new Set());
  const [message, setMessage] = useState("");
  const id = useId();

  useEffect(() => {
    let wanted = true;
    Promise.all([preview.outgoing, preview.incoming]).then(
      ([outgoing, incoming]) => {
        if (wanted) {
          setLoaded({
            outgoing: outgoing ? planLines(outgoing) : null,
            incoming: incoming ? planLines(incoming) : null,
          });
        }
      },
      (error: unknown) => wanted && setLoaded({ fault: error instanceof Error ? error.message : String(error) }),
    );
    return () => {
      wanted = false;
    };
  }, [preview]);

  const outgoing = loaded !== null && "outgoing" in loaded ? loaded.outgoing : null;
  const incoming = loaded !== null && "incoming" in loaded ? loaded.incoming : null;
  const movable = useMemo(() => (outgoing ?? []).filter(isMovable).map(line => line.path), [outgoing]);
  const some = movable.filter(path => !left.has(path));
  const goes = some.length + (incoming ?? []).filter(line => line.change !== "held").length;
  const all = some.length === movable.length;

  useEffect(() => {
    report(goes === 0 ? null : { paths: all ? null : some, message: message.trim() });
    // `some` follows from `left` and `movable`.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [goes, all, left, movable, message, report]);

  if (loaded === null) {
    return <p role="status">{trans.__("Looking what would go where…")}</p>;
  }
  if ("fault" in loaded) {
    return (
      <p role="alert" className="hs-mod-wrong">
        {loaded.fault}
      </p>
    );
  }
  const choosing = preview.kind === "push";
  const toggle = (path: string): void => {
    const next = new Set(left);
    if (!next.delete(path)) {
      next.add(path);
    }
    setLeft(next);
  };
  return (
    <>
      {incoming !== null && (
        <PlanList
          title={trans._n("Comes here: %1 file", "Comes here: %1 files", incoming.filter(isMovable).length)}
          lines={incoming}
          nothing={trans.__("Nothing new at the Hub.")}
          trans={trans}
        />
      )}
      {outgoing !== null && (
        <PlanList
          title={trans._n("Goes to the Hub: %1 file", "Goes to the Hub: %1 files", some.length)}
          lines={outgoing}
          nothing={trans.__("Nothing was changed here.")}
          trans={trans}
          {...(choosing ? { left, toggle, toggleAll: () => setLeft(all ? new Set(movable) : new Set()) } : {})}
        />
      )}
      {choosing && movable.length > 0 && (
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

function isMovable(line: PlanLine): boolean {
  return line.change !== "held" && line.change !== "conflict";
}

interface PlanListProps {
  title: string;
  lines: readonly PlanLine[];
  nothing: string;
  trans: TranslationBundle;
  /** What is left out; absent where there is no choice. */
  left?: ReadonlySet<string>;
  toggle?: (path: string) => void;
  toggleAll?: () => void;
}

function PlanList({ title, lines, nothing, trans, left, toggle, toggleAll }: PlanListProps): ReactElement {
  const words: Record<PlanLine["change"], string> = {
    add: trans.__("new"),
    edit: trans.__("edited"),
    delete: trans.__("deleted"),
    conflict: trans.__("conflict"),
    held: trans.__("left alone"),
  };
  return (
    <section className="hs-Plan">
      <div className="hs-Line">
        <h3 className="hs-Label">{title}</h3>
        {toggleAll && lines.some(isMovable) && (
          <button type="button" className="hs-Link" onClick={toggleAll}>
            {left?.size ? trans.__("Choose all") : trans.__("Choose none")}
          </button>
        )}
      </div>
      {lines.length === 0 ? (
        <p className="hs-Hint">{nothing}</p>
      ) : (
        <Rows
          label={title}
          count={lines.length}
          most={10}
          row={index => {
            const line = lines[index];
            if (line === undefined) {
              return null;
            }
            const name = (
              <>
                <span className="hs-Row-path" title={line.path}>
                  {line.path}
                </span>
                <span className={`hs-Change hs-mod-${line.change}`} title={line.why}>
                  {words[line.change]}
                </span>
              </>
            );
            if (!toggle || !isMovable(line)) {
              return <div className="hs-Row-inside">{name}</div>;
            }
            return (
              <label className="hs-Row-inside">
                <input type="checkbox" checked={!left?.has(line.path)} onChange={() => toggle(line.path)} />
                {name}
              </label>
            );
          }}
        />
      )}
    </section>
  );
}
