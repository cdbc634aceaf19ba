// The panel in the sidebar: what needs the person, what is here, and all that there is; or what to do first.

import { ReactWidget, refreshIcon, UseSignal } from "@jupyterlab/ui-components";
import type { ReactElement } from "react";
import type { Acts } from "../commands/acts";
import { getIcon, hubshareIcon, openIcon } from "../icons";
import { keepFocus } from "../keep_focus";
import type { Summary } from "../socket";
import { Checkouts, IconButton } from "./checkouts";
import { Library } from "./library";
import type { LibraryState } from "./library_state";
import { Needs } from "./needs";
import { Own } from "./own";

/** What the panel has the rest of the window do. */
export interface Doing {
  menu: (checkout: Summary, button: HTMLElement) => void;
  showConflicts: (checkout: Summary) => void;
  share: () => void;
  get: () => void;
  getFromInternet: () => void;
}

/** What the badge on the icon is drawn from: see `panel.css`. */
const BADGE = "hubshare-needs";

/** The panel in the sidebar. */
export class Sidebar extends ReactWidget {
  constructor(
    private readonly acts: Acts,
    private readonly library: LibraryState,
    private readonly doing: Doing,
  ) {
    super();
    this.id = "hubshare-panel";
    this.addClass("hs-Panel");
    this.node.tabIndex = -1;
    keepFocus(this.node);
    const { trans } = acts.hubshare;
    this.title.icon = hubshareIcon;
    this.title.caption = trans.__("HubShare");
    this.node.setAttribute("role", "region");
    this.node.setAttribute("aria-label", trans.__("HubShare"));
    acts.hubshare.state.changed.connect(() => this.showBadge());
    library.changed.connect(() => this.showBadge());
    // What others offer or let one read is not told by itself: it is looked up when somebody comes back to look.
    document.addEventListener("visibilitychange", this.lookAgain);
  }

  override dispose(): void {
    document.removeEventListener("visibilitychange", this.lookAgain);
    super.dispose();
  }

  private readonly lookAgain = (): void => {
    if (!document.hidden && this.isVisible) {
      void this.library.look();
    }
  };

  protected override onAfterShow(): void {
    void this.library.look();
  }

  protected render(): ReactElement {
    const { acts, library, doing } = this;
    return (
      <UseSignal signal={acts.hubshare.state.changed}>
        {() => <UseSignal signal={library.changed}>{() => <Content {...{ acts, library, doing }} />}</UseSignal>}
      </UseSignal>
    );
  }

  /** Say on the icon how many things need the person. */
  private showBadge(): void {
    const { state, trans } = this.acts.hubshare;
    const count = state.needs + this.library.offers.length + state.requests.length + state.told.length;
    const { [BADGE]: before = "", ...others } = this.title.dataset;
    if (before === String(count || "")) {
      return;
    }
    this.title.dataset = count > 0 ? { ...others, [BADGE]: String(count) } : others;
    this.title.caption =
      count > 0
        ? trans._n("HubShare: %1 item needs attention", "HubShare: %1 items need attention", count)
        : trans.__("HubShare");
  }
}

interface ContentProps {
  acts: Acts;
  library: LibraryState;
  doing: Doing;
}

function Content({ acts, library, doing }: ContentProps): ReactElement {
  const { state, trans } = acts.hubshare;
  if (state.hello?.needs) {
    return <Empty title={trans.__("HubShare is not set up here")} words={state.hello.needs} />;
  }
  if (state.link === "connecting") {
    return <Empty title="" words={trans.__("Looking…")} />;
  }
  const nothing = state.checkouts.length + state.unopened.length === 0;
  return (
    <>
      <header className="hs-Header">
        <span className="hs-Title">{trans.__("HubShare")}</span>
        <IconButton icon={getIcon} label={trans.__("Check out a shared project…")} does={doing.get} />
        <IconButton icon={openIcon} label={trans.__("Open HubShare’s pages")} does={() => acts.openPage()} />
        <IconButton icon={refreshIcon} label={trans.__("Look again")} does={() => void library.look()} />
      </header>
      {state.link !== "connected" && (
        <p role="status" className="hs-Banner">
          {state.link === "agent away" && state.why
            ? state.why
            : trans.__("The server does not answer; what you see may be old. It is tried again by itself.")}
        </p>
      )}
      {state.visited && state.hello?.servers && (
        <p className="hs-Banner">
          {trans.__("This server is %1’s.", state.hello.user)}{" "}
          <button type="button" className="hs-Link" onClick={() => acts.openServers()}>
            {trans.__("Its projects on HubShare’s pages")}
          </button>
        </p>
      )}
      {library.fault && (
        <p role="status" className="hs-Banner">
          {library.fault}
        </p>
      )}
      <Needs
        acts={acts}
        needs={state.waiting}
        offers={library.offers}
        checkouts={state.checkouts}
        showConflicts={doing.showConflicts}
        answered={() => void library.look()}
      />
      {nothing && <First acts={acts} doing={doing} none={library.empty} />}
      <Checkouts
        acts={acts}
        checkouts={state.checkouts}
        unopened={state.unopened}
        menu={doing.menu}
        showConflicts={doing.showConflicts}
      />
      <Library acts={acts} library={library} checkouts={state.checkouts} />
      {!state.visited && <Own acts={acts} />}
    </>
  );
}

function Empty({ title, words }: { title: string; words: string }): ReactElement {
  return (
    <div className="hs-Empty" role="status">
      <hubshareIcon.react tag="span" className="hs-Empty-icon" />
      {title && <h2 className="hs-Empty-title">{title}</h2>}
      <p>{words}</p>
    </div>
  );
}

/** What to do first. */
function First({ acts, doing, none }: { acts: Acts; doing: Doing; none: boolean }): ReactElement {
  const { trans } = acts.hubshare;
  return (
    <div className="hs-Empty">
      <hubshareIcon.react tag="span" className="hs-Empty-icon" />
      <h2 className="hs-Empty-title">{trans.__("Work on a folder together")}</h2>
      <p>
        {none
          ? trans.__("Share a folder of yours, or get one that somebody else shares.")
          : trans.__("None of your projects is on this server yet: get one below, or share a folder.")}
      </p>
      <div className="hs-Buttons">
        <button type="button" className="hs-Button hs-mod-main" onClick={doing.share}>
          {trans.__("Share this folder…")}
        </button>
        <button type="button" className="hs-Button" onClick={doing.get}>
          {trans.__("Check out a shared project…")}
        </button>
        <button type="button" className="hs-Button" onClick={doing.getFromInternet}>
          {trans.__("Import from the internet…")}
        </button>
      </div>
      <p className="hs-Hint">{trans.__("Or right-click any folder in the file browser.")}</p>
    </div>
  );
}
