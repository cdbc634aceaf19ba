// The contents of two versions of a file, in the way that fits their kind.

import type { IRenderMimeRegistry } from "@jupyterlab/rendermime";
import type { TranslationBundle } from "@jupyterlab/translation";
import type { ReactElement } from "react";
import type { FileDifference, FileVersion } from "../socket";
import { Cells, type Picks, type Side } from "./cells";
import { Texts } from "./texts";

interface SidesProps {
  found: FileDifference;
  rendermime: IRenderMimeRegistry;
  trans: TranslationBundle;
  /** Which cells are picked; null where nothing is to be picked. */
  picks?: Picks | null;
  pick?: (place: number, side: Side) => void;
}

/** Return what both versions are called. */
export function names({ old, new: next }: FileDifference, trans: TranslationBundle): [string, string] {
  const said = (version: FileVersion | null): string => (version === null ? trans.__("no file") : version.words);
  return [said(old), said(next)];
}

/** Both versions. */
export function Sides({ found, rendermime, trans, picks = null, pick = () => undefined }: SidesProps): ReactElement {
  const { kind, old, new: next, pairs, why } = found;
  const labels = names(found, trans);
  if (kind === "notebook" && pairs !== null) {
    return <Cells {...{ pairs, labels, rendermime, trans, picks, pick }} />;
  }
  if (kind === "text") {
    return <Texts old={old?.text ?? ""} next={next?.text ?? ""} labels={labels} />;
  }
  if (kind === "image") {
    return (
      <div className="hs-Sides">
        {[old, next].map((version, at) => (
          <div key={at} className="hs-Side">
            {version?.data != null && (
              <img
                className="hs-Image"
                alt={labels[at]}
                src={`data:${version.media ?? "image/png"};base64,${version.data}`}
              />
            )}
          </div>
        ))}
      </div>
    );
  }
  return <p className="hs-Note">{why}</p>;
}
