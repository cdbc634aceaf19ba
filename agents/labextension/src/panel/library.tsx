// All projects that the person may read: theirs, shared with them, of their teams; and a search over them.

import { useMemo, useState, type ReactElement } from "react";
import type { Acts } from "../commands/acts";
import { getNow } from "../commands/joining";
import { getIcon, openIcon } from "../icons";
import { listings, search, type Group, type Listing } from "../projects";
import type { Project, Summary, Team } from "../socket";
import { split } from "../words";
import { IconButton } from "./checkouts";

interface LibraryProps {
  acts: Acts;
  projects: readonly Project[];
  teams: readonly Team[];
  checkouts: readonly Summary[];
}

/** So many projects of a group are listed before one asks for all. */
const FEW = 8;

/** All projects, in groups; or what a search finds. */
export function Library({ acts, projects, teams, checkouts }: LibraryProps): ReactElement | null {
  const { trans, state } = acts.hubshare;
  const [text, setText] = useState("");
  const user = state.hello?.user ?? "";
  const all = useMemo(() => listings(projects, checkouts, teams, user), [projects, checkouts, teams, user]);
  const found = useMemo(() => (text.trim() ? search(all, text) : null), [all, text]);
  if (all.length === 0) {
    return null;
  }
  const groups: [Group, string][] = [
    ["mine", trans.__("Mine")],
    ["shared", trans.__("Shared with me")],
    ["teams", trans.__("My teams’")],
  ];
  return (
    <section className="hs-Section" aria-labelledby="hs-all">
      <h2 id="hs-all" className="hs-Heading">
        {trans.__("Projects")}
      </h2>
      <input
        type="search"
        className="hs-Input"
        aria-label={trans.__("Search projects")}
        placeholder={trans.__("Search projects")}
        value={text}
        onChange={event => setText(event.target.value)}
      />
      {found !== null ? (
        <>
          <p role="status" className="hs-Hint">
            {trans._n("%1 project found", "%1 projects found", found.length)}
          </p>
          <Listings acts={acts} all={found} />
        </>
      ) : (
        groups.map(([group, title]) => (
          <GroupOf key={group} acts={acts} title={title} all={all.filter(one => one.group === group)} />
        ))
      )}
    </section>
  );
}

function GroupOf({ acts, title, all }: { acts: Acts; title: string; all: Listing[] }): ReactElement | null {
  return all.length === 0 ? null : (
    <details className="hs-Details" open>
      <summary>
        {title} <span className="hs-Count">{all.length}</span>
      </summary>
      <Listings acts={acts} all={all} />
    </details>
  );
}

function Listings({ acts, all }: { acts: Acts; all: readonly Listing[] }): ReactElement {
  const { trans } = acts.hubshare;
  const [whole, setWhole] = useState(false);
  const shown = whole ? all : all.slice(0, FEW);
  return (
    <>
      <ul className="hs-List">
        {shown.map(one => (
          <ListingItem key={one.project.id} acts={acts} one={one} />
        ))}
      </ul>
      {shown.length < all.length && (
        <button type="button" className="hs-Link" onClick={() => setWhole(true)}>
          {trans.__("All %1", all.length)}
        </button>
      )}
    </>
  );
}

function ListingItem({ acts, one }: { acts: Acts; one: Listing }): ReactElement {
  const { state, settings, trans } = acts.hubshare;
  const { project, folder } = one;
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
          {name} <span className="hs-Item-owner">{owner}</span>
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
          <IconButton icon={getIcon} label={trans.__("Get %1 onto this server", project.name)} does={getIt} />
        ) : (
          <span className="hs-Tag">{trans.__("here")}</span>
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
