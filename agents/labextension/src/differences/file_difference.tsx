// Two versions of a file side by side; where they are the sides of a conflict, with the ways to settle it.

import type { IRenderMimeRegistry } from "@jupyterlab/rendermime";
import { useCallback, useEffect, useState, type ReactElement } from "react";
import { confirm } from "../dialogs/form";
import { CommandError, type Caller } from "../server";
import type { FileDifference as Found } from "../socket";
import type { IHubShare, IOpenDocuments } from "../tokens";
import { undecided, type Picks, type Side } from "./cells";
import { words, type Compared } from "./compared";
import { carriedOver, saveFirst, Unseen } from "./save_first";
import { names, Sides } from "./sides";
import { SinceBase } from "./since_base";

interface FileDifferenceProps {
  hubshare: IHubShare;
  documents: IOpenDocuments | null;
  rendermime: IRenderMimeRegistry;
  compared: Compared;
  /** The conflict is settled: says what is in place now. */
  settled: (words: string) => void;
}

/** Two versions of a file. */
export function FileDifference(props: FileDifferenceProps): ReactElement {
  const { hubshare, documents, rendermime, compared, settled } = props;
  const { server, trans } = hubshare;
  const [found, setFound] = useState<Found | null>(null);
  const [problem, setProblem] = useState("");
  const [made, setMade] = useState<{ of: string; picks: Picks }>({ of: "", picks: {} });
  const [working, setWorking] = useState(false);
  const [wantsBase, setWantsBase] = useState(false);

  const load = useCallback(
    () => compare(server, compared).then(setFound, (error: unknown) => setProblem(words(error))),
    [server, compared],
  );
  useEffect(() => void load(), [load]);

  const hasEdits = useCallback(
    () =>
      documents !== null &&
      compared.fork === undefined &&
      documents.unsaved(compared.folder, [compared.path]).length > 0,
    [documents, compared],
  );
  const [unsaved, setUnsaved] = useState(hasEdits);
  useEffect(() => {
    const look = (): void => setUnsaved(hasEdits());
    documents?.changed.connect(look);
    return () => void documents?.changed.disconnect(look);
  }, [documents, hasEdits]);

  // Picks are of just these two contents.
  const of = idsOf(found);
  const picks = made.of === of ? made.picks : {};
  const setPicks = (next: Picks): void => setMade({ of, picks: next });

  /** Settle; what the open document holds is saved before. */
  const settle = async (between: Found, act: (now: Found) => Promise<unknown>, done: string): Promise<void> => {
    setProblem("");
    if (hasEdits() && !unsaved) {
      // It was not said on the button that was pressed.
      setUnsaved(true);
      return;
    }
    setWorking(true);
    try {
      const now = unsaved && documents !== null ? await saveFirst(documents, hubshare, compared, between) : between;
      if (now.conflict === null) {
        settled(trans.__("There is nothing to settle about %1 any more.", compared.path));
        return;
      }
      await act(now);
      settled(done);
    } catch (error) {
      setProblem(words(error));
      // What it was decided on may be another one by now.
      await load();
    } finally {
      setWorking(false);
    }
  };
  const saveAndShow = async (): Promise<void> => {
    setProblem("");
    await documents?.save(compared.folder, compared.path).catch((error: unknown) => setProblem(words(error)));
    await load();
  };
  const pickFile = (pick: Side, between: Found): void => {
    const { folder, path } = compared;
    if (between.taken !== null) {
      const done =
        pick === "ours" ? trans.__("%1 stays as it is.", path) : trans.__("The origin’s %1 is published.", path);
      void settle(between, now => takeOne(hubshare, now, pick), done);
      return;
    }
    const done =
      pick === "ours"
        ? trans.__("Your version of %1 is published.", path)
        : trans.__("The published %1 is in place.", path);
    const resolve = (now: Found): Promise<unknown> => {
      const seen = { ours: now.new?.id ?? null, theirs: now.old?.id ?? null };
      return server.call("resolve", { folder, paths: [path], pick, seen });
    };
    void settle(between, resolve, done);
  };
  const pickCells = (between: Found): void => {
    const { folder, path } = compared;
    const resolve = (now: Found): Promise<unknown> => {
      const carried = now === between ? picks : carriedOver(between.pairs ?? [], now.pairs ?? [], picks);
      if (!now.by_cell || undecided(now.pairs ?? [], carried).length > 0) {
        setMade({ of: idsOf(now), picks: carried });
        throw new Unseen(trans.__("What was just saved is among the cells: pick again where it is needed."));
      }
      const [ours, theirs] = [now.new?.id ?? "", now.old?.id ?? ""];
      return server.call("resolve-cells", { folder, path, picks: { ...carried }, ours, theirs });
    };
    void settle(between, resolve, trans.__("%1 is published as you picked its cells.", path));
  };

  if (found === null) {
    return <p className="hs-Note">{problem || trans.__("Comparing…")}</p>;
  }
  const ofFork = found.taken !== null;
  const inConflict = found.conflict !== null && compared.text === undefined && (ofFork || compared.new === "disk");
  const sinceBase = inConflict && wantsBase;
  const left = found.pairs === null ? [] : undecided(found.pairs, picks);
  const all = (side: Side): void =>
    setPicks(Object.fromEntries((found.pairs ?? []).flatMap((pair, at) => (pair.differs ? [[String(at), side]] : []))));
  const labels = names(found, trans);
  return (
    <div className="hs-Difference">
      <header className="hs-Difference-head">
        <h2>{compared.path}</h2>
        {found.conflict !== null && <span className="hs-Tag">{found.conflict}</span>}
        {inConflict && (
          <div className="hs-Difference-buttons">
            <button className="hs-Button" disabled={working} onClick={() => pickFile("theirs", found)}>
              {unsaved ? trans.__("Save and take theirs") : trans.__("Take theirs")}
            </button>
            <button className="hs-Button" disabled={working} onClick={() => pickFile("ours", found)}>
              {unsaved ? trans.__("Save and keep mine") : trans.__("Keep mine")}
            </button>
            {!ofFork && (
              <button className="hs-Button" aria-pressed={sinceBase} onClick={() => setWantsBase(!sinceBase)}>
                {trans.__("What each of you changed")}
              </button>
            )}
            {found.by_cell && !sinceBase && (
              <>
                <button className="hs-Button" disabled={working} onClick={() => all("theirs")}>
                  {trans.__("Theirs in all cells")}
                </button>
                <button className="hs-Button" disabled={working} onClick={() => all("ours")}>
                  {trans.__("Mine in all cells")}
                </button>
                <button
                  className="hs-Button hs-mod-main"
                  disabled={working || left.length > 0}
                  onClick={() => pickCells(found)}
                >
                  {left.length > 0
                    ? trans._n("%1 cell to pick", "%1 cells to pick", left.length)
                    : unsaved
                      ? trans.__("Save and publish the picked cells")
                      : trans.__("Publish the picked cells")}
                </button>
              </>
            )}
          </div>
        )}
      </header>
      {inConflict && unsaved && (
        <p className="hs-Note" role="status">
          {trans.__("The open document has edits that are not saved, and are not shown here.")}{" "}
          <button className="hs-Link" disabled={working} onClick={() => void saveAndShow()}>
            {trans.__("Save and show them")}
          </button>
        </p>
      )}
      {inConflict && found.taken !== null && found.taken.others > 0 && (
        <p className="hs-Note">
          {trans._n(
            "A pick also takes %1 other file that is new at %2.",
            "A pick also takes %1 other files that are new at %2.",
            found.taken.others,
            found.taken.origin,
          )}
        </p>
      )}
      {problem && (
        <p className="hs-Problem" role="alert">
          {problem}
        </p>
      )}
      {!sinceBase && (
        <div className="hs-Sides hs-Names">
          <strong>{inConflict ? trans.__("Theirs: %1", labels[0]) : labels[0]}</strong>
          <strong>{inConflict ? trans.__("Mine: %1", labels[1]) : labels[1]}</strong>
        </div>
      )}
      {sinceBase ? (
        <SinceBase {...{ hubshare, rendermime, compared }} versions={of} />
      ) : (
        <Sides
          found={found}
          rendermime={rendermime}
          trans={trans}
          picks={inConflict && found.by_cell ? picks : null}
          pick={(place, side) => setPicks({ ...picks, [String(place)]: side })}
        />
      )}
    </div>
  );
}

/** Which two contents were compared. */
function idsOf(found: Found | null): string {
  return `${found?.old?.id ?? ""} ${found?.new?.id ?? ""}`;
}

function compare(server: Caller, { fork, ...compared }: Compared): Promise<Found> {
  return fork === undefined
    ? server.call("difference", compared)
    : server.call("origin-difference", { project: fork, path: compared.path });
}

/** Settle one file between a project and its origin. */
async function takeOne({ server, trans }: IHubShare, between: Found, pick: Side): Promise<void> {
  const { project, path, taken } = between;
  const wanted = { project, take: true, [pick]: [path], newest: taken?.newest ?? null, base: taken?.base ?? null };
  try {
    await server.call("origin", wanted);
  } catch (error) {
    const asks = error instanceof CommandError && error.code === "paused";
    if (
      !asks ||
      !(await confirm(trans.__("Delete these files in %1?", project), error.message, trans.__("Delete"), trans))
    ) {
      throw error;
    }
    await server.call("origin", { ...wanted, confirm: true });
  }
}
