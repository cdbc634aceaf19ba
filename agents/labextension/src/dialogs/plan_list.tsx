// A list of files of a plan, from which some may be left out.

import type { TranslationBundle } from "@jupyterlab/translation";
import type { ReactElement } from "react";
import type { PlannedFile } from "../socket";
import { Rows } from "./rows";

/** Which files are left out. */
export interface Choice {
  left: ReadonlySet<string>;
  onToggle: (path: string) => void;
  onToggleAll: () => void;
}

interface PlanListProps {
  title: string;
  files: readonly PlannedFile[];
  /** What is said where there are none. */
  nothing?: string;
  trans: TranslationBundle;
  /** Null where there is nothing to choose. */
  choice?: Choice | null;
}

/** The files that go one way. */
export function PlanList({ title, files, nothing, trans, choice = null }: PlanListProps): ReactElement {
  const words = { add: trans.__("new"), edit: trans.__("edited"), delete: trans.__("deleted") };
  const row = (file: PlannedFile): ReactElement => {
    const name = (
      <>
        <span className="hs-Row-path" title={file.path}>
          {file.path}
        </span>
        <span className={`hs-Change hs-mod-${file.change ?? file.way}`} title={file.why}>
          {file.change === null ? file.why : words[file.change]}
        </span>
      </>
    );
    return choice === null ? (
      <div className="hs-Row-inside">{name}</div>
    ) : (
      <label className="hs-Row-inside">
        <input type="checkbox" checked={!choice.left.has(file.path)} onChange={() => choice.onToggle(file.path)} />
        {name}
      </label>
    );
  };
  return (
    <section className="hs-Plan">
      <div className="hs-Line">
        <h3 className="hs-Label">{title}</h3>
        {choice !== null && files.length > 1 && (
          <button type="button" className="hs-Link" onClick={choice.onToggleAll}>
            {choice.left.size > 0 ? trans.__("Choose all") : trans.__("Choose none")}
          </button>
        )}
      </div>
      {files.length === 0 ? (
        <p className="hs-Hint">{nothing}</p>
      ) : (
        <Rows
          label={title}
          count={files.length}
          most={8}
          row={index => {
            const file = files[index];
            return file === undefined ? null : row(file);
          }}
        />
      )}
    </section>
  );
}
