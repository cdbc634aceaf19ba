// Shows conflicts, differences and history in the main area.

import type { JupyterFrontEnd, JupyterFrontEndPlugin } from "@jupyterlab/application";
import { ICommandPalette, MainAreaWidget, Notification } from "@jupyterlab/apputils";
import { IDocumentManager } from "@jupyterlab/docmanager";
import { IRenderMimeRegistry } from "@jupyterlab/rendermime";
import { historyIcon, ReactWidget } from "@jupyterlab/ui-components";
import { Signal } from "@lumino/signaling";
import type { Widget } from "@lumino/widgets";
import type { ReactElement } from "react";
import { tell } from "../commands/carry_out";
import { CommandIDs } from "../commands/ids";
import { confirm } from "../dialogs/form";
import { hubshareIcon } from "../icons";
import { IHubShare, IOpenDocuments } from "../tokens";
import { type Compared, words } from "./compared";
import { FileDifference } from "./file_difference";
import { forOthers } from "./hostile";
import { type Asked, ConflictList, History } from "./lists";

class View extends ReactWidget {
  constructor(private readonly draw: () => ReactElement) {
    super();
    this.addClass("hs-View");
    this.node.tabIndex = -1;
  }

  protected render(): ReactElement {
    return this.draw();
  }
}

class Differences {
  private readonly rendermime: IRenderMimeRegistry;
  /** Emitted when something was settled that the agent does not tell of by itself. */
  private readonly settled = new Signal<this, void>(this);

  constructor(
    private readonly app: JupyterFrontEnd,
    private readonly hubshare: IHubShare,
    private readonly documents: IOpenDocuments | null,
    rendermime: IRenderMimeRegistry,
  ) {
    this.rendermime = forOthers(rendermime);
  }

  conflicts(folder: string): void {
    const { hubshare } = this;
    this.open(`conflicts ${folder}`, hubshare.trans.__("Conflicts"), false, () => (
      <ConflictList
        hubshare={hubshare}
        documents={this.documents}
        folder={folder}
        settled={this.settled}
        act={this.act}
        show={(path, old, next) => this.difference({ folder, path, old, new: next })}
        showOrigin={(fork, path) => this.difference({ folder, path, fork, old: "origin", new: "published" })}
      />
    ));
  }

  history(folder: string, path: string | null): void {
    const { hubshare } = this;
    const title = path?.split("/").pop() ?? folder.split("/").pop() ?? "";
    this.open(`history ${folder} ${path ?? ""}`, hubshare.trans.__("History of %1", title), true, () => (
      <History
        hubshare={hubshare}
        folder={folder}
        path={path}
        act={this.act}
        show={(file, old, next) => this.difference({ folder, path: file, old, new: next })}
      />
    ));
  }

  difference(compared: Compared): void {
    const { hubshare } = this;
    const { folder, path } = compared;
    const id = `difference ${folder} ${path} ${compared.old} ${compared.new} ${compared.text === undefined ? "" : "unsaved"}`;
    const shown = this.open(id, path.split("/").pop() ?? path, false, () => (
      <FileDifference
        hubshare={hubshare}
        documents={this.documents}
        rendermime={this.rendermime}
        compared={compared}
        settled={done => {
          shown.close();
          if (compared.fork !== undefined) {
            // Both are among the versions of their projects.
            tell({ kind: "success", message: done }, []);
            this.settled.emit();
            return;
          }
          Notification.success(done, {
            // One click away for as long as it is not closed.
            autoClose: false,
            actions: [
              {
                label: hubshare.trans.__("Restore the other one"),
                callback: () => void this.act(() => hubshare.server.call("restore", { folder, path }), done_(path)),
              },
            ],
          });
        }}
      />
    ));
    const done_ = (name: string): string => hubshare.trans.__("The other version of %1 is in place, as an edit.", name);
  }

  private readonly act = async (work: () => Promise<unknown>, done: string, question?: Asked): Promise<boolean> => {
    if (question !== undefined && !(await confirm(question.title, question.words, question.yes, this.hubshare.trans))) {
      return false;
    }
    try {
      await work();
      tell({ kind: "success", message: done }, []);
      return true;
    } catch (error) {
      tell({ kind: "error", message: words(error) }, []);
      return false;
    }
  };

  /** Open a tab, or bring it to the front; what was compared before is compared anew. */
  private open(name: string, title: string, beside: boolean, draw: () => ReactElement): Widget {
    const id = `hubshare ${name}`;
    for (const known of this.app.shell.widgets("main")) {
      if (known.id === id) {
        known.dispose();
        break;
      }
    }
    const content = new View(draw);
    const widget = new MainAreaWidget({ content });
    widget.id = id;
    widget.title.label = title;
    widget.title.caption = title;
    widget.title.closable = true;
    widget.title.icon = beside ? historyIcon : hubshareIcon;
    this.app.shell.add(widget, "main", beside ? { mode: "split-right" } : {});
    this.app.shell.activateById(id);
    return widget;
  }
}

export const differencesPlugin: JupyterFrontEndPlugin<void> = {
  id: "hubshare-lab:differences",
  description: "Conflicts, differences and history of what is shared with HubShare.",
  autoStart: true,
  requires: [IHubShare, IRenderMimeRegistry],
  optional: [ICommandPalette, IDocumentManager, IOpenDocuments],
  activate: (
    app: JupyterFrontEnd,
    hubshare: IHubShare,
    rendermime: IRenderMimeRegistry,
    palette: ICommandPalette | null,
    manager: IDocumentManager | null,
    documents: IOpenDocuments | null,
  ) => {
    const { trans, state } = hubshare;
    const differences = new Differences(app, hubshare, documents, rendermime);
    const current = (): { folder: string; path: string } | null => {
      const widget = app.shell.currentWidget;
      const context = widget === null ? undefined : manager?.contextForWidget(widget);
      const place = context === undefined ? null : state.at(context.path);
      return place === null ? null : { folder: place.checkout.folder, path: place.path };
    };
    const text = (value: unknown): string | null => (typeof value === "string" && value !== "" ? value : null);
    app.commands.addCommand(CommandIDs.conflicts, {
      label: trans.__("Settle Conflicts"),
      isEnabled: args => text(args["folder"]) !== null || current() !== null,
      execute: args => {
        const folder = text(args["folder"]) ?? current()?.folder ?? "";
        const path = text(args["path"]);
        if (path === null) {
          differences.conflicts(folder);
        } else {
          const unsaved = args["text"];
          const edits = typeof unsaved === "string" ? { text: unsaved } : {};
          differences.difference({ folder, path, old: "published", new: "disk", ...edits });
        }
      },
    });
    app.commands.addCommand(CommandIDs.history, {
      label: trans.__("History of This Document"),
      isEnabled: args => text(args["folder"]) !== null || current() !== null,
      execute: args => {
        const shown = current();
        const folder = text(args["folder"]) ?? shown?.folder ?? "";
        differences.history(
          folder,
          text(args["path"]) ?? (text(args["folder"]) === null ? (shown?.path ?? null) : null),
        );
      },
    });
    for (const command of [CommandIDs.conflicts, CommandIDs.history]) {
      palette?.addItem({ command, category: "HubShare" });
    }
  },
};
