// All projects that the person may read: theirs, shared with them, of their teams; and a search over all of them.

import { useEffect, useState, type ReactElement } from "react";
import type { Acts } from "../commands/acts";
import { fork } from "../commands/forking";
import { get, getNow } from "../commands/getting";
import { isLink } from "../dialogs/links";
import { forkIcon, getIcon, openIcon } from "../icons";
import type { Project, Summary } from "../socket";
import { split } from "../words";
import { IconButton } from "./checkouts";
import type { LibraryState, Which } from "./library_state";

interface LibraryProps {
  acts: Acts;
  library: LibraryState;
  checkouts: readonly Summary[];
}

/** So long somebody pauses before projects are searched, in milliseconds. */
const PAUSE = 200;

/** All projects, in groups; or what a search finds. */
export function Library({ acts, library, checkouts }: LibraryProps): ReactElement | null {
  const { trans } = acts.hubshare;
  const [text, setText] = useState("");
  const link = isLink(text);
  const query = link ? "" : text.trim();
  useEffect(() => {
    if (query === library.query) {
      return undefined;
    }
    const timer = setTimeout(() => void library.search(query), query ? PAUSE : 0);
    return () => clearTimeout(timer);
  }, [library, query]);
  if (!library.known) {
    return null;
  }
  const groups: [Which, string][] = [
    ["mine", trans.__("Mine")],
    ["shared", trans.__("Shared with me")],
    ["teams", trans.__("My teams’")],
  ];
  const found = library.list("found");
  const follow = (): void => void get(acts, text, acts.hubshare.state.hello?.root ?? "");
  return (
    <section className="hs-Section" aria-labelledby="hs-all">
      <h2 id="hs-all" className="hs-Heading">
        {trans.__("Projects")}
      </h2>
      <input
        type="search"
        className="hs-Input"
        aria-label={trans.__("Search all projects that I may read")}
        placeholder={trans.__("Search projects, or paste a link")}
        value={text}
        onChange={event => setText(event.target.value)}
        onKeyDown={event => {
          if (link && event.key === "Enter") {
            follow();
          }
        }}
      />
      {link && (
        <p role="status" className="hs-Hint">
          {trans.__("That is a link.")}{" "}
          <button type="button" className="hs-Link" onClick={follow}>
            {trans.__("Check out what it leads to…")}
          </button>
        </p>
      )}
      {library.query !== "" ? (
        <>
          <p role="status" className="hs-Hint">
            {found.next === null
              ? trans._n("%1 project found", "%1 projects found", found.projects.length)
              : trans.__("%1 projects found, and more", found.projects.length)}
          </p>
          <Listings {...{ acts, library, checkouts }} which="found" />
        </>
      ) : (
        groups.map(
          ([which, title]) =>
            library.list(which).projects.length > 0 && (
              <details key={which} className="hs-Details" open>
                <summary>{title}</summary>
                <Listings {...{ acts, library, checkouts, which }} />
              </details>
            ),
        )
      )}
    </section>
  );
}

interface ListingsProps extends LibraryProps {
  which: Which;
}

function Listings({ acts, library, checkouts, which }: ListingsProps): ReactElement {
  const { trans } = acts.hubshare;
  const { projects, next } = library.list(which);
  return (
    <>
      <ul className="hs-List">
        {projects.map(project => (
          <ListingItem
            key={project.id}
            acts={acts}
            project={project}
            folder={checkouts.find(one => one.project === project.name)?.folder ?? null}
          />
        ))}
      </ul>
      {next !== null && (
        <button type="button" className="hs-Link" onClick={() => void library.more(which)}>
          {trans.__("More…")}
        </button>
      )}
    </>
  );
}

interface ListingItemProps {
  acts: Acts;
  project: Project;
  /** The folder that it is checked out into on this server; null if it is not. */
  folder: string | null;
}

function ListingItem({ acts, project, folder }: ListingItemProps): ReactElement {
  const { state, settings, trans } = acts.hubshare;
  const { owner, name } = split(project.name);
  const visible = { private: "", hub: trans.__("whole Hub"), public: trans.__("public") }[project.visibility];
  const getIt = (): void => {
    const wanted = { project: project.name, invitation: "", file: "", folder: "", auto: settings.auto };
    void getNow(acts, wanted, state.hello?.root ?? "");
  };
  return (
    <li className="hs-Item">
      <div className="hs-Item-words">
        <button
          type="button"
          className="hs-Item-name"
          title={folder === null ? trans.__("Open the page of %1", project.name) : trans.__("Show its folder")}
          onClick={() => {
            if (folder === null) {
              acts.openPage(project.name);
            } else {
              void acts.open(folder);
            }
          }}
        >
          {name} {owner !== state.hello?.user && <span className="hs-Item-owner">{owner}</span>}
        </button>
        {(project.description || visible || project.archived) && (
          <div className="hs-Item-state" title={project.description}>
            {project.description}
            {visible && <span className="hs-Tag">{visible}</span>}
            {project.archived && <span className="hs-Tag">{trans.__("archived")}</span>}
          </div>
        )}
      </div>
      <div className="hs-Item-acts">
        {folder === null ? (
          <IconButton icon={getIcon} label={trans.__("Check out %1 on this server", project.name)} does={getIt} />
        ) : (
          <span className="hs-Tag">{trans.__("here")}</span>
        )}
        {owner !== state.hello?.user && (
          <IconButton
            icon={forkIcon}
            label={trans.__("Fork %1…", project.name)}
            does={() => void fork(acts, project.name, state.hello?.root ?? "")}
          />
        )}
        <IconButton
          icon={openIcon}
          label={trans.__("Open the page of %1", project.name)}
          does={() => acts.openPage(project.name)}
        />
      </div>
    </li>
  );
}
