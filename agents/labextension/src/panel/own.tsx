// What is the person's own: pages of it, and the tokens of the Hub with what was done with each, looked up when they are opened.

import { Time } from "@jupyterlab/coreutils";
import type { TranslationBundle } from "@jupyterlab/translation";
import { useState, type ReactElement } from "react";
import type { Acts } from "../commands/acts";
import type { Token, Tokens } from "../socket";

/** Links to what is the person's own. */
export function Own({ acts }: { acts: Acts }): ReactElement {
  const { server, trans } = acts.hubshare;
  const [found, setFound] = useState<Tokens | null>(null);
  const [fault, setFault] = useState("");
  const look = async (): Promise<void> => {
    try {
      setFound(await server.call("tokens", {}));
      setFault("");
    } catch (error) {
      setFault(error instanceof Error ? error.message : trans.__("That did not work."));
    }
  };
  const many = found?.tokens.filter(token => !token.ended).length;
  return (
    <section className="hs-Section" aria-labelledby="hs-own">
      <h2 id="hs-own" className="hs-Heading">
        {trans.__("Yours")}
      </h2>
      <p className="hs-Own">
        <Page acts={acts} path="settings/notifications" words={trans.__("Notifications")} />
        <Page acts={acts} path="jobs" words={trans.__("Jobs")} />
        <Page acts={acts} path="token" words={trans.__("Tokens")} />
      </p>
      <details
        className="hs-Details"
        onToggle={event => {
          if (event.currentTarget.open) {
            void look();
          }
        }}
      >
        <summary>
          {trans.__("Tokens of the Hub")} {many !== undefined && <span className="hs-Count">{many}</span>}
        </summary>
        {fault && <p role="status">{fault}</p>}
        {found?.missing && <p role="status">{found.missing}</p>}
        {found && (
          <ul className="hs-List">
            {found.tokens.map(token => (
              <li key={token.id} className="hs-Item">
                <div className="hs-Item-words">
                  <button type="button" className="hs-Item-name" onClick={() => acts.openOwn(`token/${token.id}`)}>
                    {token.note || token.client || token.id}{" "}
                    {token.ended && <span className="hs-Tag">{trans.__("ended")}</span>}
                  </button>
                  <div className="hs-Item-state">{used(token, trans)}</div>
                  {token.scopes.length > 0 && (
                    <div className="hs-Item-state hs-Own-scopes" title={token.scopes.join("\n")}>
                      {token.scopes.join(", ")}
                    </div>
                  )}
                </div>
              </li>
            ))}
          </ul>
        )}
      </details>
    </section>
  );
}

function Page({ acts, path, words }: { acts: Acts; path: string; words: string }): ReactElement {
  return (
    <button type="button" className="hs-Link" onClick={() => acts.openOwn(path)}>
      {words}
    </button>
  );
}

/** When a token was used here last, and for what. */
export function used(token: Token, trans: TranslationBundle): string {
  if (token.last === null) {
    return trans.__("not used here");
  }
  const uses = Object.entries(token.uses).map(([kind, number]) => `${kind} ${number}`);
  return [trans.__("used here %1", Time.formatHuman(new Date(token.last))), ...uses].join(", ");
}
