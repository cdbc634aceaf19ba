// The conflicts of a checkout, and the versions of it or of one file.

import type { ISignal } from "@lumino/signaling";
import { useCallback, useEffect, useState, type ReactElement } from "react";
import type { AtOrigin, KeptVersion, OpenConflict, Version } from "../socket";
import type { IHubShare, IOpenDocuments } from "../tokens";
import type { Side } from "./cells";
import { words } from "./compared";

/** What is shown of a file: from one version to another. */
export type Show = (path: string, old: string, next: string) => void;
/** Carries something out, and tells what it did; returns whether it did it. */
export type Act = (act: () => Promise<unknown>, done: string, question?: Asked) => Promise<boolean>;

/** What is asked before an act that changes many files. */
export interface Asked {
  title: string;
  words: string;
  /** The button that does it. */
  yes: string;
}

interface ListProps {
  hubshare: IHubShare;
  folder: string;
  show: Show;
  act: Act;
}

const PAGE = 40;

interface ConflictListProps extends ListProps {
  documents: IOpenDocuments | null;
  /** Emitted when the list may be another one. */
  settled: ISignal<unknown, void>;
  /** Shows a file of a project and of its origin. */
  showOrigin: (fork: string, path: string) => void;
}

/** The conflicts of a checkout, and those of its project with the one that it was begun from. */
export function ConflictList(props: ConflictListProps): ReactElement {
  const { hubshare, documents, folder, settled, show, showOrigin, act } = props;
  const { server, state, trans } = hubshare;
  const [found, setFound] = useState<OpenConflict[] | null>(null);
  const [atOrigin, setAtOrigin] = useState<AtOrigin | null>(null);
  const [problem, setProblem] = useState("");
  const load = useCallback(() => {
    server.call("conflicts", { folder }).then(
      answer => setFound(answer.conflicts),
      (error: unknown) => setProblem(words(error)),
    );
    const checkout = state.checkouts.find(one => one.folder === folder);
    if (checkout !== undefined && checkout.role !== "reader") {
      // Most projects have no origin, or none that the person may read.
      server.call("origin", { project: checkout.project }).then(setAtOrigin, () => setAtOrigin(null));
    }
  }, [server, state, folder]);
  useEffect(() => {
    let known = "";
    const changed = (): void => {
      const checkout = state.checkouts.find(one => one.folder === folder);
      const now = `${checkout?.counts?.conflicts ?? 0} ${checkout?.version ?? 0}`;
      if (now !== known) {
        known = now;
        load();
      }
    };
    changed();
    state.changed.connect(changed);
    settled.connect(load);
    return () => {
      state.changed.disconnect(changed);
      settled.disconnect(load);
    };
  }, [state, settled, folder, load]);
  /** Save what is open and edited; throws where there is more to settle afterwards than was listed. */
  const saveAll = async (listed: readonly string[]): Promise<void> => {
    const edited = documents?.unsaved(folder, listed) ?? [];
    for (const path of edited) {
      await documents?.save(folder, path);
    }
    if (edited.length > 0) {
      const now = await server.call("conflicts", { folder });
      setFound(now.conflicts);
      if (now.conflicts.some(one => !listed.includes(one.path))) {
        throw new Error(trans.__("There are more conflicts now: nothing was picked. Look at them, then pick."));
      }
    }
  };
  const all = (pick: Side): void => {
    const count = found?.length ?? 0;
    const question =
      pick === "ours"
        ? {
            title: trans._n("Keep your version of %1 file?", "Keep your versions of %1 files?", count),
            words: trans.__("They are published, in place of those that others have published, which can be restored."),
            yes: trans.__("Keep all of mine"),
          }
        : {
            title: trans._n(
              "Take the published version of %1 file?",
              "Take the published versions of %1 files?",
              count,
            ),
            words: trans.__("They are put in place of yours, which can be restored."),
            yes: trans.__("Take all of theirs"),
          };
    const listed = (found ?? []).map(one => one.path);
    const edited = documents?.unsaved(folder, listed).length ?? 0;
    const saving = trans._n(
      "The unsaved edits of %1 open document are saved before.",
      "The unsaved edits of %1 open documents are saved before.",
      edited,
    );
    void act(
      async () => {
        await saveAll(listed);
        return server.call("resolve", { folder, pick, all: true });
      },
      trans.__("All conflicts are settled."),
      edited > 0 ? { ...question, words: `${question.words} ${saving}` } : question,
    );
  };
  if (found === null || problem) {
    return <p className="hs-Note">{problem || trans.__("Looking…")}</p>;
  }
  return (
    <div className="hs-Listing">
      <h2>{found.length === 0 ? trans.__("No conflicts") : trans._n("%1 conflict", "%1 conflicts", found.length)}</h2>
      {found.length > 0 && (
        <p>
          <button className="hs-Button" onClick={() => all("theirs")}>
            {trans.__("Take all of theirs…")}
          </button>{" "}
          <button className="hs-Button" onClick={() => all("ours")}>
            {trans.__("Keep all of mine…")}
          </button>
        </p>
      )}
      <ul>
        {found.map(({ path, kind }) => (
          <li key={path}>
            <button className="hs-Link" onClick={() => show(path, "published", "disk")}>
              {path}
            </button>{" "}
            <span className="hs-Quiet">{kind}</span>
          </li>
        ))}
      </ul>
      {atOrigin !== null && atOrigin.conflicts.length > 0 && (
        <>
          <h3>{trans.__("Changed here and in %1, which this was begun from", atOrigin.origin)}</h3>
          <ul>
            {atOrigin.conflicts.map(({ path, kind }) => (
              <li key={path}>
                <button className="hs-Link" onClick={() => showOrigin(atOrigin.project, path)}>
                  {path}
                </button>{" "}
                <span className="hs-Quiet">{kind}</span>
              </li>
            ))}
          </ul>
        </>
      )}
    </div>
  );
}

/** The versions of a checkout, or of one file of it. */
export function History({ hubshare, folder, path, show, act }: ListProps & { path: string | null }): ReactElement {
  const { server, state, trans } = hubshare;
  const [versions, setVersions] = useState<Version[] | null>(null);
  const [kept, setKept] = useState<KeptVersion[]>([]);
  const [here, setHere] = useState(0);
  const [next, setNext] = useState<string | null>(null);
  const [problem, setProblem] = useState("");
  const load = useCallback(
    (after: string | null): Promise<void> => {
      const kept = path !== null && after === null ? server.call("kept", { folder, path }) : null;
      return Promise.all([server.call("log", { folder, path, limit: PAGE, after }), kept]).then(
        ([found, replaced]) => {
          setHere(found.here);
          setNext(found.next ?? null);
          setVersions(known => (after === null ? found.versions : [...(known ?? []), ...found.versions]));
          if (replaced !== null) {
            setKept(replaced.kept);
          }
        },
        (error: unknown) => setProblem(words(error)),
      );
    },
    [server, folder, path],
  );
  const version = state.checkouts.find(one => one.folder === folder)?.version;
  useEffect(() => void load(null), [load, version]);
  const restore = async (args: { version?: string; kept?: number }, what: string): Promise<void> => {
    const question =
      path === null
        ? {
            title: trans.__("Restore %1?", what),
            words: trans.__("All of its files are put in place, as edits. What is replaced is kept."),
            yes: trans.__("Restore"),
          }
        : undefined;
    const act_ = (): Promise<unknown> => server.call("restore", { folder, path: path ?? ".", ...args });
    if (await act(act_, trans.__("%1 is in place, as an edit.", what), question)) {
      await load(null);
    }
  };
  if (versions === null) {
    return <p className="hs-Note">{problem || trans.__("Looking…")}</p>;
  }
  return (
    <div className="hs-Listing">
      <h2>{path ?? folder.split("/").pop()}</h2>
      {problem && <p role="alert">{problem}</p>}
      {kept.length > 0 && path !== null && (
        <>
          <h3>{trans.__("Replaced here")}</h3>
          <ul>
            {kept.map(one => (
              <li key={one.number}>
                <div>{one.why}</div>
                <div className="hs-Quiet">{new Date(one.when * 1000).toLocaleString()}</div>
                <button className="hs-Link" onClick={() => show(path, `kept:${one.number}`, "disk")}>
                  {trans.__("Compare")}
                </button>{" "}
                {!one.here && (
                  <button className="hs-Link" onClick={() => void restore({ kept: one.number }, one.why)}>
                    {trans.__("Put back")}
                  </button>
                )}
              </li>
            ))}
          </ul>
        </>
      )}
      <h3>{trans.__("Versions")}</h3>
      <ul>
        {versions.map((one, at) => (
          <li key={one.number}>
            <div>
              <strong>{trans.__("Version %1", one.number)}</strong> {one.summary}
            </div>
            <div className="hs-Quiet">
              {one.author}, {new Date(one.created).toLocaleString()}
              {one.number === here ? ` · ${trans.__("here")}` : ""}
            </div>
            {path !== null && (
              <>
                <button className="hs-Link" onClick={() => show(path, before(at), one.commit)}>
                  {trans.__("What changed")}
                </button>{" "}
                <button className="hs-Link" onClick={() => show(path, one.commit, "disk")}>
                  {trans.__("Compare with here")}
                </button>{" "}
              </>
            )}
            <button
              className="hs-Link"
              onClick={() => void restore({ version: `v${one.number}` }, trans.__("version %1", one.number))}
            >
              {trans.__("Restore")}
            </button>
          </li>
        ))}
      </ul>
      {next !== null && (
        <button className="hs-Button" onClick={() => void load(next)}>
          {trans.__("Older ones")}
        </button>
      )}
    </div>
  );

  /** The version before one, as far as the list knows it. */
  function before(at: number): string {
    const earlier = versions?.[at + 1];
    const number = versions?.[at]?.number ?? 0;
    return earlier?.commit ?? (number > 0 ? `v${number - 1}` : "none");
  }
}
