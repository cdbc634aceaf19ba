// The mirrors of a project: how they stand, what is done with them, and a new one.

import { Dialog } from "@jupyterlab/apputils";
import type { TranslationBundle } from "@jupyterlab/translation";
import { ReactWidget } from "@jupyterlab/ui-components";
import { useCallback, useEffect, useId, useState, type ReactElement } from "react";
import type { Caller } from "../server";
import type { ActOnMirror, Mirror, MirrorList, SetMirror } from "../socket";
import { FieldsDialog, OWN_ENTER } from "./form";
import { isUnderWay, standing } from "./mirror_words";

/** How often is asked how they stand, while something is done about one. */
const LOOK_MS = 2000;

type When = Mirror["push_on"];

/** Show the mirrors of a project until the dialog is closed. */
export async function showMirrors(found: MirrorList, server: Caller, trans: TranslationBundle): Promise<void> {
  const body = ReactWidget.create(<MirrorsForm found={found} server={server} trans={trans} />);
  body.addClass("hs-Form");
  await new FieldsDialog({
    title: trans.__("Mirrors of %1", found.project),
    body,
    buttons: [Dialog.okButton({ label: trans.__("Close") })],
    hasClose: true,
  }).launch();
}

interface FormProps {
  found: MirrorList;
  server: Caller;
  trans: TranslationBundle;
}

function MirrorsForm({ found, server, trans }: FormProps): ReactElement {
  const [mirrors, setMirrors] = useState(found.mirrors);
  const [busy, setBusy] = useState(false);
  const [fault, setFault] = useState("");
  const { project } = found;
  /** Returns whether it was done. */
  const run = useCallback(async (asked: Promise<MirrorList>): Promise<boolean> => {
    setBusy(true);
    setFault("");
    try {
      setMirrors((await asked).mirrors);
      return true;
    } catch (error) {
      setFault(error instanceof Error ? error.message : String(error));
      return false;
    } finally {
      setBusy(false);
    }
  }, []);
  const act = (args: Omit<ActOnMirror, "project">): void => void run(server.call("mirror-act", { project, ...args }));
  const set = (args: Omit<SetMirror, "project">): Promise<boolean> =>
    run(server.call("mirror-set", { project, ...args }));

  const moves = mirrors.some(isUnderWay);
  useEffect(() => {
    if (!moves || busy) {
      return;
    }
    const timer = setTimeout(() => void run(server.call("mirrors", { project })), LOOK_MS);
    return () => clearTimeout(timer);
  }, [moves, busy, mirrors, project, server, run]);

  return (
    <>
      {fault !== "" && (
        <p role="alert" className="hs-mod-wrong">
          {fault}
        </p>
      )}
      {mirrors.length === 0 ? (
        <p>{trans.__("%1 has no mirrors.", project)}</p>
      ) : (
        <ul className="hs-Mirrors" aria-live="polite">
          {mirrors.map(mirror => (
            <OneMirror key={mirror.id} {...{ mirror, busy, act, set, trans }} />
          ))}
        </ul>
      )}
      <details className="hs-Details" open={mirrors.length === 0}>
        <summary {...OWN_ENTER}>{trans.__("Push it to another repository")}</summary>
        <NewMirror {...{ busy, set, trans }} />
      </details>
    </>
  );
}

interface OneProps {
  mirror: Mirror;
  busy: boolean;
  act: (args: Omit<ActOnMirror, "project">) => void;
  set: (args: Omit<SetMirror, "project">) => Promise<boolean>;
  trans: TranslationBundle;
}

function OneMirror({ mirror, busy, act, set, trans }: OneProps): ReactElement {
  const { url, branch } = mirror;
  const [asked, setAsked] = useState<"overwrite" | "delete" | null>(null);
  const stands = standing(mirror, trans);
  const commit = mirror.in_the_way.slice(0, 10);
  const sure =
    asked === "overwrite"
      ? trans.__("What %1 has there, which is not of this project, is given up for good.", commit)
      : trans.__("HubShare stops pushing to it. What is there stays.");
  const yes = asked === "overwrite" ? trans.__("Give it up") : trans.__("Remove");
  const labels = {
    push: trans.__("Push now"),
    resume: trans.__("Resume"),
    pause: trans.__("Pause"),
    overwrite: trans.__("Overwrite %1…", commit),
  };
  return (
    <li>
      <div className="hs-Mirror-address">{url}</div>
      <div className="hs-Hint">
        {trans.__("Branch %1", branch)}, {whenNames(trans)[mirror.push_on]},{" "}
        {mirror.has_secret ? trans.__("with a password or token") : trans.__("without a password or token")}
      </div>
      <p className={stands.wrong ? "hs-mod-wrong" : undefined}>{stands.words}</p>
      {mirror.said !== "" && (
        <>
          <div className="hs-Hint">{trans.__("The other host says:")}</div>
          <pre className="hs-Said">{mirror.said}</pre>
        </>
      )}
      {asked === null ? (
        <div className="hs-Buttons" role="group" aria-label={url}>
          {stands.acts.map(name => (
            <button
              key={name}
              {...OWN_ENTER}
              type="button"
              className="hs-Button"
              disabled={busy}
              onClick={() => (name === "overwrite" ? setAsked(name) : act({ url, branch, act: name }))}
            >
              {labels[name]}
            </button>
          ))}
          <button {...OWN_ENTER} type="button" className="hs-Button" disabled={busy} onClick={() => setAsked("delete")}>
            {trans.__("Remove…")}
          </button>
        </div>
      ) : (
        <div className="hs-Buttons" role="group" aria-label={url}>
          <span>{sure}</span>
          <button
            {...OWN_ENTER}
            type="button"
            className="hs-Button"
            disabled={busy}
            onClick={() => {
              setAsked(null);
              act({
                url,
                branch,
                ...(asked === "delete" ? { act: asked } : { act: "push", overwrites: mirror.in_the_way }),
              });
            }}
          >
            {yes}
          </button>
          <button {...OWN_ENTER} type="button" className="hs-Button" autoFocus onClick={() => setAsked(null)}>
            {trans.__("Cancel")}
          </button>
        </div>
      )}
      <details className="hs-Details">
        <summary {...OWN_ENTER}>{trans.__("New password or token")}</summary>
        <p className="hs-Hint">{trans.__("Leave empty to delete the stored one.")}</p>
        <LoginForm {...{ busy, trans }} save={login => set({ url, branch, ...login })} accept={trans.__("Save")} />
      </details>
    </li>
  );
}

function NewMirror({ busy, set, trans }: Pick<OneProps, "busy" | "set" | "trans">): ReactElement {
  const [url, setUrl] = useState("");
  const [branch, setBranch] = useState("main");
  const [when, setWhen] = useState<When>("version");
  const id = useId();
  const save = async (login: Login): Promise<boolean> => {
    const done = await set({ url: url.trim(), branch: branch.trim(), push_on: when, ...login });
    if (done) {
      setUrl("");
    }
    return done;
  };
  return (
    <>
      <p className="hs-Hint">
        {trans.__(
          "All versions that the project ever had go there, also files that were deleted since, with who made them, when and why: whoever may read the repository reads all of it, and it cannot be taken back.",
        )}
      </p>
      <label className="hs-Label" htmlFor={`${id}url`}>
        {trans.__("Address of the repository")}
      </label>
      <input
        id={`${id}url`}
        {...OWN_ENTER}
        className="hs-Input"
        value={url}
        maxLength={2000}
        spellCheck={false}
        autoComplete="off"
        autoCapitalize="none"
        placeholder="https://github.com/…"
        aria-describedby={`${id}rule`}
        onChange={event => setUrl(event.target.value)}
      />
      <div id={`${id}rule`} className="hs-Hint">
        {trans.__("It begins with https://, and has no user or password in it. The repository has to be there.")}
      </div>
      <label className="hs-Label" htmlFor={`${id}branch`}>
        {trans.__("Branch")}
      </label>
      <input
        id={`${id}branch`}
        {...OWN_ENTER}
        className="hs-Input"
        value={branch}
        maxLength={200}
        spellCheck={false}
        autoComplete="off"
        autoCapitalize="none"
        onChange={event => setBranch(event.target.value)}
      />
      <label className="hs-Label" htmlFor={`${id}when`}>
        {trans.__("Push")}
      </label>
      <select
        id={`${id}when`}
        className="hs-Input"
        value={when}
        onChange={event => setWhen(event.target.value as When)}
      >
        {Object.entries(whenNames(trans)).map(([value, name]) => (
          <option key={value} value={value}>
            {name}
          </option>
        ))}
      </select>
      <LoginForm
        {...{ trans, save }}
        busy={busy || url.trim() === "" || branch.trim() === ""}
        accept={trans.__("Create mirror")}
      />
    </>
  );
}

/** What the other host wants from who pushes. */
type Login = Required<Pick<SetMirror, "user" | "secret">>;

interface LoginProps {
  busy: boolean;
  /** Returns whether it was done: what was typed is forgotten then. */
  save: (login: Login) => Promise<boolean>;
  accept: string;
  trans: TranslationBundle;
}

function LoginForm({ busy, save, accept, trans }: LoginProps): ReactElement {
  const [user, setUser] = useState("");
  const [secret, setSecret] = useState("");
  const id = useId();
  const send = async (): Promise<void> => {
    if (await save({ user, secret })) {
      setUser("");
      setSecret("");
    }
  };
  return (
    <>
      <label className="hs-Label" htmlFor={`${id}user`}>
        {trans.__("User (if it asks for one)")}
      </label>
      <input
        id={`${id}user`}
        {...OWN_ENTER}
        className="hs-Input"
        value={user}
        maxLength={255}
        autoCapitalize="none"
        autoComplete="off"
        spellCheck={false}
        onChange={event => setUser(event.target.value)}
      />
      <label className="hs-Label" htmlFor={`${id}secret`}>
        {trans.__("Password or token")}
      </label>
      <input
        id={`${id}secret`}
        {...OWN_ENTER}
        className="hs-Input"
        type="password"
        value={secret}
        maxLength={4096}
        autoComplete="new-password"
        aria-describedby={`${id}sealed`}
        onChange={event => setSecret(event.target.value)}
      />
      <div id={`${id}sealed`} className="hs-Hint">
        {trans.__(
          "Write access to this repository is enough. It is stored encrypted at the Hub, and never shown again.",
        )}
      </div>
      <div className="hs-Buttons">
        <button {...OWN_ENTER} type="button" className="hs-Button" disabled={busy} onClick={() => void send()}>
          {accept}
        </button>
      </div>
    </>
  );
}

function whenNames(trans: TranslationBundle): Record<When, string> {
  return {
    version: trans.__("on each version"),
    release: trans.__("on each release"),
    manual: trans.__("when I say so"),
  };
}
