// What each side of a conflict changed since the version that both began from.

import type { IRenderMimeRegistry } from "@jupyterlab/rendermime";
import { useEffect, useState, type ReactElement } from "react";
import type { FileDifference } from "../socket";
import type { IHubShare } from "../tokens";
import { words, type Compared } from "./compared";
import { names, Sides } from "./sides";

interface SinceBaseProps {
  hubshare: IHubShare;
  rendermime: IRenderMimeRegistry;
  compared: Compared;
  /** Which contents the sides have; looked up anew for others. */
  versions: string;
}

/** Two differences, one below the other: what they changed, and what one changed oneself. */
export function SinceBase(props: SinceBaseProps): ReactElement {
  const { trans } = props.hubshare;
  return (
    <>
      <Change {...props} side="published" title={trans.__("What they changed")} />
      <Change {...props} side="disk" title={trans.__("What you changed")} />
    </>
  );
}

function Change(props: SinceBaseProps & { side: "published" | "disk"; title: string }): ReactElement {
  const { hubshare, rendermime, compared, versions, side, title } = props;
  const { server, trans } = hubshare;
  const { folder, path } = compared;
  const [found, setFound] = useState<FileDifference | null>(null);
  const [problem, setProblem] = useState("");
  useEffect(() => {
    let wanted = true;
    server.call("difference", { folder, path, old: "base", new: side }).then(
      answer => {
        if (wanted) {
          setFound(answer);
          setProblem("");
        }
      },
      (error: unknown) => {
        if (wanted) {
          setProblem(words(error));
        }
      },
    );
    return () => {
      wanted = false;
    };
  }, [server, folder, path, side, versions]);
  return (
    <section className="hs-Change" aria-label={title}>
      <h3>{title}</h3>
      {found === null || problem ? (
        <p className="hs-Note">{problem || trans.__("Comparing…")}</p>
      ) : (
        <>
          <div className="hs-Sides hs-Names">
            {names(found, trans).map((name, at) => (
              <strong key={at}>{name}</strong>
            ))}
          </div>
          <Sides {...{ found, rendermime, trans }} />
        </>
      )}
    </section>
  );
}
