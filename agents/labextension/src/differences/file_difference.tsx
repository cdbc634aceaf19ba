// Two versions of a file side by side; where they are the sides of a conflict, with the ways to settle it.

import type { IRenderMimeRegistry } from "@jupyterlab/rendermime";
import { useCallback, useEffect, useState, type ReactElement } from "react";
import type { FileDifference as Found } from "../socket";
import type { IHubShare } from "../tokens";
import { undecided, type Picks, type Side } from "./cells";
import { words, type Compared } from "./compared";
import { names, Sides } from "./sides";
import { SinceBase } from "./since_base";

interface FileDifferenceProps {
  hubshare: IHubShare;
  rendermime: IRenderMimeRegistry;
  compared: Compared;
  /** The conflict is settled: says what is in place now. */
  settled: (words: string) => void;
}

/** Two versions of a file. */
export function FileDifference({ hubshare, rendermime, compared, settled }: FileDifferenceProps): ReactElement {
  const { server, trans } = hubshare;
  const [found, setFound] = useState<Found | null>(null);
  const [problem, setProblem] = useState("");
  const [made, setMade] = useState<{ of: string; picks: Picks }>({ of: "", picks: {} });
  const [working, setWorking] = useState(false);
  const [wantsBase, setWantsBase] = useState(false);

  const load = useCallback(
    () => server.call("difference", { ...compared }).then(setFound, (error: unknown) => setProblem(words(error))),
    [server, compared],
  );
  useEffect(() => void load(), [load]);

  // Picks are of just these two contents.
  const of = `${found?.old?.id ?? ""} ${found?.new?.id ?? ""}`;
  const picks = made.of === of ? made.picks : {};
  const setPicks = (next: Picks): void => setMade({ of, picks: next });

  const settle = async (act: () => Promise<unknown>, done: string): Promise<void> => {
    setWorking(true);
    setProblem("");
    try {
      await act();
      settled(done);
    } catch (error) {
      setProblem(words(error));
      // What it was decided on may be another one by now.
      await load();
    } finally {
      setWorking(false);
    }
  };
  const pickFile = (pick: Side, between: Found): void => {
    const { folder, path } = compared;
    const seen = { ours: between.new?.id ?? null, theirs: between.old?.id ?? null };
    const done =
      pick === "ours"
        ? trans.__("Your version of %1 is published.", path)
        : trans.__("The published %1 is in place.", path);
    void settle(() => server.call("resolve", { folder, paths: [path], pick, seen }), done);
  };
  const pickCells = (between: Found): void => {
    const { folder, path } = compared;
    const [ours, theirs] = [between.new?.id ?? "", between.old?.id ?? ""];
    void settle(
      () => server.call("resolve-cells", { folder, path, picks: { ...picks }, ours, theirs }),
      trans.__("%1 is published as you picked its cells.", path),
    );
  };

  if (found === null) {
    return <p className="hs-Note">{problem || trans.__("Comparing…")}</p>;
  }
  const inConflict = found.conflict !== null && compared.text === undefined && compared.new === "disk";
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
              {trans.__("Take theirs")}
            </button>
            <button className="hs-Button" disabled={working} onClick={() => pickFile("ours", found)}>
              {trans.__("Keep mine")}
            </button>
            <button className="hs-Button" aria-pressed={sinceBase} onClick={() => setWantsBase(!sinceBase)}>
              {trans.__("What each of you changed")}
            </button>
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
                    : trans.__("Publish the picked cells")}
                </button>
              </>
            )}
          </div>
        )}
      </header>
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
