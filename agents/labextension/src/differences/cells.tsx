// Two versions of a notebook, cell by cell, with the picks of those that differ.

import type { IRenderMimeRegistry } from "@jupyterlab/rendermime";
import type { TranslationBundle } from "@jupyterlab/translation";
import { Fragment, useEffect, useRef, type ReactElement } from "react";
import type { CellPair, NotebookCell } from "../socket";
import { shownOutput, type Shown } from "./hostile";
import { Texts } from "./texts";

/** A side of a conflict. */
export type Side = "ours" | "theirs";
/** Place of a pair to the side that is picked. */
export type Picks = Readonly<Record<string, Side>>;

interface CellsProps {
  pairs: readonly CellPair[];
  labels: [string, string];
  rendermime: IRenderMimeRegistry;
  trans: TranslationBundle;
  /** Null where nothing is to be picked. */
  picks: Picks | null;
  pick: (place: number, side: Side) => void;
}

/** So many outputs of a cell are shown. */
const OUTPUTS_MOST = 20;

/** Return the places of the pairs that have to be picked. */
export function undecided(pairs: readonly CellPair[], picks: Picks): number[] {
  return pairs.flatMap((pair, place) => (pair.differs && picks[String(place)] === undefined ? [place] : []));
}

/** Return runs of pairs that are the same, and the others by themselves; each with the place of its first. */
export function runs(pairs: readonly CellPair[]): { place: number; pairs: CellPair[]; same: boolean }[] {
  const found: { place: number; pairs: CellPair[]; same: boolean }[] = [];
  pairs.forEach((pair, place) => {
    const last = found.at(-1);
    if (pair.same && last?.same === true) {
      last.pairs.push(pair);
    } else {
      found.push({ place, pairs: [pair], same: pair.same });
    }
  });
  return found;
}

/** The cells of both versions. */
export function Cells(props: CellsProps): ReactElement {
  const { pairs, trans, rendermime } = props;
  return (
    <>
      {runs(pairs).map(run =>
        run.same ? (
          <details key={run.place} className="hs-Same">
            <summary>{trans._n("%1 cell is the same", "%1 cells are the same", run.pairs.length)}</summary>
            {run.pairs.map((pair, at) => (
              <Cell key={at} cell={pair.old} rendermime={rendermime} withSource />
            ))}
          </details>
        ) : (
          <Pair key={run.place} {...props} place={run.place} pair={run.pairs[0] as CellPair} />
        ),
      )}
    </>
  );
}

function Pair({ pair, place, labels, picks, pick, trans, rendermime }: CellsProps & { pair: CellPair; place: number }) {
  const both = pair.old !== null && pair.new !== null;
  const sourceDiffers = both && pair.old?.source !== pair.new?.source;
  const side = (name: Side, label: string): ReactElement => (
    <label>
      <input
        type="radio"
        name={`hs-cell-${place}`}
        checked={picks?.[String(place)] === name}
        onChange={() => pick(place, name)}
      />
      {label}
    </label>
  );
  return (
    <section className="hs-Pair" aria-label={trans.__("Cell %1", place + 1)}>
      {picks !== null && pair.differs && (
        <fieldset className="hs-Picks">
          <legend>{trans.__("Cell %1", place + 1)}</legend>
          {side("theirs", pair.old === null ? trans.__("Theirs: leave it out") : trans.__("Theirs"))}
          {side("ours", pair.new === null ? trans.__("Mine: leave it out") : trans.__("Mine"))}
        </fieldset>
      )}
      {sourceDiffers && (
        <Texts old={pair.old?.source ?? ""} next={pair.new?.source ?? ""} labels={labels} collapse={false} />
      )}
      <div className="hs-Sides">
        {[pair.old, pair.new].map((cell, at) => (
          <div key={at} className="hs-Side">
            {cell === null ? (
              <p className="hs-None">{trans.__("No such cell")}</p>
            ) : (
              <Cell cell={cell} rendermime={rendermime} withSource={!sourceDiffers} />
            )}
          </div>
        ))}
      </div>
    </section>
  );
}

function Cell({
  cell,
  rendermime,
  withSource,
}: {
  cell: NotebookCell | null;
  rendermime: IRenderMimeRegistry;
  withSource: boolean;
}): ReactElement | null {
  if (cell === null) {
    return null;
  }
  return (
    <div className="hs-Cell">
      {cell.kind === "markdown" ? (
        <Piece shown={{ how: "rendered", mime: "text/markdown", text: cell.source }} rendermime={rendermime} />
      ) : (
        withSource && <pre className="hs-Source">{cell.source}</pre>
      )}
      {cell.outputs.slice(0, OUTPUTS_MOST).map((output, at) => (
        <Fragment key={at}>
          <Piece shown={shownOutput(output)} rendermime={rendermime} />
        </Fragment>
      ))}
    </div>
  );
}

/** One thing that others have written. */
function Piece({ shown, rendermime }: { shown: Shown; rendermime: IRenderMimeRegistry }): ReactElement {
  const place = useRef<HTMLDivElement>(null);
  const mime = shown.how === "rendered" ? shown.mime : "";
  const text = shown.how === "rendered" ? shown.text : "";
  useEffect(() => {
    const parent = place.current;
    if (mime === "" || parent === null) {
      return;
    }
    const renderer = rendermime.createRenderer(mime);
    const model = rendermime.createModel({ data: { [mime]: text }, trusted: false });
    parent.replaceChildren(renderer.node);
    renderer.renderModel(model).catch(() => {
      parent.textContent = text;
    });
    return () => renderer.dispose();
  }, [mime, text, rendermime]);
  switch (shown.how) {
    case "text":
      return <pre className="hs-Output">{shown.text}</pre>;
    case "image":
      return <img className="hs-Image" alt="" src={shown.address} />;
    case "rendered":
      return <div className="hs-Rendered jp-RenderedHTMLCommon" ref={place} />;
  }
}
